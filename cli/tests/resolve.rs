//! `lastmile resolve`: what it prints, and how it ends.

use std::fs;

use serde_json::Value;
use serde_json::json;
use support::lastmile;
use support::lastmile_reading;
use support::read;

mod support;

const GOOD: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: backend, namespace: shop, generation: 1}
spec:
  targetRefs: [{group: '', kind: Service, name: backend, sectionName: https}]
  validation:
    hostname: backend.example.com
    caCertificateRefs: [{group: '', kind: ConfigMap, name: backend-ca}]
---
apiVersion: v1
kind: Service
metadata: {name: backend, namespace: shop}
spec: {ports: [{name: https, port: 443}, {name: http, port: 80}]}
";

const BAD: &str = "\
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: other, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: other}]
  validation: {hostname: o.example, caCertificateRefs: [{group: '', kind: ConfigMap, name: nope}]}
";

/// The ConfigMap of the good policy.
fn ca() -> String {
    let ca = String::from_utf8(read(support::CA)).expect("PEM").replace('\n', "\n    ");
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: backend-ca, namespace: \
         shop}}\ndata:\n  ca.crt: |\n    {ca}\n"
    )
}

#[test]
fn targets_and_policies_are_two_tables() {
    let text = format!("{GOOD}{BAD}{}", ca());
    let said = lastmile_reading(&["resolve", "-f", "-"], text.as_bytes());
    assert_eq!(said.status, Some(1), "{}", said.stderr);
    assert_eq!(
        said.stdout,
        "\
TARGET              DECISION  POLICY        SNI
shop/backend:https  verify    shop/backend  backend.example.com
shop/other          refuse    shop/other    -

POLICY        ACCEPTED                      RESOLVEDREFS                     MESSAGE
shop/backend  True                          True
shop/other    False (NoValidCACertificate)  False (InvalidCACertificateRef)  no CA certificate can be used: ConfigMap shop/nope: there is none
"
    );
    assert_eq!(
        said.stderr,
        "\
error: standard input: line 20, column 57: shop/other: ConfigMap shop/nope: there is none
warning: standard input: line 19, column 16: shop/other: Service shop/other is not among the documents
"
    );
    let said = lastmile_reading(&["resolve", "-f", "-"], format!("{GOOD}{}", ca()).as_bytes());
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
}

#[test]
fn machines_get_one_object() {
    let text = format!("{GOOD}{BAD}{}", ca());
    let arguments =
        ["resolve", "-f", "-", "--format=json", "--target", "shop/backend", "--target", "shop/x"];
    let said = lastmile_reading(&arguments, text.as_bytes());
    assert_eq!((said.status, said.stdout.lines().count()), (Some(1), 1), "{}", said.stderr);
    let json = said.json();
    // The whole, of which a part is governed.
    assert_eq!(json["targets"][0]["decision"], "refuse");
    assert_eq!(
        json["targets"][0]["message"],
        "policies govern parts of it: ask about one of them (https)"
    );
    assert_eq!(
        json["targets"][1],
        json!({"target": "shop/x", "decision": "no-policy", "policy": null, "sni": null,
               "names": [], "reason": null, "message": null, "warnings": []})
    );
    let accepted = |index: usize| &json["policies"][index]["accepted"]["status"];
    assert_eq!((accepted(0), accepted(1)), (&Value::Bool(true), &Value::Bool(false)));
}

/// Whatever the order of the files: the same octets.
#[test]
fn the_policies_are_written_with_their_status() {
    let route = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, \
                 namespace: shop}\nspec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: \
                 backend, port: 443}]}]}\n";
    let time = ["--time", "2026-06-01T00:00:00Z", "--controller-name", "a.example/c"];
    let arguments = [&["resolve", "-f", "-", "--format", "yaml"], &time[..]].concat();
    let one = format!("{GOOD}{}{route}", ca());
    let other = format!("{route}{}---\n{GOOD}", ca());
    let said = lastmile_reading(&arguments, one.as_bytes());
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert_eq!(lastmile_reading(&arguments, other.as_bytes()).stdout, said.stdout);
    assert!(
        said.stdout.ends_with(
            "\
status:
  ancestors:
  - ancestorRef:
      group: gateway.networking.k8s.io
      kind: Gateway
      namespace: shop
      name: g
    controllerName: a.example/c
    conditions:
    - type: Accepted
      status: \"True\"
      reason: Accepted
      message: the policy is accepted
      observedGeneration: 1
      lastTransitionTime: \"2026-06-01T00:00:00Z\"
    - type: ResolvedRefs
      status: \"True\"
      reason: ResolvedRefs
      message: all references are resolved
      observedGeneration: 1
      lastTransitionTime: \"2026-06-01T00:00:00Z\"
"
        ),
        "{}",
        said.stdout
    );
    // What was written is read, and nothing changes an hour later.
    let again = format!(
        "{}---\n{}{route}---\n{}",
        said.stdout,
        ca(),
        &GOOD[GOOD.find("---").expect("two") + 4..]
    );
    let later = [&arguments[..6], &["2026-06-01T01:00:00Z"], &arguments[7..]].concat();
    assert_eq!(lastmile_reading(&later, again.as_bytes()).stdout, said.stdout);
}

#[test]
fn a_broken_document_is_told_and_the_others_are_decided() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("resolve");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("below")).expect("a folder");
    for (name, text) in [
        ("a.yaml", "a: [\n"),
        ("b.yml", GOOD),
        ("c.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}"),
        ("d.yaml", &ca()),
        ("readme.txt", "not read"),
        ("below/e.yaml", "not: read"),
    ] {
        fs::write(folder.join(name), text).expect("a file");
    }
    let path = folder.to_str().expect("UTF-8");
    let said = lastmile(&["resolve", "-f", path]);
    assert_eq!(said.status, Some(2));
    assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    assert!(said.stderr.starts_with(&format!("error: {path}/a.yaml: line ")), "{}", said.stderr);
    assert!(said.stdout.contains("shop/backend:https  verify"), "{}", said.stdout);
    fs::remove_file(folder.join("a.yaml")).expect("it is there");
    assert_eq!(lastmile(&["resolve", "-f", path]).status, Some(0));
}

#[test]
fn what_cannot_be_asked_is_a_fault_of_use() {
    for (arguments, expected) in [
        (&["resolve"][..], "--filename <FILE|DIR|->"),
        (&["resolve", "-f", "nowhere.yaml"], "nowhere.yaml: cannot be read: there is no such file"),
        (&["resolve", "-f", "keys"], "it has no files that end in .yaml, .yml or .json"),
        (
            &["resolve", "-f", "-", "--target", "a/b/c"],
            "NAMESPACE/]NAME[:SECTION], found \"a/b/c\"",
        ),
        (
            &["resolve", "-f", "-", "--controller-name", "me"],
            "expected a domain and a path, as example.com/controller, found \"me\"",
        ),
        (&["resolve", "-f", "-", "--time", "soon"], "--time: expected a time"),
    ] {
        let said = lastmile(arguments);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(said.stderr.contains(expected), "{arguments:?}: {}", said.stderr);
    }
}

/// The 65,536th character of a cell was once too many, and a bundle of broken blocks has more.
#[test]
fn messages_of_any_length_fit_into_the_table() {
    let block = "-----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n    ";
    let map = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: backend-ca, namespace: shop}}\ndata:\n  \
         ca.crt: |\n    {}\n",
        block.repeat(2_000)
    );
    let said = lastmile_reading(&["resolve", "-f", "-"], format!("{GOOD}{map}").as_bytes());
    assert_eq!(said.status, Some(1), "{}", said.stderr);
    let longest = said.stdout.lines().map(str::len).max();
    assert!(longest.is_some_and(|longest| longest < 600), "{longest:?}");
    assert!(said.stderr.contains("more like these"), "{}", said.stderr);
    let name = "x".repeat(70_000);
    let long = GOOD.replace("name: backend, namespace", &format!("name: {name}, namespace"));
    let said = lastmile_reading(&["resolve", "-f", "-"], long.as_bytes());
    assert_eq!(said.status, Some(1), "{}", said.stderr);
}

/// A Backend that no policy is about may refuse too, and somebody must learn why.
#[test]
fn what_a_backend_refuses_by_itself_is_told_and_counted() {
    let backend = |tls: &str| {
        format!(
            "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: b, namespace: \
             shop}}\nspec: {{endpoints: [{{fqdn: {{hostname: b.example, port: 443}}}}], tls: \
             {{{tls}}}}}\n"
        )
    };
    for (tls, status, said_of_it) in [
        ("sni: b.example", 1, "error: shop/b: must specify either CACertificateRefs"),
        (
            "insecureSkipVerify: true, mode: Strict",
            1,
            "error: standard input: line 4, column 95: shop/b: spec.tls.mode: is not known here",
        ),
        (
            "insecureSkipVerify: true",
            0,
            "warning: shop/b: Backend shop/b: insecureSkipVerify is true, so every certificate",
        ),
    ] {
        let said = lastmile_reading(&["resolve", "-f", "-"], backend(tls).as_bytes());
        assert_eq!(said.status, Some(status), "{tls}: {}", said.stderr);
        assert!(said.stderr.lines().any(|line| line.starts_with(said_of_it)), "{}", said.stderr);
    }
    // However much else there is to be told, this is.
    let others: String = (0..40)
        .map(|index| {
            GOOD.replace("name: backend", &format!("name: other{index}"))
                .replace(": backend-ca", ": ca")
                + "---\n"
        })
        .collect();
    let text = others + &backend("insecureSkipVerify: true");
    let said = lastmile_reading(&["resolve", "-f", "-"], text.as_bytes());
    assert!(said.stderr.contains("insecureSkipVerify is true"), "{}", said.stderr);
}
