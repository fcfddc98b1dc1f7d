//! The presented chain as a file that `verify` and `inspect` read.

use std::fs;
use std::path::Path;

use base64::prelude::BASE64_STANDARD;
use base64::prelude::Engine;

use crate::failure::Failure;
use crate::input::Source;

/// Writes PEM, the leaf first, in the place of what was there.
pub(crate) fn write(file: &Path, presented: &[Vec<u8>]) -> Result<(), Failure> {
    let pem: String = presented.iter().map(|der| block(der)).collect();
    fs::write(file, pem).map_err(|error| {
        let source = Source::File(file.to_owned());
        Failure::of_file("unwritable-file", &source, None, format!("cannot be written: {error}"))
    })
}

/// RFC 7468 5.
fn block(der: &[u8]) -> String {
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
