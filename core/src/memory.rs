//! Chains that one verifier has accepted before.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::anchors::TrustAnchors;
use crate::cert::Certificate;
use crate::cert::Layout;
use crate::intermediates::Intermediates;
use crate::name::ExpectedNames;
use crate::name::ReferenceName;
use crate::reason::At;
use crate::slots::Kept;
use crate::slots::MemoryReport;
use crate::slots::MemorySize;
use crate::slots::Slots;
use crate::time::Window;
use crate::verdict::Verified;

/// Chains by their octets. What is found in it is what the search would find again: the policy is
/// one and the same, and the window is that of every certificate that was judged.
#[derive(Debug)]
pub(crate) struct Memory {
    slots: Slots<Accepted>,
}

/// A chain, and what was concluded.
#[derive(Debug)]
struct Accepted {
    /// How many octets each certificate has, the leaf first.
    lengths: Box<[usize]>,
    /// The certificates, one behind the other.
    octets: Box<[u8]>,
    window: Window,
    leaf: Layout,
    /// The presented certificates of the path above the leaf, by their positions among the others.
    above: Box<[usize]>,
    anchor: usize,
    /// Whether the leaf is the anchor.
    is_anchor: bool,
    name: usize,
    valid_until: i64,
    attempts: u32,
}

impl Memory {
    pub(crate) fn new(size: MemorySize) -> Self {
        Self { slots: Slots::new(size) }
    }

    pub(crate) fn report(&self) -> MemoryReport {
        self.slots.report()
    }

    /// What was concluded of these very certificates, if it holds at `now`.
    #[inline]
    pub(crate) fn recall<'a>(
        &self,
        leaf: &'a [u8],
        others: Intermediates<'_, 'a>,
        now: i64,
        anchors: &'a TrustAnchors,
        names: &'a ExpectedNames,
    ) -> Option<Verified<'a>> {
        let hash = self.slots.hash(leaf, others.len());
        let found = self.slots.find(hash, |accepted| accepted.holds(leaf, others, now));
        self.slots.count(found.is_some());
        let found = found?;
        let accepted = found.as_deref()?;
        let certificate = Certificate::from_layout(leaf, accepted.leaf);
        let anchor = anchors.get(accepted.anchor)?;
        let name = names.iter().nth(accepted.name)?;
        let mut verified = Verified::new(certificate, anchor, name, accepted.attempts);
        for position in &accepted.above {
            let at = At::Certificate(position.saturating_add(1));
            verified.push_der(at, others.get(*position)?);
        }
        if !accepted.is_anchor {
            verified.push_der(At::Anchor(accepted.anchor), anchor.certificate().der());
        }
        verified.ends_at(accepted.valid_until);
        Some(verified)
    }

    /// Keeps what was concluded of a chain.
    pub(crate) fn keep<'a>(
        &self,
        verified: &Verified<'a>,
        others: Intermediates<'_, 'a>,
        window: Window,
        names: &ExpectedNames,
        now: i64,
    ) {
        let leaf = verified.leaf();
        let is_name = |name: &ReferenceName| core::ptr::eq(name, verified.name());
        let Some(name) = names.iter().position(is_name) else { return };
        let all = || core::iter::once(leaf.der()).chain(others.iter());
        // Whether it is too large is known before anything is copied; lengths count too, or many
        // empty certificates would be nothing.
        let octets = all().fold(0usize, |sum, der| sum.saturating_add(der.len()));
        let bytes = all().fold(octets, |sum, _| sum.saturating_add(size_of::<usize>()));
        if bytes > self.slots.most_bytes_of_one() {
            return;
        }
        let hash = self.slots.hash(leaf.der(), others.len());
        // Another thread may have been faster: a chain takes one place.
        if self.slots.find(hash, |other| other.holds(leaf.der(), others, now)).is_some() {
            return;
        }
        let lengths = all().map(<[u8]>::len).collect();
        let mut octets = Vec::with_capacity(octets);
        all().for_each(|der| octets.extend_from_slice(der));
        let above = verified.path().iter().skip(1).filter_map(|step| match step.at() {
            At::Certificate(index) => index.checked_sub(1),
            At::Anchor(_) => None,
        });
        let accepted = Accepted {
            lengths,
            octets: octets.into_boxed_slice(),
            window,
            leaf: *leaf.layout(),
            above: above.collect(),
            anchor: verified.anchor().index(),
            is_anchor: verified.path().len() == 1,
            name,
            valid_until: verified.end(),
            attempts: verified.attempts(),
        };
        self.slots.insert(hash, accepted, |other| !other.window.contains(now));
    }
}

impl Accepted {
    /// Whether it is what was concluded of these certificates, at `now` too.
    #[inline]
    fn holds<'a>(&self, leaf: &'a [u8], others: Intermediates<'_, 'a>, now: i64) -> bool {
        self.window.contains(now) && self.is(leaf, others)
    }

    /// Whether these are its certificates: as many, each as long, and the same octets.
    #[inline]
    fn is<'a>(&self, leaf: &'a [u8], others: Intermediates<'_, 'a>) -> bool {
        let mut rest = &*self.octets;
        if self.lengths.len() != others.len().saturating_add(1) {
            return false;
        }
        for (index, length) in self.lengths.iter().enumerate() {
            let der = match index.checked_sub(1) {
                None => Some(leaf),
                Some(position) => others.get(position),
            };
            match rest.split_at_checked(*length) {
                Some((own, after)) if Some(own) == der => rest = after,
                _ => return false,
            }
        }
        true
    }
}

impl Kept for Accepted {
    fn bytes(&self) -> usize {
        let positions = size_of_val(&*self.lengths).saturating_add(size_of_val(&*self.above));
        self.octets.len().saturating_add(positions)
    }
}
