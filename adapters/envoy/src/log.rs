//! Lines of Envoy's log, which say whose they are.

use crate::abi;
use crate::abi::Level;

/// Something is wrong, and nothing is done.
pub(crate) fn error(validator: &str, what: &str) {
    write(Level::Error, validator, what);
}

/// Something is odd.
pub(crate) fn warn(validator: &str, what: &str) {
    write(Level::Warn, validator, what);
}

/// One line each.
fn write(level: Level, validator: &str, what: &str) {
    for line in what.lines() {
        abi::log(level, &format!("lastmile: {validator}: {line}"));
    }
}
