//! The committed files are what the program writes.

use std::fs;
use std::path::Path;

use lastmile_testdata::files;

#[test]
fn a_rerun_changes_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, content) in files::all() {
        let committed = fs::read(folder.join(&path)).unwrap_or_default();
        assert!(
            committed == content,
            "testdata/{path} is not what the program writes; run `cargo run -p lastmile-testdata`"
        );
    }
}

#[test]
fn no_case_is_left_from_before() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let generated = files::all();
    for folder in fs::read_dir(cases).expect("testdata/cases is there") {
        let name = folder.expect("a folder can be listed").file_name();
        let case = format!("cases/{}/case.txt", name.to_string_lossy());
        assert!(
            generated.iter().any(|(path, _)| *path == case),
            "testdata/{case} belongs to no case any more; remove its folder"
        );
    }
}
