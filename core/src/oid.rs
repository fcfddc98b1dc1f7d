//! Object identifiers: the ones that the engine knows, and the dotted text of any.

use alloc::format;
use alloc::string::String;
use core::fmt;

/// The contents octets of an OBJECT IDENTIFIER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oid<'a>(pub(crate) &'a [u8]);

impl Oid<'_> {
    /// X.690 8.19.2: at least one octet, the last one ends an arc, and no arc is padded. Else one
    /// identifier would have two encodings, and what is compared by octets could be evaded.
    pub(crate) fn is_well_formed(self) -> bool {
        // Three octets, each an arc of its own or two: most extensions and attributes.
        if let [0..=0x7f, 0..=0x7f, 0..=0x7f] = self.0 {
            return true;
        }
        let ends = self.0.last().is_some_and(|last| *last < 0x80);
        // Few identifiers have the octet that would be padding at the start of an arc.
        ends && self.0.len() <= MAX_OCTETS && (!self.0.contains(&0x80) || !self.is_padded())
    }

    fn is_padded(self) -> bool {
        let starts = core::iter::once(true).chain(self.0.iter().map(|octet| octet & 0x80 == 0));
        self.0.iter().zip(starts).any(|(octet, is_start)| is_start && *octet == 0x80)
    }

    /// The name that operators know it by.
    pub(crate) fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(oid, _)| *oid == self.0).map(|(_, name)| *name)
    }

    /// Its name, if it has one, and its dotted text.
    pub(crate) fn named(self) -> String {
        match self.name() {
            Some(name) => format!("{name} ({self})"),
            None => format!("{self}"),
        }
    }
}

impl fmt::Display for Oid<'_> {
    /// Dotted decimal; at most 32 arcs of at most 63 bits, then an ellipsis.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0u64;
        let mut arcs = 0u32;
        for octet in self.0 {
            if arc >> 56 != 0 || arcs == 32 {
                return f.write_str("…");
            }
            arc = (arc << 7) | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            match (arcs, arc) {
                (0, 0..40) => write!(f, "0.{arc}")?,
                (0, 40..80) => write!(f, "1.{}", arc.saturating_sub(40))?,
                (0, _) => write!(f, "2.{}", arc.saturating_sub(80))?,
                _ => write!(f, ".{arc}")?,
            }
            arc = 0;
            arcs = arcs.saturating_add(1);
        }
        Ok(())
    }
}

/// No identifier in use is nearly as long; one that is would be slow to compare and to show.
const MAX_OCTETS: usize = 128;

// RFC 5280 4.2.1: id-ce, 2.5.29.
pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
// RFC 5280 4.2.1.12.
pub(crate) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37, 0];
pub(crate) const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
// RFC 3279 2.3.1, RFC 5480 2.1.1, RFC 8410 3.
pub(crate) const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
pub(crate) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
pub(crate) const SECP256R1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(crate) const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0, 34];
pub(crate) const SECP521R1: &[u8] = &[0x2b, 0x81, 0x04, 0, 35];
// RFC 2985 5.2.1.
pub(crate) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

const NAMES: &[(&[u8], &str)] = &[
    (SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (KEY_USAGE, "keyUsage"),
    (SUBJECT_ALT_NAME, "subjectAltName"),
    (&[0x55, 0x1d, 18], "issuerAltName"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    (&[0x55, 0x1d, 31], "cRLDistributionPoints"),
    (CERTIFICATE_POLICIES, "certificatePolicies"),
    (&[0x55, 0x1d, 33], "policyMappings"),
    (AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (&[0x55, 0x1d, 36], "policyConstraints"),
    (EXTENDED_KEY_USAGE, "extKeyUsage"),
    (&[0x55, 0x1d, 54], "inhibitAnyPolicy"),
    (ANY_EXTENDED_KEY_USAGE, "anyExtendedKeyUsage"),
    (SERVER_AUTH, "serverAuth"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 2], "clientAuth"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 3], "codeSigning"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 4], "emailProtection"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 8], "timeStamping"),
    (&[0x2b, 6, 1, 5, 5, 7, 3, 9], "OCSPSigning"),
    (&[0x2b, 6, 1, 5, 5, 7, 1, 1], "authorityInfoAccess"),
    (RSA_ENCRYPTION, "rsaEncryption"),
    (EC_PUBLIC_KEY, "id-ecPublicKey"),
    (ED25519, "Ed25519"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA"),
    (SECP256R1, "P-256"),
    (SECP384R1, "P-384"),
    (SECP521R1, "P-521"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], "md2WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "md5WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "sha1WithRSAEncryption"),
    (RSASSA_PSS, "RSASSA-PSS"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], "sha256WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], "sha384WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], "sha512WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ecdsa-with-SHA1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ecdsa-with-SHA256"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ecdsa-with-SHA384"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ecdsa-with-SHA512"),
];

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::Oid;

    #[test]
    fn each_identifier_has_one_encoding() {
        let long = [0x2a; 129];
        for (octets, good) in [
            (&[0x55, 0x1d, 17][..], true),
            (&[0x2a, 0x86, 0x48], true),
            (&[0x2a, 0x81, 0x80, 0x00], true),
            (&long[..128], true),
            (&long, false),
            (&[], false),
            (&[0x55, 0x80, 0x11], false),
            (&[0x80, 0x55], false),
            (&[0x55, 0x9d], false),
        ] {
            assert_eq!(Oid(octets).is_well_formed(), good, "{octets:02x?}");
        }
    }

    #[test]
    fn dotted_text() {
        for (octets, text) in [
            (&[0x55, 0x1d, 17][..], "2.5.29.17"),
            (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "1.2.840.10045.3.1.7"),
            (&[0x00], "0.0"),
            (&[0x88, 0x37, 0x03], "2.999.3"),
            (&[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], "1.2…"),
        ] {
            assert_eq!(Oid(octets).to_string(), text);
        }
    }
}
