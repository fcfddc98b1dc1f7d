//! A policy that changes while Envoy runs, through SDS: what is good takes over; what is not is refused
//! and told, and the policy before it stays.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::EnvoyCluster;
use lastmile_harness::RunningEnvoy;
use lastmile_harness::envoy;
use lastmile_harness::scratch;
use lastmile_testdata::keys;
use serde_json::Value;
use serde_json::json;
use support::HOST;
use support::Pki;
use support::secrets;
use support::write_secret;
use support::write_watching_secret;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn a_bad_policy_keeps_the_one_before() {
    let Some(envoy) = envoy("reload in Envoy") else { return };
    let directory = scratch("envoy-reload");
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let bundle = directory.join("ca.pem");
    fs::write(&bundle, &pki.bundle).expect("a file");
    let from_file =
        |hostname: &str, file: &Path| json!({"hostname": hostname, "caCertificatesFile": file});
    let file = directory.join("secret.json");
    write_secret(&file, &from_file(HOST, &bundle));
    let sni = Some(HOST.to_owned());
    let cluster = EnvoyCluster::with_validation("backend", backend.address, sni, secrets(&file));
    let running = RunningEnvoy::start(&envoy, "envoy-reload-run", &[cluster], 2);
    let mut number = 0;
    let mut status = || {
        number += 1;
        running.get(&format!("/backend/{number}")).status
    };
    let told = |what: &str| {
        let found = running
            .process
            .wait_until(PATIENCE, |process| process.errors().contains(what).then_some(()));
        found.unwrap_or_else(|all| panic!("no word of {what} in\n{all}"));
    };
    assert_eq!(status(), 200);

    // Each of these is refused, and the policy before it stays.
    let missing = directory.join("missing.pem");
    let broken: [(Value, &str); 4] = [
        (from_file(HOST, &missing), "missing.pem: No such file or directory"),
        (json!({"hostname": HOST}), "caCertificates: is missing"),
        (json!({"hostname": "*", "caCertificatesFile": bundle}), "hostname: expected a DNS name"),
        (json!([]), "expected a mapping"),
    ];
    for (stanza, expected) in broken {
        write_secret(&file, &stanza);
        if stanza.is_array() {
            // No Struct at all: Envoy itself refuses it.
            told("Unable to parse JSON as proto");
        } else {
            told(expected);
        }
        assert_eq!(status(), 200, "{expected}");
    }

    // Another policy takes over.
    write_secret(&file, &from_file("other.test", &bundle));
    until(|| status() == 503, "the policy that refuses takes over");

    // The file turns bad: what refuses goes on refusing.
    fs::write(&bundle, "no certificate").expect("a file");
    write_secret(&file, &from_file(HOST, &bundle));
    told("ca.pem: ");
    assert_eq!(status(), 503);

    // The file vanishes.
    fs::remove_file(&bundle).expect("it is there");
    write_secret(&file, &json!({"hostname": "backend2.test", "caCertificatesFile": bundle}));
    told("ca.pem: No such file or directory");
    assert_eq!(status(), 503);

    // The twin: it is there again.
    fs::write(&bundle, &pki.bundle).expect("a file");
    write_secret(&file, &from_file(HOST, &bundle));
    until(|| status() == 200, "the good policy takes over");
}

/// A bundle that is replaced under a policy which stays the same: Envoy compares configurations, and asks for
/// a new one only if they differ, or if it watches the file, as its own `trusted_ca` beside the validator makes
/// it do.
#[test]
fn a_replaced_file_is_loaded_if_the_secret_watches_it() {
    let Some(envoy) = envoy("a replaced file in Envoy") else { return };
    let directory = scratch("envoy-replaced");
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let bundle = directory.join("ca.pem");
    // Envoy looks for what is moved there.
    let replace = |content: &str| {
        let next = directory.join("next.pem");
        fs::write(&next, content).expect("a file");
        fs::rename(next, &bundle).expect("it is moved");
    };
    replace(&pki.bundle);
    let stanza = json!({"hostname": HOST, "caCertificatesFile": bundle});
    let sni = || Some(HOST.to_owned());
    let [watching, plain] = ["watching", "plain"].map(|name| {
        let file = directory.join(format!("{name}.json"));
        match name {
            "watching" => write_watching_secret(&file, &stanza, &bundle),
            _ => write_secret(&file, &stanza),
        }
        (EnvoyCluster::with_validation(name, backend.address, sni(), secrets(&file)), file)
    });
    let clusters = [watching.0, plain.0];
    let running = RunningEnvoy::start(&envoy, "envoy-replaced-run", &clusters, 1);
    let mut number = 0;
    let mut status = |name: &str| {
        number += 1;
        running.get(&format!("/{name}/{number}")).status
    };
    assert_eq!([status("watching"), status("plain")], [200; 2]);
    // Another CA.
    replace(&pki.other);
    until(|| status("watching") == 503, "the replaced bundle takes over");
    // What is the same is no news.
    write_secret(&plain.1, &stanza);
    assert_eq!(status("plain"), 200);
    // A bundle that turns bad keeps the one before, and is told.
    replace("no certificate");
    let told = running.process.wait_until(PATIENCE, |process| {
        process.errors().contains("ca.pem: no CERTIFICATE block").then_some(())
    });
    told.unwrap_or_else(|all| panic!("{all}"));
    assert_eq!(status("watching"), 503);
    replace(&pki.bundle);
    until(|| status("watching") == 200, "the good bundle takes over");
    // So does one that vanishes.
    fs::remove_file(&bundle).expect("it is there");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(status("watching"), 200);
    assert_eq!(status("plain"), 200);
}

#[track_caller]
fn until(mut holds: impl FnMut() -> bool, what: &str) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
