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

/// Gives a struct whose first field says how long the caller's is: as much of it as the caller has, at
/// least as much as there was in the first version, and how much that is.
///
/// # Safety
/// `place` is NULL, or points to a struct that begins with a `usize`: how many octets may be written
/// there. `told` begins so too.
pub(crate) unsafe fn give<T: Copy>(
    place: *mut T,
    first_version: usize,
    mut told: T,
) -> Result<lastmile_status, Failed> {
    // SAFETY: as the caller says.
    let room = *unsafe { exclusive(place.cast::<usize>()) }?;
    if room < first_version {
        return Err(lastmile_status::INVALID_ARGUMENT);
    }
    let length = room.min(size_of::<T>());
    // SAFETY: as the caller says; `length` is at most what is there, on both sides.
    unsafe {
        (&raw mut told).cast::<usize>().write(length);
        place.cast::<u8>().copy_from_nonoverlapping((&raw const told).cast(), length);
    }
    Ok(lastmile_status::OK)
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

#[cfg(test)]
mod tests {
    use super::give;
    use crate::status::lastmile_status;

    /// A struct that has grown: its first version ended with `first`.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Grown {
        struct_size: usize,
        first: u64,
        later: u64,
    }

    const FIRST_VERSION: usize = std::mem::offset_of!(Grown, later);

    #[test]
    fn a_caller_gets_as_much_as_it_has_room_for() {
        let told = Grown { struct_size: 0, first: 1, later: 2 };
        for (room, expected) in [
            (FIRST_VERSION, Ok((FIRST_VERSION, 1, 7))),
            (size_of::<Grown>(), Ok((size_of::<Grown>(), 1, 2))),
            (1000, Ok((size_of::<Grown>(), 1, 2))),
            (FIRST_VERSION - 1, Err(lastmile_status::INVALID_ARGUMENT)),
            (0, Err(lastmile_status::INVALID_ARGUMENT)),
        ] {
            let mut place = Grown { struct_size: room, first: 7, later: 7 };
            // SAFETY: no more is written than `Grown` has.
            let done = unsafe { give(&raw mut place, FIRST_VERSION, told) };
            let Grown { struct_size, first, later } = place;
            match expected {
                Ok(expected) => {
                    assert_eq!(done, Ok(lastmile_status::OK));
                    assert_eq!((struct_size, first, later), expected, "room for {room}");
                }
                Err(refused) => {
                    assert_eq!(done, Err(refused), "room for {room}");
                    assert_eq!((first, later), (7, 7));
                }
            }
        }
    }
}
