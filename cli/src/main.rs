//! The command line: judges chains, and says what the engine sees in certificates.
#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Arguments;
use crate::args::Command;
use crate::args::Format;
use crate::output::Status;

mod args;
mod chain;
mod clock;
mod digest;
mod documents;
mod explain;
mod failure;
mod input;
mod inspect;
mod output;
mod pem;
mod policy;
mod probe;
mod render;
mod resolve;
mod trust;
mod usage;
mod verify;

fn main() -> ExitCode {
    let status = match Arguments::try_parse() {
        Ok(arguments) => run(&arguments),
        Err(error) => usage::report(&error, env::args_os().skip(1)),
    };
    status.into()
}

fn run(arguments: &Arguments) -> Status {
    let (format, outcome) = match &arguments.command {
        Command::Explain(command) => (Format::Text, explain::run(command)),
        Command::Inspect(command) => (command.format, inspect::run(command)),
        Command::Probe(command) => return probe::run(command),
        Command::Render(command) => return render::run(command),
        Command::Resolve(command) => return resolve::run(command),
        Command::Verify(command) => (command.format, verify::run(command)),
    };
    match outcome {
        Ok(report) => output::print(&report),
        Err(failure) => output::fail(&failure, format),
    }
}
