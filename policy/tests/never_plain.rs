//! Whatever the documents say, nothing is spoken in plain that a policy is about, nothing is
//! accepted unseen that nobody asked to accept, and no name authenticates that the policy does not
//! have.

use std::collections::BTreeMap;
use std::panic;
use std::time::Duration;
use std::time::Instant;

use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Resolution;
use lastmile_policy::SystemAnchors;
use lastmile_policy::Target;
use lastmile_policy::api::BackendTlsPolicy;
use lastmile_policy::api::EnvoyGatewayBackend;
use lastmile_policy::api::PolicyTargetReference;

const CA: &str = include_str!("../../testdata/quickstart/ca.pem");
const OTHER_CA: &str = include_str!("../../testdata/quickstart/ca-other.pem");

/// As many sets of documents, each asked about every backend that there is.
const ROUNDS: u64 = 6000;

#[test]
fn every_outcome_is_one_that_the_documents_ask_for() {
    let start = Instant::now();
    let mut counts = Counts::default();
    let roots = TrustAnchors::from_pem(CA.as_bytes()).expect("roots");
    for seed in 0..ROUNDS {
        let mut random = Random::new(seed);
        let text = stream(&mut random);
        let system = match random.one_in(2) {
            true => SystemAnchors::new(roots.clone()),
            false => SystemAnchors::none(),
        };
        let judged = panic::catch_unwind(|| judge(&text, &system));
        let judged = judged.unwrap_or_else(|_| panic!("seed {seed} panics:\n{}", shown(&text)));
        match judged {
            Ok(found) => counts.add(&found),
            Err(fault) => panic!("seed {seed}: {fault}\n{}", shown(&text)),
        }
    }
    println!("{ROUNDS} sets of documents in {:?}: {:?}", start.elapsed(), counts.0);
    // What never comes up is not shown to hold.
    for (what, least) in [
        ("NoPolicy", 2000),
        ("Refuse Invalid", 2000),
        ("Refuse NoValidCACertificate", 1000),
        ("Refuse TargetNotFound", 500),
        ("SkipVerification", 1000),
        ("SkipVerification under a policy", 200),
        ("Verify by a policy", 5000),
        ("Verify by a policy with names", 2000),
        ("Verify by a policy, hostname not among its names", 1000),
        ("Verify by a policy that is one of several", 1000),
        ("Verify by a Backend", 500),
        ("documents that cannot be read", 500),
        ("Conflicted", 300),
    ] {
        let found = counts.0.get(what).copied().unwrap_or_default();
        assert!(found >= least, "{what} came up {found} times only: {:?}", counts.0);
    }
}

/// How often each thing came up.
#[derive(Default)]
struct Counts(BTreeMap<String, u64>);

impl Counts {
    fn add(&mut self, found: &[String]) {
        for what in found {
            *self.0.entry(what.clone()).or_default() += 1;
        }
    }
}

/// What came up, or what is wrong.
fn judge(text: &[u8], system: &SystemAnchors) -> Result<Vec<String>, String> {
    let documents = Documents::from_yaml(text);
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000));
    let mut resolver = documents.resolver(system, now).build();
    let mut found = Vec::new();
    let mut targets = resolver.targets();
    targets.extend(everything());
    for target in targets {
        let resolution = resolver.resolve(&target);
        check(&documents, &target, &resolution).map_err(|fault| {
            format!("{target}: {fault}: {}", outcome(&resolution).unwrap_or_default())
        })?;
        found.extend(outcome(&resolution));
        found.extend(details(&documents, &resolution));
        // The same question has the same answer, by another door.
        let again = documents.resolve(&target, system, now);
        if outcome(&again) != outcome(&resolution) || again.policy() != resolution.policy() {
            return Err(format!("{target}: the second answer is another"));
        }
    }
    for report in resolver.reports() {
        if report.accepted().0 == "Conflicted" {
            found.push("Conflicted".into());
        }
        if report.is_accepted() != (report.accepted().0 == "Accepted") {
            return Err(format!("{report:?}"));
        }
    }
    found.extend(documents.faults().first().map(|_| "documents that cannot be read".into()));
    Ok(found)
}

fn check(documents: &Documents, target: &Target, resolution: &Resolution) -> Result<(), String> {
    match resolution.decision() {
        Decision::NoPolicy => match named_by(documents, target) {
            Some(policy) => Err(format!("{policy} is about it, and it is plain")),
            None => Ok(()),
        },
        Decision::Refuse(refusal) => match refusal.to_string().is_empty() {
            true => Err("a refusal without a sentence".into()),
            false => Ok(()),
        },
        Decision::SkipVerification { .. } => {
            let asks = |backend: &EnvoyGatewayBackend| {
                let tls = backend.spec.tls.as_ref();
                tls.is_some_and(|tls| tls.insecure_skip_verify) && is_of(target, backend)
            };
            match documents.backends().iter().any(|backend| asks(backend.object())) {
                true => Ok(()),
                false => Err("nobody asked not to verify".into()),
            }
        }
        Decision::Verify { sni, verifier } => {
            if verifier.anchors().len() == 0 {
                return Err("no anchor".into());
            }
            let names: Vec<String> = verifier.names().iter().map(ToString::to_string).collect();
            let Some(policy) = resolution.policy() else {
                let own = [sni.as_str().to_owned()];
                return if names == own { Ok(()) } else { Err(format!("names {names:?}")) };
            };
            // Copies are the same, or nothing would be verified.
            let policy = find(documents, policy).ok_or("there is no such policy")?;
            let validation = &policy.spec.validation;
            let listed: Vec<String> = validation
                .subject_alt_names
                .iter()
                .filter_map(|name| match name.name_type.as_str() {
                    "Hostname" => name.hostname.clone(),
                    _ => name.uri.clone(),
                })
                .collect();
            let expected = match listed.is_empty() {
                true => vec![validation.hostname.clone()],
                false => listed,
            };
            let is_same = names.len() <= expected.len()
                && !names.is_empty()
                && names.iter().all(|name| expected.contains(name))
                && expected.iter().all(|name| names.contains(name));
            match is_same && sni.as_str() == validation.hostname {
                true => Ok(()),
                false => Err(format!("names {names:?}, and the policy has {expected:?}")),
            }
        }
    }
}

/// A policy that is about the target: all of it, or the section that is asked for.
fn named_by(documents: &Documents, target: &Target) -> Option<String> {
    let policies = documents.policies().iter().map(|policy| policy.object());
    let mut about = policies.filter(|policy| {
        let namespace = policy.metadata.namespace_or_default();
        let names =
            |reference: &PolicyTargetReference| names(documents, namespace, reference, target);
        policy.spec.target_refs.iter().any(names)
    });
    about.next().map(full_name)
}

fn names(
    documents: &Documents,
    namespace: &str,
    reference: &PolicyTargetReference,
    target: &Target,
) -> bool {
    let kind = match (reference.group.as_str(), reference.kind.as_str()) {
        ("", "Service") => "Service",
        ("gateway.envoyproxy.io", "Backend") => "Backend",
        _ => return false,
    };
    let is_kind = target.kind().is_none_or(|of| of.name() == kind);
    if !is_kind || (namespace, reference.name.as_str()) != (target.namespace(), target.name()) {
        return false;
    }
    let section = reference.section_name.as_deref().filter(|section| !section.is_empty());
    match (section, target.section()) {
        (None, _) => true,
        // What is not there is no part of it, and the policy does not attach.
        (Some(section), None) => has(documents, kind, target, section),
        (Some(section), Some(asked)) => section == asked && has(documents, kind, target, section),
    }
}

/// Whether the target has a port of this section, or is not known.
fn has(documents: &Documents, kind: &str, target: &Target, section: &str) -> bool {
    let services = documents.services().iter().map(|service| service.object());
    let services: Vec<_> = services
        .filter(|service| {
            let metadata = &service.metadata;
            (metadata.namespace_or_default(), metadata.name.as_deref())
                == (target.namespace(), Some(target.name()))
        })
        .collect();
    let backends = documents.backends().iter().map(|backend| backend.object());
    let backends: Vec<_> = backends.filter(|backend| is_of(target, backend)).collect();
    match kind {
        "Service" => {
            services.is_empty()
                || services.iter().any(|service| {
                    let mut ports = service.spec.ports.iter();
                    ports.any(|port| port.name.as_deref() == Some(section))
                })
        }
        _ => {
            backends.is_empty()
                || backends.iter().any(|backend| {
                    let mut endpoints = backend.spec.endpoints.iter();
                    endpoints.any(|endpoint| {
                        let place = endpoint.fqdn.as_ref().or(endpoint.ip.as_ref());
                        place.is_some_and(|place| place.port.to_string() == section)
                    })
                })
        }
    }
}

fn is_of(target: &Target, backend: &EnvoyGatewayBackend) -> bool {
    let metadata = &backend.metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    (metadata.namespace_or_default(), name) == (target.namespace(), target.name())
}

fn find<'a>(documents: &'a Documents, name: &str) -> Option<&'a BackendTlsPolicy> {
    let mut policies = documents.policies().iter().map(|policy| policy.object());
    policies.find(|policy| full_name(policy) == name)
}

fn full_name(policy: &BackendTlsPolicy) -> String {
    let metadata = &policy.metadata;
    format!("{}/{}", metadata.namespace_or_default(), metadata.name.as_deref().unwrap_or_default())
}

/// In a word or two.
fn outcome(resolution: &Resolution) -> Option<String> {
    Some(match resolution.decision() {
        Decision::NoPolicy => "NoPolicy".into(),
        Decision::Refuse(refusal) => format!("Refuse {}", refusal.reason()),
        Decision::SkipVerification { .. } => "SkipVerification".into(),
        Decision::Verify { .. } => match resolution.policy() {
            Some(_) => "Verify by a policy".into(),
            None => "Verify by a Backend".into(),
        },
    })
}

/// What else is true of it.
fn details(documents: &Documents, resolution: &Resolution) -> Vec<String> {
    let mut found = Vec::new();
    let policy = resolution.policy().and_then(|policy| find(documents, policy));
    match (resolution.decision(), policy) {
        (Decision::SkipVerification { .. }, Some(_)) => {
            found.push("SkipVerification under a policy".into());
        }
        (Decision::Verify { verifier, .. }, Some(policy)) => {
            let validation = &policy.spec.validation;
            if !validation.subject_alt_names.is_empty() {
                found.push("Verify by a policy with names".into());
            }
            if verifier.names().iter().all(|name| name.to_string() != validation.hostname) {
                found.push("Verify by a policy, hostname not among its names".into());
            }
            let targets = |policy: &BackendTlsPolicy| policy.spec.target_refs.first().cloned();
            let others = documents.policies().iter().map(|policy| policy.object());
            let namesakes = others.filter(|other| targets(other) == targets(policy));
            if namesakes.count() > 1 {
                found.push("Verify by a policy that is one of several".into());
            }
        }
        _ => {}
    }
    found
}

/// Every target that the documents may be about.
fn everything() -> Vec<Target> {
    let mut targets = Vec::new();
    for namespace in NAMESPACES {
        for name in NAMES {
            let target = Target::new(namespace, name);
            targets.extend(SECTIONS.map(|section| target.clone().of_section(section)));
            targets.push(target);
        }
    }
    targets
}

/// A stream of documents; every fourth is damaged.
fn stream(random: &mut Random) -> Vec<u8> {
    let mut documents: Vec<String> = (0..1 + random.below(4)).map(|_| policy(random)).collect();
    for _ in 0..random.of(&[1, 1, 1, 1, 2]) {
        documents.push(config_map(random));
    }
    for _ in 0..random.of(&[0, 1, 1, 1, 2]) {
        documents.push(service(random));
    }
    for _ in 0..random.of(&[0, 1, 1, 1, 2]) {
        documents.push(backend(random));
    }
    if random.one_in(4) {
        let copy = random.below(documents.len());
        documents.push(documents[copy].clone());
    }
    if random.one_in(8) {
        documents.push(random.of(&["kind: [", "- a", "apiVersion: v1", "~", ""]).to_owned());
    }
    for at in (1..documents.len()).rev() {
        documents.swap(at, random.below(at + 1));
    }
    let mut text = documents.join("\n---\n").into_bytes();
    if random.one_in(4) {
        for _ in 0..1 + random.below(6) {
            damage(random, &mut text);
        }
    }
    text
}

/// An octet changed, or some of them gone, or there again.
fn damage(random: &mut Random, text: &mut Vec<u8>) {
    let at = random.below(text.len());
    let end = (at + random.below(40)).min(text.len());
    match random.below(5) {
        0 => text[at] = random.of(b":-{}[]'\"#&*!|>%@`\n \t,\0\xff"),
        1 => text[at] ^= 1 << random.below(8),
        2 => {
            text.drain(at..end);
        }
        3 => {
            let again = text[at..end].to_vec();
            text.splice(at..at, again);
        }
        _ => text.truncate(text.len() - random.below(text.len() / 4 + 1)),
    }
    if text.is_empty() {
        text.push(b'\n');
    }
}

fn policy(random: &mut Random) -> String {
    let version = random.mostly("v1", &["v1alpha3", "v1alpha2", "v2"]);
    let (name, namespace) = (random.of(&["p", "q", "r", "s", "t", "u"]), random.namespace());
    let mut metadata = format!("name: {name}, namespace: {namespace}");
    if random.one_in(3) {
        let day = 1 + random.below(3);
        metadata.push_str(&format!(", creationTimestamp: '2026-01-0{day}T00:00:00Z'"));
    }
    let targets: Vec<String> = (0..random.one_or_two()).map(|_| target(random)).collect();
    let hostname = random.mostly(
        "a.example",
        &["b.example", "10.0.0.1", "A.example", "''", "'*.a.example'", "1.2.3", "5", "[]", "~"],
    );
    let mut validation = format!("hostname: {hostname}");
    let (refers, named) = match (random.one_in(random.usual), random.one_in(4)) {
        (true, both) => (both, both),
        (false, named) => (!named, named),
    };
    if refers {
        let references: Vec<String> = (0..random.one_or_two()).map(|_| reference(random)).collect();
        validation.push_str(&format!(", caCertificateRefs: [{}]", references.join(", ")));
    }
    if named {
        let set = random.mostly("System", &["a.example/set", "system", "''", "7"]);
        validation.push_str(&format!(", wellKnownCACertificates: {set}"));
    }
    if random.one_in(2) {
        let names: Vec<String> = (0..random.below(3)).map(|_| alternative(random)).collect();
        validation.push_str(&format!(", subjectAltNames: [{}]", names.join(", ")));
    }
    if random.one_in(16) {
        validation.push_str(random.of(&[", mode: x", ", insecureSkipVerify: true", ", a: b"]));
    }
    let mut spec = format!("targetRefs: [{}], validation: {{{validation}}}", targets.join(", "));
    if random.one_in(16) {
        spec.push_str(random.of(&[
            ", mode: InsecureSkipVerify",
            ", options: {a.example/b: c}",
            ", options: {'/': c}",
            ", insecureSkipVerify: true",
            ", tls: {insecureSkipVerify: true}",
        ]));
    }
    format!(
        "apiVersion: gateway.networking.k8s.io/{version}\nkind: BackendTLSPolicy\nmetadata: \
         {{{metadata}}}\nspec: {{{spec}}}"
    )
}

fn target(random: &mut Random) -> String {
    let (known, name) = match random.one_in(2) {
        true => ("group: '', kind: Service", random.of(&SERVICE_NAMES)),
        false => ("group: gateway.envoyproxy.io, kind: Backend", random.of(&BACKEND_NAMES)),
    };
    let others = ["group: x.example, kind: Service", "group: '', kind: Secret", "kind: Service"];
    let kind = random.mostly(known, &others);
    let section = match random.one_in(5) {
        true => {
            format!(", sectionName: {}", random.of(&["https", "dns", "'3001'", "none", "''"]))
        }
        false => String::new(),
    };
    format!("{{{kind}, name: {name}{section}}}")
}

fn reference(random: &mut Random) -> String {
    let kind = random.mostly(
        "group: '', kind: ConfigMap",
        &["group: '', kind: Secret", "group: x.example, kind: ConfigMap", "kind: ConfigMap"],
    );
    format!("{{{kind}, name: {}}}", random.mostly("ca", &["other", "bad", "gone"]))
}

fn alternative(random: &mut Random) -> String {
    let good = random.of(&[
        "{type: Hostname, hostname: a.example}",
        "{type: Hostname, hostname: c.example}",
        "{type: Hostname, hostname: '*.c.example'}",
        "{type: URI, uri: 'spiffe://c/d'}",
        "{type: URI, uri: 'spiffe://c/e'}",
    ]);
    let bad = [
        "{type: URI, hostname: c.example}",
        "{type: Hostname}",
        "{type: Hostname, hostname: 10.0.0.1}",
        "{type: IP, ip: 10.0.0.1}",
        "{}",
    ];
    random.mostly(good, &bad).to_owned()
}

fn config_map(random: &mut Random) -> String {
    let name = random.mostly("ca", &["other", "bad"]);
    let namespace = random.namespace();
    let block = |text: &str| format!("|\n    {}", text.replace('\n', "\n    "));
    let value = match (random.one_in(random.usual), random.below(3)) {
        (true, 0) => block("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        (true, _) => random.of(&["''", "5", "hello", "[]"]).to_owned(),
        (false, 0) => block(&format!("{CA}{OTHER_CA}")),
        (false, _) => block(CA),
    };
    let key = random.mostly("ca.crt", &["tls.crt"]);
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: \
         {namespace}}}\ndata:\n  {key}: {value}"
    )
}

fn service(random: &mut Random) -> String {
    let good = random.of(&[
        "{name: https, port: 443}",
        "{name: https, port: 443}, {name: admin, port: 8443}",
        "{name: https, port: 443}, {name: dns, port: 53, protocol: UDP}",
        "{name: dns, port: 53, protocol: UDP}",
        "{port: 443}",
    ]);
    let ports = random.mostly(good, &["{name: https}", ""]);
    let (name, namespace) = (random.of(&SERVICE_NAMES), random.namespace());
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: \
         {{ports: [{ports}]}}"
    )
}

fn backend(random: &mut Random) -> String {
    let bad = [
        ", tls: {insecureSkipVerify: 'true'}",
        ", tls: {insecureSkipVerify: true, wellKnownCACertificates: System}",
    ];
    let good = random.of(&[
        "",
        ", tls: {insecureSkipVerify: true}",
        ", tls: {insecureSkipVerify: true, sni: d.example}",
        ", tls: {insecureSkipVerify: false, wellKnownCACertificates: System, sni: d.example}",
        ", tls: {caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}], sni: d.example}",
        ", tls: {caCertificateRefs: [{group: '', kind: ConfigMap, name: gone}], sni: d.example}",
        ", tls: {wellKnownCACertificates: System, autoSNIFromEndpointHostname: true}",
        ", tls: {}",
    ]);
    let tls = random.mostly(good, &bad);
    let endpoints = random.mostly(
        ", endpoints: [{fqdn: {hostname: e.example, port: 3001}}]",
        &[", endpoints: [{ip: {address: 10.0.0.1, port: 3001}}]", ", type: DynamicResolver", ""],
    );
    let (name, namespace) = (random.of(&BACKEND_NAMES), random.namespace());
    let spec = format!("{endpoints}{tls}");
    format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: {name}, \
         namespace: {namespace}}}\nspec: {{{}}}",
        spec.trim_start_matches(", ")
    )
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

const NAMESPACES: [&str; 2] = ["one", "two"];
const NAMES: [&str; 3] = ["b", "s", "t"];
/// Both kinds may be called `t`.
const SERVICE_NAMES: [&str; 8] = ["s", "s", "s", "s", "s", "s", "s", "t"];
const BACKEND_NAMES: [&str; 8] = ["b", "b", "b", "b", "b", "b", "b", "t"];
const SECTIONS: [&str; 6] = ["https", "admin", "dns", "none", "443", "3001"];

/// SplitMix64: the same numbers for the same seed.
struct Random {
    state: u64,
    /// The usual is chosen in all but one of so many cases.
    usual: usize,
}

impl Random {
    const fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        // Every fourth set of documents is wild.
        Self { state, usual: if seed.is_multiple_of(4) { 4 } else { 60 } }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Mostly the first, so that objects meet.
    fn namespace(&mut self) -> &'static str {
        NAMESPACES[usize::from(self.one_in(6))]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// The first, but for a few cases.
    fn mostly(&mut self, usual: &'static str, others: &[&'static str]) -> &'static str {
        match self.one_in(self.usual) {
            true => self.of(others),
            false => usual,
        }
    }

    /// One or two; none in a few cases.
    fn one_or_two(&mut self) -> usize {
        match self.one_in(self.usual) {
            true => 0,
            false => 1 + usize::from(self.one_in(4)),
        }
    }
}
