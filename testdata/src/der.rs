//! DER, written value by value, right or deliberately wrong; and read just far enough for keys.

/// Universal and context tags that certificates use.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TeletexString, also called T61String.
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5String.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// BMPString.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE, constructed.
    pub const SEQUENCE: u8 = 0x30;
    /// SET, constructed.
    pub const SET: u8 = 0x31;

    /// The context-specific tag `[number]` of a primitive value.
    pub const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// The context-specific tag `[number]` of a constructed value.
    pub const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// A value with its tag and its shortest definite length.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    tlv_with_length(tag, &length(content.len()), content)
}

/// A value whose length octets are whatever the caller says: the way to lie about a length.
pub fn tlv_with_length(tag: u8, length: &[u8], content: &[u8]) -> Vec<u8> {
    [&[tag], length, content].concat()
}

/// A value whose length takes one octet more than it needs: BER, not DER.
pub fn non_minimal(tag: u8, content: &[u8]) -> Vec<u8> {
    let magnitude = magnitude(content.len());
    let octets = [&[0x80 | octet(magnitude.len() + 1), 0][..], &magnitude[..]].concat();
    tlv_with_length(tag, &octets, content)
}

/// A value of indefinite length, closed by two zero octets: BER, not DER.
pub fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

/// A SEQUENCE of the parts, in their order.
pub fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &concat(parts))
}

/// A SET of the parts, sorted as DER wants a SET OF sorted.
pub fn set<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let mut sorted = parts.iter().map(AsRef::as_ref).collect::<Vec<_>>();
    sorted.sort_unstable();
    tlv(tag::SET, &concat(&sorted))
}

/// The parts one after the other, without a tag.
pub fn concat<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.as_ref()).copied().collect()
}

/// `[number]` around complete values: EXPLICIT tagging, or IMPLICIT of something constructed.
pub fn explicit<T: AsRef<[u8]>>(number: u8, parts: &[T]) -> Vec<u8> {
    tlv(tag::context_constructed(number), &concat(parts))
}

/// A BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// A non-negative INTEGER.
pub fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// A non-negative INTEGER from its big-endian magnitude.
pub fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    let significant = match magnitude.iter().position(|octet| *octet != 0) {
        Some(first) => &magnitude[first..],
        None => &[0],
    };
    if significant[0] < 0x80 {
        tlv(tag::INTEGER, significant)
    } else {
        tlv(tag::INTEGER, &[&[0], significant].concat())
    }
}

/// An OCTET STRING.
pub fn octet_string(content: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, content)
}

/// A BIT STRING of whole octets.
pub fn bit_string(content: &[u8]) -> Vec<u8> {
    bit_string_with_unused(0, content)
}

/// A BIT STRING that says how many bits of its last octet are unused.
pub fn bit_string_with_unused(unused: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[unused], content].concat())
}

/// NULL.
pub fn null() -> Vec<u8> {
    tlv(tag::NULL, &[])
}

/// An OBJECT IDENTIFIER from its dotted form.
///
/// # Panics
///
/// When the text is not an object identifier of at least two arcs.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs = dotted
        .split('.')
        .map(|arc| arc.parse::<u64>().expect("an arc is a number"))
        .collect::<Vec<_>>();
    let [first, second, rest @ ..] = &arcs[..] else {
        panic!("{dotted} has fewer than two arcs");
    };
    let mut content = base128(first * 40 + second);
    content.extend(rest.iter().flat_map(|arc| base128(*arc)));
    tlv(tag::OBJECT_IDENTIFIER, &content)
}

/// Reads values one after the other. Only for what this package wrote, and for its keys.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first octet.
    pub fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    /// The next value, as its tag and content; none at the end, or where the length is no DER.
    pub fn value(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, after_tag) = self.rest.split_first()?;
        let (first, after_first) = after_tag.split_first()?;
        let (length, content) = match first {
            0..=0x7f => (usize::from(*first), after_first),
            0x81..=0x84 => {
                let (octets, content) = after_first.split_at_checked(usize::from(first & 0x7f))?;
                (number(octets), content)
            }
            _ => return None,
        };
        let (content, rest) = content.split_at_checked(length)?;
        self.rest = rest;
        Some((*tag, content))
    }

    /// The content of the next value, when its tag is this one.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = self.clone();
        let (found, content) = ahead.value()?;
        if found != tag {
            return None;
        }
        self.rest = ahead.rest;
        Some(content)
    }

    /// A reader of the content of the next value, when its tag is this one.
    pub fn enter(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Self::new)
    }
}

/// An OBJECT IDENTIFIER's content in dotted form.
pub fn dotted(content: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc = 0;
    for octet in content {
        arc = arc << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first.to_string());
                arc -= first * 40;
            }
            arcs.push(arc.to_string());
            arc = 0;
        }
    }
    arcs.join(".")
}

fn length(length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![octet(length)];
    }
    let magnitude = magnitude(length);
    [&[0x80 | octet(magnitude.len())], &magnitude[..]].concat()
}

fn magnitude(number: usize) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets[zeros.min(octets.len() - 1)..].to_vec()
}

fn number(octets: &[u8]) -> usize {
    octets.iter().fold(0, |number, octet| number << 8 | usize::from(*octet))
}

fn octet(number: usize) -> u8 {
    u8::try_from(number).expect("a length of lengths fits an octet")
}

fn base128(mut arc: u64) -> Vec<u8> {
    let mut octets = vec![(arc & 0x7f) as u8];
    arc >>= 7;
    while arc > 0 {
        octets.insert(0, 0x80 | (arc & 0x7f) as u8);
        arc >>= 7;
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_shortest() {
        assert_eq!(tlv(4, &[0; 127])[..2], [4, 0x7f]);
        assert_eq!(tlv(4, &[0; 128])[..3], [4, 0x81, 0x80]);
        assert_eq!(tlv(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn non_minimal_lengths_take_one_octet_more() {
        assert_eq!(non_minimal(4, &[7]), [4, 0x82, 0, 1, 7]);
        assert_eq!(non_minimal(4, &[0; 128])[..4], [4, 0x82, 0, 0x80]);
    }

    #[test]
    fn integers_are_minimal_and_not_negative() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(unsigned(&[0, 0, 1, 2]), [2, 2, 1, 2]);
    }

    #[test]
    fn object_identifiers_survive_a_round_trip() {
        for dotted_form in ["1.2.840.10045.4.3.2", "2.5.29.17", "2.999.1", "0.9.2342"] {
            let der = oid(dotted_form);
            assert_eq!(dotted(&der[2..]), dotted_form);
        }
    }

    #[test]
    fn the_reader_stops_at_a_length_beyond_the_end() {
        assert_eq!(Reader::new(&[4, 2, 1]).value(), None);
        assert_eq!(Reader::new(&[4, 1, 9]).value(), Some((4, &[9][..])));
    }
}
