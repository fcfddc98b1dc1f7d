//! Backends that are accepted, and what is told of the handshake.

use std::net::Ipv6Addr;
use std::net::TcpListener;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS12;
use rustls::version::TLS13;
use serde_json::json;

use super::HOST;
use super::chain;
use super::presenter;
use super::probe;
use super::quickstart;
use super::support;
use super::support::CA;
use super::support::CHAIN;
use super::tls::server::Server;
use super::tls::server::config;

const PRESENTED: &str = "  presents 0  CN=backend.example.com; issued by O=Example Shop, CN=Example Shop Issuing CA; 2026-01-01T00:00:00Z to 2126-01-01T00:00:00Z
  presents 1  O=Example Shop, CN=Example Shop Issuing CA; issued by O=Example Shop, CN=Example Shop Root CA; 2026-01-01T00:00:00Z to 2126-01-01T00:00:00Z
";

/// What `verify` says of the same chain.
fn verdict() -> String {
    support::lastmile(&["verify", CHAIN, "--ca", CA, "--hostname", HOST]).stdout
}

#[test]
fn a_good_backend_is_accepted_and_its_chain_is_shown() {
    let server = quickstart();
    let target = server.address.to_string();
    let said = probe(&target, &[]);
    let heading = format!("{target}, SNI {HOST}: TLSv1.3, TLS_AES_256_GCM_SHA384, no ALPN\n");
    let expected = format!("{heading}{PRESENTED}{}", verdict());
    assert_eq!((said.status, said.stdout, said.stderr), (Some(0), expected, String::new()));
    assert_eq!(server.seen().server_name.as_deref(), Some(HOST));
}

#[test]
fn machines_get_the_verdict_and_the_handshake_in_one_object() {
    let server = quickstart();
    let said = probe(&server.address.to_string(), &["--format", "json"]);
    assert_eq!((said.status, said.stdout.lines().count()), (Some(0), 1), "{}", said.stderr);
    let mut found = said.json();
    let object = found.as_object_mut().expect("an object");
    let tls = object.remove("tls");
    let presented = object.remove("presented");
    let verify = ["verify", CHAIN, "--ca", CA, "--hostname", HOST, "--format", "json"];
    assert_eq!(found, support::lastmile(&verify).json(), "the fields of verify, and no other");
    assert_eq!(
        tls,
        Some(json!({"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "alpn": null}))
    );
    let presented = presented.expect("what was presented");
    assert_eq!(presented.as_array().map(Vec::len), Some(2));
    assert_eq!(
        presented[1],
        json!({
            "subject": "O=Example Shop, CN=Example Shop Issuing CA",
            "issuer": "O=Example Shop, CN=Example Shop Root CA",
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2126-01-01T00:00:00Z",
            "sha256": "58493f5e5cd9187a2da8dae92869157164e111c5a4fe888029ef566867648f2e",
        })
    );
    let order = ["accepted", "path", "tls", "presented"];
    let places = order.map(|key| said.stdout.find(&format!("\"{key}\":")));
    assert!(places.is_sorted() && places[0].is_some(), "{}", said.stdout);
}

#[test]
fn both_versions_are_spoken_unless_one_is_too_low() {
    for (version, name, cipher) in [
        (&TLS12, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        (&TLS13, "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    ] {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("ring has it")
            .with_no_client_auth()
            .with_cert_resolver(presenter());
        let server = Server::start(config);
        let target = server.address.to_string();
        let said = probe(&target, &["--format", "json"]);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        assert_eq!(said.json()["tls"], json!({"version": name, "cipher": cipher, "alpn": null}));
        let said = probe(&target, &["--min-tls", "1.3"]);
        let error = format!(
            "error: {target}: the server refuses the handshake: alert 70, ProtocolVersion: it \
             speaks no TLS version that was offered\n"
        );
        match name {
            "TLSv1.3" => assert_eq!(said.status, Some(0), "{}", said.stderr),
            _ => assert_eq!((said.status, said.stderr), (Some(2), error)),
        }
    }
}

#[test]
fn protocols_are_offered_in_their_order() {
    let mut config = config(presenter());
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
    let server = Server::start(config);
    let target = server.address.to_string();
    let said = probe(&target, &["--alpn", "h2", "--format", "json"]);
    assert_eq!((said.status, &said.json()["tls"]["alpn"]), (Some(0), &json!("h2")));
    let said = probe(&target, &["--alpn", "spdy/1,http/1.1"]);
    assert!(said.stdout.lines().next().unwrap_or_default().ends_with(", ALPN http/1.1"));
    let said = probe(&target, &["--alpn", "spdy/1"]);
    let error = format!(
        "error: {target}: the server refuses the handshake: alert 120, NoApplicationProtocol: it \
         speaks none of --alpn\n"
    );
    assert_eq!((said.status, said.stderr), (Some(2), error));
}

#[test]
fn names_and_both_sorts_of_addresses_are_connected_to() {
    let server = quickstart();
    let port = server.address.port();
    let said = probe(&format!("localhost:{port}"), &[]);
    let heading = format!("localhost:{port} (127.0.0.1:{port}), SNI {HOST}: ");
    assert!(said.stdout.starts_with(&heading), "{}{}", said.stdout, said.stderr);

    let backend = format!("{HOST}:{port}");
    let resolve = format!("{HOST}:{port}:[::2],127.0.0.1");
    let said = probe(&backend, &["--resolve", &resolve]);
    assert_eq!(said.status, Some(0), "the second address is tried: {}", said.stderr);
    let said = probe(&backend, &["--resolve", &format!("*:{port}:127.0.0.1")]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);

    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("skipped: this machine has no ::1");
        return;
    }
    let server = Server::start_at(Ipv6Addr::LOCALHOST.into(), config(presenter()), b".");
    let said = probe(&server.address.to_string(), &[]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert!(said.stdout.starts_with(&format!("[::1]:{}, SNI", server.address.port())));
}

/// A backend that wants to know who we are has proved who it is before.
#[test]
fn a_backend_that_wants_a_client_certificate_is_judged_all_the_same() {
    let mut roots = RootCertStore::empty();
    let root = chain(&support::read(CA)).remove(0);
    roots.add(CertificateDer::from(root)).expect("a good root");
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.build().expect("there is a root");
    for (version, warning) in [
        (&TLS13, "the server asks for a client certificate, and none was presented"),
        // The alert that follows may be overtaken by a reset.
        (&TLS12, "the server ended the handshake after its chain was accepted: "),
    ] {
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .expect("ring has it")
            .with_client_cert_verifier(Arc::clone(&verifier))
            .with_cert_resolver(presenter());
        let server = Server::start(config);
        let target = server.address.to_string();
        let said = probe(&target, &[]);
        let expected = format!("warning: {target}: {warning}");
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
        assert!(said.stderr.contains(" a client certificate"), "{}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1);
        assert!(said.stdout.ends_with(&verdict()));
        let said = probe(&target, &["--time", "2200-01-01T00:00:00Z"]);
        assert_eq!((said.status, said.stderr.as_str()), (Some(1), ""), "a refusal needs no more");
    }
}
