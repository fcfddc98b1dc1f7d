//! The signatures that this search has checked.

use alloc::vec::Vec;

use super::Key;

/// No signature is checked twice: each check is here, by certificate and key.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    first: [Option<Entry>; INLINE],
    count: usize,
    more: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    child: usize,
    key: Key,
    good: bool,
}

impl Checked {
    pub(super) fn find(&self, child: usize, key: Key) -> Option<bool> {
        self.first
            .iter()
            .take(self.count)
            .flatten()
            .chain(&self.more)
            .find(|entry| entry.child == child && entry.key == key)
            .map(|entry| entry.good)
    }

    pub(super) fn remember(&mut self, child: usize, key: Key, good: bool) {
        let entry = Entry { child, key, good };
        match self.first.get_mut(self.count) {
            Some(slot) => {
                *slot = Some(entry);
                self.count = self.count.saturating_add(1);
            }
            None if self.more.len() < MOST => self.more.push(entry),
            // Then it may be checked again, and charged again.
            None => {}
        }
    }
}

/// Kept without allocating: more than a path of 8 intermediates needs.
const INLINE: usize = 16;

/// Each entry was paid for with a unit of `Limits::signature_checks`, whose default is 128; this
/// bounds the memory if the caller sets far more.
const MOST: usize = 4096;
