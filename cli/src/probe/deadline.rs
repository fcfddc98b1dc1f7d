//! How long there is left, and what is said when nothing is.

use std::fmt;
use std::io;
use std::io::IoSlice;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpStream;
use std::time::Duration;
use std::time::Instant;

/// A time by which something has to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    allowed: Duration,
}

impl Deadline {
    pub(crate) fn after(allowed: Duration) -> Self {
        Self { at: Instant::now() + allowed, allowed }
    }

    /// So much from now, if the whole has not ended before.
    pub(crate) fn within(self, allowed: Duration) -> Self {
        let inner = Self::after(allowed);
        if inner.at < self.at { inner } else { self }
    }

    /// None if it has passed.
    pub(crate) fn left(self) -> Option<Duration> {
        self.at.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

impl fmt::Display for Deadline {
    /// How much was allowed: `10 s`, `0.5 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.allowed.as_secs_f64())
    }
}

/// A connection on which nothing waits beyond the deadline, and that remembers how the peer began.
#[derive(Debug)]
pub(crate) struct Timed<'a> {
    stream: &'a TcpStream,
    deadline: Deadline,
    first: Vec<u8>,
    received: u64,
}

impl<'a> Timed<'a> {
    pub(crate) const fn new(stream: &'a TcpStream, deadline: Deadline) -> Self {
        Self { stream, deadline, first: Vec::new(), received: 0 }
    }

    /// The first octets that the peer sent, as many as a record's header and a line of text need.
    pub(crate) fn first(&self) -> &[u8] {
        &self.first
    }

    /// How many octets the peer sent.
    pub(crate) const fn received(&self) -> u64 {
        self.received
    }

    /// Says that nothing more is sent, and reads until the peer says so too: not for longer than
    /// this, and not for ever.
    pub(crate) fn drain(&mut self, deadline: Deadline) {
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        self.deadline = deadline;
        let mut unread = self.take(MOST_UNREAD);
        let _ = io::copy(&mut unread, &mut io::sink());
    }

    fn left(&self) -> io::Result<Duration> {
        self.deadline.left().ok_or_else(|| io::ErrorKind::TimedOut.into())
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        let count = self.stream.read(into).map_err(timed_out)?;
        let octets = into.get(..count).unwrap_or_default();
        let wanted = MOST_FIRST.saturating_sub(self.first.len());
        self.first.extend(octets.iter().take(wanted));
        self.received = self.received.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(octets).map_err(timed_out)
    }

    /// The records of a flight go together: between two of them, the peer could close.
    fn write_vectored(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write_vectored(octets).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A socket that waits no longer says that it would block.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}

const MOST_FIRST: usize = 64;
/// More than any handshake of rustls.
const MOST_UNREAD: u64 = 1 << 20;
