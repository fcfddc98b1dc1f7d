//! Who may issue: basicConstraints, keyUsage, path length, versions, leaves that are authorities.

use super::HOST;
use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::BASIC_CONSTRAINTS;
use crate::extension::CRL_SIGN;
use crate::extension::Extension;
use crate::extension::KEY_USAGE;
use crate::extension::key_usage;
use crate::general_name;
use crate::keys;
use crate::time;

pub(super) fn cases() -> Vec<Case> {
    [basic_constraints(), usage_of_keys(), path_length(), versions(), leaves()].concat()
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
        .intermediate(intermediate().extension(key_usage(&[CRL_SIGN]))),
        accepted("key-usage-intermediate-accepted", "The intermediate has no keyUsage.")
            .intermediate(intermediate().without(KEY_USAGE)),
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
        .chain(two_below(0, "Second")),
        accepted("path-length-accepted", "Path length 1 allows the one further authority.")
            .chain(two_below(1, "Second")),
        accepted(
            "path-length-self-issued-accepted",
            "The further authority is self-issued, and does not count (RFC 5280 6.1.4 l).",
        )
        .chain(two_below(0, "First")),
        accepted("path-length-zero-accepted", "Path length 0 allows the leaf.")
            .intermediate(intermediate().extension(extension::ca(Some(0)))),
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

fn versions() -> Vec<Case> {
    let unsupported = |name, about, at| refused(name, about, "unsupported-version", at);
    vec![
        unsupported("version-1-leaf", "The leaf is of version 1.", At::Certificate(0))
            .map_leaf(|leaf| leaf.version(None).without_extensions()),
        unsupported("version-2-leaf", "The leaf is of version 2.", At::Certificate(0))
            .map_leaf(|leaf| leaf.version(Some(1)).without_extensions()),
        unsupported("version-1-intermediate", "An intermediate of version 1.", At::Certificate(1))
            .cve("CVE-2014-1959")
            .chain([
                INTERMEDIATE.issue(leaf()),
                intermediate()
                    .issuer(ROOT.name.clone())
                    .version(None)
                    .without_extensions()
                    .build(&ROOT.key),
            ]),
        accepted("version-accepted", "Leaf and intermediate are of version 3."),
        accepted("version-1-anchor-accepted", "An old self-signed anchor is of version 1.")
            .root(|root| root.version(None).without_extensions()),
    ]
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
    ]
}

impl Case {
    /// Presents a leaf whose last changes come after it has its issuer.
    fn map_leaf(self, change: fn(CertificateBuilder) -> CertificateBuilder) -> Self {
        let leaf = change(leaf().issued_by(&INTERMEDIATE)).build(&INTERMEDIATE.key);
        self.chain([leaf, INTERMEDIATE.certificate.clone()])
    }
}
