//! A rustls server on the loopback, which presents any octets and reports what it saw.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::thread::JoinHandle;

use rustls::AlertDescription;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::ProtocolVersion;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::server::ClientHello;
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;
use rustls::sign::SigningKey;

use super::client;
use super::client::PATIENCE;

/// What a server presents, whatever it is asked for. Nothing reads it on this side.
#[derive(Debug)]
pub(crate) struct Presenter(Mutex<Arc<CertifiedKey>>);

impl Presenter {
    pub(crate) fn new(chain: &[Vec<u8>], key: Arc<dyn SigningKey>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(certified(chain, key))))
    }

    /// Presents this from now on.
    pub(crate) fn present(&self, chain: &[Vec<u8>], key: Arc<dyn SigningKey>) {
        *self.0.lock().expect("no thread panicked") = certified(chain, key);
    }
}

/// What nothing has read.
pub(crate) fn certified(chain: &[Vec<u8>], key: Arc<dyn SigningKey>) -> Arc<CertifiedKey> {
    let cert = chain.iter().cloned().map(CertificateDer::from).collect();
    Arc::new(CertifiedKey { cert, key, ocsp: None })
}

impl ResolvesServerCert for Presenter {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().expect("no thread panicked")))
    }
}

/// Both versions of TLS, ring, and that certificate resolver.
pub(crate) fn config(resolver: Arc<dyn ResolvesServerCert>) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has what they need")
        .with_no_client_auth()
        .with_cert_resolver(resolver)
}

/// What a server saw of one connection.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) server_name: Option<String>,
    pub(crate) version: Option<ProtocolVersion>,
    /// What is spoken above TLS, if that was agreed upon.
    pub(crate) protocol: Option<Vec<u8>>,
    /// How the handshake ended.
    pub(crate) outcome: Result<HandshakeKind, Error>,
}

impl Seen {
    /// The number of the alert that ended the handshake.
    pub(crate) fn alert(&self) -> Option<u8> {
        match self.outcome {
            Err(Error::AlertReceived(alert)) => Some(AlertDescription::into(alert)),
            _ => None,
        }
    }
}

/// Listens until it is dropped; each connection has a thread.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Mutex<mpsc::Receiver<Seen>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(config: ServerConfig) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), config, b".")
    }

    /// Says this to whoever says something.
    pub(crate) fn answering(config: ServerConfig, answer: &'static [u8]) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), config, answer)
    }

    /// At another address of this machine.
    pub(crate) fn start_at(address: IpAddr, config: ServerConfig, answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (sender, seen) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stopped);
        let thread =
            thread::spawn(move || listen(&listener, &Arc::new(config), answer, &sender, &until));
        Self { address, seen: Mutex::new(seen), stopped, thread: Some(thread) }
    }

    /// What was seen of the connection that ended first, of those not asked for yet.
    pub(crate) fn seen(&self) -> Seen {
        let seen = self.seen.lock().expect("no thread panicked");
        seen.recv_timeout(PATIENCE + PATIENCE).expect("every connection is reported")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(
    listener: &TcpListener,
    config: &Arc<ServerConfig>,
    answer: &[u8],
    sender: &mpsc::Sender<Seen>,
    until: &AtomicBool,
) {
    thread::scope(|scope| {
        for socket in listener.incoming() {
            if until.load(Ordering::SeqCst) {
                return;
            }
            let Ok(socket) = socket else { return };
            scope.spawn(move || {
                // Nobody may be listening any more.
                let _ = sender.send(serve(socket, config, answer));
            });
        }
    });
}

fn serve(mut socket: TcpStream, config: &Arc<ServerConfig>, answer: &[u8]) -> Seen {
    let mut connection =
        ServerConnection::new(Arc::clone(config)).expect("the configuration is good");
    let outcome = match client::prepare(&socket) {
        Ok(()) => shake_hands(&mut connection, &mut socket, answer),
        Err(error) => Err(Error::General(error.to_string())),
    };
    Seen {
        server_name: connection.server_name().map(str::to_owned),
        version: connection.protocol_version(),
        protocol: connection.alpn_protocol().map(<[u8]>::to_vec),
        outcome,
    }
}

/// The handshake, the answer, and the end.
fn shake_hands(
    connection: &mut ServerConnection,
    socket: &mut TcpStream,
    answer: &[u8],
) -> Result<HandshakeKind, Error> {
    while connection.is_handshaking() {
        connection.complete_io(socket).map_err(client::cause)?;
    }
    let kind = connection.handshake_kind().expect("the handshake is done");
    let mut stream = rustls::Stream::new(connection, socket);
    let _ = stream.read(&mut [0; 4096]).map_err(client::cause)?;
    stream.write_all(answer).map_err(client::cause)?;
    io::copy(&mut stream, &mut io::sink()).map_err(client::cause)?;
    Ok(kind)
}
