//! What somebody should look at, each thing once.

use std::collections::HashSet;

use lastmile_policy::Documents;
use lastmile_policy::Note;

use crate::output;

/// Warnings, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Told {
    seen: HashSet<String>,
    /// What is refused, and what is not verified: nobody may miss it.
    loud: Vec<String>,
    others: Vec<String>,
}

impl Told {
    /// Something is refused, or not verified.
    pub(super) fn loudly(&mut self, sentence: String) {
        if self.seen.insert(sentence.clone()) {
            self.loud.push(sentence);
        }
    }

    /// Something else.
    pub(super) fn tell(&mut self, sentence: String) {
        if self.seen.insert(sentence.clone()) {
            self.others.push(sentence);
        }
    }

    /// What is to be said of somebody.
    pub(super) fn note(&mut self, who: &str, note: &Note) {
        let sentence = match note.place() {
            Some(place) => format!("{place}: {who}: {}", note.message()),
            None => format!("{who}: {}", note.message()),
        };
        match note.is_loud() {
            true => self.loudly(sentence),
            false => self.tell(sentence),
        }
    }

    /// On standard error, with the fields that nobody knows.
    pub(super) fn say(mut self, documents: &Documents) {
        for field in documents.unknown_fields() {
            self.tell(format!("{}: {field}", field.place()));
        }
        output::warn_of_each(&self.loud);
        output::warn(&self.others);
    }
}
