//! Objects that policies refer to: where bundles are, and what has ports.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::ObjectMeta;
use super::document::document;
use super::setters::setters;
use crate::schema;

/// A ConfigMap of `v1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ConfigMap {
    /// `v1`.
    pub api_version: String,
    /// `ConfigMap`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// Texts, by keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// Octets in base64, by keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub binary_data: BTreeMap<String, String>,
    /// Whether the server lets nobody change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,
}

impl ConfigMap {
    /// An empty one of version `v1`.
    pub fn v1() -> Self {
        Self::default().api_version("v1").kind("ConfigMap")
    }
}

setters!(ConfigMap {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    map data + data_entry: String => String,
    map binary_data + binary_data_entry: String => String,
    value immutable: bool,
});

document!(ConfigMap, schema::CONFIG_MAP);

/// A Secret of `v1`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Secret {
    /// `v1`.
    pub api_version: String,
    /// `Secret`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it is for, such as `kubernetes.io/tls`; without it, `Opaque`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub secret_type: Option<String>,
    /// Octets in base64, by keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// Texts, by keys, in the place of those in `data`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub string_data: BTreeMap<String, String>,
    /// Whether the server lets nobody change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,
}

impl Secret {
    /// An empty one of version `v1`.
    pub fn v1() -> Self {
        Self::default().api_version("v1").kind("Secret")
    }
}

setters!(Secret {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    text secret_type: String,
    map data + data_entry: String => String,
    map string_data + string_data_entry: String => String,
    value immutable: bool,
});

document!(Secret, schema::SECRET);

impl std::fmt::Debug for Secret {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}

/// A ClusterTrustBundle of `certificates.k8s.io`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ClusterTrustBundle {
    /// `certificates.k8s.io/v1beta1`, or another version of it.
    pub api_version: String,
    /// `ClusterTrustBundle`.
    pub kind: String,
    /// Name.
    pub metadata: ObjectMeta,
    /// What it holds.
    pub spec: ClusterTrustBundleSpec,
}

impl ClusterTrustBundle {
    /// An empty one of version `v1beta1`.
    pub fn v1beta1() -> Self {
        Self::default().api_version("certificates.k8s.io/v1beta1").kind("ClusterTrustBundle")
    }
}

setters!(ClusterTrustBundle {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: ClusterTrustBundleSpec,
});

document!(ClusterTrustBundle, schema::CLUSTER_TRUST_BUNDLE);

/// What a ClusterTrustBundle holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ClusterTrustBundleSpec {
    /// The signer whose bundle it is; the name of the object begins with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer_name: Option<String>,
    /// The bundle, as PEM.
    pub trust_bundle: String,
}

setters!(ClusterTrustBundleSpec {
    text signer_name: String,
    text trust_bundle: String,
});

/// A Service of `v1`, as far as ports of policies need it: what else a document has is not kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Service {
    /// `v1`.
    pub api_version: String,
    /// `Service`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it offers.
    pub spec: ServiceSpec,
}

impl Service {
    /// An empty one of version `v1`.
    pub fn v1() -> Self {
        Self::default().api_version("v1").kind("Service")
    }
}

setters!(Service {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: ServiceSpec,
});

document!(Service, schema::SERVICE);

/// What a Service offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServiceSpec {
    /// The ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<ServicePort>,
    /// How it is reached, such as `ExternalName`; without it, `ClusterIP`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
}

setters!(ServiceSpec {
    text service_type: String,
    list ports + port: ServicePort,
});

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServicePort {
    /// The name, which a `sectionName` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`; without it, TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// What the backend speaks, such as `https` or `kubernetes.io/h2c`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_protocol: Option<String>,
}

impl ServicePort {
    /// With nothing but a number.
    pub fn numbered(port: u16) -> Self {
        Self::default().port(port)
    }
}

setters!(ServicePort {
    text name: String,
    value port: u16,
    text protocol: String,
    text app_protocol: String,
});
