//! One handshake: what was negotiated, what was presented, and how it ended.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lastmile::Escaped;
use lastmile::Rejection;
use lastmile::Verified;
use lastmile_rustls::Backend;
use lastmile_rustls::Observer;
use lastmile_rustls::Presented;
use rustls::AlertDescription;
use rustls::ClientConnection;
use rustls::Error;
use rustls::InvalidMessage;
use rustls::PeerIncompatible;
use rustls::ProtocolVersion;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use serde::Serialize;

use super::deadline::Deadline;
use super::deadline::Timed;
use super::no_verdict::NoVerdict;

/// A handshake in which a chain was presented and judged.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) tls: Tls,
    /// The leaf first.
    pub(crate) presented: Vec<Vec<u8>>,
    pub(crate) warning: Option<String>,
}

/// What was negotiated, in the words of OpenSSL and of IANA.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tls {
    pub(crate) version: Option<String>,
    pub(crate) cipher: Option<String>,
    pub(crate) alpn: Option<String>,
}

/// Shakes hands, and goes away.
pub(crate) fn shake_hands(
    stream: &TcpStream,
    backend: &Backend,
    deadline: Deadline,
) -> Result<Handshake, NoVerdict> {
    let seen = Arc::new(Seen::default());
    let mut config = backend
        .config_observed_by(Arc::clone(&seen) as Arc<dyn Observer>)
        .map_err(|error| handshake_failed(error.to_string()))?;
    let asked = Arc::new(NoClientCert::default());
    config.client_auth_cert_resolver = Arc::clone(&asked) as Arc<dyn ResolvesClientCert>;
    let mut connection = ClientConnection::new(Arc::new(config), backend.server_name())
        .map_err(|error| handshake_failed(error.to_string()))?;

    let mut timed = Timed::new(stream, deadline);
    let ended = connection.complete_io(&mut timed).map(|_| ());
    let tls = Tls::of(&connection);
    let wants_client_cert = asked.0.load(Ordering::Relaxed);
    let chain = seen.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    part(&mut connection, &mut timed);
    let warning = match (&chain, ended) {
        (Some(_), Ok(())) => wants_client_cert
            .then(|| "the server asks for a client certificate, and none was presented".to_owned()),
        // We ended it.
        (Some(Chain { accepted: false, .. }), Err(_)) => None,
        // Signatures are checked in one step with the chain, so whoever ends the handshake later has
        // proved its key.
        (Some(Chain { accepted: true, .. }), Err(error)) => match rustls_error(&error) {
            Some(Error::InvalidCertificate(_) | Error::PeerMisbehaved(_)) => {
                return Err(handshake_failed(format!(
                    "the server does not prove that it has the key of its certificate: {error}"
                )));
            }
            Some(Error::AlertReceived(alert)) if wants_client_cert => {
                Some(ended_for_want_of_a_cert(&said(*alert, wants_client_cert)))
            }
            // A reset may overtake the alert.
            None if wants_client_cert && error.kind() != io::ErrorKind::TimedOut => {
                Some(ended_for_want_of_a_cert(
                    "it asks for a client certificate, and none was presented",
                ))
            }
            _ => return Err(why(&error, &timed, deadline, wants_client_cert)),
        },
        (None, Ok(())) => return Err(handshake_failed("the server presented no chain".into())),
        (None, Err(error)) => return Err(why(&error, &timed, deadline, wants_client_cert)),
    };
    let presented = chain.map(|chain| chain.certificates).unwrap_or_default();
    Ok(Handshake { tls, presented, warning })
}

fn ended_for_want_of_a_cert(why: &str) -> String {
    format!("the server ended the handshake after its chain was accepted: {why}")
}

/// Sends the alert or the end, and waits a little for the server's: a socket that is closed with
/// something unread is reset, and the reset overtakes the alert.
fn part(connection: &mut ClientConnection, timed: &mut Timed<'_>) {
    connection.send_close_notify();
    while connection.wants_write() {
        if connection.write_tls(timed).is_err() {
            return;
        }
    }
    timed.drain(Deadline::after(FAREWELL));
}

/// A server that is further away learns of a refusal from the reset alone.
const FAREWELL: Duration = Duration::from_millis(500);

impl Tls {
    fn of(connection: &ClientConnection) -> Self {
        let version = connection.protocol_version().map(|version| match version {
            ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
            ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
            other => format!("{other:?}"),
        });
        let cipher = connection.negotiated_cipher_suite().map(|suite| {
            // IANA gives the suites of TLS 1.3 no number of a version.
            format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")
        });
        let alpn = connection.alpn_protocol().map(|name| Escaped::new(name).to_string());
        Self { version, cipher, alpn }
    }
}

/// Keeps what was presented.
#[derive(Debug, Default)]
struct Seen(Mutex<Option<Chain>>);

#[derive(Debug)]
struct Chain {
    certificates: Vec<Vec<u8>>,
    accepted: bool,
}

impl Seen {
    fn keep(&self, presented: &Presented<'_>, accepted: bool) {
        let certificates = std::iter::once(presented.leaf).chain(presented.intermediates);
        let certificates = certificates.map(|one| one.to_vec()).collect();
        let chain = Chain { certificates, accepted };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(chain);
    }
}

impl Observer for Seen {
    fn accepted(&self, presented: &Presented<'_>, _: &Verified<'_>) {
        self.keep(presented, true);
    }

    fn refused(&self, presented: &Presented<'_>, _: &Rejection) {
        self.keep(presented, false);
    }
}

/// Has no certificate, and remembers that it was asked for one.
#[derive(Debug, Default)]
struct NoClientCert(AtomicBool);

impl ResolvesClientCert for NoClientCert {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Why the handshake came to no chain.
fn why(
    error: &io::Error,
    timed: &Timed<'_>,
    deadline: Deadline,
    wants_client_cert: bool,
) -> NoVerdict {
    if let Some(shown) = not_tls(timed.first()) {
        let text = format!("the server does not speak TLS: it said \"{shown}\"");
        return NoVerdict::new("not-tls", text);
    }
    if let Some(error) = rustls_error(error) {
        return handshake_failed(sentence(error, wants_client_cert));
    }
    let received = timed.received();
    match error.kind() {
        io::ErrorKind::TimedOut => NoVerdict::timed_out(match received {
            0 => format!("the server said nothing within {deadline}"),
            _ => format!(
                "the handshake was not done within {deadline}: the server said {received} octets \
                 of it"
            ),
        }),
        io::ErrorKind::UnexpectedEof => handshake_failed(match received {
            0 => "the server closed the connection without a word".to_owned(),
            _ => format!(
                "the server closed the connection in the middle of the handshake, after {received} \
                 octets"
            ),
        }),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => handshake_failed(format!(
            "the server reset the connection, after {received} octets of the handshake"
        )),
        _ => handshake_failed(format!("the connection failed: {error}")),
    }
}

fn handshake_failed(text: String) -> NoVerdict {
    NoVerdict::new("handshake-failed", text)
}

fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// The beginning of what cannot be a record of TLS (RFC 8446 5.1), for people.
fn not_tls(first: &[u8]) -> Option<String> {
    let is_tls = match first {
        [] => true,
        [kind] => (20..=23).contains(kind),
        [kind, major, ..] => (20..=23).contains(kind) && *major == 3,
    };
    if is_tls {
        return None;
    }
    let line = first.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    Some(Escaped::new(line).to_string())
}

fn sentence(error: &Error, wants_client_cert: bool) -> String {
    match error {
        Error::AlertReceived(alert) => {
            format!("the server refuses the handshake: {}", said(*alert, wants_client_cert))
        }
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge
            | InvalidMessage::CertificatePayloadTooLarge
            | InvalidMessage::MessageTooLarge,
        ) => "the server sends a message beyond 64 KiB: too many or too large certificates".into(),
        Error::NoCertificatesPresented => "the server presents no certificate".into(),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server chooses a TLS version that was not offered".into(),
        _ => format!("the handshake failed: {error}"),
    }
}

/// An alert in the words of RFC 8446 6, and what it commonly means of a handshake.
fn said(alert: AlertDescription, wants_client_cert: bool) -> String {
    let number = u8::from(alert);
    let meaning = match alert {
        AlertDescription::CertificateRequired => "it wants a client certificate",
        _ if wants_client_cert => "it wants a client certificate, perhaps",
        AlertDescription::HandshakeFailure => {
            "it has no cipher suite, group or signature algorithm in common with us"
        }
        AlertDescription::NoApplicationProtocol => "it speaks none of --alpn",
        AlertDescription::ProtocolVersion => "it speaks no TLS version that was offered",
        AlertDescription::UnrecognisedName => "it does not know the SNI",
        _ => return format!("alert {number}, {alert:?}"),
    };
    format!("alert {number}, {alert:?}: {meaning}")
}
