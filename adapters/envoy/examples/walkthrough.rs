//! Takes every step of `walkthrough/README.md` in the real Envoy, and prints what comes of each.

#[path = "../walkthrough/steps.rs"]
mod steps;

fn main() {
    if let Some(envoy) = lastmile_harness::envoy("the walk-through") {
        print!("{}", steps::table(&envoy));
    }
}
