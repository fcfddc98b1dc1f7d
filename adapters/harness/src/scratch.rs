//! Where things are, and where tests put theirs.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The root of the workspace.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("adapters/harness is in the workspace")
}

/// A directory of this name for what a test makes; what an earlier run left is still there.
pub fn scratch(name: &str) -> PathBuf {
    let directory = profile_directory().join("programs").join(name);
    fs::create_dir_all(&directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    directory
}

/// Where cargo puts what it builds with the profile of the tests: `target/debug`, as a rule.
pub(crate) fn profile_directory() -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    // target/debug/deps/test-0123456789abcdef
    test.ancestors().nth(2).expect("a test is in target/debug/deps").to_owned()
}
