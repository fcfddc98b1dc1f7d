//! A stream of documents, cut at the marks between them (YAML 1.2.2, 9.1 and 9.2), or one JSON value
//! behind the other, as many tools print them.
//!
//! The marks cannot stand inside a document: a line that begins with one ends every scalar. So the
//! documents are cut before they are read, and a broken one is only itself.

use serde::de::IgnoredAny;

/// Each part, and how many lines are before it.
pub(super) fn split(text: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    split_at_marks(text).flat_map(|(before, part)| split_json(before, part))
}

/// Whether there is nothing in a part but marks, comments in ASCII and blanks.
pub(super) fn is_blank(part: &[u8]) -> bool {
    part.split(|octet| *octet == b'\n').all(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let marked = after_mark(line, b"---").or_else(|| after_mark(line, b"..."));
        let mut octets = marked.unwrap_or(line).iter().skip_while(|o| matches!(o, b' ' | b'\t'));
        match octets.next() {
            None => true,
            Some(b'#') => octets.all(|octet| matches!(octet, b' '..=b'~' | b'\t')),
            Some(_) => false,
        }
    })
}

/// The JSON values of a part, each with the blanks before it; of anything else, and of what follows
/// the last good value, the rest of the part.
fn split_json(before: u64, part: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let (mut lines_before, mut rest) = (before, part);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (value, after) = rest.split_at_checked(end_of_value(rest))?;
        let before = lines_before;
        (rest, lines_before) = (after, before.saturating_add(lines(value)));
        Some((before, value))
    })
}

fn end_of_value(text: &[u8]) -> usize {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return text.len();
    }
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let Some(Ok(_)) = values.next() else { return text.len() };
    match text.get(values.byte_offset()..) {
        Some(rest) if !rest.trim_ascii_start().is_empty() => values.byte_offset(),
        // Blanks belong to what is before them.
        _ => text.len(),
    }
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
    after_mark(line, mark).is_some()
}

/// What stands behind a mark, if the line is one.
fn after_mark<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(mark)?;
    matches!(rest.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n')).then_some(rest)
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
    use std::time::Duration;
    use std::time::Instant;

    use super::is_blank;
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

    #[test]
    fn a_part_is_blank_if_no_reader_finds_anything_in_it() {
        for text in ["", "---", "---\r\n...\r\n", "--- # c\n\n \t# d\n...", "# c\n---\n", " \n"] {
            assert!(is_blank(text.as_bytes()), "{text:?}");
        }
        for text in [
            "--- a",
            "---a",
            "a",
            "%YAML 1.2\n---\n",
            "... a",
            "# c\na",
            "--- ~",
            // A reader may end the comment here.
            "# c\u{2028}a: 1",
            "# c\ra: 1\n",
            "# \0",
        ] {
            assert!(!is_blank(text.as_bytes()), "{text:?}");
        }
    }

    /// 10 MB in 20,000 lines.
    #[test]
    fn a_long_stream_of_json_is_cut_quickly() {
        let line = format!("{{\"a\": \"{}\"}}\n", "x".repeat(500));
        let text = line.repeat(20_000);
        let start = Instant::now();
        let last = split(text.as_bytes()).last();
        assert_eq!(last, Some((19_998, format!("\n{line}").as_bytes())));
        assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
    }
}
