//! What the documents decide: for each backend a decision, for each policy a status.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use lastmile::UnixTime;

use crate::api::BackendTlsPolicy;
use crate::documents::Documents;
use crate::documents::Loaded;

mod ancestors;
mod attachment;
mod backend_settings;
mod controller_name;
mod decide;
mod decision;
mod endpoints;
mod governing;
mod index;
mod judgement;
mod ports;
mod references;
mod status;
mod system_anchors;
mod target;

use ancestors::Ancestors;
use attachment::Attachment;
use governing::Governing;
use governing::Winner;
use governing::full_name;
use index::Index;
use index::several;
use judgement::Judgement;
use ports::Ports;
use references::Bundles;

pub use attachment::Kind;
pub use controller_name::ControllerName;
pub use controller_name::InvalidControllerName;
pub use decision::AnchorSource;
pub use decision::Decision;
pub use decision::Refusal;
pub use decision::Resolution;
pub use decision::Terms;
pub use endpoints::Endpoint;
pub use status::PolicyReport;
pub use system_anchors::SystemAnchors;
pub use target::InvalidTarget;
pub use target::Target;

impl Documents {
    /// What is decided for one target at a time. For several, ask a [`Resolver`].
    ///
    /// As long as there are [`faults`](Self::faults), a policy may be missing, and what no policy is
    /// about is refused: see [`ResolverBuilder::despite_faults`].
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
            despite_faults: false,
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
    despite_faults: bool,
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

    /// Whether a backend that no policy is about is spoken to as without one, although some documents
    /// could not be read. Each of them may be a policy; without this call, such a backend is refused
    /// then, unless it is a Backend that skips verification.
    #[must_use]
    pub fn despite_faults(self, despite_faults: bool) -> Self {
        Self { despite_faults, ..self }
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
    /// By an object, the policies that name it and do not attach to it, and their references.
    unattached: HashMap<attachment::Object, Vec<(usize, usize)>>,
    ancestors: Ancestors<'a>,
    bundles: Bundles,
    system: SystemAnchors,
    controller_name: ControllerName,
    now: UnixTime,
    /// Whether a policy may be among what could not be read.
    may_miss_a_policy: bool,
}

/// A policy, what is known of it, and how each of its references stands to its target.
#[derive(Debug)]
struct Judged<'a> {
    policy: &'a Loaded<BackendTlsPolicy>,
    judgement: Judgement,
    /// Whether it is among the documents more than once, and not the same each time.
    is_doubtful: bool,
    attachments: Vec<Attachment>,
    /// For each reference, the policy that governs in its place.
    governed_by: Vec<Option<Winner>>,
}

impl<'a> Resolver<'a> {
    fn new(builder: ResolverBuilder<'a>) -> Self {
        let ResolverBuilder { documents, system, now, controller_name, .. } = builder;
        let index = Index::new(documents);
        let mut bundles = Bundles::new(now, builder.fallback_keys);
        let mut policies: Vec<Judged<'a>> = by_name(documents.policies())
            .into_iter()
            .filter_map(|copies| Judged::of(&copies, &index, &system, &mut bundles))
            .collect();
        let governing = Governing::select(&mut policies);
        Self {
            index,
            unattached: unattached(&policies),
            policies,
            governing,
            ancestors: Ancestors::new(documents),
            bundles,
            system,
            controller_name,
            now,
            may_miss_a_policy: !builder.despite_faults && !documents.faults().is_empty(),
        }
    }

    /// Every backend, or section of one, that a policy is about, and every Backend of Envoy
    /// Gateway.
    pub fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for object in self.governing.objects() {
            let target = self.target(object);
            let sections = self.governing.sections(object);
            targets.extend(sections.map(|section| target.clone().of_section(section)));
            // A whole of which all parts are governed by others is nothing to ask about.
            if self.governing.whole(object).is_some() && self.has_other_parts(object) {
                targets.push(target);
            }
        }
        for (namespace, name) in self.index.backends.names() {
            targets.push(self.target(&attachment::Object::new(Kind::Backend, namespace, name)));
        }
        targets.sort();
        targets.dedup();
        targets
    }

    /// Its name, with the kind if there is another of that name.
    fn target(&self, object: &attachment::Object) -> Target {
        let target = Target::new(object.namespace.clone(), object.name.clone());
        match self.kinds(&target).as_slice() {
            [_, _] => target.of_kind(object.kind),
            _ => target,
        }
    }

    /// The kinds of which there is something of this name.
    fn kinds(&self, target: &Target) -> Vec<Kind> {
        let is_known = |kind: &Kind| {
            let object = target.object(*kind);
            self.governing.knows(&object) || *self.index.ports(&object) != Ports::Unknown
        };
        [Kind::Service, Kind::Backend].into_iter().filter(is_known).collect()
    }
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
        let is_doubtful = others.iter().any(|other| !other.is_same(first));
        let judgement = match is_doubtful {
            false => Judgement::of(first, index, system, bundles),
            true => {
                let shown = format!("BackendTLSPolicy {}", full_name(first.object()));
                Judgement::of_several(several(&shown, copies.iter().map(|copy| copy.place())))
            }
        };
        let meant = if is_doubtful { copies } else { &[*first][..] };
        let namespace = first.object().metadata.namespace_or_default();
        let references = meant.iter().flat_map(|copy| &copy.object().spec.target_refs);
        let attachments: Vec<Attachment> =
            references.map(|reference| Attachment::of(index, namespace, reference)).collect();
        Some(Self {
            policy: first,
            judgement,
            is_doubtful,
            governed_by: vec![None; attachments.len()],
            attachments,
        })
    }
}

fn unattached(policies: &[Judged<'_>]) -> HashMap<attachment::Object, Vec<(usize, usize)>> {
    let mut unattached: HashMap<_, Vec<_>> = HashMap::new();
    for (policy, judged) in policies.iter().enumerate() {
        let namespace = judged.policy.object().metadata.namespace_or_default();
        let attached: HashSet<&attachment::Object> =
            judged.attachments.iter().filter_map(|one| Some(one.part()?.0)).collect();
        for (reference, attachment) in judged.attachments.iter().enumerate() {
            let named = match attachment {
                Attachment::NoSuchSection { object, .. } => vec![object.clone()],
                // Whoever errs in the group or the kind may mean any of this name.
                Attachment::UnknownTarget { name, .. }
                    if !name.is_empty() && is_slip(judged.policy.object(), reference) =>
                {
                    let of_kind = |kind| attachment::Object::new(kind, namespace, name);
                    let mut named = vec![of_kind(Kind::Backend), of_kind(Kind::Service)];
                    named.retain(|object| !attached.contains(object));
                    named
                }
                _ => continue,
            };
            for object in named {
                unattached.entry(object).or_default().push((policy, reference));
            }
        }
    }
    unattached
}

/// Whether a target that is neither a Service nor a Backend may be meant as one. It is not if it has a group
/// of somebody else and another kind, such as a ServiceImport of `multicluster.x-k8s.io`.
fn is_slip(policy: &BackendTlsPolicy, reference: usize) -> bool {
    let Some(target) = policy.spec.target_refs.get(reference) else { return true };
    let (group, kind) = (target.group.to_ascii_lowercase(), target.kind.to_ascii_lowercase());
    let is_ours = !group.contains('.')
        || group.ends_with(".k8s.io")
        || ["gateway", "core", "envoy"].iter().any(|word| group.contains(word));
    is_ours || kind.is_empty() || ["service", "backend"].contains(&kind.trim_end_matches('s'))
}

/// The documents for each policy, in an order that is the same for any order of the files.
fn by_name(policies: &[Loaded<BackendTlsPolicy>]) -> Vec<Vec<&Loaded<BackendTlsPolicy>>> {
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for policy in policies {
        let metadata = &policy.object().metadata;
        let name = metadata.name.as_deref().filter(|name| !name.is_empty());
        let unnamed = match name {
            Some(_) => String::new(),
            // Each is one of its own: the server gives them names.
            None => policy.object().to_json(),
        };
        let key = (metadata.namespace_or_default(), name.unwrap_or_default(), unnamed);
        by_name.entry(key).or_default().push(policy);
    }
    for copies in by_name.values_mut() {
        copies.sort_by_cached_key(|copy| (copy.object().to_json(), copy.place().clone()));
    }
    by_name.into_values().collect()
}
