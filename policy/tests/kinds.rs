//! The other kinds: what is read of them, and what is refused of a Backend of Envoy Gateway.

use std::fs;
use std::path::Path;

use lastmile_policy::Documents;
use lastmile_policy::FieldError;
use lastmile_policy::Loaded;

#[test]
fn what_policies_refer_to_is_read() {
    let documents = Documents::from_yaml(
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca, namespace: shop}\ndata:\n  ca.crt: \
          |\n    -----BEGIN CERTIFICATE-----\n    AA==\n    -----END CERTIFICATE-----\nbinaryData: \
          {x: AA==}\nimmutable: true\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: \
          s}\ntype: Opaque\ndata: {ca.crt: AA==}\nstringData: {tls.crt: b}\n---\napiVersion: \
          certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nmetadata: {name: b}\nspec: \
          {trustBundle: pem, signerName: x}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: \
          s}\nspec:\n  selector: {a: b}\n  ports: [{name: https, port: 443, targetPort: 8443}, \
          {port: 53, protocol: UDP}]\n",
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
        let names: Vec<&str> = route.backends().map(|backend| backend.name.as_str()).collect();
        assert_eq!(names, ["one", "two", "auth", "copy"], "{kind}");
        let parent = &route.spec.parent_refs[0];
        assert_eq!((parent.name.as_str(), parent.section_name.as_deref()), ("g", Some("https")));
    }
}

/// The rules of Envoy Gateway, in its words.
#[test]
fn a_backend_is_held_to_its_rules() {
    let tls = "must not contain either CACertificateRefs or WellKnownCACertificates when \
               InsecureSkipVerify is enabled";
    let refs = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";
    for (spec, expected) in [
        ("endpoints: [{fqdn: {hostname: a.example, port: 443}}]".to_owned(), None),
        ("tls: {insecureSkipVerify: true}".into(), None),
        (format!("tls: {{{refs}, insecureSkipVerify: false}}"), None),
        (format!("tls: {{{refs}, insecureSkipVerify: true}}"), Some(("spec.tls", tls))),
        (
            "tls: {wellKnownCACertificates: System, insecureSkipVerify: true}".into(),
            Some(("spec.tls", tls)),
        ),
        (
            format!("tls: {{{refs}, wellKnownCACertificates: System}}"),
            Some((
                "spec.tls",
                "must not contain both CACertificateRefs and WellKnownCACertificates",
            )),
        ),
        (
            "tls: {sni: a.example, autoSNIFromEndpointHostname: true}".into(),
            Some(("spec.tls", "sni and autoSNIFromEndpointHostname are mutually exclusive")),
        ),
        ("tls: {sni: a.example, autoSNIFromEndpointHostname: false}".into(), None),
        ("type: DynamicResolver".into(), None),
        (
            "{type: DynamicResolver, endpoints: [{fqdn: {hostname: a, port: 1}}]}".into(),
            Some(("spec", "DynamicResolver type cannot have endpoints specified")),
        ),
        (
            "{type: DynamicResolver, tls: {autoSNIFromEndpointHostname: true}}".into(),
            Some(("spec", "DynamicResolver type cannot use autoSNIFromEndpointHostname")),
        ),
        (
            "{endpoints: [{ip: {address: 10.0.0.1, port: 1}}], tls: \
             {autoSNIFromEndpointHostname: true}}"
                .into(),
            Some((
                "spec",
                "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must define a \
                 hostname",
            )),
        ),
        (
            "{endpoints: [{ip: {address: 10.0.0.1, port: 1}, hostname: a}], tls: \
             {autoSNIFromEndpointHostname: true}}"
                .into(),
            None,
        ),
    ] {
        let spec = if spec.starts_with('{') { spec } else { format!("{{{spec}}}") };
        let text = format!(
            "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: \
             b}}\nspec: {spec}\n"
        );
        let documents = Documents::from_yaml(text.as_bytes());
        let found: Vec<String> =
            documents.backends()[0].field_errors().iter().map(ToString::to_string).collect();
        let expected: Vec<String> = expected
            .into_iter()
            .map(|(path, message)| format!("{path}: Invalid value: \"object\": {message}"))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
    let documents = Documents::from_yaml(
        b"apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nspec: {tls: {sni: a, \
          insecureSkipVerify: true}, endpoints: [{fqdn: {hostname: a, port: 3001}}]}\n",
    );
    let backend = sound(&documents.backends()[0]);
    let settings = backend.spec.tls.as_ref().expect("settings");
    assert!(settings.insecure_skip_verify && !settings.auto_sni_from_endpoint_hostname);
    assert_eq!(backend.spec.endpoints[0].fqdn.as_ref().map(|fqdn| fqdn.port), Some(3001));
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
