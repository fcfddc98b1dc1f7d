//! What cannot be read or used: one clear line, exit status 2, and JSON if it was asked for.

use std::fs::File;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use support::CA;
use support::CHAIN;
use support::file;
use support::lastmile;
use support::lastmile_reading;
use support::read;

mod support;

const KEY: &str = "keys/p256-a.pem";

#[test]
fn every_fault_of_use_is_one_line_and_exit_status_2() {
    let name300 = format!("{}.example", "a.".repeat(150));
    let uri300 = format!("uri:spiffe://{}", "a".repeat(300));
    let verify = |rest: &[&'static str]| [&["verify"], rest].concat();
    let hostname = |name| verify(&[CHAIN, "--ca", CA, "--hostname", name]);
    let san = |san| verify(&[CHAIN, "--ca", CA, "--hostname", "a.b", "--san", san]);
    let time = |time| verify(&[CHAIN, "--ca", CA, "--hostname", "a.b", "--time", time]);
    let (name300, uri300): (&'static str, &'static str) = (name300.leak(), uri300.leak());
    for (arguments, expected) in [
        (
            verify(&["nope.pem", "--ca", CA, "--hostname", "a.b"]),
            "nope.pem: cannot be read: there is no such file",
        ),
        (
            verify(&["cases", "--ca", CA, "--hostname", "a.b"]),
            "cases: cannot be read: it is a directory",
        ),
        (
            verify(&[KEY, "--ca", CA, "--hostname", "a.b"]),
            "keys/p256-a.pem: holds no certificate, but blocks of other kinds, such as PRIVATE KEY (block 1, line 1)",
        ),
        (
            verify(&["README.md", "--ca", CA, "--hostname", "a.b"]),
            "README.md: holds no certificate: it is neither PEM nor DER",
        ),
        (
            verify(&["-", "--ca", CA, "--hostname", "a.b"]),
            "standard input: holds no certificate: it is empty",
        ),
        (
            verify(&["-", "--ca", "-", "--hostname", "a.b"]),
            "only one of CHAIN, --ca, --validation and -f can be - (standard input)",
        ),
        (
            verify(&[CHAIN, "--ca", "nope.pem", "--hostname", "a.b"]),
            "nope.pem: cannot be read: there is no such file",
        ),
        (
            verify(&[CHAIN, "--ca", "cases", "--hostname", "a.b"]),
            "cases: cannot be read: it is a directory",
        ),
        (
            verify(&[CHAIN, "--ca", "-", "--hostname", "a.b"]),
            "standard input: holds no CERTIFICATE block: it is empty",
        ),
        (
            verify(&[CHAIN, "--ca", "README.md", "--hostname", "a.b"]),
            "README.md: holds no CERTIFICATE block: it is not PEM",
        ),
        (
            verify(&[CHAIN, "--ca", KEY, "--hostname", "a.b"]),
            "keys/p256-a.pem: block 1, line 1: a private key does not belong in a bundle of trust \
             anchors: remove it, and replace it, for whoever can read the bundle has it",
        ),
        (
            verify(&[CHAIN, "--ca", CA, "--validation", "nope.yaml"]),
            "nope.yaml: cannot be read: there is no such file",
        ),
        (
            verify(&[CHAIN, "--ca", CA, "--validation", CA]),
            "quickstart/ca.pem: line 2, column 1: expected a mapping, found text",
        ),
        (
            hostname(""),
            "--hostname: expected a DNS name such as backend.example.com, found \"\": \
             the name is empty",
        ),
        (
            hostname("10.0.0.1"),
            "--hostname: expected a DNS name such as backend.example.com, \
             found \"10.0.0.1\": an IP address is not a DNS name",
        ),
        (
            hostname("2001:db8::1"),
            "--hostname: expected a DNS name such as backend.example.com, \
             found \"2001:db8::1\": an IP address is not a DNS name",
        ),
        (
            hostname("*.example.com"),
            "--hostname: expected one exact name to send as SNI, found \
             the wildcard \"*.example.com\": list it under subjectAltNames if the certificate \
             carries it",
        ),
        (
            hostname("my_service.default"),
            "--hostname: expected a DNS name such as \
             backend.example.com, found \"my_service.default\": the API takes only letters, digits, hyphens and dots",
        ),
        (
            hostname("a.b."),
            "--hostname: expected a DNS name such as backend.example.com, found \
             \"a.b.\": a label is empty: two dots side by side, or a dot at an end",
        ),
        (
            hostname(name300),
            "--hostname: expected a DNS name of at most 253 characters: the name \
             is longer than 253 octets",
        ),
        (
            san("uri:"),
            "--san: expected a URI such as spiffe://cluster.local/ns/shop/sa/backend, \
             found \"\": the URI is empty",
        ),
        (
            san("uri:cluster.local/a"),
            "--san: expected a URI such as \
             spiffe://cluster.local/ns/shop/sa/backend, found \"cluster.local/a\": a URI begins \
             with a scheme and a colon, such as spiffe:",
        ),
        (
            san("uri:spiffe://a b"),
            "--san: expected a URI such as \
             spiffe://cluster.local/ns/shop/sa/backend, found \"spiffe://a b\": a URI has no \
             blanks, no control characters, and only ASCII",
        ),
        (
            san("uri:urn:uuid:1"),
            "--san: expected a URI such as \
             spiffe://cluster.local/ns/shop/sa/backend, found \"urn:uuid:1\": the API takes only \
             URIs with // after the scheme",
        ),
        (san(uri300), "--san: expected at most 253 characters, found 309"),
        (
            san("hostname:*"),
            "--san: expected a DNS name such as backend.example.com, found \"*\": \
             `*` must be the whole left-most label, with a label after it",
        ),
        (san("ip:10.0.0.1"), "--san: expected hostname:NAME or uri:URI, found \"ip:10.0.0.1\""),
        (
            time("1969-12-31T23:59:59Z"),
            "--time: expected a time such as 2026-06-01T00:00:00Z, \
             found \"1969-12-31T23:59:59Z\": it is before 1970",
        ),
        (
            time("10000-01-01T00:00:00Z"),
            "--time: expected a time such as 2026-06-01T00:00:00Z, \
             found \"10000-01-01T00:00:00Z\": it is after the year 9999",
        ),
        (
            time("2026-06-01"),
            "--time: expected a time such as 2026-06-01T00:00:00Z, found \
             \"2026-06-01\": it has no time of day",
        ),
        (vec!["inspect", "nope.pem"], "nope.pem: cannot be read: there is no such file"),
        (vec!["inspect", "-", "-"], "only one CERT can be - (standard input)"),
    ] {
        let said = lastmile(&arguments);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(said.stderr.lines().count(), 1, "{arguments:?}: {}", said.stderr);
        let expected = format!("error: {expected}");
        assert!(said.stderr.starts_with(&expected), "expected {expected}\nfound {}", said.stderr);

        let said = lastmile(&[&arguments[..], &["--format", "json"]].concat());
        assert_eq!(said.status, Some(2));
        let error = &said.json()["error"];
        let message = format!("error: {}", error["message"].as_str().unwrap_or_default());
        assert!(message.starts_with(&expected), "{message}");
        let code = error["code"].as_str().unwrap_or_default();
        assert!(!code.is_empty() && !code.contains(' '), "{code} is a code");
        assert_eq!(error.as_object().map(serde_json::Map::len), Some(4));
    }
}

#[test]
fn the_file_and_the_line_are_in_the_json() {
    let bundle = [read(CA), b"\n".to_vec(), read(KEY)].concat();
    let line = 1 + [read(CA), b"\n".to_vec()].concat().iter().filter(|o| **o == b'\n').count();
    let bundle = file("key-in-bundle.pem", bundle);
    let said = lastmile(&["verify", CHAIN, "--ca", &bundle, "--hostname", "a.b", "--format=json"]);
    let error = &said.json()["error"];
    assert_eq!(
        (&error["code"], &error["file"], &error["line"]),
        (&json!("invalid-bundle"), &json!(bundle), &json!(line))
    );
    let expected = format!("error: {bundle}: block 2, line {line}: a private key");
    assert!(said.stderr.starts_with(&expected), "{}", said.stderr);

    let stanza = file("two-faults.yaml", "hostname: a..b\nsubjectAltNames:\n- type: IP\n");
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--validation", &stanza, "--format=json"]);
    let error = &said.json()["error"];
    assert_eq!(
        (&error["code"], &error["file"], &error["line"]),
        (&json!("invalid-validation"), &json!(stanza), &json!(1))
    );
    assert_eq!(
        said.stderr,
        format!(
            "error: {stanza}: line 1, column 11: hostname: expected a DNS name such as \
             backend.example.com, found \"a..b\": a label is empty: two dots side by side, or a \
             dot at an end\n\
             error: {stanza}: line 3, column 9: subjectAltNames[0].type: expected Hostname or \
             URI, found \"IP\"\n"
        )
    );
}

#[test]
fn trust_in_the_stanza_is_refused() {
    for field in ["caCertificateRefs: []", "wellKnownCACertificates: System"] {
        let stanza = format!("hostname: backend.example.com\n{field}\n");
        let arguments = ["verify", CHAIN, "--ca", CA, "--validation", "-"];
        let said = lastmile_reading(&arguments, stanza.as_bytes());
        assert_eq!(said.status, Some(2));
        assert!(said.stderr.contains("line 2, column 1"), "{}", said.stderr);
        let end = "give the trust anchors beside it (--ca or --system-ca)\n";
        assert!(said.stderr.ends_with(end), "{}", said.stderr);
    }
}

#[test]
fn blocks_that_cannot_be_read_are_named() {
    let good = String::from_utf8(read(CA)).expect("text");
    let bad = "-----BEGIN CERTIFICATE-----\nMII*\n-----END CERTIFICATE-----\n";
    let text = format!("{good}{bad}");
    let line = good.lines().count() + 1;
    let expected = format!(
        "error: standard input: block 2, line {line}: the block is not base64 (or its padding is \
         missing)\n"
    );
    let chain = ["verify", "-", "--ca", CA, "--hostname", "a.b"];
    let bundle = ["verify", CHAIN, "--ca", "-", "--hostname", "a.b"];
    for arguments in [chain, bundle] {
        let said = lastmile_reading(&arguments, text.as_bytes());
        assert_eq!((said.status, said.stderr.as_str()), (Some(2), expected.as_str()));
    }
    let der = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let said = lastmile_reading(&bundle, der.as_bytes());
    let expected = "error: standard input: block 1, line 1: the certificate is malformed: ";
    assert_eq!(said.status, Some(2));
    assert!(said.stderr.starts_with(expected), "{}", said.stderr);
    let said = lastmile_reading(&chain, der.as_bytes());
    assert_eq!(said.status, Some(1), "bad DER in the chain is the peer's");
}

#[test]
fn a_bundle_in_der_is_told_apart() {
    let pem = read(CA);
    let block = lastmile::pem::blocks(&pem).next().expect("a block").expect("a good one");
    let der = block.decode().expect("base64");
    let said = lastmile_reading(&["verify", CHAIN, "--ca", "-", "--hostname", "a.b"], &der);
    assert_eq!(said.status, Some(2));
    assert_eq!(
        said.stderr,
        "error: standard input: is DER, and a bundle is PEM: convert it (openssl x509 -inform der)\n"
    );
}

#[test]
fn large_files_are_refused_at_once() {
    let path = file("large.pem", "");
    File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(100 << 20))
        .expect("a sparse file");
    for arguments in [
        ["verify", &path, "--ca", CA, "--hostname", "a.b"],
        ["verify", CHAIN, "--ca", &path, "--hostname", "a.b"],
        ["verify", CHAIN, "--ca", CA, "--validation", &path],
    ] {
        let said = lastmile(&arguments);
        let expected = format!("error: {path}: cannot be read: it is larger than 32 MiB\n");
        assert_eq!((said.status, said.stderr), (Some(2), expected));
    }
}

#[test]
fn ten_thousand_certificates_are_refused_quickly() {
    let chain = read(CHAIN).repeat(5_000);
    let start = Instant::now();
    let arguments = ["verify", "-", "--ca", CA, "--hostname", "backend.example.com"];
    let said = lastmile_reading(&[&arguments[..], &["--format=json"]].concat(), &chain);
    assert_eq!((said.status, &said.json()["code"]), (Some(1), &json!("too-many-certificates")));
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?}", start.elapsed());
}

#[test]
fn arguments_that_clap_refuses_are_exit_status_2() {
    for arguments in [
        &[][..],
        &["verify"],
        &["verify", CHAIN, "--ca", CA],
        &["verify", CHAIN, "--hostname", "a.b"],
        &["verify", CHAIN, "--ca", CA, "--system-ca", "--hostname", "a.b"],
        &["verify", CHAIN, "--ca", CA, "--hostname", "a.b", "--validation", "x"],
        &["verify", CHAIN, "--ca", CA, "--validation", "x", "--san", "uri:a://b"],
        &["verify", CHAIN, "--ca", CA, "--hostname", "a.b", "--format", "xml"],
        &["verify", CHAIN, "--ca", CA, "--hostname", "a.b", "--insecure"],
        &["inspect"],
        &["probe"],
    ] {
        let said = lastmile(arguments);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!said.stderr.is_empty(), "{arguments:?} says why");
    }
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--format", "json"]);
    assert_eq!(said.status, Some(2));
    assert_eq!(
        said.json()["error"],
        json!({
            "code": "usage",
            "message": "the following required arguments were not provided: \
                        <--hostname <NAME>|--validation <FILE>|--target <[NAMESPACE/]NAME[:SECTION]>>",
            "file": null,
            "line": null,
        })
    );
}

#[test]
fn help_and_version_are_no_faults() {
    for arguments in [&["--help"][..], &["verify", "--help"], &["inspect", "-h"], &["--version"]] {
        let said = lastmile(arguments);
        assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!said.stdout.is_empty());
    }
}
