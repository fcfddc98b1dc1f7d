//! The search: it finds a good path if there is one, and spends little where there is none.
//!
//! Signatures are a stub's: a signature is good if it is the octets of the key that should have
//! made it, so that graphs of any shape cost nothing, and every check is counted.

use std::time::Duration;
use std::time::Instant;

use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_testdata::algorithm;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::der;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::general_name;
use lastmile_testdata::keys::Key;
use lastmile_testdata::stub;
use lastmile_testdata::stub::STUB;

/// A certificate in words.
#[derive(Clone, Debug)]
struct Spec {
    subject: String,
    issuer: String,
    key: usize,
    /// The key whose octets are the signature.
    signed_by: usize,
    ca: bool,
    path_length: Option<u64>,
    key_ids: bool,
    /// The key that the authority key identifier names, if it is not the one that signed.
    claims: Option<usize>,
    permits: Option<&'static str>,
    excludes: Option<&'static str>,
    /// For clients only.
    clients: bool,
    name: Option<&'static str>,
    serial: u8,
}

impl Spec {
    fn ca(subject: &str, issuer: &str, key: usize, signed_by: usize) -> Self {
        Self {
            subject: subject.into(),
            issuer: issuer.into(),
            key,
            signed_by,
            ca: true,
            path_length: None,
            key_ids: false,
            claims: None,
            permits: None,
            excludes: None,
            clients: false,
            name: None,
            serial: 1,
        }
    }

    fn leaf(issuer: &str, signed_by: usize) -> Self {
        let name = Some(HOST);
        Self { ca: false, name, ..Self::ca("leaf", issuer, 0, signed_by) }
    }

    fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    fn build(&self, keys: &[Key]) -> Vec<u8> {
        self.builder(keys).build(&keys[self.key])
    }

    fn builder(&self, keys: &[Key]) -> CertificateBuilder {
        let (key, signer) = (&keys[self.key], &keys[self.signed_by]);
        let mut builder = CertificateBuilder::new(DirectoryName::cn(&self.subject))
            .issuer(DirectoryName::cn(&self.issuer))
            .serial(&[self.serial])
            .key(key)
            .signature(signer.bits());
        builder = match self.ca {
            true => builder.extension(extension::ca(self.path_length)),
            false => builder.without("2.5.29.19"),
        };
        builder = builder.without("2.5.29.14").without("2.5.29.35").without("2.5.29.17");
        if self.key_ids {
            let claimed = self.claims.map_or(signer, |key| &keys[key]);
            builder = builder
                .extension(extension::subject_key_id(&key.id()))
                .extension(extension::authority_key_id(&claimed.id()));
        }
        if self.permits.is_some() || self.excludes.is_some() {
            let mut constraints = NameConstraints::new();
            if let Some(base) = self.permits {
                constraints = constraints.permitted(general_name::dns(base));
            }
            if let Some(base) = self.excludes {
                constraints = constraints.excluded(general_name::dns(base));
            }
            builder = builder.extension(constraints.extension());
        }
        if self.clients {
            builder = builder.extension(extension::extended_key_usage(&["1.3.6.1.5.5.7.3.2"]));
        }
        if let Some(name) = self.name {
            builder = builder.names(&[general_name::dns(name)]);
        }
        builder
    }
}

const HOST: &str = "a.shop.test";

fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|number| Key::derived(&format!("search {number}"))).collect()
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
}

/// The verdict, the signatures checked, and the time taken.
fn judge(
    keys: &[Key],
    anchors: &[Spec],
    leaf: &Spec,
    presented: &[Spec],
    limits: Limits,
) -> (Result<usize, String>, u32, Duration) {
    let build = |specs: &[Spec]| specs.iter().map(|spec| spec.build(keys)).collect::<Vec<_>>();
    let anchors = TrustAnchors::from_der(build(anchors)).expect("anchors");
    let names = ExpectedNames::dns(HOST).expect("a name");
    let verifier = Verifier::builder_for(anchors, names, STUB).limits(limits).build();
    let (leaf, presented) = (leaf.build(keys), build(presented));
    stub::checks();
    let start = Instant::now();
    let verdict = verifier.verify(&leaf, &presented, now());
    let time = start.elapsed();
    let verdict = verdict
        .map(|verified| verified.path().len())
        .map_err(|rejection| rejection.reason().code().to_string());
    (verdict, stub::checks(), time)
}

#[test]
fn a_cross_certificate_behind_ten_self_issued_ones_is_found() {
    let keys = keys(4);
    let loops = (0..10).map(|serial| Spec { serial, ..Spec::ca("X", "X", 1, 1) });
    let presented: Vec<Spec> = loops.chain([Spec::ca("X", "Root", 1, 2)]).collect();
    let root = [Spec::ca("Root", "Root", 2, 2)];
    let (verdict, checks, _) =
        judge(&keys, &root, &Spec::leaf("X", 1), &presented, Limits::default());
    assert_eq!(verdict, Ok(3));
    assert_eq!(checks, 2, "one signature a link");
}

#[test]
fn one_good_way_through_five_layers_of_ten_is_found() {
    let keys = keys(10);
    let mut presented = vec![];
    for layer in 1..=5 {
        for copy in 0..10 {
            let issuer = if layer == 5 { "Root".into() } else { format!("L{}", layer + 1) };
            // Only the last copy is signed by the key of the layer above.
            let signed_by = if copy == 9 { layer + 1 } else { 9 };
            let spec = Spec::ca(&format!("L{layer}"), &issuer, layer, signed_by);
            presented.push(Spec { serial: copy, ..spec });
        }
    }
    let root = [Spec::ca("Root", "Root", 6, 6)];
    let (verdict, checks, _) =
        judge(&keys, &root, &Spec::leaf("L1", 1), &presented, Limits::default());
    assert_eq!(verdict, Ok(7));
    assert!(checks <= 56, "{checks} signatures: no link is checked twice");
}

/// Every certificate bears the same name, and any could have issued any.
fn mesh(count: u8) -> Vec<Spec> {
    (0..count).map(|serial| Spec { serial, ..Spec::ca("M", "M", 1, 2) }).collect()
}

#[test]
fn meshes_that_lead_nowhere_cost_no_signature_and_little_time() {
    let keys = keys(4);
    let root = [Spec::ca("Root", "Root", 3, 3)];
    let mut limits = Limits::default();
    for (count, presented) in [(99, 128), (210, 256)] {
        limits.presented = presented;
        let mesh = mesh(count);
        let times = (0..5).map(|_| {
            let (verdict, checks, time) = judge(&keys, &root, &Spec::leaf("M", 1), &mesh, limits);
            assert_eq!((verdict, checks), (Err("unknown-issuer".into()), 0));
            time
        });
        let time = times.min().expect("five times");
        println!("mesh of {count}: {time:?}");
        // The goal is 1 ms in a release build on a quiet machine; this catches another order.
        assert!(time < Duration::from_millis(20), "a mesh of {count} took {time:?}");
    }
}

#[test]
fn layers_that_lead_nowhere_cost_little() {
    let keys = keys(9);
    let root = [Spec::ca("Root", "Root", 8, 8)];
    for (width, top) in [(20, "Nobody"), (20, "Root")] {
        let mut presented = vec![];
        for layer in 1..=6 {
            for serial in 0..width {
                let issuer = if layer == 6 { top.into() } else { format!("L{}", layer + 1) };
                let spec = Spec::ca(&format!("L{layer}"), &issuer, layer, layer + 1);
                presented.push(Spec { serial, ..spec });
            }
        }
        let (verdict, checks, time) =
            judge(&keys, &root, &Spec::leaf("L1", 1), &presented, Limits::default());
        println!("6 layers of {width} below {top}: {verdict:?}, {checks} signatures, {time:?}");
        assert!(verdict.is_err());
        assert!(checks <= 128 && time < Duration::from_millis(100), "{checks} {time:?}");
    }
}

#[test]
fn what_a_peer_can_send_costs_little() {
    let keys = keys(10);
    let root = [Spec::ca("Root", "Root", 8, 8)];
    // Every certificate of the top layer names the root, and allows nothing below it: failures
    // that depend on what lies below, up to the last candidate.
    let mut layers = vec![];
    for layer in 1..=7 {
        for serial in 0..18 {
            let issuer = if layer == 7 { "Root".into() } else { format!("L{}", layer + 1) };
            let path_length = (layer == 7).then_some(0);
            let spec = Spec::ca(&format!("L{layer}"), &issuer, layer, layer + 1);
            layers.push(Spec { serial, path_length, key_ids: true, ..spec });
        }
    }
    // A mesh that bears the root's name.
    let named_root: Vec<Spec> = (0..120)
        .map(|serial| Spec { serial, ..Spec::ca("Root", "Root", 1 + usize::from(serial % 7), 9) })
        .collect();
    for (what, leaf, presented) in [
        ("layers", Spec::leaf("L1", 1), &layers),
        ("a mesh of the root's name", Spec::leaf("Root", 9), &named_root),
    ] {
        let times = (0..5).map(|_| {
            let (verdict, checks, time) = judge(&keys, &root, &leaf, presented, Limits::default());
            assert!(verdict.is_err() && checks <= 128, "{what}: {verdict:?}, {checks} signatures");
            time
        });
        let time = times.min().expect("five times");
        println!("{what}: {time:?}");
        // The goal is 5 ms in a release build on a quiet machine; it was 230 ms once.
        assert!(time < Duration::from_millis(40), "{what} took {time:?}");
    }
}

#[test]
fn names_of_authorities_are_read_once_however_many_paths_there_are() {
    let keys = keys(10);
    let uris: Vec<Vec<u8>> = (0..4000).map(|_| general_name::uri("a")).collect();
    let mut chain = vec![];
    for layer in 1..=7 {
        for serial in 0..4u8 {
            let issuer = if layer == 7 { "Top".into() } else { format!("L{}", layer + 1) };
            let spec = Spec::ca(&format!("L{layer}"), &issuer, layer, layer + 1);
            let builder = Spec { serial, ..spec }.builder(&keys).names(&uris);
            chain.push(builder.build(&keys[layer]));
        }
    }
    let top = Spec { excludes: Some("shop.test"), ..Spec::ca("Top", "Root", 8, 9) };
    chain.push(top.build(&keys));
    let root = Spec::ca("Root", "Root", 9, 9).build(&keys);
    let anchors = TrustAnchors::from_der([root]).expect("an anchor");
    let names = ExpectedNames::dns(HOST).expect("a name");
    let mut limits = Limits::default();
    limits.certificate_bytes = 1 << 20;
    let verifier = Verifier::builder_for(anchors, names, STUB).limits(limits).build();
    let leaf = Spec::leaf("L1", 1).build(&keys);
    let start = Instant::now();
    let rejection = verifier.verify(&leaf, &chain, now()).expect_err("the name is excluded");
    let time = start.elapsed();
    assert_eq!(rejection.reason().code(), "name-excluded");
    // The way up is good for 16,384 paths; each would fail by the same name of the leaf.
    assert!(rejection.attempts() <= 8, "{} paths were judged", rejection.attempts());
    assert!(time < Duration::from_millis(100), "{time:?}");
}

#[test]
fn a_hundred_anchors_of_one_name() {
    let keys = keys(101);
    for (key_ids, most) in [(true, 2), (false, 101)] {
        let named = |key| Spec { key_ids, ..Spec::ca("Root", "Root", key, key) };
        let anchors: Vec<Spec> = (1..=100).map(named).collect();
        let intermediate = Spec { key_ids, ..Spec::ca("I", "Root", 50, 100) };
        let leaf = Spec { key_ids, ..Spec::leaf("I", 50) };
        let (verdict, checks, _) =
            judge(&keys, &anchors, &leaf, &[intermediate], Limits::default());
        assert_eq!(verdict, Ok(3));
        assert!(checks <= most, "{checks} signatures with key identifiers: {key_ids}");
    }
}

/// The leaf names the wrong key, so that the search comes to the good CA by a detour first, on
/// which its issuer allows too few certificates. It must come back to it.
#[test]
fn a_ca_that_fails_under_a_longer_path_is_tried_again_under_a_shorter() {
    let keys = keys(6);
    let ids = |spec: Spec| Spec { key_ids: true, ..spec };
    let leaf = Spec { claims: Some(1), ..ids(Spec::leaf("X", 2)) };
    let detour = ids(Spec::ca("X", "Y", 1, 3));
    let back = Spec { claims: Some(2), ..ids(Spec::ca("Y", "X", 3, 2)) };
    let good = ids(Spec::ca("X", "Upper", 2, 4));
    let short = |spec| Spec { path_length: Some(1), ..ids(spec) };
    let root = ids(Spec::ca("Root", "Root", 5, 5));
    let presented = [detour, back, good, short(Spec::ca("Upper", "Root", 4, 5))];
    let (verdict, ..) = judge(&keys, &[root], &leaf, &presented, Limits::default());
    assert_eq!(verdict, Ok(4), "a presented certificate has the short path length");

    let anchor = short(Spec::ca("Upper", "Upper", 4, 4));
    let (verdict, ..) = judge(&keys, &[anchor], &leaf, &presented[..3], Limits::default());
    assert_eq!(verdict, Ok(3), "the anchor has the short path length");

    // And what fails by the limit on intermediates is no dead end either.
    let mut limits = Limits::default();
    limits.intermediates = 2;
    let root = ids(Spec::ca("Upper", "Upper", 4, 4));
    let (verdict, ..) = judge(&keys, &[root], &leaf, &presented[..3], limits);
    assert_eq!(verdict, Ok(3), "two intermediates are allowed");
}

/// As above, one certificate further up: who fails by what lies below says so to all below.
#[test]
fn what_a_failure_depends_on_is_handed_down() {
    let keys = keys(8);
    let ids = |spec: Spec| Spec { key_ids: true, ..spec };
    let leaf = Spec { claims: Some(1), ..ids(Spec::leaf("X", 2)) };
    let detour = ids(Spec::ca("X", "Y", 1, 3));
    let back = Spec { claims: Some(2), ..ids(Spec::ca("Y", "X", 3, 2)) };
    let good = ids(Spec::ca("X", "Middle", 2, 4));
    let middle = ids(Spec::ca("Middle", "Upper", 4, 5));
    let root = ids(Spec::ca("Root", "Root", 6, 6));
    let upper = ids(Spec::ca("Upper", "Root", 5, 6));

    let short = Spec { path_length: Some(2), ..upper.clone() };
    let presented = [detour.clone(), back.clone(), good.clone(), middle.clone(), short];
    let (verdict, ..) =
        judge(&keys, std::slice::from_ref(&root), &leaf, &presented, Limits::default());
    assert_eq!(verdict, Ok(5), "the third authority has the path length");

    // By its name, another one leads up faster, so that the limit is met only when that failed.
    let shortcut = ids(Spec::ca("Middle", "Root", 7, 6));
    let presented = [detour, back, good, shortcut, middle, upper];
    let mut limits = Limits::default();
    limits.intermediates = 4;
    let (verdict, ..) = judge(&keys, &[root], &leaf, &presented, limits);
    assert_eq!(verdict, Ok(5), "three intermediates of four");
}

/// The leaf names the wrong one of two authorities of a name. Above that one the search comes to
/// the right one and to its issuer, and both lead back: no dead ends, but for what is below them.
#[test]
fn a_ca_that_fails_by_a_circle_is_tried_again_without_it() {
    let keys = keys(6);
    let ids = |spec: Spec| Spec { key_ids: true, ..spec };
    let leaf = Spec { claims: Some(1), ..ids(Spec::leaf("X", 2)) };
    let wrong = Spec { claims: Some(3), ..ids(Spec::ca("X", "Y", 1, 4)) };
    let right = ids(Spec::ca("X", "Y", 2, 3));
    let between = ids(Spec::ca("Y", "X", 3, 1));
    let upper = ids(Spec::ca("Y", "Root", 4, 5));
    let root = ids(Spec::ca("Root", "Root", 5, 5));
    let (verdict, ..) =
        judge(&keys, &[root], &leaf, &[wrong, right, between, upper], Limits::default());
    assert_eq!(verdict, Ok(6), "leaf, right, between, wrong, upper, root");
}

/// Two certificates of one CA, and above them two of another. The names that one of each pair bears
/// and excludes leave one way up, whichever is tried first, by an issuer that another way taught to
/// exclude a name: that is no fault of what stands between.
#[test]
fn a_ca_that_fails_by_a_name_below_is_tried_again_without_it() {
    let keys = keys(5);
    let lower = |name, serial| Spec { name, serial, ..Spec::ca("Lower", "Middle", 1, 2) };
    let middle = |excludes, serial| Spec { excludes, serial, ..Spec::ca("Middle", "Upper", 2, 3) };
    let upper = Spec { excludes: Some("one.test"), ..Spec::ca("Upper", "Root", 3, 4) };
    let presented = [
        lower(Some("one.test"), 1),
        lower(Some("two.test"), 2),
        middle(Some("two.test"), 1),
        middle(None, 2),
    ];
    let root = [Spec::ca("Root", "Root", 4, 4)];
    for order in orders(&presented) {
        let leaf = Spec::leaf("Lower", 1);
        let with_upper = [&order[..], std::slice::from_ref(&upper)].concat();
        let (verdict, ..) = judge(&keys, &root, &leaf, &with_upper, Limits::default());
        assert_eq!(verdict, Ok(5), "a presented certificate excludes it: {order:#?}");

        let anchor = [upper.clone()];
        let (verdict, ..) = judge(&keys, &anchor, &leaf, &order, Limits::default());
        assert_eq!(verdict, Ok(4), "an anchor excludes it: {order:#?}");
    }
}

/// All orders of a few.
fn orders(all: &[Spec]) -> Vec<Vec<Spec>> {
    let Some((first, rest)) = all.split_first() else { return vec![vec![]] };
    let places = |order: Vec<Spec>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, first.clone());
            order
        })
    };
    orders(rest).into_iter().flat_map(places).collect()
}

/// A name is read once where it stands twice, as issuer below and as subject above: as issuer.
#[test]
fn a_name_between_two_authorities_must_be_well_formed() {
    let keys = keys(4);
    let anchors = TrustAnchors::from_der([Spec::ca("Root", "Root", 3, 3).build(&keys)]);
    let names = ExpectedNames::dns(HOST).expect("a name");
    let verifier = Verifier::builder_for(anchors.expect("an anchor"), names, STUB).build();
    let leaf = Spec::leaf("Lower", 1).build(&keys);
    // RFC 5280 4.1.2.4: a RelativeDistinguishedName has an attribute at least.
    let empty_set = der::sequence(&[der::set::<Vec<u8>>(&[])]);
    for (name, code) in
        [(Vec::from(DirectoryName::cn("Upper")), None), (empty_set, Some(MALFORMED))]
    {
        let lower = Spec::ca("Lower", "", 1, 2).builder(&keys).issuer(name.clone());
        let upper = Spec::ca("", "Root", 2, 3).builder(&keys).subject(name.clone());
        let presented = [lower.build(&keys[1]), upper.build(&keys[2])];
        let verdict = verifier.verify(&leaf, &presented, now());
        let refused = verdict.as_ref().err().map(|rejection| rejection.reason().code());
        assert_eq!(refused, code, "{name:02x?}");
    }
}

const MALFORMED: &str = "malformed-certificate";

/// What is least likely is tried too: neither the key that is named, nor the shortest way up.
#[test]
fn the_least_likely_issuer_is_tried() {
    let keys = keys(5);
    let ids = |spec: Spec| Spec { key_ids: true, ..spec };
    let leaf = Spec { claims: Some(1), ..ids(Spec::leaf("X", 2)) };
    let nearer = ids(Spec::ca("X", "Root", 3, 4));
    let right = ids(Spec::ca("X", "Upper", 2, 1));
    let upper = ids(Spec::ca("Upper", "Root", 1, 4));
    let root = ids(Spec::ca("Root", "Root", 4, 4));
    let (verdict, ..) = judge(&keys, &[root], &leaf, &[nearer, right, upper], Limits::default());
    assert_eq!(verdict, Ok(4));
}

/// What a key has signed is known of that key, not of another sort of key of the same octets.
#[test]
fn keys_of_the_same_octets_and_other_algorithms_are_not_the_same() {
    let keys = keys(3);
    let odd = der::sequence(&[
        algorithm::identifier("1.3.6.1.4.1.55555.2", &[]),
        der::bit_string(&keys[1].bits()),
    ]);
    // The first has signed the leaf, and refuses its name; of the second nobody can tell.
    let constrained = Spec { excludes: Some("shop.test"), ..Spec::ca("X", "Root", 1, 2) };
    let presented = [
        constrained.build(&keys),
        Spec::ca("X", "Root", 1, 2).builder(&keys).spki(odd).build(&keys[1]),
    ];
    let anchors = TrustAnchors::from_der([Spec::ca("Root", "Root", 2, 2).build(&keys)]);
    let names = ExpectedNames::dns(HOST).expect("a name");
    let verifier = Verifier::builder_for(anchors.expect("an anchor"), names, STUB).build();
    let leaf = Spec::leaf("X", 1).build(&keys);
    for order in [[0, 1], [1, 0]] {
        let presented = order.map(|at: usize| presented[at].clone());
        let verdict =
            verifier.verify(&leaf, &presented, now()).map(|verified| verified.path().len());
        assert!(verdict.is_err(), "{order:?}: {verdict:?}");
    }
}

/// A path of 16 certificates, and a self-issued one that makes it 17 and is tried first.
#[test]
fn a_ca_that_fails_by_the_length_of_all_is_tried_again_in_a_shorter_path() {
    let keys = keys(17);
    let ids = |spec: Spec| Spec { key_ids: true, ..spec };
    let name = |at: usize| if at == 15 { "Root".to_owned() } else { format!("A{at}") };
    let leaf = Spec { claims: Some(16), ..ids(Spec::leaf("A1", 1)) };
    let longer = ids(Spec::ca("A1", "A1", 16, 1));
    let chain = (1..15).map(|at| ids(Spec::ca(&name(at), &name(at + 1), at, at + 1)));
    let presented: Vec<Spec> = [longer].into_iter().chain(chain).collect();
    let root = ids(Spec::ca("Root", "Root", 15, 15));
    let mut limits = Limits::default();
    limits.intermediates = 16;
    let (verdict, ..) = judge(&keys, &[root], &leaf, &presented, limits);
    assert_eq!(verdict, Ok(16));
}

/// A small generator of numbers: the same graphs on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).expect("small")).expect("small")
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Mostly a name has one key and signatures are good: else hardly any path would come so far as
/// to fail by what lies below it.
fn random_ca(numbers: &mut Numbers, names: &[&str], keys: usize) -> Spec {
    let (subject, issuer) = (numbers.pick(names), numbers.pick(names));
    let usual = |name: &str| names.iter().position(|one| *one == name).expect("a name of them");
    let key = if numbers.one_in(5) { numbers.below(keys) } else { usual(subject) };
    let signed_by = if numbers.one_in(5) { numbers.below(keys) } else { usual(issuer) };
    Spec {
        ca: !numbers.one_in(10),
        path_length: numbers.one_in(3).then(|| numbers.below(3) as u64),
        key_ids: numbers.one_in(2),
        permits: numbers.one_in(4).then(|| numbers.pick(&["shop.test", "other.test", "ca.test"])),
        name: numbers
            .one_in(3)
            .then(|| numbers.pick(&["x.shop.test", "x.other.test", "x.ca.test"])),
        excludes: numbers.one_in(6).then(|| numbers.pick(&["shop.test", "other.test", "ca.test"])),
        clients: numbers.one_in(12),
        serial: numbers.below(100) as u8,
        ..Spec::ca(subject, issuer, key, signed_by)
    }
}

/// An exhaustive search: no budget but a number of steps, no order, no memory.
struct All<'a> {
    anchors: &'a [Spec],
    presented: &'a [Spec],
    intermediates: usize,
    steps: u32,
}

impl All<'_> {
    /// Whether a path exists; None if there are too many to try.
    fn exists(&mut self, path: &mut Vec<Spec>, used: &mut Vec<usize>) -> Option<bool> {
        self.steps = self.steps.checked_sub(1)?;
        let top = path.last().expect("the leaf").clone();
        let mut anchors = self.anchors.iter();
        if anchors.any(|anchor| issues(anchor, &top) && self.is_good(path, anchor)) {
            return Some(true);
        }
        for (index, candidate) in self.presented.iter().enumerate() {
            if used.contains(&index) || !issues(candidate, &top) {
                continue;
            }
            path.push(candidate.clone());
            used.push(index);
            let found = self.exists(path, used);
            path.pop();
            used.pop();
            if found? {
                return Some(true);
            }
        }
        Some(false)
    }

    fn is_good(&self, path: &[Spec], anchor: &Spec) -> bool {
        let whole: Vec<&Spec> = path.iter().chain([anchor]).collect();
        let count = |below: &[&Spec]| below.iter().filter(|one| !one.is_self_issued()).count();
        let is_below = |name: &str, base: &str| name.ends_with(&format!(".{base}"));
        count(&whole[1..path.len()]) <= self.intermediates
            && whole.len() <= 16
            && whole.iter().enumerate().skip(1).all(|(position, issuer)| {
                let counted = count(&whole[1..position]) as u64;
                let held = whole[..position].iter().enumerate();
                let mut names = held
                    .filter(|(place, one)| *place == 0 || !one.is_self_issued())
                    .filter_map(|(_, one)| one.name);
                issuer.path_length.is_none_or(|limit| counted <= limit)
                    && names.all(|name| {
                        issuer.permits.is_none_or(|base| is_below(name, base))
                            && issuer.excludes.is_none_or(|base| !is_below(name, base))
                    })
            })
    }
}

fn issues(issuer: &Spec, child: &Spec) -> bool {
    let is_named = issuer.subject == child.issuer && issuer.key == child.signed_by;
    is_named && issuer.ca && !issuer.clients
}

#[test]
fn random_graphs_are_judged_as_by_an_exhaustive_search() {
    let keys = keys(4);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut accepted, mut refused, mut skipped) = (0, 0, 0);
    for round in 0..60_000 {
        let names: &[&str] =
            numbers.pick(&[&["A", "B"][..], &["A", "B", "C"], &["A", "B", "C", "D"]]);
        // Beyond 8, names and keys are told apart by hashes.
        let count = 1 + numbers.below(if round % 4 == 0 { 14 } else { 7 });
        let presented: Vec<Spec> =
            (0..count).map(|_| random_ca(&mut numbers, names, keys.len())).collect();
        let anchors: Vec<Spec> =
            (0..1 + numbers.below(2)).map(|_| random_ca(&mut numbers, names, keys.len())).collect();
        // Now and then the leaf bears the name and the key of a CA.
        let like_a_ca = Spec {
            ca: false,
            path_length: None,
            permits: None,
            excludes: None,
            clients: false,
            name: Some(HOST),
            ..random_ca(&mut numbers, names, keys.len())
        };
        let leaf = match numbers.one_in(4) {
            true => like_a_ca,
            false => Spec { key_ids: numbers.one_in(2), ..Spec::leaf(names[0], 0) },
        };
        let intermediates = if numbers.one_in(4) { 1 + numbers.below(3) } else { 8 };
        let mut all =
            All { anchors: &anchors, presented: &presented, intermediates, steps: 20_000 };
        let Some(expected) = all.exists(&mut vec![leaf.clone()], &mut vec![]) else {
            skipped += 1;
            continue;
        };
        let mut limits = Limits::default();
        limits.intermediates = intermediates as u32;
        let (verdict, ..) = judge(&keys, &anchors, &leaf, &presented, limits);
        assert_eq!(
            verdict.is_ok(),
            expected,
            "round {round}: {verdict:?}\nleaf {leaf:?}\npresented {presented:#?}\nanchors {anchors:#?}"
        );
        if expected { accepted += 1 } else { refused += 1 }
    }
    println!("{accepted} accepted, {refused} refused, {skipped} too large to try all");
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
    assert!(skipped < 600, "{skipped} skipped");
}
