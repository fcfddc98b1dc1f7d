//! Ceilings: just below each of the default limits, and just above.

use super::HOST;
use super::INTERMEDIATE;
use super::NAMESAKES;
use super::ROOT;
use super::accepted;
use super::leaf;
use super::refused;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::extension::Extension;
use crate::extension::NameConstraints;
use crate::extension::SUBJECT_KEY_ID;
use crate::general_name::dns;
use crate::keys;
use crate::keys::Key;

pub(super) fn cases() -> Vec<Case> {
    [
        size(),
        presented(),
        depth(),
        signatures(),
        candidates(),
        comparisons(),
    ]
    .concat()
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
        accepted(
            "limit-certificate-bytes-accepted",
            "The leaf has 65,536 octets.",
        )
        .chain(padded(0)),
        refused(
            "limit-certificate-bytes",
            "The leaf has 65,537 octets.",
            "certificate-too-large",
            At::Certificate(0),
        )
        .chain(padded(1)),
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
        accepted(
            "limit-presented-accepted",
            "128 certificates follow the leaf.",
        )
        .chain(behind(127)),
        refused(
            "limit-presented",
            "129 certificates follow the leaf.",
            "too-many-certificates",
            At::Certificate(0),
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
        accepted(
            "limit-intermediates-accepted",
            "Eight authorities are between leaf and anchor.",
        )
        .chain(below(8)),
        refused(
            "limit-intermediates",
            "Nine authorities are between leaf and anchor.",
            "path-too-long",
            At::Certificate(0),
        )
        .chain(below(9)),
    ]
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
            ),
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
    // Every one of sixty authorities could have issued every other, and none of them is signed.
    // By its name the last of them leads to the root, or there would be nothing to search for.
    let meshed = |case: Case| {
        let name = DirectoryName::cn("Mesh");
        let leaf = leaf().issuer(name.clone()).build(&keys::P256_D);
        let member = |at: usize| {
            let issuer = if at < 59 {
                name.clone().into()
            } else {
                ROOT.name.clone()
            };
            CertificateBuilder::authority(name.clone(), &Key::derived(&format!("mesh {at}")))
                .without(SUBJECT_KEY_ID)
                .issuer(issuer)
                .signature(vec![0x5a; 64])
                .build(&keys::P256_D)
        };
        case.chain([leaf].into_iter().chain((0..60).map(member)))
    };
    vec![
        meshed(refused(
            "limit-issuer-candidates",
            "Sixty authorities of one name lead to each other, and none was signed by the root.",
            "too-many-issuer-candidates",
            At::Certificate(0),
        )),
        meshed(accepted(
            "limit-issuer-candidates-accepted",
            "Sixty authorities of one name, and an anchor of that name that issued the leaf.",
        ))
        .anchors([
            ROOT.certificate.clone(),
            Authority::root("Mesh", &keys::P256_D).certificate,
        ]),
    ]
}

fn comparisons() -> Vec<Case> {
    // Names and subtrees so short that thousands of them stay below the size of a certificate.
    let compared = |case: Case, names: usize, subtrees: usize| {
        let names = (1..names)
            .map(|at| dns(format!("{at:x}.a")))
            .chain([dns(HOST)])
            .collect::<Vec<_>>();
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
                At::Certificate(1),
            ),
            4096,
            1025,
        ),
    ]
}
