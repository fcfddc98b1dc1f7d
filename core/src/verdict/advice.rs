//! What would help against a refusal: the `try` line of an explanation.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Rejection;
use crate::limits::MAX_PATH;
use crate::limits::MOST_BETWEEN;
use crate::name::DnsName;
use crate::name::Uri;
use crate::reason::At;
use crate::reason::ConstraintFault;
use crate::reason::Finding;
use crate::reason::KeyFault;
use crate::reason::MissingIssuer;
use crate::reason::Reason;

/// Something to try. Hosts may say it in their own words; displayed, it is in the engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// Have the issuer presented, or trust it.
    AddIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// Make sure that the right backend answers.
    CheckBackend,
    /// Trust this certificate as itself.
    AddItself {
        /// The certificate.
        at: At,
        /// It is a CA's: trusted, it may issue too.
        is_ca: bool,
    },
    /// Give the check another clock.
    CheckClock,
    /// Make sure that the certificate is undamaged, or have it issued by other software.
    CheckEncoding(At),
    /// Have a certificate issued that has the name.
    IssueFor {
        /// An expected name.
        name: String,
        /// A name that is presented, and may be expected instead: the chain reaches an anchor.
        or_expect: Option<String>,
    },
    /// Have the two certificates match.
    MatchIssuer {
        /// The certificate whose signature is bad.
        at: At,
        /// The issuer whose key did not make it.
        issuer: At,
    },
    /// Have the backend's own certificate presented first.
    PresentFirst {
        /// The certificate that has an expected name, if it is presented.
        at: Option<At>,
    },
    /// Raise a limit, or have less presented.
    RaiseLimit {
        /// The field of [`Limits`](crate::Limits).
        field: &'static str,
    },
    /// Have the certificate issued again.
    Reissue {
        /// The certificate.
        at: At,
        /// What must be other: a phrase to follow "issued again".
        with: &'static str,
    },
    /// Have an authority's certificate issued again, or what is below it by another authority.
    ReissueAuthority {
        /// The authority's certificate.
        at: At,
        /// What must be other: a phrase to follow "issued again".
        with: &'static str,
    },
    /// Have the certificate issued again, with a later end.
    Renew(At),
    /// Have all of these issued again, in this order.
    RenewAll(Vec<At>),
    /// Have the authority's certificate issued again with its key, and trusted.
    RenewAnchor {
        /// The anchor that has expired.
        anchor: usize,
    },
    /// Trust this certificate in the place of an anchor, if it took its place in the backend.
    ReplaceAnchor {
        /// The certificate.
        at: At,
        /// The anchor.
        anchor: usize,
    },
    /// Trust a CA that is nearer to the leaf.
    ShortenPath {
        /// CA certificates between leaf and anchor that are allowed.
        limit: u32,
    },
    /// What should be presented is trusted, and perhaps the other way round.
    Swap {
        /// The anchor that has an expected name.
        anchor: usize,
    },
    /// Trust an issuer that is presented.
    TrustIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// Put the current certificate of the authority into the bundle, if the authority was renewed.
    /// If not, somebody else uses its name.
    UpdateBundle {
        /// The anchor that is out of date.
        anchor: usize,
    },
}

impl Advice {
    pub(super) fn for_rejection(rejection: &Rejection) -> Option<Self> {
        let at = rejection.at();
        let advice = Self::for_another_leaf(rejection);
        if let Some(advice) = advice.or_else(|| Self::for_unread_issuer(rejection)) {
            return Some(advice);
        }
        Some(match rejection.reason() {
            Reason::NameMismatch { expected, presented, .. } => Self::IssueFor {
                name: expected.first().map(|name| alloc::format!("{name}"))?,
                or_expect: presented
                    .iter()
                    .find_map(|name| expectable(name))
                    .filter(|_| rejection.circumstances.reaches_anchor)
                    .map(String::from),
            },
            Reason::Expired { .. } => match at {
                At::Certificate(_) => Self::for_expired_certificate(rejection, at),
                At::Anchor(anchor) => Self::for_expired_anchor(rejection, anchor),
            },
            Reason::NotYetValid { .. } => Self::CheckClock,
            Reason::UnknownIssuer(MissingIssuer::OtherKey { anchor }) => {
                Self::UpdateBundle { anchor: *anchor }
            }
            Reason::UnknownIssuer(MissingIssuer::SelfSigned { earlier: None }) => {
                Self::AddItself { at, is_ca: rejection.described(at)?.is_ca }
            }
            Reason::UnknownIssuer(MissingIssuer::SelfSigned { earlier: Some(anchor) }) => {
                Self::ReplaceAnchor { at, anchor: *anchor }
            }
            // A CA vouches for it: the mistake is in the certificate, not in the bundle.
            Reason::LeafIsACa { same_key: None } if rejection.circumstances.reaches_anchor => {
                reissue(at, "without cA=TRUE in its basicConstraints")
            }
            Reason::LeafIsACa { same_key: None } => Self::AddItself { at, is_ca: true },
            Reason::LeafIsACa { same_key: Some(anchor) } => {
                Self::ReplaceAnchor { at, anchor: *anchor }
            }
            Reason::UnknownIssuer(MissingIssuer::NoSuchName) => {
                Self::AddIssuer { issuer: rejection.described(at)?.issuer.clone() }
            }
            Reason::UnknownIssuer(MissingIssuer::OtherSpelling { .. }) => reissue(
                at,
                "with the name of its issuer as the issuer's own certificate has it, octet by octet",
            ),
            Reason::UnknownIssuer(MissingIssuer::NoPath) => {
                Self::TrustIssuer { issuer: rejection.described(at)?.issuer.clone() }
            }
            Reason::BadSignature { issuer } => Self::MatchIssuer { at, issuer: *issuer },
            Reason::MalformedCertificate(_) => Self::CheckEncoding(at),
            Reason::UnsupportedVersion { .. } if at == At::Certificate(0) => {
                reissue(at, "as X.509 version 3")
            }
            Reason::UnsupportedVersion { .. } => {
                reissue_authority(at, "as X.509 version 3, with cA=TRUE in its basicConstraints")
            }
            Reason::UnsupportedSignatureAlgorithm { .. } => reissue(
                at,
                "signed by ECDSA with SHA-256 or SHA-384, Ed25519, or RSA with SHA-256 or longer, with the parameters that RFC 5758, RFC 8410 or RFC 4055 gives it",
            ),
            Reason::UnsupportedPublicKey(KeyFault::Malformed) => reissue(
                at,
                "for a key that is well formed: elliptic curves by an uncompressed point",
            ),
            Reason::UnsupportedPublicKey(KeyFault::RsaExponent) => {
                reissue(at, "for an RSA key with an odd exponent of 3 or more, such as 65537")
            }
            Reason::UnsupportedPublicKey(_) => {
                reissue(at, "for a key of P-256, P-384, Ed25519, or RSA of 2048 to 8192 bits")
            }
            Reason::NameConstraintNotSupported(ConstraintFault::Base { .. }) => {
                reissue(at, "with name constraints that are well formed")
            }
            Reason::NameConstraintNotSupported(ConstraintFault::Distances) => {
                reissue(at, "without minimum and maximum in its name constraints")
            }
            Reason::NameConstraintNotSupported(ConstraintFault::Form { .. }) => {
                reissue(at, "with constraints on DNS, IP, URI, mail or directory names only")
            }
            Reason::MalformedName { .. } => reissue(at, "without the malformed name"),
            Reason::NameNotPermitted { .. } | Reason::NameExcluded { .. } => {
                reissue(at, "by a CA that may issue for all its names, or without this one")
            }
            Reason::NotACa => reissue_authority(at, "with cA=TRUE in its basicConstraints"),
            Reason::PathLengthExceeded { .. } => {
                reissue_authority(at, "with a greater pathLenConstraint")
            }
            Reason::KeyUsage => reissue_authority(at, "with keyCertSign in its keyUsage"),
            Reason::ExtendedKeyUsage { .. } if at == At::Certificate(0) => {
                reissue(at, "with serverAuth in its extKeyUsage")
            }
            Reason::ExtendedKeyUsage { .. } => {
                reissue_authority(at, "with serverAuth in its extKeyUsage")
            }
            Reason::UnknownCriticalExtension { .. } => {
                reissue(at, "without that extension, or with it not critical")
            }
            Reason::CertificateTooLarge { .. } => Self::RaiseLimit { field: "certificate_bytes" },
            Reason::TooManyCertificates { .. } => Self::RaiseLimit { field: "presented" },
            Reason::PathTooLong { limit } => Self::ShortenPath { limit: *limit },
            Reason::TooManySignatureChecks { .. } => Self::RaiseLimit { field: "signature_checks" },
            Reason::TooManyIssuerCandidates { .. } => {
                Self::RaiseLimit { field: "issuer_candidates" }
            }
            Reason::TooManyNameConstraintComparisons { .. } => {
                Self::RaiseLimit { field: "name_constraint_pairs" }
            }
            Reason::TooManyNameBytes { .. } => Self::RaiseLimit { field: "name_bytes" },
        })
    }
}

impl Advice {
    /// The leaf has none of the expected names, and something else is likelier than that it lacks
    /// them: it is not the backend's certificate at all.
    fn for_another_leaf(rejection: &Rejection) -> Option<Self> {
        let findings = || core::iter::once(rejection.finding()).chain(rejection.also());
        let presented = findings().find_map(|finding| match finding.reason() {
            Reason::NameMismatch { presented, .. } => Some(presented),
            _ => None,
        })?;
        if let Some(index) = rejection.circumstances.named {
            return Some(Self::PresentFirst { at: Some(At::Certificate(index)) });
        }
        let is_ca = rejection.described(At::Certificate(0))?.is_ca;
        match (is_ca, rejection.circumstances.named_anchor, rejection.reason()) {
            (true, Some(anchor), _) => Some(Self::Swap { anchor }),
            (true, None, _) if rejection.circumstances.leaf_is_an_issuer => {
                Some(Self::PresentFirst { at: None })
            }
            (_, _, Reason::UnknownIssuer(_)) if !presented.is_empty() => Some(Self::CheckBackend),
            _ => None,
        }
    }

    /// An issuer is missing, and a certificate that could not be read may be it.
    fn for_unread_issuer(rejection: &Rejection) -> Option<Self> {
        let Reason::UnknownIssuer(MissingIssuer::NoSuchName) = rejection.reason() else {
            return None;
        };
        rejection.also().iter().find_map(|finding| match finding.reason() {
            Reason::MalformedCertificate(_) => Some(Self::CheckEncoding(finding.at())),
            Reason::CertificateTooLarge { .. } => {
                Some(Self::RaiseLimit { field: "certificate_bytes" })
            }
            _ => None,
        })
    }

    /// Below an authority that has expired, a new certificate is as bad as the old.
    fn for_expired_certificate(rejection: &Rejection, at: At) -> Self {
        let is_expired = |finding: &&Finding| matches!(finding.reason(), Reason::Expired { .. });
        let also = rejection.also().iter().filter(is_expired).map(Finding::at);
        // The anchor first, then down to the leaf.
        let order = |at: &At| match at {
            At::Anchor(index) => (0, *index),
            At::Certificate(index) => (1, usize::MAX.saturating_sub(*index)),
        };
        let mut all: Vec<At> = Vec::new();
        for at in core::iter::once(at).chain(also) {
            all.insert(all.partition_point(|before| order(before) <= order(&at)), at);
        }
        if all.len() == 1 {
            return Self::Renew(at);
        }
        Self::RenewAll(all)
    }

    /// An anchor that is itself the backend's was replaced; any other has to be renewed.
    fn for_expired_anchor(rejection: &Rejection, anchor: usize) -> Self {
        let is_of_the_leaf = rejection
            .also()
            .iter()
            .any(|finding| *finding.reason() == Reason::LeafIsACa { same_key: Some(anchor) });
        match is_of_the_leaf {
            true => Self::ReplaceAnchor { at: At::Certificate(0), anchor },
            false => Self::RenewAnchor { anchor },
        }
    }
}

/// The presented name, if a policy can expect it.
fn expectable(presented: &str) -> Option<&str> {
    match presented.split_once(' ')? {
        ("dns", name) => DnsName::try_from(name).is_ok().then_some(name),
        // A backslash is an escape: the name itself holds what no URI may.
        ("uri", uri) => (Uri::try_from(uri).is_ok() && !uri.contains('\\')).then_some(uri),
        _ => None,
    }
}

const fn reissue_authority(at: At, with: &'static str) -> Advice {
    Advice::ReissueAuthority { at, with }
}

const fn reissue(at: At, with: &'static str) -> Advice {
    Advice::Reissue { at, with }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddIssuer { issuer } => write!(
                f,
                "have the backend send the certificate of {issuer} if a CA of the bundle issued it, or else add it to the bundle, if it is to be trusted"
            ),
            Self::AddItself { at, is_ca: false } => {
                write!(f, "add {at} to the bundle, if it is to be trusted itself")
            }
            Self::AddItself { at, is_ca: true } => write!(
                f,
                "add {at} to the bundle, if it is to be trusted itself and to issue other certificates"
            ),
            Self::CheckBackend => f.write_str(
                "check that the right backend answers: its certificate is for other names and of another issuer",
            ),
            Self::CheckEncoding(at) => write!(
                f,
                "check that {at} is not cut off or damaged; if it is whole, have it issued again by software that writes strict DER"
            ),
            Self::CheckClock => f.write_str("check the clock of this machine and of the issuer"),
            Self::IssueFor { name, or_expect: None } => {
                write!(f, "issue the certificate for {name}")
            }
            Self::IssueFor { name, or_expect: Some(presented) } => {
                write!(f, "issue the certificate for {name}, or expect {presented}")
            }
            Self::MatchIssuer { at, issuer } => write!(
                f,
                "check that {at} is undamaged and that {issuer} is of the CA, and the key, that issued it"
            ),
            Self::PresentFirst { at: Some(at) } => {
                write!(f, "have the backend send {at} first: it has the expected name")
            }
            Self::PresentFirst { at: None } => f.write_str(
                "have the backend send its own certificate first: the one that comes first is a CA's",
            ),
            Self::RaiseLimit { field } => write!(
                f,
                "have the backend send only what its chain needs; a chain that needs more takes a higher limit ({field})"
            ),
            Self::Reissue { at: at @ At::Certificate(_), with } => {
                write!(f, "have {at} issued again {with}")
            }
            Self::ReissueAuthority { at: at @ At::Certificate(_), with } => write!(
                f,
                "have what is below {at} issued by another CA, or, if {at} is meant to issue it, have {at} issued again {with}"
            ),
            Self::Reissue { at: at @ At::Anchor(_), with }
            | Self::ReissueAuthority { at: at @ At::Anchor(_), with } => {
                write!(f, "trust another CA than {at}, or have it issued again {with}")
            }
            Self::Renew(at @ At::Certificate(1..)) => {
                write!(f, "renew {at}, or have the backend send its current one")
            }
            Self::Renew(at) => write!(f, "renew {at}"),
            Self::RenewAll(all) => {
                f.write_str("renew ")?;
                for (position, at) in all.iter().enumerate() {
                    let between = if position == 0 { "" } else { ", then " };
                    write!(f, "{between}{at}")?;
                }
                Ok(())
            }
            Self::RenewAnchor { anchor } => write!(
                f,
                "put the current certificate of anchor {anchor} into the bundle if it was renewed with its key, or else renew it, or have the chain issued by a CA that is valid"
            ),
            Self::ReplaceAnchor { at, anchor } => write!(
                f,
                "if the backend renewed its certificate, put {at} into the bundle in place of anchor {anchor}"
            ),
            Self::ShortenPath { limit } if *limit >= MOST_BETWEEN => write!(
                f,
                "trust a CA that is nearer to the leaf: no path may have more than {MAX_PATH} certificates"
            ),
            Self::ShortenPath { .. } => write!(
                f,
                "trust a CA that is nearer to the leaf, or raise the limit (intermediates), to {MOST_BETWEEN} at most"
            ),
            Self::Swap { anchor } => write!(
                f,
                "anchor {anchor} has the expected name, and {} is a CA's: check that what is presented and what is trusted are not exchanged",
                At::Certificate(0)
            ),
            Self::TrustIssuer { issuer } => {
                write!(
                    f,
                    "add the certificate of {issuer}, or of a CA above it, to the bundle, if it is to be trusted"
                )
            }
            Self::UpdateBundle { anchor } => {
                write!(
                    f,
                    "if anchor {anchor} was renewed, put its current certificate into the bundle"
                )
            }
        }
    }
}
