//! The explanation of a refusal: the sentence, the facts, the other faults, what to try.

use core::fmt;

use super::Described;
use super::Rejection;
use crate::reason::Finding;
use crate::reason::Reason;
use crate::time::Moment;

/// Shows a [`Rejection`] whole. Lines have no newline after the last.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    rejection: &'a Rejection,
    advice: Option<&'a str>,
}

impl<'a> Explanation<'a> {
    pub(super) const fn new(rejection: &'a Rejection) -> Self {
        Self { rejection, advice: None }
    }

    /// The same, with the host's own words after `try:`.
    #[must_use]
    pub const fn advising(self, advice: &'a str) -> Self {
        Self { advice: Some(advice), ..self }
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rejection = self.rejection;
        write!(f, "refused: {rejection}")?;
        let mut shown = None;
        for finding in core::iter::once(rejection.finding()).chain(rejection.also()) {
            // The certificate of the first finding, with what the finding rests on.
            if shown.is_none() {
                if let Some(described) = rejection.described(finding.at()) {
                    write!(f, "\n  {}", Subject(described))?;
                }
                write_facts(f, finding, rejection)?;
                shown = Some(finding);
            } else {
                let reason = finding.reason();
                write!(
                    f,
                    "\n  also: {finding}{} ({}, {})",
                    Instead(reason),
                    reason.code(),
                    reason.clause()
                )?;
            }
        }
        match (self.advice, rejection.advice()) {
            (Some(advice), _) => write!(f, "\n  try: {advice}"),
            (None, Some(advice)) => write!(f, "\n  try: {advice}"),
            (None, None) => Ok(()),
        }
    }
}

/// `certificate 0, CN=payments-v1`, `anchor 2, CN=Root (block 3, line 41)`
struct Subject<'a>(&'a Described);

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.0.at, self.0.subject)?;
        match self.0.block_and_line {
            Some((block, line)) => write!(f, " (block {block}, line {line})"),
            None => Ok(()),
        }
    }
}

/// `, but for dns a.test, dns b.test, and 3 more`: what only the first finding shows whole.
struct Instead<'a>(&'a Reason);

impl fmt::Display for Instead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason::NameMismatch { presented, more, .. } = self.0 else {
            return Ok(());
        };
        if presented.is_empty() {
            return f.write_str(", and has no name in a subjectAltName");
        }
        for (position, name) in presented.iter().take(MOST_NAMES).enumerate() {
            f.write_str(if position == 0 { ", but for " } else { ", " })?;
            f.write_str(name)?;
        }
        match presented.len().saturating_sub(MOST_NAMES).saturating_add(*more) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

/// Names that an `also` line shows.
const MOST_NAMES: usize = 4;

fn write_facts(
    f: &mut fmt::Formatter<'_>,
    finding: &Finding,
    rejection: &Rejection,
) -> fmt::Result {
    let described = rejection.described(finding.at());
    match finding.reason() {
        Reason::NameMismatch { expected, presented, more } => {
            f.write_str("\n    expected any of   ")?;
            for (position, name) in expected.iter().enumerate() {
                f.write_str(if position == 0 { "" } else { ", " })?;
                write!(f, "{} {name}", name.form())?;
            }
            f.write_str("\n    presents          ")?;
            if presented.is_empty() {
                return f.write_str("no name in a subjectAltName (a common name is no name)");
            }
            for (position, name) in presented.iter().enumerate() {
                f.write_str(if position == 0 { "" } else { ", " })?;
                f.write_str(name)?;
            }
            match more {
                0 => Ok(()),
                more => write!(f, ", and {more} more"),
            }
        }
        Reason::Expired { .. } | Reason::NotYetValid { .. } => {
            if let Some((not_before, not_after)) = described.and_then(|one| one.validity) {
                let (from, to) = (Moment(not_before), Moment(not_after));
                write!(f, "\n    valid             {from} to {to}")?;
            }
            write!(f, "\n    checked at        {}", Moment(rejection.now))
        }
        Reason::UnknownIssuer(_) | Reason::BadSignature { .. } => match described {
            Some(described) => write!(f, "\n    issued by         {}", described.issuer),
            None => Ok(()),
        },
        Reason::NameNotPermitted { name, permitted, .. } => {
            write!(f, "\n    carries           {name}")?;
            write!(f, "\n    permitted         {}", permitted.join(", "))
        }
        Reason::NameExcluded { name, subtree, .. } => {
            write!(f, "\n    carries           {name}")?;
            write!(f, "\n    excluded          {subtree}")
        }
        _ => Ok(()),
    }
}
