//! Sixteen chains that cost a verifier as much as one message of a peer can: the worst of each kind.
//!
//! Signatures are those of [`stub`](crate::stub), so that what is measured is the verifier's own
//! work. Everything fits the default limits of `lastmile`, or ends at one of them.

use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::Extension;
use crate::extension::NAME_CONSTRAINTS;
use crate::extension::NameConstraints;
use crate::general_name::directory;
use crate::general_name::dns;
use crate::general_name::email;
use crate::general_name::ip_octets;
use crate::general_name::uri;
use crate::keys;
use crate::time;

/// The name that every leaf here is asked for.
pub const HOST: &str = "a.shop.test";

/// A moment, in seconds since 1970, at which every chain here is to be judged.
pub const NOW: i64 = time::NOW;

/// One input, and what comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Hostile {
    /// How results name it.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// The code of the refusal, or `accepted`.
    pub verdict: &'static str,
    /// What ends the work.
    pub ended_by: &'static str,
    /// Makes it.
    pub chain: fn() -> Chain,
}

/// What is trusted, and what is presented.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The certificates of the bundle.
    pub anchors: Vec<Vec<u8>>,
    /// The first certificate that is presented.
    pub leaf: Vec<u8>,
    /// The others.
    pub presented: Vec<Vec<u8>>,
}

/// All of them.
pub const ALL: [Hostile; 16] = [
    Hostile {
        name: "mesh",
        about: "128 CAs of one name, any of which could have issued any other; no anchor has it",
        verdict: "unknown-issuer",
        ended_by: "no path by names, so nothing is followed",
        chain: mesh,
    },
    Hostile {
        name: "namesakes-of-the-root",
        about: "the same with the root's name, and a key of its own for each; no signature is good",
        verdict: "too-many-signature-checks",
        ended_by: "`signature_checks`",
        chain: namesakes_of_the_root,
    },
    Hostile {
        name: "self-issued-ring",
        about: "127 self-issued CAs, each signed by the next, and a way out whose path length is 0",
        verdict: "too-many-issuer-candidates",
        ended_by: "`issuer_candidates`",
        chain: self_issued_ring,
    },
    Hostile {
        name: "wide-bundle",
        about: "1000 anchors of one name without key identifiers, all expired, for 128 CAs below",
        verdict: "too-many-issuer-candidates",
        ended_by: "`issuer_candidates`",
        chain: wide_bundle,
    },
    Hostile {
        name: "misfits",
        about: "1000 anchors of one name without key identifiers, and 128 CAs below, signed with an \
                algorithm that nobody takes",
        verdict: "too-many-issuer-candidates",
        ended_by: "`issuer_candidates`",
        chain: misfits,
    },
    Hostile {
        name: "long-parameters",
        about: "64 CAs that 64 others may have issued, signed by RSASSA-PSS with parameters of 32 KB",
        verdict: "unsupported-signature-algorithm",
        ended_by: "no signature that can be checked",
        chain: long_parameters,
    },
    Hostile {
        name: "layers",
        about: "8 layers of 16 CAs, all with constraints; the fourth excludes a name of the first",
        verdict: "too-many-issuer-candidates",
        ended_by: "`issuer_candidates`",
        chain: layers,
    },
    Hostile {
        name: "constraints-compared",
        about: "2047 wildcards under 2048 excluded names that differ from them in the last letters",
        verdict: "accepted",
        ended_by: "just below `name_constraint_pairs`",
        chain: constraints_compared,
    },
    Hostile {
        name: "constraints-read",
        about: "128 CAs of 64 KiB of constraints, of which the last excludes the leaf's name",
        verdict: "too-many-name-bytes",
        ended_by: "`name_bytes`",
        chain: constraints_read,
    },
    Hostile {
        name: "many-labels",
        about: "244 names of 126 labels below 128 CAs, which exclude 40 names and the leaf's own",
        verdict: "too-many-name-bytes",
        ended_by: "`name_bytes`",
        chain: many_labels,
    },
    Hostile {
        name: "addresses-compared",
        about: "2047 IP addresses under 2048 permitted ranges, and only the last holds them",
        verdict: "accepted",
        ended_by: "just below `name_constraint_pairs`",
        chain: addresses_compared,
    },
    Hostile {
        name: "uris-compared",
        about: "2047 URIs under 2048 excluded hosts that differ from theirs in the last letters",
        verdict: "accepted",
        ended_by: "just below `name_constraint_pairs`",
        chain: uris_compared,
    },
    Hostile {
        name: "mailboxes-compared",
        about: "2047 mailboxes under 2048 excluded ones that differ from them in the last letters",
        verdict: "accepted",
        ended_by: "just below `name_constraint_pairs`",
        chain: mailboxes_compared,
    },
    Hostile {
        name: "directory-names",
        about: "450 directory names under 300 excluded ones of eleven parts, alike but for case and \
                the last",
        verdict: "too-many-name-bytes",
        ended_by: "`name_bytes`",
        chain: directory_names,
    },
    Hostile {
        name: "many-names",
        about: "a leaf of 64 KiB with 32,000 empty names, and none that is expected",
        verdict: "name-mismatch",
        ended_by: "`certificate_bytes`",
        chain: many_names,
    },
    Hostile {
        name: "strangers",
        about: "128 certificates of 50 KiB that belong to nobody, with 3000 extensions each",
        verdict: "unknown-issuer",
        ended_by: "`presented`, and 64 extensions, which no certificate may exceed",
        chain: strangers,
    },
];

fn mesh() -> Chain {
    let presented = (0..128).map(|serial| ca("Mesh", "Mesh", 1, 2).serial(&[1, serial]));
    chain(leaf("Mesh", 1), presented)
}

fn namesakes_of_the_root() -> Chain {
    chain(leaf("Root", NOBODY), (1..=128).map(|key| ca("Root", "Root", key, NOBODY)))
}

fn self_issued_ring() -> Chain {
    let ring = (1..=127).map(|key| ca("Ring", "Ring", key, key % 127 + 1));
    let way_out = ca("Ring", "Root", 64, ROOT).extension(extension::ca(Some(0)));
    chain(leaf("Ring", 1), ring.chain([way_out]))
}

fn wide_bundle() -> Chain {
    let anchors =
        (1000..2000).map(|key| ca("Root", "Root", key, key).valid(time::START, time::START));
    let presented = (1..=128).map(|key| ca("Below", "Root", key, NOBODY));
    Chain { anchors: built(anchors), ..chain(leaf("Below", 1), presented) }
}

fn misfits() -> Chain {
    let anchors = (1000..2000).map(|key| ca("Root", "Root", key, key));
    let presented = (1..=128).map(|key| ca("Below", "Root", key, NOBODY));
    let presented = presented.map(|ca| ca.algorithm(Algorithm::Ed25519));
    Chain { anchors: built(anchors), ..chain(leaf("Below", 1), presented) }
}

fn long_parameters() -> Chain {
    // The hash, where it belongs, but for its contents.
    let hash = der::explicit(0, &[der::octet_string(&[0x2b; 32_000])]);
    let identifier = algorithm::identifier(algorithm::RSASSA_PSS, &der::sequence(&[hash]));
    let below = (1..=64).map(|key| {
        let ca = ca("Below", "Between", key, NOBODY);
        ca.inner_algorithm(identifier.clone()).outer_algorithm(identifier.clone())
    });
    let between = (65..=128).map(|key| ca("Between", "Root", key, ROOT));
    chain(leaf("Below", 1), below.chain(between))
}

fn layers() -> Chain {
    const TOP: u16 = 8;
    let harmless = NameConstraints::new().excluded(dns("elsewhere.test")).extension();
    let violated = NameConstraints::new().excluded(dns("ca.test")).extension();
    let layer = |number: u16| {
        let issuer = if number == TOP { ("Root".into(), ROOT) } else { of_layer(number + 1) };
        let (name, key) = of_layer(number);
        let constraints = if number == 4 { &violated } else { &harmless };
        let ca = ca(&name, &issuer.0, key, issuer.1).extension(constraints.clone());
        if number == 1 { ca.names(&[dns("x.ca.test")]) } else { ca }
    };
    let copies =
        |ca: CertificateBuilder| (0..16).map(move |serial| ca.clone().serial(&[1, serial]));
    let (name, key) = of_layer(1);
    chain(leaf(&name, key), (1..=TOP).map(layer).flat_map(copies))
}

/// The name and the key of the CAs in a layer.
fn of_layer(number: u16) -> (String, u16) {
    (format!("Layer {number}"), number)
}

fn constraints_compared() -> Chain {
    // Alike for so long that a certificate is just large enough for 2^22 pairs.
    let alike = "a".repeat(16);
    let excluded = (0..2048).map(|number| dns(format!("{alike}x{number:04x}")));
    let names = (0..2046).map(|number| dns(format!("*.{alike}y{number:04x}")));
    let names = names.chain([dns(HOST)]).collect::<Vec<_>>();
    constrained(leaf("CA", 1).names(&names), excluded, 1)
}

fn constraints_read() -> Chain {
    // Five octets a subtree: the shortest there are, but for the empty one, which holds everything.
    let excluded = (0..13_000).map(|_| dns("b")).chain([dns("shop.test")]);
    constrained(leaf("CA", 1), excluded, 128)
}

fn many_labels() -> Chain {
    let labels = "a.".repeat(124);
    let names = (0..244).map(|number| dns(format!("{number}.{labels}a")));
    let names = names.chain([dns(HOST)]).collect::<Vec<_>>();
    let excluded = (0..40).map(|number| dns(format!("{}.a", "x".repeat(number + 1))));
    constrained(leaf("CA", 1).names(&names), excluded.chain([dns("shop.test")]), 128)
}

fn addresses_compared() -> Chain {
    // Every second address, so that no range grows into the next.
    let range = |number: u16| [&[10, 0], &number.to_be_bytes()[..], &[0xff; 4]].concat();
    let last = [[192, 0, 2, 0], [255, 255, 255, 0]].concat();
    let permitted = (0..2047).map(|number| range(2 * number)).chain([last]);
    let permitted = permitted.map(|octets| ip_octets(&octets));
    let names = (0..2046_u16).map(|_| ip_octets(&[192, 0, 2, 1]));
    let names = names.chain([dns(HOST)]).collect::<Vec<_>>();
    constrained_to(0, leaf("CA", 1).names(&names), permitted, 1)
}

fn uris_compared() -> Chain {
    let excluded = (0..2048).map(|number| uri(format!("alike-x{number:04x}")));
    let names = (0..2046).map(|number| uri(format!("a://alike-y{number:04x}")));
    let names = names.chain([dns(HOST)]).collect::<Vec<_>>();
    constrained(leaf("CA", 1).names(&names), excluded, 1)
}

fn mailboxes_compared() -> Chain {
    let excluded = (0..2048).map(|number| email(format!("alike-x{number:04x}@a.test")));
    let names = (0..2046).map(|number| email(format!("alike-y{number:04x}@a.test")));
    let names = names.chain([dns(HOST)]).collect::<Vec<_>>();
    constrained(leaf("CA", 1).names(&names), excluded, 1)
}

fn directory_names() -> Chain {
    let parts = |alike: &str, last: &[u8]| {
        let alike = (0..10).fold(DirectoryName::new(), |name, _| name.organization(alike));
        directory(alike.attribute("2.5.4.10", der::tag::UTF8_STRING, last))
    };
    let names = (0..450).map(|_| parts("a", b"b")).chain([dns(HOST)]).collect::<Vec<_>>();
    constrained(leaf("CA", 1).names(&names), (0..300).map(|_| parts("A", b"x")), 1)
}

fn many_names() -> Chain {
    chain(leaf("Root", ROOT).names(&vec![dns(""); 32_000]), [])
}

fn strangers() -> Chain {
    let extensions = (0..3000).map(|number| format!("1.3.6.1.4.1.55555.2.{number}"));
    let stranger = extensions.fold(ca("Stranger", "Nobody", 1, NOBODY), |stranger, oid| {
        stranger.another_extension(Extension::new(&oid, Vec::new()))
    });
    Chain { presented: vec![built([stranger]).remove(0); 128], ..chain(leaf("CA", 1), []) }
}

/// The leaf below so many CAs of one name, which all exclude this.
fn constrained(
    leaf: CertificateBuilder,
    excluded: impl Iterator<Item = Vec<u8>>,
    authorities: u8,
) -> Chain {
    constrained_to(1, leaf, excluded, authorities)
}

/// To subtrees that are permitted, `[0]`, or excluded, `[1]`.
fn constrained_to(
    list: u8,
    leaf: CertificateBuilder,
    subtrees: impl Iterator<Item = Vec<u8>>,
    authorities: u8,
) -> Chain {
    let subtrees = subtrees.map(|base| der::sequence(&[base])).collect::<Vec<_>>();
    let value = der::sequence(&[der::explicit(list, &subtrees)]);
    let constraints = Extension::new(NAME_CONSTRAINTS, value).critical();
    let authority = ca("CA", "Root", 1, ROOT).extension(constraints);
    chain(leaf, (0..authorities).map(|serial| authority.clone().serial(&[1, serial])))
}

/// The leaf and the others under one root.
fn chain(
    leaf: CertificateBuilder,
    presented: impl IntoIterator<Item = CertificateBuilder>,
) -> Chain {
    Chain {
        anchors: built([ca("Root", "Root", ROOT, ROOT)]),
        leaf: built([leaf]).remove(0),
        presented: built(presented),
    }
}

fn built(certificates: impl IntoIterator<Item = CertificateBuilder>) -> Vec<Vec<u8>> {
    certificates.into_iter().map(|certificate| certificate.build(&keys::P256_A)).collect()
}

fn ca(subject: &str, issuer: &str, key: u16, signed_by: u16) -> CertificateBuilder {
    certificate(subject, issuer, key, signed_by).extension(extension::ca(None))
}

fn leaf(issuer: &str, signed_by: u16) -> CertificateBuilder {
    certificate("leaf", issuer, 0, signed_by).names(&[dns(HOST)])
}

/// Without key identifiers, which would help the verifier.
fn certificate(subject: &str, issuer: &str, key: u16, signed_by: u16) -> CertificateBuilder {
    CertificateBuilder::new(DirectoryName::cn(subject))
        .issuer(DirectoryName::cn(issuer))
        .serial(&[1])
        .spki(numbered(keys::P256_A.spki(), key))
        .signature(numbered(keys::P256_A.bits(), signed_by))
}

/// A key of that number, by its last two octets: no signature is ever checked with it.
fn numbered(mut key: Vec<u8>, number: u16) -> Vec<u8> {
    let rest = key.len() - 2;
    key[rest..].copy_from_slice(&number.to_be_bytes());
    key
}

const ROOT: u16 = 10_000;
/// Whose key no certificate has.
const NOBODY: u16 = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_within_the_default_limits() {
        for one in ALL {
            let chain = (one.chain)();
            let largest = chain.presented.iter().chain([&chain.leaf]).map(Vec::len).max();
            assert!(largest <= Some(65_536), "{}: {largest:?} octets", one.name);
            assert!(chain.presented.len() <= 128, "{}", one.name);
        }
    }
}
