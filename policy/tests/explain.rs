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

/// With its group, its kind and its version, by each of its names.
#[test]
fn a_backend_of_envoy_gateway_is_explained() {
    for name in ["backend", "backends", "be", "Backend", "backends.gateway.envoyproxy.io"] {
        let text = explain(&format!("{name}.spec.tls.minVersion"));
        assert_eq!(
            text,
            "\
GROUP:      gateway.envoyproxy.io
KIND:       Backend
VERSION:    v1alpha1

FIELD: minVersion <string>

DESCRIPTION:
    The oldest version of TLS. Without it, 1.2.
    One of Auto, 1.0, 1.1, 1.2, 1.3.
",
            "{name}"
        );
    }
    let text = explain("backend.spec.tls");
    for line in [
        "FIELD: tls <Object>",
        "    setting ciphers has no effect if the minimum possible TLS version is 1.3",
        "  insecureSkipVerify\t<boolean> (default false)",
        "  clientCertificateRef\t<Object>",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
    }
    // The short form is the same.
    assert_eq!(explain("backend.tls"), text);
    assert_eq!(explain("backend.tls.sni"), explain("backend.spec.tls.sni"));
    let text = explain("backend.tls.clientCertificateRef");
    assert!(text.contains("  group\t<string> (default \"\")\n"), "{text}");
    let text = explain("backend.endpoints.unix.path");
    assert!(text.contains("\nRULES:\n    unix domain socket path must not"), "{text}");
    let recursive = Explained::find("backend").expect("it is known").recursive().to_string();
    assert!(recursive.contains("\n    tls\t<Object>\n      alpnProtocols\t<[]string>\n"));
    assert!(recursive.lines().all(|line| line.len() <= 120), "{recursive}");
}

/// As kubectl has it: a resource with its group behind it.
#[test]
fn a_policy_is_known_by_its_full_name() {
    let plain = explain("backendtlspolicy.spec");
    for name in [
        "backendtlspolicies.gateway.networking.k8s.io",
        "BackendTLSPolicy.gateway.networking.k8s.io",
        "btlspolicy",
    ] {
        assert_eq!(explain(&format!("{name}.spec")), plain, "{name}");
    }
    assert_eq!(explain("btlspolicy.validation"), explain("btlspolicy.spec.validation"));
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    for (path, expected) in [
        ("gateway", "there is no gateway: expected one of backendtlspolicy, backend"),
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
        (
            "backend.spec.tls.verify",
            "there is no backend.spec.tls.verify: expected one of alpnProtocols, \
             autoSNIFromEndpointHostname, caCertificateRefs, ciphers, clientCertificateRef, \
             ecdhCurves, fingerprints, insecureSkipVerify, maxVersion, minVersion, \
             signatureAlgorithms, sni, wellKnownCACertificates",
        ),
        (
            "backend.mode",
            "there is no backend.mode: expected one of apiVersion, kind, metadata, spec, status",
        ),
        (
            "backendtlspolicies.gateway.networking.k8s.io.spec.x",
            "there is no backendtlspolicies.gateway.networking.k8s.io.spec.x: expected one of \
             options, targetRefs, validation",
        ),
        (
            "backends.gateway.networking.k8s.io",
            "there is no backends.gateway: expected one of apiVersion, kind, metadata, spec, status",
        ),
        ("backendtls", "there is no backendtls: expected one of backendtlspolicy, backend"),
        ("", "there is no : expected one of backendtlspolicy, backend"),
    ] {
        assert_eq!(Explained::find(path).expect_err(path).to_string(), expected);
    }
}
