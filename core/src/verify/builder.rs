//! What a verifier is made of.

use alloc::sync::Arc;

use super::Policy;
use super::Verifier;
use super::digest::digest;
use crate::anchors::TrustAnchors;
use crate::limits::Limits;
#[cfg(feature = "std")]
use crate::memory::Memory;
use crate::name::ExpectedNames;
use crate::signature::Algorithms;
use crate::signature_cache::SignatureCache;
#[cfg(feature = "std")]
use crate::slots::MemorySize;

/// Makes a [`Verifier`]. There is nothing to forget: anchors and names are given at the start.
#[derive(Clone, Debug)]
pub struct VerifierBuilder {
    anchors: TrustAnchors,
    names: ExpectedNames,
    algorithms: Algorithms,
    limits: Limits,
    signatures: Option<SignatureCache>,
    #[cfg(feature = "std")]
    memory: Option<MemorySize>,
}

impl Verifier {
    /// A verifier with ring's algorithms.
    #[cfg(feature = "ring")]
    pub fn builder(anchors: TrustAnchors, names: ExpectedNames) -> VerifierBuilder {
        Self::builder_for(anchors, names, crate::algorithms::RING)
    }

    /// A verifier with the caller's choice of algorithms; see [`algorithms`](crate::algorithms).
    pub fn builder_for(
        anchors: TrustAnchors,
        names: ExpectedNames,
        algorithms: &'static [&'static dyn rustls_pki_types::SignatureVerificationAlgorithm],
    ) -> VerifierBuilder {
        VerifierBuilder {
            anchors,
            names,
            algorithms,
            limits: Limits::default(),
            signatures: None,
            #[cfg(feature = "std")]
            memory: None,
        }
    }
}

impl VerifierBuilder {
    /// Other ceilings than the default ones.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Remembers the chains that it accepts; see [`Verifier::with_memory`]. Without this call it
    /// does not.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn memory(self, size: MemorySize) -> Self {
        Self { memory: Some(size), ..self }
    }

    /// Takes signatures on CA certificates from a cache, and puts those of accepted paths into it.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn signature_cache(self, cache: SignatureCache) -> Self {
        Self { signatures: Some(cache), ..self }
    }

    /// The verifier.
    pub fn build(self) -> Verifier {
        #[cfg(feature = "std")]
        let memory = self.memory;
        let Self { anchors, names, algorithms, limits, signatures, .. } = self;
        let digest = digest(&anchors, &names, algorithms, &limits);
        let policy = Arc::new(Policy { anchors, names, algorithms, limits, digest });
        Verifier {
            policy,
            signatures,
            #[cfg(feature = "std")]
            memory: memory.map(|size| Arc::new(Memory::new(size))),
        }
    }
}
