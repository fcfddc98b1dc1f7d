//! Ceilings: just below each of the default limits, and just above.

use super::HOST;
use super::INTERMEDIATE;
use super::NAMESAKES;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::Extension;
use crate::extension::NameConstraints;
use crate::extension::SUBJECT_KEY_ID;
use crate::general_name::directory;
use crate::general_name::dns;
use crate::keys;
use crate::keys::Key;

pub(super) fn cases() -> Vec<Case> {
    [size(), presented(), depth(), signatures(), candidates(), comparisons(), name_bytes()].concat()
}

fn size() -> Vec<Case> {
    // The padding that makes a leaf of exactly the default `certificate_bytes`.
    let padded = |extra: usize| {
        let of = |padding: usize| {
            let padding = Extension::new("1.3.6.1.4.1.55555.1.2", vec![0; padding]);
            // Ed25519 signatures are all of one length.
            let issuer = ROOT.intermediate("Example Intermediate", &keys::ED25519_A);
            (issuer.issue(leaf().extension(padding)), issuer.certificate)
        };
        let overhead = of(60_000).0.len() - 60_000;
        let (leaf, issuer) = of(65_536 - overhead + extra);
        [leaf, issuer]
    };
    vec![
        accepted("limit-certificate-bytes-accepted", "The leaf has 65,536 octets.")
            .chain(padded(0)),
        refused(
            "limit-certificate-bytes",
            "The leaf has 65,537 octets.",
            "certificate-too-large",
            At::Certificate(0),
        )
        .chain(padded(1)),
        refused(
            "limit-certificate-bytes-intermediate",
            "The intermediate has more than 65,536 octets, and is no candidate.",
            "unknown-issuer",
            At::Certificate(0),
        )
        .intermediate(
            intermediate().extension(Extension::new("1.3.6.1.4.1.55555.1.2", vec![0; 65_536])),
        ),
    ]
}

fn presented() -> Vec<Case> {
    // The leaf is not counted, the intermediate that is needed comes last.
    let behind = |strangers| {
        let stranger = ROOT.intermediate("Stranger", &keys::P256_D).certificate;
        [INTERMEDIATE.issue(leaf())]
            .into_iter()
            .chain(vec![stranger; strangers])
            .chain([INTERMEDIATE.certificate.clone()])
    };
    vec![
        accepted("limit-presented-accepted", "128 certificates follow the leaf.")
            .chain(behind(127)),
        refused(
            "limit-presented",
            "129 certificates follow the leaf.",
            "too-many-certificates",
            At::Certificate(129),
        )
        .chain(behind(128)),
    ]
}

fn depth() -> Vec<Case> {
    let below = |authorities: usize| {
        let mut chain = Vec::new();
        let mut issuer = ROOT.clone();
        for at in 0..authorities {
            issuer = issuer.intermediate(
                &format!("Authority {}", at + 1),
                &Key::derived(&format!("authority {}", at + 1)),
            );
            chain.insert(0, issuer.certificate.clone());
        }
        chain.insert(0, issuer.issue(leaf()));
        chain
    };
    vec![
        accepted("limit-intermediates-accepted", "Eight authorities are between leaf and anchor.")
            .chain(below(8)),
        refused(
            "limit-intermediates",
            "Nine authorities are between leaf and anchor.",
            "path-too-long",
            At::Certificate(0),
        )
        .cve("CVE-2024-28835")
        .chain(below(9)),
        renewed(
            accepted(
                "limit-path-accepted",
                "Fourteen authorities, thirteen of them self-issued, make a path of sixteen.",
            ),
            13,
        ),
        renewed(
            refused(
                "limit-path",
                "Fifteen authorities, fourteen of them self-issued, make a path of seventeen.",
                "path-too-long",
                At::Certificate(0),
            ),
            14,
        ),
    ]
}

/// One authority below the root that has renewed itself so often, each key signing the next.
/// Self-issued certificates are not counted as intermediates.
fn renewed(case: Case, times: usize) -> Case {
    let mut issuer = ROOT.intermediate("Authority", &Key::derived("renewed 0"));
    let mut chain = vec![issuer.certificate.clone()];
    for time in 1..=times {
        issuer = issuer.intermediate("Authority", &Key::derived(&format!("renewed {time}")));
        chain.insert(0, issuer.certificate.clone());
    }
    chain.insert(0, issuer.issue(leaf()));
    case.chain(chain)
}

fn signatures() -> Vec<Case> {
    // No key identifiers, so that each anchor of the name costs one signature.
    let trusting = |case: Case, anchors: usize| {
        case.chain([leaf().issuer(ROOT.name.clone()).build(&ROOT.key)])
            .anchors(NAMESAKES[..anchors].to_vec())
    };
    vec![
        trusting(
            refused(
                "limit-signature-checks",
                "None of 200 anchors of one name has the right key, and no key identifier says so.",
                "too-many-signature-checks",
                At::Certificate(0),
            )
            .cve("CVE-2018-16875"),
            200,
        ),
        trusting(
            refused(
                "limit-signature-checks-just-below",
                "None of 120 anchors of one name has the right key, and that can be found out.",
                "unknown-issuer",
                At::Certificate(0),
            ),
            120,
        ),
        accepted(
            "limit-signature-checks-accepted",
            "200 anchors of one name, and a key identifier leads to the right one.",
        )
        .chain([ROOT.issue(leaf())])
        .anchors(NAMESAKES[..199].iter().chain([&ROOT.certificate]).cloned()),
    ]
}

fn candidates() -> Vec<Case> {
    // Thirty authorities of each name could have issued those of the other, and one leads to the
    // root. A path length fails every path for what lies below, so that no part of it is settled.
    let meshed = |case: Case, path_length| {
        let (left, right) = (DirectoryName::cn("Left"), DirectoryName::cn("Right"));
        let member = |name: &DirectoryName, issuer: Vec<u8>, key: &Key, signer: &Key| {
            CertificateBuilder::authority(name.clone(), key)
                .without(SUBJECT_KEY_ID)
                .issuer(issuer)
                .build(signer)
        };
        let (left_key, right_key) = (&keys::P256_D, &keys::P256_E);
        let mut chain = vec![
            leaf().issuer(left.clone()).build(left_key),
            member(&left, right.clone().into(), left_key, right_key),
            member(&right, ROOT.name.clone(), right_key, &ROOT.key),
        ];
        for at in 0..29 {
            let left_key_here = Key::derived(&format!("left {at}"));
            let right_key_here = Key::derived(&format!("right {at}"));
            chain.push(member(&left, right.clone().into(), &left_key_here, right_key));
            chain.push(member(&right, left.clone().into(), &right_key_here, left_key));
        }
        case.chain(chain).root(|root| root.extension(extension::ca(Some(path_length))))
    };
    vec![
        meshed(
            refused(
                "limit-issuer-candidates",
                "Sixty authorities lead to each other, and to an anchor that allows only one.",
                "too-many-issuer-candidates",
                At::Certificate(0),
            )
            .cves(["RUSTSEC-2023-0053", "CVE-2026-32280"]),
            1,
        ),
        meshed(
            accepted(
                "limit-issuer-candidates-accepted",
                "Sixty authorities lead to each other, and to an anchor that allows two.",
            ),
            2,
        ),
    ]
}

fn comparisons() -> Vec<Case> {
    // Names and subtrees so short that thousands of them stay below the size of a certificate.
    let compared = |case: Case, names: usize, subtrees: usize| {
        let names =
            (1..names).map(|at| dns(format!("{at:x}.a"))).chain([dns(HOST)]).collect::<Vec<_>>();
        let constraints = (0..subtrees).fold(NameConstraints::new(), |constraints, at| {
            constraints.excluded(dns(format!("{at:x}.b")))
        });
        case.names(&names).constraints(&constraints)
    };
    vec![
        compared(
            accepted(
                "limit-name-constraints-accepted",
                "4096 names meet 1024 subtrees, which makes 2^22 comparisons.",
            ),
            4096,
            1024,
        ),
        compared(
            refused(
                "limit-name-constraints",
                "4096 names meet 1025 subtrees, which is too much work.",
                "too-many-name-constraint-comparisons",
                At::Certificate(0),
            )
            .cves([
                "CVE-2025-58187",
                "CVE-2025-14831",
                "CVE-2024-12243",
                "CVE-2024-34702",
            ]),
            4096,
            1025,
        ),
    ]
}

fn name_bytes() -> Vec<Case> {
    let name = |kind: &str, at: usize| {
        directory(DirectoryName::cn(&format!("{kind} {at:02} {}", "of the shop ".repeat(4))))
    };
    let compared = |case: Case, names: usize| {
        let constraints = (0..90).fold(NameConstraints::new(), |constraints, at| {
            constraints.excluded(name("subtree", at))
        });
        let names = (0..names).map(|at| name("name", at)).chain([dns(HOST)]).collect::<Vec<_>>();
        case.names(&names).constraints(&constraints)
    };
    vec![
        compared(
            accepted(
                "limit-name-bytes-accepted",
                "39 directory names meet 90 subtrees: less than 2^19 octets are compared.",
            ),
            39,
        ),
        compared(
            refused(
                "limit-name-bytes",
                "40 directory names meet 90 subtrees: that is more octets than are compared.",
                "too-many-name-bytes",
                At::Certificate(0),
            ),
            40,
        ),
    ]
}
