//! `openssl s_server` as a process that does not outlive its test.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use lastmile_harness::Watchdog;
use lastmile_harness::scratch;
use lastmile_testdata::case;
use lastmile_testdata::keys::Key;

const PATIENCE: Duration = Duration::from_secs(20);

/// A server that answers each request with a page about its connection, and is killed when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    watchdog: Watchdog,
    complained: mpsc::Receiver<String>,
}

impl Server {
    /// Presents this chain, under a name of its own.
    ///
    /// # Panics
    /// It does not start.
    pub(crate) fn start(name: &str, chain: &[Vec<u8>], key: &Key) -> Self {
        let folder = scratch(&format!("server-{name}"));
        let write = |name: &str, content: String| {
            let path = folder.join(name);
            std::fs::write(&path, content).expect("a file is written");
            path
        };
        let (leaf, others) = chain.split_at(1);
        let mut command = Self::command();
        command.arg("-cert").arg(write("leaf.pem", case::certificates(leaf)));
        command.arg("-key").arg(write("key.pem", key.to_pem()));
        command.arg("-cert_chain").arg(write("others.pem", case::certificates(others)));
        Self::spawn(command)
    }

    /// One that has none, for TLS 1.2 with anonymous ciphers.
    ///
    /// # Panics
    /// It does not start.
    pub(crate) fn without_certificate() -> Self {
        let mut command = Self::command();
        command.args(["-nocert", "-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"]);
        Self::spawn(command)
    }

    fn command() -> Command {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www"]);
        command
    }

    fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("openssl runs");
        let watchdog = Watchdog::over(&child);
        let printed = lines(child.stdout.take().expect("it is piped"));
        let complained = lines(child.stderr.take().expect("it is piped"));
        let accept = find(&printed, |line| line.starts_with("ACCEPT "));
        let accept =
            accept.unwrap_or_else(|| panic!("{:?}", complained.iter().collect::<Vec<_>>()));
        let port = accept.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.expect("it says where it listens");
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), child, watchdog, complained }
    }

    /// The next alert that it was sent.
    pub(crate) fn alert(&self) -> Option<u8> {
        let number = |line: &str| {
            let (_, number) = line.split_once("SSL alert number ")?;
            number.trim().parse().ok()
        };
        number(&find(&self.complained, |line| number(line).is_some())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.watchdog.end();
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line that is wanted; none when the output has ended, or none comes in time.
fn find(lines: &mpsc::Receiver<String>, wanted: impl Fn(&str) -> bool) -> Option<String> {
    loop {
        let line = lines.recv_timeout(PATIENCE).ok()?;
        if wanted(&line) {
            return Some(line);
        }
    }
}

fn lines(output: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
