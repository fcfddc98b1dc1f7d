//! Names and the rest of metadata, as the API server takes them: each rule, and one step beside it.

use lastmile_policy::Documents;
use lastmile_policy::FieldError;
use lastmile_policy::Loaded;
use lastmile_policy::SystemAnchors;
use lastmile_policy::api::BackendTlsPolicy;
use lastmile_policy::api::ClusterTrustBundle;
use lastmile_policy::api::ConfigMap;
use lastmile_policy::api::ObjectMeta;
use lastmile_policy::api::OwnerReference;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                         characters, '-' or '.', and must start and end with an alphanumeric \
                         character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
                     or '-', and must start and end with an alphanumeric character (e.g. \
                     'my-name',  or '123-abc', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
                         '-', start with an alphabetic character, and end with an alphanumeric \
                         character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                         '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
                           characters, '-', '_' or '.', and must start and end with an alphanumeric \
                           character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
                           validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
                         and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
                         '123-abc', regex used for validation is \
                         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

#[test]
fn names_are_held_to_the_rules_of_their_kind() {
    let many = |count: usize| "a".repeat(count);
    let long = "must be no more than 253 bytes";
    let long_label = "must be no more than 63 bytes";
    let dotted = |count: usize| many(60) + &".a".repeat((count - 60) / 2);
    for (kind, name, expected) in [
        ("BackendTLSPolicy", "a".to_owned(), vec![]),
        ("BackendTLSPolicy", "0-a.b".into(), vec![]),
        ("BackendTLSPolicy", "A".into(), vec![SUBDOMAIN]),
        ("BackendTLSPolicy", "a_b".into(), vec![SUBDOMAIN]),
        ("BackendTLSPolicy", "a..b".into(), vec![SUBDOMAIN]),
        ("BackendTLSPolicy", "-a".into(), vec![SUBDOMAIN]),
        ("BackendTLSPolicy", "a.".into(), vec![SUBDOMAIN]),
        ("BackendTLSPolicy", many(253), vec![]),
        ("BackendTLSPolicy", many(254), vec![long]),
        ("BackendTLSPolicy", format!("{}.", many(253)), vec![long, SUBDOMAIN]),
        ("ConfigMap", "kube-root-ca.crt".into(), vec![]),
        ("ConfigMap", "a/b".into(), vec![SUBDOMAIN]),
        ("Secret", dotted(100), vec![]),
        ("Secret", "\u{e9}".into(), vec![SUBDOMAIN]),
        ("Gateway", "a".into(), vec![]),
        ("Gateway", "a b".into(), vec![SUBDOMAIN]),
        ("HTTPRoute", "a".into(), vec![]),
        ("HTTPRoute", "a:b".into(), vec![SUBDOMAIN]),
        ("Backend", "a".into(), vec![]),
        ("Backend", "B".into(), vec![SUBDOMAIN]),
        ("Service", "a-1".into(), vec![]),
        ("Service", "1-a".into(), vec![DNS_LABEL]),
        ("Service", "a.b".into(), vec![DNS_LABEL]),
        ("Service", "a-".into(), vec![DNS_LABEL]),
        ("Service", many(63), vec![]),
        ("Service", many(64), vec![long_label]),
        ("ClusterTrustBundle", "a.b".into(), vec![]),
        (
            "ClusterTrustBundle",
            "a:b".into(),
            vec!["ClusterTrustBundle without signer name must not have \":\" in its name"],
        ),
    ] {
        let expected: Vec<String> = expected
            .into_iter()
            .map(|message| format!("metadata.name: Invalid value: \"{name}\": {message}"))
            .collect();
        assert_eq!(errors_of(kind, &format!("{{name: '{name}'}}")), expected, "{kind} {name}");
    }
}

#[test]
fn a_bundle_of_a_signer_is_named_after_it() {
    let errors = |name: &str| {
        let bundle = ClusterTrustBundle::v1beta1().metadata(ObjectMeta::named(name));
        let spec = bundle.spec.clone().signer_name("a.example/\u{1b}x").trust_bundle("pem");
        shown(&bundle.spec(spec).field_errors())
    };
    let prefix = "ClusterTrustBundle for signerName a.example/\\u{1b}x must be named with prefix \
                  a.example:\\u{1b}x:";
    for (name, expected) in [
        ("a.example:\u{1b}x:b", None),
        ("a.example:\u{1b}x:B", Some(SUBDOMAIN)),
        ("a.example:\u{1b}x:", Some(SUBDOMAIN)),
        ("a.example:b", Some(prefix)),
        ("b", Some(prefix)),
    ] {
        let name_shown = name.replace('\u{1b}', "\\u{1b}");
        let expected: Vec<String> = expected
            .into_iter()
            .map(|message| format!("metadata.name: Invalid value: \"{name_shown}\": {message}"))
            .collect();
        assert_eq!(errors(name), expected, "{name:?}");
    }
}

/// As for the server, which takes an empty one for none.
#[test]
fn an_empty_namespace_is_the_default_one() {
    for (metadata, expected) in [
        ("{name: a}", "default"),
        ("{name: a, namespace: ''}", "default"),
        ("{name: a, namespace: ~}", "default"),
        ("{name: a, namespace: shop}", "shop"),
    ] {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n");
        let documents = Documents::from_yaml(text.as_bytes());
        let loaded = &documents.config_maps()[0];
        assert_eq!(loaded.field_errors(), [], "{metadata}");
        assert_eq!(loaded.object().metadata.namespace_or_default(), expected, "{metadata}");
    }
}

/// The server completes it; what it makes need not be judged.
#[test]
fn a_generated_name_needs_a_good_beginning() {
    for (metadata, expected) in [
        ("{generateName: a-}", None),
        ("{generateName: a}", None),
        ("{generateName: a.b-, name: ''}", None),
        ("{generateName: A-}", Some("metadata.generateName: Invalid value: \"A-\": ")),
        ("{generateName: '-'}", Some("metadata.generateName: Invalid value: \"-\": ")),
        ("{generateName: a.}", Some("metadata.generateName: Invalid value: \"a.\": ")),
    ] {
        let found = errors_of("BackendTLSPolicy", metadata);
        let expected: Vec<String> =
            expected.into_iter().map(|begin| format!("{begin}{SUBDOMAIN}")).collect();
        assert_eq!(found, expected, "{metadata}");
    }
    let both = errors_of("Service", "{generateName: 1-, name: B}");
    let expected = [("generateName", "1-"), ("name", "B")]
        .map(|(field, found)| format!("metadata.{field}: Invalid value: \"{found}\": {DNS_LABEL}"));
    assert_eq!(both, expected);
}

#[test]
fn an_object_has_a_name() {
    let missing = "metadata.name: Required value: name or generateName is required";
    for metadata in ["{}", "~", "{name: ''}", "{name: ~}", "{generateName: ''}", "{namespace: a}"] {
        for kind in KINDS {
            assert_eq!(errors_of(kind, metadata), [missing], "{kind} {metadata}");
        }
    }
    // Without metadata at all, and at its place.
    let text = "# a comment\napiVersion: v1\nkind: ConfigMap\n";
    let documents = Documents::from_yaml(text.as_bytes());
    let [error] = documents.config_maps()[0].field_errors() else { panic!("there is one") };
    assert_eq!(error.to_string(), missing);
    assert_eq!(error.position().map(|position| position.line), Some(2));
    // A policy without a name is still there.
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nspec: {}\n";
    let documents = Documents::from_yaml(text.as_bytes());
    let policy = &documents.policies()[0];
    assert_eq!(policy.field_errors()[0].to_string(), missing);
    assert_eq!(shown(&BackendTlsPolicy::v1().field_errors())[0], missing);
    // What has another type is told once.
    assert_eq!(
        errors_of("BackendTLSPolicy", "{name: 5}"),
        ["metadata.name: Invalid value: \"integer\": metadata.name in body must be of type \
             string: \"integer\""]
    );
}

/// It is judged like every other that the server would refuse.
#[test]
fn a_policy_without_a_name_is_not_lost() {
    let documents = Documents::from_yaml(
        b"apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nspec: {targetRefs: \
          [{group: '', kind: Service, name: s}], validation: {hostname: a.example, \
          wellKnownCACertificates: System}}\n",
    );
    let now = lastmile::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_272_000));
    let reports = documents.resolver(&SystemAnchors::none(), now).build().reports();
    let [report] = reports.as_slice() else { panic!("there is one policy") };
    assert!(!report.is_accepted());
    let (reason, message) = report.accepted();
    assert_eq!(reason, "Invalid");
    assert!(message.contains("metadata.name: Required value"), "{message}");
}

#[test]
fn a_namespace_is_a_label() {
    for (namespace, expected) in [
        ("a-1".to_owned(), None),
        ("1".into(), None),
        ("a".repeat(63), None),
        // The namespace of the request.
        (String::new(), None),
        ("a".repeat(64), Some("must be no more than 63 bytes")),
        ("a.b".into(), Some("must not contain dots")),
        ("a.".into(), Some(LABEL)),
        ("A".into(), Some(LABEL)),
    ] {
        let metadata = format!("{{name: a, namespace: '{namespace}'}}");
        let expected: Vec<String> = expected
            .into_iter()
            .map(|message| format!("metadata.namespace: Invalid value: \"{namespace}\": {message}"))
            .collect();
        for kind in KINDS.iter().filter(|kind| **kind != "ClusterTrustBundle") {
            assert_eq!(errors_of(kind, &metadata), expected, "{kind} {metadata}");
        }
        // It is in no namespace, and the server drops what is written.
        assert_eq!(errors_of("ClusterTrustBundle", &metadata), [""; 0]);
    }
}

#[test]
fn labels_and_annotations_have_qualified_names() {
    let long = "a".repeat(64);
    let long_domain = "a".repeat(254);
    let key = |message: &str| vec![format!("name part {message}")];
    let slashes = format!(
        "a valid label key {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. \
         'example.com/MyName')"
    );
    for (name, expected) in [
        ("app", vec![]),
        ("a.example/app", vec![]),
        ("A_b.c-9", vec![]),
        (&long[1..], vec![]),
        (&long, key("must be no more than 63 bytes")),
        ("-a", key(NAME_PART)),
        ("a b", key(NAME_PART)),
        ("a/", [key("must be non-empty"), key(NAME_PART)].concat()),
        ("/a", vec!["prefix part must be non-empty".to_owned()]),
        ("a_b/c", vec![format!("prefix part {SUBDOMAIN}")]),
        (
            &format!("{long_domain}/a"),
            vec!["prefix part must be no more than 253 bytes".to_owned()],
        ),
        ("a/b/c", vec![slashes]),
    ] {
        for field in ["labels", "annotations"] {
            let metadata = format!("{{name: a, {field}: {{'{name}': x}}}}");
            let expected: Vec<String> = expected
                .iter()
                .map(|message| format!("metadata.{field}: Invalid value: \"{name}\": {message}"))
                .collect();
            assert_eq!(errors_of("ConfigMap", &metadata), expected, "{metadata}");
        }
    }
    // Only in the names of annotations, the case of a domain does not matter.
    assert_eq!(errors_of("Secret", "{name: a, annotations: {A.Example/x: ''}}"), [""; 0]);
    assert_eq!(
        errors_of("Secret", "{name: a, labels: {A.Example/x: ''}}"),
        [format!("metadata.labels: Invalid value: \"A.Example/x\": prefix part {SUBDOMAIN}")]
    );
    let long_value = "must be no more than 63 bytes";
    for (value, expected) in [
        ("", None),
        ("A_b.c-9", None),
        (&long[1..], None),
        (&long, Some(long_value)),
        ("a b", Some(LABEL_VALUE)),
        (".a", Some(LABEL_VALUE)),
    ] {
        let expected: Vec<String> = expected
            .into_iter()
            .map(|message| format!("metadata.labels: Invalid value: \"{value}\": {message}"))
            .collect();
        let metadata = format!("{{name: a, labels: {{a: '{value}'}}}}");
        assert_eq!(errors_of("Gateway", &metadata), expected, "{metadata}");
        // Annotations hold anything.
        let metadata = format!("{{name: a, annotations: {{a: '{value}'}}}}");
        assert_eq!(errors_of("Gateway", &metadata), [""; 0], "{metadata}");
    }
}

#[test]
fn annotations_are_not_too_large() {
    let of_size = |size: usize| {
        let metadata = ObjectMeta::named("a").annotation("a", "x".repeat(size / 2 - 1));
        let object = ConfigMap::v1().metadata(metadata.annotation("b", "x".repeat(size / 2 - 1)));
        shown(&object.field_errors())
    };
    assert_eq!(of_size(256 << 10), [""; 0]);
    assert_eq!(
        of_size((256 << 10) + 2),
        ["metadata.annotations: Too long: may not be more than 262144 bytes"]
    );
}

#[test]
fn finalizers_have_names_and_those_of_built_in_kinds_a_domain() {
    let no_domain = "name is neither a standard finalizer name nor is it fully qualified";
    for finalizer in ["a.example/b", "kubernetes", "orphan", "foregroundDeletion"] {
        let metadata = format!("{{name: a, finalizers: [{finalizer}]}}");
        for kind in KINDS {
            assert_eq!(errors_of(kind, &metadata), [""; 0], "{kind} {finalizer}");
        }
    }
    let metadata = "{name: a, finalizers: [a.example/b, other]}";
    for kind in ["ConfigMap", "Secret", "Service", "ClusterTrustBundle"] {
        let expected = format!("metadata.finalizers[1]: Invalid value: \"other\": {no_domain}");
        assert_eq!(errors_of(kind, metadata), [expected], "{kind}");
    }
    // Of custom resources, the server only warns.
    for kind in ["BackendTLSPolicy", "Gateway", "HTTPRoute", "Backend"] {
        assert_eq!(errors_of(kind, metadata), [""; 0], "{kind}");
        assert_eq!(
            errors_of(kind, "{name: a, finalizers: ['a b']}"),
            [format!("metadata.finalizers: Invalid value: \"a b\": name part {NAME_PART}")]
        );
    }
}

#[test]
fn owners_are_named_whole() {
    let owner = || OwnerReference::default().api_version("apps/v1").kind("K").name("n").uid("u");
    let empty = |field: &str| format!("{field}: Invalid value: \"\": must not be empty");
    let no_version =
        |found: &str| format!("apiVersion: Invalid value: \"{found}\": version must not be empty");
    for (owner, expected) in [
        (owner(), vec![]),
        (owner().api_version("v1"), vec![]),
        (owner().api_version(""), vec![no_version("")]),
        (owner().api_version("apps/"), vec![no_version("apps/")]),
        (owner().api_version("a/b/c"), vec![no_version("a/b/c")]),
        (owner().kind(""), vec![empty("kind")]),
        (owner().name(""), vec![empty("name")]),
        (owner().uid(""), vec![empty("uid")]),
        (
            OwnerReference::default(),
            vec![no_version(""), empty("kind"), empty("name"), empty("uid")],
        ),
    ] {
        let metadata = ObjectMeta::named("a").owner_reference(owner);
        let found = shown(&ConfigMap::v1().metadata(metadata).field_errors());
        let expected: Vec<String> =
            expected.iter().map(|error| format!("metadata.ownerReferences.{error}")).collect();
        assert_eq!(found, expected);
    }
    // What is not there is empty.
    assert_eq!(
        errors_of("Service", "{name: a, ownerReferences: [{apiVersion: v1, kind: K, name: m}]}"),
        [format!("metadata.ownerReferences.{}", empty("uid"))]
    );
}

/// All at once, each at its line; and not without end.
#[test]
fn every_fault_is_told_with_its_line() {
    let text = "\
apiVersion: v1
kind: Service
metadata:
  name: S
  namespace: M
  labels:
    -a: b
    b: -c
  annotations:
    -d: e
  ownerReferences:
  - kind: K
    name: m
    uid: u
  finalizers:
  - x
";
    let documents = Documents::from_yaml(text.as_bytes());
    let found: Vec<(u64, &str)> = documents.services()[0]
        .field_errors()
        .iter()
        .map(|error| (error.position().expect("it was read").line, error.path()))
        .collect();
    assert_eq!(
        found,
        [
            (4, "metadata.name"),
            (5, "metadata.namespace"),
            (7, "metadata.labels"),
            (8, "metadata.labels"),
            (10, "metadata.annotations"),
            (12, "metadata.ownerReferences.apiVersion"),
            (16, "metadata.finalizers[0]"),
        ]
    );
    let labels = (0..10_000).map(|index| format!("-{index}: a")).collect::<Vec<_>>().join(", ");
    let found = errors_of("Secret", &format!("{{name: a, labels: {{{labels}}}}}"));
    assert_eq!(found.len(), 256);
}

const KINDS: [&str; 9] = [
    "Backend",
    "BackendTLSPolicy",
    "ClusterTrustBundle",
    "ConfigMap",
    "Gateway",
    "HTTPRoute",
    "ReferenceGrant",
    "Secret",
    "Service",
];

/// Of a document that is sound but for its metadata.
#[track_caller]
fn errors_of(kind: &str, metadata: &str) -> Vec<String> {
    let (api_version, spec) = match kind {
        "Backend" => ("gateway.envoyproxy.io/v1alpha1", "spec: {}"),
        "BackendTLSPolicy" => (
            "gateway.networking.k8s.io/v1",
            "spec: {targetRefs: [{group: '', kind: Service, name: s}], validation: {hostname: a, \
             wellKnownCACertificates: System}}",
        ),
        "ClusterTrustBundle" => ("certificates.k8s.io/v1beta1", "spec: {trustBundle: pem}"),
        "ConfigMap" | "Secret" | "Service" => ("v1", "# nothing"),
        "ReferenceGrant" => ("gateway.networking.k8s.io/v1", "spec: {from: [], to: []}"),
        _ => ("gateway.networking.k8s.io/v1", "spec: {}"),
    };
    let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\n{spec}\n");
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!(documents.faults(), [], "{text}");
    let loaded = [
        documents.backends().iter().map(Loaded::field_errors).collect::<Vec<_>>(),
        documents.policies().iter().map(Loaded::field_errors).collect(),
        documents.cluster_trust_bundles().iter().map(Loaded::field_errors).collect(),
        documents.config_maps().iter().map(Loaded::field_errors).collect(),
        documents.gateways().iter().map(Loaded::field_errors).collect(),
        documents.reference_grants().iter().map(Loaded::field_errors).collect(),
        documents.routes().iter().map(Loaded::field_errors).collect(),
        documents.secrets().iter().map(Loaded::field_errors).collect(),
        documents.services().iter().map(Loaded::field_errors).collect(),
    ]
    .concat();
    let [errors] = loaded.as_slice() else { panic!("{text}") };
    shown(errors)
}

fn shown(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}
