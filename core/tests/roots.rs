//! The roots of the web load, all of them, and are found again.

use std::fmt::Write;

use lastmile::TrustAnchors;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

#[test]
fn every_mozilla_root_is_an_anchor() {
    let anchors = TrustAnchors::from_der(TLS_SERVER_ROOT_CERTS).expect("roots without a fault");
    assert_eq!(anchors.len(), TLS_SERVER_ROOT_CERTS.len());
    assert!(anchors.len() > 100, "only {} roots", anchors.len());
    for (anchor, der) in anchors.iter().zip(TLS_SERVER_ROOT_CERTS) {
        assert_eq!(anchor.certificate().der(), der.as_ref());
    }
}

#[test]
fn the_same_roots_load_from_pem_with_their_blocks_and_lines() {
    use base64::Engine as _;
    let mut bundle = String::new();
    let mut lines = Vec::new();
    for der in TLS_SERVER_ROOT_CERTS.iter().chain(TLS_SERVER_ROOT_CERTS) {
        lines.push(u32::try_from(bundle.lines().count() + 1).expect("few lines"));
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        writeln!(bundle, "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----").unwrap();
    }
    let anchors = TrustAnchors::from_pem(bundle.as_bytes()).expect("roots without a fault");
    // The second half are copies.
    assert_eq!(anchors.len(), TLS_SERVER_ROOT_CERTS.len());
    for (anchor, line) in anchors.iter().zip(lines) {
        assert_eq!(anchor.line(), Some(line));
        assert_eq!(anchor.block(), u32::try_from(anchor.index() + 1).ok());
    }
}
