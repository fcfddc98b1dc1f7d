//! A refusal in one line without blanks in its values, for logs of which Envoy makes blanks `_`.

use std::fmt;
use std::fmt::Write;

use lastmile::At;
use lastmile::Reason;
use lastmile::Rejection;

/// `lastmile/name-mismatch expected=dns:a.test presented=dns:b.test certificate=0 also=expired`
///
/// In values, a blank is `_`, and what is no graphic character of ASCII, or a `%`, is written as in URIs.
pub(crate) struct Line<'a>(pub(crate) &'a Rejection);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rejection = self.0;
        let mut line = Bounded { to: f, left: MOST_OCTETS };
        // What does not fit is cut; there is no other error in it.
        let written = write(&mut line, rejection);
        match (line.left, written) {
            (0, _) => f.write_str("..."),
            (_, written) => written,
        }
    }
}

/// Octets of a line, so that the logs of many refusals can be read.
const MOST_OCTETS: usize = 1000;

fn write(line: &mut Bounded<'_, '_>, rejection: &Rejection) -> fmt::Result {
    let reason = rejection.reason();
    write!(line, "lastmile/{}", reason.code())?;
    match reason {
        Reason::NameMismatch { expected, presented, more } => {
            line.write_str(" expected=")?;
            for (position, name) in expected.iter().enumerate() {
                line.write_str(if position == 0 { "" } else { "," })?;
                write!(Value::item(line), "{}:{name}", name.form())?;
            }
            line.write_str(" presented=")?;
            for (position, name) in presented.iter().enumerate() {
                line.write_str(if position == 0 { "" } else { "," })?;
                // `dns a.test`
                Value::item(line).write_str(&name.replacen(' ', ":", 1))?;
            }
            if *more > 0 {
                write!(line, " more={more}")?;
            }
            write_place(line, rejection.at())?;
        }
        _ => {
            write_place(line, rejection.at())?;
            line.write_str(" cause=")?;
            write!(Value { line, is_item: false }, "{}", rejection.finding())?;
        }
    }
    for (position, other) in rejection.also().iter().enumerate() {
        line.write_str(if position == 0 { " also=" } else { "," })?;
        line.write_str(other.reason().code())?;
    }
    Ok(())
}

fn write_place(line: &mut Bounded<'_, '_>, at: At) -> fmt::Result {
    match at {
        At::Certificate(index) => write!(line, " certificate={index}"),
        At::Anchor(index) => write!(line, " anchor={index}"),
    }
}

/// Writes text as a value, or as one of several with commas between them.
struct Value<'a, 'b, 'c> {
    line: &'a mut Bounded<'b, 'c>,
    is_item: bool,
}

impl<'a, 'b, 'c> Value<'a, 'b, 'c> {
    const fn item(line: &'a mut Bounded<'b, 'c>) -> Self {
        Self { line, is_item: true }
    }
}

impl Write for Value<'_, '_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for octet in text.bytes() {
            match octet {
                b' ' => self.line.write_char('_')?,
                b',' if self.is_item => self.line.write_str("%2C")?,
                b'%' | 0..=31 | 127.. => write!(self.line, "%{octet:02X}")?,
                _ => self.line.write_char(char::from(octet))?,
            }
        }
        Ok(())
    }
}

/// Writes so many octets; then nothing is left, and it fails.
struct Bounded<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    left: usize,
}

impl Write for Bounded<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.left.checked_sub(text.len()) {
            Some(left) if left > 0 => {
                self.left = left;
                self.to.write_str(text)
            }
            _ => {
                self.left = 0;
                Err(fmt::Error)
            }
        }
    }
}
