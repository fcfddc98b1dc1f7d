//! The sentence of each reason, with what it is about.

use core::fmt;

use super::At;
use super::ConstraintFault;
use super::KeyFault;
use super::MissingIssuer;
use super::Reason;
use crate::time::Elapsed;

impl Reason {
    pub(super) fn write_sentence(&self, f: &mut fmt::Formatter<'_>, at: At) -> fmt::Result {
        match self {
            Self::MalformedCertificate(malformed) => write!(f, "{at} is malformed: {malformed}"),
            Self::UnsupportedVersion { version } => {
                write!(f, "{at} is of version {version}, and only version 3 is accepted")
            }
            Self::CertificateTooLarge { length, limit } => {
                write!(f, "{at} has {length} octets, and at most {limit} are accepted")
            }
            Self::TooManyCertificates { presented, limit } => write!(
                f,
                "{presented} certificates are presented beside the leaf, and at most {limit} are accepted"
            ),
            Self::PathTooLong { limit } => write!(
                f,
                "the path needs more than the {limit} CA certificates that are accepted between leaf and anchor"
            ),
            Self::TooManySignatureChecks { limit } => write!(
                f,
                "no path was found within the {limit} units of signature checks that are accepted"
            ),
            Self::TooManyIssuerCandidates { limit } => {
                write!(f, "no path was found among the first {limit} candidates for an issuer")
            }
            Self::TooManyNameConstraintComparisons { limit } => write!(
                f,
                "the name constraints take more work than the {limit} comparisons that are accepted"
            ),
            Self::TooManyNameBytes { limit } => write!(
                f,
                "the names and name constraints are more than the {limit} octets that are read to compare them"
            ),
            Self::UnknownIssuer(missing) => write_missing_issuer(f, at, *missing),
            Self::BadSignature { issuer } => {
                write!(f, "the signature of {at} was not made by the key of {issuer}")
            }
            Self::UnsupportedSignatureAlgorithm { algorithm, .. } => {
                write!(f, "{at} is signed with {algorithm}, which is not accepted")
            }
            Self::UnsupportedPublicKey(fault) => write_key_fault(f, at, fault),
            Self::NameConstraintNotSupported(fault) => write_constraint_fault(f, at, fault),
            Self::MalformedName { name, by } => {
                write!(f, "{at} carries a name that {by} constrains and that is malformed: {name}")
            }
            Self::NameNotPermitted { name, by, .. } => {
                write!(f, "{by} does not permit a name of {at}: {name}")
            }
            Self::NameExcluded { name, by, .. } => {
                write!(f, "{by} excludes a name of {at}: {name}")
            }
            Self::NameMismatch { expected, .. } => match expected.as_slice() {
                [name] => write!(f, "the certificate is not valid for {name}"),
                _ => f.write_str("the certificate is not valid for any of the expected names"),
            },
            Self::Expired { not_after, now } => {
                write!(f, "{at} expired {} ago", Elapsed(now.saturating_sub(*not_after)))
            }
            Self::NotYetValid { not_before, now } => {
                write!(
                    f,
                    "{at} is not valid for another {}",
                    Elapsed(not_before.saturating_sub(*now))
                )
            }
            Self::NotACa => write!(f, "{at} is an issuer but not a CA certificate"),
            Self::LeafIsACa { same_key: None } => {
                write!(f, "{at} is a CA certificate and not itself in the bundle")
            }
            Self::LeafIsACa { same_key: Some(anchor) } => write!(
                f,
                "{at} is a CA certificate and not itself in the bundle, which has another certificate of its key: anchor {anchor}"
            ),
            Self::PathLengthExceeded { limit, below } => {
                write!(f, "{at} allows {} below it, and the path has {below}", Count(*limit))
            }
            Self::KeyUsage => write!(f, "{at} is an issuer whose key may not sign certificates"),
            Self::ExtendedKeyUsage { purposes } => {
                write!(f, "{at} is not for TLS servers, but for {}", purposes.join(", "))
            }
            Self::UnknownCriticalExtension { extension } => {
                write!(f, "{at} has a critical extension that is not understood: {extension}")
            }
        }
    }
}

/// A number of CA certificates.
struct Count(u32);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("no CA certificate"),
            1 => f.write_str("1 CA certificate"),
            count => write!(f, "{count} CA certificates"),
        }
    }
}

fn write_missing_issuer(f: &mut fmt::Formatter<'_>, at: At, missing: MissingIssuer) -> fmt::Result {
    match missing {
        MissingIssuer::NoSuchName => {
            write!(f, "the issuer of {at} is neither in the bundle nor presented")
        }
        MissingIssuer::OtherKey { anchor } => write!(
            f,
            "anchor {anchor} bears the name of the issuer of {at}, but its key did not make the signature"
        ),
        MissingIssuer::OtherSpelling { at: other } => write!(
            f,
            "{at} spells the name of its issuer otherwise than {other} does, and names are compared octet by octet"
        ),
        MissingIssuer::NoPath => {
            write!(f, "the issuer of {at} is presented, but it leads to no anchor")
        }
        MissingIssuer::SelfSigned { earlier: None } => {
            write!(f, "{at} is self-signed and not in the bundle")
        }
        MissingIssuer::SelfSigned { earlier: Some(anchor) } => write!(
            f,
            "{at} is self-signed and not in the bundle, which has another certificate of its name: anchor {anchor}"
        ),
    }
}

fn write_key_fault(f: &mut fmt::Formatter<'_>, at: At, fault: &KeyFault) -> fmt::Result {
    match fault {
        KeyFault::Algorithm(algorithm) => {
            write!(f, "the key of {at} is of a kind that is not accepted: {algorithm}")
        }
        KeyFault::RsaExponent => {
            write!(f, "the RSA key of {at} has an even exponent, or one below 3")
        }
        KeyFault::RsaSize { bits } => {
            write!(f, "the RSA key of {at} has {bits} bits, and 2048 to 8192 are accepted")
        }
        KeyFault::Malformed => write!(f, "the key of {at} is malformed"),
    }
}

fn write_constraint_fault(
    f: &mut fmt::Formatter<'_>,
    at: At,
    fault: &ConstraintFault,
) -> fmt::Result {
    match fault {
        ConstraintFault::Distances => {
            write!(f, "a name constraint of {at} has a minimum or a maximum")
        }
        ConstraintFault::Form { form, name_at } => write!(
            f,
            "{at} constrains names of a form that is not implemented, and {name_at} has one: {form}"
        ),
        ConstraintFault::Base { base, name_at } => write!(
            f,
            "{at} has a name constraint that is malformed, and {name_at} has a name of its form: {base}"
        ),
    }
}
