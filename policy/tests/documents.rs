//! Documents as files have them: what is read, kept, passed over, and refused with its line.

use std::time::Duration;
use std::time::Instant;

use lastmile_policy::Documents;
use lastmile_policy::api::BackendTlsPolicy;
use lastmile_policy::api::Condition;
use lastmile_policy::api::LocalObjectReference;
use lastmile_policy::api::ObjectMeta;
use lastmile_policy::api::OwnerReference;
use lastmile_policy::api::ParentReference;
use lastmile_policy::api::PolicyAncestorStatus;
use lastmile_policy::api::PolicyStatus;
use lastmile_policy::api::PolicyTargetReference;
use lastmile_policy::api::SubjectAltName;

const POLICY: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: good}
spec:
  targetRefs: [{group: '', kind: Service, name: s}]
  validation: {hostname: a.example, wellKnownCACertificates: System}
";

/// Every field that the API has.
fn full() -> BackendTlsPolicy {
    let condition = |of: &str, status: &str| {
        Condition::default()
            .condition_type(of)
            .status(status)
            .reason("Accepted")
            .message("a: b # c\nand \"more\"")
            .observed_generation(3)
            .last_transition_time("2026-06-01T00:00:00Z")
    };
    let metadata = ObjectMeta::named("backend")
        .generate_name("backend-")
        .namespace("shop")
        .labels([("app", "shop")])
        .label("yes", "no")
        .annotations([("a.example/on", "off")])
        .annotation("b.example/n", "1e3")
        .uid("6f2c")
        .resource_version("0123")
        .self_link("/apis/x")
        .generation(3)
        .creation_timestamp("2026-05-01T00:00:00Z")
        .deletion_timestamp("2026-06-02T00:00:00Z")
        .deletion_grace_period_seconds(30)
        .finalizers(["a.example/x"])
        .finalizer("a.example/y")
        .owner_references([OwnerReference::default()
            .api_version("v1")
            .kind("Service")
            .name("s")
            .uid("1")
            .controller(true)
            .block_owner_deletion(false)])
        .owner_reference(
            OwnerReference::default().api_version("v1").kind("Pod").name("p").uid("2"),
        );
    let ancestor = ParentReference::default()
        .group("gateway.networking.k8s.io")
        .kind("Gateway")
        .namespace("infra")
        .name("gateway")
        .section_name("https")
        .port(443);
    let entry = PolicyAncestorStatus::default()
        .ancestor_ref(ancestor)
        .controller_name("a.example/controller")
        .conditions([condition("Accepted", "True")])
        .condition(condition("a.example/Other", "Unknown"));
    let policy = BackendTlsPolicy::v1alpha3()
        .metadata(metadata)
        .status(PolicyStatus::default().ancestors([entry.clone()]).ancestor(entry))
        .target_ref(PolicyTargetReference::service("s").section_name("https"))
        .target_ref(
            PolicyTargetReference::default().group("a.example").kind("Backend").name("null"),
        )
        .hostname("a.example")
        .ca_certificate_ref(LocalObjectReference::config_map("ca"))
        .ca_certificate_ref(LocalObjectReference::default().group("").kind("Secret").name("~"))
        .subject_alt_name(SubjectAltName::of_hostname("*.a.example"))
        .subject_alt_name(SubjectAltName::of_uri("spiffe://a.example/ns/x"));
    let spec =
        policy.spec.clone().options([("a.example/x", "é\u{1F600}")]).option("b.example/y", "");
    policy.spec(spec)
}

#[test]
fn every_field_survives_being_written_and_read() {
    let policy = full();
    assert_eq!(policy.field_errors(), []);
    for text in [policy.to_yaml(), policy.to_json()] {
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!(documents.faults(), [], "{text}");
        let loaded = &documents.policies()[0];
        assert_eq!(*loaded.object(), policy, "{text}");
        assert_eq!(loaded.unknown_fields(), []);
        assert_eq!(loaded.field_errors(), []);
    }
    // The words that readers of YAML 1.1 take for something else are quoted.
    let yaml = policy.to_yaml();
    for line in ["yes", "no", "off", "1e3", "~", "null", "0123", "2026-06-01T00:00:00Z"] {
        let plain = format!(": {line}\n");
        assert!(!yaml.contains(&plain), "{line} is not quoted:\n{yaml}");
    }
}

/// Whatever readers do not agree on is written in quotes, or escaped.
#[test]
fn what_is_written_is_read_by_all_readers() {
    let words = [
        "y",
        "N",
        "on",
        "Off",
        "oN",
        "nULL",
        "tRue",
        "1",
        "0x10",
        "1.50",
        "1_0.5",
        "1__0",
        "014",
        "=",
        "<<",
        "!!str a",
        "a\u{85}b",
        "\u{2028}",
        "# \u{2029}\n b",
        "190:20:30",
        "2001-01-01",
        ".inf",
    ];
    let labels = words.map(|word| (word, word));
    let policy = BackendTlsPolicy::v1().metadata(ObjectMeta::named("yes").annotations(labels));
    let yaml = policy.to_yaml();
    let documents = Documents::from_yaml(yaml.as_bytes());
    assert_eq!(documents.faults(), [], "{yaml}");
    assert_eq!(documents.policies()[0].object(), &policy, "{yaml}");
}

/// As kubectl reads them, where the server wants text and where it wants a boolean.
#[test]
fn words_of_yaml_1_1_are_booleans() {
    let text =
        POLICY.replace("{name: good}", "{name: no, labels: {a: 'no'}, annotations: {b: on}}");
    let documents = Documents::from_yaml(text.as_bytes());
    let errors: Vec<String> =
        documents.policies()[0].field_errors().iter().map(ToString::to_string).collect();
    let of_type = |path: &str| {
        format!(
            "{path}: Invalid value: \"boolean\": {path} in body must be of type string: \"boolean\""
        )
    };
    assert_eq!(errors, [of_type("metadata.annotations.b"), of_type("metadata.name")]);

    let text = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: b}\n\
                spec:\n  endpoints: [{fqdn: {hostname: a.example, port: 1}}]\n  tls: \
                {insecureSkipVerify: yes}\n";
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!(documents.backends()[0].field_errors(), []);
    let tls = documents.backends()[0].object().spec.tls.as_ref().expect("TLS");
    assert!(tls.insecure_skip_verify);
    let quoted = Documents::from_yaml(text.replace("yes", "'yes'").as_bytes());
    assert_eq!(quoted.backends()[0].field_errors().len(), 1);
}

/// What else stands in metadata is the server's, and is kept.
#[test]
fn fields_of_the_server_are_kept() {
    let text = format!(
        "{}status: {{ancestors: []}}\n",
        POLICY.replace(
            "{name: good}",
            "{name: good, managedFields: [{manager: kubectl, number: 1.5}]}"
        )
    );
    let documents = Documents::from_yaml(text.as_bytes());
    let policy = documents.policies()[0].object();
    assert_eq!(policy.metadata.other["managedFields"][0]["manager"], "kubectl");
    let again = Documents::from_yaml(policy.to_yaml().as_bytes());
    assert_eq!(again.policies()[0].object(), policy);
}

#[test]
fn lists_streams_and_json_hold_several_objects() {
    let other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n";
    let json = full().to_json();
    for (text, policies, passed_over) in [
        (format!("{POLICY}---\n{other}---\n{POLICY}"), 2, 1),
        (format!("# a comment\n---\n---\n{POLICY}...\n---\n# nothing\n"), 1, 0),
        (format!("\u{feff}{}", POLICY.replace('\n', "\r\n")), 1, 0),
        (json.clone(), 1, 0),
        (format!("{json}\n{json}\n"), 2, 0),
        (
            format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{json}, {json}]}}"),
            2,
            0,
        ),
        (
            format!(
                "{{\"apiVersion\": \"gateway.networking.k8s.io/v1\", \"kind\": \
                 \"BackendTLSPolicyList\", \"items\": [{json}]}}"
            ),
            1,
            0,
        ),
        ("apiVersion: v1\nkind: List\nitems: []\n".into(), 0, 0),
        (String::new(), 0, 0),
    ] {
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!(documents.faults(), [], "{text}");
        assert_eq!(documents.policies().len(), policies, "{text}");
        assert_eq!(documents.passed_over().len(), passed_over, "{text}");
    }
    let documents = Documents::from_yaml(format!("{POLICY}---\n{other}").as_bytes());
    let passed_over = &documents.passed_over()[0];
    assert_eq!((passed_over.kind(), passed_over.name()), ("Deployment", Some("d")));
    assert_eq!(passed_over.place().to_string(), "line 8, column 1");
}

/// As kubectl opens them: whatever the kind, in the order of the text. What is no list is a fault.
#[test]
fn whatever_has_items_is_a_list() {
    let named = |name: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{}}}}")
    };
    let (a, b, c) = (named("a"), named("b"), named("c"));
    let list = |items: &str| format!("{{apiVersion: v1, kind: List, items: [{items}]}}");
    for (text, expected) in [
        (list(&format!("{a}, {b}, {c}")), &["a", "b", "c"][..]),
        (
            list(&[a.clone(), list(&[b.clone(), list(&a)].join(", ")), c].join(", ")),
            &["a", "b", "a", "c"],
        ),
        (
            format!("apiVersion: a.example/v1\nkind: Foo\nmetadata: {{name: z}}\nitems: [{a}]"),
            &["a"],
        ),
        (format!("kind: ConfigMapList\nmetadata: {{resourceVersion: '1'}}\nitems: [{b}]"), &["b"]),
        ("apiVersion: v1\nkind: List\nitems: null".into(), &[]),
        ("apiVersion: v1\nkind: List\nitems: []".into(), &[]),
    ] {
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!(documents.faults(), [], "{text}");
        assert_eq!(documents.passed_over(), [], "{text}");
        let found = documents.config_maps().iter();
        let found: Vec<_> = found.filter_map(|one| one.object().metadata.name.as_deref()).collect();
        assert_eq!(found, expected, "{text}");
    }
    let dropped = "an object with items is a list for kubectl, which reads nothing else of it: take \
                   out items, or spec";
    let empty = "an object with items is a list for kubectl, and this one is empty: take out items";
    for (text, expected) in [
        ("kind: List\nitems: a", "line 2, column 8: expected a list under items, found text"),
        (
            "kind: List\nitems: {a: b}",
            "line 2, column 8: expected a list under items, found a mapping",
        ),
        ("kind: List", "line 1, column 1: expected a list under items"),
        (
            "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicyList\nItems: []",
            "line 1, column 1: expected a list under items",
        ),
        (&format!("{POLICY}items: []"), &format!("line 4, column 1: {dropped}")),
        (&format!("{POLICY}items: [{a}]"), &format!("line 4, column 1: {dropped}")),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nitems: []",
            &format!("line 4, column 1: {empty}"),
        ),
        (
            "apiVersion: v1\nkind: List\nitems: [~]",
            "line 3, column 9: expected an object with apiVersion and kind, found nothing",
        ),
        (&format!("items: [{a}]"), "line 1, column 1: expected an object with apiVersion and kind"),
    ] {
        let documents = Documents::from_yaml(text.as_bytes());
        let faults: Vec<String> = documents.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, [expected], "{text}");
        assert_eq!((documents.policies().len(), documents.config_maps().len()), (0, 0), "{text}");
    }
    let documents = Documents::from_yaml(b"apiVersion: a.example/v1\nkind: AllowList\nspec: {}");
    assert_eq!((documents.faults().len(), documents.passed_over().len()), (0, 1));
}

/// No server has it, so it is not merely something that is not needed.
#[test]
fn a_kind_in_other_letters_is_a_fault() {
    for (api_version, kind, meant) in [
        (
            "gateway.networking.k8s.io/v1",
            "BackendTlsPolicy",
            "BackendTLSPolicy of gateway.networking.k8s.io",
        ),
        (
            "Gateway.networking.k8s.io/v1",
            "BackendTLSPolicy",
            "BackendTLSPolicy of gateway.networking.k8s.io",
        ),
        (
            "gateway.networking.k8s.io/v1beta1",
            "HttpRoute",
            "HTTPRoute of gateway.networking.k8s.io",
        ),
        ("v1", "Configmap", "ConfigMap of the core group"),
        ("gateway.envoyproxy.io/v1alpha1", "backend", "Backend of gateway.envoyproxy.io"),
    ] {
        let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n");
        let documents = Documents::from_yaml(text.as_bytes());
        let expected = format!(
            "line 1, column 1: no server has {kind} of {api_version}: write {meant}, with these \
             capitals"
        );
        let faults: Vec<String> = documents.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, [expected]);
    }
    for (api_version, kind) in [("a.example/v1", "BackendTlsPolicy"), ("v1", "Backend")] {
        let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n");
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!((documents.faults().len(), documents.passed_over().len()), (0, 1), "{kind}");
    }
}

/// Of the policies they are told elsewhere.
#[test]
fn unknown_fields_of_whatever_policies_refer_to_are_told() {
    let text = format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: b}}\nspec: \
         {{tls: {{insecureskipverify: true}}}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: \
         {{name: c}}\nDate: {{}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringdata: \
         {{}}\n---\napiVersion: certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nmetadata: \
         {{name: t}}\nspec: {{trustBundle: '', signer: x}}\n---\n{POLICY}foo: 1\n---\napiVersion: \
         v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{selector: {{}}}}\n"
    );
    let mut documents = Documents::default();
    documents.add_yaml("a.yaml", text.as_bytes());
    let found = documents.unknown_fields().map(|field| format!("{}: {field}", field.place()));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            "a.yaml: line 9, column 1: unknown field \"Date\"",
            "a.yaml: line 14, column 1: unknown field \"stringdata\"",
            "a.yaml: line 19, column 25: unknown field \"spec.signer\"",
            "a.yaml: line 4, column 14: unknown field \"spec.tls.insecureskipverify\"",
        ]
    );
}

/// A tag that all readers take for the same does no harm.
#[test]
fn what_is_tagged_as_text_is_text() {
    let text = POLICY
        .replace("name: good", "name: !!str 443")
        .replace("spec:\n", "spec: !!map\n")
        .replace("[{group", "!!seq [{group");
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!(documents.faults(), []);
    let policy = &documents.policies()[0];
    assert_eq!(policy.field_errors(), []);
    assert_eq!(policy.object().metadata.name.as_deref(), Some("443"));
}

/// One clear line each, and the document behind it unharmed.
#[test]
fn a_broken_document_is_named_with_its_line_and_harms_no_other() {
    let aliases = format!(
        "a: &a [x,x,x,x,x,x,x,x]\nb: &b [{0}]\nc: &c [{1}]\nd: [{2}]\n",
        ["*a"; 8].join(","),
        ["*b"; 8].join(","),
        ["*c"; 8].join(",")
    );
    let deep = format!("a: {}\n", "[".repeat(10_000));
    for (text, expected) in [
        ("a: [\n", "file.yaml: line "),
        ("a: 1\na: 2\n", "file.yaml: line 2, column 1: the field a is here for the second time"),
        (aliases.as_str(), "file.yaml: line "),
        (deep.as_str(), "file.yaml: line "),
        (
            "- 1\n",
            "file.yaml: line 1, column 1: expected an object with apiVersion and kind, found a list",
        ),
        (
            "text\n",
            "file.yaml: line 1, column 1: expected an object with apiVersion and kind, found text",
        ),
        ("kind: x\n", "file.yaml: line 1, column 1: expected an object with apiVersion and kind"),
        (
            "apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: BackendTLSPolicy\n",
            "file.yaml: line 1, column 1: v1alpha2 of BackendTLSPolicy is not read, for nobody \
             serves it any more: write apiVersion gateway.networking.k8s.io/v1, and rename \
             spec.targetRef to targetRefs",
        ),
        (
            "apiVersion: gateway.networking.k8s.io/v9\nkind: BackendTLSPolicy\n",
            "file.yaml: line 1, column 1: expected version v1 or v1alpha3 of BackendTLSPolicy, \
             found gateway.networking.k8s.io/v9",
        ),
        ("a: !x b\n\u{1b}: 1\n", "file.yaml: line "),
        (
            "x: 1\n# two\u{2028}a: 1\n",
            "file.yaml: line 2, column 6: the character U+2028 ends a line for kubectl",
        ),
        ("a: b\ny: c\n", "file.yaml: line 2, column 1: not YAML that can be read: the name of"),
        (
            "# one\napiVersion: v1\nkind: Secret\ndata: {a: !!binary AA==}\n",
            "file.yaml: line 4, column 11: the tag !!binary is not read, for not \
             all readers take it for the same: take it out (only !!str, !!map and !!seq may be \
             here, each where it fits)",
        ),
    ] {
        let mut documents = Documents::default();
        let start = Instant::now();
        documents.add_yaml("file.yaml", format!("{text}---\n{POLICY}").as_bytes());
        assert!(start.elapsed() < Duration::from_secs(1), "{text:.40}");
        let faults: Vec<String> = documents.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{text:.40}: {faults:?}");
        assert!(faults[0].starts_with(expected), "{text:.40}: {faults:?}");
        assert!(!faults[0].contains(char::is_control), "{faults:?}");
        assert_eq!(documents.policies().len(), 1, "{text:.40}");
    }
    let mut documents = Documents::default();
    documents.add_yaml("octets.yaml", &[b"a: \xff\n---\n", POLICY.as_bytes()].concat());
    assert_eq!(documents.faults()[0].to_string(), "octets.yaml: not UTF-8 from octet 3 on");
    assert_eq!(documents.policies().len(), 1);
}

/// Each was quadratic, or went through the parser a million times.
#[test]
fn long_streams_are_read_quickly() {
    let keys: String = (0..100_000).map(|key| format!("  key-{key}: a\n")).collect();
    let config_map =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{keys}");
    for (what, text, policies) in [
        ("many keys", format!("{config_map}---\n{POLICY}"), 1),
        ("many marks", format!("{}{POLICY}", "---\n".repeat(5_000_000)), 1),
        ("many blanks", format!("{}{POLICY}", "--- # c\r\n...\n\n".repeat(200_000)), 1),
    ] {
        let start = Instant::now();
        let documents = Documents::from_yaml(text.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(5), "{what}: {:?}", start.elapsed());
        assert_eq!(documents.faults(), [], "{what}");
        assert_eq!(documents.policies().len(), policies, "{what}");
    }
}

/// What is beyond the ceiling is a fault, and not silence.
#[test]
fn a_stream_has_so_many_documents_and_no_more() {
    let many = "--- ~\n".repeat(99_999);
    let text = format!("---\n{many}---\n{POLICY}");
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!((documents.faults(), documents.policies().len()), (&[][..], 1));

    let documents =
        Documents::from_yaml(format!("{text}---\n---\n{POLICY}---\n{POLICY}").as_bytes());
    let faults: Vec<String> = documents.faults().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        ["line 100009, column 1: more than 100000 documents in one stream: nothing is read from \
             here on, so split the stream"]
    );
    assert_eq!(documents.policies().len(), 1);
}

/// As the jsonnet library composes them: each function replaces or adds to a field of its own.
#[test]
fn documents_that_libraries_compose_load_with_every_field() {
    let composed = |parts: &[&str]| {
        let mut object = serde_json::json!({
            "apiVersion": "gateway.networking.k8s.io/v1alpha3",
            "kind": "BackendTLSPolicy",
        });
        for part in parts {
            merge(&mut object, &serde_json::from_str(part).expect("JSON"));
        }
        object.to_string()
    };
    for (parts, expected) in [
        (&[r#"{"metadata": {"name": "a"}}"#][..], r#"{"name":"a"}"#),
        (
            &[
                r#"{"metadata": {"annotations": {"x": "1"}}}"#,
                r#"{"metadata": {"annotations": {"y": "2"}}}"#,
            ],
            r#"{"annotations":{"x":"1","y":"2"}}"#,
        ),
        (
            &[r#"{"metadata": {"labels": {"x": "1"}}}"#, r#"{"metadata": {"generation": 4}}"#],
            r#"{"generation":4,"labels":{"x":"1"}}"#,
        ),
        (
            &[r#"{"metadata": {"finalizers": ["a"]}}"#, r#"{"metadata": {"finalizers": ["b"]}}"#],
            r#"{"finalizers":["a","b"]}"#,
        ),
    ] {
        let documents = Documents::from_yaml(composed(parts).as_bytes());
        assert_eq!(documents.faults(), []);
        let metadata = &documents.policies()[0].object().metadata;
        let found = serde_json::to_value(metadata).expect("JSON");
        let expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(found, expected);
    }
    let documents = Documents::from_yaml(
        composed(&[
            r#"{"metadata": {"name": "p"}}"#,
            r#"{"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "a"}]}}"#,
            r#"{"spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "b"}]}}"#,
            r#"{"spec": {"options": {"a.example/x": "1"}}}"#,
            r#"{"spec": {"validation": {"hostname": "a.example"}}}"#,
            r#"{"spec": {"validation": {"caCertificateRefs":
                [{"group": "", "kind": "ConfigMap", "name": "ca"}]}}}"#,
            r#"{"spec": {"validation": {"subjectAltNames":
                [{"type": "URI", "uri": "spiffe://a/b"}]}}}"#,
            r#"{"spec": {"validation": {"subjectAltNames":
                [{"type": "Hostname", "hostname": "b.example"}]}}}"#,
        ])
        .as_bytes(),
    );
    let policy = BackendTlsPolicy::v1alpha3()
        .metadata(ObjectMeta::named("p"))
        .target_ref(PolicyTargetReference::service("a"))
        .target_ref(PolicyTargetReference::service("b"))
        .hostname("a.example")
        .ca_certificate_ref(LocalObjectReference::config_map("ca"))
        .subject_alt_name(SubjectAltName::of_uri("spiffe://a/b"))
        .subject_alt_name(SubjectAltName::of_hostname("b.example"));
    let spec = policy.spec.clone().option("a.example/x", "1");
    assert_eq!(*documents.policies()[0].object(), policy.spec(spec));
    assert_eq!(documents.policies()[0].field_errors(), []);
}

/// jsonnet's `+:`: maps are merged, and here lists are joined.
fn merge(into: &mut serde_json::Value, from: &serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (serde_json::Value::Array(into), serde_json::Value::Array(from)) => {
            into.extend(from.iter().cloned());
        }
        (into, from) => *into = from.clone(),
    }
}
