//! One handshake: what was negotiated, what was presented, and how it ended.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lastmile::At;
use lastmile::Certificate;
use lastmile::Escaped;
use lastmile::Finding;
use lastmile::Reason;
use lastmile::Rejection;
use lastmile::UnixTime;
use lastmile::Verified;
use lastmile::Verifier;
use lastmile::inspect::issuer_findings;
use lastmile_rustls::Backend;
use lastmile_rustls::Observer;
use lastmile_rustls::Presented;
use rustls::ClientConnection;
use rustls::Error;
use rustls::PeerMisbehaved;
use rustls::ProtocolVersion;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use serde::Serialize;

use super::deadline::Deadline;
use super::deadline::Timed;
use super::ending::Stage;
use super::ending::handshake_failed;
use super::ending::rustls_error;
use super::ending::said;
use super::ending::why;
use super::no_verdict::NoVerdict;

/// A handshake in which a chain was presented and judged.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) tls: Tls,
    /// The leaf first.
    pub(crate) presented: Vec<Vec<u8>>,
    /// By the verifier, in the handshake.
    pub(crate) accepted: bool,
    /// A warning, perhaps; or why an accepted chain is no verdict.
    pub(crate) ended: Result<Option<String>, NoVerdict>,
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
    let mut ended = connection.complete_io(&mut timed).map(|_| ());
    if let Err(error) = ended {
        ended = Err(last_words(&mut connection, &mut timed, error));
    }
    let chain = seen.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let stage = Stage {
        chain_accepted: chain.as_ref().is_some_and(|chain| chain.accepted),
        wants_client_cert: asked.0.load(Ordering::Relaxed),
    };
    let tls = Tls::of(&connection);
    let done = ended.is_ok() && !connection.is_handshaking();
    part(&mut connection, &mut timed, deadline);
    let Some(Chain { certificates, accepted }) = chain else {
        return Err(match ended {
            Ok(()) => handshake_failed("the server presented no chain"),
            Err(error) => why(&error, &timed, deadline, stage),
        });
    };
    let asks = "the server asks for a client certificate, and none was presented";
    let ended = match ended {
        // Refused: we ended it.
        _ if !accepted => Ok(None),
        Ok(()) if done => Ok(stage.wants_client_cert.then(|| asks.to_owned())),
        Ok(()) => Err(handshake_failed("the handshake was not done")),
        Err(error) => after_acceptance(&error, backend.verifier(), certificates.first(), stage)
            .unwrap_or_else(|| Err(why(&error, &timed, deadline, stage))),
    };
    Ok(Handshake { tls, presented: certificates, accepted, ended })
}

/// What the server said last may stand behind a write that failed.
fn last_words(
    connection: &mut ClientConnection,
    timed: &mut Timed<'_>,
    error: io::Error,
) -> io::Error {
    if rustls_error(&error).is_some() || error.kind() == io::ErrorKind::TimedOut {
        return error;
    }
    match connection.read_tls(timed) {
        Ok(1..) => connection.process_new_packets().err().map_or(error, io::Error::other),
        _ => error,
    }
}

/// What is special about an end after the chain was accepted. Signatures are checked in one step
/// with the chain: whoever ends the handshake later has proved its key.
fn after_acceptance(
    error: &io::Error,
    verifier: &Verifier,
    leaf: Option<&Vec<u8>>,
    stage: Stage,
) -> Option<Result<Option<String>, NoVerdict>> {
    let ended = |why: &str| {
        Ok(Some(format!("the server ended the handshake after its chain was accepted: {why}")))
    };
    Some(match rustls_error(error) {
        Some(
            Error::InvalidCertificate(_)
            | Error::PeerMisbehaved(
                PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme
                | PeerMisbehaved::SignedKxWithWrongAlgorithm,
            ),
        ) => Err(handshake_failed(match leaf.and_then(|leaf| unsupported_key(leaf, verifier)) {
            Some(fault) => format!("the handshake cannot be verified: {fault}"),
            None => "the server does not prove that it has the key of its certificate: its \
                     signature of the handshake is not by that key"
                .to_owned(),
        })),
        Some(Error::AlertReceived(alert)) if stage.wants_client_cert => ended(&said(*alert, stage)),
        // A reset may overtake the alert.
        None if stage.wants_client_cert && error.kind() != io::ErrorKind::TimedOut => {
            ended("it asks for a client certificate, and none was presented")
        }
        _ => return None,
    })
}

/// The policy does not judge the leaf's key; the handshake needs one that the provider knows.
fn unsupported_key(leaf: &[u8], verifier: &Verifier) -> Option<String> {
    let leaf = Certificate::from_der(leaf).ok()?;
    let at = At::Certificate(0);
    let findings = issuer_findings(&leaf, at, UnixTime::now(), verifier.algorithms());
    let is_of_the_key =
        |finding: &Finding| matches!(finding.reason(), Reason::UnsupportedPublicKey(_));
    findings.into_iter().find(is_of_the_key).map(|finding| finding.to_string())
}

/// Sends the alert or the end, and waits a little for the server's: a socket that is closed with
/// something unread is reset, and the reset overtakes the alert.
fn part(connection: &mut ClientConnection, timed: &mut Timed<'_>, deadline: Deadline) {
    connection.send_close_notify();
    while connection.wants_write() {
        if connection.write_tls(timed).is_err() {
            return;
        }
    }
    timed.drain(deadline.within(FAREWELL));
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
