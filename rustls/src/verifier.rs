//! The verifier that rustls asks: the policy about the chain, the provider about the handshake.

use std::fmt;
use std::sync::Arc;

use lastmile::Certificate;
use lastmile::Verifier;
use rustls::CertificateError;
use rustls::DigitallySignedStruct;
use rustls::Error;
use rustls::OtherError;
use rustls::PeerMisbehaved;
use rustls::SignatureScheme;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::crypto::verify_tls13_signature_with_raw_key;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::UnixTime;
use webpki::RawPublicKeyEntity;

use crate::error::certificate_error;
use crate::observer::Observer;
use crate::observer::Presented;
use crate::sessions::Window;

/// A [`ServerCertVerifier`] by a policy, for a `ClientConfig` of one's own.
///
/// [`Backend`](crate::Backend) makes the configuration too, and is safer: with this alone,
/// `ClientConfig::resumption` has to be set to `Resumption::disabled()` by hand, for rustls resumes
/// by default and does not ask the verifier then.
#[derive(Clone)]
pub struct BackendVerifier {
    verifier: Verifier,
    signatures: WebPkiSupportedAlgorithms,
    observer: Option<Arc<dyn Observer>>,
    window: Option<Arc<Window>>,
}

impl BackendVerifier {
    /// Chains are judged by `verifier`, signatures of handshakes verified by `provider`.
    pub fn new(verifier: Verifier, provider: &CryptoProvider) -> Self {
        let signatures = provider.signature_verification_algorithms;
        Self { verifier, signatures, observer: None, window: None }
    }

    /// Who is told of every verdict.
    #[must_use]
    pub fn observer(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// What remembers when the verdicts hold.
    pub(crate) fn window(self, window: Arc<Window>) -> Self {
        Self { window: Some(window), ..self }
    }

    /// Who decides about chains.
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

impl fmt::Debug for BackendVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendVerifier")
            .field("verifier", &self.verifier)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}

impl ServerCertVerifier for BackendVerifier {
    /// `server_name` is what was sent, and decides nothing. A stapled OCSP response is not read.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let presented = Presented { server_name, leaf: end_entity, intermediates };
        match self.verifier.verify(end_entity, intermediates, now) {
            Ok(verified) => {
                if let Some(window) = &self.window {
                    window.narrow(now, verified.valid_until());
                }
                if let Some(observer) = &self.observer {
                    observer.accepted(&presented, &verified);
                }
                Ok(ServerCertVerified::assertion())
            }
            Err(rejection) => {
                if let Some(observer) = &self.observer {
                    observer.refused(&presented, &rejection);
                }
                let error = certificate_error(*rejection, &presented, self.verifier.algorithms());
                Err(Error::InvalidCertificate(error))
            }
        }
    }

    /// RFC 5246 7.4.3. The scheme says the hash and, for ECDSA, not the curve: of its algorithms,
    /// the one for this key verifies.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let spki = public_key(cert)?;
        let key = RawPublicKeyEntity::try_from(&spki).map_err(other)?;
        let found = self.signatures.mapping.iter().find(|(scheme, _)| *scheme == dss.scheme);
        let Some((_, algorithms)) = found else {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        };
        for algorithm in *algorithms {
            match key.verify_signature(*algorithm, message, dss.signature()) {
                Ok(()) => return Ok(HandshakeSignatureValid::assertion()),
                Err(webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {}
                Err(webpki::Error::InvalidSignatureForPublicKey) => {
                    return Err(CertificateError::BadSignature.into());
                }
                Err(error) => return Err(other(error)),
            }
        }
        Err(PeerMisbehaved::SignedKxWithWrongAlgorithm.into())
    }

    /// RFC 8446 4.4.3. The scheme says everything.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature_with_raw_key(message, &public_key(cert)?, dss, &self.signatures)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_schemes()
    }
}

/// The key of a leaf that was accepted. rustls' functions for certificates would read all of it
/// again by rules of their own, and refuse a few that the policy accepts: a leaf with a critical
/// certificatePolicies extension, or with unique identifiers.
fn public_key(cert: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    let certificate = Certificate::from_der(cert).map_err(|_| CertificateError::BadEncoding)?;
    Ok(certificate.subject_public_key_info().to_vec().into())
}

fn other(error: webpki::Error) -> Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}
