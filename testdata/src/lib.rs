//! The certificates `lastmile` is tested with: a DER writer, fixed keys, and every case by name.
//!
//! A certificate library refuses to write what is wrong; this one writes it on purpose. Signing is
//! deterministic (RFC 6979, RSA with a derived salt, Ed25519) and the keys are committed, so whatever is
//! made here is the same bytes on every machine and on every run.
//!
//! ```
//! use lastmile_testdata::authority::Authority;
//! use lastmile_testdata::certificate::CertificateBuilder;
//! use lastmile_testdata::keys;
//!
//! let root = Authority::root("Example Root", &keys::P256_A);
//! let intermediate = root.intermediate("Example Intermediate", &keys::P256_B);
//! let leaf = CertificateBuilder::leaf("backend.example.com")
//!     .issued_by(&intermediate)
//!     .build(&intermediate.key);
//! assert_eq!(leaf[0], 0x30);
//! ```
//!
//! The private keys are public. Trust nothing they sign.

pub mod algorithm;
pub mod authority;
pub mod bench_chains;
pub mod bench_shapes;
pub mod case;
pub mod cases;
pub mod certificate;
pub mod conformance;
pub mod der;
pub mod directory_name;
pub mod extension;
pub mod files;
pub mod general_name;
pub mod hostile;
pub mod keys;
pub mod pem;
pub mod policies;
pub mod quickstart;
pub mod rsa;
pub mod stub;
pub mod time;
