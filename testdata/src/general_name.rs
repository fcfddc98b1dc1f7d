//! GeneralName in each of its nine forms, for subjectAltName and for name constraints.

use std::net::IpAddr;

use crate::der;
use crate::der::tag;
use crate::directory_name::DirectoryName;

/// `[2]`: a dNSName of any bytes.
pub fn dns(name: impl AsRef<[u8]>) -> Vec<u8> {
    der::tlv(tag::context(2), name.as_ref())
}

/// `[6]`: a uniformResourceIdentifier of any bytes.
pub fn uri(uri: impl AsRef<[u8]>) -> Vec<u8> {
    der::tlv(tag::context(6), uri.as_ref())
}

/// `[1]`: an rfc822Name of any bytes.
pub fn email(mailbox: impl AsRef<[u8]>) -> Vec<u8> {
    der::tlv(tag::context(1), mailbox.as_ref())
}

/// `[7]`: an iPAddress of 4 or 16 octets.
///
/// # Panics
///
/// When the text is not an address.
pub fn ip(address: &str) -> Vec<u8> {
    ip_octets(&octets(address))
}

/// `[7]`: an iPAddress of any octets.
pub fn ip_octets(octets: &[u8]) -> Vec<u8> {
    der::tlv(tag::context(7), octets)
}

/// `[7]`: an address and a mask, as name constraints have it.
///
/// # Panics
///
/// When either text is not an address.
pub fn ip_subnet(address: &str, mask: &str) -> Vec<u8> {
    ip_octets(&[octets(address), octets(mask)].concat())
}

/// `[4]`: a directoryName.
pub fn directory(name: DirectoryName) -> Vec<u8> {
    // A CHOICE cannot be tagged implicitly, so the tag is explicit.
    der::explicit(4, &[Vec::from(name)])
}

/// `[0]`: an otherName: the type dotted, and the value as complete DER.
pub fn other(oid: &str, value: &[u8]) -> Vec<u8> {
    der::explicit(0, &[der::oid(oid), der::explicit(0, &[value])])
}

/// `[3]`: an x400Address of any content.
pub fn x400(content: &[u8]) -> Vec<u8> {
    der::tlv(tag::context_constructed(3), content)
}

/// `[5]`: an ediPartyName of a partyName.
pub fn edi_party(name: &str) -> Vec<u8> {
    let party = der::explicit(1, &[der::tlv(tag::UTF8_STRING, name.as_bytes())]);
    der::tlv(tag::context_constructed(5), &party)
}

/// `[8]`: a registeredID.
pub fn registered_id(oid: &str) -> Vec<u8> {
    let mut id = der::oid(oid);
    id[0] = tag::context(8);
    id
}

fn octets(address: &str) -> Vec<u8> {
    match address.parse().expect("an address in text") {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(sixteen) => sixteen.octets().to_vec(),
    }
}

/// The User Principal Name of Microsoft, the otherName most often seen.
pub const PRINCIPAL_NAME: &str = "1.3.6.1.4.1.311.20.2.3";

/// SmtpUTF8Mailbox (RFC 9598 3), the otherName of a mailbox beyond ASCII.
pub const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";
