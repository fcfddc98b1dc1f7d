//! A dynamic module for Envoy's `envoy.tls.cert_validator.dynamic_modules`: the certificates of a
//! backend are judged by lastmile, and by nothing else.
//!
//! `validator_config` is the stanza of a `BackendTLSPolicy` with what it trusts, as a
//! `google.protobuf.Struct` ([`Stanza`](lastmile_policy::Stanza)). What Envoy calls is in `hooks`; what it
//! offers, in `abi`.

#[cfg(not(panic = "unwind"))]
compile_error!(
    "a panic has to unwind to the boundary, where it becomes a refusal: panic = \"unwind\""
);

mod abi;
mod anchors;
mod boundary;
mod config;
mod hooks;
mod line;
mod log;
#[cfg(test)]
mod tests;
