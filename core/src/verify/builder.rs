//! What a verifier is made of.

use alloc::sync::Arc;

use super::Policy;
use super::Verifier;
use super::digest::digest;
use crate::anchors::TrustAnchors;
use crate::limits::Limits;
use crate::name::ExpectedNames;
use crate::signature::Algorithms;

/// Makes a [`Verifier`]. There is nothing to forget: anchors and names are given at the start.
#[derive(Clone, Debug)]
pub struct VerifierBuilder {
    anchors: TrustAnchors,
    names: ExpectedNames,
    algorithms: Algorithms,
    limits: Limits,
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
        VerifierBuilder { anchors, names, algorithms, limits: Limits::default() }
    }
}

impl VerifierBuilder {
    /// Other ceilings than the default ones.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The verifier.
    pub fn build(self) -> Verifier {
        let Self { anchors, names, algorithms, limits } = self;
        let digest = digest(&anchors, &names, algorithms, &limits);
        Verifier { policy: Arc::new(Policy { anchors, names, algorithms, limits, digest }) }
    }
}
