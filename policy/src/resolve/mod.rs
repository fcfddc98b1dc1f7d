//! What the documents decide for a backend.

mod judgement;
mod references;

pub use judgement::WellKnownAnchors;
