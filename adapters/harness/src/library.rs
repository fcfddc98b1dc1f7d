//! liblastmile, as `cargo build` makes it.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::root;
use crate::scratch;
use crate::scratch::profile_directory;

/// The two libraries, in a directory of their own.
#[derive(Clone, Debug)]
pub struct Library {
    directory: PathBuf,
    features: &'static str,
}

impl Library {
    /// Built with these features of lastmile-ffi, separated by commas, or with none; once in each
    /// process.
    ///
    /// # Panics
    /// It does not build.
    pub fn with_features(features: &'static str) -> Self {
        static BUILT: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
        let mut built = BUILT.lock().expect("the build of another test panicked");
        let directory = built.entry(features).or_insert_with(|| build(features));
        Self { directory: directory.clone(), features }
    }

    /// Of somebody's own making.
    pub(crate) fn of_archive(archive: PathBuf) -> Self {
        let directory = archive.parent().expect("an archive is in a directory").to_owned();
        Self { directory, features: "" }
    }

    /// `liblastmile.so`.
    pub fn shared(&self) -> PathBuf {
        self.directory.join("liblastmile.so")
    }

    /// `liblastmile.a`.
    pub fn archive(&self) -> PathBuf {
        self.directory.join("liblastmile.a")
    }

    /// Where both are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether it has documents and resolution.
    pub fn has_policy(&self) -> bool {
        self.features.split(',').any(|feature| feature == "policy")
    }
}

fn build(features: &str) -> PathBuf {
    cargo_build(&["-p", "lastmile-ffi", "--features", features]);
    // The next build, with other features, has the same file names.
    let directory = scratch(&format!("library-{}", features.replace(',', "-")));
    keep(&["liblastmile.so", "liblastmile.a"], &directory);
    // What a program that is linked with it looks for.
    let soname = directory.join(SONAME);
    // It is there already, but for the first time.
    let _ = symlink("liblastmile.so", &soname);
    assert!(soname.exists(), "{soname:?} cannot be made");
    directory
}

/// Builds a part of the workspace with the profile of the tests, so that what they are built of serves
/// there too.
///
/// # Panics
/// It does not build.
#[track_caller]
pub fn cargo_build(arguments: &[&str]) {
    let profile = profile_directory();
    let target = profile.parent().expect("target/debug is in target");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let name = match profile.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "test",
        Some(other) => other,
    };
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--profile", name]).args(arguments);
    // What cargo has told this test of its package would be news to build scripts: ring would be built again.
    for (name, _) in env::vars_os() {
        let is_of_package = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix))
                || matches!(name, "OUT_DIR" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE")
        });
        if is_of_package {
            command.env_remove(name);
        }
    }
    let status = command.arg("--target-dir").arg(target).current_dir(root()).status();
    assert!(status.expect("cargo runs").success(), "{command:?}");
}

/// Keeps what was built last, under the same names.
///
/// # Panics
/// It is not there.
pub(crate) fn keep(names: &[&str], directory: &Path) {
    for name in names {
        let (from, to) = (profile_directory().join(name), directory.join(name));
        // It is not there the first time.
        let _ = fs::remove_file(&to);
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(|_| ()))
            .unwrap_or_else(|error| panic!("{from:?} to {to:?}: {error}"));
    }
}

/// The workspace has one version.
const SONAME: &str = concat!(
    "liblastmile.so.",
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR")
);
