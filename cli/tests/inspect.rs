//! `lastmile inspect`: what it prints of good and of malformed certificates.

use serde_json::json;
use support::CA;
use support::CHAIN;
use support::lastmile;

mod support;

#[test]
fn a_certificate_is_shown_with_what_the_engine_concludes() {
    let said = lastmile(&["inspect", CA, "--time", "2127-01-01T00:00:00Z"]);
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        said.stdout,
        "\
quickstart/ca.pem, certificate 0 (block 1, line 2)
  subject       O=Example Shop, CN=Example Shop Root CA
  issuer        O=Example Shop, CN=Example Shop Root CA
  serial        5d:04:e4:d1:93:78:1e:e8
  valid         2026-01-01T00:00:00Z to 2126-01-01T00:00:00Z
  names         (none)
  key           ECDSA P-256, 256 bits
  signed with   ecdsa-with-SHA256
  extensions    subjectKeyIdentifier: 46:bc:0b:7f:d3:32:b2:c9:f0:02:8b:c5:5b:48:c1:66:37:ec:29:81
                basicConstraints, critical: CA
                keyUsage, critical: Key Cert Sign, CRL Sign
  sha256        06a36568f464501c3f7319d6f41724095c3d0c4819537ff3a80c1daeb8d1f1c8
  as a leaf     no: certificate 0 expired 365 days ago
                no: it is a CA certificate (a leaf only where the bundle holds it itself)
  as an issuer  no: certificate 0 expired 365 days ago
"
    );
}

#[test]
fn a_chain_is_one_json_object() {
    let said = lastmile(&["inspect", CHAIN, CA, "--format=json", "--time=2026-06-01T00:00:00Z"]);
    assert_eq!(said.status, Some(0));
    let json = said.json();
    let certificates = json["certificates"].as_array().expect("a list");
    let usable: Vec<_> = certificates
        .iter()
        .map(|one| {
            let engine = &one["engine"];
            (
                one["file"].clone(),
                one["certificate"].clone(),
                engine["leaf"]["usable"].clone(),
                engine["issuer"]["usable"].clone(),
            )
        })
        .collect();
    assert_eq!(
        usable,
        [
            (json!(CHAIN), json!(0), json!(true), json!(false)),
            (json!(CHAIN), json!(1), json!(false), json!(true)),
            (json!(CA), json!(0), json!(false), json!(true)),
        ]
    );
    let leaf = &certificates[0];
    assert_eq!(leaf["subject"], "CN=backend.example.com");
    let names = ["dns backend.example.com", "uri spiffe://cluster.local/ns/shop/sa/backend"];
    assert_eq!(leaf["names"], json!(names));
    assert_eq!(leaf["key"], json!({"algorithm": "ECDSA P-256", "bits": 256}));
    assert_eq!(leaf["engine"]["issuer"]["faults"][0]["code"], "not-a-ca");
    assert_eq!(leaf["engine"]["malformed"], json!(null));
}

#[test]
fn a_malformed_certificate_is_shown_with_both_facts() {
    let chain = "cases/encoding-duplicate-extension/chain.pem";
    let said = lastmile(&["inspect", chain]);
    assert_eq!(said.status, Some(1));
    assert!(said.stdout.contains("\n  subject       CN=backend.example.com\n"), "what is read");
    assert!(
        said.stdout.contains("\n  malformed     the engine refuses it: extensions at octet "),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("chain.pem, certificate 1"), "the others are shown too");

    let said = lastmile(&["inspect", "cases/encoding-truncated/chain.pem", "--format=json"]);
    assert_eq!(said.status, Some(1));
    let first = &said.json()["certificates"][0];
    assert!(first["unreadable"].is_string() && first["engine"]["malformed"].is_string());
    assert!(first["engine"]["leaf"].is_null());
}

#[test]
fn every_certificate_of_the_cases_can_be_shown() {
    let mut count = 0;
    for folder in std::fs::read_dir(support::testdata().join("cases")).expect("cases") {
        let folder = folder.expect("a folder").path();
        let chain = folder.join("chain.pem");
        let said = lastmile(&["inspect", chain.to_str().expect("UTF-8"), "--format=json"]);
        assert!(matches!(said.status, Some(0 | 1)), "{}: {}", chain.display(), said.stderr);
        count += said.json()["certificates"].as_array().map_or(0, Vec::len);
    }
    assert!(count > 400, "only {count} certificates");
}
