//! nameConstraints (RFC 5280 4.2.1.10): lists of subtrees, and what one subtree says of one name.

use super::DirectoryName;
use super::NameForm;
use super::PresentedName;
use super::dns::DnsSubtree;
use super::dns::Pattern;
use super::ip;
use super::ip::IpSubtree;
use super::mail::MailSubtree;
use super::mail::Mailbox;
use super::uri;
use super::uri::UriSubtree;
use crate::der::Error;
use crate::der::Fault;
use crate::der::Reader;
use crate::der::SEQUENCE;
use crate::der::constructed;
use crate::der::context;

/// The value of a nameConstraints extension, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameConstraints<'a> {
    pub(crate) permitted: Subtrees<'a>,
    pub(crate) excluded: Subtrees<'a>,
}

impl<'a> NameConstraints<'a> {
    /// Reads the value of the extension, which begins at `start` of its certificate.
    ///
    /// RFC 5280 4.2.1.10: an empty sequence is not allowed, nor is an empty list in it.
    pub(crate) fn from_der(value: &'a [u8], start: usize) -> Result<Self, Error> {
        let read = Self::delimit(value, start)?;
        read.permitted.check()?;
        read.excluded.check()?;
        Ok(read)
    }

    /// The same value once more. Of one that `from_der` would refuse, what stands before its fault.
    pub(crate) fn read_before(value: &'a [u8]) -> Option<Self> {
        Self::delimit(value, 0).ok()
    }

    fn delimit(value: &'a [u8], start: usize) -> Result<Self, Error> {
        let mut reader = Reader::at(value, start);
        let constraints = reader.expect(SEQUENCE)?;
        reader.finish()?;
        let mut lists = constraints.reader();
        if lists.is_empty() {
            return Err(constraints.error(Fault::EmptyList));
        }
        let permitted = Subtrees::delimit(&mut lists, constructed(0))?;
        let excluded = Subtrees::delimit(&mut lists, constructed(1))?;
        lists.finish()?;
        Ok(Self { permitted, excluded })
    }

    /// Octets of both lists: what reading them costs.
    pub(crate) fn octets(&self) -> usize {
        self.permitted.list.len().saturating_add(self.excluded.list.len())
    }

    /// Whether a subtree has a minimum other than 0 or a maximum, which no verifier implements.
    pub(crate) fn has_distances(&self) -> bool {
        self.permitted.iter().chain(self.excluded.iter()).any(|subtree| subtree.has_distances)
    }
}

/// `GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree`, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subtrees<'a> {
    list: Reader<'a>,
}

impl<'a> Subtrees<'a> {
    fn delimit(lists: &mut Reader<'a>, tag: u8) -> Result<Self, Error> {
        let Some(list) = lists.optional(tag)? else {
            return Ok(Self { list: Reader::new(&[]) });
        };
        match list.reader() {
            subtrees if subtrees.is_empty() => Err(list.error(Fault::EmptyList)),
            subtrees => Ok(Self { list: subtrees }),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let mut unread = self.list;
        while !unread.is_empty() {
            Subtree::read(&mut unread)?;
        }
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Subtree<'a>> + use<'a> {
        let mut unread = self.list;
        core::iter::from_fn(move || Subtree::read(&mut unread).ok())
    }
}

/// `GeneralSubtree ::= SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }`
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subtree<'a> {
    pub(crate) base: PresentedName<'a>,
    has_distances: bool,
}

impl<'a> Subtree<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let subtree = reader.expect(SEQUENCE)?;
        let mut parts = subtree.reader();
        let base = PresentedName::from_element(&parts.element()?)?;
        let minimum = parts.optional(context(0))?;
        let maximum = parts.optional(context(1))?;
        parts.finish()?;
        let has_distances =
            maximum.is_some() || minimum.is_some_and(|minimum| minimum.value != [0]);
        Ok(Self { base, has_distances })
    }

    #[cfg(test)]
    pub(super) const fn of(form: NameForm, base: &'a [u8]) -> Self {
        Self { base: PresentedName::new(form, base), has_distances: false }
    }

    /// The subtree, ready to compare; None if its base is not well formed, or of a form that is
    /// not implemented (RFC 5280 4.2.1.10: then a name of the form must refuse).
    pub(crate) fn tree(&self) -> Option<Tree<'a>> {
        let base = self.base.value();
        match self.base.form() {
            NameForm::Dns => DnsSubtree::new(base).map(Tree::Dns),
            NameForm::IpAddress => IpSubtree::new(base).map(Tree::Ip),
            NameForm::Uri => UriSubtree::new(base).map(Tree::Uri),
            NameForm::Rfc822 => MailSubtree::new(base).map(Tree::Mail),
            NameForm::Directory => DirectoryName::from_general_name(base).map(Tree::Directory),
            NameForm::Other | NameForm::X400 | NameForm::EdiParty | NameForm::RegisteredId => None,
        }
    }
}

/// A subtree of an implemented form with a base that is well formed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tree<'a> {
    Dns(DnsSubtree<'a>),
    Ip(IpSubtree<'a>),
    Uri(UriSubtree<'a>),
    Mail(MailSubtree<'a>),
    Directory(DirectoryName<'a>),
}

impl Tree<'_> {
    /// Whether everything that the name stands for is inside.
    #[inline]
    pub(crate) fn permits(&self, name: &ConstrainedName<'_>) -> bool {
        match (self, name) {
            (Self::Dns(tree), ConstrainedName::Dns(pattern)) => tree.permits(pattern),
            (Self::Ip(tree), ConstrainedName::Ip(address)) => tree.contains(address),
            (Self::Uri(tree), ConstrainedName::Uri(host)) => tree.permits(host),
            (Self::Mail(tree), ConstrainedName::Mail(mailbox)) => tree.permits(mailbox),
            (Self::Directory(tree), ConstrainedName::Directory(name)) => name.is_within(tree),
            _ => false,
        }
    }

    /// Whether anything that the name stands for is inside.
    #[inline]
    pub(crate) fn excludes(&self, name: &ConstrainedName<'_>) -> bool {
        match (self, name) {
            (Self::Dns(tree), ConstrainedName::Dns(pattern)) => tree.excludes(pattern),
            (Self::Ip(tree), ConstrainedName::Ip(address)) => tree.contains(address),
            (Self::Uri(tree), ConstrainedName::Uri(host)) => tree.excludes(host),
            (Self::Mail(tree), ConstrainedName::Mail(mailbox)) => tree.excludes(mailbox),
            (Self::Directory(tree), ConstrainedName::Directory(name)) => name.may_be_within(tree),
            _ => false,
        }
    }
}

/// A presented name of an implemented form that is well formed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConstrainedName<'a> {
    Dns(Pattern<'a>),
    Ip(&'a [u8]),
    /// The host of the URI.
    Uri(&'a [u8]),
    Mail(Mailbox<'a>),
    Directory(DirectoryName<'a>),
}

impl<'a> ConstrainedName<'a> {
    /// None if the name is not well formed, or of a form that is not implemented.
    pub(crate) fn new(name: &PresentedName<'a>) -> Option<Self> {
        let value = name.value();
        match name.form() {
            NameForm::Dns => Pattern::new(value).map(Self::Dns),
            NameForm::IpAddress => ip::address(value).map(Self::Ip),
            NameForm::Uri => uri::host(value).map(Self::Uri),
            NameForm::Rfc822 => Mailbox::new(value).map(Self::Mail),
            NameForm::Directory => DirectoryName::from_general_name(value).map(Self::Directory),
            NameForm::Other | NameForm::X400 | NameForm::EdiParty | NameForm::RegisteredId => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ConstrainedName;
    use super::NameConstraints;
    use super::NameForm;
    use super::PresentedName;

    /// One permitted subtree `[tag] value`, then `rest` of the GeneralSubtree.
    fn permitted(tag: u8, value: &[u8], rest: &[u8]) -> std::vec::Vec<u8> {
        fn element(tag: u8, value: &[u8]) -> std::vec::Vec<u8> {
            [&[tag, u8::try_from(value.len()).expect("short")], value].concat()
        }
        let subtree = element(0x30, &[&element(tag, value)[..], rest].concat());
        element(0x30, &element(0xa0, &subtree))
    }

    #[test]
    fn lists_must_not_be_empty() {
        for (der, good) in [
            (&[0x30, 0x00][..], false),
            (&[0x30, 0x02, 0xa0, 0x00], false),
            (&[0x30, 0x02, 0xa1, 0x00], false),
            (&[0x30, 0x02, 0x05, 0x00], false),
            (&[0x30, 0x06, 0xa0, 0x04, 0x30, 0x02, 0x82, 0x00], true),
            (&[0x30, 0x06, 0xa1, 0x04, 0x30, 0x02, 0x82, 0x00], true),
            (&[0x30, 0x08, 0xa1, 0x04, 0x30, 0x02, 0x82, 0x00, 0xa0, 0x00], false),
            (&[0x30, 0x06, 0xa0, 0x04, 0x30, 0x02, 0x82, 0x00, 0x00], false),
        ] {
            assert_eq!(NameConstraints::from_der(der, 0).is_ok(), good, "{der:02x?}");
        }
    }

    #[test]
    fn distances_are_seen() {
        for (rest, distances) in [
            (&[][..], false),
            (&[0x80, 0x01, 0x00], false),
            (&[0x80, 0x01, 0x01], true),
            (&[0x81, 0x01, 0x00], true),
            (&[0x80, 0x01, 0x00, 0x81, 0x01, 0x05], true),
        ] {
            let der = permitted(0x82, b"a.test", rest);
            let constraints = NameConstraints::from_der(&der, 0).expect("constraints");
            assert_eq!(constraints.has_distances(), distances, "{rest:02x?}");
        }
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        /// The base is good, the name is good, and then whether it is inside.
        type Judged = (bool, bool, bool);
        const INSIDE: Judged = (true, true, true);
        const BAD_NAME: Judged = (true, false, false);
        const BAD_BASE: Judged = (false, true, false);
        const NEITHER: Judged = (false, false, false);
        for (tag, form, base, name, expected) in [
            (0x82, NameForm::Dns, &b"a.test"[..], &b"b.a.test"[..], INSIDE),
            (0x82, NameForm::Dns, b"a.test", b".a.test", BAD_NAME),
            (0x82, NameForm::Dns, b"*.a.test", b"b.a.test", BAD_BASE),
            (0x86, NameForm::Uri, b"a.test", b"urn:x", BAD_NAME),
            (0x86, NameForm::Uri, b"https://a.test", b"https://a.test", BAD_BASE),
            (0x87, NameForm::IpAddress, &[10, 0, 0, 0, 255, 0, 0, 0], &[10, 1, 1, 1], INSIDE),
            (0x87, NameForm::IpAddress, &[10, 0, 0, 0, 255, 0, 0, 0], &[10, 1, 1], BAD_NAME),
            (0x87, NameForm::IpAddress, &[10, 0, 0, 0], &[10, 0, 0, 0], BAD_BASE),
            (0x81, NameForm::Rfc822, b"a.test", b"x@a.test", INSIDE),
            (0x81, NameForm::Rfc822, b"a.test", b"x@y@a.test", BAD_NAME),
            (0xa4, NameForm::Directory, &[0x30, 0x00], &[0x30, 0x00], INSIDE),
            (0xa4, NameForm::Directory, &[0x30, 0x00], &[0x31, 0x00], BAD_NAME),
            (0xa0, NameForm::Other, b"", b"", NEITHER),
            (0x88, NameForm::RegisteredId, &[0x2a], &[0x2a], NEITHER),
        ] {
            let der = permitted(tag, base, &[]);
            let constraints = NameConstraints::from_der(&der, 0).expect("constraints");
            let tree = constraints.permitted.iter().next().expect("a subtree").tree();
            let presented = PresentedName::new(form, name);
            let name = ConstrainedName::new(&presented);
            let inside = matches!((&tree, &name), (Some(t), Some(n)) if t.permits(n));
            let found = (tree.is_some(), name.is_some(), inside);
            assert_eq!(found, expected, "{form} {base:?} {presented}");
        }
    }
}
