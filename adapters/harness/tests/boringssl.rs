//! The adapter for BoringSSL: verdicts, alerts, and sessions of two policies.
#![cfg(feature = "boringssl")]
#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use lastmile_harness::Compiler;
use lastmile_harness::Fields;
use lastmile_harness::Library;
use lastmile_harness::Sanitizer;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_harness::under_valgrind;
use lastmile_testdata::cases;
use lastmile_testdata::time;
use support::boringssl::with_boringssl;
use support::sessions;
use support::verdict;
use support::with_case;

const RUNS_FOR: Duration = Duration::from_secs(300);
/// BoringSSL has no use for its key.
const NOT_PRESENTED: &str = "public-key-p521-on-leaf-accepted";

#[test]
fn every_case_is_judged_and_the_server_is_sent_its_alert() {
    let cases = cases::all();
    let path = scratch("fields").join("boringssl-cases");
    cases.iter().fold(Fields::new(), with_case).write(&path);
    let program = program("cases").sanitized(Sanitizer::Address).program("boringssl-cases");
    let output = run(Command::new(program).arg(path), RUNS_FOR).expect_success();
    let (mut presented, mut faults) = (BTreeSet::new(), Vec::new());
    let found: BTreeSet<&str> = output.lines().collect();
    for case in &cases {
        let expected = verdict(case);
        let connected = expected.code == "-";
        let alert = if connected { -1 } else { i32::from(expected.alert) };
        for version in ["1.2", "1.3"] {
            let begin = format!("{} {version} ", case.name);
            let line = format!("{begin}{} {alert} {}", i32::from(connected), expected.code);
            match found.iter().find(|found| found.starts_with(&begin)) {
                Some(found) if *found == line => _ = presented.insert(case.name),
                Some(_) if case.name == NOT_PRESENTED => {}
                Some(found) => faults.push(format!("expected {line}\n   found {found}")),
                // It reads the leaf's key, so that it has no use for a leaf without one.
                None => {}
            }
        }
    }
    println!("{} chains of {}", presented.len(), cases.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(presented.len() >= 500, "only {} chains", presented.len());
    let codes = |names: &dyn Fn(&str) -> bool| -> BTreeSet<&str> {
        cases.iter().filter(|case| names(case.name)).map(|case| verdict(case).code).collect()
    };
    assert_eq!(codes(&|name| presented.contains(name)), codes(&|_| true), "every code was met");
}

#[test]
fn a_session_is_resumed_under_its_own_policy_only() {
    let path = scratch("fields").join("boringssl-sessions");
    sessions(time::NOW).write(&path);
    let program = || program("sessions");
    let plain = program().program("boringssl-sessions");
    let address = program().sanitized(Sanitizer::Address).program("boringssl-sessions-address");
    for program in [&plain, &address] {
        let finished = run(Command::new(program).arg(&path), RUNS_FOR);
        assert_eq!(finished.expect_success(), "done\n", "{program:?}");
    }
    under_valgrind(&plain, &path);
}

fn program(source: &str) -> Compiler {
    let compiler = Compiler::new(Library::with_features(""))
        .source(format!("adapters/harness/tests/programs/{source}.c"))
        .flag("-DLASTMILE_BORINGSSL_NOW=pair_clock")
        .flag("-DWITH_BORINGSSL");
    with_boringssl(compiler)
}
