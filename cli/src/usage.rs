//! Arguments that cannot be understood, and `--help` and `--version`.

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::args::Format;
use crate::failure::Failure;
use crate::output;
use crate::output::Status;

/// Prints what clap has to say.
pub(crate) fn report(error: &clap::Error, arguments: impl Iterator<Item = OsString>) -> Status {
    // Nobody may be listening; that is no defect.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Status::Success,
        _ => {
            if asks_for_json(arguments) {
                let text = error.to_string();
                // What follows the blank line is how to ask.
                let lines = text.lines().take_while(|line| !line.is_empty());
                let message = lines.map(str::trim).collect::<Vec<_>>().join(" ");
                let message = message.strip_prefix("error: ").unwrap_or(&message);
                output::print_failure(&Failure::of_use("usage", message), Format::Json);
            }
            Status::NoVerdict
        }
    }
}

fn asks_for_json(mut arguments: impl Iterator<Item = OsString>) -> bool {
    while let Some(argument) = arguments.next() {
        if argument == "--format=json"
            || argument == "--format" && arguments.next().is_some_and(|value| value == "json")
        {
            return true;
        }
    }
    false
}
