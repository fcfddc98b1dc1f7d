//! `lastmile explain`: the fields of a policy or a Backend, from the table that validation uses.

use lastmile_policy::Explained;

use crate::args::Explain;
use crate::args::Format;
use crate::failure::Failure;
use crate::output::Report;
use crate::output::Status;

pub(crate) fn run(arguments: &Explain) -> Result<Report, Failure> {
    let found = Explained::find(&arguments.path);
    let mut explained = found.map_err(|error| Failure::of_use("usage", error.to_string()))?;
    if arguments.recursive {
        explained = explained.recursive();
    }
    Ok(Report {
        status: Status::Success,
        heading: String::new(),
        text: explained.to_string().trim_end().to_owned(),
        json: String::new(),
        format: Format::Text,
    })
}
