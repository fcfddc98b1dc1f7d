//! Signatures that cost nothing, so that only the engines' own work is left.

use rustls_pki_types::AlgorithmIdentifier;
use rustls_pki_types::InvalidSignature;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::alg_id;

use super::Algorithms;

/// Takes every signature. It goes by the name of ECDSA on P-256 with SHA-256.
#[derive(Debug)]
struct Stub;

/// The stub alone.
pub static STUB: Algorithms = &[&Stub];

impl SignatureVerificationAlgorithm for Stub {
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
