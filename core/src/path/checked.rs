//! What this search has judged already, of a certificate and something above it.

use alloc::vec::Vec;

use super::Key;

/// Judgements by certificate and what stands above it, so that none is made twice.
#[derive(Debug)]
pub(super) struct Checked<'s> {
    /// Of presented certificates: a row for each, in it one octet for each that may be above.
    table: &'s mut [u8],
    /// Certificates in a row; none if there are too many for a table.
    width: usize,
    /// Of anchors. The entries of one certificate are a chain, the last of which its node knows.
    first: [Entry; INLINE],
    count: usize,
    more: Vec<Entry>,
}

/// What was judged of a certificate.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judgement {
    /// Whether such signatures are accepted, and that key. Only what is not is kept, and not of
    /// anchors.
    Algorithm,
    /// Whether that key made its signature.
    Signature,
    /// Whether its names are let be by those constraints.
    Constraints,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    anchor: usize,
    marks: u8,
    /// The entry before it of the same certificate.
    previous: Option<usize>,
}

impl<'s> Checked<'s> {
    /// For so many certificates; `table` is scratch, all zero, of [`size`](Self::size).
    pub(super) fn new(certificates: usize, table: &'s mut [u8]) -> Self {
        let fits = Self::size(certificates) > 0 && table.len() >= Self::size(certificates);
        let width = if fits { certificates } else { 0 };
        Self { table, width, first: [Entry::default(); INLINE], count: 0, more: Vec::new() }
    }

    /// The octets of the table. With more certificates than any server sends there is none: then
    /// what was judged may be judged again, and is charged again.
    pub(super) const fn size(certificates: usize) -> usize {
        match certificates <= MOST_IN_A_ROW {
            true => certificates.saturating_mul(certificates),
            false => 0,
        }
    }

    /// What was judged of the certificate `child`, whose last entry is `last`.
    pub(super) fn find(
        &self,
        child: usize,
        last: Option<usize>,
        key: Key,
        judgement: Judgement,
    ) -> Option<bool> {
        let marks = match key {
            Key::Presented(above) => self.table.get(self.cell(child, above)?).copied()?,
            Key::Anchor(anchor) => self.get(self.entry(last, anchor)?)?.marks,
        };
        match (marks & judgement.mark(true) != 0, marks & judgement.mark(false) != 0) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            (false, false) => None,
        }
    }

    /// Keeps a judgement; returns the certificate's last entry from now on.
    pub(super) fn remember(
        &mut self,
        child: usize,
        last: Option<usize>,
        key: Key,
        judgement: Judgement,
        good: bool,
    ) -> Option<usize> {
        let mark = judgement.mark(good);
        match key {
            Key::Presented(above) => {
                let cell = self.cell(child, above).and_then(|cell| self.table.get_mut(cell));
                if let Some(marks) = cell {
                    *marks |= mark;
                }
                last
            }
            Key::Anchor(anchor) => match self.entry(last, anchor) {
                Some(at) => {
                    if let Some(entry) = self.get_mut(at) {
                        entry.marks |= mark;
                    }
                    last
                }
                None => self.push(Entry { anchor, marks: mark, previous: last }).or(last),
            },
        }
    }

    fn cell(&self, child: usize, above: usize) -> Option<usize> {
        let row = child.checked_mul(self.width)?;
        (above < self.width).then(|| row.saturating_add(above))
    }

    /// Where the entry of that anchor stands in the chain that ends with `last`.
    fn entry(&self, last: Option<usize>, anchor: usize) -> Option<usize> {
        let mut at = last?;
        loop {
            let entry = self.get(at)?;
            if entry.anchor == anchor {
                return Some(at);
            }
            at = entry.previous?;
        }
    }

    fn push(&mut self, entry: Entry) -> Option<usize> {
        let position = self.count.saturating_add(self.more.len());
        match self.first.get_mut(self.count) {
            Some(slot) => {
                *slot = entry;
                self.count = self.count.saturating_add(1);
            }
            None if self.more.len() < MOST => self.more.push(entry),
            None => return None,
        }
        Some(position)
    }

    fn get(&self, at: usize) -> Option<&Entry> {
        match at.checked_sub(INLINE) {
            None => self.first.get(at),
            Some(at) => self.more.get(at),
        }
    }

    fn get_mut(&mut self, at: usize) -> Option<&mut Entry> {
        match at.checked_sub(INLINE) {
            None => self.first.get_mut(at),
            Some(at) => self.more.get_mut(at),
        }
    }
}

impl Judgement {
    const fn mark(self, good: bool) -> u8 {
        match (self, good) {
            (Self::Signature, true) => 1,
            (Self::Signature, false) => 2,
            (Self::Constraints, true) => 4,
            (Self::Constraints, false) => 8,
            (Self::Algorithm, true) => 16,
            (Self::Algorithm, false) => 32,
        }
    }
}

/// Certificates for which there is a table: it has a quarter of a million octets then.
const MOST_IN_A_ROW: usize = 512;

/// Judgements about anchors that are kept without allocating.
const INLINE: usize = 16;

/// What is kept beyond.
const MOST: usize = 16_384;
