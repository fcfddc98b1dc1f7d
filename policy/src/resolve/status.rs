//! What a controller would write into the status of each policy.

use std::collections::HashMap;

use lastmile::UnixTime;

use super::Judged;
use super::Resolver;
use super::attachment::Attachment;
use super::attachment::Kind;
use super::attachment::Object;
use super::attachment::Ports;
use super::index::escaped;
use super::judgement::Finding;
use super::references::rfc3339;
use crate::api::BackendTlsPolicy;
use crate::api::Condition;
use crate::api::ParentReference;
use crate::api::PolicyAncestorStatus;
use crate::api::PolicyStatus;
use crate::api::Route;
use crate::documents::Documents;
use crate::documents::Loaded;
use crate::documents::Place;
use crate::note::Note;
use crate::note::sentences;

/// A policy, with its status as this controller would write it.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    policy: BackendTlsPolicy,
    accepted: Finding,
    resolved_refs: Finding,
    faults: Vec<Note>,
    warnings: Vec<Note>,
    left_out: Vec<ParentReference>,
}

impl PolicyReport {
    /// The policy with its new status.
    pub const fn policy(&self) -> &BackendTlsPolicy {
        &self.policy
    }

    /// Whether it is accepted, for each of its ancestors and if it has none.
    pub const fn is_accepted(&self) -> bool {
        self.accepted.holds
    }

    /// The reason of the condition `Accepted`, and its sentence.
    pub fn accepted(&self) -> (&'static str, &str) {
        (self.accepted.reason, &self.accepted.message)
    }

    /// Whether all references are resolved.
    pub const fn has_resolved_refs(&self) -> bool {
        self.resolved_refs.holds
    }

    /// The reason of the condition `ResolvedRefs`, and its sentence.
    pub fn resolved_refs(&self) -> (&'static str, &str) {
        (self.resolved_refs.reason, &self.resolved_refs.message)
    }

    /// What is wrong with it, and with what it refers to. Even an accepted one may have some, if
    /// one of its references is good.
    pub fn faults(&self) -> &[Note] {
        &self.faults
    }

    /// What refuses nothing, and somebody should look at.
    pub fn warnings(&self) -> &[Note] {
        &self.warnings
    }

    /// Ancestors for which there is no room in the status. The policy must not be used for them,
    /// and they have to say so themselves.
    pub fn left_out(&self) -> &[ParentReference] {
        &self.left_out
    }
}

impl Resolver<'_> {
    /// The policies by namespace and name, each with the status that the controller would write.
    /// The entries of other controllers, and conditions of other types, are as they were.
    pub fn reports(&self) -> Vec<PolicyReport> {
        self.policies.iter().map(|judged| self.report(judged)).collect()
    }

    pub(super) fn report(&self, judged: &Judged<'_>) -> PolicyReport {
        let accepted = accepted(judged);
        let resolved_refs = resolved_refs(judged);
        let mut policy = judged.policy.object().clone();
        let ancestors = self.ancestors(judged);
        let mut entries = policy.status.take().unwrap_or_default().ancestors;
        let is_own =
            |entry: &PolicyAncestorStatus| entry.controller_name == self.controller_name.as_str();
        let generation = policy.metadata.generation;
        // Whoever wrote of a later generation knew more.
        let is_later = |entry: &PolicyAncestorStatus| {
            entry.conditions.iter().any(|condition| condition.observed_generation > generation)
        };
        // Entries of its own about what is no ancestor any more are removed.
        entries.retain(|entry| {
            let mut ancestors = ancestors.iter();
            !is_own(entry)
                || is_later(entry)
                || ancestors.any(|ancestor| is_same(ancestor, &entry.ancestor_ref, &policy))
        });
        let mut left_out = Vec::new();
        for ancestor in ancestors {
            let place = entries.iter().position(|entry| {
                is_own(entry) && is_same(&ancestor, &entry.ancestor_ref, &policy)
            });
            let place = match place {
                Some(place) => place,
                None if entries.len() >= MOST_ANCESTORS => {
                    left_out.push(ancestor);
                    continue;
                }
                None => {
                    let entry = PolicyAncestorStatus::default()
                        .ancestor_ref(ancestor)
                        .controller_name(self.controller_name.as_str());
                    entries.push(entry);
                    entries.len().saturating_sub(1)
                }
            };
            if let Some(entry) = entries.get_mut(place).filter(|entry| !is_later(entry)) {
                set(entry, "Accepted", &accepted, generation, self.now);
                set(entry, "ResolvedRefs", &resolved_refs, generation, self.now);
            }
        }
        policy.status = Some(PolicyStatus::default().ancestors(entries));
        let warnings = warnings(judged, &left_out);
        let faults = faults(judged, &accepted);
        PolicyReport { policy, accepted, resolved_refs, faults, warnings, left_out }
    }

    /// The Gateways whose routes lead to a target of the policy, by namespace and name.
    fn ancestors(&self, judged: &Judged<'_>) -> Vec<ParentReference> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for attachment in &judged.attachments {
            let Some((object, section)) = attachment.part() else { continue };
            let ports = match Ports::of(&self.index, object) {
                Ports::Known(ports) => ports,
                Ports::Unclear(_) | Ports::Unknown => Vec::new(),
            };
            for (route, port) in self.routes.get(object).into_iter().flatten() {
                let leads_there = match (section, port) {
                    (Some(section), Some(number)) if !ports.is_empty() => {
                        ports.iter().any(|port| port.section == *section && port.number == *number)
                    }
                    // Without ports, nobody knows better.
                    _ => true,
                };
                if leads_there {
                    found.extend(gateways(route));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let reference = |(namespace, name): (&str, &str)| {
            ParentReference::default()
                .group(GATEWAY_API)
                .kind("Gateway")
                .namespace(namespace)
                .name(name)
        };
        found.into_iter().map(reference).collect()
    }
}

/// By what they lead to, the routes and the ports.
pub(super) fn routes(documents: &Documents) -> HashMap<Object, Vec<(&Route, Option<u16>)>> {
    let mut routes: HashMap<Object, Vec<(&Route, Option<u16>)>> = HashMap::new();
    for route in documents.routes().iter().map(Loaded::object) {
        let namespace = route.metadata.namespace_or_default();
        for backend in route.backends() {
            let group = backend.group.as_deref().unwrap_or_default();
            let kind = backend.kind.as_deref().unwrap_or("Service");
            if let Some(kind) = Kind::of(group, kind) {
                let namespace = backend.namespace.as_deref().unwrap_or(namespace).to_owned();
                let object = Object { kind, namespace, name: backend.name.clone() };
                routes.entry(object).or_default().push((route, backend.port));
            }
        }
    }
    routes
}

/// The namespaces and names of the Gateways of a route.
fn gateways(route: &Route) -> impl Iterator<Item = (&str, &str)> {
    let is_gateway = |parent: &&ParentReference| {
        let group = parent.group.as_deref().unwrap_or(GATEWAY_API);
        let kind = parent.kind.as_deref().unwrap_or("Gateway");
        (group, kind) == (GATEWAY_API, "Gateway")
    };
    let own = route.metadata.namespace_or_default();
    route
        .spec
        .parent_refs
        .iter()
        .filter(is_gateway)
        .map(move |parent| (parent.namespace.as_deref().unwrap_or(own), parent.name.as_str()))
}

/// What is wrong with the policy, with its places.
fn faults(judged: &Judged<'_>, accepted: &Finding) -> Vec<Note> {
    let mut faults = judged.judgement.faults.clone();
    faults.extend(judged.attachments.iter().enumerate().filter_map(|(at, attachment)| {
        match attachment {
            Attachment::Attached { .. } => None,
            Attachment::NoSuchSection(why)
            | Attachment::UnknownKind(why)
            | Attachment::Unusable { why, .. } => {
                Some(Note::new(why.clone()).at(place(judged, at)))
            }
        }
    }));
    if accepted.reason == "Conflicted" {
        faults.extend(conflicts(judged));
    }
    faults
}

/// Where a reference to a target stands.
fn place(judged: &Judged<'_>, at: usize) -> Place {
    judged.policy.place_of(&format!("spec.targetRefs[{at}]"))
}

/// Who governs in its place, for each reference that another policy wins.
fn conflicts(judged: &Judged<'_>) -> Vec<Note> {
    let references = judged.attachments.iter().zip(&judged.governed_by).enumerate();
    let conflicts = references.filter_map(|(at, (attachment, winner))| {
        let ((object, section), winner) = (attachment.part()?, winner.as_ref()?);
        let section = section.map_or_else(String::new, |section| format!(":{}", escaped(section)));
        let why = format!(
            "{}{section} is governed by BackendTLSPolicy {winner}, which is older, or the first by \
             name of the same age",
            object.shown()
        );
        Some(Note::new(why).at(place(judged, at)))
    });
    conflicts.collect()
}

fn warnings(judged: &Judged<'_>, left_out: &[ParentReference]) -> Vec<Note> {
    let mut warnings = judged.judgement.warnings.clone();
    for (at, attachment) in judged.attachments.iter().enumerate() {
        if let Attachment::Attached { note, udp, .. } = attachment {
            let notes = note.iter().chain(udp);
            warnings.extend(notes.map(|note| Note::new(note.clone()).at(place(judged, at))));
        }
    }
    warnings.extend(left_out.iter().map(|ancestor| {
        Note::new(format!(
            "Gateway {}/{} has no place among the {MOST_ANCESTORS} of status.ancestors, so it must \
             not use the policy, and its routes to the target must answer with an error",
            escaped(ancestor.namespace.as_deref().unwrap_or_default()),
            escaped(&ancestor.name)
        ))
        .at(judged.policy.place().clone())
    }));
    warnings
}

/// The policy's own faults come before those of its targets: they are easier to mend.
fn accepted(judged: &Judged<'_>) -> Finding {
    let own = &judged.judgement.accepted;
    if !own.holds {
        return own.clone();
    }
    let all = |pick: fn(&Attachment) -> Option<&String>| -> Vec<&str> {
        judged.attachments.iter().filter_map(pick).map(String::as_str).collect()
    };
    let unusable = all(|attachment| match attachment {
        Attachment::Unusable { why, .. } => Some(why),
        _ => None,
    });
    if !unusable.is_empty() {
        return Finding::fails("Invalid", unusable.join("; "));
    }
    let conflicts = conflicts(judged);
    if !conflicts.is_empty() {
        return Finding::fails("Conflicted", sentences(&conflicts));
    }
    let attached = judged.attachments.iter().any(|one| matches!(one, Attachment::Attached { .. }));
    if !attached {
        let why = all(|attachment| match attachment {
            Attachment::NoSuchSection(why) | Attachment::UnknownKind(why) => Some(why),
            _ => None,
        });
        return Finding::fails("TargetNotFound", why.join("; "));
    }
    let udp = all(|attachment| match attachment {
        Attachment::Attached { udp, .. } => udp.as_ref(),
        _ => None,
    });
    match udp.as_slice() {
        [] => own.clone(),
        udp => Finding::holds(own.reason, format!("{}; {}", own.message, udp.join("; "))),
    }
}

/// A target without the section is a reference that is not resolved.
fn resolved_refs(judged: &Judged<'_>) -> Finding {
    let own = &judged.judgement.resolved_refs;
    let missing: Vec<String> = judged
        .attachments
        .iter()
        .filter_map(|attachment| match attachment {
            Attachment::NoSuchSection(why) => Some(why.clone()),
            _ => None,
        })
        .collect();
    match (own.holds, missing.as_slice()) {
        (_, []) => own.clone(),
        (true, _) => Finding::fails("TargetNotFound", missing.join("; ")),
        (false, _) => {
            Finding::fails(own.reason, format!("{}; {}", own.message, missing.join("; ")))
        }
    }
}

/// Sets one condition. Its time moves only when its status does.
fn set(
    entry: &mut PolicyAncestorStatus,
    of: &str,
    finding: &Finding,
    generation: Option<i64>,
    now: UnixTime,
) {
    let status = if finding.holds { "True" } else { "False" };
    let mut condition = Condition::default()
        .condition_type(of)
        .status(status)
        .reason(finding.reason)
        .message(finding.message.chars().take(LONGEST_MESSAGE).collect::<String>())
        .last_transition_time(rfc3339(i64::try_from(now.as_secs()).unwrap_or(i64::MAX)));
    condition.observed_generation = generation;
    let present = entry.conditions.iter_mut().find(|present| present.condition_type == of);
    let Some(present) = present else {
        if entry.conditions.len() < MOST_CONDITIONS {
            entry.conditions.push(condition);
        }
        return;
    };
    if present.status == condition.status {
        condition.last_transition_time.clone_from(&present.last_transition_time);
    }
    *present = condition;
}

/// Whether two references are to one ancestor, with what is left out written out.
fn is_same(one: &ParentReference, other: &ParentReference, policy: &BackendTlsPolicy) -> bool {
    let whole = |reference: &ParentReference| {
        let own = |text: &Option<String>, default: &str| {
            text.clone().unwrap_or_else(|| default.to_owned())
        };
        (
            own(&reference.group, GATEWAY_API),
            own(&reference.kind, "Gateway"),
            own(&reference.namespace, policy.metadata.namespace_or_default()),
            reference.name.clone(),
            reference.section_name.clone(),
            reference.port,
        )
    };
    whole(one) == whole(other)
}

/// `maxItems` of `status.ancestors`.
const MOST_ANCESTORS: usize = 16;
/// `maxItems` of `conditions`.
const MOST_CONDITIONS: usize = 8;
/// `maxLength` of `message`.
const LONGEST_MESSAGE: usize = 32_768;

const GATEWAY_API: &str = "gateway.networking.k8s.io";
