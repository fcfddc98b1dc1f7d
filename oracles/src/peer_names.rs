//! Names and name constraints as a peer has them: [`crate::names`], and what the peer does otherwise.

use std::collections::BTreeSet;
use std::slice;

use crate::model::NameRules;
use crate::names;
use crate::names::Constraints;
use crate::names::Fault;
use crate::names::Name;
use crate::names::subject_names;
use crate::tree::Certificate;
use crate::tree::rdns;

/// Whether a presented name is one that can meet anything.
pub(crate) fn is_name(name: &Name, rules: &NameRules) -> bool {
    let Name::Dns(octets) = name else { return true };
    let labels: Vec<&[u8]> = octets.split(|octet| *octet == b'.').collect();
    let is_short_wildcard = labels.first() == Some(&&b"*"[..]) && labels.len() < 3;
    (rules.wildcard_of_one_label || !is_short_wildcard)
        && (rules.lenient_labels || has_strict_labels(octets))
}

/// What is wrong with the names of a certificate under these constraints.
pub(crate) fn faults(
    certificate: &Certificate,
    constraints: &Constraints,
    rules: &NameRules,
) -> BTreeSet<&'static str> {
    let mut names = certificate.names.clone();
    names.extend(subject_names(&rdns(certificate.subject)).into_iter().filter(|name| match name {
        Name::Mail(_) => rules.mail_in_subject,
        _ => true,
    }));
    let mut constraints = constraints.clone();
    let mut faults = BTreeSet::new();
    if !rules.directory_subtrees
        && take(&mut constraints, |base| matches!(base, Name::Directory(_)))
    {
        faults.insert(UNCOMPARED);
    }
    if !rules.uri_subtrees
        && take(&mut constraints, |base| matches!(base, Name::Uri(_)))
        && names.iter().any(|name| matches!(name, Name::Uri(_)))
    {
        faults.insert(UNCOMPARED);
    }
    if !rules.mail_subtrees
        && take(&mut constraints, |base| matches!(base, Name::Mail(_)))
        && names.iter().any(|name| matches!(name, Name::Mail(_)))
    {
        faults.insert(UNCOMPARED);
    }
    for name in &names {
        let constraints = as_the_peer_reads(name, &constraints, rules);
        if is_unread(name, &constraints, rules) {
            faults.insert(UNCOMPARED);
        }
        faults
            .extend(names::judge(slice::from_ref(name), &constraints).into_iter().map(Fault::code));
    }
    faults.extend(names::judge(&[], &constraints).into_iter().map(Fault::code));
    faults
}

/// A peer refuses what it does not compare.
const UNCOMPARED: &str = "a peer does not compare these names";

/// Takes out the subtrees of a form; whether there were any.
fn take(constraints: &mut Constraints, is_of_the_form: impl Fn(&Name) -> bool) -> bool {
    let mut found = false;
    for bases in [&mut constraints.permitted, &mut constraints.excluded] {
        let before = bases.len();
        bases.retain(|base| !is_of_the_form(base));
        found |= bases.len() < before;
    }
    found
}

/// Whether the peer holds the name, or a subtree of its form, to be malformed.
fn is_unread(name: &Name, constraints: &Constraints, rules: &NameRules) -> bool {
    let mut bases = constraints.permitted.iter().chain(&constraints.excluded);
    let Name::Dns(_) = name else { return false };
    let mut hosts = bases.clone().filter_map(|base| match base {
        Name::Dns(octets) => Some(octets.strip_prefix(b".").unwrap_or(octets)),
        _ => None,
    });
    bases.any(|base| base.is_of_the_form_of(name))
        && (!is_name(name, rules)
            || !rules.lenient_labels
                && hosts.any(|host| !host.is_empty() && !has_strict_labels(host)))
}

/// The constraints with those subtrees changed that mean something else to the peer.
fn as_the_peer_reads(name: &Name, constraints: &Constraints, rules: &NameRules) -> Constraints {
    let mut read = constraints.clone();
    if let (Name::Dns(host), false) = (name, rules.excluded_dot_holds_apex) {
        read.excluded.retain(|base| match base {
            Name::Dns(base) => {
                !base.strip_prefix(b".").is_some_and(|apex| apex.eq_ignore_ascii_case(host))
            }
            _ => true,
        });
    }
    if let (Name::Ip(address), false) = (name, rules.masks_first) {
        let differs = |base: &Name| match base {
            Name::Ip(base) => differs_before_the_mask_is_read(address, base),
            _ => false,
        };
        read.excluded.retain(|base| !differs(base));
        for base in &mut read.permitted {
            if differs(base) {
                *base = every_other_address(address);
            }
        }
    }
    read
}

/// Whether the peer says that the address is outside before it sees what is wrong with the mask.
fn differs_before_the_mask_is_read(address: &[u8], base: &[u8]) -> bool {
    if ![4, 16].contains(&address.len()) || ![8, 32].contains(&base.len()) {
        return false;
    }
    let (base, mask) = base.split_at(base.len() / 2);
    if base.len() != address.len() {
        return true;
    }
    let mut hole = false;
    for ((address, base), mask) in address.iter().zip(base).zip(mask) {
        if mask.leading_ones() + mask.trailing_zeros() < 8 || hole && *mask != 0 {
            return false;
        }
        hole = hole || *mask != 0xff;
        if (address ^ base) & mask != 0 {
            return true;
        }
    }
    false
}

/// A subtree that does not hold the address.
fn every_other_address(address: &[u8]) -> Name {
    let inverted = address.iter().map(|octet| !octet);
    Name::Ip(inverted.chain(vec![0xff; address.len()]).collect())
}

/// Labels with no hyphen at either end, the last of which is no number.
fn has_strict_labels(host: &[u8]) -> bool {
    let host = host.strip_prefix(b"*.").unwrap_or(host);
    let is_number = |label: &[u8]| !label.is_empty() && label.iter().all(u8::is_ascii_digit);
    let mut labels = host.split(|octet| *octet == b'.');
    labels.clone().next_back().is_some_and(|last| !is_number(last))
        && labels.all(|label| !label.starts_with(b"-") && !label.ends_with(b"-"))
}
