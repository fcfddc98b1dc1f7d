//! Trust anchors: the certificates of a bundle, indexed by subject and key identifier.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::cert::Certificate;
use crate::cert::Layout;
use crate::order::sort_by_key;

mod bundle;

pub use bundle::AnchorFault;
pub use bundle::Bundle;
pub use bundle::BundleFault;
pub use bundle::InvalidBundle;
pub use bundle::PassedOver;

/// The certificates that may end a path. Never empty; cheap to clone.
///
/// Any certificate may be one, an intermediate or a leaf too. Copies of one certificate count once.
///
/// ```no_run
/// let bundle = std::fs::read("ca.pem")?;
/// let anchors = lastmile::TrustAnchors::from_pem(&bundle)?;
/// println!("{} anchors", anchors.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TrustAnchors {
    store: Arc<Store>,
}

struct Store {
    /// The certificates, one behind the other.
    octets: Vec<u8>,
    anchors: Vec<Anchor>,
    /// Sorted: anchors of one subject stand together, and among them those of one key identifier.
    index: Vec<Entry>,
}

struct Anchor {
    start: usize,
    end: usize,
    layout: Layout,
    origin: Option<Origin>,
}

/// Where in a bundle an anchor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Origin {
    block: u32,
    line: u32,
}

#[derive(Clone, Copy)]
struct Entry {
    subject: u64,
    /// None sorts first: anchors without a key identifier may have any key.
    key_id: Option<u64>,
    anchor: usize,
}

impl TrustAnchors {
    /// How many there are, copies counted once; at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.store.anchors.len()
    }

    /// The anchors, in the order of the bundle.
    pub fn iter(&self) -> impl Iterator<Item = TrustAnchor<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The anchor at `index`, as [`At::Anchor`](crate::At::Anchor) counts.
    pub fn get(&self, index: usize) -> Option<TrustAnchor<'_>> {
        let anchor = self.store.anchors.get(index)?;
        let der = self.store.octets.get(anchor.start..anchor.end)?;
        let certificate = Certificate::from_layout(der, anchor.layout);
        Some(TrustAnchor { index, certificate, origin: anchor.origin })
    }

    /// The anchor that is this very certificate.
    pub(crate) fn find(&self, certificate: &Certificate<'_>) -> Option<TrustAnchor<'_>> {
        let subject = certificate.subject();
        let mut named = Named::new(self, subject, certificate.subject_key_id());
        while let Some(anchor) = named.next(self, subject) {
            if anchor.certificate().der() == certificate.der() {
                return Some(anchor);
            }
        }
        None
    }

    fn new(octets: Vec<u8>, found: Vec<Anchor>) -> Option<Self> {
        let mut store = Store { octets, anchors: found, index: Vec::new() };
        store.index = store.entries();
        let copies = store.copies();
        if !copies.is_empty() {
            store.drop_copies(&copies);
        }
        // They are kept for as long as the verifiers, and grow no more.
        store.octets.shrink_to_fit();
        store.anchors.shrink_to_fit();
        store.index.shrink_to_fit();
        (!store.anchors.is_empty()).then(|| Self { store: Arc::new(store) })
    }
}

impl Store {
    fn der(&self, anchor: &Anchor) -> &[u8] {
        self.octets.get(anchor.start..anchor.end).unwrap_or_default()
    }

    /// Certificates that were met before. They have one subject and one key identifier, so
    /// the index has them together, and most certificates have nobody to be compared with.
    fn copies(&self) -> Vec<usize> {
        let mut copies = Vec::new();
        let mut hashes: Vec<(u64, usize)> = Vec::new();
        for alike in self.index.chunk_by(Entry::is_alike).filter(|alike| alike.len() > 1) {
            hashes.clear();
            hashes.extend(alike.iter().map(|entry| (self.hash_of(entry.anchor), entry.anchor)));
            sort_by_key(&mut hashes, |(hash, _)| (*hash, 0, 0));
            for (position, (hash, index)) in hashes.iter().enumerate() {
                let same_hash = hashes.get(..position).unwrap_or_default().iter().rev();
                let is_copy = same_hash
                    .take_while(|(before, _)| before == hash)
                    .any(|(_, before)| self.is_copy(*before, *index));
                if is_copy {
                    copies.push(*index);
                }
            }
        }
        copies
    }

    /// Keeps the first of each certificate.
    fn drop_copies(&mut self, copies: &[usize]) {
        let mut is_copy = vec![false; self.anchors.len()];
        for index in copies {
            is_copy.get_mut(*index).into_iter().for_each(|is_copy| *is_copy = true);
        }
        let mut is_copy = is_copy.into_iter();
        self.anchors.retain(|_| is_copy.next() != Some(true));
        self.index = self.entries();
    }

    fn hash_of(&self, anchor: usize) -> u64 {
        hash(self.anchors.get(anchor).map(|anchor| self.der(anchor)).unwrap_or_default())
    }

    fn is_copy(&self, one: usize, other: usize) -> bool {
        match (self.anchors.get(one), self.anchors.get(other)) {
            (Some(one), Some(other)) => self.der(one) == self.der(other),
            _ => false,
        }
    }

    /// The index of what is there.
    fn entries(&self) -> Vec<Entry> {
        let entries = self.anchors.iter().enumerate().map(|(anchor, one)| {
            let certificate = Certificate::from_layout(self.der(one), one.layout);
            Entry {
                subject: hash(certificate.subject()),
                key_id: certificate.subject_key_id().map(hash),
                anchor,
            }
        });
        let mut entries: Vec<Entry> = entries.collect();
        sort_by_key(&mut entries, |entry| {
            (entry.subject, u64::from(entry.key_id.is_some()), entry.key_id.unwrap_or_default())
        });
        entries
    }
}

impl Entry {
    /// Whether both have one subject and one key identifier, or none.
    fn is_alike(&self, other: &Self) -> bool {
        (self.subject, self.key_id) == (other.subject, other.key_id)
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustAnchors").field("len", &self.len()).finish()
    }
}

/// The operator chose these octets: the seed need not be secret.
fn hash(octets: &[u8]) -> u64 {
    FixedState::with_seed(0).hash_one(octets)
}

/// One trust anchor.
#[derive(Clone, Copy, Debug)]
pub struct TrustAnchor<'a> {
    index: usize,
    certificate: Certificate<'a>,
    origin: Option<Origin>,
}

impl<'a> TrustAnchor<'a> {
    /// Its index among the anchors.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The certificate.
    pub const fn certificate(&self) -> &Certificate<'a> {
        &self.certificate
    }

    /// The PEM block it was read from, counted from 1; None if it was not read from PEM.
    pub fn block(&self) -> Option<u32> {
        self.origin.map(|origin| origin.block)
    }

    /// The line on which that block begins, counted from 1.
    pub fn line(&self) -> Option<u32> {
        self.origin.map(|origin| origin.line)
    }
}

/// A walk over the anchors of one name, likeliest first: those whose key identifier is the one
/// asked for, those without one, the others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    start: usize,
    end: usize,
    key_id: Option<u64>,
    pass: Pass,
    at: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pass {
    #[default]
    SameKeyId,
    NoKeyId,
    OtherKeyId,
    Done,
}

impl Named {
    pub(crate) fn new(anchors: &TrustAnchors, name: &[u8], key_id: Option<&[u8]>) -> Self {
        let index = anchors.store.index.as_slice();
        let subject = hash(name);
        let start = index.partition_point(|entry| entry.subject < subject);
        let rest = index.get(start..).unwrap_or_default();
        let count = rest.partition_point(|entry| entry.subject == subject);
        let end = start.saturating_add(count);
        // Entries are sorted by key identifier, none first: the same one is found, not sought.
        let key_id = key_id.map(hash);
        let same =
            rest.get(..count).unwrap_or_default().partition_point(|entry| entry.key_id < key_id);
        Self { start, end, key_id, pass: Pass::SameKeyId, at: start.saturating_add(same) }
    }

    /// Whether the walk has come to its end.
    pub(crate) fn is_done(&self) -> bool {
        self.pass == Pass::Done || self.is_empty()
    }

    /// Whether no anchor bears the name; one may, though none does, if a hash is the same.
    pub(crate) const fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// The next anchor that bears `name`, which must be the one that the walk began with.
    pub(crate) fn next<'a>(
        &mut self,
        anchors: &'a TrustAnchors,
        name: &[u8],
    ) -> Option<TrustAnchor<'a>> {
        loop {
            let entry = anchors.store.index.get(self.at).filter(|_| self.at < self.end);
            let (Some(entry), true) = (entry, self.pass != Pass::Done) else {
                self.pass = match self.pass {
                    // Nothing more to tell apart when no key identifier is asked for.
                    Pass::SameKeyId if self.key_id.is_some() => Pass::NoKeyId,
                    Pass::SameKeyId | Pass::NoKeyId => Pass::OtherKeyId,
                    Pass::OtherKeyId | Pass::Done => {
                        self.pass = Pass::Done;
                        return None;
                    }
                };
                self.at = self.start;
                continue;
            };
            self.at = self.at.saturating_add(1);
            let wanted = match self.pass {
                Pass::SameKeyId => entry.key_id == self.key_id,
                Pass::NoKeyId => entry.key_id.is_none(),
                Pass::OtherKeyId => {
                    entry.key_id != self.key_id && (entry.key_id.is_some() || self.key_id.is_none())
                }
                Pass::Done => false,
            };
            match wanted {
                true => {}
                // The sorted runs end here; the last pass looks at all.
                false if self.pass != Pass::OtherKeyId => {
                    self.at = self.end;
                    continue;
                }
                false => continue,
            }
            let anchor = anchors.get(entry.anchor)?;
            if anchor.certificate.subject() == name {
                return Some(anchor);
            }
        }
    }
}

#[cfg(test)]
mod tests;
