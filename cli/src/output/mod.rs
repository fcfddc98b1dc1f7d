//! What is printed, where, and the exit status that goes with it.

use std::io;
use std::io::Write;
use std::process::ExitCode;

use anstyle::AnsiColor;
use anstyle::Style;

use crate::args::Format;
use crate::failure::Failure;

pub(crate) mod json;
pub(crate) mod text;

/// The three ways that a command can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    Refused,
    NoVerdict,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Success => 0,
            Status::Refused => 1,
            Status::NoVerdict => 2,
        })
    }
}

/// What a command found, for people and for machines.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) status: Status,
    /// What comes before the text, for people: empty, or whole lines.
    pub(crate) heading: String,
    pub(crate) text: String,
    pub(crate) json: String,
    pub(crate) format: Format,
}

/// Prints a report on standard output.
pub(crate) fn print(report: &Report) -> Status {
    let printed = match report.format {
        Format::Text => format!("{}{}", report.heading, text::coloured(&report.text)),
        Format::Json => report.json.clone(),
    };
    print_text(&printed, report.status)
}

/// Prints on standard output; the status is none if that cannot be done.
pub(crate) fn print_text(text: &str, status: Status) -> Status {
    match print_line(text) {
        Ok(()) => status,
        // Whoever read it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => status,
        Err(error) => {
            complain("error:", AnsiColor::Red, &format!("standard output: {error}"));
            Status::NoVerdict
        }
    }
}

/// Prints why there is no verdict: on standard error, and as JSON if that was asked for.
pub(crate) fn fail(failure: &Failure, format: Format) -> Status {
    for sentence in failure.sentences() {
        complain("error:", AnsiColor::Red, &sentence);
    }
    print_failure(failure, format);
    Status::NoVerdict
}

/// Prints one thing that cannot be read, beside others that can.
pub(crate) fn complain_of(sentence: &str) {
    complain("error:", AnsiColor::Red, sentence);
}

/// Prints what all is wrong, as far as anybody would read it.
pub(crate) fn complain_of_all(sentences: impl Iterator<Item = String>) {
    let mut more = 0_usize;
    for (index, sentence) in sentences.enumerate() {
        match index < MOST_ERRORS {
            true => complain_of(&sentence),
            false => more = more.saturating_add(1),
        }
    }
    if more > 0 {
        complain_of(&format!("there are {more} more errors"));
    }
}

/// The part of a failure that goes to standard output.
pub(crate) fn print_failure(failure: &Failure, format: Format) {
    if format == Format::Json {
        // There is nothing left to report a fault of standard output with.
        let _ = print_line(&json::to_json(&json::failure(failure)));
    }
}

/// Prints on standard error what somebody should look at.
pub(crate) fn warn(warnings: &[String]) {
    for warning in warnings.iter().take(MOST_WARNINGS) {
        complain("warning:", AnsiColor::Yellow, warning);
    }
    if let more @ 1.. = warnings.len().saturating_sub(MOST_WARNINGS) {
        complain("warning:", AnsiColor::Yellow, &format!("there are {more} more warnings"));
    }
}

/// Prints warnings that nobody may miss, however many they are.
pub(crate) fn warn_of_each(warnings: &[String]) {
    for warning in warnings {
        complain("warning:", AnsiColor::Yellow, warning);
    }
}

fn print_line(text: &str) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}

fn complain(kind: &str, colour: AnsiColor, text: &str) {
    let style = bold(colour);
    // Nobody may be listening; the exit status says it too.
    let _ = writeln!(anstream::stderr().lock(), "{style}{kind}{style:#} {text}");
}

fn bold(colour: AnsiColor) -> Style {
    colour.on_default().bold()
}

/// More would only be scrolled away.
const MOST_WARNINGS: usize = 16;
const MOST_ERRORS: usize = 256;
