//! `lastmile render envoy`: each folder, word for word; what is refused as a whole; hostile names.
//!
//! `BLESS=1` writes `envoy.yaml` and `told.txt` of each folder anew, to be read before they are kept.
//! That Envoy takes each of them is shown by the tests of the module for it.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use support::Said;
use support::command;
use support::lastmile_reading;
use support::said;

#[path = "../support/mod.rs"]
mod support;

mod listeners;
mod missed;
mod never_plain;
mod parameters;
mod whole;

/// When the certificates of the folders are good.
const TIME: &str = "2026-06-01T00:00:00Z";

#[test]
fn every_folder_is_written_as_it_stands_there() {
    let bless = env::var_os("BLESS").is_some();
    let mut faults = Vec::new();
    let folders = folders();
    for folder in &folders {
        let name = folder.display();
        let arguments = fs::read_to_string(folder.join("arguments.txt")).expect("arguments");
        let found = said(
            command()
                .current_dir(folder)
                .args(["render", "envoy", "-f", "in.yaml", "--time", TIME])
                .args(arguments.lines()),
            b"",
        );
        assert_eq!(found.status, Some(0), "{name}: {}", found.stderr);
        for (file, found) in [("envoy.yaml", found.stdout), ("told.txt", found.stderr)] {
            let path = folder.join(file);
            if bless {
                fs::write(&path, found).expect("the folder can be written");
            } else if fs::read_to_string(&path).ok().as_ref() != Some(&found) {
                faults.push(format!("{name}/{file} is not what is written now:\n{found}"));
            }
        }
    }
    assert!(folders.len() >= 9, "only {} folders", folders.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn folders() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render");
    let entries = fs::read_dir(here).expect("the folder of this test");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn render(text: &str, arguments: &[&str]) -> Said {
    let all = [&["render", "envoy", "-f", "-", "--time", TIME], arguments].concat();
    lastmile_reading(&all, text.as_bytes())
}
