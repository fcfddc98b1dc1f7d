//! The SONAME of `liblastmile.so`, and the header as it is installed.

use std::env;
use std::fs;
use std::path::Path;

/// What the header says where the library has documents and resolution.
const POLICY: &str = "packaging/policy.h";
const HEADER: &str = "include/lastmile.h";

fn main() {
    println!("cargo::rerun-if-changed={POLICY}");
    println!("cargo::rerun-if-changed={HEADER}");
    // cargo-c says the same once more; on other systems it is the only one to know.
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,liblastmile.so.{}", abi());
    }
    // cargo-c installs what is here.
    let directory = Path::new(&variable("OUT_DIR")).join("capi/include");
    fs::create_dir_all(&directory).expect("a directory in OUT_DIR");
    let mut header = read(HEADER);
    if env::var_os("CARGO_FEATURE_POLICY").is_some() {
        header.insert_str(0, &read(POLICY));
    }
    fs::write(directory.join("lastmile.h"), header).expect("a file in OUT_DIR");
}

/// Two numbers while the version is 0.x, and one from 1.0 on.
fn abi() -> String {
    match variable("CARGO_PKG_VERSION_MAJOR").as_str() {
        "0" => format!("0.{}", variable("CARGO_PKG_VERSION_MINOR")),
        major => major.to_owned(),
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
