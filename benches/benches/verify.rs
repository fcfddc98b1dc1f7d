//! A chain verified cold, by lastmile and by rustls-webpki with ring, on the same octets.
//!
//! Besides criterion's figures, which a busy machine shifts from one to the next, it prints a line
//! `verify: KIND ours_ns=… peer=webpki-ring peer_ns=… ratio=…` for each kind of chain: both in
//! turn, in one process, medians of short rounds. `own-work` is the same with a stub for ring's
//! signatures.

use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_testdata::bench_chains;
use lastmile_testdata::bench_chains::BenchChain;
use rustls_pki_types::AlgorithmIdentifier;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::InvalidSignature;
use rustls_pki_types::ServerName;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::TrustAnchor;
use rustls_pki_types::UnixTime;
use rustls_pki_types::alg_id;
use webpki::EndEntityCert;
use webpki::KeyUsage;
use webpki::anchor_from_trusted_cert;

type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

fn now() -> UnixTime {
    let seconds = u64::try_from(bench_chains::NOW).expect("after 1970");
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// lastmile, with everything made that a host keeps.
struct Ours {
    verifier: Verifier,
    leaf: Vec<u8>,
    intermediates: [Vec<u8>; 1],
}

impl Ours {
    fn new(chain: &BenchChain, algorithms: Algorithms) -> Self {
        let anchors = TrustAnchors::from_der([&chain.root.certificate]).expect("an anchor");
        let names = ExpectedNames::dns(bench_chains::HOST).expect("a name");
        Self {
            verifier: Verifier::builder_for(anchors, names, algorithms).build(),
            leaf: chain.leaf.clone(),
            intermediates: [chain.intermediate.certificate.clone()],
        }
    }

    fn verify(&self) -> bool {
        let verdict = self.verifier.verify(&self.leaf, &self.intermediates, now());
        black_box(&verdict).is_ok()
    }
}

/// rustls-webpki, likewise; name and path, as rustls calls it.
struct Webpki {
    anchors: [TrustAnchor<'static>; 1],
    leaf: CertificateDer<'static>,
    intermediates: [CertificateDer<'static>; 1],
    name: ServerName<'static>,
    algorithms: Algorithms,
}

impl Webpki {
    fn new(chain: &BenchChain, algorithms: Algorithms) -> Self {
        let root = CertificateDer::from(chain.root.certificate.clone());
        Self {
            anchors: [anchor_from_trusted_cert(&root).expect("an anchor").to_owned()],
            leaf: CertificateDer::from(chain.leaf.clone()),
            intermediates: [CertificateDer::from(chain.intermediate.certificate.clone())],
            name: ServerName::try_from(bench_chains::HOST).expect("a name"),
            algorithms,
        }
    }

    fn verify(&self) -> bool {
        let Ok(leaf) = EndEntityCert::try_from(&self.leaf) else {
            return false;
        };
        let path = leaf.verify_for_usage(
            self.algorithms,
            &self.anchors,
            &self.intermediates,
            now(),
            KeyUsage::server_auth(),
            None,
            None,
        );
        black_box(&path).is_ok() && leaf.verify_is_valid_for_subject_name(&self.name).is_ok()
    }
}

/// Takes every signature, so that only the engines' own work is left.
#[derive(Debug)]
struct Stub;

impl SignatureVerificationAlgorithm for Stub {
    fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}

static STUB: &[&dyn SignatureVerificationAlgorithm] = &[&Stub];

fn cold(criterion: &mut Criterion) {
    let ring = lastmile::algorithms::RING;
    let mut pairs: Vec<(&str, Ours, Webpki)> = bench_chains::all()
        .iter()
        .map(|chain| (chain.name, Ours::new(chain, ring), Webpki::new(chain, ring)))
        .collect();
    let p256 = bench_chains::p256();
    pairs.push(("own-work", Ours::new(&p256, STUB), Webpki::new(&p256, STUB)));
    for (kind, ours, webpki) in &pairs {
        // A figure for a wrong verdict is worth nothing.
        assert!(ours.verify() && webpki.verify(), "{kind} must be accepted");
        compare(kind, || ours.verify(), || webpki.verify());
        let mut group = criterion.benchmark_group(format!("cold/{kind}"));
        group.bench_function("lastmile", |bencher| bencher.iter(|| ours.verify()));
        group.bench_function("webpki-ring", |bencher| bencher.iter(|| webpki.verify()));
        group.finish();
    }
}

/// Both in turn, in rounds of about 2 ms; the median of each, and of the rounds' ratios.
fn compare(kind: &str, ours: impl Fn() -> bool, peer: impl Fn() -> bool) {
    const ROUNDS: usize = 201;
    let once = time(1, &peer).max(Duration::from_nanos(1));
    let count = u32::try_from(Duration::from_millis(2).as_nanos() / once.as_nanos()).unwrap_or(1);
    let count = count.clamp(2, 10_000);
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|_| {
            let nanoseconds = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(count);
            (nanoseconds(time(count, &ours)), nanoseconds(time(count, &peer)))
        })
        .collect();
    let mut median = |value: fn(&(f64, f64)) -> f64| {
        rounds.sort_by(|one, other| value(one).total_cmp(&value(other)));
        value(&rounds[ROUNDS / 2])
    };
    let (ours_ns, peer_ns) = (median(|round| round.0), median(|round| round.1));
    let ratio = median(|round| round.0 / round.1);
    println!(
        "verify: {kind} ours_ns={ours_ns:.0} peer=webpki-ring peer_ns={peer_ns:.0} ratio={ratio:.4}"
    );
}

fn time(count: u32, verify: &impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        assert!(verify());
    }
    start.elapsed()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900));
    targets = cold
}
criterion_main!(benches);
