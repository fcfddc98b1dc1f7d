//! A good chain is not enough: the server must have the key of its leaf.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::sync::Arc;

use lastmile_rustls::BackendVerifier;
use lastmile_testdata::algorithm::Algorithm;
use lastmile_testdata::algorithm::Hash;
use lastmile_testdata::case::Case;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;
use lastmile_testdata::keys::Kind;
use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::DigitallySignedStruct;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::PeerMisbehaved;
use rustls::ProtocolVersion;
use rustls::SignatureScheme;
use rustls::SupportedProtocolVersion;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::sign::SigningKey;

mod support;

use support::client;
use support::keys::Forced;
use support::keys::with_ring;
use support::policy;
use support::policy::Clock;
use support::policy::Notes;
use support::policy::VERSIONS;
use support::server;
use support::server::Presenter;
use support::server::Server;

/// How a handshake ended for the client, and which alert the server read.
type Outcome = (Result<HandshakeKind, Error>, Option<u8>);

const GOOD: Outcome = (Ok(HandshakeKind::Full), None);

#[test]
fn another_key_of_the_same_type_is_refused_and_the_right_one_accepted() {
    for (right, wrong) in [
        (&keys::P256_C, &keys::P256_D),
        (&keys::P384_A, &keys::P384_B),
        (&keys::ED25519_A, &keys::ED25519_B),
        (&keys::RSA2048_A, &keys::RSA2048_B),
    ] {
        let case = policy::issued(|leaf| leaf.key(right));
        for version in VERSIONS {
            let kind = right.kind();
            let with = |key| handshake(&case, with_ring(key).expect("ring has it"), version);
            assert_eq!(with(right), GOOD, "{kind:?} in {version:?}");
            let refused = CertificateError::BadSignature.into();
            assert_eq!(with(wrong), (Err(refused), Some(51)), "{kind:?} in {version:?}");
        }
    }
}

#[test]
fn a_key_of_another_type_is_refused() {
    let types = [&keys::P256_C, &keys::P384_A, &keys::ED25519_A, &keys::RSA2048_A];
    for (at, leaf) in types.iter().enumerate() {
        let case = policy::issued(|builder| builder.key(leaf));
        for (_, other) in types.iter().enumerate().filter(|(other, _)| *other != at) {
            for version in VERSIONS {
                let key = with_ring(other).expect("ring has it");
                let (outcome, alert) = handshake(&case, key, version);
                let what = format!("{:?} for {:?} in {version:?}", other.kind(), leaf.kind());
                let error = outcome.expect_err(&what);
                // In TLS 1.2 a scheme does not say the curve, so that there is but a bad signature.
                let tls12 = version.version == ProtocolVersion::TLSv1_2;
                let elliptic = |key: &Key| matches!(key.kind(), Kind::P256 | Kind::P384);
                if tls12 && !(elliptic(leaf) && elliptic(other)) {
                    let wrong = PeerMisbehaved::SignedKxWithWrongAlgorithm.into();
                    assert_eq!((error, alert), (wrong, Some(47)), "{what}");
                } else {
                    assert!(matches!(error, Error::InvalidCertificate(_)), "{what}: {error:?}");
                    assert_eq!(alert, Some(51), "{what}");
                }
            }
        }
    }
}

/// In TLS 1.2 a scheme says the hash, and any curve goes with it (RFC 5246 7.4.1.4.1); in TLS 1.3
/// it says the curve too, and PKCS#1 is for certificates only (RFC 8446 4.2.3).
#[test]
fn each_scheme_proves_the_key_where_the_version_has_it() {
    let table: [(&'static Key, SignatureScheme, bool, bool); 18] = [
        (&keys::P256_C, SignatureScheme::ECDSA_NISTP256_SHA256, true, true),
        (&keys::P256_C, SignatureScheme::ECDSA_NISTP384_SHA384, true, false),
        (&keys::P384_A, SignatureScheme::ECDSA_NISTP384_SHA384, true, true),
        (&keys::P384_A, SignatureScheme::ECDSA_NISTP256_SHA256, true, false),
        (&keys::ED25519_A, SignatureScheme::ED25519, true, true),
        (&keys::RSA2048_A, SignatureScheme::RSA_PKCS1_SHA256, true, false),
        (&keys::RSA2048_A, SignatureScheme::RSA_PKCS1_SHA384, true, false),
        (&keys::RSA2048_A, SignatureScheme::RSA_PKCS1_SHA512, true, false),
        (&keys::RSA2048_A, SignatureScheme::RSA_PSS_SHA256, true, true),
        (&keys::RSA2048_A, SignatureScheme::RSA_PSS_SHA384, true, true),
        (&keys::RSA2048_A, SignatureScheme::RSA_PSS_SHA512, true, true),
        (&keys::RSA2048_E3, SignatureScheme::RSA_PSS_SHA256, true, true),
        (&keys::RSA3072_A, SignatureScheme::RSA_PSS_SHA256, true, true),
        (&keys::RSA4096_A, SignatureScheme::RSA_PSS_SHA256, true, true),
        (&keys::RSA8192_A, SignatureScheme::RSA_PSS_SHA256, true, true),
        // The policy does not judge the leaf's own key, and the provider has no such key.
        (&keys::RSA1024_A, SignatureScheme::RSA_PSS_SHA256, false, false),
        (&keys::RSA1024_A, SignatureScheme::RSA_PKCS1_SHA256, false, false),
        (&keys::P521_A, SignatureScheme::ECDSA_NISTP384_SHA384, false, false),
    ];
    for (key, scheme, in_12, in_13) in table {
        let case = policy::issued(|leaf| leaf.key(key));
        for (version, proves) in VERSIONS.into_iter().zip([in_12, in_13]) {
            let (outcome, alert) = handshake(&case, Arc::new(Forced::new(key, scheme)), version);
            let bits = key.bits().len() * 8;
            let what = format!("{:?} of {bits} bits, {scheme:?}, {version:?}", key.kind());
            assert_eq!(outcome.is_ok(), proves, "{what}: {outcome:?}");
            assert_eq!(alert.is_none(), proves, "{what}: alert {alert:?}");
        }
    }
}

/// The octets were made by the right key, and not as the message says.
#[test]
fn a_signature_of_another_hash_or_padding_than_it_says_is_refused() {
    let sha256 = Algorithm::Ecdsa(Hash::Sha256);
    let sha384 = Algorithm::Ecdsa(Hash::Sha384);
    let pkcs1 = Algorithm::Rsa(Hash::Sha256);
    for (key, algorithm, scheme) in [
        (&keys::P256_C, sha384, SignatureScheme::ECDSA_NISTP256_SHA256),
        (&keys::P384_A, sha256, SignatureScheme::ECDSA_NISTP384_SHA384),
        (&keys::RSA2048_A, pkcs1, SignatureScheme::RSA_PSS_SHA256),
    ] {
        let case = policy::issued(|leaf| leaf.key(key));
        for version in VERSIONS {
            let forced = Forced { key, algorithm, scheme };
            let refused = CertificateError::BadSignature.into();
            let outcome = handshake(&case, Arc::new(forced), version);
            assert_eq!(outcome, (Err(refused), Some(51)), "{scheme:?} in {version:?}");
        }
    }
}

/// rustls' own functions read the whole certificate, and do not know these. That is why the
/// verifier hands over the key only.
#[test]
fn a_leaf_that_rustls_would_not_read_proves_its_key() {
    for name in ["policies-accepted", "version-unique-ids-accepted"] {
        let case = policy::case(name);
        for version in VERSIONS {
            let key = || with_ring(&keys::P256_C).expect("ring has it");
            assert_eq!(handshake(case, key(), version), GOOD, "{name} in {version:?}");
            let wrong = with_ring(&keys::P256_D).expect("ring has it");
            let refused = CertificateError::BadSignature.into();
            let outcome = handshake(case, wrong, version);
            assert_eq!(outcome, (Err(refused), Some(51)), "{name} in {version:?}");
            let (by_rustls, _) = handshake_by_rustls(case, key(), version);
            assert!(by_rustls.is_err(), "{name} in {version:?}: rustls reads it now");
        }
    }
}

/// A verdict is not the end of a handshake.
#[test]
fn the_observer_is_told_that_the_chain_is_good_although_the_key_is_not_proved() {
    let case = policy::issued(|leaf| leaf);
    let key = with_ring(&keys::P256_D).expect("ring has it");
    let server = Server::start(server::config(Presenter::new(&case.chain, key)));
    let notes = Arc::new(Notes::default());
    let backend = policy::backend(&case).observer(notes.clone()).build().expect("a backend");
    let outcome = client::connect(backend.connect().expect("a connection"), server.address);
    assert_eq!(outcome, Err(CertificateError::BadSignature.into()));
    let told = notes.take();
    assert!(matches!(told[..], [ref one] if one.verdict.is_ok()), "{told:?}");
}

/// One handshake with a server that presents the chain of the case and signs with this key.
fn handshake(
    case: &Case,
    key: Arc<dyn SigningKey>,
    version: &'static SupportedProtocolVersion,
) -> Outcome {
    let backend = policy::backend(case).protocol_versions(&[version]).build().expect("a backend");
    connect(case, key, backend.connect().expect("a connection"))
}

/// The same with rustls' own reading of the leaf.
fn handshake_by_rustls(
    case: &Case,
    key: Arc<dyn SigningKey>,
    version: &'static SupportedProtocolVersion,
) -> Outcome {
    let provider = Arc::new(ring::default_provider());
    let verifier = ByRustls {
        chains: BackendVerifier::new(policy::verifier(case), &provider),
        signatures: provider.signature_verification_algorithms,
    };
    let config = ClientConfig::builder_with_details(provider, Clock::at(case.now))
        .with_protocol_versions(&[version])
        .expect("ring has both")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from(case.hostname).expect("a host name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    connect(case, key, connection)
}

fn connect(case: &Case, key: Arc<dyn SigningKey>, connection: ClientConnection) -> Outcome {
    let server = Server::start(server::config(Presenter::new(&case.chain, key)));
    let outcome = client::connect(connection, server.address);
    let seen = server.seen();
    assert_eq!(outcome.is_ok(), seen.outcome.is_ok(), "client: {outcome:?}, server: {seen:?}");
    (outcome, seen.alert())
}

/// The policy about chains, and about signatures rustls' functions for certificates.
#[derive(Debug)]
struct ByRustls {
    chains: BackendVerifier,
    signatures: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for ByRustls {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, cert, dss, &self.signatures)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, cert, dss, &self.signatures)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_schemes()
    }
}
