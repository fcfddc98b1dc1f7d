//! What nginx is built with, and a current one, built from the sources that the crate `nginx-src` of its makers
//! brings.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::debian::debian_packages;
use crate::debian::has_header;
use crate::debian::machine;
use crate::has;
use crate::run::Finished;
use crate::run::run;
use crate::say_skipped;
use crate::scratch;

/// The release of nginx.
pub const NGINX_RELEASE: &str = "1.28.3";
/// The version of the crate that has it.
const CRATE: &str = "1.28.5";

/// What it is configured with, besides where the libraries are.
const FLAGS: [&str; 4] =
    ["--with-compat", "--with-http_ssl_module", "--with-http_v2_module", "--with-threads"];

const FETCHES_FOR: Duration = Duration::from_secs(180);
const BUILDS_FOR: Duration = Duration::from_secs(300);

/// The program, and its sources as `build.sh` of the module wants them. They are fetched by cargo, and built
/// once, with these flags of the compiler and the linker; where that cannot be done, says what is skipped.
pub(crate) fn nginx_sources(options: &Options, skipped: &str) -> Option<(PathBuf, PathBuf)> {
    let directory = scratch(&format!("nginx-{NGINX_RELEASE}"));
    let (program, sources) = (directory.join("build/nginx"), directory.join("sources"));
    let whole = directory.join("whole");
    if !whole.exists() {
        if !has("make", "--version", skipped) {
            return None;
        }
        let built = fetch(&directory).and_then(|from| build(&from, &directory, options));
        if let Err(why) = built {
            say_skipped(skipped, format_args!("nginx-src {CRATE} cannot be had: {why}"));
            return None;
        }
        fs::write(&whole, "").expect("a file is written");
    }
    Some((program, sources))
}

/// Where cargo has put the crate: nothing else of it is compiled.
fn fetch(directory: &Path) -> Result<PathBuf, String> {
    let package = directory.join("package");
    let manifest = package.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"sources\"\n[dependencies]\nnginx-src = \"={CRATE}\"\n[workspace]\n"
    );
    let write = |path: &Path, text: &str| fs::write(path, text).map_err(|error| error.to_string());
    fs::create_dir_all(package.join("src")).map_err(|error| error.to_string())?;
    write(&package.join("src/lib.rs"), "")?;
    write(&manifest, &text)?;
    let mut metadata = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    metadata.args(["metadata", "--quiet", "--format-version", "1", "--manifest-path"]);
    let told = said(run(metadata.arg(&manifest).current_dir(&package), FETCHES_FOR))?;
    let told: Value = serde_json::from_str(&told).map_err(|error| error.to_string())?;
    let packages = told.get("packages").and_then(Value::as_array).ok_or("no packages")?;
    let found = packages.iter().find(|package| package["name"] == "nginx-src");
    let found = found.and_then(|package| package["manifest_path"].as_str());
    let found = Path::new(found.ok_or("cargo knows of no nginx-src")?);
    Ok(found.parent().ok_or("a manifest is in a directory")?.join("nginx"))
}

fn build(from: &Path, directory: &Path, options: &Options) -> Result<(), String> {
    let (sources, build) = (directory.join("sources"), directory.join("build"));
    for begun in [&sources, &build] {
        // It is not there the first time.
        let _ = fs::remove_dir_all(begun);
    }
    said(run(Command::new("cp").arg("-R").arg(from).arg(&sources), FETCHES_FOR))?;
    let text = |error: std::io::Error| error.to_string();
    // As in a release; in the repository it is beside what it reads.
    fs::copy(sources.join("auto/configure"), sources.join("configure")).map_err(text)?;
    let mut configure = Command::new("sh");
    configure.arg("configure").args(FLAGS).arg(format!("--builddir={}", build.display()));
    // A later compiler may warn of what it likes: this is not ours.
    configure.arg(format!("--with-cc-opt=-Wno-error {}", options.compiler));
    configure.arg(format!("--with-ld-opt={}", options.linker));
    said(run(configure.current_dir(&sources), BUILDS_FOR))?;
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let mut make = Command::new("make");
    make.arg("-f").arg(build.join("Makefile")).arg(format!("-j{jobs}")).arg("binary");
    said(run(make.current_dir(&sources), BUILDS_FOR))?;
    let told = run(Command::new(build.join("nginx")).arg("-V"), BUILDS_FOR).errors;
    if !told.lines().any(|line| line == format!("nginx version: nginx/{NGINX_RELEASE}")) {
        return Err(format!("expected nginx {NGINX_RELEASE}, found {told}"));
    }
    // As the README of the module has it.
    let flags = told.lines().find_map(|line| line.strip_prefix("configure arguments: "));
    let flags = format!("NGX_CONF_FLAGS=({})\n", flags.ok_or("nginx -V tells no flags")?);
    fs::write(sources.join("conf_flags"), flags).map_err(text)
}

/// What it wrote to its standard output.
fn said(finished: Finished) -> Result<String, String> {
    let Finished { status, output, errors } = finished;
    if status.success() {
        return Ok(output);
    }
    let last = errors.lines().chain(output.lines()).rfind(|line| !line.trim().is_empty());
    Err(last.map_or_else(|| status.to_string(), str::to_owned))
}

/// Where the compiler and the linker find what is not installed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) compiler: String,
    pub(crate) linker: String,
}

/// What configure looks for, and the package that has it.
const HEADERS: [(&str, &str); 3] =
    [("openssl/ssl.h", "libssl-dev"), ("pcre2.h", "libpcre2-dev"), ("zlib.h", "zlib1g-dev")];

/// The options of `build.sh` for libraries whose headers are not installed here, if they can be had.
pub(crate) fn libraries(skipped: &str) -> Option<Options> {
    // pcre2.h is read with a width only.
    let is_missing = |header: &str| match header {
        "pcre2.h" => !Path::new("/usr/include/pcre2.h").exists(),
        other => !has_header(other),
    };
    let missing: Vec<&str> =
        HEADERS.iter().filter(|(header, _)| is_missing(header)).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return Some(Options::default());
    }
    Some(flags_of(&debian_packages(&missing, skipped)?))
}

/// Headers, and the libraries that are there wherever a program uses them, under the names that linkers want.
fn flags_of(unpacked: &Path) -> Options {
    let machine = machine();
    let include = unpacked.join("usr/include");
    let links = scratch("nginx-libraries");
    let libraries = unpacked.join("usr/lib").join(&machine);
    for entry in fs::read_dir(&libraries).into_iter().flatten().filter_map(Result::ok) {
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let Some(name) = target.file_name() else { continue };
        let link = links.join(entry.file_name());
        // From an earlier run.
        let _ = fs::remove_file(&link);
        symlink(Path::new("/usr/lib").join(&machine).join(name), link).expect("a link is made");
    }
    let compiler = format!("-I{} -I{}", include.display(), include.join(&machine).display());
    Options { compiler, linker: format!("-L{}", links.display()) }
}
