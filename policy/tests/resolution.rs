//! What is decided: the policies of the API's conformance tests, and what those leave out.

use std::time::Duration;

use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Kind;
use lastmile_policy::PolicyReport;
use lastmile_policy::Resolution;
use lastmile_policy::SubjectAltName;
use lastmile_policy::SystemAnchors;
use lastmile_policy::Target;

const CA: &str = include_str!("../../testdata/quickstart/ca.pem");
const CONTROLLER: &str = "lastmile.example/resolve";

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
}

/// A policy for a Service in `default`.
fn policy(name: &str, hostname: &str, section: Option<&str>, more: &str) -> String {
    let section = section.map(|section| format!(", sectionName: {section}")).unwrap_or_default();
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: \
         {name}, generation: 2{more}}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: \
         s{section}}}]\n  validation: {{hostname: {hostname}, caCertificateRefs: [{{group: '', kind: \
         ConfigMap, name: ca}}]}}\n"
    )
}

/// The Service, its CA, a route to it and a Gateway.
fn world() -> String {
    let indented = CA.replace('\n', "\n    ");
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca}}\ndata:\n  ca.crt: |\n    \
         {indented}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: \
         [{{name: https-1, port: 443}}, {{name: https-2, port: 8443}}, {{name: dns, port: 53, \
         protocol: UDP}}]}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: \
         HTTPRoute\nmetadata: {{name: r}}\nspec: {{parentRefs: [{{name: g}}], rules: [{{backendRefs: \
         [{{name: s, port: 443}}, {{name: s, port: 8443}}]}}]}}\n---\napiVersion: \
         gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g}}\nspec: {{}}\n"
    )
}

fn decide(text: &str, target: &str) -> Resolution {
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!(documents.faults(), [], "{text}");
    let system = SystemAnchors::new(TrustAnchors::from_pem(CA.as_bytes()).expect("roots"));
    documents.resolve(&target.parse().expect("a target"), &system, now())
}

/// In a word or two.
fn shown(resolution: &Resolution) -> String {
    match resolution.decision() {
        Decision::NoPolicy => "no policy".into(),
        Decision::Refuse(refusal) => format!("refuse {}", refusal.reason()),
        Decision::SkipVerification { sni } => {
            format!("skip {}", sni.as_ref().map_or("-", |sni| sni.as_str()))
        }
        Decision::Verify { sni, verifier } => {
            let names: Vec<String> = verifier.names().iter().map(ToString::to_string).collect();
            format!("verify {} by {}", sni.as_str(), names.join(", "))
        }
    }
}

fn reports(text: &str) -> Vec<PolicyReport> {
    let documents = Documents::from_yaml(text.as_bytes());
    assert_eq!(documents.faults(), [], "{text}");
    documents.resolver(&SystemAnchors::none(), now()).build().reports()
}

/// `name Accepted ResolvedRefs`, with the reasons.
fn conditions(text: &str) -> Vec<String> {
    reports(text)
        .iter()
        .map(|report| {
            let sign = |holds: bool| if holds { "+" } else { "-" };
            format!(
                "{} {}{} {}{}",
                report.policy().metadata.name.as_deref().unwrap_or_default(),
                sign(report.is_accepted()),
                report.accepted().0,
                sign(report.has_resolved_refs()),
                report.resolved_refs().0
            )
        })
        .collect()
}

#[test]
fn the_hostname_is_sent_and_authenticates_unless_there_are_other_names() {
    let plain = policy("p", "abc.example.com", None, "");
    assert_eq!(
        shown(&decide(&(world() + &plain), "s")),
        "verify abc.example.com by abc.example.com"
    );
    let with_names = plain.replace(
        "caCertificateRefs",
        "subjectAltNames: [{type: URI, uri: 'spiffe://a/b'}, {type: Hostname, hostname: \
         other.example.com}], caCertificateRefs",
    );
    assert_eq!(
        shown(&decide(&(world() + &with_names), "s:https-1")),
        "verify abc.example.com by spiffe://a/b, other.example.com"
    );
}

/// The three groups of the conformance test of conflicts.
#[test]
fn the_older_governs_then_the_first_by_name_and_a_section_before_the_whole() {
    let (one, two) = ("other.example.com", "abc.example.com");
    let pair = |section| policy("p-1", one, section, "") + &policy("p-2", two, section, "");
    let text = world() + &pair(None);
    assert_eq!(shown(&decide(&text, "s")), format!("verify {one} by {one}"));
    assert_eq!(conditions(&text), ["p-1 +Accepted +ResolvedRefs", "p-2 -Conflicted +ResolvedRefs"]);
    let text = world() + &pair(Some("https-1"));
    assert_eq!(shown(&decide(&text, "s:https-1")), format!("verify {one} by {one}"));
    assert_eq!(shown(&decide(&text, "s:https-2")), "no policy");
    assert_eq!(conditions(&text), ["p-1 +Accepted +ResolvedRefs", "p-2 -Conflicted +ResolvedRefs"]);
    let text = world() + &policy("p-1", one, Some("https-1"), "") + &policy("p-2", two, None, "");
    assert_eq!(shown(&decide(&text, "s:https-1")), format!("verify {one} by {one}"));
    assert_eq!(shown(&decide(&text, "s:https-2")), format!("verify {two} by {two}"));
    assert_eq!(conditions(&text), ["p-1 +Accepted +ResolvedRefs", "p-2 +Accepted +ResolvedRefs"]);
    // Age counts before the name.
    let at = |time: &str| format!(", creationTimestamp: '{time}'");
    let (old, new) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    for (first, second, winner) in
        [(&new, &old, two), (&old, &new, one), (&old, &old, one), (&String::new(), &old, two)]
    {
        let text = world() + &policy("p-1", one, None, first) + &policy("p-2", two, None, second);
        assert_eq!(shown(&decide(&text, "s")), format!("verify {winner} by {winner}"));
        // In any order of the documents.
        let text = policy("p-2", two, None, second) + &policy("p-1", one, None, first) + &world();
        assert_eq!(shown(&decide(&text, "s")), format!("verify {winner} by {winner}"));
    }
}

/// Invalid references refuse, and never fall back to no TLS.
#[test]
fn what_cannot_be_verified_is_refused() {
    let plain = policy("p", "a.example", None, "");
    for (change, decided, conditions_of) in [
        (("name: ca}]", "name: gone}]"), "NoValidCACertificate", "InvalidCACertificateRef"),
        (("kind: ConfigMap", "kind: InvalidKind"), "NoValidCACertificate", "InvalidKind"),
        (("hostname: a.example", "hostname: A.example"), "Invalid", "ResolvedRefs"),
        (("hostname: a.example", "hostname: 10.0.0.1"), "Invalid", "ResolvedRefs"),
        (("validation: {", "validation: {mode: x, "), "Invalid", "ResolvedRefs"),
    ] {
        let text = world() + &plain.replace(change.0, change.1);
        assert_eq!(shown(&decide(&text, "s")), format!("refuse {decided}"), "{change:?}");
        let found = conditions(&text);
        assert!(found[0].starts_with(&format!("p -{decided} ")), "{found:?}");
        assert!(found[0].ends_with(conditions_of), "{found:?}");
    }
    // One good reference is enough, and what is wrong is told.
    let text = world()
        + &plain.replace(
            "[{group: '', kind: ConfigMap",
            "[{group: '', kind: Odd, name: x}, {group: '', kind: ConfigMap",
        );
    assert_eq!(shown(&decide(&text, "s")), "verify a.example by a.example");
    assert_eq!(conditions(&text), ["p +Accepted -InvalidKind"]);
}

#[test]
fn targets_without_the_section_or_with_udp_only_do_not_attach() {
    let text = world() + &policy("p", "a.example", Some("nope"), "");
    assert_eq!(shown(&decide(&text, "s:https-1")), "no policy");
    assert_eq!(conditions(&text), ["p -TargetNotFound -TargetNotFound"]);
    let text = world() + &policy("p", "a.example", Some("dns"), "");
    assert_eq!(conditions(&text), ["p -Invalid +ResolvedRefs"]);
    // TCP beside it is what the policy is about.
    let text = world() + &policy("p", "a.example", None, "");
    let report = &reports(&text)[0];
    assert!(report.is_accepted());
    assert!(
        report.warnings().iter().any(|warning| warning.message().contains("UDP")),
        "{report:?}"
    );
    // What is not among the documents may be in the cluster.
    let text = policy("p", "a.example", Some("any"), "")
        + &world()
            .replace("kind: Service\nmetadata: {name: s}", "kind: Service\nmetadata: {name: t}");
    assert_eq!(shown(&decide(&text, "s:any")), "verify a.example by a.example");
}

/// Asked about the whole where only parts are governed, nothing is said to be plain.
#[test]
fn a_part_is_not_taken_for_the_whole() {
    let text = world() + &policy("p", "a.example", Some("https-1"), "");
    assert_eq!(shown(&decide(&text, "s")), "refuse Invalid");
    assert_eq!(shown(&decide(&text, "s:https-2")), "no policy");
    let one_port =
        text.replace(", {name: https-2, port: 8443}, {name: dns, port: 53, protocol: UDP}", "");
    assert_eq!(shown(&decide(&one_port, "s")), "verify a.example by a.example");
    assert_eq!(shown(&decide(&world(), "s")), "no policy");
}

/// Envoy Gateway's own switch, with and without a policy.
#[test]
fn a_backend_that_skips_verification_does_so_with_a_warning() {
    let backend = |tls: &str| {
        format!(
            "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: \
             b}}\nspec: {{endpoints: [{{fqdn: {{hostname: b.example, port: 3001}}}}]{tls}}}\n"
        )
    };
    let attached = |section| {
        policy("p", "a.example", section, "").replace(
            "group: '', kind: Service, name: s",
            "group: gateway.envoyproxy.io, kind: Backend, name: b",
        )
    };
    let skip = backend(", tls: {insecureSkipVerify: true, sni: c.example}");
    assert_eq!(shown(&decide(&(world() + &skip), "b")), "skip c.example");
    let found = decide(&(world() + &skip + &attached(None)), "b");
    assert_eq!(shown(&found), "skip a.example");
    assert!(
        found.warnings().iter().any(|warning| warning.message().contains("insecureSkipVerify"))
    );
    // A policy that cannot be kept refuses all the same.
    let broken = attached(None).replace("name: ca}]", "name: gone}]");
    assert_eq!(shown(&decide(&(world() + &skip + &broken), "b")), "refuse NoValidCACertificate");
    let refs = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";
    for (tls, expected) in [
        (String::new(), "no policy"),
        (format!(", tls: {{{refs}, sni: c.example}}"), "verify c.example by c.example"),
        (
            format!(", tls: {{{refs}, autoSNIFromEndpointHostname: true}}"),
            "verify b.example by b.example",
        ),
        (
            ", tls: {wellKnownCACertificates: System, sni: c.example}".into(),
            "verify c.example by c.example",
        ),
        (format!(", tls: {{{refs}}}"), "refuse Invalid"),
        (", tls: {sni: c.example}".into(), "refuse Invalid"),
        (format!(", tls: {{{refs}, insecureSkipVerify: true}}"), "refuse Invalid"),
    ] {
        assert_eq!(shown(&decide(&(world() + &backend(&tls)), "b")), expected, "{tls}");
    }
    // The section of a Backend is a port.
    let text = world() + &backend("") + &attached(Some("'3001'"));
    assert_eq!(shown(&decide(&text, "b:3001")), "verify a.example by a.example");
    assert_eq!(shown(&decide(&text, "b")), "verify a.example by a.example");
    assert_eq!(shown(&decide(&text, "b:80")), "refuse TargetNotFound", "it has no such port");
}

/// An entry a Gateway; times move with the status only; what is another's stands.
/// For a host that makes its own verifier.
#[test]
fn the_terms_of_a_decision_are_those_of_the_documents() {
    let names = "hostname: a.example, subjectAltNames: [{type: URI, uri: 'spiffe://a/b'}]";
    let by_hostname = world() + &policy("p", "a.example", None, "");
    let text = by_hostname.replace("hostname: a.example", names);
    let resolution = decide(&text, "s:https-1");
    let terms = resolution.terms().expect("it is verified");
    assert_eq!(terms.hostname, "a.example");
    assert_eq!(terms.subject_alt_names, [SubjectAltName::Uri("spiffe://a/b".into())]);
    assert_eq!((terms.anchors.len(), terms.well_known_ca_certificates), (1, None));
    let plain = decide(&by_hostname, "s:https-1");
    assert_eq!(plain.terms().expect("it is verified").subject_alt_names, []);
    // What is not verified has none.
    assert!(decide(&world(), "s:https-1").terms().is_none());
    let refused = text.replace("hostname: a.example", "hostname: 10.0.0.1");
    assert!(decide(&refused, "s:https-1").terms().is_none());
    let backend = "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: \
                   b}\nspec: {endpoints: [{ip: {address: 192.0.2.1, port: 443}}], tls: {sni: b.example, \
                   wellKnownCACertificates: System}}\n";
    let roots = TrustAnchors::from_pem(CA.as_bytes()).expect("roots");
    let documents = Documents::from_yaml(backend.as_bytes());
    let target = "b".parse().expect("a target");
    let resolution = documents.resolve(&target, &SystemAnchors::new(roots), now());
    let terms = resolution.terms().expect("it is verified");
    assert_eq!((terms.hostname, terms.well_known_ca_certificates), ("b.example", Some("System")));
}

/// Each port by its number, whatever the sections are called.
#[test]
fn the_ports_of_a_backend_are_targets() {
    let service = |ports: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{ports}]}}\n"
        )
    };
    let ports = |text: &str, kind| -> Result<Vec<(u16, Option<String>)>, String> {
        let documents = Documents::from_yaml(text.as_bytes());
        let resolver = documents.resolver(&SystemAnchors::none(), now()).build();
        let found = resolver.ports(kind, "default", "s").map_err(|note| note.to_string())?;
        let shown = |(port, target): &(u16, Target)| (*port, target.section().map(str::to_owned));
        Ok(found.iter().map(shown).collect())
    };
    assert_eq!(ports(&service("{port: 1}"), Kind::Service), Ok(vec![(1, None)]));
    // By its name, for its neighbour with UDP is governed by itself.
    assert_eq!(
        ports(&service("{name: a, port: 1}, {name: u, port: 4, protocol: UDP}"), Kind::Service),
        Ok(vec![(1, Some("a".into()))])
    );
    assert_eq!(
        ports(
            &service("{name: b, port: 2}, {name: '2', port: 3}, {name: u, port: 4, protocol: UDP}"),
            Kind::Service
        ),
        Ok(vec![(2, Some("b".into())), (3, Some("2".into()))])
    );
    let backend = "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: \
                   s}\nspec: {endpoints: [{fqdn: {hostname: a.example, port: 443}}]}\n";
    assert_eq!(ports(backend, Kind::Backend), Ok(vec![(443, Some("443".into()))]));
    let missing = ports(backend, Kind::Service);
    assert_eq!(missing, Err("Service default/s is not among the documents".into()));
    let differ = service("{name: a, port: 1}") + &service("{name: a, port: 2}");
    assert!(ports(&differ, Kind::Service).is_err_and(|why| why.contains("they differ")));
}

#[test]
fn a_status_is_written_as_a_controller_does() {
    let foreign = "status:\n  ancestors:\n  - ancestorRef: {name: other}\n    controllerName: \
                   a.example/x\n    conditions: [{type: Accepted, status: 'False', reason: X, \
                   message: m, lastTransitionTime: '2025-01-01T00:00:00Z'}]\n  - ancestorRef: {name: \
                   g}\n    controllerName: lastmile.example/resolve\n    conditions:\n    - {type: \
                   a.example/Foreign, status: 'True', reason: X, message: m, lastTransitionTime: \
                   '2025-01-01T00:00:00Z'}\n    - {type: Accepted, status: 'True', reason: Old, \
                   message: m, observedGeneration: 1, lastTransitionTime: '2025-01-01T00:00:00Z'}\n  \
                   - ancestorRef: {name: stale}\n    controllerName: \
                   lastmile.example/resolve\n    conditions: [{type: Accepted, status: 'True', \
                   reason: Old, message: m, lastTransitionTime: '2025-01-01T00:00:00Z'}]\n";
    let text = world() + &policy("p", "a.example", None, "") + foreign;
    let report = &reports(&text)[0];
    let status = report.policy().status.clone().expect("a status");
    let entries: Vec<(&str, &str)> = status
        .ancestors
        .iter()
        .map(|entry| (entry.ancestor_ref.name.as_str(), entry.controller_name.as_str()))
        .collect();
    assert_eq!(entries, [("other", "a.example/x"), ("g", CONTROLLER)]);
    let own: Vec<(&str, &str, &str, Option<i64>)> = status.ancestors[1]
        .conditions
        .iter()
        .map(|one| {
            let time = one.last_transition_time.as_str();
            (one.condition_type.as_str(), one.reason.as_str(), time, one.observed_generation)
        })
        .collect();
    assert_eq!(
        own,
        [
            ("a.example/Foreign", "X", "2025-01-01T00:00:00Z", None),
            // The status is as it was, so its time is.
            ("Accepted", "Accepted", "2025-01-01T00:00:00Z", Some(2)),
            ("ResolvedRefs", "ResolvedRefs", "2026-06-01T00:00:00Z", Some(2)),
        ]
    );
    assert_eq!(report.policy().field_errors(), []);
    // The same once more changes nothing.
    let again = world() + "---\n" + &report.policy().to_yaml();
    assert_eq!(reports(&again)[0].policy(), report.policy());
}

#[test]
fn a_policy_without_an_ancestor_is_judged_all_the_same() {
    let text =
        world().replace("kind: HTTPRoute", "kind: NoRoute") + &policy("p", "a.example", None, "");
    let report = &reports(&text)[0];
    assert!(report.is_accepted());
    assert_eq!(report.policy().status.as_ref().map(|status| status.ancestors.len()), Some(0));
}

#[test]
fn the_17th_ancestor_is_left_out() {
    let parents: Vec<String> = (10..27).map(|index| format!("{{name: g{index}}}")).collect();
    let text = world().replace("{name: g}]", &format!("{}]", parents.join(", ")))
        + &policy("p", "a.example", None, "");
    let report = &reports(&text)[0];
    assert_eq!(report.policy().status.as_ref().map(|status| status.ancestors.len()), Some(16));
    let left_out: Vec<&str> =
        report.left_out().iter().map(|ancestor| ancestor.name.as_str()).collect();
    assert_eq!(left_out, ["g26"]);
}
