//! A connection: the address of a name, then the first of its addresses that answers.

use std::io;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::net::ToSocketAddrs;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::deadline::Deadline;
use super::host_port::HostPort;
use super::host_port::Resolve;
use super::no_verdict::NoVerdict;

/// Connects, to the first address that lets us, each within `each`.
pub(crate) fn connect(
    target: &HostPort,
    resolve: &[Resolve],
    each: Duration,
    whole: Deadline,
) -> Result<(TcpStream, SocketAddr), NoVerdict> {
    let given = resolve.iter().find(|resolve| resolve.is_for(target));
    let addresses = match given {
        Some(resolve) => resolve.addresses(),
        None => look_up(target, whole)?,
    };
    let mut failed = Vec::new();
    for address in addresses {
        let deadline = whole.within(each);
        let Some(left) = deadline.left() else {
            failed.push(NoVerdict::timed_out(format!("no connection within {whole}")));
            break;
        };
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                // A handshake is a few small messages, each of which somebody waits for.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address));
            }
            Err(error) => failed.push(no_connection(address, &error, deadline)),
        }
    }
    Err(NoVerdict::all(failed).unwrap_or_else(|| no_address(target, "it has none")))
}

/// The system's resolver has time-outs of its own, and cannot be interrupted: it is left behind.
fn look_up(target: &HostPort, whole: Deadline) -> Result<Vec<SocketAddr>, NoVerdict> {
    // An address needs no resolver.
    if let Ok(address) = target.host.parse() {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    if LEFT_BEHIND.load(Ordering::Relaxed) >= MOST_LEFT_BEHIND {
        let text = format!("{MOST_LEFT_BEHIND} look-ups of other hosts are not answered yet");
        return Err(NoVerdict::timed_out(text));
    }
    let (sender, receiver) = mpsc::channel();
    let asked = (target.host.clone(), target.port);
    LEFT_BEHIND.fetch_add(1, Ordering::Relaxed);
    let spawned = thread::Builder::new().spawn(move || {
        let found = asked.to_socket_addrs().map(Iterator::collect);
        LEFT_BEHIND.fetch_sub(1, Ordering::Relaxed);
        // Nobody may be waiting any more.
        let _ = sender.send(found);
    });
    if let Err(error) = spawned {
        LEFT_BEHIND.fetch_sub(1, Ordering::Relaxed);
        return Err(no_address(target, &error.to_string()));
    }
    let left = whole.left().unwrap_or_default();
    match receiver.recv_timeout(left) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(no_address(target, &error.to_string())),
        Err(_) => {
            Err(NoVerdict::timed_out(format!("no address of the host was found within {whole}")))
        }
    }
}

/// Look-ups that go on, whether or not somebody waits for them.
static LEFT_BEHIND: AtomicUsize = AtomicUsize::new(0);

/// Each is a thread.
const MOST_LEFT_BEHIND: usize = 64;

fn no_address(target: &HostPort, why: &str) -> NoVerdict {
    let host = lastmile::Escaped::new(target.host.as_bytes());
    let why = why.strip_prefix("failed to lookup address information: ").unwrap_or(why);
    NoVerdict::new("unknown-host", format!("no address of {host} was found: {why}"))
}

fn no_connection(address: SocketAddr, error: &io::Error, deadline: Deadline) -> NoVerdict {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            NoVerdict::new("unreachable", format!("connection refused by {address}"))
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            NoVerdict::timed_out(format!("no connection to {address} within {deadline}"))
        }
        _ => NoVerdict::new("unreachable", format!("no connection to {address}: {error}")),
    }
}
