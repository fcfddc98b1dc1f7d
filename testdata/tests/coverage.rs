//! Every reason code has a refused case, and every advisory of `failures.md` the cases it lists.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;

const CODES: &str = include_str!("../../core/src/codes.md");
const FAILURES: &str = include_str!("../failures.md");

#[test]
fn every_reason_code_has_a_refused_case() {
    let refused = cases::all().iter().filter_map(code).collect::<BTreeSet<_>>();
    let codes = rows(CODES).map(|row| unquoted(row[0])).collect::<BTreeSet<_>>();
    assert!(codes.len() > 20, "only {} codes in core/src/codes.md", codes.len());
    let missing = codes.difference(&refused).collect::<Vec<_>>();
    assert!(missing.is_empty(), "without a refused case: {missing:?}");
    let unknown = refused.difference(&codes).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "cases expect codes that there are not: {unknown:?}");
}

#[test]
fn every_advisory_is_named_by_the_cases_that_its_row_lists() {
    let cases = cases::all();
    let mut faults = Vec::new();
    for [advisories, whose, what, listed] in table("## By a certificate") {
        let advisories = advisories.split(", ").collect::<Vec<_>>();
        for advisory in &advisories {
            if !cases.iter().any(|case| case.cves.contains(advisory)) {
                faults.push(format!("no case names {advisory}"));
            }
        }
        let names = |case: &&Case| case.cves.iter().any(|cve| advisories.contains(cve));
        let naming = cases.iter().filter(names).map(|case| format!("`{}`", case.name));
        let naming = naming.collect::<Vec<_>>().join(", ");
        if naming != listed {
            let advisories = advisories.join(", ");
            faults
                .push(format!("the row should be\n| {advisories} | {whose} | {what} | {naming} |"));
        }
    }
    assert!(faults.is_empty(), "testdata/failures.md:\n{}", faults.join("\n"));
}

#[test]
fn every_advisory_is_in_one_row() {
    let mut seen = BTreeMap::new();
    let by_certificate = table::<4>("## By a certificate").into_iter().map(|row| row[0]);
    let otherwise = table::<3>("## By something else").into_iter().map(|row| row[0]);
    for advisory in by_certificate.chain(otherwise).flat_map(|cell| cell.split(", ")) {
        *seen.entry(advisory).or_insert(0) += 1;
    }
    assert!(seen.len() > 80, "only {} advisories", seen.len());
    let twice = seen.iter().filter(|(_, count)| **count > 1).collect::<Vec<_>>();
    assert!(twice.is_empty(), "in several rows: {twice:?}");
    let reached = table::<4>("## By a certificate");
    let reached = reached.iter().flat_map(|row| row[0].split(", ")).collect::<BTreeSet<_>>();
    for case in cases::all() {
        for cve in case.cves {
            assert!(reached.contains(cve), "{}: {cve} is in no row of the first table", case.name);
        }
    }
}

fn code(case: &Case) -> Option<&'static str> {
    match case.expect {
        Expect::Refused(code, _) => Some(code),
        Expect::Accepted => None,
    }
}

/// The rows of the table below a heading of `failures.md`, without its head.
fn table<const COLUMNS: usize>(heading: &str) -> Vec<[&'static str; COLUMNS]> {
    let (_, below) = FAILURES.split_once(heading).expect("the heading is there");
    let section = below.split("\n## ").next().expect("there is a first part");
    let cells = |row: Vec<&'static str>| {
        row.try_into().unwrap_or_else(|row| panic!("not {COLUMNS} cells: {row:?}"))
    };
    rows(section).skip(2).map(cells).collect()
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ").or_else(|| line.strip_prefix('|')))
        .map(|line| line.trim_end_matches('|').trim_end())
        .map(|line| line.split('|').map(str::trim).collect())
}

fn unquoted(cell: &str) -> &str {
    cell.trim_matches('`')
}
