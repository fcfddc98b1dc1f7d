//! What is wrong with a stanza: where, and a sentence.

use std::error::Error;
use std::fmt;

use lastmile::Escaped;
use lastmile::InvalidDnsName;
use lastmile::InvalidUri;

use crate::rules::LONGEST;
use crate::rules::MOST_NAMES;

/// A stanza that breaks rules of the API: every one of them, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValidation {
    violations: Vec<Violation>,
}

impl InvalidValidation {
    pub(crate) const fn new(violations: Vec<Violation>) -> Self {
        Self { violations }
    }

    /// The code: stable, for machines.
    pub const fn code(&self) -> &'static str {
        "invalid-validation"
    }

    /// What is wrong, in the order of the stanza.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for InvalidValidation {
    /// One violation a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "\n" })?;
            if let Some(Position { line, column }) = violation.position() {
                write!(f, "line {line}, column {column}: ")?;
            }
            fmt::Display::fmt(violation, f)?;
        }
        Ok(())
    }
}

impl Error for InvalidValidation {}

/// One thing that is wrong. Displayed: the path, and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: String,
    position: Option<Position>,
    fault: Fault,
}

impl Violation {
    pub(crate) fn new(path: impl Into<String>, fault: Fault) -> Self {
        Self { path: path.into(), position: None, fault }
    }

    pub(crate) fn at(self, position: Option<Position>) -> Self {
        Self { position, ..self }
    }

    /// The field, such as `subjectAltNames[0].uri`, escaped; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands in the text, if there was a text.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// What is wrong; displayed, the sentence without the path.
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        fmt::Display::fmt(&self.fault, f)
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
}

impl Position {
    /// The same, so many lines below.
    pub(crate) const fn below(self, lines: u64) -> Self {
        Self { line: self.line.saturating_add(lines), ..self }
    }
}

/// What can be wrong with a stanza.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A text of no characters.
    Empty,
    /// A field of the API that says what is trusted, which is given beside the stanza.
    ForeignTrust,
    /// Not a DNS name that the API takes.
    InvalidDnsName {
        /// The value.
        found: String,
        /// Why not.
        why: InvalidDnsName,
    },
    /// Not a URI.
    InvalidUri {
        /// The value.
        found: String,
        /// Why not.
        why: InvalidUri,
    },
    /// The hostname is not there.
    MissingHostname,
    /// No field says what is trusted.
    MissingTrust,
    /// The type of a name is not there.
    MissingType,
    /// A name without the value that its type needs.
    MissingValue {
        /// `Hostname` or `URI`.
        of_type: &'static str,
    },
    /// A name with a value that belongs to the other type.
    OtherValue {
        /// `Hostname` or `URI`.
        of_type: &'static str,
    },
    /// No stanza in the text.
    NoStanza,
    /// Objects of Kubernetes, where there are none.
    References,
    /// A second field that says what is trusted.
    SecondTrust {
        /// The first.
        beside: String,
    },
    /// A URI of more than 253 characters.
    TooLong {
        /// How many.
        characters: usize,
    },
    /// More than 5 names.
    TooMany {
        /// How many.
        count: usize,
    },
    /// A field that the stanza does not have.
    UnknownField {
        /// The fields that it has, in a sentence.
        known: &'static str,
    },
    /// A set of CA certificates that is not known.
    UnknownSet {
        /// The value.
        found: String,
    },
    /// A type that the API does not have.
    UnknownType {
        /// The value.
        found: String,
    },
    /// Not YAML, or more of it than a stanza can be.
    Unreadable {
        /// Why, in one line, escaped.
        why: String,
    },
    /// A URI without `//`.
    UriWithoutAuthority {
        /// The value.
        found: String,
    },
    /// A wildcard as the hostname.
    Wildcard {
        /// The value.
        found: String,
    },
    /// A value of another kind.
    WrongKind {
        /// The kind that it must have, with its article.
        expected: &'static str,
        /// The kind that it has, with its article.
        found: &'static str,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty: expected some text"),
            Self::ForeignTrust => f.write_str(
                "what is trusted is not read from the stanza: take the field out, and give the trust \
                 anchors beside it",
            ),
            Self::InvalidDnsName { why, .. } if *why == InvalidDnsName::TooLong => {
                write!(f, "expected a DNS name of at most {LONGEST} characters: {why}")
            }
            // Fewer than the engine takes: it has underscores.
            Self::InvalidDnsName { found, why: InvalidDnsName::Character } => write!(
                f,
                "expected a DNS name such as backend.example.com, found {}: the API takes only \
                 letters, digits, hyphens and dots",
                Quoted(found)
            ),
            Self::InvalidDnsName { found, why } => write!(
                f,
                "expected a DNS name such as backend.example.com, found {}: {why}",
                Quoted(found)
            ),
            Self::InvalidUri { found, why } => write!(
                f,
                "expected a URI such as spiffe://cluster.local/ns/shop/sa/backend, found {}: {why}",
                Quoted(found)
            ),
            Self::MissingHostname => f.write_str(
                "is missing: give the name that is sent as SNI (and that the certificate must \
                 have, unless subjectAltNames says otherwise)",
            ),
            Self::MissingTrust => f.write_str(
                "is missing: give the CA certificates here as PEM, or caCertificatesFile, or \
                 wellKnownCACertificates: System",
            ),
            Self::MissingType => f.write_str("is missing: expected Hostname or URI"),
            Self::MissingValue { of_type } => write!(f, "is missing: type {of_type} needs it"),
            Self::OtherValue { of_type } => write!(
                f,
                "does not belong to type {of_type}: take it out, or give it an entry of its own"
            ),
            Self::NoStanza => {
                f.write_str("there is no stanza: expected hostname, and subjectAltNames if wanted")
            }
            Self::References => f.write_str(
                "names objects of Kubernetes, which are not seen from here: give the certificates as \
                 caCertificates, or render the documents with `lastmile render envoy`",
            ),
            Self::SecondTrust { beside } => {
                write!(f, "says what is trusted a second time, beside {beside}: take one of them out")
            }
            Self::TooLong { characters } => {
                write!(f, "expected at most {LONGEST} characters, found {characters}")
            }
            Self::TooMany { count } => {
                write!(f, "expected at most {MOST_NAMES} names, found {count}")
            }
            Self::UnknownField { known } => {
                write!(f, "is not a field here: expected {known}")
            }
            Self::UnknownSet { found } => {
                write!(f, "expected System, found {}", Quoted(found))
            }
            Self::UnknownType { found } => {
                write!(f, "expected Hostname or URI, found {}", Quoted(found))
            }
            Self::Unreadable { why } => f.write_str(why),
            Self::UriWithoutAuthority { found } => write!(
                f,
                "expected a URI such as spiffe://cluster.local/ns/shop/sa/backend, found {}: the \
                 API takes only URIs with // after the scheme",
                Quoted(found)
            ),
            Self::Wildcard { found } => write!(
                f,
                "expected one exact name to send as SNI, found the wildcard {}: list it under \
                 subjectAltNames if the certificate carries it",
                Quoted(found)
            ),
            Self::WrongKind { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
        }
    }
}

/// A value from outside: quoted, escaped, cut.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Escaped::new(self.0.as_bytes()))
    }
}
