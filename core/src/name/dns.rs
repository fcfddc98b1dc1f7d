//! dNSName: names expected (RFC 9525 6.3), names presented, and subtrees (RFC 5280 4.2.1.10).

use alloc::boxed::Box;
use core::fmt;

use super::index::Host;

/// A DNS name that a policy expects: a host name, or a wildcard that stands for itself.
///
/// ```
/// use lastmile::DnsName;
///
/// assert!(DnsName::try_from("backend.example.com").is_ok());
/// assert!(DnsName::try_from("192.0.2.1").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsName {
    /// In lower case.
    text: Box<str>,
}

impl DnsName {
    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name begins with `*.`.
    pub fn is_wildcard(&self) -> bool {
        self.text.starts_with("*.")
    }

    /// RFC 9525 6.3: whether a presented dNSName is this name.
    ///
    /// ASCII case does not count. `*` is only the whole left-most label of the presented name,
    /// and covers exactly one label. An expected wildcard is met by the identical wildcard only:
    /// the policy may say what the certificate carries, not what it might mean.
    #[inline]
    pub(crate) fn matches(&self, presented: &[u8]) -> bool {
        let expected = self.text.as_bytes();
        if presented.eq_ignore_ascii_case(expected) {
            return true;
        }
        let ([b'*', b'.', suffix @ ..], false) = (presented, self.is_wildcard()) else {
            return false;
        };
        // The expected name is well formed, so its parent is too, and so is what equals it.
        parent(expected).is_some_and(|parent| parent.eq_ignore_ascii_case(suffix))
    }
}

impl TryFrom<&str> for DnsName {
    type Error = InvalidDnsName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        let host = name.strip_prefix("*.").unwrap_or(name);
        check(name, host).map(|()| Self { text: name.to_ascii_lowercase().into_boxed_str() })
    }
}

fn check(name: &str, host: &str) -> Result<(), InvalidDnsName> {
    if name.is_empty() {
        return Err(InvalidDnsName::Empty);
    }
    if name.len() > MAX_NAME {
        return Err(InvalidDnsName::TooLong);
    }
    if name.parse::<core::net::IpAddr>().is_ok() {
        return Err(InvalidDnsName::IpAddress);
    }
    for label in host.split('.') {
        match label.len() {
            0 => return Err(InvalidDnsName::EmptyLabel),
            1..=MAX_LABEL => {}
            _ => return Err(InvalidDnsName::LabelTooLong),
        }
        if label.contains('*') {
            return Err(InvalidDnsName::Wildcard);
        }
        if !label.bytes().all(is_label_octet) {
            return Err(InvalidDnsName::Character);
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(InvalidDnsName::Hyphen);
        }
    }
    match ends_in_number(host.as_bytes()) {
        true => Err(InvalidDnsName::NumericLastLabel),
        false => Ok(()),
    }
}

/// RFC 1123 2.1: no top-level label is a number, so that a host name is never an IPv4 address.
pub(super) fn ends_in_number(name: &[u8]) -> bool {
    name.rsplit(|octet| *octet == b'.')
        .next()
        .is_some_and(|label| !label.is_empty() && label.iter().all(u8::is_ascii_digit))
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text is no DNS name to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidDnsName {
    /// An octet that is no letter, digit, hyphen or underscore. Unicode is written as A-labels.
    Character,
    /// No name at all.
    Empty,
    /// Two dots beside each other, or a dot at an end.
    EmptyLabel,
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// An IP address.
    IpAddress,
    /// A label of more than 63 octets (RFC 1035 2.3.4).
    LabelTooLong,
    /// A last label of digits only (RFC 1123 2.1).
    NumericLastLabel,
    /// More than 253 octets (RFC 1035 2.3.4).
    TooLong,
    /// A `*` that is not the whole left-most label, or has no label after it.
    Wildcard,
}

impl fmt::Display for InvalidDnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Character => "a DNS name has only letters, digits, hyphens, underscores and dots",
            Self::Empty => "the name is empty",
            Self::EmptyLabel => "a label is empty: two dots side by side, or a dot at an end",
            Self::Hyphen => "a label begins or ends with a hyphen",
            Self::IpAddress => "an IP address is not a DNS name",
            Self::LabelTooLong => "a label is longer than 63 octets",
            Self::NumericLastLabel => {
                "the last label is a number, so it may be read as an IP address"
            }
            Self::TooLong => "the name is longer than 253 octets",
            Self::Wildcard => "`*` must be the whole left-most label, with a label after it",
        })
    }
}

impl core::error::Error for InvalidDnsName {}

/// A presented dNSName that is well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern<'a> {
    /// One host name.
    Exact(&'a [u8]),
    /// `*.` and this: every name that has exactly one label more.
    Wildcard(&'a [u8]),
}

impl<'a> Pattern<'a> {
    pub(super) fn new(presented: &'a [u8]) -> Option<Self> {
        match presented {
            [b'*', b'.', suffix @ ..] => {
                Some(Self::Wildcard(suffix)).filter(|_| is_host(suffix, MAX_NAME.saturating_sub(2)))
            }
            host => Some(Self::Exact(host)).filter(|_| is_host(host, MAX_NAME)),
        }
    }
}

/// Labels of 1 to 63 letters, digits, hyphens and underscores, with dots between them.
///
/// Underscores and misplaced hyphens are no host names (RFC 952), but private PKIs have them and
/// they confuse nothing.
pub(super) fn is_host(name: &[u8], longest: usize) -> bool {
    name.len() <= longest
        && name.split(|octet| *octet == b'.').all(|label| {
            (1..=MAX_LABEL).contains(&label.len()) && label.iter().copied().all(is_label_octet)
        })
}

const fn is_label_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')
}

/// What stands after the first dot.
pub(super) fn parent(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().position(|octet| *octet == b'.')?;
    name.get(dot.saturating_add(1)..)
}

/// RFC 5280 4.2.1.10: a name and all that can be made by adding labels to its left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DnsSubtree<'a> {
    /// Without the leading dot; empty is every name.
    base: &'a [u8],
    /// Written with a leading dot: widespread, though RFC 5280 has it for URIs only.
    leading_dot: bool,
}

impl<'a> DnsSubtree<'a> {
    /// The subtree of a constraint's base, if that is well formed.
    pub(super) fn new(base: &'a [u8]) -> Option<Self> {
        let (base, leading_dot) = match base {
            [] => {
                return Some(Self { base, leading_dot: false });
            }
            [b'.', rest @ ..] => (rest, true),
            _ => (base, false),
        };
        is_host(base, MAX_NAME).then_some(Self { base, leading_dot })
    }

    /// What it holds, or what it holds to be safe. `.x` does not hold `x` but to be safe.
    pub(super) const fn host(&self, excluded: bool) -> Host<'a> {
        Host { name: self.base, itself: excluded || !self.leading_dot, below: true }
    }

    /// Whether every name that `pattern` stands for is inside. `.x` does not hold `x`.
    pub(super) fn permits(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            Pattern::Exact(name) => {
                is_below(name, self.base) || !self.leading_dot && is_same(name, self.base)
            }
            // One label is added to the suffix, so that what it makes is below the base.
            Pattern::Wildcard(suffix) => is_within(suffix, self.base),
        }
    }

    /// Whether any name that `pattern` stands for is inside. `.x` holds `x` too, to be safe.
    pub(super) fn excludes(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            Pattern::Exact(name) => is_within(name, self.base),
            Pattern::Wildcard(suffix) => {
                is_within(suffix, self.base)
                    || parent(self.base).is_some_and(|parent| is_same(parent, suffix))
            }
        }
    }
}

/// Whether `name` is `base` or has labels before it.
pub(super) fn is_within(name: &[u8], base: &[u8]) -> bool {
    is_same(name, base) || is_below(name, base)
}

/// Whether `name` has labels before `base`; every name has some before the empty one.
pub(super) fn is_below(name: &[u8], base: &[u8]) -> bool {
    if base.is_empty() {
        return true;
    }
    let Some((labels, tail)) =
        name.len().checked_sub(base.len()).and_then(|start| name.split_at_checked(start))
    else {
        return false;
    };
    matches!(labels, [_, .., b'.']) && is_same(tail, base)
}

pub(super) fn is_same(name: &[u8], base: &[u8]) -> bool {
    name.eq_ignore_ascii_case(base)
}

// RFC 1035 2.3.4, without the root's label.
pub(super) const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use super::DnsName;
    use super::DnsSubtree;
    use super::InvalidDnsName as E;
    use super::Pattern;

    #[test]
    fn names_to_expect() {
        let label63 = "a".repeat(63);
        let label64 = "a".repeat(64);
        let name253 = [label63.as_str(); 4].join(".")[..253].to_ascii_lowercase();
        let name254 = std::format!("{name253}b");
        for (name, expected) in [
            ("backend.example.com", Ok(())),
            ("localhost", Ok(())),
            ("BACKEND.Example.COM", Ok(())),
            ("*.example.com", Ok(())),
            ("*.internal", Ok(())),
            ("xn--bcher-kva.example", Ok(())),
            ("my_service.default", Ok(())),
            ("1.example", Ok(())),
            (label63.as_str(), Ok(())),
            (name253.as_str(), Ok(())),
            (name254.as_str(), Err(E::TooLong)),
            (label64.as_str(), Err(E::LabelTooLong)),
            ("", Err(E::Empty)),
            (".", Err(E::EmptyLabel)),
            ("a..b", Err(E::EmptyLabel)),
            (".a", Err(E::EmptyLabel)),
            ("a.", Err(E::EmptyLabel)),
            ("*.", Err(E::EmptyLabel)),
            ("*", Err(E::Wildcard)),
            ("*.*.com", Err(E::Wildcard)),
            ("a.*.com", Err(E::Wildcard)),
            ("a*.com", Err(E::Wildcard)),
            ("192.0.2.1", Err(E::IpAddress)),
            ("2001:db8::1", Err(E::IpAddress)),
            ("1.2.3", Err(E::NumericLastLabel)),
            ("*.10.0.0.1", Err(E::NumericLastLabel)),
            ("-a.com", Err(E::Hyphen)),
            ("a-.com", Err(E::Hyphen)),
            ("a b.com", Err(E::Character)),
            ("a\0.com", Err(E::Character)),
            ("b\u{fc}cher.example", Err(E::Character)),
            ("a/b", Err(E::Character)),
        ] {
            assert_eq!(DnsName::try_from(name).map(|_| ()), expected, "{name:?}");
        }
    }

    #[test]
    fn presented_names_match_by_rfc_9525() {
        const CASES: &[(&str, &[u8], bool)] = &[
            ("a.example.com", b"a.example.com", true),
            ("a.example.com", b"A.EXAMPLE.com", true),
            ("a.example.com", b"b.example.com", false),
            ("a.example.com", b"*.example.com", true),
            ("A.example.com", b"*.EXAMPLE.com", true),
            ("b.a.example.com", b"*.example.com", false),
            ("example.com", b"*.example.com", false),
            ("example.com", b"*.com", true),
            ("a.internal", b"*.internal", true),
            ("internal", b"*", false),
            ("a.example.com", b"*", false),
            ("a.example.com", b"*.", false),
            ("a.example.com", b"*.*.com", false),
            ("a.example.com", b"a.*.com", false),
            ("foo.example.com", b"f*.example.com", false),
            ("foo.example.com", b"*o.example.com", false),
            ("a.example.com", b"a.example.com.", false),
            ("a.example.com", b".a.example.com", false),
            ("a.example.com", b"a.example.com\0", false),
            ("a.example.com", b"a.example.com\0.evil.test", false),
            ("a.example.com", b"", false),
            ("xn--628h.example.com", b"*.example.com", true),
            ("xn--628h.example.com", b"xn--*.example.com", false),
            ("*.example.com", b"*.example.com", true),
            ("*.example.com", b"*.EXAMPLE.COM", true),
            ("*.example.com", b"a.example.com", false),
            ("*.a.example.com", b"*.example.com", false),
            ("*.com", b"*.example.com", false),
            ("*.example.com", b"*.com", false),
        ];
        for (expected, presented, matches) in CASES {
            let name = DnsName::try_from(*expected).expect("a good name");
            assert_eq!(name.matches(presented), *matches, "{expected} {presented:?}");
        }
    }

    #[test]
    fn presented_names_that_are_not_well_formed() {
        for good in [&b"a"[..], b"a.b", b"*.a", b"*.a.b", b"_x.b", b"-a.b", b"10.1.2.3"] {
            assert!(Pattern::new(good).is_some(), "{good:?}");
        }
        for bad in [
            &b""[..],
            b".",
            b".a",
            b"a.",
            b"a..b",
            b"*",
            b"*.",
            b"**.a",
            b"a*.b",
            b"a.*.b",
            b"*.*.a",
            b"a b",
            b"a\0b",
            b"\xc3\xbc.a",
            b"a/b",
        ] {
            assert!(Pattern::new(bad).is_none(), "{bad:?}");
        }
        assert!(Pattern::new(&[b'a'; 64]).is_none());
    }

    #[test]
    fn subtrees_permit_and_exclude() {
        // base, presented, permits, excludes
        const CASES: &[(&str, &str, bool, bool)] = &[
            ("example.com", "example.com", true, true),
            ("example.com", "a.example.com", true, true),
            ("example.com", "A.EXAMPLE.COM", true, true),
            ("EXAMPLE.com", "b.a.example.com", true, true),
            ("example.com", "notexample.com", false, false),
            ("example.com", "com", false, false),
            ("example.com", "*.example.com", true, true),
            ("example.com", "*.a.example.com", true, true),
            ("example.com", "*.com", false, true),
            ("a.example.com", "*.example.com", false, true),
            ("A.Example.com", "*.eXample.com", false, true),
            ("b.a.example.com", "*.example.com", false, false),
            ("goog", "*.example.com", false, false),
            ("goog", "*.goog", true, true),
            (".example.com", "example.com", false, true),
            (".example.com", "a.example.com", true, true),
            (".example.com", "*.example.com", true, true),
            (".example.com", "*.com", false, true),
            ("", "a.example.com", true, true),
            ("", "*.example.com", true, true),
        ];
        for (base, presented, permits, excludes) in CASES {
            let subtree = DnsSubtree::new(base.as_bytes()).expect("a good base");
            let pattern = Pattern::new(presented.as_bytes()).expect("a good name");
            assert_eq!(subtree.permits(&pattern), *permits, "{base} permits {presented}");
            assert_eq!(subtree.excludes(&pattern), *excludes, "{base} excludes {presented}");
        }
        for bad in [".", "..a", "*.a", "a.", "a..b", "a b"] {
            assert!(DnsSubtree::new(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
