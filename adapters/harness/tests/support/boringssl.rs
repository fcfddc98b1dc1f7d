//! Where boring-sys has put BoringSSL.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::time::SystemTime;

use lastmile_harness::Compiler;
use lastmile_harness::root;
use lastmile_harness::run;

/// With the adapter, and BoringSSL.
pub(crate) fn with_boringssl(compiler: Compiler) -> Compiler {
    let (headers, libraries) = (headers(), libraries());
    compiler
        .source("adapters/boringssl/lastmile_boringssl.c")
        .flag("-Iadapters/boringssl")
        // Its headers are not what is looked at.
        .flag(format!("-isystem{}", headers.display()))
        .link(libraries.join("libssl.a").display().to_string())
        .link(libraries.join("libcrypto.a").display().to_string())
        .link("-lstdc++")
}

/// In the sources of boring-sys.
fn headers() -> PathBuf {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--all-features", "--offline"]);
    let output = run(command.current_dir(root()), Duration::from_secs(60)).expect_success();
    let metadata: serde_json::Value = serde_json::from_str(&output).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let package = packages.iter().find(|package| package["name"] == "boring-sys");
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let manifest = PathBuf::from(manifest.expect("boring-sys is one of them"));
    let headers = manifest.with_file_name("deps/boringssl/include");
    assert!(headers.join("openssl/ssl.h").exists(), "{headers:?} has no openssl/ssl.h");
    headers
}

/// The last that were built, beside this test.
fn libraries() -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    let build = test.ancestors().nth(2).expect("a test is in target/debug/deps").join("build");
    let entries = fs::read_dir(&build).expect("packages were built").filter_map(Result::ok);
    let directories = entries.map(|entry| entry.path().join("out/build"));
    let built = |directory: &PathBuf| -> Option<SystemTime> {
        fs::metadata(directory.join("libssl.a")).ok()?.modified().ok()
    };
    let found = directories.filter(|path| built(path).is_some()).max_by_key(built);
    found.unwrap_or_else(|| panic!("{build:?} has no BoringSSL"))
}
