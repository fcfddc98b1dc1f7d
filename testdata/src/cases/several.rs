//! Several faults at once: which of them the refusal is named for, and that the others are listed.

use super::HOST;
use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::paths::flip_last_bit;
use super::refused;
use crate::algorithm::Algorithm;
use crate::algorithm::Hash;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::der::tag;
use crate::extension;
use crate::extension::CLIENT_AUTH;
use crate::extension::CRL_SIGN;
use crate::extension::NameConstraints;
use crate::extension::extended_key_usage;
use crate::extension::key_usage;
use crate::general_name::dns;
use crate::keys;
use crate::time;

/// One case for each step of the order, with a fault on both sides of it.
pub(super) fn cases() -> Vec<Case> {
    [certificates(), signatures(), names(), rules()].concat()
}

fn certificates() -> Vec<Case> {
    let stranger = || Authority::root("Stranger", &keys::P256_D).certificate;
    let bad = || leaf().alter_tbs(|content| der::non_minimal(tag::SEQUENCE, &content));
    vec![
        accepted("several-accepted", "There is no fault at all."),
        refused(
            "several-malformed-before-expired",
            "The leaf is no DER, and has ended: it is not read as far as that.",
            "malformed-certificate",
            At::Certificate(0),
        )
        .leaf(bad().valid(time::START, MAY)),
        refused(
            "several-expired-behind-malformed",
            "An intermediate with an extension twice is passed over; the one behind it has ended.",
            "expired",
            At::Certificate(2),
        )
        .chain([
            INTERMEDIATE.issue(leaf()),
            ROOT.issue(intermediate().another_extension(extension::ca(None))),
            ROOT.issue(intermediate().valid(time::START, MAY)),
        ]),
        refused(
            "several-limit-before-issuer",
            "Too many certificates are presented, and none of them is the issuer.",
            "too-many-certificates",
            At::Certificate(129),
        )
        .chain([INTERMEDIATE.issue(leaf())].into_iter().chain(vec![stranger(); 129])),
    ]
}

fn signatures() -> Vec<Case> {
    let sha1 = || leaf().algorithm(Algorithm::Ecdsa(Hash::Sha1));
    vec![
        refused(
            "several-issuer-before-algorithm",
            "The issuer is missing, and the leaf is signed with SHA-1.",
            "unknown-issuer",
            At::Certificate(0),
        )
        .chain([INTERMEDIATE.issue(sha1())]),
        refused(
            "several-signature-before-algorithm",
            "The intermediate's signature is bad, and the leaf is signed with SHA-1.",
            "bad-signature",
            At::Certificate(1),
        )
        .leaf(sha1())
        .intermediate(intermediate().alter(flip_last_bit)),
        refused(
            "several-algorithm-before-constraint",
            "The leaf is signed with SHA-1, and its name is excluded.",
            "unsupported-signature-algorithm",
            At::Certificate(0),
        )
        .leaf(sha1())
        .constraints(&NameConstraints::new().excluded(dns(HOST))),
    ]
}

fn names() -> Vec<Case> {
    let other = || leaf().names(&[dns("frontend.example.com")]);
    vec![
        refused(
            "several-constraint-before-name",
            "The leaf's name is excluded, and is not the expected one.",
            "name-excluded",
            At::Certificate(0),
        )
        .leaf(other())
        .constraints(&NameConstraints::new().excluded(dns("example.com"))),
        refused(
            "several-name-before-validity",
            "The leaf's name is not the expected one, and the leaf has ended.",
            "name-mismatch",
            At::Certificate(0),
        )
        .leaf(other().valid(time::START, MAY)),
    ]
}

fn rules() -> Vec<Case> {
    let with = |case: Case, change: fn(CertificateBuilder) -> CertificateBuilder| {
        case.chain([INTERMEDIATE.issue(leaf()), ROOT.issue(change(intermediate()))])
    };
    vec![
        with(
            refused(
                "several-validity-before-ca",
                "The intermediate has ended, and says cA FALSE.",
                "expired",
                At::Certificate(1),
            ),
            |authority| authority.valid(time::START, MAY).extension(extension::not_a_ca()),
        ),
        with(
            refused(
                "several-ca-before-usage",
                "The intermediate says cA FALSE, and its key may not sign certificates.",
                "not-a-ca",
                At::Certificate(1),
            ),
            |authority| {
                authority.extension(extension::not_a_ca()).extension(key_usage(&[CRL_SIGN]))
            },
        ),
        with(
            refused(
                "several-usage-before-critical",
                "The intermediate is for clients, and has an unknown critical extension.",
                "extended-key-usage",
                At::Certificate(1),
            ),
            |authority| {
                authority
                    .extension(extended_key_usage(&[CLIENT_AUTH]))
                    .extension(extension::unknown().critical())
            },
        ),
        refused(
            "several-everything",
            "A fault of each kind that a leaf can have on a good path.",
            "name-mismatch",
            At::Certificate(0),
        )
        .leaf(
            leaf()
                .names(&[dns("frontend.example.com")])
                .valid(time::START, MAY)
                .extension(extension::ca(None))
                .extension(extended_key_usage(&[CLIENT_AUTH]))
                .extension(extension::unknown().critical()),
        ),
    ]
}

const MAY: i64 = time::utc(2026, 5, 1, 0, 0, 0);
