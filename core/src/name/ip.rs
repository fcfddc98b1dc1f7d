//! iPAddress: 4 or 16 octets, and subtrees of an address and a mask (RFC 5280 4.2.1.6, 4.2.1.10).

use core::fmt;
use core::net::IpAddr;
use core::net::Ipv4Addr;
use core::net::Ipv6Addr;

use crate::text::Escaped;

/// Whether a presented iPAddress is `expected`. An IPv4-mapped IPv6 address is no IPv4 address.
#[inline]
pub(super) fn matches(expected: &IpAddr, presented: &[u8]) -> bool {
    match expected {
        IpAddr::V4(address) => presented == address.octets(),
        IpAddr::V6(address) => presented == address.octets(),
    }
}

/// A presented iPAddress that is well formed: 4 or 16 octets.
pub(super) fn address(presented: &[u8]) -> Option<&[u8]> {
    matches!(presented.len(), 4 | 16).then_some(presented)
}

/// An address and a mask of the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IpSubtree<'a> {
    address: &'a [u8],
    mask: &'a [u8],
}

impl<'a> IpSubtree<'a> {
    /// RFC 5280 4.2.1.10: 8 or 32 octets, in the style of CIDR: the mask is ones, then zeros.
    pub(super) fn new(base: &'a [u8]) -> Option<Self> {
        let (address, mask) = match base.len() {
            8 => base.split_at_checked(4)?,
            32 => base.split_at_checked(16)?,
            _ => return None,
        };
        let mut rest = mask.iter().skip_while(|octet| **octet == 0xff);
        let last = rest.next().copied().unwrap_or(0);
        let contiguous = last.leading_ones().saturating_add(last.trailing_zeros()) >= 8
            && rest.all(|octet| *octet == 0);
        contiguous.then_some(Self { address, mask })
    }

    pub(super) const fn address(&self) -> &'a [u8] {
        self.address
    }

    pub(super) const fn mask(&self) -> &'a [u8] {
        self.mask
    }

    /// Whether the address is inside. One of the other family never is.
    pub(super) fn contains(&self, presented: &[u8]) -> bool {
        presented.len() == self.address.len()
            && presented
                .iter()
                .zip(self.address)
                .zip(self.mask)
                .all(|((presented, base), mask)| (presented ^ base) & mask == 0)
    }
}

/// Shows the octets of an iPAddress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenIp<'a>(pub(crate) &'a [u8]);

impl fmt::Display for WrittenIp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(octets) = <[u8; 4]>::try_from(self.0) {
            return fmt::Display::fmt(&Ipv4Addr::from(octets), f);
        }
        if let Ok(octets) = <[u8; 16]>::try_from(self.0) {
            return fmt::Display::fmt(&Ipv6Addr::from(octets), f);
        }
        if let Some(subtree) = IpSubtree::new(self.0) {
            let ones: u32 = subtree.mask.iter().map(|octet| octet.count_ones()).sum();
            return write!(f, "{}/{ones}", WrittenIp(subtree.address));
        }
        match (self.0.len(), self.0.split_at_checked(self.0.len() / 2)) {
            (8 | 32, Some((address, mask))) => {
                write!(f, "{} with the mask {}", WrittenIp(address), WrittenIp(mask))
            }
            _ => write!(f, "({} octets) {}", self.0.len(), Escaped::new(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IpSubtree;
    use super::WrittenIp;
    use super::address;
    use super::matches;

    #[test]
    fn addresses_match_by_family() {
        let v4 = "10.1.2.3".parse().expect("an address");
        let v6 = "::ffff:10.1.2.3".parse().expect("an address");
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3];
        assert!(matches(&v4, &[10, 1, 2, 3]) && matches(&v6, &mapped));
        assert!(!matches(&v4, &mapped) && !matches(&v6, &[10, 1, 2, 3]));
        assert!(!matches(&v4, b"10.1.2.3") && !matches(&v4, &[10, 1, 2]));
        assert!(address(&[1, 2, 3, 4]).is_some() && address(&[0; 16]).is_some());
        for length in [0, 1, 3, 5, 8, 15, 17, 32] {
            assert!(address(&std::vec![0; length]).is_none(), "{length}");
        }
    }

    #[test]
    fn masks_are_ones_then_zeros() {
        for (mask, good) in [
            ([255, 255, 255, 255], true),
            ([255, 255, 255, 0], true),
            ([255, 255, 240, 0], true),
            ([128, 0, 0, 0], true),
            ([0, 0, 0, 0], true),
            ([255, 0, 255, 0], false),
            ([127, 0, 0, 0], false),
            ([255, 255, 0, 1], false),
            ([255, 253, 0, 0], false),
        ] {
            let base = [&[10, 0, 0, 0][..], &mask].concat();
            assert_eq!(IpSubtree::new(&base).is_some(), good, "{mask:?}");
        }
        for length in [0, 4, 7, 9, 16, 31, 33] {
            assert!(IpSubtree::new(&std::vec![0; length]).is_none(), "{length}");
        }
    }

    #[test]
    fn addresses_and_subtrees_are_written_as_people_do() {
        for (octets, text) in [
            (&[10, 0, 0, 1][..], "10.0.0.1"),
            (&[10, 0, 0, 0, 255, 0, 0, 0], "10.0.0.0/8"),
            (&[0; 8], "0.0.0.0/0"),
            (&[10, 0, 0, 0, 255, 0, 255, 0], "10.0.0.0 with the mask 255.0.255.0"),
            (&[0; 32], "::/0"),
            (&[1, 2, 3], "(3 octets) \\u{1}\\u{2}\\u{3}"),
        ] {
            assert_eq!(std::format!("{}", WrittenIp(octets)), text);
        }
    }

    #[test]
    fn subtrees_hold_addresses_of_their_family() {
        let subtree = IpSubtree::new(&[10, 1, 0, 0, 255, 255, 0, 0]).expect("a subtree");
        assert!(subtree.contains(&[10, 1, 255, 255]) && !subtree.contains(&[10, 2, 0, 0]));
        assert!(!subtree.contains(&[0; 16]) && !subtree.contains(&[10, 1]));
        let every_v4 = IpSubtree::new(&[0; 8]).expect("a subtree");
        assert!(every_v4.contains(&[203, 0, 113, 9]) && !every_v4.contains(&[0; 16]));
    }
}
