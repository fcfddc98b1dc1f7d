//! A policy that misses its backend: it is refused, or somebody is told, and never plain in silence.

use crate::support;
use crate::support::Said;

/// A Service `payments` at 443, a route to it, and a policy for it.
const DOCUMENTS: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: p, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: payments}]
  validation: {hostname: payments.example, wellKnownCACertificates: System}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: shop}
spec:
  rules: [{backendRefs: [{name: payments, port: 443}]}]
---
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec: {ports: [{name: https, port: 443}]}
";

/// What becomes of the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Led {
    Plain,
    Refused,
    Verified,
}

/// A field, what stands there, what comes of it, and what has to be told of it.
type Row = (&'static str, &'static str, Led, &'static [&'static str]);

const ROWS: &[Row] = &[
    ("name: p,", "name: p,", Led::Verified, &[]),
    (
        "group: ''",
        "group: core",
        Led::Refused,
        &[
            "line 5, column 16: Service shop/payments:443 is refused: BackendTLSPolicy shop/p: Service \
             payments of group core: expected a Service of the core group, or a Backend of \
             gateway.envoyproxy.io, so its requests get 503",
        ],
    ),
    (
        "kind: Service, name",
        "kind: service, name",
        Led::Refused,
        &["BackendTLSPolicy shop/p: service payments of the core group: expected a Service of"],
    ),
    (
        "group: '', kind: Service",
        "group: a.example, kind: Backend",
        Led::Refused,
        &["BackendTLSPolicy shop/p: Backend payments of group a.example: expected a Service of"],
    ),
    (
        "kind: Service, name: payments",
        "kind: service, name: payment",
        Led::Plain,
        &["line 5, column 16: shop/p: service payment of the core group: expected a Service of"],
    ),
    (
        "name: payments}]",
        "name: payment}]",
        Led::Plain,
        &[
            "line 1, column 1: BackendTLSPolicy shop/p governs nothing that is rendered",
            "line 5, column 16: shop/p: Service shop/payment is not among the documents",
        ],
    ),
    (
        "group: '', kind: Service",
        "group: gateway.envoyproxy.io, kind: Backend",
        Led::Plain,
        &[
            "line 1, column 1: BackendTLSPolicy shop/p governs nothing that is rendered",
            "line 5, column 16: shop/p: Backend shop/payments is not among the documents",
        ],
    ),
    (
        "name: p, namespace: shop",
        "name: p, namespace: other",
        Led::Plain,
        &[
            "line 1, column 1: BackendTLSPolicy other/p governs nothing that is rendered",
            "line 5, column 16: other/p: Service other/payments is not among the documents",
        ],
    ),
    (
        "gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy",
        "gateway.networking.k8s.oi/v1\nkind: BackendTLSPolicy",
        Led::Plain,
        &[
            "line 1, column 1: BackendTLSPolicy p: it is passed over, and governs nothing: expected \
             BackendTLSPolicy of gateway.networking.k8s.io/v1, found BackendTLSPolicy of \
             gateway.networking.k8s.oi/v1",
        ],
    ),
];

/// With roots of its own as those of the system.
fn run(arguments: &[&str], text: &str) -> Said {
    let mut command = support::command();
    let roots = support::testdata().join(support::CA);
    command.env("SSL_CERT_FILE", &roots).env_remove("SSL_CERT_DIR");
    command.args(arguments).args(["-f", "-", "--time", crate::TIME]);
    support::said(&mut command, text.as_bytes())
}

#[test]
fn a_policy_that_misses_its_backend_is_told() {
    for (field, found, led, told) in ROWS {
        assert_eq!(DOCUMENTS.matches(field).count(), 1, "{field}");
        let text = DOCUMENTS.replace(field, found);
        let said = run(&["render", "envoy"], &text);
        let has = |part: &str| said.stdout.contains(part);
        let (is_verified, is_refused) = (has("UpstreamTlsContext"), has("status: 503"));
        let outcome = match (is_verified, is_refused) {
            (true, false) => Led::Verified,
            (false, true) => Led::Refused,
            (false, false) => Led::Plain,
            (true, true) => panic!("{found}: {}", said.stdout),
        };
        assert_eq!(outcome, *led, "{found}: {}", said.stderr);
        assert_eq!(said.stdout.contains("cluster: Service/"), *led != Led::Refused, "{found}");
        assert_eq!(said.status, Some(i32::from(*led == Led::Refused)), "{found}");
        // Each once, and nothing else.
        assert_eq!(said.stderr.lines().count(), told.len(), "{found}: {}", said.stderr);
        for sentence in *told {
            assert!(said.stderr.contains(sentence), "{found}: {}", said.stderr);
        }
    }
}

/// A policy of a wrong apiVersion is one that nobody reads, in the other command too.
#[test]
fn a_policy_of_an_unknown_version_is_told_by_resolve() {
    let text = DOCUMENTS.replace("k8s.io/v1\nkind: Back", "k8s.oi/v1\nkind: Back");
    for (text, is_told) in [(DOCUMENTS, false), (&text, true)] {
        let said = run(&["resolve"], text);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        let found = said.stderr.contains("BackendTLSPolicy p: it is passed over");
        assert_eq!(found, is_told, "{}", said.stderr);
    }
}

/// What else nobody reads, and could have led or refused requests.
#[test]
fn what_is_passed_over_is_told_if_it_is_about_requests() {
    let other = |kind: &str, spec: &str| {
        format!(
            "---\napiVersion: a.example/v1\nkind: {kind}\nmetadata: {{name: o}}\nspec: {{{spec}}}\n"
        )
    };
    let led = "o: it is passed over, so its requests are led by a wider route, if there is one: expected \
               gateway.networking.k8s.io/v1, found a.example/v1";
    let without = "o of a.example/v1 is not rendered: requests are led as without it";
    for (text, expected) in [
        (other("HTTPRoute", "hostnames: [a.example]"), Some(format!("HTTPRoute {led}"))),
        (other("GRPCRoute", ""), Some(format!("GRPCRoute {led}"))),
        (other("Route", "hostnames: [a.example]"), None),
        (other("SecurityPolicy", "targetRefs: []"), Some(format!("SecurityPolicy {without}"))),
        // Told too, but not before all others.
        (other("Filter", "targetRef: {name: r}"), Some(format!("Filter {without}"))),
        (other("Limit", "targetSelectors: []"), Some(format!("Limit {without}"))),
        (other("SecurityPolicy", "podSelector: {}"), None),
        (other("Deployment", "replicas: 1"), None),
    ] {
        let said = run(&["render", "envoy"], &(DOCUMENTS.to_owned() + &text));
        assert_eq!(said.status, Some(0), "{text}: {}", said.stderr);
        let expected = expected
            .map(|expected| format!("warning: standard input: line 19, column 1: {expected}\n"));
        assert_eq!(said.stderr, expected.unwrap_or_default(), "{text}");
    }
}

/// Another kind of a name of ours is a fault; of another group it is somebody else's, and told.
#[test]
fn a_plural_is_no_policy() {
    let text = DOCUMENTS.replace("kind: BackendTLSPolicy", "kind: BackendTLSPolicies");
    let said = run(&["render", "envoy"], &text);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{}", said.stderr);
    let expected =
        "no server has BackendTLSPolicies of gateway.networking.k8s.io/v1: write BackendTLSPolicy";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    let text = text.replace(
        "gateway.networking.k8s.io/v1\nkind: BackendTLSPolicies",
        "a.example/v1\nkind: BackendTLSPolicies",
    );
    let said = run(&["render", "envoy"], &text);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("BackendTLSPolicies p: it is passed over"), "{}", said.stderr);
}

/// A policy for what only has the same name is not about the Service; a slip may be.
#[test]
fn a_policy_for_another_kind_of_object_refuses_nothing() {
    for (group, kind, is_refused) in [
        ("multicluster.x-k8s.io", "ServiceImport", false),
        ("a.example", "Pool", false),
        ("a.example", "Service", true),
        ("a.example", "services", true),
        ("a.example", "''", true),
        ("gateway.networking.k8s.io", "Svc", true),
        ("gateway.EnvoyProxy.io", "Backnd", true),
        ("apps.k8s.io", "Pool", true),
        ("core", "Pool", true),
        ("''", "Servcie", true),
    ] {
        let target = format!("group: {group}, kind: {kind}");
        let text = DOCUMENTS.replace("group: '', kind: Service", &target);
        let said = run(&["render", "envoy"], &text);
        assert_eq!(said.status, Some(i32::from(is_refused)), "{target}: {}", said.stderr);
        assert!(said.stderr.contains("shop/p"), "{target}: {}", said.stderr);
        assert_eq!(said.stdout.contains("status: 503"), is_refused, "{target}: {}", said.stdout);
    }
}
