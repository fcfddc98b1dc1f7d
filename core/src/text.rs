//! Octets of certificates and documents as text that cannot act on a terminal.

use core::fmt;

/// Shows octets that somebody else chose.
///
/// Control characters (C0, C1, DEL, so ESC and newline too), bidirectional and other invisible
/// formatting, and octets that are not UTF-8 are written as `\n`, `\u{202e}`, `\xff`; the
/// backslash as `\\`. What is longer than 256 characters is cut and ends in `…`.
///
/// ```
/// use lastmile::Escaped;
///
/// assert_eq!(Escaped::new(b"a.test\x1b[2J").to_string(), r"a.test\u{1b}[2J");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(&'a [u8]);

impl<'a> Escaped<'a> {
    /// Shows `octets`.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = MAX_CHARACTERS;
        // What cannot be shown need not be decoded: four octets make at most one character.
        let octets = self.0.get(..MAX_CHARACTERS.saturating_mul(4)).unwrap_or(self.0);
        for chunk in octets.utf8_chunks() {
            for character in chunk.valid().chars() {
                let Some(fewer) = left.checked_sub(1) else {
                    return f.write_str("…");
                };
                left = fewer;
                write_character(f, character)?;
            }
            for octet in chunk.invalid() {
                let Some(fewer) = left.checked_sub(1) else {
                    return f.write_str("…");
                };
                left = fewer;
                write!(f, "\\x{octet:02x}")?;
            }
        }
        match octets.len() < self.0.len() {
            true => f.write_str("…"),
            false => Ok(()),
        }
    }
}

fn write_character(f: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    match character {
        '\\' => f.write_str("\\\\"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        _ if is_hidden(character) => write!(f, "\\u{{{:x}}}", u32::from(character)),
        _ => write!(f, "{character}"),
    }
}

/// Characters that show nothing, or change how others are shown.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// No text of a certificate or document is shown longer than this.
pub(crate) const MAX_CHARACTERS: usize = 256;

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};

    use super::Escaped;

    #[test]
    fn nothing_reaches_a_terminal() {
        for (octets, shown) in [
            (&b"plain.example"[..], "plain.example"),
            (b"a\0b", "a\\u{0}b"),
            (b"a\x1b]0;x\x07", "a\\u{1b}]0;x\\u{7}"),
            (b"two\r\nlines\t", "two\\r\\nlines\\t"),
            ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
            ("\u{202e}live".as_bytes(), "\\u{202e}live"),
            (b"\xff\xc0", "\\xff\\xc0"),
            ("Z\u{fc}rich \u{1f600}".as_bytes(), "Z\u{fc}rich \u{1f600}"),
            (b"back\\slash", "back\\\\slash"),
        ] {
            assert_eq!(Escaped::new(octets).to_string(), shown);
        }
    }

    #[test]
    fn long_text_is_cut() {
        let exact = "a".repeat(256);
        assert_eq!(Escaped::new(exact.as_bytes()).to_string(), exact);
        for longer in ["a".repeat(257), "\u{1f600}".repeat(300), "a".repeat(100_000)] {
            let shown: String = Escaped::new(longer.as_bytes()).to_string();
            assert_eq!((shown.chars().count(), shown.ends_with('…')), (257, true));
        }
    }
}
