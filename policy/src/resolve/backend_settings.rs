//! A Backend of Envoy Gateway that no policy is about: it is held to what it says itself.

use lastmile::ExpectedNames;
use lastmile::ReferenceName;
use lastmile::Verifier;

use super::Decision;
use super::Refusal;
use super::Resolution;
use super::SystemAnchors;
use super::index::Index;
use super::judgement::References;
use super::references::Bundles;
use crate::api::BackendTlsSettings;
use crate::api::EnvoyGatewayBackend;
use crate::documents::Loaded;
use crate::note::Note;
use crate::note::sentences;
use crate::rules;

pub(super) fn resolve(
    backend: &Loaded<EnvoyGatewayBackend>,
    settings: &BackendTlsSettings,
    index: &Index<'_>,
    system: &SystemAnchors,
    bundles: &mut Bundles,
) -> Resolution {
    let refuse = |reason, why: String| Resolution::new(Decision::Refuse(Refusal::new(reason, why)));
    let namespace = backend.object().metadata.namespace_or_default();
    let place = |at| backend.place_of(&format!("spec.tls.caCertificateRefs[{at}]"));
    let references =
        References::of(&settings.ca_certificate_refs, place, index, namespace, bundles);
    let bad: Vec<Note> = references.bad.iter().map(|one| one.note.clone()).collect();
    let anchors = match &settings.well_known_ca_certificates {
        Some(name) => match system.find(name) {
            Ok(anchors) => anchors.clone(),
            Err(why) => return refuse("Invalid", format!("spec.tls.{why}")),
        },
        None => match bundles.join(&references.good) {
            Some(anchors) => anchors,
            None if bad.is_empty() => {
                let why = "must specify either CACertificateRefs or WellKnownCACertificates when \
                           InsecureSkipVerify is unset or false";
                return refuse("Invalid", why.into());
            }
            None => return refuse("NoValidCACertificate", sentences(&bad)),
        },
    };
    let name = match &settings.sni {
        None if settings.auto_sni_from_endpoint_hostname => only_host_name(backend.object()),
        sni => sni.as_deref(),
    };
    let Some(name) = name else {
        let why = "nothing says which name the certificate must have: set sni, or attach a \
                   BackendTLSPolicy";
        return refuse("Invalid", why.into());
    };
    match rules::hostname(name) {
        Err(fault) => refuse("Invalid", format!("spec.tls.sni: {fault}")),
        Ok(sni) => {
            let expected = ExpectedNames::from(ReferenceName::Dns(sni.clone()));
            let verifier = Verifier::builder(anchors, expected).build();
            Resolution {
                warnings: references.notes().into_iter().chain(bad).collect(),
                from: references.good,
                well_known_ca_certificates: settings.well_known_ca_certificates.clone(),
                ..Resolution::new(Decision::Verify { sni, verifier })
            }
        }
    }
}

/// A mode to come may say that nothing is to be verified, or that more is (fails closed).
pub(super) fn unknown_mode(backend: &Loaded<EnvoyGatewayBackend>) -> Option<Note> {
    let mut unknown = backend.unknown_fields().iter();
    let mode = unknown.find(|field| matches!(field.path(), "spec.mode" | "spec.tls.mode"))?;
    let path = mode.path();
    let why = format!("{path}: is not known here, and may change what the Backend means");
    Some(Note::new(why).at(mode.place().clone()))
}

/// The host name of the endpoints, if they all have the same.
fn only_host_name(backend: &EnvoyGatewayBackend) -> Option<&str> {
    let mut names = backend.spec.endpoints.iter().map(|endpoint| {
        let fqdn = endpoint.fqdn.as_ref().and_then(|fqdn| fqdn.hostname.as_deref());
        fqdn.or(endpoint.hostname.as_deref())
    });
    let first = names.next()??;
    names.all(|name| name == Some(first)).then_some(first)
}
