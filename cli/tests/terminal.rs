//! What reaches a terminal, or a pipe that nobody reads any more.

use std::io::Write;
use std::process::Stdio;

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::pem;
use support::CA;
use support::CHAIN;
use support::lastmile;
use support::lastmile_reading;
use support::read;

mod support;

#[test]
fn no_control_sequence_of_a_certificate_is_printed() {
    let evil = "\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}\r\n";
    let root = Authority::root(evil, &keys::P256_A);
    let leaf =
        root.issue(CertificateBuilder::leaf("a.test").subject(DirectoryName::cn(evil)).names(&[
            general_name::dns(evil),
            general_name::uri(evil),
            general_name::email(evil),
        ]));
    let chain = pem::encode("CERTIFICATE", &leaf);
    let trusting = support::file("evil.pem", pem::encode("CERTIFICATE", &root.certificate));
    let arguments = ["verify", "-", "--hostname", "a.test", "--time", "2026-06-01T00:00:00Z"];
    for ca in [CA, &trusting] {
        for format in ["text", "json"] {
            let said = lastmile_reading(
                &[&arguments[..], &["--ca", ca, "--format", format]].concat(),
                chain.as_bytes(),
            );
            assert_eq!(said.status, Some(1), "{}", said.stderr);
            assert_harmless(&said.stdout);
            assert_harmless(&said.stderr);
        }
    }
    for format in ["text", "json"] {
        let arguments = ["inspect", "-", &trusting, "--format", format];
        let said = lastmile_reading(&arguments, chain.as_bytes());
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        assert!(said.stdout.contains("pwned"), "it is shown, escaped");
        assert_harmless(&said.stdout);
    }
}

#[test]
fn no_control_sequence_of_a_file_or_an_argument_is_printed() {
    // A bare ESC and a bidi override are no sequence that a colour filter would take out.
    let evil = "\u{1b}[31mred\u{7}\u{1b}\u{202e}";
    let label = format!("-----BEGIN {evil}-----\nAAAA\n-----END {evil}-----\n");
    let stanza = format!("hostname: a.b\n\"{}\": 1\n", "\\u001b[31m");
    for (arguments, stdin) in [
        (["verify", evil, "--ca", CA, "--hostname", "a.b"], ""),
        (["verify", CHAIN, "--ca", CA, "--hostname", evil], ""),
        (["verify", CHAIN, "--ca", "-", "--hostname", "a.b"], &label),
        (["verify", "-", "--ca", CA, "--hostname", "a.b"], &label),
        (["verify", CHAIN, "--ca", CA, "--validation", "-"], &stanza),
        (["verify", CHAIN, "--ca", CA, "--validation", "-"], evil),
        (["verify", CHAIN, "--ca", CA, "--format", evil], ""),
        (["verify", CHAIN, "--ca", CA, "--hostname=a.b", evil], ""),
        ([evil, CHAIN, "--ca", CA, "--hostname", "a.b"], ""),
    ] {
        let said = lastmile_reading(&arguments, stdin.as_bytes());
        assert_eq!(said.status, Some(2), "{arguments:?}");
        assert_harmless(&said.stderr);
    }
}

#[track_caller]
fn assert_harmless(text: &str) {
    let harmful = |one: char| one.is_control() && one != '\n' || one == '\u{202e}';
    assert!(!text.contains(harmful), "{text:?}");
    assert!(!text.contains("pwned\n"), "a line was broken: {text:?}");
}

#[test]
fn colours_are_for_terminals_only() {
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--hostname", "backend.example.com"]);
    assert!(!said.stdout.contains('\u{1b}'));
    let mut command = support::command();
    command.args(["verify", CHAIN, "--ca", CA, "--hostname", "backend.example.com"]);
    let said = support::said(command.env("CLICOLOR_FORCE", "1"), b"");
    assert!(said.stdout.starts_with("\u{1b}[1m\u{1b}[32maccepted:\u{1b}[0m "), "{}", said.stdout);
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    for (hostname, status) in [("backend.example.com", 0), ("other.example.com", 1), ("*", 2)] {
        for format in ["text", "json"] {
            let mut child = support::command()
                .args(["verify", "-", "--ca", CA, "--hostname", hostname, "--format", format])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary runs");
            // It has printed nothing yet, for it waits for the chain.
            drop(child.stdout.take());
            drop(child.stderr.take());
            let mut input = child.stdin.take().expect("piped");
            input.write_all(&read(CHAIN)).expect("the chain is read");
            drop(input);
            let ended = child.wait().expect("the binary ends");
            assert_eq!(ended.code(), Some(status), "{hostname}, {format}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_verdict_that_cannot_be_written_is_none() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
    let ended = support::command()
        .args(["verify", CHAIN, "--ca", CA, "--hostname", "backend.example.com"])
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .expect("the binary runs");
    assert_eq!(ended.code(), Some(2));
}
