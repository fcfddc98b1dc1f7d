//! Who may issue: basicConstraints, keyUsage, path length, leaves that are authorities.

use super::HOST;
use super::INTERMEDIATE;
use super::LEAF;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::paths::flip_last_bit;
use super::refused;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::der::tag;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::BASIC_CONSTRAINTS;
use crate::extension::CLIENT_AUTH;
use crate::extension::CRL_SIGN;
use crate::extension::Extension;
use crate::extension::KEY_USAGE;
use crate::extension::NameConstraints;
use crate::extension::extended_key_usage;
use crate::extension::key_usage;
use crate::general_name;
use crate::keys;
use crate::time;

pub(super) fn cases() -> Vec<Case> {
    [basic_constraints(), usage_of_keys(), path_length(), leaves()].concat()
}

fn basic_constraints() -> Vec<Case> {
    let through_a_leaf = |basic_constraints: Extension| {
        let middle = INTERMEDIATE.subordinate(
            DirectoryName::cn("evil.example.com"),
            &keys::P256_D,
            |middle| middle.without(KEY_USAGE).extension(basic_constraints.clone()),
        );
        let leaf = middle.issue(leaf());
        [leaf, middle.certificate, INTERMEDIATE.certificate.clone()]
    };
    vec![
        refused(
            "not-a-ca-intermediate",
            "The intermediate says cA FALSE.",
            "not-a-ca",
            At::Certificate(1),
        )
        .cve("CVE-2021-3450")
        .intermediate(intermediate().extension(extension::not_a_ca())),
        refused(
            "not-a-ca-without-basic-constraints",
            "The intermediate has no basicConstraints.",
            "not-a-ca",
            At::Certificate(1),
        )
        .intermediate(intermediate().without(BASIC_CONSTRAINTS)),
        accepted("not-a-ca-accepted", "The intermediate says cA TRUE."),
        refused(
            "not-a-ca-but-a-leaf",
            "A server's certificate, not an authority's, has issued the leaf.",
            "not-a-ca",
            At::Certificate(1),
        )
        .cve("CVE-2002-0862")
        .chain(through_a_leaf(extension::not_a_ca())),
        refused(
            "not-a-ca-after-another-try",
            "A server's certificate issued the leaf, and a path that leads nowhere is tried first.",
            "not-a-ca",
            At::Certificate(1),
        )
        .cve("CVE-2015-1793")
        .chain(
            through_a_leaf(extension::not_a_ca()).into_iter().chain([Authority::root(
                "Stranger",
                &keys::P256_E,
            )
            .subordinate(INTERMEDIATE.name.clone(), &INTERMEDIATE.key, |crossed| crossed)
            .certificate]),
        ),
        accepted("not-a-ca-but-a-leaf-accepted", "The same, with cA TRUE on the middle one.")
            .chain(through_a_leaf(extension::ca(None))),
        refused(
            "not-a-ca-anchor",
            "The anchor of version 3 says cA FALSE.",
            "not-a-ca",
            At::Anchor(0),
        )
        .root(|root| root.extension(extension::not_a_ca())),
        refused(
            "not-a-ca-anchor-without-basic-constraints",
            "The anchor of version 3 has no basicConstraints.",
            "not-a-ca",
            At::Anchor(0),
        )
        .root(|root| root.without(BASIC_CONSTRAINTS)),
    ]
}

fn usage_of_keys() -> Vec<Case> {
    vec![
        refused(
            "key-usage-intermediate",
            "The intermediate's keyUsage has cRLSign and no keyCertSign.",
            "key-usage",
            At::Certificate(1),
        )
        .cve("Frankencert-2014")
        .intermediate(intermediate().extension(key_usage(&[CRL_SIGN]))),
        accepted("key-usage-intermediate-accepted", "The intermediate has no keyUsage.")
            .intermediate(intermediate().without(KEY_USAGE)),
        refused(
            "key-usage-intermediate-not-critical",
            "The intermediate's keyUsage, not critical, has cRLSign and no keyCertSign.",
            "key-usage",
            At::Certificate(1),
        )
        .intermediate(intermediate().extension(key_usage(&[CRL_SIGN]).not_critical())),
        refused(
            "key-usage-anchor",
            "The anchor's keyUsage has cRLSign and no keyCertSign.",
            "key-usage",
            At::Anchor(0),
        )
        .root(|root| root.extension(key_usage(&[CRL_SIGN]))),
        accepted("key-usage-anchor-accepted", "The anchor has no keyUsage.")
            .root(|root| root.without(KEY_USAGE)),
        accepted("key-usage-leaf-accepted", "The leaf has no keyUsage.")
            .leaf(leaf().without(KEY_USAGE)),
    ]
}

fn path_length() -> Vec<Case> {
    // Below the root stand an authority with a path length, another authority, and the leaf.
    let two_below = |path_length, second: &str| {
        let first = ROOT.subordinate(DirectoryName::cn("First"), &keys::P256_D, |first| {
            first.extension(extension::ca(Some(path_length)))
        });
        let second = first.intermediate(second, &keys::P256_E);
        let leaf = second.issue(leaf());
        [leaf, second.certificate, first.certificate]
    };
    vec![
        refused(
            "path-length",
            "Path length 0 allows no further authority, and there is one.",
            "path-length-exceeded",
            At::Certificate(2),
        )
        .cve("DMTF-2026-0004")
        .chain(two_below(0, "Second")),
        accepted("path-length-accepted", "Path length 1 allows the one further authority.")
            .chain(two_below(1, "Second")),
        accepted(
            "path-length-self-issued-accepted",
            "The further authority is self-issued, and does not count (RFC 5280 6.1.4 l).",
        )
        .chain(two_below(0, "First")),
        refused(
            "path-length-by-case",
            "The further authority's name differs from its issuer's in case: it counts.",
            "path-length-exceeded",
            At::Certificate(2),
        )
        .chain(two_below(0, "FIRST")),
        accepted("path-length-zero-accepted", "Path length 0 allows the leaf.")
            .intermediate(intermediate().extension(extension::ca(Some(0)))),
        refused(
            "path-length-negative",
            "The path length of the intermediate is -1.",
            "unknown-issuer",
            At::Certificate(0),
        )
        .intermediate(intermediate().extension(raw_path_length(&[0xff]))),
        accepted("path-length-huge-accepted", "A path length of 2^71 constrains nothing.")
            .intermediate(
                intermediate().extension(raw_path_length(&[0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0])),
            ),
        refused(
            "path-length-anchor",
            "The anchor's path length 0 allows no intermediate.",
            "path-length-exceeded",
            At::Anchor(0),
        )
        .root(|root| root.extension(extension::ca(Some(0)))),
        accepted("path-length-anchor-accepted", "The anchor's path length 1 allows one.")
            .root(|root| root.extension(extension::ca(Some(1)))),
    ]
}

/// basicConstraints of a CA whose pathLenConstraint has these octets.
fn raw_path_length(octets: &[u8]) -> Extension {
    let value = der::sequence(&[der::boolean(true), der::tlv(tag::INTEGER, octets)]);
    Extension::new(BASIC_CONSTRAINTS, value).critical()
}

fn leaves() -> Vec<Case> {
    let own = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        let name = [general_name::dns(HOST)];
        let own = CertificateBuilder::authority(DirectoryName::cn(HOST), &keys::P256_D);
        change(own.names(&name)).build(&keys::P256_D)
    };
    let earlier = |builder: CertificateBuilder| {
        builder.valid(time::utc(2025, 7, 1, 0, 0, 0), time::utc(2026, 7, 1, 0, 0, 0))
    };
    vec![
        accepted("leaf-in-bundle-accepted", "A self-signed CA:TRUE leaf is itself in ca.crt.")
            .chain([own(|own| own)])
            .anchors([own(|own| own)]),
        refused(
            "leaf-in-bundle",
            "A self-signed CA:TRUE leaf was renewed, and ca.crt has the earlier copy.",
            "leaf-is-a-ca",
            At::Certificate(0),
        )
        .chain([own(|own| own)])
        .anchors([own(earlier)]),
        refused(
            "leaf-in-bundle-expired",
            "A self-signed leaf is itself in ca.crt, and has ended.",
            "expired",
            At::Certificate(0),
        )
        .chain([own(earlier)])
        .anchors([own(earlier)])
        .now(time::utc(2026, 8, 1, 0, 0, 0)),
        refused(
            "leaf-in-bundle-wrong-name",
            "A leaf that is itself in ca.crt must still have the expected name.",
            "name-mismatch",
            At::Certificate(0),
        )
        .hostname("frontend.example.com")
        .chain([own(|own| own)])
        .anchors([own(|own| own)]),
        refused(
            "leaf-in-bundle-client-only",
            "A leaf that is itself in ca.crt must still be for servers.",
            "extended-key-usage",
            At::Certificate(0),
        )
        .chain([own(|own| own.extension(extended_key_usage(&[CLIENT_AUTH])))])
        .anchors([own(|own| own.extension(extended_key_usage(&[CLIENT_AUTH])))]),
        refused(
            "leaf-in-bundle-critical",
            "A leaf that is itself in ca.crt has a critical extension that nobody knows.",
            "unknown-critical-extension",
            At::Certificate(0),
        )
        .chain([own(|own| own.extension(extension::unknown().critical()))])
        .anchors([own(|own| own.extension(extension::unknown().critical()))]),
        accepted("self-signed-accepted", "A self-signed CA:FALSE leaf is itself in ca.crt.")
            .chain([own(|own| own.extension(extension::not_a_ca()))])
            .anchors([own(|own| own.extension(extension::not_a_ca()))]),
        refused(
            "self-signed-not-in-bundle",
            "A self-signed leaf is not in ca.crt.",
            "unknown-issuer",
            At::Certificate(0),
        )
        .chain([own(|own| own.extension(extension::not_a_ca()))]),
        accepted(
            "issued-leaf-in-bundle-accepted",
            "A leaf that an authority issued is itself in ca.crt, and needs no intermediate.",
        )
        .chain([INTERMEDIATE.issue(leaf())])
        .anchors([INTERMEDIATE.issue(leaf())]),
        accepted(
            "issued-leaf-in-bundle-constrained-accepted",
            "Its authority excludes its name, and the operator trusts it as itself.",
        )
        .constraints(&NameConstraints::new().excluded(general_name::dns(HOST)))
        .anchors([LEAF.clone()]),
        refused(
            "issued-leaf-in-bundle",
            "Its authority excludes its name, and the operator trusts an earlier copy of it.",
            "name-excluded",
            At::Certificate(0),
        )
        .constraints(&NameConstraints::new().excluded(general_name::dns(HOST)))
        .anchors([INTERMEDIATE.issue(earlier(leaf())), ROOT.certificate.clone()]),
        accepted(
            "issued-leaf-in-bundle-damaged-accepted",
            "A leaf whose signature is damaged is itself in ca.crt: nobody asks who signed it.",
        )
        .leaf(leaf().alter(flip_last_bit))
        .anchors([INTERMEDIATE.issue(leaf().alter(flip_last_bit))]),
        refused(
            "leaf-is-a-ca",
            "The leaf of a good chain says cA TRUE.",
            "leaf-is-a-ca",
            At::Certificate(0),
        )
        .leaf(leaf().extension(extension::ca(None))),
        accepted("leaf-is-a-ca-accepted", "The leaf of a good chain has no basicConstraints.")
            .leaf(leaf().without(BASIC_CONSTRAINTS)),
        refused(
            "leaf-named-as-anchor",
            "A self-signed leaf took the anchor's name; a name makes no trust.",
            "unknown-issuer",
            At::Certificate(0),
        )
        .cve("CVE-2026-34580")
        .chain([leaf().subject(ROOT.name.clone()).key(&keys::P256_D).build(&keys::P256_D)]),
        accepted(
            "leaf-named-as-anchor-accepted",
            "A leaf with the anchor's name was issued by the intermediate.",
        )
        .leaf(leaf().subject(ROOT.name.clone())),
        accepted("anchor-beside-strangers-accepted", "The right anchor is the third of four.")
            .anchors([
                Authority::root("Stranger One", &keys::P256_D).certificate,
                Authority::root("Stranger Two", &keys::P256_E).certificate,
                ROOT.certificate.clone(),
                Authority::root("Stranger Three", &keys::P256_F).certificate,
            ]),
        accepted(
            "anchor-beside-ended-accepted",
            "An anchor of the same name and key has ended, and is only reported.",
        )
        .anchors([
            Authority::self_signed(ROOT.name.clone(), &ROOT.key, earlier_still).certificate,
            ROOT.certificate.clone(),
        ]),
        refused(
            "anchor-beside-ended",
            "Two anchors of the same name and key, and both have ended.",
            "expired",
            At::Anchor(0),
        )
        .anchors([
            Authority::self_signed(ROOT.name.clone(), &ROOT.key, |root| {
                root.valid(time::utc(2024, 1, 1, 0, 0, 0), time::utc(2026, 1, 1, 0, 0, 0))
            })
            .certificate,
            Authority::self_signed(ROOT.name.clone(), &ROOT.key, earlier_still).certificate,
        ]),
    ]
}

fn earlier_still(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::utc(2024, 1, 1, 0, 0, 0), time::utc(2025, 1, 1, 0, 0, 0))
}
