//! Small changes to the octets of a name.

use proptest::prelude::Just;
use proptest::prelude::any;
use proptest::prelude::prop;
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::strategy::Strategy;

use super::one_of;

/// One change.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Puts these octets before.
    Prefix(Vec<u8>),
    /// Puts these octets after.
    Suffix(Vec<u8>),
    /// Drops what stands before the first dot, and the dot.
    Parent,
    /// Makes the first label `*`.
    Star,
    /// Turns the case of one letter, counted from the end.
    Case(usize),
    /// Turns the case of all letters.
    Upper,
    /// Puts an octet in.
    Insert(usize, u8),
    /// Takes an octet out.
    Remove(usize),
    /// Makes the name this long, with labels of `a` before it.
    Lengthen(usize),
}

impl Edit {
    fn apply(&self, mut octets: Vec<u8>) -> Vec<u8> {
        let dot = octets.iter().position(|octet| *octet == b'.');
        match self {
            Self::Prefix(more) => [more, &octets[..]].concat(),
            Self::Suffix(more) => [&octets[..], more].concat(),
            Self::Parent => dot.map_or(octets.clone(), |dot| octets[dot + 1..].to_vec()),
            Self::Star => [b"*", &octets[dot.unwrap_or(octets.len())..]].concat(),
            Self::Case(from_end) => {
                let letters = octets.iter_mut().filter(|octet| octet.is_ascii_alphabetic());
                if let Some(letter) = letters.rev().nth(*from_end) {
                    *letter ^= 0x20;
                }
                octets
            }
            Self::Upper => octets.to_ascii_uppercase(),
            Self::Insert(at, octet) => {
                octets.insert(at % (octets.len() + 1), *octet);
                octets
            }
            Self::Remove(at) => {
                if !octets.is_empty() {
                    octets.remove(at % octets.len());
                }
                octets
            }
            Self::Lengthen(length) => {
                while octets.len() < *length {
                    let missing = length - octets.len();
                    let label = "a".repeat(missing.saturating_sub(1).clamp(1, 40));
                    octets = [label.as_bytes(), b".", &octets].concat();
                }
                octets
            }
        }
    }
}

/// The octets after the changes.
pub(crate) fn edited(octets: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    edits.iter().fold(octets, |octets, edit| edit.apply(octets))
}

/// No change, or one, or two, of which most leave a name sound.
pub(crate) fn edits() -> BoxedStrategy<Vec<Edit>> {
    let edit = prop_oneof![
        4 => Just(Edit::Star),
        3 => Just(Edit::Parent),
        10 => edit(),
    ];
    prop::collection::vec(edit, 0..3).boxed()
}

/// The same of a base, which often has a leading dot, and no wildcard.
pub(crate) fn base_edits() -> BoxedStrategy<Vec<Edit>> {
    let dot = Just(Edit::Prefix(b".".to_vec()));
    let first = prop_oneof![4 => Just(Edit::Parent), 6 => edit()];
    (prop::collection::vec(first, 0..2), prop::option::weighted(0.3, dot))
        .prop_map(|(edits, dot)| edits.into_iter().chain(dot).collect())
        .boxed()
}

fn edit() -> BoxedStrategy<Edit> {
    prop_oneof![
        8 => one_of(&[b"a.", b"b.a.", b"shop."]).prop_map(Edit::Prefix),
        3 => one_of(&[b"x", b"*.", b".", b"a@"]).prop_map(Edit::Prefix),
        2 => one_of(&[b".", b".test", b"\0", b"\0.evil.test", b" "]).prop_map(Edit::Suffix),
        8 => (0..12_usize).prop_map(Edit::Case),
        3 => Just(Edit::Upper),
        3 => (any::<usize>(), odd_octet()).prop_map(|(at, octet)| Edit::Insert(at, octet)),
        2 => any::<usize>().prop_map(Edit::Remove),
        3 => (250..257_usize).prop_map(Edit::Lengthen),
    ]
    .boxed()
}

fn odd_octet() -> BoxedStrategy<u8> {
    let odd = [0, b'.', b'*', b'-', b'_', b' ', b'@', b':', b'/', b'%', b'a', 0x7f, 0xc3, 0xfc];
    prop::sample::select(odd.to_vec()).boxed()
}
