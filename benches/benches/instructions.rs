//! What ordinary work costs: ten cases that between them use every part of the engine, each with
//! the instructions of one call, held against the table in `benches/instructions.md`.
//!
//! Times do not show on a busy machine that something takes 3 % longer than before; instructions
//! do, and no slow decay escapes them. More than the table says, by 2 %, fail; what counts them,
//! and what the options are, says [`callgrind`](lastmile_benches::callgrind).
//!
//! Signatures cost nothing here. Everything repeats to within thirty instructions, but for
//! `constraints`, which hashes with seeds of its own and shifts by 0.2 % or so.

use std::cell::Cell;
use std::hint::black_box;
use std::process::ExitCode;

use lastmile::Certificate;
use lastmile::ExpectedNames;
use lastmile::MemorySize;
use lastmile::SignatureCache;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_benches::callgrind::Call;
use lastmile_benches::callgrind::Case;
use lastmile_benches::callgrind::Counted;
use lastmile_benches::engines::now;
use lastmile_benches::engines::ours::Ours;
use lastmile_testdata::bench_chains;
use lastmile_testdata::bench_shapes;
use lastmile_testdata::hostile::Chain;
use lastmile_testdata::stub::CARELESS;

fn main() -> ExitCode {
    INSTRUCTIONS.run(&[
        case("parse", "one leaf read, with its names", "accepted", parse),
        case("cold", "a chain of two, below the last of 10,000 anchors", "accepted", || {
            accepts(Ours::new(&bench_shapes::among(10_000), CARELESS))
        }),
        case("names", "a leaf of 100 names, the right one last", "accepted", || {
            let leaf = bench_shapes::leaf_with_names(100, false);
            accepts(Ours::new(&Chain { leaf, ..bench_chains::p256().chain() }, CARELESS))
        }),
        case("deep", "six CAs that constrain names of five forms", "accepted", || {
            accepts(Ours::new(&bench_shapes::deep(), CARELESS))
        }),
        case(
            "constraints",
            "300 names, 300 permitted subtrees, 300 excluded; eight times, for seeds differ",
            "accepted",
            constraints,
        ),
        case("graph", "five layers of ten CAs of one key, and one way out", "accepted", || {
            accepts(Ours::new(&bench_shapes::layers(), CARELESS))
        }),
        case("refusal", "four faults found and explained", "name-mismatch", refusal),
        case("warm", "the same chain again, with a memory of chains", "accepted", warm),
        case("new-leaf", "below a CA whose signature is known", "accepted", new_leaf),
        case("load", "151 anchors from PEM to an index", "accepted", load),
    ])
}

const INSTRUCTIONS: Counted = Counted {
    bench: "instructions",
    table: concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.md"),
    columns: &["case", "what it is", "verdict"],
    has_times: false,
};

fn case(
    name: &'static str,
    about: &'static str,
    verdict: &'static str,
    prepare: fn() -> Call,
) -> Case {
    let cells = vec![about.to_owned(), format!("`{verdict}`")];
    Case { name, cells, verdict, prepare: Box::new(prepare) }
}

fn parse() -> Call {
    let leaf = bench_chains::p256().leaf;
    Box::new(move || {
        let certificate = Certificate::from_der(black_box(&leaf));
        let names = certificate.and_then(|certificate| certificate.check_names());
        answer(black_box(names).is_ok())
    })
}

fn accepts(ours: Ours) -> Call {
    Box::new(move || answer(ours.verify()))
}

/// Each verification sorts by hashes of its own seed: one alone shifts by 0.5 %.
fn constraints() -> Call {
    let ours = Ours::new(&bench_shapes::constrained(300), CARELESS);
    Box::new(move || answer((0..8).all(|_| ours.verify())))
}

/// With the text that an operator reads.
fn refusal() -> Call {
    let Chain { anchors, leaf, presented } = bench_shapes::refused();
    let anchors = TrustAnchors::from_der(anchors).expect("anchors");
    let names = ExpectedNames::dns(bench_chains::HOST).expect("a name");
    let verifier = Verifier::builder_for(anchors, names, CARELESS).build();
    Box::new(move || match verifier.verify(&leaf, &presented, now()) {
        Ok(_) => "accepted",
        Err(rejection) => {
            black_box(rejection.explanation().to_string());
            rejection.reason().code()
        }
    })
}

fn warm() -> Call {
    let ours = Ours::new(&bench_chains::p256().chain(), CARELESS)
        .with(|verifier| verifier.with_memory(Some(MemorySize::default())));
    assert!(ours.verify());
    accepts(ours)
}

/// Another leaf on each call.
fn new_leaf() -> Call {
    let chain = bench_chains::p256();
    let leaves = bench_shapes::leaves(&chain, 64);
    let cache = SignatureCache::new(MemorySize::default());
    let ours = Ours::new(&chain.chain(), CARELESS)
        .with(|verifier| verifier.with_signature_cache(Some(cache)));
    assert!(ours.verify());
    let next = Cell::new(0);
    Box::new(move || {
        let leaf = &leaves[next.replace((next.get() + 1) % leaves.len())];
        answer(ours.verify_leaf(leaf))
    })
}

fn load() -> Call {
    let bundle = bench_shapes::bundle(151);
    Box::new(move || {
        let anchors = TrustAnchors::from_pem(black_box(bundle.as_bytes()));
        answer(black_box(&anchors).is_ok())
    })
}

const fn answer(is_good: bool) -> &'static str {
    if is_good { "accepted" } else { "refused" }
}
