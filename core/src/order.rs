//! Sorting by numbers, with one sort for all lists: a sort of its own costs each type kilobytes.

use alloc::vec::Vec;

/// What to sort by; the earlier number counts more.
pub(crate) type Key = (u64, u64, u64);

/// Sorts by what `key` says of each; those of one key keep their order.
pub(crate) fn sort_by_key<T: Copy>(items: &mut [T], key: impl Fn(&T) -> Key) {
    // The position is part of what is compared, so that no two are equal.
    let keyed = items.iter().enumerate().map(|(position, item)| (key(item), position));
    let mut order: Vec<(Key, usize)> = keyed.collect();
    order.sort_unstable();
    let unsorted = items.to_vec();
    for (item, (_, position)) in items.iter_mut().zip(order) {
        *item = unsorted.get(position).copied().unwrap_or(*item);
    }
}
