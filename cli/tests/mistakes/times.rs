//! A certificate is too old, or too new.

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::keys;
use lastmile_testdata::time;

use crate::Mistake;
use crate::world::ISSUING;
use crate::world::ROOT;
use crate::world::leaf;
use crate::world::shop;

pub(crate) fn mistakes() -> Vec<Mistake> {
    let (root, issuing) = (&ROOT.certificate, &ISSUING.certificate);
    let expired_root = Authority::self_signed(shop("Shop Root CA"), &keys::P256_A, expired);
    let expired_issuing = ROOT.subordinate(shop("Shop Issuing CA"), &keys::P256_B, expired);
    let new_root = Authority::self_signed(shop("Shop Root CA"), &keys::P256_E, |root| root);
    vec![
        Mistake::new(
            "leaf-expired",
            "The certificate was not renewed.",
            &[&ISSUING.issue(expired(leaf())), issuing],
            &[root],
        ),
        Mistake::new(
            "ca-expired",
            "The root in ca.crt has expired.",
            &[&ISSUING.issue(leaf()), issuing],
            &[&expired_root.certificate],
        ),
        Mistake::new(
            "leaf-and-ca-expired",
            "Nobody has looked after this backend.",
            &[&expired_root.issue(expired(leaf()))],
            &[&expired_root.certificate],
        ),
        Mistake::new(
            "intermediate-expired",
            "The backend still sends the expired certificate of the intermediate.",
            &[&ISSUING.issue(leaf()), &expired_issuing.certificate],
            &[root],
        ),
        Mistake::new(
            "ca-expired-and-renewed",
            "The old root has expired; a new one of its name is in ca.crt, but did not issue this.",
            &[&expired_root.issue(leaf())],
            &[&new_root.certificate, &expired_root.certificate],
        ),
        Mistake::new(
            "not-yet-valid",
            "The clock of the issuer is ahead.",
            &[&ISSUING.issue(leaf().valid(time::utc(2026, 6, 1, 0, 5, 0), time::END)), issuing],
            &[root],
        ),
    ]
}

fn expired(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::utc(2025, 1, 1, 0, 0, 0), time::utc(2026, 5, 29, 12, 0, 0))
}
