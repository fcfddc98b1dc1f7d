//! Verdicts for machines: one object, whose fields do not change.

use lastmile::At;
use lastmile::Finding;
use lastmile::Rejection;
use lastmile::TrustAnchor;
use lastmile::Verified;
use lastmile_policy::Note;
use lastmile_policy::Refusal;
use serde::Serialize;

use super::text;
use crate::clock::rfc3339;
use crate::digest::sha256;
use crate::failure::Failure;
use crate::input::Source;
use crate::trust::Trust;

/// A verdict, in the order of its fields.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    accepted: bool,
    code: Option<&'static str>,
    clause: Option<&'static str>,
    message: String,
    certificate: Option<usize>,
    anchor: Option<Anchor>,
    also: Vec<Also>,
    attempts: u32,
    matched: Option<String>,
    valid_until: Option<String>,
    path: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Anchor {
    subject: String,
    file: Option<String>,
    block: Option<u32>,
    sha256: String,
    not_after: String,
}

#[derive(Clone, Debug, Serialize)]
struct Also {
    code: &'static str,
    clause: &'static str,
    message: String,
    certificate: Option<usize>,
    anchor: Option<Anchor>,
}

/// No verdict, and why.
#[derive(Debug, Serialize)]
pub(crate) struct NoVerdict<'a> {
    error: Error<'a>,
}

#[derive(Debug, Serialize)]
struct Error<'a> {
    code: &'a str,
    message: String,
    file: Option<String>,
    line: Option<u64>,
}

pub(crate) fn accepted(verified: &Verified<'_>, trust: &Trust) -> Verdict {
    let seconds = i64::try_from(verified.valid_until().as_secs()).unwrap_or(i64::MAX);
    let (name, until) = (verified.name().to_string(), rfc3339(seconds));
    Verdict {
        accepted: true,
        code: None,
        clause: None,
        message: format!("the certificate is valid for {name} until {until}"),
        certificate: None,
        anchor: Some(anchor(verified.anchor(), trust)),
        also: Vec::new(),
        attempts: verified.attempts(),
        matched: Some(name),
        valid_until: Some(until),
        path: verified.path().iter().map(|step| step.subject().to_string()).collect(),
    }
}

pub(crate) fn refused(rejection: &Rejection, trust: &Trust) -> Verdict {
    let first = also(rejection.finding(), trust);
    Verdict {
        accepted: false,
        code: Some(first.code),
        clause: Some(first.clause),
        message: first.message,
        certificate: first.certificate,
        anchor: first.anchor,
        also: rejection.also().iter().map(|finding| also(finding, trust)).collect(),
        attempts: rejection.attempts(),
        matched: None,
        valid_until: None,
        path: Vec::new(),
    }
}

/// Documents refuse every handshake.
pub(crate) fn refused_by_documents(refusal: &Refusal) -> Verdict {
    by_documents(refusal.code(), refusal.notes())
}

/// Policies name the backend, and are about nothing that it has.
pub(crate) fn unattached(notes: &[Note]) -> Verdict {
    by_documents("policy-target-not-found", notes)
}

/// The message has the place of each fault.
fn by_documents(code: &'static str, notes: &[Note]) -> Verdict {
    let message: Vec<String> = notes.iter().map(ToString::to_string).collect();
    Verdict {
        accepted: false,
        code: Some(code),
        clause: Some(text::CLAUSE),
        message: message.join("; "),
        certificate: None,
        anchor: None,
        also: Vec::new(),
        attempts: 0,
        matched: None,
        valid_until: None,
        path: Vec::new(),
    }
}

pub(crate) fn failure(failure: &Failure) -> NoVerdict<'_> {
    NoVerdict {
        error: Error {
            code: failure.code,
            message: failure.to_string(),
            file: failure.file.as_ref().map(Source::argument),
            line: failure.line(),
        },
    }
}

/// Values that are made of texts, numbers and lists always have a JSON text.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn also(finding: &Finding, trust: &Trust) -> Also {
    let (certificate, anchor) = match finding.at() {
        At::Certificate(index) => (Some(index), None),
        At::Anchor(index) => {
            let found = trust.anchors.get(index);
            (None, found.map(|found| anchor(&found, trust)))
        }
    };
    Also {
        code: finding.reason().code(),
        clause: finding.reason().clause(),
        message: finding.to_string(),
        certificate,
        anchor,
    }
}

fn anchor(anchor: &TrustAnchor<'_>, trust: &Trust) -> Anchor {
    let certificate = anchor.certificate();
    let place = trust.place(anchor.index());
    Anchor {
        subject: match certificate.subject_name() {
            Some(name) => name.to_string(),
            None => "(malformed name)".into(),
        },
        file: place.file,
        block: place.block,
        sha256: sha256(certificate.der()),
        not_after: rfc3339(certificate.validity().not_after()),
    }
}
