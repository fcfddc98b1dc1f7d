//! The private keys of testdata as keys of a rustls server.

use std::sync::Arc;

use lastmile::Certificate;
use lastmile_testdata::algorithm::Algorithm;
use lastmile_testdata::algorithm::Hash;
use lastmile_testdata::algorithm::Pss;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;
use lastmile_testdata::keys::Kind;
use rustls::Error;
use rustls::SignatureAlgorithm;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::Signer;
use rustls::sign::SigningKey;

/// The committed key of a certificate. None if it is none of these, or cannot be read.
pub(crate) fn key_of(certificate: &[u8]) -> Option<&'static Key> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let found = keys::committed().into_iter();
    let mut found = found.map(|(_, key)| key);
    found.find(|key| key.spki() == certificate.subject_public_key_info())
}

/// The key as ring signs with it. None if it does not: P-521, RSA below 2048 and above 4096 bits.
pub(crate) fn with_ring(key: &Key) -> Option<Arc<dyn SigningKey>> {
    let der = PrivateKeyDer::from_pem_slice(key.to_pem().as_bytes()).expect("the keys are PKCS#8");
    any_supported_type(&der).ok()
}

/// A key that signs with one algorithm, and says that it was another if it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Forced {
    pub(crate) key: &'static Key,
    /// How the signature is made.
    pub(crate) algorithm: Algorithm,
    /// What the message says.
    pub(crate) scheme: SignatureScheme,
}

impl Forced {
    /// A key that signs as the scheme asks.
    pub(crate) fn new(key: &'static Key, scheme: SignatureScheme) -> Self {
        Self { key, algorithm: algorithm(scheme), scheme }
    }
}

fn algorithm(scheme: SignatureScheme) -> Algorithm {
    match scheme {
        SignatureScheme::ECDSA_NISTP256_SHA256 => Algorithm::Ecdsa(Hash::Sha256),
        SignatureScheme::ECDSA_NISTP384_SHA384 => Algorithm::Ecdsa(Hash::Sha384),
        SignatureScheme::ECDSA_NISTP521_SHA512 => Algorithm::Ecdsa(Hash::Sha512),
        SignatureScheme::ED25519 => Algorithm::Ed25519,
        SignatureScheme::RSA_PKCS1_SHA256 => Algorithm::Rsa(Hash::Sha256),
        SignatureScheme::RSA_PKCS1_SHA384 => Algorithm::Rsa(Hash::Sha384),
        SignatureScheme::RSA_PKCS1_SHA512 => Algorithm::Rsa(Hash::Sha512),
        SignatureScheme::RSA_PSS_SHA256 => Algorithm::RsaPss(Pss::new(Hash::Sha256)),
        SignatureScheme::RSA_PSS_SHA384 => Algorithm::RsaPss(Pss::new(Hash::Sha384)),
        SignatureScheme::RSA_PSS_SHA512 => Algorithm::RsaPss(Pss::new(Hash::Sha512)),
        _ => panic!("{scheme:?} is not in these tests"),
    }
}

impl SigningKey for Forced {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(self.clone()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.key.kind() {
            Kind::Ed25519 => SignatureAlgorithm::ED25519,
            Kind::P256 | Kind::P384 | Kind::P521 => SignatureAlgorithm::ECDSA,
            Kind::Rsa => SignatureAlgorithm::RSA,
        }
    }
}

impl Signer for Forced {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.key.sign(self.algorithm, message))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
