//! What is wrong with a field, in the words of the API server.

use std::fmt;

use lastmile::Escaped;

use crate::violation::Position;

/// One thing that the API server would refuse. Displayed: its path and its sentence, as the server
/// has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    path: String,
    position: Option<Position>,
    fault: FieldFault,
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldFault {
    /// A value that is refused in a sentence of its own.
    Invalid {
        /// The value.
        found: String,
        /// The sentence; values in it are escaped.
        message: String,
    },
    /// An object without a name, and without the beginning of one.
    MissingName,
    /// No time as RFC 3339 has it.
    NotADateTime {
        /// The value.
        found: String,
    },
    /// A value that the field does not match.
    NotMatching {
        /// The value.
        found: String,
        /// The pattern.
        pattern: &'static str,
    },
    /// A value that is none of those that there are.
    NotSupported {
        /// The value.
        found: String,
        /// Those that there are.
        supported: &'static [&'static str],
    },
    /// A required field that is not there.
    Required,
    /// A rule that the value breaks.
    Rule {
        /// `array`, `object` or `string`.
        found: &'static str,
        /// What the rule says.
        message: &'static str,
    },
    /// Fewer items than there must be.
    TooFew {
        /// How many there are.
        count: usize,
        /// How many there must be.
        least: usize,
    },
    /// A number that is too large.
    TooLarge {
        /// The number, as it was written.
        found: String,
        /// The largest.
        most: i64,
    },
    /// Text with more characters than there may be.
    TooLong {
        /// How many there may be.
        most: usize,
    },
    /// More items than there may be.
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// Text with fewer characters than there must be.
    TooShort {
        /// The value.
        found: String,
        /// How many there must be.
        least: usize,
    },
    /// A number that is too small.
    TooSmall {
        /// The number, as it was written.
        found: String,
        /// The smallest.
        least: i64,
    },
    /// A value of another type.
    WrongType {
        /// The type that it must have, as the API calls it.
        expected: &'static str,
        /// The type that it has.
        found: &'static str,
    },
}

impl FieldError {
    pub(super) fn new(path: &str, position: Option<Position>, fault: FieldFault) -> Self {
        Self { path: path.into(), position, fault }
    }

    /// The field, such as `spec.validation.subjectAltNames[0].uri`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands in the text; for what is missing, where it should be.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// What is wrong.
    pub const fn fault(&self) -> &FieldFault {
        &self.fault
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Escaped::new(self.path.as_bytes());
        write!(f, "{path}: ")?;
        match &self.fault {
            FieldFault::Invalid { found, message } => {
                write!(f, "Invalid value: {}: {message}", Quoted(found))
            }
            FieldFault::MissingName => {
                f.write_str("Required value: name or generateName is required")
            }
            FieldFault::NotADateTime { found } => {
                let found = Quoted(found);
                write!(
                    f,
                    "Invalid value: {found}: {path} in body must be of type date-time: {found}"
                )
            }
            FieldFault::NotMatching { found, pattern } => {
                write!(
                    f,
                    "Invalid value: {}: {path} in body should match '{pattern}'",
                    Quoted(found)
                )
            }
            FieldFault::NotSupported { found, supported } => {
                write!(f, "Unsupported value: {}: supported values: ", Quoted(found))?;
                for (index, value) in supported.iter().enumerate() {
                    write!(f, "{}\"{value}\"", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            FieldFault::Required => f.write_str("Required value"),
            FieldFault::Rule { found, message } => {
                write!(f, "Invalid value: \"{found}\": {message}")
            }
            FieldFault::TooFew { count, least } => {
                write!(
                    f,
                    "Invalid value: {count}: {path} in body should have at least {least} items"
                )
            }
            FieldFault::TooLarge { found, most } => write!(
                f,
                "Invalid value: {}: {path} in body should be less than or equal to {most}",
                Escaped::new(found.as_bytes())
            ),
            FieldFault::TooLong { most } => {
                write!(f, "Too long: may not be more than {most} bytes")
            }
            FieldFault::TooMany { count, most } => {
                write!(f, "Too many: {count}: must have at most {most} items")
            }
            FieldFault::TooShort { found, least } => write!(
                f,
                "Invalid value: {}: {path} in body should be at least {least} chars long",
                Quoted(found)
            ),
            FieldFault::TooSmall { found, least } => write!(
                f,
                "Invalid value: {}: {path} in body should be greater than or equal to {least}",
                Escaped::new(found.as_bytes())
            ),
            FieldFault::WrongType { expected, found } => write!(
                f,
                "Invalid value: \"{found}\": {path} in body must be of type {expected}: \"{found}\""
            ),
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
