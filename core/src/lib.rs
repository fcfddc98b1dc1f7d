//! core
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;
pub mod algorithms;
mod anchors;
mod cert;
mod der;
mod limits;
mod name;
mod oid;
pub mod pem;
mod reason;
mod text;
mod time;
pub use anchors::*;
pub use cert::{Certificate, Field, Malformed, Version};
pub use der::Fault;
pub use limits::Limits;
pub use name::*;
pub use reason::*;
pub use text::Escaped;
pub use time::Validity;
mod constraints;
mod profile;
mod signature;
