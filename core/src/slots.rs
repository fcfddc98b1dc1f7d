//! A table of fixed size that is read without a lock: what was found good is kept in it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering;

use core::hash::BuildHasher;

use arc_swap::ArcSwapOption;
use arc_swap::Guard;
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
    most_bytes_of_one: usize,
    stripes: Box<[Stripe; STRIPES]>,
}

#[derive(Debug)]
struct Slot<T> {
    /// Of the entry; to look at the entry itself costs more. A wrong one is a miss.
    hash: AtomicU64,
    entry: ArcSwapOption<T>,
}

/// An entry that was found.
pub(crate) type Found<T> = Guard<Option<Arc<T>>>;

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
    /// How many entries; rounded up to a multiple of four. With none, nothing is kept.
    pub entries: u32,
    /// How many octets they may keep together: certificates, keys and the lengths of those. One
    /// entry keeps its share of them at most, so 16 KiB of 4 MiB for 256 entries; what every entry
    /// has beside them is less than half a KiB.
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
    /// Octets that they keep.
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

/// By itself in two lines of the processor's cache, for some processors fetch two: one counter for
/// all would be fought over.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe {
    hits: AtomicU64,
    misses: AtomicU64,
    insertions: AtomicU64,
}

impl<T: Kept> Slots<T> {
    pub(crate) fn new(size: MemorySize) -> Self {
        let entries = usize::try_from(size.entries).unwrap_or(usize::MAX);
        let sets = entries.div_ceil(WAYS);
        let slot = || Slot { hash: AtomicU64::new(0), entry: ArcSwapOption::const_empty() };
        let set = || core::array::from_fn(|_| slot());
        let most = sets.saturating_mul(WAYS);
        Self {
            sets: core::iter::repeat_with(set).take(sets).collect::<Vec<_>>().into_boxed_slice(),
            seed: RandomState::default(),
            next: AtomicUsize::new(0),
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

    /// The entry of this hash that is the one. It stays what it is while it is held, whatever takes
    /// its place meanwhile.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<Found<T>> {
        let of_hash = |slot: &&Slot<T>| slot.hash.load(Ordering::Relaxed) == hash;
        self.set(hash)?.iter().filter(of_hash).find_map(|slot| {
            let entry = slot.entry.load();
            entry.as_deref().is_some_and(&is_it).then_some(entry)
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
        let Some(set) = self.set(hash).filter(|_| entry.bytes() <= self.most_bytes_of_one) else {
            return;
        };
        let is_free = |slot: &&Slot<T>| slot.entry.load().as_deref().is_none_or(&is_stale);
        let turn = || {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            next.checked_rem(WAYS).and_then(|way| set.get(way))
        };
        let Some(slot) = set.iter().find(is_free).or_else(turn) else { return };
        slot.entry.store(Some(Arc::new(entry)));
        slot.hash.store(hash, Ordering::Relaxed);
        self.stripe().insertions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn report(&self) -> MemoryReport {
        let slots = || self.sets.iter().flatten();
        let sum = |counter: fn(&Stripe) -> &AtomicU64| {
            let counts = self.stripes.iter().map(|stripe| counter(stripe).load(Ordering::Relaxed));
            counts.fold(0, u64::wrapping_add)
        };
        let most_entries = slots().count();
        // Counted as they stand: a sum that is kept beside them would be wrong in between.
        let entries = slots().filter_map(|slot| slot.entry.load().as_deref().map(Kept::bytes));
        let (entries, bytes) = entries.fold((0usize, 0usize), |(entries, bytes), of_one| {
            (entries.saturating_add(1), bytes.saturating_add(of_one))
        });
        MemoryReport {
            entries,
            most_entries,
            bytes,
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

#[cfg(test)]
mod tests {
    use core::sync::atomic::AtomicBool;
    use core::sync::atomic::Ordering;

    use super::Kept;
    use super::MemorySize;
    use super::Slots;

    /// An entry of so many octets.
    struct Octets(usize);

    impl Kept for Octets {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    fn slots(entries: u32, bytes: usize) -> Slots<Octets> {
        Slots::new(MemorySize { entries, bytes })
    }

    #[test]
    fn what_is_replaced_is_kept_no_more() {
        let slots = slots(1, 4_000);
        for (round, octets) in [1_000, 7, 0, 999, 1_001, 500].into_iter().enumerate() {
            slots.insert(u64::try_from(round).expect("few"), Octets(octets), |_| false);
        }
        let report = slots.report();
        assert_eq!((report.entries, report.most_entries, report.insertions), (4, 4, 5));
        assert_eq!((report.bytes, report.most_bytes), (500 + 7 + 999, 4_000), "1001 is too much");
        // A stale one goes first, wherever it stands.
        slots.insert(9, Octets(1), |octets| octets.0 == 999);
        assert_eq!(slots.report().bytes, 500 + 7 + 1);
    }

    #[test]
    fn an_entry_is_found_by_its_hash_until_it_is_replaced() {
        let slots = slots(4, 4_000);
        let look = |hash| slots.find(hash, |_| true)?.as_deref().map(|octets| octets.0);
        slots.insert(1, Octets(10), |_| false);
        assert_eq!((look(1), look(2)), (Some(10), None));
        for hash in 2..6 {
            slots.insert(hash, Octets(20), |_| false);
        }
        assert_eq!((look(1), look(5)), (None, Some(20)));
    }

    #[test]
    fn without_places_or_octets_nothing_is_kept() {
        for (slots, octets) in [(slots(0, 4_000), 0), (slots(4, 3), 1), (slots(0, 0), 0)] {
            slots.insert(0, Octets(octets), |_| false);
            assert!(slots.find(0, |_| true).is_none());
            let report = slots.report();
            assert_eq!((report.entries, report.bytes, report.insertions), (0, 0, 0));
        }
        assert_eq!(slots(0, 4_000).report().most_entries, 0);
        let endless = slots(5, usize::MAX);
        endless.insert(0, Octets(usize::MAX / 8), |_| false);
        assert_eq!(endless.report().entries, 1);
    }

    /// Threads that replace each other's entries: no report says more than there may be.
    #[test]
    fn a_report_is_within_its_bounds_at_any_time() {
        let (slots, is_over) = (slots(4, 4_000), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let (slots, is_over) = (&slots, &is_over);
                scope.spawn(move || {
                    let mut round = thread;
                    while !is_over.load(Ordering::Relaxed) {
                        round = round.wrapping_add(1);
                        let octets = if round % 2 == 0 { 1_000 } else { 0 };
                        slots.insert(round, Octets(octets), |_| false);
                    }
                });
            }
            let worst = (0..100_000).map(|_| slots.report().bytes).max();
            is_over.store(true, Ordering::Relaxed);
            assert!(worst <= Some(4_000), "{worst:?}");
        });
    }
}
