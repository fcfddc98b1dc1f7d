//! A thousand policies: how long it takes to read them, to resolve every target and to make every
//! report, and what a resolver keeps for each policy and for each bundle.
//!
//! The decisions are asserted first. It prints `documents: read ms=… resolve ms=… reports ms=…`,
//! medians of nine, and fails when resolving takes more than the goal, or when a policy costs so
//! much memory that it must have anchors of its own. `-- --test`, or a run without `--bench`, takes
//! no times.

use std::collections::BTreeSet;
use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;

use lastmile::UnixTime;
use lastmile_benches::allocator::Counting;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Resolver;
use lastmile_policy::SystemAnchors;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::keys::Key;
use lastmile_testdata::pem;
use lastmile_testdata::time;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let arguments: BTreeSet<String> = env::args().skip(1).collect();
    let is_quick = !arguments.contains("--bench") || arguments.contains("--test");
    let many = World::new(1_000, 100);
    many.assert_decisions();
    println!("documents: {} decisions are as expected", many.policies);
    let is_fast = is_quick || many.measure();
    let is_small = compare_memory(&many);
    if is_fast && is_small { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Policies that share bundles, each for a Service of its own, and the routes to those.
struct World {
    text: String,
    policies: usize,
    bundles: usize,
}

impl World {
    fn new(policies: usize, bundles: usize) -> Self {
        let mut documents = Vec::new();
        documents.extend((0..bundles).map(bundle));
        for at in 0..policies {
            documents.push(policy(at, at % bundles));
            documents.push(service(at));
        }
        documents.extend((0..policies / SERVICES_OF_A_ROUTE).map(route));
        documents.extend((0..GATEWAYS).map(gateway));
        Self { text: documents.join("---\n"), policies, bundles }
    }

    fn read(&self) -> Documents {
        let documents = Documents::from_yaml(self.text.as_bytes());
        assert_eq!(documents.faults(), []);
        documents
    }

    /// A figure for a wrong decision is worth nothing.
    fn assert_decisions(&self) {
        let documents = self.read();
        let mut resolver = resolver(&documents);
        let targets = resolver.targets();
        assert_eq!(targets.len(), self.policies);
        for target in targets {
            let resolution = resolver.resolve(&target);
            let Decision::Verify { sni, verifier } = resolution.decision() else {
                panic!("{target}: {:?}", resolution.decision());
            };
            assert_eq!(sni.as_str(), format!("{}.example.com", target.name()));
            assert_eq!(verifier.anchors().len(), CERTIFICATES);
            let expected = format!("{}/{}", target.namespace(), target.name());
            assert_eq!(resolution.policy(), Some(expected.as_str()));
        }
        let reports = resolver.reports();
        assert_eq!(reports.len(), self.policies);
        for report in reports {
            assert!(report.is_accepted() && report.has_resolved_refs(), "{report:?}");
            let status = report.policy().status.as_ref().expect("a status");
            assert_eq!(status.ancestors.len(), 1, "each has a Gateway");
        }
    }

    /// Says how long each step takes, and whether resolving is as fast as it should be.
    fn measure(&self) -> bool {
        let documents = self.read();
        let read = median(|| {
            black_box(self.read());
        });
        let resolve = median(|| {
            let mut resolver = resolver(&documents);
            for target in resolver.targets() {
                black_box(resolver.resolve(&target));
            }
        });
        let judged = resolver(&documents);
        let reports = median(|| {
            black_box(judged.reports());
        });
        let Self { text, policies, bundles } = self;
        println!(
            "documents: policies={policies} bundles={bundles} octets={} read ms={:.2} resolve \
             ms={:.2} reports ms={:.2}",
            text.len(),
            milliseconds(read),
            milliseconds(resolve),
            milliseconds(reports)
        );
        let is_fast = resolve <= GOAL;
        if !is_fast {
            println!("documents: resolve takes MORE THAN {} ms", milliseconds(GOAL));
        }
        is_fast
    }

    /// The octets that a resolver keeps, beside the documents.
    fn kept(&self) -> usize {
        let documents = self.read();
        let before = Counting::live();
        let resolver = resolver(&documents);
        let kept = Counting::live().saturating_sub(before);
        black_box(&resolver);
        println!(
            "documents: policies={} bundles={} resolver octets={kept}",
            self.policies, self.bundles
        );
        kept
    }
}

/// What one more bundle costs, and one more policy of the same bundles.
fn compare_memory(many: &World) -> bool {
    let (base, few) = (many.kept(), World::new(many.policies, 1).kept());
    let more = World::new(many.policies * 10, many.bundles).kept();
    let per_bundle = base.saturating_sub(few) / (many.bundles - 1);
    let per_policy = more.saturating_sub(base) / (many.policies * 9);
    println!("documents: octets per bundle={per_bundle} per policy={per_policy}");
    let is_small = per_policy <= MOST_PER_POLICY;
    if !is_small {
        println!("documents: a policy takes MORE THAN {MOST_PER_POLICY} octets");
    }
    is_small
}

fn resolver(documents: &Documents) -> Resolver<'_> {
    let seconds = u64::try_from(time::NOW).expect("after 1970");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    documents.resolver(&SystemAnchors::none(), now).build()
}

fn median(mut step: impl FnMut()) -> Duration {
    let mut times = [Duration::ZERO; 9].map(|_| {
        let start = Instant::now();
        step();
        start.elapsed()
    });
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Every bundle has other certificates.
fn bundle(at: usize) -> String {
    let certificates = (0..CERTIFICATES).map(|number| {
        let name = format!("Root {number} of bundle {at}");
        pem::encode("CERTIFICATE", &Authority::root(&name, &Key::derived(&name)).certificate)
    });
    let text = certificates.collect::<String>().replace('\n', "\n    ");
    let text = text.trim_end();
    format!("{}data:\n  ca.crt: |\n    {text}\n", object("v1", "ConfigMap", &format!("ca-{at}")))
}

fn policy(at: usize, bundle: usize) -> String {
    let name = format!("backend-{at}");
    format!(
        "{}spec:\n  targetRefs:\n  - group: \"\"\n    kind: Service\n    name: {name}\n  \
         validation:\n    hostname: {name}.example.com\n    caCertificateRefs:\n    - group: \"\"\n      \
         kind: ConfigMap\n      name: ca-{bundle}\n",
        object("gateway.networking.k8s.io/v1", "BackendTLSPolicy", &name)
    )
}

fn service(at: usize) -> String {
    let head = object("v1", "Service", &format!("backend-{at}"));
    format!("{head}spec:\n  ports:\n  - name: https\n    port: 443\n")
}

/// To the Services of its turn, from one of the Gateways.
fn route(at: usize) -> String {
    let backends = (0..SERVICES_OF_A_ROUTE).map(|number| {
        let name = at * SERVICES_OF_A_ROUTE + number;
        format!("  - backendRefs:\n    - name: backend-{name}\n      port: 443\n")
    });
    format!(
        "{}spec:\n  parentRefs:\n  - name: gateway-{}\n  rules:\n{}",
        object("gateway.networking.k8s.io/v1", "HTTPRoute", &format!("route-{at}")),
        at % GATEWAYS,
        backends.collect::<String>()
    )
}

fn gateway(at: usize) -> String {
    let head = object("gateway.networking.k8s.io/v1", "Gateway", &format!("gateway-{at}"));
    format!("{head}spec:\n  gatewayClassName: example\n")
}

fn object(version: &str, kind: &str, name: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: shop\n")
}

const CERTIFICATES: usize = 3;
const GATEWAYS: usize = 4;
const SERVICES_OF_A_ROUTE: usize = 10;

/// For a thousand policies.
const GOAL: Duration = Duration::from_millis(200);

/// With three anchors of its own it would take more.
const MOST_PER_POLICY: usize = 3000;
