//! What a shared library says of itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::has;
use crate::run::run;

const PRINTS_WITHIN: Duration = Duration::from_secs(60);

/// The names that a shared library exports, sorted, and its dynamic section, if there are programs here that print
/// them.
///
/// # Panics
/// It is no shared library.
#[track_caller]
pub fn dynamic_symbols(library: &Path) -> Option<(Vec<String>, String)> {
    let skipped = "the symbols of the module";
    if !has("nm", "--version", skipped) || !has("readelf", "--version", skipped) {
        return None;
    }
    let of = |command: &str, arguments: &[&str]| {
        run(Command::new(command).args(arguments).arg(library), PRINTS_WITHIN).expect_success()
    };
    let symbols = of("nm", &["--dynamic", "--defined-only", "--format=posix"]);
    let names = symbols.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    Some((names, of("readelf", &["--dynamic", "--wide"])))
}
