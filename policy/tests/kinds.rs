//! The other kinds: what is read of them, and what is refused of a Backend of Envoy Gateway.

use std::fs;
use std::path::Path;

use lastmile_policy::Documents;
use lastmile_policy::FieldError;
use lastmile_policy::Kind;
use lastmile_policy::Loaded;
use lastmile_policy::UnknownField;
use lastmile_policy::api::PathMatch;
use lastmile_policy::api::RouteMatch;

#[test]
fn what_policies_refer_to_is_read() {
    let documents = Documents::from_yaml(
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca, namespace: shop}\ndata:\n  ca.crt: \
          |\n    -----BEGIN CERTIFICATE-----\n    AA==\n    -----END CERTIFICATE-----\nbinaryData: \
          {x: AA==}\nimmutable: true\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: \
          s}\ntype: Opaque\ndata: {ca.crt: AA==}\nstringData: {tls.crt: b}\n---\napiVersion: \
          certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nmetadata: {name: 'x:b'}\nspec: \
          {trustBundle: pem, signerName: x}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: \
          s}\nspec:\n  selector: {a: b}\n  ports: [{name: https, port: 443, targetPort: 8443}, \
          {name: dns, port: 53, protocol: UDP}]\n",
    );
    assert_eq!(documents.faults(), []);
    assert_eq!(documents.passed_over(), []);
    let config_map = sound(&documents.config_maps()[0]);
    assert_eq!(config_map.metadata.namespace.as_deref(), Some("shop"));
    assert!(config_map.data["ca.crt"].starts_with("-----BEGIN CERTIFICATE-----\nAA==\n"));
    assert_eq!(config_map.binary_data["x"], "AA==");
    let secret = sound(&documents.secrets()[0]);
    assert_eq!((&*secret.data["ca.crt"], &*secret.string_data["tls.crt"]), ("AA==", "b"));
    assert!(!format!("{secret:?}").contains("AA=="), "what is secret is not shown");
    assert_eq!(sound(&documents.cluster_trust_bundles()[0]).spec.trust_bundle, "pem");
    let ports = &sound(&documents.services()[0]).spec.ports;
    assert_eq!((ports[0].name.as_deref(), ports[0].port), (Some("https"), 443));
    assert_eq!((ports[1].protocol.as_deref(), ports[1].port), (Some("UDP"), 53));
}

/// In the words of the server, which lists what there is in the order of the alphabet.
#[test]
fn a_port_of_a_service_has_a_number_and_a_protocol_that_there_are() {
    let unsupported = |found: &str| {
        format!(
            "spec.ports[0].protocol: Unsupported value: \"{found}\": supported values: \"SCTP\", \
             \"TCP\", \"UDP\""
        )
    };
    let port = "spec.ports[0].port: Invalid value";
    let in_body = "spec.ports[0].port in body should be";
    for (fields, expected) in [
        ("port: 1".to_owned(), None),
        ("port: 65535, protocol: TCP".into(), None),
        ("port: 1, protocol: UDP".into(), None),
        ("port: 1, protocol: SCTP".into(), None),
        ("port: 1, protocol: ~".into(), None),
        ("port: 1, protocol: udp".into(), Some(unsupported("udp"))),
        ("port: 1, protocol: QUIC".into(), Some(unsupported("QUIC"))),
        ("port: 0".into(), Some(format!("{port}: 0: {in_body} greater than or equal to 1"))),
        (
            "port: 65536".into(),
            Some(format!("{port}: 65536: {in_body} less than or equal to 65535")),
        ),
        ("name: a".into(), Some("spec.ports[0].port: Required value".into())),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{{{fields}}}]}}\n"
        );
        let documents = Documents::from_yaml(text.as_bytes());
        let errors = documents.services()[0].field_errors().iter().map(ToString::to_string);
        assert_eq!(errors.collect::<Vec<_>>(), Vec::from_iter(expected), "{fields}");
    }
}

#[test]
fn routes_lead_to_their_backends_and_those_of_their_filters() {
    for kind in ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"] {
        let text = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: r}}\nspec:\n  \
             parentRefs: [{{name: g, namespace: infra, sectionName: https, port: 443}}]\n  \
             hostnames: [a.example]\n  rules:\n  - backendRefs:\n    - name: one\n      port: 80\n      \
             filters:\n      - type: RequestMirror\n        requestMirror: {{backendRef: {{name: \
             copy}}}}\n    - {{group: gateway.envoyproxy.io, kind: Backend, name: two, namespace: \
             other}}\n    filters:\n    - type: ExternalAuth\n      externalAuth: {{backendRef: \
             {{name: auth, port: 1}}}}\n  - {{}}\n"
        );
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!(documents.faults(), [], "{kind}");
        let route = sound(&documents.routes()[0]);
        // What is not read is no fault.
        assert_eq!(documents.routes()[0].unknown_fields(), [], "{kind}");
        let names: Vec<&str> = route.backends().map(|backend| backend.name.as_str()).collect();
        assert_eq!(names, ["one", "two", "auth", "copy"], "{kind}");
        let parent = &route.spec.parent_refs[0];
        assert_eq!((parent.name.as_str(), parent.section_name.as_deref()), ("g", Some("https")));
    }
}

#[test]
fn routes_say_which_requests_they_are_about() {
    let documents = Documents::from_yaml(
        b"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec:\n  \
          hostnames: [a.example, '*.b.example']\n  rules:\n  - name: first\n    matches:\n    - path: \
          {type: Exact, value: /a}\n    - {path: {value: /b}, method: GET, headers: [{name: x, value: \
          y}]}\n    - {}\n    backendRefs: [{name: s, port: 80, weight: 0}]\n  useDefaultGateways: All\n",
    );
    let loaded = &documents.routes()[0];
    let route = sound(loaded);
    assert_eq!(route.spec.hostnames, ["a.example", "*.b.example"]);
    let rule = &route.spec.rules[0];
    let paths: Vec<_> = rule.matches.iter().map(|one| one.path.clone()).collect();
    let exact = RouteMatch::of_exact("/a").path;
    assert_eq!(paths, [exact, Some(PathMatch::default().value("/b")), None]);
    assert_eq!(rule.backend_refs[0].weight, Some(0));
    // Whatever else it says is there too, or the route would be taken for wider than it is.
    let others: Vec<&String> = rule.matches[1].other.keys().collect();
    assert_eq!(others, ["headers", "method"]);
    assert_eq!(rule.other.keys().collect::<Vec<_>>(), ["name"]);
    assert_eq!(route.spec.other.keys().collect::<Vec<_>>(), ["useDefaultGateways"]);
    let place = loaded.place_of("spec.rules[0].matches[1].headers");
    assert_eq!(place.to_string(), "line 10, column 49");
}

/// What the API refuses, and what is one step away from it.
#[test]
fn paths_hosts_and_shares_are_those_of_the_api() {
    const SLASH: &str = "must be an absolute path and start with '/'";
    const NORMAL: &str = "must not contain '//'";
    const CHARACTERS: &str = "must only contain valid characters";
    let rule = |path: &str| format!("rules: [{{matches: [{{path: {path}}}]}}]");
    let times = |one: &str, count: usize| vec![one; count].join(", ");
    let refs = |count| format!("rules: [{{backendRefs: [{}]}}]", times("{name: s}", count));
    let filters = |count| format!("rules: [{{filters: [{}]}}]", times("{type: CORS}", count));
    let matches = |count| format!("rules: [{{matches: [{}]}}]", times("{}", count));
    for (spec, expected) in [
        (format!("rules: [{}]", times("{}", 16)), None),
        (format!("rules: [{}]", times("{}", 17)), Some("spec.rules: Too many: 17")),
        (matches(64), None),
        (matches(65), Some("spec.rules[0].matches: Too many: 65")),
        (refs(16), None),
        (refs(17), Some("spec.rules[0].backendRefs: Too many: 17")),
        (filters(16), None),
        (filters(17), Some("spec.rules[0].filters: Too many: 17")),
        (rule("{value: /}"), None),
        (rule("{value: /a/b.c/}"), None),
        (rule("{value: '/a%20b;c=d'}"), None),
        (rule("{type: RegularExpression, value: 'a//b?'}"), None),
        (rule("{value: a}"), Some(SLASH)),
        (rule("{type: Exact, value: ''}"), Some(SLASH)),
        (rule("{value: /a//b}"), Some(NORMAL)),
        (rule("{value: /a/./b}"), Some(NORMAL)),
        (rule("{value: /a/..}"), Some(NORMAL)),
        (rule("{value: /a/.}"), Some(NORMAL)),
        (rule("{value: /a/.b}"), None),
        (rule("{value: /a%2Fb}"), Some(NORMAL)),
        (rule("{value: '/a#'}"), Some(NORMAL)),
        (rule("{value: '/a?b'}"), Some(CHARACTERS)),
        (rule("{value: '/a%2'}"), Some(CHARACTERS)),
        (rule("{value: '/\u{e4}'}"), Some(CHARACTERS)),
        (rule("{type: exact, value: /a}"), Some("Unsupported value: \"exact\"")),
        ("hostnames: ['*.a.example', a]".into(), None),
        ("hostnames: ['*']".into(), Some("spec.hostnames[0]")),
        ("hostnames: [A.example]".into(), Some("spec.hostnames[0]")),
        ("rules: [{backendRefs: [{name: s, weight: 1000000}]}]".into(), None),
        (
            "rules: [{backendRefs: [{name: s, weight: 1000001}]}]".into(),
            Some("less than or equal to 1000000"),
        ),
        (
            "rules: [{backendRefs: [{name: s, weight: -1}]}]".into(),
            Some("greater than or equal to 0"),
        ),
    ] {
        let text = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: \
             r}}\nspec: {{{spec}}}\n"
        );
        let documents = Documents::from_yaml(text.as_bytes());
        let errors: Vec<String> =
            documents.routes()[0].field_errors().iter().map(ToString::to_string).collect();
        match expected {
            None => assert_eq!(errors, [""; 0], "{spec}"),
            Some(expected) => {
                assert!(errors.iter().any(|error| error.contains(expected)), "{spec}: {errors:?}");
            }
        }
    }
}

/// A rule of a Service that no schema says: a port of two meanings is not led to.
#[test]
fn ports_of_a_service_are_told_apart() {
    for (ports, expected) in [
        ("{port: 443}", None),
        ("{name: a, port: 80}, {name: b, port: 443}", None),
        ("{name: a, port: 53}, {name: b, port: 53, protocol: UDP}", None),
        ("{name: '443', port: 80}, {name: b, port: 443}", None),
        ("{name: a, port: 80}, {port: 443}", Some("each of several ports has a name")),
        ("{name: '', port: 80}, {name: b, port: 443}", Some("each of several ports has a name")),
        ("{name: a, port: 80}, {name: a, port: 443}", Some("no two ports have the same name")),
        (
            "{name: a, port: 80}, {name: b, port: 80}",
            Some("no two ports have the same port and protocol"),
        ),
        (
            "{name: a, port: 80}, {name: b, port: 80, protocol: TCP}",
            Some("no two ports have the same port and protocol"),
        ),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{ports}]}}\n"
        );
        let documents = Documents::from_yaml(text.as_bytes());
        let errors: Vec<String> =
            documents.services()[0].field_errors().iter().map(ToString::to_string).collect();
        match (expected, errors.as_slice()) {
            (None, []) => {}
            (Some(expected), [error]) => assert!(error.ends_with(expected), "{ports}: {error}"),
            _ => panic!("{ports}: {errors:?}"),
        }
    }
}

#[test]
fn another_namespace_is_reached_by_a_grant_only() {
    let grant = |from: &str, to: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {{name: \
             g, namespace: b}}\nspec: {{from: [{{{from}}}], to: [{{{to}}}]}}\n"
        )
    };
    let routes = "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: a";
    let services = "group: '', kind: Service";
    for (from, to, expected) in [
        (routes, services, true),
        (routes, "group: '', kind: Service, name: s", true),
        (routes, "group: '', kind: Service, name: ''", true),
        (routes, "group: '', kind: Service, name: t", false),
        (routes, "group: gateway.envoyproxy.io, kind: Backend", false),
        (routes, "kind: Service", false),
        ("group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: c", services, false),
        ("group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: a", services, false),
        ("group: '', kind: HTTPRoute, namespace: a", services, false),
    ] {
        let documents = Documents::from_yaml(grant(from, to).as_bytes());
        assert_eq!((documents.faults(), documents.passed_over()), (&[][..], &[][..]));
        let grants = documents.grants();
        let permits = |namespace| grants.permits("a", Kind::Service, namespace, "s");
        assert_eq!(permits("b"), expected, "{from} to {to}");
        // A grant is for its own namespace, and nobody needs one for that of the route.
        assert!(!permits("c") && permits("a"), "{from} to {to}");
    }
}

/// The rules of Envoy Gateway, in its words: what breaks each, and what is one step away from it.
#[test]
fn a_backend_is_held_to_its_rules() {
    const BOTH: &str = "must not contain both CACertificateRefs and WellKnownCACertificates";
    const SKIPPED: &str = "must not contain either CACertificateRefs or WellKnownCACertificates \
                           when InsecureSkipVerify is enabled";
    const ONE_SNI: &str = "sni and autoSNIFromEndpointHostname are mutually exclusive";
    const CIPHERS: &str =
        "setting ciphers has no effect if the minimum possible TLS version is 1.3";
    const VERSIONS: &str = "minVersion must be smaller or equal to maxVersion";
    const NO_ENDPOINTS: &str = "DynamicResolver type cannot have endpoints specified";
    const NO_SNI: &str = "DynamicResolver type cannot use autoSNIFromEndpointHostname";
    const HOSTNAMES: &str = "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints \
                             must define a hostname";
    const MIXED: &str = "fqdn addresses cannot be mixed with other address types";
    const NO_ADDRESS: &str = "one of fqdn, ip or unix must be specified";
    const ONE_ADDRESS: &str = "only one of fqdn, ip or unix can be specified";
    const LONG_PATH: &str = "unix domain socket path must not exceed 108 characters";
    const REFS: &str = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";
    const FQDN: &str = "fqdn: {hostname: a.example, port: 443}";
    const IP: &str = "ip: {address: 10.0.0.1, port: 443}";
    const UNIX: &str = "unix: {path: /run/x}";
    let tls = |fields: &str| format!("tls: {{{fields}}}");
    let endpoints = |items: &str| format!("endpoints: [{items}]");
    let of_tls = |message| vec![("spec.tls", "object", message)];
    let of_spec = |message| vec![("spec", "object", message)];
    let of_endpoint = |message| ("spec.endpoints[0]", "object", message);
    for (spec, expected) in [
        (tls(&format!("{REFS}, wellKnownCACertificates: System")), of_tls(BOTH)),
        (tls("caCertificateRefs: [], wellKnownCACertificates: System"), vec![]),
        (tls(&format!("{REFS}, insecureSkipVerify: true")), of_tls(SKIPPED)),
        (tls("wellKnownCACertificates: System, insecureSkipVerify: true"), of_tls(SKIPPED)),
        (tls(&format!("{REFS}, insecureSkipVerify: false")), vec![]),
        (tls("insecureSkipVerify: true"), vec![]),
        (tls("sni: a.example, autoSNIFromEndpointHostname: false"), vec![]),
        (tls("minVersion: '1.3', ciphers: []"), of_tls(CIPHERS)),
        (tls("minVersion: '1.3', maxVersion: '1.3'"), vec![]),
        (tls("minVersion: '1.2', ciphers: [AES128-SHA]"), vec![]),
        (tls("minVersion: Auto, ciphers: [AES128-SHA]"), vec![]),
        (tls("minVersion: '1.3', maxVersion: '1.2'"), of_tls(VERSIONS)),
        (tls("minVersion: '1.2', maxVersion: '1.2'"), vec![]),
        (tls("maxVersion: '1.1'"), of_tls(VERSIONS)),
        (tls("maxVersion: '1.2'"), vec![]),
        (tls("minVersion: Auto, maxVersion: '1.0'"), vec![]),
        (tls("minVersion: '1.3', maxVersion: Auto"), vec![]),
        (tls("minVersion: '1.1'"), vec![]),
        (format!("type: DynamicResolver, endpoints: [{{{FQDN}}}]"), of_spec(NO_ENDPOINTS)),
        (format!("type: Endpoints, endpoints: [{{{FQDN}}}]"), vec![]),
        ("type: DynamicResolver".into(), vec![]),
        (
            // The third rule reads endpoints, and there are none.
            "type: DynamicResolver, tls: {autoSNIFromEndpointHostname: true}".into(),
            [of_spec(NO_SNI), of_spec(HOSTNAMES)].concat(),
        ),
        ("type: DynamicResolver, tls: {autoSNIFromEndpointHostname: false}".into(), vec![]),
        (
            format!("endpoints: [{{{IP}}}], tls: {{autoSNIFromEndpointHostname: true}}"),
            of_spec(HOSTNAMES),
        ),
        (
            format!("endpoints: [{{{UNIX}}}], tls: {{autoSNIFromEndpointHostname: true}}"),
            of_spec(HOSTNAMES),
        ),
        (
            format!(
                "endpoints: [{{{IP}, hostname: a}}], tls: {{autoSNIFromEndpointHostname: true}}"
            ),
            vec![],
        ),
        (format!("endpoints: [{{{FQDN}}}], tls: {{autoSNIFromEndpointHostname: true}}"), vec![]),
        (
            format!("endpoints: [{{{FQDN}}}], tls: {{sni: a, autoSNIFromEndpointHostname: true}}"),
            of_tls(ONE_SNI),
        ),
        (endpoints(&format!("{{{FQDN}}}, {{{IP}}}")), vec![("spec.endpoints", "array", MIXED)]),
        (endpoints(&format!("{{{IP}}}, {{{UNIX}}}")), vec![]),
        (endpoints(&format!("{{{FQDN}}}, {{{FQDN}}}")), vec![]),
        (
            endpoints("{hostname: a, zone: z}"),
            vec![of_endpoint(NO_ADDRESS), of_endpoint(ONE_ADDRESS)],
        ),
        (endpoints(&format!("{{{IP}, {UNIX}}}")), vec![of_endpoint(ONE_ADDRESS)]),
        (endpoints(&format!("{{{FQDN}, {UNIX}}}")), vec![of_endpoint(ONE_ADDRESS)]),
        (endpoints(&format!("{{{UNIX}, hostname: a, zone: z}}")), vec![]),
        (
            endpoints(&format!("{{unix: {{path: {}}}}}", "é".repeat(109))),
            vec![("spec.endpoints[0].unix.path", "string", LONG_PATH)],
        ),
        (endpoints(&format!("{{unix: {{path: {}}}}}", "é".repeat(108))), vec![]),
    ] {
        let expected: Vec<String> = expected
            .into_iter()
            .map(|(path, of, message)| format!("{path}: Invalid value: \"{of}\": {message}"))
            .collect();
        assert_eq!(errors_of_backend(&spec), expected, "{spec}");
    }
}

/// Each limit, kept and broken.
#[test]
fn a_backend_is_held_to_its_limits() {
    let endpoints = |count: usize| {
        let endpoint = "{fqdn: {hostname: a.example, port: 443}}";
        format!("endpoints: [{}]", vec![endpoint; count].join(", "))
    };
    let long = format!("{}a", "a.".repeat(126));
    for (spec, expected) in [
        (endpoints(1), ""),
        (endpoints(256), ""),
        (endpoints(257), "spec.endpoints: Too many: 257: must have at most 256 items"),
        (
            "endpoints: []".into(),
            "spec.endpoints: Invalid value: 0: spec.endpoints in body should have at least 1 items",
        ),
        ("endpoints: [{fqdn: {hostname: a.example., port: 0}}]".into(), ""),
        (
            "endpoints: [{fqdn: {hostname: a.example.., port: 1}}]".into(),
            "spec.endpoints[0].fqdn.hostname: Invalid value: \"a.example..\": \
             spec.endpoints[0].fqdn.hostname in body should match \
             '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\.?$'",
        ),
        (
            "endpoints: [{fqdn: {hostname: a.example}}]".into(),
            "spec.endpoints[0].fqdn.port: Required value",
        ),
        (
            "endpoints: [{fqdn: {hostname: a.example, port: 65536}}]".into(),
            "spec.endpoints[0].fqdn.port: Invalid value: 65536: spec.endpoints[0].fqdn.port in \
             body should be less than or equal to 65535",
        ),
        ("endpoints: [{ip: {address: '2001:db8::7', port: 65535}}]".into(), ""),
        (
            "endpoints: [{ip: {address: '::', port: 1}}]".into(),
            "spec.endpoints[0].ip.address: Invalid value: \"::\": spec.endpoints[0].ip.address in body should be at least 3 chars long",
        ),
        ("endpoints: [{ip: {port: 1}}]".into(), "spec.endpoints[0].ip.address: Required value"),
        ("endpoints: [{unix: {}}]".into(), "spec.endpoints[0].unix.path: Required value"),
        (format!("tls: {{sni: {long}}}"), ""),
        (
            format!("tls: {{sni: {long}.a}}"),
            "spec.tls.sni: Too long: may not be more than 253 bytes",
        ),
        (
            "tls: {minVersion: TLSv1_3}".into(),
            "spec.tls.minVersion: Unsupported value: \"TLSv1_3\": supported values: \"Auto\", \
             \"1.0\", \"1.1\", \"1.2\", \"1.3\"",
        ),
        ("tls: {alpnProtocols: [], ecdhCurves: [X25519], signatureAlgorithms: [x]}".into(), ""),
        ("tls: {alpnProtocols: [h2, acme-tls/1], fingerprints: [JA3, JA4]}".into(), ""),
        (
            "tls: {fingerprints: [JA2]}".into(),
            "spec.tls.fingerprints[0]: Unsupported value: \"JA2\": supported values: \"JA3\", \
             \"JA4\"",
        ),
        ("tls: {clientCertificateRef: {name: c}}".into(), ""),
        (
            "tls: {clientCertificateRef: {group: '', kind: Secret, name: c, namespace: m}}".into(),
            "",
        ),
        (
            "tls: {clientCertificateRef: {kind: Secret}}".into(),
            "spec.tls.clientCertificateRef.name: Required value",
        ),
        (
            "tls: {clientCertificateRef: {name: c, namespace: a.b}}".into(),
            "spec.tls.clientCertificateRef.namespace: Invalid value: \"a.b\": \
             spec.tls.clientCertificateRef.namespace in body should match \
             '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'",
        ),
        ("appProtocols: [gateway.envoyproxy.io/h2c, gateway.envoyproxy.io/wss]".into(), ""),
        (
            "appProtocols: [h2c]".into(),
            "spec.appProtocols[0]: Unsupported value: \"h2c\": supported values: \
             \"gateway.envoyproxy.io/h2c\", \"gateway.envoyproxy.io/ws\", \
             \"gateway.envoyproxy.io/wss\"",
        ),
        ("fallback: true, type: DynamicResolver".into(), ""),
        (
            "fallback: 'true'".into(),
            "spec.fallback: Invalid value: \"string\": spec.fallback in body must be of type \
             boolean: \"string\"",
        ),
        (
            "type: Static".into(),
            "spec.type: Unsupported value: \"Static\": supported values: \"Endpoints\", \
             \"DynamicResolver\"",
        ),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(errors_of_backend(&spec), expected, "{spec}");
    }
    // The pattern does not take the loopback address of IPv6.
    for refused in ["::1", "10.0.0.256", "a.example"] {
        let found =
            errors_of_backend(&format!("endpoints: [{{ip: {{address: '{refused}', port: 1}}}}]"));
        let path = format!("spec.endpoints[0].ip.address: Invalid value: \"{refused}\": ");
        assert!(found.len() == 1 && found[0].starts_with(&path), "{found:?}");
    }
}

/// What the API does not have is told, and what it has is read.
#[test]
fn a_backend_is_read_whole() {
    let documents = Documents::from_yaml(
        b"apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: b}\nspec: \
          {tls: {sni: a, insecureSkipVerify: true, skipVerify: true}, endpoints: [{fqdn: {hostname: \
          a, port: 3001, weight: 1}, ipv6: x}], protocol: h2, loadBalancer: {a: b}}\n",
    );
    let loaded = &documents.backends()[0];
    let backend = sound(loaded);
    let settings = backend.spec.tls.as_ref().expect("settings");
    assert!(settings.insecure_skip_verify && !settings.auto_sni_from_endpoint_hostname);
    assert_eq!(backend.spec.endpoints[0].fqdn.as_ref().map(|fqdn| fqdn.port), Some(3001));
    let unknown: Vec<&str> = loaded.unknown_fields().iter().map(UnknownField::path).collect();
    assert_eq!(
        unknown,
        [
            "spec.endpoints[0].fqdn.weight",
            "spec.endpoints[0].ipv6",
            "spec.tls.skipVerify",
            "spec.protocol",
            "spec.loadBalancer"
        ]
    );
}

fn errors_of_backend(spec: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: b}}\nspec: \
         {{{spec}}}\n"
    );
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!(documents.faults(), [], "{text}");
    let loaded = &documents.backends()[0];
    assert_eq!(loaded.unknown_fields(), [], "{text}");
    loaded.field_errors().iter().map(ToString::to_string).collect()
}

/// The manifests and examples of the API itself are valid here too.
#[test]
fn the_manifests_of_the_api_load_without_a_violation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites/gateway-api");
    let Ok(files) = fs::read_dir(&folder) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let mut documents = Documents::default();
    for file in files {
        let path = file.expect("an entry").path();
        let text = fs::read(&path).expect("a file");
        documents.add_yaml(&path.file_name().expect("a name").to_string_lossy(), &text);
    }
    assert_eq!(documents.faults(), []);
    let policies = documents.policies();
    assert!(policies.len() >= 9, "only {} policies", policies.len());
    for policy in policies {
        assert_eq!(policy.field_errors(), [], "{}", policy.place());
        assert_eq!(policy.unknown_fields(), [], "{}", policy.place());
    }
    let errors: Vec<&FieldError> = [
        documents.services().iter().flat_map(Loaded::field_errors).collect::<Vec<_>>(),
        documents.routes().iter().flat_map(Loaded::field_errors).collect(),
        documents.gateways().iter().flat_map(Loaded::field_errors).collect(),
        documents.config_maps().iter().flat_map(Loaded::field_errors).collect(),
        documents.secrets().iter().flat_map(Loaded::field_errors).collect(),
    ]
    .concat();
    assert_eq!(errors, [] as [&FieldError; 0]);
    assert!(!documents.services().is_empty() && !documents.routes().is_empty());
    assert!(!documents.gateways().is_empty() && !documents.config_maps().is_empty());
}

#[track_caller]
fn sound<T>(loaded: &Loaded<T>) -> &T {
    assert_eq!(loaded.field_errors(), []);
    loaded.object()
}
