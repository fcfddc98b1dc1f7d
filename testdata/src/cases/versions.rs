//! Versions of certificates, and what each of them may hold.

use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::der::tag;

pub(super) fn cases() -> Vec<Case> {
    [leaves(), issuers(), unique_ids()].concat()
}

fn leaves() -> Vec<Case> {
    let unsupported = |name, about| refused(name, about, "unsupported-version", At::Certificate(0));
    vec![
        accepted("version-accepted", "Leaf and intermediate are of version 3."),
        unsupported("version-1-leaf", "The leaf is of version 1.")
            .map_leaf(|leaf| leaf.version(None).without_extensions()),
        unsupported("version-2-leaf", "The leaf is of version 2.")
            .map_leaf(|leaf| leaf.version(Some(1)).without_extensions()),
        malformed("version-4-leaf", "The leaf is of version 4, which there is not.")
            .cve("RFC 5280 4.1")
            .map_leaf(|leaf| leaf.version(Some(3))),
        malformed("version-1-with-extensions", "The leaf is of version 1 and has extensions.")
            .cve("RFC 5280 4.1")
            .map_leaf(|leaf| leaf.version(None)),
        malformed("version-2-with-extensions", "The leaf is of version 2 and has extensions.")
            .cve("RFC 5280 4.1")
            .map_leaf(|leaf| leaf.version(Some(1))),
        malformed("version-1-encoded", "Version 1 is the default, and DER leaves defaults out.")
            .map_leaf(|leaf| leaf.version(Some(0)).without_extensions()),
    ]
}

fn issuers() -> Vec<Case> {
    let old = |version: Option<u8>| {
        intermediate()
            .issuer(ROOT.name.clone())
            .version(version)
            .without_extensions()
            .build(&ROOT.key)
    };
    let unsupported = |name, about| refused(name, about, "unsupported-version", At::Certificate(1));
    vec![
        unsupported("version-1-intermediate", "An intermediate of version 1.")
            .cves(["CVE-2014-1959", "Frankencert-2014"])
            .chain([INTERMEDIATE.issue(leaf()), old(None)]),
        unsupported("version-2-intermediate", "An intermediate of version 2.")
            .chain([INTERMEDIATE.issue(leaf()), old(Some(1))]),
        accepted("version-1-anchor-accepted", "An old self-signed anchor is of version 1.")
            .root(|root| root.version(None).without_extensions()),
        accepted("version-2-anchor-accepted", "An old self-signed anchor is of version 2.")
            .root(|root| root.version(Some(1)).without_extensions()),
    ]
}

fn unique_ids() -> Vec<Case> {
    vec![
        accepted(
            "version-unique-ids-accepted",
            "The leaf has both unique identifiers, which nobody uses and verifiers must read.",
        )
        .leaf(leaf().alter_tbs(|content| with_unique_ids(&content, [1, 2]))),
        malformed("version-unique-ids", "The leaf's unique identifiers have changed places.")
            .leaf(leaf().alter_tbs(|content| with_unique_ids(&content, [2, 1]))),
        malformed(
            "version-1-with-unique-ids",
            "The leaf is of version 1 and has a unique identifier, which came with version 2.",
        )
        .map_leaf(|leaf| {
            let leaf = leaf.version(None).without_extensions();
            leaf.alter_tbs(|content| der::sequence(&[content, unique_id(1)]))
        }),
    ]
}

/// The signed part of a sound certificate, with unique identifiers before the extensions.
fn with_unique_ids(content: &[u8], numbers: [u8; 2]) -> Vec<u8> {
    let mut reader = der::Reader::new(content);
    let mut parts = Vec::new();
    while let Some((kind, value)) = reader.value() {
        if kind == tag::context_constructed(3) {
            parts.extend(numbers.map(unique_id));
        }
        parts.push(der::tlv(kind, value));
    }
    der::sequence(&parts)
}

fn unique_id(number: u8) -> Vec<u8> {
    der::tlv(tag::context(number), &[0, 0x11])
}

fn malformed(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "malformed-certificate", At::Certificate(0))
}

impl Case {
    /// Presents a leaf whose last changes come after it has its issuer.
    pub(super) fn map_leaf(self, change: fn(CertificateBuilder) -> CertificateBuilder) -> Self {
        let leaf = change(leaf().issued_by(&INTERMEDIATE)).build(&INTERMEDIATE.key);
        self.chain([leaf, INTERMEDIATE.certificate.clone()])
    }
}
