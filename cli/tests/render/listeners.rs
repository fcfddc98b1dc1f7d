//! The hosts of a route are those that its listeners are for, and no request of another route comes to it.

use std::time::Duration;
use std::time::Instant;

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
  - {name: c, port: 82, hostname: '*.c.example', protocol: HTTPS}
  - {name: passed-through, port: 83, protocol: TLS}
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
        (
            "{name: other}",
            "b.example",
            &["b.example"],
            Some(
                "Gateway shop/other is not among the documents: the route is rendered for all hosts",
            ),
        ),
        ("{name: g, port: 81}, {name: other}", "b.example", &["b.example"], None),
        (
            "{name: g, sectionName: a}, {name: other}",
            "b.example",
            &["b.example"],
            Some(
                "Gateway shop/other is not among the documents: the route is rendered for all hosts",
            ),
        ),
        (
            "{name: g, sectionName: a}, {name: l, kind: ListenerSet}",
            "",
            &["*", "a.example"],
            Some(
                "ListenerSet shop/l is not among the documents: the route is rendered for all hosts",
            ),
        ),
        (
            "{name: g, namespace: other}",
            "",
            &["*"],
            Some("Gateway other/g is not among the documents"),
        ),
        (
            "{name: g, group: a.example}",
            "",
            &["*"],
            Some("Gateway shop/g is not among the documents"),
        ),
        (
            "{name: g, kind: ListenerSet}",
            "b.example",
            &["b.example"],
            Some("ListenerSet shop/g is not among the documents"),
        ),
        (
            "{name: g, port: 83}",
            "",
            &[],
            Some("it gets no requests from Gateway shop/g: listener passed-through speaks TLS"),
        ),
        ("", "b.example", &["b.example"], None),
        (
            "{name: g, sectionName: typo}",
            "b.example",
            &[],
            Some("it gets no requests from Gateway shop/g: it has no such listener"),
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

/// A server would have no such Gateway, and Envoy no such host. One that no route names is let be.
#[test]
fn a_gateway_with_a_fault_is_an_error_of_its_routes() {
    let another = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, \
                   namespace: shop}\nspec: {listeners: [{name: a, port: 80}]}\n";
    let same = GATEWAY.split("---\n").nth(1).expect("the Gateway");
    let fault = "Gateway shop/g: spec.listeners[0].hostname";
    let differs = "Gateway shop/g: there is another, and they differ: keep one";
    for (gateways, expected) in [
        (GATEWAY.replace("a.example", "'a b'"), Some(fault)),
        (GATEWAY.replace("a.example", "'*'"), Some(fault)),
        (GATEWAY.replace("a.example", "A.example"), Some(fault)),
        (GATEWAY.replace("a.example", "''"), Some(fault)),
        (GATEWAY.to_owned() + another, Some(differs)),
        (GATEWAY.to_owned() + "---\n" + same, None),
        (GATEWAY.to_owned() + &another.replace("name: g,", "name: other,"), None),
        (
            GATEWAY.to_owned() + &another.replace("name: g,", "annotations: {a: 1}, name: other,"),
            None,
        ),
    ] {
        let said = render(&(route("HTTPRoute", "{name: g}", "") + &gateways), &[]);
        match expected {
            None => assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{gateways}"),
            Some(expected) => {
                assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{gateways}");
                assert!(said.stderr.contains(expected), "{}", said.stderr);
            }
        }
    }
    // Once, however many routes name it.
    let route = route("HTTPRoute", "{name: g}", "");
    let another = "---\n".to_owned() + &route.replace("name: r,", "name: q,");
    let said = render(&(route + &another + &GATEWAY.replace("a.example", "A.example")), &[]);
    assert_eq!(said.stderr.matches(fault).count(), 1, "{}", said.stderr);
}

/// Each host, and its paths with their clusters, as they are asked.
fn paths(configuration: &str) -> Vec<(String, Vec<String>)> {
    let whole: Value = serde_saphyr::from_str(configuration).expect("YAML");
    let listener = &whole["static_resources"]["listeners"][0];
    let manager = &listener["filter_chains"][0]["filters"][0]["typed_config"];
    let hosts = manager["route_config"]["virtual_hosts"].as_array().expect("hosts");
    let hosts = hosts.iter().map(|host| {
        let routes = host["routes"].as_array().expect("routes").iter();
        let routes = routes.map(|route| {
            let fits = route["match"].as_object().expect("a match").values().next();
            let path = fits.and_then(Value::as_str).expect("a path");
            let cluster = route["route"]["cluster"].as_str().expect("a cluster");
            format!("{path} {}", cluster.trim_start_matches("Service/shop/"))
        });
        (host["name"].as_str().expect("a name").to_owned(), routes.collect())
    });
    hosts.collect()
}

/// The API: the rules of the route with the most specific host of its own are asked first, however its
/// listeners narrow the hosts of another; then the longest path; then the older route.
#[test]
fn a_narrowed_route_comes_after_one_of_that_host() {
    let one = |name: &str, created: &str, hostnames: &str, path: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, \
             namespace: shop, creationTimestamp: '{created}-01-01T00:00:00Z'}}\nspec: {{parentRefs: [{{name: \
             g, sectionName: a}}], hostnames: [{hostnames}], rules: [{{matches: [{{path: {{value: \
             {path}}}}}], backendRefs: [{{name: {name}, port: 80}}]}}]}}\n---\napiVersion: v1\nkind: \
             Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{ports: [{{name: http, port: \
             80}}]}}\n"
        )
    };
    let host = |routes: &[&str]| {
        let routes = routes.iter().map(|&route| route.to_owned()).collect();
        vec![("a.example".to_owned(), routes)]
    };
    for (routes, expected) in [
        // The same path: the host decides, and not the age.
        (
            one("wide", "2020", "'*.example'", "/") + &one("own", "2021", "a.example", "/"),
            host(&["/ own:80"]),
        ),
        // A longer path of a wider host is not asked where the other takes all.
        (
            one("wide", "2020", "'*.example'", "/x") + &one("own", "2021", "a.example", "/"),
            host(&["/ own:80"]),
        ),
        (
            one("wide", "2020", "", "/") + &one("own", "2021", "a.example", "/x"),
            host(&["/x own:80", "/ wide:80"]),
        ),
        // Of one host: the path, then the age.
        (
            one("b", "2021", "'*.example'", "/") + &one("c", "2022", "'*.example'", "/x"),
            host(&["/x c:80", "/ b:80"]),
        ),
        (
            one("b", "2021", "'*.example'", "/") + &one("c", "2020", "'*.example'", "/"),
            host(&["/ c:80"]),
        ),
        // A route that has both.
        (
            one("both", "2020", "'*.example', a.example", "/")
                + &one("own", "2021", "a.example", "/"),
            host(&["/ both:80"]),
        ),
        // All hosts, one below a dot, and the host.
        (
            one("all", "2020", "", "/y")
                + &one("wide", "2021", "'*.example'", "/x")
                + &one("own", "2022", "a.example", "/z"),
            host(&["/z own:80", "/x wide:80", "/y all:80"]),
        ),
    ] {
        let said = render(&(routes.clone() + GATEWAY), &[]);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        assert_eq!(paths(&said.stdout), expected, "{routes}");
    }
    // The listener comes before all: no other may take the requests of one that is for this host.
    let of = |name: &str, created: &str, section: &str, hostnames: &str, path: &str| {
        one(name, created, hostnames, path)
            .replace("sectionName: a", &format!("sectionName: {section}"))
    };
    for (other, left) in [
        (of("x", "2020", "any", "", "/admin"), vec![("*", "/admin x:80")]),
        (of("x", "2020", "any", "a.example", "/"), vec![]),
        (of("x", "2020", "any", "'*.example'", "/admin"), vec![("*.example", "/admin x:80")]),
    ] {
        let said = render(&(other + &of("dedicated", "2021", "a", "", "/") + GATEWAY), &[]);
        let left = left.into_iter().map(|(host, route)| (host.to_owned(), vec![route.to_owned()]));
        let expected: Vec<_> = host(&["/ dedicated:80"]).into_iter().chain(left).collect();
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        assert_eq!(paths(&said.stdout), expected, "{}", said.stderr);
    }
    // Of the same age: `shop-b/r` comes before `shop/r`, as `-` before `/`.
    let another =
        one("r", "2020", "a.example", "/").replace("namespace: shop", "namespace: shop-b");
    let another = another.replace("[{name: g,", "[{name: g, namespace: shop,");
    let routes = one("r", "2020", "a.example", "/") + &another;
    let all = "hostname: a.example, allowedRoutes: {namespaces: {from: All}}";
    let said = render(&(routes + &GATEWAY.replace("hostname: a.example", all)), &[]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert_eq!(paths(&said.stdout), host(&["/ Service/shop-b/r:80"]), "{}", said.stderr);
    assert!(
        said.stderr.contains(
            "HTTPRoute shop/r: spec.rules[0].matches[0]: no request comes to it: HTTPRoute shop-b/r: \
             spec.rules[0] takes them before"
        ),
        "{}",
        said.stderr
    );
    // Beside a route that is not narrowed, for its Gateway is not known.
    let other = one("known", "2020", "'*.example'", "/y/z")
        .replace("{name: g, sectionName: a}", "{name: o}");
    let routes =
        other + &one("wide", "2021", "'*.example'", "/x") + &one("own", "2022", "a.example", "/z");
    let said = render(&(routes + GATEWAY), &[]);
    let expected = ["/z own:80", "/x wide:80", "/y/z known:80"].map(str::to_owned).to_vec();
    assert_eq!(
        paths(&said.stdout),
        [
            ("a.example".to_owned(), expected),
            ("*.example".to_owned(), vec!["/y/z known:80".to_owned()])
        ]
    );
}

/// Of a route whose other parent nobody knows, the listeners that are known are still its own: no route of a
/// wider one takes their requests.
#[test]
fn known_listeners_count_beside_unknown_parents() {
    let of = |name: &str, parents: &str, hostnames: &str| {
        let route =
            route("HTTPRoute", parents, hostnames).replace("name: r,", &format!("name: {name},"));
        let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: \
                       {ports: [{name: http, port: 80}]}\n";
        let service = service.replace("name: s,", &format!("name: {name},"));
        "---\n".to_owned() + &route.replace("{name: s,", &format!("{{name: {name},")) + &service
    };
    let listeners = "{name: a, hostname: a.example}, {name: w, hostname: '*.example'}, {name: any}";
    let gateway = format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: \
         shop}}\nspec: {{listeners: [{listeners}]}}\n"
    );
    let none = gateway.replace("name: g,", "name: none,").replace(listeners, "");
    for (dedicated, public, expected) in [
        // On its own listener, and on one that is not known.
        (
            "{name: g, sectionName: a}, PARENT",
            ("{name: g, sectionName: any}", "a.example"),
            "dedicated",
        ),
        // The whole Gateway, of which the most specific listener counts.
        ("{name: g}, PARENT", ("{name: g, sectionName: w}", "a.example"), "dedicated"),
        ("{name: g}, PARENT", ("{name: g, sectionName: w}", "'*.example'"), "dedicated"),
        // One step away: the other has the listener.
        ("{name: g, sectionName: any}, PARENT", ("{name: g, sectionName: a}", ""), "public"),
        ("PARENT", ("{name: g, sectionName: a}", ""), "public"),
    ] {
        for parent in ["{name: other}", "{name: l, kind: ListenerSet}", "{name: none}", ""] {
            let parents = dedicated.replace("PARENT", parent);
            let text = of("dedicated", &parents, "a.example")
                + &of("public", public.0, public.1)
                + &gateway
                + &none;
            let said = render(&text, &[]);
            assert_eq!(said.status, Some(0), "{}", said.stderr);
            let found = paths(&said.stdout).into_iter().find(|(host, _)| host == "a.example");
            let (_, found) = found.expect("the host");
            assert_eq!(
                found,
                [format!("/ {expected}:80")],
                "{parents} and {public:?}: {}",
                said.stderr
            );
        }
    }
}

/// A route that another namespace's Gateway does not take gets none of its requests, whatever it names.
#[test]
fn routes_are_attached_where_they_are_allowed() {
    let same = "it gets no requests from Gateway shop/g: listener a takes routes of its own namespace only";
    let labels =
        "Gateway shop/g takes routes of namespaces with certain labels, which are not read";
    let kinds = "it gets no requests from Gateway shop/g: listener a takes no HTTPRoutes";
    let selected =
        "it gets no requests from Gateway shop/g: listener a does not select its namespace";
    let expression = |asked: &str| {
        format!(
            "namespaces: {{from: Selector, selector: {{matchExpressions: [{{key: NAME, operator: {asked}}}]}}}}"
        )
    };
    for (namespace, allowed, is_attached, told) in [
        ("shop", "", true, None),
        ("shop", "namespaces: {}", true, None),
        ("shop", "namespaces: {from: Same}", true, None),
        ("shop", "namespaces: {from: All}", true, None),
        ("shop", "namespaces: {from: Selector}", false, Some(selected)),
        ("shop", "namespaces: {from: Selector, selector: {}}", true, None),
        (
            "shop",
            "namespaces: {from: Selector, selector: {matchLabels: {a: b}}}",
            true,
            Some(labels),
        ),
        ("shop", "namespaces: {from: Same, selector: {matchLabels: {NAME: other}}}", true, None),
        ("shop", "namespaces: {from: Selector, selector: {matchLabels: {NAME: shop}}}", true, None),
        (
            "shop",
            "namespaces: {from: Selector, selector: {matchLabels: {NAME: other}}}",
            false,
            Some(selected),
        ),
        (
            "shop",
            "namespaces: {from: Selector, selector: {matchLabels: {NAME: shop, a: b}}}",
            true,
            Some(labels),
        ),
        (
            "shop",
            "namespaces: {from: Selector, selector: {matchLabels: {NAME: other, a: b}}}",
            false,
            Some(selected),
        ),
        ("other", &expression("In, values: [shop, other]"), true, None),
        ("other", &expression("In, values: [shop]"), false, Some(selected)),
        ("other", &expression("NotIn, values: [shop]"), true, None),
        ("other", &expression("NotIn, values: [other]"), false, Some(selected)),
        ("other", &expression("Exists"), true, None),
        ("other", &expression("DoesNotExist"), false, Some(selected)),
        ("other", &expression("Lt"), true, Some(labels)),
        ("other", &expression("Exists").replace("NAME", "a"), true, Some(labels)),
        ("other", "", false, Some(same)),
        ("other", "namespaces: {}", false, Some(same)),
        ("other", "namespaces: {from: Same}", false, Some(same)),
        ("other", "namespaces: {from: All}", true, None),
        (
            "other",
            "namespaces: {from: Selector, selector: {matchLabels: {a: b}}}",
            true,
            Some(labels),
        ),
        ("shop", "kinds: [{kind: HTTPRoute}]", true, None),
        (
            "shop",
            "kinds: [{kind: GRPCRoute}, {kind: HTTPRoute, group: gateway.networking.k8s.io}]",
            true,
            None,
        ),
        ("shop", "kinds: [{kind: GRPCRoute}]", false, Some(kinds)),
        ("shop", "kinds: [{kind: HTTPRoute, group: a.example}]", false, Some(kinds)),
        ("other", "namespaces: {from: All}, kinds: [{kind: GRPCRoute}]", false, Some(kinds)),
    ] {
        let text = route("HTTPRoute", "{name: g, namespace: shop, sectionName: a}", "")
            .replace("namespace: shop}\nspec", &format!("namespace: {namespace}}}\nspec"));
        let allowed = allowed.replace("NAME", "kubernetes.io/metadata.name");
        let listener = format!("hostname: a.example, allowedRoutes: {{{allowed}}}");
        let gateway = GATEWAY.replace("hostname: a.example", &listener);
        let gateway = gateway
            .replace("name: s, namespace: shop", &format!("name: s, namespace: {namespace}"));
        let said = render(&(text + &gateway), &[]);
        assert_eq!(
            said.status,
            Some(i32::from(!is_attached)),
            "{namespace} {allowed}: {}",
            said.stderr
        );
        let hosts: Vec<String> = domains(&said.stdout).into_iter().map(|(host, _)| host).collect();
        assert_eq!(
            hosts,
            if is_attached { vec!["a.example"] } else { vec![] },
            "{namespace} {allowed}"
        );
        assert_eq!(said.stderr.lines().count(), usize::from(told.is_some()), "{}", said.stderr);
        assert!(said.stderr.contains(told.unwrap_or_default()), "{allowed}: {}", said.stderr);
    }
    for (allowed, fault) in [
        (
            "namespaces: {from: None}",
            "spec.listeners[0].allowedRoutes.namespaces.from: Unsupported value",
        ),
        (
            "namespaces: {from: any}",
            "spec.listeners[0].allowedRoutes.namespaces.from: Unsupported value",
        ),
        ("kinds: [{group: a}]", "spec.listeners[0].allowedRoutes.kinds[0].kind: Required value"),
    ] {
        let listener = format!("hostname: a.example, allowedRoutes: {{{allowed}}}");
        let text = route("HTTPRoute", "{name: g}", "");
        let said = render(&(text + &GATEWAY.replace("hostname: a.example", &listener)), &[]);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{allowed}");
        assert!(said.stderr.contains(fault), "{}", said.stderr);
    }
}

/// Requests that are led elsewhere than a route says are told; that a wider host gives way to a narrower one is
/// how it is meant.
#[test]
fn a_match_that_gets_no_requests_is_told() {
    let one = |name: &str, created: &str, parents: &str, hostnames: &str, matches: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, \
             namespace: shop, creationTimestamp: '{created}-01-01T00:00:00Z'}}\nspec: {{parentRefs: \
             [{parents}], hostnames: [{hostnames}], rules: [{{matches: [{matches}], backendRefs: [{{name: s, \
             port: 80}}]}}]}}\n"
        )
    };
    let every = |name, created, parents, hostnames| one(name, created, parents, hostnames, "");
    let any = "{name: g, sectionName: any}";
    let c = "{name: g, sectionName: c}";
    for (first, second, told) in [
        // The same host and path: the younger.
        (
            every("old", "2020", any, "b.example"),
            every("new", "2021", any, "b.example, d.example"),
            Some(
                "HTTPRoute shop/new: spec.rules[0]: no request to b.example comes to it: HTTPRoute shop/old: \
                  spec.rules[0] takes them before",
            ),
        ),
        (
            every("old", "2020", any, "b.example"),
            every("new", "2021", any, "b.example"),
            Some("HTTPRoute shop/new: spec.rules[0]: no request comes to it: HTTPRoute shop/old"),
        ),
        // One of two matches, by its number.
        (
            one("old", "2020", any, "b.example", "{path: {value: /x}}"),
            one("new", "2021", any, "b.example", "{path: {value: /y}}, {path: {value: /x}}"),
            Some("HTTPRoute shop/new: spec.rules[0].matches[1]: no request comes to it"),
        ),
        (
            one("old", "2020", any, "b.example", "{path: {value: /x}}"),
            one("new", "2021", any, "b.example", "{path: {value: /y}}"),
            None,
        ),
        // A listener of this host, and one of all hosts: below a shorter path that is asked first.
        (
            one("old", "2020", c, "", "{path: {value: /x}}"),
            one("new", "2021", any, "x.c.example", "{path: {value: /x/y}}, {path: {value: /}}"),
            Some(
                "HTTPRoute shop/new: spec.rules[0].matches[0]: no request comes to it: HTTPRoute shop/old",
            ),
        ),
        (
            one("old", "2020", c, "", "{path: {value: /x, type: Exact}}"),
            one("new", "2021", any, "x.c.example", "{path: {value: /x/y}}, {path: {value: /}}"),
            None,
        ),
        // Of no Gateway, beside a narrower listener.
        (
            every("old", "2020", c, ""),
            every("new", "2021", "", "x.c.example"),
            Some("HTTPRoute shop/new: spec.rules[0]: no request comes to it: HTTPRoute shop/old"),
        ),
        // A whole host of one of its listeners, to another listener of that host.
        (
            every("old", "2020", "{name: g, sectionName: a}", ""),
            every("new", "2021", "{name: g, sectionName: a}, {name: g, sectionName: c}", ""),
            Some(
                "HTTPRoute shop/new: spec.rules[0]: no request to a.example comes to it: HTTPRoute shop/old",
            ),
        ),
        // To two others.
        (
            every("old", "2020", any, "b.example") + &every("older", "2020", any, "d.example"),
            every("new", "2021", any, "b.example, d.example"),
            Some(
                "HTTPRoute shop/new: spec.rules[0]: no request comes to it: HTTPRoute shop/old: spec.rules[0] \
                  and others take them before",
            ),
        ),
        // To itself, and nothing is lost.
        (
            String::new(),
            one(
                "new",
                "2021",
                any,
                "b.example",
                "{path: {value: /a}}, {path: {value: /a/}}, {path: {value: \
                /a/b}}",
            ),
            None,
        ),
        // One that is refused anyway.
        (
            every("old", "2020", any, "b.example"),
            every("new", "2021", any, "b.example").replace("HTTPRoute", "GRPCRoute"),
            Some("GRPCRoute shop/new is not rendered"),
        ),
        // A wider host, which has others left.
        (every("old", "2020", any, "b.example"), every("new", "2021", any, "'*.example'"), None),
        (every("old", "2020", any, "b.example"), every("new", "2021", any, ""), None),
        (every("old", "2020", c, "'*.c.example'"), every("new", "2021", "{name: g}", ""), None),
        // And which has none left.
        (
            every("old", "2020", c, "'*.c.example'"),
            every("new", "2021", c, ""),
            Some("HTTPRoute shop/new: spec.rules[0]: no request comes to it"),
        ),
    ] {
        let said = render(&(first + &second + GATEWAY), &[]);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        assert_eq!(
            said.stderr.lines().count(),
            usize::from(told.is_some()),
            "{second}: {}",
            said.stderr
        );
        assert!(said.stderr.contains(told.unwrap_or_default()), "{}", said.stderr);
    }
    // Where it stands.
    let text = every("old", "2020", any, "b.example") + &every("new", "2021", any, "b.example");
    let said = render(&(text + GATEWAY), &[]);
    assert!(
        said.stderr.starts_with("warning: standard input: line 10, column "),
        "{}",
        said.stderr
    );
    // Its backend is not written, for nobody comes to it, and its policy governs nothing.
    let text = every("old", "2020", any, "")
        + &every("new", "2021", any, "").replace("port: 80", "port: 81");
    let two =
        GATEWAY.replace("{name: http, port: 80}", "{name: http, port: 80}, {name: more, port: 81}");
    let policy = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {name: p, \
                  namespace: shop}\nspec: {targetRefs: [{group: '', kind: Service, name: s, sectionName: more}], \
                  validation: {hostname: s.example, wellKnownCACertificates: System}}\n";
    let said = render(&(text + &two + policy), &[]);
    assert!(
        said.stderr.contains("BackendTLSPolicy shop/p governs nothing that is rendered"),
        "{}",
        said.stderr
    );
    assert!(
        said.stdout.contains(CLUSTER) && !said.stdout.contains("Service/shop/s:81"),
        "{}",
        said.stdout
    );
}

/// What is told of hosts and faults does not grow with their product.
#[test]
fn sentences_about_listeners_have_a_bound() {
    let gateways = |listener: &dyn Fn(usize, usize) -> String| -> String {
        let gateways = (0..32).map(|number| {
            let listeners: Vec<String> = (0..64).map(|index| listener(number, index)).collect();
            format!(
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g{number}, \
                 namespace: shop}}\nspec: {{listeners: [{}]}}\n",
                listeners.join(", ")
            )
        });
        gateways.collect()
    };
    let parents: Vec<String> = (0..32).map(|number| format!("{{name: g{number}}}")).collect();
    let wide: Vec<String> = (1..=16).map(|index| format!("'*.n{index}.example'")).collect();
    let routes = |count: usize| -> String {
        let route = route("HTTPRoute", &parents.join(", "), &wide.join(", "));
        let numbered = |index: usize| {
            "---\n".to_owned() + &route.replace("name: r,", &format!("name: r{index},"))
        };
        (0..count).map(numbered).collect()
    };
    let start = Instant::now();
    let narrow = |number: usize, index: usize| {
        format!("{{name: l{index}, hostname: l{index}.g{number}.n{}.example}}", index % 16 + 1)
    };
    let service = "---\n".to_owned() + GATEWAY.rsplit("---\n").next().expect("the Service");
    let said = render(&(routes(200) + &gateways(&narrow) + &service), &[]);
    println!("{} octets told in {:?}", said.stderr.len(), start.elapsed());
    assert_eq!(said.status, Some(0), "{}", said.stderr.len());
    let told = "so it gets those for l0.g0.n1.example, l0.g1.n1.example, l0.g10.n1.example, l0.g11.n1.example, \
                and 124 more only";
    assert!(said.stderr.contains(told), "{:?}", said.stderr.lines().next());
    assert!(said.stderr.len() < 2 << 20, "{} octets", said.stderr.len());
    // 16 hosts times 2048 for each of many routes is too much.
    let said = render(&(routes(1000) + &gateways(&narrow) + &service), &[]);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    assert!(said.stderr.contains("render the routes of each Gateway by themselves"));
    // Each fault once, and it is not looked for among all others each time.
    let broken = |_: usize, index: usize| format!("{{name: l{index}, hostname: A}}");
    let said = render(&(routes(1000) + &gateways(&broken) + &service), &[]);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    let more = format!("error: there are {} more errors\n", 32 * 64 - 256);
    assert_eq!(said.stderr.matches("hostname: Invalid value").count(), 256);
    assert!(said.stderr.ends_with(&more), "{:?}", said.stderr.lines().last());
    // Sentences of each parent.
    let many = vec!["{name: g, sectionName: passed-through}"; 32].join(", ");
    let route = route("HTTPRoute", &many, "");
    let long = "r".repeat(200);
    let numbered =
        |index| format!("---\n{}", route.replace("name: r,", &format!("name: {long}{index},")));
    let said = render(&((0..2000).map(numbered).collect::<String>() + "---\n" + GATEWAY), &[]);
    assert_eq!(said.status, Some(1), "{}", said.stderr.len());
    assert!(said.stderr.len() < 10 << 20, "{} octets", said.stderr.len());
    assert!(
        said.stderr.ends_with("more warnings, which may be as grave\n"),
        "{}",
        said.stderr.len()
    );
    // Lists of any length, looked at for each parent.
    let kinds = vec!["{}"; 200_000].join(",");
    let values = vec!["x"; 200_000].join(",");
    let asked = vec!["{key: a, operator: Exists}"; 50_000].join(",");
    let selector = |asked: &str| format!("namespaces: {{from: Selector, selector: {{{asked}}}}}");
    for (allowed, told) in [
        (format!("kinds: [{kinds}]"), "allowedRoutes.kinds: Too many: 200000"),
        (selector(&format!("matchExpressions: [{asked}]")), "are too many to be compared"),
        (
            selector(&format!("matchExpressions: [{{key: a, operator: In, values: [{values}]}}]")),
            "are too many to be compared",
        ),
    ] {
        let listener = format!("{{name: a, allowedRoutes: {{{allowed}}}}}");
        let one = |number: usize, index: usize| {
            if (number, index) == (0, 0) { &*listener } else { "{name: b}" }
        };
        let said =
            render(&(routes(1000) + &gateways(&|n, i| one(n, i).to_owned()) + &service), &[]);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
        assert!(said.stderr.contains(told), "{told}: {}", said.stderr.len());
    }
    println!("all in {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// A Gateway has at most 64 listeners, a route at most 16 hosts: what is looked at for many of them ends.
#[test]
fn listeners_times_routes_have_a_bound() {
    let listeners: Vec<String> = (0..64)
        .map(|index| format!("{{name: l{index}, port: 80, hostname: h{index}.example}}"))
        .collect();
    let gateway = |listeners: &[String]| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: \
             shop}}\nspec: {{listeners: [{}]}}\n",
            listeners.join(", ")
        )
    };
    for (is_distinct, status) in [(false, 0), (true, 2)] {
        let start = Instant::now();
        let mut text = gateway(&listeners);
        for index in 0..2000 {
            let path = if is_distinct { format!("/{index}") } else { "/same".to_owned() };
            let rules = format!("rules: [{{matches: [{{path: {{value: {path}}}}}], ");
            text += "---\n";
            text += &route("HTTPRoute", "{name: g}", "")
                .replace("name: r,", &format!("name: r{index},"))
                .replace("rules: [{", &rules);
        }
        text += "---";
        text += GATEWAY.rsplit("---").next().expect("the Service");
        let said = render(&text, &[]);
        println!("{is_distinct}: {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        assert_eq!(said.status, Some(status), "{}", said.stderr);
        match is_distinct {
            false => assert_eq!(domains(&said.stdout).len(), 64),
            // 2000 for each of 64 hosts.
            true => assert!(said.stderr.contains("more than 100000 routes"), "{}", said.stderr),
        }
    }
    let listeners = [listeners, vec!["{name: more, port: 80}".to_owned()]].concat();
    let said = render(&(route("HTTPRoute", "{name: g}", "") + &gateway(&listeners)), &[]);
    assert_eq!(said.status, Some(2), "{}", said.stderr);
    assert!(said.stderr.contains("Gateway shop/g: spec.listeners: "), "{}", said.stderr);
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
    let told = "GRPCRoute shop/r is not rendered, only HTTPRoutes are, so requests that come to it get 503";
    assert!(said.stderr.contains(told), "{}", said.stderr);
    // The older one: an HTTPRoute that takes all requests of a host keeps them.
    let grpc = grpc.replace("x.c.example", "b.example").replace("port: 82", "port: 81");
    let grpc = grpc.replace("{name: r,", "{creationTimestamp: 2020-01-01T00:00:00Z, name: r,");
    let said = render(&(http + &grpc + GATEWAY), &[]);
    assert_eq!(domains(&said.stdout), [cluster("b.example"), cluster("*.c.example")]);
    assert!(said.stderr.contains(told), "{}", said.stderr);
}
