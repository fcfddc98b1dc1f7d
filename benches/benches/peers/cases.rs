//! The cases: what is asked, of whom, and what each must answer.

use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::sync::Barrier;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use lastmile::Certificate;
use lastmile::Limits;
use lastmile::MemorySize;
use lastmile::ReferenceName;
use lastmile::SignatureCache;
use lastmile::TrustAnchors;
use lastmile::algorithms::RING;
use lastmile_benches::allocator::Counting;
use lastmile_benches::clock::thread_time;
use lastmile_benches::compare::measure;
use lastmile_benches::engines::c_abi::CAbi;
use lastmile_benches::engines::libcrypto::Store;
use lastmile_benches::engines::ours::Ours;
use lastmile_benches::engines::webpki;
use lastmile_benches::engines::webpki::Webpki;
use lastmile_harness::Compiler;
use lastmile_harness::Library;
use lastmile_harness::quickstart_fields;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_testdata::bench_chains;
use lastmile_testdata::bench_chains::BenchChain;
use lastmile_testdata::bench_shapes;
use lastmile_testdata::hostile::Chain;
use lastmile_testdata::stub::CARELESS;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::ServerName;

use crate::report::Bench;
use crate::report::of_repository;

/// One question, or one family of rows.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Bench),
}

/// As each is called on the command line.
const fn case(name: &'static str, run: fn(&Bench)) -> Case {
    Case { name, run }
}

/// In the order that they are printed in.
pub(crate) const ALL: &[Case] = &[
    case("cold/p256", |bench| cold(bench, &bench_chains::p256())),
    case("cold/rsa2048", |bench| cold(bench, &bench_chains::rsa2048())),
    case("cold/rsa4096_p256", |bench| cold(bench, &bench_chains::rsa4096_p256())),
    case("cold/le_rsa", |bench| cold(bench, &bench_chains::le_rsa())),
    case("cold/p384", |bench| cold(bench, &bench_chains::p384())),
    case("cold/ed25519", |bench| cold(bench, &bench_chains::ed25519())),
    case("cold/own-work", own_work),
    case("new-leaf/p256", |bench| new_leaf(bench, &bench_chains::p256())),
    case("new-leaf/rsa2048", |bench| new_leaf(bench, &bench_chains::rsa2048())),
    case("warm/p256", |bench| warm(bench, &bench_chains::p256())),
    case("warm/rsa2048", |bench| warm(bench, &bench_chains::rsa2048())),
    case("two-threads/wall", |bench| two_threads(bench, &warm_rust(), WALL)),
    case("two-threads/processor", |bench| two_threads(bench, &warm_rust(), PROCESSOR)),
    case("c-abi/cold-p256", c_abi_cold),
    case("c-abi/warm-p256", c_abi_warm),
    case("c-abi/allocations", c_abi_allocations),
    case("c-abi/two-threads/wall", |bench| two_threads(bench, &warm_c(), WALL)),
    case("c-abi/two-threads/processor", |bench| two_threads(bench, &warm_c(), PROCESSOR)),
    case("c-abi/size", c_abi_size),
    case("anchors/1", |bench| anchors(bench, 1)),
    case("anchors/151", |bench| anchors(bench, 151)),
    case("anchors/1000", |bench| anchors(bench, 1_000)),
    case("anchors/10000", |bench| anchors(bench, 10_000)),
    case("anchors/growth", growth),
    case("namesakes/p256-key-ids", |bench| namesakes(bench, &bench_chains::p256(), true)),
    case("namesakes/p256", |bench| namesakes(bench, &bench_chains::p256(), false)),
    case("namesakes/rsa2048-key-ids", |bench| namesakes(bench, &bench_chains::rsa2048(), true)),
    case("namesakes/rsa2048", |bench| namesakes(bench, &bench_chains::rsa2048(), false)),
    case("load/151", |bench| load(bench, 151)),
    case("load/10000", |bench| load(bench, 10_000)),
    case("load/10000-memory", |bench| {
        load_memory(bench, "14500000", |file| TrustAnchors::from_pem(file).expect("anchors"));
    }),
    case("load/10000-memory-of-webpki", |bench| load_memory(bench, "-", webpki::load)),
    case("mesh/99", |bench| mesh(bench, 99, Limits::default())),
    case("mesh/210", |bench| mesh(bench, 210, presenting(256))),
    case("graph/loops", |bench| graph(bench, &bench_shapes::loops())),
    case("graph/layers", |bench| graph(bench, &bench_shapes::layers())),
    case("graph/loops-own-work", |bench| graph_own_work(bench, &bench_shapes::loops())),
    case("graph/layers-own-work", |bench| graph_own_work(bench, &bench_shapes::layers())),
    case("constraints/100", |bench| constraints(bench, 100)),
    case("constraints/300", |bench| constraints(bench, 300)),
    case("constraints/1000", |bench| constraints(bench, 1_000)),
    case("constraints/100-own-work", |bench| constraints_own_work(bench, 100, "-")),
    case("constraints/300-own-work", |bench| constraints_own_work(bench, 300, "-")),
    case("constraints/1000-own-work", |bench| constraints_own_work(bench, 1_000, "900000")),
    case("host/1", |bench| host(bench, 1, false)),
    case("host/100-first", |bench| host(bench, 100, true)),
    case("host/100-last", |bench| host(bench, 100, false)),
    case("host/1000-first", |bench| host(bench, 1_000, true)),
    case("host/1000-last", |bench| host(bench, 1_000, false)),
    case("host/1000-list", |bench| host_list(bench, 1_000)),
    case("worst-presented", worst_presented),
];

/// A chain never seen before.
fn cold(bench: &Bench, chain: &BenchChain) {
    let chain = chain.chain();
    let (ours, peer) = (Ours::new(&chain, RING), Webpki::new(&chain, RING));
    bench.against("webpki-ring", || ours.verify(), || peer.verify());
    against_aws_lc_rs(bench, &chain);
    bench.against_libraries(&chain, |_| true, || ours.verify());
}

/// rustls-webpki on aws-lc-rs, and ours on the same.
#[cfg(feature = "aws-lc-rs")]
fn against_aws_lc_rs(bench: &Bench, chain: &Chain) {
    let algorithms = lastmile::algorithms::AWS_LC_RS;
    let (ours, peer) = (Ours::new(chain, algorithms), Webpki::new(chain, algorithms));
    bench.against("webpki-aws-lc-rs", || ours.verify(), || peer.verify());
}

#[cfg(not(feature = "aws-lc-rs"))]
fn against_aws_lc_rs(_: &Bench, _: &Chain) {}

/// What is left of a cold verification when signatures cost nothing.
fn own_work(bench: &Bench) {
    let chain = bench_chains::p256().chain();
    let (ours, peer) = (Ours::new(&chain, CARELESS), Webpki::new(&chain, CARELESS));
    let times = bench.against("webpki-ring", || ours.verify(), || peer.verify());
    bench.value(times.ours_ns, "ns", "1000");
}

/// Another leaf each time, below an intermediate whose signature is known.
fn new_leaf(bench: &Bench, chain: &BenchChain) {
    let leaves = bench_shapes::leaves(chain, if bench.pace.is_quick() { 4 } else { 64 });
    let chain = chain.chain();
    let (without, peer) = (Ours::new(&chain, RING), Webpki::new(&chain, RING));
    let cache = SignatureCache::new(MemorySize::default());
    let ours = without.with(|verifier| verifier.with_signature_cache(Some(cache)));
    let wire: Vec<_> = leaves.iter().map(|leaf| CertificateDer::from(leaf.as_slice())).collect();
    let next = Cell::new(0);
    let next = || next.replace((next.get() + 1) % leaves.len());
    let with = || ours.verify_leaf(&leaves[next()]);
    bench.against("webpki-ring", with, || peer.verify_leaf(&wire[next()]));
    bench.against("self", with, || without.verify_leaf(&leaves[next()]));
}

/// The same chain again.
fn warm(bench: &Bench, chain: &BenchChain) {
    let chain = chain.chain();
    let (cold, peer) = (Ours::new(&chain, RING), Webpki::new(&chain, RING));
    let ours = cold.with(|verifier| verifier.with_memory(Some(MemorySize::default())));
    let times = bench.against("webpki-ring", || ours.verify(), || peer.verify());
    bench.against("self", || ours.verify(), || cold.verify());
    assert_eq!(ours.verifier.memory().map(|memory| memory.misses), Some(1));
    bench.value(times.ours_ns, "ns", "150");
}

/// Asks what a thread of its own asks: the state of one is not that of another.
type Ask = Box<dyn Fn() -> bool + Send>;

/// A clock: when something began, and how long it took.
type Clock = (fn() -> Duration, fn(Duration) -> Duration);

const WALL: Clock = (since_the_first, |start| since_the_first() - start);
const PROCESSOR: Clock = (thread_time, |start| thread_time() - start);

fn since_the_first() -> Duration {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    FIRST.elapsed()
}

/// The same chain again.
fn warm_rust() -> impl Fn() -> Ask {
    let ours = Ours::new(&bench_chains::p256().chain(), RING)
        .with(|verifier| verifier.with_memory(Some(MemorySize::default())));
    move || {
        let ours = ours.clone();
        Box::new(move || ours.verify())
    }
}

/// How much more two threads do than one, of the same chain again with one memory: the best of
/// several, by that clock.
fn two_threads(bench: &Bench, make: &dyn Fn() -> Ask, (start, elapsed): Clock) {
    assert!(make()());
    // Short ones: on a busy machine two processors are seldom free for long.
    let (rounds, calls) = if bench.pace.is_quick() { (1, 1_000) } else { (501, 20_000) };
    let throughput = |threads: usize| {
        let barrier = Barrier::new(threads);
        let one = |ask: Ask| {
            barrier.wait();
            let start = start();
            for _ in 0..calls {
                assert!(ask());
            }
            elapsed(start)
        };
        let one = &one;
        thread::scope(|scope| {
            let asks: Vec<Ask> = (0..threads).map(|_| make()).collect();
            let running: Vec<_> =
                asks.into_iter().map(|ask| scope.spawn(move || one(ask))).collect();
            let slowest = running.into_iter().map(|one| one.join().expect("no panic")).max();
            threads as f64 / slowest.unwrap_or_default().as_secs_f64()
        })
    };
    let (mut one, mut two) = (0.0, 0.0);
    for _ in 0..rounds {
        one = f64::max(one, throughput(1));
        two = f64::max(two, throughput(2));
    }
    bench.value(two / one, "times", "1.9");
}

/// The library for C, as a release is built.
fn c_abi(has_memory: bool) -> CAbi {
    let library = Library::with_features("");
    CAbi::new(&library.shared(), &bench_chains::p256().chain(), has_memory)
}

/// A chain never seen before, over the C ABI: beside webpki, and beside itself in Rust.
fn c_abi_cold(bench: &Bench) {
    let chain = bench_chains::p256().chain();
    let (ours, rust, peer) = (c_abi(false), Ours::new(&chain, RING), Webpki::new(&chain, RING));
    bench.against("webpki-ring", || ours.verify(), || peer.verify());
    bench.against("self", || ours.verify(), || rust.verify());
}

/// The same chain again, over the C ABI.
fn c_abi_warm(bench: &Bench) {
    let chain = bench_chains::p256().chain();
    let (ours, peer) = (c_abi(true), Webpki::new(&chain, RING));
    let rust = warm_rust()();
    let times = bench.against("webpki-ring", || ours.verify(), || peer.verify());
    bench.against("self", || ours.verify(), rust);
    bench.value(times.ours_ns, "ns", "300");
}

fn warm_c() -> impl Fn() -> Ask {
    let ours = Arc::new(c_abi(true));
    move || {
        let ours = Arc::clone(&ours);
        Box::new(move || ours.verify())
    }
}

/// A program in C counts those of a hundred calls, with a memory and without.
fn c_abi_allocations(bench: &Bench) {
    let compiler = Compiler::new(Library::with_features("")).source(ALLOCATIONS);
    let wrapped = ["malloc", "calloc", "realloc", "posix_memalign"];
    let flags = wrapped.map(|name| format!("-Wl,--wrap={name}"));
    let program = flags.into_iter().fold(compiler, Compiler::flag).program("bench-allocations");
    let fields = scratch("fields").join("bench-allocations");
    quickstart_fields().write(&fields);
    let mut command = Command::new(program);
    let output = run(command.arg(fields), Duration::from_secs(60)).expect_success();
    let counts = output.lines().filter_map(|line| line.split(' ').nth(3)?.parse::<f64>().ok());
    let counts: Vec<f64> = counts.collect();
    assert_eq!(counts.len(), 2, "{output}");
    bench.value(counts.iter().sum(), "allocations", "0");
}

const ALLOCATIONS: &str = "ffi/tests/programs/allocations.c";

/// The shared library without its symbols for debuggers.
fn c_abi_size(bench: &Bench) {
    let stripped = scratch("fields").join("stripped.so");
    let mut command = Command::new("strip");
    command.arg("-o").arg(&stripped).arg(Library::with_features("").shared());
    run(&mut command, Duration::from_secs(60)).expect_success();
    let size = fs::metadata(stripped).expect("it was just written").len();
    bench.value(size as f64, "octets", "950000");
}

/// The right anchor is the last.
fn anchors(bench: &Bench, count: usize) {
    let chain = bench_shapes::among(count);
    let (ours, peer) = (Ours::new(&chain, RING), Webpki::new(&chain, RING));
    bench.against("webpki-ring", || ours.verify(), || peer.verify());
    if bench.pace.is_quick() && count > 1_000 {
        return; // OpenSSL takes seconds to load them.
    }
    bench.against_libraries(&chain, |_| true, || ours.verify());
}

fn growth(bench: &Bench) {
    let many = Ours::new(&bench_shapes::among(10_000), RING);
    let one = Ours::new(&bench_shapes::among(1), RING);
    let times = bench.against("self", || many.verify(), || one.verify());
    bench.value(times.ratio, "times", "1.03");
}

/// A hundred anchors of one name.
fn namesakes(bench: &Bench, chain: &BenchChain, key_ids: bool) {
    let chain = bench_shapes::namesakes(chain, key_ids);
    let (ours, peer) = (Ours::new(&chain, RING), Webpki::new(&chain, RING));
    assert!(ours.verify());
    // It does not look at key identifiers, and ends at its ceiling of a hundred signatures.
    bench.refuses("webpki-ring", || peer.verify());
    // Neither library tries another anchor of that name than its first choice.
    bench.against_libraries(&chain, |_| key_ids, || ours.verify());
    let goal = if key_ids { "2" } else { "101" };
    bench.value(f64::from(signatures(&chain)), "signatures", goal);
}

/// How many signatures are checked: with fewer, the chain is refused.
fn signatures(chain: &Chain) -> u32 {
    let suffices = |checks: u32| {
        let mut limits = Limits::default();
        limits.signature_checks = checks;
        Ours::limited(chain, RING, limits).verify()
    };
    let (mut too_few, mut enough) = (0, Limits::default().signature_checks);
    while enough - too_few > 1 {
        let middle = too_few.midpoint(enough);
        match suffices(middle) {
            true => enough = middle,
            false => too_few = middle,
        }
    }
    enough
}

/// A bundle from PEM to what verifies.
fn load(bench: &Bench, count: usize) {
    let bundle = bench_shapes::bundle(count);
    let ours = || TrustAnchors::from_pem(bundle.as_bytes()).is_ok_and(|all| all.len() == count);
    let peer = || black_box(webpki::load(bundle.as_bytes())).len() == count;
    bench.against("webpki-ring", ours, peer);
}

/// The octets in use when a bundle is loaded, those of the file included.
fn load_memory<T>(bench: &Bench, goal: &str, load: impl Fn(&[u8]) -> T) {
    let before = Counting::live();
    let bundle = bench_shapes::bundle(10_000).into_boxed_str();
    let anchors = load(bundle.as_bytes());
    let kept = Counting::live() - before;
    black_box((anchors, bundle));
    bench.value(kept as f64, "octets", goal);
}

/// No path, and many ways to look for one.
fn mesh(bench: &Bench, count: usize, limits: Limits) {
    let chain = bench_shapes::mesh(count);
    let (ours, peer) = (Ours::limited(&chain, RING, limits), Webpki::new(&chain, RING));
    let refused = || !ours.verify();
    if !bench.pace.is_quick() {
        // It takes seconds.
        bench.against("webpki-ring", refused, || !peer.verify());
    }
    for (name, library) in &bench.libraries {
        let store = Store::new(library, &chain);
        bench.against(name, refused, || !store.verify());
    }
    bench.value(measure(bench.pace, refused), "ns", "1000000");
}

fn presenting(presented: u32) -> Limits {
    let mut limits = Limits::default();
    limits.presented = presented;
    limits
}

/// A path, and many ways to miss it.
fn graph(bench: &Bench, chain: &Chain) {
    let (ours, peer) = (Ours::new(chain, RING), Webpki::new(chain, RING));
    bench.against("webpki-ring", || ours.verify(), || peer.verify());
    // They follow one path only.
    bench.against_libraries(chain, |_| false, || ours.verify());
}

fn graph_own_work(bench: &Bench, chain: &Chain) {
    let (ours, peer) = (Ours::new(chain, CARELESS), Webpki::new(chain, CARELESS));
    let times = bench.against("webpki-ring", || ours.verify(), || peer.verify());
    bench.value(times.ours_ns, "ns", "300000");
}

/// As many names as permitted subtrees, and as excluded ones.
fn constraints(bench: &Bench, count: usize) {
    let chain = bench_shapes::constrained(count);
    let (ours, peer) = (Ours::new(&chain, RING), Webpki::new(&chain, RING));
    // Beyond these both end at their ceilings.
    let is_few = count <= 300;
    match is_few {
        true => {
            bench.against("webpki-ring", || ours.verify(), || peer.verify());
        }
        false => bench.refuses("webpki-ring", || peer.verify()),
    }
    bench.against_libraries(&chain, |_| is_few, || ours.verify());
}

fn constraints_own_work(bench: &Bench, count: usize, goal: &str) {
    let ours = Ours::new(&bench_shapes::constrained(count), CARELESS);
    assert!(ours.verify());
    bench.value(measure(bench.pace, || ours.verify()), "ns", goal);
}

/// The name alone, of a certificate that was read before.
fn host(bench: &Bench, count: usize, first: bool) {
    let leaf = CertificateDer::from(bench_shapes::leaf_with_names(count, first));
    let name = ReferenceName::dns(bench_chains::HOST).expect("a name");
    let certificate = Certificate::from_der(&leaf).expect("well formed");
    // The list is checked to its end when the certificate is read, whatever is asked of it later.
    let names = certificate.presented_names().expect("well formed");
    let ours = || black_box(&names).iter().any(|presented| name.matches(&presented));
    let other_name = ServerName::try_from(bench_chains::HOST).expect("a name");
    let other = ::webpki::EndEntityCert::try_from(&leaf).expect("well formed");
    let peer = || black_box(&other).verify_is_valid_for_subject_name(&other_name).is_ok();
    let times = bench.against("webpki-ring", ours, peer);
    let looked_at = if first { 1 } else { count };
    bench.value(times.ours_ns / looked_at as f64, "ns-per-name", "42");
}

/// What it takes to check the list of names, once for each certificate.
fn host_list(bench: &Bench, count: usize) {
    let leaf = bench_shapes::leaf_with_names(count, false);
    let certificate = Certificate::from_der(&leaf).expect("well formed");
    let time = measure(bench.pace, || black_box(&certificate).presented_names().is_ok());
    bench.value(time / count as f64, "ns-per-name", "-");
}

/// From the table that `--bench hostile` makes.
fn worst_presented(bench: &Bench) {
    let table = fs::read_to_string(of_repository("core/src/hostile.md")).expect("the table");
    let times = table.lines().filter_map(|line| line.strip_suffix(" ms |")?.rsplit(' ').next());
    let worst = times.filter_map(|time| time.parse().ok()).fold(0.0, f64::max);
    bench.value(worst * 1e6, "ns", "5000000");
}
