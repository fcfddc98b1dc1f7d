//! PEM framing (RFC 7468), in one pass, with the number and the line of each block.

use alloc::vec::Vec;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The blocks of a text, in order. Text between blocks is passed over.
///
/// ```
/// let text = b"a comment\n-----BEGIN X-----\nAAEC\n-----END X-----\n";
/// let block = lastmile::pem::blocks(text).next().unwrap()?;
/// assert_eq!((block.label(), block.number(), block.line()), (&b"X"[..], 1, 2));
/// assert_eq!(block.decode()?, [0, 1, 2]);
/// # Ok::<(), lastmile::pem::InvalidBlock>(())
/// ```
pub fn blocks(text: &[u8]) -> Blocks<'_> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    Blocks { rest: text, line: 0, number: 0, pending: None }
}

/// The iterator that [`blocks`] returns. It reads each octet once, whatever the text holds.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    rest: &'a [u8],
    /// Lines read so far.
    line: u32,
    /// Blocks begun so far.
    number: u32,
    /// A BEGIN line that ended the block before it.
    pending: Option<Begin<'a>>,
}

impl<'a> Blocks<'a> {
    fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.line = self.line.saturating_add(1);
        let (line, rest) = split_line(self.rest);
        self.rest = rest;
        Some(line.trim_ascii())
    }

    fn next_begin(&mut self) -> Option<Result<Begin<'a>, InvalidBlock>> {
        if let Some(begin) = self.pending.take() {
            return Some(Ok(begin));
        }
        loop {
            let line = self.next_line()?;
            match boundary(line) {
                Some(Boundary::Begin(label)) => return Some(Ok(Begin { line: self.line, label })),
                Some(Boundary::End(_)) => {
                    return Some(Err(InvalidBlock {
                        number: self.number,
                        line: self.line,
                        fault: BlockFault::EndWithoutBegin,
                    }));
                }
                None => {}
            }
        }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, InvalidBlock>;

    fn next(&mut self) -> Option<Self::Item> {
        let Begin { line, label } = match self.next_begin()? {
            Ok(begin) => begin,
            Err(invalid) => return Some(Err(invalid)),
        };
        self.number = self.number.saturating_add(1);
        let number = self.number;
        let invalid = |line, fault| Some(Err(InvalidBlock { number, line, fault }));
        let Some(label) = label else {
            return invalid(line, BlockFault::BadBegin);
        };
        let body = self.rest;
        loop {
            let left = self.rest.len();
            let line_here = self.next_line();
            if line_here.is_some_and(|line| !line.starts_with(HYPHENS)) {
                continue;
            }
            if let Some(after) = line_here.and_then(|line| after_end(line, label)) {
                if let Some(Boundary::Begin(next)) = boundary(after) {
                    self.pending = Some(Begin { line: self.line, label: next });
                }
                return invalid(self.line, BlockFault::TextAfterEnd);
            }
            match line_here.map(boundary) {
                Some(None) => {}
                Some(Some(Boundary::End(Some(end)))) if end == label => {
                    let body = body.get(..body.len().saturating_sub(left)).unwrap_or(&[]);
                    return Some(Ok(Block { label, body, number, line }));
                }
                Some(Some(Boundary::End(_))) => {
                    return invalid(self.line, BlockFault::OtherEnd);
                }
                Some(Some(Boundary::Begin(next))) => {
                    self.pending = Some(Begin { line: self.line, label: next });
                    return invalid(line, BlockFault::NoEnd);
                }
                None => return invalid(line, BlockFault::NoEnd),
            }
        }
    }
}

/// The first line, without its end, and what follows it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, tail) = text.split_at_checked(line_length(text)).unwrap_or((text, &[]));
    // RFC 7468 3: eol is CRLF, CR or LF.
    match tail {
        [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => (line, rest),
        [] => (line, &[]),
    }
}

/// The octets before the end of the line.
fn line_length(text: &[u8]) -> usize {
    let ends_line = |octet: &u8| matches!(octet, b'\n' | b'\r');
    // Both are control characters, of which base64 has none; sixteen octets are compared at once.
    let is_plain =
        |octets: &&[u8]| octets.iter().fold(true, |plain, octet| plain & (*octet >= b' '));
    let plain = text.chunks_exact(16).take_while(is_plain).count().saturating_mul(16);
    let rest = text.get(plain..).unwrap_or_default();
    plain.saturating_add(rest.iter().position(ends_line).unwrap_or(rest.len()))
}

/// A BEGIN line, and its label if it is well formed.
#[derive(Clone, Copy, Debug)]
struct Begin<'a> {
    line: u32,
    label: Option<&'a [u8]>,
}

enum Boundary<'a> {
    /// With the label, if the line is well formed.
    Begin(Option<&'a [u8]>),
    End(Option<&'a [u8]>),
}

fn boundary(line: &[u8]) -> Option<Boundary<'_>> {
    let line = line.strip_prefix(HYPHENS)?;
    if let Some(rest) = line.strip_prefix(b"BEGIN ") {
        return Some(Boundary::Begin(
            rest.strip_suffix(b"-----").filter(|label| !label.is_empty()),
        ));
    }
    if let Some(rest) = line.strip_prefix(b"END ") {
        return Some(Boundary::End(rest.strip_suffix(b"-----").filter(|label| !label.is_empty())));
    }
    None
}

/// What a boundary begins and ends with.
const HYPHENS: &[u8] = b"-----";

/// What follows the END of this label on its line, if anything does.
fn after_end<'a>(line: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(b"-----END ")?.strip_prefix(label)?.strip_prefix(b"-----")?;
    (!rest.is_empty()).then_some(rest)
}

/// One block: what stands between a BEGIN and its END.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    label: &'a [u8],
    body: &'a [u8],
    number: u32,
    line: u32,
}

impl<'a> Block<'a> {
    /// What the block says it holds, such as `CERTIFICATE`.
    pub const fn label(&self) -> &'a [u8] {
        self.label
    }

    /// The position of the block in the text, from 1; blocks that cannot be read count.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The line of its BEGIN, from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// The octets of the block.
    ///
    /// # Errors
    /// The body is not base64 with its padding (RFC 4648 4), or is empty.
    pub fn decode(&self) -> Result<Vec<u8>, InvalidBlock> {
        let mut text = Vec::new();
        let mut octets = Vec::new();
        self.decode_into(&mut text, &mut octets)?;
        Ok(octets)
    }

    /// As [`decode`](Self::decode), appending to `octets`, with a buffer that is used again.
    pub(crate) fn decode_into(
        &self,
        text: &mut Vec<u8>,
        octets: &mut Vec<u8>,
    ) -> Result<(), InvalidBlock> {
        text.clear();
        let before = octets.len();
        let mut rest = self.body;
        while !rest.is_empty() {
            let line;
            (line, rest) = split_line(rest);
            text.extend_from_slice(line.trim_ascii());
        }
        match STANDARD.decode_vec(&text, octets) {
            Ok(()) if octets.len() > before => Ok(()),
            Ok(()) => Err(self.invalid(BlockFault::Empty)),
            Err(_) => {
                octets.truncate(before);
                Err(self.invalid(BlockFault::BadBase64))
            }
        }
    }

    /// A fault of this block.
    const fn invalid(&self, fault: BlockFault) -> InvalidBlock {
        InvalidBlock { number: self.number, line: self.line, fault }
    }
}

/// A block that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBlock {
    number: u32,
    line: u32,
    fault: BlockFault,
}

impl InvalidBlock {
    /// The position of the block in the text, from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The line of the fault, from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// What is wrong.
    pub const fn fault(&self) -> BlockFault {
        self.fault
    }
}

impl fmt::Display for InvalidBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {}, line {}: {}", self.number, self.line, self.fault)
    }
}

impl core::error::Error for InvalidBlock {}

/// What can be wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockFault {
    /// The body is not base64.
    BadBase64,
    /// A line that starts like a BEGIN and does not end like one.
    BadBegin,
    /// The body is empty.
    Empty,
    /// An END without a BEGIN before it.
    EndWithoutBegin,
    /// A BEGIN without an END of the same label after it.
    NoEnd,
    /// The END bears another label than the BEGIN.
    OtherEnd,
    /// The line goes on after the END.
    TextAfterEnd,
}

impl fmt::Display for BlockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadBase64 => "the block is not base64 (or its padding is missing)",
            Self::BadBegin => "the BEGIN line does not end in five hyphens",
            Self::Empty => "the block is empty",
            Self::EndWithoutBegin => "an END line without a BEGIN line before it",
            Self::NoEnd => "the BEGIN line has no END line",
            Self::OtherEnd => "the END line bears another label than the BEGIN line",
            Self::TextAfterEnd => "something follows the END on its line: a line break is missing",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::BlockFault;
    use super::blocks;
    use super::split_line;

    /// Label, number, line, octets; or number, line and what is wrong.
    #[derive(Debug, PartialEq)]
    enum Read {
        Good(String, u32, u32, usize),
        Bad(u32, u32, BlockFault),
    }

    fn read(text: &str) -> Vec<Read> {
        blocks(text.as_bytes())
            .map(|block| block.and_then(|block| Ok((block, block.decode()?.len()))))
            .map(|read| match read {
                Ok((block, octets)) => {
                    let label = String::from_utf8_lossy(block.label()).into_owned();
                    Read::Good(label, block.number(), block.line(), octets)
                }
                Err(invalid) => Read::Bad(invalid.number(), invalid.line(), invalid.fault()),
            })
            .collect()
    }

    fn good(label: &str, number: u32, line: u32, octets: usize) -> Read {
        Read::Good(label.into(), number, line, octets)
    }

    #[test]
    fn blocks_have_numbers_and_lines() {
        const A: &str = "-----BEGIN A-----\nAAEC\n-----END A-----\n";
        for eol in ["\n", "\r\n", "\r"] {
            let text = std::format!("text\n{A}\n{A}").replace('\n', eol);
            assert_eq!(read(&text), [good("A", 1, 2, 3), good("A", 2, 6, 3)]);
        }
        assert_eq!(read(&std::format!("\u{feff}{A}")), [good("A", 1, 1, 3)]);
        assert_eq!(
            read("  -----BEGIN A-----  \n A A\t\n  EC \n -----END A-----"),
            [Read::Bad(1, 1, BlockFault::BadBase64)]
        );
        assert_eq!(
            read("  -----BEGIN A-----  \n AA\t\n  EC \n -----END A-----"),
            [good("A", 1, 1, 3)]
        );
        assert_eq!(read(""), []);
        assert_eq!(read("no block at all"), []);
    }

    #[test]
    fn a_bad_block_does_not_hide_the_next() {
        const A: &str = "-----BEGIN A-----\nAAEC\n-----END A-----\n";
        for (bad, fault, line) in [
            ("-----BEGIN A-----\nAAEC\n", BlockFault::NoEnd, 1),
            ("-----BEGIN A-----\nAA*C\n-----END A-----\n", BlockFault::BadBase64, 1),
            ("-----BEGIN A-----\nAAE\n-----END A-----\n", BlockFault::BadBase64, 1),
            ("-----BEGIN A-----\nAAF=\nAAEC\n-----END A-----\n", BlockFault::BadBase64, 1),
            ("-----BEGIN A-----\n-----END A-----\n", BlockFault::Empty, 1),
            ("-----BEGIN A-----\nAAEC\n-----END B-----\n", BlockFault::OtherEnd, 3),
            ("-----BEGIN A-----\nAAEC\n-----END A-----x\n", BlockFault::TextAfterEnd, 3),
            ("-----BEGIN A----\nAAEC\n", BlockFault::BadBegin, 1),
            ("-----BEGIN -----\nAAEC\n", BlockFault::BadBegin, 1),
        ] {
            let lines = u32::try_from(bad.lines().count()).expect("few lines");
            let found = read(&std::format!("{bad}{A}"));
            assert_eq!(found, [Read::Bad(1, line, fault), good("A", 2, lines + 1, 3)], "{bad}");
        }
        assert_eq!(read("-----END A-----\n"), [Read::Bad(0, 1, BlockFault::EndWithoutBegin)]);
        assert_eq!(read("-----BEGIN A-----\nAAEC"), [Read::Bad(1, 1, BlockFault::NoEnd)]);
    }

    #[test]
    fn a_line_ends_at_its_first_cr_or_lf() {
        for length in 0..70 {
            for (at, other) in (0..=length).flat_map(|at| [(at, b'\t'), (at, b'\x80')]) {
                let mut text = Vec::from([b'A'; 70]);
                text[at] = other;
                assert_eq!(split_line(&text), (text.as_slice(), &[][..]));
                let (line, rest) = text.split_at(length);
                for (end, left) in [("\n", ""), ("\r", ""), ("\r\n", ""), ("\n\r", "\r")] {
                    let all = [line, end.as_bytes(), rest].concat();
                    let rest = [left.as_bytes(), rest].concat();
                    assert_eq!(split_line(&all), (line, rest.as_slice()), "{all:?}");
                }
            }
        }
    }

    #[test]
    fn many_begin_lines_are_read_once() {
        let text = "-----BEGIN A-----\n".repeat(100_000);
        assert_eq!(blocks(text.as_bytes()).filter(Result::is_err).count(), 100_000);
    }
}
