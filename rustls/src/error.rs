//! The nearest `CertificateError` for each reason; rustls makes the alert of it.

use std::sync::Arc;
use std::time::Duration;

use lastmile::At;
use lastmile::Certificate;
use lastmile::Reason;
use lastmile::ReferenceName;
use lastmile::Rejection;
use lastmile::algorithms::SignatureVerificationAlgorithm;
use rustls::CertificateError;
use rustls::ExtendedKeyPurpose;
use rustls::OtherError;
use rustls::pki_types::DnsName;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;

use crate::observer::Presented;

/// In the order of `Reason`.
pub(crate) fn certificate_error(
    rejection: Rejection,
    presented: &Presented<'_>,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> CertificateError {
    match rejection.reason() {
        Reason::MalformedCertificate(_) => CertificateError::BadEncoding,
        Reason::UnknownIssuer(_) => CertificateError::UnknownIssuer,
        Reason::BadSignature { .. } => CertificateError::BadSignature,
        Reason::UnsupportedSignatureAlgorithm { .. } => {
            let certificate = certificate(rejection.at(), presented);
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: certificate
                    .map(|certificate| certificate.signature_algorithm().to_vec())
                    .unwrap_or_default(),
                supported_algorithms: algorithms
                    .iter()
                    .map(|algorithm| algorithm.signature_alg_id())
                    .collect(),
            }
        }
        Reason::NameMismatch { expected, presented, .. } => {
            match expected.iter().find_map(server_name) {
                Some(expected) => CertificateError::NotValidForNameContext {
                    expected,
                    presented: presented.clone(),
                },
                None => CertificateError::NotValidForName,
            }
        }
        Reason::Expired { not_after, now } => {
            CertificateError::ExpiredContext { time: time(*now), not_after: time(*not_after) }
        }
        Reason::NotYetValid { not_before, now } => {
            CertificateError::NotValidYetContext { time: time(*now), not_before: time(*not_before) }
        }
        Reason::ExtendedKeyUsage { .. } => CertificateError::InvalidPurposeContext {
            required: ExtendedKeyPurpose::ServerAuth,
            presented: match certificate(rejection.at(), presented) {
                Some(certificate) => {
                    certificate.extended_key_usage().map(|oid| purpose(&oid)).collect()
                }
                None => Vec::new(),
            },
        },
        Reason::UnknownCriticalExtension { .. } => CertificateError::UnhandledCriticalExtension,
        // No variant is near: those that rustls has speak of other faults.
        Reason::UnsupportedVersion { .. }
        | Reason::CertificateTooLarge { .. }
        | Reason::TooManyCertificates { .. }
        | Reason::PathTooLong { .. }
        | Reason::TooManySignatureChecks { .. }
        | Reason::TooManyIssuerCandidates { .. }
        | Reason::TooManyNameConstraintComparisons { .. }
        | Reason::TooManyNameBytes { .. }
        | Reason::UnsupportedPublicKey(_)
        | Reason::NameConstraintNotSupported(_)
        | Reason::MalformedName { .. }
        | Reason::NameNotPermitted { .. }
        | Reason::NameExcluded { .. }
        | Reason::NotACa
        | Reason::LeafIsACa { .. }
        | Reason::PathLengthExceeded { .. }
        | Reason::KeyUsage
        | _ => CertificateError::Other(OtherError(Arc::new(rejection))),
    }
}

/// A presented certificate. What is wrong with an anchor has no context here.
fn certificate<'a>(at: At, presented: &Presented<'a>) -> Option<Certificate<'a>> {
    let der = match at {
        At::Certificate(0) => presented.leaf,
        At::Certificate(index) => presented.intermediates.get(index.checked_sub(1)?)?,
        At::Anchor(_) => return None,
    };
    Certificate::from_der(der).ok()
}

/// A wildcard, which stands for itself in a policy, is no server's name.
fn server_name(expected: &ReferenceName) -> Option<ServerName<'static>> {
    match expected {
        ReferenceName::Dns(name) => {
            let name = DnsName::try_from(name.as_str().to_owned()).ok()?;
            Some(ServerName::DnsName(name))
        }
        ReferenceName::Ip(address) => Some(ServerName::from(*address)),
        // rustls has no word for a URI, nor for a form to come.
        ReferenceName::Uri(_) | _ => None,
    }
}

/// rustls counts no time before 1970.
fn time(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

fn purpose(oid: &str) -> ExtendedKeyPurpose {
    match oid {
        "1.3.6.1.5.5.7.3.1" => ExtendedKeyPurpose::ServerAuth,
        "1.3.6.1.5.5.7.3.2" => ExtendedKeyPurpose::ClientAuth,
        _ => ExtendedKeyPurpose::Other(oid.split('.').flat_map(str::parse).collect()),
    }
}
