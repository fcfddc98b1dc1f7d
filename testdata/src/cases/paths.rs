//! Finding a path: what is missing, out of order, superfluous, crossed, or under one name twice.

use super::INTERMEDIATE;
use super::NAMESAKES;
use super::ROOT;
use super::accepted;
use super::anonymous_root;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::extension::AUTHORITY_KEY_ID;
use crate::extension::SUBJECT_KEY_ID;
use crate::extension::subject_key_id;
use crate::keys;
use crate::keys::Key;
use crate::time;

pub(super) fn cases() -> Vec<Case> {
    [missing(), anchors_of_one_name(), disorder(), crossed(), mesh(), tampered()].concat()
}

fn missing() -> Vec<Case> {
    let unknown = |name, about, at| refused(name, about, "unknown-issuer", At::Certificate(at));
    let stranger = || [Authority::root("Stranger", &keys::P256_D).certificate];
    vec![
        unknown("missing-intermediate", "Only the leaf is presented.", 0)
            .chain([INTERMEDIATE.issue(leaf())]),
        accepted("missing-intermediate-accepted", "Leaf and intermediate are presented."),
        accepted(
            "missing-intermediate-but-trusted-accepted",
            "Only the leaf is presented, and the intermediate is the anchor.",
        )
        .chain([INTERMEDIATE.issue(leaf())])
        .anchors([INTERMEDIATE.certificate.clone()]),
        accepted(
            "missing-root-but-presented-intermediate-trusted-accepted",
            "The intermediate is presented and is the anchor; its own issuer is nowhere.",
        )
        .anchors([INTERMEDIATE.certificate.clone()]),
        unknown("missing-intermediate-and-root", "The anchor is a stranger.", 1)
            .anchors(stranger()),
        unknown(
            "missing-intermediate-root-presented",
            "The root is presented, which makes it no anchor.",
            2,
        )
        .cve("CVE-2026-11310")
        .chain([
            INTERMEDIATE.issue(leaf()),
            INTERMEDIATE.certificate.clone(),
            ROOT.certificate.clone(),
        ])
        .anchors(stranger()),
    ]
}

fn anchors_of_one_name() -> Vec<Case> {
    let namesake = |key: &Key| Authority::root("Example Root", key).certificate;
    let hundred = |last: Vec<u8>| [&NAMESAKES[..99], &[last]].concat();
    let without_key_ids = |case: Case| {
        case.chain([
            leaf().issuer(INTERMEDIATE.name.clone()).build(&INTERMEDIATE.key),
            intermediate().issuer(ROOT.name.clone()).without(SUBJECT_KEY_ID).build(&ROOT.key),
        ])
    };
    let unknown = |name, about| refused(name, about, "unknown-issuer", At::Certificate(1));
    vec![
        unknown("namesake", "The anchor has the right name and another key.")
            .anchors([namesake(&keys::P256_D)]),
        unknown("namesake-twice", "Two anchors have the right name, both another key.")
            .anchors([namesake(&keys::P256_D), namesake(&keys::P256_E)]),
        unknown(
            "namesake-presented",
            "A root of the anchor's name and another key is presented with what it issued.",
        )
        .chain({
            let rogue = Authority::root("Example Root", &keys::P256_D);
            let below = rogue.intermediate("Example Intermediate", &keys::P256_E);
            [below.issue(leaf()), below.certificate, rogue.certificate]
        }),
        unknown("namesake-presented-without-key-ids", "The same without key identifiers.").chain({
            let rogue = anonymous_root(&keys::P256_D);
            let below = intermediate().spki(keys::P256_E.spki()).without(SUBJECT_KEY_ID);
            [
                leaf().issuer(INTERMEDIATE.name.clone()).build(&keys::P256_E),
                below.issuer(ROOT.name.clone()).build(&keys::P256_D),
                rogue,
            ]
        }),
        accepted("namesake-accepted", "Two anchors have the right name, the second the right key.")
            .anchors([namesake(&keys::P256_D), namesake(&keys::P256_A)]),
        refused(
            "namesake-of-one-key-id",
            "The anchor has the right name and key identifier, and another key.",
            "bad-signature",
            At::Certificate(1),
        )
        .anchors([Authority::self_signed(
            DirectoryName::cn("Example Root"),
            &keys::P256_D,
            |root| root.extension(subject_key_id(&keys::P256_A.id())),
        )
        .certificate]),
        without_key_ids(accepted(
            "namesake-without-key-ids-accepted",
            "No key identifiers; the second of two anchors of one name has the right key.",
        ))
        .anchors([anonymous_root(&keys::P256_D), anonymous_root(&keys::P256_A)]),
        without_key_ids(accepted(
            "namesake-hundredfold-accepted",
            "No key identifiers; the last of a hundred anchors of one name has the right key.",
        ))
        .anchors(hundred(anonymous_root(&keys::P256_A))),
        without_key_ids(unknown(
            "namesake-hundredfold",
            "No key identifiers; none of a hundred anchors of one name has the right key.",
        ))
        .anchors(hundred(anonymous_root(&keys::P256_D))),
    ]
}

fn disorder() -> Vec<Case> {
    let upper = ROOT.intermediate("Upper", &keys::P256_D);
    let lower = upper.intermediate("Lower", &keys::P256_E);
    let leaf = lower.issue(leaf());
    let stranger = Authority::root("Stranger", &keys::P256_F).certificate;
    vec![
        accepted(
            "disorder-accepted",
            "Upper before lower, with a stranger, duplicates and the root among them.",
        )
        .chain([
            leaf.clone(),
            upper.certificate.clone(),
            stranger.clone(),
            ROOT.certificate.clone(),
            lower.certificate.clone(),
            upper.certificate.clone(),
            leaf.clone(),
        ]),
        refused(
            "disorder-without-upper",
            "A stranger and the root are presented, and the upper authority is not.",
            "unknown-issuer",
            At::Certificate(3),
        )
        .chain([
            leaf.clone(),
            stranger,
            ROOT.certificate.clone(),
            lower.certificate.clone(),
        ]),
        accepted(
            "disorder-namesake-first-accepted",
            "An intermediate of the right name and another key is presented first.",
        )
        .chain([
            leaf,
            upper.intermediate("Lower", &keys::P256_F).certificate,
            lower.certificate,
            upper.certificate,
        ]),
    ]
}

fn crossed() -> Vec<Case> {
    let old = Authority::root("Old Root", &keys::P256_D);
    let ended = |builder: CertificateBuilder| {
        builder.valid(time::utc(2016, 1, 1, 0, 0, 0), time::utc(2026, 5, 30, 0, 0, 0))
    };
    let cross = |authority: &Authority| {
        let name = authority.name.clone();
        old.subordinate(name, &authority.key, ended).certificate
    };
    let both = || [old.certificate.clone(), ROOT.certificate.clone()];
    let issued = || INTERMEDIATE.issue(leaf());

    let left = Authority::root("Left", &keys::P256_E);
    let right = Authority::root("Right", &keys::P256_F);
    let left_by_right = right.intermediate("Left", &left.key).certificate;
    let right_by_left = left.intermediate("Right", &right.key).certificate;
    let right_by_root = ROOT.intermediate("Right", &right.key).certificate;
    vec![
        accepted(
            "cross-sign-accepted",
            "An expired cross-certificate comes first, a good one of the same key behind it.",
        )
        .cve("DST-Root-X3-2021")
        .chain([issued(), cross(&INTERMEDIATE), INTERMEDIATE.certificate.clone()])
        .anchors(both()),
        refused(
            "cross-sign-expired",
            "The only intermediate presented is an expired cross-certificate.",
            "expired",
            At::Certificate(1),
        )
        .chain([issued(), cross(&INTERMEDIATE)])
        .anchors(both()),
        accepted(
            "cross-sign-of-the-anchor-accepted",
            "The root is presented as cross-signed and expired, and trusted as itself.",
        )
        .cve("AddTrust-2020")
        .chain([issued(), INTERMEDIATE.certificate.clone(), cross(&ROOT)])
        .anchors([ROOT.certificate.clone()]),
        accepted(
            "cross-sign-circle-accepted",
            "Two authorities signed each other, and the root signed one of them.",
        )
        .chain([
            left.issue(leaf()),
            left_by_right.clone(),
            right_by_left.clone(),
            right_by_root,
        ]),
        refused(
            "cross-sign-circle",
            "Two authorities signed each other, and nobody else signed them.",
            "unknown-issuer",
            At::Certificate(0),
        )
        .cve("CVE-2024-0567")
        .chain([left.issue(leaf()), left_by_right, right_by_left]),
    ]
}

fn mesh() -> Vec<Case> {
    // Every one of sixty authorities could have issued every other, and none of them is signed.
    // By its name the last of them leads to the root, or there would be nothing to search for.
    let meshed = |case: Case| {
        let name = DirectoryName::cn("Mesh");
        let leaf = leaf().issuer(name.clone()).build(&keys::P256_D);
        let member = |at: usize| {
            let issuer = if at < 59 { name.clone().into() } else { ROOT.name.clone() };
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
            "mesh",
            "Sixty authorities of one name lead to each other, and none was signed by the root.",
            "unknown-issuer",
            At::Certificate(60),
        ))
        .cves(["RUSTSEC-2023-0053", "RUSTSEC-2023-0052"]),
        meshed(accepted(
            "mesh-accepted",
            "Sixty authorities of one name, and an anchor of that name that issued the leaf.",
        ))
        .anchors([ROOT.certificate.clone(), Authority::root("Mesh", &keys::P256_D).certificate]),
    ]
}

fn tampered() -> Vec<Case> {
    let bad = |name, about, at| refused(name, about, "bad-signature", At::Certificate(at));
    vec![
        accepted("tampered-accepted", "Nothing was changed after signing."),
        bad("tampered-leaf-signature", "One bit of the leaf's signature was changed.", 0)
            .leaf(leaf().alter(flip_last_bit)),
        bad("tampered-leaf-content", "One letter of the leaf's name was changed.", 0).leaf(
            leaf()
                .subject(DirectoryName::cn("Some Backend"))
                .alter(|certificate| replace(certificate, b"Some Backend", b"Good Backend")),
        ),
        bad("tampered-intermediate-signature", "One bit of the intermediate's signature.", 1)
            .intermediate(intermediate().alter(flip_last_bit)),
        bad("tampered-other-signer", "A leaf that claims an issuer whose key did not sign.", 0)
            .chain([
                leaf().issued_by(&INTERMEDIATE).build(&keys::P256_D),
                INTERMEDIATE.certificate.clone(),
            ]),
        bad(
            "tampered-beside-no-ca",
            "A leaf that its issuer did not sign, and the certificate of the server that did.",
            0,
        )
        .cve("CVE-2026-5501")
        .chain([
            leaf().issued_by(&INTERMEDIATE).build(&keys::P256_D),
            INTERMEDIATE.issue(CertificateBuilder::leaf("evil.example.com").key(&keys::P256_D)),
            INTERMEDIATE.certificate.clone(),
        ]),
        bad(
            "tampered-other-signer-without-key-id",
            "The same, and the leaf has no authorityKeyIdentifier.",
            0,
        )
        .chain([
            leaf().issued_by(&INTERMEDIATE).without(AUTHORITY_KEY_ID).build(&keys::P256_D),
            INTERMEDIATE.certificate.clone(),
        ]),
    ]
}

/// Changes the last bit, which is the last of the signature.
pub(super) fn flip_last_bit(mut certificate: Vec<u8>) -> Vec<u8> {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
    certificate
}

/// Writes other bytes over the first occurrence, which must be there.
pub(super) fn replace(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("what is replaced is there");
    bytes.splice(at..at + from.len(), to.iter().copied());
    bytes
}
