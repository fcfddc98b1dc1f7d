//! What the engine concludes of one certificate alone.

use std::time::Duration;

use lastmile::At;
use lastmile::Certificate;
use lastmile::Finding;
use lastmile::UnixTime;
use lastmile::algorithms::RING;
use lastmile::inspect::issuer_findings;
use lastmile::inspect::leaf_findings;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::keys;

fn codes(findings: Vec<Finding>) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.reason().code()).collect()
}

fn concluded(der: &[u8], now: u64) -> (Vec<&'static str>, Vec<&'static str>) {
    let certificate = Certificate::from_der(der).expect("a certificate");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let at = At::Certificate(0);
    (
        codes(leaf_findings(&certificate, at, now, RING)),
        codes(issuer_findings(&certificate, at, now, RING)),
    )
}

const JUNE: u64 = 1_780_272_000;
const NONE: [&str; 0] = [];

#[test]
fn a_leaf_is_no_issuer_and_an_issuer_no_leaf() {
    let root = Authority::root("Root", &keys::P256_A);
    let (as_leaf, as_issuer) = concluded(&root.issue(CertificateBuilder::leaf("a.test")), JUNE);
    assert_eq!(
        (as_leaf.as_slice(), as_issuer.as_slice()),
        (&NONE[..], &["not-a-ca", "key-usage"][..])
    );
    let (as_leaf, as_issuer) = concluded(&root.certificate, JUNE);
    assert_eq!((as_leaf.as_slice(), as_issuer.as_slice()), (&["leaf-is-a-ca"][..], &NONE[..]));
}

#[test]
fn time_keys_and_algorithms_are_judged() {
    let root = Authority::root("Root", &keys::P256_A);
    let leaf = root.issue(CertificateBuilder::leaf("a.test"));
    assert_eq!(concluded(&leaf, 5_000_000_000).0, ["expired"]);
    assert_eq!(concluded(&leaf, 1_000_000_000).0, ["not-yet-valid"]);
    let weak = root.subordinate(DirectoryName::cn("Weak"), &keys::RSA1024_A, |builder| builder);
    assert_eq!(concluded(&weak.certificate, JUNE).1, ["unsupported-public-key"]);
    // RFC 8410 has no algorithm but Ed25519 and Ed448; DSA with SHA-256 is nobody's.
    let odd = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2].to_vec();
    let odd = CertificateBuilder::leaf("a.test").inner_algorithm(odd.clone()).outer_algorithm(odd);
    assert_eq!(concluded(&root.issue(odd), JUNE).0, ["unsupported-signature-algorithm"]);
}
