//! Every provider gives the same verdicts, but for the algorithms that it has beside the others'.

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
        // ring has neither P-521 nor SHA-512 on P-256.
        let has_more = ["algorithm-p256-sha512", "public-key-p521"].contains(&case.name.as_str());
        let expected = if has_more { "accepted" } else { &case.expect };
        assert_eq!(code, expected, "{}", case.name);
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
#[test]
fn ring_is_the_only_provider_without_the_feature() {
    assert!(lastmile::algorithms::RING.len() > 10);
}
