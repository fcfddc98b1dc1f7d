//! Bundles: what loads, and every fault with its block, its line and its reason.

use lastmile::TrustAnchors;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::der;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::keys;

fn root() -> Vec<u8> {
    Authority::root("Root", &keys::P256_A).certificate
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[test]
fn a_bad_block_is_named_and_the_good_ones_are_kept() {
    let other = Authority::root("Other", &keys::P256_B).certificate;
    let mut trailing = root();
    trailing.push(0);
    let no_root = Authority::root("Root", &keys::P256_A);
    let old = CertificateBuilder::new(DirectoryName::cn("Old")).issued_by(&no_root);
    let version_1 = old.clone().without_extensions().version(None).build(&no_root.key);
    let version_2 = old.without_extensions().version(Some(1)).build(&no_root.key);
    // What only reading its names shows.
    let names = CertificateBuilder::leaf("a.test").names::<Vec<u8>>(&[]).build(&keys::P256_C);
    let key = "a private key does not belong in a bundle of trust anchors: remove it, and replace it, for whoever can read the bundle has it";
    for (bad, why) in [
        (pem("X509 CRL", &[0x30, 0]), "a CRL is no trust anchor"),
        (pem("PRIVATE KEY", &[0x30, 0]), key),
        (pem("EC PRIVATE KEY", &[0x30, 0]), key),
        (pem("ENCRYPTED PRIVATE KEY", &[0x30, 0]), key),
        (
            pem("TRUSTED CERTIFICATE", &root()),
            "the settings of a TRUSTED CERTIFICATE are not read; give it as a CERTIFICATE",
        ),
        (
            pem("CERTIFICATE", &[0x30, 0]),
            "the certificate is malformed: tbsCertificate at octet 2: it ends too early",
        ),
        (
            pem("CERTIFICATE", &version_1),
            "a certificate of version 1 or 2 can be an anchor only if it is self-issued",
        ),
        (
            pem("CERTIFICATE", &version_2),
            "a certificate of version 1 or 2 can be an anchor only if it is self-issued",
        ),
        (
            pem("CERTIFICATE", &names),
            "the certificate is malformed: subjectAltName at octet 291: a list that must not be empty is empty",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMII*\n-----END CERTIFICATE-----\n".into(),
            "the block is not base64 (or its padding is missing)",
        ),
        ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".into(), "the block is empty"),
        ("-----BEGIN CERTIFICATE----\n".into(), "the BEGIN line does not end in five hyphens"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n".into(), "the BEGIN line has no END line"),
    ] {
        let bundle = format!(
            "# a bundle\n{}{bad}{}",
            pem("CERTIFICATE", &root()),
            pem("CERTIFICATE", &other)
        );
        let invalid = TrustAnchors::from_pem(bundle.as_bytes()).expect_err("a fault");
        assert_eq!(invalid.to_string(), format!("block 2, line 5: {why}"));
        assert_eq!((invalid.code(), invalid.line()), ("invalid-bundle", Some(5)));
        let lenient = TrustAnchors::from_pem_lenient(bundle.as_bytes());
        assert_eq!(lenient.anchors().map(TrustAnchors::len), Some(2), "{why}");
        assert_eq!(lenient.faults().len(), 1);
        assert_eq!((lenient.faults()[0].block(), lenient.faults()[0].line()), (Some(2), Some(5)));
    }
    let bundle = pem("CERTIFICATE", &trailing);
    let invalid = TrustAnchors::from_pem(bundle.as_bytes()).expect_err("a fault");
    assert!(invalid.to_string().ends_with("octets are left over"), "{invalid}");
}

/// Nothing of an anchor is left to be found malformed on a path.
#[test]
fn the_names_of_an_anchor_are_read_when_it_is_loaded() {
    let anchor = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        Authority::self_signed(DirectoryName::cn("Root"), &keys::P256_A, change).certificate
    };
    let no_attribute = || der::sequence(&[der::set::<Vec<u8>>(&[])]);
    for (bad, field) in [
        (anchor(|root| root.extension(NameConstraints::new().extension())), "nameConstraints"),
        (anchor(|root| root.names::<Vec<u8>>(&[])), "subjectAltName"),
        (Authority::self_signed(no_attribute(), &keys::P256_A, |root| root).certificate, "issuer"),
    ] {
        let bundle = TrustAnchors::from_der_lenient([&bad]);
        assert!(bundle.anchors().is_none(), "{field}");
        let faults: Vec<String> = bundle.faults().iter().map(ToString::to_string).collect();
        let expected = format!("certificate 0: the certificate is malformed: {field} at octet ");
        assert!(faults.iter().all(|fault| fault.starts_with(&expected)), "{faults:?}");
        assert_eq!(faults.len(), 1, "{field}");
    }
}

/// `cat` of files of which one does not end in a line break.
#[test]
fn what_stands_behind_an_end_on_its_line_is_a_fault_of_the_block() {
    let (one, other) = (root(), Authority::root("Other", &keys::P256_B).certificate);
    let first = pem("CERTIFICATE", &one);
    let why = "something follows the END on its line: a line break is missing";
    for behind in
        ["x\n", "-\n", " -----BEGIN CERTIFICATE\n", "-----BEGIN X-----\nAAEC\n-----END X-----\n"]
    {
        let bundle = format!("{}{behind}{}", first.trim_end(), pem("CERTIFICATE", &other));
        let lenient = TrustAnchors::from_pem_lenient(bundle.as_bytes());
        let anchors = lenient.anchors().expect("the other");
        assert_eq!(anchors.len(), 1, "{behind:?}");
        assert_eq!(anchors.iter().next().map(|one| one.certificate().der()), Some(&other[..]));
        let faults: Vec<String> = lenient.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, [format!("block 1, line 3: {why}")], "{behind:?}");
        assert!(TrustAnchors::from_pem(bundle.as_bytes()).is_err(), "{behind:?}");
    }
    // The BEGIN behind it begins a block all the same.
    let bundle = format!("{}{}", first.trim_end(), pem("CERTIFICATE", &other));
    let lenient = TrustAnchors::from_pem_lenient(bundle.as_bytes());
    assert_eq!(lenient.anchors().map(TrustAnchors::len), Some(1));
    assert_eq!(lenient.faults().len(), 1);
}

#[test]
fn faults_at_the_end_of_a_block_are_named_where_they_are() {
    let good = pem("CERTIFICATE", &root());
    for (bundle, why) in [
        (
            format!("{}{good}", good.trim_end()),
            "block 1, line 3: something follows the END on its line: a line break is missing",
        ),
        (
            good.replace("END CERTIFICATE", "END X509 CRL"),
            "block 1, line 3: the END line bears another label than the BEGIN line",
        ),
        (
            format!("{good}-----END CERTIFICATE-----\n"),
            "block 1, line 4: an END line without a BEGIN line before it",
        ),
    ] {
        let lenient = TrustAnchors::from_pem_lenient(bundle.as_bytes());
        let faults: Vec<String> = lenient.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, [why]);
    }
    // The second of two that run together is read.
    let joined = format!("{}{good}", good.trim_end());
    let lenient = TrustAnchors::from_pem_lenient(joined.as_bytes());
    assert_eq!(lenient.anchors().map(TrustAnchors::len), Some(1));
}

#[test]
fn faults_of_der_are_counted_from_zero() {
    let invalid = TrustAnchors::from_der([root(), vec![0x30, 0]]).expect_err("a fault");
    assert_eq!(
        invalid.to_string(),
        "certificate 1: the certificate is malformed: tbsCertificate at octet 2: it ends too early"
    );
}

#[test]
fn every_fault_is_kept_and_the_first_is_shown() {
    let bundle = pem("X509 CRL", &[0x30, 0])
        + &pem("PRIVATE KEY", &[0x30, 0])
        + &pem("X509 CRL", &[0x30, 0]);
    let invalid = TrustAnchors::from_pem(bundle.as_bytes()).expect_err("faults");
    assert_eq!(
        invalid.to_string(),
        "block 1, line 1: a CRL is no trust anchor (and 2 more faults)"
    );
    let lenient = TrustAnchors::from_pem_lenient(bundle.as_bytes());
    assert!(lenient.anchors().is_none());
    let lines: Vec<_> = lenient.faults().iter().map(|fault| fault.line()).collect();
    assert_eq!(lines, [Some(1), Some(4), Some(7)]);
}

#[test]
fn blocks_of_other_kinds_are_passed_over_and_listed() {
    let bundle = pem("PUBLIC KEY", &[0x30, 0])
        + &pem("CERTIFICATE", &root())
        + &pem("DH PARAMETERS\u{1b}", &[1])
        // Old labels of certificates, which OpenSSL and RFC 7468 5.3 know.
        + &pem("X509 CERTIFICATE", &root())
        + &pem("X.509 CERTIFICATE", &root())
        + &pem("certificate", &root());
    let lenient = TrustAnchors::from_pem_lenient(bundle.as_bytes());
    assert_eq!(lenient.anchors().map(TrustAnchors::len), Some(1));
    assert!(lenient.faults().is_empty());
    let passed: Vec<_> =
        lenient.passed_over().iter().map(|one| (one.label(), one.block(), one.line())).collect();
    assert_eq!(
        passed,
        [
            ("PUBLIC KEY", 1, 1),
            ("DH PARAMETERS\\u{1b}", 3, 7),
            ("X509 CERTIFICATE", 4, 10),
            ("X.509 CERTIFICATE", 5, 13),
            ("certificate", 6, 16),
        ]
    );
    assert!(TrustAnchors::from_pem(bundle.as_bytes()).is_ok());
}

#[test]
fn a_bundle_without_a_certificate_is_refused() {
    for (bundle, why) in [
        (String::new(), "no CERTIFICATE block"),
        ("text".into(), "no CERTIFICATE block"),
        (
            pem("PUBLIC KEY", &[0x30, 0]),
            "no CERTIFICATE block, but 1 of another kind, such as PUBLIC KEY in line 1",
        ),
    ] {
        let invalid = TrustAnchors::from_pem(bundle.as_bytes()).expect_err("no certificate");
        assert_eq!((invalid.to_string().as_str(), invalid.code()), (why, "empty-bundle"));
    }
    assert!(TrustAnchors::from_der(Vec::<Vec<u8>>::new()).is_err());
}

#[test]
fn old_roots_are_taken_with_a_warning() {
    for version in [None, Some(1)] {
        let old = Authority::self_signed(DirectoryName::cn("Old"), &keys::P256_A, |builder| {
            builder.without_extensions().version(version)
        });
        let bundle = TrustAnchors::from_der_lenient([old.certificate]);
        assert_eq!(bundle.anchors().map(TrustAnchors::len), Some(1), "version {version:?}");
        let warnings: Vec<String> = bundle.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "certificate 0: a root of version 1 or 2, which cannot say that it is a CA, is trusted as one"
            ]
        );
    }
}

#[test]
fn loading_is_linear() {
    let begin = "-----BEGIN CERTIFICATE-----\n".repeat(200_000);
    assert_eq!(TrustAnchors::from_pem_lenient(begin.as_bytes()).faults().len(), 200_000);
    let one = pem("CERTIFICATE", &root());
    let anchors = TrustAnchors::from_pem(one.repeat(20_000).as_bytes()).expect("anchors");
    assert_eq!(anchors.len(), 1);
}
