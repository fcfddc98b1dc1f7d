//! The committed files are what the program writes, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lastmile_testdata::files;
use lastmile_testdata::keys;

#[test]
fn a_rerun_changes_nothing() {
    for (path, content) in files::all() {
        let committed = fs::read(testdata().join(&path)).unwrap_or_default();
        assert!(
            committed == content,
            "testdata/{path} is not what the program writes; run `cargo run -p lastmile-testdata`"
        );
    }
}

#[test]
fn no_file_is_left_from_before() {
    let generated = files::all().into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>();
    for case in names("cases") {
        let files = names(&format!("cases/{case}"));
        let case = format!("cases/{case}");
        assert!(
            generated.contains(&format!("{case}/case.txt")),
            "testdata/{case} belongs to no case any more; remove the folder"
        );
        for file in &files {
            let path = format!("{case}/{file}");
            let belongs = file == EXPECTED || generated.contains(&path);
            assert!(belongs, "testdata/{path} belongs to no case; remove it");
        }
        assert!(
            files.contains(EXPECTED),
            "testdata/{case} has no {EXPECTED}; the README says how to write it"
        );
    }
}

#[test]
fn no_folder_of_policies_is_left_from_before() {
    let generated = files::all().into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>();
    for folder in names("policy") {
        let input = format!("policy/{folder}/{DOCUMENTS}");
        assert!(
            generated.contains(&input),
            "testdata/policy/{folder} belongs to nothing any more; remove the folder"
        );
        let expected = [DECISION, DOCUMENTS, STATUS].map(str::to_owned);
        assert_eq!(names(&format!("policy/{folder}")), BTreeSet::from(expected), "{folder}");
    }
}

#[test]
fn every_committed_key_is_read() {
    let read = keys::committed().into_iter().map(|(name, _)| format!("{name}.pem"));
    assert_eq!(names("keys"), read.collect::<BTreeSet<_>>());
}

/// The names in a folder of `testdata`.
fn names(folder: &str) -> BTreeSet<String> {
    fs::read_dir(testdata().join(folder))
        .unwrap_or_else(|error| panic!("testdata/{folder}: {error}"))
        .map(|entry| entry.expect("a folder can be listed").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn testdata() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the engine's test writes.
const EXPECTED: &str = "expected.txt";

/// What this program writes of a folder of policies, and what their test writes.
const DOCUMENTS: &str = "in.yaml";
const DECISION: &str = "decision.txt";
const STATUS: &str = "status.yaml";
