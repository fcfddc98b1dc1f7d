//! How a backend is spoken to, and why.

use std::fmt;

use lastmile::DnsName;
use lastmile::TrustAnchors;
use lastmile::Verifier;

use super::references::Resolved;
use crate::api::PolicyStatus;
use crate::documents::Place;
use crate::note::Note;
use crate::validation::SubjectAltName;

/// How a backend is spoken to. Complete: a host that meets a new way has to know it.
#[derive(Clone, Debug)]
pub enum Decision {
    /// No policy is about it, and nothing says that it speaks TLS.
    NoPolicy,
    /// With TLS, and no handshake can be good. Never without TLS.
    Refuse(Refusal),
    /// With TLS, and every certificate is accepted: somebody has asked for that in so many words.
    SkipVerification {
        /// The name to send.
        sni: Option<DnsName>,
    },
    /// With TLS, and the certificate is verified.
    Verify {
        /// The name to send.
        sni: DnsName,
        /// What decides about the chain.
        verifier: Verifier,
    },
}

/// Why every handshake is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason: &'static str,
    message: String,
    notes: Vec<Note>,
}

impl Refusal {
    pub(super) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, notes: vec![Note::new(message.clone())], message }
    }

    /// With each fault, and its place.
    pub(super) fn because(self, notes: Vec<Note>) -> Self {
        Self { notes, ..self }
    }

    /// The code: stable, for machines.
    pub fn code(&self) -> &'static str {
        match self.reason {
            "NoValidCACertificate" => "policy-no-valid-ca-certificate",
            "TargetNotFound" => "policy-target-not-found",
            _ => "policy-invalid",
        }
    }

    /// The reason of the condition that says it, such as `NoValidCACertificate`.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Each fault that led to it, with its place; at least one.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What was decided for one target.
#[derive(Clone, Debug)]
pub struct Resolution {
    pub(super) decision: Decision,
    pub(super) policy: Option<String>,
    pub(super) status: Option<PolicyStatus>,
    pub(super) warnings: Vec<Note>,
    pub(super) unattached: Vec<Note>,
    pub(super) from: Vec<Resolved>,
    pub(super) subject_alt_names: Vec<SubjectAltName>,
    pub(super) well_known_ca_certificates: Option<String>,
}

impl Resolution {
    pub(super) const fn new(decision: Decision) -> Self {
        Self {
            decision,
            policy: None,
            status: None,
            warnings: Vec::new(),
            unattached: Vec::new(),
            from: Vec::new(),
            subject_alt_names: Vec::new(),
            well_known_ca_certificates: None,
        }
    }

    /// How the backend is spoken to.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The policy that governs, as `namespace/name`, escaped.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// The status of that policy, as [`PolicyReport`](super::PolicyReport) has it.
    pub const fn status(&self) -> Option<&PolicyStatus> {
        self.status.as_ref()
    }

    /// What somebody should look at, in the policy too.
    pub fn warnings(&self) -> &[Note] {
        &self.warnings
    }

    /// Policies that name the backend with a section that it does not have, or with a group or a kind
    /// that is not known, so that they are about nothing: a sentence each. Where nothing else is
    /// about the backend but its own `tls`, the decision is to refuse it.
    pub fn unattached(&self) -> &[Note] {
        &self.unattached
    }

    /// What the backend is held to, as the documents say it; None if nothing is verified.
    pub fn terms(&self) -> Option<Terms<'_>> {
        let Decision::Verify { sni, verifier } = &self.decision else { return None };
        Some(Terms {
            hostname: sni.as_str(),
            subject_alt_names: &self.subject_alt_names,
            anchors: verifier.anchors(),
            well_known_ca_certificates: self.well_known_ca_certificates.as_deref(),
        })
    }

    /// What holds the anchors, such as `ConfigMap shop/ca: ca.crt`; none are the caller's.
    pub fn bundles(&self) -> impl Iterator<Item = &str> {
        self.from.iter().map(Resolved::from)
    }

    /// Where an anchor of the verifier stands, by its index; None if it is the caller's.
    pub fn anchor_source(&self, index: usize) -> Option<AnchorSource<'_>> {
        let Decision::Verify { verifier, .. } = &self.decision else { return None };
        let anchor = verifier.anchors().get(index)?;
        self.from.iter().find_map(|resolved| {
            let (bundle, place, block, line) = resolved.find(anchor.certificate().der())?;
            Some(AnchorSource { bundle, place, block, line })
        })
    }
}

/// What a [`Decision::Verify`] was made of, for hosts that make their own verifier.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Terms<'a> {
    /// The name that is sent as SNI. If `subject_alt_names` is empty, the certificate must have it;
    /// otherwise it authenticates nothing.
    pub hostname: &'a str,
    /// The names of which the certificate must have one; empty is unset.
    pub subject_alt_names: &'a [SubjectAltName],
    /// The certificates that may end its path; the faulty ones of the bundles are not among them.
    pub anchors: &'a TrustAnchors,
    /// The set that the anchors are, such as `System`; None if they are from bundles.
    pub well_known_ca_certificates: Option<&'a str>,
}

/// Where an anchor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorSource<'a> {
    bundle: &'a str,
    place: &'a Place,
    block: Option<u32>,
    line: Option<u32>,
}

impl<'a> AnchorSource<'a> {
    /// What holds it, such as `ConfigMap shop/ca: ca.crt`, escaped.
    pub const fn bundle(&self) -> &'a str {
        self.bundle
    }

    /// Where that stands.
    pub const fn place(&self) -> &'a Place {
        self.place
    }

    /// The PEM block, counted from 1.
    pub const fn block(&self) -> Option<u32> {
        self.block
    }

    /// The line of the block in the bundle, counted from 1.
    pub const fn line(&self) -> Option<u32> {
        self.line
    }
}
