//! One request of HTTP/1.1, as a client of a host.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

/// What a host answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// What follows the header.
    pub body: String,
}

const PATIENCE: Duration = Duration::from_secs(30);

/// Asks for a path in plain text, on a connection of its own.
///
/// # Errors
/// The host closes, is silent for half a minute, or does not answer HTTP.
pub fn get(address: SocketAddr, host: &str, path: &str) -> io::Result<Response> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes())?;
    let (mut read, mut part) = (Vec::new(), [0; 4096]);
    // Some hosts close a second later than they could.
    while !is_whole(&read) {
        match socket.read(&mut part)? {
            0 => break,
            count => read.extend(part.iter().take(count)),
        }
    }
    let text = String::from_utf8_lossy(&read);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no answer in HTTP: {head}")))?;
    // Chunked or not, what tests look for is in it.
    Ok(Response { status, body: body.to_owned() })
}

/// Whether it has all that its header says; without a length, the end of the connection is the end.
fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let mut lengths = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    lengths.next().is_some_and(|length: usize| body.len() >= length)
}
