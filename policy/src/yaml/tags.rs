//! Tags, which say of what type a value is.
//!
//! Readers do not agree on them: the one that is used here takes `!!null x` for nothing, and that of
//! kubectl refuses it. So there are only those that say what is seen anyway, and `!!str`, which
//! makes text of any scalar for every reader.

use lastmile::Escaped;
use serde_saphyr::granit_parser::Event;
use serde_saphyr::granit_parser::Parser;
use serde_saphyr::granit_parser::Span;
use serde_saphyr::granit_parser::Tag;

use crate::violation::Fault;
use crate::violation::Position;
use crate::violation::Violation;

/// Refuses the first tag that is not one of these, among so many events.
pub(super) fn check(text: &str, events: usize) -> Result<(), Violation> {
    // Every tag begins with it, and few texts have any.
    if !text.contains('!') {
        return Ok(());
    }
    // What comes after an error of the text is not read by anybody.
    let read = Parser::new_from_str(text).take(events).map_while(Result::ok);
    for (event, span) in read {
        let (tag, expected) = match &event {
            Event::MappingStart(_, _, Some(tag)) => (tag, "map"),
            Event::Scalar(_, _, _, Some(tag)) => (tag, "str"),
            Event::SequenceStart(_, _, Some(tag)) => (tag, "seq"),
            _ => continue,
        };
        if tag.core_suffix() != Some(expected) {
            return Err(refusal(tag, &span));
        }
    }
    Ok(())
}

fn refusal(tag: &Tag, span: &Span) -> Violation {
    let shown = match tag.suffix_in_namespace("tag:yaml.org,2002:") {
        Some(suffix) => format!("!!{suffix}"),
        None => tag.to_string(),
    };
    let why = format!(
        "the tag {} is not read, for not all readers take it for the same: take it out (only \
         !!str, !!map and !!seq may be here, each where it fits)",
        Escaped::new(shown.as_bytes())
    );
    let marker = span.tag_start.unwrap_or(span.start);
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let position =
        Position { line: number(marker.line()), column: number(marker.col()).saturating_add(1) };
    Violation::new("", Fault::Unreadable { why }).at(Some(position))
}
