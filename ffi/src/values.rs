//! The plain values that go over the boundary.

use std::ffi::c_char;
use std::fmt::Display;
use std::slice;

use crate::boundary::exclusive;
use crate::status::Failed;
use crate::status::lastmile_status;

/// Octets that belong to somebody else. `data` may be NULL if `len` is 0.
///
/// Where the library gives one of text, an octet 0 follows that `len` does not count.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_slice {
    /// The first octet.
    pub data: *const u8,
    /// How many there are.
    pub len: usize,
}

/// A buffer of the caller's, for text. What is written ends with an octet 0 if `capacity` is not 0,
/// and is cut to fit.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_text {
    /// Where to write; may be NULL if `capacity` is 0.
    pub data: *mut c_char,
    /// Octets that may be written there.
    pub capacity: usize,
    /// Set by the call: octets of the whole text, the 0 at its end not counted.
    pub needed: usize,
}

impl lastmile_slice {
    /// # Safety
    /// `data` is NULL, or points to `len` octets that nothing changes for as long as `'a`.
    pub(crate) unsafe fn octets<'a>(self) -> Result<&'a [u8], Failed> {
        match (self.data.is_null(), self.len) {
            (_, 0) => Ok(&[]),
            (true, _) => Err(lastmile_status::NULL_POINTER),
            // No allocation is larger.
            (false, len) if isize::try_from(len).is_err() => Err(lastmile_status::INVALID_ARGUMENT),
            // SAFETY: as the caller says; neither NULL nor too long.
            (false, len) => Ok(unsafe { slice::from_raw_parts(self.data, len) }),
        }
    }
}

/// A slice whose pointer was checked: as many slices of C as there are become as many of Rust,
/// without a copy.
#[repr(transparent)]
pub(crate) struct Octets(lastmile_slice);

impl Octets {
    /// # Safety
    /// `slices` is NULL, or points to `count` slices, each as [`lastmile_slice::octets`] wants it.
    pub(crate) unsafe fn all<'a>(
        slices: *const lastmile_slice,
        count: usize,
    ) -> Result<&'a [Self], Failed> {
        if count == 0 {
            return Ok(&[]);
        }
        if slices.is_null() {
            return Err(lastmile_status::NULL_POINTER);
        }
        let size = count.checked_mul(size_of::<lastmile_slice>());
        if size.is_none_or(|size| isize::try_from(size).is_err()) {
            return Err(lastmile_status::INVALID_ARGUMENT);
        }
        // SAFETY: as the caller says; neither NULL nor too long.
        let checked = unsafe { slice::from_raw_parts(slices, count) };
        for one in checked {
            // SAFETY: as the caller says.
            unsafe { one.octets() }?;
        }
        // SAFETY: it is transparent, and each was just checked.
        Ok(unsafe { slice::from_raw_parts(slices.cast::<Self>(), count) })
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `all` is the only way to one, and its caller has promised this.
        unsafe { self.0.octets() }.unwrap_or_default()
    }
}

impl lastmile_text {
    /// Writes what fits of `text`, if the caller wants it.
    ///
    /// # Safety
    /// `text` is NULL, or points to a text whose `data` is NULL or has `capacity` octets.
    pub(crate) unsafe fn write(text: *mut Self, words: impl Display) -> Result<(), Failed> {
        if text.is_null() {
            return Ok(());
        }
        // SAFETY: as the caller says.
        let text = unsafe { exclusive(text) }?;
        let words = words.to_string();
        text.needed = words.len();
        let Some(room) = text.capacity.checked_sub(1) else { return Ok(()) };
        if text.data.is_null() {
            return Err(lastmile_status::NULL_POINTER);
        }
        let end = room.min(words.len());
        let fits = (0..=end).rev().find(|at| words.is_char_boundary(*at)).unwrap_or_default();
        // SAFETY: `fits` is at most `room`, and one octet more is there; C's buffer is not ours.
        unsafe {
            text.data.cast::<u8>().copy_from_nonoverlapping(words.as_ptr(), fits);
            text.data.add(fits).write(0);
        }
        Ok(())
    }
}
