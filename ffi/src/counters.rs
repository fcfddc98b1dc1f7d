//! Counters that threads do not fight over.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// One number for each kind of verdict, in as many copies as threads are likely to ask at once.
#[derive(Debug, Default)]
pub(crate) struct Counters<const KINDS: usize> {
    stripes: [Stripe<KINDS>; STRIPES],
}

/// By itself in the lines of the processor's cache.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe<const KINDS: usize>([AtomicU64; KINDS]);

impl<const KINDS: usize> Default for Stripe<KINDS> {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; KINDS])
    }
}

impl<const KINDS: usize> Counters<KINDS> {
    pub(crate) fn count(&self, kind: usize) {
        let stripe = self.stripes.get(own_stripe()).and_then(|stripe| stripe.0.get(kind));
        if let Some(counter) = stripe {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn sum(&self, kind: usize) -> u64 {
        let counters = self.stripes.iter().filter_map(|stripe| stripe.0.get(kind));
        counters.fold(0, |sum, counter| sum.wrapping_add(counter.load(Ordering::Relaxed)))
    }
}

/// Threads take turns; nothing depends on whose it is.
fn own_stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    std::thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES;
    }
    // A thread that ends has none any more.
    OWN.try_with(|own| *own).unwrap_or_default()
}

const STRIPES: usize = 16;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::Counters;

    #[test]
    fn what_threads_count_is_one_sum() {
        let counters = Counters::<2>::default();
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| (0..100).for_each(|_| counters.count(1)));
            }
        });
        counters.count(2);
        assert_eq!([counters.sum(0), counters.sum(1), counters.sum(2)], [0, 6400, 0]);
    }
}
