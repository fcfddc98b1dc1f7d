//! Where documents leave a doubt, nothing is accepted that another reading would refuse.

use std::fmt::Write;
use std::time::Duration;
use std::time::Instant;

use lastmile::UnixTime;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Resolution;
use lastmile_policy::SystemAnchors;

const CA: &str = include_str!("../../testdata/quickstart/ca.pem");

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
}

fn ca() -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca}}\ndata:\n  ca.crt: |\n    {}\n",
        CA.replace('\n', "\n    ")
    )
}

/// A policy for the Service `s`, or a section of it.
fn policy(name: &str, section: &str, validation: &str) -> String {
    let section = match section {
        "" => String::new(),
        section => format!(", sectionName: '{section}'"),
    };
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: \
         {name}}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: s{section}}}]\n  \
         validation: {{{validation}, caCertificateRefs: [{{group: '', kind: ConfigMap, name: \
         ca}}]}}\n"
    )
}

fn service(ports: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{ports}]}}\n"
    )
}

fn resolve(text: &str, target: &str) -> Resolution {
    let documents = Documents::from_yaml(text.as_bytes());
    documents.resolve(&target.parse().expect("a target"), &SystemAnchors::none(), now())
}

/// The SNI that is verified, or what else is decided.
fn decided(text: &str, target: &str) -> String {
    match resolve(text, target).decision() {
        Decision::NoPolicy => "no policy".into(),
        Decision::Refuse(refusal) => format!("refuse {}", refusal.reason()),
        Decision::SkipVerification { .. } => "skip".into(),
        Decision::Verify { sni, .. } => sni.as_str().into(),
    }
}

#[test]
fn a_port_is_found_by_its_name_and_only_then_by_its_number() {
    let text = ca()
        + &policy("p", "8443", "hostname: a.example")
        + &service("{name: https, port: 8443}, {name: '8443', port: 443}");
    assert_eq!(decided(&text, "s:8443"), "a.example");
    assert_eq!(decided(&text, "s:https"), "no policy");
    // The port with UDP has the same number, as HTTP/3 has it, in any order.
    let ports = ["{name: quic, port: 443, protocol: UDP}", "{name: https, port: 443}"];
    for order in [[0, 1], [1, 0]] {
        let text = ca()
            + &policy("p", "https", "hostname: a.example")
            + &service(&order.map(|index| ports[index]).join(", "));
        assert_eq!(decided(&text, "s:443"), "a.example");
        assert_eq!(decided(&text, "s:quic"), "refuse Invalid");
        assert_eq!(decided(&text, "s"), "a.example", "the only port with TCP");
    }
}

/// A port of two meanings: nobody knows which of them a policy is about, and neither is plain.
#[test]
fn ports_that_no_server_would_have_are_refused() {
    let text = |ports: &str| ca() + &policy("p", "https", "hostname: a.example") + &service(ports);
    let same = "{name: plain, port: 443}, {name: https, port: 443}";
    for (ports, target, expected) in [
        (same, "s:https", "refuse Invalid"),
        (same, "s:plain", "refuse Invalid"),
        (same, "s:443", "refuse Invalid"),
        (same, "s", "refuse Invalid"),
        ("{port: 80}, {name: https, port: 443}", "s:80", "refuse Invalid"),
        ("{name: https, port: 80}, {name: https, port: 443}", "s:https", "refuse Invalid"),
        // One step away.
        ("{name: plain, port: 80}, {name: https, port: 443}", "s:https", "a.example"),
        ("{name: plain, port: 80}, {name: https, port: 443}", "s:443", "a.example"),
        ("{name: plain, port: 80}, {name: https, port: 443}", "s:plain", "no policy"),
    ] {
        assert_eq!(decided(&text(ports), target), expected, "{ports}: {target}");
    }
}

#[test]
fn the_policy_for_the_whole_does_not_answer_for_a_part_of_another() {
    let both =
        policy("p", "", "hostname: a.example") + &policy("q", "https", "hostname: b.example");
    let unknown = ca() + &both;
    // Nobody knows whether 8443 is https.
    assert_eq!(decided(&unknown, "s:8443"), "refuse Invalid");
    assert_eq!(decided(&unknown, "s:https"), "b.example");
    assert_eq!(decided(&unknown, "s:other"), "a.example");
    let one =
        ca() + &both + &service("{name: https, port: 443}, {name: dns, port: 53, protocol: UDP}");
    assert_eq!(decided(&one, "s"), "b.example", "that is all that there is");
    let two = ca() + &both + &service("{name: https, port: 443}, {name: alt, port: 8443}");
    assert_eq!(decided(&two, "s"), "a.example");
    assert!(resolve(&two, "s").warnings()[0].message().contains("sections https"));
    let all = ca()
        + &both
        + &policy("r", "alt", "hostname: c.example")
        + &service("{name: https, port: 443}, {name: alt, port: 8443}");
    assert_eq!(decided(&all, "s"), "refuse Invalid", "the whole is nothing more");
    let documents = Documents::from_yaml(all.as_bytes());
    let targets = documents.resolver(&SystemAnchors::none(), now()).build().targets();
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    assert_eq!(targets, ["default/s:alt", "default/s:https"]);
}

/// Documents for one policy that differ in what the API does not know, or has as another type.
#[test]
fn a_policy_that_is_there_twice_is_kept_by_nobody_and_lost_by_nobody() {
    let plain = policy("p", "", "hostname: a.example");
    assert_eq!(decided(&(ca() + &plain + &plain), "s"), "a.example", "copies are one");
    for other in [
        policy("p", "", "hostname: a.example, mode: None"),
        policy("p", "", "hostname: a.example, subjectAltNames: {type: URI}"),
        policy("p", "", "hostname: b.example"),
    ] {
        for text in [ca() + &plain + &other, ca() + &other + &plain] {
            assert_eq!(decided(&text, "s"), "refuse Invalid", "{text}");
            // A third does not come in its place, however old the copies say that they are.
            let older = policy("q", "", "hostname: q.example")
                .replace("{name: q}", "{name: q, creationTimestamp: '2020-01-01T00:00:00Z'}");
            assert_eq!(decided(&(text + &older), "s"), "refuse Invalid");
        }
    }
    // The same of what it refers to.
    let other_map = ca().replace("\ndata:", "\ndata:\n  more: x");
    let text = ca() + &other_map + &plain;
    assert_eq!(decided(&text, "s"), "refuse NoValidCACertificate");
    assert_eq!(decided(&(ca() + &ca() + &plain), "s"), "a.example");
    let text = ca() + &plain + &service("{port: 443}") + &service("{port: 444}");
    assert_eq!(decided(&text, "s"), "refuse Invalid");
}

/// One of the documents that cannot be read may be the policy.
#[test]
fn without_all_documents_nothing_is_said_to_be_plain() {
    let broken = service("{port: 443}") + "---\nkind: {\n";
    assert_eq!(decided(&broken, "s"), "refuse Invalid");
    let documents = Documents::from_yaml(broken.as_bytes());
    let resolver = documents.resolver(&SystemAnchors::none(), now()).despite_faults(true);
    let resolution = resolver.build().resolve(&"s".parse().expect("a target"));
    assert!(matches!(resolution.decision(), Decision::NoPolicy));
    // Nor is a Backend held to what it says itself; whoever takes no certificate has said so.
    let backend = |tls: &str| {
        format!(
            "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: b}}\nspec: \
             {{endpoints: [{{fqdn: {{hostname: b.example, port: 443}}}}], tls: {{{tls}}}}}\n"
        )
    };
    let own =
        backend("sni: own.example, caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]");
    assert_eq!(decided(&(ca() + &own), "b:443"), "own.example");
    assert_eq!(decided(&(broken.clone() + &ca() + &own), "b:443"), "refuse Invalid");
    let skip = backend("insecureSkipVerify: true");
    assert_eq!(decided(&(broken.clone() + &skip), "b:443"), "skip");
    // What a policy says is said all the same.
    let text = broken + &ca() + &policy("p", "", "hostname: a.example");
    assert_eq!(decided(&text, "s"), "a.example");
}

#[test]
fn an_empty_namespace_is_the_default() {
    let text = ca()
        + &policy("p", "", "hostname: a.example").replace("{name: p}", "{name: p, namespace: ''}");
    assert_eq!(decided(&text, "s"), "a.example");
}

/// What is written with its status is not a weaker policy.
#[test]
fn a_policy_is_written_with_all_that_its_document_says() {
    let text =
        ca() + &policy("p", "", "hostname: a.example, mode: Strict, subjectAltNames: {type: URI}");
    let documents = Documents::from_yaml(text.as_bytes());
    let report = &documents.resolver(&SystemAnchors::none(), now()).build().reports()[0];
    let written = report.to_yaml();
    assert!(written.contains("mode: Strict") && written.contains("type: URI"), "{written}");
    assert_eq!(decided(&(ca() + "---\n" + &written), "s"), "refuse Invalid");
}

/// A section that the target does not have: the policy is about nothing, and says so to its
/// Gateways; whoever asks learns of it.
#[test]
fn a_missing_section_is_told_to_gateways_and_to_whoever_asks() {
    let route = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: \
                 r}\nspec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: s, port: \
                 443}]}]}\n";
    let text = ca()
        + &policy("p", "htps", "hostname: a.example")
        + &service("{name: https, port: 443}")
        + route;
    let resolution = resolve(&text, "s:https");
    assert!(matches!(resolution.decision(), Decision::NoPolicy));
    let [note] = resolution.unattached() else { panic!("{resolution:?}") };
    assert_eq!(
        note.message(),
        "BackendTLSPolicy default/p: Service default/s has no section htps, but https"
    );
    let documents = Documents::from_yaml(text.as_bytes());
    let report = &documents.resolver(&SystemAnchors::none(), now()).build().reports()[0];
    let status = report.policy().status.clone().expect("a status");
    let conditions: Vec<(&str, &str)> = status.ancestors[0]
        .conditions
        .iter()
        .map(|one| (one.condition_type.as_str(), one.reason.as_str()))
        .collect();
    assert_eq!(conditions, [("Accepted", "TargetNotFound"), ("ResolvedRefs", "TargetNotFound")]);
}

/// A Backend that has `tls` of its own, and a policy that was meant for it and misses: what the Backend
/// says may trust more. Skipping was asked for in so many words, and wins over a policy that fits too.
#[test]
fn a_backend_that_a_policy_misses_is_refused_whatever_its_own_tls() {
    let own = "sni: own.example, caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";
    let backend = |tls: &str| {
        format!(
            "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: s}}\nspec: \
             {{endpoints: [{{fqdn: {{hostname: s.example, port: 443}}}}], tls: {{{tls}}}}}\n"
        )
    };
    let meant = policy("p", "SECTION", "hostname: a.example")
        .replace("group: '', kind: Service", "group: gateway.envoyproxy.io, kind: Backend");
    let decided = |policy: &str, tls: &str| decided(&(ca() + policy + &backend(tls)), "s:443");
    for (section, expected) in [("443", "a.example"), ("9999", "refuse TargetNotFound")] {
        let policy = meant.replace("SECTION", section);
        assert_eq!(decided(&policy, own), expected);
        assert_eq!(decided(&policy, "insecureSkipVerify: true"), "skip");
    }
    let unknown = meant.replace("gateway.envoyproxy.io, kind", "core, kind");
    assert_eq!(decided(&unknown, own), "refuse TargetNotFound");
    let other = meant.replace("name: s,", "name: other,");
    assert_eq!(decided(&other, own), "own.example");
    assert_eq!(decided("", own), "own.example");
}

/// What stands in a status is its controllers', and a generator's `status: {}` is no fault.
#[test]
fn faults_of_a_status_refuse_nothing() {
    for status in ["{}", "{ancestors: null}", "{ancestors: [{controllerName: x}]}", "[]"] {
        let text = ca() + &policy("p", "", "hostname: a.example") + &format!("status: {status}\n");
        assert_eq!(decided(&text, "s"), "a.example", "{status}");
        let documents = Documents::from_yaml(text.as_bytes());
        let report = &documents.resolver(&SystemAnchors::none(), now()).build().reports()[0];
        assert!(report.is_accepted(), "{status}");
        assert!(!report.warnings().is_empty(), "{status}");
    }
}

/// Objects that are referred to by thousands are looked at once, and told in a few sentences.
#[test]
fn what_one_object_costs_does_not_multiply() {
    let many = |count: usize, of: &dyn Fn(usize) -> String| -> String {
        (0..count).fold(String::new(), |mut text, index| {
            write!(text, "{}", of(index)).expect("a String");
            text
        })
    };
    let policies = |count: usize| {
        many(count, &|index| policy(&format!("p{index}"), "", "hostname: a.example"))
    };
    let bad = "-----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n    ";
    let numbers = many(5_000, &|index| format!("k{index}: 1, "));
    let ports = many(20_000, &|index| format!("{{name: p{index}, port: 443}}, "));
    let parents = many(5_000, &|index| format!("{{name: g{index}}}, "));
    for (what, text) in [
        (
            "blocks",
            policies(200)
                + &ca().replace(
                    "  ca.crt: |\n    ",
                    &format!("  ca.crt: |\n    {}", bad.repeat(3_000)),
                ),
        ),
        (
            "numbers",
            policies(200)
                + &format!(
                    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca}}\ndata: {{{numbers}}}\n"
                ),
        ),
        ("ports", policies(500) + &ca() + &service(&ports)),
        ("bad ports", policies(500) + &ca() + &service(&ports.replace("port: 443", "port: x"))),
        (
            "copies",
            policies(1_000)
                + &many(1_000, &|index| {
                    ca().replace("\ndata:", &format!("\ndata:\n  k{index}: x"))
                }),
        ),
        (
            "parents",
            policies(200)
                + &ca()
                + &format!(
                    "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r}}\nspec: {{parentRefs: [{parents}], rules: [{{backendRefs: [{{name: s}}]}}]}}\n"
                ),
        ),
    ] {
        let documents = Documents::from_yaml(text.as_bytes());
        let started = Instant::now();
        let mut resolver = documents.resolver(&SystemAnchors::none(), now()).build();
        let reports = resolver.reports();
        for target in resolver.targets() {
            resolver.resolve(&target);
        }
        let told: usize = reports
            .iter()
            .flat_map(|report| report.faults().iter().chain(report.warnings()))
            .map(|note| note.message().len())
            .sum();
        assert!(told < reports.len() * 20_000, "{what}: {told} octets for {}", reports.len());
        assert!(started.elapsed() < Duration::from_secs(3), "{what}: {:?}", started.elapsed());
    }
}
