//! OpenSSL takes the chains that are meant to be good, and refuses some that are not.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use lastmile_testdata::cases;

#[test]
fn openssl_accepts_the_quickstart() {
    let folder = testdata().join("quickstart");
    if skip() {
        return;
    }
    let mut command = verify(&folder, "ca.pem", "backend.example.com");
    assert!(run(&mut command, &folder), "quickstart");
    let mut command = verify(&folder, "ca-other.pem", "backend.example.com");
    assert!(!run(&mut command, &folder), "quickstart under another root");
}

#[test]
fn openssl_agrees_on_a_few_cases() {
    if skip() {
        return;
    }
    let cases = cases::all();
    for (name, accepted) in [
        ("hostname-accepted", true),
        ("hostname-wrong", false),
        ("wildcard-accepted", true),
        ("disorder-accepted", true),
        ("cross-sign-accepted", true),
        ("path-length-self-issued-accepted", true),
        ("path-length", false),
        ("missing-intermediate-but-trusted-accepted", true),
        ("version-1-anchor-accepted", true),
        ("algorithm-ed25519-accepted", true),
        ("algorithm-p384-sha384-accepted", true),
        ("algorithm-rsa2048-sha256-accepted", true),
        ("algorithm-rsa4096-sha512-accepted", true),
        ("expired-intermediate", false),
        ("expired-intermediate-accepted", true),
        ("tampered-leaf-signature", false),
        ("nc-dns-permitted-accepted", true),
        ("nc-dns-permitted", false),
        ("nc-directory-accepted", true),
        ("nc-ip-excluded", false),
        ("nc-self-issued-accepted", true),
    ] {
        let case = cases.iter().find(|case| case.name == name);
        let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
        let folder = testdata().join("cases").join(name);
        let mut command = verify(&folder, "ca.pem", case.hostname);
        command.arg("-attime").arg(case.now.to_string());
        assert_eq!(run(&mut command, &folder), accepted, "{name}");
    }
}

fn verify(folder: &Path, ca: &str, hostname: &str) -> Command {
    let mut command = Command::new("openssl");
    command
        .args(["verify", "-no-CApath", "-no-CAstore", "-partial_chain"])
        .args(["-purpose", "sslserver", "-verify_hostname", hostname])
        .arg("-CAfile")
        .arg(folder.join(ca))
        .arg("-untrusted")
        .arg(folder.join("chain.pem"));
    command
}

/// Adds the chain, whose first certificate is the leaf, and asks.
fn run(command: &mut Command, folder: &Path) -> bool {
    let output =
        command.arg(folder.join("chain.pem")).output().expect("openssl was there a moment ago");
    output.status.success()
}

fn skip() -> bool {
    let absent = Command::new("openssl").arg("version").output().is_err();
    if absent {
        eprintln!("SKIP: there is no `openssl` command to compare with");
    }
    absent
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
