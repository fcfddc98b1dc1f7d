//! What the API server refuses of a policy, in its words: the cases of the API's own tests.

use lastmile_policy::Documents;
use lastmile_policy::api::BackendTlsPolicy;
use lastmile_policy::api::LocalObjectReference;
use lastmile_policy::api::ObjectMeta;
use lastmile_policy::api::PolicyTargetReference;
use lastmile_policy::api::SubjectAltName;

const UNIQUE: &str =
    "sectionName must be unique when targetRefs includes 2 or more references to the same target";
const ALL_OR_NONE: &str = "sectionName must be specified when targetRefs includes 2 or more references to the same target";
const NOT_BOTH: &str = "must not contain both CACertificateRefs and WellKnownCACertificates";
const EITHER: &str = "must specify either CACertificateRefs or WellKnownCACertificates";

/// Kind, name, and section if it has one.
type Target = (&'static str, &'static str, &'static str, Option<&'static str>);

#[test]
fn targets_are_unique_and_have_all_a_section_or_none() {
    const A: &str = "a.example";
    let cases: &[(&[Target], &[&str])] = &[
        (&[(A, "K", "n", None)], &[]),
        (&[(A, "K", "n", Some("s"))], &[]),
        (&[(A, "K", "n", None), (A, "K", "n", None)], &[UNIQUE]),
        (
            &[(A, "K", "n", None), (A, "K", "n", None), (A, "K", "n", Some("s"))],
            &[ALL_OR_NONE, UNIQUE],
        ),
        (&[(A, "K", "n", None), (A, "K", "n", Some("s"))], &[ALL_OR_NONE]),
        (&[(A, "K", "n", None), (A, "K", "m", None), (A, "K", "n", Some("s"))], &[ALL_OR_NONE]),
        (&[(A, "K", "n", Some("s")), (A, "K", "n", Some("s"))], &[UNIQUE]),
        (&[(A, "K", "n", Some("s")), (A, "K", "n", Some("t"))], &[]),
        (&[(A, "K", "n", Some("s")), (A, "K", "m", Some("s"))], &[]),
        (&[(A, "K", "n", Some("s")), (A, "L", "n", Some("s"))], &[]),
        (&[(A, "K", "n", Some("s")), ("b.example", "K", "n", Some("s"))], &[]),
        (&[(A, "K", "n", None), (A, "K", "m", Some("s"))], &[]),
    ];
    for (targets, expected) in cases {
        let targets = targets.iter().map(|(group, kind, name, section)| {
            let target = PolicyTargetReference::default().group(*group).kind(*kind).name(*name);
            section.map_or(target.clone(), |section| target.section_name(section))
        });
        let policy = sound();
        let spec = policy.spec.clone().target_refs(targets.collect::<Vec<_>>());
        let expected: Vec<String> = expected
            .iter()
            .map(|message| format!("spec.targetRefs: Invalid value: \"array\": {message}"))
            .collect();
        assert_eq!(errors(&policy.spec(spec)), expected);
    }
}

#[test]
fn trust_is_said_once_and_in_known_words() {
    let empty = || named_policy().target_ref(PolicyTargetReference::service("s"));
    let reference = || LocalObjectReference::config_map("ca");
    let named = || empty().hostname("a.example");
    let pattern = |value: &str| {
        format!(
            "spec.validation.wellKnownCACertificates: Invalid value: \"{value}\": \
             spec.validation.wellKnownCACertificates in body should match '^(System|([a-z0-9]\
             ([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]\
             {{0,61}})?[A-Za-z0-9]))$'"
        )
    };
    let object = |message: &str| format!("spec.validation: Invalid value: \"object\": {message}");
    let hostname = [
        "spec.validation.hostname: Invalid value: \"\": spec.validation.hostname in body should be \
         at least 1 chars long",
        "spec.validation.hostname: Invalid value: \"\": spec.validation.hostname in body should \
         match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'",
    ]
    .map(str::to_owned);
    for (policy, expected) in [
        (named().well_known_ca_certificates("System"), vec![]),
        (named().well_known_ca_certificates("my.company.com/my-custom-ca-certificates"), vec![]),
        (named().ca_certificate_ref(reference()), vec![]),
        (empty(), [&hostname[..], &[object(EITHER)]].concat()),
        (named(), vec![object(EITHER)]),
        (
            named().ca_certificate_ref(reference()).well_known_ca_certificates("System"),
            vec![object(NOT_BOTH)],
        ),
        (named().well_known_ca_certificates("MySystem"), vec![pattern("MySystem")]),
        (named().well_known_ca_certificates("my-system"), vec![pattern("my-system")]),
        (
            named().well_known_ca_certificates("in..va..lid./my-custom-ca-certificates"),
            vec![pattern("in..va..lid./my-custom-ca-certificates")],
        ),
        (empty().hostname("").well_known_ca_certificates("System"), hostname.to_vec()),
    ] {
        assert_eq!(errors(&policy), expected, "{}", policy.to_json());
    }
}

#[test]
fn a_name_has_the_value_of_its_type_and_no_other() {
    let hostname = || SubjectAltName::of_hostname("foo.example.com");
    let uri = || SubjectAltName::of_uri("spiffe://mycluster.example");
    let needs_hostname = "SubjectAltName element must contain Hostname, if Type is set to Hostname";
    let no_hostname =
        "SubjectAltName element must not contain Hostname, if Type is not set to Hostname";
    let needs_uri = "SubjectAltName element must contain URI, if Type is set to URI";
    let no_uri = "SubjectAltName element must not contain URI, if Type is not set to URI";
    for (name, expected) in [
        (hostname(), vec![]),
        (uri(), vec![]),
        (hostname().hostname(""), vec![needs_hostname]),
        (uri().hostname("foo.example.com"), vec![no_hostname]),
        (uri().uri(""), vec![needs_uri]),
        (
            SubjectAltName::default().name_type("URI").hostname("foo.example.com"),
            vec![no_hostname, needs_uri],
        ),
        (hostname().uri("spiffe://mycluster.example"), vec![no_uri]),
        (SubjectAltName::default().name_type("Hostname"), vec![needs_hostname]),
        (
            SubjectAltName::default().name_type("Hostname").uri("spiffe://mycluster.example"),
            vec![needs_hostname, no_uri],
        ),
        (SubjectAltName::default().name_type("URI"), vec![needs_uri]),
    ] {
        let rules: Vec<String> = errors(&sound().subject_alt_name(name.clone()))
            .into_iter()
            .filter(|error| error.contains("\"object\""))
            .collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|message| {
                format!("spec.validation.subjectAltNames[0]: Invalid value: \"object\": {message}")
            })
            .collect();
        assert_eq!(rules, expected, "{name:?}");
    }
    assert_eq!(
        errors(&sound().subject_alt_name(uri().uri("foo.example.com"))),
        ["spec.validation.subjectAltNames[0].uri: Invalid value: \"foo.example.com\": \
          spec.validation.subjectAltNames[0].uri in body should match \
          '^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?'"]
    );
}

/// Each row of the API's scalar types, as its patterns have it.
#[test]
fn patterns_accept_what_the_server_accepts() {
    let long = format!("{}.com", "a".repeat(64));
    for (name, precise, alternative) in [
        ("foo.example.com", true, true),
        ("localhost", true, true),
        ("a", true, true),
        ("10.0.0.1", true, true),
        ("1.2.3", true, true),
        ("foo.123", true, true),
        (long.as_str(), true, true),
        ("a--b.c", true, true),
        ("xn--a.b", true, true),
        ("Foo.com", false, false),
        ("foo.com.", false, false),
        ("_x.y", false, false),
        ("::1", false, false),
        ("*.com", false, true),
        ("*.example.com", false, true),
        ("*.10.0.0.1", false, true),
        ("*", false, false),
        ("*.", false, false),
        ("*.*.com", false, false),
        ("a.*.com", false, false),
        ("*a.com", false, false),
    ] {
        assert_eq!(errors(&sound().hostname(name)).is_empty(), precise, "{name}");
        let found = errors(&sound().subject_alt_name(SubjectAltName::of_hostname(name)));
        assert_eq!(found.is_empty(), alternative, "{name}");
    }
    for (uri, accepted) in [
        ("spiffe://a/b", true),
        ("SPIFFE://A", true),
        ("https://h/#f", true),
        ("x://[::1]:99999/%zz", true),
        ("http://", true),
        ("spiffe:///x", true),
        ("file:///x", true),
        ("1x://h", true),
        ("a b://c d", true),
        ("a://b\nc", true),
        ("urn:uuid:1234", false),
        ("mailto:a@b", false),
        ("http:foo", false),
        ("foo.example.com", false),
        ("://h", false),
    ] {
        let found = errors(&sound().subject_alt_name(SubjectAltName::of_uri(uri)));
        assert_eq!(found.is_empty(), accepted, "{uri}: {found:?}");
    }
    let sixty_three = format!("a/{}", "b".repeat(63));
    let sixty_four = format!("a/{}", "b".repeat(64));
    for (set, accepted) in [
        ("System", true),
        ("my.company.com/my-custom-ca-certificates", true),
        ("a/b", true),
        (sixty_three.as_str(), true),
        ("system", false),
        ("MySystem", false),
        ("my-system", false),
        ("in..va..lid./x", false),
        ("System/x", false),
        ("a/_b", false),
        ("a/b/c", false),
        (sixty_four.as_str(), false),
        ("", false),
    ] {
        let policy = named_policy()
            .target_ref(PolicyTargetReference::service("s"))
            .hostname("a.example")
            .well_known_ca_certificates(set);
        assert_eq!(errors(&policy).is_empty(), accepted, "{set}");
    }
}

/// Limits exactly at their ends, in code points, and one beyond.
#[test]
fn limits_are_the_servers() {
    let spec = |count: usize| {
        let targets = (0..count).map(|index| PolicyTargetReference::service(format!("s{index}")));
        let policy = sound();
        let spec = policy.spec.clone().target_refs(targets);
        policy.spec(spec)
    };
    let references = |count: usize| {
        (0..count).fold(sound(), |policy, index| {
            policy.ca_certificate_ref(LocalObjectReference::config_map(format!("ca{index}")))
        })
    };
    let names = |count: usize| {
        (0..count).fold(sound(), |policy, index| {
            policy.subject_alt_name(SubjectAltName::of_uri(format!("spiffe://a/{index}")))
        })
    };
    let options = |count: usize, length: usize| {
        let policy = sound();
        let options = (0..count).map(|index| (format!("a.example/{index}"), "é".repeat(length)));
        let spec = policy.spec.clone().options(options);
        policy.spec(spec)
    };
    let uri = |length: usize| {
        let uri = format!("spiffe://{}", "é".repeat(length - 9));
        sound().subject_alt_name(SubjectAltName::of_uri(uri))
    };
    for (policy, expected) in [
        (spec(16), None),
        (spec(17), Some("spec.targetRefs: Too many: 17: must have at most 16 items")),
        (
            spec(0),
            Some(
                "spec.targetRefs: Invalid value: 0: spec.targetRefs in body should have at least 1 \
                 items",
            ),
        ),
        // One is there already.
        (references(7), None),
        (
            references(8),
            Some("spec.validation.caCertificateRefs: Too many: 9: must have at most 8 items"),
        ),
        (names(5), None),
        (names(6), Some("spec.validation.subjectAltNames: Too many: 6: must have at most 5 items")),
        (options(16, 4096), None),
        (options(17, 1), Some("spec.options: Too many: 17: must have at most 16 items")),
        (
            options(1, 4097),
            Some("spec.options.a.example/0: Too long: may not be more than 4096 bytes"),
        ),
        (uri(253), None),
        (
            uri(254),
            Some(
                "spec.validation.subjectAltNames[0].uri: Too long: may not be more than 253 bytes",
            ),
        ),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(errors(&policy), expected);
    }
}

#[test]
fn every_violation_is_told_with_its_place() {
    let documents = Documents::from_yaml(
        b"# one\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata:\n  \
          name: 5\n  labels: {a: true}\nspec:\n  targetRefs:\n  - kind: Service\n    name: s\n    \
          sectionName: 443\n  validation:\n    hostname: A.example\n    subjectAltNames:\n    - \
          type: IP\n      uri: x\n    caCertificateRefs: ca\n  mode: strict\n",
    );
    assert_eq!(documents.faults(), []);
    let policy = &documents.policies()[0];
    let found: Vec<String> = policy
        .field_errors()
        .iter()
        .map(|error| {
            let line = error.position().expect("it was read").line;
            format!("{line}: {error}")
        })
        .collect();
    assert_eq!(
        found,
        [
            "7: metadata.labels.a: Invalid value: \"boolean\": metadata.labels.a in body must be of \
             type string: \"boolean\"",
            "6: metadata.name: Invalid value: \"integer\": metadata.name in body must be of type \
             string: \"integer\"",
            "10: spec.targetRefs[0].group: Required value",
            "12: spec.targetRefs[0].sectionName: Invalid value: \"integer\": \
             spec.targetRefs[0].sectionName in body must be of type string: \"integer\"",
            "18: spec.validation.caCertificateRefs: Invalid value: \"string\": \
             spec.validation.caCertificateRefs in body must be of type array: \"string\"",
            "14: spec.validation.hostname: Invalid value: \"A.example\": spec.validation.hostname \
             in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'",
            "16: spec.validation.subjectAltNames[0].type: Unsupported value: \"IP\": supported \
             values: \"Hostname\", \"URI\"",
            "17: spec.validation.subjectAltNames[0].uri: Invalid value: \"x\": \
             spec.validation.subjectAltNames[0].uri in body should match \
             '^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?'",
            "16: spec.validation.subjectAltNames[0]: Invalid value: \"object\": SubjectAltName \
             element must not contain URI, if Type is not set to URI",
            "14: spec.validation: Invalid value: \"object\": must specify either CACertificateRefs \
             or WellKnownCACertificates",
        ]
    );
    let unknown: Vec<String> = policy.unknown_fields().iter().map(ToString::to_string).collect();
    assert_eq!(unknown, ["unknown field \"spec.mode\""]);
    // What has another type is not there.
    assert_eq!(policy.object().metadata.name, None);
    assert_eq!(policy.object().spec.validation.hostname, "A.example");
}

/// With one target and one reference.
fn sound() -> BackendTlsPolicy {
    named_policy()
        .target_ref(PolicyTargetReference::service("s"))
        .hostname("a.example")
        .ca_certificate_ref(LocalObjectReference::config_map("ca"))
}

fn named_policy() -> BackendTlsPolicy {
    BackendTlsPolicy::v1().metadata(ObjectMeta::named("policy"))
}

fn errors(policy: &BackendTlsPolicy) -> Vec<String> {
    policy.field_errors().iter().map(ToString::to_string).collect()
}
