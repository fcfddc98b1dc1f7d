//! Why there is no verdict: a code, sentences, and the file and line that each is about.

use std::fmt;

use lastmile_policy::InvalidValidation;
use lastmile_policy::Violation;

use crate::input::Source;

/// What was given cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) file: Option<Source>,
    /// At least one.
    faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: Option<u64>,
    pub(crate) text: String,
}

impl Failure {
    /// What is wrong with the arguments.
    pub(crate) fn of_use(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, file: None, faults: vec![Fault { line: None, text: text.into() }] }
    }

    /// What is wrong with a file.
    pub(crate) fn of_file(
        code: &'static str,
        file: &Source,
        line: Option<u64>,
        text: impl Into<String>,
    ) -> Self {
        Self::of_faults(code, file, vec![Fault { line, text: text.into() }])
    }

    /// What all is wrong with a file.
    pub(crate) fn of_faults(code: &'static str, file: &Source, faults: Vec<Fault>) -> Self {
        Self { code, file: Some(file.clone()), faults }
    }

    /// A stanza from a file, or, without one, from `--hostname` and `--san`.
    pub(crate) fn of_validation(invalid: &InvalidValidation, file: Option<&Source>) -> Self {
        let faults = invalid.violations().iter().map(|violation| match file {
            Some(_) => Fault {
                line: violation.position().map(|position| position.line),
                text: in_file(violation),
            },
            None => Fault { line: None, text: in_arguments(violation) },
        });
        Self { code: invalid.code(), file: file.cloned(), faults: faults.collect() }
    }

    /// The line of the first fault.
    pub(crate) fn line(&self) -> Option<u64> {
        self.faults.first().and_then(|fault| fault.line)
    }

    /// A sentence for each fault, each with its file.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = String> {
        let shown = self.faults.iter().take(MOST_FAULTS).map(|fault| match &self.file {
            Some(file) => format!("{file}: {}", fault.text),
            None => fault.text.clone(),
        });
        let more = self.faults.len().saturating_sub(MOST_FAULTS);
        shown.chain((more > 0).then(|| format!("there are {more} more faults")))
    }
}

impl fmt::Display for Failure {
    /// All sentences in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentences().collect::<Vec<_>>().join("; "))
    }
}

fn in_file(violation: &Violation) -> String {
    let sentence = match violation.fault() {
        // In the words of the command line, too.
        lastmile_policy::Fault::ForeignTrust => format!("{violation} (--ca or --system-ca)"),
        _ => violation.to_string(),
    };
    match violation.position() {
        Some(position) => {
            format!("line {}, column {}: {sentence}", position.line, position.column)
        }
        None => sentence,
    }
}

/// In the words of the command line.
fn in_arguments(violation: &Violation) -> String {
    let argument = match violation.path() {
        "hostname" => "--hostname",
        _ => "--san",
    };
    format!("{argument}: {}", violation.fault())
}

/// More would only be scrolled away.
const MOST_FAULTS: usize = 16;
