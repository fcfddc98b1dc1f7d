//! What readers of YAML do not agree on, and what is refused for that: kubectl must not see another
//! document than the one that is judged here.
//!
//! - Tags: the reader that is used here takes `!!null x` for nothing, and that of kubectl refuses it.
//!   So there are only those that say what is seen anyway, and `!!str`, which makes text of any
//!   scalar for every reader.
//! - Line breaks: YAML 1.1, which kubectl reads, has three more than YAML 1.2. What is a comment to
//!   the one goes on as a field for the other.
//! - Words such as `oN`, which are text for kubectl, and not for the reader that is used here; and
//!   numbers such as `1_0.5`, the other way round.

use lastmile::Escaped;
use serde::de::IgnoredAny;
use serde_saphyr::granit_parser::Event;
use serde_saphyr::granit_parser::Marker;
use serde_saphyr::granit_parser::Parser;
use serde_saphyr::granit_parser::ScalarStyle;
use serde_saphyr::granit_parser::Tag;

use crate::violation::Fault;
use crate::violation::Position;
use crate::violation::Violation;

/// Refuses the first thing of this sort, among so many events.
pub(super) fn check(text: &str, events: usize) -> Result<(), Violation> {
    check_breaks(text)?;
    // Every tag begins with it, and few texts have any.
    if !text.contains('!') && !has_words(text) {
        return Ok(());
    }
    // What comes after an error of the text is not read by anybody.
    let read = Parser::new_from_str(text).take(events).map_while(Result::ok);
    for (event, span) in read {
        let (tag, expected) = match &event {
            Event::MappingStart(_, _, Some(tag)) => (tag, "map"),
            Event::Scalar(_, _, _, Some(tag)) => (tag, "str"),
            Event::Scalar(word, ScalarStyle::Plain, _, None) if is_disputed(word) => {
                return Err(refusal(word_refused(word), span.start));
            }
            Event::SequenceStart(_, _, Some(tag)) => (tag, "seq"),
            _ => continue,
        };
        if tag.core_suffix() != Some(expected) {
            return Err(refusal(tag_refused(tag), span.tag_start.unwrap_or(span.start)));
        }
    }
    Ok(())
}

/// In JSON they break no lines.
fn check_breaks(text: &str) -> Result<(), Violation> {
    let Some((before, found)) = text
        .char_indices()
        .find(|(_, character)| matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}'))
        .and_then(|(at, found)| Some((text.get(..at)?, found)))
    else {
        return Ok(());
    };
    let is_json = text.trim_ascii_start().starts_with('{')
        && serde_json::from_str::<IgnoredAny>(text).is_ok();
    if is_json {
        return Ok(());
    }
    let code = u32::from(found);
    let why = format!(
        "the character U+{code:04X} ends a line for kubectl and not for other readers: take it out, \
         or write it as \\u{code:04x} in double quotes"
    );
    let line = before.split('\n').count();
    let column = before.chars().rev().take_while(|character| *character != '\n').count();
    let position = Position { line: number(line), column: number(column).saturating_add(1) };
    Err(Violation::new("", Fault::Unreadable { why }).at(Some(position)))
}

/// Whether there is such a word anywhere, in quotes or not: few texts have any.
fn has_words(text: &str) -> bool {
    let is_part = |octet: &u8| octet.is_ascii_alphanumeric() || b"_.+-".contains(octet);
    text.as_bytes()
        .split(|octet| !is_part(octet))
        .filter_map(|word| str::from_utf8(word).ok())
        .any(is_disputed)
}

/// Whether a plain scalar is text for the one reader, and not for the other.
fn is_disputed(word: &str) -> bool {
    is_word_in_odd_case(word) || is_number_with_underscores(word)
}

/// kubectl knows these words in lower case, in upper case, and capitalized.
fn is_word_in_odd_case(word: &str) -> bool {
    let (Some(first), Some(rest)) = (word.get(..1), word.get(1..)) else { return false };
    let is_lower = |text: &str| text.bytes().all(|octet| octet.is_ascii_lowercase());
    let is_upper = |text: &str| text.bytes().all(|octet| octet.is_ascii_uppercase());
    let is_even = is_lower(rest) || (is_upper(first) && is_upper(rest));
    !is_even && WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The server's reader takes out every underscore before it looks for a number.
fn is_number_with_underscores(word: &str) -> bool {
    let begins_as_number = matches!(word.bytes().next(), Some(b'0'..=b'9' | b'+' | b'-' | b'.'));
    if !begins_as_number || !word.contains('_') {
        return false;
    }
    let word = word.replace('_', "").to_ascii_lowercase();
    let digits = word.trim_start_matches(['+', '-']);
    let in_radix = ["0x", "0o", "0b"].iter().any(|prefix| {
        let rest = digits.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.bytes().all(|octet| octet.is_ascii_hexdigit()))
    });
    in_radix || digits.parse::<f64>().is_ok()
}

fn word_refused(word: &str) -> String {
    format!(
        "not all readers take {} for the same without quotes: put text in quotes, write a boolean as \
         true or false, nothing as null, and a number without underscores",
        Escaped::new(word.as_bytes())
    )
}

fn tag_refused(tag: &Tag) -> String {
    let shown = match tag.suffix_in_namespace("tag:yaml.org,2002:") {
        Some(suffix) => format!("!!{suffix}"),
        None => tag.to_string(),
    };
    format!(
        "the tag {} is not read, for not all readers take it for the same: take it out (only \
         !!str, !!map and !!seq may be here, each where it fits)",
        Escaped::new(shown.as_bytes())
    )
}

fn refusal(why: String, marker: Marker) -> Violation {
    let position =
        Position { line: number(marker.line()), column: number(marker.col()).saturating_add(1) };
    Violation::new("", Fault::Unreadable { why }).at(Some(position))
}

fn number(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

const WORDS: &[&str] = &["yes", "no", "on", "off", "true", "false", "null"];
