//! The same with the provider of aws-lc-rs, which also has P-521.
#![cfg(all(feature = "aws-lc-rs", feature = "ring", feature = "tls12"))]

use std::sync::Arc;

use lastmile::DnsName;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile::algorithms;
use lastmile_rustls::Backend;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;
use rustls::CertificateError;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::SignatureScheme;
use rustls::SupportedProtocolVersion;
use rustls::crypto::aws_lc_rs;

mod support;

use support::client;
use support::keys::Forced;
use support::policy;
use support::policy::Clock;
use support::policy::VERSIONS;
use support::server;
use support::server::Presenter;
use support::server::Server;

const SCHEMES: [(&Key, &Key, SignatureScheme); 5] = [
    (&keys::P256_C, &keys::P256_D, SignatureScheme::ECDSA_NISTP256_SHA256),
    (&keys::P384_A, &keys::P384_B, SignatureScheme::ECDSA_NISTP384_SHA384),
    (&keys::P521_A, &keys::P384_A, SignatureScheme::ECDSA_NISTP521_SHA512),
    (&keys::ED25519_A, &keys::ED25519_B, SignatureScheme::ED25519),
    (&keys::RSA2048_A, &keys::RSA2048_B, SignatureScheme::RSA_PSS_SHA256),
];

#[test]
fn keys_of_every_type_prove_themselves_and_others_do_not() {
    for (right, wrong, scheme) in SCHEMES {
        let case = policy::issued(|leaf| leaf.key(right));
        for version in VERSIONS {
            let outcome = handshake(&case, Forced::new(right, scheme), version);
            assert_eq!(outcome, Ok(HandshakeKind::Full), "{scheme:?}, {version:?}");
            let outcome = handshake(&case, Forced::new(wrong, scheme), version);
            let expected = Err(Error::InvalidCertificate(CertificateError::BadSignature));
            assert_eq!(outcome, expected, "{scheme:?}, {version:?}");
        }
    }
}

#[test]
fn a_chain_that_p521_signs_is_accepted_by_this_provider_only() {
    let root = Authority::root("Example Root", &keys::P521_A);
    let mut case = policy::issued(|leaf| leaf);
    let leaf = CertificateBuilder::leaf(case.hostname);
    case.chain = vec![root.issue(leaf)];
    case.anchors = vec![root.certificate];
    let key = || Forced::new(&keys::P256_C, SignatureScheme::ECDSA_NISTP256_SHA256);
    for version in VERSIONS {
        assert_eq!(handshake(&case, key(), version), Ok(HandshakeKind::Full), "{version:?}");
        let backend = policy::backend(&case).protocol_versions(&[version]).build();
        let outcome = connect(&case, key(), &backend.expect("a backend"));
        assert!(matches!(outcome, Err(Error::InvalidCertificate(_))), "{outcome:?}");
    }
}

/// By the algorithms of aws-lc-rs throughout.
fn handshake(
    case: &Case,
    key: Forced,
    version: &'static SupportedProtocolVersion,
) -> Result<HandshakeKind, Error> {
    let anchors = TrustAnchors::from_pem(case::certificates(&case.anchors).as_bytes());
    let anchors = anchors.expect("the bundle is good");
    let verifier = Verifier::builder_for(anchors, policy::names(case), algorithms::AWS_LC_RS);
    let sni = DnsName::try_from(case.hostname).expect("a host name");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let backend = Backend::builder_for(verifier.build(), sni, provider)
        .clock(Clock::at(case.now))
        .protocol_versions(&[version])
        .build()
        .expect("a backend");
    connect(case, key, &backend)
}

fn connect(case: &Case, key: Forced, backend: &Backend) -> Result<HandshakeKind, Error> {
    let server = Server::start(server::config(Presenter::new(&case.chain, Arc::new(key))));
    client::connect(backend.connect().expect("a connection"), server.address)
}
