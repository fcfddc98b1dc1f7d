//! A probe for people and for machines: what was negotiated and presented, then the verdict.

use std::fmt::Write;

use lastmile::Certificate;
use serde::Serialize;

use super::Probed;
use super::handshake::Handshake;
use super::handshake::Tls;
use super::host_port::HostPort;
use crate::clock::rfc3339;
use crate::digest::sha256;
use crate::failure::Failure;
use crate::output::json;
use crate::output::json::NoVerdict;
use crate::output::json::Verdict;
use crate::policy::Judgement;

/// The fields of the verdict, and those of the handshake.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    /// If there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(flatten)]
    verdict: &'a Verdict,
    tls: &'a Tls,
    presented: Vec<Listed>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(
        target: Option<&str>,
        judgement: &'a Judgement,
        handshake: &'a Handshake,
    ) -> Self {
        Self {
            target: target.map(str::to_owned),
            verdict: &judgement.json,
            tls: &handshake.tls,
            presented: handshake.presented.iter().map(|der| Listed::new(der)).collect(),
        }
    }
}

/// One of several targets that documents refuse, whatever it presents.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    target: &'a str,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

impl<'a> Row<'a> {
    pub(crate) const fn new(target: &'a str, judgement: &'a Judgement) -> Self {
        Self { target, verdict: &judgement.json }
    }
}

/// One of several targets that gave no verdict.
#[derive(Debug, Serialize)]
pub(crate) struct Missing<'a> {
    target: String,
    #[serde(flatten)]
    why: NoVerdict<'a>,
}

impl<'a> Missing<'a> {
    pub(crate) fn new(target: &str, failure: &'a Failure) -> Self {
        Self { target: target.to_owned(), why: json::failure(failure) }
    }
}

/// One presented certificate; what cannot be read is null.
#[derive(Debug, Serialize)]
struct Listed {
    subject: Option<String>,
    issuer: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    sha256: String,
}

impl Listed {
    fn new(der: &[u8]) -> Self {
        let certificate = Certificate::from_der(der).ok();
        let validity = certificate.as_ref().map(Certificate::validity);
        let name = |name: Option<lastmile::DirectoryName<'_>>| name.map(|name| name.to_string());
        Self {
            subject: name(certificate.and_then(|certificate| certificate.subject_name())),
            issuer: name(certificate.and_then(|certificate| certificate.issuer_name())),
            not_before: validity.map(|validity| rfc3339(validity.not_before())),
            not_after: validity.map(|validity| rfc3339(validity.not_after())),
            sha256: sha256(der),
        }
    }

    /// One line.
    fn line(&self) -> String {
        let (Some(from), Some(until)) = (&self.not_before, &self.not_after) else {
            return "(malformed certificate)".into();
        };
        let name = |name: &Option<String>| match name.as_deref() {
            None => "(malformed name)".to_owned(),
            Some("") => "(empty name)".to_owned(),
            Some(name) => name.to_owned(),
        };
        format!("{}; issued by {}; {from} to {until}", name(&self.subject), name(&self.issuer))
    }
}

/// The handshake in a line, then each presented certificate in one.
pub(crate) fn heading(name: &str, to: &HostPort, probed: &Probed, sni: &str) -> String {
    let Tls { version, cipher, alpn } = &probed.handshake.tls;
    let address = probed.address.to_string();
    let dialled = to.to_string();
    let place = match dialled == address {
        true => address,
        false => format!("{dialled} ({address})"),
    };
    let place = match name == dialled {
        true => place,
        false => format!("{name} at {place}"),
    };
    let unknown = || "(unknown)".to_owned();
    let mut text = format!(
        "{place}, SNI {sni}: {}, {}, {}\n",
        version.clone().unwrap_or_else(unknown),
        cipher.clone().unwrap_or_else(unknown),
        alpn.as_ref().map_or("no ALPN".to_owned(), |alpn| format!("ALPN {alpn}")),
    );
    let presented = &probed.handshake.presented;
    for (index, der) in presented.iter().take(MOST_LINES).enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  presents {index}  {}", Listed::new(der).line());
    }
    if let more @ 1.. = presented.len().saturating_sub(MOST_LINES) {
        let _ = writeln!(text, "  presents {more} more certificates");
    }
    text
}

/// More would only be scrolled away.
const MOST_LINES: usize = 32;
