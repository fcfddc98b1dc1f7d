//! The names of RFC 5280 4.2.1.6: what a certificate presents, what a policy expects.

use core::fmt;

use crate::der::Element;
use crate::der::Error;
use crate::der::Fault;
use crate::der::Reader;
use crate::der::SEQUENCE;
use crate::der::constructed;
use crate::der::context;
use crate::oid::Oid;
use crate::text::Escaped;

mod directory;
mod dns;
mod index;
mod ip;
mod mail;
mod reference;
mod subtree;
mod uri;

pub use directory::DirectoryName;
pub use dns::DnsName;
pub use dns::InvalidDnsName;
pub use reference::ExpectedNames;
pub use reference::NoNames;
pub use reference::ReferenceName;
pub use uri::InvalidUri;
pub use uri::Uri;

pub(crate) use index::SubtreeIndex;
pub(crate) use ip::WrittenIp;
pub(crate) use subtree::ConstrainedName;
pub(crate) use subtree::NameConstraints;
pub(crate) use subtree::Subtree;
pub(crate) use subtree::Tree;

/// A GeneralName of a certificate: a form and octets, compared only with names of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentedName<'a> {
    form: NameForm,
    value: &'a [u8],
}

impl<'a> PresentedName<'a> {
    /// Reads one GeneralName: an alternative of the CHOICE, primitive or constructed as it must be.
    pub(crate) fn from_element(element: &Element<'a>) -> Result<Self, Error> {
        NameForm::from_tag(element.tag).map(|form| Self { form, value: element.value }).ok_or_else(
            || element.error(Fault::UnexpectedTag { expected: context(2), found: element.tag }),
        )
    }

    pub(crate) const fn new(form: NameForm, value: &'a [u8]) -> Self {
        Self { form, value }
    }

    /// Which alternative of GeneralName it is.
    pub const fn form(&self) -> NameForm {
        self.form
    }

    /// The octets of the name, as they stand in the certificate.
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }
}

impl fmt::Display for PresentedName<'_> {
    /// `dns a.example`, `ip 192.0.2.1`: the form, then the escaped value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.form)?;
        match self.form {
            NameForm::IpAddress => fmt::Display::fmt(&WrittenIp(self.value), f),
            NameForm::Directory => match DirectoryName::from_general_name(self.value) {
                Some(name) => fmt::Display::fmt(&name, f),
                None => f.write_str("(malformed)"),
            },
            NameForm::RegisteredId => fmt::Display::fmt(&Oid(self.value), f),
            NameForm::Other => match Reader::new(self.value).element() {
                Ok(id) => fmt::Display::fmt(&Oid(id.value), f),
                Err(_) => f.write_str("(malformed)"),
            },
            NameForm::X400 | NameForm::EdiParty => write!(f, "({} octets)", self.value.len()),
            // In a list of names, a comma or a blank in one must not make it look like two.
            NameForm::Dns | NameForm::Rfc822 | NameForm::Uri
                if self.value.is_empty()
                    || self.value.iter().any(|octet| matches!(octet, b',' | b' ' | b'"')) =>
            {
                write!(f, "\"{}\"", Escaped::new(self.value))
            }
            NameForm::Dns | NameForm::Rfc822 | NameForm::Uri => {
                fmt::Display::fmt(&Escaped::new(self.value), f)
            }
        }
    }
}

/// The alternatives of GeneralName, in the order of RFC 5280 4.2.1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NameForm {
    /// `otherName [0]`
    Other,
    /// `rfc822Name [1]`
    Rfc822,
    /// `dNSName [2]`
    Dns,
    /// `x400Address [3]`
    X400,
    /// `directoryName [4]`
    Directory,
    /// `ediPartyName [5]`
    EdiParty,
    /// `uniformResourceIdentifier [6]`
    Uri,
    /// `iPAddress [7]`
    IpAddress,
    /// `registeredID [8]`
    RegisteredId,
}

impl NameForm {
    /// Every form, in the order of the CHOICE.
    pub(crate) const ALL: [Self; 9] = [
        Self::Other,
        Self::Rfc822,
        Self::Dns,
        Self::X400,
        Self::Directory,
        Self::EdiParty,
        Self::Uri,
        Self::IpAddress,
        Self::RegisteredId,
    ];

    const fn from_tag(tag: u8) -> Option<Self> {
        const OTHER: u8 = constructed(0);
        const RFC822: u8 = context(1);
        const DNS: u8 = context(2);
        const X400: u8 = constructed(3);
        // Explicit, for Name is a CHOICE.
        const DIRECTORY: u8 = constructed(4);
        const EDI_PARTY: u8 = constructed(5);
        const URI: u8 = context(6);
        const IP_ADDRESS: u8 = context(7);
        const REGISTERED_ID: u8 = context(8);
        match tag {
            OTHER => Some(Self::Other),
            RFC822 => Some(Self::Rfc822),
            DNS => Some(Self::Dns),
            X400 => Some(Self::X400),
            DIRECTORY => Some(Self::Directory),
            EDI_PARTY => Some(Self::EdiParty),
            URI => Some(Self::Uri),
            IP_ADDRESS => Some(Self::IpAddress),
            REGISTERED_ID => Some(Self::RegisteredId),
            _ => None,
        }
    }
}

impl fmt::Display for NameForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Other => "other",
            Self::Rfc822 => "mail",
            Self::Dns => "dns",
            Self::X400 => "x400",
            Self::Directory => "directory",
            Self::EdiParty => "ediparty",
            Self::Uri => "uri",
            Self::IpAddress => "ip",
            Self::RegisteredId => "id",
        })
    }
}

/// The names of a subjectAltName, checked: `SEQUENCE SIZE (1..MAX) OF GeneralName`.
#[derive(Clone, Copy, Debug)]
pub struct PresentedNames<'a> {
    list: Reader<'a>,
}

impl<'a> PresentedNames<'a> {
    /// No names: the certificate has no subjectAltName.
    pub(crate) const fn none() -> Self {
        Self { list: Reader::new(&[]) }
    }

    /// Reads the value of the extension, which begins at `start` of its certificate.
    pub(crate) fn from_der(value: &'a [u8], start: usize) -> Result<Self, Error> {
        let mut reader = Reader::at(value, start);
        let list = reader.expect(SEQUENCE)?;
        reader.finish()?;
        let names = list.reader();
        if names.is_empty() {
            return Err(list.error(Fault::EmptyList));
        }
        let mut unread = names;
        while !unread.is_empty() {
            PresentedName::from_element(&unread.element()?)?;
        }
        Ok(Self { list: names })
    }

    /// The same value once more. Of one that `from_der` would refuse, the names up to its fault.
    pub(crate) fn read_before(value: &'a [u8]) -> Self {
        match Reader::new(value).expect(SEQUENCE) {
            Ok(list) => Self { list: list.reader() },
            Err(_) => Self::none(),
        }
    }

    /// The names, in the order of the certificate.
    pub fn iter(&self) -> impl Iterator<Item = PresentedName<'a>> + use<'a> {
        let mut unread = self.list;
        // Both fail for nothing that `from_der` let through.
        core::iter::from_fn(move || PresentedName::from_element(&unread.element().ok()?).ok())
    }
}
