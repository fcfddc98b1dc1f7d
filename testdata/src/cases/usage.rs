//! What a certificate may be used for: extendedKeyUsage, and extensions nobody understands.

use super::INTERMEDIATE;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::paths::replace;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::der::tag;
use crate::extension;
use crate::extension::ANY_EXTENDED_KEY_USAGE;
use crate::extension::CLIENT_AUTH;
use crate::extension::EMAIL_PROTECTION;
use crate::extension::EXTENDED_KEY_USAGE;
use crate::extension::Extension;
use crate::extension::SERVER_AUTH;
use crate::extension::extended_key_usage;
use crate::general_name::dns;

pub(super) fn cases() -> Vec<Case> {
    [leaf_purposes(), authority_purposes(), criticality()].concat()
}

fn leaf_purposes() -> Vec<Case> {
    vec![
        accepted("eku-accepted", "The leaf is for clients and servers.")
            .leaf(leaf().extension(extended_key_usage(&[CLIENT_AUTH, SERVER_AUTH]))),
        wrong_purpose("eku-client-only", "The leaf is for clients only.", At::Certificate(0))
            .leaf(leaf().extension(extended_key_usage(&[CLIENT_AUTH]))),
        wrong_purpose("eku-email-only", "The leaf is for e-mail only.", At::Certificate(0))
            .cve("CVE-2022-21657")
            .leaf(leaf().extension(extended_key_usage(&[EMAIL_PROTECTION]))),
        wrong_purpose("eku-any", "Any purpose is no purpose for a leaf.", At::Certificate(0))
            .leaf(leaf().extension(extended_key_usage(&[ANY_EXTENDED_KEY_USAGE]))),
        accepted("eku-any-accepted", "The leaf is for any purpose, and for servers by name.")
            .leaf(leaf().extension(extended_key_usage(&[ANY_EXTENDED_KEY_USAGE, SERVER_AUTH]))),
        wrong_purpose(
            "eku-step-up",
            "The leaf is for Netscape's server gated cryptography, which is not serverAuth.",
            At::Certificate(0),
        )
        .leaf(leaf().extension(extended_key_usage(&["2.16.840.1.113730.4.1"]))),
        accepted("eku-too-many-accepted", "The leaf lists 128 purposes, the last of them servers.")
            .leaf(leaf().extension(many_purposes(128))),
        refused(
            "eku-too-many",
            "The leaf lists 129 purposes, the last of them servers.",
            "malformed-certificate",
            At::Certificate(0),
        )
        .leaf(leaf().extension(many_purposes(129))),
        accepted("eku-missing-accepted", "The leaf does not say what it is for.")
            .leaf(leaf().without(EXTENDED_KEY_USAGE)),
        accepted("eku-critical-accepted", "The leaf's extendedKeyUsage is critical.")
            .leaf(leaf().extension(extended_key_usage(&[SERVER_AUTH]).critical())),
        refused(
            "eku-empty",
            "The leaf's extendedKeyUsage lists nothing.",
            "malformed-certificate",
            At::Certificate(0),
        )
        .leaf(leaf().extension(extended_key_usage(&[]))),
    ]
}

fn authority_purposes() -> Vec<Case> {
    vec![
        accepted("eku-intermediate-accepted", "The intermediate is for any purpose.")
            .intermediate(intermediate().extension(extended_key_usage(&[ANY_EXTENDED_KEY_USAGE]))),
        wrong_purpose(
            "eku-intermediate",
            "The intermediate is for e-mail only.",
            At::Certificate(1),
        )
        .cve("CVE-2022-21657")
        .intermediate(intermediate().extension(extended_key_usage(&[EMAIL_PROTECTION]))),
        accepted("eku-anchor-any-accepted", "The anchor is for any purpose.")
            .root(|root| root.extension(extended_key_usage(&[ANY_EXTENDED_KEY_USAGE]))),
        accepted("eku-anchor-accepted", "The anchor is for servers.")
            .root(|root| root.extension(extended_key_usage(&[SERVER_AUTH]))),
        wrong_purpose("eku-anchor", "The anchor is for e-mail only.", At::Anchor(0))
            .root(|root| root.extension(extended_key_usage(&[EMAIL_PROTECTION]))),
    ]
}

/// So many purposes, the last of which is serverAuth.
fn many_purposes(count: usize) -> Extension {
    let others = (1..count).map(|at| format!("1.3.6.1.4.1.55555.4.{at}"));
    let purposes = others.chain([SERVER_AUTH.to_owned()]).collect::<Vec<_>>();
    extended_key_usage(&purposes.iter().map(String::as_str).collect::<Vec<_>>())
}

fn criticality() -> Vec<Case> {
    vec![
        accepted("critical-accepted", "The leaf has an unknown extension, not critical.")
            .leaf(leaf().extension(extension::unknown())),
        unknown_critical(
            "critical-on-leaf",
            "The leaf has an unknown critical extension.",
            At::Certificate(0),
        )
        .cve("Frankencert-2014")
        .leaf(leaf().extension(extension::unknown().critical())),
        unknown_critical(
            "critical-before-another",
            "An unknown critical extension stands before one that is not critical.",
            At::Certificate(0),
        )
        .leaf(
            leaf()
                .extension(extension::unknown().critical())
                .extension(Extension::new("1.3.6.1.4.1.55555.1.2", der::null())),
        ),
        unknown_critical(
            "critical-crl-points",
            "Where revocation lists are is critical, and no list is looked at.",
            At::Certificate(0),
        )
        .leaf(leaf().extension(extension::crl_distribution_point("http://ca.test/crl").critical())),
        unknown_critical(
            "critical-issuer-names",
            "The issuer's other names are critical, which they should not be.",
            At::Certificate(0),
        )
        .leaf(
            leaf().extension(
                Extension::new("2.5.29.18", der::sequence(&[dns("ca.test")])).critical(),
            ),
        ),
        unknown_critical(
            "critical-on-intermediate",
            "The intermediate has an unknown critical extension.",
            At::Certificate(1),
        )
        .intermediate(intermediate().extension(extension::unknown().critical())),
        unknown_critical(
            "critical-on-anchor",
            "The anchor has an unknown critical extension.",
            At::Anchor(0),
        )
        .root(|root| root.extension(extension::unknown().critical())),
        accepted(
            "critical-on-anchor-accepted",
            "The anchor has an unknown extension, not critical.",
        )
        .root(|root| root.extension(extension::unknown())),
        unknown_critical(
            "critical-key-id",
            "A key identifier must not be critical, and is not understood when it is.",
            At::Certificate(0),
        )
        .chain([
            leaf()
                .issued_by(&INTERMEDIATE)
                .extension(extension::authority_key_id(&INTERMEDIATE.key.id()).critical())
                .build(&INTERMEDIATE.key),
            INTERMEDIATE.certificate.clone(),
        ]),
        unknown_critical(
            "critical-own-key-id",
            "The leaf's own key identifier is critical, which it must not be.",
            At::Certificate(0),
        )
        .leaf(leaf().extension(extension::subject_key_id(&[0x11; 20]).critical())),
        unknown_critical(
            "critical-information-access",
            "Where the issuer is to be found is critical, which it must not be.",
            At::Certificate(0),
        )
        .leaf(leaf().extension(
            extension::authority_info_access("http://ca.test/", "http://ocsp.test/").critical(),
        )),
        accepted(
            "critical-false-written-accepted",
            "A criticality of FALSE is written out, which DER leaves out and many CAs write.",
        )
        .leaf(leaf().alter_tbs(false_written)),
        accepted(
            "critical-or-not-accepted",
            "Extensions that are understood need not be critical.",
        )
        .intermediate(
            intermediate()
                .extension(extension::ca(None).not_critical())
                .extension(extension::key_usage(&[extension::KEY_CERT_SIGN]).not_critical()),
        ),
    ]
}

/// Writes FALSE into the leaf's extendedKeyUsage, for what is not critical.
fn false_written(content: Vec<u8>) -> Vec<u8> {
    let usage = extended_key_usage(&[SERVER_AUTH]);
    let written = der::sequence(&[
        der::oid(EXTENDED_KEY_USAGE),
        der::boolean(false),
        der::octet_string(&usage.value),
    ]);
    let mut reader = der::Reader::new(&content);
    let mut parts = Vec::new();
    while let Some((kind, value)) = reader.value() {
        parts.push(match kind == tag::context_constructed(3) {
            true => {
                let list = der::Reader::new(value).expect(tag::SEQUENCE).expect("extensions");
                der::explicit(
                    3,
                    &[der::sequence(&[replace(list.into(), &usage.to_der(), &written)])],
                )
            }
            false => der::tlv(kind, value),
        });
    }
    der::sequence(&parts)
}

fn wrong_purpose(name: &'static str, about: &'static str, at: At) -> Case {
    refused(name, about, "extended-key-usage", at)
}

fn unknown_critical(name: &'static str, about: &'static str, at: At) -> Case {
    refused(name, about, "unknown-critical-extension", at)
}
