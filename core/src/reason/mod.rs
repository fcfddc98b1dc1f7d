//! The vocabulary of refusal: a code, a clause, a sentence, and what they are about.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cert::Malformed;
use crate::limits::Exceeded;
use crate::name::NameForm;
use crate::name::ReferenceName;

mod sentence;

/// What a reason is about. Complete: there is no third kind of certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// A presented certificate: 0 is the leaf, N the Nth of the others.
    Certificate(usize),
    /// A trust anchor, by its index in the verifier's [`TrustAnchors`](crate::TrustAnchors).
    Anchor(usize),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(index) => write!(f, "certificate {index}"),
            Self::Anchor(index) => write!(f, "anchor {index}"),
        }
    }
}

/// A reason, and what it is about. Displayed, it is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    reason: Reason,
    at: At,
}

impl Finding {
    pub(crate) const fn new(reason: Reason, at: At) -> Self {
        Self { reason, at }
    }

    /// Why.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Where.
    pub const fn at(&self) -> At {
        self.at
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.write_sentence(f, self.at)
    }
}

/// Why a chain is refused.
///
/// Variants are in the order in which the first of several is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// `malformed-certificate`: not the DER of a certificate.
    MalformedCertificate(Malformed),
    /// `unsupported-version`: not version 3, below the anchor.
    UnsupportedVersion {
        /// The version, as people count: 1 or 2.
        version: u8,
    },
    /// `certificate-too-large`: [`Limits::certificate_bytes`](crate::Limits::certificate_bytes).
    CertificateTooLarge {
        /// Octets of the certificate.
        length: usize,
        /// Octets that are allowed.
        limit: u32,
    },
    /// `too-many-certificates`: [`Limits::presented`](crate::Limits::presented).
    TooManyCertificates {
        /// Certificates beside the leaf.
        presented: usize,
        /// Certificates beside the leaf that are allowed.
        limit: u32,
    },
    /// `path-too-long`: [`Limits::intermediates`](crate::Limits::intermediates), or 16 certificates.
    PathTooLong {
        /// CA certificates between leaf and anchor that are allowed.
        limit: u32,
    },
    /// `too-many-signature-checks`: [`Limits::signature_checks`](crate::Limits::signature_checks).
    TooManySignatureChecks {
        /// Units of cost that are allowed.
        limit: u32,
    },
    /// `too-many-issuer-candidates`:
    /// [`Limits::issuer_candidates`](crate::Limits::issuer_candidates).
    TooManyIssuerCandidates {
        /// Candidates that are allowed.
        limit: u32,
    },
    /// `too-many-name-constraint-comparisons`:
    /// [`Limits::name_constraint_pairs`](crate::Limits::name_constraint_pairs).
    TooManyNameConstraintComparisons {
        /// Pairs that are allowed.
        limit: u32,
    },
    /// `too-many-name-bytes`: [`Limits::name_bytes`](crate::Limits::name_bytes).
    TooManyNameBytes {
        /// Octets that are allowed.
        limit: u32,
    },
    /// `unknown-issuer`: no path from here to an anchor.
    UnknownIssuer(MissingIssuer),
    /// `bad-signature`: the issuer's key did not make the signature.
    BadSignature {
        /// Whose key it should be.
        issuer: At,
    },
    /// `unsupported-signature-algorithm`: signed with what is not accepted.
    UnsupportedSignatureAlgorithm {
        /// The algorithm: its name or its dotted identifier.
        algorithm: String,
        /// Whether it is one of those that are broken: MD2, MD5, SHA-1.
        broken: bool,
    },
    /// `unsupported-public-key`: the key that should verify a signature is not accepted.
    UnsupportedPublicKey(KeyFault),
    /// `name-constraint-not-supported`: a constraint that cannot be judged.
    NameConstraintNotSupported(ConstraintFault),
    /// `malformed-name`: a name under a constraint of its form that is not well formed.
    MalformedName {
        /// Form and value of the name.
        name: String,
        /// The CA that constrains the form.
        by: At,
    },
    /// `name-not-permitted`: outside all permitted subtrees of its form.
    NameNotPermitted {
        /// Form and value of the name.
        name: String,
        /// The CA that constrains it.
        by: At,
        /// The first subtrees of the form that it permits.
        permitted: Vec<String>,
    },
    /// `name-excluded`: inside an excluded subtree.
    NameExcluded {
        /// Form and value of the name.
        name: String,
        /// The CA that constrains it.
        by: At,
        /// The subtree.
        subtree: String,
    },
    /// `name-mismatch`: none of the presented names is expected.
    NameMismatch {
        /// The names that the policy expects.
        expected: Vec<ReferenceName>,
        /// The first names that the certificate presents, with their forms, escaped.
        presented: Vec<String>,
        /// How many more it presents.
        more: usize,
    },
    /// `expired`: after notAfter.
    Expired {
        /// Seconds since 1970.
        not_after: i64,
        /// Seconds since 1970.
        now: i64,
    },
    /// `not-yet-valid`: before notBefore.
    NotYetValid {
        /// Seconds since 1970.
        not_before: i64,
        /// Seconds since 1970.
        now: i64,
    },
    /// `not-a-ca`: an issuer whose basicConstraints do not say cA=TRUE.
    NotACa,
    /// `leaf-is-a-ca`: a CA certificate as leaf that is not itself in the bundle.
    LeafIsACa {
        /// The anchor that has the same key: an earlier or later copy.
        same_key: Option<usize>,
    },
    /// `path-length-exceeded`: more CA certificates below than pathLenConstraint allows.
    PathLengthExceeded {
        /// The CA certificates that it allows.
        limit: u32,
        /// The CA certificates below it, self-issued ones not counted.
        below: u32,
    },
    /// `key-usage`: an issuer whose keyUsage lacks keyCertSign.
    KeyUsage,
    /// `extended-key-usage`: not for TLS servers.
    ExtendedKeyUsage {
        /// The first purposes that the certificate names instead.
        purposes: Vec<String>,
    },
    /// `unknown-critical-extension`.
    UnknownCriticalExtension {
        /// The extension: its name or its dotted identifier.
        extension: String,
    },
}

/// What is known of an issuer that was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MissingIssuer {
    /// A presented certificate bears the issuer's name, but it leads to no anchor.
    NoPath,
    /// No anchor and no presented certificate bears the issuer's name.
    NoSuchName,
    /// A certificate bears the issuer's name in other letters or another encoding.
    OtherSpelling {
        /// The certificate: presented, or an anchor.
        at: At,
    },
    /// An anchor bears the issuer's name, but its key did not make the signature.
    OtherKey {
        /// The index of the anchor.
        anchor: usize,
    },
    /// The certificate's own key signed it, and it is no anchor.
    SelfSigned {
        /// The anchor that bears its name: perhaps an earlier copy.
        earlier: Option<usize>,
    },
}

/// What is wrong with a key that should verify a signature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFault {
    /// No accepted algorithm takes such a key: its name or its dotted identifier.
    Algorithm(String),
    /// Not an RSAPublicKey with an odd modulus (RFC 8017 A.1.1), not an uncompressed point
    /// (RFC 5480 2.2), not 32 octets of Ed25519 (RFC 8410 4).
    Malformed,
    /// An RSA exponent that is even or below 3.
    RsaExponent,
    /// An RSA modulus outside 2048 to 8192 bits.
    RsaSize {
        /// Bits of the modulus.
        bits: u32,
    },
}

/// Why a name constraint cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConstraintFault {
    /// A subtree whose base is not well formed, and a name of that form below it.
    Base {
        /// Form and value of the base, escaped.
        base: String,
        /// The certificate that carries the name.
        name_at: At,
    },
    /// A minimum other than 0, or a maximum.
    Distances,
    /// A subtree of a form that is not implemented, and a name of that form below it.
    Form {
        /// The form.
        form: NameForm,
        /// The certificate that carries the name.
        name_at: At,
    },
}

impl Reason {
    /// The code: stable, for machines.
    pub fn code(&self) -> &'static str {
        self.entry().code
    }

    /// The clause of the standard that refuses.
    pub fn clause(&self) -> &'static str {
        self.entry().clause
    }

    /// OpenSSL's `X509_V_ERR_*` for it.
    pub fn x509_v_err(&self) -> i32 {
        self.entry().x509_v_err
    }

    /// The TLS alert that OpenSSL 3 sends for that error (RFC 8446 6).
    pub fn alert(&self) -> u8 {
        self.entry().alert
    }

    fn entry(&self) -> Entry {
        let (code, clause, x509_v_err, alert) = match self {
            // CERT_REJECTED
            Self::MalformedCertificate(_) => {
                ("malformed-certificate", "RFC 5280 4.1", 28, BAD_CERTIFICATE)
            }
            Self::UnsupportedVersion { .. } => {
                ("unsupported-version", "RFC 5280 6.1.4 k", 28, BAD_CERTIFICATE)
            }
            Self::CertificateTooLarge { .. } => {
                ("certificate-too-large", "local limit", 28, BAD_CERTIFICATE)
            }
            // CERT_CHAIN_TOO_LONG
            Self::TooManyCertificates { .. } => {
                ("too-many-certificates", "local limit", 22, UNKNOWN_CA)
            }
            Self::PathTooLong { .. } => ("path-too-long", "local limit", 22, UNKNOWN_CA),
            Self::TooManySignatureChecks { .. } => {
                ("too-many-signature-checks", "local limit", 22, UNKNOWN_CA)
            }
            Self::TooManyIssuerCandidates { .. } => {
                ("too-many-issuer-candidates", "local limit", 22, UNKNOWN_CA)
            }
            // UNSPECIFIED, as OpenSSL's own limit on the same work.
            Self::TooManyNameConstraintComparisons { .. } => {
                ("too-many-name-constraint-comparisons", "local limit", 1, INTERNAL_ERROR)
            }
            Self::TooManyNameBytes { .. } => {
                ("too-many-name-bytes", "local limit", 1, INTERNAL_ERROR)
            }
            // DEPTH_ZERO_SELF_SIGNED_CERT or SELF_SIGNED_CERT_IN_CHAIN: both send the same.
            Self::UnknownIssuer(MissingIssuer::SelfSigned { .. }) => {
                ("unknown-issuer", "RFC 5280 6.1", 18, UNKNOWN_CA)
            }
            // UNABLE_TO_GET_ISSUER_CERT_LOCALLY
            Self::UnknownIssuer(_) => ("unknown-issuer", "RFC 5280 6.1", 20, UNKNOWN_CA),
            // CERT_SIGNATURE_FAILURE
            Self::BadSignature { .. } => ("bad-signature", "RFC 5280 6.1.3 a 1", 7, DECRYPT_ERROR),
            // CA_MD_TOO_WEAK
            Self::UnsupportedSignatureAlgorithm { broken: true, .. } => {
                ("unsupported-signature-algorithm", "RFC 5280 6.1.3 a 1", 68, BAD_CERTIFICATE)
            }
            // UNSUPPORTED_SIGNATURE_ALGORITHM
            Self::UnsupportedSignatureAlgorithm { broken: false, .. } => {
                ("unsupported-signature-algorithm", "RFC 5280 6.1.3 a 1", 76, CERTIFICATE_UNKNOWN)
            }
            // CA_KEY_TOO_SMALL
            Self::UnsupportedPublicKey(KeyFault::RsaSize { .. }) => {
                ("unsupported-public-key", "RFC 5280 6.1.4 d", 67, BAD_CERTIFICATE)
            }
            // UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY
            Self::UnsupportedPublicKey(_) => {
                ("unsupported-public-key", "RFC 5280 6.1.4 d", 6, BAD_CERTIFICATE)
            }
            // SUBTREE_MINMAX, UNSUPPORTED_CONSTRAINT_TYPE, UNSUPPORTED_CONSTRAINT_SYNTAX
            Self::NameConstraintNotSupported(fault) => (
                "name-constraint-not-supported",
                "RFC 5280 4.2.1.10",
                match fault {
                    ConstraintFault::Distances => 49,
                    ConstraintFault::Form { .. } => 51,
                    ConstraintFault::Base { .. } => 52,
                },
                CERTIFICATE_UNKNOWN,
            ),
            // UNSUPPORTED_NAME_SYNTAX
            Self::MalformedName { .. } => {
                ("malformed-name", "RFC 5280 4.2.1.6", 53, CERTIFICATE_UNKNOWN)
            }
            // PERMITTED_VIOLATION
            Self::NameNotPermitted { .. } => {
                ("name-not-permitted", "RFC 5280 6.1.3 b", 47, CERTIFICATE_UNKNOWN)
            }
            // EXCLUDED_VIOLATION
            Self::NameExcluded { .. } => {
                ("name-excluded", "RFC 5280 6.1.3 c", 48, CERTIFICATE_UNKNOWN)
            }
            // IP_ADDRESS_MISMATCH, if nothing else was expected.
            Self::NameMismatch { expected, .. }
                if matches!(expected.as_slice(), [ReferenceName::Ip(_)]) =>
            {
                ("name-mismatch", "RFC 9525 6", 64, BAD_CERTIFICATE)
            }
            // HOSTNAME_MISMATCH
            Self::NameMismatch { .. } => ("name-mismatch", "RFC 9525 6", 62, BAD_CERTIFICATE),
            // CERT_HAS_EXPIRED
            Self::Expired { .. } => ("expired", "RFC 5280 4.1.2.5", 10, CERTIFICATE_EXPIRED),
            // CERT_NOT_YET_VALID
            Self::NotYetValid { .. } => ("not-yet-valid", "RFC 5280 4.1.2.5", 9, BAD_CERTIFICATE),
            // INVALID_CA
            Self::NotACa => ("not-a-ca", "RFC 5280 6.1.4 k", 79, UNKNOWN_CA),
            // INVALID_NON_CA
            Self::LeafIsACa { .. } => ("leaf-is-a-ca", "RFC 5280 4.2.1.9", 37, CERTIFICATE_UNKNOWN),
            // PATH_LENGTH_EXCEEDED
            Self::PathLengthExceeded { .. } => {
                ("path-length-exceeded", "RFC 5280 6.1.4 l", 25, UNKNOWN_CA)
            }
            // KEYUSAGE_NO_CERTSIGN
            Self::KeyUsage => ("key-usage", "RFC 5280 6.1.4 n", 32, CERTIFICATE_UNKNOWN),
            // INVALID_PURPOSE
            Self::ExtendedKeyUsage { .. } => {
                ("extended-key-usage", "RFC 5280 4.2.1.12", 26, UNSUPPORTED_CERTIFICATE)
            }
            // UNHANDLED_CRITICAL_EXTENSION
            Self::UnknownCriticalExtension { .. } => {
                ("unknown-critical-extension", "RFC 5280 4.2", 34, CERTIFICATE_UNKNOWN)
            }
        };
        Entry { code, clause, x509_v_err, alert }
    }

    /// Where the reason stands among several: the least is reported first.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::MalformedCertificate(_) | Self::UnsupportedVersion { .. } => 0,
            Self::CertificateTooLarge { .. }
            | Self::TooManyCertificates { .. }
            | Self::PathTooLong { .. }
            | Self::TooManySignatureChecks { .. }
            | Self::TooManyIssuerCandidates { .. }
            | Self::TooManyNameConstraintComparisons { .. }
            | Self::TooManyNameBytes { .. } => 1,
            Self::UnknownIssuer(_) | Self::BadSignature { .. } => 2,
            Self::UnsupportedSignatureAlgorithm { .. } | Self::UnsupportedPublicKey(_) => 3,
            Self::NameConstraintNotSupported(_)
            | Self::MalformedName { .. }
            | Self::NameNotPermitted { .. }
            | Self::NameExcluded { .. } => 4,
            Self::NameMismatch { .. } => 5,
            Self::Expired { .. } | Self::NotYetValid { .. } => 6,
            Self::NotACa | Self::LeafIsACa { .. } | Self::PathLengthExceeded { .. } => 7,
            Self::KeyUsage | Self::ExtendedKeyUsage { .. } => 8,
            Self::UnknownCriticalExtension { .. } => 9,
        }
    }
}

impl From<Exceeded> for Reason {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::IssuerCandidates(limit) => Self::TooManyIssuerCandidates { limit },
            Exceeded::NameBytes(limit) => Self::TooManyNameBytes { limit },
            Exceeded::NameConstraintPairs(limit) => {
                Self::TooManyNameConstraintComparisons { limit }
            }
            Exceeded::SignatureChecks(limit) => Self::TooManySignatureChecks { limit },
        }
    }
}

impl From<Malformed> for Reason {
    fn from(malformed: Malformed) -> Self {
        Self::MalformedCertificate(malformed)
    }
}

struct Entry {
    code: &'static str,
    clause: &'static str,
    x509_v_err: i32,
    alert: u8,
}

// RFC 8446 6. Which error sends which is OpenSSL's table; what it does not list is unknown.
const BAD_CERTIFICATE: u8 = 42;
const UNSUPPORTED_CERTIFICATE: u8 = 43;
const CERTIFICATE_EXPIRED: u8 = 45;
const CERTIFICATE_UNKNOWN: u8 = 46;
const UNKNOWN_CA: u8 = 48;
const DECRYPT_ERROR: u8 = 51;
const INTERNAL_ERROR: u8 = 80;
