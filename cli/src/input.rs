//! Where octets come from: a file or standard input, and never too many of them.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::PathBuf;

use clap::builder::OsStringValueParser;
use clap::builder::TypedValueParser;
use lastmile::Escaped;

use crate::failure::Failure;

/// A file of the command line; `-` is standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    File(PathBuf),
    Stdin,
}

impl Source {
    /// Takes any name that a file can have, UTF-8 or not.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().map(Self::from)
    }

    /// Everything that it holds.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        let read = match self {
            Self::File(path) => File::open(path).and_then(read_all),
            Self::Stdin => read_all(io::stdin().lock()),
        };
        let octets = read.map_err(|error| self.unreadable(&reason(&error)))?;
        match octets.len() > MOST_OCTETS {
            true => Err(self.unreadable("it is larger than 32 MiB")),
            false => Ok(octets),
        }
    }

    /// As it was given, for machines.
    pub(crate) fn argument(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".into(),
        }
    }

    /// The last part of its path, for sentences that say where to change something.
    pub(crate) fn short_name(&self) -> String {
        match self {
            Self::File(path) => match path.file_name() {
                Some(name) => escaped(name.as_encoded_bytes()),
                None => self.to_string(),
            },
            Self::Stdin => "the bundle".into(),
        }
    }

    fn unreadable(&self, why: &str) -> Failure {
        Failure::of_file("unreadable-file", self, None, format!("cannot be read: {why}"))
    }
}

impl From<OsString> for Source {
    fn from(argument: OsString) -> Self {
        match argument == "-" {
            true => Self::Stdin,
            false => Self::File(argument.into()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(&escaped(path.as_os_str().as_encoded_bytes())),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// A path, whole: its parts are escaped one by one, for no part is too long to be shown.
fn escaped(path: &[u8]) -> String {
    let parts: Vec<String> =
        path.split(|octet| *octet == b'/').map(|part| Escaped::new(part).to_string()).collect();
    parts.join("/")
}

fn read_all(from: impl Read) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    // One more than is allowed shows that there is more.
    let limit = u64::try_from(MOST_OCTETS).unwrap_or(u64::MAX).saturating_add(1);
    from.take(limit).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The commonest without their numbers.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::IsADirectory => "it is a directory".into(),
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

/// 10,000 anchors are 15 MB of PEM.
const MOST_OCTETS: usize = 32 << 20;
