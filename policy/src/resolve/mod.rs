//! What the documents decide: for each backend a decision, for each policy a status.

use std::collections::BTreeMap;
use std::collections::HashMap;

use lastmile::UnixTime;

use crate::api::BackendTlsPolicy;
use crate::api::BackendTlsSettings;
use crate::api::EnvoyGatewayBackend;
use crate::api::Route;
use crate::documents::Documents;
use crate::documents::Loaded;
use crate::note::Note;
use crate::rules;

mod attachment;
mod backend_settings;
mod controller_name;
mod decision;
mod endpoints;
mod governing;
mod index;
mod judgement;
mod references;
mod status;
mod system_anchors;
mod target;

use attachment::Attachment;
use attachment::Object;
use attachment::Ports;
use governing::Governing;
use governing::full_name;
use index::Found;
use index::Index;
use index::several;
use judgement::Judgement;
use references::Bundles;

pub use attachment::Kind;
pub use controller_name::ControllerName;
pub use controller_name::InvalidControllerName;
pub use decision::AnchorSource;
pub use decision::Decision;
pub use decision::Refusal;
pub use decision::Resolution;
pub use endpoints::Endpoint;
pub use status::PolicyReport;
pub use system_anchors::SystemAnchors;
pub use target::InvalidTarget;
pub use target::Target;

impl Documents {
    /// What is decided for one target at a time. For several, ask a [`Resolver`].
    ///
    /// As long as there are [`faults`](Self::faults), a policy may be missing, and
    /// [`Decision::NoPolicy`] is not to be relied on.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lastmile::UnixTime;
    /// use lastmile_policy::{Decision, Documents, SystemAnchors};
    ///
    /// let documents = Documents::from_yaml(b"\
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: BackendTLSPolicy
    /// metadata: {name: backend}
    /// spec:
    ///   targetRefs: [{group: '', kind: Service, name: backend}]
    ///   validation: {hostname: backend.example, wellKnownCACertificates: System}
    /// ");
    /// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
    /// let resolution = documents.resolve(&"backend".parse()?, &SystemAnchors::none(), now);
    /// // The system's roots were not given: every handshake is refused, and nothing is sent in plain.
    /// assert!(matches!(resolution.decision(), Decision::Refuse(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve(&self, target: &Target, system: &SystemAnchors, now: UnixTime) -> Resolution {
        self.resolver(system, now).build().resolve(target)
    }

    /// For any number of targets, and for the status of each policy.
    pub fn resolver(&self, system: &SystemAnchors, now: UnixTime) -> ResolverBuilder<'_> {
        ResolverBuilder {
            documents: self,
            system: system.clone(),
            now,
            controller_name: ControllerName::default(),
            fallback_keys: false,
        }
    }
}

/// How the documents are to be judged.
#[derive(Clone, Debug)]
pub struct ResolverBuilder<'a> {
    documents: &'a Documents,
    system: SystemAnchors,
    now: UnixTime,
    controller_name: ControllerName,
    fallback_keys: bool,
}

impl<'a> ResolverBuilder<'a> {
    /// The controller whose entries of the status are written; without it,
    /// `lastmile.example/resolve`.
    #[must_use]
    pub fn controller_name(self, controller_name: ControllerName) -> Self {
        Self { controller_name, ..self }
    }

    /// Whether a ConfigMap or a Secret without `ca.crt` is read from `tls.crt`, or from its only
    /// key, as Envoy Gateway does. The API knows `ca.crt` alone.
    #[must_use]
    pub fn fallback_keys(self, fallback_keys: bool) -> Self {
        Self { fallback_keys, ..self }
    }

    /// Judges every policy once. Bundles of the same octets are read once.
    pub fn build(self) -> Resolver<'a> {
        Resolver::new(self)
    }
}

/// The documents, judged: ask it about any number of targets.
#[derive(Debug)]
pub struct Resolver<'a> {
    index: Index<'a>,
    /// By namespace and name.
    policies: Vec<Judged<'a>>,
    governing: Governing,
    /// By what they lead to, the routes and the ports.
    routes: HashMap<Object, Vec<(&'a Route, Option<u16>)>>,
    bundles: Bundles,
    system: SystemAnchors,
    controller_name: ControllerName,
    now: UnixTime,
}

/// A policy, what is known of it, and how each of its references stands to its target.
#[derive(Debug)]
struct Judged<'a> {
    policy: &'a Loaded<BackendTlsPolicy>,
    judgement: Judgement,
    attachments: Vec<Attachment>,
    /// For each reference, the policy that governs in its place.
    governed_by: Vec<Option<String>>,
}

impl<'a> Resolver<'a> {
    fn new(builder: ResolverBuilder<'a>) -> Self {
        let ResolverBuilder { documents, system, now, controller_name, fallback_keys } = builder;
        let index = Index::new(documents);
        let mut bundles = Bundles::new(now, fallback_keys);
        let mut policies: Vec<Judged<'a>> = by_name(documents.policies())
            .into_iter()
            .filter_map(|copies| Judged::of(&copies, &index, &system, &mut bundles))
            .collect();
        let governing = Governing::select(&mut policies);
        let routes = status::routes(documents);
        Self { index, policies, governing, routes, bundles, system, controller_name, now }
    }

    /// Every backend, or section of one, that a policy is about, and every Backend of Envoy
    /// Gateway.
    pub fn targets(&self) -> Vec<Target> {
        let governed = self.governing.parts().map(|(object, section)| {
            let target = Target::new(object.namespace.clone(), object.name.clone());
            (object.kind, section.iter().fold(target, |target, one| target.of_section(one)))
        });
        let backends = self
            .index
            .backends
            .names()
            .map(|(namespace, name)| (Kind::Backend, Target::new(namespace, name)));
        let mut targets: Vec<Target> = governed
            .chain(backends)
            .map(|(kind, target)| match self.kinds(&target).as_slice() {
                [_, _] => target.of_kind(kind),
                _ => target,
            })
            .collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// What is decided for a target.
    pub fn resolve(&mut self, target: &Target) -> Resolution {
        let kind = match (target.kind(), self.kinds(target).as_slice()) {
            (Some(kind), _) => kind,
            (None, [kind]) => *kind,
            (None, []) => Kind::Service,
            (None, _) => {
                let (namespace, name) = (target.namespace(), target.name());
                let why = format!(
                    "both a Service and a Backend have this name: ask about \
                     service/{namespace}/{name} or backend/{namespace}/{name}"
                );
                return Resolution::new(Decision::Refuse(Refusal::new("Invalid", why)));
            }
        };
        self.decide(&target.object(kind), target.section())
    }

    /// The kinds of which there is something of this name.
    fn kinds(&self, target: &Target) -> Vec<Kind> {
        let is_known = |kind: &Kind| {
            let object = target.object(*kind);
            self.governing.knows(&object) || Ports::of(&self.index, &object) != Ports::Unknown
        };
        [Kind::Service, Kind::Backend].into_iter().filter(is_known).collect()
    }

    fn decide(&mut self, object: &Object, section: Option<&str>) -> Resolution {
        let settings = match self.settings(object) {
            Ok(settings) => settings,
            Err(refusal) => return Resolution::new(Decision::Refuse(refusal)),
        };
        let by_policy = match self.govern(object, section) {
            Ok(governing) => governing,
            Err(refusal) => return Resolution::new(Decision::Refuse(refusal)),
        }
        .and_then(|(index, section)| {
            let judged = self.policies.get(index)?;
            Some(self.of_policy(judged, object, section.as_deref()))
        });
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
        Resolution {
            decision,
            policy: Some(full_name(judged.policy.object())),
            status: self.report(judged).policy().status.clone(),
            warnings: faults.iter().chain(&judged.judgement.warnings).cloned().collect(),
            from: judged.judgement.compiled.as_ref().map_or_else(Vec::new, |one| one.from.clone()),
        }
    }

    /// The policy for the section, or else the one for the whole; and which of the two it is for.
    fn govern(
        &self,
        object: &Object,
        section: Option<&str>,
    ) -> Result<Option<(usize, Option<String>)>, Refusal> {
        let ports = match Ports::of(&self.index, object) {
            Ports::Known(ports) => ports,
            Ports::Unclear(why) => return Err(Refusal::new("Invalid", why)),
            Ports::Unknown => Vec::new(),
        };
        let section = match (section, ports.as_slice()) {
            // A backend of one port is that port.
            (None, [port]) => Some(port.section.as_str()),
            (Some(section), [_, ..]) => match ports.iter().find(|port| port.is_called(section)) {
                Some(port) => Some(port.section.as_str()),
                None => {
                    let why = attachment::no_section(&object.shown(), section, &ports);
                    return Err(Refusal::new("TargetNotFound", why));
                }
            },
            (section, _) => section,
        };
        let of_section = section.and_then(|section| {
            let index = self.governing.of(object, Some(section))?;
            Some((index, Some(section.to_owned())))
        });
        let whole = || self.governing.of(object, None).map(|index| (index, None));
        if let Some(governing) = of_section.or_else(whole) {
            return Ok(Some(governing));
        }
        let is_number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
        // Without the object, nobody knows which section has the number of this port.
        let is_unclear = match section {
            None => true,
            Some(section) => ports.is_empty() && object.kind == Kind::Service && is_number(section),
        };
        match self.governing.sections(object).as_slice() {
            sections @ [_, ..] if is_unclear => {
                let sections: Vec<String> =
                    sections.iter().map(|section| index::escaped(section)).collect();
                let why = format!(
                    "policies govern parts of it: ask about one of them ({})",
                    sections.join(", ")
                );
                Err(Refusal::new("Invalid", why))
            }
            _ => Ok(None),
        }
    }

    /// How a Backend of Envoy Gateway says that TLS is spoken.
    fn settings(
        &self,
        object: &Object,
    ) -> Result<Option<(&'a Loaded<EnvoyGatewayBackend>, &'a BackendTlsSettings)>, Refusal> {
        if object.kind != Kind::Backend {
            return Ok(None);
        }
        let refuse = |why| Err(Refusal::new("Invalid", why));
        match self.index.backends.find(&object.namespace, &object.name) {
            Found::Missing { .. } => Ok(None),
            Found::Several(places) => refuse(several(&object.shown(), &places)),
            Found::One(backend) => {
                let errors = backend.field_errors().iter();
                let errors: Vec<String> = errors.map(ToString::to_string).collect();
                match errors.is_empty() {
                    true => Ok(backend.object().spec.tls.as_ref().map(|tls| (backend, tls))),
                    // The server would not have it.
                    false => refuse(format!("{}: {}", object.shown(), errors.join("; "))),
                }
            }
        }
    }
}

/// A Backend of Envoy Gateway that asks for no verification, with or without a policy.
fn skipping(
    object: &Object,
    by_policy: Option<Resolution>,
    settings: &BackendTlsSettings,
) -> Resolution {
    let mut skipping = by_policy.unwrap_or_else(|| Resolution::new(Decision::NoPolicy));
    let sni = match (&skipping.decision, &skipping.policy) {
        (Decision::Verify { sni, .. }, Some(policy)) => {
            skipping.warnings.push(Note::new(format!(
                "{}: insecureSkipVerify is true, so EVERY certificate is accepted, although policy \
                 {policy} is attached: take one of the two away",
                object.shown()
            )));
            Some(sni.clone())
        }
        _ => settings.sni.as_deref().and_then(|sni| rules::hostname(sni).ok()),
    };
    Resolution { decision: Decision::SkipVerification { sni }, from: Vec::new(), ..skipping }
}

impl<'a> Judged<'a> {
    /// Of all documents for one policy; None of none. Copies are one; if they differ, nobody knows
    /// what it says, and what any of them is about is refused.
    fn of(
        copies: &[&'a Loaded<BackendTlsPolicy>],
        index: &Index<'a>,
        system: &SystemAnchors,
        bundles: &mut Bundles,
    ) -> Option<Self> {
        let (first, others) = copies.split_first()?;
        let differ = others.iter().any(|other| other.object() != first.object());
        let judgement = match differ {
            false => Judgement::of(first, index, system, bundles),
            true => {
                let places: Vec<_> = copies.iter().map(|copy| copy.place()).collect();
                let shown = format!("BackendTLSPolicy {}", full_name(first.object()));
                Judgement::of_several(several(&shown, &places))
            }
        };
        let meant = if differ { copies } else { &[*first][..] };
        let namespace = first.object().metadata.namespace_or_default();
        let references = meant.iter().flat_map(|copy| &copy.object().spec.target_refs);
        let attachments: Vec<Attachment> =
            references.map(|reference| Attachment::of(index, namespace, reference)).collect();
        Some(Self {
            policy: first,
            judgement,
            governed_by: vec![None; attachments.len()],
            attachments,
        })
    }
}

/// The documents for each policy, in an order that is the same for any order of the files.
fn by_name(policies: &[Loaded<BackendTlsPolicy>]) -> Vec<Vec<&Loaded<BackendTlsPolicy>>> {
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for policy in policies {
        let metadata = &policy.object().metadata;
        let unnamed = match metadata.name {
            Some(_) => String::new(),
            // Each is one of its own: the server gives them names.
            None => policy.object().to_json(),
        };
        let name = metadata.name.as_deref().unwrap_or_default();
        by_name.entry((metadata.namespace_or_default(), name, unnamed)).or_default().push(policy);
    }
    for copies in by_name.values_mut() {
        copies.sort_by_cached_key(|copy| (copy.object().to_json(), copy.place().to_string()));
    }
    by_name.into_values().collect()
}
