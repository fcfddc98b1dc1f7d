//! Packages of Debian, for headers that are not installed here.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::run;
use crate::say_skipped;
use crate::scratch;

/// What the compiler and the linker need for a library in C: as it is installed here, or with the headers
/// of a package that is fetched, and the library by its file, which is there wherever a program uses it.
pub fn c_library(
    header: &str,
    installed: &[&str],
    package: &str,
    files: &[&str],
    skipped: &str,
) -> Option<Vec<String>> {
    let to_owned = |flags: &[&str]| flags.iter().map(|flag| (*flag).to_owned()).collect();
    if has_header(header) {
        return Some(to_owned(installed));
    }
    let root = debian_packages(&[package], skipped)?;
    let include = root.join("usr/include");
    let mut flags: Vec<String> = to_owned(files);
    flags.push(format!("-I{}", include.display()));
    flags.push(format!("-I{}", include.join(machine()).display()));
    Some(flags)
}

/// What Debian calls directories of this kind of machine, such as `x86_64-linux-gnu`.
pub(crate) fn machine() -> String {
    let mut compiler = Command::new("cc");
    let machine = run(compiler.arg("-print-multiarch"), Duration::from_secs(60)).expect_success();
    machine.trim().to_owned()
}

/// Whether the compiler finds a header, such as `openssl/ssl.h`.
pub(crate) fn has_header(header: &str) -> bool {
    let source = scratch("fields").join(format!("has-{}.c", header.replace('/', "-")));
    fs::write(&source, format!("#include <{header}>\n")).expect("a file is written");
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let found = Command::new(compiler).arg("-fsyntax-only").arg(source).output();
    found.is_ok_and(|output| output.status.success())
}

/// The files of these packages, in a directory of our own, which is the root of their paths. They are
/// fetched once, by `apt-get`; where that cannot be done, says what is skipped.
pub(crate) fn debian_packages(names: &[&str], skipped: &str) -> Option<PathBuf> {
    let directory = scratch(&format!("debian-{}", names.join("-")));
    let whole = directory.join("whole");
    if !whole.exists() {
        if let Err(why) = fetch(names, &directory) {
            let names = names.join(" ");
            say_skipped(skipped, format_args!("{names} cannot be fetched: {why}"));
            return None;
        }
        fs::write(&whole, "").expect("a file is written");
    }
    Some(directory)
}

fn fetch(names: &[&str], directory: &PathBuf) -> Result<(), String> {
    for name in ["apt-get", "dpkg-deb"] {
        let found = Command::new(name).arg("--version").output();
        found.map_err(|error| format!("{name}: {error}"))?;
    }
    let download = || {
        let mut download = Command::new("apt-get");
        download.args(["--quiet", "download"]).args(names).current_dir(directory);
        run(&mut download, Duration::from_secs(180))
    };
    let mut finished = download();
    if !finished.status.success() {
        // What apt-get knows of may have been replaced since; who may not change that is told below.
        let _ = run(Command::new("apt-get").args(["--quiet", "update"]), Duration::from_secs(180));
        finished = download();
    }
    if !finished.status.success() {
        return Err(finished.errors.lines().last().unwrap_or("apt-get failed").to_owned());
    }
    for entry in fs::read_dir(directory).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            let mut extract = Command::new("dpkg-deb");
            extract.arg("--extract").arg(&path).arg(directory);
            let finished = run(&mut extract, Duration::from_secs(60));
            if !finished.status.success() {
                return Err(finished.errors);
            }
        }
    }
    Ok(())
}
