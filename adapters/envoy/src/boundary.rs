//! A panic ends here: unwinding into Envoy would end Envoy.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// Runs the body of an exported function; a panic gives this instead.
pub(crate) fn guard<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}
