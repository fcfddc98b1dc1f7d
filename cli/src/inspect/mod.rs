//! `lastmile inspect`: certificates for people, and what the engine concludes.

use crate::args::Inspect;
use crate::failure::Failure;
use crate::output::Report;

pub(crate) fn run(_arguments: &Inspect) -> Result<Report, Failure> {
    Err(Failure::of_use("usage", "not yet"))
}
