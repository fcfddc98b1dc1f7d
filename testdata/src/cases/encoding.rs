//! Encoding: DER and nothing else; what is malformed on the leaf, and on an intermediate.

use super::HOST;
use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::paths::replace;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::der::Reader;
use crate::der::tag;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::Extension;
use crate::extension::NameConstraints;
use crate::extension::SUBJECT_ALT_NAME;
use crate::general_name;
use crate::general_name::dns;
use crate::keys;

pub(super) fn cases() -> Vec<Case> {
    [framing(), extensions(), intermediates(), odd_and_good()].concat()
}

fn framing() -> Vec<Case> {
    vec![
        accepted("encoding-accepted", "The leaf is DER."),
        malformed("encoding-trailing-octet", "An octet follows the leaf.")
            .cve("RFC 5280 4.1")
            .leaf(leaf().alter(|mut certificate| {
                certificate.push(0);
                certificate
            })),
        malformed("encoding-truncated", "The last octet of the leaf is missing.").leaf(
            leaf().alter(|mut certificate| {
                certificate.pop();
                certificate
            }),
        ),
        malformed(
            "encoding-trailing-value",
            "A value follows the leaf's extensions, and is signed.",
        )
        .leaf(leaf().alter_tbs(|mut content| {
            content.extend(der::null());
            der::tlv(tag::SEQUENCE, &content)
        })),
        malformed(
            "encoding-non-minimal-length",
            "A length takes an octet too many, and is signed.",
        )
        .cve("RFC 5280 4.1")
        .leaf(leaf().alter_tbs(|content| der::non_minimal(tag::SEQUENCE, &content))),
        malformed(
            "encoding-non-minimal-outer-length",
            "The outermost length has an octet too many.",
        )
        .leaf(leaf().alter(|certificate| der::non_minimal(tag::SEQUENCE, content(&certificate)))),
        malformed("encoding-indefinite-length", "A length is indefinite, and is signed.")
            .cve("CVE-2026-44378")
            .leaf(leaf().alter_tbs(|content| der::indefinite(tag::SEQUENCE, &content))),
        malformed("encoding-indefinite-outer-length", "The outermost length is indefinite.").leaf(
            leaf().alter(|certificate| der::indefinite(tag::SEQUENCE, content(&certificate))),
        ),
        malformed("encoding-length-beyond-end", "The outermost length is one too long.").leaf(
            leaf().alter(|certificate| {
                let content = content(&certificate);
                let length = u16::try_from(content.len() + 1).expect("a leaf is short");
                let [high, low] = length.to_be_bytes();
                der::tlv_with_length(tag::SEQUENCE, &[0x82, high, low], content)
            }),
        ),
        malformed("encoding-length-huge", "The outermost length is 2^32-1, in four octets.")
            .cves(["CVE-2020-7919", "CVE-2025-58185"])
            .leaf(leaf().alter(|certificate| {
                let content = content(&certificate);
                der::tlv_with_length(tag::SEQUENCE, &[0x84, 0xff, 0xff, 0xff, 0xff], content)
            })),
        malformed("encoding-length-of-nine-octets", "The outermost length has nine octets.")
            .cve("CVE-2020-7919")
            .leaf(leaf().alter(|certificate| {
                let length = [&[0x89], &[0xff; 9][..]].concat();
                der::tlv_with_length(tag::SEQUENCE, &length, content(&certificate))
            })),
        malformed("encoding-unused-bits", "The signature says that seven of its bits are unused.")
            .leaf(leaf().alter(|certificate| {
                let mut parts = Reader::new(content(&certificate));
                let tbs = parts.expect(tag::SEQUENCE).expect("there is a signed part");
                let algorithm = parts.expect(tag::SEQUENCE).expect("there is an algorithm");
                let bits = parts.expect(tag::BIT_STRING).expect("there is a signature");
                der::sequence(&[
                    der::tlv(tag::SEQUENCE, tbs),
                    der::tlv(tag::SEQUENCE, algorithm),
                    der::bit_string_with_unused(7, &bits[1..]),
                ])
            })),
    ]
}

fn extensions() -> Vec<Case> {
    let raw_names = |value| Extension::new(SUBJECT_ALT_NAME, value);
    vec![
        malformed("encoding-duplicate-extension", "The leaf has two subjectAltNames.").leaf(
            leaf().another_extension(extension::subject_alt_name(&[dns("other.example.com")])),
        ),
        malformed(
            "encoding-duplicate-unknown-extension",
            "The leaf has an unknown extension twice, not critical.",
        )
        .leaf(
            leaf().another_extension(extension::unknown()).another_extension(extension::unknown()),
        ),
        malformed("encoding-boolean-not-ff", "A criticality is TRUE as 01, which is BER.")
            .cve("RFC 5280 4.1")
            .leaf(leaf().alter_tbs(|content| {
                let content = replace(content, &[1, 1, 0xff], &[1, 1, 1]);
                der::tlv(tag::SEQUENCE, &content)
            })),
        malformed(
            "encoding-padded-identifier",
            "The type of an attribute of the subject is padded: 2.5.4.3 in other octets.",
        )
        .leaf(leaf().subject(name_of_type(&[0x55, 4, 0x80, 3]))),
        accepted("encoding-padded-identifier-accepted", "The type of that attribute is 2.5.4.3.")
            .leaf(leaf().subject(name_of_type(&[0x55, 4, 3]))),
        malformed(
            "encoding-key-algorithm",
            "The algorithm of the leaf's key has an identifier longer than what it stands in.",
        )
        .leaf(leaf().spki(der::sequence(&[
            der::tlv(tag::SEQUENCE, &[6, 5]),
            der::bit_string_with_unused(0, &[4]),
        ]))),
        malformed("encoding-name-beyond-list", "A dNSName is longer than the list it stands in.")
            .cve("CVE-2026-5188")
            .leaf(leaf().extension(raw_names(der::sequence(&[der::tlv_with_length(
                tag::context(2),
                &[0x40],
                HOST.as_bytes(),
            )])))),
        malformed("encoding-value-after-extensions", "A NULL follows the list of extensions.")
            .leaf(leaf().alter_tbs(|content| {
                with_extension_field(&content, |list| [list, &der::null()].concat())
            })),
        malformed("encoding-no-extensions", "The leaf's list of extensions is empty.").leaf(
            leaf().alter_tbs(|content| {
                with_extension_field(&content, |_| der::sequence::<Vec<u8>>(&[]))
            }),
        ),
        malformed("encoding-value-in-extension", "A NULL follows an extension's value.").leaf(
            leaf().alter_tbs(|content| {
                with_extension_field(&content, |list| {
                    let list = Reader::new(list).expect(tag::SEQUENCE).expect("extensions");
                    let more = der::sequence(&[
                        der::oid("1.3.6.1.4.1.55555.1.1"),
                        der::octet_string(&der::null()),
                        der::null(),
                    ]);
                    der::tlv(tag::SEQUENCE, &[list, &more].concat())
                })
            }),
        ),
        malformed("encoding-value-after-signature", "A NULL follows the leaf's signature.").leaf(
            leaf().alter(|certificate| {
                der::tlv(tag::SEQUENCE, &[content(&certificate), &der::null()].concat())
            }),
        ),
        malformed("encoding-octet-after-purposes", "An octet follows the list of purposes.").leaf(
            leaf().extension(Extension::new(
                extension::EXTENDED_KEY_USAGE,
                [extension::extended_key_usage(&[extension::SERVER_AUTH]).value, vec![0]].concat(),
            )),
        ),
        malformed("encoding-issuer", "An RDN of the leaf's issuer has no attributes.").chain([
            leaf().issuer(der::sequence(&[der::set::<Vec<u8>>(&[])])).build(&INTERMEDIATE.key),
            INTERMEDIATE.certificate.clone(),
        ]),
        malformed("encoding-octet-after-names", "An octet follows the list of names.")
            .leaf(leaf().extension(raw_names([der::sequence(&[dns(HOST)]), vec![0]].concat()))),
        malformed("encoding-empty-names", "The leaf's subjectAltName is an empty list.")
            .leaf(leaf().names::<Vec<u8>>(&[])),
        malformed("encoding-high-tag", "A name's tag takes two octets.")
            .leaf(leaf().names(&[dns(HOST), vec![0x9f, 0x20, 1, b'x']])),
        malformed("encoding-key-usage", "The leaf's keyUsage has eight unused bits in an octet.")
            .leaf(leaf().extension(Extension::new(
                extension::KEY_USAGE,
                der::bit_string_with_unused(8, &[0x80]),
            ))),
        malformed("encoding-basic-constraints", "A NULL follows what basicConstraints may hold.")
            .leaf(leaf().extension(Extension::new(
                extension::BASIC_CONSTRAINTS,
                der::sequence(&[der::null()]),
            ))),
        malformed("encoding-subject", "An RDN of the subject has no attributes.")
            .leaf(leaf().subject(der::sequence(&[der::set::<Vec<u8>>(&[])]))),
        malformed("encoding-algorithm", "The leaf's signature algorithm has no identifier.")
            .leaf(leaf().inner_algorithm(der::sequence(&[der::null()]))),
        malformed("encoding-unknown-name-form", "The leaf has a name of a tenth form.")
            .leaf(leaf().names(&[dns(HOST), der::tlv(tag::context(9), b"x")])),
        malformed(
            "encoding-constructed-name",
            "The leaf's dNSName is put together from parts, which is BER.",
        )
        .cve("RFC 5280 4.1")
        .leaf(leaf().names(&[der::explicit(2, &[der::tlv(tag::IA5_STRING, HOST.as_bytes())])])),
        malformed("encoding-too-many-extensions", "The leaf has 65 extensions.")
            .leaf(with_extensions(65)),
        accepted("encoding-too-many-extensions-accepted", "The leaf has 64 extensions.")
            .leaf(with_extensions(64)),
        malformed(
            "encoding-empty-name-constraints",
            "The leaf has name constraints without any subtree.",
        )
        .leaf(leaf().extension(NameConstraints::new().extension())),
        malformed(
            "encoding-empty-subtrees",
            "The leaf has name constraints with an empty list of permitted subtrees.",
        )
        .leaf(leaf().extension(empty_subtrees())),
    ]
}

/// A leaf with so many extensions, the issuer's key identifier included.
fn with_extensions(count: usize) -> CertificateBuilder {
    // A sound leaf has six.
    (6..count).fold(leaf(), |leaf, at| {
        leaf.extension(Extension::new(&format!("1.3.6.1.4.1.55555.3.{at}"), der::null()))
    })
}

/// The signed part with what stands in its `[3]` changed.
fn with_extension_field(content: &[u8], change: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut reader = Reader::new(content);
    let mut parts = Vec::new();
    while let Some((kind, value)) = reader.value() {
        parts.push(match kind == tag::context_constructed(3) {
            true => der::tlv(kind, &change(value)),
            false => der::tlv(kind, value),
        });
    }
    der::sequence(&parts)
}

/// A name of one attribute, whose type has these octets.
fn name_of_type(octets: &[u8]) -> Vec<u8> {
    let kind = der::tlv(tag::OBJECT_IDENTIFIER, octets);
    let attribute = der::sequence(&[kind, der::tlv(tag::UTF8_STRING, b"Backend")]);
    der::sequence(&[der::set(&[attribute])])
}

fn intermediates() -> Vec<Case> {
    let passed_over = |name, about, intermediate: CertificateBuilder| {
        refused(name, about, "unknown-issuer", At::Certificate(0)).intermediate(intermediate)
    };
    // Found on a path whose signatures are good: it is the certificate at fault.
    let refused_on_path = |name, about, intermediate: CertificateBuilder| {
        refused(name, about, "malformed-certificate", At::Certificate(1)).intermediate(intermediate)
    };
    let upper_with = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        ROOT.subordinate(DirectoryName::cn("Upper"), &keys::P256_D, change).certificate
    };
    let upper = ROOT.intermediate("Upper", &keys::P256_D);
    let lower = upper.intermediate("Lower", &keys::P256_E);
    let bad = || intermediate().alter_tbs(|content| der::non_minimal(tag::SEQUENCE, &content));
    vec![
        accepted(
            "encoding-intermediate-accepted",
            "A malformed intermediate comes first, a sound one of the same name behind it.",
        )
        .chain([
            INTERMEDIATE.issue(leaf()),
            ROOT.issue(bad()),
            INTERMEDIATE.certificate.clone(),
        ]),
        passed_over(
            "encoding-intermediate-non-minimal-length",
            "The intermediate has a length of an octet too many, and is no candidate.",
            bad(),
        ),
        refused_on_path(
            "encoding-intermediate-empty-name-constraints",
            "The intermediate has name constraints without any subtree.",
            intermediate().extension(NameConstraints::new().extension()),
        ),
        refused_on_path(
            "encoding-intermediate-empty-subtrees",
            "The intermediate has an empty list of permitted subtrees.",
            intermediate().extension(empty_subtrees()),
        ),
        refused_on_path(
            "encoding-intermediate-empty-names",
            "The intermediate's subjectAltName is an empty list.",
            intermediate().names::<Vec<u8>>(&[]),
        ),
        accepted(
            "encoding-intermediate-behind-another-accepted",
            "An upper authority has malformed constraints, and its namesake behind it is sound.",
        )
        .chain([
            lower.issue(leaf()),
            lower.certificate.clone(),
            upper_with(|upper| upper.extension(empty_subtrees())),
            upper_with(|upper| upper),
        ]),
        passed_over(
            "encoding-intermediate-duplicate-extension",
            "The intermediate has basicConstraints twice, and is no candidate.",
            intermediate().another_extension(extension::ca(None)),
        ),
    ]
}

fn odd_and_good() -> Vec<Case> {
    vec![
        accepted("serial-zero-accepted", "The leaf's serial number is 0.")
            .leaf(leaf().serial(&[0])),
        accepted("serial-negative-accepted", "The leaf's serial number is negative.")
            .leaf(leaf().serial(&[0x9c, 1])),
        accepted("serial-long-accepted", "The leaf's serial number has 21 octets.")
            .leaf(leaf().serial(&[0x41; 21])),
        malformed("serial-empty", "The leaf's serial number has no octets.")
            .cve("RFC 5280 4.1")
            .leaf(leaf().serial(&[])),
        malformed("serial-padded", "The leaf's serial number has a zero octet too many.")
            .cve("RFC 5280 4.1")
            .leaf(leaf().serial(&[0, 1])),
        accepted("serial-accepted", "The leaf's serial number is 1.").leaf(leaf().serial(&[1])),
        malformed("nesting", "In place of the leaf, five thousand SEQUENCEs one in the other.")
            .cves(["CVE-2026-33818", "CVE-2024-12133"])
            .chain([nested(5000), INTERMEDIATE.certificate.clone()]),
        accepted("nesting-accepted", "A name of a form nobody reads is nested a thousand deep.")
            .cve("CVE-2026-33818")
            .names(&[general_name::other(general_name::PRINCIPAL_NAME, &nested(1000)), dns(HOST)]),
    ]
}

fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| der::sequence(&[inner]))
}

fn empty_subtrees() -> Extension {
    let subtrees = der::tlv(tag::context_constructed(0), &[]);
    Extension::new(extension::NAME_CONSTRAINTS, der::sequence(&[subtrees])).critical()
}

fn content(certificate: &[u8]) -> &[u8] {
    Reader::new(certificate).expect(tag::SEQUENCE).expect("what is altered was sound")
}

fn malformed(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "malformed-certificate", At::Certificate(0))
}
