//! The C ABI of lastmile. What a C program reads is `include/lastmile.h`, which is made from the
//! comments here.
//!
//! Every function
//! * checks its pointers: NULL where a value is needed is a status, never a crash;
//! * has the panic boundary ([`boundary::guard`]), and a panic is a refusal;
//! * writes its outputs if and only if it did its job; a refusal is a done job;
//! * says in its comment's last line by which threads it may be called.
#![allow(non_camel_case_types, reason = "these are the names of the C types")]
#![allow(clippy::missing_safety_doc, reason = "one rule for all, in the header's first comment")]

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
