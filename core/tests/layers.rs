//! The staircase: a module of `core` uses lower steps only.
//!
//! A folder counts as one module; modules of one step do not see each other; `super::` does not
//! leave its folder; what the root re-exports is not used inside. To change `STEPS` is to change
//! the architecture: say so in the commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// From the ground up. `verify` knows a policy and everything below; `der` knows octets.
const STEPS: &[&[&str]] = &[
    &["der", "intermediates", "oid", "order"],
    &["algorithms", "limits", "pem", "slots", "text"],
    &["name", "time"],
    &["cert"],
    &["reason", "signature_cache"],
    &["anchors", "constraints", "profile", "signature"],
    &["inspect"],
    &["path"],
    &["verdict"],
    &["memory"],
    &["verify"],
];

#[test]
fn every_module_uses_lower_steps_only() {
    let mut sources = BTreeMap::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    assert!(sources.len() > 20, "only {} files were read", sources.len());
    let faults = faults(&sources);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_upward_a_sideways_and_a_homeless_module_are_seen() {
    let sources = [
        ("der.rs", "use crate::cert::Certificate;"),
        ("name/dns.rs", "fn f() { crate::{time::Validity, oid::Oid}; }"),
        ("attic.rs", "use crate::der::Reader;"),
        (
            "cert/mod.rs",
            "use crate::{der::{Reader, Span}, name};\n// crate::verify is prose\nuse super::x;",
        ),
        ("path/search.rs", "use crate::limits::Limits;\nuse super::Attempt;"),
    ];
    let sources = sources.map(|(file, text)| (file.to_string(), text.to_string())).into();
    let found = faults(&sources);
    assert_eq!(
        found,
        [
            "attic.rs: attic stands on no step",
            "cert/mod.rs: super:: leaves its folder",
            "der.rs: der (step 0) uses cert (step 3)",
            "name/dns.rs: name (step 2) uses time (step 2)",
        ]
    );
}

fn faults(sources: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, text) in sources {
        let module = module(file);
        if module == "lib" {
            continue;
        }
        let Some(own) = step(module) else {
            faults.push(format!("{file}: {module} stands on no step"));
            continue;
        };
        let is_folder_file = file.contains('/') && !file.ends_with("/mod.rs");
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(|line| format!("{line}\n"))
            .collect();
        // In a file of its own, `super` is the root; tests at its end mean the file itself.
        let before_tests = code.split("mod tests {").next().unwrap_or_default();
        if !is_folder_file && before_tests.contains("super::") {
            faults.push(format!("{file}: super:: leaves its folder"));
        }
        if before_tests.contains("super::super::") {
            faults.push(format!("{file}: super:: leaves its folder"));
        }
        for used in uses(&code) {
            match step(&used) {
                _ if used == module => {}
                Some(other) if other < own => {}
                Some(other) => {
                    faults
                        .push(format!("{file}: {module} (step {own}) uses {used} (step {other})"));
                }
                None => faults.push(format!("{file}: {module} uses {used}, which is no module")),
            }
        }
    }
    faults.dedup();
    faults
}

/// The first names of all paths that begin with `crate::`.
fn uses(code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            found.push(word(path));
            continue;
        };
        let (mut depth, mut at_name) = (0, true);
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_name = true,
                c if at_name && c.is_alphanumeric() => {
                    found.push(word(&group[index..]));
                    at_name = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn step(module: &str) -> Option<usize> {
    STEPS.iter().position(|modules| modules.contains(&module))
}

/// The module of the root that a file belongs to.
fn module(file: &str) -> &str {
    file.split('/').next().map_or(file, |first| first.trim_end_matches(".rs"))
}

fn read(folder: &Path, prefix: &str, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            read(&path, &format!("{prefix}{name}/"), sources);
        } else if name.ends_with(".rs") {
            sources.insert(format!("{prefix}{name}"), fs::read_to_string(&path).expect("text"));
        }
    }
}
