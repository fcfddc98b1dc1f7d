//! DER, strictly: definite minimal lengths, single-octet tags, nothing left over (X.690 10 and 11).
//!
//! A [`Reader`] walks one level and never calls itself: nesting costs the caller a reader each,
//! so input cannot make it recurse. It allocates nothing.

use core::fmt;

/// One level of DER that is being read, front to back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// Where `rest` ends in the whole document; positions are counted back from here.
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads a whole document.
    pub(crate) const fn new(document: &'a [u8]) -> Self {
        Self { rest: document, end: document.len() }
    }

    /// Reads a part of a document; `start` is where the part begins there.
    pub(crate) const fn at(part: &'a [u8], start: usize) -> Self {
        Self { rest: part, end: start.saturating_add(part.len()) }
    }

    /// Octets from the start of the document to the next unread one.
    #[inline]
    pub(crate) const fn offset(&self) -> usize {
        self.end.saturating_sub(self.rest.len())
    }

    /// What is not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Octets that are not read yet.
    pub(crate) const fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether everything is read.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the next element bears `tag`.
    #[inline]
    pub(crate) fn peek(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, whatever its tag.
    #[inline]
    pub(crate) fn element(&mut self) -> Result<Element<'a>, Error> {
        let start = self.offset();
        let whole = self.rest;
        let [tag, length, tail @ ..] = whole else {
            return Err(self.error(Fault::Truncated));
        };
        // X.690 8.1.2.4: the long tag form; no structure of RFC 5280 needs it.
        if tag & 0x1f == 0x1f {
            return Err(self.error(Fault::HighTagNumber));
        }
        let (length, tail) = match *length {
            short @ 0..=0x7f => (usize::from(short), tail),
            long => long_length(long, tail).map_err(|fault| Error { fault, offset: start })?,
        };
        let Some((value, rest)) = tail.split_at_checked(length) else {
            return Err(Error { fault: Fault::Truncated, offset: start });
        };
        self.rest = rest;
        Ok(Element { tag: *tag, value, start, end: self.offset() })
    }

    /// The next element, which must bear `tag`.
    #[inline]
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Error> {
        match self.rest.first() {
            Some(&found) if found != tag => {
                Err(self.error(Fault::UnexpectedTag { expected: tag, found }))
            }
            _ => self.element(),
        }
    }

    /// The next element if it bears `tag`; otherwise nothing is read.
    #[inline]
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Error> {
        match self.peek(tag) {
            true => self.element().map(Some),
            false => Ok(None),
        }
    }

    /// BOOLEAN; X.690 11.1: FALSE is 00, TRUE is ff, nothing else.
    #[inline]
    pub(crate) fn boolean(&mut self) -> Result<bool, Error> {
        let element = self.expect(BOOLEAN)?;
        match element.value {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(element.error(Fault::NotBoolean)),
        }
    }

    /// INTEGER; X.690 8.3.2: at least one octet, and no more than it needs.
    #[inline]
    pub(crate) fn integer(&mut self) -> Result<Element<'a>, Error> {
        let element = self.expect(INTEGER)?;
        match element.value {
            [] => Err(element.error(Fault::EmptyInteger)),
            [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
                Err(element.error(Fault::NonMinimalInteger))
            }
            _ => Ok(element),
        }
    }

    /// BIT STRING whose last octet is full: keys and signatures.
    #[inline]
    pub(crate) fn whole_octets(&mut self) -> Result<Element<'a>, Error> {
        let element = self.expect(BIT_STRING)?;
        match element.value {
            [0x00, octets @ ..] => Ok(Element { value: octets, ..element }),
            _ => Err(element.error(Fault::BadBitString)),
        }
    }

    /// Nothing may be left over.
    #[inline]
    pub(crate) fn finish(&self) -> Result<(), Error> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(self.error(Fault::TrailingData)),
        }
    }

    /// A fault at the next unread octet.
    #[inline]
    pub(crate) const fn error(&self, fault: Fault) -> Error {
        Error { fault, offset: self.offset() }
    }
}

/// Lengths of 128 and more: one to four length octets, and no more of them than needed (X.690 10.1).
fn long_length(form: u8, tail: &[u8]) -> Result<(usize, &[u8]), Fault> {
    let (length, least, tail) = match (form, tail) {
        (0x80, _) => return Err(Fault::IndefiniteLength),
        (0x81, [a, tail @ ..]) => (u32::from(*a), 0x80, tail),
        (0x82, [a, b, tail @ ..]) => (u32::from_be_bytes([0, 0, *a, *b]), 0x100, tail),
        (0x83, [a, b, c, tail @ ..]) => (u32::from_be_bytes([0, *a, *b, *c]), 0x1_0000, tail),
        (0x84, [a, b, c, d, tail @ ..]) => (u32::from_be_bytes([*a, *b, *c, *d]), 0x100_0000, tail),
        (0x81..=0x84, _) => return Err(Fault::Truncated),
        _ => return Err(Fault::LengthTooLarge),
    };
    if length < least {
        return Err(Fault::NonMinimalLength);
    }
    match usize::try_from(length) {
        Ok(length) => Ok((length, tail)),
        Err(_) => Err(Fault::LengthTooLarge),
    }
}

/// One element: a tag and the octets of its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    /// Where the element's tag stands in the document.
    pub(crate) start: usize,
    /// Where the octet after the element stands in the document.
    pub(crate) end: usize,
}

impl<'a> Element<'a> {
    /// Reads what the element holds.
    #[inline]
    pub(crate) const fn reader(&self) -> Reader<'a> {
        Reader { rest: self.value, end: self.end }
    }

    /// Tag, length and value.
    #[inline]
    pub(crate) const fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }

    /// The value alone.
    #[inline]
    pub(crate) const fn value_span(&self) -> Span {
        Span::new(self.end.saturating_sub(self.value.len()), self.end)
    }

    /// A fault that lies in this element.
    #[inline]
    pub(crate) const fn error(&self, fault: Fault) -> Error {
        Error { fault, offset: self.start }
    }
}

/// A part of a document by position, so that a parsed certificate can be kept without borrowing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    const fn new(start: usize, end: usize) -> Self {
        Self { start: narrow(start), end: narrow(end) }
    }

    /// The octets of the span in the document that it was taken from.
    #[inline]
    pub(crate) fn of(self, document: &[u8]) -> &[u8] {
        match (usize::try_from(self.start), usize::try_from(self.end)) {
            (Ok(start), Ok(end)) => document.get(start..end).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// Where the span begins.
    pub(crate) fn start(self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }
}

/// Positions fit 32 bits: a longer document is refused before it is read.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation)]
const fn narrow(position: usize) -> u32 {
    match position > MAX_DOCUMENT {
        true => u32::MAX,
        // Cannot lose bits: the value was just compared. `try_from` is not const.
        false => position as u32,
    }
}

/// The longest document that can be read, in octets.
pub(crate) const MAX_DOCUMENT: usize = 0x7fff_ffff;

/// What is wrong with an encoding, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Error {
    pub(crate) fault: Fault,
    /// Octets from the start of the document.
    pub(crate) offset: usize,
}

/// What can be wrong with the octets of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The outer and the inner signature algorithm differ (RFC 5280 4.1.1.2).
    AlgorithmMismatch,
    /// A BIT STRING with bits that its padding does not allow (X.690 8.6, 11.2).
    BadBitString,
    /// An OBJECT IDENTIFIER that is padded, unfinished, empty, or longer than 128 octets
    /// (X.690 8.19).
    BadObjectIdentifier,
    /// A time that is not `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, or names no moment (RFC 5280 4.1.2.5).
    BadTime,
    /// A DEFAULT value that is written out (X.690 11.5).
    DefaultEncoded,
    /// An extension that stands in the certificate twice (RFC 5280 4.2).
    DuplicateExtension,
    /// An INTEGER without octets (X.690 8.3).
    EmptyInteger,
    /// A list that must hold at least one element holds none.
    EmptyList,
    /// Extensions in a certificate that is not of version 3 (RFC 5280 4.1.2.9).
    ExtensionsBeforeV3,
    /// A tag number of 31 or more.
    HighTagNumber,
    /// BER's indefinite length (X.690 10.1).
    IndefiniteLength,
    /// More octets than any certificate has.
    LengthTooLarge,
    /// A pathLenConstraint below zero.
    NegativeInteger,
    /// An INTEGER with more octets than it needs (X.690 8.3.2).
    NonMinimalInteger,
    /// A length with more octets than it needs (X.690 10.1).
    NonMinimalLength,
    /// A BOOLEAN that is neither 00 nor ff (X.690 11.1).
    NotBoolean,
    /// More extensions than [`cert::MAX_EXTENSIONS`](crate::Certificate::MAX_EXTENSIONS).
    TooManyExtensions,
    /// An extKeyUsage of more than 128 purposes: real ones have a few.
    TooManyPurposes,
    /// Octets after the end of a structure.
    TrailingData,
    /// The structure ends before its length says.
    Truncated,
    /// Another element than the one that must stand here.
    UnexpectedTag {
        /// The identifier octet that must stand here.
        expected: u8,
        /// The identifier octet that stands here.
        found: u8,
    },
    /// A version that RFC 5280 4.1.2.1 does not know.
    UnknownVersion,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlgorithmMismatch => "the two signature algorithms differ",
            Self::BadBitString => "a bit string has unused bits that are not allowed here",
            Self::BadObjectIdentifier => "an object identifier is padded, unfinished or too long",
            Self::BadTime => "not a time as RFC 5280 writes it",
            Self::DefaultEncoded => "a default value is written out",
            Self::DuplicateExtension => "an extension stands there twice",
            Self::EmptyInteger => "an integer has no octets",
            Self::EmptyList => "a list that must not be empty is empty",
            Self::ExtensionsBeforeV3 => "only version 3 may have extensions",
            Self::HighTagNumber => "a tag number of 31 or more",
            Self::IndefiniteLength => "a length of BER's indefinite form",
            Self::LengthTooLarge => "a length no certificate has",
            Self::NegativeInteger => "a negative path length",
            Self::NonMinimalInteger => "an integer is padded",
            Self::NonMinimalLength => "a length is padded",
            Self::NotBoolean => "a boolean is neither 00 nor ff",
            Self::TooManyExtensions => "too many extensions",
            Self::TooManyPurposes => "too many purposes",
            Self::TrailingData => "octets are left over",
            Self::Truncated => "it ends too early",
            Self::UnexpectedTag { expected, found } => {
                return write!(f, "tag {expected:02x} must stand there, {found:02x} does");
            }
            Self::UnknownVersion => "an unknown version",
        })
    }
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The identifier octet of `[number]`, primitive.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// The identifier octet of `[number]`, constructed.
pub(crate) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

#[cfg(test)]
mod tests {
    use super::{Fault, Reader};

    #[test]
    fn lengths_are_definite_and_minimal() {
        const CASES: &[(&[u8], Result<usize, Fault>)] = &[
            (&[0x04, 0x00], Ok(0)),
            (&[0x04, 0x01, 0xaa], Ok(1)),
            (&[0x04, 0x80, 0x00, 0x00], Err(Fault::IndefiniteLength)),
            (&[0x04, 0x81, 0x01, 0xaa], Err(Fault::NonMinimalLength)),
            (&[0x04, 0x82, 0x00, 0x80], Err(Fault::NonMinimalLength)),
            (&[0x04, 0x83, 0x00, 0xff, 0xff], Err(Fault::NonMinimalLength)),
            (&[0x04, 0x84, 0x00, 0xff, 0xff, 0xff], Err(Fault::NonMinimalLength)),
            (&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff], Err(Fault::Truncated)),
            (&[0x04, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00], Err(Fault::LengthTooLarge)),
            (&[0x04, 0xff], Err(Fault::LengthTooLarge)),
            (&[0x04, 0x82, 0x01], Err(Fault::Truncated)),
            (&[0x04, 0x02, 0xaa], Err(Fault::Truncated)),
            (&[0x04], Err(Fault::Truncated)),
            (&[], Err(Fault::Truncated)),
            (&[0x1f, 0x01, 0x00], Err(Fault::HighTagNumber)),
        ];
        for (input, expected) in CASES {
            let found = Reader::new(input).element().map(|e| e.value.len()).map_err(|e| e.fault);
            assert_eq!(found, *expected, "{input:02x?}");
        }
        let mut long = std::vec![0x04, 0x81, 0x80];
        long.extend([0; 0x80]);
        assert_eq!(Reader::new(&long).element().map(|e| e.value.len()), Ok(0x80));
    }

    #[test]
    fn integers_and_booleans_have_one_encoding() {
        for (input, ok) in [
            (&[0x02, 0x01, 0x00][..], true),
            (&[0x02, 0x01, 0x80], true),
            (&[0x02, 0x02, 0x00, 0x80], true),
            (&[0x02, 0x02, 0x00, 0x7f], false),
            (&[0x02, 0x02, 0xff, 0x80], false),
            (&[0x02, 0x02, 0xff, 0x7f], true),
            (&[0x02, 0x00], false),
        ] {
            assert_eq!(Reader::new(input).integer().is_ok(), ok, "{input:02x?}");
        }
        for (input, expected) in [
            (&[0x01, 0x01, 0xff][..], Some(true)),
            (&[0x01, 0x01, 0x00], Some(false)),
            (&[0x01, 0x01, 0x01], None),
            (&[0x01, 0x02, 0xff, 0xff], None),
            (&[0x01, 0x00], None),
        ] {
            assert_eq!(Reader::new(input).boolean().ok(), expected, "{input:02x?}");
        }
    }

    #[test]
    fn positions_are_those_of_the_document() {
        let document = [0x30, 0x05, 0x02, 0x01, 0x07, 0x04, 0x00];
        let outer = Reader::new(&document).element().expect("a sequence");
        let mut inner = outer.reader();
        let integer = inner.integer().expect("an integer");
        assert_eq!((integer.start, integer.end), (2, 5));
        assert_eq!(integer.value_span().of(&document), [0x07]);
        assert_eq!(inner.expect(0x05).map(|_| ()).unwrap_err().offset, 5);
        assert!(inner.element().is_ok() && inner.finish().is_ok());
    }
}
