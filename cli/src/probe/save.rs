//! The presented chain as a file that `verify` and `inspect` read.

use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::input::Source;
use crate::pem::block;

/// Writes PEM, the leaf first, in the place of what was there.
pub(crate) fn write(file: &Path, presented: &[Vec<u8>]) -> Result<(), Failure> {
    let pem: String = presented.iter().map(|der| block(der)).collect();
    fs::write(file, pem).map_err(|error| {
        let source = Source::File(file.to_owned());
        Failure::of_file("unwritable-file", &source, None, format!("cannot be written: {error}"))
    })
}
