//! `lastmile` as the certificate verifier of [rustls] 0.23: the policy for a backend decides about
//! the chain that it presents.
//!
//! ```
//! use lastmile::{DnsName, ExpectedNames, TrustAnchors, Verifier};
//! use lastmile_rustls::Backend;
//!
//! # #[cfg(feature = "ring")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let bundle = include_bytes!("../../testdata/quickstart/ca.pem");
//! let anchors = TrustAnchors::from_pem(bundle)?;
//! let names = ExpectedNames::uri("spiffe://cluster.local/ns/shop/sa/backend")?;
//! let sni = DnsName::try_from("backend.example.com")?;
//!
//! let backend = Backend::builder(Verifier::builder(anchors, names).build(), sni).build()?;
//! let connection = backend.connect()?;     // a rustls::ClientConnection
//! # assert!(connection.is_handshaking());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "ring"))]
//! # fn main() {}
//! ```
//!
//! With `lastmile-policy`, `validation.compile()` gives both the verifier and the name to send.
//! For tokio, hyper and whatever else takes a `ClientConfig` and a `ServerName`, give them
//! [`Backend::config`] and [`Backend::server_name`]; the examples do.
//!
//! # Which name authenticates
//! The names of the [`Verifier`](lastmile::Verifier), and no other. The `ServerName` of a
//! connection is what rustls sends as SNI, and nothing here compares it with a certificate: the
//! API has it so when `subjectAltNames` are set, and a client that dials an address or another
//! name than it sends is common in a mesh.
//!
//! # What is checked of the handshake
//! That the backend has the key of its certificate: the signatures of TLS 1.2 and 1.3 are verified
//! with the algorithms of the rustls provider that the backend is built with. Give the
//! [`Verifier`](lastmile::Verifier) the same provider's algorithms (`lastmile::algorithms`, or
//! the provider's own list to `Verifier::builder_for`); by default both are ring's.
//!
//! # Sessions
//! A resumed session is not verified again, by any TLS library: rustls hands no certificate to the
//! verifier. A [`Backend`] therefore resumes nothing, unless it is told to
//! ([`BackendBuilder::keep_sessions`]). Then:
//! * the sessions are its own, so those of one policy are never found by another; addresses of one
//!   backend share them, and one that does not know a ticket makes a full handshake;
//! * none is resumed after the earliest end of what was verified
//!   ([`Verified::valid_until`](lastmile::Verified::valid_until)); then [`Backend::config`] begins
//!   anew, with an empty store, so ask it for each connection: a client that took the configuration
//!   once makes full handshakes from then on. The end counts before the peer has proved its key, so somebody in between
//!   who replays another accepted chain of the backend can end the sessions early, and no more;
//! * none is resumed while the clock is before the last verdict: it was set back;
//! * nothing is sent before the handshake is done (0-RTT stays off).
//!
//! When policies are loaded again, compare [`Verifier::digest`](lastmile::Verifier::digest): the
//! backend whose digest and SNI are as before may be kept, with its sessions; for any other make a
//! new one. A pool of connections is keyed in the same way, by digest, SNI and address, and
//! empties a connection at its `valid_until`. Do not set `resumption` of a cloned `ClientConfig`
//! to a store that another configuration uses.
//!
//! # Memory
//! A [`Backend`] remembers the chains that it has accepted: one that is presented again, octet by
//! octet and while all its certificates are good, costs no signature but that of the handshake.
//! Refusals are not remembered. [`BackendBuilder::memory`] sizes it or turns it off; with a
//! [`BackendVerifier`] of your own, ask the [`Verifier`](lastmile::Verifier) for it.
//!
//! # What the peer is told
//! Each [`Reason`](lastmile::Reason) becomes the nearest `CertificateError`, with what context
//! that has; where there is none near, it is `CertificateError::Other` and carries the whole
//! [`Rejection`](lastmile::Rejection). rustls makes the TLS alert of it, which is not always the
//! one that OpenSSL would send ([`Reason::alert`](lastmile::Reason::alert)):
//!
#![doc = include_str!("alerts.md")]
//!
//! An [`Observer`] gets the whole rejection of every handshake, whatever the alert, and is the
//! shortest way to it: tokio and hyper wrap what rustls says in errors of their own.
//!
//! # Limits
//! rustls takes no handshake message beyond 64 KiB, so no more certificates than fit into it,
//! whatever [`Limits`](lastmile::Limits) say.
//!
//! # Features
//! * `ring` (default): `Backend::builder`.
//! * `aws-lc-rs`: that provider beside it, for [`Backend::builder_for`].
//! * `tls12` (default): TLS 1.2 beside TLS 1.3.
#![forbid(unsafe_code)]

mod backend;
mod error;
mod observer;
mod sessions;
mod verifier;

pub use backend::Backend;
pub use backend::BackendBuilder;
pub use backend::InvalidBackend;
pub use observer::Observer;
pub use observer::Presented;
pub use verifier::BackendVerifier;
