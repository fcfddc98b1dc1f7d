//! Files that a host writes to while a test reads them.

use std::fs;
use std::path::Path;

/// The whole lines of a file; nothing if there is no such file. A write need not arrive at once, not even a short
/// one: what crosses a page of the file is seen in two parts. So a line without its end is not there yet.
pub fn whole_lines(file: &Path) -> String {
    let mut octets = fs::read(file).unwrap_or_default();
    let end = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |last| last + 1);
    octets.truncate(end);
    String::from_utf8_lossy(&octets).into_owned()
}
