//! What is meant to be well formed parses elsewhere too, with the values that were meant.

use lastmile_testdata::bench_chains;
use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::conformance;
use lastmile_testdata::extension;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::ParsedExtension;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;

#[test]
fn well_formed_certificates_parse() {
    let mut faults = Vec::new();
    for case in cases::all() {
        if is_malformed(&case) {
            continue;
        }
        for certificate in case.chain.iter().chain(&case.anchors) {
            if let Some(fault) = fault(certificate) {
                faults.push(format!("{}: {fault}", case.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn fault(certificate: &[u8]) -> Option<String> {
    let parsed = match X509Certificate::from_der(certificate) {
        Ok(([], parsed)) => parsed,
        Ok(_) => return Some("octets are left".to_owned()),
        Err(error) => return Some(error.to_string()),
    };
    let is_fault =
        |parsed: &ParsedExtension<'_>| matches!(parsed, ParsedExtension::ParseError { .. });
    let faulty = parsed.extensions().iter().find(|one| is_fault(one.parsed_extension()));
    faulty.map(|extension| format!("extension {}", extension.oid))
}

#[test]
fn bench_chains_parse() {
    for chain in bench_chains::all() {
        let root = &chain.root.certificate;
        for certificate in [&chain.leaf, &chain.intermediate.certificate, root] {
            let (rest, parsed) = X509Certificate::from_der(certificate).expect(chain.name);
            assert!(rest.is_empty(), "{}", chain.name);
            assert!(parsed.validity().not_before.timestamp() <= bench_chains::NOW);
            assert!(parsed.validity().not_after.timestamp() >= bench_chains::NOW);
        }
    }
}

#[test]
fn values_are_read_back_as_they_were_written() {
    let der = CertificateBuilder::leaf("backend.example.com")
        .serial(&[0x12, 0x34])
        .valid(time::START, time::utc(2060, 1, 1, 0, 0, 0))
        .names(&[
            general_name::dns("backend.example.com"),
            general_name::uri("spiffe://cluster.local/x"),
            general_name::email("ops@example.com"),
            general_name::ip("192.0.2.7"),
        ])
        .build(&keys::P256_A);
    let (_, parsed) = X509Certificate::from_der(&der).expect("a sound certificate");

    assert_eq!(parsed.raw_serial(), [0x12, 0x34]);
    assert_eq!(parsed.validity().not_before.timestamp(), time::START);
    let end = time::utc(2060, 1, 1, 0, 0, 0);
    assert_eq!(parsed.validity().not_after.timestamp(), end);
    assert_eq!(parsed.public_key().raw, keys::P256_C.spki());
    let usage = parsed.key_usage().ok().flatten().expect("keyUsage");
    assert!(usage.value.digital_signature() && !usage.value.key_cert_sign());
    let purposes = parsed.extended_key_usage().ok().flatten();
    assert!(purposes.is_some_and(|purposes| purposes.value.server_auth));
    let names = parsed.subject_alternative_name().ok().flatten();
    assert_eq!(
        names.expect("subjectAltName").value.general_names,
        [
            GeneralName::DNSName("backend.example.com"),
            GeneralName::URI("spiffe://cluster.local/x"),
            GeneralName::RFC822Name("ops@example.com"),
            GeneralName::IPAddress(&[192, 0, 2, 7]),
        ]
    );
}

#[test]
fn constraints_are_read_back_as_they_were_written() {
    let constraints = extension::NameConstraints::new()
        .permitted(general_name::dns("example.com"))
        .excluded(general_name::ip_subnet("10.0.0.0", "255.0.0.0"));
    let der = CertificateBuilder::leaf("x")
        .extension(constraints.extension())
        .extension(extension::ca(Some(3)))
        .build(&keys::P256_A);
    let (_, parsed) = X509Certificate::from_der(&der).expect("a sound certificate");

    let basic = parsed.basic_constraints().ok().flatten();
    let basic = basic.expect("basicConstraints").value;
    assert_eq!((basic.ca, basic.path_len_constraint), (true, Some(3)));
    let read = parsed.name_constraints().ok().flatten();
    let read = read.expect("nameConstraints").value;
    let permitted = read.permitted_subtrees.as_deref().expect("one subtree");
    assert_eq!(permitted[0].base, GeneralName::DNSName("example.com"));
    let excluded = read.excluded_subtrees.as_deref().expect("one subtree");
    let subnet = [10, 0, 0, 0, 255, 0, 0, 0];
    assert_eq!(excluded[0].base, GeneralName::IPAddress(&subnet));
}

/// The table of the API's suite: nothing but a signature tells the two authorities apart, and the
/// leaf names no key of its issuer.
#[test]
fn conformance_certificates_are_those_of_the_suite() {
    let parse = |der| X509Certificate::from_der(der).expect("a sound certificate").1;
    let authorities = [&conformance::AUTHORITY, &conformance::MISMATCH];
    let [right, wrong] = authorities.map(|authority| parse(&authority.certificate));
    let leaf = parse(&conformance::LEAF);
    assert_eq!(right.subject().as_raw(), wrong.subject().as_raw());
    assert_eq!(right.subject().to_string(), "C=US, O=Kubernetes Gateway API, CN=gatewayapi");
    assert_ne!(right.public_key().raw, wrong.public_key().raw);
    for authority in [&right, &wrong] {
        assert_eq!(authority.raw_serial(), 2024_u16.to_be_bytes());
        assert!(authority.is_ca());
        let usage = authority.key_usage().ok().flatten().expect("keyUsage").value;
        assert!(usage.digital_signature() && usage.key_cert_sign() && !usage.crl_sign());
        let purposes = authority.extended_key_usage().ok().flatten().expect("EKU").value;
        assert!(purposes.client_auth && purposes.server_auth);
        assert_eq!(rsa_bits(authority), 2048);
    }
    assert_eq!(leaf.issuer().as_raw(), right.subject().as_raw());
    assert_eq!(leaf.subject().to_string(), "O=Acme Co, CN=default");
    assert_eq!(leaf.raw_serial().len(), 16);
    assert_eq!(rsa_bits(&leaf), 2048);
    assert!(!leaf.is_ca() && leaf.basic_constraints().ok().flatten().is_some());
    let identifiers = [extension::AUTHORITY_KEY_ID, extension::SUBJECT_KEY_ID];
    let mut present = leaf.extensions().iter().map(|one| one.oid.to_id_string());
    assert!(!present.any(|oid| identifiers.contains(&oid.as_str())));
    let usage = leaf.key_usage().ok().flatten().expect("keyUsage").value;
    assert!(usage.digital_signature() && usage.key_encipherment());
    let names = leaf.subject_alternative_name().ok().flatten().expect("subjectAltName");
    assert_eq!(
        names.value.general_names,
        [
            GeneralName::DNSName("abc.example.com"),
            GeneralName::DNSName("other.example.com"),
            GeneralName::URI("spiffe://abc.example.com/test-identity"),
        ]
    );
}

fn rsa_bits(certificate: &X509Certificate<'_>) -> usize {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size(),
        other => panic!("{other:?}"),
    }
}

/// What is malformed on purpose, on the leaf or elsewhere.
fn is_malformed(case: &Case) -> bool {
    let refused_for_it = matches!(case.expect, Expect::Refused("malformed-certificate", _));
    refused_for_it
        || case.name.starts_with("encoding-intermediate")
        || MALFORMED_ELSEWHERE.contains(&case.name)
}

/// Where an extension is malformed that does not matter, or not on the leaf; and a path length
/// that x509-parser has no number for.
const MALFORMED_ELSEWHERE: [&str; 4] = [
    "key-id-malformed-accepted",
    "path-length-huge-accepted",
    "path-length-negative",
    "policies-constraints-accepted",
];
