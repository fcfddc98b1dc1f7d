//! The index of anchors: order, completeness, copies.

use std::format;
use std::vec::Vec;

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;

use super::Named;
use super::TrustAnchors;

fn named(anchors: &TrustAnchors, name: &[u8], key_id: Option<&[u8]>) -> Vec<usize> {
    let mut walk = Named::new(anchors, name, key_id);
    let next = core::iter::from_fn(|| walk.next(anchors, name).map(|anchor| anchor.index()));
    next.take(100).collect()
}

/// A root of the name `Root`, with or without a key identifier.
fn root(key: &Key, has_key_id: bool) -> Vec<u8> {
    let authority = Authority::self_signed(
        lastmile_testdata::directory_name::DirectoryName::cn("Root"),
        key,
        |builder: CertificateBuilder| match has_key_id {
            true => builder,
            false => builder.without("2.5.29.14"),
        },
    );
    authority.certificate
}

#[test]
fn anchors_of_a_name_come_likeliest_first_and_each_once() {
    let (a, b, c) = (&keys::P256_A, &keys::P256_B, &keys::P256_C);
    let bundle = [
        root(a, true),
        root(b, false),
        Authority::root("Other", a).certificate,
        root(c, true),
        root(b, true),
    ];
    let anchors = TrustAnchors::from_der(bundle).expect("anchors");
    let name = anchors.get(0).expect("an anchor").certificate().subject();
    for (key, first) in [(a, 0), (c, 3), (b, 4)] {
        let found = named(&anchors, name, Some(&key.id()));
        assert_eq!((found.len(), found.get(..2)), (4, Some(&[first, 1][..])), "{found:?}");
        let mut sorted = found.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 3, 4]);
    }
    assert_eq!(named(&anchors, name, Some(b"none of them")).first(), Some(&1));
    let mut all = named(&anchors, name, None);
    assert_eq!(all.first(), Some(&1), "the one without an identifier is as likely as can be");
    all.sort_unstable();
    assert_eq!(all, [0, 1, 3, 4]);
    assert!(named(&anchors, b"no such name", None).is_empty());
    assert!(!Named::new(&anchors, name, None).is_empty());
}

#[test]
fn copies_count_once_and_the_first_is_kept() {
    let (a, b) = (&keys::P256_A, &keys::P256_B);
    // With a key identifier for each, and with nothing that tells them apart but their octets.
    for has_key_id in [true, false] {
        let (one, two) = (root(a, has_key_id), root(b, has_key_id));
        let anchors = TrustAnchors::from_der([&one, &two, &one, &two, &one]).expect("anchors");
        let found: Vec<&[u8]> = anchors.iter().map(|anchor| anchor.certificate().der()).collect();
        assert_eq!(found, [one.as_slice(), two.as_slice()]);
        for anchor in anchors.iter() {
            let again = anchors.find(anchor.certificate()).expect("an anchor");
            assert_eq!(again.index(), anchor.index());
        }
    }
    let anchors = TrustAnchors::from_der([root(a, true), root(a, false)]).expect("anchors");
    assert_eq!(format!("{anchors:?}"), "TrustAnchors { len: 2 }");
}
