//! rfc822Name: a local part and a host; a subtree is a mailbox, a host, or all below a host.

use super::dns;
use super::dns::Labels;

/// `local@host` with one `@`, visible ASCII before it (an IA5String, RFC 5280 4.2.1.6; a blank could
/// only stand in quotes), and a host name after it.
pub(super) fn mailbox(octets: &[u8]) -> Option<(Vec<u8>, Labels)> {
    let parts: Vec<&[u8]> = octets.split(|octet| *octet == b'@').collect();
    match parts[..] {
        [local, host] if !local.is_empty() && local.iter().all(u8::is_ascii_graphic) => {
            Some((local.to_vec(), dns::host(host)?))
        }
        _ => None,
    }
}

/// RFC 5280 4.2.1.10.
#[derive(Debug)]
pub(super) enum Subtree {
    /// The empty base: every mailbox.
    All,
    /// One mailbox.
    Mailbox(Vec<u8>, Labels),
    /// Every mailbox on this host.
    Host(Labels),
    /// With a leading dot: every mailbox on a host below this one.
    Below(Labels),
}

pub(super) fn subtree(octets: &[u8]) -> Option<Subtree> {
    match octets {
        [] => Some(Subtree::All),
        [b'.', host @ ..] => dns::host(host).map(Subtree::Below),
        _ if octets.contains(&b'@') => {
            mailbox(octets).map(|(local, host)| Subtree::Mailbox(local, host))
        }
        _ => dns::host(octets).map(Subtree::Host),
    }
}

/// Local parts are compared with their case (RFC 5280 7.5).
pub(super) fn is_permitted_by(name: &[u8], base: &[u8]) -> bool {
    let Some((local, host)) = mailbox(name) else {
        return false;
    };
    match subtree(base) {
        Some(Subtree::All) => true,
        Some(Subtree::Mailbox(its_local, its_host)) => (local, host) == (its_local, its_host),
        Some(Subtree::Host(its_host)) => host == its_host,
        Some(Subtree::Below(its_host)) => host != its_host && host.ends_with(&its_host),
        None => false,
    }
}

/// Wider, to be safe: local parts without case, for most hosts do not tell them apart, and the
/// host itself with those below it.
pub(super) fn is_excluded_by(name: &[u8], base: &[u8]) -> bool {
    let Some((local, host)) = mailbox(name) else {
        return false;
    };
    match subtree(base) {
        Some(Subtree::Mailbox(its_local, its_host)) => {
            local.eq_ignore_ascii_case(&its_local) && host == its_host
        }
        Some(Subtree::Below(its_host)) => host.ends_with(&its_host),
        _ => is_permitted_by(name, base),
    }
}
