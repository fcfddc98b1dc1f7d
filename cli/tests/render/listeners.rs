//! The hosts of a route are those that its listeners are for, and no request of another route comes to it.

use serde_json::Value;

use crate::render;

const GATEWAY: &str = "---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g, namespace: shop}
spec:
  listeners:
  - {name: a, port: 80, hostname: a.example}
  - {name: any, port: 81}
  - {name: c, port: 82, hostname: '*.c.example'}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: shop}
spec: {ports: [{name: http, port: 80}]}
";

fn route(kind: &str, parents: &str, hostnames: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: r, namespace: \
         shop}}\nspec:\n  parentRefs: [{parents}]\n  hostnames: [{hostnames}]\n  rules: \
         [{{backendRefs: [{{name: s, port: 80}}]}}]\n"
    )
}

/// The domains, and where each leads: a cluster or a status.
fn domains(configuration: &str) -> Vec<(String, String)> {
    let whole: Value = serde_saphyr::from_str(configuration).expect("YAML");
    let listener = &whole["static_resources"]["listeners"][0];
    let manager = &listener["filter_chains"][0]["filters"][0]["typed_config"];
    let hosts = manager["route_config"]["virtual_hosts"].as_array().expect("hosts");
    let domains = hosts.iter().map(|host| {
        let [route] = host["routes"].as_array().expect("routes").as_slice() else {
            panic!("{host}");
        };
        let status = &route["direct_response"]["status"];
        let led =
            route["route"]["cluster"].as_str().map_or_else(|| status.to_string(), str::to_owned);
        (host["name"].as_str().expect("a name").to_owned(), led)
    });
    domains.collect()
}

const CLUSTER: &str = "Service/shop/s:80";

#[test]
fn the_hosts_of_a_route_are_those_of_its_listeners() {
    let none = "it gets none of its requests";
    for (parents, hostnames, expected, told) in [
        // Without hostnames, those of the listeners.
        ("{name: g, sectionName: a}", "", &["a.example"][..], None),
        ("{name: g, port: 82}", "", &["*.c.example"], None),
        ("{name: g, sectionName: any}", "", &["*"], None),
        ("{name: g}", "", &["*", "*.c.example", "a.example"], None),
        ("{name: g, sectionName: a}, {name: g, port: 82}", "", &["*.c.example", "a.example"], None),
        // Those that both are for.
        ("{name: g, sectionName: a}", "a.example", &["a.example"], None),
        ("{name: g, port: 82}", "x.c.example", &["x.c.example"], None),
        ("{name: g, port: 82}", "'*.y.c.example'", &["*.y.c.example"], None),
        ("{name: g, port: 82}", "'*.c.example'", &["*.c.example"], None),
        (
            "{name: g, sectionName: a}",
            "'*.example'",
            &["a.example"],
            Some(
                "host *.example: its listeners are for a.example, so it gets those for a.example only",
            ),
        ),
        (
            "{name: g, port: 82}",
            "c.example, x.c.example",
            &["x.c.example"],
            Some(
                "host c.example: its listeners are for *.c.example, so it gets none of its requests",
            ),
        ),
        ("{name: g, sectionName: a}", "b.example", &[], Some(none)),
        ("{name: g, sectionName: a}", "a.example.b", &[], Some(none)),
        ("{name: g, port: 82}", "'*.xc.example'", &[], Some(none)),
        // Nobody knows its listeners.
        ("{name: other}", "b.example", &["b.example"], None),
        ("{name: g, sectionName: a}, {name: other}", "b.example", &["b.example"], None),
        ("{name: g, namespace: other}", "", &["*"], None),
        ("{name: g, kind: ListenerSet}", "b.example", &["b.example"], None),
        ("", "b.example", &["b.example"], None),
        (
            "{name: g, sectionName: typo}",
            "b.example",
            &["b.example"],
            Some("its Gateways have no such listener, so it would get no requests there"),
        ),
    ] {
        let text = route("HTTPRoute", parents, hostnames) + GATEWAY;
        let said = render(&text, &[]);
        assert_eq!(said.status, Some(i32::from(expected.is_empty())), "{parents} {hostnames}");
        let mut found = domains(&said.stdout);
        found.sort();
        let expected: Vec<(String, String)> =
            expected.iter().map(|&name| (name.to_owned(), CLUSTER.to_owned())).collect();
        assert_eq!(found, expected, "{parents} {hostnames}");
        assert_eq!(said.stderr.lines().count(), usize::from(told.is_some()), "{}", said.stderr);
        let told = told.unwrap_or_default();
        assert!(said.stderr.contains(told), "{parents} {hostnames}: {}", said.stderr);
    }
}

/// A server would have no such Gateway, and Envoy no such host.
#[test]
fn a_listener_with_a_wrong_host_is_an_error() {
    for hostname in ["'a b'", "'*'", "A.example", "''"] {
        let gateway = GATEWAY.replace("a.example", hostname);
        let said = render(&(route("HTTPRoute", "{name: g}", "") + &gateway), &[]);
        assert_eq!(
            (said.status, said.stdout.as_str()),
            (Some(2), ""),
            "{hostname}: {}",
            said.stderr
        );
        let expected = "Gateway shop/g: spec.listeners[0].hostname";
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
}

/// The requests of a GRPCRoute do not come to a wider HTTPRoute; what an HTTPRoute of its host takes stays
/// there.
#[test]
fn the_hosts_of_grpc_routes_are_refused() {
    let http = route("HTTPRoute", "{name: g}", "'*.c.example', b.example");
    let grpc = "---\n".to_owned() + &route("GRPCRoute", "{name: g, port: 82}", "x.c.example");
    let cluster = |name: &str| (name.to_owned(), CLUSTER.to_owned());
    let said = render(&(http.clone() + GATEWAY), &[]);
    assert_eq!(domains(&said.stdout), [cluster("b.example"), cluster("*.c.example")]);
    assert_eq!(said.stderr, "");
    let said = render(&(http.clone() + &grpc + GATEWAY), &[]);
    assert_eq!(
        domains(&said.stdout),
        [
            ("x.c.example".to_owned(), "503".to_owned()),
            cluster("b.example"),
            cluster("*.c.example")
        ]
    );
    let told = "GRPCRoute shop/r is not rendered, only HTTPRoutes are, so requests to its hosts that no \
                HTTPRoute takes get 503";
    assert!(said.stderr.contains(told), "{}", said.stderr);
    // The older one: an HTTPRoute that takes all requests of a host keeps them.
    let grpc = grpc.replace("x.c.example", "b.example").replace("port: 82", "port: 81");
    let grpc = grpc.replace("{name: r,", "{creationTimestamp: 2020-01-01T00:00:00Z, name: r,");
    let said = render(&(http + &grpc + GATEWAY), &[]);
    assert_eq!(domains(&said.stdout), [cluster("b.example"), cluster("*.c.example")]);
    assert!(said.stderr.contains(told), "{}", said.stderr);
}
