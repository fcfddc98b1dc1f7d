//! The C ABI of lastmile. What a C program reads is `include/lastmile.h`, which is made from the
//! comments here.
//!
//! Every function
//! * checks its pointers: NULL where a value is needed is a status, never a crash;
//! * has the panic boundary ([`boundary::guard`]), and a panic is a refusal;
//! * writes its outputs if and only if it did its job; a refusal is a done job;
//! * says in its comment's last line by which threads it may be called.
#![allow(non_camel_case_types, reason = "these are the names of the C types")]
#![allow(clippy::double_must_use, reason = "one is for the header in C, one for C++")]
#![allow(clippy::missing_safety_doc, reason = "one rule for all, in the header's first comment")]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "a panic has to unwind to the boundary, where it becomes a refusal: panic = \"unwind\""
);

pub mod anchors;
mod boundary;
pub mod builder;
mod counters;
#[cfg(feature = "policy")]
pub mod documents;
#[cfg(feature = "policy")]
pub mod resolution;
pub mod signature_cache;
pub mod status;
#[cfg(test)]
mod tests;
pub mod values;
pub mod verdict;
pub mod verifier;
pub mod version;

/// What the header says of threads.
const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    const fn one_thread_at_a_time<T: Send>() {}
    any_thread::<anchors::lastmile_trust_anchors>();
    any_thread::<signature_cache::lastmile_signature_cache>();
    any_thread::<verdict::lastmile_verdict>();
    any_thread::<verifier::lastmile_verifier>();
    one_thread_at_a_time::<builder::lastmile_verifier_builder>();
    #[cfg(feature = "policy")]
    any_thread::<documents::lastmile_documents>();
    #[cfg(feature = "policy")]
    any_thread::<resolution::lastmile_resolution>();
    #[cfg(feature = "policy")]
    one_thread_at_a_time::<documents::lastmile_resolver>();
};
