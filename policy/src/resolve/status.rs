//! What a controller would write into the status of each policy.

use lastmile::UnixTime;

use super::Judged;
use super::Resolver;
use super::attachment;
use super::attachment::Attachment;
use super::attachment::Kind;
use super::attachment::Object;
use super::judgement::Finding;
use crate::api::BackendReference;
use crate::api::BackendTlsPolicy;
use crate::api::Condition;
use crate::api::ParentReference;
use crate::api::PolicyAncestorStatus;
use crate::api::PolicyStatus;
use crate::api::Route;

/// A policy, with its status as this controller would write it.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    policy: BackendTlsPolicy,
    accepted: Finding,
    resolved_refs: Finding,
    warnings: Vec<String>,
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

    /// What somebody should look at.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Ancestors for which there is no room in the status. The policy must not be used for them,
    /// and they have to say so themselves.
    pub fn left_out(&self) -> &[ParentReference] {
        &self.left_out
    }
}

impl Resolver<'_> {
    /// The policies by namespace and name, each with the status that `controller` would write
    /// at `now`. The entries of other controllers, and conditions of other types, are as they were.
    pub fn reports(&self, controller: &str, now: UnixTime) -> Vec<PolicyReport> {
        self.policies.iter().map(|judged| self.report(judged, controller, now)).collect()
    }

    fn report(&self, judged: &Judged<'_>, controller: &str, now: UnixTime) -> PolicyReport {
        let accepted = accepted(judged);
        let resolved_refs = resolved_refs(judged);
        let mut policy = judged.policy.object().clone();
        let ancestors = self.ancestors(judged);
        let mut entries = policy.status.take().unwrap_or_default().ancestors;
        // Entries of its own about what is no ancestor any more are removed.
        entries.retain(|entry| {
            entry.controller_name != controller
                || ancestors.iter().any(|ancestor| is_same(ancestor, &entry.ancestor_ref, &policy))
        });
        let mut left_out = Vec::new();
        for ancestor in ancestors {
            let place = entries.iter().position(|entry| {
                entry.controller_name == controller
                    && is_same(&ancestor, &entry.ancestor_ref, &policy)
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
                        .controller_name(controller);
                    entries.push(entry);
                    entries.len().saturating_sub(1)
                }
            };
            if let Some(entry) = entries.get_mut(place) {
                let generation = policy.metadata.generation;
                set(entry, "Accepted", &accepted, generation, now);
                set(entry, "ResolvedRefs", &resolved_refs, generation, now);
            }
        }
        policy.status = Some(PolicyStatus::default().ancestors(entries));
        let mut warnings = judged.judgement.warnings.clone();
        warnings.extend(judged.attachments.iter().filter_map(|(_, attachment)| match attachment {
            Attachment::Attached { note, .. } => note.clone(),
            _ => None,
        }));
        PolicyReport { policy, accepted, resolved_refs, warnings, left_out }
    }

    /// The Gateways whose routes lead to a target of the policy, by namespace and name.
    fn ancestors(&self, judged: &Judged<'_>) -> Vec<ParentReference> {
        let mut found: Vec<(String, String)> = Vec::new();
        for route in self.documents.routes().iter().map(|loaded| loaded.object()) {
            let leads = judged.attachments.iter().any(|(object, attachment)| match object {
                Some(object) => self.leads(route, object, attachment),
                None => false,
            });
            if !leads {
                continue;
            }
            let namespace = route.metadata.namespace_or_default();
            for parent in &route.spec.parent_refs {
                let group = parent.group.as_deref().unwrap_or("gateway.networking.k8s.io");
                let kind = parent.kind.as_deref().unwrap_or("Gateway");
                if (group, kind) == ("gateway.networking.k8s.io", "Gateway") {
                    let namespace = parent.namespace.as_deref().unwrap_or(namespace);
                    found.push((namespace.to_owned(), parent.name.clone()));
                }
            }
        }
        found.sort();
        found.dedup();
        let reference = |(namespace, name): (String, String)| {
            ParentReference::default()
                .group("gateway.networking.k8s.io")
                .kind("Gateway")
                .namespace(namespace)
                .name(name)
        };
        found.into_iter().map(reference).collect()
    }

    /// Whether the route leads to the object, and to the section if it is about one.
    fn leads(&self, route: &Route, object: &Object, attachment: &Attachment) -> bool {
        let namespace = route.metadata.namespace_or_default();
        let section = match attachment {
            Attachment::Attached { section, .. } => section.as_deref(),
            _ => None,
        };
        let is_object = |backend: &&BackendReference| {
            let group = backend.group.as_deref().unwrap_or_default();
            let kind = backend.kind.as_deref().unwrap_or("Service");
            Kind::of(group, kind) == Some(object.kind)
                && backend.name == object.name
                && backend.namespace.as_deref().unwrap_or(namespace) == object.namespace
        };
        let ports = attachment::ports(self.documents, object);
        route.backends().filter(is_object).any(|backend| {
            match (section, &ports, backend.port) {
                (Some(section), Some(ports), Some(number)) => {
                    ports.iter().any(|port| port.section == section && port.number == number)
                }
                // Without ports, nobody knows better.
                _ => true,
            }
        })
    }
}

/// The policy's own faults come before those of its targets: they are easier to mend.
fn accepted(judged: &Judged<'_>) -> Finding {
    let own = &judged.judgement.accepted;
    if !own.holds {
        return own.clone();
    }
    let only = |pick: fn(&Attachment) -> Option<&String>| -> Vec<String> {
        judged.attachments.iter().filter_map(|(_, attachment)| pick(attachment)).cloned().collect()
    };
    let udp = only(|attachment| match attachment {
        Attachment::OnlyUdp(why) => Some(why),
        _ => None,
    });
    if !udp.is_empty() {
        return Finding::fails("Invalid", udp.join("; "));
    }
    let conflicts: Vec<String> = judged
        .attachments
        .iter()
        .zip(&judged.governed_by)
        .filter_map(|((object, _), winner)| {
            let (object, winner) = (object.as_ref()?, winner.as_ref()?);
            let kind = object.kind.name();
            Some(format!(
                "{kind} {}/{} is governed by BackendTLSPolicy {winner}, which is older, or the \
                 first by name of the same age",
                object.namespace, object.name
            ))
        })
        .collect();
    if !conflicts.is_empty() {
        return Finding::fails("Conflicted", conflicts.join("; "));
    }
    let attached =
        judged.attachments.iter().any(|(_, one)| matches!(one, Attachment::Attached { .. }));
    if !attached {
        let why = only(|attachment| match attachment {
            Attachment::NoSuchSection(why) | Attachment::UnknownKind(why) => Some(why),
            _ => None,
        });
        return Finding::fails("TargetNotFound", why.join("; "));
    }
    own.clone()
}

/// A target without the section is a reference that is not resolved.
fn resolved_refs(judged: &Judged<'_>) -> Finding {
    let own = &judged.judgement.resolved_refs;
    let missing: Vec<String> = judged
        .attachments
        .iter()
        .filter_map(|(_, attachment)| match attachment {
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

/// Sets one condition. Its time moves only when its status does, and what was said of a later
/// generation stands.
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
        .last_transition_time(rfc3339(now));
    condition.observed_generation = generation;
    let present = entry.conditions.iter_mut().find(|present| present.condition_type == of);
    let Some(present) = present else {
        if entry.conditions.len() < MOST_CONDITIONS {
            entry.conditions.push(condition);
        }
        return;
    };
    if present.observed_generation > generation {
        return;
    }
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
            own(&reference.group, "gateway.networking.k8s.io"),
            own(&reference.kind, "Gateway"),
            own(&reference.namespace, policy.metadata.namespace_or_default()),
            reference.name.clone(),
            reference.section_name.clone(),
            reference.port,
        )
    };
    whole(one) == whole(other)
}

fn rfc3339(now: UnixTime) -> String {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `maxItems` of `status.ancestors`.
const MOST_ANCESTORS: usize = 16;
/// `maxItems` of `conditions`.
const MOST_CONDITIONS: usize = 8;
/// `maxLength` of `message`.
const LONGEST_MESSAGE: usize = 32_768;
