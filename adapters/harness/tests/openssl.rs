//! The adapter for OpenSSL: verdicts, alerts, results, and sessions of two policies.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use lastmile_harness::Fields;
use lastmile_harness::Linked;
use lastmile_harness::Sanitizer;
use lastmile_harness::openssl;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_harness::under_valgrind;
use lastmile_testdata::cases;
use lastmile_testdata::time;
use support::Verdict;
use support::openssl_program;
use support::sessions;
use support::verdict;
use support::with_case;

const RUNS_FOR: Duration = Duration::from_secs(300);

#[test]
fn every_case_is_judged_and_the_server_is_sent_its_alert() {
    let Some(openssl) = openssl("the adapter for OpenSSL") else { return };
    let cases = cases::all();
    let path = scratch("fields").join("openssl-cases");
    cases.iter().fold(Fields::new(), with_case).write(&path);
    let program =
        openssl_program("cases", &openssl).sanitized(Sanitizer::Address).program("openssl-cases");
    let output = run(Command::new(program).arg(path), RUNS_FOR).expect_success();
    let (mut presented, mut codes, mut faults) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut unused = BTreeSet::new();
    for line in output.lines() {
        let [name, version, _, _, _, code] =
            <[&str; 6]>::try_from(line.split(' ').collect::<Vec<_>>()).expect("six words");
        if line.ends_with(" 0 -1 0 -") {
            // The server has no use for its key in this version of TLS.
            unused.insert(format!("{name} {version}"));
            continue;
        }
        let case = cases.iter().find(|case| case.name == name).expect("a case");
        let expected = verdict(case);
        let Verdict { code: expected_code, alert: expected_alert, x509_v_err } = &expected;
        let accepted = *x509_v_err == 0;
        let expected_alert = if accepted { -1 } else { i32::from(*expected_alert) };
        let words = format!(
            "{name} {version} {} {expected_alert} {x509_v_err} {expected_code}",
            i32::from(accepted)
        );
        if line != words {
            faults.push(format!("expected {words}\n   found {line}"));
        }
        codes.insert(code.to_owned());
        presented.insert(name.to_owned());
    }
    println!("not presented: {unused:?}");
    println!("{} chains of {}, {} codes", presented.len(), cases.len(), codes.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(unused.len() <= 15, "{} chains were not presented", unused.len());
    // What OpenSSL presents differs among its releases.
    assert!(presented.len() >= 400, "only {} chains", presented.len());
    let all: BTreeSet<String> = cases.iter().map(|case| verdict(case).code.to_owned()).collect();
    let missing: Vec<_> = all.difference(&codes).collect();
    assert!(missing.len() <= 1, "codes that were not met: {missing:?}");
}

#[test]
fn a_session_is_resumed_under_its_own_policy_only() {
    let Some(openssl) = openssl("the sessions of OpenSSL") else { return };
    let path = scratch("fields").join("openssl-sessions");
    sessions(time::NOW).write(&path);
    let program = || openssl_program("sessions", &openssl);
    let plain = program().program("openssl-sessions");
    let done = |program: PathBuf, options: &str| {
        let mut command = Command::new(&program);
        let finished = run(command.arg(&path).env("TSAN_OPTIONS", options), RUNS_FOR);
        assert_eq!(finished.expect_success(), "done\n", "{program:?}");
    };
    done(plain.clone(), "");
    let address = program().sanitized(Sanitizer::Address).flag("-DWATCHED_DIGEST");
    let address = address.link("-Wl,--wrap=lastmile_verifier_digest");
    done(address.program("openssl-sessions-address"), "");
    // Neither OpenSSL nor the library is compiled with it.
    let suppressions = scratch("fields").join("openssl-suppressions");
    let text = ["libcrypto.so", "libssl.so", "liblastmile.so"]
        .map(|library| format!("called_from_lib:{library}\n"))
        .concat();
    std::fs::write(&suppressions, text).expect("a file is written");
    let watched = || program().sanitized(Sanitizer::Thread).linked(Linked::Shared);
    let options = format!("suppressions={}", suppressions.display());
    done(watched().program("openssl-sessions-thread"), &options);
    // What is written without a lock, and called by the library, is seen.
    let awake = watched().flag("-DAWAKE").program("openssl-sessions-awake");
    let mut command = Command::new(awake);
    command.arg(&path).arg("threads").env("TSAN_OPTIONS", &options);
    let finished = run(&mut command, RUNS_FOR);
    assert!(!finished.status.success(), "nothing was found:\n{}", finished.output);
    assert!(finished.errors.contains("pair_info"), "{}", finished.errors);
    under_valgrind(&plain, &path);
}

#[test]
fn a_host_with_connections_of_its_own_is_told_what_was_accepted() {
    let Some(openssl) = openssl("a host of OpenSSL") else { return };
    let path = scratch("fields").join("openssl-judge");
    sessions(time::NOW).write(&path);
    let program = || openssl_program("judge", &openssl);
    let plain = program().program("openssl-judge");
    let address = program().sanitized(Sanitizer::Address).program("openssl-judge-address");
    for program in [&plain, &address] {
        let finished = run(Command::new(program).arg(&path), RUNS_FOR);
        assert_eq!(finished.expect_success(), "done\n", "{program:?}");
    }
    under_valgrind(&plain, &path);
}
