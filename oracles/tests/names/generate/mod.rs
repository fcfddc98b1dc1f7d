//! Names at the edges: a stem, and a few changes to it on either side.

use lastmile_oracles::names::Constraints;
use lastmile_oracles::names::Name;
use lastmile_oracles::names::Rdn;
use proptest::prelude::prop;
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::strategy::Strategy;

pub(crate) mod constrained;
pub(crate) mod directory;
pub(crate) mod edit;
pub(crate) mod matching;
pub(crate) mod text;

/// A name that a policy expects, and one that a certificate presents.
#[derive(Clone, Debug)]
pub(crate) struct Matching {
    pub(crate) expected: Name,
    pub(crate) presented: Name,
}

/// The names of a certificate, and the constraints of the CA above it.
#[derive(Clone, Debug)]
pub(crate) struct Constrained {
    pub(crate) names: Vec<Name>,
    pub(crate) subject: Vec<Rdn>,
    pub(crate) constraints: Constraints,
    /// Minimum and maximum, both written into the last of the permitted subtrees.
    pub(crate) distances: Distances,
}

/// A minimum, and a maximum.
pub(crate) type Distances = (Option<u8>, Option<u8>);

/// One of these.
fn one_of(list: &'static [&'static [u8]]) -> BoxedStrategy<Vec<u8>> {
    prop::sample::select(list).prop_map(<[u8]>::to_vec).boxed()
}

/// Mostly of the first, now and then of the second.
fn mostly<T: std::fmt::Debug + 'static>(
    usual: impl Strategy<Value = T> + 'static,
    odd: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![9 => usual, 1 => odd].boxed()
}
