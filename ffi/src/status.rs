//! What a function concluded, as a number that never changes its meaning.

use std::ffi::CStr;
use std::ffi::c_char;

use engine::Reason;

use crate::boundary::guard_value;

/// What a call concluded. `code` is one of `LASTMILE_*`: 0 is done, or accepted; from 1 the call was
/// wrong or could not be done; from 1000 the chain is refused. Numbers are never reused, and one that
/// a program does not know means refused: only `lastmile_status_is_ok` means accepted.
///
/// It is no plain integer, because OpenSSL's callbacks fail on 0 and less, and BoringSSL's have
/// cases of their own: to return it from either does not compile.
#[repr(C)]
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct lastmile_status {
    /// One of `LASTMILE_*`.
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
/// A fault in the library. Treat it as a refusal, and report it; what the call was changing may not be
/// used again, but freed.
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

/// Not a validation stanza that the API takes: the text says which fields, and why.
pub const LASTMILE_INVALID_VALIDATION: i32 = 120;
/// Not the name of a target.
pub const LASTMILE_INVALID_TARGET: i32 = 121;

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

/// The word for a status, such as `name-mismatch`; of a reason, the one that `lastmile_verdict_info` has
/// in `code`. Static text, ended by an octet 0; `unknown` of a number that is not known, which means
/// refused.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub extern "C" fn lastmile_status_name(status: lastmile_status) -> *const c_char {
    guard_value(c"unknown", || status.name()).as_ptr()
}

/// The numbers that are no verdicts, by their names.
const FAILURES: [(&CStr, i32); 14] = [
    (c"ok", LASTMILE_OK),
    (c"null-pointer", LASTMILE_NULL_POINTER),
    (c"invalid-argument", LASTMILE_INVALID_ARGUMENT),
    (c"panic", LASTMILE_PANIC),
    (c"invalid-bundle", LASTMILE_INVALID_BUNDLE),
    (c"no-anchors", LASTMILE_NO_ANCHORS),
    (c"no-system-anchors", LASTMILE_NO_SYSTEM_ANCHORS),
    (c"invalid-dns-name", LASTMILE_INVALID_DNS_NAME),
    (c"invalid-uri", LASTMILE_INVALID_URI),
    (c"invalid-ip-address", LASTMILE_INVALID_IP_ADDRESS),
    (c"no-names", LASTMILE_NO_NAMES),
    (c"invalid-validation", LASTMILE_INVALID_VALIDATION),
    (c"invalid-target", LASTMILE_INVALID_TARGET),
    (c"refused", LASTMILE_REFUSED),
];

/// The numbers of the reasons, by their codes.
const REASONS: [(&CStr, i32); 26] = [
    (c"malformed-certificate", LASTMILE_MALFORMED_CERTIFICATE),
    (c"unsupported-version", LASTMILE_UNSUPPORTED_VERSION),
    (c"certificate-too-large", LASTMILE_CERTIFICATE_TOO_LARGE),
    (c"too-many-certificates", LASTMILE_TOO_MANY_CERTIFICATES),
    (c"path-too-long", LASTMILE_PATH_TOO_LONG),
    (c"too-many-signature-checks", LASTMILE_TOO_MANY_SIGNATURE_CHECKS),
    (c"too-many-issuer-candidates", LASTMILE_TOO_MANY_ISSUER_CANDIDATES),
    (c"too-many-name-constraint-comparisons", LASTMILE_TOO_MANY_NAME_CONSTRAINT_COMPARISONS),
    (c"too-many-name-bytes", LASTMILE_TOO_MANY_NAME_BYTES),
    (c"unknown-issuer", LASTMILE_UNKNOWN_ISSUER),
    (c"bad-signature", LASTMILE_BAD_SIGNATURE),
    (c"unsupported-signature-algorithm", LASTMILE_UNSUPPORTED_SIGNATURE_ALGORITHM),
    (c"unsupported-public-key", LASTMILE_UNSUPPORTED_PUBLIC_KEY),
    (c"name-constraint-not-supported", LASTMILE_NAME_CONSTRAINT_NOT_SUPPORTED),
    (c"malformed-name", LASTMILE_MALFORMED_NAME),
    (c"name-not-permitted", LASTMILE_NAME_NOT_PERMITTED),
    (c"name-excluded", LASTMILE_NAME_EXCLUDED),
    (c"name-mismatch", LASTMILE_NAME_MISMATCH),
    (c"expired", LASTMILE_EXPIRED),
    (c"not-yet-valid", LASTMILE_NOT_YET_VALID),
    (c"not-a-ca", LASTMILE_NOT_A_CA),
    (c"leaf-is-a-ca", LASTMILE_LEAF_IS_A_CA),
    (c"path-length-exceeded", LASTMILE_PATH_LENGTH_EXCEEDED),
    (c"key-usage", LASTMILE_KEY_USAGE),
    (c"extended-key-usage", LASTMILE_EXTENDED_KEY_USAGE),
    (c"unknown-critical-extension", LASTMILE_UNKNOWN_CRITICAL_EXTENSION),
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
        Self::of_code(reason.code())
    }

    fn of_code(code: &str) -> Self {
        let known = REASONS.iter().find(|(name, _)| name.to_bytes() == code.as_bytes());
        Self { code: known.map_or(LASTMILE_REFUSED, |(_, number)| *number) }
    }

    fn name(self) -> &'static CStr {
        let known = FAILURES.iter().chain(&REASONS).find(|(_, number)| *number == self.code);
        known.map_or(c"unknown", |(name, _)| *name)
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

#[cfg(test)]
mod tests {
    use super::LASTMILE_REFUSED;
    use super::REASONS;
    use super::VERDICTS;
    use super::lastmile_status;

    #[test]
    fn every_code_of_the_engine_has_a_number() {
        let codes = include_str!("../../core/src/codes.md");
        let codes: Vec<&str> = codes.lines().filter_map(|line| line.split('`').nth(1)).collect();
        let numbered: Vec<&str> =
            REASONS.iter().filter_map(|(code, _)| code.to_str().ok()).collect();
        assert_eq!(numbered, codes, "codes.md lists them in this order");
    }

    #[test]
    fn a_code_without_a_number_is_a_refusal() {
        assert_eq!(lastmile_status::of_code("no-such-code").code, LASTMILE_REFUSED);
        for (name, number) in REASONS {
            let code = name.to_str().expect("codes are ASCII");
            assert_eq!(lastmile_status::of_code(code).code, number);
            assert!(number > LASTMILE_REFUSED, "{code}");
        }
    }

    #[test]
    fn what_is_counted_is_each_verdict_by_itself() {
        let accepted = lastmile_status::OK.verdict();
        let unknown = lastmile_status { code: LASTMILE_REFUSED }.verdict();
        let reasons = REASONS.iter().map(|(_, code)| lastmile_status { code: *code }.verdict());
        let all: Vec<Option<usize>> = reasons.chain([accepted, unknown]).collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().flatten().collect();
        assert_eq!(distinct.len(), VERDICTS);
        assert!(distinct.iter().all(|kind| **kind < VERDICTS));
    }

    #[test]
    fn what_is_not_known_has_no_word_and_is_not_counted() {
        for code in [-1, 4, 999, 1001, i32::MAX, i32::MIN] {
            assert_eq!(lastmile_status { code }.name(), c"unknown");
            assert_eq!(lastmile_status { code }.verdict(), None);
        }
    }
}
