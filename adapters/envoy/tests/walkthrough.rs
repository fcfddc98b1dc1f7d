//! The walk-through, whose table stands in its README.md.

#[path = "../walkthrough/steps.rs"]
mod steps;

#[test]
fn every_step_comes_to_what_the_readme_says() {
    let Some(envoy) = lastmile_harness::envoy("the walk-through") else { return };
    let table = steps::table(&envoy);
    print!("{table}");
    let readme = include_str!("../walkthrough/README.md");
    assert!(readme.contains(&table), "README.md has another table than\n{table}");
}
