//! uniformResourceIdentifier: the whole value where a policy expects it, the host under constraints.

use super::dns;
use super::dns::Labels;

/// Visible ASCII, a scheme, and something after it.
pub(super) fn can_be_expected(octets: &[u8]) -> bool {
    after_scheme(octets).is_some_and(|rest| !rest.is_empty())
}

/// The host of a URI, if it has one that is a DNS name.
///
/// RFC 5280 4.2.1.10: a URI without an authority, or with an address for a host, must be refused
/// where there is a constraint of its form.
pub(super) fn host(octets: &[u8]) -> Option<Labels> {
    // RFC 3986 3.2: the authority is between the two slashes and the next of `/`, `?`, `#`.
    let rest = after_scheme(octets)?.strip_prefix(b"//")?;
    let authority = rest.split(|octet| b"/?#".contains(octet)).next()?;
    let parts: Vec<&[u8]> = authority.split(|octet| *octet == b'@').collect();
    let host_and_port = match parts[..] {
        [host] => host,
        [user, host] if user.iter().all(is_userinfo) => host,
        _ => return None,
    };
    // The host holds no `:` but in brackets, which no DNS name has.
    let parts: Vec<&[u8]> = host_and_port.split(|octet| *octet == b':').collect();
    let host = match parts[..] {
        [host] => host,
        [host, port] if port.iter().all(u8::is_ascii_digit) => host,
        _ => return None,
    };
    domain(host)
}

/// RFC 5280 4.2.1.10: a host, or with a leading dot all below it; the empty base is all. One that
/// reads like an address holds no host, and need not: such hosts are refused whatever it says.
pub(super) fn subtree(octets: &[u8]) -> Option<dns::Subtree> {
    dns::subtree(octets)
}

/// Without a leading dot, this host and no other.
pub(super) fn is_permitted_by(name: &[u8], base: &[u8]) -> bool {
    let (Some(host), Some(subtree)) = (host(name), subtree(base)) else {
        return false;
    };
    match subtree.dotted {
        true => host != subtree.base && host.ends_with(&subtree.base),
        false => subtree.base.is_empty() || host == subtree.base,
    }
}

/// With a leading dot the host itself is excluded too, to be safe.
pub(super) fn is_excluded_by(name: &[u8], base: &[u8]) -> bool {
    let (Some(host), Some(subtree)) = (host(name), subtree(base)) else {
        return false;
    };
    is_permitted_by(name, base) || host == subtree.base
}

/// A DNS name that is no IPv4 address.
fn domain(octets: &[u8]) -> Option<Labels> {
    dns::host(octets).filter(|labels| !dns::ends_in_a_number(labels))
}

/// RFC 3986 3.2.1: unreserved, sub-delims, the percent sign and the colon.
fn is_userinfo(octet: &u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%:".contains(octet)
}

/// RFC 3986 2: visible ASCII only; 3.1: a letter, then letters, digits, `+`, `-`, `.`; then a colon.
fn after_scheme(octets: &[u8]) -> Option<&[u8]> {
    octets.iter().all(u8::is_ascii_graphic).then_some(())?;
    let colon = octets.iter().position(|octet| *octet == b':')?;
    let (scheme, rest) = (&octets[..colon], &octets[colon + 1..]);
    let is_good = |octet: &u8| octet.is_ascii_alphanumeric() || b"+-.".contains(octet);
    let starts_well = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    (starts_well && scheme.iter().all(is_good)).then_some(rest)
}
