//! An explanation of several faults at once, to the word. `cases.rs` has one of each fault.

use std::time::Duration;

use lastmile::ExpectedNames;
use lastmile::ReferenceName;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;

const JUNE: i64 = 1_780_272_000;
const DAY: i64 = 86_400;

fn explain(leaf: &[u8], presented: &[Vec<u8>], anchor: &Authority, names: ExpectedNames) -> String {
    let anchors = TrustAnchors::from_der([&anchor.certificate]).expect("an anchor");
    let verifier = Verifier::builder(anchors, names).build();
    let now = Duration::from_secs(u64::try_from(JUNE).expect("after 1970"));
    let verdict = verifier.verify(leaf, presented, UnixTime::since_unix_epoch(now));
    verdict.expect_err("a refusal").explanation().to_string()
}

fn payments() -> ExpectedNames {
    ExpectedNames::dns("payments.shop.svc").expect("a name")
}

fn leaf() -> CertificateBuilder {
    let names = [general_name::dns("payments-v1.shop.svc"), general_name::ip("10.2.0.17")];
    CertificateBuilder::leaf("unused.test")
        .subject(DirectoryName::cn("payments-v1"))
        .names(&names)
        .valid(JUNE - 90 * DAY, JUNE - 3 * DAY - 5)
}

#[test]
fn a_wrong_name_and_an_expired_leaf() {
    let root = Authority::root("Root", &keys::P256_A);
    assert_eq!(
        explain(&root.issue(leaf()), &[], &root, payments()),
        "\
refused: the certificate is not valid for payments.shop.svc (name-mismatch, RFC 9525 6)
  certificate 0, CN=payments-v1
    expected any of   dns payments.shop.svc
    presents          dns payments-v1.shop.svc, ip 10.2.0.17
  also: certificate 0 expired 3 days ago (expired, RFC 5280 4.1.2.5)
  try: issue the certificate for payments.shop.svc, or expect payments-v1.shop.svc"
    );
}

#[test]
fn faults_of_leaf_path_and_anchor_at_once() {
    let root = Authority::self_signed(DirectoryName::cn("Root"), &keys::P256_A, |builder| {
        builder.valid(JUNE - 90 * DAY, JUNE - DAY)
    });
    let intermediate = root.subordinate(DirectoryName::cn("Issuing"), &keys::P256_B, |builder| {
        builder
            .extension(extension::key_usage(&[0]))
            .extension(extension::extended_key_usage(&["1.3.6.1.5.5.7.3.2"]))
    });
    let leaf = intermediate.issue(leaf().extension(extension::unknown().critical()));
    let uri = ReferenceName::uri("spiffe://shop/payments").expect("a URI");
    assert_eq!(
        explain(&leaf, &[intermediate.certificate], &root, payments().or(uri)),
        "\
refused: the certificate is not valid for any of the expected names (name-mismatch, RFC 9525 6)
  certificate 0, CN=payments-v1
    expected any of   dns payments.shop.svc, uri spiffe://shop/payments
    presents          dns payments-v1.shop.svc, ip 10.2.0.17
  also: certificate 0 expired 3 days ago (expired, RFC 5280 4.1.2.5)
  also: anchor 0 expired 1 day ago (expired, RFC 5280 4.1.2.5)
  also: certificate 1 is an issuer whose key may not sign certificates (key-usage, RFC 5280 6.1.4 n)
  also: certificate 1 is not for TLS servers, but for clientAuth (extended-key-usage, RFC 5280 4.2.1.12)
  also: certificate 0 has a critical extension that is not understood: 1.3.6.1.4.1.55555.1.1 (unknown-critical-extension, RFC 5280 4.2)
  try: issue the certificate for payments.shop.svc"
    );
}

#[test]
fn hostile_names_are_escaped_and_cut() {
    let root = Authority::root("Root", &keys::P256_A);
    let names: Vec<Vec<u8>> = (0..40)
        .map(|number| {
            general_name::dns(format!("\u{1b}]0;{number}\u{7}\n\u{202e}{}", "x".repeat(400)))
        })
        .collect();
    let leaf = CertificateBuilder::leaf("unused.test")
        .subject(DirectoryName::cn(&"\u{9b}31m\r".repeat(200)))
        .names(&names);
    let text = explain(&root.issue(leaf), &[], &root, payments());
    assert!(text.len() < 16 * 1024, "{} octets", text.len());
    assert!(text.contains(", and 24 more"), "{text}");
    let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(hidden), "{text:?}");
    assert_eq!(text.lines().count(), 5, "{text}");
}
