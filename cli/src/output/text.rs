//! Verdicts for people.

use anstyle::AnsiColor;
use lastmile::Advice;
use lastmile::Rejection;
use lastmile::Verified;
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
    let place = trust.anchors.get(anchor).and_then(|anchor| {
        let (block, line) = (anchor.block()?, anchor.line()?);
        Some(format!(" (block {block}, line {line})"))
    });
    place.unwrap_or_default()
}

/// Whether the API takes the name.
fn can_be_listed(presented: &str) -> bool {
    let presented = presented.to_owned();
    SubjectAltName::Hostname(presented.clone()).compile().is_ok()
        || SubjectAltName::Uri(presented).compile().is_ok()
}
