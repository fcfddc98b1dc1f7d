//! What the documents decide: for each backend a decision, for each policy a status.

use std::collections::BTreeMap;
use std::fmt;

use lastmile::DnsName;
use lastmile::TrustAnchors;
use lastmile::Verifier;

use crate::api::BackendTlsPolicy;
use crate::api::BackendTlsSettings;
use crate::documents::Documents;
use crate::documents::Loaded;
use crate::rules;

mod attachment;
mod judgement;
mod references;
mod status;
mod target;

use attachment::Attachment;
use attachment::Kind;
use attachment::Object;
use judgement::Judgement;
use references::Bundles;
use references::Resolved;

pub use judgement::WellKnownAnchors;
pub use status::PolicyReport;
pub use target::InvalidTarget;
pub use target::Target;

/// How a backend is spoken to. Complete: a host that meets a new way has to know it.
#[derive(Clone, Debug)]
pub enum Decision {
    /// No policy is about it, and nothing says that it speaks TLS.
    NoPolicy,
    /// With TLS, and no handshake can be good. Never without TLS.
    Refuse(Refusal),
    /// With TLS, and every certificate is accepted: somebody has asked for that in so many words.
    SkipVerification {
        /// The name to send.
        sni: Option<DnsName>,
    },
    /// With TLS, and the certificate is verified.
    Verify {
        /// The name to send.
        sni: DnsName,
        /// What decides about the chain.
        verifier: Verifier,
    },
}

/// Why every handshake is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason: &'static str,
    message: String,
}

impl Refusal {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    /// The reason of the condition that says it, such as `NoValidCACertificate`.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What was decided for one target.
#[derive(Clone, Debug)]
pub struct Resolution {
    decision: Decision,
    policy: Option<String>,
    warnings: Vec<String>,
}

impl Resolution {
    /// How the backend is spoken to.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The policy that governs, as `namespace/name`.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// What somebody should look at.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// The documents, judged: ask it about any number of targets.
#[derive(Debug)]
pub struct Resolver<'a> {
    documents: &'a Documents,
    policies: Vec<Judged<'a>>,
    /// By the object and the section, the policy that governs.
    governing: BTreeMap<Part, usize>,
    bundles: Bundles,
    well_known: WellKnownAnchors,
}

/// An object, or a section of it.
type Part = (Object, Option<String>);

/// A policy, what is known of it, and how each of its references stands to its target.
#[derive(Debug)]
struct Judged<'a> {
    policy: &'a Loaded<BackendTlsPolicy>,
    judgement: Judgement,
    attachments: Vec<(Option<Object>, Attachment)>,
    /// For each reference, the policy that governs in its place.
    governed_by: Vec<Option<String>>,
}

impl Documents {
    /// Judges every policy once. Bundles of the same octets are read once.
    pub fn resolver(&self, well_known: &WellKnownAnchors) -> Resolver<'_> {
        Resolver::new(self, well_known.clone())
    }
}

impl<'a> Resolver<'a> {
    fn new(documents: &'a Documents, well_known: WellKnownAnchors) -> Self {
        let mut bundles = Bundles::default();
        let policies = last_of_each(documents.policies());
        let mut judged: Vec<Judged<'a>> = policies
            .into_iter()
            .map(|policy| {
                let namespace = policy.object().metadata.namespace_or_default();
                let attach = |reference| attachment::attach(documents, namespace, reference);
                let attachments: Vec<_> =
                    policy.object().spec.target_refs.iter().map(attach).collect();
                Judged {
                    policy,
                    judgement: Judgement::of(policy, documents, &well_known, &mut bundles),
                    governed_by: vec![None; attachments.len()],
                    attachments,
                }
            })
            .collect();
        let governing = select(&mut judged);
        Self { documents, policies: judged, governing, bundles, well_known }
    }

    /// Every backend, or section of one, that a policy governs, and every Backend of Envoy Gateway.
    pub fn targets(&self) -> Vec<Target> {
        let governed = self.governing.keys().map(|(object, section)| {
            let target = Target::new(object.namespace.clone(), object.name.clone());
            section.as_ref().map_or(target.clone(), |section| target.of_section(section.clone()))
        });
        let backends = self.documents.backends().iter().map(|loaded| {
            let metadata = &loaded.object().metadata;
            let name = metadata.name.clone().unwrap_or_default();
            Target::new(metadata.namespace_or_default(), name)
        });
        let mut targets: Vec<Target> = governed.chain(backends).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// What is decided for a target: a Service, or a Backend of Envoy Gateway if there is no
    /// Service of that name.
    pub fn resolve(&mut self, target: &Target) -> Resolution {
        let object = |kind| Object {
            kind,
            namespace: target.namespace().into(),
            name: target.name().into(),
        };
        let service = object(Kind::Service);
        let is_known = |object: &Object| {
            attachment::ports(self.documents, object).is_some()
                || self.governing.keys().any(|(governed, _)| governed == object)
        };
        let backend = object(Kind::Backend);
        let asked = if !is_known(&service) && is_known(&backend) { backend } else { service };
        self.decide(&asked, target.section())
    }

    fn decide(&mut self, object: &Object, section: Option<&str>) -> Resolution {
        let mut warnings = Vec::new();
        let governing = match self.govern(object, section) {
            Ok(governing) => governing,
            Err(refusal) => {
                return Resolution { decision: Decision::Refuse(refusal), policy: None, warnings };
            }
        };
        let policy = governing.and_then(|index| self.policies.get(index));
        if let Some(policy) = policy {
            warnings.extend(policy.judgement.warnings.iter().cloned());
        }
        let name = policy.map(|judged| attachment::full_name(judged.policy.object()));
        let from_policy = policy.map(|judged| match &judged.judgement.compiled {
            Some((sni, verifier)) => {
                Decision::Verify { sni: sni.clone(), verifier: verifier.clone() }
            }
            None => {
                let accepted = &judged.judgement.accepted;
                Decision::Refuse(Refusal::new(accepted.reason, accepted.message.clone()))
            }
        });
        let decision = match self.settings(object) {
            Err(refusal) => Decision::Refuse(refusal),
            // A policy that cannot be kept refuses here too.
            Ok(Some(settings))
                if settings.insecure_skip_verify
                    && !matches!(from_policy, Some(Decision::Refuse(_))) =>
            {
                if let Some(name) = &name {
                    warnings.push(format!(
                        "Backend {}/{}: insecureSkipVerify is true, so every certificate is \
                         accepted, although policy {name} is attached: take one of the two away",
                        object.namespace, object.name
                    ));
                }
                let sni = match from_policy {
                    Some(Decision::Verify { sni, .. }) => Some(sni),
                    _ => settings.sni.as_deref().and_then(|sni| rules::hostname(sni).ok()),
                };
                Decision::SkipVerification { sni }
            }
            Ok(settings) => match (from_policy, settings) {
                (Some(decision), _) => decision,
                (None, Some(settings)) => self.own_settings(object, &settings, &mut warnings),
                (None, None) => Decision::NoPolicy,
            },
        };
        Resolution { decision, policy: name, warnings }
    }

    /// The policy for the section, or else the one for the whole.
    fn govern(&self, object: &Object, section: Option<&str>) -> Result<Option<usize>, Refusal> {
        let of = |section: Option<&str>| {
            self.governing.get(&(object.clone(), section.map(str::to_owned))).copied()
        };
        if let Some(found) = section.and_then(|section| of(Some(section))).or_else(|| of(None)) {
            return Ok(Some(found));
        }
        let sections: Vec<&str> = self
            .governing
            .keys()
            .filter(|(governed, _)| governed == object)
            .filter_map(|(_, section)| section.as_deref())
            .collect();
        // A backend of one port is that port.
        let only = attachment::ports(self.documents, object).filter(|ports| ports.len() == 1);
        match (section, sections.as_slice(), only.as_deref()) {
            (Some(_), _, _) | (None, [], _) => Ok(None),
            (None, _, Some([port])) => Ok(of(Some(&port.section))),
            (None, sections, _) => Err(Refusal::new(
                "Invalid",
                format!(
                    "policies govern parts of it: ask about one of them ({})",
                    sections.join(", ")
                ),
            )),
        }
    }

    /// How a Backend of Envoy Gateway says that TLS is spoken.
    fn settings(&self, object: &Object) -> Result<Option<BackendTlsSettings>, Refusal> {
        if object.kind != Kind::Backend {
            return Ok(None);
        }
        let mut all = self.documents.backends().iter().rev();
        let found = all.find(|loaded| {
            let metadata = &loaded.object().metadata;
            metadata.name.as_deref() == Some(&object.name)
                && metadata.namespace_or_default() == object.namespace
        });
        let Some(found) = found else { return Ok(None) };
        let errors: Vec<String> = found.field_errors().iter().map(ToString::to_string).collect();
        match errors.is_empty() {
            true => Ok(found.object().spec.tls.clone()),
            // The server would not have it.
            false => Err(Refusal::new("Invalid", errors.join("; "))),
        }
    }

    /// A Backend without a policy is held to what it says itself.
    fn own_settings(
        &mut self,
        object: &Object,
        settings: &BackendTlsSettings,
        warnings: &mut Vec<String>,
    ) -> Decision {
        let anchors = match self.own_anchors(object, settings, warnings) {
            Ok(anchors) => anchors,
            Err(refusal) => return Decision::Refuse(refusal),
        };
        let name = match &settings.sni {
            Some(sni) => Some(sni.clone()),
            None if settings.auto_sni_from_endpoint_hostname => self.only_host_name(object),
            None => None,
        };
        let Some(name) = name else {
            let why = "nothing says which name the certificate must have: set sni, or attach a \
                       BackendTLSPolicy";
            return Decision::Refuse(Refusal::new("Invalid", why));
        };
        match rules::hostname(&name) {
            Ok(sni) => {
                let expected =
                    lastmile::ExpectedNames::from(lastmile::ReferenceName::Dns(sni.clone()));
                let verifier = Verifier::builder(anchors, expected).build();
                Decision::Verify { sni, verifier }
            }
            Err(fault) => {
                Decision::Refuse(Refusal::new("Invalid", format!("spec.tls.sni: {fault}")))
            }
        }
    }

    fn own_anchors(
        &mut self,
        object: &Object,
        settings: &BackendTlsSettings,
        warnings: &mut Vec<String>,
    ) -> Result<TrustAnchors, Refusal> {
        if let Some(name) = &settings.well_known_ca_certificates {
            return self.well_known.get(name).cloned().ok_or_else(|| {
                Refusal::new("Invalid", judgement::unsupported_set("spec.tls", name))
            });
        }
        let mut good: Vec<Resolved> = Vec::new();
        let mut bad = Vec::new();
        for reference in &settings.ca_certificate_refs {
            match self.bundles.resolve(self.documents, &object.namespace, reference) {
                Ok(resolved) => good.push(resolved),
                Err(unresolved) => bad.push(unresolved.to_string()),
            }
        }
        warnings.extend(good.iter().flat_map(Resolved::notes));
        match self.bundles.join(&good) {
            Some(anchors) => {
                warnings.extend(bad);
                Ok(anchors)
            }
            None if bad.is_empty() => Err(Refusal::new(
                "Invalid",
                "must specify either CACertificateRefs or WellKnownCACertificates when \
                 InsecureSkipVerify is unset or false",
            )),
            None => Err(Refusal::new("NoValidCACertificate", bad.join("; "))),
        }
    }

    /// The host name of the endpoints, if they all have the same.
    fn only_host_name(&self, object: &Object) -> Option<String> {
        let endpoints = &attachment::backend(self.documents, object)?.spec.endpoints;
        let mut names = endpoints.iter().map(|endpoint| {
            let fqdn = endpoint.fqdn.as_ref().and_then(|fqdn| fqdn.hostname.clone());
            fqdn.or_else(|| endpoint.hostname.clone())
        });
        let first = names.next()??;
        names.all(|name| name.as_ref() == Some(&first)).then_some(first)
    }
}

/// Of several documents for one policy, the last: as kubectl apply has it.
fn last_of_each(policies: &[Loaded<BackendTlsPolicy>]) -> Vec<&Loaded<BackendTlsPolicy>> {
    let mut last: BTreeMap<String, &Loaded<BackendTlsPolicy>> = BTreeMap::new();
    for policy in policies {
        last.insert(attachment::full_name(policy.object()), policy);
    }
    last.into_values().collect()
}

/// Which policy governs each object and section; the others learn of it.
fn select(policies: &mut [Judged<'_>]) -> BTreeMap<Part, usize> {
    // For each part, the policies and which of their references it is.
    let mut claims: BTreeMap<Part, Vec<(usize, usize)>> = BTreeMap::new();
    for (policy, judged) in policies.iter().enumerate() {
        for (reference, (object, attachment)) in judged.attachments.iter().enumerate() {
            if let (Some(object), Attachment::Attached { section, .. }) = (object, attachment) {
                let claim = claims.entry((object.clone(), section.clone())).or_default();
                claim.push((policy, reference));
            }
        }
    }
    let mut governing = BTreeMap::new();
    for (place, mut claim) in claims {
        let policy = |index: usize| policies.get(index).map(|judged| judged.policy.object());
        claim.sort_by(|one, other| match (policy(one.0), policy(other.0)) {
            (Some(one), Some(other)) => attachment::precedence(one, other),
            _ => std::cmp::Ordering::Equal,
        });
        let Some(((winner, _), losers)) = claim.split_first() else { continue };
        let name = policy(*winner).map(attachment::full_name);
        governing.insert(place, *winner);
        for (loser, reference) in losers {
            let governed_by = policies
                .get_mut(*loser)
                .filter(|_| loser != winner)
                .and_then(|judged| judged.governed_by.get_mut(*reference));
            if let Some(governed_by) = governed_by {
                governed_by.clone_from(&name);
            }
        }
    }
    governing
}
