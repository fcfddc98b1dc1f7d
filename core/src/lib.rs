//! Decides whether the certificate chain that a TLS backend presents satisfies a policy: trust
//! anchors, and the names of which the leaf must present one.
//!
//! ```
//! use lastmile::{ExpectedNames, TrustAnchors, UnixTime, Verifier};
//! # use std::time::Duration;
//! # fn read(file: &str) -> Vec<u8> {
//! #     std::fs::read(format!("{}/../testdata/quickstart/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let bundle = read("ca.pem");
//! # let chain = read("chain.pem");
//! # let mut chain = lastmile::pem::blocks(&chain).map(|block| block.unwrap().decode().unwrap());
//! # let (leaf, intermediates) = (chain.next().unwrap(), chain.collect::<Vec<_>>());
//! # let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
//! let anchors = TrustAnchors::from_pem(&bundle)?;
//! let verifier = Verifier::builder(anchors, ExpectedNames::dns("backend.example.com")?).build();
//!
//! let verified = verifier.verify(&leaf, &intermediates, now)?;
//! println!("{} until {:?}", verified.name(), verified.valid_until());
//! # Ok(())
//! # }
//! ```
//!
//! A refusal is a [`Rejection`]: a [`Reason`] with a code for machines, the clause of the standard
//! that refuses, and a sentence; where it was found; every other independent fault; and an
//! [`explanation`](Rejection::explanation) of all that for people.
//!
//! # What is promised
//! * No `unsafe`, no panic, no recursion on input; no allocation sized by what input claims.
//! * Work bounded by [`Limits`], each ceiling with a reason of its own.
//! * `no_std` with `alloc`; feature `std` adds the memories only. No clock, no I/O, and no global
//!   state but, with `std`, which counter each thread counts on.
//! * A name never makes trust: a path ends only at a certificate of the bundle, by a signature
//!   that its key verifies, or because the leaf itself is in the bundle.
//!
//! # What is not checked
//! Revocation, Certificate Transparency, certificate policies, and the leaf's own key, which the
//! handshake uses. The caller must see that a resumed session was verified under the same policy:
//! [`Verifier::digest`].
//!
//! # Where this departs from RFC 5280, and why
//! * Anchors are certificates, and are held to their own validity, basicConstraints, keyUsage,
//!   extKeyUsage and critical extensions (6.2 lets a verifier; operators expect it of a bundle).
//! * A leaf that is in the bundle, octet by octet, is trusted as itself: no signature, no issuer.
//! * A CA certificate as leaf is otherwise refused.
//! * Issuer and subject are chained by octets, not by the comparison of 7.1 (as webpki and Go).
//! * Certificate policies are understood and ignored; what constrains them is not understood.
//! * A leading period in a dNSName constraint, which the RFC has for URIs only, means subdomains.
//! * What is written of a default value FALSE, padding of keyUsage, missing or odd key
//!   identifiers, serial numbers of any kind, and underscores in names refuse nothing.
//!
//! # Codes
//! | code | clause | `X509_V_ERR` | alert |
//! |---|---|---|---|
#![doc = include_str!("codes.md")]
//!
//! # Features
//! * `ring` (default): [`algorithms::RING`] and `Verifier::builder`.
//! * `aws-lc-rs`: `algorithms::AWS_LC_RS` beside it. The default does not change.
//! * `std` (default): memories of what was accepted, [`VerifierBuilder::memory`] and
//!   [`SignatureCache`]; both are off until they are asked for.
//!
//! Without either, `Verifier::builder_for` takes the caller's own algorithms.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod algorithms;
mod anchors;
mod cert;
mod constraints;
mod der;
pub mod inspect;
mod intermediates;
mod limits;
#[cfg(feature = "std")]
mod memory;
mod name;
mod oid;
mod order;
mod path;
pub mod pem;
mod profile;
mod reason;
mod signature;
mod signature_cache;
#[cfg(feature = "std")]
mod slots;
mod text;
mod time;
mod verdict;
mod verify;

pub use anchors::{
    AnchorFault, Bundle, BundleFault, InvalidBundle, PassedOver, TrustAnchor, TrustAnchors,
};
pub use cert::{Certificate, Field, Malformed, Version};
pub use der::Fault;
pub use limits::Limits;
pub use name::{
    DirectoryName, DnsName, ExpectedNames, InvalidDnsName, InvalidUri, NameForm, NoNames,
    PresentedName, PresentedNames, ReferenceName, Uri,
};
pub use reason::{At, ConstraintFault, Finding, KeyFault, MissingIssuer, Reason};
pub use rustls_pki_types::UnixTime;
#[cfg(feature = "std")]
pub use signature_cache::SignatureCache;
#[cfg(feature = "std")]
pub use slots::{MemoryReport, MemorySize};
pub use text::Escaped;
pub use time::Validity;
pub use verdict::{Advice, Explanation, PathCertificate, Rejection, Verified};
pub use verify::{Verifier, VerifierBuilder};
