//! Names of a certificate, and the constraints above them.

use lastmile_oracles::names::Constraints;
use lastmile_oracles::names::Name;
use lastmile_oracles::names::Rdn;
use proptest::prelude::Just;
use proptest::prelude::any;
use proptest::prelude::prop;
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::strategy::Strategy;

use super::Constrained;
use super::Distances;
use super::directory;
use super::edit::base_edits;
use super::edit::edited;
use super::edit::edits;
use super::one_of;
use super::text;

/// How one base makes the constraints.
pub(crate) type Side = fn(Name) -> Constraints;

/// A DNS name and a base of one stem.
pub(crate) fn dns(side: Side) -> BoxedStrategy<Constrained> {
    one_name(side, dns_pair())
}

/// A URI and a base of one host.
pub(crate) fn uri(side: Side) -> BoxedStrategy<Constrained> {
    one_name(side, uri_pair())
}

/// A mailbox and a base of one host.
pub(crate) fn mail(side: Side) -> BoxedStrategy<Constrained> {
    one_name(side, mail_pair())
}

/// An address, and a block that may hold it.
pub(crate) fn ip(side: Side) -> BoxedStrategy<Constrained> {
    one_name(side, ip_pair())
}

/// A directory name, as a subject or beside it, and a base of one stem.
pub(crate) fn directory(side: Side) -> BoxedStrategy<Constrained> {
    (directory_pair(), any::<bool>())
        .prop_map(move |((name, base), is_subject)| match name {
            // A subject that is malformed makes the certificate malformed, whatever is constrained.
            Name::Directory(rdns) if is_subject && rdns.iter().all(|rdn| !rdn.0.is_empty()) => {
                constrained(vec![], rdns, side(base))
            }
            name => one(name, side(base)),
        })
        .boxed()
}

/// Some names of any form under some subtrees of any form.
pub(crate) fn several() -> BoxedStrategy<Constrained> {
    let pairs = prop::collection::vec((pair(), prop::option::of(any::<bool>())), 1..5);
    let subject = directory::name()
        .prop_filter("a malformed subject", |rdns| rdns.iter().all(|rdn| !rdn.0.is_empty()));
    let subject = prop_oneof![3 => Just(vec![]), 1 => subject];
    (pairs, subject, distances())
        .prop_filter_map("no subtree at all", |(pairs, subject, distances)| {
            let side = |wanted: bool| {
                let bases = pairs.iter().filter(|(_, side)| *side == Some(wanted));
                bases.map(|((_, base), _)| base.clone()).collect::<Vec<_>>()
            };
            let (mut permitted, excluded) = (side(true), side(false));
            if distances != (None, None) {
                permitted.push(Name::Other);
            }
            let is_empty = permitted.is_empty() && excluded.is_empty();
            // RFC 5280 4.2.1.10: the minimum is zero, and there is no maximum.
            let (minimum, maximum) = distances;
            let are_used = minimum.is_some_and(|minimum| minimum != 0) || maximum.is_some();
            let constraints = Constraints { permitted, excluded, distances: are_used };
            let names = pairs.into_iter().map(|((name, _), _)| name).collect();
            (!is_empty)
                .then(|| Constrained { distances, ..constrained(names, subject, constraints) })
        })
        .boxed()
}

fn distances() -> BoxedStrategy<Distances> {
    let few = [(Some(0), None), (Some(1), None), (None, Some(0)), (Some(0), Some(5))];
    prop_oneof![24 => Just((None, None)), 1 => prop::sample::select(few.to_vec())].boxed()
}

/// One name under these constraints.
pub(crate) fn one(name: Name, constraints: Constraints) -> Constrained {
    constrained(vec![name], vec![], constraints)
}

fn constrained(names: Vec<Name>, subject: Vec<Rdn>, constraints: Constraints) -> Constrained {
    Constrained { names, subject, constraints, distances: (None, None) }
}

fn one_name(side: Side, pair: BoxedStrategy<(Name, Name)>) -> BoxedStrategy<Constrained> {
    pair.prop_map(move |(name, base)| one(name, side(base))).boxed()
}

fn pair() -> BoxedStrategy<(Name, Name)> {
    let unknown = vec![Name::Other, Name::X400, Name::EdiParty, Name::RegisteredId];
    let unknown = || prop::sample::select(unknown.clone());
    prop_oneof![
        4 => dns_pair(),
        2 => uri_pair(),
        2 => mail_pair(),
        2 => ip_pair(),
        2 => directory_pair(),
        1 => (unknown(), unknown()),
    ]
    .boxed()
}

fn dns_pair() -> BoxedStrategy<(Name, Name)> {
    (text::dns(), edits(), base_edits())
        .prop_map(|(stem, one, other)| {
            (Name::Dns(edited(stem.clone(), &one)), Name::Dns(edited(without_star(stem), &other)))
        })
        .boxed()
}

fn uri_pair() -> BoxedStrategy<(Name, Name)> {
    let whole = (text::uri_before_host(), text::uri_after_host());
    (whole, host(), edits(), base_edits(), 0..40_u8)
        .prop_map(|((before, after), host, one, other, odd)| {
            let name = [before, edited(host.clone(), &one), after].concat();
            let base = match odd {
                0 => name.clone(),
                1 => [&host[..], b":443"].concat(),
                _ => edited(host, &other),
            };
            (Name::Uri(name), Name::Uri(base))
        })
        .boxed()
}

fn mail_pair() -> BoxedStrategy<(Name, Name)> {
    let locals = (text::local_part(), text::local_part());
    (locals, host(), edits(), base_edits(), 0..8_u8)
        .prop_map(|((local, another), host, one, other, kind)| {
            let base = edited(host.clone(), &other);
            let base = match kind {
                0 => [&local[..], &base].concat(),
                1 => [&local.to_ascii_uppercase()[..], &base].concat(),
                2 => [&another[..], &base].concat(),
                _ => base,
            };
            (Name::Mail([&local[..], &edited(host, &one)].concat()), Name::Mail(base))
        })
        .boxed()
}

/// A host that is often good, so that faults of what stands around it show.
fn host() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        12 => one_of(&[b"shop.test", b"a.shop.test", b"b.a.shop.test", b"test"]),
        3 => text::dns(),
        1 => text::odd_host(),
    ]
    .boxed()
}

fn ip_pair() -> BoxedStrategy<(Name, Name)> {
    let address = text::address();
    (address.clone(), address, any::<bool>(), 0..130_usize, 0..6_u8, any::<usize>())
        .prop_map(|(name, other, same, ones, kind, at)| {
            let is_address = matches!(name.len(), 4 | 16);
            let address = if same && is_address { name.clone() } else { other };
            let ones = if ones > 128 { address.len() * 8 } else { ones % (address.len() * 8 + 1) };
            let mut mask =
                (0..address.len()).map(|octet| mask_octet(ones, octet)).collect::<Vec<_>>();
            let mut base = address;
            match kind {
                // A hole in the mask, or a bit beyond it.
                0 => turn_bit(&mut mask, at),
                1 => turn_bit(&mut base, at),
                // Too short.
                2 if at % 4 == 0 => drop(mask.pop()),
                _ => {}
            }
            (Name::Ip(name), Name::Ip([base, mask].concat()))
        })
        .boxed()
}

fn turn_bit(octets: &mut [u8], at: usize) {
    let count = octets.len().max(1);
    if let Some(octet) = octets.get_mut(at / 8 % count) {
        *octet ^= 1 << (at % 8);
    }
}

/// An octet of a mask of so many ones.
fn mask_octet(ones: usize, octet: usize) -> u8 {
    let ones = ones.saturating_sub(octet * 8).min(8);
    u8::MAX.checked_shr(u32::try_from(ones).expect("at most 8")).map_or(u8::MAX, |zeros| !zeros)
}

fn directory_pair() -> BoxedStrategy<(Name, Name)> {
    (directory::name(), directory::edits(), directory::edits())
        .prop_map(|(stem, one, other)| {
            let name = directory::edited(stem.clone(), &one);
            (Name::Directory(name), Name::Directory(directory::edited(stem, &other)))
        })
        .boxed()
}

/// A base has no wildcard, or there would be little to compare.
fn without_star(stem: Vec<u8>) -> Vec<u8> {
    stem.strip_prefix(b"*.").map(<[u8]>::to_vec).unwrap_or(stem)
}
