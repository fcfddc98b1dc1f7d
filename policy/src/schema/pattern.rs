//! Patterns as the API server matches them: RE2, anywhere in the text unless they are anchored.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use regex_lite::Regex;

/// Whether the text matches. The patterns are those of the tables, and each is compiled once.
pub(crate) fn matches(pattern: &'static str, text: &str) -> bool {
    if pattern.is_empty() {
        return true;
    }
    static COMPILED: Mutex<BTreeMap<&'static str, Option<Regex>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let regex = compiled.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
    // A test compiles them all; one that could not be would match nothing.
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}
