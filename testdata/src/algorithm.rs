//! Signature algorithms, and the identifiers that certificates carry for them.

use ring::digest;

use crate::der;

/// How a signature is made. ECDSA goes with any curve, RSA with any size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA (RFC 5758), with SHA-1 too, which no verifier may take.
    Ecdsa(Hash),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2).
    Rsa(Hash),
    /// RSASSA-PSS (RFC 8017 8.1), with any parameters.
    RsaPss(Pss),
}

impl Algorithm {
    /// The AlgorithmIdentifier, with its tag and length.
    pub fn identifier(self) -> Vec<u8> {
        match self {
            Self::Ecdsa(Hash::Sha1) => identifier("1.2.840.10045.4.1", &[]),
            Self::Ecdsa(Hash::Sha256) => identifier("1.2.840.10045.4.3.2", &[]),
            Self::Ecdsa(Hash::Sha384) => identifier("1.2.840.10045.4.3.3", &[]),
            Self::Ecdsa(Hash::Sha512) => identifier("1.2.840.10045.4.3.4", &[]),
            Self::Ed25519 => identifier("1.3.101.112", &[]),
            Self::Rsa(Hash::Sha1) => identifier("1.2.840.113549.1.1.5", &der::null()),
            Self::Rsa(Hash::Sha256) => identifier("1.2.840.113549.1.1.11", &der::null()),
            Self::Rsa(Hash::Sha384) => identifier("1.2.840.113549.1.1.12", &der::null()),
            Self::Rsa(Hash::Sha512) => identifier("1.2.840.113549.1.1.13", &der::null()),
            Self::RsaPss(pss) => identifier(RSASSA_PSS, &pss.parameters()),
        }
    }
}

/// Hash functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// The digest of a message.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        digest::digest(self.algorithm(), message).as_ref().to_vec()
    }

    /// Octets of a digest.
    pub fn length(self) -> usize {
        self.algorithm().output_len()
    }

    /// The AlgorithmIdentifier, with the NULL that RSA wants in it (RFC 8017 A.2.4).
    pub fn identifier(self) -> Vec<u8> {
        let oid = match self {
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        };
        identifier(oid, &der::null())
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

/// The parameters of RSASSA-PSS (RFC 4055 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pss {
    /// What the message is hashed with.
    pub hash: Hash,
    /// What the mask is generated with.
    pub mask_hash: Hash,
    /// Octets of the salt.
    pub salt_length: usize,
}

impl Pss {
    /// The parameters that everybody uses: one hash, and a salt of its length.
    pub fn new(hash: Hash) -> Self {
        Self { hash, mask_hash: hash, salt_length: hash.length() }
    }

    /// RSASSA-PSS-params. DER leaves defaults out, which are those of SHA-1.
    fn parameters(self) -> Vec<u8> {
        let mut fields = Vec::new();
        if self.hash != Hash::Sha1 {
            fields.push(der::explicit(0, &[self.hash.identifier()]));
        }
        if self.mask_hash != Hash::Sha1 {
            let mgf1 = identifier("1.2.840.113549.1.1.8", &self.mask_hash.identifier());
            fields.push(der::explicit(1, &[mgf1]));
        }
        if self.salt_length != Hash::Sha1.length() {
            fields.push(der::explicit(2, &[der::integer(self.salt_length as u64)]));
        }
        der::sequence(&fields)
    }
}

/// Any AlgorithmIdentifier: a dotted object identifier, and the parameters, complete or empty.
pub fn identifier(oid: &str, parameters: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid)[..], parameters])
}

/// `rsaEncryption`, the algorithm of RSA keys.
pub const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";

/// `md2WithRSAEncryption`, which nothing here can sign with.
pub const MD2_WITH_RSA: &str = "1.2.840.113549.1.1.2";

/// `md5WithRSAEncryption`, which nothing here can sign with.
pub const MD5_WITH_RSA: &str = "1.2.840.113549.1.1.4";

/// `id-RSASSA-PSS`.
pub const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";

/// `sha256WithRSAEncryption`.
pub const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
