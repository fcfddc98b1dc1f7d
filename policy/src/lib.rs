//! The validation stanza of a Kubernetes `BackendTLSPolicy`, checked and compiled to a verifier.
//!
//! ```
//! use lastmile::TrustAnchors;
//! use lastmile_policy::{SubjectAltName, Validation};
//!
//! # let bundle = include_bytes!("../../testdata/quickstart/ca.pem");
//! let validation = Validation {
//!     hostname: "backend.example.com".into(),
//!     subject_alt_names: vec![SubjectAltName::Uri("spiffe://cluster.local/ns/shop/sa/a".into())],
//!     trust: TrustAnchors::from_pem(bundle)?,
//! };
//! let compiled = validation.compile()?;
//! assert_eq!(compiled.sni.as_str(), "backend.example.com");
//! // The hostname is only sent: the certificate must have the URI.
//! assert_eq!(compiled.verifier.names().iter().count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod api;
mod documents;
mod explain;
mod note;
mod resolve;
mod rules;
mod schema;
mod stanza;
mod validation;
mod violation;
mod yaml;

pub use documents::DocumentFault;
pub use documents::Documents;
pub use documents::Grants;
pub use documents::Loaded;
pub use documents::PassedOver;
pub use documents::Place;
pub use documents::UnknownField;
pub use explain::Explained;
pub use explain::NoSuchField;
pub use note::Note;
pub use resolve::AnchorSource;
pub use resolve::ControllerName;
pub use resolve::Decision;
pub use resolve::Endpoint;
pub use resolve::InvalidControllerName;
pub use resolve::InvalidTarget;
pub use resolve::Kind;
pub use resolve::PolicyReport;
pub use resolve::Refusal;
pub use resolve::Resolution;
pub use resolve::Resolver;
pub use resolve::ResolverBuilder;
pub use resolve::SystemAnchors;
pub use resolve::Target;
pub use resolve::Terms;
pub use schema::FieldError;
pub use schema::FieldFault;
pub use stanza::Stanza;
pub use stanza::Trust;
pub use validation::Compiled;
pub use validation::SubjectAltName;
pub use validation::Validation;
pub use violation::Fault;
pub use violation::InvalidValidation;
pub use violation::Position;
pub use violation::Violation;
