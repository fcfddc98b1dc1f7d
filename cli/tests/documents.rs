//! `lastmile verify -f … --target …`: the question comes from policy documents.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use support::CA;
use support::CHAIN;
use support::Said;
use support::file;
use support::lastmile;
use support::lastmile_reading;
use support::read;

mod support;

/// A policy for a Service of the namespace `shop`.
fn policy(name: &str, service: &str, validation: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: \
         {name}, namespace: shop}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: \
         {service}}}]\n  validation:\n    hostname: backend.example.com\n    {validation}\n"
    )
}

const REFERENCE: &str = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";

fn config_map(name: &str, bundle: &[u8]) -> String {
    let bundle = String::from_utf8_lossy(bundle).replace('\n', "\n    ");
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata:\n  \
         ca.crt: |\n    {bundle}\n"
    )
}

fn service(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: \
         {{ports: [{{name: https, port: 443}}]}}\n"
    )
}

fn good() -> String {
    policy("backend", "backend", REFERENCE) + &service("backend") + &config_map("ca", &read(CA))
}

fn verify(documents: &str, target: &str, more: &[&str]) -> Said {
    let arguments = ["verify", CHAIN, "-f", "-", "--target", target];
    lastmile_reading(&[&arguments, more].concat(), documents.as_bytes())
}

#[test]
fn a_chain_is_held_to_the_policy_for_the_target() {
    let said = verify(&good(), "shop/backend", &[]);
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    assert!(said.stdout.starts_with("accepted: backend.example.com until 2126"), "{}", said.stdout);
    for target in ["shop/backend:https", "shop/backend:443", "service/shop/backend"] {
        assert_eq!(verify(&good(), target, &[]).status, Some(0), "{target}");
    }
    let other = good().replace("hostname: backend", "hostname: frontend");
    let said = verify(&other, "shop/backend", &[]);
    assert_eq!(said.status, Some(1));
    assert!(
        said.stdout.starts_with(
            "refused: the certificate is not valid for frontend.example.com (name-mismatch"
        ),
        "{}",
        said.stdout
    );
}

/// The same fields as with a bundle; the file is that of the document.
#[test]
fn machines_learn_which_document_holds_the_anchor() {
    let documents = file("documents-anchor.yaml", good());
    let arguments =
        ["verify", CHAIN, "-f", &documents, "--target", "shop/backend", "--format", "json"];
    let said = lastmile(&arguments);
    let (by_documents, by_bundle) = (
        said.json(),
        lastmile(&[
            "verify",
            CHAIN,
            "--ca",
            CA,
            "--hostname",
            "backend.example.com",
            "--format",
            "json",
        ])
        .json(),
    );
    assert_eq!(by_documents["anchor"]["file"], json!(documents));
    assert_eq!(by_documents["anchor"]["block"], json!(1));
    let without_file = |mut verdict: serde_json::Value| {
        verdict["anchor"]["file"] = json!(null);
        verdict
    };
    assert_eq!(without_file(by_documents), without_file(by_bundle));
}

/// Advice names the ConfigMap; an anchor of a second bundle is found in it.
#[test]
fn advice_is_about_the_object_that_holds_the_bundle() {
    let wrong = config_map("ca", &read("quickstart/ca-other.pem"));
    let documents = policy("backend", "backend", REFERENCE) + &wrong;
    let said = verify(&documents, "shop/backend", &[]);
    assert_eq!(said.status, Some(1));
    assert!(said.stdout.contains("ca.crt of ConfigMap shop/ca"), "{}", said.stdout);
    let both = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}, {group: '', kind: \
                ConfigMap, name: second}]";
    let documents = policy("backend", "backend", both) + &wrong + &config_map("second", &read(CA));
    let said = verify(&documents, "shop/backend", &["--format", "json"]);
    assert_eq!((said.status, &said.json()["anchor"]["block"]), (Some(0), &json!(1)));
}

#[test]
fn a_policy_that_cannot_be_kept_is_a_refusal() {
    let said = verify(&policy("backend", "backend", REFERENCE), "shop/backend", &[]);
    assert_eq!(said.status, Some(1));
    assert_eq!(
        said.stdout,
        "\
refused: policy shop/backend: ConfigMap shop/ca: there is none (policy-no-valid-ca-certificate, Gateway API BackendTLSPolicy)
  standard input: line 9, column 25: ConfigMap shop/ca: there is none
  no handshake can be accepted, and none may be made without TLS
"
    );
    let invalid = good().replace("hostname: backend", "hostname: Backend");
    let json = verify(&invalid, "shop/backend", &["--format", "json"]).json();
    assert_eq!((&json["accepted"], &json["code"]), (&json!(false), &json!("policy-invalid")));
    assert_eq!(json["path"], json!([]));
    // A section that is not there.
    assert_eq!(verify(&good(), "shop/backend:http", &[]).status, Some(1));
}

/// A policy that names the target, and is about nothing that it has, is not accepted.
#[test]
fn a_policy_for_a_section_that_is_not_there_is_told() {
    let typo = good().replace("name: backend}]", "name: backend, sectionName: htps}]");
    let said = verify(&typo, "shop/backend:https", &[]);
    assert_eq!(said.status, Some(1), "{}", said.stderr);
    assert!(
        said.stdout.starts_with(
            "refused: BackendTLSPolicy shop/backend: Service shop/backend has no section htps, but \
             https (policy-target-not-found"
        ),
        "{}",
        said.stdout
    );
}

#[test]
fn where_nothing_is_verified_there_is_no_verdict() {
    let backend = "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: \
                   b, namespace: shop}\nspec: {endpoints: [{fqdn: {hostname: b.example, port: \
                   443}}], tls: {insecureSkipVerify: true}}\n";
    for (target, code, sentence) in [
        ("shop/other", "no-policy", "shop/other: no policy is about it"),
        ("shop/b", "verification-skipped", "shop/b: insecureSkipVerify of its Backend is true"),
    ] {
        let said = verify(&(good() + backend), target, &["--format", "json"]);
        assert_eq!(said.status, Some(2), "{}", said.stdout);
        assert_eq!(said.json()["error"]["code"], code);
        assert!(said.stderr.contains(sentence), "{}", said.stderr);
    }
    // The stanza decides all the same.
    assert_eq!(verify(&(good() + backend), "shop/backend", &[]).status, Some(0));
}

/// Beside a broken document another might be the one that counts.
#[test]
fn with_a_broken_document_there_is_no_verdict() {
    let said = verify(&(good() + "---\na: [\n"), "shop/backend", &["--format", "json"]);
    assert_eq!(said.status, Some(2));
    let error = &said.json()["error"];
    assert_eq!((&error["code"], &error["file"]), (&json!("invalid-document"), &json!("-")));
    assert!(error["line"].as_u64().is_some_and(|line| line > 20), "{error}");
}

#[test]
fn keys_other_than_ca_crt_are_read_when_asked_for() {
    let documents = good().replace("ca.crt:", "tls.crt:");
    assert_eq!(verify(&documents, "shop/backend", &[]).status, Some(1));
    assert_eq!(verify(&documents, "shop/backend", &["--fallback-keys"]).status, Some(0));
    let sole = good().replace("ca.crt:", "bundle.pem:");
    assert_eq!(verify(&sole, "shop/backend", &["--fallback-keys"]).status, Some(0));
    let two = sole.replace("data:\n", "data:\n  other: x\n");
    assert_eq!(verify(&two, "shop/backend", &["--fallback-keys"]).status, Some(1));
}

#[test]
fn what_cannot_be_asked_is_a_fault_of_use() {
    let documents = file("documents-usage.yaml", good());
    let base = ["verify", CHAIN, "-f", &documents];
    for (more, expected) in [
        (&[][..], "--target <[NAMESPACE/]NAME[:SECTION]>"),
        (&["--target", "shop/backend", "--hostname", "a.example"], "cannot be used with"),
        (&["--target", "shop/backend", "--ca", CA], "cannot be used with"),
        (&["--target", "shop/backend", "--san", "uri:a://b"], "cannot be used with"),
        (&["--target", "shop/a", "--target", "shop/b"], "one chain is held to one --target"),
        (&["--target", "a b"], "NAMESPACE/]NAME[:SECTION], found \"a b\""),
    ] {
        let said = lastmile(&[&base[..], more].concat());
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{more:?}");
        assert!(said.stderr.contains(expected), "{more:?}: {}", said.stderr);
    }
    let said = lastmile(&["verify", CHAIN, "--ca", CA, "--target", "shop/backend"]);
    assert_eq!(said.status, Some(2), "{}", said.stderr);
    let said = lastmile(&["verify", "-", "-f", "-", "--target", "shop/backend"]);
    assert!(
        said.stderr.contains("only one of CHAIN, --ca, --validation and -f"),
        "{}",
        said.stderr
    );
}

/// One clear line with file and line each, and the other documents unharmed.
#[test]
fn bad_documents_are_a_line_each_and_harm_no_other() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bad-documents");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let bomb: String = (1..12)
        .map(|level| {
            format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "))
        })
        .collect();
    let bomb = format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{bomb}");
    let huge = format!("a: {}\n", "x".repeat(50 << 20));
    let deep = format!("a: {}\n", "[".repeat(100_000));
    for (name, octets, expected) in [
        ("alias-bomb.yaml", bomb.as_bytes(), "line "),
        ("broken.yaml", b"kind: [\n".as_slice(), "line 1, column 7: not YAML"),
        ("deep.yaml", deep.as_bytes(), "line 1, column "),
        (
            "duplicate.yaml",
            b"apiVersion: v1\nkind: ConfigMap\nkind: Secret\n",
            "line 3, column 1: the field kind is here for the second time",
        ),
        ("huge.yaml", huge.as_bytes(), "cannot be read: it is larger than 32 MiB"),
        ("latin-1.yaml", b"a: \xe4\n", "not UTF-8"),
        ("no-kind.yaml", b"# nothing\n\nmetadata: {}\n", "line 3, column 1: expected an object"),
        (
            "v1alpha2.yaml",
            b"apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: BackendTLSPolicy\n",
            "line 1, column 1: v1alpha2 of BackendTLSPolicy is not read",
        ),
    ] {
        fs::write(folder.join(name), octets).expect("a file");
        fs::write(folder.join("good.yaml"), good()).expect("a file");
        let started = Instant::now();
        let said = lastmile(&["resolve", "-f", folder.to_str().expect("UTF-8")]);
        assert!(started.elapsed() < Duration::from_secs(5), "{name}");
        assert_eq!(said.status, Some(2), "{name}: {}", said.stderr);
        let lines: Vec<&str> = said.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{name}: {}", said.stderr);
        let begin = format!("error: {}/{name}: ", folder.display());
        assert!(lines[0].starts_with(&begin), "{name}: {}", lines[0]);
        assert!(lines[0][begin.len()..].starts_with(expected), "{name}: {}", lines[0]);
        assert!(lines[0].len() < 600, "{name}: {}", lines[0].len());
        assert!(said.stdout.contains("shop/backend  verify"), "{name}: {}", said.stdout);
        fs::remove_file(folder.join(name)).expect("it is there");
    }
    // A mark of the octet order and CRLF are read.
    let odd = format!("\u{feff}{}", good().replace('\n', "\r\n"));
    fs::write(folder.join("good.yaml"), odd).expect("a file");
    let said = lastmile(&["resolve", "-f", folder.to_str().expect("UTF-8")]);
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
}

/// What is wrong with a bundle is told with the file and the line of its text.
#[test]
fn bad_bundles_are_a_line_each_and_harm_no_other() {
    let (ca, key) = (read(CA), read("quickstart/key.pem"));
    let malformed = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let text = |octets: &[u8]| config_map("ca", octets);
    let of_key = |key_of: &str, field: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca, namespace: \
             shop}}\n{field}: {{{key_of}}}\n"
        )
    };
    for (what, map, status, expected) in [
        ("a key", text(&key), 1, "ca.crt: block 1, line 1: a private key does not belong"),
        ("a key beside", text(&[&ca[..], &key].concat()), 0, "ca.crt: block 2, line "),
        ("a malformed one", text(malformed), 1, "ca.crt: block 1, line 1: the certificate is malf"),
        ("one beside", text(&[&ca[..], malformed].concat()), 0, "ca.crt: block 2, line "),
        ("empty", of_key("ca.crt: ''", "data"), 1, "ca.crt: it is empty"),
        ("nothing", of_key("", "data"), 1, "no ca.crt: it holds nothing"),
        ("binary", of_key("ca.crt: AA==", "binaryData"), 1, "ca.crt is in binaryData"),
        ("no text", of_key("ca.crt: 1", "data"), 1, "data.ca.crt: Invalid value"),
        ("away", text(&ca).replace("namespace: shop", "namespace: other"), 1, "namespace other"),
    ] {
        let other = policy("other", "other", "wellKnownCACertificates: a.example/x");
        let good =
            policy("fine", "fine", "caCertificateRefs: [{group: '', kind: ConfigMap, name: fine}]")
                + &config_map("fine", &ca);
        let documents = policy("backend", "backend", REFERENCE) + &map + &good + &other;
        let said = verify(&documents, "shop/backend", &[]);
        assert_eq!(said.status, Some(status), "{what}: {}{}", said.stdout, said.stderr);
        let told = format!("{}{}", said.stdout, said.stderr);
        let line = told.lines().find(|line| line.contains("standard input: line "));
        assert!(line.is_some_and(|line| line.contains(expected)), "{what}: {told}");
        assert!(!told.contains("PRIVATE KEY"), "{what}: {told}");
        assert_eq!(verify(&documents, "shop/fine", &[]).status, Some(0), "{what}");
    }
    // In a century the bundle has expired.
    let said = verify(&good(), "shop/backend", &["--time", "2200-01-01T00:00:00Z"]);
    assert_eq!(said.status, Some(1));
    assert!(
        said.stdout.contains("ca.crt: block 1, line 2: expired on 2126-01-01T00:00:00Z"),
        "{}",
        said.stdout
    );
}
