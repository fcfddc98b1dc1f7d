//! A refusal in one line, in which values have no blanks: Envoy writes those as `_`. The line is that of the
//! modules in C (`adapters/common/lastmile_refusal.h`), to the octet.

use std::fmt;

use lastmile::At;
use lastmile::Reason;
use lastmile::ReferenceName;
use lastmile::Rejection;

/// `lastmile/name-mismatch expected=dns:a.test presented=dns:b.test certificate=0 also=expired`
///
/// In values, what is no graphic character of ASCII, or one of `%`, `"`, `\`, and in names `,`, is written as in
/// URIs; in sentences a blank is `_`.
pub(crate) struct Line<'a>(pub(crate) &'a Rejection);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::with_capacity(MOST_OCTETS);
        write(&mut line, self.0);
        f.write_str(&line)
    }
}

/// Octets of a line, so that the logs of many refusals can be read.
const MOST_OCTETS: usize = 1000;
/// Of one name: longer than any DNS name, and most SPIFFE IDs.
const MOST_NAME: usize = 260;
/// Of one list, so that the other one has room.
const MOST_LIST: usize = 400;
const MOST_DETAIL: usize = 600;
/// Of the form of a name.
const MOST_FORM: usize = 24;

const OF_A_NAME: &[u8] = b"%\"\\,";
const OF_A_SENTENCE: &[u8] = b"%\"\\";

fn write(line: &mut String, rejection: &Rejection) {
    let reason = rejection.reason();
    add(line, "lastmile/");
    add(line, reason.code());
    if let Reason::NameMismatch { expected, presented, .. } = reason {
        let named = |name: &ReferenceName| format!("{} {name}", name.form());
        add_names(line, " expected=", &expected.iter().map(named).collect::<Vec<_>>());
        add_names(line, " presented=", presented);
    }
    match rejection.at() {
        At::Certificate(index) => add(line, &format!(" certificate={index}")),
        At::Anchor(index) => add(line, &format!(" anchor={index}")),
    }
    if !matches!(reason, Reason::NameMismatch { .. }) {
        add(line, " detail=");
        let sentence = rejection.finding().to_string().replace(' ', "_");
        add_escaped(line, &sentence, MOST_DETAIL, OF_A_SENTENCE);
    }
    let mut told: Vec<&str> = Vec::new();
    for other in rejection.also() {
        let code = other.reason().code();
        if !told.contains(&code) {
            add(line, if told.is_empty() { " also=" } else { "," });
            add(line, code);
            told.push(code);
        }
    }
}

/// What does not fit is not written.
fn add(line: &mut String, text: &str) {
    if has_room(line, text.len()) {
        line.push_str(text);
    }
}

fn has_room(line: &str, octets: usize) -> bool {
    line.len().saturating_add(octets) <= MOST_OCTETS
}

/// Names, each with its form, of as many as fit.
fn add_names(line: &mut String, key: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let start = line.len();
    add(line, key);
    for (at, name) in names.iter().enumerate() {
        let before = line.len();
        add(line, if at == 0 { "" } else { "," });
        let (form, name) = name.split_once(' ').unwrap_or(("", name));
        if !form.is_empty() {
            add_escaped(line, form, MOST_FORM, OF_A_NAME);
            add(line, ":");
        }
        add_escaped(line, name, MOST_NAME, OF_A_NAME);
        // The first one is always there.
        if at > 0 && line.len() - start > MOST_LIST {
            line.truncate(before);
            add(line, &format!(",+{}", names.len() - at));
            return;
        }
    }
}

/// At most so many octets of the value.
fn add_escaped(line: &mut String, value: &str, most: usize, others: &[u8]) {
    let start = line.len();
    for octet in value.bytes() {
        let escaped = match octet {
            0x21..0x7f if !others.contains(&octet) => char::from(octet).to_string(),
            _ => format!("%{octet:02X}"),
        };
        let needed = escaped.len() + ELLIPSIS.len();
        if line.len() - start + needed > most || !has_room(line, needed) {
            add(line, ELLIPSIS);
            return;
        }
        line.push_str(&escaped);
    }
}

/// Where a value was cut.
const ELLIPSIS: &str = "...";
