//! How a path from the leaf to an anchor is searched (RFC 5280 6.1 leaves that open, RFC 4158).
//!
//! The search knows no rules: it asks `profile`, `signature` and `constraints`. Presented
//! certificates come in any order, with strangers, copies, loops and the root among them. It goes
//! up from the leaf, and judges the signatures of a complete path from the anchor down, so that
//! no key is used before its own certificate is verified.
//!
//! What keeps it from running away:
//! * a name that leads to no anchor is never followed ([`Graph::survey`]);
//! * no signature is checked twice, and no name held twice against a constraint ([`Checked`]);
//! * a certificate that fails for causes at it or above it is not tried again; one whose failure
//!   depends on what lies below it (loops, path lengths, names) may be, so
//! * every candidate and every signature is counted by [`Budget`].

use crate::anchors::TrustAnchors;
use crate::cert::Certificate;
use crate::constraints::Below;
use crate::limits::Budget;
use crate::limits::Exceeded;
use crate::limits::Limits;
use crate::limits::MAX_PATH;
use crate::reason::At;
use crate::signature::Algorithms;
use crate::signature::Check;
use crate::signature::SignatureFault;
use crate::signature::Signed;
use crate::signature::only_fitting;
use crate::signature_cache::SignatureCache;
use crate::time::Window;

mod checked;
mod diagnosis;
mod graph;
mod search;

use checked::Checked;
use checked::Judgement;
use graph::Graph;

pub(crate) use diagnosis::Diagnosis;
pub(crate) use graph::Node;

/// What a search writes into, so that it need not allocate.
#[derive(Debug)]
pub(crate) struct Scratch<'s> {
    /// As many as certificates.
    pub(crate) nodes: &'s mut [Node],
    /// All zero, of [`table_size`](Attempt::table_size).
    pub(crate) table: &'s mut [u8],
}

/// What a search looks at, and what it has done so far.
#[derive(Debug)]
pub(crate) struct Attempt<'s, 'a> {
    graph: Graph<'s, 'a>,
    anchors: &'a TrustAnchors,
    algorithms: Algorithms,
    limits: Limits,
    now: i64,
    budget: Budget,
    /// The signatures that were checked, and the constraints that certificates were held against.
    checked: Checked<'s>,
    /// Paths that reached an anchor and were judged.
    completed: u32,
    /// When every judgement so far would have been the same.
    window: Window,
    /// Signatures that were verified for others.
    signatures: Option<&'s SignatureCache>,
    /// A signature was verified that was not among them.
    has_news: bool,
}

impl<'s, 'a> Attempt<'s, 'a> {
    /// Prepares to search among `certificates`, the leaf first.
    pub(crate) fn new(
        certificates: &'s [Presented<'a>],
        Scratch { nodes, table }: Scratch<'s>,
        anchors: &'a TrustAnchors,
        algorithms: Algorithms,
        limits: Limits,
        signatures: Option<&'s SignatureCache>,
        now: i64,
    ) -> Self {
        Self {
            graph: Graph::new(certificates, nodes, anchors, now),
            anchors,
            algorithms,
            limits,
            now,
            budget: Budget::new(limits),
            checked: Checked::new(certificates.len(), table),
            completed: 0,
            window: Window::ALWAYS,
            signatures,
            has_news: false,
        }
    }

    /// The octets of scratch for so many certificates.
    pub(crate) const fn table_size(certificates: usize) -> usize {
        Checked::size(certificates)
    }

    /// The seconds in which this search would have gone the same way: no presented certificate,
    /// and no anchor that was tried, becomes good or bad in them.
    pub(crate) fn window(&self) -> Window {
        let mut window = self.window;
        for presented in self.graph.all() {
            window.narrow(presented.certificate.validity(), self.now);
        }
        window
    }

    /// Keeps the signatures of CA certificates on a path that was accepted.
    pub(crate) fn keep_signatures(&self, found: &Found) {
        let Some(signatures) = self.signatures.filter(|_| self.has_news) else { return };
        let Some(anchor) = self.anchors.get(found.anchor) else { return };
        let mut issuer = anchor.certificate();
        for node in found.steps.as_slice().iter().skip(1).rev() {
            let Some(certificate) = self.graph.certificate(*node) else { return };
            if let Some(algorithm) = only_fitting(certificate, issuer, self.algorithms) {
                if certificate.is_ca() {
                    signatures.keep(certificate, issuer, algorithm);
                }
            }
            issuer = certificate;
        }
    }

    /// Paths that reached an anchor and were judged.
    pub(crate) const fn completed(&self) -> u32 {
        self.completed
    }

    /// What was judged of the signature of `child` under this key, if anything.
    fn known_signature(&self, child: usize, key: Key) -> Option<bool> {
        self.known(child, key, Judgement::Signature)
    }

    /// What was judged of the names of `child` under these constraints, if anything.
    fn known_constraint(&self, child: usize, key: Key) -> Option<bool> {
        self.known(child, key, Judgement::Constraints)
    }

    /// Whether it is known that this key cannot have signed `child`, or is not accepted.
    fn is_known_unsigned(&self, child: usize, key: Key) -> bool {
        self.known_signature(child, key) == Some(false)
            || self.known(child, key, Judgement::Algorithm) == Some(false)
    }

    fn known(&self, child: usize, key: Key, judgement: Judgement) -> Option<bool> {
        self.checked.find(child, self.graph.node(child)?.last_judgement, key, judgement)
    }

    fn remember(&mut self, child: usize, key: Key, judgement: Judgement, good: bool) {
        if let Some(node) = self.graph.node_mut(child) {
            let last = node.last_judgement;
            node.last_judgement = self.checked.remember(child, last, key, judgement, good);
        }
    }

    /// Whether the key of `issuer` made the signature of the certificate of `child`.
    fn is_signed(
        &mut self,
        child: usize,
        issuer: Issuer,
    ) -> Result<Result<(), SignatureFault>, Exceeded> {
        let (anchor, key) = match issuer {
            Issuer::Anchor(index) => (self.anchors.get(index), Key::Anchor(index)),
            Issuer::Presented(node) => (None, Key::Presented(self.graph.key_class(node))),
        };
        let certificate = match (&anchor, issuer) {
            (Some(anchor), _) => Some(anchor.certificate()),
            (None, Issuer::Presented(node)) => self.graph.certificate(node),
            (None, Issuer::Anchor(_)) => None,
        };
        let (Some(child_certificate), Some(certificate)) =
            (self.graph.certificate(child), certificate)
        else {
            return Ok(Err(SignatureFault::Bad));
        };
        if let Some(good) = self.known_signature(child, key) {
            return Ok(if good { Ok(()) } else { Err(SignatureFault::Bad) });
        }
        let check = match Check::new(child_certificate, certificate, self.algorithms) {
            Ok(check) => check,
            Err(fault) => {
                // Anchors of one name may be many, and to look for one among them costs more than
                // this did.
                if let Key::Presented(_) = key {
                    self.remember(child, key, Judgement::Algorithm, false);
                }
                return Ok(Err(fault));
            }
        };
        let signed = check.run(self.algorithms, &mut self.budget, self.signatures)?;
        self.has_news |= signed == Signed::Now && child_certificate.is_ca();
        let good = signed != Signed::Not;
        self.remember(child, key, Judgement::Signature, good);
        Ok(if good { Ok(()) } else { Err(SignatureFault::Bad) })
    }
}

/// Who may have signed.
#[derive(Clone, Copy, Debug)]
enum Issuer {
    /// An anchor, by its index.
    Anchor(usize),
    /// A node of the graph.
    Presented(usize),
}

/// A key, to remember what it signed: certificates that share a key share it. Of constraints,
/// the certificate that has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Anchor(usize),
    /// The first node that has the key; of constraints, the node.
    Presented(usize),
}

/// A presented certificate, and which one it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presented<'a> {
    pub(crate) certificate: Certificate<'a>,
    /// 0 is the leaf, N the Nth of the others.
    pub(crate) index: usize,
}

/// A good path: nodes from the leaf up, then an anchor, by its index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) steps: Steps,
    pub(crate) anchor: usize,
}

/// Nodes from the leaf up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steps {
    nodes: [usize; MAX_PATH],
    count: usize,
}

impl Steps {
    fn push(&mut self, node: usize) {
        if let Some(slot) = self.nodes.get_mut(self.count) {
            *slot = node;
            self.count = self.count.saturating_add(1);
        }
    }

    pub(crate) fn as_slice(&self) -> &[usize] {
        self.nodes.get(..self.count).unwrap_or_default()
    }
}

impl<'s, 'a> Graph<'s, 'a> {
    /// The certificates of a path below `position` that constraints are about (6.1.3 b): all but
    /// the self-issued, and the leaf in any case.
    fn below<'g>(
        &'g self,
        steps: &'g Steps,
        position: usize,
    ) -> impl Iterator<Item = Below<'g, 'a>> + Clone {
        steps.as_slice().iter().enumerate().take(position).filter_map(move |(position, node)| {
            let presented = self.presented(*node)?;
            let certificate = &presented.certificate;
            (position == 0 || !certificate.is_self_issued()).then_some(Below {
                certificate,
                names: self.names(*node),
                at: At::Certificate(presented.index),
                position,
            })
        })
    }
}
