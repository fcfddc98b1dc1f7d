//! What a backend is made of, and what it cannot be made of.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::error::Error as _;
use std::sync::Arc;
use std::thread;

use lastmile::DnsName;
use lastmile_rustls::Backend;
use lastmile_rustls::BackendVerifier;
use lastmile_rustls::InvalidBackend;
use lastmile_testdata::keys;
use rustls::HandshakeKind;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;

mod support;

use support::client;
use support::keys::with_ring;
use support::policy;
use support::policy::Clock;
use support::policy::HOST;
use support::policy::VERSIONS;
use support::server;
use support::server::Presenter;
use support::server::Server;

#[test]
fn a_wildcard_cannot_be_sent_and_makes_no_backend() {
    let verifier = policy::verifier(&policy::issued(|leaf| leaf));
    let wildcard = DnsName::try_from("*.example.com").expect("a name in a policy");
    let invalid = Backend::builder(verifier, wildcard.clone()).build().expect_err("no SNI");
    assert_eq!(invalid, InvalidBackend::Sni(wildcard));
    assert_eq!(invalid.to_string(), "*.example.com cannot be sent as SNI");
}

#[test]
fn without_a_version_there_is_no_backend_and_rustls_says_why() {
    let backend = policy::backend(&policy::issued(|leaf| leaf)).protocol_versions(&[]).build();
    let invalid = backend.expect_err("no version");
    assert!(matches!(invalid, InvalidBackend::Config(_)), "{invalid:?}");
    let source = invalid.source().and_then(|source| source.downcast_ref::<rustls::Error>());
    assert!(source.is_some_and(|source| invalid.to_string().ends_with(&source.to_string())));
}

#[test]
fn a_backend_can_be_shared_and_connects_to_the_name_of_the_stanza() {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Backend>();
    is_shared::<BackendVerifier>();
    let backend = policy::backend(&policy::issued(|leaf| leaf)).build().expect("a backend");
    let name = ServerName::try_from(HOST).expect("a host name");
    assert_eq!(backend.server_name(), name);
}

#[test]
fn the_protocol_that_the_backend_prefers_of_those_offered_is_agreed_upon() {
    let case = policy::issued(|leaf| leaf);
    let key = with_ring(&keys::P256_C).expect("ring signs with P-256");
    let mut config = server::config(Presenter::new(&case.chain, key));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let server = Server::start(config);
    for version in VERSIONS {
        let offer = policy::backend(&case).protocol_versions(&[version]).alpn(["h3", "http/1.1"]);
        let config = offer.build().expect("a backend").config();
        assert_eq!(config.alpn_protocols, [&b"h3"[..], b"http/1.1"]);
        let name = ServerName::try_from(HOST).expect("a host name");
        let connection = rustls::ClientConnection::new(config, name).expect("a connection");
        assert_eq!(client::connect(connection, server.address), Ok(HandshakeKind::Full));
        let seen = server.seen();
        assert_eq!(seen.protocol.as_deref(), Some(&b"http/1.1"[..]), "{version:?}");
    }
}

#[test]
fn each_configuration_has_the_certificate_of_the_client() {
    let resolver = Arc::new(OfTheClient);
    let backend = policy::backend(&policy::issued(|leaf| leaf)).client_cert(resolver).build();
    let backend = backend.expect("a backend");
    assert!(backend.config().client_auth_cert_resolver.has_certs());
    let observed = backend.config_observed_by(Arc::new(policy::Notes::default()));
    assert!(observed.expect("a configuration").client_auth_cert_resolver.has_certs());
}

/// Nobody gets a configuration of their own, or a store of sessions would begin anew for each.
#[test]
fn all_threads_get_one_configuration_and_one_new_one_after_its_time() {
    let case = policy::issued(|leaf| leaf);
    let key = with_ring(&keys::P256_C).expect("ring signs with P-256");
    let server = Server::start(server::config(Presenter::new(&case.chain, key)));
    let clock = Clock::at(case.now);
    let backend = policy::backend(&case).clock(clock.clone()).keep_sessions(32).build();
    let backend = backend.expect("a backend");
    let connection = backend.connect().expect("a connection");
    assert_eq!(client::connect(connection, server.address), Ok(HandshakeKind::Full));
    let everybody = || {
        let configs: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| backend.config())).collect();
            threads.into_iter().map(|thread| thread.join().expect("no thread panicked")).collect()
        });
        assert!(configs.iter().all(|config| Arc::ptr_eq(config, &configs[0])));
        configs[0].clone()
    };
    let before = everybody();
    assert!(Arc::ptr_eq(&before, &everybody()), "it is kept");
    clock.set(lastmile_testdata::time::END + 1);
    assert!(!Arc::ptr_eq(&before, &everybody()), "its time has ended");
}

/// Has a certificate, and would not say which.
#[derive(Debug)]
struct OfTheClient;

impl ResolvesClientCert for OfTheClient {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// On by default; off with one setter; what the verifier brings is kept.
#[test]
fn chains_are_remembered_unless_told_not_to() {
    let case = policy::issued(|leaf| leaf);
    let key = with_ring(&keys::P256_C).expect("ring signs with P-256");
    let server = Server::start(server::config(Presenter::new(&case.chain, key)));
    let own = lastmile::MemorySize { entries: 4, bytes: 1 << 16 };
    let remembering = policy::verifier(&case).with_memory(Some(own));
    for (builder, expected) in [
        (policy::backend(&case), Some((2, 256))),
        (policy::backend(&case).memory(None), None),
        (policy::backend_of(&case, remembering), Some((2, 4))),
    ] {
        let backend = builder.build().expect("a backend");
        for _ in 0..3 {
            let connection = backend.connect().expect("a connection");
            assert_eq!(client::connect(connection, server.address), Ok(HandshakeKind::Full));
        }
        let report = backend.verifier().memory();
        assert_eq!(report.map(|report| (report.hits, report.most_entries)), expected);
        assert_eq!(backend.verifier().signature_cache().is_some(), expected.is_some());
    }
}
