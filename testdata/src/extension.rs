//! Certificate extensions: each as an object identifier, a criticality and the bytes of its value.

use crate::der;
use crate::der::tag;
use crate::general_name;

/// One extension. Its value is whatever bytes it is given.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The extension's identifier, dotted.
    pub oid: String,
    /// Whether a verifier that does not know it must refuse.
    pub critical: bool,
    /// What the OCTET STRING holds.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that is not critical.
    pub fn new(oid: &str, value: Vec<u8>) -> Self {
        Self { oid: oid.to_owned(), critical: false, value }
    }

    /// The same extension, critical.
    pub fn critical(self) -> Self {
        Self { critical: true, ..self }
    }

    /// The same extension, not critical.
    pub fn not_critical(self) -> Self {
        Self { critical: false, ..self }
    }

    /// The Extension, with its tag and length.
    pub fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![der::oid(&self.oid)];
        if self.critical {
            parts.push(der::boolean(true));
        }
        parts.push(der::octet_string(&self.value));
        der::sequence(&parts)
    }
}

/// subjectAltName of these GeneralNames.
pub fn subject_alt_name<T: AsRef<[u8]>>(names: &[T]) -> Extension {
    Extension::new(SUBJECT_ALT_NAME, der::sequence(names))
}

/// basicConstraints with cA TRUE, critical as RFC 5280 wants it.
pub fn ca(path_length: Option<u64>) -> Extension {
    let mut parts = vec![der::boolean(true)];
    parts.extend(path_length.map(der::integer));
    Extension::new(BASIC_CONSTRAINTS, der::sequence(&parts)).critical()
}

/// basicConstraints with cA FALSE: an empty SEQUENCE, because DER omits defaults.
pub fn not_a_ca() -> Extension {
    Extension::new(BASIC_CONSTRAINTS, der::sequence::<Vec<u8>>(&[])).critical()
}

/// keyUsage of these bits, as RFC 5280 numbers them.
pub fn key_usage(bits: &[u8]) -> Extension {
    let mut octets = [0_u8; 2];
    for bit in bits {
        octets[usize::from(bit / 8)] |= 0x80 >> (bit % 8);
    }
    // DER drops trailing zero bits of a named bit list.
    let used = bits.iter().max().map_or(0, |last| usize::from(last / 8) + 1);
    let unused = octets[..used].last().map_or(0, |last| last.trailing_zeros() as u8);
    let value = der::bit_string_with_unused(unused, &octets[..used]);
    Extension::new(KEY_USAGE, value).critical()
}

/// extKeyUsage of these purposes, dotted.
pub fn extended_key_usage(purposes: &[&str]) -> Extension {
    let purposes = purposes.iter().map(|oid| der::oid(oid)).collect::<Vec<_>>();
    Extension::new(EXTENDED_KEY_USAGE, der::sequence(&purposes))
}

/// subjectKeyIdentifier.
pub fn subject_key_id(id: &[u8]) -> Extension {
    Extension::new(SUBJECT_KEY_ID, der::octet_string(id))
}

/// authorityKeyIdentifier of a keyIdentifier alone.
pub fn authority_key_id(id: &[u8]) -> Extension {
    let value = der::sequence(&[der::tlv(tag::context(0), id)]);
    Extension::new(AUTHORITY_KEY_ID, value)
}

/// authorityInfoAccess: where the issuer's certificate is, and its OCSP responder.
pub fn authority_info_access(issuer: &str, ocsp: &str) -> Extension {
    let description = |method: &str, location: &str| {
        der::sequence(&[der::oid(method), general_name::uri(location)])
    };
    let value = der::sequence(&[
        description("1.3.6.1.5.5.7.48.1", ocsp),
        description("1.3.6.1.5.5.7.48.2", issuer),
    ]);
    Extension::new("1.3.6.1.5.5.7.1.1", value)
}

/// cRLDistributionPoints of one full name.
pub fn crl_distribution_point(uri: &str) -> Extension {
    let full_name = der::explicit(0, &[general_name::uri(uri)]);
    let point = der::sequence(&[der::explicit(0, &[full_name])]);
    Extension::new("2.5.29.31", der::sequence(&[point]))
}

/// certificatePolicies of these policies, dotted, without qualifiers.
pub fn certificate_policies(policies: &[&str]) -> Extension {
    let policies = policies.iter().map(|oid| der::sequence(&[der::oid(oid)])).collect::<Vec<_>>();
    Extension::new(CERTIFICATE_POLICIES, der::sequence(&policies))
}

/// policyConstraints that require an explicit policy from the next certificate on.
pub fn policy_constraints() -> Extension {
    let value = der::sequence(&[der::tlv(tag::context(0), &[0])]);
    Extension::new(POLICY_CONSTRAINTS, value)
}

/// Two signed certificate timestamps of the usual size, with signatures that mean nothing.
pub fn signed_certificate_timestamps() -> Extension {
    let timestamps = [0x11_u8, 0x22].map(|log| {
        let mut timestamp = vec![0]; // version 1
        timestamp.extend([log; 32]);
        timestamp.extend([0, 0, 1, 0x9b, 0x76, 0xda, 0x88, log]); // milliseconds
        timestamp.extend([0, 0]); // no extensions
        timestamp.extend([4, 3, 0, 71]); // ECDSA with SHA-256, and the signature's length
        timestamp.extend(der::sequence(&[
            der::tlv(tag::INTEGER, &[&[0], &[0x80 | log; 32][..]].concat()),
            der::tlv(tag::INTEGER, &[log; 32]),
        ]));
        prefixed(&timestamp)
    });
    let list = prefixed(&timestamps.concat());
    Extension::new("1.3.6.1.4.1.11129.2.4.2", der::octet_string(&list))
}

/// An extension of a private arc that no verifier knows.
pub fn unknown() -> Extension {
    Extension::new("1.3.6.1.4.1.55555.1.1", der::null())
}

/// nameConstraints under construction; [`NameConstraints::extension`] ends it.
#[derive(Clone, Debug, Default)]
pub struct NameConstraints {
    permitted: Vec<Vec<u8>>,
    excluded: Vec<Vec<u8>>,
}

impl NameConstraints {
    /// No subtrees at all, which is malformed when it ends there.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a permitted subtree of this base, a GeneralName.
    pub fn permitted(mut self, base: Vec<u8>) -> Self {
        self.permitted.push(der::sequence(&[base]));
        self
    }

    /// Adds an excluded subtree of this base, a GeneralName.
    pub fn excluded(mut self, base: Vec<u8>) -> Self {
        self.excluded.push(der::sequence(&[base]));
        self
    }

    /// Adds an excluded subtree with a maximum.
    pub fn excluded_up_to(mut self, base: Vec<u8>, maximum: u8) -> Self {
        self.excluded.push(der::sequence(&[base, der::tlv(tag::context(1), &[maximum])]));
        self
    }

    /// Adds a permitted subtree with a minimum, a maximum, or both.
    pub fn permitted_between(
        mut self,
        base: Vec<u8>,
        minimum: Option<u8>,
        maximum: Option<u8>,
    ) -> Self {
        let mut subtree = vec![base];
        subtree.extend(minimum.map(|number| der::tlv(tag::context(0), &[number])));
        subtree.extend(maximum.map(|number| der::tlv(tag::context(1), &[number])));
        self.permitted.push(der::sequence(&subtree));
        self
    }

    /// The extension, critical as RFC 5280 wants it.
    pub fn extension(&self) -> Extension {
        let mut parts = Vec::new();
        for (number, subtrees) in [(0, &self.permitted), (1, &self.excluded)] {
            if !subtrees.is_empty() {
                parts.push(der::explicit(number, subtrees));
            }
        }
        Extension::new(NAME_CONSTRAINTS, der::sequence(&parts)).critical()
    }
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a timestamp list is short");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// digitalSignature.
pub const DIGITAL_SIGNATURE: u8 = 0;
/// keyEncipherment.
pub const KEY_ENCIPHERMENT: u8 = 2;
/// keyCertSign.
pub const KEY_CERT_SIGN: u8 = 5;
/// cRLSign.
pub const CRL_SIGN: u8 = 6;

/// The purpose serverAuth.
pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
/// The purpose clientAuth.
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
/// The purpose emailProtection.
pub const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
/// The purpose that stands for every other.
pub const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";

/// subjectKeyIdentifier.
pub const SUBJECT_KEY_ID: &str = "2.5.29.14";
/// keyUsage.
pub const KEY_USAGE: &str = "2.5.29.15";
/// subjectAltName.
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
/// basicConstraints.
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
/// nameConstraints.
pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: &str = "2.5.29.32";
/// policyMappings.
pub const POLICY_MAPPINGS: &str = "2.5.29.33";
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_ID: &str = "2.5.29.35";
/// policyConstraints.
pub const POLICY_CONSTRAINTS: &str = "2.5.29.36";
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: &str = "2.5.29.54";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usage_drops_trailing_zero_bits() {
        assert_eq!(key_usage(&[KEY_CERT_SIGN, CRL_SIGN]).value, [3, 2, 1, 0x06]);
        assert_eq!(key_usage(&[DIGITAL_SIGNATURE]).value, [3, 2, 7, 0x80]);
        assert_eq!(key_usage(&[8]).value, [3, 3, 7, 0, 0x80]);
    }
}
