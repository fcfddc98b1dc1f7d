//! A signature algorithm that costs nothing, for tests that judge thousands of chains.

use std::cell::Cell;

use rustls_pki_types::AlgorithmIdentifier;
use rustls_pki_types::InvalidSignature;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::alg_id;

/// Says of a signature that it is good if it is the octets of the key: what
/// [`CertificateBuilder::signature`](crate::certificate::CertificateBuilder::signature) makes of
/// [`Key::bits`](crate::keys::Key::bits). It goes by the name of ECDSA on P-256 with SHA-256.
#[derive(Debug)]
pub struct Stub;

/// The stub alone.
pub static STUB: &[&dyn SignatureVerificationAlgorithm] = &[&Stub];

thread_local! {
    static CHECKS: Cell<u32> = const { Cell::new(0) };
}

/// How many signatures this thread has asked the stub about since it last asked this.
pub fn checks() -> u32 {
    CHECKS.with(Cell::take)
}

impl SignatureVerificationAlgorithm for Stub {
    fn verify_signature(
        &self,
        key: &[u8],
        _: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        CHECKS.with(|checks| checks.set(checks.get() + 1));
        if key == signature { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}

/// Says that every signature is good, by the same name: for what is measured, and for what must not
/// be taken from it. It has no size, as [`Stub`] has none.
#[derive(Debug)]
pub struct Careless;

/// It alone.
pub static CARELESS: &[&dyn SignatureVerificationAlgorithm] = &[&Careless];

impl SignatureVerificationAlgorithm for Careless {
    fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}
