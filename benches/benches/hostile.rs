//! What the worst inputs cost: the worst chains that were found, each with the time and the instructions that one
//! verification takes, held against the table in `core/src/hostile.md`.
//!
//! The verdict is asserted first. More instructions than the table says, by 2 %, fail; what counts
//! them, and what the options are, says [`callgrind`](lastmile_benches::callgrind).

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_benches::callgrind::Call;
use lastmile_benches::callgrind::Case;
use lastmile_benches::callgrind::Counted;
use lastmile_testdata::hostile;
use lastmile_testdata::hostile::Hostile;
use lastmile_testdata::stub::STUB;

fn main() -> ExitCode {
    let cases = hostile::ALL.each_ref().map(case);
    HOSTILE.run(&cases)
}

const HOSTILE: Counted = Counted {
    bench: "hostile",
    table: concat!(env!("CARGO_MANIFEST_DIR"), "/../core/src/hostile.md"),
    columns: &["input", "what it is", "verdict", "what ends it"],
    has_times: true,
};

fn case(hostile: &'static Hostile) -> Case {
    let Hostile { name, about, verdict, ended_by, .. } = hostile;
    let cells = vec![(*about).to_owned(), format!("`{verdict}`"), (*ended_by).to_owned()];
    Case { name, cells, verdict, prepare: Box::new(|| prepare(hostile)) }
}

/// The input, and the verifier that is asked about it.
fn prepare(hostile: &Hostile) -> Call {
    let chain = (hostile.chain)();
    let anchors = TrustAnchors::from_der(&chain.anchors).expect("anchors");
    let names = ExpectedNames::dns(hostile::HOST).expect("a name");
    let verifier = Verifier::builder_for(anchors, names, STUB).build();
    let seconds = u64::try_from(hostile::NOW).expect("after 1970");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    Box::new(move || match black_box(verifier.verify(&chain.leaf, &chain.presented, now)) {
        Ok(_) => "accepted",
        Err(rejection) => rejection.reason().code(),
    })
}
