//! Signature algorithms, and the identifiers that certificates carry for them.

use crate::der;

/// How a signature is made. ECDSA goes with either curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `ecdsa-with-SHA1`: no verifier may take it.
    EcdsaSha1,
    /// `ecdsa-with-SHA256`.
    EcdsaSha256,
    /// `ecdsa-with-SHA384`.
    EcdsaSha384,
    /// `ecdsa-with-SHA512`.
    EcdsaSha512,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// `sha256WithRSAEncryption`.
    RsaSha256,
    /// `sha384WithRSAEncryption`.
    RsaSha384,
    /// `sha512WithRSAEncryption`.
    RsaSha512,
}

impl Algorithm {
    /// The AlgorithmIdentifier, with its tag and length.
    pub fn identifier(self) -> Vec<u8> {
        match self {
            Self::EcdsaSha1 => identifier("1.2.840.10045.4.1", &[]),
            Self::EcdsaSha256 => identifier("1.2.840.10045.4.3.2", &[]),
            Self::EcdsaSha384 => identifier("1.2.840.10045.4.3.3", &[]),
            Self::EcdsaSha512 => identifier("1.2.840.10045.4.3.4", &[]),
            Self::Ed25519 => identifier("1.3.101.112", &[]),
            Self::RsaSha256 => identifier("1.2.840.113549.1.1.11", &der::null()),
            Self::RsaSha384 => identifier("1.2.840.113549.1.1.12", &der::null()),
            Self::RsaSha512 => identifier("1.2.840.113549.1.1.13", &der::null()),
        }
    }
}

/// Any AlgorithmIdentifier: a dotted object identifier, and the parameters, complete or empty.
pub fn identifier(oid: &str, parameters: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid)[..], parameters])
}

/// `sha1WithRSAEncryption`, which nothing here can sign with.
pub const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";

/// `md5WithRSAEncryption`, which nothing here can sign with.
pub const MD5_WITH_RSA: &str = "1.2.840.113549.1.1.4";
