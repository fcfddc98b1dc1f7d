//! Trees from octets: a few decisions each, so that a fuzzer and proptest find the same ones.

use arbitrary::Unstructured;

use crate::names::Constraints;
use crate::names::Name;
use crate::tree::Certificate;
use crate::tree::Critical;
use crate::tree::FIRST_AUTHORITY;
use crate::tree::KEY_COUNT;
use crate::tree::KeyIds;
use crate::tree::Oddity;
use crate::tree::Purpose;
use crate::tree::SUBJECTS;
use crate::tree::Tree;
use crate::tree::Version;
use crate::tree::rdns;

/// The tree that these octets stand for. When they run out, everything else is sound.
pub fn tree(octets: &[u8]) -> Tree {
    let mut choices = Choices(Unstructured::new(octets));
    match choices.below(3) {
        0 | 1 => hierarchy(&mut choices),
        _ => graph(&mut choices),
    }
}

/// A root, authorities below each other, a leaf; then decoys, and a fault or two.
fn hierarchy(choices: &mut Choices<'_>) -> Tree {
    let depth = match choices.one_in(8) {
        true => choices.below(10),
        false => choices.below(4),
    };
    let mut authorities = vec![Certificate::authority(FIRST_AUTHORITY, 1)];
    for level in 0..depth {
        let issuer = &authorities[level];
        // Now and then an authority renews its key under its own name.
        let subject = match choices.one_in(10) {
            true => issuer.subject,
            false => FIRST_AUTHORITY + 1 + (level + choices.below(2)) % AUTHORITIES,
        };
        let key = 2 + (level + choices.below(3)) % (KEY_COUNT - 2);
        authorities.push(Certificate::authority(subject, key).issued_by(issuer));
    }
    for authority in &mut authorities {
        if choices.one_in(4) {
            authority.constraints = Some(constraints(choices));
        }
        if choices.one_in(10) {
            let length = choices.below(4) as u8;
            authority.basic_constraints = Some((true, Some(length)));
        }
        authority.key_ids = choices.pick(&[KeyIds::Right, KeyIds::Absent, KeyIds::Wrong]);
    }
    let expected = expected(choices);
    let names = presented_names(choices, &expected);
    let subject = choices.pick(&[1, 0, 2, 3]);
    let last = authorities.last().expect("the root");
    let leaf = Certificate::leaf(subject, 0, names).issued_by(last);

    let mut tree = Tree {
        anchors: vec![authorities.remove(0)],
        leaf,
        presented: authorities,
        expected,
        intermediates: if choices.one_in(16) { choices.below(4) as u32 } else { 8 },
    };
    for _ in 0..choices.pick(&[0, 0, 1, 2, 4]) {
        decoy(choices, &mut tree);
    }
    for _ in 0..choices.pick(&[0, 0, 0, 1, 1, 2]) {
        let at = choices.below(1 + tree.presented.len() + tree.anchors.len());
        let certificate = match at.checked_sub(1) {
            None => &mut tree.leaf,
            Some(at) => {
                let mut others = tree.presented.iter_mut().chain(&mut tree.anchors);
                others.nth(at).expect("below the count")
            }
        };
        fault(choices, certificate);
    }
    if choices.one_in(12) && !tree.presented.is_empty() {
        let missing = choices.below(tree.presented.len());
        tree.presented.remove(missing);
    }
    shuffle(choices, &mut tree.presented);
    anchors_that_load(&mut tree);
    tree
}

/// A certificate that is not needed: a twin of an authority, or another anchor.
fn decoy(choices: &mut Choices<'_>, tree: &mut Tree) {
    let mut known = tree.presented.clone();
    known.extend(tree.anchors.clone());
    let model = known[choices.below(known.len())].clone();
    let other_key = (model.key + 1 + choices.below(KEY_COUNT - 1)) % KEY_COUNT;
    let serial = 2 + choices.below(9) as u8;
    let anchor = &tree.anchors[choices.below(tree.anchors.len())];
    match choices.below(9) {
        // Of the same name and another key.
        0 => tree.presented.push(Certificate { key: other_key, serial, ..model }),
        // Expired, as a renewed one's predecessor.
        1 => tree.presented.push(Certificate { validity: (-1000, -1), serial, ..model }),
        // Cross-signed by an anchor.
        2 => {
            let crossed = Certificate { serial, ..model }.issued_by(anchor);
            tree.presented.push(crossed);
        }
        // Renewed by itself.
        3 => {
            let renewed = Certificate { key: other_key, serial, ..model.clone() };
            tree.presented.push(renewed.issued_by(&model));
        }
        // An anchor among the presented.
        4 => tree.presented.push(anchor.clone()),
        // An authority among the anchors.
        5 => tree.anchors.push(model),
        // Another root, of the same name now and then.
        6 => {
            let subject = FIRST_AUTHORITY + choices.below(2);
            tree.anchors.push(Certificate {
                serial,
                key_ids: model.key_ids,
                ..Certificate::authority(subject, other_key)
            });
        }
        // The leaf itself.
        7 => tree.anchors.push(tree.leaf.clone()),
        // Constrained in another way.
        _ => {
            let constraints = Some(constraints(choices));
            tree.presented.push(Certificate { constraints, serial, ..model });
        }
    }
}

/// One thing wrong, or only odd.
fn fault(choices: &mut Choices<'_>, certificate: &mut Certificate) {
    let sound = certificate.clone();
    *certificate = match choices.below(22) {
        0 => Certificate { validity: (-1000, -1), ..sound },
        1 => Certificate { validity: (1, 1000), ..sound },
        2 => Certificate { validity: (0, 0), ..sound },
        3 => Certificate { basic_constraints: None, ..sound },
        4 => Certificate { basic_constraints: Some((false, None)), ..sound },
        5 => Certificate { basic_constraints: Some((true, None)), ..sound },
        6 => {
            let length = choices.below(3) as u8;
            Certificate { basic_constraints: Some((true, Some(length))), ..sound }
        }
        7 => Certificate { may_sign: Some(false), ..sound },
        8 => Certificate { may_sign: None, ..sound },
        9 => Certificate { purposes: vec![], ..sound },
        10 => Certificate { purposes: vec![Purpose::ClientAuth], ..sound },
        11 => Certificate { purposes: vec![Purpose::Any], ..sound },
        12 => Certificate { purposes: vec![Purpose::ClientAuth, Purpose::ServerAuth], ..sound },
        13 => Certificate { critical: Some(Critical::Unknown), ..sound },
        14 => Certificate { critical: Some(Critical::Policies), ..sound },
        15 => Certificate { critical: Some(Critical::CrlPoints), ..sound },
        16 => sound.of_version(choices.pick(&[Version::V1, Version::V2])),
        17 => Certificate { signed_by: choices.below(KEY_COUNT), ..sound },
        18 => Certificate { issuer: FIRST_AUTHORITY + choices.below(AUTHORITIES), ..sound },
        19 => Certificate { constraints: Some(constraints(choices)), ..sound },
        20 => {
            let expected = expected(choices);
            Certificate { names: presented_names(choices, &expected), ..sound }
        }
        _ => {
            let oddity = choices.pick(&[
                Oddity::TrailingOctet,
                Oddity::DuplicateExtension,
                Oddity::KeyAlgorithm,
                Oddity::SignatureAlgorithm,
            ]);
            Certificate { oddity: Some(oddity), ..sound }
        }
    };
    if certificate.version != Version::V3 {
        *certificate = certificate.clone().of_version(certificate.version);
    }
}

/// Authorities of few names and few keys, each issued by whom chance will have.
fn graph(choices: &mut Choices<'_>) -> Tree {
    // Beyond 8, the engine tells names and keys apart by hashes; with few names there would be too
    // many paths to try.
    let (names, most) = match choices.one_in(4) {
        true => (6 + choices.below(3), 14),
        false => (2 + choices.below(3), 7),
    };
    let presented = (0..1 + choices.below(most)).map(|_| any_authority(choices, names)).collect();
    let anchors = (0..1 + choices.below(2)).map(|_| any_authority(choices, names)).collect();
    let expected = vec![Name::Dns(b"a.shop.test".to_vec())];
    let leaf = match choices.one_in(4) {
        // It bears the name of an authority, and its key.
        true => Certificate {
            version: Version::V3,
            basic_constraints: None,
            constraints: None,
            purposes: vec![],
            names: expected.clone(),
            ..any_authority(choices, names)
        },
        false => {
            let issuer = Certificate::authority(FIRST_AUTHORITY, 1);
            Certificate::leaf(1, 0, expected.clone()).issued_by(&issuer)
        }
    };
    let intermediates = if choices.one_in(4) { 1 + choices.below(3) as u32 } else { 8 };
    let mut tree = Tree { anchors, leaf, presented, expected, intermediates };
    anchors_that_load(&mut tree);
    tree
}

fn any_authority(choices: &mut Choices<'_>, names: usize) -> Certificate {
    let subject = FIRST_AUTHORITY + choices.below(names);
    let issuer = match choices.one_in(4) {
        true => subject,
        false => FIRST_AUTHORITY + choices.below(names),
    };
    let mut authority = Certificate::authority(subject, 1 + choices.below(4));
    authority.issuer = issuer;
    authority.signed_by = 1 + choices.below(4);
    authority.serial = choices.below(100) as u8;
    authority.key_ids = choices.pick(&[KeyIds::Absent, KeyIds::Right, KeyIds::Wrong]);
    if choices.one_in(8) {
        authority.basic_constraints = Some((true, Some(choices.below(3) as u8)));
    }
    if choices.one_in(8) {
        let base = choices.pick(&["shop.test", "other.test", "ca.test"]);
        let base = vec![Name::Dns(base.as_bytes().to_vec())];
        authority.constraints = Some(match choices.one_in(2) {
            true => Constraints { permitted: base, ..Constraints::default() },
            false => Constraints { excluded: base, ..Constraints::default() },
        });
    }
    if choices.one_in(4) {
        let name = choices.pick(&["x.shop.test", "x.other.test", "x.ca.test"]);
        authority.names = vec![Name::Dns(name.as_bytes().to_vec())];
    }
    if choices.one_in(8) {
        fault(choices, &mut authority);
    }
    authority
}

/// An anchor is readable, and version 1 only if self-issued: the bundle is refused otherwise,
/// which is another question.
fn anchors_that_load(tree: &mut Tree) {
    for anchor in &mut tree.anchors {
        if matches!(anchor.oddity, Some(Oddity::TrailingOctet | Oddity::DuplicateExtension)) {
            anchor.oddity = None;
        }
        if anchor.version == Version::V2 || !anchor.is_self_issued() {
            anchor.version = Version::V3;
        }
    }
}

fn expected(choices: &mut Choices<'_>) -> Vec<Name> {
    let host = || Name::Dns(b"a.shop.test".to_vec());
    match choices.below(12) {
        1 => vec![Name::Dns(b"internal.a".to_vec())],
        2 => vec![Name::Dns(b"*.shop.test".to_vec())],
        3 => vec![Name::Uri(b"spiffe://shop.test/a".to_vec())],
        4 => vec![Name::Uri(b"spiffe://shop.test/a".to_vec()), host()],
        5 => vec![Name::Ip(vec![10, 0, 0, 1])],
        6 => vec![Name::Ip([&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[1]].concat())],
        _ => vec![host()],
    }
}

/// Names of a leaf: what is expected more often than not, and others.
fn presented_names(choices: &mut Choices<'_>, expected: &[Name]) -> Vec<Name> {
    let mut names = Vec::new();
    if !choices.one_in(12) {
        names.push(match (&expected[choices.below(expected.len())], choices.below(4)) {
            (Name::Dns(name), 1) => Name::Dns(name.to_ascii_uppercase()),
            (Name::Dns(name), 2) if !name.starts_with(b"*") => {
                let dot = name.iter().position(|octet| *octet == b'.').unwrap_or(0);
                Name::Dns([b"*", &name[dot..]].concat())
            }
            (name, _) => name.clone(),
        });
    }
    for _ in 0..choices.pick(&[0, 0, 1, 3]) {
        names.push(any_name(choices));
    }
    names
}

fn any_name(choices: &mut Choices<'_>) -> Name {
    let text = |text: &str| text.as_bytes().to_vec();
    match choices.below(9) {
        0..=2 => Name::Dns(text(choices.pick(&HOSTS))),
        3 => Name::Uri(text(choices.pick(&URIS))),
        4 => Name::Mail(text(choices.pick(&MAILBOXES))),
        5 => Name::Ip(choices.pick(&ADDRESSES).to_vec()),
        6 => Name::Directory(rdns(choices.below(SUBJECTS.len()))),
        7 => choices.pick(&[Name::Other, Name::X400, Name::EdiParty]),
        _ => Name::RegisteredId,
    }
}

/// Subtrees near the names, so that all of permitted, excluded and neither are frequent.
fn constraints(choices: &mut Choices<'_>) -> Constraints {
    let mut constraints = Constraints::default();
    for _ in 0..1 + choices.pick(&[0, 0, 1, 2]) {
        let base = subtree(choices);
        match choices.one_in(3) {
            true => constraints.excluded.push(base),
            false => constraints.permitted.push(base),
        }
    }
    // Only permitted subtrees are written with a distance.
    constraints.distances = choices.one_in(40) && !constraints.permitted.is_empty();
    constraints
}

fn subtree(choices: &mut Choices<'_>) -> Name {
    let text = |text: &str| text.as_bytes().to_vec();
    match choices.below(12) {
        0..=4 => Name::Dns(text(choices.pick(&DNS_BASES))),
        5 => Name::Uri(text(choices.pick(&URI_BASES))),
        6 => Name::Mail(text(choices.pick(&MAIL_BASES))),
        7 | 8 => Name::Ip(choices.pick(&RANGES).concat()),
        9 | 10 => {
            let mut base = rdns(choices.below(SUBJECTS.len()));
            base.truncate(choices.below(3));
            Name::Directory(base)
        }
        _ => choices.pick(&[Name::Other, Name::RegisteredId, Name::X400, Name::EdiParty]),
    }
}

fn shuffle<T>(choices: &mut Choices<'_>, items: &mut [T]) {
    for place in (1..items.len()).rev() {
        items.swap(place, place - choices.below(place + 1));
    }
}

/// Decisions, the first of each what octets that have run out decide.
struct Choices<'a>(Unstructured<'a>);

impl Choices<'_> {
    fn below(&mut self, count: usize) -> usize {
        self.0.int_in_range(0..=count.saturating_sub(1)).unwrap_or(0)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) + 1 == count
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

const AUTHORITIES: usize = SUBJECTS.len() - FIRST_AUTHORITY - 1;

const HOSTS: [&str; 14] = [
    "a.shop.test",
    "b.shop.test",
    "shop.test",
    "b.a.shop.test",
    "*.shop.test",
    "*.a.shop.test",
    "*.test",
    "A.Shop.TEST",
    "other.test",
    "a.bshop.test",
    "under_score.shop.test",
    "-a.shop.test",
    "a.shop.1",
    "a..shop.test",
];

const DNS_BASES: [&str; 12] = [
    "shop.test",
    "test",
    "a.shop.test",
    "b.shop.test",
    ".shop.test",
    ".a.shop.test",
    "",
    "SHOP.test",
    "other.test",
    "a",
    "shop.test.",
    "-shop.test",
];

const URIS: [&str; 6] = [
    "spiffe://shop.test/a",
    "spiffe://other.test/a",
    "https://a.shop.test:8443/x",
    "https://10.0.0.1/",
    "urn:a",
    "https://user@shop.test/",
];

const URI_BASES: [&str; 4] = ["shop.test", ".shop.test", "other.test", "a.shop.test"];

const MAILBOXES: [&str; 4] = ["ops@shop.test", "ops@a.shop.test", "OPS@shop.test", "nobody"];

const MAIL_BASES: [&str; 4] = ["shop.test", ".shop.test", "ops@shop.test", "other.test"];

const ADDRESSES: [&[u8]; 4] = [
    &[10, 0, 0, 1],
    &[10, 1, 0, 1],
    &[192, 0, 2, 1],
    &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
];

/// An address and its mask.
const RANGES: [[&[u8]; 2]; 8] = [
    [&[10, 0, 0, 0], &[255, 0, 0, 0]],
    [&[10, 1, 0, 0], &[255, 255, 0, 0]],
    [&[0, 0, 0, 0], &[0, 0, 0, 0]],
    [&[192, 0, 2, 0], &[255, 255, 255, 0]],
    [
        &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [&[0; 16], &[0; 16]],
    [&[10, 0, 0, 0], &[255, 0, 0, 255]],
    [&[10, 0, 0], &[255, 0, 0]],
];
