//! The engine against the second opinion on names: which may be expected, which presented name is
//! the expected one, and which may stand below a constraining CA.
//!
//! The names are not noise: each pair is made of one stem, changed a little on either side, so that
//! it is the same, nearly the same, or one inside the other, about as often as not.

use std::cell::RefCell;
use std::collections::BTreeMap;

use lastmile_oracles::names;
use lastmile_oracles::names::Constraints;
use lastmile_oracles::names::List;
use lastmile_oracles::names::Name;
use proptest::strategy::Strategy;
use proptest::test_runner::Config;
use proptest::test_runner::TestCaseError;
use proptest::test_runner::TestError;
use proptest::test_runner::TestRunner;

use engine::Verdict;
use generate::Constrained;
use generate::Matching;

mod engine;
mod generate;

#[test]
fn expected_names_are_met_as_in_the_second_opinion() {
    for (form, cases, pairs) in [
        ("dns", 80_000, generate::matching::dns()),
        ("uri", 30_000, generate::matching::uri()),
        ("ip", 10_000, generate::matching::ip()),
        ("mixed", 10_000, generate::matching::mixed()),
    ] {
        let outcomes = compare(form, cases, pairs, check_matching);
        let all = ["cannot be expected", "matches", "does not match"];
        assert_often(&outcomes, cases / 40, &all);
    }
}

fn check_matching(Matching { expected, presented }: &Matching) -> Result<&'static str, String> {
    let say = |what: &str| Err(format!("{what}: expected {expected}, presented {presented}"));
    let names = match (engine::expected(expected), names::can_be_expected(expected)) {
        (Some(names), true) => names,
        (None, false) => return Ok("cannot be expected"),
        (Some(_), false) => return say("only the engine lets it be expected"),
        (None, true) => return say("the engine does not let it be expected"),
    };
    match (engine::matches(names, presented), names::matches(expected, presented)) {
        (Verdict::Accepted, true) => Ok("matches"),
        (Verdict::Refused("name-mismatch"), false) => Ok("does not match"),
        (Verdict::Accepted, false) => say("only the engine finds a match"),
        (Verdict::Refused(code), _) => say(&format!("the engine says {code}")),
    }
}

#[test]
fn constraints_are_judged_as_in_the_second_opinion() {
    let all = ["fine", "malformed-name", "name-constraint-not-supported"];
    for (form, cases, pairs) in [
        ("dns", 60_000, generate::constrained::dns as fn(_) -> _),
        ("uri", 60_000, generate::constrained::uri),
        ("mail", 40_000, generate::constrained::mail),
        ("ip", 20_000, generate::constrained::ip),
        ("directory", 60_000, generate::constrained::directory),
    ] {
        let permitted = |base| Constraints { permitted: vec![base], ..Constraints::default() };
        let pairs_of = pairs(permitted);
        let outcomes =
            compare(&format!("{form} permitted"), cases / 2, pairs_of, check_constrained);
        assert_often(&outcomes, cases / 100, &all);
        assert_often(&outcomes, cases / 100, &["name-not-permitted"]);

        let excluded = |base| Constraints { excluded: vec![base], ..Constraints::default() };
        let pairs_of = pairs(excluded);
        let outcomes = compare(&format!("{form} excluded"), cases / 2, pairs_of, check_constrained);
        assert_often(&outcomes, cases / 100, &all);
        assert_often(&outcomes, cases / 100, &["name-excluded"]);
    }
}

/// Where the RFCs leave room, this is what both hold to.
#[test]
fn what_the_rfcs_leave_open_is_settled() {
    let dns = |name: &str| Name::Dns(name.into());
    let uri = |name: &str| Name::Uri(name.into());
    let mail = |name: &str| Name::Mail(name.into());
    let permitted = |base| Constraints { permitted: vec![base], ..Constraints::default() };
    let excluded = |base| Constraints { excluded: vec![base], ..Constraints::default() };
    for (name, constraints, settled) in [
        // A base without labels is every name, one of a dot alone is none.
        (dns("a.test"), permitted(dns("")), "fine"),
        (uri("https://a.test"), excluded(uri("")), "name-excluded"),
        (mail("ops@a.test"), excluded(mail("")), "name-excluded"),
        (dns("a.test"), excluded(dns(".")), "name-constraint-not-supported"),
        // A leading dot leaves the name itself out of what is permitted, not of what is excluded.
        (dns("a.test"), permitted(dns(".a.test")), "name-not-permitted"),
        (dns("a.test"), excluded(dns(".a.test")), "name-excluded"),
        (uri("https://a.test"), excluded(uri(".a.test")), "name-excluded"),
        (mail("ops@a.test"), excluded(mail(".a.test")), "name-excluded"),
        // Whatever reads like an address is no host of a URI; as a base it holds none.
        (uri("https://10.1.2.3"), excluded(uri("10.1.2.3")), "malformed-name"),
        (uri("https://a.test"), excluded(uri("10.1.2.3")), "fine"),
        // As a dNSName it is a name like others.
        (dns("10.1.2.3"), permitted(dns("2.3")), "fine"),
        // A URI is visible ASCII to its end, and its userinfo is as RFC 3986 has it.
        (uri("https://a.test/\u{fc}"), permitted(uri("a.test")), "malformed-name"),
        (uri("https://b.test\\@a.test"), permitted(uri("a.test")), "malformed-name"),
        // Local parts: visible ASCII, their case told apart only where that refuses more.
        (mail("\"o s\"@a.test"), permitted(mail("a.test")), "malformed-name"),
        (mail("Ops@a.test"), permitted(mail("ops@a.test")), "name-not-permitted"),
        (mail("Ops@a.test"), excluded(mail("ops@a.test")), "name-excluded"),
    ] {
        let case = generate::constrained::one(name, constraints);
        assert_eq!(check_constrained(&case), Ok(settled), "{case:?}");
    }
}

#[test]
fn many_names_under_many_constraints_are_judged_as_in_the_second_opinion() {
    let several = generate::constrained::several();
    let outcomes = compare("several", 60_000, several, check_constrained);
    let all = [
        "fine",
        "malformed-name",
        "name-constraint-not-supported",
        "name-excluded",
        "name-not-permitted",
    ];
    assert_often(&outcomes, 300, &all);
}

fn check_constrained(case: &Constrained) -> Result<&'static str, String> {
    let expected = companion(&case.names);
    let names = [std::slice::from_ref(&expected), &case.names].concat();
    let held = [&names[..], &names::subject_names(&case.subject)].concat();
    let faults = names::judge(&held, &case.constraints);
    let (said, agreed) = match engine::judge(case, &names, &expected) {
        Verdict::Accepted => ("fine", faults.is_empty()),
        Verdict::Refused(code) => (code, faults.iter().any(|fault| fault.code() == code)),
    };
    match agreed {
        true => Ok(said),
        false => {
            let (names, constraints) = (List(&held), &case.constraints);
            Err(format!("the engine says {said}, not {faults:?}: {names} below {constraints}"))
        }
    }
}

/// A name to expect beside these, preferably of a form that none of them has.
fn companion(names: &[Name]) -> Name {
    match names.iter().any(|name| matches!(name, Name::Uri(_))) {
        true => Name::Dns(b"companion.test".to_vec()),
        false => Name::Uri(b"spiffe://companion.test/".to_vec()),
    }
}

/// How often each outcome came about.
type Outcomes = BTreeMap<&'static str, u32>;

/// Compares so many of the generated; a difference is shown as small as it could be made.
fn compare<S: Strategy>(
    what: &str,
    cases: u32,
    generated: S,
    check: fn(&S::Value) -> Result<&'static str, String>,
) -> Outcomes {
    let outcomes = RefCell::new(Outcomes::new());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&generated, |value| {
        let outcome = check(&value).map_err(TestCaseError::fail)?;
        *outcomes.borrow_mut().entry(outcome).or_default() += 1;
        Ok(())
    });
    println!("{what}: {cases} pairs, {:?}", outcomes.borrow());
    match result {
        Ok(()) => {}
        Err(TestError::Fail(difference, _)) => panic!("{what}: {difference}"),
        Err(error) => panic!("{what}: {error}"),
    }
    outcomes.into_inner()
}

/// A test of which one side never comes about tests nothing.
fn assert_often(outcomes: &Outcomes, least: u32, all: &[&str]) {
    for outcome in all {
        let times = outcomes.get(outcome).copied().unwrap_or(0);
        assert!(times >= least, "only {times} times: {outcome}");
    }
}
