//! lastmile.

use std::hint::black_box;

use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_testdata::bench_chains;
use lastmile_testdata::hostile::Chain;

use super::Algorithms;
use super::now;

/// A verifier, and a chain to ask it about.
#[derive(Clone, Debug)]
pub struct Ours {
    /// Without a memory until it gets one.
    pub verifier: Verifier,
    leaf: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
}

impl Ours {
    /// With the default limits.
    pub fn new(chain: &Chain, algorithms: Algorithms) -> Self {
        Self::limited(chain, algorithms, Limits::default())
    }

    /// With others.
    pub fn limited(chain: &Chain, algorithms: Algorithms, limits: Limits) -> Self {
        let anchors = TrustAnchors::from_der(&chain.anchors).expect("anchors");
        let names = ExpectedNames::dns(bench_chains::HOST).expect("a name");
        Self {
            verifier: Verifier::builder_for(anchors, names, algorithms).limits(limits).build(),
            leaf: chain.leaf.clone(),
            intermediates: chain.presented.clone(),
        }
    }

    /// The same chain, asked of another verifier.
    pub fn with(&self, change: impl FnOnce(Verifier) -> Verifier) -> Self {
        Self { verifier: change(self.verifier.clone()), ..self.clone() }
    }

    /// Whether the chain is accepted.
    pub fn verify(&self) -> bool {
        self.verify_leaf(&self.leaf)
    }

    /// Whether it is accepted with another leaf.
    pub fn verify_leaf(&self, leaf: &[u8]) -> bool {
        let verdict = self.verifier.verify(leaf, &self.intermediates, now());
        black_box(&verdict).is_ok()
    }
}
