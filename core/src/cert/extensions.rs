//! The extensions of a certificate (RFC 5280 4.2), each at most once.

use super::Certificate;
use super::Field;
use super::InField;
use super::Malformed;
use super::Purposes;
use crate::der::BIT_STRING;
use crate::der::BOOLEAN;
use crate::der::Element;
use crate::der::Error;
use crate::der::Fault;
use crate::der::INTEGER;
use crate::der::OBJECT_IDENTIFIER;
use crate::der::OCTET_STRING;
use crate::der::Reader;
use crate::der::SEQUENCE;
use crate::der::Span;
use crate::der::context;
use crate::oid;
use crate::oid::Oid;

/// What the engine keeps of a certificate's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extensions {
    pub(super) subject_key_id: Option<Span>,
    pub(super) authority_key_id: Option<Span>,
    pub(super) may_sign_certificates: bool,
    pub(super) subject_alt_name: Option<Span>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) name_constraints: Option<Span>,
    pub(super) purposes: Option<Purposes>,
    /// The contents of the list of purposes, for people.
    pub(super) purpose_list: Option<Span>,
    pub(super) unknown_critical: Option<Span>,
}

impl Default for Extensions {
    fn default() -> Self {
        Self {
            subject_key_id: None,
            authority_key_id: None,
            // RFC 5280 6.1.4 (n) asks only of a certificate that has the extension.
            may_sign_certificates: true,
            subject_alt_name: None,
            basic_constraints: None,
            name_constraints: None,
            purposes: None,
            purpose_list: None,
            unknown_critical: None,
        }
    }
}

/// The value of basicConstraints (RFC 5280 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

impl Extensions {
    /// Reads `extensions [3] EXPLICIT SEQUENCE SIZE (1..MAX) OF Extension` of `certificate`.
    pub(super) fn read(element: &Element<'_>, certificate: &[u8]) -> Result<Self, Malformed> {
        let mut wrapper = element.reader();
        let list = wrapper.expect(SEQUENCE).in_field(Field::Extensions)?;
        wrapper.finish().in_field(Field::Extensions)?;
        let mut unread = list.reader();
        if unread.is_empty() {
            return Err(Field::Extensions.is(list.error(Fault::EmptyList)));
        }
        let mut extensions = Self::default();
        let mut seen = Seen::default();
        while !unread.is_empty() {
            let extension = Extension::read(&mut unread).in_field(Field::Extensions)?;
            seen.remember(extension.id, certificate).in_field(Field::Extensions)?;
            extensions.take(&extension)?;
        }
        Ok(extensions)
    }

    fn take(&mut self, extension: &Extension<'_>) -> Result<(), Malformed> {
        let Extension { id, critical, value } = extension;
        match id.value {
            oid::SUBJECT_ALT_NAME => self.subject_alt_name = Some(value.value_span()),
            oid::BASIC_CONSTRAINTS => {
                let constraints = read_basic_constraints(value.reader());
                self.basic_constraints = Some(constraints.in_field(Field::BasicConstraints)?);
            }
            oid::KEY_USAGE => {
                let may_sign = read_key_usage(value.reader()).in_field(Field::KeyUsage)?;
                self.may_sign_certificates = may_sign;
            }
            oid::EXTENDED_KEY_USAGE => {
                let read = read_purposes(value.reader()).in_field(Field::ExtendedKeyUsage)?;
                (self.purposes, self.purpose_list) = (Some(read.0), Some(read.1));
            }
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(value.value_span()),
            // Ignored, but understood: no policy is asked for, and any is acceptable (RFC 5280
            // 6.1.1 c). What constrains policies is not understood.
            oid::CERTIFICATE_POLICIES => {}
            // Hints for the search, never rules: what is odd in them is passed over. Marked
            // critical, against RFC 5280 4.2.1.1 and 4.2.1.2, they refuse.
            oid::SUBJECT_KEY_IDENTIFIER if !critical => {
                self.subject_key_id = read_key_id(value.reader());
            }
            oid::AUTHORITY_KEY_IDENTIFIER if !critical => {
                self.authority_key_id = read_authority_key_id(value.reader());
            }
            _ if *critical && self.unknown_critical.is_none() => {
                self.unknown_critical = Some(id.value_span());
            }
            _ => {}
        }
        Ok(())
    }
}

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
struct Extension<'a> {
    id: Element<'a>,
    critical: bool,
    value: Element<'a>,
}

impl<'a> Extension<'a> {
    fn read(unread: &mut Reader<'a>) -> Result<Self, Error> {
        let extension = unread.expect(SEQUENCE)?;
        let mut parts = extension.reader();
        let id = parts.expect(OBJECT_IDENTIFIER)?;
        if !Oid(id.value).is_well_formed() {
            return Err(id.error(Fault::BadObjectIdentifier));
        }
        let critical = read_default_false(&mut parts)?;
        let value = parts.expect(OCTET_STRING)?;
        parts.finish()?;
        Ok(Self { id, critical, value })
    }
}

/// X.690 11.5 wants FALSE left out; many CAs write it, and webpki, Go and mozilla::pkix let them.
fn read_default_false(reader: &mut Reader<'_>) -> Result<bool, Error> {
    match reader.peek(BOOLEAN) {
        true => reader.boolean(),
        false => Ok(false),
    }
}

/// The identifiers met so far. RFC 5280 4.2: no extension stands in a certificate twice.
struct Seen {
    count: usize,
    /// Those of id-ce, 2.5.29, with one octet more: nearly all. A bit for each.
    id_ce: u128,
    others: [Span; Certificate::MAX_EXTENSIONS],
    others_count: usize,
}

impl Default for Seen {
    fn default() -> Self {
        let others = [Span::default(); Certificate::MAX_EXTENSIONS];
        Self { count: 0, id_ce: 0, others, others_count: 0 }
    }
}

impl Seen {
    fn remember(&mut self, id: Element<'_>, certificate: &[u8]) -> Result<(), Error> {
        let is_new = match id.value {
            [0x55, 0x1d, arc @ 0..=0x7f] => {
                let before = self.id_ce;
                self.id_ce |= 1 << arc;
                self.id_ce != before
            }
            other => {
                let before = self.others.get(..self.others_count).unwrap_or_default();
                let is_new = before.iter().all(|seen| seen.of(certificate) != other);
                // There are as many places as extensions may be.
                if let Some(slot) = self.others.get_mut(self.others_count) {
                    *slot = id.value_span();
                    self.others_count = self.others_count.saturating_add(1);
                }
                is_new
            }
        };
        self.count = self.count.saturating_add(1);
        match (is_new, self.count <= Certificate::MAX_EXTENSIONS) {
            (false, _) => Err(id.error(Fault::DuplicateExtension)),
            (true, false) => Err(id.error(Fault::TooManyExtensions)),
            (true, true) => Ok(()),
        }
    }
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
fn read_basic_constraints(mut reader: Reader<'_>) -> Result<BasicConstraints, Error> {
    let constraints = reader.expect(SEQUENCE)?;
    reader.finish()?;
    let mut parts = constraints.reader();
    let ca = read_default_false(&mut parts)?;
    let path_length = match parts.peek(INTEGER) {
        true => Some(read_path_length(&mut parts)?),
        false => None,
    };
    parts.finish()?;
    Ok(BasicConstraints { ca, path_length })
}

/// A length beyond 32 bits constrains nothing that a path could be.
fn read_path_length(parts: &mut Reader<'_>) -> Result<u32, Error> {
    let length = parts.integer()?;
    match length.value {
        [first, ..] if first & 0x80 != 0 => Err(length.error(Fault::NegativeInteger)),
        [_, _, _, _, _, ..] => Ok(u32::MAX),
        octets => Ok(octets.iter().fold(0u32, |value, octet| (value << 8) | u32::from(*octet))),
    }
}

/// RFC 5280 4.2.1.3: a BIT STRING; keyCertSign is bit 5. X.690 11.2: unused bits are zero.
fn read_key_usage(mut reader: Reader<'_>) -> Result<bool, Error> {
    let usage = reader.expect(BIT_STRING)?;
    reader.finish()?;
    let [unused @ 0..=7, bits @ ..] = usage.value else {
        return Err(usage.error(Fault::BadBitString));
    };
    let padding = bits.last().map_or(8, |last| last.trailing_zeros());
    match u32::from(*unused) <= padding && (*unused == 0 || !bits.is_empty()) {
        true => Ok(bits.first().is_some_and(|first| first & 0x04 != 0)),
        false => Err(usage.error(Fault::BadBitString)),
    }
}

/// `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId`
fn read_purposes(mut reader: Reader<'_>) -> Result<(Purposes, Span), Error> {
    let list = reader.expect(SEQUENCE)?;
    reader.finish()?;
    let mut unread = list.reader();
    if unread.is_empty() {
        return Err(list.error(Fault::EmptyList));
    }
    let mut purposes = Purposes::default();
    let mut count = 0u32;
    while !unread.is_empty() {
        count = count.saturating_add(1);
        if count > MAX_PURPOSES {
            return Err(list.error(Fault::TooManyPurposes));
        }
        let purpose = unread.expect(OBJECT_IDENTIFIER)?;
        match purpose.value {
            oid::SERVER_AUTH => purposes.server_auth = true,
            oid::ANY_EXTENDED_KEY_USAGE => purposes.any = true,
            other if !Oid(other).is_well_formed() => {
                return Err(purpose.error(Fault::BadObjectIdentifier));
            }
            _ => {}
        }
    }
    Ok((purposes, list.value_span()))
}

/// Purposes of one certificate; real ones have a few.
const MAX_PURPOSES: u32 = 128;

/// `SubjectKeyIdentifier ::= OCTET STRING`
fn read_key_id(mut reader: Reader<'_>) -> Option<Span> {
    let id = reader.expect(OCTET_STRING).ok()?;
    reader.finish().ok()?;
    usable_key_id(&id)
}

/// `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, … }`
fn read_authority_key_id(mut reader: Reader<'_>) -> Option<Span> {
    let identifier = reader.expect(SEQUENCE).ok()?;
    usable_key_id(&identifier.reader().optional(context(0)).ok()??)
}

/// Real identifiers are hashes, of 20 octets mostly. A longer one is a hint not worth comparing.
fn usable_key_id(id: &Element<'_>) -> Option<Span> {
    (1..=64).contains(&id.value.len()).then(|| id.value_span())
}

#[cfg(test)]
mod tests {
    use super::BasicConstraints;
    use super::read_basic_constraints;
    use super::read_key_usage;
    use super::read_purposes;
    use crate::der::Reader;

    #[test]
    fn basic_constraints() {
        let value = |ca, path_length| Some(BasicConstraints { ca, path_length });
        for (der, expected) in [
            (&[0x30, 0x00][..], value(false, None)),
            (&[0x30, 0x03, 1, 1, 0xff], value(true, None)),
            (&[0x30, 0x03, 1, 1, 0x00], value(false, None)),
            (&[0x30, 0x06, 1, 1, 0xff, 2, 1, 0], value(true, Some(0))),
            (&[0x30, 0x07, 1, 1, 0xff, 2, 2, 1, 0], value(true, Some(256))),
            (&[0x30, 0x07, 1, 1, 0xff, 2, 2, 0, 200], value(true, Some(200))),
            (&[0x30, 0x0a, 1, 1, 0xff, 2, 5, 1, 0, 0, 0, 0], value(true, Some(u32::MAX))),
            (&[0x30, 0x06, 1, 1, 0xff, 2, 1, 0xff], None),
            (&[0x30, 0x07, 1, 1, 0xff, 2, 2, 0, 1], None),
            (&[0x30, 0x03, 1, 1, 0x01], None),
            (&[0x30, 0x05, 1, 1, 0xff, 5, 0], None),
            (&[0x30, 0x03, 1, 1, 0xff, 0], None),
            (&[0x01, 0x01, 0xff], None),
        ] {
            assert_eq!(read_basic_constraints(Reader::new(der)).ok(), expected, "{der:02x?}");
        }
    }

    #[test]
    fn key_usage() {
        for (der, may_sign) in [
            (&[3, 2, 1, 0x06][..], Some(true)),
            (&[3, 2, 2, 0x04], Some(true)),
            (&[3, 2, 7, 0x80], Some(false)),
            // Trailing zero bits are not cut as X.690 11.2.2 wants; harmless, and seen.
            (&[3, 2, 0, 0x80], Some(false)),
            (&[3, 3, 7, 0x04, 0x80], Some(true)),
            (&[3, 1, 0], Some(false)),
            (&[3, 2, 3, 0x04], None),
            (&[3, 1, 1], None),
            (&[3, 2, 8, 0x04], None),
            (&[3, 0], None),
            (&[4, 2, 1, 0x06], None),
            (&[3, 2, 1, 0x06, 0], None),
        ] {
            assert_eq!(read_key_usage(Reader::new(der)).ok(), may_sign, "{der:02x?}");
        }
    }

    #[test]
    fn purposes() {
        let server_auth = [&[0x30, 10, 6, 8][..], crate::oid::SERVER_AUTH].concat();
        let read = |der: &[u8]| read_purposes(Reader::new(der)).ok();
        assert!(read(&server_auth).is_some_and(|found| found.0.server_auth && !found.0.any));
        assert!(read(&[0x30, 6, 6, 4, 0x55, 0x1d, 37, 0]).is_some_and(|found| found.0.any));
        for bad in [&[0x30, 0][..], &[0x30, 2, 6, 0], &[0x30, 2, 5, 0], &[0x30, 3, 6, 1, 0x80]] {
            assert_eq!(read(bad), None, "{bad:02x?}");
        }
    }
}
