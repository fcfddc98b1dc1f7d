//! What would help against a refusal: the `try` line of an explanation.

use alloc::string::String;
use core::fmt;

use super::Rejection;
use crate::reason::At;
use crate::reason::MissingIssuer;
use crate::reason::Reason;

/// Something to try. Hosts may say it in their own words; displayed, it is in the engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// Make a bundle that holds the issuer, or have it presented.
    AddIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// Trust this certificate as itself.
    AddItself(At),
    /// Give the check another clock.
    CheckClock,
    /// Have a certificate issued that has the name.
    IssueFor {
        /// An expected name.
        name: String,
        /// A name that is presented, and may be expected instead: the chain reaches an anchor.
        or_expect: Option<String>,
    },
    /// Have the certificate issued again, without what is wrong with it.
    Reissue(At),
    /// Have the certificate issued again, with a later end.
    Renew(At),
    /// Put the current certificate of the authority into the bundle.
    UpdateBundle {
        /// The anchor that is out of date.
        anchor: usize,
    },
}

impl Advice {
    pub(super) fn for_rejection(rejection: &Rejection) -> Option<Self> {
        let at = rejection.at();
        Some(match rejection.reason() {
            Reason::NameMismatch {
                expected,
                presented,
                ..
            } => Self::IssueFor {
                name: expected.first().map(|name| alloc::format!("{name}"))?,
                or_expect: presented
                    .iter()
                    .find_map(|name| name.strip_prefix("dns ").or(name.strip_prefix("uri ")))
                    .filter(|_| rejection.reaches_anchor)
                    .map(String::from),
            },
            Reason::Expired { .. } => match at {
                At::Certificate(_) => Self::Renew(at),
                At::Anchor(anchor) => Self::UpdateBundle { anchor },
            },
            Reason::NotYetValid { .. } => Self::CheckClock,
            Reason::UnknownIssuer(MissingIssuer::OtherKey { anchor }) => {
                Self::UpdateBundle { anchor: *anchor }
            }
            Reason::UnknownIssuer(MissingIssuer::SelfSigned)
            | Reason::LeafIsACa { same_key: None } => Self::AddItself(at),
            Reason::LeafIsACa {
                same_key: Some(anchor),
            } => Self::UpdateBundle { anchor: *anchor },
            Reason::UnknownIssuer(MissingIssuer::NoSuchName | MissingIssuer::NoPath) => {
                Self::AddIssuer {
                    issuer: rejection.described(at)?.issuer.clone(),
                }
            }
            Reason::MalformedCertificate(_)
            | Reason::UnsupportedVersion { .. }
            | Reason::UnsupportedSignatureAlgorithm { .. }
            | Reason::UnsupportedPublicKey(_)
            | Reason::NotACa
            | Reason::KeyUsage
            | Reason::ExtendedKeyUsage
            | Reason::UnknownCriticalExtension { .. } => Self::Reissue(at),
            _ => return None,
        })
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddIssuer { issuer } => write!(
                f,
                "have the backend send the certificate of {issuer}, or add it to the bundle"
            ),
            Self::AddItself(at) => {
                write!(f, "add {at} to the bundle, if it is to be trusted itself")
            }
            Self::CheckClock => f.write_str("check the clock of this machine and of the issuer"),
            Self::IssueFor {
                name,
                or_expect: None,
            } => {
                write!(f, "issue the certificate for {name}")
            }
            Self::IssueFor {
                name,
                or_expect: Some(presented),
            } => {
                write!(f, "issue the certificate for {name}, or expect {presented}")
            }
            Self::Reissue(at) => write!(f, "have {at} issued again without that"),
            Self::Renew(at) => write!(f, "renew {at}"),
            Self::UpdateBundle { anchor } => {
                write!(
                    f,
                    "put the current certificate in the place of anchor {anchor} in the bundle"
                )
            }
        }
    }
}
