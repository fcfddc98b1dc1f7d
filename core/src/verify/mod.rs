//! The front door: a policy, and one question about a chain.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::UnixTime;

use crate::anchors::TrustAnchor;
use crate::anchors::TrustAnchors;
use crate::cert::Certificate;
use crate::intermediates::Intermediates;
use crate::limits::Exceeded;
use crate::limits::Limits;
#[cfg(feature = "std")]
use crate::memory::Memory;
use crate::name::ExpectedNames;
use crate::name::ReferenceName;
use crate::path::Attempt;
use crate::path::Diagnosis;
use crate::path::Found;
use crate::path::Node;
use crate::path::Presented;
use crate::path::Scratch;
use crate::profile::LeafTrust;
use crate::profile::leaf_faults;
use crate::reason::At;
use crate::reason::Finding;
use crate::reason::MissingIssuer;
use crate::reason::Reason;
use crate::signature::Algorithms;
use crate::signature_cache::SignatureCache;
#[cfg(feature = "std")]
use crate::slots::MemoryReport;
#[cfg(feature = "std")]
use crate::slots::MemorySize;
use crate::time::Window;
use crate::verdict::Circumstances;
use crate::verdict::Described;
use crate::verdict::Rejection;
use crate::verdict::Verified;

mod builder;
mod digest;

pub use builder::VerifierBuilder;

/// Decides whether chains satisfy one policy. Cheap to clone, safe to share.
///
/// ```no_run
/// use lastmile::{ExpectedNames, TrustAnchors, Verifier};
/// # fn handshake() -> (Vec<u8>, Vec<Vec<u8>>) { unimplemented!() }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let bundle = Vec::new();
/// # let (leaf, intermediates) = handshake();
/// # let now = rustls_pki_types::UnixTime::now();
/// let anchors = TrustAnchors::from_pem(&bundle)?;
/// let verifier = Verifier::builder(anchors, ExpectedNames::dns("backend.example.com")?).build();
///
/// let verified = verifier.verify(&leaf, &intermediates, now)?;
/// println!("{} until {:?}", verified.name(), verified.valid_until());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    policy: Arc<Policy>,
    /// Signatures that were verified before, for this verifier and others.
    signatures: Option<SignatureCache>,
    /// Chains that this verifier has accepted.
    #[cfg(feature = "std")]
    memory: Option<Arc<Memory>>,
}

struct Policy {
    anchors: TrustAnchors,
    names: ExpectedNames,
    algorithms: Algorithms,
    limits: Limits,
    digest: [u8; 32],
}

impl Verifier {
    /// Decides whether the chain satisfies the policy at `now`.
    ///
    /// `leaf` is the first certificate of the handshake, `intermediates` are the others in any
    /// order; strangers and the root may be among them. Both are DER.
    ///
    /// The accept path allocates nothing for up to 8 intermediates and 32 constraining subtrees, but
    /// to put what is new into a [memory](Self::with_memory) or a
    /// [cache](Self::with_signature_cache).
    ///
    /// # Errors
    /// The chain is refused; the [`Rejection`] says why, and where.
    pub fn verify<'a, T: AsRef<[u8]>>(
        &'a self,
        leaf: &'a [u8],
        intermediates: &'a [T],
        now: UnixTime,
    ) -> Result<Verified<'a>, Box<Rejection>> {
        let der = |position: usize| intermediates.get(position).map(AsRef::as_ref);
        self.verify_all(leaf, Intermediates::new(intermediates.len(), &der), now)
    }

    fn verify_all<'a>(
        &'a self,
        leaf: &'a [u8],
        intermediates: Intermediates<'_, 'a>,
        now: UnixTime,
    ) -> Result<Verified<'a>, Box<Rejection>> {
        // Seconds, floored; beyond any notAfter if they do not fit.
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let limits = &self.policy.limits;
        if exceeds(intermediates.len(), limits.presented) {
            let reason = Reason::TooManyCertificates {
                presented: intermediates.len(),
                limit: limits.presented,
            };
            let first_beyond = usize::try_from(limits.presented).unwrap_or(usize::MAX);
            let at = At::Certificate(first_beyond.saturating_add(1));
            return Err(self.refuse_unread(Finding::new(reason, at), leaf, now));
        }
        #[cfg(feature = "std")]
        if let Some(memory) = &self.memory {
            let (anchors, names) = (&self.policy.anchors, &self.policy.names);
            if let Some(verified) = memory.recall(leaf, intermediates, now, anchors, names) {
                return Ok(verified);
            }
        }
        let leaf = match self.read_leaf(leaf) {
            Ok(certificate) => certificate,
            Err(reason) => {
                return Err(self.refuse_unread(
                    Finding::new(reason, At::Certificate(0)),
                    leaf,
                    now,
                ));
            }
        };
        // Nothing is allocated for the chains that servers send.
        let presented = intermediates.len().saturating_add(1);
        if presented <= FEW {
            self.judge_inline::<FEW, { FEW * FEW }>(leaf, intermediates, now)
        } else if presented <= INLINE {
            self.judge_inline::<INLINE, { INLINE * INLINE }>(leaf, intermediates, now)
        } else {
            let mut certificates = vec![Presented { certificate: leaf, index: 0 }; presented];
            let mut nodes = vec![Node::default(); presented];
            let mut table = vec![0; Attempt::table_size(presented)];
            let scratch = Scratch { nodes: &mut nodes, table: &mut table };
            self.judge(&mut certificates, scratch, intermediates, now)
        }
    }

    /// A number for this policy: SHA-256 over everything that a verdict depends on.
    ///
    /// A resumed TLS session or a pooled connection is not verified again: key them by this, the
    /// SNI and the address, so that another policy never finds them. Algorithms count by their
    /// identifiers: two implementations of one algorithm are the same to it.
    pub fn digest(&self) -> &[u8; 32] {
        &self.policy.digest
    }

    /// The trust anchors.
    pub fn anchors(&self) -> &TrustAnchors {
        &self.policy.anchors
    }

    /// The expected names.
    pub fn names(&self) -> &ExpectedNames {
        &self.policy.names
    }

    /// The signature algorithms, as they were given.
    pub fn algorithms(&self) -> &'static [&'static dyn SignatureVerificationAlgorithm] {
        self.policy.algorithms
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.policy.limits
    }

    /// The same verifier with an empty memory of the chains that it accepts, or without one. The
    /// same chain again then costs no signature, for as long as its certificates are good.
    ///
    /// Copies of one verifier share their memory. What is remembered is the octets of all
    /// certificates, and changes no verdict; a refusal is never remembered.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn with_memory(self, size: Option<MemorySize>) -> Self {
        Self { memory: size.map(|size| Arc::new(Memory::new(size))), ..self }
    }

    /// The same verifier with signatures that were verified for others, or without them.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn with_signature_cache(self, signatures: Option<SignatureCache>) -> Self {
        Self { signatures, ..self }
    }

    /// What its memory of chains holds; None without one.
    #[cfg(feature = "std")]
    pub fn memory(&self) -> Option<MemoryReport> {
        self.memory.as_ref().map(|memory| memory.report())
    }

    /// Its signatures that were verified before; None without them.
    #[cfg(feature = "std")]
    pub const fn signature_cache(&self) -> Option<&SignatureCache> {
        self.signatures.as_ref()
    }

    /// A malformed leaf refuses at once: nothing of it can be judged.
    fn read_leaf<'a>(&self, der: &'a [u8]) -> Result<Certificate<'a>, Reason> {
        self.check_size(der)?;
        let leaf = Certificate::from_der(der)?;
        leaf.check_names()?;
        Ok(leaf)
    }

    fn check_size(&self, der: &[u8]) -> Result<(), Reason> {
        let limit = self.policy.limits.certificate_bytes;
        match exceeds(der.len(), limit) {
            true => Err(Reason::CertificateTooLarge { length: der.len(), limit }),
            false => Ok(()),
        }
    }

    /// With scratch for at most `N` certificates on the stack.
    fn judge_inline<'a, const N: usize, const SQUARE: usize>(
        &'a self,
        leaf: Certificate<'a>,
        intermediates: Intermediates<'_, 'a>,
        now: i64,
    ) -> Result<Verified<'a>, Box<Rejection>> {
        let mut certificates = [Presented { certificate: leaf, index: 0 }; N];
        let mut nodes = [Node::default(); N];
        let mut table = [0; SQUARE];
        let scratch = Scratch { nodes: &mut nodes, table: &mut table };
        self.judge(&mut certificates, scratch, intermediates, now)
    }

    /// The leaf is the first of the certificates; the others are read into the rest.
    fn judge<'a>(
        &'a self,
        certificates: &mut [Presented<'a>],
        Scratch { nodes, table }: Scratch<'_>,
        intermediates: Intermediates<'_, 'a>,
        now: i64,
    ) -> Result<Verified<'a>, Box<Rejection>> {
        let mut count = 1usize;
        for (position, der) in intermediates.iter().enumerate() {
            // One that is malformed or too large is no candidate.
            if self.check_size(der).is_err() {
                continue;
            }
            let read = (Certificate::from_der(der), certificates.get_mut(count));
            if let (Ok(certificate), Some(slot)) = read {
                *slot = Presented { certificate, index: position.saturating_add(1) };
                count = count.saturating_add(1);
            }
        }
        let certificates = certificates.get(..count).unwrap_or_default();
        let nodes = nodes.get_mut(..count).unwrap_or_default();
        let Some(leaf) = certificates.first().map(|presented| &presented.certificate) else {
            // Not reached: the leaf is there.
            let reason = Reason::TooManyCertificates { presented: 0, limit: 0 };
            return Err(self.refuse_unread(Finding::new(reason, At::Certificate(0)), &[], now));
        };
        let name = self.matching_name(leaf);
        let policy = &*self.policy;
        // The operator's own act: no signature, and no constraint of an issuer.
        if let Some(anchor) = policy.anchors.find(leaf) {
            let has_fault = leaf_faults(leaf, LeafTrust::AsItself, now).next().is_some();
            return match name {
                Some(name) if !has_fault => {
                    let verified = Verified::new(*leaf, anchor, name, 0);
                    let mut window = Window::ALWAYS;
                    window.narrow(leaf.validity(), now);
                    self.remember(&verified, intermediates, window, now);
                    Ok(verified)
                }
                _ => Err(self.refuse_itself(certificates, leaf, now)),
            };
        }
        let mut attempt = Attempt::new(
            certificates,
            Scratch { nodes, table },
            &policy.anchors,
            policy.algorithms,
            policy.limits,
            self.signatures.as_ref(),
            now,
        );
        let searched = attempt.search();
        let trust = LeafTrust::ByPath { same_key: None };
        let accepted = match (&searched, name) {
            (Ok(Some(found)), Some(name)) if leaf_faults(leaf, trust, now).next().is_none() => {
                policy.anchors.get(found.anchor).map(|anchor| (found, anchor, name))
            }
            _ => None,
        };
        let Some((found, anchor, name)) = accepted else {
            return Err(self.refuse(certificates, intermediates, attempt, searched, now));
        };
        let mut verified = Verified::new(*leaf, anchor, name, attempt.completed());
        for node in found.steps.as_slice().iter().skip(1) {
            if let Some(presented) = certificates.get(*node) {
                verified.push(At::Certificate(presented.index), &presented.certificate);
            }
        }
        verified.push(At::Anchor(found.anchor), anchor.certificate());
        attempt.keep_signatures(found);
        self.remember(&verified, intermediates, attempt.window(), now);
        Ok(verified)
    }

    /// Keeps what was accepted.
    #[cfg(feature = "std")]
    fn remember<'a>(
        &self,
        verified: &Verified<'a>,
        intermediates: Intermediates<'_, 'a>,
        window: Window,
        now: i64,
    ) {
        if let Some(memory) = &self.memory {
            memory.keep(verified, intermediates, window, &self.policy.names, now);
        }
    }

    /// Without std nothing is remembered.
    #[cfg(not(feature = "std"))]
    const fn remember(&self, _: &Verified<'_>, _: Intermediates<'_, '_>, _: Window, _: i64) {}

    fn matching_name(&self, leaf: &Certificate<'_>) -> Option<&ReferenceName> {
        // `read_leaf` has checked them.
        leaf.checked_names().iter().find_map(|name| self.policy.names.matching(&name))
    }
}

/// The refusals: there is time.
impl Verifier {
    /// Refuses before the leaf is read.
    fn refuse_unread(&self, finding: Finding, leaf: &[u8], now: i64) -> Box<Rejection> {
        let is_leaf = finding.at() == At::Certificate(0);
        let leaf = Certificate::from_der(leaf).ok().filter(|_| is_leaf);
        let circumstances = Circumstances::default();
        Rejection::new(vec![finding], Vec::new(), 0, circumstances, now, &|at| {
            let mut described = describe(at, leaf.as_ref(), None);
            if !is_leaf {
                described.subject = "(not read)".to_string();
            }
            described
        })
    }

    /// Refuses a leaf that is in the bundle.
    fn refuse_itself(
        &self,
        certificates: &[Presented<'_>],
        leaf: &Certificate<'_>,
        now: i64,
    ) -> Box<Rejection> {
        let findings = self.leaf_findings(leaf, LeafTrust::AsItself, now);
        let circumstances = self.circumstances(certificates, &findings, true);
        Rejection::new(findings, Vec::new(), 0, circumstances, now, &|at| {
            describe(at, Some(leaf), None)
        })
    }

    fn refuse<'a>(
        &'a self,
        certificates: &[Presented<'a>],
        intermediates: Intermediates<'_, 'a>,
        mut attempt: Attempt<'_, 'a>,
        searched: Result<Option<Found>, Exceeded>,
        now: i64,
    ) -> Box<Rejection> {
        let Some(leaf) = certificates.first().map(|presented| &presented.certificate) else {
            let reason = Reason::TooManyCertificates { presented: 0, limit: 0 };
            return self.refuse_unread(Finding::new(reason, At::Certificate(0)), &[], now);
        };
        let trust = LeafTrust::ByPath { same_key: self.anchor_with_key(leaf) };
        let mut findings = self.leaf_findings(leaf, trust, now);
        let attempts = attempt.completed();
        let (mut reaches_anchor, mut unread) = (true, Vec::new());
        if !matches!(searched, Ok(Some(_))) {
            let Diagnosis { anchor, findings: of_path, .. } = attempt.diagnose(searched.is_err());
            reaches_anchor = anchor.is_some() && of_path.is_empty();
            findings.extend(of_path.into_iter().map(|finding| self.unless_a_ca(finding)));
            if let Err(exceeded) = searched {
                let reason = Reason::from(exceeded);
                findings.retain(|finding| finding.reason() != &reason);
                findings.push(Finding::new(reason, At::Certificate(0)));
            }
            // Whether they would have helped is not known: they come last.
            unread = self.unread_findings(certificates, intermediates);
        }
        let circumstances = self.circumstances(certificates, &findings, reaches_anchor);
        Rejection::new(findings, unread, attempts, circumstances, now, &|at| match at {
            At::Certificate(index) => {
                let presented = certificates.iter().find(|presented| presented.index == index);
                describe(at, presented.map(|presented| &presented.certificate), None)
            }
            At::Anchor(index) => {
                let anchor = self.policy.anchors.get(index);
                describe(at, anchor.as_ref().map(TrustAnchor::certificate), anchor.as_ref())
            }
        })
    }

    /// What is wrong with the leaf, whatever its path.
    fn leaf_findings(&self, leaf: &Certificate<'_>, trust: LeafTrust, now: i64) -> Vec<Finding> {
        let faults = leaf_faults(leaf, trust, now);
        let mut findings: Vec<Finding> =
            faults.map(|reason| Finding::new(reason, At::Certificate(0))).collect();
        if self.matching_name(leaf).is_none() {
            findings.push(Finding::new(self.name_mismatch(leaf), At::Certificate(0)));
        }
        findings
    }

    /// A CA of the bundle is no earlier copy of a leaf that bears its name, or whoever takes the
    /// name of a root would be put in its place; unless it has an expected name itself.
    fn unless_a_ca(&self, finding: Finding) -> Finding {
        let Reason::UnknownIssuer(MissingIssuer::SelfSigned { earlier: Some(earlier) }) =
            finding.reason()
        else {
            return finding;
        };
        let anchor = self.policy.anchors.get(*earlier);
        let is_a_ca = anchor.is_some_and(|anchor| {
            anchor.certificate().is_ca() && !self.has_name(anchor.certificate())
        });
        match is_a_ca {
            true => Finding::new(
                Reason::UnknownIssuer(MissingIssuer::SelfSigned { earlier: None }),
                finding.at(),
            ),
            false => finding,
        }
    }

    /// What advice depends on beside the findings.
    fn circumstances(
        &self,
        certificates: &[Presented<'_>],
        findings: &[Finding],
        reaches_anchor: bool,
    ) -> Circumstances {
        let is_named =
            !findings.iter().any(|one| matches!(one.reason(), Reason::NameMismatch { .. }));
        Circumstances {
            reaches_anchor,
            named: self.first_named(certificates).filter(|_| !is_named),
            named_anchor: self.first_named_anchor().filter(|_| !is_named),
            leaf_is_an_issuer: certificates.split_first().is_some_and(|(leaf, others)| {
                let subject = leaf.certificate.subject();
                others.iter().any(|other| other.certificate.issuer() == subject)
            }),
        }
    }

    /// The first presented certificate beside the leaf that has an expected name.
    fn first_named(&self, certificates: &[Presented<'_>]) -> Option<usize> {
        let mut others = certificates.iter().skip(1).take(MOST_LOOKED_AT);
        others.find(|other| self.has_name(&other.certificate)).map(|other| other.index)
    }

    fn first_named_anchor(&self) -> Option<usize> {
        let mut anchors = self.policy.anchors.iter().take(MOST_LOOKED_AT);
        anchors.find(|anchor| self.has_name(anchor.certificate())).map(|anchor| anchor.index())
    }

    /// Whether an expected name is among the first that the certificate presents.
    fn has_name(&self, certificate: &Certificate<'_>) -> bool {
        let Ok(presented) = certificate.presented_names() else {
            return false;
        };
        presented.iter().take(MOST_NAMES).any(|name| self.policy.names.matching(&name).is_some())
    }

    fn name_mismatch(&self, leaf: &Certificate<'_>) -> Reason {
        let Ok(names) = leaf.presented_names() else {
            return Reason::NameMismatch { expected: Vec::new(), presented: Vec::new(), more: 0 };
        };
        Reason::NameMismatch {
            expected: self.policy.names.iter().cloned().collect(),
            presented: names.iter().take(MOST_NAMES).map(|name| name.to_string()).collect(),
            more: names.iter().skip(MOST_NAMES).count(),
        }
    }

    fn anchor_with_key(&self, leaf: &Certificate<'_>) -> Option<usize> {
        let key = leaf.subject_public_key_info();
        self.policy
            .anchors
            .iter()
            .find(|anchor| anchor.certificate().subject_public_key_info() == key)
            .map(|anchor| anchor.index())
    }

    /// The presented certificates that could not be candidates.
    fn unread_findings(
        &self,
        certificates: &[Presented<'_>],
        intermediates: Intermediates<'_, '_>,
    ) -> Vec<Finding> {
        // Those that were read are in order.
        let mut read = certificates.iter().skip(1).map(|presented| presented.index).peekable();
        let unread = intermediates.iter().enumerate().filter_map(|(position, der)| {
            if read.next_if_eq(&position.saturating_add(1)).is_some() {
                return None;
            }
            let reason = match self.check_size(der) {
                Err(reason) => reason,
                Ok(()) => Reason::from(Certificate::from_der(der).err()?),
            };
            Some(Finding::new(reason, At::Certificate(position.saturating_add(1))))
        });
        unread.take(MOST_UNREAD).collect()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("names", &self.policy.names)
            .field("anchors", &self.policy.anchors.len())
            .field("limits", &self.policy.limits)
            .finish_non_exhaustive()
    }
}

fn describe(
    at: At,
    certificate: Option<&Certificate<'_>>,
    anchor: Option<&TrustAnchor<'_>>,
) -> Described {
    let name = |name: Option<crate::name::DirectoryName<'_>>| match name {
        Some(name) => name.to_string(),
        None => "(malformed name)".to_string(),
    };
    Described {
        at,
        subject: certificate.map_or_else(
            || "(unreadable)".to_string(),
            |certificate| name(certificate.subject_name()),
        ),
        issuer: certificate.map_or_else(
            || "(unreadable)".to_string(),
            |certificate| name(certificate.issuer_name()),
        ),
        block_and_line: anchor.and_then(|anchor| Some((anchor.block()?, anchor.line()?))),
        is_ca: certificate.is_some_and(Certificate::is_ca),
        validity: certificate.map(|certificate| {
            let validity = certificate.validity();
            (validity.not_before(), validity.not_after())
        }),
    }
}

fn exceeds(count: usize, limit: u32) -> bool {
    usize::try_from(limit).is_ok_and(|limit| count > limit)
}

/// A leaf and what most servers send with it: less scratch costs less.
const FEW: usize = 3;
/// The leaf and 8 others are judged without allocating.
const INLINE: usize = 9;
/// Presented names that a refusal keeps.
const MOST_NAMES: usize = 16;
/// Certificates in which a refusal looks for a name that the leaf does not have.
const MOST_LOOKED_AT: usize = 16;
/// Unreadable certificates that a refusal lists.
const MOST_UNREAD: usize = 16;
