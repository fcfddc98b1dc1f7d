//! Runs the binary, and finds and makes the files that it is given.
#![allow(dead_code)]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

/// What one run of the binary said.
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {:?}; {}", self.stdout, self.stderr))
    }
}

/// Runs `lastmile` in the folder of test data, with nothing on standard input.
pub(crate) fn lastmile(arguments: &[&str]) -> Said {
    lastmile_reading(arguments, b"")
}

/// Runs `lastmile` with these octets on standard input.
pub(crate) fn lastmile_reading(arguments: &[&str], stdin: &[u8]) -> Said {
    said(command().args(arguments), stdin)
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastmile"));
    command.current_dir(testdata());
    command
}

pub(crate) fn said(command: &mut Command, stdin: &[u8]) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("piped");
    let stdin = stdin.to_vec();
    // The binary may not read all of it.
    let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the writer ends");
    Said {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

pub(crate) fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    fs::read(testdata().join(name)).expect("a file of test data")
}

/// A file that a test makes, with a name that no other test uses.
pub(crate) fn file(name: &str, octets: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).expect("a file can be written");
    path.to_str().expect("UTF-8").to_owned()
}

pub(crate) const CHAIN: &str = "quickstart/chain.pem";
pub(crate) const CA: &str = "quickstart/ca.pem";
