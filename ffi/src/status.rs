//! What a function concluded, as a number that never changes its meaning.

use engine::Reason;

/// What a call concluded. `code` is one of `LASTMILE_…`: 0 is done, or accepted; from 1 the call was
/// wrong or could not be done; from 1000 the chain is refused. Numbers are never reused, and one that
/// a program does not know means refused.
///
/// It is no plain integer, because OpenSSL's callbacks fail on 0 and less, and BoringSSL's have
/// cases of their own: to return it from either does not compile.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct lastmile_status {
    /// One of `LASTMILE_…`.
    pub code: i32,
}

/// Why a call did not do its job.
pub(crate) type Failed = lastmile_status;

/// Done; of a chain: accepted.
pub const LASTMILE_OK: i32 = 0;

/// A pointer is NULL where a value is needed.
pub const LASTMILE_NULL_POINTER: i32 = 1;
/// An argument is out of its range: a length, an index, a constant that is not known.
pub const LASTMILE_INVALID_ARGUMENT: i32 = 2;
/// A fault in the library, which did nothing. Treat it as a refusal, and report it.
pub const LASTMILE_PANIC: i32 = 3;

/// A bundle is not what it should be: the text says which block, and why.
pub const LASTMILE_INVALID_BUNDLE: i32 = 100;
/// There is no certificate to trust.
pub const LASTMILE_NO_ANCHORS: i32 = 101;
/// The roots of the system cannot be read.
pub const LASTMILE_NO_SYSTEM_ANCHORS: i32 = 102;
/// Not a DNS name, or a wildcard that is none.
pub const LASTMILE_INVALID_DNS_NAME: i32 = 110;
/// Not a URI.
pub const LASTMILE_INVALID_URI: i32 = 111;
/// Neither 4 nor 16 octets.
pub const LASTMILE_INVALID_IP_ADDRESS: i32 = 112;
/// No name is expected: there is no verifier that takes any.
pub const LASTMILE_NO_NAMES: i32 = 113;

/// Refused, for a reason that has no number yet.
pub const LASTMILE_REFUSED: i32 = 1000;
/// malformed-certificate
pub const LASTMILE_MALFORMED_CERTIFICATE: i32 = 1010;
/// unsupported-version
pub const LASTMILE_UNSUPPORTED_VERSION: i32 = 1011;
/// certificate-too-large
pub const LASTMILE_CERTIFICATE_TOO_LARGE: i32 = 1100;
/// too-many-certificates
pub const LASTMILE_TOO_MANY_CERTIFICATES: i32 = 1101;
/// path-too-long
pub const LASTMILE_PATH_TOO_LONG: i32 = 1102;
/// too-many-signature-checks
pub const LASTMILE_TOO_MANY_SIGNATURE_CHECKS: i32 = 1103;
/// too-many-issuer-candidates
pub const LASTMILE_TOO_MANY_ISSUER_CANDIDATES: i32 = 1104;
/// too-many-name-constraint-comparisons
pub const LASTMILE_TOO_MANY_NAME_CONSTRAINT_COMPARISONS: i32 = 1105;
/// too-many-name-bytes
pub const LASTMILE_TOO_MANY_NAME_BYTES: i32 = 1106;
/// unknown-issuer
pub const LASTMILE_UNKNOWN_ISSUER: i32 = 1200;
/// bad-signature
pub const LASTMILE_BAD_SIGNATURE: i32 = 1201;
/// unsupported-signature-algorithm
pub const LASTMILE_UNSUPPORTED_SIGNATURE_ALGORITHM: i32 = 1300;
/// unsupported-public-key
pub const LASTMILE_UNSUPPORTED_PUBLIC_KEY: i32 = 1301;
/// name-constraint-not-supported
pub const LASTMILE_NAME_CONSTRAINT_NOT_SUPPORTED: i32 = 1500;
/// malformed-name
pub const LASTMILE_MALFORMED_NAME: i32 = 1501;
/// name-not-permitted
pub const LASTMILE_NAME_NOT_PERMITTED: i32 = 1502;
/// name-excluded
pub const LASTMILE_NAME_EXCLUDED: i32 = 1503;
/// name-mismatch
pub const LASTMILE_NAME_MISMATCH: i32 = 1600;
/// expired
pub const LASTMILE_EXPIRED: i32 = 1700;
/// not-yet-valid
pub const LASTMILE_NOT_YET_VALID: i32 = 1701;
/// not-a-ca
pub const LASTMILE_NOT_A_CA: i32 = 1800;
/// leaf-is-a-ca
pub const LASTMILE_LEAF_IS_A_CA: i32 = 1801;
/// path-length-exceeded
pub const LASTMILE_PATH_LENGTH_EXCEEDED: i32 = 1802;
/// key-usage
pub const LASTMILE_KEY_USAGE: i32 = 1900;
/// extended-key-usage
pub const LASTMILE_EXTENDED_KEY_USAGE: i32 = 1901;
/// unknown-critical-extension
pub const LASTMILE_UNKNOWN_CRITICAL_EXTENSION: i32 = 1950;

/// The numbers of the reasons, by their codes.
const REASONS: [(&str, i32); 26] = [
    ("malformed-certificate", LASTMILE_MALFORMED_CERTIFICATE),
    ("unsupported-version", LASTMILE_UNSUPPORTED_VERSION),
    ("certificate-too-large", LASTMILE_CERTIFICATE_TOO_LARGE),
    ("too-many-certificates", LASTMILE_TOO_MANY_CERTIFICATES),
    ("path-too-long", LASTMILE_PATH_TOO_LONG),
    ("too-many-signature-checks", LASTMILE_TOO_MANY_SIGNATURE_CHECKS),
    ("too-many-issuer-candidates", LASTMILE_TOO_MANY_ISSUER_CANDIDATES),
    ("too-many-name-constraint-comparisons", LASTMILE_TOO_MANY_NAME_CONSTRAINT_COMPARISONS),
    ("too-many-name-bytes", LASTMILE_TOO_MANY_NAME_BYTES),
    ("unknown-issuer", LASTMILE_UNKNOWN_ISSUER),
    ("bad-signature", LASTMILE_BAD_SIGNATURE),
    ("unsupported-signature-algorithm", LASTMILE_UNSUPPORTED_SIGNATURE_ALGORITHM),
    ("unsupported-public-key", LASTMILE_UNSUPPORTED_PUBLIC_KEY),
    ("name-constraint-not-supported", LASTMILE_NAME_CONSTRAINT_NOT_SUPPORTED),
    ("malformed-name", LASTMILE_MALFORMED_NAME),
    ("name-not-permitted", LASTMILE_NAME_NOT_PERMITTED),
    ("name-excluded", LASTMILE_NAME_EXCLUDED),
    ("name-mismatch", LASTMILE_NAME_MISMATCH),
    ("expired", LASTMILE_EXPIRED),
    ("not-yet-valid", LASTMILE_NOT_YET_VALID),
    ("not-a-ca", LASTMILE_NOT_A_CA),
    ("leaf-is-a-ca", LASTMILE_LEAF_IS_A_CA),
    ("path-length-exceeded", LASTMILE_PATH_LENGTH_EXCEEDED),
    ("key-usage", LASTMILE_KEY_USAGE),
    ("extended-key-usage", LASTMILE_EXTENDED_KEY_USAGE),
    ("unknown-critical-extension", LASTMILE_UNKNOWN_CRITICAL_EXTENSION),
];

/// How many kinds of verdict are counted: accepted, each reason, and reasons without a number.
pub(crate) const VERDICTS: usize = REASONS.len() + 2;

impl lastmile_status {
    pub(crate) const OK: Self = Self { code: LASTMILE_OK };
    pub(crate) const NULL_POINTER: Self = Self { code: LASTMILE_NULL_POINTER };
    pub(crate) const INVALID_ARGUMENT: Self = Self { code: LASTMILE_INVALID_ARGUMENT };
    pub(crate) const PANIC: Self = Self { code: LASTMILE_PANIC };

    /// The status of a refusal.
    pub(crate) fn of_reason(reason: &Reason) -> Self {
        let known = REASONS.iter().find(|(code, _)| *code == reason.code());
        Self { code: known.map_or(LASTMILE_REFUSED, |(_, number)| *number) }
    }

    /// Which of [`VERDICTS`] it is, if it is one.
    pub(crate) fn verdict(self) -> Option<usize> {
        match self.code {
            LASTMILE_OK => Some(0),
            LASTMILE_REFUSED => Some(VERDICTS - 1),
            number => REASONS.iter().position(|(_, known)| *known == number).map(|at| at + 1),
        }
    }
}
