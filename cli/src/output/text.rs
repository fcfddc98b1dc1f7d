//! Verdicts for people.

use anstyle::AnsiColor;
use lastmile::Advice;
use lastmile::Rejection;
use lastmile::Verified;
use lastmile_policy::Note;
use lastmile_policy::Refusal;
use lastmile_policy::SubjectAltName;

use super::bold;
use crate::trust::Trust;

/// The name and the time, then the path, one subject a line.
pub(crate) fn accepted(verified: &Verified<'_>) -> String {
    verified.to_string()
}

/// The whole explanation, with advice in the words of the API and of the command line.
pub(crate) fn refused(rejection: &Rejection, trust: &Trust) -> String {
    match rejection.advice().and_then(|advice| advice_here(&advice, trust)) {
        Some(advice) => rejection.explanation().advising(&advice).to_string(),
        None => rejection.explanation().to_string(),
    }
}

/// Documents refuse every handshake: the first fault, then each with its place.
pub(crate) fn refused_by_documents(policy: Option<&str>, refusal: &Refusal) -> String {
    let first = refusal.notes().iter().take(1).map(Note::message);
    let first: String = first.collect();
    let code = refusal.code();
    let mut text = match policy {
        Some(policy) => format!("refused: policy {policy}: {first} ({code}, {CLAUSE})"),
        None => format!("refused: {first} ({code}, {CLAUSE})"),
    };
    if refusal.notes().len() > 1 || refusal.notes().iter().any(|note| note.place().is_some()) {
        for note in refusal.notes() {
            text.push_str(&format!("\n  {note}"));
        }
    }
    text.push_str("\n  no handshake can be accepted, and none may be made without TLS");
    text
}

/// Policies name the backend, and are about nothing that it has.
pub(crate) fn unattached(notes: &[Note]) -> String {
    let first: String = notes.iter().take(1).map(Note::message).collect();
    let mut text = format!("refused: {first} (policy-target-not-found, {CLAUSE})");
    for note in notes {
        text.push_str(&format!("\n  {note}"));
    }
    text.push_str("\n  no policy that is accepted is about it");
    text
}

/// The first word in its colour. Where there is no terminal, the colours are taken out again.
pub(crate) fn coloured(text: &str) -> String {
    for (word, colour) in
        [("accepted:", AnsiColor::Green), ("refused:", AnsiColor::Red), ("error:", AnsiColor::Red)]
    {
        if let Some(rest) = text.strip_prefix(word) {
            let style = bold(colour);
            return format!("{style}{word}{style:#}{rest}");
        }
    }
    text.to_owned()
}

/// None where the engine's own words are as good.
fn advice_here(advice: &Advice, trust: &Trust) -> Option<String> {
    let bundle = trust.short_name();
    Some(match advice {
        Advice::AddIssuer { issuer } => {
            format!(
                "have the backend send the certificate of {issuer} if a CA of {bundle} issued it, \
                 or else add it to {bundle}, if it is to be trusted"
            )
        }
        Advice::AddItself { at, is_ca: false } => {
            format!("add {at} to {bundle}, if it is to be trusted itself")
        }
        Advice::AddItself { at, is_ca: true } => format!(
            "add {at} to {bundle}, if it is to be trusted itself and to issue other certificates"
        ),
        Advice::TrustIssuer { issuer } => {
            format!(
                "add the certificate of {issuer}, or of a CA above it, to {bundle}, if it is to be \
                 trusted"
            )
        }
        Advice::IssueFor { name, or_expect: Some(presented) } if can_be_listed(presented) => {
            let form = if presented.contains(':') { " as a URI" } else { "" };
            format!(
                "issue the certificate for {name}, or list {presented} under subjectAltNames{form}"
            )
        }
        Advice::IssueFor { name, .. } => format!("issue the certificate for {name}"),
        Advice::UpdateBundle { anchor } => format!(
            "if anchor {anchor} was renewed, put its current certificate into {bundle}{}",
            place(*anchor, trust)
        ),
        Advice::RenewAnchor { anchor } => format!(
            "put the current certificate of anchor {anchor} into {bundle}{} if it was renewed \
             with its key, or else renew it, or have the chain issued by a CA that is valid",
            place(*anchor, trust)
        ),
        Advice::ReplaceAnchor { at, anchor } => format!(
            "if the backend renewed its certificate, put {at} into {bundle} in place of anchor \
             {anchor}{}",
            place(*anchor, trust)
        ),
        _ => return None,
    })
}

/// Where in its file an anchor stands.
fn place(anchor: usize, trust: &Trust) -> String {
    let place = trust.place(anchor);
    match (place.block, place.line) {
        (Some(block), Some(line)) => format!(" (block {block}, line {line})"),
        _ => String::new(),
    }
}

/// Whether the API takes the name.
fn can_be_listed(presented: &str) -> bool {
    let presented = presented.to_owned();
    SubjectAltName::Hostname(presented.clone()).compile().is_ok()
        || SubjectAltName::Uri(presented).compile().is_ok()
}

/// What says that a policy which cannot be kept refuses: GEP-1897 and the fields of the API.
pub(crate) const CLAUSE: &str = "Gateway API BackendTLSPolicy";
