//! Why there is no good path: the path with the fewest faults, and what they are.
//!
//! Only a refusal comes here. The nearest thing to a path is found by relaxation, not by trying
//! all paths: a cost at each certificate, a few rounds over the graph, so that the work is a
//! polynomial of what was presented whatever its shape.

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::Attempt;
use super::Issuer;
use super::Key;
use super::Steps;
use crate::anchors::TrustAnchor;
use crate::cert::Certificate;
use crate::constraints;
use crate::limits::MAX_PATH;
use crate::limits::MOST_BETWEEN;
use crate::name::DirectoryName;
use crate::profile::Role;
use crate::profile::count_issuer_faults;
use crate::profile::issuer_faults;
use crate::reason::At;
use crate::reason::Finding;
use crate::reason::MissingIssuer;
use crate::reason::Reason;
use crate::signature::SignatureFault;
use crate::signature::judge_algorithm;
use crate::signature::judge_key;

/// What is wrong with the path that has the fewest faults.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosis<'a> {
    /// Nodes from the leaf up.
    pub(crate) steps: Steps,
    /// Its anchor, if it reaches one.
    pub(crate) anchor: Option<TrustAnchor<'a>>,
    /// The anchor that bears the name of a self-signed leaf.
    earlier: Option<usize>,
    pub(crate) findings: Vec<Finding>,
}

/// Where a certificate's path goes on.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// By its index.
    Anchor(usize),
    Presented(usize),
    Nowhere,
}

/// The cost of one fault.
const FAULT: u32 = 1000;
/// The cost of an end without an anchor: a fault, and dearer than an anchor with one.
const NO_ANCHOR: u32 = FAULT + 100;
/// The cost of leaving candidates aside: more than any path's faults, so that candidates are
/// followed to where the path really ends, and circles end somewhere.
const LEFT_ASIDE: u32 = 1_000_000;
/// Names that are read in search of one that is spelled otherwise: presented ones, and anchors.
const MOST_ALIKE: usize = 32;
/// Anchors of one name that are looked at.
const MOST_ANCHORS: usize = 64;
/// Edges that are looked at, after which no further round begins but the first of each choice:
/// 8 rounds of any 128 certificates.
const MOST_EDGES: usize = 1 << 17;
/// Signatures found bad, after each of which the path is chosen anew.
const MOST_ROUNDS: usize = 8;

impl<'a> Attempt<'_, 'a> {
    /// Finds out why there is no good path, after a search that found none or met a ceiling.
    pub(crate) fn diagnose(&mut self, met_a_ceiling: bool) -> Diagnosis<'a> {
        if !met_a_ceiling {
            // What the search has spent must not make a limit of what one path costs.
            self.budget.allow_constraints_anew();
        }
        let mut edges = MOST_EDGES;
        let mut diagnosis = self.nearest_path(&mut edges);
        for _ in 0..MOST_ROUNDS {
            diagnosis.findings = self.signature_findings(&diagnosis.steps, diagnosis.anchor);
            // A bad signature may make another path the nearer one.
            let again = self.nearest_path(&mut edges);
            if again.steps.as_slice() == diagnosis.steps.as_slice()
                && index(&again.anchor) == index(&diagnosis.anchor)
            {
                break;
            }
            // Should the rounds end here, this path's bad signature is known and found again.
            diagnosis = again;
        }
        if diagnosis.findings.is_empty() {
            diagnosis.findings = self.signature_findings(&diagnosis.steps, diagnosis.anchor);
        }
        self.set_earlier_copy_apart(&mut diagnosis);
        self.add_findings(&mut diagnosis);
        diagnosis
    }

    /// A leaf that signed itself, and an anchor of its name that did not issue it or may issue
    /// nothing: the bundle has another certificate of the backend, and no CA of that name.
    fn set_earlier_copy_apart(&mut self, diagnosis: &mut Diagnosis<'a>) {
        let (Some(anchor), [leaf]) = (diagnosis.anchor, diagnosis.steps.as_slice()) else {
            return;
        };
        let has_another_key = diagnosis.findings.iter().any(|finding| {
            matches!(finding.reason(), Reason::BadSignature { .. } | Reason::UnknownIssuer(_))
        });
        let may_have_issued_it = anchor.certificate().is_ca() && !has_another_key;
        if !may_have_issued_it && self.is_self_signed(*leaf) {
            diagnosis.anchor = None;
            diagnosis.earlier = Some(anchor.index());
            diagnosis.findings.clear();
        }
    }

    /// The path with the least cost, as far as is known now; no signature is checked.
    ///
    /// At most so many edges are looked at, and what is left of them is for the next time.
    fn nearest_path(&self, edges: &mut usize) -> Diagnosis<'a> {
        let count = self.graph.len();
        let mut costs = vec![u32::MAX; count];
        let mut nexts = vec![Next::Nowhere; count];
        let faults: Vec<u32> = (0..count).map(|node| self.cost_of_node(node)).collect();
        for (node, (cost, next)) in costs.iter_mut().zip(&mut nexts).enumerate() {
            (*cost, *next) = self.cheapest_end(node);
        }
        // As many rounds as the longest path has certificates; of a mesh, a few.
        for _ in 0..count {
            let mut changed = false;
            for child in 0..count {
                for issuer in self.graph.issuers(child) {
                    *edges = edges.saturating_sub(1);
                    let (Some(above), Some(own), Some(before)) =
                        (costs.get(issuer), faults.get(issuer), costs.get(child))
                    else {
                        continue;
                    };
                    let key = Key::Presented(self.graph.key_class(issuer));
                    let bad = self.known_signature(child, key) == Some(false);
                    let cost =
                        above.saturating_add(*own).saturating_add(if bad { FAULT } else { 0 });
                    if cost < *before {
                        changed = true;
                        if let (Some(slot), Some(next)) =
                            (costs.get_mut(child), nexts.get_mut(child))
                        {
                            (*slot, *next) = (cost, Next::Presented(issuer));
                        }
                    }
                }
            }
            if !changed || *edges == 0 {
                break;
            }
        }
        self.follow(&nexts)
    }

    fn follow(&self, nexts: &[Next]) -> Diagnosis<'a> {
        let mut steps = Steps::default();
        let mut anchor = None;
        let mut node = 0usize;
        // Costs fall along the path, so that it does not come back; the array bounds it anyway.
        for _ in 0..MAX_PATH {
            steps.push(node);
            match nexts.get(node) {
                Some(Next::Presented(issuer)) => node = *issuer,
                Some(Next::Anchor(index)) => {
                    anchor = self.anchors.get(*index);
                    break;
                }
                Some(Next::Nowhere) | None => break,
            }
        }
        Diagnosis { steps, anchor, earlier: None, findings: Vec::new() }
    }

    /// The faults that a certificate has as an issuer, whatever the path.
    fn cost_of_node(&self, node: usize) -> u32 {
        let Some(certificate) = self.graph.certificate(node) else {
            return FAULT;
        };
        FAULT
            .saturating_mul(count_issuer_faults(certificate, Role::Intermediate, self.now))
            // An unlikely candidate loses against a likely one with as many faults.
            .saturating_add(1)
    }

    /// The cheapest way to end a path at this certificate: at an anchor, or without one.
    fn cheapest_end(&self, node: usize) -> (u32, Next) {
        let mut named = self.graph.anchors(node);
        // Whatever is wrong with those that bear the issuer's name, they are not missing.
        let has_issuer = self.graph.first_issuer(node).is_some() || !named.is_empty();
        let mut cheapest = (if has_issuer { LEFT_ASIDE } else { NO_ANCHOR }, Next::Nowhere);
        let Some(issuer) = self.graph.certificate(node).map(Certificate::issuer) else {
            return cheapest;
        };
        for _ in 0..MOST_ANCHORS {
            let Some(anchor) = named.next(self.anchors, issuer) else {
                break;
            };
            let faults = count_issuer_faults(anchor.certificate(), Role::Anchor, self.now);
            let bad = self.known_signature(node, Key::Anchor(anchor.index())) == Some(false);
            let cost = FAULT.saturating_mul(faults.saturating_add(u32::from(bad)));
            if cost < cheapest.0 {
                cheapest = (cost, Next::Anchor(anchor.index()));
            }
        }
        cheapest
    }

    /// Checks the signatures from the anchor down, as far as the budget goes and they are good:
    /// below a bad one, no key is to be trusted.
    fn signature_findings(
        &mut self,
        steps: &Steps,
        anchor: Option<TrustAnchor<'a>>,
    ) -> Vec<Finding> {
        let Some(anchor) = anchor else {
            return Vec::new();
        };
        let mut issuer = Issuer::Anchor(anchor.index());
        for node in steps.as_slice().iter().rev() {
            match self.is_signed(*node, issuer) {
                Ok(Ok(())) => issuer = Issuer::Presented(*node),
                Ok(Err(fault)) => return vec![self.signature_finding(*node, issuer, fault)],
                // The search met the same limit, or this is beyond what it had left.
                Err(exceeded) => return vec![Finding::new(exceeded.into(), self.at(*node))],
            }
        }
        Vec::new()
    }

    fn signature_finding(&self, node: usize, issuer: Issuer, fault: SignatureFault) -> Finding {
        let at = self.at(node);
        let issuer_at = match issuer {
            Issuer::Anchor(index) => At::Anchor(index),
            Issuer::Presented(node) => self.at(node),
        };
        let in_words = match fault {
            SignatureFault::Algorithm => self.algorithm_finding(self.graph.certificate(node), at),
            SignatureFault::Key => {
                let certificate = match issuer {
                    Issuer::Anchor(index) => self.anchors.get(index).map(|one| *one.certificate()),
                    Issuer::Presented(node) => self.graph.certificate(node).copied(),
                };
                self.key_finding(certificate.as_ref(), issuer_at)
            }
            SignatureFault::Bad => None,
        };
        match (in_words, issuer) {
            (Some(finding), _) => finding,
            // Without key identifiers that say the anchor has the right key, the likelier cause
            // is another key under the same name: a CA that was made anew.
            (None, Issuer::Anchor(anchor)) if !self.has_key_id(node, anchor) => {
                let missing = MissingIssuer::OtherKey { anchor };
                Finding::new(Reason::UnknownIssuer(missing), at)
            }
            (None, _) => Finding::new(Reason::BadSignature { issuer: issuer_at }, at),
        }
    }

    fn algorithm_finding(&self, certificate: Option<&Certificate<'a>>, at: At) -> Option<Finding> {
        let reason = judge_algorithm(certificate?, self.algorithms).err()?;
        Some(Finding::new(reason, at))
    }

    fn key_finding(&self, certificate: Option<&Certificate<'a>>, at: At) -> Option<Finding> {
        let fault = judge_key(certificate?, self.algorithms).err()?;
        Some(Finding::new(Reason::UnsupportedPublicKey(fault), at))
    }

    /// What is wrong with the algorithms and the keys of a path, whatever they signed.
    fn algorithm_findings(&self, path: &[usize], anchor: Option<TrustAnchor<'a>>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for node in path {
            findings.extend(self.algorithm_finding(self.graph.certificate(*node), self.at(*node)));
        }
        for node in path.iter().skip(1) {
            findings.extend(self.key_finding(self.graph.certificate(*node), self.at(*node)));
        }
        if let Some(anchor) = anchor {
            let at = At::Anchor(anchor.index());
            findings.extend(self.key_finding(Some(anchor.certificate()), at));
        }
        findings
    }

    /// Whether the certificate says that the anchor's key is its issuer's.
    fn has_key_id(&self, node: usize, anchor: usize) -> bool {
        let wanted = self.graph.certificate(node).and_then(Certificate::authority_key_id);
        let anchor = self.anchors.get(anchor);
        wanted.is_some() && wanted == anchor.and_then(|one| one.certificate().subject_key_id())
    }

    /// What is wrong with the path beside its signatures.
    fn add_findings(&mut self, diagnosis: &mut Diagnosis<'a>) {
        let steps = diagnosis.steps;
        let path = steps.as_slice();
        let mut findings = core::mem::take(&mut diagnosis.findings);
        let signatures_are_good = findings.is_empty();
        findings.extend(self.algorithm_findings(path, diagnosis.anchor));
        let mut counted = 0u32;
        for node in path.iter().skip(1) {
            let Some(presented) = self.graph.presented(*node).copied() else {
                continue;
            };
            let (certificate, at) = (&presented.certificate, At::Certificate(presented.index));
            if let Err(malformed) = certificate.check_names() {
                findings.push(Finding::new(malformed.into(), at));
            }
            let faults = issuer_faults(certificate, Role::Intermediate, self.now);
            findings.extend(faults.map(|reason| Finding::new(reason, at)));
            findings.extend(path_length_finding(certificate, counted, at));
            counted = counted.saturating_add(u32::from(!certificate.is_self_issued()));
        }
        match diagnosis.anchor {
            Some(anchor) => {
                let at = At::Anchor(anchor.index());
                let faults = issuer_faults(anchor.certificate(), Role::Anchor, self.now);
                findings.extend(faults.map(|reason| Finding::new(reason, at)));
                findings.extend(path_length_finding(anchor.certificate(), counted, at));
                // Names below a bad signature are anybody's: they are not worth the comparison.
                if signatures_are_good {
                    self.add_constraint_findings(&steps, &anchor, &mut findings);
                }
            }
            // It goes on, and is too long.
            None if path.len() >= MAX_PATH => {}
            None => {
                let last = path.last().copied();
                findings.extend(last.map(|node| self.missing_issuer(node, diagnosis.earlier)));
            }
        }
        let limit = self.limits.intermediates.min(MOST_BETWEEN);
        if counted > limit || path.len() >= MAX_PATH {
            // Self-issued certificates count for the length of an array only.
            let limit = if counted > limit { limit } else { MOST_BETWEEN };
            findings.push(Finding::new(Reason::PathTooLong { limit }, At::Certificate(0)));
        }
        diagnosis.findings = findings;
    }

    fn add_constraint_findings(
        &mut self,
        steps: &Steps,
        anchor: &TrustAnchor<'a>,
        findings: &mut Vec<Finding>,
    ) {
        let path = steps.as_slice();
        path.iter().for_each(|node| self.graph.count_names(*node));
        for position in 1..=path.len() {
            let presented = path.get(position).and_then(|node| self.graph.presented(*node));
            let (certificate, by) = match presented {
                Some(presented) => (&presented.certificate, At::Certificate(presented.index)),
                None => (anchor.certificate(), At::Anchor(anchor.index())),
            };
            let Ok(Some(names)) = certificate.name_constraints() else {
                continue;
            };
            let below = self.graph.below(steps, position);
            let mut report = |finding: &dyn Fn() -> Finding| findings.push(finding());
            let judged = constraints::check(&names, by, below, &mut self.budget, &mut report);
            if let Err(exceeded) = judged {
                findings.push(Finding::new(exceeded.into(), by));
            }
        }
    }

    /// Why the path goes no further than this certificate.
    fn missing_issuer(&mut self, node: usize, earlier: Option<usize>) -> Finding {
        let missing = if self.is_self_signed(node) || self.seems_self_signed(node) {
            MissingIssuer::SelfSigned { earlier }
        } else if self.graph.first_issuer(node).is_some() {
            MissingIssuer::NoPath
        } else if let Some(at) = self.spelled_otherwise(node) {
            MissingIssuer::OtherSpelling { at }
        } else {
            MissingIssuer::NoSuchName
        };
        Finding::new(Reason::UnknownIssuer(missing), self.at(node))
    }

    /// A certificate whose name reads like the issuer's, but for blanks and the case of ASCII letters.
    fn spelled_otherwise(&self, node: usize) -> Option<At> {
        let read = |name: Option<DirectoryName<'_>>| {
            let mut words = String::new();
            for word in name?.to_string().to_ascii_lowercase().split_ascii_whitespace() {
                words.push(' ');
                words.push_str(word);
            }
            Some(words)
        };
        let wanted = read(self.graph.certificate(node)?.issuer_name())?;
        let presented = (1..self.graph.len()).filter_map(|node| self.graph.presented(node));
        let presented =
            presented.map(|one| (one.certificate.subject_name(), At::Certificate(one.index)));
        let anchors = self.anchors.iter();
        let anchors =
            anchors.map(|anchor| (anchor.certificate().subject_name(), At::Anchor(anchor.index())));
        let mut alike = presented.take(MOST_ALIKE).chain(anchors.take(MOST_ALIKE));
        alike.find(|(name, _)| read(*name).as_ref() == Some(&wanted)).map(|(_, at)| at)
    }

    /// Its own name as issuer is not enough: a CA and its leaf may bear the same name by mistake.
    fn is_self_signed(&mut self, node: usize) -> bool {
        self.graph.certificate(node).is_some_and(Certificate::is_self_issued)
            && matches!(self.is_signed(node, Issuer::Presented(node)), Ok(Ok(())))
    }

    /// Self-issued, with a key or an algorithm that is not accepted, and nobody else of that name.
    fn seems_self_signed(&mut self, node: usize) -> bool {
        self.graph.certificate(node).is_some_and(Certificate::is_self_issued)
            && self.graph.first_issuer(node).is_none()
            && self.graph.anchors(node).is_empty()
            && !matches!(
                self.is_signed(node, Issuer::Presented(node)),
                Ok(Err(SignatureFault::Bad)) | Err(_)
            )
    }

    fn at(&self, node: usize) -> At {
        At::Certificate(self.graph.presented(node).map_or(0, |presented| presented.index))
    }
}

fn path_length_finding(certificate: &Certificate<'_>, below: u32, at: At) -> Option<Finding> {
    let limit = certificate.path_length().filter(|limit| below > *limit)?;
    Some(Finding::new(Reason::PathLengthExceeded { limit, below }, at))
}

fn index(anchor: &Option<TrustAnchor<'_>>) -> Option<usize> {
    anchor.as_ref().map(TrustAnchor::index)
}
