//! Directory names: a stem of relative names, and changes to them.

use lastmile_oracles::names::Attribute;
use lastmile_oracles::names::Rdn;
use lastmile_testdata::der::tag;
use lastmile_testdata::directory_name::COMMON_NAME;
use lastmile_testdata::directory_name::EMAIL_ADDRESS;
use lastmile_testdata::directory_name::ORGANIZATION;
use proptest::prelude::Just;
use proptest::prelude::any;
use proptest::prelude::prop;
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::strategy::Strategy;

use super::mostly;
use super::one_of;

/// A name of no, one or a few relative names.
pub(crate) fn name() -> BoxedStrategy<Vec<Rdn>> {
    let sets = prop_oneof![6 => 1..2_usize, 2 => 2..3_usize, 1 => 3..5_usize];
    let rdn = sets.prop_flat_map(|size| prop::collection::vec(attribute(), size)).prop_map(Rdn);
    prop::collection::vec(rdn, 0..4).boxed()
}

fn attribute() -> BoxedStrategy<Attribute> {
    let oid = prop::sample::select(vec![COMMON_NAME, ORGANIZATION, ORGANIZATION, EMAIL_ADDRESS]);
    (oid, string()).prop_map(|(oid, (tag, value))| Attribute { oid, tag, value }).boxed()
}

fn string() -> BoxedStrategy<(u8, Vec<u8>)> {
    (string_type(), value()).boxed()
}

fn string_type() -> BoxedStrategy<u8> {
    mostly(
        prop::sample::select(vec![tag::UTF8_STRING, tag::UTF8_STRING, tag::PRINTABLE_STRING]),
        prop::sample::select(vec![tag::IA5_STRING, tag::TELETEX_STRING, tag::BMP_STRING]),
    )
}

fn value() -> BoxedStrategy<Vec<u8>> {
    mostly(
        one_of(&[b"Shop", b"shop", b"My Shop", b"ops@shop.test"]),
        one_of(&[
            b"",
            b" ",
            b" Shop ",
            b"my  shop",
            b"MyShop",
            b"Sh\xc3\xb6p",
            b"Sh\xf6p",
            b"S\0hop",
            b"x\tx",
        ]),
    )
}

/// One change to one attribute, or to the relative names.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Leaves out the last relative name.
    Shorten,
    /// Leaves out the first relative name.
    Behead,
    /// Adds a relative name.
    Lengthen(Attribute),
    /// Turns a set around.
    Turn(usize),
    /// Adds an attribute to a set.
    Widen(usize, Attribute),
    /// Leaves nothing in a set, which makes the name malformed.
    Hollow(usize),
    /// Changes the case of a value.
    Upper(usize),
    /// Puts blanks into a value, or around it.
    Blanks(usize),
    /// Changes the type of a string.
    Retype(usize, u8),
    /// Changes a value.
    Revalue(usize, Vec<u8>),
}

impl Edit {
    fn apply(&self, mut name: Vec<Rdn>) -> Vec<Rdn> {
        let count = name.len();
        match self {
            Self::Shorten => drop(name.pop()),
            Self::Behead if count > 0 => drop(name.remove(0)),
            Self::Behead => {}
            Self::Lengthen(attribute) => name.push(Rdn(vec![attribute.clone()])),
            Self::Turn(at) => with(&mut name, *at, |set| set.reverse()),
            Self::Widen(at, attribute) => with(&mut name, *at, |set| set.push(attribute.clone())),
            Self::Hollow(at) => with(&mut name, *at, Vec::clear),
            Self::Upper(at) => each(&mut name, *at, |one| one.value.make_ascii_uppercase()),
            Self::Blanks(at) => each(&mut name, *at, |one| {
                one.value = [b" ", &one.value[..], b"  "].concat();
            }),
            Self::Retype(at, tag) => each(&mut name, *at, |one| one.tag = *tag),
            Self::Revalue(at, value) => each(&mut name, *at, |one| one.value.clone_from(value)),
        }
        name
    }
}

fn with(name: &mut [Rdn], at: usize, change: impl FnOnce(&mut Vec<Attribute>)) {
    let count = name.len().max(1);
    if let Some(rdn) = name.get_mut(at % count) {
        change(&mut rdn.0);
    }
}

fn each(name: &mut [Rdn], at: usize, change: impl Fn(&mut Attribute)) {
    with(name, at, |set| set.iter_mut().for_each(change));
}

/// The name after the changes.
pub(crate) fn edited(name: Vec<Rdn>, edits: &[Edit]) -> Vec<Rdn> {
    edits.iter().fold(name, |name, edit| edit.apply(name))
}

/// No change, or one, or two.
pub(crate) fn edits() -> BoxedStrategy<Vec<Edit>> {
    let at = || any::<usize>();
    let edit = prop_oneof![
        4 => Just(Edit::Shorten),
        1 => Just(Edit::Behead),
        2 => attribute().prop_map(Edit::Lengthen),
        1 => at().prop_map(Edit::Turn),
        1 => (at(), attribute()).prop_map(|(at, attribute)| Edit::Widen(at, attribute)),
        1 => at().prop_map(Edit::Hollow),
        2 => at().prop_map(Edit::Upper),
        2 => at().prop_map(Edit::Blanks),
        2 => (at(), string_type()).prop_map(|(at, tag)| Edit::Retype(at, tag)),
        2 => (at(), value()).prop_map(|(at, value)| Edit::Revalue(at, value)),
    ];
    prop::collection::vec(edit, 0..3).boxed()
}
