//! What a verifier concludes: a path and a name, or every reason why not.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rustls_pki_types::UnixTime;

use crate::anchors::TrustAnchor;
use crate::cert::Certificate;
use crate::limits::MAX_PATH;
use crate::name::ReferenceName;
use crate::reason::At;
use crate::reason::Finding;
use crate::reason::Reason;
use crate::time::Moment;

mod advice;
mod explanation;

pub use advice::Advice;
pub use explanation::Explanation;

/// A chain that satisfies the policy. It cannot be made but by a verifier.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    leaf: Certificate<'a>,
    path: [PathCertificate<'a>; MAX_PATH],
    count: usize,
    anchor: TrustAnchor<'a>,
    name: &'a ReferenceName,
    valid_until: i64,
    attempts: u32,
}

impl<'a> Verified<'a> {
    pub(crate) fn new(
        leaf: Certificate<'a>,
        anchor: TrustAnchor<'a>,
        name: &'a ReferenceName,
        attempts: u32,
    ) -> Self {
        let first = PathCertificate { at: At::Certificate(0), der: leaf.der() };
        Self {
            leaf,
            path: [first; MAX_PATH],
            count: 1,
            anchor,
            name,
            valid_until: leaf.validity().not_after(),
            attempts,
        }
    }

    /// The next certificate of the path, above those before.
    pub(crate) fn push(&mut self, at: At, certificate: &Certificate<'a>) {
        if let Some(slot) = self.path.get_mut(self.count) {
            *slot = PathCertificate { at, der: certificate.der() };
            self.count = self.count.saturating_add(1);
        }
        self.valid_until = self.valid_until.min(certificate.validity().not_after());
    }

    /// The next certificate of a path that was judged before.
    #[cfg(feature = "std")]
    pub(crate) fn push_der(&mut self, at: At, der: &'a [u8]) {
        if let Some(slot) = self.path.get_mut(self.count) {
            *slot = PathCertificate { at, der };
            self.count = self.count.saturating_add(1);
        }
    }

    /// The end of a path that was judged before.
    #[cfg(feature = "std")]
    pub(crate) const fn ends_at(&mut self, valid_until: i64) {
        self.valid_until = valid_until;
    }

    /// The last good second, since 1970.
    #[cfg(feature = "std")]
    pub(crate) const fn end(&self) -> i64 {
        self.valid_until
    }

    /// The leaf: the certificate whose key the handshake must have proved.
    pub const fn leaf(&self) -> &Certificate<'a> {
        &self.leaf
    }

    /// The path from the leaf to the anchor, both included. One certificate if the leaf itself is
    /// the anchor.
    pub fn path(&self) -> &[PathCertificate<'a>] {
        self.path.get(..self.count).unwrap_or_default()
    }

    /// The anchor that ends the path.
    pub const fn anchor(&self) -> &TrustAnchor<'a> {
        &self.anchor
    }

    /// The expected name that the leaf presents.
    pub const fn name(&self) -> &'a ReferenceName {
        self.name
    }

    /// How many paths reached an anchor and were judged, this one included; none for a leaf that
    /// is itself in the bundle.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The last second in which every certificate of the path is good. Sessions must not be
    /// resumed after it.
    pub fn valid_until(&self) -> UnixTime {
        // Not before the clock that it was verified by, which is not negative.
        let seconds = u64::try_from(self.valid_until).unwrap_or_default();
        UnixTime::since_unix_epoch(core::time::Duration::from_secs(seconds))
    }
}

impl fmt::Display for Verified<'_> {
    /// `accepted: NAME until TIME`, then the subjects of the path, one a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accepted: {} until {}", self.name, Moment(self.valid_until))?;
        for step in self.path() {
            write!(f, "\n  {}", step.subject())?;
        }
        Ok(())
    }
}

/// One certificate of a path.
#[derive(Clone, Copy, Debug)]
pub struct PathCertificate<'a> {
    at: At,
    der: &'a [u8],
}

impl<'a> PathCertificate<'a> {
    /// Which one it is.
    pub const fn at(&self) -> At {
        self.at
    }

    /// The whole certificate.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The name of its subject, for people.
    pub fn subject(&self) -> impl fmt::Display + use<'a> {
        Subject(Certificate::from_der(self.der).ok())
    }
}

/// Shows the subject of a certificate.
struct Subject<'a>(Option<Certificate<'a>>);

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.and_then(|certificate| certificate.subject_name()) {
            Some(name) => fmt::Display::fmt(&name, f),
            None => f.write_str("(malformed name)"),
        }
    }
}

/// A chain that does not satisfy the policy, and every independent reason.
#[derive(Clone, Debug)]
pub struct Rejection {
    first: Finding,
    also: Vec<Finding>,
    attempts: u32,
    subjects: Vec<Described>,
    circumstances: Circumstances,
    now: i64,
}

/// What advice depends on beside the findings.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances {
    /// But for the leaf's own faults, the chain is good.
    pub(crate) reaches_anchor: bool,
    /// Not the leaf, but this presented certificate has an expected name.
    pub(crate) named: Option<usize>,
    /// Not the leaf, but this anchor has an expected name.
    pub(crate) named_anchor: Option<usize>,
    /// The leaf bears the name of the issuer of another presented certificate.
    pub(crate) leaf_is_an_issuer: bool,
}

/// What an explanation says of a certificate beside its number.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) at: At,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Where in the bundle it stands.
    pub(crate) block_and_line: Option<(u32, u32)>,
    pub(crate) validity: Option<(i64, i64)>,
    pub(crate) is_ca: bool,
}

impl Rejection {
    /// The findings in any order, at least one, and those that come last in any case; the caller
    /// describes what they are about.
    pub(crate) fn new(
        findings: Vec<Finding>,
        last: Vec<Finding>,
        attempts: u32,
        circumstances: Circumstances,
        now: i64,
        describe: &dyn Fn(At) -> Described,
    ) -> Box<Self> {
        // A path is short, and so is the list.
        let mut sorted: Vec<Finding> = Vec::with_capacity(findings.len());
        for finding in findings {
            let at = sorted.partition_point(|before| order(before) <= order(&finding));
            sorted.insert(at, finding);
        }
        sorted.extend(last);
        let mut findings = sorted.into_iter();
        let first = findings.next().unwrap_or_else(|| {
            // Not reached: whoever refuses has found something. It must refuse all the same.
            let missing = crate::reason::MissingIssuer::NoPath;
            Finding::new(Reason::UnknownIssuer(missing), At::Certificate(0))
        });
        let mut also: Vec<Finding> = Vec::new();
        for finding in findings {
            if finding != first && !also.contains(&finding) && also.len() < MOST_FINDINGS {
                also.push(finding);
            }
        }
        let subjects =
            core::iter::once(&first).chain(&also).map(|one| describe(one.at())).collect();
        Box::new(Self { first, also, attempts, subjects, circumstances, now })
    }

    /// The reason that is reported.
    pub const fn reason(&self) -> &Reason {
        self.first.reason()
    }

    /// What the reason is about.
    pub const fn at(&self) -> At {
        self.first.at()
    }

    /// The reason and what it is about; displayed, its sentence.
    pub const fn finding(&self) -> &Finding {
        &self.first
    }

    /// Every other independent fault: of the leaf, and of the path with the fewest; at most 16.
    pub fn also(&self) -> &[Finding] {
        &self.also
    }

    /// How many paths reached an anchor and were judged.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The whole answer to "why, and what do I change?", for people.
    pub const fn explanation(&self) -> Explanation<'_> {
        Explanation::new(self)
    }

    /// What would help, if the engine knows.
    pub fn advice(&self) -> Option<Advice> {
        Advice::for_rejection(self)
    }

    fn described(&self, at: At) -> Option<&Described> {
        self.subjects.iter().find(|described| described.at == at)
    }
}

impl fmt::Display for Rejection {
    /// One line: the sentence, the code, the clause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason();
        write!(f, "{} ({}, {})", self.first, reason.code(), reason.clause())
    }
}

impl core::error::Error for Rejection {}

const fn order(finding: &Finding) -> (u8, bool, usize) {
    match finding.at() {
        At::Certificate(index) => (finding.reason().rank(), false, index),
        At::Anchor(index) => (finding.reason().rank(), true, index),
    }
}

/// Beside the first.
const MOST_FINDINGS: usize = 16;
