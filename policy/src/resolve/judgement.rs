//! A policy by itself: whether it is accepted, whether its references lead to anchors, and what it
//! compiles to.

use std::collections::BTreeMap;

use lastmile::DnsName;
use lastmile::Escaped;
use lastmile::TrustAnchors;
use lastmile::Verifier;

use super::references::Bundles;
use super::references::Resolved;
use super::references::Unresolved;
use crate::api::BackendTlsPolicy;
use crate::api::BackendTlsPolicyValidation;
use crate::documents::Documents;
use crate::documents::Loaded;
use crate::rules;
use crate::validation::SubjectAltName;
use crate::validation::Validation;

/// Sets of CA certificates that `wellKnownCACertificates` names: what the caller trusts as
/// `System`, and sets of its own.
///
/// There is none until it is given; a policy that names a set which is not here is not accepted.
#[derive(Clone, Debug, Default)]
pub struct WellKnownAnchors {
    sets: BTreeMap<String, TrustAnchors>,
}

impl WellKnownAnchors {
    /// With the roots of the system, as the caller has loaded them.
    pub fn system(anchors: TrustAnchors) -> Self {
        Self::default().set("System", anchors)
    }

    /// With a set of the caller's own, named as `example.com/name`.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, anchors: TrustAnchors) -> Self {
        self.sets.insert(name.into(), anchors);
        self
    }
}

impl WellKnownAnchors {
    pub(super) fn get(&self, name: &str) -> Option<&TrustAnchors> {
        self.sets.get(name)
    }
}

/// A condition before it has a time: whether it holds, a word, a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) holds: bool,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Finding {
    pub(super) fn holds(reason: &'static str, message: impl Into<String>) -> Self {
        Self { holds: true, reason, message: message.into() }
    }

    pub(super) fn fails(reason: &'static str, message: impl Into<String>) -> Self {
        Self { holds: false, reason, message: message.into() }
    }
}

/// What is known of a policy without its targets.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) accepted: Finding,
    pub(super) resolved_refs: Finding,
    /// If it is accepted.
    pub(super) compiled: Option<(DnsName, Verifier)>,
    pub(super) warnings: Vec<String>,
}

impl Judgement {
    pub(super) fn of(
        policy: &Loaded<BackendTlsPolicy>,
        documents: &Documents,
        well_known: &WellKnownAnchors,
        bundles: &mut Bundles,
    ) -> Self {
        let validation = &policy.object().spec.validation;
        let namespace = policy.object().metadata.namespace_or_default();
        let mut warnings: Vec<String> =
            policy.unknown_fields().iter().map(ToString::to_string).collect();
        let references = References::of(validation, namespace, documents, bundles);
        warnings.extend(references.good.iter().flat_map(Resolved::notes));
        let resolved_refs = references.finding();
        let mut faults = invalid(policy, &mut warnings);
        let anchors = match &validation.well_known_ca_certificates {
            Some(name) if !name.is_empty() => match well_known.get(name) {
                Some(anchors) => Some(anchors.clone()),
                None => {
                    faults.push(unsupported_set("spec.validation", name));
                    None
                }
            },
            _ => bundles.join(&references.good),
        };
        if !faults.is_empty() {
            let accepted = Finding::fails("Invalid", faults.join("; "));
            return Self { accepted, resolved_refs, compiled: None, warnings };
        }
        let Some(anchors) = anchors else {
            let message = format!("no CA certificate can be used: {}", resolved_refs.message);
            let accepted = Finding::fails("NoValidCACertificate", message);
            return Self { accepted, resolved_refs, compiled: None, warnings };
        };
        match compile(validation, anchors) {
            Ok(compiled) => Self {
                accepted: Finding::holds("Accepted", "the policy is accepted"),
                resolved_refs,
                compiled: Some(compiled),
                warnings,
            },
            Err(message) => Self {
                accepted: Finding::fails("Invalid", message),
                resolved_refs,
                compiled: None,
                warnings,
            },
        }
    }
}

/// The references of a policy, those that lead to anchors and those that do not.
struct References {
    good: Vec<Resolved>,
    bad: Vec<Unresolved>,
}

impl References {
    fn of(
        validation: &BackendTlsPolicyValidation,
        namespace: &str,
        documents: &Documents,
        bundles: &mut Bundles,
    ) -> Self {
        let mut found = Self { good: Vec::new(), bad: Vec::new() };
        for reference in &validation.ca_certificate_refs {
            match bundles.resolve(documents, namespace, reference) {
                Ok(resolved) => found.good.push(resolved),
                Err(unresolved) => found.bad.push(unresolved),
            }
        }
        found
    }

    /// The first that is wrong gives the reason, all of them the message. Faults beside good
    /// certificates refuse nothing, and are told.
    fn finding(&self) -> Finding {
        let notes: Vec<String> = self.good.iter().flat_map(Resolved::notes).collect();
        let Some(first) = self.bad.first() else {
            let message = match notes.as_slice() {
                [] => "all references are resolved".to_owned(),
                notes => format!("all references are resolved; {}", notes.join("; ")),
            };
            return Finding::holds("ResolvedRefs", message);
        };
        let reason = match first {
            Unresolved::Invalid(_) => "InvalidCACertificateRef",
            Unresolved::Kind(_) => "InvalidKind",
        };
        let sentences = self.bad.iter().map(ToString::to_string).chain(notes);
        Finding::fails(reason, sentences.collect::<Vec<_>>().join("; "))
    }
}

/// What the API server would refuse, and what its schema misses.
fn invalid(policy: &Loaded<BackendTlsPolicy>, warnings: &mut Vec<String>) -> Vec<String> {
    let mut faults: Vec<String> = policy.field_errors().iter().map(ToString::to_string).collect();
    // A mode to come may say that nothing is to be verified, or that more is: neither can be
    // guessed (fails closed).
    let modes = policy.unknown_fields().iter().map(crate::documents::UnknownField::path);
    for path in modes.filter(|path| matches!(*path, "spec.mode" | "spec.validation.mode")) {
        faults.push(format!("{path}: is not known here, and may change what the policy means"));
    }
    for key in policy.object().spec.options.keys() {
        let shown = Escaped::new(key.as_bytes());
        match OptionKey::of(key) {
            OptionKey::Malformed => faults.push(format!(
                "spec.options.{shown}: expected a name such as example.com/name, of letters, \
                 digits, hyphens, dots and underscores"
            )),
            OptionKey::WithoutDomain => warnings.push(format!(
                "spec.options.{shown}: names without a domain are reserved for the API, and none is \
                 known"
            )),
            OptionKey::Named => {
                warnings.push(format!("spec.options.{shown}: is not known here, and ignored"));
            }
        }
    }
    faults
}

/// A key of `spec.options`, which is a qualified name of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OptionKey {
    Malformed,
    Named,
    WithoutDomain,
}

impl OptionKey {
    fn of(key: &str) -> Self {
        let (domain, name) = match key.split_once('/') {
            Some((domain, name)) => (Some(domain), name),
            None => (None, key),
        };
        // 1 to 63 characters, with a letter or a digit at each end.
        let inner = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.".contains(octet);
        let ends = [name.bytes().next(), name.bytes().last()];
        let name_is_good = name.len() <= 63
            && name.as_bytes().iter().all(inner)
            && ends.iter().all(|end| end.is_some_and(|end| end.is_ascii_alphanumeric()));
        let domain_is_good = domain.is_none_or(rules::is_subdomain);
        match (name_is_good && domain_is_good && key.len() <= 253, domain) {
            (false, _) => Self::Malformed,
            (true, Some(_)) => Self::Named,
            (true, None) => Self::WithoutDomain,
        }
    }
}

/// A set that `wellKnownCACertificates` below this path names, and that is not here.
pub(super) fn unsupported_set(path: &str, name: &str) -> String {
    let shown = Escaped::new(name.as_bytes());
    match name {
        "System" => format!("{path}.wellKnownCACertificates: the system's roots are not loaded"),
        _ => format!("{path}.wellKnownCACertificates: there is no set of the name {shown} here"),
    }
}

/// The stanza, with its faults in the words of the document.
fn compile(
    validation: &BackendTlsPolicyValidation,
    trust: TrustAnchors,
) -> Result<(DnsName, Verifier), String> {
    let names = validation.subject_alt_names.iter().filter_map(|name| {
        // The rules of the API have been checked: there is the one or the other.
        match name.name_type.as_str() {
            "URI" => name.uri.clone().map(SubjectAltName::Uri),
            _ => name.hostname.clone().map(SubjectAltName::Hostname),
        }
    });
    let stanza = Validation {
        hostname: validation.hostname.clone(),
        subject_alt_names: names.collect(),
        trust,
    };
    // None may be lost, or the hostname would authenticate in their place.
    if stanza.subject_alt_names.len() != validation.subject_alt_names.len() {
        return Err("spec.validation.subjectAltNames: a name has no value".to_owned());
    }
    match stanza.compile() {
        Ok(compiled) => Ok((compiled.sni, compiled.verifier)),
        Err(invalid) => {
            let faults = invalid.violations().iter();
            let faults = faults.map(|violation| format!("spec.validation.{violation}"));
            Err(faults.collect::<Vec<_>>().join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use lastmile::TrustAnchors;

    use super::Bundles;
    use super::Judgement;
    use super::OptionKey;
    use super::WellKnownAnchors;
    use crate::documents::Documents;

    const CA: &str = include_str!("../../../testdata/quickstart/ca.pem");

    /// Accepted, ResolvedRefs, and whether it compiles, of the one policy with this spec.
    fn judge(spec: &str) -> (String, String, bool) {
        let indented = CA.replace('\n', "\n    ");
        let documents = Documents::from_yaml(
            format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: \
                 {{name: p}}\nspec: {spec}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \
                 ca}}\ndata:\n  ca.crt: |\n    {indented}\n"
            )
            .as_bytes(),
        );
        assert_eq!(documents.faults(), [], "{spec}");
        let anchors = TrustAnchors::from_pem(CA.as_bytes()).expect("a bundle");
        let well_known = WellKnownAnchors::system(anchors.clone()).set("a.example/set", anchors);
        let policy = &documents.policies()[0];
        let judged = Judgement::of(policy, &documents, &well_known, &mut Bundles::default());
        let shown = |finding: &super::Finding| format!("{}/{}", finding.holds, finding.reason);
        (shown(&judged.accepted), shown(&judged.resolved_refs), judged.compiled.is_some())
    }

    /// The truth table of the conditions.
    #[test]
    fn conditions_are_those_of_the_table() {
        let spec = |validation: &str| {
            format!(
                "{{targetRefs: [{{group: '', kind: Service, name: s}}], validation: {{hostname: \
                 a.example, {validation}}}}}"
            )
        };
        let refs = |names: &[(&str, &str)]| {
            let refs: Vec<String> = names
                .iter()
                .map(|(kind, name)| format!("{{group: '', kind: {kind}, name: {name}}}"))
                .collect();
            spec(&format!("caCertificateRefs: [{}]", refs.join(", ")))
        };
        let (good, gone, odd) = (("ConfigMap", "ca"), ("ConfigMap", "gone"), ("Odd", "x"));
        for (spec, accepted, resolved_refs) in [
            (refs(&[good]), "true/Accepted", "true/ResolvedRefs"),
            (refs(&[good, gone]), "true/Accepted", "false/InvalidCACertificateRef"),
            (refs(&[odd, good, gone]), "true/Accepted", "false/InvalidKind"),
            (refs(&[gone]), "false/NoValidCACertificate", "false/InvalidCACertificateRef"),
            (refs(&[gone, odd]), "false/NoValidCACertificate", "false/InvalidCACertificateRef"),
            (refs(&[odd]), "false/NoValidCACertificate", "false/InvalidKind"),
            (spec("wellKnownCACertificates: System"), "true/Accepted", "true/ResolvedRefs"),
            (spec("wellKnownCACertificates: a.example/set"), "true/Accepted", "true/ResolvedRefs"),
            (spec("wellKnownCACertificates: a.example/x"), "false/Invalid", "true/ResolvedRefs"),
            (spec("caCertificateRefs: []"), "false/Invalid", "true/ResolvedRefs"),
        ] {
            let compiles = accepted == "true/Accepted";
            assert_eq!(judge(&spec), (accepted.into(), resolved_refs.into(), compiles), "{spec}");
        }
    }

    /// What the schema of the API lets pass, and no handshake can use.
    #[test]
    fn what_the_schema_misses_is_invalid() {
        let long = "a".repeat(64);
        for (hostname, more) in [
            ("10.0.0.1", ""),
            ("foo.123", ""),
            (long.as_str(), ""),
            ("a.example", "mode: None"),
            ("a.example", "subjectAltNames: [{type: Hostname, hostname: 10.0.0.1}]"),
            ("a.example", "subjectAltNames: [{type: URI, uri: '1x://h'}]"),
        ] {
            let spec = format!(
                "{{targetRefs: [{{group: '', kind: Service, name: s}}], validation: {{hostname: \
                 {hostname}, wellKnownCACertificates: System, {more}}}}}"
            );
            let (accepted, _, compiles) = judge(&spec);
            assert_eq!((accepted.as_str(), compiles), ("false/Invalid", false), "{spec}");
        }
    }

    #[test]
    fn keys_of_options_are_qualified_names() {
        let long = format!("a/{}", "b".repeat(63));
        for (key, expected) in [
            ("example", OptionKey::WithoutDomain),
            ("example.com", OptionKey::WithoutDomain),
            ("example.com/path", OptionKey::Named),
            ("example.com/path.html", OptionKey::Named),
            (long.as_str(), OptionKey::Named),
            ("example~", OptionKey::Malformed),
            ("example.com.", OptionKey::Malformed),
            ("Example.com/a", OptionKey::Malformed),
            ("a/b/c", OptionKey::Malformed),
            ("/a", OptionKey::Malformed),
            ("a/", OptionKey::Malformed),
            ("", OptionKey::Malformed),
            (&format!("{long}b"), OptionKey::Malformed),
        ] {
            assert_eq!(OptionKey::of(key), expected, "{key}");
        }
    }
}
