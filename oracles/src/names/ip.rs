//! iPAddress: 4 or 16 octets; a subtree is an address and a mask, as in CIDR.

/// RFC 5280 4.2.1.6: four octets for IPv4, sixteen for IPv6.
pub(super) fn is_address(octets: &[u8]) -> bool {
    matches!(octets.len(), 4 | 16)
}

/// RFC 5280 4.2.1.10, RFC 4632: address and mask, of ones and then zeros.
pub(super) fn subtree(octets: &[u8]) -> Option<(Vec<bool>, Vec<bool>)> {
    matches!(octets.len(), 8 | 32).then_some(())?;
    let (address, mask) = octets.split_at(octets.len() / 2);
    let mask = bits(mask);
    let ones = mask.iter().filter(|bit| **bit).count();
    mask[..ones].iter().all(|bit| *bit).then(|| (bits(address), mask))
}

/// Whether the address has the bits of the base wherever the mask has a one; an address of the
/// other family never has. An IPv4-mapped IPv6 address is an IPv6 address.
pub(super) fn is_inside(address: &[u8], base: &[u8]) -> bool {
    let Some((base, mask)) = subtree(base) else {
        return false;
    };
    let address = bits(address);
    address.len() == base.len() && (0..base.len()).all(|at| !mask[at] || address[at] == base[at])
}

fn bits(octets: &[u8]) -> Vec<bool> {
    octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect()
}
