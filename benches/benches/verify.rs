//! A chain verified cold, by lastmile and by rustls-webpki with ring, on the same octets.
//!
//! Besides criterion's figures, which a busy machine shifts from one to the next, it prints a line
//! `verify: KIND ours_ns=… peer=webpki-ring peer_ns=… ratio=…` for each kind of chain: both in
//! turn, in one process, medians of short rounds. `own-work` is the same with a stub for ring's
//! signatures.

use std::env;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use lastmile_benches::compare::Pace;
use lastmile_benches::compare::compare;
use lastmile_benches::engines::ours::Ours;
use lastmile_benches::engines::webpki::Webpki;
use lastmile_benches::statistics::criterion;
use lastmile_testdata::bench_chains;
use lastmile_testdata::stub::CARELESS;

fn cold(criterion: &mut Criterion) {
    let ring = lastmile::algorithms::RING;
    let mut kinds: Vec<_> =
        bench_chains::all().into_iter().map(|chain| (chain.name, chain.chain(), ring)).collect();
    kinds.push(("own-work", bench_chains::p256().chain(), CARELESS));
    let pace = if env::args().any(|one| one == "--test") { Pace::QUICK } else { Pace::FULL };
    for (kind, chain, algorithms) in kinds {
        let (ours, webpki) = (Ours::new(&chain, algorithms), Webpki::new(&chain, algorithms));
        // A figure for a wrong verdict is worth nothing.
        assert!(ours.verify() && webpki.verify(), "{kind} must be accepted");
        let times = compare(pace, || ours.verify(), || webpki.verify());
        println!(
            "verify: {kind} ours_ns={:.0} peer=webpki-ring peer_ns={:.0} ratio={:.4}",
            times.ours_ns, times.peer_ns, times.ratio
        );
        let mut group = criterion.benchmark_group(format!("cold/{kind}"));
        group.bench_function("lastmile", |bencher| bencher.iter(|| ours.verify()));
        group.bench_function("webpki-ring", |bencher| bencher.iter(|| webpki.verify()));
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = cold
}
criterion_main!(benches);
