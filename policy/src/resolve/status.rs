//! What a controller would write into the status of each policy.

use lastmile::UnixTime;

use super::Judged;
use super::Resolver;
use super::Winner;
use super::ancestors::Found;
use super::ancestors::GATEWAY_API;
use super::attachment::Attachment;
use super::index::escaped;
use super::judgement::Finding;
use super::references::rfc3339;
use crate::api::BackendTlsPolicy;
use crate::api::Condition;
use crate::api::ParentReference;
use crate::api::PolicyAncestorStatus;
use crate::api::PolicyStatus;
use crate::documents::Place;
use crate::note::Note;
use crate::note::sentences;
use crate::yaml;

/// A policy, with its status as this controller would write it.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    policy: BackendTlsPolicy,
    /// If the document says more than that.
    raw: Option<serde_json::Value>,
    accepted: Finding,
    resolved_refs: Finding,
    place: Place,
    faults: Vec<Note>,
    warnings: Vec<Note>,
    left_out: Vec<ParentReference>,
}

impl PolicyReport {
    /// The policy with its new status.
    pub const fn policy(&self) -> &BackendTlsPolicy {
        &self.policy
    }

    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
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

    /// Ancestors for which there is no room in the status, the first 64. The policy must not be used for them,
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
        let (accepted, resolved_refs) = (accepted(judged), resolved_refs(judged));
        let mut policy = judged.policy.object().clone();
        let entries = policy.status.take().unwrap_or_default().ancestors;
        let ancestors = self.ancestors.of(&judged.attachments, &self.index);
        let mut entries = self.without_stale(entries, &ancestors, &policy);
        let (mut left_out, mut dropped) = (Vec::new(), false);
        for (namespace, name) in ancestors.first(MOST_ANCESTORS.saturating_add(MOST_LEFT_OUT)) {
            let ancestor = ParentReference::default()
                .group(GATEWAY_API)
                .kind("Gateway")
                .namespace(namespace)
                .name(name);
            let place = entries.iter().position(|entry| {
                self.is_own(entry) && is_same(&ancestor, &entry.ancestor_ref, &policy)
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
            let generation = policy.metadata.generation;
            let entry = entries.get_mut(place).filter(|entry| !is_later(entry, generation));
            if let Some(entry) = entry {
                for (of, finding) in [("Accepted", &accepted), ("ResolvedRefs", &resolved_refs)] {
                    dropped |= !set(entry, of, finding, generation, self.now);
                }
            }
        }
        policy.status = Some(PolicyStatus::default().ancestors(entries));
        let mut warnings = warnings(judged, &left_out);
        if dropped {
            let why = format!(
                "status: an ancestor has {MOST_CONDITIONS} conditions of others, and no place for \
                 Accepted and ResolvedRefs"
            );
            warnings.push(Note::new(why).at(judged.policy.place().clone()));
        }
        PolicyReport {
            raw: judged.policy.raw().cloned(),
            place: judged.policy.place().clone(),
            policy,
            faults: faults(judged, &accepted),
            accepted,
            resolved_refs,
            warnings,
            left_out,
        }
    }

    fn is_own(&self, entry: &PolicyAncestorStatus) -> bool {
        entry.controller_name == self.controller_name.as_str()
    }

    /// Without entries of its own about what is no ancestor any more, and without a second about
    /// one. Whoever wrote of a later generation knew more.
    fn without_stale(
        &self,
        entries: Vec<PolicyAncestorStatus>,
        ancestors: &Found<'_, '_>,
        policy: &BackendTlsPolicy,
    ) -> Vec<PolicyAncestorStatus> {
        let mut kept: Vec<PolicyAncestorStatus> = Vec::new();
        for entry in entries {
            let reference = &entry.ancestor_ref;
            let is_ancestor = || {
                let namespace = reference.namespace.as_deref();
                let namespace = namespace.unwrap_or(policy.metadata.namespace_or_default());
                let whole = ParentReference::default().namespace(namespace).name(&reference.name);
                is_same(&whole, reference, policy) && ancestors.contains(namespace, &reference.name)
            };
            let is_second = || {
                let mut own = kept.iter().filter(|other| self.is_own(other));
                own.any(|other| is_same(&other.ancestor_ref, reference, policy))
            };
            let keep = !self.is_own(&entry)
                || is_later(&entry, policy.metadata.generation)
                || is_ancestor() && !is_second();
            if keep {
                kept.push(entry);
            }
        }
        kept
    }
}

impl PolicyReport {
    /// The policy with its new status, as YAML. What its document says and the API does not know,
    /// or has as another type, stands in it as it was: without that it would be another policy.
    pub fn to_yaml(&self) -> String {
        let status = serde_json::to_value(&self.policy.status).ok();
        match (&self.raw, status) {
            (Some(serde_json::Value::Object(raw)), Some(status)) => {
                let mut raw = raw.clone();
                raw.insert("status".to_owned(), status);
                yaml::write(&raw)
            }
            _ => self.policy.to_yaml(),
        }
    }
}

/// Whether an entry was written of a later generation.
fn is_later(entry: &PolicyAncestorStatus, generation: Option<i64>) -> bool {
    let observed = entry.conditions.iter().filter_map(|one| one.observed_generation);
    generation.is_some_and(|generation| observed.max().is_some_and(|latest| latest > generation))
}

/// What is wrong with the policy, with its places.
fn faults(judged: &Judged<'_>, accepted: &Finding) -> Vec<Note> {
    let mut faults = judged.judgement.faults.clone();
    faults.extend(judged.attachments.iter().enumerate().filter_map(|(at, attachment)| {
        match attachment {
            Attachment::Attached { .. } => None,
            Attachment::NoSuchSection { why, .. }
            | Attachment::UnknownTarget { why, .. }
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
        let Winner { name, is_accepted } = winner;
        let but = if *is_accepted { "" } else { ", though it is itself not accepted" };
        let why = format!(
            "{}{section} is governed by BackendTLSPolicy {name}, which is older, or the first by \
             name of the same age{but}",
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
    warnings.extend(left_out.iter().take(MOST_TOLD).map(|ancestor| {
        Note::new(format!(
            "Gateway {}/{} has no place among the {MOST_ANCESTORS} of status.ancestors, so it must \
             not use the policy, and its routes to the target must answer with an error",
            escaped(ancestor.namespace.as_deref().unwrap_or_default()),
            escaped(&ancestor.name)
        ))
        .at(judged.policy.place().clone())
    }));
    if left_out.len() > MOST_TOLD {
        let why = "more Gateways have no place among those of status.ancestors";
        warnings.push(Note::new(why).at(judged.policy.place().clone()));
    }
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
            Attachment::NoSuchSection { why, .. } | Attachment::UnknownTarget { why, .. } => {
                Some(why)
            }
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
            Attachment::NoSuchSection { why, .. } => Some(why.clone()),
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

/// Sets one condition, if there is a place for it. Its time moves only when its status does.
fn set(
    entry: &mut PolicyAncestorStatus,
    of: &str,
    finding: &Finding,
    generation: Option<i64>,
    now: UnixTime,
) -> bool {
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
        let has_place = entry.conditions.len() < MOST_CONDITIONS;
        if has_place {
            entry.conditions.push(condition);
        }
        return has_place;
    };
    if present.status == condition.status {
        condition.last_transition_time.clone_from(&present.last_transition_time);
    }
    *present = condition;
    true
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

/// Gateways beyond those that are counted one by one, and those that are told.
const MOST_LEFT_OUT: usize = 64;
const MOST_TOLD: usize = 8;
