//! Arguments that cannot be understood, and `--help` and `--version`.

use std::ffi::OsString;
use std::io;
use std::io::Write;

use clap::error::ErrorKind;
use lastmile::Escaped;

use crate::args::Format;
use crate::failure::Failure;
use crate::output;
use crate::output::Status;

/// Prints what clap has to say.
pub(crate) fn report(error: &clap::Error, arguments: impl Iterator<Item = OsString>) -> Status {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody may be listening; that is no defect.
            let _ = error.print();
            Status::Success
        }
        _ => {
            // It repeats the arguments, which anybody may have chosen: without clap's styles, and
            // escaped.
            let text = error.to_string();
            let lines: Vec<String> =
                text.lines().map(|line| Escaped::new(line.as_bytes()).to_string()).collect();
            let _ = writeln!(io::stderr(), "{}", lines.join("\n").trim_end());
            if asks_for_json(arguments) {
                // What follows the blank line is how to ask.
                let lines = lines.iter().take_while(|line| !line.is_empty());
                let message = lines.map(|line| line.trim()).collect::<Vec<_>>().join(" ");
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
