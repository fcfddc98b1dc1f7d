//! The presented certificates as a graph: who may have issued whom, by name.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::Presented;
use crate::anchors::Named;
use crate::anchors::TrustAnchors;
use crate::cert::Certificate;
use crate::constraints::Tally;
use crate::limits::Budget;
use crate::limits::Exceeded;
use crate::profile::Role;
use crate::profile::count_issuer_faults;

/// What the search keeps of one presented certificate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    /// The first node of the same subject.
    subject: usize,
    /// The first node whose subject is this issuer.
    issuer: Option<usize>,
    /// The next node of the same subject.
    next_namesake: Option<usize>,
    /// While the chains are made: where the chain of this subject begins so far.
    head: Option<usize>,
    /// The first node of the same key.
    key: usize,
    /// The first node of the same subject and key: the same CA, certified again.
    authority: usize,
    /// The key identifiers that it has and that it names as its issuer's.
    key_ids: [Option<KeyId>; 2],
    /// The passes in which it has candidates, a bit for each, once they have been looked at.
    passes: Option<u8>,
    /// Whether names and constraints are well formed, once they have been read.
    names_are_good: Option<bool>,
    /// How many names it carries, once they have been counted.
    names: Option<Tally>,
    /// The last of what was judged of it and an anchor.
    pub(super) last_judgement: Option<usize>,
    /// A certificate violates its constraints.
    pub(super) is_violated: bool,
    /// The anchors that bear the issuer's name.
    anchors: Named,
    /// It may be an issuer, as far as it alone says.
    usable: bool,
    /// No path leads from here to an anchor, whatever lies below.
    dead: bool,
    self_issued: bool,
    /// The fewest counted CA certificates from here, included, to an anchor, by names alone.
    height: Height,
    /// The least height of the nodes of this subject; kept at the first of them.
    least: Height,
    /// At first, no node of its subject was nearer to an anchor. Not changed later: candidates
    /// are tried in this order, and one that changed its place might be passed over.
    nearest: bool,
}

/// A number of CA certificates; None is no way up.
type Height = Option<u32>;

/// The first octets of a key identifier. They tell hashes apart, and more is not asked of a hint.
type KeyId = u64;

/// The certificates and their nodes. The leaf is node 0.
#[derive(Debug)]
pub(super) struct Graph<'s, 'a> {
    certificates: &'s [Presented<'a>],
    nodes: &'s mut [Node],
}

impl<'s, 'a> Graph<'s, 'a> {
    pub(super) fn new(
        certificates: &'s [Presented<'a>],
        nodes: &'s mut [Node],
        anchors: &TrustAnchors,
        now: i64,
    ) -> Self {
        let mut graph = Self { certificates, nodes };
        graph.prepare(anchors, now);
        graph.classify();
        graph.survey();
        for position in 0..graph.len() {
            let nearest = graph.nodes.get(position).is_some_and(|node| {
                graph.nodes.get(node.subject).is_some_and(|first| first.least == node.height)
            });
            if let Some(node) = graph.nodes.get_mut(position) {
                node.nearest = nearest;
            }
        }
        graph
    }

    pub(super) fn presented(&self, node: usize) -> Option<&'s Presented<'a>> {
        self.certificates.get(node)
    }

    pub(super) fn certificate(&self, node: usize) -> Option<&'s Certificate<'a>> {
        self.certificates.get(node).map(|presented| &presented.certificate)
    }

    pub(super) fn node(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len().min(self.certificates.len())
    }

    /// All of them, the leaf first.
    pub(super) const fn all(&self) -> &'s [Presented<'a>] {
        self.certificates
    }

    pub(super) fn key_class(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(node, |node| node.key)
    }

    /// The anchors that bear the name of the node's issuer.
    pub(super) fn anchors(&self, node: usize) -> Named {
        self.nodes.get(node).map(|node| node.anchors).unwrap_or_default()
    }

    pub(super) fn node_mut(&mut self, node: usize) -> Option<&mut Node> {
        self.nodes.get_mut(node)
    }

    /// The first certificate that bears the name of `child`'s issuer.
    pub(super) fn first_issuer(&self, child: usize) -> Option<usize> {
        let first = self.nodes.get(child)?.issuer?;
        self.next_allowed(child, Some(first))
    }

    /// The next one of that name.
    pub(super) fn next_issuer(&self, child: usize, issuer: usize) -> Option<usize> {
        let next = self.nodes.get(issuer)?.next_namesake;
        self.next_allowed(child, next)
    }

    /// The certificates that bear the name of `child`'s issuer.
    pub(super) fn issuers(&self, child: usize) -> impl Iterator<Item = usize> {
        let mut next = self.first_issuer(child);
        core::iter::from_fn(move || {
            let issuer = next?;
            next = self.next_issuer(child, issuer);
            Some(issuer)
        })
    }

    /// A certificate is not its own issuer here, and the leaf is nobody's.
    fn next_allowed(&self, child: usize, mut node: Option<usize>) -> Option<usize> {
        while let Some(issuer) = node {
            if issuer != child && issuer != 0 {
                return node;
            }
            node = self.nodes.get(issuer)?.next_namesake;
        }
        None
    }

    /// Whether the names and constraints of a CA on a path are well formed; they are read once,
    /// and paid for before. Its subject was read below it.
    pub(super) fn has_good_names(
        &mut self,
        node: usize,
        budget: &mut Budget,
    ) -> Result<bool, Exceeded> {
        let (Some(certificate), Some(node)) = (self.certificate(node), self.nodes.get_mut(node))
        else {
            return Ok(false);
        };
        if let Some(good) = node.names_are_good {
            return Ok(good);
        }
        budget.spend_name_octets(certificate.name_octets())?;
        let good = certificate.check_names_of_issuer().is_ok();
        node.names_are_good = Some(good);
        Ok(good)
    }

    /// Counts the certificate's names, once.
    pub(super) fn count_names(&mut self, node: usize) {
        if let (Some(certificate), Some(node)) = (self.certificate(node), self.nodes.get_mut(node))
        {
            node.names.get_or_insert_with(|| Tally::of_names(certificate));
        }
    }

    /// The names that [`count_names`](Self::count_names) counted.
    pub(super) fn names(&self, node: usize) -> Tally {
        self.nodes.get(node).and_then(|node| node.names).unwrap_or_default()
    }

    /// In which pass `issuer` is a candidate for `child`: how likely its key signed by key
    /// identifiers, and then whether it is among the nearest to an anchor.
    ///
    /// Identifiers are hints (RFC 5280 4.2.1.1): they order candidates and rule none out.
    pub(super) fn pass(&self, child: usize, issuer: usize) -> u8 {
        let (Some(child), Some(issuer)) = (self.nodes.get(child), self.nodes.get(issuer)) else {
            return 0;
        };
        let pass = match (child.key_ids, issuer.key_ids) {
            ([_, Some(wanted)], [Some(found), _]) if wanted == found => 0,
            ([_, Some(_)], [Some(_), _]) => 4,
            _ => 2,
        };
        pass | u8::from(!issuer.nearest)
    }

    /// The passes in which `child` has candidates, a bit for each.
    pub(super) fn passes(&mut self, child: usize) -> u8 {
        if let Some(passes) = self.nodes.get(child).and_then(|node| node.passes) {
            return passes;
        }
        let passes =
            self.issuers(child).fold(0u8, |all, issuer| all | (1 << self.pass(child, issuer)));
        if let Some(node) = self.nodes.get_mut(child) {
            node.passes = Some(passes);
        }
        passes
    }

    /// The first node of the same subject and the same key: the same CA, certified twice.
    pub(super) fn authority(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(node, |node| node.authority)
    }

    /// Forgets a node that leads nowhere, and what led to anchors only through it.
    pub(super) fn bury(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.dead = true;
        }
        self.survey();
    }

    fn prepare(&mut self, anchors: &TrustAnchors, now: i64) {
        for (position, (node, presented)) in
            self.nodes.iter_mut().zip(self.certificates).enumerate()
        {
            let certificate = &presented.certificate;
            let usable =
                position > 0 && count_issuer_faults(certificate, Role::Intermediate, now) == 0;
            let authority_key_id = certificate.authority_key_id();
            *node = Node {
                anchors: Named::new(anchors, certificate.issuer(), authority_key_id),
                key_ids: [certificate.subject_key_id(), authority_key_id].map(key_id),
                usable,
                self_issued: certificate.is_self_issued(),
                ..Node::default()
            };
        }
    }

    /// Finds out which names and keys are the same.
    fn classify(&mut self) {
        // With few certificates comparing is cheaper; with many, a peer could make it slow.
        let hashes = if self.len() > FEW { self.hashes() } else { Vec::new() };
        for position in 0..self.len() {
            let first = |of| self.first_with(&hashes, position, (of, of), position);
            let subject = first(SUBJECT).unwrap_or(position);
            let key = first(KEY).unwrap_or(position);
            let issuer = self.first_with(&hashes, position, (ISSUER, SUBJECT), self.len());
            let before = self.nodes.get(..position).unwrap_or_default();
            let authority =
                before.iter().position(|node| node.subject == subject && node.key == key);
            if let Some(node) = self.nodes.get_mut(position) {
                node.subject = subject;
                node.issuer = issuer;
                node.key = key;
                node.authority = authority.unwrap_or(position);
            }
        }
        // Backwards, each node becomes the head of what is left of its chain.
        for position in (0..self.len()).rev() {
            let Some(first) = self.nodes.get(position).map(|node| node.subject) else {
                continue;
            };
            let next = self.nodes.get(first).and_then(|first| first.head);
            if let Some(node) = self.nodes.get_mut(position) {
                node.next_namesake = next;
            }
            if let Some(first) = self.nodes.get_mut(first) {
                first.head = Some(position);
            }
        }
    }

    /// Of subject, issuer and key of each.
    fn hashes(&self) -> Vec<[u64; 3]> {
        let hasher = RandomState::default();
        let hashes = |one: &Presented<'_>| {
            [SUBJECT, ISSUER, KEY].map(|of| hasher.hash_one(part(&one.certificate, of)))
        };
        self.certificates.iter().map(hashes).collect()
    }

    /// The first node before `end` whose part `theirs` is the part `mine` of the one at `position`.
    fn first_with(
        &self,
        hashes: &[[u64; 3]],
        position: usize,
        (mine, theirs): (Part, Part),
        end: usize,
    ) -> Option<usize> {
        let octets = part(self.certificate(position)?, mine);
        let is_it = |other: &Presented<'_>| part(&other.certificate, theirs) == octets;
        let Some(hash) = hashes.get(position).and_then(|hashes| hashes.get(mine)) else {
            return self.certificates.iter().take(end).position(is_it);
        };
        let mut all = hashes.iter().zip(self.certificates).take(end);
        all.position(|(hashes, other)| hashes.get(theirs) == Some(hash) && is_it(other))
    }

    /// Measures how far each usable node is from an anchor, by names alone.
    ///
    /// A node that no name leads up from is passed over without being tried, so that a mesh of
    /// certificates that nobody trusts costs one walk over it.
    fn survey(&mut self) {
        for node in self.nodes.iter_mut() {
            (node.height, node.least) = (None, None);
        }
        // Each round settles one more step; no path has more than the rounds.
        for _ in 0..super::MAX_PATH {
            let mut changed = false;
            for position in 1..self.len() {
                changed |= self.measure(position);
            }
            if !changed {
                return;
            }
        }
    }

    fn measure(&mut self, position: usize) -> bool {
        let Some(node) = self.nodes.get(position).filter(|node| node.usable && !node.dead) else {
            return false;
        };
        let above = match node.anchors.is_empty() {
            false => Some(0),
            true => node.issuer.and_then(|issuer| self.nodes.get(issuer)?.least),
        };
        let height = above.map(|above| above.saturating_add(u32::from(!node.self_issued)));
        let subject = node.subject;
        // None is no way; it is never better than a way that was found.
        if height.is_none() || node.height.is_some_and(|before| Some(before) <= height) {
            return false;
        }
        if let Some(node) = self.nodes.get_mut(position) {
            node.height = height;
        }
        if let Some(first) = self.nodes.get_mut(subject) {
            first.least = match first.least {
                Some(least) => height.map(|height| height.min(least)),
                None => height,
            };
        }
        true
    }
}

impl Node {
    pub(super) const fn height(&self) -> Height {
        self.height
    }

    pub(super) const fn is_self_issued(&self) -> bool {
        self.self_issued
    }
}

/// A part of a certificate that makes edges, and the place of its hash.
type Part = usize;
const SUBJECT: Part = 0;
const ISSUER: Part = 1;
const KEY: Part = 2;

fn key_id(octets: Option<&[u8]>) -> Option<KeyId> {
    octets.map(|octets| match octets.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => octets.iter().fold(0u64, |id, octet| (id << 8) | u64::from(*octet)),
    })
}

fn part<'a>(certificate: &Certificate<'a>, part: Part) -> &'a [u8] {
    match part {
        SUBJECT => certificate.subject(),
        ISSUER => certificate.issuer(),
        _ => certificate.subject_public_key_info(),
    }
}

/// Certificates that are compared octet by octet, without hashes.
const FEW: usize = 9;
