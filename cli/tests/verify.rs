//! `lastmile verify`: what it prints, and how it ends.

use serde_json::json;
use support::CA;
use support::CHAIN;
use support::lastmile;
use support::lastmile_reading;
use support::read;

mod support;

const BACKEND: &str = "backend.example.com";
const SPIFFE: &str = "uri:spiffe://cluster.local/ns/shop/sa/backend";
const PATH: &str = "  CN=backend.example.com
  O=Example Shop, CN=Example Shop Issuing CA
  O=Example Shop, CN=Example Shop Root CA
";

#[test]
fn a_good_chain_is_accepted_by_its_hostname() {
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--hostname", BACKEND]);
    let expected = format!("accepted: backend.example.com until 2126-01-01T00:00:00Z\n{PATH}");
    assert_eq!((said.status, said.stdout, said.stderr), (Some(0), expected, String::new()));
}

#[test]
fn an_accepted_chain_is_one_json_object() {
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--hostname", BACKEND, "--format=json"]);
    assert_eq!(said.status, Some(0));
    assert_eq!(said.stdout.lines().count(), 1);
    assert_eq!(
        said.json(),
        json!({
            "accepted": true,
            "code": null,
            "clause": null,
            "message": "the certificate is valid for backend.example.com until 2126-01-01T00:00:00Z",
            "certificate": null,
            "anchor": {
                "subject": "O=Example Shop, CN=Example Shop Root CA",
                "file": CA,
                "block": 1,
                "sha256": "06a36568f464501c3f7319d6f41724095c3d0c4819537ff3a80c1daeb8d1f1c8",
                "not_after": "2126-01-01T00:00:00Z",
            },
            "also": [],
            "attempts": 1,
            "matched": BACKEND,
            "valid_until": "2126-01-01T00:00:00Z",
            "path": PATH.lines().map(str::trim).collect::<Vec<_>>(),
        })
    );
    let order = ["accepted", "code", "clause", "message", "certificate", "anchor", "also"];
    let places: Vec<_> = order.map(|key| said.stdout.find(&format!("\"{key}\":"))).into();
    assert!(places.is_sorted(), "the fields are in the order of the contract");
}

#[test]
fn a_uri_in_the_place_of_the_hostname_is_matched() {
    // The hostname is only sent: it need not be in the certificate.
    let arguments = ["verify", CHAIN, "--ca", CA, "--hostname", "sni.example", "--san", SPIFFE];
    let said = lastmile(&arguments);
    let expected = format!(
        "accepted: spiffe://cluster.local/ns/shop/sa/backend until 2126-01-01T00:00:00Z\n{PATH}"
    );
    assert_eq!((said.status, said.stdout), (Some(0), expected));
    let other = ["verify", CHAIN, "--ca", CA, "--hostname", BACKEND, "--san", "uri:spiffe://x/y"];
    assert_eq!(lastmile(&other).status, Some(1), "the hostname authenticates nothing beside SANs");
    let both = [&other[..], &["--san", "hostname:backend.example.com"]].concat();
    assert_eq!(lastmile(&both).status, Some(0), "any of the names is enough");
}

#[test]
fn a_wrong_hostname_is_explained() {
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--hostname", "other.example.com"]);
    assert_eq!(said.status, Some(1));
    assert_eq!(
        said.stdout,
        "\
refused: the certificate is not valid for other.example.com (name-mismatch, RFC 9525 6)
  certificate 0, CN=backend.example.com
    expected any of   dns other.example.com
    presents          dns backend.example.com, uri spiffe://cluster.local/ns/shop/sa/backend
  try: issue the certificate for other.example.com, or list backend.example.com under subjectAltNames
"
    );
    assert_eq!(said.stderr, "");
}

#[test]
fn a_refused_chain_is_one_json_object() {
    let said = lastmile(&[
        "verify",
        CHAIN,
        "--ca",
        CA,
        "--hostname",
        "other.example.com",
        "--format",
        "json",
        "--time",
        "2126-01-02T00:00:00Z",
    ]);
    assert_eq!(said.status, Some(1));
    let json = said.json();
    assert_eq!(json["accepted"], false);
    assert_eq!(json["code"], "name-mismatch");
    assert_eq!(json["clause"], "RFC 9525 6");
    assert_eq!(json["message"], "the certificate is not valid for other.example.com");
    assert_eq!(json["certificate"], 0);
    for key in ["anchor", "matched", "valid_until"] {
        assert!(json[key].is_null(), "{key} is null");
    }
    assert_eq!(json["path"], json!([]));
    let also = json["also"].as_array().expect("a list");
    let codes: Vec<_> = also.iter().map(|one| (&one["code"], &one["certificate"])).collect();
    let expired = &json!("expired");
    let found = [(expired, &json!(0)), (expired, &json!(1)), (expired, &json!(null))];
    assert_eq!(codes, found);
    assert_eq!(also[2]["anchor"]["file"], CA);
    assert_eq!(also[2]["anchor"]["block"], 1);
    assert!(json["attempts"].is_u64());
    let object = json.as_object().expect("an object");
    assert_eq!(object.len(), 11, "no field is left out, and none is added");
}

#[test]
fn the_advice_names_the_bundle() {
    let said =
        lastmile(&["verify", CHAIN, "--ca", "quickstart/ca-other.pem", "--hostname", BACKEND]);
    let advice = said.stdout.lines().last().unwrap_or_default();
    assert_eq!(
        (said.status, advice),
        (
            Some(1),
            "  try: if anchor 0 was renewed, put its current certificate into ca-other.pem (block 1, \
             line 2)"
        )
    );
}

#[test]
fn the_stanza_is_read_from_yaml_and_from_json() {
    let json = br#"{"hostname": "x.example", "subjectAltNames": [{"type": "Hostname",
        "hostname": "backend.example.com"}]}"#;
    for (file, stdin) in [("quickstart/validation.yaml", &b""[..]), ("-", json)] {
        let said = lastmile_reading(&["verify", CHAIN, "--ca", CA, "--validation", file], stdin);
        assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{file}");
    }
}

#[test]
fn standard_input_may_be_any_one_of_the_files() {
    let (chain, ca) = (read(CHAIN), read(CA));
    let said = lastmile_reading(&["verify", "-", "--ca", CA, "--hostname", BACKEND], &chain);
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    let arguments = ["verify", CHAIN, "--ca", "-", "--hostname", BACKEND, "--format", "json"];
    let said = lastmile_reading(&arguments, &ca);
    assert_eq!((said.status, &said.json()["anchor"]["file"]), (Some(0), &json!("-")));
}

#[test]
fn der_is_read_and_bad_der_is_the_peers() {
    let pem = read(CA);
    let block = lastmile::pem::blocks(&pem).next().expect("a block").expect("a good one");
    let der = block.decode().expect("base64");
    let arguments = ["verify", "-", "--ca", CA, "--hostname", BACKEND, "--format", "json"];
    // The root, as a leaf that is in the bundle, has no names.
    let said = lastmile_reading(&arguments, &der);
    assert_eq!((said.status, &said.json()["code"]), (Some(1), &json!("name-mismatch")));
    let said = lastmile_reading(&arguments, &der[..der.len() - 1]);
    assert_eq!((said.status, &said.json()["code"]), (Some(1), &json!("malformed-certificate")));
    assert_eq!(said.json()["certificate"], 0);
}

#[test]
fn blocks_of_other_kinds_are_passed_over_with_a_warning() {
    let mut chain = read("keys/p256-a.pem");
    chain.extend(read(CHAIN));
    let said = lastmile_reading(&["verify", "-", "--ca", CA, "--hostname", BACKEND], &chain);
    assert_eq!(said.status, Some(0));
    assert_eq!(
        said.stderr,
        "warning: standard input: block 1, line 1: PRIVATE KEY is passed over; whoever can read \
         the chain has the key\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_roots_of_the_system_are_trusted_when_asked_for() {
    let system = |file: &str, format: &str| {
        let mut command = support::command();
        command.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", "/nowhere");
        command.args(["verify", CHAIN, "--system-ca", "--hostname", BACKEND, "--format", format]);
        support::said(&mut command, b"")
    };
    let said = system(CA, "json");
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    let anchor = &said.json()["anchor"];
    assert_eq!((&anchor["file"], &anchor["block"]), (&json!(null), &json!(null)));
    let said = system("nowhere.pem", "json");
    assert_eq!(said.status, Some(2));
    assert_eq!(said.json()["error"]["code"], "no-system-roots");
}

#[test]
fn the_clock_may_be_set() {
    for (time, status) in [
        ("2026-01-01T00:00:00Z", 0),
        ("2026-01-01T01:00:00+01:00", 0),
        ("2025-12-31T23:59:59Z", 1),
        ("2126-01-01T00:00:00Z", 0),
        ("2126-01-01T00:00:01Z", 1),
        ("9999-12-31T23:59:59Z", 1),
    ] {
        let said = lastmile(&["verify", CHAIN, "--ca", CA, "--hostname", BACKEND, "--time", time]);
        assert_eq!(said.status, Some(status), "at {time}: {}", said.stdout);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_may_have_a_name_that_is_not_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let mut path = support::file("bytes", "").into_bytes();
    path.push(0xff);
    let path = OsStr::from_bytes(&path);
    std::fs::write(path, read(CHAIN)).expect("a file can be written");
    let mut command = support::command();
    command.arg("verify").arg(path).args(["--ca", CA, "--hostname", BACKEND]);
    let said = support::said(&mut command, b"");
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
}
