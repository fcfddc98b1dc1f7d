//! One connection of a client over a socket, to the end of its handshake.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use rustls::ClientConnection;
use rustls::Error;
use rustls::HandshakeKind;

/// No read or write of these tests takes longer, so that none hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What the client sends when it is connected; an echo of OpenSSL needs a line.
const LINE: &[u8] = b"line\n";

/// Connects, and ends the connection in order: the server reads whatever the client has to say,
/// and the client reads the tickets of TLS 1.3.
pub(crate) fn connect(
    mut connection: ClientConnection,
    address: SocketAddr,
) -> Result<HandshakeKind, Error> {
    let mut socket = socket(address).map_err(lost)?;
    let outcome = talk(&mut connection, &mut socket);
    // What is unread when a socket is closed takes with it what was sent: the alert.
    let _ = socket.shutdown(Shutdown::Write);
    let _ = io::copy(&mut socket, &mut io::sink());
    outcome
}

fn talk(connection: &mut ClientConnection, socket: &mut TcpStream) -> Result<HandshakeKind, Error> {
    while connection.is_handshaking() {
        connection.complete_io(socket).map_err(cause)?;
    }
    let kind = connection.handshake_kind().expect("the handshake is done");
    let mut stream = rustls::Stream::new(connection, socket);
    stream.write_all(LINE).map_err(cause)?;
    // The tickets come before it.
    stream.read_exact(&mut [0]).map_err(cause)?;
    connection.send_close_notify();
    while connection.wants_write() {
        connection.write_tls(socket).map_err(cause)?;
    }
    Ok(kind)
}

/// A socket that does not wait for ever.
pub(crate) fn socket(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    prepare(&socket)?;
    Ok(socket)
}

/// Bounds each read and write.
pub(crate) fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)
}

/// rustls' own error, which the trait of streams wraps.
pub(crate) fn cause(error: io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => inner.clone(),
        None => lost(error),
    }
}

fn lost(error: io::Error) -> Error {
    Error::General(format!("the socket: {error}"))
}
