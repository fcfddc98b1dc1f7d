//! Something that somebody should look at, and where it stands.

use std::fmt;

use crate::documents::Place;

/// A sentence about the documents. Displayed: the place, if there is one, and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    place: Option<Place>,
    message: String,
    is_loud: bool,
}

impl Note {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into(), is_loud: false }
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    pub(crate) fn loud(self) -> Self {
        Self { is_loud: true, ..self }
    }

    /// Whether nobody may miss it: something is not verified.
    pub const fn is_loud(&self) -> bool {
        self.is_loud
    }

    /// Where it stands.
    pub const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Their sentences in one, for a condition.
pub(crate) fn sentences(notes: &[Note]) -> String {
    notes.iter().map(Note::message).collect::<Vec<_>>().join("; ")
}
