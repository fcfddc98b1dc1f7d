//! A host that runs beside a test, and ends with it.

use std::fs::File;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::log::whole_lines;

/// A program of somebody else, with its standard output and error in files. Dropped, it is asked to
/// end (SIGTERM, so that it takes its own children with it), and then made to. Where the test is killed and
/// nothing is dropped, a [`Watchdog`] asks it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    watchdog: Watchdog,
    output: PathBuf,
    errors: PathBuf,
}

const ENDS_WITHIN: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(10);

impl Process {
    /// Starts it; its output goes to files in this directory.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn start(command: &mut Command, directory: &Path) -> Self {
        let output = directory.join("output.log");
        let errors = directory.join("errors.log");
        let file = |path: &Path| {
            File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let redirected = command.stdin(Stdio::null()).stdout(file(&output)).stderr(file(&errors));
        let child = redirected.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let watchdog = Watchdog::over(&child);
        Self { child, watchdog, output, errors }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The whole lines that it wrote to its standard output so far.
    pub fn output(&self) -> String {
        whole_lines(&self.output)
    }

    /// The whole lines that it wrote to its standard error so far.
    pub fn errors(&self) -> String {
        whole_lines(&self.errors)
    }

    /// Whether it still runs.
    ///
    /// # Panics
    /// The system cannot say.
    pub fn is_running(&mut self) -> bool {
        self.ended().is_none()
    }

    /// How it ended, if it has.
    fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("a child of ours");
        if status.is_some() {
            self.watchdog.end();
        }
        status
    }

    /// Waits until something listens there.
    ///
    /// # Panics
    /// It ends before, or takes longer than `most`; with what it wrote.
    #[track_caller]
    pub fn wait_for(&mut self, address: SocketAddr, most: Duration) {
        let start = Instant::now();
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            if let Some(status) = self.ended() {
                panic!("it ended with {status}\n{}{}", self.output(), self.errors());
            }
            if start.elapsed() > most {
                panic!(
                    "nothing listens at {address} after {most:?}\n{}{}",
                    self.output(),
                    self.errors()
                );
            }
            thread::sleep(STEP);
        }
    }

    /// Waits until this gives something; what it wrote, if it does not within `most`.
    ///
    /// # Errors
    /// Everything that it wrote.
    pub fn wait_until<T>(
        &self,
        most: Duration,
        mut gives: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T, String> {
        let start = Instant::now();
        loop {
            if let Some(found) = gives(self) {
                return Ok(found);
            }
            if start.elapsed() > most {
                return Err(format!("{}{}", self.output(), self.errors()));
            }
            thread::sleep(STEP);
        }
    }

    /// Sends a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        // A command that every system has, in place of a call that is not safe.
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").arg("-c").arg(kill).stderr(Stdio::null()).status();
        // It may have ended by itself.
        let _ = sent;
    }

    /// Asks it to end, and makes it.
    ///
    /// # Errors
    /// It did not end by itself.
    pub fn stop(mut self) -> Result<ExitStatus, String> {
        self.end()
    }

    fn end(&mut self) -> Result<ExitStatus, String> {
        let start = Instant::now();
        self.signal("TERM");
        // Before anything else can have its number.
        self.watchdog.end();
        while start.elapsed() < ENDS_WITHIN {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Ok(status);
            }
            thread::sleep(STEP);
        }
        // It is made to.
        let _ = self.child.kill();
        let _ = self.child.wait();
        Err(format!("it ran on for {ENDS_WITHIN:?} after SIGTERM\n{}", self.errors()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = self.end();
        }
    }
}

/// Asks a child of ours to end (SIGTERM) when we are killed: it reads from a pipe that then has no other end.
/// To be ended before the child is waited for, so that its number is still its own.
#[derive(Debug)]
pub struct Watchdog {
    reader: Child,
}

impl Watchdog {
    /// Over this child.
    ///
    /// # Panics
    /// There is no `sh`.
    pub fn over(child: &Child) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "read -r line; kill -TERM \"$1\"", "sh"]).arg(child.id().to_string());
        // Our end of the pipe is closed in every program that we start. What is sent to the group that we are
        // in, as by timeout(1), is not for it.
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Self { reader: shell.spawn().expect("a shell is started") }
    }

    /// From now on the child is on its own.
    pub fn end(&mut self) {
        // Killed before its pipe is closed, which `wait` does. It may have been ended before.
        let _ = self.reader.kill();
        let _ = self.reader.wait();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.end();
    }
}

/// A free port of an address of the loopback that nobody else here uses: what listens at 127.0.0.1 does not
/// get it before a host does.
///
/// # Panics
/// There is none.
pub fn own_address() -> SocketAddr {
    static CALLS: AtomicU8 = AtomicU8::new(1);
    let [_, _, middle, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, 1 | (middle << 1), low, CALLS.fetch_add(1, Ordering::Relaxed));
    let listener = TcpListener::bind((own, 0)).expect("all of 127.0.0.0/8 is the loopback");
    listener.local_addr().expect("a bound socket has an address")
}
