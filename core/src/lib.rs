//! lastmile decides whether the certificate chain a backend presents satisfies a policy.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod algorithms;
mod anchors;
mod cert;
mod constraints;
mod der;
mod limits;
mod name;
mod oid;
mod path;
pub mod pem;
mod profile;
mod reason;
mod signature;
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
pub use text::Escaped;
pub use time::Validity;
pub use verdict::{Advice, Explanation, PathCertificate, Rejection, Verified};
pub use verify::{Verifier, VerifierBuilder};
