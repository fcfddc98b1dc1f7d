//! The unwinder is linked in: images of Envoy without a distribution may lack `libgcc_s.so.1`.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CC");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !(is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")) {
        return;
    }
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let found = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output();
    let found = found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    // A compiler that does not have it prints the name only; then the system's own is used.
    let archive = found.unwrap_or_default();
    let archive = Path::new(&archive);
    if let (true, Some(directory)) = (archive.is_file(), archive.parent()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        // Whole, because what needs it comes after it.
        println!("cargo::rustc-link-lib=static:+whole-archive=gcc_eh");
    }
}
