//! Distinguished names: RDNs of typed attributes, in any string type, right or wrong.

use crate::der;
use crate::der::Reader;
use crate::der::tag;

/// A distinguished name under construction; `Vec::<u8>::from` gives its DER.
#[derive(Clone, Debug, Default)]
pub struct DirectoryName {
    rdns: Vec<Vec<u8>>,
}

impl DirectoryName {
    /// The empty name.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name of one commonName.
    pub fn cn(value: &str) -> Self {
        Self::new().common_name(value)
    }

    /// Adds a commonName, as UTF8String.
    pub fn common_name(self, value: &str) -> Self {
        self.attribute(COMMON_NAME, tag::UTF8_STRING, value.as_bytes())
    }

    /// Adds an organizationName, as UTF8String.
    pub fn organization(self, value: &str) -> Self {
        self.attribute(ORGANIZATION, tag::UTF8_STRING, value.as_bytes())
    }

    /// Adds an organizationalUnitName, as UTF8String.
    pub fn organizational_unit(self, value: &str) -> Self {
        self.attribute(ORGANIZATIONAL_UNIT, tag::UTF8_STRING, value.as_bytes())
    }

    /// Adds a countryName, as PrintableString.
    pub fn country(self, value: &str) -> Self {
        self.attribute(COUNTRY, tag::PRINTABLE_STRING, value.as_bytes())
    }

    /// Adds an emailAddress, as IA5String.
    pub fn email(self, value: &str) -> Self {
        self.attribute(EMAIL_ADDRESS, tag::IA5_STRING, value.as_bytes())
    }

    /// Adds an RDN of one attribute: its type dotted, its string's tag and bytes.
    pub fn attribute(self, oid: &str, string: u8, value: &[u8]) -> Self {
        self.rdn(&[(oid, string, value)])
    }

    /// Adds an RDN of several attributes.
    pub fn rdn(mut self, attributes: &[(&str, u8, &[u8])]) -> Self {
        let attributes = attributes
            .iter()
            .map(|(oid, string, value)| der::sequence(&[der::oid(oid), der::tlv(*string, value)]))
            .collect::<Vec<_>>();
        self.rdns.push(der::set(&attributes));
        self
    }
}

impl From<DirectoryName> for Vec<u8> {
    fn from(name: DirectoryName) -> Self {
        der::sequence(&name.rdns)
    }
}

/// A name's DER as `CN=x, O=y`, for comments; unprintable octets become dots.
pub fn describe(name: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    let mut rdns = Reader::new(name).enter(tag::SEQUENCE)?;
    while let Some(mut rdn) = rdns.enter(tag::SET) {
        while let Some(mut attribute) = rdn.enter(tag::SEQUENCE) {
            let oid = der::dotted(attribute.expect(tag::OBJECT_IDENTIFIER)?);
            let (_, value) = attribute.value()?;
            let value = value
                .iter()
                .map(|octet| match octet {
                    b' '..=b'~' => char::from(*octet),
                    _ => '.',
                })
                .collect::<String>();
            parts.push(format!("{}={value}", short(&oid)));
        }
    }
    match parts.is_empty() {
        true => Some("(empty subject)".to_owned()),
        false => Some(parts.join(", ")),
    }
}

/// The subject of a certificate, for comments; none where the certificate is too odd to read.
pub fn describe_subject(certificate: &[u8]) -> Option<String> {
    let mut tbs = Reader::new(certificate).enter(tag::SEQUENCE)?.enter(tag::SEQUENCE)?;
    let _version = tbs.expect(tag::context_constructed(0));
    tbs.expect(tag::INTEGER)?;
    tbs.expect(tag::SEQUENCE)?;
    tbs.expect(tag::SEQUENCE)?;
    tbs.expect(tag::SEQUENCE)?;
    let subject = tbs.expect(tag::SEQUENCE)?;
    describe(&der::tlv(tag::SEQUENCE, subject))
}

fn short(oid: &str) -> &str {
    match oid {
        COMMON_NAME => "CN",
        COUNTRY => "C",
        EMAIL_ADDRESS => "emailAddress",
        ORGANIZATION => "O",
        ORGANIZATIONAL_UNIT => "OU",
        other => other,
    }
}

/// commonName.
pub const COMMON_NAME: &str = "2.5.4.3";
/// countryName.
pub const COUNTRY: &str = "2.5.4.6";
/// organizationName.
pub const ORGANIZATION: &str = "2.5.4.10";
/// organizationalUnitName.
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
/// emailAddress, of PKCS#9.
pub const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_described_in_their_order() {
        let name = DirectoryName::new().organization("Shop").common_name("a\0b");
        assert_eq!(describe(&Vec::from(name)).as_deref(), Some("O=Shop, CN=a.b"));
        let empty = Vec::from(DirectoryName::new());
        assert_eq!(describe(&empty).as_deref(), Some("(empty subject)"));
    }
}
