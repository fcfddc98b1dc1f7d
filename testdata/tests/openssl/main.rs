//! `openssl verify` is asked every case, and each answer that is not ours stands in a table.
//!
//! The table is for OpenSSL 3.0. With another 3.x, only what is in no row fails; with any other
//! version, nothing does, and the summary says what was found.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;

mod differences;

use differences::DIFFERENCES;
use differences::Difference;
use differences::Says;

#[test]
fn openssl_agrees_but_for_what_is_explained() {
    let Some(version) = version() else {
        return;
    };
    let cases = cases::all();
    let answers = ask_all(&cases);
    let (mut agree, mut explained, mut faults) = (0, 0, Vec::new());
    for (case, answer) in cases.iter().zip(&answers) {
        let row = DIFFERENCES.iter().find(|row| row.cases.contains(&case.name));
        let differs = answer.accepts() != (case.expect == Expect::Accepted);
        match row {
            // What it cannot even load is malformed, or nothing was asked.
            None if answer.is_no_verdict() && !is_about_encoding(case) => {
                faults.push(format!("{}: no verdict: {answer}", case.name));
            }
            None if !differs => agree += 1,
            None => faults.push(format!("{}: OpenSSL {answer}", case.name)),
            Some(row) if differs && row.explains(answer) => explained += 1,
            Some(row) if differs => {
                let said = row.says;
                faults.push(format!("{}: OpenSSL {answer}, and its row says {said:?}", case.name));
            }
            Some(_) if version.is_of_the_table() => {
                faults.push(format!("{}: does not differ; its row is stale", case.name));
            }
            Some(_) => agree += 1,
        }
    }
    let (count, unexplained) = (cases.len(), faults.len());
    println!("{}", version.0);
    println!(
        "openssl: {count} cases, {agree} agree, {explained} explained, {unexplained} unexplained"
    );
    let faults = faults.join("\n");
    assert!(faults.is_empty() || !version.is_judged(), "{}:\n{faults}", version.0);
}

#[test]
fn each_difference_is_of_cases_that_there_are_and_stands_in_one_row() {
    let cases = cases::all();
    let mut seen = Vec::new();
    for name in DIFFERENCES.iter().flat_map(|row| row.cases) {
        assert!(cases.iter().any(|case| case.name == *name), "there is no case {name}");
        assert!(!seen.contains(name), "{name} stands in two rows");
        seen.push(name);
    }
}

#[test]
fn openssl_accepts_the_quickstart() {
    if version().is_none() {
        return;
    }
    let folder = testdata().join("quickstart");
    for (ca, accepted) in [("ca.pem", true), ("ca-other.pem", false)] {
        let mut command = verify(&folder, ca);
        command.args(["-verify_hostname", "backend.example.com"]);
        assert_eq!(answer(command, &folder).accepts(), accepted, "quickstart under {ca}");
    }
}

/// What the command answers.
struct Answer {
    /// The first error, none if it accepts.
    error: Option<String>,
}

impl Answer {
    fn accepts(&self) -> bool {
        self.error.is_none()
    }

    fn is_no_verdict(&self) -> bool {
        self.error.as_ref().is_some_and(|error| !error.starts_with("error "))
    }
}

/// Certificates that are refused for how they are written.
fn is_about_encoding(case: &Case) -> bool {
    matches!(case.expect, Expect::Refused("malformed-certificate", _))
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.error {
            None => f.write_str("accepts"),
            Some(error) => write!(f, "refuses: {error}"),
        }
    }
}

impl Difference {
    fn explains(&self, answer: &Answer) -> bool {
        match (&self.says, &answer.error) {
            (Says::Accepts, None) => true,
            (Says::Refuses(numbers), Some(error)) => {
                numbers.iter().any(|number| error.starts_with(&format!("error {number} at ")))
            }
            _ => false,
        }
    }
}

/// Asks about every case, two at a time.
fn ask_all(cases: &[Case]) -> Vec<Answer> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else {
                        return;
                    };
                    let answer = ask(case);
                    answers.lock().expect("no thread panicked").push((at, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().expect("no thread panicked");
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn ask(case: &Case) -> Answer {
    let folder = testdata().join("cases").join(case.name);
    let mut command = verify(&folder, "ca.pem");
    command.args(["-attime", &case.now.to_string()]);
    if let Some(host) = host(case) {
        command.args(["-verify_hostname", host]);
    }
    answer(command, &folder)
}

/// The one name that the case expects. The command takes no URI and no second name: where the
/// case expects such, it is asked for none.
fn host(case: &Case) -> Option<&'static str> {
    match case.sans[..] {
        [] => Some(case.hostname),
        [san] => san.strip_prefix("hostname:"),
        _ => None,
    }
}

fn verify(folder: &Path, ca: &str) -> Command {
    let mut command = Command::new("openssl");
    command
        .args(["verify", "-no-CApath", "-no-CAstore", "-partial_chain", "-purpose", "sslserver"])
        .arg("-CAfile")
        .arg(folder.join(ca))
        .arg("-untrusted")
        .arg(folder.join("chain.pem"));
    command
}

/// Adds the chain, whose first certificate is the leaf, and runs the command.
fn answer(mut command: Command, folder: &Path) -> Answer {
    let output = command.arg(folder.join("chain.pem")).output();
    let output = output.expect("openssl was there a moment ago");
    if output.status.success() {
        return Answer { error: None };
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let error = said.lines().find(|line| line.starts_with("error "));
    Answer { error: Some(error.unwrap_or(said.trim()).to_owned()) }
}

/// What `openssl version` prints.
struct Version(String);

impl Version {
    fn is_of_the_table(&self) -> bool {
        self.0.starts_with("OpenSSL 3.0.")
    }

    fn is_judged(&self) -> bool {
        self.0.starts_with("OpenSSL 3.")
    }
}

fn version() -> Option<Version> {
    match Command::new("openssl").arg("version").output() {
        Ok(output) => Some(Version(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
        Err(_) => {
            println!("SKIP: there is no `openssl` command to compare with");
            None
        }
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
