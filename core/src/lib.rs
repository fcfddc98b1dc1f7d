//! core
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;
pub mod algorithms;
mod der;
mod limits;
mod name;
mod oid;
pub mod pem;
mod text;
mod time;
pub use limits::Limits;
pub use name::*;
pub use text::Escaped;
pub use time::Validity;
