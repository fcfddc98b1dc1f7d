//! Fingerprints.

use std::fmt::Write;

use sha2::Digest;
use sha2::Sha256;

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().fold(String::new(), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}
