//! The names that a policy expects, one of which the leaf must present.

use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use super::DnsName;
use super::InvalidDnsName;
use super::InvalidUri;
use super::NameForm;
use super::PresentedName;
use super::Uri;
use super::ip;

/// A name that a policy expects. It is met only by a presented name of its own form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceName {
    /// A dNSName.
    Dns(DnsName),
    /// An iPAddress.
    Ip(IpAddr),
    /// A uniformResourceIdentifier.
    Uri(Uri),
}

impl ReferenceName {
    /// A host name, or a wildcard that is met by the identical wildcard.
    ///
    /// # Errors
    /// The text is no DNS name.
    pub fn dns(name: &str) -> Result<Self, InvalidDnsName> {
        DnsName::try_from(name).map(Self::Dns)
    }

    /// An IP address.
    pub const fn ip(address: IpAddr) -> Self {
        Self::Ip(address)
    }

    /// A URI.
    ///
    /// # Errors
    /// The text is no URI.
    pub fn uri(uri: &str) -> Result<Self, InvalidUri> {
        Uri::try_from(uri).map(Self::Uri)
    }

    /// The form that a presented name must have to be this one.
    pub const fn form(&self) -> NameForm {
        match self {
            Self::Dns(_) => NameForm::Dns,
            Self::Ip(_) => NameForm::IpAddress,
            Self::Uri(_) => NameForm::Uri,
        }
    }

    /// Whether `presented` is this name.
    #[inline]
    pub fn matches(&self, presented: &PresentedName<'_>) -> bool {
        match (self, presented.form()) {
            (Self::Dns(name), NameForm::Dns) => name.matches(presented.value()),
            (Self::Ip(address), NameForm::IpAddress) => ip::matches(address, presented.value()),
            (Self::Uri(uri), NameForm::Uri) => uri.matches(presented.value()),
            _ => false,
        }
    }
}

impl fmt::Display for ReferenceName {
    /// The name alone: `backend.example.com`. It has no octets to escape.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => fmt::Display::fmt(name, f),
            Self::Ip(address) => fmt::Display::fmt(address, f),
            Self::Uri(uri) => fmt::Display::fmt(uri, f),
        }
    }
}

/// What a policy expects: one name or more. "Any name" cannot be said.
///
/// ```
/// use lastmile::{ExpectedNames, ReferenceName};
///
/// let names = ExpectedNames::uri("spiffe://cluster.local/ns/shop/sa/backend")?
///     .or(ReferenceName::dns("backend.shop.svc")?);
/// assert_eq!(names.iter().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExpectedNames {
    first: ReferenceName,
    others: Vec<ReferenceName>,
}

impl ExpectedNames {
    /// One DNS name; a wildcard is met by the identical wildcard.
    ///
    /// # Errors
    /// The text is no DNS name.
    pub fn dns(name: &str) -> Result<Self, InvalidDnsName> {
        ReferenceName::dns(name).map(Self::from)
    }

    /// One IP address.
    pub fn ip(address: IpAddr) -> Self {
        Self::from(ReferenceName::ip(address))
    }

    /// One URI.
    ///
    /// # Errors
    /// The text is no URI.
    pub fn uri(uri: &str) -> Result<Self, InvalidUri> {
        ReferenceName::uri(uri).map(Self::from)
    }

    /// These names, or `name`.
    #[must_use]
    pub fn or(mut self, name: ReferenceName) -> Self {
        self.others.push(name);
        self
    }

    /// The names, in the order that they were given in.
    pub fn iter(&self) -> impl Iterator<Item = &ReferenceName> {
        core::iter::once(&self.first).chain(&self.others)
    }

    /// The name that `presented` is, if any.
    #[inline]
    pub(crate) fn matching(&self, presented: &PresentedName<'_>) -> Option<&ReferenceName> {
        if self.first.matches(presented) {
            return Some(&self.first);
        }
        self.others.iter().find(|name| name.matches(presented))
    }
}

impl From<ReferenceName> for ExpectedNames {
    fn from(name: ReferenceName) -> Self {
        Self { first: name, others: Vec::new() }
    }
}

impl TryFrom<Vec<ReferenceName>> for ExpectedNames {
    type Error = NoNames;

    fn try_from(names: Vec<ReferenceName>) -> Result<Self, Self::Error> {
        let mut names = names.into_iter();
        let first = names.next().ok_or(NoNames)?;
        Ok(Self { first, others: names.collect() })
    }
}

/// A list of expected names that is empty: it would mean any name, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoNames;

impl fmt::Display for NoNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no name is expected: at least one must be")
    }
}

impl core::error::Error for NoNames {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::ExpectedNames;
    use super::NoNames;
    use super::ReferenceName;
    use crate::name::NameForm;
    use crate::name::PresentedName;

    #[test]
    fn names_match_only_their_own_form() {
        let dns = ReferenceName::dns("a.test").expect("a name");
        let uri = ReferenceName::uri("https://a.test").expect("a URI");
        let ip = ReferenceName::ip("192.0.2.1".parse().expect("an address"));
        for form in NameForm::ALL {
            for (name, value) in
                [(&dns, &b"a.test"[..]), (&uri, b"https://a.test"), (&ip, &[192, 0, 2, 1])]
            {
                let presented = PresentedName::new(form, value);
                assert_eq!(name.matches(&presented), form == name.form(), "{name} as {form}");
            }
        }
    }

    #[test]
    fn no_names_cannot_be_expected() {
        assert_eq!(ExpectedNames::try_from(Vec::new()), Err(NoNames));
    }
}
