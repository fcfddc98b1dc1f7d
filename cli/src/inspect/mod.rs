//! `lastmile inspect`: certificates for people, and what the engine concludes of each.

use lastmile::UnixTime;
use serde::Serialize;

use crate::args::Inspect;
use crate::chain::Chain;
use crate::chain::Found;
use crate::clock;
use crate::digest::sha256;
use crate::failure::Failure;
use crate::input::Source;
use crate::output::Report;
use crate::output::Status;
use crate::output::json::to_json;
use crate::output::warn;

use concluded::Concluded;
use seen::Seen;

mod concluded;
mod seen;
mod text;

pub(crate) fn run(arguments: &Inspect) -> Result<Report, Failure> {
    let from_stdin = arguments.certificates.iter().filter(|source| **source == Source::Stdin);
    if from_stdin.count() > 1 {
        return Err(Failure::of_use("usage", "only one CERT can be - (standard input)"));
    }
    let now = clock::time(arguments.time.as_deref())?;
    let mut certificates = Vec::new();
    for source in &arguments.certificates {
        let chain = Chain::read(source)?;
        warn(&chain.warnings);
        let found = std::iter::once(&chain.leaf).chain(&chain.others);
        certificates.extend(
            found.enumerate().map(|(index, found)| Inspected::new(source, index, found, now)),
        );
    }
    let malformed = certificates.iter().any(|one| one.concluded.malformed.is_some());
    let texts: Vec<String> = certificates.iter().map(ToString::to_string).collect();
    Ok(Report {
        status: if malformed { Status::Refused } else { Status::Success },
        heading: String::new(),
        text: texts.join("\n\n"),
        json: to_json(&All { certificates }),
        format: arguments.format,
    })
}

#[derive(Serialize)]
struct All {
    certificates: Vec<Inspected>,
}

/// One certificate: where it stands, what is in it, what the engine concludes.
#[derive(Serialize)]
struct Inspected {
    file: String,
    #[serde(skip)]
    shown_file: String,
    /// In the file, from 0.
    certificate: usize,
    block: Option<u32>,
    line: Option<u32>,
    sha256: String,
    #[serde(flatten)]
    seen: Seen,
    #[serde(rename = "engine")]
    concluded: Concluded,
}

impl Inspected {
    fn new(source: &Source, index: usize, found: &Found, now: UnixTime) -> Self {
        let (block, line) = found.origin.unzip();
        Self {
            file: source.argument(),
            shown_file: source.to_string(),
            certificate: index,
            block,
            line,
            sha256: sha256(&found.der),
            seen: Seen::new(&found.der),
            concluded: Concluded::new(&found.der, index, now),
        }
    }
}
