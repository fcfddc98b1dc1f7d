//! The backend does not send what it should.

use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::keys::Key;

use crate::Mistake;
use crate::world::ISSUING;
use crate::world::LEAF;
use crate::world::ROOT;
use crate::world::leaf;
use crate::world::shop;

pub(crate) fn mistakes() -> Vec<Mistake> {
    let (root, issuing) = (&ROOT.certificate, &ISSUING.certificate);
    let other_issuing =
        ROOT.subordinate(shop("Shop Issuing CA 2"), &Key::derived("issuing 2"), |one| one);
    let damaged = ISSUING.issue(leaf().alter(flip_last_octet));
    let namesake = ROOT.subordinate(shop("Shop Issuing CA"), &Key::derived("namesake"), |one| one);
    let cut_off = CertificateBuilder::leaf("backend.example.com").alter(without_its_end);
    vec![
        Mistake::new(
            "intermediate-missing",
            "The backend sends its certificate alone.",
            &[&LEAF],
            &[root],
        ),
        Mistake::new(
            "other-intermediate",
            "The backend sends an intermediate that did not issue its certificate.",
            &[&LEAF, &other_issuing.certificate],
            &[root],
        ),
        Mistake::new(
            "old-intermediate",
            "The intermediate was renewed with a new key, and the backend sends the old one.",
            &[&namesake.issue(leaf()), issuing],
            &[root],
        ),
        Mistake::new(
            "leaf-and-ca-swapped",
            "The chain file has the intermediate first.",
            &[issuing, &LEAF],
            &[root],
        ),
        Mistake::new(
            "root-first",
            "The chain file is in the order of the tree: root, intermediate, backend.",
            &[root, issuing, &LEAF],
            &[root],
        ),
        Mistake::new(
            "chain-in-disorder",
            "The root stands before the intermediate; that is no mistake.",
            &[&LEAF, root, issuing],
            &[root],
        ),
        Mistake::new(
            "files-swapped",
            "The CA's file was given as the chain, and the backend's as the bundle.",
            &[root],
            &[&LEAF, issuing],
        ),
        Mistake::new(
            "damaged",
            "An octet of the signature was lost on the way.",
            &[&damaged, issuing],
            &[root],
        ),
        Mistake::new(
            "cut-off",
            "The file was cut off inside the certificate, and encoded again.",
            &[&ISSUING.issue(cut_off), issuing],
            &[root],
        ),
    ]
}

fn flip_last_octet(mut certificate: Vec<u8>) -> Vec<u8> {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
    certificate
}

fn without_its_end(mut certificate: Vec<u8>) -> Vec<u8> {
    certificate.truncate(300);
    certificate
}
