//! The module in the real Envoy: what is accepted and refused, what the backend sees of it, and what
//! stands in the access log.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use lastmile_harness::Backend;
use lastmile_harness::EnvoyCluster;
use lastmile_harness::RunningEnvoy;
use lastmile_harness::envoy;
use lastmile_harness::envoy_configuration;
use lastmile_harness::envoy_module;
use lastmile_harness::envoy_module_that_panics;
use lastmile_harness::get;
use lastmile_harness::has;
use lastmile_harness::own_address;
use lastmile_harness::pki;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_harness::validation_context;
use lastmile_harness::write_configuration;
use lastmile_testdata::case;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use serde_json::json;
use support::HOST;
use support::Pki;
use support::URI;

const PATIENCE: Duration = Duration::from_secs(10);
#[test]
fn each_policy_decides_about_its_cluster() {
    let Some(envoy) = envoy("the module in Envoy") else { return };
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let file = scratch("envoy-files").join("ca.pem");
    fs::write(&file, &pki.bundle).expect("a file");
    let cluster = |name: &str, stanza| EnvoyCluster::new(name, backend.address, stanza);
    let from_file = json!({"hostname": HOST, "caCertificatesFile": file});
    let running = RunningEnvoy::start(
        &envoy,
        "envoy-policies",
        &[
            cluster("good", pki.stanza()),
            cluster("from-file", from_file),
            cluster("uri", pki.stanza_of("sent.test", &[URI])),
            cluster("wrong-ca", json!({"hostname": HOST, "caCertificates": pki.other})),
            cluster("system", json!({"hostname": HOST, "wellKnownCACertificates": "System"})),
            cluster("wrong-name", pki.stanza_of("other.test", &[])),
            cluster("wrong-uri", pki.stanza_of(HOST, &["spiffe://cluster.local/ns/shop/sa/other"])),
        ],
        2,
    );
    for (name, sni, matched, refused) in [
        ("good", HOST, HOST, None),
        ("from-file", HOST, HOST, None),
        ("uri", "sent.test", URI, None),
        ("wrong-ca", HOST, "-", Some((48, "unknown-issuer"))),
        ("system", HOST, "-", Some((48, "unknown-issuer"))),
        ("wrong-name", "other.test", "-", Some((42, "name-mismatch"))),
        ("wrong-uri", HOST, "-", Some((42, "name-mismatch"))),
    ] {
        let path = format!("/{name}");
        let response = running.get(&path);
        let seen = backend.take_one(PATIENCE).expect(name);
        let access = running.access(&path);
        assert_eq!(seen.server_name.as_deref(), Some(sni), "{name}");
        assert_eq!(seen.alert(), refused.map(|(alert, _)| alert), "{name}: {seen:?}");
        assert_eq!(access.code(), refused.map(|(_, code)| code), "{name}: {access:?}");
        assert_eq!(access.matched, matched, "{name}: {access:?}");
        let status = if refused.is_none() { 200 } else { 503 };
        assert_eq!([response.status, access.status], [status; 2], "{name}: {}", response.body);
        println!("{name}: {status} {}", access.failure);
    }
    // The line as the operator sees it.
    let line = running.access("/wrong-name").failure;
    let expected = "lastmile/name-mismatch_expected=dns:other.test_presented=dns:backend.test,uri:\
                    spiffe://cluster.local/ns/shop/sa/backend_certificate=0";
    assert!(line.contains(expected), "{line}");
    assert_eq!(running.statistic("cluster.wrong-ca.ssl.fail_verify_error"), 1);
    running.process.stop().expect("it ends");
}

#[test]
fn two_policies_on_one_backend_with_sessions_and_pools_as_they_are() {
    let Some(envoy) = envoy("two policies in Envoy") else { return };
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let cluster = |name: &str, stanza| EnvoyCluster::new(name, backend.address, stanza);
    let refusing = || pki.stanza_of(HOST, &["spiffe://cluster.local/ns/shop/sa/other"]);
    let running = RunningEnvoy::start(
        &envoy,
        "envoy-two-policies",
        &[
            // Connections are pooled.
            cluster("pooled", pki.stanza()).pooled(),
            cluster("refusing-pooled", refusing()).pooled(),
            // Sessions are resumed.
            cluster("resumed", pki.stanza()),
            cluster("refusing-resumed", refusing()),
        ],
        1,
    );
    for kind in ["pooled", "resumed"] {
        for round in 0..3 {
            for _ in 0..2 {
                assert_eq!(running.get(&format!("/{kind}/{round}")).status, 200, "{kind}");
            }
            assert_eq!(running.get(&format!("/refusing-{kind}/{round}")).status, 503, "{kind}");
            let access = running.access(&format!("/refusing-{kind}/{round}"));
            assert_eq!(access.code(), Some("name-mismatch"), "{access:?}");
        }
    }
    let seen = backend.take();
    let connected: Vec<_> = seen.iter().filter(|seen| seen.is_connected()).collect();
    let alerts = seen.iter().filter(|seen| seen.alert() == Some(42)).count();
    // The first six on one connection, and then one each; all but the first of those resumed.
    let pooled = connected.iter().filter(|seen| seen.requests.len() > 1).count();
    let resumed = connected.iter().filter(|seen| seen.is_resumed()).count();
    println!("{} connected, {pooled} pooled, {resumed} resumed, {alerts} refused", connected.len());
    assert_eq!((connected.len(), pooled, resumed, alerts), (7, 1, 5, 6));
    // Resumed, and judged all the same: what Envoy counts is what the validator was asked.
    assert!(running.statistic("cluster.resumed.ssl.session_reused") >= 5);
}

/// A resumed session is judged: the same cluster refuses once what it trusted has expired.
#[test]
fn a_resumed_session_is_judged_again() {
    let Some(envoy) = envoy("resumed sessions in Envoy") else { return };
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let cluster = EnvoyCluster::new("soon", backend.address, pki.stanza());
    let running = RunningEnvoy::start(&envoy, "envoy-resumed", &[cluster], 1);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let expires = i64::try_from(now.as_secs()).expect("a date") + 6;
    let leaf = pki.root.issue(pki::leaf(HOST).valid(time::START, expires));
    backend.present(&[leaf], &keys::P256_C);
    for round in 0..2 {
        assert_eq!(running.get(&format!("/soon/{round}")).status, 200);
    }
    thread::sleep(Duration::from_secs(8));
    assert_eq!(running.get("/soon/late").status, 503);
    assert_eq!(running.access("/soon/late").code(), Some("expired"));
    let seen = backend.take();
    assert!(seen[1].is_resumed() && !seen[2].is_connected(), "{seen:?}");
}

#[test]
fn another_sni_is_told_and_the_policy_decides() {
    let Some(envoy) = envoy("the SNI in Envoy") else { return };
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let cluster = |name: &str| EnvoyCluster::new(name, backend.address, pki.stanza());
    let clusters = [cluster("none").sni(None), cluster("another").sni(Some("another.test"))];
    let running = RunningEnvoy::start(&envoy, "envoy-sni", &clusters, 1);
    for name in ["none", "another"] {
        assert_eq!(running.get(&format!("/{name}")).status, 200);
    }
    let errors = running.process.errors();
    for expected in [
        "lastmile: none: no SNI is sent, and the policy's hostname is backend.test: set `sni: \
         backend.test`",
        "lastmile: another: the SNI another.test is sent",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
}

/// It unwinds inside Envoy, to the boundary and no further.
#[test]
fn a_panic_refuses_and_envoy_goes_on() {
    let Some(envoy) = envoy("a panic in Envoy") else { return };
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let cluster = |name: &str, stanza| EnvoyCluster::new(name, backend.address, stanza);
    let clusters =
        [cluster("panics", pki.stanza_of("panic.test", &[URI])), cluster("good", pki.stanza())];
    let modules = envoy_module_that_panics();
    let mut running = RunningEnvoy::start_with(&envoy, "envoy-panic", &clusters, 2, &modules);
    for round in 0..4 {
        let path = format!("/panics/{round}");
        assert_eq!(running.get(&path).status, 503);
        let seen = backend.take_one(PATIENCE).expect("a connection");
        // internal_error
        assert_eq!((seen.alert(), seen.requests.len()), (Some(80), 0), "{seen:?}");
        assert_eq!(running.access(&path).code(), Some("internal-error"));
        assert_eq!(running.get(&format!("/good/{round}")).status, 200);
        assert!(backend.take_one(PATIENCE).is_some_and(|seen| seen.is_connected()));
    }
    assert!(running.process.is_running());
    assert!(running.process.errors().contains("a test wants this"));
}

/// The policy is that of a backend: a listener that asks clients for certificates gets none.
#[test]
fn a_listener_with_this_validator_refuses_every_client() {
    let Some(envoy) = envoy("a listener in Envoy") else { return };
    let pki = Pki::new();
    let directory = scratch("envoy-listener");
    let (listen, admin): (SocketAddr, SocketAddr) = (own_address(), own_address());
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let cluster = EnvoyCluster::new("good", backend.address, pki.stanza());
    let mut configuration = envoy_configuration(listen, admin, &[cluster]);
    let chain = directory.join("chain.pem");
    let key = directory.join("key.pem");
    fs::write(&chain, case::certificates(&pki.chain)).expect("a file");
    fs::write(&key, keys::P256_C.to_pem()).expect("a file");
    configuration["static_resources"]["listeners"][0]["filter_chains"][0]["transport_socket"] = json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type":
                "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "require_client_certificate": true,
            "common_tls_context": {
                "tls_certificates": [{
                    "certificate_chain": {"filename": chain},
                    "private_key": {"filename": key},
                }],
                "validation_context": validation_context("clients", pki.stanza()),
            },
        },
    });
    let file = write_configuration(&directory, &configuration);
    let mut process = envoy.start(&file, envoy_module(), &directory, 1);
    process.wait_for(listen, Duration::from_secs(60));
    let mut curl = Command::new("openssl");
    curl.args(["s_client", "-connect"]).arg(listen.to_string());
    curl.arg("-cert").arg(&chain).arg("-key").arg(&key).arg("-ign_eof");
    if !has("openssl", "version", "a client of a listener in Envoy") {
        return;
    }
    let finished = run(&mut curl, Duration::from_secs(30));
    // internal_error
    assert!(finished.errors.contains("alert number 80"), "{finished:?}");
    assert!(get(admin, "test", "/ready").is_ok_and(|ready| ready.status == 200));
}
