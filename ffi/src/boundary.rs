//! What stands between C and Rust: panics end here, and pointers are checked.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::status::Failed;
use crate::status::lastmile_status;

/// Runs the body of an exported function: what it returns early is its status, and a panic is
/// [`LASTMILE_PANIC`](crate::status::LASTMILE_PANIC), a refusal.
pub(crate) fn guard(body: impl FnOnce() -> Result<lastmile_status, Failed>) -> lastmile_status {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status) | Err(status)) => status,
        Err(_) => lastmile_status::PANIC,
    }
}

/// Runs the body of an exported function that has no status; a panic gives this instead.
pub(crate) fn guard_value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// What the pointer points to.
///
/// # Safety
/// It is NULL, or points to a `T` that nothing changes for as long as `'a`.
pub(crate) unsafe fn reference<'a, T>(pointer: *const T) -> Result<&'a T, Failed> {
    // SAFETY: as the caller says.
    unsafe { pointer.as_ref() }.ok_or(lastmile_status::NULL_POINTER)
}

/// What the pointer points to, to change it.
///
/// # Safety
/// It is NULL, or points to a `T` that nothing else uses for as long as `'a`.
pub(crate) unsafe fn exclusive<'a, T>(pointer: *mut T) -> Result<&'a mut T, Failed> {
    // SAFETY: as the caller says.
    unsafe { pointer.as_mut() }.ok_or(lastmile_status::NULL_POINTER)
}

/// A place for an output, which is known not to be NULL before the job is begun.
pub(crate) struct Output<T>(NonNull<T>);

impl<T> Output<T> {
    pub(crate) fn new(place: *mut T) -> Result<Self, Failed> {
        NonNull::new(place).map(Self).ok_or(lastmile_status::NULL_POINTER)
    }

    /// # Safety
    /// The place may be written to. What stands there is not dropped: it belongs to C.
    pub(crate) unsafe fn write(self, value: T) {
        // SAFETY: as the caller says.
        unsafe { self.0.write(value) }
    }
}

/// One more reference to what is counted.
///
/// # Safety
/// It is NULL, or was made by `Arc::into_raw` and the caller has a reference.
pub(crate) unsafe fn retain<T>(counted: *const T) -> *const T {
    if !counted.is_null() {
        // SAFETY: as the caller says.
        unsafe { Arc::increment_strong_count(counted) };
    }
    counted
}

/// Gives a reference back.
///
/// # Safety
/// It is NULL, or was made by `Arc::into_raw` and the caller gives up a reference that it has.
pub(crate) unsafe fn release<T>(counted: *const T) {
    if !counted.is_null() {
        // SAFETY: as the caller says.
        drop(unsafe { Arc::from_raw(counted) });
    }
}

/// Frees what has one owner.
///
/// # Safety
/// It is NULL, or was made by `Box::into_raw` and nobody uses it any more.
pub(crate) unsafe fn free<T>(owned: *mut T) {
    if !owned.is_null() {
        // SAFETY: as the caller says.
        drop(unsafe { Box::from_raw(owned) });
    }
}

#[cfg(test)]
mod tests {
    use super::guard;
    use super::guard_value;
    use crate::status::lastmile_status;

    #[test]
    fn a_panic_ends_here_and_refuses() {
        assert_eq!(guard(|| panic!("a fault in the library")), lastmile_status::PANIC);
        assert_eq!(guard_value(7, || panic!("a fault in the library")), 7);
        assert_eq!(guard(|| Ok(lastmile_status::OK)), lastmile_status::OK);
        assert_eq!(guard(|| Err(lastmile_status::NULL_POINTER)), lastmile_status::NULL_POINTER);
    }
}
