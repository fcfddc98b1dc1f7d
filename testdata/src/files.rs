//! Every generated file, in memory: what the program writes, and what the test compares.

use crate::cases;
use crate::policies;
use crate::quickstart;

/// Each file's path below `testdata/`, and its content.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let quickstart = quickstart::files()
        .into_iter()
        .map(|(file, content)| (format!("quickstart/{file}"), content.into_bytes()));
    let cases = cases::all()
        .into_iter()
        .flat_map(|case| case.files())
        .map(|(path, content)| (format!("cases/{path}"), content));
    let policies = policies::all().into_iter().map(|folder| folder.file());
    let policies = policies.map(|(path, content)| (format!("policy/{path}"), content));
    quickstart.chain(cases).chain(policies).collect()
}
