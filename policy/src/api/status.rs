//! What controllers say of a policy.

use serde::Deserialize;
use serde::Serialize;

use super::setters::setters;

/// `status` of a policy: an entry for each ancestor and controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PolicyStatus {
    /// The entries, at most 16.
    pub ancestors: Vec<PolicyAncestorStatus>,
}

setters!(PolicyStatus {
    list ancestors + ancestor: PolicyAncestorStatus,
});

/// What one controller says of a policy for one ancestor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PolicyAncestorStatus {
    /// The Gateway that it is about.
    pub ancestor_ref: ParentReference,
    /// Who says it.
    pub controller_name: String,
    /// What is said, each type once.
    pub conditions: Vec<Condition>,
}

setters!(PolicyAncestorStatus {
    value ancestor_ref: ParentReference,
    text controller_name: String,
    list conditions + condition: Condition,
});

/// An ancestor: a Gateway, unless something else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ParentReference {
    /// The API group; without it, that of the Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The kind; without it, Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The namespace; without it, that of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// A section of it, such as a listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_name: Option<String>,
    /// A port of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

setters!(ParentReference {
    text group: String,
    text kind: String,
    text namespace: String,
    text name: String,
    text section_name: String,
    value port: u16,
});

/// Something that holds or not, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Condition {
    /// What it is, such as `Accepted`.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// A word for machines.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
    /// The generation of the policy that was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When the status last changed, in RFC 3339.
    pub last_transition_time: String,
}

setters!(Condition {
    text condition_type: String,
    text status: String,
    text reason: String,
    text message: String,
    value observed_generation: i64,
    text last_transition_time: String,
});
