//! Directory names: chained by octets, constrained by prefix, shown to people.

use alloc::string::String;
use core::fmt;
use core::fmt::Write;

use crate::der::BMP_STRING;
use crate::der::Error;
use crate::der::Fault;
use crate::der::IA5_STRING;
use crate::der::OBJECT_IDENTIFIER;
use crate::der::PRINTABLE_STRING;
use crate::der::Reader;
use crate::der::SEQUENCE;
use crate::der::SET;
use crate::der::UTF8_STRING;
use crate::oid::EMAIL_ADDRESS;
use crate::oid::Oid;
use crate::text::Escaped;
use crate::text::MAX_CHARACTERS;

/// A Name (RFC 5280 4.1.2.4), checked: relative names that are sets of attributes.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryName<'a> {
    /// The relative names, without the SEQUENCE around them.
    rdns: &'a [u8],
}

impl<'a> DirectoryName<'a> {
    /// Reads the contents of a Name, which begin at `start` of their certificate.
    pub(crate) fn from_der(rdns: &'a [u8], start: usize) -> Result<Self, Error> {
        let mut unread = Reader::at(rdns, start);
        while !unread.is_empty() {
            let set = unread.expect(SET)?;
            let mut attributes = set.reader();
            if attributes.is_empty() {
                return Err(set.error(Fault::EmptyList));
            }
            while !attributes.is_empty() {
                read_attribute(&mut attributes)?;
            }
        }
        Ok(Self { rdns })
    }

    /// Reads a directoryName: the Name stands whole in the `[4]`.
    pub(crate) fn from_general_name(value: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(value);
        let name = reader.expect(SEQUENCE).ok()?;
        reader.finish().ok()?;
        Self::from_der(name.value, 0).ok()
    }

    /// Its length.
    pub(crate) const fn octets(&self) -> usize {
        self.rdns.len()
    }

    /// Whether it has no relative names.
    pub const fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// RFC 5280 4.2.1.10: whether this name is in the subtree of `base`, octet by octet.
    ///
    /// Stricter than the comparison of RFC 5280 7.1, so that nothing outside is let in.
    pub(crate) fn is_within(&self, base: &DirectoryName<'_>) -> bool {
        self.rdns.starts_with(base.rdns)
    }

    /// Whether this name might be in the subtree of `base`, by the comparison of RFC 5280 7.1.
    ///
    /// Values that this engine cannot compare so (beyond ASCII, or of an old string type) count
    /// as the same, so that nothing excluded is let in.
    pub(crate) fn may_be_within(&self, base: &DirectoryName<'_>) -> bool {
        let mut names = self.relative_names();
        base.relative_names().all(|base| {
            names.next().is_some_and(|name| {
                // The same octets are the same, whatever they are.
                if name.0.rest() == base.0.rest() {
                    return true;
                }
                let attributes = { base }.take(MAX_COMPARED.saturating_add(1)).count();
                // A set this large is no name but an attack on the comparison: it is the same.
                attributes > MAX_COMPARED || { name }.take(MAX_COMPARED.saturating_add(1)).count()
                    == attributes
                    && { base }.all(|base| { name }.any(|name| name.may_be(&base)))
            })
        })
    }

    /// The values of emailAddress attributes, which RFC 5280 4.2.1.10 holds to constraints on mail.
    pub(crate) fn email_addresses(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.relative_names()
            .flatten()
            .filter(|attribute| attribute.kind.0 == EMAIL_ADDRESS)
            .map(|attribute| attribute.value)
    }

    fn relative_names(&self) -> impl Iterator<Item = Attributes<'a>> + use<'a> {
        let mut unread = Reader::new(self.rdns);
        core::iter::from_fn(move || Some(Attributes(unread.expect(SET).ok()?.reader())))
    }
}

/// The attributes of one relative name.
#[derive(Clone, Copy, Debug)]
struct Attributes<'a>(Reader<'a>);

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        read_attribute(&mut self.0).ok()
    }
}

/// `AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }`
fn read_attribute<'a>(reader: &mut Reader<'a>) -> Result<Attribute<'a>, Error> {
    let attribute = reader.expect(SEQUENCE)?;
    let mut parts = attribute.reader();
    let kind = parts.expect(OBJECT_IDENTIFIER)?;
    if !Oid(kind.value).is_well_formed() {
        return Err(kind.error(Fault::BadObjectIdentifier));
    }
    let value = parts.element()?;
    parts.finish()?;
    Ok(Attribute { kind: Oid(kind.value), tag: value.tag, value: value.value })
}

#[derive(Clone, Copy, Debug)]
struct Attribute<'a> {
    kind: Oid<'a>,
    tag: u8,
    value: &'a [u8],
}

impl Attribute<'_> {
    fn may_be(&self, other: &Self) -> bool {
        self.kind == other.kind
            && match (self.folded(), other.folded()) {
                (Some(one), Some(other)) => one.eq(other),
                _ => true,
            }
    }

    /// RFC 5280 7.1 with RFC 4518: without case, blanks at the ends gone and runs of them one.
    /// None for what is not ASCII or not of a type that 7.1 compares.
    fn folded(&self) -> Option<impl Iterator<Item = u8>> {
        let known = matches!(self.tag, UTF8_STRING | PRINTABLE_STRING | IA5_STRING)
            && self.value.iter().all(|octet| matches!(octet, b' '..=b'~'));
        let words = self.value.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
        known.then(|| {
            words.flat_map(|word| {
                core::iter::once(b' ').chain(word.iter().map(u8::to_ascii_lowercase))
            })
        })
    }
}

impl fmt::Display for DirectoryName<'_> {
    /// `C=US, O=Example, CN=a`: in the order of the certificate, escaped, and cut at 256 characters
    /// in all. A value that could be taken for more than one is quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("(empty name)");
        }
        let mut cut = Cut { to: f, left: MAX_CHARACTERS };
        match write_name(self, &mut cut) {
            Err(_) if cut.left == 0 => f.write_str("…"),
            written => written,
        }
    }
}

fn write_name(name: &DirectoryName<'_>, to: &mut Cut<'_, '_>) -> fmt::Result {
    for (position, attributes) in name.relative_names().enumerate() {
        for (index, attribute) in attributes.enumerate() {
            to.write_str(match (position, index) {
                (0, 0) => "",
                (_, 0) => ", ",
                _ => " + ",
            })?;
            match short_name(attribute.kind) {
                Some(name) => write!(to, "{name}=")?,
                None => write!(to, "{}=", attribute.kind)?,
            }
            write_value(to, &attribute)?;
        }
    }
    Ok(())
}

fn write_value(to: &mut Cut<'_, '_>, attribute: &Attribute<'_>) -> fmt::Result {
    let decoded = (attribute.tag == BMP_STRING).then(|| {
        // Two octets a character; cut before it is decoded.
        let units = attribute.value.chunks_exact(2).take(MAX_CHARACTERS);
        let units =
            units.map(|unit| unit.iter().fold(0u16, |all, octet| (all << 8) | u16::from(*octet)));
        let characters = char::decode_utf16(units);
        characters.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    });
    let value = decoded.as_ref().map_or(attribute.value, |decoded| decoded.as_bytes());
    let shown = Escaped::new(value);
    match value.iter().any(|octet| matches!(octet, b',' | b'+' | b'=' | b'"')) {
        true => write!(to, "\"{shown}\""),
        false => write!(to, "{shown}"),
    }
}

/// Attributes of one relative name that are compared with each other; real ones have one or two.
const MAX_COMPARED: usize = 4;

/// Writes so many characters, and no more.
struct Cut<'t, 'f> {
    to: &'t mut fmt::Formatter<'f>,
    left: usize,
}

impl Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let Some(left) = self.left.checked_sub(1) else {
                return Err(fmt::Error);
            };
            self.left = left;
            self.to.write_char(character)?;
        }
        Ok(())
    }
}

/// RFC 4514 3, and those beside it that certificates have.
fn short_name(kind: Oid<'_>) -> Option<&'static str> {
    Some(match kind.0 {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 46] => "dnQualifier",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 100, 1, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 100, 1, 25] => "DC",
        EMAIL_ADDRESS => "emailAddress",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::DirectoryName;

    /// `&[&[(attribute, tag, value)]]`
    fn name(rdns: &[&[(u8, u8, &str)]]) -> Vec<u8> {
        fn element(tag: u8, value: &[u8]) -> Vec<u8> {
            [&[tag, u8::try_from(value.len()).expect("short")], value].concat()
        }
        rdns.iter()
            .flat_map(|set| {
                let attributes: Vec<u8> = set
                    .iter()
                    .flat_map(|(kind, tag, value)| {
                        let kind = element(0x06, &[0x55, 4, *kind]);
                        element(0x30, &[kind, element(*tag, value.as_bytes())].concat())
                    })
                    .collect();
                element(0x31, &attributes)
            })
            .collect()
    }

    const UTF8: u8 = 0x0c;
    const PRINTABLE: u8 = 0x13;
    const TELETEX: u8 = 0x14;

    #[test]
    fn subtrees_are_prefixes() {
        let cases: &[(Vec<u8>, Vec<u8>, bool, bool)] = &[
            (
                name(&[&[(10, UTF8, "Shop")]]),
                name(&[&[(10, UTF8, "Shop")], &[(3, UTF8, "a")]]),
                true,
                true,
            ),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(10, UTF8, "Shop")]]), true, true),
            (
                name(&[&[(10, UTF8, "Shop")]]),
                name(&[&[(3, UTF8, "a")], &[(10, UTF8, "Shop")]]),
                false,
                false,
            ),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(10, UTF8, "Shopping")]]), false, false),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(10, UTF8, "sHOP")]]), false, true),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(10, PRINTABLE, "Shop")]]), false, true),
            (name(&[&[(10, UTF8, "My Shop")]]), name(&[&[(10, UTF8, " my  shop ")]]), false, true),
            (name(&[&[(10, UTF8, "My Shop")]]), name(&[&[(10, UTF8, "MyShop")]]), false, false),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(10, TELETEX, "Other")]]), false, true),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(10, UTF8, "Sh\u{f6}p")]]), false, true),
            (name(&[&[(10, UTF8, "Shop")]]), name(&[&[(11, UTF8, "Shop")]]), false, false),
            (
                name(&[&[(10, UTF8, "Shop"), (11, UTF8, "x")]]),
                name(&[&[(11, UTF8, "X"), (10, UTF8, "shop")]]),
                false,
                true,
            ),
            (
                name(&[&[(10, UTF8, "Shop")]]),
                name(&[&[(10, UTF8, "Shop"), (11, UTF8, "x")]]),
                false,
                false,
            ),
            (
                name(&[&[(10, UTF8, "Shop")], &[(11, UTF8, "x")]]),
                name(&[&[(10, UTF8, "Shop")]]),
                false,
                false,
            ),
            (name(&[]), name(&[&[(10, UTF8, "Shop")]]), true, true),
        ];
        for (base, name, within, may_be_within) in cases {
            let base = DirectoryName::from_der(base, 0).expect("a name");
            let name = DirectoryName::from_der(name, 0).expect("a name");
            assert_eq!(name.is_within(&base), *within, "{name} within {base}");
            assert_eq!(name.may_be_within(&base), *may_be_within, "{name} may be within {base}");
        }
    }

    #[test]
    fn names_are_shown_escaped() {
        let der = name(&[&[(6, PRINTABLE, "US")], &[(10, UTF8, "A\x1b[1m"), (3, UTF8, "x")]]);
        let shown = DirectoryName::from_der(&der, 0).expect("a name").to_string();
        assert_eq!(shown, "C=US, O=A\\u{1b}[1m + CN=x");
        assert_eq!(DirectoryName::from_der(&[], 0).expect("a name").to_string(), "(empty name)");
        let der = name(&[&[(3, UTF8, "shop, O=Trusted Inc")]]);
        let shown = DirectoryName::from_der(&der, 0).expect("a name").to_string();
        assert_eq!(shown, "CN=\"shop, O=Trusted Inc\"");
    }

    #[test]
    fn names_are_cut_as_a_whole() {
        let der: Vec<u8> = (0..200).flat_map(|_| name(&[&[(99, UTF8, "x")]])).collect();
        let shown = DirectoryName::from_der(&der, 0).expect("a name").to_string();
        assert_eq!((shown.chars().count(), shown.ends_with('…')), (257, true), "{shown}");
    }

    #[test]
    fn malformed_names_are_no_names() {
        for bad in [
            &[0x31, 0x00][..],
            &[0x30, 0x00],
            &[0x31, 0x02, 0x30, 0x00],
            &[0x31, 0x05, 0x30, 0x03, 0x06, 0x01, 0x2a],
            &[0x31, 0x06, 0x30, 0x04, 0x06, 0x00, 0x0c, 0x00],
            &[0x31, 0x09, 0x30, 0x07, 0x06, 0x01, 0x2a, 0x0c, 0x00, 0x0c, 0x00],
        ] {
            assert!(DirectoryName::from_der(bad, 0).is_err(), "{bad:02x?}");
        }
    }
}
