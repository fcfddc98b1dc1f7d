//! `envoy --mode validate` refuses what is broken, and its log names the field; a twin one step away
//! is good.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fs;
use std::net::SocketAddr;

use lastmile_harness::EnvoyCluster;
use lastmile_harness::Finished;
use lastmile_harness::envoy;
use lastmile_harness::envoy_configuration;
use lastmile_harness::envoy_module;
use lastmile_harness::scratch;
use lastmile_harness::validation_context_of;
use lastmile_harness::write_configuration;
use lastmile_testdata::keys;
use serde_json::Value;
use serde_json::json;
use support::HOST;
use support::Pki;
use support::URI;

#[test]
fn what_is_broken_is_refused_with_the_field_that_is() {
    let Some(envoy) = envoy("broken configurations of Envoy") else { return };
    let directory = scratch("envoy-broken");
    let pki = Pki::new();
    let bundle = pki.bundle.as_str();
    let file = |name: &str, content: &str| {
        let path = directory.join(name);
        fs::write(&path, content).expect("a file");
        path.to_str().expect("a path in UTF-8").to_owned()
    };
    let empty = file("empty.pem", "");
    let garbage = file("garbage.pem", "no certificate\n");
    let good_file = file("good.pem", bundle);
    let missing = directory.join("missing.pem");
    let missing = missing.to_str().expect("a path in UTF-8");
    let directory_as_file = directory.to_str().expect("a path in UTF-8");
    let with = |key: &str, value: Value| {
        let mut stanza = pki.stanza();
        stanza[key] = value;
        stanza
    };
    let trust = |key: &str, value: &str| json!({"hostname": HOST, key: value});
    let names = |names: Value| with("subjectAltNames", names);
    let uri = |uri: &str| json!({"type": "URI", "uri": uri});
    // Another block in place of the first.
    let relabelled = |label: &str| {
        bundle
            .replace("BEGIN CERTIFICATE", &format!("BEGIN {label}"))
            .replace("END CERTIFICATE", &format!("END {label}"))
    };
    let broken_der = bundle.replacen("\nMII", "\nMIA", 1);
    assert_ne!(broken_der, bundle);
    let six: Vec<Value> = (0..6).map(|number| uri(&format!("spiffe://a/{number}"))).collect();

    let broken: Vec<(&str, Value, &str)> = vec![
        ("no hostname", json!({"caCertificates": bundle}), "hostname: is missing"),
        (
            "a wildcard as hostname",
            with("hostname", json!("*.backend.test")),
            "hostname: expected one exact name to send as SNI, found the wildcard \"*.backend.test\"",
        ),
        (
            "an address as hostname",
            with("hostname", json!("10.0.0.1")),
            "hostname: expected a DNS name such as backend.example.com, found \"10.0.0.1\"",
        ),
        (
            "an underscore in the hostname",
            with("hostname", json!("back_end.test")),
            "hostname: expected a DNS name such as backend.example.com, found \"back_end.test\"",
        ),
        (
            "a number as hostname",
            with("hostname", json!(7)),
            "hostname: expected text, found a number",
        ),
        (
            "a list as hostname",
            with("hostname", json!([HOST])),
            "hostname: expected text, found a list",
        ),
        ("a field of Envoy", with("trusted_ca", json!({})), "trusted_ca: is not a field here"),
        (
            "a field misspelt",
            with("subjectAltName", json!([])),
            "subjectAltName: is not a field here",
        ),
        (
            "references",
            with("caCertificateRefs", json!([])),
            "caCertificateRefs: names objects of Kubernetes",
        ),
        ("no trust", json!({"hostname": HOST}), "caCertificates: is missing"),
        (
            "trust twice",
            with("wellKnownCACertificates", json!("System")),
            "says what is trusted a second time, beside ",
        ),
        (
            "another set",
            trust("wellKnownCACertificates", "Mozilla"),
            "wellKnownCACertificates: expected System, found \"Mozilla\"",
        ),
        ("an empty bundle", trust("caCertificates", ""), "caCertificates: is empty"),
        ("no PEM", trust("caCertificates", "no certificate"), "caCertificates: "),
        ("malformed DER", trust("caCertificates", &broken_der), "caCertificates: "),
        (
            "a private key among them",
            trust("caCertificates", &format!("{bundle}{}", keys::P256_C.to_pem())),
            "caCertificates: ",
        ),
        (
            "certificates of OpenSSL's own kind",
            trust("caCertificates", &relabelled("TRUSTED CERTIFICATE")),
            "caCertificates: ",
        ),
        ("only other blocks", trust("caCertificates", &relabelled("X")), "caCertificates: "),
        (
            "a file that is not there",
            trust("caCertificatesFile", missing),
            "missing.pem: No such file or directory",
        ),
        ("an empty file", trust("caCertificatesFile", &empty), "empty.pem: "),
        ("a file without certificates", trust("caCertificatesFile", &garbage), "garbage.pem: "),
        ("a directory", trust("caCertificatesFile", directory_as_file), "caCertificatesFile: "),
        ("names that are no list", names(json!("a.test")), "subjectAltNames: expected a list"),
        ("six names", names(json!(six)), "subjectAltNames: expected at most 5 names, found 6"),
        (
            "a name without a type",
            names(json!([{"uri": URI}])),
            "subjectAltNames[0].type: is missing",
        ),
        (
            "Envoy's type",
            names(json!([uri(URI), {"type": "DNS", "hostname": HOST}])),
            "subjectAltNames[1].type: expected Hostname or URI, found \"DNS\"",
        ),
        (
            "a type without its value",
            names(json!([{"type": "URI"}])),
            "subjectAltNames[0].uri: is missing",
        ),
        (
            "a value of the other type",
            names(json!([{"type": "URI", "uri": URI, "hostname": HOST}])),
            "subjectAltNames[0].hostname: does not belong to type URI",
        ),
        (
            "a URI without a scheme",
            names(json!([uri("a/b")])),
            "subjectAltNames[0].uri: expected a URI",
        ),
        (
            "another field of a name",
            names(json!([{"type": "URI", "uri": URI, "exact": URI}])),
            "subjectAltNames[0].exact: is not a field here",
        ),
    ];
    let good = vec![
        ("the stanza", pki.stanza()),
        ("no names", names(json!([]))),
        ("five names", names(json!(six[..5]))),
        (
            "a name of each type",
            names(json!([uri(URI), {"type": "Hostname", "hostname": "*.test"}])),
        ),
        ("a file", trust("caCertificatesFile", &good_file)),
        ("the system's", trust("wellKnownCACertificates", "System")),
    ];

    let validate = |config: Value| -> Finished {
        let nowhere: SocketAddr = ([127, 0, 0, 1], 9).into();
        let context = json!({"validation_context": validation_context_of("shop/backend", config)});
        let cluster =
            EnvoyCluster::with_validation("backend", nowhere, Some(HOST.to_owned()), context);
        let configuration = envoy_configuration(nowhere, nowhere, &[cluster]);
        let file = write_configuration(&directory, &configuration);
        envoy.validate(&file, envoy_module())
    };
    let of_struct = |stanza: &Value| json!({"@type": "type.googleapis.com/google.protobuf.Struct", "value": stanza});
    let of_text = |text: &str| json!({"@type": "type.googleapis.com/google.protobuf.StringValue", "value": text});

    for (name, stanza) in good {
        let finished = validate(of_struct(&stanza));
        assert!(finished.status.success(), "{name}: {}", finished.errors);
    }
    let count = broken.len();
    for (name, stanza, expected) in broken {
        assert_refused(name, &validate(of_struct(&stanza)), expected);
    }
    // As a text: YAML, with the field named all the same.
    let yaml = format!("hostname: {HOST}\nwellKnownCACertificates: System\n");
    let finished = validate(of_text(&yaml));
    assert!(finished.status.success(), "YAML: {}", finished.errors);
    let broken = yaml.replace("hostname", "host");
    assert_refused("YAML", &validate(of_text(&broken)), "hostname: is missing");
    assert_refused("no YAML", &validate(of_text("a: [")), "lastmile: shop/backend: ");
    assert_refused("nothing", &validate(of_text("")), "there is no stanza");
    println!("{} refused, 7 good", count + 3);
    assert!(count >= 20);
}

#[track_caller]
fn assert_refused(name: &str, finished: &Finished, expected: &str) {
    assert!(!finished.status.success(), "{name} is taken");
    let ours = |line: &&str| line.contains("lastmile: shop/backend: ");
    let lines: Vec<&str> = finished.errors.lines().filter(ours).collect();
    assert!(
        lines.iter().any(|line| line.contains(expected)),
        "{name}: expected {expected}, found\n{}",
        finished.errors
    );
    println!("{name}: {}", lines.join(" / "));
}
