//! What is asked of the whole: what is not written at all, the status, and names of any sort.

use std::time::Duration;
use std::time::Instant;

use lastmile_policy::Documents;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::keys;
use serde_json::Value;

use crate::render;
use crate::support;

const SERVICE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {ports: \
                       [{name: http, port: 80}]}\n";

/// A route of one rule with these fields.
fn route(rule: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: \
         shop}}\nspec:\n  rules:\n  - {rule}\n    backendRefs: [{{name: s, port: 80}}]\n{SERVICE}"
    )
}

/// Left out, or written without it, its requests would be led where nobody asked for.
#[test]
fn nothing_is_written_for_what_cannot_be_told_apart() {
    for (fields, expected) in [
        ("matches: [{path: {value: /a}}]", None),
        ("matches: [{path: {value: /a}, headers: []}]", None),
        ("matches: [{path: {value: /a}, method: ~}]", None),
        (
            "matches: [{headers: [{name: a, value: b}]}]",
            Some(
                "line 6, column 25: HTTPRoute shop/r: spec.rules[0].matches[0].headers: is not rendered",
            ),
        ),
        (
            "matches: [{queryParams: [{name: a, value: b}]}]",
            Some(
                "line 6, column 29: HTTPRoute shop/r: spec.rules[0].matches[0].queryParams: is not",
            ),
        ),
        (
            "matches: [{path: {value: /}}, {method: GET}]",
            Some(
                "line 6, column 44: HTTPRoute shop/r: spec.rules[0].matches[1].method: is not rendered",
            ),
        ),
        (
            "matches: [{path: {type: RegularExpression, value: '/.*'}}]",
            Some(
                "line 6, column 29: HTTPRoute shop/r: spec.rules[0].matches[0].path.type: RegularExpre",
            ),
        ),
        (
            "matches: [{path: {type: Prefix, value: /a}}]",
            Some("spec.rules[0].matches[0].path.type: Unsupported value: \"Prefix\""),
        ),
        ("matches: [{path: {value: a}}]", Some("must be an absolute path and start with '/'")),
        ("matches: [{path: {value: /%7Euser}}, {path: {value: '/caf%C3%A9'}}]", None),
        ("matches: [{path: {value: /%7euser}}]", None),
        (
            "matches: [{path: {value: '/caf%c3%A9'}}]",
            Some(
                "line 6, column 30: HTTPRoute shop/r: spec.rules[0].matches[0].path.value: expected escapes in \
                 capitals, found %c3: write %C3",
            ),
        ),
        ("matches: [{path: {value: '/a%5Cb'}}]", Some("path.value: %5C never comes to a route")),
        (
            "matches: [{path: {value: '/a/%2E%2e/b'}}]",
            Some("path.value: it is /a/../b with its dots"),
        ),
        ("matches: [{path: {value: '/a/%2E%2e.'}}]", None),
        ("matches: [{path: {value: /a//b}}]", Some("must not contain '//'")),
        ("matches: [{path: {value: '/a?b'}}]", Some("must only contain valid characters")),
    ] {
        let said = render(&route(fields), &[]);
        match expected {
            None => {
                assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{fields}");
                assert!(said.stdout.contains("static_resources:"), "{fields}");
            }
            Some(expected) => {
                assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{fields}");
                assert!(said.stderr.contains(expected), "{fields}: {}", said.stderr);
            }
        }
    }
}

#[test]
fn nothing_is_written_from_what_cannot_be_read() {
    let good = route("name: a");
    assert_eq!(render(&good, &[]).status, Some(0));
    let twice = format!("{good}---\n{good}");
    assert_eq!(render(&twice, &[]).status, Some(0), "the same twice is one");
    for (text, expected) in [
        (SERVICE.to_owned(), "there is no HTTPRoute among the documents"),
        (format!("{good}---\na: ["), "error: standard input: line "),
        (format!("{good}---\n{}", route("timeouts: {}")), "there is another, and they differ"),
    ] {
        let said = render(&text, &[]);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{}", said.stderr);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
    for (arguments, expected) in [
        (
            &["--resolve", "other.shop.svc:80:127.0.0.1"][..],
            "no backend of a route is other.shop.svc:80",
        ),
        (&["--listen", "here"], "invalid value 'here' for '--listen"),
        (&["--validator", "native", "--module", "x.so"], "--module: --validator native needs none"),
        (&["--validator", "none"], "invalid value 'none' for '--validator"),
        (&["--time", "soon"], "--time"),
    ] {
        let said = render(&good, arguments);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{}", said.stderr);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
    assert_eq!(render(&good, &["--resolve", "s.shop.svc:80:127.0.0.1"]).status, Some(0));
}

/// Where every request is refused, a pipeline has to learn it.
#[test]
fn the_status_says_whether_any_request_is_led_anywhere() {
    let gone = route("name: a").replace("name: s, port", "name: gone, port");
    let said = render(&gone, &[]);
    assert_eq!(said.status, Some(1), "{}", said.stderr);
    assert!(said.stdout.contains("status: 500"), "{}", said.stdout);
    let beside = format!("{gone}---\n{}", route("name: a").replace("name: r,", "name: other,"));
    let said = render(&beside, &[]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert!(
        said.stderr.contains("Service shop/gone is not among the documents"),
        "{}",
        said.stderr
    );
}

/// A route of another kind is not led anywhere, and somebody has to know.
#[test]
fn what_is_not_rendered_is_told() {
    let other = route("name: a").replace("HTTPRoute", "GRPCRoute").replace("name: r,", "name: g,");
    let said = render(&format!("{}---\n{other}", route("name: a")), &[]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("GRPCRoute shop/g is not rendered, only HTTPRoutes are"));
    // A route of a mesh is not one of a Gateway.
    let parents = |parents: &str| {
        let parents = format!("spec:\n  parentRefs: [{parents}]\n  hostnames: [mesh.example]");
        let mesh =
            route("name: a").replace("name: r,", "name: m,").replace("spec:\n", &(parents + "\n"));
        render(&format!("{}---\n{mesh}", route("name: a")), &[])
    };
    let service = "{group: '', kind: Service, name: s}";
    let said = parents(service);
    assert!(said.stderr.contains("HTTPRoute shop/m is not rendered: its parents are Services"));
    assert!(!said.stdout.contains("mesh.example"), "{}", said.stdout);
    for both in [format!("{service}, {{name: g}}"), "{name: g}".to_owned()] {
        let said = parents(&both);
        assert_eq!((said.stderr.as_str(), said.stdout.contains("mesh.example")), ("", true));
    }
}

/// What a Service says of itself, and is not rendered: told, or refused.
#[test]
fn what_a_service_says_of_itself_is_told() {
    let policy = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {name: p, \
                  namespace: shop}\nspec:\n  targetRefs: [{group: '', kind: Service, name: s}]\n  validation: \
                  {hostname: s.example, wellKnownCACertificates: System}\n";
    let plain = "Service shop/s: spec.ports[0].appProtocol: https is not spoken: no policy is about port 80, so \
                 it is spoken to in plain";
    let other = "is not rendered: HTTP/1.1 is spoken";
    for (protocol, is_verified, told) in [
        ("http", false, None),
        ("HTTP", false, None),
        ("''", false, None),
        ("https", false, Some(plain)),
        ("HTTPS", false, Some(plain)),
        ("kubernetes.io/wss", false, Some("so it is spoken to in plain")),
        ("kubernetes.io/h2c", false, Some(other)),
        ("kubernetes.io/ws", false, Some(other)),
        ("http", true, None),
        ("https", true, None),
        ("kubernetes.io/wss", true, Some(other)),
        ("kubernetes.io/h2c", true, Some(other)),
    ] {
        let port = format!("{{name: http, appProtocol: {protocol}, ");
        let text = route("name: a").replace("{name: http, ", &port);
        let text = if is_verified { text + policy } else { text };
        let roots = support::testdata().join(support::CA);
        let mut command = support::command();
        command.env("SSL_CERT_FILE", &roots).env_remove("SSL_CERT_DIR");
        command.args(["render", "envoy", "-f", "-", "--time", crate::TIME]);
        let said = support::said(&mut command, text.as_bytes());
        assert_eq!(said.status, Some(0), "{protocol}: {}", said.stderr);
        assert_eq!(said.stdout.contains("transport_socket"), is_verified, "{protocol}");
        assert_eq!(said.stderr.lines().count(), usize::from(told.is_some()), "{}", said.stderr);
        assert!(said.stderr.contains(told.unwrap_or_default()), "{protocol}: {}", said.stderr);
    }
    for (of, status) in [("ExternalName", 1), ("ClusterIP", 0), ("LoadBalancer", 0)] {
        let said =
            render(&route("name: a").replace("{ports: ", &format!("{{type: {of}, ports: ")), &[]);
        assert_eq!(said.status, Some(status), "{of}: {}", said.stderr);
        assert_eq!(said.stdout.contains("status: 500"), status == 1, "{of}");
        let told =
            "spec.type: ExternalName is not rendered: expected a Service with endpoints of its own";
        assert_eq!(said.stderr.contains(told), status == 1, "{}", said.stderr);
    }
}

/// Where nothing is written, what was noticed before may say why.
#[test]
fn warnings_are_said_beside_errors() {
    for (text, warning) in [
        (
            route("name: a").replace("k8s.io/v1", "k8s.oi/v1"),
            "expected gateway.networking.k8s.io/v1, found gateway.networking.k8s.oi/v1",
        ),
        (
            route("name: a")
                .replace("spec:\n", "spec:\n  parentRefs: [{group: '', kind: Service, name: s}]\n"),
            "HTTPRoute shop/r is not rendered: its parents are Services",
        ),
    ] {
        let said = render(&text, &[]);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{text}");
        assert!(said.stderr.contains(warning), "{}", said.stderr);
        assert!(said.stderr.ends_with("nothing is to be led anywhere\n"), "{}", said.stderr);
    }
}

/// Of one host with a route of its own, `count` times 16; and of a thousand routes for every host.
fn wide(count: usize) -> String {
    let mut text = SERVICE.to_owned();
    let refs = "backendRefs: [{name: s, port: 80}]";
    for index in 0..count {
        let hosts: Vec<String> = (0..16).map(|host| format!("h{host}.r{index}.example")).collect();
        text += &format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: n{index}, \
             namespace: shop}}\nspec: {{hostnames: [{}], rules: [{{matches: [{{path: {{value: /own}}}}], \
             {refs}}}]}}\n",
            hosts.join(", ")
        );
    }
    for index in 0..1000 {
        text += &format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: w{index}, \
             namespace: shop}}\nspec: {{rules: [{{matches: [{{path: {{value: /w{index}}}}}], {refs}}}]}}\n"
        );
    }
    text
}

/// Each host has the routes of every wider one: a product, which ends at 100,000.
#[test]
fn the_routes_that_are_written_are_counted() {
    for (count, is_written) in [(6, true), (7, false), (300, false)] {
        let start = Instant::now();
        let said = render(&wide(count), &[]);
        println!("{count}: {:?}, {} octets", start.elapsed(), said.stdout.len());
        match is_written {
            true => {
                assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{count}");
                let routes = said.stdout.matches("path_separated_prefix: ").count();
                assert_eq!(routes, 16 * count * 1001 + 1000);
            }
            false => {
                assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{count}");
                assert!(
                    said.stderr.contains("more than 100000 routes of Envoy"),
                    "{}",
                    said.stderr
                );
                assert!(said.stderr.contains("write fewer hostnames"), "{}", said.stderr);
            }
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{count}: {:?}", start.elapsed());
    }
}

/// A deep path is compared in steps, which have a bound wherever they are.
#[test]
fn steps_from_segment_to_segment_are_counted() {
    let deep = "/a".repeat(500);
    let one = |name: &str, hosts: &str, paths: &[String]| {
        let matches: Vec<String> =
            paths.iter().map(|path| format!("{{path: {{value: {path}}}}}")).collect();
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, \
             namespace: shop}}\nspec: {{hostnames: [{hosts}], rules: [{{matches: [{}], backendRefs: [{{name: s, \
             port: 80}}]}}]}}\n",
            matches.join(", ")
        )
    };
    // What is at the end of the deep path, or at its beginning: the one costs 500 steps each time.
    for (prefix, status) in [(deep.as_str(), 2), ("/a", 0)] {
        let start = Instant::now();
        let mut text = SERVICE.to_owned();
        for index in 0..128 {
            let hosts: Vec<String> =
                (0..16).map(|host| format!("h{host}.r{index}.example")).collect();
            text += &one(&format!("n{index}"), &hosts.join(", "), &[prefix.to_owned()]);
        }
        let below: Vec<String> = (0..60).map(|path| format!("{deep}/{path}")).collect();
        text += &one("wide", "'*.example'", &below);
        let said = render(&text, &[]);
        println!("{}: {:?}", prefix.len(), start.elapsed());
        assert_eq!(said.status, Some(status), "{}", said.stderr);
        assert_eq!(
            said.stderr.contains("are too many to be compared"),
            status == 2,
            "{}",
            said.stderr
        );
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}

/// Each port of a backend has its own copy of a bundle: a product, which ends at 64 MiB.
#[test]
fn the_certificates_that_are_written_are_counted() {
    let roots = (0..200).map(|index| Authority::root(&format!("Root {index}"), &keys::P256_A));
    let roots: Vec<Vec<u8>> = roots.map(|root| root.certificate).collect();
    let bundle = case::certificates(&roots).replace('\n', "\n    ");
    for (count, is_written) in [(100, true), (3000, false)] {
        let start = Instant::now();
        let mut text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca, namespace: shop}}\ndata:\n  ca.crt: \
             |\n    {bundle}\n"
        );
        let mut ports = Vec::new();
        for index in 1..=count {
            ports.push(format!("{{name: p{index}, port: {index}}}"));
            text += &format!(
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: n{index}, \
                 namespace: shop}}\nspec: {{hostnames: [h{index}.example], rules: [{{backendRefs: [{{name: s, \
                 port: {index}}}]}}]}}\n"
            );
        }
        text += &format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: shop}}\nspec: {{ports: \
             [{}]}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: \
             p, namespace: shop}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: s}}]\n  validation: \
             {{hostname: s.example, caCertificateRefs: [{{group: '', kind: ConfigMap, name: ca}}]}}\n",
            ports.join(", ")
        );
        let said = render(&text, &[]);
        println!("{count}: {:?}, {} octets", start.elapsed(), said.stdout.len());
        if is_written {
            assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{count}");
            assert_eq!(said.stdout.matches("BEGIN CERTIFICATE").count(), 200 * count);
        } else {
            assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{count}");
            assert!(said.stderr.contains("come to more than 64 MiB"), "{}", said.stderr);
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{count}: {:?}", start.elapsed());
    }
}

/// The module knows the roots of its own system; Envoy itself is given those of this one.
#[test]
fn roots_of_the_system_are_named_or_written() {
    let text = format!(
        "{}---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: p, \
         namespace: shop}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: s}}]\n  validation: \
         {{hostname: s.example, wellKnownCACertificates: System}}\n",
        route("name: a")
    );
    let roots = support::testdata().join(support::CA);
    for (validator, is_named) in [("lastmile", true), ("native", false)] {
        let mut command = support::command();
        let said = support::said(
            command.env("SSL_CERT_FILE", &roots).env_remove("SSL_CERT_DIR").args([
                "render",
                "envoy",
                "-f",
                "-",
                "--time",
                crate::TIME,
                "--validator",
                validator,
            ]),
            text.as_bytes(),
        );
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        let has = |part: &str| said.stdout.contains(part);
        assert_eq!(has("wellKnownCACertificates: System"), is_named, "{}", said.stdout);
        assert_eq!(has("BEGIN CERTIFICATE"), !is_named, "{}", said.stdout);
    }
}

/// What stands in the documents stays a value, whatever it is made of.
#[test]
fn no_name_breaks_out_of_its_place() {
    let hostile = [
        "a\nclusters: []",
        "a\": {x: y}, \"b",
        "'}} # ",
        "%REQ(COOKIE)%",
        "yes",
        "0x10",
        "1e3",
        "~",
        "&a *a",
        "!!binary x",
        "- a",
        "a: b",
        "\u{1b}[31m",
        "\u{85}\u{2028}",
        "---",
        "| x",
    ];
    for name in hostile {
        let quoted = serde_json::to_string(name).expect("text has a JSON text");
        // Not as they are: they would end a line.
        let quoted = quoted.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028");
        for (place, text) in [
            (
                "the name of a backend",
                route("name: a").replace("name: s, port", &format!("name: {quoted}, port")),
            ),
            (
                "the kind of a backend",
                route("name: a")
                    .replace("name: s, port", &format!("kind: {quoted}, name: s, port")),
            ),
            ("the name of a rule", route(&format!("name: {quoted}"))),
            ("a field of a rule", route(&format!("{quoted}: 1"))),
        ] {
            let said = render(&text, &[]);
            assert!(matches!(said.status, Some(0 | 1)), "{place}: {name:?}: {}", said.stderr);
            assert!(!said.stderr.contains('\u{1b}'), "{place}: {name:?}");
            let read = read_back(&said.stdout);
            let resources = &read["static_resources"];
            assert_eq!(
                resources["listeners"].as_array().map(Vec::len),
                Some(1),
                "{place}: {name:?}"
            );
            let fields: Vec<&String> = resources.as_object().expect("a mapping").keys().collect();
            assert_eq!(fields, ["clusters", "listeners"], "{place}: {name:?}");
            let hosts = &resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
                ["route_config"]["virtual_hosts"];
            assert_eq!(hosts.as_array().map(Vec::len), Some(1), "{place}: {name:?}");
        }
        // Whoever is called so is refused by the API, and nothing is written, unless it is a name.
        let host = format!("spec:\n  hostnames: [{quoted}]");
        let said = render(&route("name: a").replacen("spec:", &host, 1), &[]);
        if ["yes", "0x10", "1e3"].contains(&name) {
            assert_eq!(said.status, Some(0), "{name:?}: {}", said.stderr);
            let read = read_back(&said.stdout);
            let hosts = &read["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
                ["typed_config"]["route_config"]["virtual_hosts"];
            assert_eq!(hosts[0]["domains"][0], name);
        } else {
            assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{name:?}");
            assert!(
                said.stderr.contains("spec.hostnames[0]: Invalid value"),
                "{name:?}: {}",
                said.stderr
            );
        }
    }
}

/// With the reader of documents, which takes nothing that readers of YAML do not agree on.
fn read_back(yaml: &str) -> Value {
    assert_eq!(yaml.matches("\n---").count(), 0, "one document");
    // As a list of no kind it can be passed on: what matters is that it can be read.
    let documents = Documents::from_yaml(format!("{yaml}apiVersion: v1\nkind: X\n").as_bytes());
    assert_eq!(documents.faults(), [], "{yaml}");
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}
