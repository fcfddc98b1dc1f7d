//! Which of several policies governs a backend, or a section of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Judged;
use super::attachment::Object;
use super::index::escaped;
use crate::api::BackendTlsPolicy;

/// An object, or a section of it.
type Part = (Object, Option<String>);

/// For each part that a policy is about, the policy that governs it.
#[derive(Debug, Default)]
pub(super) struct Governing {
    by_object: BTreeMap<Object, Sections>,
}

/// Of one object.
#[derive(Debug, Default)]
struct Sections {
    whole: Option<usize>,
    by_name: BTreeMap<String, usize>,
}

/// Who governs in the place of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Winner {
    pub(super) name: String,
    pub(super) is_accepted: bool,
}

impl Governing {
    /// Selects, and tells the others who governs in their place.
    pub(super) fn select(policies: &mut [Judged<'_>]) -> Self {
        // For each part, the policies and which of their references it is.
        let mut claims: BTreeMap<Part, Vec<(usize, usize)>> = BTreeMap::new();
        for (policy, judged) in policies.iter().enumerate() {
            for (reference, attachment) in judged.attachments.iter().enumerate() {
                if let Some((object, section)) = attachment.part() {
                    let claim = claims.entry((object.clone(), section.cloned())).or_default();
                    claim.push((policy, reference));
                }
            }
        }
        let mut governing = Self::default();
        for ((object, section), mut claim) in claims {
            claim.sort_by(|one, other| match (policies.get(one.0), policies.get(other.0)) {
                (Some(one), Some(other)) => precedence(one, other),
                _ => Ordering::Equal,
            });
            let Some(((winner, _), losers)) = claim.split_first() else { continue };
            let told = policies.get(*winner).map(|judged| Winner {
                name: full_name(judged.policy.object()),
                is_accepted: judged.judgement.accepted.holds,
            });
            let sections = governing.by_object.entry(object).or_default();
            match section {
                None => sections.whole = Some(*winner),
                Some(section) => drop(sections.by_name.insert(section, *winner)),
            }
            for (loser, reference) in losers.iter().filter(|(loser, _)| loser != winner) {
                let judged = policies.get_mut(*loser);
                if let Some(governed_by) =
                    judged.and_then(|judged| judged.governed_by.get_mut(*reference))
                {
                    governed_by.clone_from(&told);
                }
            }
        }
        governing
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.by_object.keys()
    }

    /// The policy for the whole of the object.
    pub(super) fn whole(&self, object: &Object) -> Option<usize> {
        self.by_object.get(object)?.whole
    }

    /// The policy for exactly this section.
    pub(super) fn of(&self, object: &Object, section: &str) -> Option<usize> {
        self.by_object.get(object)?.by_name.get(section).copied()
    }

    /// The sections of the object that a policy governs.
    pub(super) fn sections(&self, object: &Object) -> impl Iterator<Item = &str> {
        let sections = self.by_object.get(object);
        sections.into_iter().flat_map(|sections| sections.by_name.keys().map(String::as_str))
    }

    /// Whether a policy governs the object, or a section of it.
    pub(super) fn knows(&self, object: &Object) -> bool {
        self.by_object.contains_key(object)
    }
}

/// Which of two policies for one part governs: the older, then the first by `{namespace}/{name}`.
/// One that has no time has not been created yet. One of which nobody knows what it says comes
/// before all others: it might be the older (fails closed).
fn precedence(one: &Judged<'_>, other: &Judged<'_>) -> Ordering {
    let time = |judged: &Judged<'_>| {
        let created = judged.policy.object().metadata.creation_timestamp.as_ref();
        created.and_then(|time| time.parse::<jiff::Timestamp>().ok())
    };
    let by_time = match (time(one), time(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let doubtful = other.is_doubtful.cmp(&one.is_doubtful);
    let name = |judged: &Judged<'_>| full_name(judged.policy.object());
    doubtful.then(by_time).then_with(|| name(one).cmp(&name(other)))
}

/// `{namespace}/{name}`
pub(super) fn full_name(policy: &BackendTlsPolicy) -> String {
    let metadata = &policy.metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    format!("{}/{}", escaped(metadata.namespace_or_default()), escaped(name))
}
