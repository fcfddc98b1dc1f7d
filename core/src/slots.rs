//! A table of fixed size that is read without a lock: what was found good is kept in it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering;

use core::hash::BuildHasher;

use arc_swap::ArcSwapOption;
use foldhash::fast::RandomState;

/// Entries by a hash that need not be good: an entry is what its octets say, and the hash only says
/// where to look. An entry that is put in replaces one other at most, and nothing else moves.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    sets: Box<[[Slot<T>; WAYS]]>,
    /// Nobody outside can choose what meets in one set.
    seed: RandomState,
    /// Which way is replaced next where all are taken.
    next: AtomicUsize,
    bytes: AtomicUsize,
    most_bytes_of_one: usize,
    stripes: Box<[Stripe; STRIPES]>,
}

#[derive(Debug)]
struct Slot<T> {
    /// Of the entry; to look at the entry itself costs more. A wrong one is a miss.
    hash: AtomicU64,
    entry: ArcSwapOption<T>,
}

/// What of a table can be told from outside.
pub(crate) trait Kept {
    /// The octets that it keeps.
    fn bytes(&self) -> usize;
}

/// How large a memory may become. It never grows beyond, and what does not fit is not kept.
///
/// ```
/// let size = lastmile::MemorySize { entries: 1024, bytes: 16 << 20 };
/// assert_ne!(size, lastmile::MemorySize::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemorySize {
    /// How many entries; rounded up to a multiple of four.
    pub entries: u32,
    /// How many octets they may keep together. One entry keeps its share of them at most, so
    /// 16 KiB of 4 MiB for 256 entries.
    pub bytes: usize,
}

impl Default for MemorySize {
    /// 256 entries in 4 MiB: a backend with so many replicas, each with a chain of its own.
    fn default() -> Self {
        Self { entries: 256, bytes: 4 << 20 }
    }
}

/// What a memory holds, and how often it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryReport {
    /// Entries that it holds.
    pub entries: usize,
    /// Entries that it can hold.
    pub most_entries: usize,
    /// Octets of the certificates that it holds.
    pub bytes: usize,
    /// Octets that it can hold.
    pub most_bytes: usize,
    /// Questions that it answered.
    pub hits: u64,
    /// Questions that it could not answer.
    pub misses: u64,
    /// Entries that were put in.
    pub insertions: u64,
}

/// One line of the processor's cache: one counter for all would be fought over.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Stripe {
    hits: AtomicU64,
    misses: AtomicU64,
    insertions: AtomicU64,
}

impl<T: Kept> Slots<T> {
    pub(crate) fn new(size: MemorySize) -> Self {
        let entries = usize::try_from(size.entries).unwrap_or(usize::MAX).max(1);
        let sets = entries.div_ceil(WAYS);
        let slot = || Slot { hash: AtomicU64::new(0), entry: ArcSwapOption::const_empty() };
        let set = || core::array::from_fn(|_| slot());
        let most = sets.saturating_mul(WAYS);
        Self {
            sets: core::iter::repeat_with(set).take(sets).collect::<Vec<_>>().into_boxed_slice(),
            seed: RandomState::default(),
            next: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            most_bytes_of_one: size.bytes.checked_div(most).unwrap_or_default(),
            stripes: Box::new(core::array::from_fn(|_| Stripe::default())),
        }
    }

    /// The hash of what ends with a certificate: of the end of that, which is a signature and as
    /// good as random, and of a number.
    #[inline]
    pub(crate) fn hash(&self, certificate: &[u8], number: usize) -> u64 {
        let end = certificate.len().saturating_sub(HASHED);
        self.seed.hash_one((certificate.get(end..), number))
    }

    /// What `look` makes of the entry that it takes for the one, if there is one of this hash.
    #[inline]
    pub(crate) fn look<R>(&self, hash: u64, look: impl Fn(&T) -> Option<R>) -> Option<R> {
        self.set(hash).into_iter().flatten().find_map(|slot| {
            match slot.hash.load(Ordering::Relaxed) == hash {
                true => slot.entry.load().as_deref().and_then(&look),
                false => None,
            }
        })
    }

    /// Counts a question.
    #[inline]
    pub(crate) fn count(&self, is_hit: bool) {
        let stripe = self.stripe();
        let counter = if is_hit { &stripe.hits } else { &stripe.misses };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The octets that one entry may keep.
    pub(crate) const fn most_bytes_of_one(&self) -> usize {
        self.most_bytes_of_one
    }

    /// Puts an entry in, unless it is too large: into a free place, or that of an entry which
    /// `is_stale`, or else of whichever is next.
    pub(crate) fn insert(&self, hash: u64, entry: T, is_stale: impl Fn(&T) -> bool) {
        let bytes = entry.bytes();
        let Some(set) = self.set(hash).filter(|_| bytes <= self.most_bytes_of_one) else {
            return;
        };
        let is_free = |slot: &&Slot<T>| slot.entry.load().as_deref().is_none_or(&is_stale);
        let turn = || {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            next.checked_rem(WAYS).and_then(|way| set.get(way))
        };
        let Some(slot) = set.iter().find(is_free).or_else(turn) else { return };
        let before = slot.entry.swap(Some(Arc::new(entry)));
        slot.hash.store(hash, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(before) = before {
            self.bytes.fetch_sub(before.bytes(), Ordering::Relaxed);
        }
        self.stripe().insertions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn report(&self) -> MemoryReport {
        let slots = || self.sets.iter().flatten();
        let sum = |counter: fn(&Stripe) -> &AtomicU64| {
            let counts = self.stripes.iter().map(|stripe| counter(stripe).load(Ordering::Relaxed));
            counts.fold(0, u64::wrapping_add)
        };
        let most_entries = slots().count();
        MemoryReport {
            entries: slots().filter(|slot| slot.entry.load().is_some()).count(),
            most_entries,
            bytes: self.bytes.load(Ordering::Relaxed),
            most_bytes: self.most_bytes_of_one.saturating_mul(most_entries),
            hits: sum(|stripe| &stripe.hits),
            misses: sum(|stripe| &stripe.misses),
            insertions: sum(|stripe| &stripe.insertions),
        }
    }

    fn set(&self, hash: u64) -> Option<&[Slot<T>; WAYS]> {
        let sets = u64::try_from(self.sets.len()).ok()?;
        self.sets.get(usize::try_from(hash.checked_rem(sets)?).ok()?)
    }

    fn stripe(&self) -> &Stripe {
        let [first, ..] = &*self.stripes;
        self.stripes.get(own_stripe()).unwrap_or(first)
    }
}

/// The stripe of this thread. Threads take turns; nothing depends on whose it is.
fn own_stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    std::thread_local! {
        static OWN: usize =
            NEXT.fetch_add(1, Ordering::Relaxed).checked_rem(STRIPES).unwrap_or_default();
    }
    // A thread that ends has none any more.
    OWN.try_with(|own| *own).unwrap_or_default()
}

/// Entries of one hash, or of hashes that meet, have so many places.
const WAYS: usize = 4;
const STRIPES: usize = 16;
const HASHED: usize = 32;
