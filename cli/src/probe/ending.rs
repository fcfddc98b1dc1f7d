//! How a handshake can end without a verdict, in a sentence.

use std::io;

use lastmile::Escaped;
use rustls::AlertDescription;
use rustls::Error;
use rustls::InvalidMessage;
use rustls::PeerIncompatible;

use super::deadline::Deadline;
use super::deadline::Timed;
use super::no_verdict::NoVerdict;

/// How far the handshake had come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    pub(crate) chain_accepted: bool,
    pub(crate) wants_client_cert: bool,
}

/// Why the handshake was not done.
pub(crate) fn why(
    error: &io::Error,
    timed: &Timed<'_>,
    deadline: Deadline,
    stage: Stage,
) -> NoVerdict {
    if let Some(shown) = not_tls(timed.first()) {
        let text = format!("the server does not speak TLS: it said \"{shown}\"");
        return NoVerdict::new("not-tls", text);
    }
    if let Some(error) = rustls_error(error) {
        return handshake_failed(sentence(error, stage));
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

pub(crate) fn handshake_failed(text: impl Into<String>) -> NoVerdict {
    NoVerdict::new("handshake-failed", text)
}

pub(crate) fn rustls_error(error: &io::Error) -> Option<&Error> {
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
    let line = first.trim_ascii_start().split(|octet| matches!(octet, b'\r' | b'\n')).next();
    let line = line.unwrap_or_default();
    Some(Escaped::new(line).to_string())
}

fn sentence(error: &Error, stage: Stage) -> String {
    match error {
        Error::AlertReceived(alert) => {
            format!("the server refuses the handshake: {}", said(*alert, stage))
        }
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => "the server sends a message beyond 64 KiB: too many or too large certificates".into(),
        Error::NoCertificatesPresented => "the server presents no certificate".into(),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server chooses a TLS version that was not offered".into(),
        // It may repeat whole parts of what the server sent.
        _ => {
            let shown = error.to_string();
            format!("the handshake failed: {}", Escaped::new(shown.as_bytes()))
        }
    }
}

/// An alert in the words of RFC 8446 6, and what it commonly means at that stage.
pub(crate) fn said(alert: AlertDescription, stage: Stage) -> String {
    let number = u8::from(alert);
    let meaning = match (alert, stage) {
        (AlertDescription::CertificateRequired, _) => "it wants a client certificate",
        (_, Stage { wants_client_cert: true, .. }) => "it wants a client certificate, perhaps",
        (_, Stage { chain_accepted: true, .. }) => return format!("alert {number}, {alert:?}"),
        (AlertDescription::HandshakeFailure, _) => {
            "it has no cipher suite, group or signature algorithm in common with us"
        }
        (AlertDescription::NoApplicationProtocol, _) => "it speaks none of --alpn",
        (AlertDescription::ProtocolVersion, _) => "it speaks no TLS version that was offered",
        (AlertDescription::UnrecognisedName, _) => "it does not know the SNI",
        _ => return format!("alert {number}, {alert:?}"),
    };
    format!("alert {number}, {alert:?}: {meaning}")
}
