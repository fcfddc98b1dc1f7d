//! What stands in a certificate, as x509-parser reads it, escaped; the engine helps it out.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use lastmile::Certificate;
use lastmile::Escaped;
use serde::Serialize;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ExtendedKeyUsage;
use x509_parser::extensions::GeneralName;
use x509_parser::extensions::GeneralSubtree;
use x509_parser::extensions::ParsedExtension;
use x509_parser::objects::oid_registry;
use x509_parser::objects::oid2sn;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::clock::rfc3339;

/// Every field is there, or `unreadable` says why x509-parser has none.
#[derive(Default, Serialize)]
pub(super) struct Seen {
    pub(super) unreadable: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) not_before: Option<String>,
    pub(super) not_after: Option<String>,
    pub(super) names: Vec<String>,
    pub(super) key: Option<Key>,
    pub(super) signature_algorithm: Option<String>,
    pub(super) extensions: Vec<Extension>,
}

#[derive(Serialize)]
pub(super) struct Key {
    pub(super) algorithm: String,
    pub(super) bits: Option<usize>,
}

#[derive(Serialize)]
pub(super) struct Extension {
    pub(super) name: String,
    oid: String,
    pub(super) critical: bool,
    pub(super) value: Option<String>,
}

impl Seen {
    pub(super) fn new(der: &[u8]) -> Self {
        match X509Certificate::from_der(der) {
            Ok((_, certificate)) => Self::from(&certificate),
            Err(error) => {
                let seen = Certificate::from_der(der).map_or_else(|_| Self::default(), Self::from);
                Self {
                    unreadable: Some(escaped(&format!("x509-parser cannot read it: {error}"))),
                    ..seen
                }
            }
        }
    }
}

/// What the engine reads for people.
impl From<Certificate<'_>> for Seen {
    fn from(certificate: Certificate<'_>) -> Self {
        let validity = certificate.validity();
        let names = certificate.presented_names().map(|names| {
            let names = names.iter().map(|name| name.to_string());
            names.collect()
        });
        Self {
            subject: certificate.subject_name().map(|name| name.to_string()),
            issuer: certificate.issuer_name().map(|name| name.to_string()),
            serial: Some(hexadecimal(certificate.serial())),
            not_before: Some(rfc3339(validity.not_before())),
            not_after: Some(rfc3339(validity.not_after())),
            names: names.unwrap_or_default(),
            ..Self::default()
        }
    }
}

impl From<&X509Certificate<'_>> for Seen {
    fn from(certificate: &X509Certificate<'_>) -> Self {
        let validity = certificate.validity();
        let mut names = Vec::new();
        for extension in certificate.extensions() {
            if let ParsedExtension::SubjectAlternativeName(san) = extension.parsed_extension() {
                names.extend(san.general_names.iter().map(general_name));
            }
        }
        Self {
            unreadable: None,
            subject: Some(escaped(&certificate.subject().to_string())),
            issuer: Some(escaped(&certificate.issuer().to_string())),
            serial: Some(hexadecimal(certificate.raw_serial())),
            not_before: Some(rfc3339(validity.not_before.timestamp())),
            not_after: Some(rfc3339(validity.not_after.timestamp())),
            names,
            key: Some(Key::from(certificate.public_key())),
            signature_algorithm: Some(named(&certificate.signature_algorithm.algorithm)),
            extensions: certificate
                .extensions()
                .iter()
                .map(|extension| Extension {
                    name: named(&extension.oid),
                    oid: extension.oid.to_id_string(),
                    critical: extension.critical,
                    value: value(extension.parsed_extension()),
                })
                .collect(),
        }
    }
}

impl From<&SubjectPublicKeyInfo<'_>> for Key {
    fn from(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let kind = &key.algorithm.algorithm;
        let curve = key.algorithm.parameters.as_ref().and_then(|one| one.as_oid().ok());
        let bits = match key.parsed() {
            Ok(PublicKey::RSA(key)) => Some(bits(key.modulus)),
            _ => None,
        };
        match (kind.to_id_string().as_str(), curve.map(|curve| curve.to_id_string())) {
            ("1.3.101.112", _) => Self { algorithm: "Ed25519".into(), bits: Some(256) },
            ("1.3.101.113", _) => Self { algorithm: "Ed448".into(), bits: Some(456) },
            ("1.2.840.113549.1.1.1", _) => Self { algorithm: "RSA".into(), bits },
            ("1.2.840.10045.2.1", Some(curve)) => {
                let (algorithm, bits) = match curve.as_str() {
                    "1.2.840.10045.3.1.7" => ("ECDSA P-256".into(), Some(256)),
                    "1.3.132.0.34" => ("ECDSA P-384".into(), Some(384)),
                    "1.3.132.0.35" => ("ECDSA P-521".into(), Some(521)),
                    _ => (format!("ECDSA on curve {curve}"), None),
                };
                Self { algorithm, bits }
            }
            _ => Self { algorithm: named(kind), bits },
        }
    }
}

/// The short name of the registry, or the dotted identifier.
fn named(oid: &Oid<'_>) -> String {
    match oid2sn(oid, oid_registry()) {
        Ok(name) => escaped(name),
        Err(_) => oid.to_id_string(),
    }
}

/// What matters of the extensions that a path is judged by. Names are shown on their own.
fn value(extension: &ParsedExtension<'_>) -> Option<String> {
    Some(match extension {
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            hexadecimal(id.key_identifier.as_ref().map(|id| id.0)?)
        }
        ParsedExtension::BasicConstraints(constraints) => {
            match (constraints.ca, constraints.path_len_constraint) {
                (false, _) => "not a CA".into(),
                (true, None) => "CA".into(),
                (true, Some(length)) => format!("CA, path length {length}"),
            }
        }
        ParsedExtension::ExtendedKeyUsage(usage) => purposes(usage),
        ParsedExtension::KeyUsage(usage) => usage.to_string(),
        ParsedExtension::NameConstraints(constraints) => {
            let permitted = subtrees("permitted", constraints.permitted_subtrees.as_deref());
            let excluded = subtrees("excluded", constraints.excluded_subtrees.as_deref());
            permitted.into_iter().chain(excluded).collect::<Vec<_>>().join("; ")
        }
        ParsedExtension::ParseError { .. } => "(malformed)".into(),
        ParsedExtension::SubjectKeyIdentifier(id) => hexadecimal(id.0),
        _ => return None,
    })
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> String {
    let known = [
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.any, "any"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let known = known.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned());
    let other = usage.other.iter().map(Oid::to_id_string);
    listed(known.chain(other))
}

/// The first of a list that somebody else chose the length of.
fn listed(mut all: impl Iterator<Item = String>) -> String {
    let shown = all.by_ref().take(MOST).collect::<Vec<_>>().join(", ");
    match all.count() {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}

/// Elements of a list that are shown.
const MOST: usize = 16;

fn subtrees(kind: &str, subtrees: Option<&[GeneralSubtree<'_>]>) -> Option<String> {
    let names = subtrees?.iter().map(|subtree| general_name(&subtree.base));
    Some(format!("{kind} {}", listed(names)))
}

/// As the engine writes names: the form, then the value.
fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("dns {}", escaped(name)),
        GeneralName::DirectoryName(name) => format!("directory {}", escaped(&name.to_string())),
        GeneralName::EDIPartyName(_) => "ediparty".into(),
        GeneralName::IPAddress(octets) => format!("ip {}", address(octets)),
        GeneralName::Invalid(_, octets) => format!("(malformed) {}", Escaped::new(octets)),
        GeneralName::OtherName(id, _) => format!("other {}", id.to_id_string()),
        GeneralName::RFC822Name(name) => format!("mail {}", escaped(name)),
        GeneralName::RegisteredID(id) => format!("id {}", id.to_id_string()),
        GeneralName::URI(uri) => format!("uri {}", escaped(uri)),
        GeneralName::X400Address(_) => "x400".into(),
    }
}

/// An address, or an address and a mask.
fn address(octets: &[u8]) -> String {
    let one = |octets: &[u8]| match <[u8; 4]>::try_from(octets) {
        Ok(octets) => Some(Ipv4Addr::from(octets).to_string()),
        Err(_) => {
            let octets = <[u8; 16]>::try_from(octets).ok()?;
            Some(Ipv6Addr::from(octets).to_string())
        }
    };
    one(octets)
        .or_else(|| {
            let (address, mask) = octets.split_at_checked(octets.len() / 2)?;
            Some(format!("{}/{}", one(address)?, one(mask)?))
        })
        .unwrap_or_else(|| format!("(malformed) {}", hexadecimal(octets)))
}

/// Bits of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let magnitude = number.get(zeros..).unwrap_or_default();
    let first = magnitude.first().map_or(0, |first| first.leading_zeros());
    (magnitude.len() * 8).saturating_sub(usize::try_from(first).unwrap_or_default())
}

/// Octets as `0a:1b`; a serial number may be long, and no one reads all of it then.
fn hexadecimal(octets: &[u8]) -> String {
    let shown: Vec<String> = octets.iter().take(64).map(|octet| format!("{octet:02x}")).collect();
    match octets.len() > 64 {
        true => format!("{}…", shown.join(":")),
        false => shown.join(":"),
    }
}

fn escaped(text: &str) -> String {
    Escaped::new(text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use lastmile::pem;

    use super::Seen;

    #[test]
    fn no_octets_make_the_second_parser_panic() {
        for file in ["cases/nc-directory-accepted/chain.pem", "cases/nc-ip-accepted/chain.pem"] {
            let path = format!("{}/../testdata/{file}", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read(path).expect("a case");
            for block in pem::blocks(&text) {
                let der = block.and_then(|block| block.decode()).expect("a certificate");
                assert!(Seen::new(&der).unreadable.is_none(), "the certificate itself is read");
                for position in 0..der.len() {
                    drop(Seen::new(&der[..position]));
                    for flip in [0x01, 0x80, 0xff] {
                        let mut changed = der.clone();
                        changed[position] ^= flip;
                        drop(Seen::new(&changed));
                    }
                }
            }
        }
    }
}
