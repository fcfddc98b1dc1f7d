//! What each part of the engine takes, by criterion: to see from one change to the next where time
//! went.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use lastmile::Certificate;
use lastmile::Limits;
use lastmile::MemorySize;
use lastmile::ReferenceName;
use lastmile::TrustAnchors;
use lastmile::algorithms::RING;
use lastmile_benches::engines::ours::Ours;
use lastmile_benches::statistics::criterion;
use lastmile_testdata::bench_chains;
use lastmile_testdata::bench_shapes;
use lastmile_testdata::stub::CARELESS;

fn parse(criterion: &mut Criterion) {
    let chain = bench_chains::p256();
    let mut group = criterion.benchmark_group("parse");
    let intermediate = &chain.intermediate.certificate;
    for (name, der) in [("leaf", &chain.leaf), ("intermediate", intermediate)] {
        assert!(Certificate::from_der(der).is_ok());
        group.bench_function(name, |bencher| bencher.iter(|| Certificate::from_der(der).is_ok()));
    }
}

/// The right name is the last.
fn names(criterion: &mut Criterion) {
    let name = ReferenceName::dns(bench_chains::HOST).expect("a name");
    let mut group = criterion.benchmark_group("names");
    for count in [1, 100, 1_000] {
        let leaf = bench_shapes::leaf_with_names(count, false);
        let certificate = Certificate::from_der(&leaf).expect("well formed");
        let matches = || {
            let mut names = black_box(&certificate).presented_names().expect("well formed").iter();
            names.any(|presented| name.matches(&presented))
        };
        assert!(matches());
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| bencher.iter(matches));
    }
}

/// Without signatures.
fn constraints(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("constraints");
    for count in [10, 100, 1_000] {
        let ours = Ours::new(&bench_shapes::constrained(count), CARELESS);
        assert!(ours.verify());
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| ours.verify());
        });
    }
}

/// Without signatures; of a mesh there is no path.
fn path(criterion: &mut Criterion) {
    let mut limits = Limits::default();
    limits.presented = 256;
    let mut group = criterion.benchmark_group("path");
    for (name, chain, verdict) in [
        ("mesh/99", bench_shapes::mesh(99), false),
        ("mesh/210", bench_shapes::mesh(210), false),
        ("loops", bench_shapes::loops(), true),
        ("layers", bench_shapes::layers(), true),
    ] {
        let ours = Ours::limited(&chain, CARELESS, limits);
        assert_eq!(ours.verify(), verdict, "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| ours.verify()));
    }
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    for count in [151, 10_000] {
        let bundle = bench_shapes::bundle(count);
        let load = || TrustAnchors::from_pem(bundle.as_bytes()).expect("anchors").len();
        assert_eq!(load(), count);
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| bencher.iter(load));
    }
}

fn verify(criterion: &mut Criterion) {
    let cold = Ours::new(&bench_chains::p256().chain(), RING);
    let warm = cold.with(|verifier| verifier.with_memory(Some(MemorySize::default())));
    assert!(cold.verify() && warm.verify());
    let mut group = criterion.benchmark_group("verify");
    group.bench_function("cold", |bencher| bencher.iter(|| cold.verify()));
    group.bench_function("warm", |bencher| bencher.iter(|| warm.verify()));
    // As long as the slower of two takes, each for itself: as long as one alone, if they do not
    // stand in each other's way.
    group.bench_function("warm, two threads", |bencher| {
        bencher.iter_custom(|calls| {
            thread::scope(|scope| {
                let one = || {
                    let ours = warm.clone();
                    let start = Instant::now();
                    for _ in 0..calls {
                        black_box(ours.verify());
                    }
                    start.elapsed()
                };
                let both = [scope.spawn(one), scope.spawn(one)];
                both.map(|one| one.join().expect("no panic")).into_iter().max().unwrap_or_default()
            })
        });
    });
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = parse, names, constraints, path, load, verify
}
criterion_main!(benches);
