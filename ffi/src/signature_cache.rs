//! Signatures on CA certificates that were good, for several verifiers.

use std::sync::Arc;

use engine::MemoryReport;
use engine::MemorySize;
use engine::SignatureCache;

use crate::boundary::Output;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::boundary::release;
use crate::boundary::retain;
use crate::status::Failed;
use crate::status::lastmile_status;

/// A memory of the signatures on CA certificates that were good, for all verifiers that are given
/// it. Counted, as trust anchors are.
pub struct lastmile_signature_cache {
    pub(crate) cache: SignatureCache,
}

/// What a memory holds, and how often it was asked.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct lastmile_memory_report {
    /// Entries that it holds.
    pub entries: u64,
    /// Entries that it can hold.
    pub most_entries: u64,
    /// Octets that they keep.
    pub bytes: u64,
    /// Octets that it can hold.
    pub most_bytes: u64,
    /// Questions that it answered.
    pub hits: u64,
    /// Questions that it could not answer.
    pub misses: u64,
    /// Entries that were put in.
    pub insertions: u64,
}

/// The most entries that a memory may have.
pub const LASTMILE_MOST_ENTRIES: u32 = 1 << 20;

/// An empty one, for so many entries (rounded up to a multiple of four, `LASTMILE_MOST_ENTRIES` at most) of
/// so many octets together.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_signature_cache_new(
    entries: u32,
    bytes: usize,
    cache: *mut *const lastmile_signature_cache,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(cache)?;
        let size = memory_size(entries, bytes)?.unwrap_or(MemorySize { entries, bytes });
        let cache = SignatureCache::new(size);
        // SAFETY: the caller's place.
        unsafe { output.write(Arc::into_raw(Arc::new(lastmile_signature_cache { cache }))) };
        Ok(lastmile_status::OK)
    })
}

/// What it holds, and how often it was asked.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_signature_cache_report(
    cache: *const lastmile_signature_cache,
    report: *mut lastmile_memory_report,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(report)?;
        // SAFETY: the caller's reference.
        let cache = unsafe { reference(cache) }?;
        // SAFETY: the caller's place.
        unsafe { output.write(cache.cache.report().into()) };
        Ok(lastmile_status::OK)
    })
}

/// One more reference to the same; NULL of NULL.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_signature_cache_ref(
    cache: *const lastmile_signature_cache,
) -> *const lastmile_signature_cache {
    // SAFETY: the caller's reference.
    guard_value(std::ptr::null(), || unsafe { retain(cache) })
}

/// Gives a reference back; of NULL, does nothing.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_signature_cache_unref(cache: *const lastmile_signature_cache) {
    // SAFETY: the caller's reference.
    guard_value((), || unsafe { release(cache) });
}

/// A size that a memory may have; none with no entries.
pub(crate) fn memory_size(entries: u32, bytes: usize) -> Result<Option<MemorySize>, Failed> {
    // Places for entries are made at once.
    match entries {
        0 => Ok(None),
        1..=LASTMILE_MOST_ENTRIES => Ok(Some(MemorySize { entries, bytes })),
        _ => Err(lastmile_status::INVALID_ARGUMENT),
    }
}

impl From<MemoryReport> for lastmile_memory_report {
    fn from(report: MemoryReport) -> Self {
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            entries: number(report.entries),
            most_entries: number(report.most_entries),
            bytes: number(report.bytes),
            most_bytes: number(report.most_bytes),
            hits: report.hits,
            misses: report.misses,
            insertions: report.insertions,
        }
    }
}
