//! What this search has judged already, of a certificate and something above it.

use alloc::vec::Vec;

use super::Key;

/// Judgements by certificate and key, so that none is made twice. The entries of one certificate
/// are a chain, the last of which its node knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    first: [Option<Entry>; INLINE],
    count: usize,
    more: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: Key,
    good: bool,
    /// The entry before it of the same certificate.
    previous: Option<usize>,
}

impl Checked {
    /// The judgement of a certificate whose last entry is `last`.
    pub(super) fn find(&self, last: Option<usize>, key: Key) -> Option<bool> {
        let mut at = last;
        while let Some(entry) = at.and_then(|at| self.get(at)) {
            if entry.key == key {
                return Some(entry.good);
            }
            at = entry.previous;
        }
        None
    }

    /// Keeps a judgement; the certificate's last entry from now on.
    pub(super) fn remember(&mut self, last: Option<usize>, key: Key, good: bool) -> Option<usize> {
        let entry = Entry { key, good, previous: last };
        let position = self.count.saturating_add(self.more.len());
        match self.first.get_mut(self.count) {
            Some(slot) => {
                *slot = Some(entry);
                self.count = self.count.saturating_add(1);
            }
            None if self.more.len() < MOST => self.more.push(entry),
            // Then it may be judged again, and is charged again.
            None => return last,
        }
        Some(position)
    }

    fn get(&self, at: usize) -> Option<Entry> {
        match at.checked_sub(INLINE) {
            None => self.first.get(at).copied().flatten(),
            Some(at) => self.more.get(at).copied(),
        }
    }
}

/// Kept without allocating: more than a path of 8 intermediates needs.
const INLINE: usize = 16;

/// What is kept beyond: 128 signatures by the default limits, and pairs of two certificates.
const MOST: usize = 16_384;
