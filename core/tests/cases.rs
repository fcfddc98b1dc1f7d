//! Every case of `testdata/cases`: its verdict, where it is found, and the explanation to the word.
//!
//! `BLESS=1 cargo test -p lastmile --test cases` writes the explanations anew, to be read before
//! they are committed.

use std::fs;
use std::time::Duration;

use lastmile::At;
use lastmile::UnixTime;
use lastmile::Verifier;

mod support;

use support::Case;
use support::cases;

#[test]
fn every_case_is_judged_and_explained_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 500, "only {} cases", cases.len());
    let bless = std::env::var_os("BLESS").is_some();
    let faults: Vec<String> = cases.iter().flat_map(|case| faults(case, bless)).collect();
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    println!("{} cases", cases.len());
}

/// The clock has 64 bits without a sign, certificates fewer: none is good at its ends.
#[test]
fn nothing_is_accepted_at_the_ends_of_time() {
    for case in cases().iter().filter(|case| case.expect == "accepted") {
        let verifier = case.verifier().expect("a good bundle");
        for (seconds, code) in [
            (0, "not-yet-valid"),
            (u64::MAX, "expired"),
            (u64::MAX / 2 + 1, "expired"),
            (case.now.as_secs() + (1 << 63), "expired"),
        ] {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            let verdict = verifier.verify(case.leaf(), case.intermediates(), now);
            let rejection = verdict.err().unwrap_or_else(|| panic!("{} at {seconds}", case.name));
            let also = rejection.also().iter().map(|finding| finding.reason().code());
            let mut codes = also.chain([rejection.reason().code()]);
            assert!(codes.any(|found| found == code), "{} at {seconds}: {rejection}", case.name);
        }
    }
}

fn faults(case: &Case, bless: bool) -> Vec<String> {
    let verifier = match case.verifier() {
        Ok(verifier) => verifier,
        Err(invalid) => return vec![format!("{}: the bundle: {invalid}", case.name)],
    };
    let (code, at, text) = verdict(case, &verifier);
    let mut faults = Vec::new();
    if code != case.expect {
        faults.push(format!("{}: expected {}, found {code}\n{text}", case.name, case.expect));
    } else if at != case.at {
        faults.push(format!("{}: expected at {:?}, found {at:?}\n{text}", case.name, case.at));
    }
    let file = case.folder.join("expected.txt");
    if bless && faults.is_empty() {
        fs::write(&file, &text).expect("expected.txt is written");
    }
    match fs::read_to_string(&file) {
        Ok(expected) if expected == text => {}
        Ok(expected) => faults.push(format!("{}: expected\n{expected}found\n{text}", case.name)),
        Err(_) => faults.push(format!("{}: no expected.txt; it would be\n{text}", case.name)),
    }
    faults
}

fn verdict(case: &Case, verifier: &Verifier) -> (String, Option<String>, String) {
    match verifier.verify(case.leaf(), case.intermediates(), case.now) {
        Ok(verified) => ("accepted".into(), None, format!("{verified}\n")),
        Err(rejection) => {
            let at = match rejection.at() {
                At::Certificate(index) => format!("certificate {index}"),
                At::Anchor(index) => format!("anchor {index}"),
            };
            let code = rejection.reason().code().to_string();
            (code, Some(at), format!("{}\n", rejection.explanation()))
        }
    }
}
