//! A host ends with its test, however that one ends; what it writes is read in whole lines.

use std::env;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::process::exit;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use lastmile_harness::Process;
use lastmile_harness::say_skipped;
use lastmile_harness::scratch;

/// What tells the test that it is the one to be killed.
const KILLED_BY: &str = "LASTMILE_TEST_IS_KILLED_BY";
/// What a host here is: nothing else has it among its arguments.
const SLEEP: [&str; 2] = ["sleep", "61.75"];
const PATIENCE: Duration = Duration::from_secs(20);
const ENDS_WITHIN: Duration = Duration::from_secs(5);

#[test]
fn a_host_ends_when_its_test_is_killed() {
    if !has_proc() {
        return;
    }
    if let Some(signal) = env::var_os(KILLED_BY) {
        let directory = scratch(&format!("killed-by-{}", signal.display()));
        let host = Process::start(Command::new(SLEEP[0]).arg(SLEEP[1]), &directory);
        println!("\nhost {}", host.id());
        thread::sleep(PATIENCE);
        // Nobody has killed it: without a word to the host either.
        exit(1);
    }
    for signal in ["KILL", "TERM"] {
        let mut test = Command::new(env::current_exe().expect("a test knows where it is"));
        test.args(["--exact", "a_host_ends_when_its_test_is_killed", "--nocapture"]);
        test.env(KILLED_BY, signal).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut test = test.spawn().expect("the test is started");
        let output = BufReader::new(test.stdout.take().expect("it is piped"));
        let mut lines = output.lines().map_while(Result::ok);
        let host = lines.find_map(|line| Some(line.strip_prefix("host ")?.to_owned()));
        let host: u32 = host.and_then(|id| id.parse().ok()).expect("it tells its host");
        wait_until(|| is_host(host));
        // As long as its test runs.
        thread::sleep(Duration::from_millis(300));
        assert!(is_host(host), "{signal}");
        let kill = format!("kill -{signal} {}", test.id());
        assert!(Command::new("sh").arg("-c").arg(kill).status().expect("a shell").success());
        assert!(!test.wait().expect("a child of ours").success(), "{signal}");
        let start = Instant::now();
        wait_until(|| !is_host(host));
        assert!(start.elapsed() < ENDS_WITHIN, "{signal}: {:?}", start.elapsed());
        println!("{signal}: it ended in {:?}", start.elapsed());
    }
}

#[test]
fn a_host_that_has_ended_is_watched_no_more() {
    if !has_proc() {
        return;
    }
    let directory = scratch("stopped");
    let start = || {
        let host = Process::start(Command::new(SLEEP[0]).arg(SLEEP[1]), &directory);
        wait_until(|| is_host(host.id()) && is_watched(host.id()));
        (host.id(), host)
    };
    let (id, host) = start();
    assert!(!host.stop().expect("it ends when it is asked").success());
    assert!(!is_host(id) && !is_watched(id));
    let (id, host) = start();
    drop(host);
    assert!(!is_host(id) && !is_watched(id));
    let (id, mut host) = start();
    host.signal("KILL");
    wait_until(|| !host.is_running());
    assert!(!is_host(id) && !is_watched(id));
}

#[test]
fn a_line_that_is_being_written_is_not_there_yet() {
    let directory = scratch("half-a-line");
    let mut shell = Command::new("sh");
    shell.args(["-c", "for to in 1 2; do printf 'one\\ntw' >&$to; done; exec sleep 61.75"]);
    let host = Process::start(&mut shell, &directory);
    wait_until(|| fs::read(directory.join("errors.log")).is_ok_and(|octets| octets == b"one\ntw"));
    assert_eq!([host.output(), host.errors()], ["one\n", "one\n"]);
}

fn has_proc() -> bool {
    let has_proc = Path::new("/proc/self/cmdline").exists();
    if !has_proc {
        say_skipped("hosts of tests that are killed", "there is no /proc here");
    }
    has_proc
}

#[track_caller]
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it is not so after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a shell waits to end it.
fn is_watched(id: u32) -> bool {
    let processes = fs::read_dir("/proc").expect("it is there").filter_map(Result::ok);
    let of_id = ["sh".to_owned(), id.to_string()];
    processes.into_iter().any(|process| words(&process.path()).ends_with(&of_id))
}

/// Whether it still runs: one that has ended and was not waited for has no words.
fn is_host(id: u32) -> bool {
    words(&Path::new("/proc").join(id.to_string())) == SLEEP
}

/// The command line of a process.
fn words(process: &Path) -> Vec<String> {
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    line.split(|octet| *octet == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .filter(|word| !word.is_empty())
        .collect()
}
