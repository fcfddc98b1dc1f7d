//! A policy by itself: whether it is accepted, whether its references lead to anchors, and what it
//! compiles to.

use lastmile::DnsName;
use lastmile::TrustAnchors;
use lastmile::Verifier;

use super::SystemAnchors;
use super::index::Index;
use super::index::escaped;
use super::references::Bundles;
use super::references::Resolved;
use super::references::Unresolved;
use crate::api::BackendTlsPolicy;
use crate::api::LocalObjectReference;
use crate::documents::Loaded;
use crate::documents::Place;
use crate::note::Note;
use crate::note::sentences;
use crate::schema::FieldError;
use crate::schema::is_qualified_name;
use crate::validation::SubjectAltName;
use crate::validation::Validation;

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
    pub(super) compiled: Option<Compiled>,
    /// What is wrong with it and with what it refers to.
    pub(super) faults: Vec<Note>,
    /// What refuses nothing.
    pub(super) warnings: Vec<Note>,
}

/// What an accepted policy comes to.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) sni: DnsName,
    pub(super) verifier: Verifier,
    /// Where its anchors are from; none are the caller's.
    pub(super) from: Vec<Resolved>,
    pub(super) subject_alt_names: Vec<SubjectAltName>,
    /// The set that its anchors are.
    pub(super) well_known_ca_certificates: Option<String>,
}

impl Judgement {
    pub(super) fn of(
        policy: &Loaded<BackendTlsPolicy>,
        index: &Index<'_>,
        system: &SystemAnchors,
        bundles: &mut Bundles,
    ) -> Self {
        let validation = &policy.object().spec.validation;
        let namespace = policy.object().metadata.namespace_or_default();
        let place = |at| policy.place_of(&format!("spec.validation.caCertificateRefs[{at}]"));
        let references =
            References::of(&validation.ca_certificate_refs, place, index, namespace, bundles);
        let resolved_refs = references.finding();
        let mut warnings = warnings(policy);
        warnings.extend(references.notes());
        let mut faults = invalid(policy);
        let anchors = match &validation.well_known_ca_certificates {
            Some(name) if !name.is_empty() => match system.find(name) {
                Ok(anchors) => Some(anchors.clone()),
                Err(why) => {
                    let place = policy.place_of("spec.validation.wellKnownCACertificates");
                    faults.push(Note::new(format!("spec.validation.{why}")).at(place));
                    None
                }
            },
            _ => bundles.join(&references.good),
        };
        let compiled = match anchors {
            Some(anchors) if faults.is_empty() => compile(policy, anchors, references.good.clone())
                .map_err(|invalid| faults.extend(invalid))
                .ok(),
            _ => None,
        };
        let accepted = if !faults.is_empty() {
            Finding::fails("Invalid", sentences(&faults))
        } else if compiled.is_none() {
            let message = format!("no CA certificate can be used: {}", resolved_refs.message);
            Finding::fails("NoValidCACertificate", message)
        } else {
            Finding::holds("Accepted", "the policy is accepted")
        };
        faults.extend(references.bad.into_iter().map(|unresolved| unresolved.note));
        Self { accepted, resolved_refs, compiled, faults, warnings }
    }

    /// Of a policy that is among the documents more than once, and not the same each time.
    pub(super) fn of_several(why: String) -> Self {
        let resolved_refs = Finding::fails("NotJudged", "no reference was looked at");
        Self {
            faults: vec![Note::new(why.clone())],
            accepted: Finding::fails("Invalid", why),
            resolved_refs,
            compiled: None,
            warnings: Vec::new(),
        }
    }
}

/// References, those that lead to anchors and those that do not.
pub(super) struct References {
    pub(super) good: Vec<Resolved>,
    pub(super) bad: Vec<Unresolved>,
}

impl References {
    pub(super) fn of(
        references: &[LocalObjectReference],
        place: impl Fn(usize) -> Place,
        index: &Index<'_>,
        namespace: &str,
        bundles: &mut Bundles,
    ) -> Self {
        let mut found = Self { good: Vec::new(), bad: Vec::new() };
        for (at, reference) in references.iter().enumerate() {
            match bundles.resolve(index, namespace, reference) {
                Ok(resolved) => found.good.push(resolved),
                Err(Unresolved { reason, note }) => {
                    // What leads nowhere is looked for where it is written.
                    let note = if note.place().is_none() { note.at(place(at)) } else { note };
                    found.bad.push(Unresolved { reason, note });
                }
            }
        }
        found
    }

    /// What is wrong beside good certificates.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes: Vec<Note> = Vec::new();
        // The same reference twice is told once.
        for note in self.good.iter().flat_map(Resolved::notes) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }

    /// The first that is wrong gives the reason, all of them the message. Faults beside good
    /// certificates refuse nothing, and are told.
    fn finding(&self) -> Finding {
        let notes = self.notes();
        let Some(first) = self.bad.first() else {
            let message = match notes.as_slice() {
                [] => "all references are resolved".to_owned(),
                notes => format!("all references are resolved; {}", sentences(notes)),
            };
            return Finding::holds("ResolvedRefs", message);
        };
        let bad = self.bad.iter().map(|unresolved| unresolved.note.clone());
        let all: Vec<Note> = bad.chain(notes).collect();
        Finding::fails(first.reason, sentences(&all))
    }
}

/// What the API server would refuse, and what its schema misses.
fn invalid(policy: &Loaded<BackendTlsPolicy>) -> Vec<Note> {
    // What controllers have written is theirs, and the server takes it apart from the rest.
    let errors = policy.field_errors().iter().filter(|error| !is_of_status(error));
    let mut faults: Vec<Note> = errors
        .map(|error| Note::new(error.to_string()).at(policy.place().at(error.position())))
        .collect();
    // A mode to come may say that nothing is to be verified, or that more is: neither can be
    // guessed (fails closed).
    for unknown in policy.unknown_fields() {
        if matches!(unknown.path(), "spec.mode" | "spec.validation.mode") {
            let path = unknown.path();
            let why = format!("{path}: is not known here, and may change what the policy means");
            faults.push(Note::new(why).at(unknown.place().clone()));
        }
    }
    let options = policy.object().spec.options.keys();
    for key in options.filter(|key| OptionKey::of(key) == OptionKey::Malformed) {
        let why = format!(
            "spec.options.{}: expected a name such as example.com/name, of letters, digits, \
             hyphens, dots and underscores",
            escaped(key)
        );
        faults.push(Note::new(why).at(policy.place_of(&format!("spec.options.{key}"))));
    }
    faults
}

/// What the server would warn of, and what has no effect here.
fn warnings(policy: &Loaded<BackendTlsPolicy>) -> Vec<Note> {
    let of_status = policy.field_errors().iter().filter(|error| is_of_status(error));
    let of_status =
        of_status.map(|error| Note::new(error.to_string()).at(policy.place().at(error.position())));
    let unknown = policy.unknown_fields().iter();
    let unknown = unknown.map(|one| Note::new(one.to_string()).at(one.place().clone()));
    let options = policy.object().spec.options.keys().filter_map(|key| {
        let why = match OptionKey::of(key) {
            OptionKey::Malformed => return None,
            OptionKey::Named => "is not known here, and ignored",
            OptionKey::WithoutDomain => {
                "names without a domain are reserved for the API, and none is known"
            }
        };
        let note = Note::new(format!("spec.options.{}: {why}", escaped(key)));
        Some(note.at(policy.place_of(&format!("spec.options.{key}"))))
    });
    of_status.chain(unknown).chain(options).collect()
}

fn is_of_status(error: &FieldError) -> bool {
    let rest = error.path().strip_prefix("status");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
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
        match (is_qualified_name(key), key.contains('/')) {
            (false, _) => Self::Malformed,
            (true, true) => Self::Named,
            (true, false) => Self::WithoutDomain,
        }
    }
}

/// The stanza, with its faults in the words of the document.
fn compile(
    policy: &Loaded<BackendTlsPolicy>,
    trust: TrustAnchors,
    from: Vec<Resolved>,
) -> Result<Compiled, Vec<Note>> {
    let validation = &policy.object().spec.validation;
    let names = validation.subject_alt_names.iter().filter_map(|name| {
        // The rules of the API have been checked: there is the one or the other.
        match name.name_type.as_str() {
            "Hostname" => name.hostname.clone().map(SubjectAltName::Hostname),
            "URI" => name.uri.clone().map(SubjectAltName::Uri),
            _ => None,
        }
    });
    let stanza = Validation {
        hostname: validation.hostname.clone(),
        subject_alt_names: names.collect(),
        trust,
    };
    let note = |path: &str, why: String| Note::new(why).at(policy.place_of(path));
    // None may be lost, or the hostname would authenticate in their place.
    if stanza.subject_alt_names.len() != validation.subject_alt_names.len() {
        let path = "spec.validation.subjectAltNames";
        return Err(vec![note(path, format!("{path}: a name has no value"))]);
    }
    let compiled = stanza.compile().map_err(|invalid| {
        let faults = invalid.violations().iter().map(|violation| {
            let path = format!("spec.validation.{}", violation.path());
            note(&path, format!("spec.validation.{violation}"))
        });
        faults.collect::<Vec<_>>()
    })?;
    Ok(Compiled {
        sni: compiled.sni,
        verifier: compiled.verifier,
        from,
        subject_alt_names: stanza.subject_alt_names,
        well_known_ca_certificates: validation
            .well_known_ca_certificates
            .clone()
            .filter(|set| !set.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lastmile::TrustAnchors;
    use lastmile::UnixTime;

    use super::Bundles;
    use super::Index;
    use super::Judgement;
    use super::OptionKey;
    use super::SystemAnchors;
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
        let system = SystemAnchors::new(anchors.clone()).set("a.example/set", anchors);
        let policy = &documents.policies()[0];
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let mut bundles = Bundles::new(now, false);
        let judged = Judgement::of(policy, &Index::new(&documents), &system, &mut bundles);
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
