//! uniformResourceIdentifier: URIs expected, and the hosts that constraints are about.

use alloc::boxed::Box;
use core::fmt;

use super::dns::MAX_NAME;
use super::dns::ends_in_number;
use super::dns::is_below;
use super::dns::is_host;
use super::dns::is_same;
use super::dns::is_within;
use super::index::Host;

/// A URI that a policy expects, compared octet by octet: the first rung of RFC 3986 6.2.
///
/// RFC 9525 would compare scheme and host only; that would take every SPIFFE ID of a trust
/// domain for any other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uri {
    text: Box<str>,
}

impl Uri {
    /// The URI as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[inline]
    pub(crate) fn matches(&self, presented: &[u8]) -> bool {
        self.text.as_bytes() == presented
    }
}

impl TryFrom<&str> for Uri {
    type Error = InvalidUri;

    fn try_from(uri: &str) -> Result<Self, Self::Error> {
        if uri.is_empty() {
            return Err(InvalidUri::Empty);
        }
        // RFC 3986 2: blanks, control characters and whatever is not ASCII are percent-encoded.
        if !uri.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(InvalidUri::Character);
        }
        match scheme(uri.as_bytes()) {
            Some(rest) if !rest.is_empty() => Ok(Self { text: uri.into() }),
            Some(_) => Err(InvalidUri::OnlyScheme),
            None => Err(InvalidUri::NoScheme),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text is no URI to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidUri {
    /// A blank, a control character, or an octet that is not ASCII.
    Character,
    /// No URI at all.
    Empty,
    /// It does not begin with a scheme and a colon.
    NoScheme,
    /// Nothing stands after the scheme.
    OnlyScheme,
}

impl fmt::Display for InvalidUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Character => "a URI has no blanks, no control characters, and only ASCII",
            Self::Empty => "the URI is empty",
            Self::NoScheme => "a URI begins with a scheme and a colon, such as spiffe:",
            Self::OnlyScheme => "nothing stands after the scheme",
        })
    }
}

impl core::error::Error for InvalidUri {}

/// What stands after `scheme:` (RFC 3986 3.1).
fn scheme(uri: &[u8]) -> Option<&[u8]> {
    let colon = uri.iter().position(|octet| *octet == b':')?;
    let (scheme, rest) = uri.split_at_checked(colon)?;
    let (first, others) = scheme.split_first()?;
    let named = first.is_ascii_alphabetic()
        && others.iter().all(|o| o.is_ascii_alphanumeric() || matches!(o, b'+' | b'-' | b'.'));
    named.then(|| rest.get(1..))?
}

/// The host of a presented URI, if it has one that is a DNS name.
///
/// RFC 5280 4.2.1.10: a constraint applies to the host part; a URI without an authority, or with
/// an IP address for a host, cannot be judged. What other parsers might read otherwise (userinfo
/// or ports out of syntax, percent signs, IPv6 zones) has no host here.
pub(super) fn host(uri: &[u8]) -> Option<&[u8]> {
    if !uri.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let rest = scheme(uri)?.strip_prefix(b"//")?;
    // RFC 3986 3.2: the authority ends at the next slash, question mark or number sign.
    let authority = rest.split(|octet| matches!(octet, b'/' | b'?' | b'#')).next()?;
    let after_userinfo = match authority.iter().position(|octet| *octet == b'@') {
        None => authority,
        Some(at) => {
            let (userinfo, host) = authority.split_at_checked(at)?;
            userinfo.iter().all(|octet| is_userinfo(*octet)).then(|| host.get(1..))??
        }
    };
    let host = match after_userinfo.iter().position(|octet| *octet == b':') {
        None => after_userinfo,
        Some(colon) => {
            let (host, port) = after_userinfo.split_at_checked(colon)?;
            port.get(1..)?.iter().all(u8::is_ascii_digit).then_some(host)?
        }
    };
    (is_host(host, MAX_NAME) && !ends_in_number(host)).then_some(host)
}

/// RFC 3986 3.2.1.
const fn is_userinfo(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
        )
}

/// RFC 5280 4.2.1.10: one host, or with a leading dot all hosts below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UriSubtree<'a> {
    /// The base is empty: every host, as NSS and Go have it.
    Every,
    Host(&'a [u8]),
    Below(&'a [u8]),
}

impl<'a> UriSubtree<'a> {
    pub(super) fn new(base: &'a [u8]) -> Option<Self> {
        match base {
            [] => Some(Self::Every),
            [b'.', rest @ ..] => is_host(rest, MAX_NAME).then_some(Self::Below(rest)),
            _ => is_host(base, MAX_NAME).then_some(Self::Host(base)),
        }
    }

    /// What it holds, or what it holds to be safe.
    pub(super) const fn host(&self, excluded: bool) -> Host<'a> {
        match self {
            Self::Every => Host { name: &[], itself: true, below: true },
            Self::Host(name) => Host { name, itself: true, below: false },
            Self::Below(name) => Host { name, itself: excluded, below: true },
        }
    }

    pub(super) fn permits(&self, host: &[u8]) -> bool {
        match self {
            Self::Every => true,
            Self::Host(base) => is_same(host, base),
            Self::Below(base) => is_below(host, base),
        }
    }

    /// As `permits`, but `.x` holds `x` too, to be safe.
    pub(super) fn excludes(&self, host: &[u8]) -> bool {
        match self {
            Self::Every => true,
            Self::Host(base) => is_same(host, base),
            Self::Below(base) => is_within(host, base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::InvalidUri as E;
    use super::Uri;
    use super::UriSubtree;
    use super::host;

    #[test]
    fn uris_to_expect() {
        for (uri, expected) in [
            ("spiffe://cluster.local/ns/shop/sa/backend", Ok(())),
            ("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", Ok(())),
            ("x:y", Ok(())),
            ("", Err(E::Empty)),
            ("backend.example.com", Err(E::NoScheme)),
            ("://x", Err(E::NoScheme)),
            ("1x://h", Err(E::NoScheme)),
            ("a/b:c", Err(E::NoScheme)),
            ("spiffe:", Err(E::OnlyScheme)),
            ("spiffe://a b", Err(E::Character)),
            ("spiffe://a\0", Err(E::Character)),
            ("spiffe://a\n", Err(E::Character)),
            ("spiffe://\u{fc}", Err(E::Character)),
        ] {
            assert_eq!(Uri::try_from(uri).map(|_| ()), expected, "{uri:?}");
        }
    }

    #[test]
    fn uris_match_octet_by_octet() {
        let uri = Uri::try_from("spiffe://cluster.local/a").expect("a good URI");
        assert!(uri.matches(b"spiffe://cluster.local/a"));
        for other in [
            &b"spiffe://cluster.local/A"[..],
            b"SPIFFE://cluster.local/a",
            b"spiffe://cluster.local/a/",
            b"spiffe://cluster.local/%61",
            b"spiffe://cluster.local/a\0",
            b"spiffe://cluster.local/a\0b",
            b"spiffe://cluster.local/",
            b"",
        ] {
            assert!(!uri.matches(other), "{other:?}");
        }
    }

    #[test]
    fn hosts_of_uris() {
        for (uri, expected) in [
            ("https://good.test/", Some("good.test")),
            ("https://good.test", Some("good.test")),
            ("https://user:pw@good.test:8443/x?y#z", Some("good.test")),
            ("https://good.test:", Some("good.test")),
            ("spiffe://my_domain/x", Some("my_domain")),
            ("https://good.test?@evil.test", Some("good.test")),
            ("https://good.test#@evil.test", Some("good.test")),
            ("https://a@b@good.test/", None),
            ("https://evil.test\\@good.test/", None),
            ("https://[fe80::1%25good.test]/", None),
            ("https://[::1]/", None),
            ("https://192.0.2.1/", None),
            ("https://good%2etest/", None),
            ("https://good.test./", None),
            ("https://good.test:80a/", None),
            ("https://good.test:80:80/", None),
            ("https://*.test/", None),
            ("https:///x", None),
            ("https:good.test", None),
            ("urn:good.test", None),
            ("//good.test/", None),
            ("https://good .test/", None),
            ("https://good.test\0.evil.test/", None),
            ("https://b\u{fc}cher.test/", None),
        ] {
            assert_eq!(host(uri.as_bytes()), expected.map(str::as_bytes), "{uri}");
        }
    }

    #[test]
    fn subtrees_hold_a_host_or_what_is_below_it() {
        for (base, host, permits, excludes) in [
            ("good.test", "good.test", true, true),
            ("good.test", "GOOD.test", true, true),
            ("good.test", "sub.good.test", false, false),
            (".good.test", "sub.good.test", true, true),
            (".good.test", "a.sub.good.test", true, true),
            (".good.test", "good.test", false, true),
            (".good.test", "notgood.test", false, false),
            ("", "good.test", true, true),
        ] {
            let subtree = UriSubtree::new(base.as_bytes()).expect("a good base");
            assert_eq!(subtree.permits(host.as_bytes()), permits, "{base} permits {host}");
            assert_eq!(subtree.excludes(host.as_bytes()), excludes, "{base} excludes {host}");
        }
        assert_eq!(UriSubtree::new(b"https://good.test"), None);
        assert_eq!(UriSubtree::new(b"."), None);
    }
}
