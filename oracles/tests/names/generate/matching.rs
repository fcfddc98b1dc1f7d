//! Pairs of an expected and a presented name.

use lastmile_oracles::names::Name;
use proptest::prelude::any;
use proptest::prelude::prop;
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::strategy::Strategy;

use super::Matching;
use super::edit::edited;
use super::edit::edits;
use super::text;

/// Of one stem.
pub(crate) fn dns() -> BoxedStrategy<Matching> {
    of_one_stem(text::dns(), Name::Dns)
}

/// Of one stem.
pub(crate) fn uri() -> BoxedStrategy<Matching> {
    of_one_stem(text::uri(), Name::Uri)
}

fn of_one_stem(stem: BoxedStrategy<Vec<u8>>, form: fn(Vec<u8>) -> Name) -> BoxedStrategy<Matching> {
    (stem, edits(), edits())
        .prop_map(move |(stem, one, other)| Matching {
            expected: form(edited(stem.clone(), &one)),
            presented: form(edited(stem, &other)),
        })
        .boxed()
}

/// Of one address, or of two.
pub(crate) fn ip() -> BoxedStrategy<Matching> {
    (text::address(), text::address(), any::<bool>())
        .prop_map(|(one, other, same)| Matching {
            presented: Name::Ip(if same { one.clone() } else { other }),
            expected: Name::Ip(one),
        })
        .boxed()
}

/// The same octets in any two forms.
pub(crate) fn mixed() -> BoxedStrategy<Matching> {
    let octets = prop_oneof![text::dns(), text::uri(), text::address()];
    let form = || prop::sample::select(vec![Name::Dns, Name::Uri, Name::Ip, Name::Mail]);
    let unknown = prop::sample::select(vec![
        Name::Other,
        Name::RegisteredId,
        Name::X400,
        Name::EdiParty,
        Name::Directory(vec![]),
    ]);
    (octets, form(), form(), prop::option::weighted(0.1, unknown))
        .prop_map(|(octets, one, other, unknown)| Matching {
            expected: one(octets.clone()),
            presented: unknown.unwrap_or_else(|| other(octets)),
        })
        .boxed()
}
