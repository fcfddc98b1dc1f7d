//! The search for a good path: up from the leaf, likeliest issuers first, back when it fails.

use core::ops::ControlFlow;

use super::Attempt;
use super::Found;
use super::Issuer;
use super::Judgement;
use super::Key;
use super::Steps;
use crate::anchors::Named;
use crate::anchors::TrustAnchor;
use crate::cert::Certificate;
use crate::constraints;
use crate::constraints::Violation;
use crate::limits::Exceeded;
use crate::limits::MAX_PATH;
use crate::profile::Role;
use crate::profile::count_issuer_faults;
use crate::reason::At;

/// One certificate of the path that is being tried, and how far its issuers have been tried.
#[derive(Clone, Copy, Debug)]
struct Frame {
    node: usize,
    /// The CA that it is a certificate of.
    authority: usize,
    /// CA certificates so far, this one included; self-issued ones are not counted.
    counted: u32,
    anchors: Named,
    /// Candidates come in passes, by likeliness.
    pass: u8,
    /// The next node to look at in this pass.
    next: Option<usize>,
    /// The lowest place in the path that a failure above here depended on.
    depends: usize,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            node: 0,
            authority: 0,
            counted: 0,
            anchors: Named::default(),
            pass: 0,
            next: None,
            depends: NOTHING,
        }
    }
}

/// A failure that depends on nothing below; the leaf, which is on every path, is nothing.
const NOTHING: usize = usize::MAX;

/// A failure that depends on how many certificates are below: those from this place on.
const FIRST_CA: usize = 1;

/// Three degrees of likeliness, in each the nearest to an anchor first.
const PASSES: u8 = 6;

/// Certificates of which most servers send no more: less to write costs less.
const FEW: usize = 4;

/// Why a complete path is not good, and where to go on.
enum Setback {
    /// With the next issuer of the certificate at `to`.
    Return { to: usize, depends: usize },
    /// The certificate at this place can be on no path.
    Dead { position: usize },
}

impl<'a> Attempt<'_, 'a> {
    /// Searches a path that nothing is wrong with.
    pub(crate) fn search(&mut self) -> Result<Option<Found>, Exceeded> {
        // No path has more certificates than are presented, and its anchor.
        match self.graph.len() <= FEW {
            true => self.search_in(&mut [Frame::default(); FEW]),
            false => self.search_in(&mut [Frame::default(); MAX_PATH - 1]),
        }
    }

    fn search_in(&mut self, frames: &mut [Frame]) -> Result<Option<Found>, Exceeded> {
        let mut top = 0usize;
        if let Some(leaf) = frames.first_mut() {
            leaf.anchors = self.graph.anchors(0);
            leaf.next = self.graph.first_issuer(0);
        }
        loop {
            match self.try_anchors(frames, top)? {
                ControlFlow::Break(found) => return Ok(Some(found)),
                ControlFlow::Continue(Some(lower)) => {
                    top = lower;
                    continue;
                }
                ControlFlow::Continue(None) => {}
            }
            if let Some(next) = self.next_frame(frames, top)? {
                top = top.saturating_add(1);
                if let Some(frame) = frames.get_mut(top) {
                    *frame = next;
                }
                continue;
            }
            // All issuers failed. The leaf's failure is the search's.
            let Some(frame) = frames.get(top).copied().filter(|_| top > 0) else {
                return Ok(None);
            };
            if frame.depends >= top {
                self.graph.bury(frame.node);
            }
            top = top.saturating_sub(1);
            if let Some(below) = frames.get_mut(top) {
                below.depends = below.depends.min(frame.depends);
            }
        }
    }

    /// Tries the anchors that bear the name of the top certificate's issuer.
    ///
    /// Continues with the frame to go back to, if a lower certificate failed.
    fn try_anchors(
        &mut self,
        frames: &mut [Frame],
        top: usize,
    ) -> Result<ControlFlow<Found, Option<usize>>, Exceeded> {
        let Some(frame) = frames.get(top).filter(|frame| !frame.anchors.is_done()) else {
            return Ok(ControlFlow::Continue(None));
        };
        let Some(issuer) = self.graph.certificate(frame.node).map(Certificate::issuer) else {
            return Ok(ControlFlow::Continue(None));
        };
        let mut cursor = frame.anchors;
        while let Some(anchor) = cursor.next(self.anchors, issuer) {
            self.budget.spend_candidate()?;
            let outcome = match self.refuse_anchor(&anchor, frames, top) {
                Some(depends) => Err(Setback::Return { to: top, depends }),
                None => self.judge(&steps(frames, top), &anchor)?,
            };
            let (to, depends) = match outcome {
                Ok(()) => {
                    let (steps, anchor) = (steps(frames, top), anchor.index());
                    return Ok(ControlFlow::Break(Found { steps, anchor }));
                }
                Err(Setback::Return { to, depends }) => (to, depends),
                Err(Setback::Dead { position }) => {
                    if let Some(frame) = frames.get(position) {
                        self.graph.bury(frame.node);
                    }
                    (position.saturating_sub(1), NOTHING)
                }
            };
            if let Some(frame) = frames.get_mut(to) {
                frame.depends = frame.depends.min(depends);
            }
            if to < top {
                return Ok(ControlFlow::Continue(Some(to)));
            }
        }
        if let Some(frame) = frames.get_mut(top) {
            frame.anchors = cursor;
        }
        Ok(ControlFlow::Continue(None))
    }

    /// Whether the anchor cannot end this path, and what that depends on.
    fn refuse_anchor(
        &mut self,
        anchor: &TrustAnchor<'a>,
        frames: &[Frame],
        top: usize,
    ) -> Option<usize> {
        let frame = frames.get(top)?;
        let certificate = anchor.certificate();
        self.window.narrow(certificate.validity(), self.now);
        if count_issuer_faults(certificate, Role::Anchor, self.now) > 0 {
            return Some(NOTHING);
        }
        let key = Key::Anchor(anchor.index());
        if self.known_signature(frame.node, key) == Some(false) {
            return Some(NOTHING);
        }
        if certificate.has_name_constraints() {
            let below = frames.iter().take(top.saturating_add(1));
            let violated = self.first_violating(below, key);
            if violated.is_some() {
                return violated;
            }
        }
        // 6.1.4 (l), (m): held by anchors too.
        let limit = certificate.path_length();
        limit.is_some_and(|limit| frame.counted > limit).then_some(FIRST_CA)
    }

    /// What it depends on that one of these is known to violate the constraints of `key`.
    fn first_violating<'f>(
        &self,
        below: impl Iterator<Item = &'f Frame>,
        key: Key,
    ) -> Option<usize> {
        let mut below = below.enumerate();
        below
            .find(|(_, frame)| self.known_constraint(frame.node, key) == Some(false))
            .map(|(place, _)| depends_on_name_at(place))
    }

    /// The next certificate to try above the top one.
    fn next_frame(&mut self, frames: &mut [Frame], top: usize) -> Result<Option<Frame>, Exceeded> {
        let Some(mut frame) = frames.get(top).copied() else {
            return Ok(None);
        };
        let passes = self.graph.passes(frame.node);
        let mut chosen = None;
        while chosen.is_none() && frame.pass < PASSES {
            let has_any = passes & (1 << frame.pass) != 0;
            let Some(candidate) = frame.next.filter(|_| has_any) else {
                frame.pass = frame.pass.saturating_add(1);
                frame.next = self.graph.first_issuer(frame.node);
                continue;
            };
            frame.next = self.graph.next_issuer(frame.node, candidate);
            if self.graph.pass(frame.node, candidate) != frame.pass {
                continue;
            }
            self.budget.spend_candidate()?;
            chosen = match self.refuse_candidate(frames, top, candidate) {
                Some(depends) => {
                    frame.depends = frame.depends.min(depends);
                    None
                }
                None => Some(candidate),
            };
        }
        if let Some(slot) = frames.get_mut(top) {
            *slot = frame;
        }
        Ok(chosen.map(|node| {
            let counts = self.graph.node(node).is_some_and(|node| !node.is_self_issued());
            Frame {
                node,
                authority: self.graph.authority(node),
                counted: frame.counted.saturating_add(u32::from(counts)),
                anchors: self.graph.anchors(node),
                next: self.graph.first_issuer(node),
                ..Frame::default()
            }
        }))
    }

    /// Whether the candidate cannot stand above the top certificate, and what that depends on.
    ///
    /// What is known to be wrong is asked here, and not on the way down from an anchor: so each
    /// path that is judged and refused has taught something new.
    fn refuse_candidate(&self, frames: &[Frame], top: usize, candidate: usize) -> Option<usize> {
        let frame = frames.get(top)?;
        let node = self.graph.node(candidate)?;
        // Not usable, dead, or without a way up by names.
        let Some(height) = node.height() else {
            return Some(NOTHING);
        };
        if self.is_known_unsigned(frame.node, Key::Presented(self.graph.key_class(candidate))) {
            return Some(NOTHING);
        }
        // The path comes back to an authority that is on it: what is between is a detour, and
        // only makes the path longer. RFC 5280 6.1 (a path holds no certificate twice). The leaf
        // issues nothing, so that no CA is a detour to it.
        let authority = self.graph.authority(candidate);
        let on_path = frames.iter().take(top.saturating_add(1)).skip(1);
        let on_path = on_path.enumerate().find(|(_, below)| below.authority == authority);
        if let Some((position, _)) = on_path {
            return Some(position.saturating_add(1));
        }
        if node.is_violated {
            let below = frames.iter().take(top.saturating_add(1));
            let violated = self.first_violating(below, Key::Presented(candidate));
            if violated.is_some() {
                return violated;
            }
        }
        let too_long = frame.counted.saturating_add(height) > self.limits.intermediates
            || top.saturating_add(1) >= frames.len();
        // 6.1.4 (l), (m): the certificates below, self-issued ones not counted.
        let path_length = self.graph.certificate(candidate).and_then(Certificate::path_length);
        let too_many_below = path_length.is_some_and(|limit| frame.counted > limit);
        (too_long || too_many_below).then_some(FIRST_CA)
    }

    /// Judges a path that has reached an anchor: signatures from the anchor down, then the names
    /// of every certificate under the constraints of every CA above it.
    fn judge(
        &mut self,
        steps: &Steps,
        anchor: &TrustAnchor<'a>,
    ) -> Result<Result<(), Setback>, Exceeded> {
        self.completed = self.completed.saturating_add(1);
        let path = steps.as_slice();
        let top = path.len().saturating_sub(1);
        let mut issuer = Issuer::Anchor(anchor.index());
        for (position, node) in path.iter().enumerate().rev() {
            if self.is_signed(*node, issuer)?.is_err() {
                return Ok(Err(Setback::Return { to: position, depends: NOTHING }));
            }
            issuer = Issuer::Presented(*node);
        }
        // Only now is it worth reading what may be long; the leaf's was read first of all.
        for (position, node) in path.iter().enumerate().skip(1) {
            if !self.graph.has_good_names(*node, &mut self.budget)? {
                return Ok(Err(Setback::Dead { position }));
            }
        }
        let by = (At::Anchor(anchor.index()), Key::Anchor(anchor.index()));
        if let Err(setback) = self.constrain(steps, path.len(), anchor.certificate(), by)? {
            // Another anchor may do, for the same path.
            let depends = match setback {
                Setback::Return { depends, .. } => depends,
                Setback::Dead { .. } => NOTHING,
            };
            return Ok(Err(Setback::Return { to: top, depends }));
        }
        for (position, node) in path.iter().enumerate().skip(1).rev() {
            let Some(presented) = self.graph.presented(*node) else {
                continue;
            };
            let by = (At::Certificate(presented.index), Key::Presented(*node));
            if let Err(setback) = self.constrain(steps, position, &presented.certificate, by)? {
                return Ok(Err(setback));
            }
        }
        Ok(Ok(()))
    }

    /// Holds the certificates below `position` against the constraints of the CA there. What one
    /// certificate says of another is asked once.
    fn constrain(
        &mut self,
        steps: &Steps,
        position: usize,
        certificate: &Certificate<'a>,
        (by, key): (At, Key),
    ) -> Result<Result<(), Setback>, Exceeded> {
        if !certificate.has_name_constraints() {
            return Ok(Ok(()));
        }
        // Another CA must stand in its place, for as long as that name is below: for good, if it
        // is the leaf's.
        let violated = |place: usize| Setback::Return {
            to: position.saturating_sub(1),
            depends: depends_on_name_at(place),
        };
        let below = steps.as_slice().get(..position).unwrap_or_default();
        for (place, node) in below.iter().enumerate() {
            self.graph.count_names(*node);
            if self.known_constraint(*node, key) == Some(false) {
                return Ok(Err(violated(place)));
            }
        }
        let (graph, checked) = (&self.graph, &self.checked);
        let unknown = graph.below(steps, position).filter(move |below| {
            let node = steps.as_slice().get(below.position).copied().unwrap_or_default();
            let last = graph.node(node).and_then(|node| node.last_judgement);
            checked.find(node, last, key, Judgement::Constraints).is_none()
        });
        if unknown.clone().next().is_none() {
            return Ok(Ok(()));
        }
        // Read before: neither fails. Paid for in `check`.
        let Some(names) = certificate.checked_constraints() else {
            return Ok(Err(Setback::Dead { position }));
        };
        let judged = constraints::check(&names, by, unknown, &mut self.budget, &mut |_| {})?;
        let bad = match judged {
            Ok(()) => None,
            Err(Violation::Always) => return Ok(Err(Setback::Dead { position })),
            Err(Violation::Name { position }) => Some(position),
        };
        for (place, node) in below.iter().enumerate() {
            // After the bad one nothing was judged.
            if bad.is_none_or(|bad| place <= bad) && self.known_constraint(*node, key).is_none() {
                self.remember(*node, key, Judgement::Constraints, bad != Some(place));
            }
        }
        if let (Some(_), Key::Presented(node)) = (bad, key) {
            if let Some(node) = self.graph.node_mut(node) {
                node.is_violated = true;
            }
        }
        Ok(match bad {
            None => Ok(()),
            Some(place) => Err(violated(place)),
        })
    }
}

/// What a failure depends on that is due to the names of the certificate at this place.
const fn depends_on_name_at(place: usize) -> usize {
    if place == 0 { NOTHING } else { place }
}

fn steps(frames: &[Frame], top: usize) -> Steps {
    let mut steps = Steps::default();
    for frame in frames.iter().take(top.saturating_add(1)) {
        steps.push(frame.node);
    }
    steps
}
