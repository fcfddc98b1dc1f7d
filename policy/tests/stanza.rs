//! The stanza with what it trusts: each way to say that, and each way to say it wrongly.

use lastmile_policy::Stanza;
use lastmile_policy::SubjectAltName;
use lastmile_policy::Trust;

#[test]
fn each_way_to_say_what_is_trusted() {
    for (field, trust) in [
        (r#""caCertificates": "PEM""#, Trust::Pem("PEM".into())),
        (r#""caCertificatesFile": "/etc/ca.pem""#, Trust::File("/etc/ca.pem".into())),
        (r#""wellKnownCACertificates": "System""#, Trust::System),
        // As the API server: a field that is null is not there.
        (r#""wellKnownCACertificates": "System", "caCertificates": null"#, Trust::System),
    ] {
        let text = format!(r#"{{"hostname": "a.test", {field}}}"#);
        let stanza = Stanza::from_yaml(text.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(stanza.trust, trust);
        assert_eq!(stanza.hostname, "a.test");
        assert!(stanza.subject_alt_names.is_empty());
    }
    let text = b"hostname: a.test
subjectAltNames:
- type: URI
  uri: spiffe://a/b
- type: Hostname
  hostname: '*.b.test'
caCertificates: |
  one
  two
";
    let stanza = Stanza::from_yaml(text).unwrap_or_else(|why| panic!("{why}"));
    let names = ["spiffe://a/b", "*.b.test"].map(str::to_owned);
    let [uri, host] = names;
    assert_eq!(
        stanza.subject_alt_names,
        [SubjectAltName::Uri(uri), SubjectAltName::Hostname(host)]
    );
    assert_eq!(stanza.trust, Trust::Pem("one\ntwo\n".into()));
}

#[test]
fn each_way_to_say_it_wrongly() {
    let trust = "wellKnownCACertificates: System\n";
    for (text, expected) in [
        (
            "hostname: a.test\n".to_owned(),
            "line 1, column 1: caCertificates: is missing: give the CA certificates here as PEM, or \
             caCertificatesFile, or wellKnownCACertificates: System",
        ),
        (
            format!("hostname: a.test\n{trust}caCertificatesFile: a\n"),
            "line 3, column 21: caCertificatesFile: says what is trusted a second time",
        ),
        (
            "hostname: a.test\ncaCertificates: ''\n".to_owned(),
            "line 2, column 17: caCertificates: is empty: expected some text",
        ),
        (
            "hostname: a.test\ncaCertificatesFile: 7\n".to_owned(),
            "line 2, column 21: caCertificatesFile: expected text, found a number",
        ),
        (
            "hostname: a.test\nwellKnownCACertificates: system\n".to_owned(),
            "line 2, column 26: wellKnownCACertificates: expected System, found \"system\"",
        ),
        (
            format!("hostname: a.test\n{trust}caCertificateRefs: []\n"),
            "line 3, column 1: caCertificateRefs: names objects of Kubernetes",
        ),
        (
            format!("hostname: a.test\n{trust}trusted_ca: a\n"),
            "line 3, column 1: trusted_ca: is not a field here: expected hostname, subjectAltNames, \
             caCertificates, caCertificatesFile or wellKnownCACertificates",
        ),
        (trust.to_owned(), "line 1, column 1: hostname: is missing"),
        ("[]".to_owned(), "line 1, column 1: expected a mapping, found a list"),
        (String::new(), "line 1, column 1: there is no stanza"),
        (
            format!("hostname: a.test\n{trust}subjectAltNames: [{{type: URI}}]\n"),
            "line 3, column 19: subjectAltNames[0].uri: is missing: type URI needs it",
        ),
    ] {
        let Err(why) = Stanza::from_yaml(text.as_bytes()) else { panic!("{text}") };
        let found = why.to_string();
        assert!(found.starts_with(expected), "{text}\nexpected {expected}\nfound    {found}");
        assert_eq!(why.violations().len(), 1, "{text}");
    }
}
