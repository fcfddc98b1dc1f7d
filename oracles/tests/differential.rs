//! lastmile, rustls-webpki and the model on the same trees.
//!
//! Each difference between the two verifiers is a row of `lastmile_oracles::differences`: the model
//! with all rows turned has to say what webpki says, and with none what lastmile says.

use std::cell::RefCell;

use lastmile_oracles::compare;
use lastmile_oracles::compare::Tally;
use lastmile_oracles::generate;
use lastmile_oracles::tree::Signing;
use proptest::collection::vec;
use proptest::num::u8;
use proptest::test_runner::Config;
use proptest::test_runner::RngAlgorithm;
use proptest::test_runner::TestCaseError;
use proptest::test_runner::TestRng;
use proptest::test_runner::TestRunner;

#[test]
fn trees_are_judged_as_by_the_model_and_by_webpki_but_for_the_differences() {
    let tally = run(100_000, Signing::Stub);
    println!("{tally}");
    assert!(tally.accepted > 20_000 && tally.refused > 20_000, "one-sided trees");
    assert!(tally.too_many_paths < 1_000, "{} had too many paths", tally.too_many_paths);
    assert!(tally.agreed + tally.differed >= 60_000, "too few were for both");
    let stale: Vec<&str> =
        tally.rows().filter(|(_, count)| *count == 0).map(|(row, _)| row.webpki).collect();
    assert!(stale.is_empty(), "rows that explain nothing: {stale:#?}");
    assert!(tally.whole > 10_000, "only {} refusals were held to every fault", tally.whole);
    assert!(tally.given_up > 0, "webpki never gave up: that row explains nothing");
}

#[test]
fn so_are_trees_with_real_signatures() {
    let tally = run(500, Signing::Real);
    println!("{tally}");
    assert!(tally.accepted > 100 && tally.refused > 100, "one-sided trees");
}

fn run(trees: u32, signing: Signing) -> Tally {
    let tally = RefCell::new(Tally::default());
    let config = Config { cases: trees, failure_persistence: None, ..Config::default() };
    // The same trees each time, unless others are asked for.
    let mut runner = match std::env::var_os("RANDOM_TREES") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let outcome = runner.run(&vec(u8::ANY, 0..400), |octets| {
        let tree = generate::tree(&octets);
        let outcome = compare::tree(&tree, signing, compare::PATIENCE)
            .map_err(|difference| TestCaseError::fail(format!("{difference}\n{tree:#?}")))?;
        if outcome.is_none() && tree.presented.len() <= 7 {
            return Err(TestCaseError::fail("every graph of seven certificates is tried whole"));
        }
        tally.borrow_mut().add(&tree, outcome);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    tally.into_inner()
}
