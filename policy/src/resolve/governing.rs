//! Which of several policies governs a backend, or a section of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Judged;
use super::attachment::Object;
use super::index::escaped;
use crate::api::BackendTlsPolicy;

/// An object, or a section of it.
pub(super) type Part = (Object, Option<String>);

/// For each part that a policy is about, the policy that governs it.
#[derive(Debug, Default)]
pub(super) struct Governing {
    by_part: BTreeMap<Part, usize>,
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
        let mut by_part = BTreeMap::new();
        for (part, mut claim) in claims {
            let policy = |index: usize| policies.get(index).map(|judged| judged.policy.object());
            claim.sort_by(|one, other| match (policy(one.0), policy(other.0)) {
                (Some(one), Some(other)) => precedence(one, other),
                _ => Ordering::Equal,
            });
            let Some(((winner, _), losers)) = claim.split_first() else { continue };
            let name = policy(*winner).map(full_name);
            by_part.insert(part, *winner);
            for (loser, reference) in losers.iter().filter(|(loser, _)| loser != winner) {
                let judged = policies.get_mut(*loser);
                if let Some(governed_by) =
                    judged.and_then(|judged| judged.governed_by.get_mut(*reference))
                {
                    governed_by.clone_from(&name);
                }
            }
        }
        Self { by_part }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.by_part.keys()
    }

    /// The policy for exactly this part.
    pub(super) fn of(&self, object: &Object, section: Option<&str>) -> Option<usize> {
        self.by_part.get(&(object.clone(), section.map(str::to_owned))).copied()
    }

    /// The sections of the object that a policy governs.
    pub(super) fn sections(&self, object: &Object) -> Vec<&str> {
        let mut sections = Vec::new();
        self.visit(object, |section| sections.extend(section));
        sections
    }

    /// Whether a policy governs the object, or a section of it.
    pub(super) fn knows(&self, object: &Object) -> bool {
        let mut knows = false;
        self.visit(object, |_| knows = true);
        knows
    }

    /// The object sorts before each of its sections.
    fn visit<'g>(&'g self, object: &Object, mut see: impl FnMut(Option<&'g str>)) {
        for ((governed, section), _) in self.by_part.range((object.clone(), None)..) {
            if governed != object {
                return;
            }
            see(section.as_deref());
        }
    }
}

/// Which of two policies for one part governs: the older, then the first by `{namespace}/{name}`.
/// One that has no time has not been created yet.
fn precedence(one: &BackendTlsPolicy, other: &BackendTlsPolicy) -> Ordering {
    let time = |policy: &BackendTlsPolicy| {
        let created = policy.metadata.creation_timestamp.as_ref();
        created.and_then(|time| time.parse::<jiff::Timestamp>().ok())
    };
    let by_time = match (time(one), time(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_time.then_with(|| full_name(one).cmp(&full_name(other)))
}

/// `{namespace}/{name}`
pub(super) fn full_name(policy: &BackendTlsPolicy) -> String {
    let metadata = &policy.metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    format!("{}/{}", escaped(metadata.namespace_or_default()), escaped(name))
}
