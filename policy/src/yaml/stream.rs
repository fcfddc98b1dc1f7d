//! A stream of documents, cut at the marks between them (YAML 1.2.2, 9.1 and 9.2), or one JSON value
//! behind the other, as many tools print them.
//!
//! The marks cannot stand inside a document: a line that begins with one ends every scalar. So the
//! documents are cut before they are read, and a broken one is only itself.

use serde::de::IgnoredAny;

/// Each part, and how many lines are before it.
pub(super) fn split(text: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    split_at_marks(text).flat_map(|(before, part)| {
        let mut start = 0;
        let mut parts = Vec::new();
        for end in ends_of_json(part) {
            let (done, one) = (part.get(..start), part.get(start..end));
            if let (Some(done), Some(one)) = (done, one) {
                parts.push((before.saturating_add(lines(done)), one));
            }
            start = end;
        }
        parts
    })
}

/// Where each JSON value of a part ends; of anything else, and of what follows the last good value,
/// the end of the part.
fn ends_of_json(part: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    if part.trim_ascii_start().first() == Some(&b'{') {
        let mut values = serde_json::Deserializer::from_slice(part).into_iter::<IgnoredAny>();
        while let Some(Ok(_)) = values.next() {
            ends.push(values.byte_offset());
        }
    }
    let last = ends.last().copied().unwrap_or_default();
    let rest = part.get(last..).unwrap_or_default();
    if rest.trim_ascii().is_empty() {
        // Blanks belong to what is before them.
        ends.pop();
    }
    ends.push(part.len());
    ends
}

fn lines(text: &[u8]) -> u64 {
    let count = text.iter().filter(|octet| **octet == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn split_at_marks(text: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = text;
    let mut lines = 0_u64;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (length, count) = first_part(rest);
        let (part, after) = rest.split_at_checked(length)?;
        let before = lines;
        (rest, lines) = (after, lines.saturating_add(count));
        Some((before, part))
    })
}

/// The length of the first part in octets, and in lines.
fn first_part(text: &[u8]) -> (usize, u64) {
    let (mut length, mut lines) = (0, 0);
    // Directives and comments may stand before the mark that begins a document.
    let mut has_begun = false;
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let begins = is_mark(line, b"---");
        if begins && has_begun {
            break;
        }
        length += line.len();
        lines += 1;
        if is_mark(line, b"...") {
            break;
        }
        has_begun |= begins || !is_prefix(line);
    }
    (length, lines)
}

/// Whether the line is a mark, with or without something behind it.
fn is_mark(line: &[u8], mark: &[u8]) -> bool {
    let after = line.strip_prefix(mark).map(|rest| rest.first());
    matches!(after, Some(None | Some(b' ' | b'\t' | b'\r' | b'\n')))
}

/// Whether the line is blank, a comment or a directive.
fn is_prefix(line: &[u8]) -> bool {
    match line.trim_ascii() {
        [] | [b'#', ..] => true,
        _ => line.first() == Some(&b'%'),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn documents_are_cut_at_their_marks_and_nowhere_else() {
        for (text, parts) in [
            ("", &[][..]),
            ("a: 1", &[(0, "a: 1")]),
            ("a: 1\n---\nb: 2\n", &[(0, "a: 1\n"), (1, "---\nb: 2\n")]),
            ("---\na: 1\n--- # b\nb: 2", &[(0, "---\na: 1\n"), (2, "--- # b\nb: 2")]),
            ("# c\n%YAML 1.2\n---\na: 1\n", &[(0, "# c\n%YAML 1.2\n---\na: 1\n")]),
            ("a: 1\n...\nb: 2\n", &[(0, "a: 1\n...\n"), (2, "b: 2\n")]),
            ("a: |\n  ---\n  -----BEGIN X-----\n", &[(0, "a: |\n  ---\n  -----BEGIN X-----\n")]),
            ("-----BEGIN X-----\n", &[(0, "-----BEGIN X-----\n")]),
            ("---\r\na: 1\r\n---\r\n", &[(0, "---\r\na: 1\r\n"), (2, "---\r\n")]),
            ("---\n---\n", &[(0, "---\n"), (1, "---\n")]),
            ("{}", &[(0, "{}")]),
            ("{\n}\n{}\n\n{}\n", &[(0, "{\n}"), (1, "\n{}"), (2, "\n\n{}\n")]),
            ("{} {]\n", &[(0, "{}"), (0, " {]\n")]),
            ("{a: 1}\n", &[(0, "{a: 1}\n")]),
            ("{}\n---\n{}\n", &[(0, "{}\n"), (1, "---\n{}\n")]),
            ("{} # c\n", &[(0, "{}"), (0, " # c\n")]),
        ] {
            let found: Vec<(u64, &[u8])> = split(text.as_bytes()).collect();
            let parts: Vec<(u64, &[u8])> =
                parts.iter().map(|(lines, part)| (*lines, part.as_bytes())).collect();
            assert_eq!(found, parts, "{text:?}");
        }
    }
}
