//! Stanzas given as values: what compiles, and to what; what does not, and the sentences.

use lastmile::TrustAnchors;
use lastmile_policy::SubjectAltName;
use lastmile_policy::Validation;

fn validation(hostname: &str, subject_alt_names: &[SubjectAltName]) -> Validation {
    let bundle = include_bytes!("../../testdata/quickstart/ca.pem");
    Validation {
        hostname: hostname.into(),
        subject_alt_names: subject_alt_names.into(),
        trust: TrustAnchors::from_pem(bundle).expect("a bundle"),
    }
}

fn dns(name: &str) -> SubjectAltName {
    SubjectAltName::Hostname(name.into())
}

fn uri(uri: &str) -> SubjectAltName {
    SubjectAltName::Uri(uri.into())
}

#[test]
fn the_hostname_authenticates_only_without_other_names() {
    let spiffe = uri("spiffe://cluster.local/ns/shop/sa/backend");
    for (hostname, names, sni, expected) in [
        ("a.test", &[][..], "a.test", &["a.test"][..]),
        ("A.Test", &[], "a.test", &["a.test"]),
        ("localhost", &[], "localhost", &["localhost"]),
        ("xn--bcher-kva.example", &[], "xn--bcher-kva.example", &["xn--bcher-kva.example"]),
        ("a.test", &[dns("B.test")], "a.test", &["b.test"]),
        ("a.test", &[dns("*.test")], "a.test", &["*.test"]),
        (
            "a.test",
            &[spiffe, dns("a.test")],
            "a.test",
            &["spiffe://cluster.local/ns/shop/sa/backend", "a.test"],
        ),
        ("a.test", &[uri("SPIFFE://A"), uri("http://")], "a.test", &["SPIFFE://A", "http://"]),
    ] {
        let compiled = validation(hostname, names).compile().expect(hostname);
        assert_eq!(compiled.sni.as_str(), sni);
        let names: Vec<_> = compiled.verifier.names().iter().map(ToString::to_string).collect();
        assert_eq!(names, expected, "{hostname}");
    }
}

const EXPECTED_DNS: &str = "expected a DNS name such as backend.example.com, found ";
const EXPECTED_URI: &str =
    "expected a URI such as spiffe://cluster.local/ns/shop/sa/backend, found ";

#[test]
fn every_broken_rule_is_a_sentence() {
    let label64 = "a".repeat(64);
    let name254 = ["a".repeat(63).as_str(); 4].join(".")[..253].to_owned() + "b";
    let uri254 = format!("a://{}", "b".repeat(250));
    for (hostname, why) in [
        ("", "\"\": the name is empty"),
        ("10.0.0.1", "\"10.0.0.1\": an IP address is not a DNS name"),
        ("::1", "\"::1\": an IP address is not a DNS name"),
        ("1.2.3", "\"1.2.3\": the last label is a number, so it may be read as an IP address"),
        ("a.", "\"a.\": a label is empty: two dots side by side, or a dot at an end"),
        ("a.*.b", "\"a.*.b\": `*` must be the whole left-most label, with a label after it"),
        ("*", "\"*\": `*` must be the whole left-most label, with a label after it"),
        ("-a.b", "\"-a.b\": a label begins or ends with a hyphen"),
        ("a_b.c", "\"a_b.c\": the API takes only letters, digits, hyphens and dots"),
        ("a\0.c", "\"a\\u{0}.c\": the API takes only letters, digits, hyphens and dots"),
        (
            "b\u{fc}cher.c",
            "\"b\u{fc}cher.c\": the API takes only letters, digits, hyphens and dots",
        ),
        (&label64, &format!("\"{label64}\": a label is longer than 63 octets")),
    ] {
        assert_sentences(&validation(hostname, &[]), &[&format!("hostname: {EXPECTED_DNS}{why}")]);
        // The same rules hold for a hostname that is listed.
        assert_sentences(
            &validation("a.b", &[dns("c.d"), dns(hostname)]),
            &[&format!("subjectAltNames[1].hostname: {EXPECTED_DNS}{why}")],
        );
    }
    for (refused, why) in [
        ("", "\"\": the URI is empty"),
        ("a.b", "\"a.b\": a URI begins with a scheme and a colon, such as spiffe:"),
        ("1x://h", "\"1x://h\": a URI begins with a scheme and a colon, such as spiffe:"),
        ("a://b\n", "\"a://b\\n\": a URI has no blanks, no control characters, and only ASCII"),
        ("a://\0", "\"a://\\u{0}\": a URI has no blanks, no control characters, and only ASCII"),
        ("spiffe:", "\"spiffe:\": nothing stands after the scheme"),
        ("urn:uuid:1", "\"urn:uuid:1\": the API takes only URIs with // after the scheme"),
    ] {
        assert_sentences(
            &validation("a.b", &[uri(refused)]),
            &[&format!("subjectAltNames[0].uri: {EXPECTED_URI}{why}")],
        );
    }
    assert_sentences(
        &validation("*.a.b", &[]),
        &["hostname: expected one exact name to send as SNI, found the wildcard \"*.a.b\": list \
           it under subjectAltNames if the certificate carries it"],
    );
    assert_sentences(
        &validation(&name254, &[]),
        &["hostname: expected a DNS name of at most 253 characters: the name is longer than 253 \
           octets"],
    );
    assert_sentences(
        &validation("a.b", &[uri(&uri254)]),
        &["subjectAltNames[0].uri: expected at most 253 characters, found 254"],
    );
    assert!(validation("a.b", &[uri(&uri254[..253])]).compile().is_ok());
}

#[test]
fn all_broken_rules_are_told() {
    let six = [dns("a"), dns("b_"), dns("c"), uri("d"), dns("e"), dns("f")];
    assert_sentences(
        &validation("", &six),
        &[
            &format!("hostname: {EXPECTED_DNS}\"\": the name is empty"),
            "subjectAltNames: expected at most 5 names, found 6",
            &format!(
                "subjectAltNames[1].hostname: {EXPECTED_DNS}\"b_\": the API takes only letters, \
                 digits, hyphens and dots"
            ),
            &format!(
                "subjectAltNames[3].uri: {EXPECTED_URI}\"d\": a URI begins with a scheme and a \
                 colon, such as spiffe:"
            ),
        ],
    );
}

#[track_caller]
fn assert_sentences(validation: &Validation, expected: &[&str]) {
    let invalid = validation.compile().expect_err(&validation.hostname);
    assert_eq!(invalid.code(), "invalid-validation");
    let sentences: Vec<_> = invalid.violations().iter().map(ToString::to_string).collect();
    assert_eq!(sentences, expected);
    assert!(invalid.violations().iter().all(|violation| violation.position().is_none()));
}
