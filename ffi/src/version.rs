//! Which library this is.

use std::ffi::c_char;

/// The first number of the version that the header is of.
pub const LASTMILE_VERSION_MAJOR: u32 = 0;
/// The second.
pub const LASTMILE_VERSION_MINOR: u32 = 1;
/// The third.
pub const LASTMILE_VERSION_PATCH: u32 = 0;
/// Changes when a program that was compiled with another header may not work.
pub const LASTMILE_ABI_VERSION: u32 = 1;

/// The version of the library that runs, and its provider of algorithms: `0.1.0 (ring)`. Static text,
/// ended by an octet 0.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub extern "C" fn lastmile_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// `LASTMILE_ABI_VERSION` of the library that runs.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub extern "C" fn lastmile_abi_version() -> u32 {
    LASTMILE_ABI_VERSION
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (ring)\0");
