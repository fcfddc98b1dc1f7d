//! A policy has a digest: the same for the same policy, another for any other.

use std::collections::BTreeSet;

use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::ReferenceName;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile::algorithms::RING;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::keys;

fn anchors(order: &[usize]) -> TrustAnchors {
    let all = [
        Authority::root("A", &keys::P256_A).certificate,
        Authority::root("B", &keys::P256_B).certificate,
    ];
    TrustAnchors::from_der(order.iter().map(|index| &all[*index])).expect("anchors")
}

fn dns(name: &str) -> ExpectedNames {
    ExpectedNames::dns(name).expect("a name")
}

#[test]
fn the_order_and_the_copies_of_a_bundle_change_nothing() {
    let digests: BTreeSet<[u8; 32]> = [&[0, 1][..], &[1, 0], &[0, 1, 0, 1, 1]]
        .map(|order| *Verifier::builder(anchors(order), dns("a.test")).build().digest())
        .into();
    assert_eq!(digests.len(), 1);
    let upper = Verifier::builder(anchors(&[0, 1]), dns("A.TEST")).build();
    assert!(digests.contains(upper.digest()), "a DNS name has no case");
}

#[test]
fn every_part_of_a_policy_changes_it() {
    let base = || Verifier::builder(anchors(&[0]), dns("a.test"));
    let uri = || ReferenceName::uri("spiffe://a.test/").expect("a URI");
    let limited = |set: fn(&mut Limits)| {
        let mut limits = Limits::default();
        set(&mut limits);
        base().limits(limits).build()
    };
    let verifiers = [
        base().build(),
        Verifier::builder(anchors(&[1]), dns("a.test")).build(),
        Verifier::builder(anchors(&[0, 1]), dns("a.test")).build(),
        Verifier::builder(anchors(&[0]), dns("b.test")).build(),
        Verifier::builder(anchors(&[0]), dns("*.a.test")).build(),
        Verifier::builder(anchors(&[0]), dns("a.test").or(uri())).build(),
        Verifier::builder(anchors(&[0]), ExpectedNames::from(uri())).build(),
        Verifier::builder(anchors(&[0]), ExpectedNames::ip([10, 0, 0, 1].into())).build(),
        Verifier::builder_for(anchors(&[0]), dns("a.test"), &RING[..3]).build(),
        limited(|limits| limits.intermediates += 1),
        limited(|limits| limits.presented += 1),
        limited(|limits| limits.certificate_bytes += 1),
        limited(|limits| limits.signature_checks += 1),
        limited(|limits| limits.issuer_candidates += 1),
        limited(|limits| limits.name_constraint_pairs += 1),
        limited(|limits| limits.name_bytes += 1),
    ];
    let digests: BTreeSet<&[u8; 32]> = verifiers.iter().map(Verifier::digest).collect();
    assert_eq!(digests.len(), verifiers.len());
}

/// Sessions are kept under digests: a change of this number is a change of the rules, and is said
/// by their version (`verify/digest.rs`).
#[test]
fn the_digest_of_a_fixed_policy_is_fixed() {
    let verifier = Verifier::builder_for(anchors(&[0, 1]), dns("a.test"), &RING[..1]).build();
    let text: String = verifier.digest().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(text, "4d044ba356dc5410df98d51fd581ff6676201fe9d85de4a0020781a1e9d42883");
}
