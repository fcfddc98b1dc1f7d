//! What is said of fields, to the word.

use lastmile_policy::Explained;

fn explain(path: &str) -> String {
    Explained::find(path).unwrap_or_else(|error| panic!("{path}: {error}")).to_string()
}

#[test]
fn a_field_is_explained_with_its_limits() {
    assert_eq!(
        explain("backendtlspolicy.spec.validation.hostname"),
        "\
GROUP:      gateway.networking.k8s.io
KIND:       BackendTLSPolicy
VERSION:    v1

FIELD: hostname <string> -required-

DESCRIPTION:
    The name that is sent as SNI. Unless subjectAltNames has entries, the
    certificate must have it.
    1 to 253 characters.
    Matches ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
"
    );
}

#[test]
fn a_list_is_explained_with_its_fields_and_rules() {
    let text = explain("btlspolicy.spec.validation.subjectAltNames");
    for line in [
        "FIELD: subjectAltNames <[]Object>",
        "    At most 5 items.",
        "RULES:",
        "    SubjectAltName element must contain URI, if Type is set to URI",
        "      !(self.type == \"URI\" && (!has(self.uri) || self.uri == \"\"))",
        "  type\t<string> -required-",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
    }
}

#[test]
fn the_whole_is_explained_with_its_fields() {
    let text = explain("BackendTLSPolicies");
    assert!(text.contains("\nFIELDS:\n  apiVersion\t<string>\n"), "{text}");
    let recursive = Explained::find("backendtlspolicy").expect("it is known").recursive();
    let recursive = recursive.to_string();
    assert!(recursive.contains("\n      ancestorRef\t<Object> -required-\n        group\t<string> (default gateway.networking.k8s.io)\n"), "{recursive}");
    assert!(recursive.lines().all(|line| line.len() <= 120), "{recursive}");
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    for (path, expected) in [
        ("gateway", "there is no gateway: expected one of backendtlspolicy"),
        (
            "backendtlspolicy.spec.tls",
            "there is no backendtlspolicy.spec.tls: expected one of options, targetRefs, validation",
        ),
        (
            "btlspolicy.spec.validation.hostname.x",
            "there is no btlspolicy.spec.validation.hostname.x: it has no fields",
        ),
        (
            "btlspolicy.",
            "there is no btlspolicy.: expected one of apiVersion, kind, metadata, spec, status",
        ),
        ("", "there is no : expected one of backendtlspolicy"),
    ] {
        assert_eq!(Explained::find(path).expect_err(path).to_string(), expected);
    }
}
