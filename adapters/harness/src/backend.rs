//! A TLS backend on the loopback, which presents any octets, tells what it saw, and answers HTTP/1.1.

use std::collections::BTreeMap;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use lastmile_testdata::keys::Key;
use rustls::AlertDescription;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::ProtocolVersion;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::Stream;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::ClientHello;
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;
use serde_json::json;

/// No read or write takes longer, so that nothing hangs. Longer than a test runs: a pooled connection
/// is idle in between.
const PATIENCE: Duration = Duration::from_secs(120);
/// The most octets of a request.
const MOST_OF_A_REQUEST: usize = 1 << 16;

/// Listens until it is dropped; then it ends its connections.
#[derive(Debug)]
pub struct Backend {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What was seen of one connection.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The SNI.
    pub server_name: Option<String>,
    /// Of TLS; none without a handshake.
    pub version: Option<ProtocolVersion>,
    /// How the handshake ended; none if what came first was no TLS.
    pub handshake: Option<Result<HandshakeKind, Error>>,
    /// The paths that were asked for.
    pub requests: Vec<String>,
    /// Whether the connection has ended.
    pub is_over: bool,
}

impl Seen {
    /// The number of the alert that ended the handshake.
    pub fn alert(&self) -> Option<u8> {
        match self.handshake {
            Some(Err(Error::AlertReceived(alert))) => Some(AlertDescription::into(alert)),
            _ => None,
        }
    }

    /// Whether a session was resumed.
    pub fn is_resumed(&self) -> bool {
        matches!(self.handshake, Some(Ok(HandshakeKind::Resumed)))
    }

    /// Whether the handshake was done, full or not.
    pub fn is_connected(&self) -> bool {
        matches!(self.handshake, Some(Ok(_)))
    }

    /// Whether it is known how the handshake ended.
    fn is_decided(&self) -> bool {
        self.is_over || self.handshake.is_some() || !self.requests.is_empty()
    }
}

impl Backend {
    /// One for TLS 1.2 and 1.3 that presents this chain, which nobody reads on this side.
    ///
    /// # Panics
    /// There is no free port, or ring does not sign with the key.
    pub fn start(chain: &[Vec<u8>], key: &Key) -> Self {
        Self::with_versions(chain, key, rustls::ALL_VERSIONS)
    }

    /// One for these versions.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn with_versions(
        chain: &[Vec<u8>],
        key: &Key,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            state: Mutex::new(State { presented: certified(chain, key), ..State::default() }),
            changed: Condvar::new(),
        });
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("ring has what they need")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shared) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let config = Arc::new(config);
        let own = Arc::clone(&shared);
        let thread = thread::spawn(move || listen(&listener, &config, &own));
        Self { address, shared, thread: Some(thread) }
    }

    /// Presents this from now on.
    ///
    /// # Panics
    /// ring does not sign with the key.
    pub fn present(&self, chain: &[Vec<u8>], key: &Key) {
        self.shared.lock().presented = certified(chain, key);
    }

    /// What was seen since the last call, in the order of arrival. A connection that lasts is told of
    /// again, with the requests since then.
    pub fn take(&self) -> Vec<Seen> {
        let mut state = self.shared.lock();
        let taken = state.seen.values().cloned().collect();
        state.seen.retain(|_, seen| !seen.is_over);
        state.seen.values_mut().for_each(|seen| seen.requests.clear());
        taken
    }

    /// What is seen of the next connection, once its handshake has ended; `None` if there is none for
    /// so long. It is not told of again.
    pub fn take_one(&self, patience: Duration) -> Option<Seen> {
        let until = Instant::now() + patience;
        let mut state = self.shared.lock();
        loop {
            let decided = state.seen.iter().find(|(_, seen)| seen.is_decided());
            if let Some((&number, _)) = decided {
                return state.seen.remove(&number);
            }
            let left = until.checked_duration_since(Instant::now())?;
            state = self.shared.wait(state, left);
        }
    }

    /// Waits until this holds for what was seen since the last call of [`Self::take`]; whether it does.
    pub fn wait_until(&self, patience: Duration, holds: impl Fn(&[Seen]) -> bool) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.shared.lock();
        loop {
            let seen: Vec<Seen> = state.seen.values().cloned().collect();
            if holds(&seen) {
                return true;
            }
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            state = self.shared.wait(state, left);
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_stopped = true;
        for socket in state.sockets.values() {
            // It may have ended by itself.
            let _ = socket.shutdown(Shutdown::Both);
        }
        drop(state);
        // Wakes it.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What nothing has read.
fn certified(chain: &[Vec<u8>], key: &Key) -> Option<Arc<CertifiedKey>> {
    let der = PrivateKeyDer::from_pem_slice(key.to_pem().as_bytes()).expect("the keys are PKCS#8");
    let key = ring::sign::any_supported_type(&der).expect("ring signs with this key");
    let cert = chain.iter().cloned().map(CertificateDer::from).collect();
    Some(Arc::new(CertifiedKey { cert, key, ocsp: None }))
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    presented: Option<Arc<CertifiedKey>>,
    next: u64,
    seen: BTreeMap<u64, Seen>,
    sockets: BTreeMap<u64, TcpStream>,
    is_stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// The number of a new connection; `None` when no more are taken.
    fn begin(&self, socket: &TcpStream) -> Option<u64> {
        let mut state = self.lock();
        if state.is_stopped {
            return None;
        }
        let number = state.next;
        state.next += 1;
        state.sockets.insert(number, socket.try_clone().ok()?);
        state.seen.insert(number, Seen::default());
        Some(number)
    }

    fn update(&self, number: u64, change: impl FnOnce(&mut Seen)) {
        let mut state = self.lock();
        if let Some(seen) = state.seen.get_mut(&number) {
            change(seen);
        }
        self.changed.notify_all();
    }

    fn end(&self, number: u64) {
        self.lock().sockets.remove(&number);
        self.update(number, |seen| seen.is_over = true);
    }
}

impl ResolvesServerCert for Shared {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.lock().presented.clone()
    }
}

fn listen(listener: &TcpListener, config: &Arc<ServerConfig>, shared: &Arc<Shared>) {
    for socket in listener.incoming() {
        let Ok(socket) = socket else { return };
        let Some(number) = shared.begin(&socket) else { return };
        let (config, shared) = (Arc::clone(config), Arc::clone(shared));
        thread::spawn(move || {
            // What went wrong is in what was seen.
            let _ = serve(&socket, config, |change| shared.update(number, change));
            let _ = socket.shutdown(Shutdown::Write);
            shared.end(number);
        });
    }
}

type Change<'a> = Box<dyn FnOnce(&mut Seen) + 'a>;

fn serve(
    mut socket: &TcpStream,
    config: Arc<ServerConfig>,
    update: impl Fn(Change<'_>),
) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    let mut first = [0];
    if socket.peek(&mut first)? == 0 {
        return Ok(());
    }
    // ContentType handshake (RFC 8446 5.1); a request begins with a letter.
    if first[0] != 22 {
        return answer(&mut socket, &update, |_| Answer::PLAIN);
    }
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let outcome = shake_hands(&mut connection, &mut socket);
    let seen = outcome.clone();
    update(Box::new(|seen_now| {
        seen_now.server_name = connection.server_name().map(str::to_owned);
        seen_now.version = connection.protocol_version();
        seen_now.handshake = Some(seen);
    }));
    if outcome.is_err() {
        // What is unread when a socket is closed takes with it what was sent.
        let _ = socket.shutdown(Shutdown::Write);
        return Ok(());
    }
    let tls = json!({
        "version": match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "",
        },
        "serverName": connection.server_name().unwrap_or_default(),
        "negotiatedProtocol":
            String::from_utf8_lossy(connection.alpn_protocol().unwrap_or_default()),
        "cipherSuite": connection
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or_default()
            // As the registry calls those of TLS 1.3.
            .replace("TLS13_", "TLS_"),
    });
    let mut stream = Stream::new(&mut connection, &mut socket);
    answer(&mut stream, &update, |path| Answer {
        status: "200 OK",
        body: json!({"path": path, "tls": tls}).to_string(),
        is_last: false,
    })
}

fn shake_hands(
    connection: &mut ServerConnection,
    socket: &mut &TcpStream,
) -> Result<HandshakeKind, Error> {
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(socket) {
            let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
            return Err(cause.cloned().unwrap_or_else(|| Error::General(error.to_string())));
        }
    }
    connection.handshake_kind().ok_or(Error::HandshakeNotComplete)
}

struct Answer {
    status: &'static str,
    body: String,
    is_last: bool,
}

impl Answer {
    const PLAIN: Self = Self { status: "400 Bad Request", body: String::new(), is_last: true };
}

/// Answers requests, which have no body, one after the other.
fn answer(
    stream: &mut (impl Read + Write),
    update: &impl Fn(Change<'_>),
    to: impl Fn(&str) -> Answer,
) -> io::Result<()> {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if read.len() > MOST_OF_A_REQUEST {
                return Err(ErrorKind::InvalidData.into());
            }
            let mut next = [0; 4096];
            let count = stream.read(&mut next)?;
            if count == 0 {
                return Ok(());
            }
            read.extend_from_slice(&next[..count]);
        };
        let head: Vec<u8> = read.drain(..end).collect();
        let head = String::from_utf8_lossy(&head);
        let path = head.split(' ').nth(1).unwrap_or_default();
        let Answer { status, body, is_last } = to(path);
        let path = path.to_owned();
        update(Box::new(|seen| seen.requests.push(path)));
        let is_last = is_last || head.to_ascii_lowercase().contains("\r\nconnection: close\r\n");
        let connection = if is_last { "Connection: close\r\n" } else { "" };
        let length = body.len();
        let response = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{connection}\r\n{body}"
        );
        stream.write_all(response.as_bytes())?;
        stream.flush()?;
        if is_last {
            return Ok(());
        }
    }
}
