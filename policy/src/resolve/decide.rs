//! What is decided for one target.

use super::Decision;
use super::Judged;
use super::Kind;
use super::Refusal;
use super::Resolution;
use super::Resolver;
use super::Target;
use super::attachment::Attachment;
use super::attachment::Object;
use super::backend_settings;
use super::governing::full_name;
use super::index::Absent;
use super::index::escaped;
use super::judgement::Judgement;
use super::ports::Ports;
use crate::api::BackendTlsSettings;
use crate::api::EnvoyGatewayBackend;
use crate::documents::Loaded;
use crate::note::Note;
use crate::rules;

/// A policy, and the section that it governs; None is the whole.
type Governed = (usize, Option<String>);

impl<'a> Resolver<'a> {
    /// What is decided for a target.
    pub fn resolve(&mut self, target: &Target) -> Resolution {
        let kind = match (target.kind(), self.kinds(target).as_slice()) {
            (Some(kind), _) => kind,
            (None, [kind]) => *kind,
            (None, []) => Kind::Service,
            (None, _) => {
                let (namespace, name) = (target.namespace(), target.name());
                return refuse(format!(
                    "both a Service and a Backend have this name: ask about \
                     service/{namespace}/{name} or backend/{namespace}/{name}"
                ));
            }
        };
        let object = target.object(kind);
        let mut resolution = self.decide(&object, target.section());
        // Who meant to be about it.
        resolution.unattached = self.unattached(&object);
        // Fails closed: a policy was meant to decide, and the Backend itself may trust more than it.
        let is_by_backend =
            resolution.policy.is_none() && matches!(resolution.decision, Decision::Verify { .. });
        if is_by_backend && !resolution.unattached.is_empty() {
            let refusal = Refusal::new("TargetNotFound", "policies name it, and none is about it");
            resolution = Resolution {
                unattached: resolution.unattached.clone(),
                ..Resolution::new(Decision::Refuse(refusal.because(resolution.unattached)))
            };
        }
        resolution
    }

    fn decide(&mut self, object: &Object, section: Option<&str>) -> Resolution {
        let backend = match self.backend(object) {
            Ok(backend) => backend,
            Err(refusal) => return Resolution::new(Decision::Refuse(refusal)),
        };
        let governed = match self.govern(object, section) {
            Ok(governed) => governed,
            Err(refusal) => return Resolution::new(Decision::Refuse(refusal)),
        };
        let by_policy = governed.and_then(|(index, section)| {
            let judged = self.policies.get(index)?;
            Some(self.of_policy(judged, object, section.as_deref()))
        });
        let settings =
            backend.and_then(|backend| Some((backend, backend.object().spec.tls.as_ref()?)));
        let skip = settings.filter(|(_, settings)| settings.insecure_skip_verify);
        match (by_policy, settings, skip) {
            // A policy that cannot be kept refuses, whatever the Backend says.
            (Some(by_policy), _, Some(_))
                if !matches!(by_policy.decision, Decision::Verify { .. }) =>
            {
                by_policy
            }
            (by_policy, _, Some((_, settings))) => skipping(object, by_policy, settings),
            (Some(by_policy), _, None) => by_policy,
            (None, _, None) if self.may_miss_a_policy => {
                refuse("documents could not be read, and one of them may be a policy about it")
            }
            (None, Some((backend, settings)), None) => backend_settings::resolve(
                backend,
                settings,
                &self.index,
                &self.system,
                &mut self.bundles,
            ),
            (None, None, None) => Resolution::new(Decision::NoPolicy),
        }
    }

    /// What the policy says of the part that it governs.
    fn of_policy(&self, judged: &Judged<'a>, object: &Object, section: Option<&str>) -> Resolution {
        let unusable = judged.attachments.iter().find_map(|attachment| match attachment {
            Attachment::Unusable { object: of, section: part, why }
                if of == object && part.as_deref() == section =>
            {
                Some(Refusal::new("Invalid", why.clone()))
            }
            _ => None,
        });
        let decision = match (unusable, &judged.judgement.compiled) {
            (Some(refusal), _) => Decision::Refuse(refusal),
            (None, Some(compiled)) => {
                Decision::Verify { sni: compiled.sni.clone(), verifier: compiled.verifier.clone() }
            }
            (None, None) => {
                let Judgement { accepted, faults, .. } = &judged.judgement;
                let refusal = Refusal::new(accepted.reason, accepted.message.clone());
                Decision::Refuse(refusal.because(faults.clone()))
            }
        };
        // What is wrong beside what is good.
        let faults = match &decision {
            Decision::Verify { .. } => judged.judgement.faults.as_slice(),
            _ => &[],
        };
        let mut warnings: Vec<Note> =
            faults.iter().chain(&judged.judgement.warnings).cloned().collect();
        let sections: Vec<String> = match section {
            None => self.governing.sections(object).take(MOST_TOLD).map(escaped).collect(),
            Some(_) => Vec::new(),
        };
        if !sections.is_empty() {
            warnings.push(Note::new(format!(
                "other policies govern the sections {} of {}",
                sections.join(", "),
                object.shown()
            )));
        }
        Resolution {
            policy: Some(full_name(judged.policy.object())),
            status: self.report(judged).policy().status.clone(),
            warnings,
            ..match &judged.judgement.compiled {
                None => Resolution::new(decision),
                Some(compiled) => Resolution {
                    from: compiled.from.clone(),
                    subject_alt_names: compiled.subject_alt_names.clone(),
                    well_known_ca_certificates: compiled.well_known_ca_certificates.clone(),
                    ..Resolution::new(decision)
                },
            }
        }
    }

    /// The policy for the section, or else the one for the whole; and which of the two it is for.
    fn govern(&self, object: &Object, section: Option<&str>) -> Result<Option<Governed>, Refusal> {
        let ports = match self.index.ports(object) {
            Ports::Known(ports) => Some(ports),
            Ports::Unclear(why) => return Err(Refusal::new("Invalid", why.to_string())),
            Ports::Unknown => None,
        };
        let asked = section;
        let section = match (asked, ports) {
            // A backend of one port is that port.
            (None, Some(ports)) => ports.only().map(|port| port.section.as_str()),
            (Some(section), Some(ports)) if !ports.all().is_empty() => match ports.asked(section) {
                Some(port) if port.is_tcp => Some(port.section.as_str()),
                Some(_) => {
                    let why = format!("{} has UDP there, and TLS is on TCP", object.shown());
                    return Err(Refusal::new("Invalid", why));
                }
                None => {
                    let why = ports.without(&object.shown(), section);
                    return Err(Refusal::new("TargetNotFound", why));
                }
            },
            (section, _) => section,
        };
        let of_section = section.and_then(|section| {
            let index = self.governing.of(object, section)?;
            Some((index, Some(section.to_owned())))
        });
        if of_section.is_some() {
            return Ok(of_section);
        }
        let is_number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
        let is_unclear = match asked {
            // All that there is may be governed by the policies of its sections.
            None => self.governing.whole(object).is_none() || !self.has_other_parts(object),
            // Without the object, nobody knows which section has the number of this port.
            Some(section) => ports.is_none() && object.kind == Kind::Service && is_number(section),
        };
        let mut sections = self.governing.sections(object).map(escaped).peekable();
        if is_unclear && sections.peek().is_some() {
            let sections: Vec<String> = sections.take(MOST_TOLD).collect();
            let why = format!(
                "policies govern parts of it: ask about one of them ({})",
                sections.join(", ")
            );
            return Err(Refusal::new("Invalid", why));
        }
        Ok(self.governing.whole(object).map(|index| (index, None)))
    }

    /// Whether the policy for the whole governs anything: a port with TCP that no other governs,
    /// or ports that nobody knows.
    pub(super) fn has_other_parts(&self, object: &Object) -> bool {
        match self.index.ports(object) {
            Ports::Known(ports) if ports.with_tcp().next().is_some() => {
                ports.with_tcp().any(|port| self.governing.of(object, &port.section).is_none())
            }
            _ => true,
        }
    }

    /// A Backend of Envoy Gateway that is among the documents.
    fn backend(&self, object: &Object) -> Result<Option<&'a Loaded<EnvoyGatewayBackend>>, Refusal> {
        if object.kind != Kind::Backend {
            return Ok(None);
        }
        match self.index.backends.find(&object.namespace, &object.name) {
            Ok(backend) => match backend_settings::unknown_mode(backend) {
                None => Ok(Some(backend)),
                Some(note) => Err(refuse_by(note)),
            },
            Err(Absent::Missing { .. }) => Ok(None),
            Err(Absent::Doubtful { why, place }) => {
                Err(refuse_by(Note::new(why.to_string()).at(place)))
            }
        }
    }

    /// What policies say that name the object, and do not attach to it.
    fn unattached(&self, object: &Object) -> Vec<Note> {
        let Some(policies) = self.unattached.get(object) else { return Vec::new() };
        let notes = policies.iter().filter_map(|(policy, reference)| {
            let judged = self.policies.get(*policy)?;
            let (Attachment::NoSuchSection { why, .. } | Attachment::UnknownTarget { why, .. }) =
                judged.attachments.get(*reference)?
            else {
                return None;
            };
            let name = full_name(judged.policy.object());
            let place = judged.policy.place_of(&format!("spec.targetRefs[{reference}]"));
            Some(Note::new(format!("BackendTLSPolicy {name}: {why}")).at(place))
        });
        notes.take(MOST_TOLD).collect()
    }
}

fn refuse(why: impl Into<String>) -> Resolution {
    Resolution::new(Decision::Refuse(Refusal::new("Invalid", why)))
}

fn refuse_by(note: Note) -> Refusal {
    Refusal::new("Invalid", note.message()).because(vec![note])
}

/// A Backend of Envoy Gateway that asks for no verification, with or without a policy.
fn skipping(
    object: &Object,
    by_policy: Option<Resolution>,
    settings: &BackendTlsSettings,
) -> Resolution {
    let mut skipping = by_policy.unwrap_or_else(|| Resolution::new(Decision::NoPolicy));
    let shown = object.shown();
    let (sni, why) = match (&skipping.decision, &skipping.policy) {
        (Decision::Verify { sni, .. }, Some(policy)) => (
            Some(sni.clone()),
            format!(
                "{shown}: insecureSkipVerify is true, so EVERY certificate is accepted, although \
                 policy {policy} is attached: take one of the two away"
            ),
        ),
        _ => (
            settings.sni.as_deref().and_then(|sni| rules::hostname(sni).ok()),
            format!("{shown}: insecureSkipVerify is true, so every certificate is accepted"),
        ),
    };
    skipping.warnings.insert(0, Note::new(why).loud());
    Resolution { decision: Decision::SkipVerification { sni }, from: Vec::new(), ..skipping }
}

/// Sections and policies that a sentence names.
const MOST_TOLD: usize = 16;
