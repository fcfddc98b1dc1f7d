//! Backends that are refused: why, what was presented, what the backend is told.

use lastmile_testdata::case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::time;

use super::HOST;
use super::case as case_of;
use super::of_case;
use super::probe;
use super::quickstart;
use super::support;
use super::support::CA;
use super::support::file;
use super::support::lastmile;

const SPIFFE: &str = "uri:spiffe://cluster.local/ns/shop/sa/backend";

#[test]
fn a_refused_chain_is_shown_too_and_the_backend_is_told() {
    let server = quickstart();
    let target = server.address.to_string();
    let said = lastmile(&["probe", &target, "--ca", CA, "--hostname", "frontend.example.com"]);
    assert_eq!((said.status, said.stderr.as_str()), (Some(1), ""));
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(
        lines[0],
        format!("{target}, SNI frontend.example.com: TLSv1.3, TLS_AES_256_GCM_SHA384, no ALPN")
    );
    assert!(lines[1].starts_with("  presents 0  CN=backend.example.com; issued by "));
    assert!(lines[2].starts_with("  presents 1  O=Example Shop, CN=Example Shop Issuing CA;"));
    assert_eq!(
        lines[3..].join("\n"),
        "\
refused: the certificate is not valid for frontend.example.com (name-mismatch, RFC 9525 6)
  certificate 0, CN=backend.example.com
    expected any of   dns frontend.example.com
    presents          dns backend.example.com, uri spiffe://cluster.local/ns/shop/sa/backend
  try: issue the certificate for frontend.example.com, or list backend.example.com under subjectAltNames"
    );
    let seen = server.seen();
    assert_eq!(seen.alert(), Some(42), "{seen:?}");
    assert_eq!(seen.server_name.as_deref(), Some("frontend.example.com"));
}

#[test]
fn the_hostname_is_sent_and_does_not_decide_beside_sans() {
    let server = quickstart();
    let target = server.address.to_string();
    for (san, status) in [(SPIFFE, 0), ("uri:spiffe://cluster.local/ns/shop/sa/other", 1)] {
        let arguments = ["probe", &target, "--ca", CA, "--hostname", "sent.example", "--san", san];
        let said = lastmile(&arguments);
        assert_eq!(said.status, Some(status), "{}{}", said.stdout, said.stderr);
        assert_eq!(server.seen().server_name.as_deref(), Some("sent.example"));
    }
}

/// The chain on the wire is the chain of the file, and the verdict that of `verify`.
#[test]
fn what_is_presented_can_be_saved_and_verified_again() {
    let mut refused = 0;
    for name in [
        "missing-intermediate",
        "disorder-accepted",
        "wildcard-accepted",
        "wildcard-two-labels",
        "last-second-accepted",
        "uri-accepted",
        "several-ca-before-usage",
        "eku-client-only",
        "algorithm-rsa2048-sha256-accepted",
        "leaf-in-bundle-accepted",
    ] {
        let case = case_of(name);
        let server = of_case(&case);
        let target = server.address.to_string();
        let saved = file(&format!("saved-{name}.pem"), "");
        let bundle = case::certificates(&case.anchors);
        let bundle = file(&format!("saved-{name}-ca.pem"), bundle);
        let time = time::to_rfc3339(case.now);
        let mut policy = vec!["--ca", &bundle, "--hostname", case.hostname, "--time", &time];
        policy.extend(case.sans.iter().flat_map(|san| ["--san", san]));
        let said = lastmile(&[&["probe", &target, "--save", &saved], &policy[..]].concat());
        let verified = lastmile(&[&["verify", &saved], &policy[..]].concat());
        let expected = i32::from(case.expect != Expect::Accepted);
        assert_eq!(said.status, Some(expected), "{name}: {}{}", said.stdout, said.stderr);
        assert_eq!(verified.status, Some(expected), "{name}: {}", verified.stderr);
        assert!(said.stdout.ends_with(&verified.stdout), "{name}: {}", said.stdout);
        assert_eq!(super::chain(&support::read(&saved)), case.chain, "{name}");
        refused += expected;
    }
    assert!(refused >= 3, "{refused} were refused");
}

#[test]
fn a_file_that_cannot_be_written_is_a_fault_of_use() {
    let server = quickstart();
    let said = probe(&server.address.to_string(), &["--save", "/nowhere/chain.pem"]);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        said.stderr,
        "error: /nowhere/chain.pem: cannot be written: No such file or directory (os error 2)\n"
    );
}

#[test]
fn a_malformed_certificate_is_shown_as_one() {
    let mut case = case_of("wildcard-accepted");
    let key = super::tls::keys::with_ring(&lastmile_testdata::keys::P256_C).expect("P-256");
    case.chain[0].truncate(40);
    let presenter = super::Presenter::new(&case.chain, key);
    let server = super::Server::start(super::tls::server::config(presenter));
    let said = probe(&server.address.to_string(), &[]);
    assert_eq!(said.status, Some(1), "{}", said.stderr);
    assert!(said.stdout.contains("\n  presents 0  (malformed certificate)\n"), "{}", said.stdout);
    assert!(said.stdout.contains("(malformed-certificate, RFC 5280 4.1)"), "{}", said.stdout);
    let said = probe(&server.address.to_string(), &["--format", "json"]);
    assert_eq!(said.json()["presented"][0]["subject"], serde_json::Value::Null);
}

#[test]
fn no_more_than_32_certificates_are_shown() {
    let mut case = case_of("wildcard-accepted");
    let leaf = case.chain[0].clone();
    case.chain.extend(std::iter::repeat_n(leaf, 40 - case.chain.len()));
    let server = of_case(&case);
    let said = lastmile(&["probe", &server.address.to_string(), "--ca", CA, "--hostname", HOST]);
    let shown = said.stdout.lines().filter(|line| line.starts_with("  presents ")).count();
    assert_eq!(shown, 33, "{}", said.stdout);
    assert!(said.stdout.contains("\n  presents 8 more certificates\n"));
}
