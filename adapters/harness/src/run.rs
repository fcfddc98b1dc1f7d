//! Running a program for so long and no longer.

use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::has;

/// What a program that ended has said.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub output: String,
    /// Its standard error.
    pub errors: String,
}

impl Finished {
    /// Its standard output.
    ///
    /// # Panics
    /// It did not end with 0.
    #[track_caller]
    pub fn expect_success(self) -> String {
        let Self { status, output, errors } = self;
        assert!(status.success(), "{status}\n{output}\n{errors}");
        output
    }
}

/// Runs it, without standard input, for at most `most`.
///
/// # Panics
/// It cannot be started, or takes longer: then it is stopped.
#[track_caller]
pub fn run(command: &mut Command, most: Duration) -> Finished {
    let start = Instant::now();
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let output = read(child.stdout.take());
    let errors = read(child.stderr.take());
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        if start.elapsed() > most {
            stop(&mut child);
            panic!("{command:?} takes longer than {most:?}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().expect("a reader")).into_owned()
    };
    Finished { status, output: text(output), errors: text(errors) }
}

/// Runs a program with this file under valgrind, where it is, with every error and every leak an error.
///
/// # Panics
/// There is one.
#[track_caller]
pub fn under_valgrind(program: &Path, file: &Path) {
    let name = program.display();
    if !has("valgrind", "--version", &format!("{name} under valgrind")) {
        return;
    }
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
    let kinds = "definite,indirect";
    command
        .arg(format!("--show-leak-kinds={kinds}"))
        .arg(format!("--errors-for-leak-kinds={kinds}"));
    let Finished { status, output, errors } =
        run(command.arg(program).arg(file), Duration::from_secs(300));
    assert!(status.success(), "{name} under valgrind: {status}\n{output}\n{errors}");
}

/// All that comes, on a thread of its own, so that no pipe fills up.
fn read(from: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut octets = Vec::new();
        if let Some(mut from) = from {
            // What was read until an error is shown.
            let _ = from.read_to_end(&mut octets);
        }
        octets
    })
}

fn stop(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}
