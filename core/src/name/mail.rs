//! rfc822Name: never expected, but held to constraints (RFC 5280 4.2.1.10).

use super::dns::MAX_NAME;
use super::dns::is_below;
use super::dns::is_host;
use super::dns::is_same;
use super::dns::is_within;
use super::index::Host;

/// A presented mailbox that is well formed: `local@host` with exactly one `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mailbox<'a> {
    local: &'a [u8],
    host: &'a [u8],
}

impl<'a> Mailbox<'a> {
    pub(super) fn new(mailbox: &'a [u8]) -> Option<Self> {
        let mut parts = mailbox.split(|octet| *octet == b'@');
        let (local, host) = (parts.next()?, parts.next()?);
        let well_formed = parts.next().is_none()
            && !local.is_empty()
            && local.iter().all(u8::is_ascii_graphic)
            && is_host(host, MAX_NAME);
        well_formed.then_some(Self { local, host })
    }

    pub(super) const fn local(&self) -> &'a [u8] {
        self.local
    }

    pub(super) const fn host(&self) -> &'a [u8] {
        self.host
    }
}

/// RFC 5280 4.2.1.10: one mailbox, all of a host, or with a leading dot all of the hosts below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailSubtree<'a> {
    /// The base is empty: every mailbox, as NSS and Go have it.
    Every,
    Mailbox(Mailbox<'a>),
    Host(&'a [u8]),
    Below(&'a [u8]),
}

impl<'a> MailSubtree<'a> {
    pub(super) fn new(base: &'a [u8]) -> Option<Self> {
        match base {
            [] => Some(Self::Every),
            [b'.', rest @ ..] => is_host(rest, MAX_NAME).then_some(Self::Below(rest)),
            _ if base.contains(&b'@') => Mailbox::new(base).map(Self::Mailbox),
            _ => is_host(base, MAX_NAME).then_some(Self::Host(base)),
        }
    }

    /// The hosts that it holds, or holds to be safe; else the one mailbox.
    pub(super) const fn host(&self, excluded: bool) -> Result<Host<'a>, Mailbox<'a>> {
        match self {
            Self::Every => Ok(Host { name: &[], itself: true, below: true }),
            Self::Mailbox(mailbox) => Err(*mailbox),
            Self::Host(name) => Ok(Host { name, itself: true, below: false }),
            Self::Below(name) => Ok(Host { name, itself: excluded, below: true }),
        }
    }

    /// Local parts are compared with their case (RFC 5280 7.5).
    pub(super) fn permits(&self, mailbox: &Mailbox<'_>) -> bool {
        match self {
            Self::Every => true,
            Self::Mailbox(base) => base.local == mailbox.local && is_same(mailbox.host, base.host),
            Self::Host(base) => is_same(mailbox.host, base),
            Self::Below(base) => is_below(mailbox.host, base),
        }
    }

    /// To be safe, local parts are compared without case, and `.x` holds `x` too.
    pub(super) fn excludes(&self, mailbox: &Mailbox<'_>) -> bool {
        match self {
            Self::Every => true,
            Self::Mailbox(base) => {
                base.local.eq_ignore_ascii_case(mailbox.local) && is_same(mailbox.host, base.host)
            }
            Self::Host(base) => is_same(mailbox.host, base),
            Self::Below(base) => is_within(mailbox.host, base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MailSubtree;
    use super::Mailbox;

    #[test]
    fn mailboxes_have_one_at_sign() {
        for good in ["a@b.test", "a*b@b.test", "\"x\"@b.test"] {
            assert!(Mailbox::new(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.test",
            "a@",
            "a@b@c.test",
            "a b@c.test",
            "a@.test",
            "a@*.test",
            "a\0@b.test",
        ] {
            assert!(Mailbox::new(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn subtrees_hold_a_mailbox_a_host_or_what_is_below_it() {
        for (base, mailbox, permits, excludes) in [
            ("ops@shop.test", "ops@shop.test", true, true),
            ("ops@shop.test", "ops@SHOP.test", true, true),
            ("ops@shop.test", "OPS@shop.test", false, true),
            ("ops@shop.test", "dev@shop.test", false, false),
            ("**@shop.test", "*@shop.test", false, false),
            ("shop.test", "ops@shop.test", true, true),
            ("shop.test", "ops@a.shop.test", false, false),
            (".shop.test", "ops@a.shop.test", true, true),
            (".shop.test", "ops@shop.test", false, true),
            ("", "ops@shop.test", true, true),
        ] {
            let subtree = MailSubtree::new(base.as_bytes()).expect("a good base");
            let mailbox = Mailbox::new(mailbox.as_bytes()).expect("a good mailbox");
            assert_eq!(subtree.permits(&mailbox), permits, "{base} permits {mailbox:?}");
            assert_eq!(subtree.excludes(&mailbox), excludes, "{base} excludes {mailbox:?}");
        }
        for bad in ["a@b@c.test", "@b.test", ".", "a b", "*.test"] {
            assert!(MailSubtree::new(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
