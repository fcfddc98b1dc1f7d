//! Certificates as PEM.

use base64::prelude::BASE64_STANDARD;
use base64::prelude::Engine;

/// RFC 7468 5.
pub(crate) fn block(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = BASE64_STANDARD.encode(der);
    while !rest.is_empty() {
        let after = rest.split_off(rest.len().min(LINE));
        text.push_str(&rest);
        text.push('\n');
        rest = after;
    }
    text + "-----END CERTIFICATE-----\n"
}

const LINE: usize = 64;
