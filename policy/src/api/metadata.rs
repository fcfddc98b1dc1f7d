//! What every object has: its name, and who it belongs to.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::setters::setters;

/// `metadata` of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ObjectMeta {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The beginning of a name that the server makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generate_name: Option<String>,
    /// The namespace; without it, `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Texts that objects are selected by.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Texts for tools and people.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// A number that no other object has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The state of the object in the server's store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// Where the object is found; servers do not write it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_link: Option<String>,
    /// How often the spec has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// When the server made the object, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<String>,
    /// When the server deletes the object, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<String>,
    /// Seconds that the server waits before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// Who has something to do before the object is deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    /// The objects with which this one is deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owner_references: Vec<OwnerReference>,
    /// What else the server wrote, such as `managedFields`.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl ObjectMeta {
    /// With nothing but a name.
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().name(name)
    }

    /// The namespace; without one, or with an empty one, `default`.
    pub fn namespace_or_default(&self) -> &str {
        self.namespace.as_deref().filter(|namespace| !namespace.is_empty()).unwrap_or("default")
    }
}

setters!(ObjectMeta {
    text name: String,
    text generate_name: String,
    text namespace: String,
    map labels + label: String => String,
    map annotations + annotation: String => String,
    text uid: String,
    text resource_version: String,
    text self_link: String,
    value generation: i64,
    text creation_timestamp: String,
    text deletion_timestamp: String,
    value deletion_grace_period_seconds: i64,
    list finalizers + finalizer: String,
    list owner_references + owner_reference: OwnerReference,
});

/// An object with which another one is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct OwnerReference {
    /// The version of the owner.
    pub api_version: String,
    /// The kind of the owner.
    pub kind: String,
    /// The name of the owner.
    pub name: String,
    /// The uid of the owner.
    pub uid: String,
    /// Whether the owner manages the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    /// Whether the owner stays until the object is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
}

setters!(OwnerReference {
    text api_version: String,
    text kind: String,
    text name: String,
    text uid: String,
    value controller: bool,
    value block_owner_deletion: bool,
});
