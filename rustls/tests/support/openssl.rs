//! `openssl s_server` as a process that does not outlive its test.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use lastmile_testdata::case;
use lastmile_testdata::keys::Key;

use super::client::PATIENCE;

/// What the command calls itself. None, and a word about it, if there is none of OpenSSL 3.
pub(crate) fn version() -> Option<String> {
    let Ok(output) = Command::new("openssl").arg("version").output() else {
        eprintln!("SKIP: there is no `openssl` command to connect to");
        return None;
    };
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !version.starts_with("OpenSSL 3.") {
        eprintln!("SKIP: `openssl` is not OpenSSL 3, but {version}");
        return None;
    }
    Some(version)
}

/// A server that sends each line back reversed, and is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct OpensslServer {
    pub(crate) address: SocketAddr,
    child: Child,
    folder: PathBuf,
    printed: mpsc::Receiver<String>,
    complained: mpsc::Receiver<String>,
}

/// What it saw of one connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SeenByOpenssl {
    pub(crate) server_name: String,
    pub(crate) ended: Ended,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By the client's alert.
    Alert(u8),
    /// Before it sent anything: it has no use for its own certificate.
    Unpresented,
    /// After a handshake, an echo and a close_notify.
    InOrder,
}

impl OpensslServer {
    /// Presents these octets, as they are and in this order.
    ///
    /// # Errors
    /// What it says of a certificate that it does not load.
    pub(crate) fn start(chain: &[Vec<u8>], key: &Key, options: &[&str]) -> Result<Self, String> {
        let folder = folder();
        let (leaf, others) = chain.split_at(1);
        let write = |name: &str, content: String| {
            let path = folder.join(name);
            fs::write(&path, content).expect("the folder of the build can be written to");
            path
        };
        let mut command = Command::new("openssl");
        command
            .args(["s_server", "-accept", "127.0.0.1:0", "-rev", "-tlsextdebug"])
            // Without these it would look for missing intermediates.
            .args(["-no-CAfile", "-no-CApath", "-no-CAstore"])
            // RSA below 2048 bits and SHA-1 are its own to refuse otherwise.
            .args(["-cipher", "DEFAULT@SECLEVEL=0"])
            .args(options);
        command.arg("-cert").arg(write("leaf.pem", case::certificates(leaf)));
        command.arg("-key").arg(write("key.pem", key.to_pem()));
        if !others.is_empty() {
            command.arg("-cert_chain").arg(write("others.pem", case::certificates(others)));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("openssl was there a moment ago");
        let printed = lines(child.stdout.take().expect("it is piped"));
        let complained = lines(child.stderr.take().expect("it is piped"));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut server = Self { address, child, folder, printed, complained };
        let accept = find(&server.printed, |line| line.starts_with("ACCEPT "));
        let Some(accept) = accept else {
            return Err(server.complained.iter().collect::<Vec<_>>().join("; "));
        };
        let port = accept.rsplit(':').next().and_then(|port| port.parse().ok());
        server.address.set_port(port.expect("it says where it listens"));
        Ok(server)
    }

    /// What it saw of the next connection that is not asked for yet. To be asked once for each.
    pub(crate) fn seen(&self) -> SeenByOpenssl {
        let ended = loop {
            let line = find(&self.complained, |_| true).expect("every connection ends");
            // Faults of certificates that it has read stand before what ended the connection.
            if let Some((_, number)) = line.split_once("SSL alert number ") {
                break Ended::Alert(number.parse().expect("a number"));
            } else if line.contains("no shared cipher") || line.contains("no suitable signature") {
                break Ended::Unpresented;
            } else if line == "CONNECTION CLOSED" {
                break Ended::InOrder;
            }
        };
        SeenByOpenssl { server_name: self.server_name(), ended }
    }

    /// From the dump of the extension (RFC 6066 3): two lengths, of the list and of the name, and
    /// between them the type.
    fn server_name(&self) -> String {
        let header = find(&self.printed, |line| line.contains("\"server name\""));
        let header = header.expect("every connection names the server");
        let length = header.rsplit("len=").next().and_then(|length| length.parse().ok());
        let length: usize = length.expect("the header says the length");
        let mut octets = Vec::new();
        while octets.len() < length {
            let line = find(&self.printed, |_| true).expect("the dump is whole");
            octets.extend(dumped(&line));
        }
        String::from_utf8_lossy(&octets[5..length]).into_owned()
    }
}

impl Drop for OpensslServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The octets of `0010 - 6d 70 6c 65 2e 63 6f 6d-   mple.com`.
fn dumped(line: &str) -> Vec<u8> {
    let columns = line.get(7..7 + 16 * 3).unwrap_or_default();
    let words = columns.split([' ', '-']).filter(|word| !word.is_empty());
    words.map_while(|word| u8::from_str_radix(word, 16).ok()).collect()
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

/// A folder that no other test has.
fn folder() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("s_server-{process}-{next}"));
    fs::create_dir_all(&folder).expect("the folder of the build can be written to");
    folder
}
