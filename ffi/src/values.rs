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
        // SAFETY: as the caller says.
        unsafe { array(self.data, self.len) }
    }
}

/// As many as there are; none of NULL only.
///
/// # Safety
/// `first` is NULL, or points to `count` of them, that nothing changes for as long as `'a`.
pub(crate) unsafe fn array<'a, T>(first: *const T, count: usize) -> Result<&'a [T], Failed> {
    if count == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(lastmile_status::NULL_POINTER);
    }
    // No allocation is larger.
    let size = count.checked_mul(size_of::<T>());
    if size.is_none_or(|size| isize::try_from(size).is_err()) {
        return Err(lastmile_status::INVALID_ARGUMENT);
    }
    // SAFETY: as the caller says; neither NULL nor too long.
    Ok(unsafe { slice::from_raw_parts(first, count) })
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
        // SAFETY: as the caller says.
        for one in unsafe { array(slices, count) }? {
            // SAFETY: as the caller says.
            unsafe { one.octets() }?;
        }
        // SAFETY: it is transparent, and each was just checked.
        unsafe { array(slices.cast::<Self>(), count) }
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `all` is the only way to one, and its caller has promised this.
        unsafe { self.0.octets() }.unwrap_or_default()
    }
}

/// Text of ours that C may read: an octet 0 stands after it.
pub(crate) struct Text(Box<str>);

impl Text {
    pub(crate) fn new(text: &dyn Display) -> Self {
        Self(format!("{text}\0").into_boxed_str())
    }

    pub(crate) fn slice(&self) -> lastmile_slice {
        lastmile_slice { data: self.0.as_ptr(), len: self.0.len().saturating_sub(1) }
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

/// A line for each.
pub(crate) fn lines(things: &[impl Display]) -> Vec<String> {
    things.iter().map(ToString::to_string).collect()
}
