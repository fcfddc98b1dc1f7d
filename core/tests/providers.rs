//! Every provider gives the same verdicts: a feature adds algorithms and changes none.

#[cfg(feature = "aws-lc-rs")]
mod support;

#[cfg(feature = "aws-lc-rs")]
#[test]
fn aws_lc_rs_judges_as_ring_does() {
    use lastmile::TrustAnchors;
    use lastmile::Verifier;

    for case in support::cases() {
        let anchors = TrustAnchors::from_pem(&case.bundle).expect("a good bundle");
        let algorithms = lastmile::algorithms::AWS_LC_RS;
        let verifier = Verifier::builder_for(anchors, case.names.clone(), algorithms).build();
        assert_ne!(verifier.digest(), case.verifier().expect("a good bundle").digest());
        let verdict = verifier.verify(case.leaf(), case.intermediates(), case.now);
        let code = match &verdict {
            Ok(_) => "accepted",
            Err(rejection) => rejection.reason().code(),
        };
        assert_eq!(code, case.expect, "{}", case.name);
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
#[test]
fn ring_is_the_only_provider_without_the_feature() {
    assert!(lastmile::algorithms::RING.len() > 10);
}
