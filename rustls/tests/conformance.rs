//! The policies of the Gateway API's conformance tests, from the documents to the handshake: what
//! is decided, what the status says, what the backend is asked for, and whether it is accepted.
//!
//! Once as folders of testdata, and once as the API's own manifests, if they are beside this
//! project.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use lastmile::DnsName;
use lastmile::Rejection;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::PolicyReport;
use lastmile_policy::SystemAnchors;
use lastmile_policy::api::BackendTlsPolicy;
use lastmile_policy::api::Condition;
use lastmile_rustls::Backend;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::conformance;
use lastmile_testdata::pem;
use lastmile_testdata::time;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::SupportedProtocolVersion;

mod support;

use support::client;
use support::keys::with_ring;
use support::policy::Clock;
use support::policy::Notes;
use support::policy::VERSIONS;
use support::server;
use support::server::Presenter;
use support::server::Server;

/// What the API's table says of one policy, and of the backend that it is about.
struct Row {
    policy: &'static str,
    target: &'static str,
    /// The reasons of `Accepted` and `ResolvedRefs`.
    reasons: [&'static str; 2],
    request: Request,
}

/// What comes of a request to the backend.
enum Request {
    /// The backend is accepted, and was asked for by this name.
    Answered(&'static str),
    /// Another policy governs.
    GovernedBy(&'static str),
    /// The backend was asked for by this name, and is refused for this code.
    Refused(&'static str, &'static str),
    /// No connection is made.
    Unavailable,
}

use Request::Answered;
use Request::GovernedBy;
use Request::Refused;
use Request::Unavailable;

const GOOD: [&str; 2] = ["Accepted", "ResolvedRefs"];
const LOST: [&str; 2] = ["Conflicted", "ResolvedRefs"];
const NO_CA: [&str; 2] = ["NoValidCACertificate", "InvalidCACertificateRef"];
const NO_KIND: [&str; 2] = ["NoValidCACertificate", "InvalidKind"];

/// The leaf has both names.
const HOST: &str = conformance::HOST;
const OTHER: &str = conformance::OTHER_HOST;
const MISMATCH: &str = "mismatch.example.com";

const fn row(
    policy: &'static str,
    target: &'static str,
    reasons: [&'static str; 2],
    request: Request,
) -> Row {
    Row { policy, target, reasons, request }
}

/// The folders without a story: what a request comes to.
const FOLDERS: [(&str, &[Row]); 6] = [
    (
        "names-and-anchors",
        &[
            row("shop/right", "shop/right:tls", GOOD, Answered(HOST)),
            row("shop/wrong-name", "shop/wrong-name:tls", GOOD, Refused(MISMATCH, "name-mismatch")),
            row("shop/wrong-ca", "shop/wrong-ca:tls", GOOD, Refused(HOST, "unknown-issuer")),
        ],
    ),
    (
        "alternative-names",
        &[
            row("shop/dns", "shop/dns:tls", GOOD, Answered(HOST)),
            row("shop/dns-wrong", "shop/dns-wrong:tls", GOOD, Refused(HOST, "name-mismatch")),
            row("shop/uri", "shop/uri:tls", GOOD, Answered(HOST)),
            row("shop/uri-wrong", "shop/uri-wrong:tls", GOOD, Refused(HOST, "name-mismatch")),
            row("shop/several", "shop/several:tls", GOOD, Answered(HOST)),
            row(
                "shop/several-wrong",
                "shop/several-wrong:tls",
                GOOD,
                Refused(HOST, "name-mismatch"),
            ),
        ],
    ),
    (
        "conflicts",
        &[
            row("shop/whole-1", "shop/whole", GOOD, Answered(OTHER)),
            row("shop/whole-2", "shop/whole", LOST, GovernedBy("shop/whole-1")),
            row("shop/section-1", "shop/section:tls", GOOD, Answered(OTHER)),
            row("shop/section-2", "shop/section:tls", LOST, GovernedBy("shop/section-1")),
            row("shop/with-section", "shop/both:443", GOOD, Answered(OTHER)),
            row("shop/without-section", "shop/both:8443", GOOD, Answered(HOST)),
        ],
    ),
    (
        "invalid-references",
        &[
            row("shop/without-ca", "shop/without-ca", NO_CA, Unavailable),
            row("shop/without-data", "shop/without-data", NO_CA, Unavailable),
            row("shop/of-odd-kind", "shop/of-odd-kind", NO_KIND, Unavailable),
        ],
    ),
    (
        "grpc",
        &[
            row("shop/right", "shop/right:tls", GOOD, Answered(HOST)),
            row("shop/wrong-name", "shop/wrong-name:tls", GOOD, Refused(MISMATCH, "name-mismatch")),
            row("shop/wrong-ca", "shop/wrong-ca:tls", GOOD, Refused(HOST, "unknown-issuer")),
        ],
    ),
    ("tls-route", &[row("shop/terminated", "shop/terminated:tls", GOOD, Answered(HOST))]),
];

#[test]
fn every_policy_of_the_folders_is_kept_as_the_tables_of_the_api_say() {
    let mut lab = Lab::start();
    for (name, rows) in FOLDERS {
        lab.presents = if name == "tls-route" { Presents::ForTcp } else { Presents::ForHttp };
        let policies = [("shop", &["gateway"][..])];
        lab.check(name, &folder(name), rows, &BTreeMap::from(policies));
    }
    lab.print("folders");
}

/// The ConfigMap is not there, is created, is emptied, and is restored; each state has the status
/// that the one before it left.
#[test]
fn a_ca_that_comes_and_goes_is_followed() {
    let mut lab = Lab::start();
    let states = [
        ("reconcile-1-absent", NO_CA, Unavailable),
        ("reconcile-2-created", GOOD, Answered(HOST)),
        ("reconcile-3-empty", NO_CA, Unavailable),
        ("reconcile-4-restored", GOOD, Answered(HOST)),
    ];
    let mut status = String::new();
    for (hour, (name, reasons, request)) in (0..).zip(states) {
        let now = time::NOW + hour * 3600;
        let text = folder(name).replacen("\n---\n", &format!("\n{status}---\n"), 1);
        let rows = [row("shop/rotating", "shop/rotating:tls", reasons, request)];
        lab.now = now;
        let reports = lab.check(name, &text, &rows, &BTreeMap::from([("shop", &["gateway"][..])]));
        let moved = conditions(reports[0].policy())
            .into_iter()
            .filter(|condition| condition.last_transition_time == time::to_rfc3339(now));
        assert_eq!(moved.count(), 2, "{name}: each status is another than before");
        let yaml = reports[0].policy().to_yaml();
        status = yaml[yaml.find("status:").expect("a status")..].to_owned();
    }
    lab.print("a CA that comes and goes");
}

#[test]
fn every_condition_is_of_the_new_generation() {
    let mut lab = Lab::start();
    let mut generations = Vec::new();
    for (name, request) in [
        ("generation-before", Answered(HOST)),
        ("generation-after", Refused("foo.example.com", "name-mismatch")),
    ] {
        let rows = [row("shop/bumped", "shop/bumped:tls", GOOD, request)];
        let gateways = BTreeMap::from([("shop", &["gateway"][..])]);
        let reports = lab.check(name, &folder(name), &rows, &gateways);
        let conditions = conditions(reports[0].policy());
        generations.extend(conditions.iter().map(|condition| condition.observed_generation));
    }
    assert_eq!(generations, [Some(1), Some(1), Some(2), Some(2)]);
    lab.print("a new generation");
}

/// Both CAs have one name and one serial number, so "unknown issuer" would mislead.
#[test]
fn another_ca_of_the_same_name_is_refused_with_a_reason_that_says_so() {
    let mut lab = Lab::start();
    let documents = Documents::from_yaml(folder("names-and-anchors").as_bytes());
    for version in VERSIONS {
        let rejection = lab.ask(&documents, "shop/wrong-ca:tls", version).expect_err("refused");
        assert_eq!(rejection.explanation().to_string(), OTHER_KEY);
    }
}

const OTHER_KEY: &str = "\
refused: anchor 0 bears the name of the issuer of certificate 0, but its key did not make the \
signature (unknown-issuer, RFC 5280 6.1)
  certificate 0, O=Acme Co, CN=default
    issued by         C=US, O=Kubernetes Gateway API, CN=gatewayapi
  try: if anchor 0 was renewed, put its current certificate into the bundle";

/// The API's own manifests, read where they are.
#[test]
fn every_policy_of_the_manifests_is_kept_as_the_tables_of_the_api_say() {
    const NAMESPACE: &str = "gateway-conformance-infra";
    const MANIFESTS: [&str; 6] = [
        "backendtlspolicy.yaml",
        "backendtlspolicy-grpcroute.yaml",
        "backendtlspolicy-invalid-ca-certificate-ref.yaml",
        "base-manifests.yaml",
        "example-ca-certs.yaml",
        "example-system-certs.yaml",
    ];
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites/gateway-api");
    if !suites.is_dir() {
        println!("SKIP: the manifests of the Gateway API are not in {}", suites.display());
        return;
    }
    let mut text = String::new();
    for file in MANIFESTS {
        text.push_str(&fs::read_to_string(suites.join(file)).expect("the manifests are whole"));
        text.push_str("\n---\n");
    }
    text.push_str(&config_map(NAMESPACE, "tls-checks-ca-certificate", &conformance::AUTHORITY));
    text.push_str(&config_map(NAMESPACE, "mismatch-ca-certificate", &conformance::MISMATCH));
    let of = |name: &'static str| -> &'static str {
        Box::leak(format!("{NAMESPACE}/{name}").into_boxed_str())
    };
    let test = |policy, target, reasons, request| row(of(policy), of(target), reasons, request);
    let rows = [
        test("normative-test", "backendtlspolicy-test:btls", GOOD, Answered(HOST)),
        test(
            "host-mismatch",
            "backendtlspolicy-host-mismatch-test:btls",
            GOOD,
            Refused(MISMATCH, "name-mismatch"),
        ),
        test(
            "cert-mismatch",
            "backendtlspolicy-cert-mismatch-test:btls",
            GOOD,
            Refused(HOST, "unknown-issuer"),
        ),
        test("reconcile-test", "backendtlspolicy-reconcile-test:btls", GOOD, Answered(HOST)),
        test("grpc-normative-test", "backendtlspolicy-grpc-test:443", GOOD, Answered(HOST)),
        test(
            "grpc-host-mismatch",
            "backendtlspolicy-grpc-host-mismatch-test:443",
            GOOD,
            Refused(MISMATCH, "name-mismatch"),
        ),
        test(
            "grpc-cert-mismatch",
            "backendtlspolicy-grpc-cert-mismatch-test:443",
            GOOD,
            Refused(HOST, "unknown-issuer"),
        ),
        test(
            "nonexistent-ca-certificate-ref",
            "backendtlspolicy-nonexistent-ca-certificate-ref-test",
            NO_CA,
            Unavailable,
        ),
        test(
            "malformed-ca-certificate-ref",
            "backendtlspolicy-malformed-ca-certificate-ref-test:443",
            NO_CA,
            Unavailable,
        ),
        // Examples of the API's guide, without what they refer to, and without routes.
        row("default/tls-upstream-auth", "default/auth", NO_CA, Unavailable),
        row("default/tls-upstream-dev", "default/dev", ["Invalid", "ResolvedRefs"], Unavailable),
    ];
    let gateways = BTreeMap::from([
        ("default", &[][..]),
        (NAMESPACE, &["same-namespace"][..]),
        (of("normative-test"), &["same-namespace", "same-namespace-with-https-listener"][..]),
    ]);
    let mut lab = Lab::start();
    lab.check("manifests", &text, &rows, &gateways);
    lab.print("manifests");
}

/// Backends, a clock, and what was counted.
struct Lab {
    for_http: Server,
    for_tcp: Server,
    presents: Presents,
    now: i64,
    start: Instant,
    policies: usize,
    accepted: usize,
    refused: usize,
}

/// Which backend is asked.
#[derive(Clone, Copy)]
enum Presents {
    ForHttp,
    ForTcp,
}

impl Lab {
    fn start() -> Self {
        let serve = |leaf: &[u8]| {
            let key = with_ring(conformance::LEAF_KEY).expect("ring signs with RSA");
            let mut config = server::config(Presenter::new(&[leaf.to_vec()], key));
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Server::start(config)
        };
        Self {
            for_http: serve(&conformance::LEAF),
            for_tcp: serve(&conformance::TCP_LEAF),
            presents: Presents::ForHttp,
            now: time::NOW,
            start: Instant::now(),
            policies: 0,
            accepted: 0,
            refused: 0,
        }
    }

    /// Holds every policy to its row. The Gateways are by the name of the policy, or else by its
    /// namespace.
    fn check(
        &mut self,
        name: &str,
        text: &str,
        rows: &[Row],
        gateways: &BTreeMap<&str, &[&str]>,
    ) -> Vec<PolicyReport> {
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!(documents.faults(), [], "{name}");
        let reports = documents.resolver(&SystemAnchors::none(), self.clock()).build().reports();
        let found: BTreeSet<String> =
            reports.iter().map(|report| full_name(report.policy())).collect();
        let expected: BTreeSet<String> = rows.iter().map(|row| row.policy.to_owned()).collect();
        assert_eq!(found, expected, "{name}: each policy has a row");
        for row in rows {
            let report = reports.iter().find(|report| full_name(report.policy()) == row.policy);
            let report = report.expect("each row has a policy");
            let (namespace, _) = row.policy.split_once('/').expect("a namespace");
            let gateways = gateways.get(row.policy).or_else(|| gateways.get(namespace));
            check_status(row, report, gateways.expect("its Gateways are said"));
            self.policies += 1;
            self.request(&documents, row);
        }
        reports
    }

    fn request(&mut self, documents: &Documents, row: &Row) {
        let target = row.target.parse().expect("a target");
        let resolution = documents.resolve(&target, &SystemAnchors::none(), self.clock());
        let governing = resolution.policy();
        match row.request {
            GovernedBy(other) => assert_eq!(governing, Some(other), "{}", row.policy),
            _ => assert_eq!(governing, Some(row.policy), "{}", row.target),
        }
        match (&row.request, resolution.decision()) {
            (GovernedBy(_), Decision::Verify { .. }) => {}
            (Unavailable, Decision::Refuse(refusal)) => {
                assert_eq!(refusal.reason(), row.reasons[0], "{}", row.policy);
            }
            (Answered(name), Decision::Verify { sni, .. }) => {
                assert_eq!(sni.as_str(), *name, "{}", row.policy);
                for version in VERSIONS {
                    let answer = self.ask(documents, row.target, version);
                    assert!(answer.is_ok(), "{}: {}", row.policy, answer.expect_err("refused"));
                }
            }
            (Refused(name, code), Decision::Verify { sni, .. }) => {
                assert_eq!(sni.as_str(), *name, "{}", row.policy);
                for version in VERSIONS {
                    let rejection = self.ask(documents, row.target, version);
                    let rejection = rejection.expect_err(row.policy);
                    assert_eq!(rejection.reason().code(), *code, "{}", row.policy);
                }
            }
            (_, decision) => panic!("{}: {decision:?}", row.policy),
        }
    }

    /// One handshake, of which the verifier, the client and the backend say the same.
    fn ask(
        &mut self,
        documents: &Documents,
        target: &str,
        version: &'static SupportedProtocolVersion,
    ) -> Result<(), Box<Rejection>> {
        let target = target.parse().expect("a target");
        let resolution = documents.resolve(&target, &SystemAnchors::none(), self.clock());
        let Decision::Verify { sni, verifier } = resolution.decision() else {
            panic!("{target}: {resolution:?}");
        };
        let verdict = self.connect(sni, verifier, version);
        match verdict {
            Ok(()) => self.accepted += 1,
            Err(_) => self.refused += 1,
        }
        verdict
    }

    fn connect(
        &self,
        sni: &DnsName,
        verifier: &Verifier,
        version: &'static SupportedProtocolVersion,
    ) -> Result<(), Box<Rejection>> {
        let notes = Arc::new(Notes::default());
        let backend = Backend::builder(verifier.clone(), sni.clone())
            .clock(Clock::at(self.now))
            .observer(notes.clone())
            .protocol_versions(&[version])
            .alpn(["h2"])
            .build()
            .expect("a backend");
        let server = match self.presents {
            Presents::ForHttp => &self.for_http,
            Presents::ForTcp => &self.for_tcp,
        };
        let connection = backend.connect().expect("a connection");
        let outcome = client::connect(connection, server.address);
        let seen = server.seen();
        assert_eq!(
            seen.server_name.as_deref(),
            Some(sni.as_str()),
            "what the backend is asked for"
        );
        let told = notes.take();
        assert_eq!(told.len(), 1, "one certificate, one verdict");
        match &told[0].verdict {
            Ok(_) => {
                assert_eq!(outcome, Ok(HandshakeKind::Full));
                assert_eq!(seen.outcome, Ok(HandshakeKind::Full));
                assert_eq!(seen.version, Some(version.version));
                assert_eq!(seen.protocol.as_deref(), Some(&b"h2"[..]));
                Ok(())
            }
            Err(rejection) => {
                assert!(matches!(outcome, Err(Error::InvalidCertificate(_))), "{outcome:?}");
                assert!(seen.alert().is_some(), "the backend is told: {seen:?}");
                Err(rejection.clone())
            }
        }
    }

    fn clock(&self) -> UnixTime {
        let seconds = u64::try_from(self.now).expect("after 1970");
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn print(&self, what: &str) {
        let Self { start, policies, accepted, refused, .. } = self;
        println!(
            "conformance: {what}: {policies} policies, {} handshakes ({accepted} accepted, \
             {refused} refused) in {:?}",
            accepted + refused,
            start.elapsed()
        );
    }
}

/// The report, and what is written for each Gateway.
fn check_status(row: &Row, report: &PolicyReport, gateways: &[&str]) {
    let [accepted, resolved_refs] = row.reasons;
    assert_eq!(report.accepted().0, accepted, "{}: {report:?}", row.policy);
    assert_eq!(report.is_accepted(), accepted == "Accepted", "{}", row.policy);
    assert_eq!(report.resolved_refs().0, resolved_refs, "{}: {report:?}", row.policy);
    assert_eq!(report.has_resolved_refs(), resolved_refs == "ResolvedRefs", "{}", row.policy);
    let status = report.policy().status.as_ref().expect("a status");
    let ancestors: Vec<&str> =
        status.ancestors.iter().map(|entry| entry.ancestor_ref.name.as_str()).collect();
    assert_eq!(ancestors, gateways, "{}", row.policy);
    let sign = |holds: bool| if holds { "True" } else { "False" };
    let expected = [
        ("Accepted", sign(report.is_accepted()), accepted),
        ("ResolvedRefs", sign(report.has_resolved_refs()), resolved_refs),
    ];
    for entry in &status.ancestors {
        let found: Vec<(&str, &str, &str)> = entry
            .conditions
            .iter()
            .map(|one| (one.condition_type.as_str(), one.status.as_str(), one.reason.as_str()))
            .collect();
        assert_eq!(found, expected, "{}", row.policy);
    }
    for condition in conditions(report.policy()) {
        let generation = report.policy().metadata.generation;
        assert_eq!(condition.observed_generation, generation, "{}", row.policy);
    }
}

fn conditions(policy: &BackendTlsPolicy) -> Vec<&Condition> {
    let status = policy.status.as_ref().expect("a status");
    status.ancestors.iter().flat_map(|entry| &entry.conditions).collect()
}

fn full_name(policy: &BackendTlsPolicy) -> String {
    let metadata = &policy.metadata;
    format!("{}/{}", metadata.namespace_or_default(), metadata.name.as_deref().unwrap_or_default())
}

/// The documents of a folder of testdata.
fn folder(name: &str) -> String {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/policy");
    let path = folders.join(format!("conformance-{name}/in.yaml"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn config_map(namespace: &str, name: &str, authority: &Authority) -> String {
    let block = pem::encode("CERTIFICATE", &authority.certificate).replace('\n', "\n    ");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: \
         {namespace}}}\ndata:\n  ca.crt: |\n    {}\n---\n",
        block.trim_end()
    )
}
