//! lastmile beside its peers, on the same octets, in one process, both in turn.
//!
//! A line for each case and peer: `peers: CASE ours_ns=… peer=NAME peer_ns=… ratio=…`, medians of
//! short rounds in this thread's own time; the peer `self` is lastmile in another state. What is no
//! comparison of times is `peers: CASE value=… unit=… goal=…`, and a peer that cannot be compared
//! because it decides otherwise, `peers: CASE peer=NAME verdict=…`. Verdicts are asserted first.
//!
//! `-- FILTER` runs the cases whose name has it, `-- --test` or a run without `--bench` calls
//! everything a few times only, and `-- --plots DIR` makes the plots instead.

mod cases;
mod plots;
mod report;

use std::env;
use std::path::PathBuf;

use lastmile_benches::allocator::Counting;
use lastmile_benches::compare::Pace;

use crate::report::Bench;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let (mut is_bench, mut is_test, mut plots, mut filter) = (false, false, None, String::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => is_bench = true,
            "--test" => is_test = true,
            "--plots" => plots = arguments.next().map(PathBuf::from),
            option if option.starts_with('-') => {}
            _ => filter = argument,
        }
    }
    let pace = if is_bench && !is_test { Pace::FULL } else { Pace::QUICK };
    let mut bench = Bench::new(pace);
    if let Some(directory) = plots {
        return plots::draw(&bench, &directory);
    }
    for case in cases::ALL.iter().filter(|case| case.name.contains(&filter)) {
        bench.case = case.name;
        (case.run)(&bench);
    }
}
