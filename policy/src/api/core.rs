//! Objects that policies refer to: where bundles are, and what has ports.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::ObjectMeta;

/// A ConfigMap of `v1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ConfigMap {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// Texts, by keys.
    pub data: BTreeMap<String, String>,
    /// Octets in base64, by keys.
    pub binary_data: BTreeMap<String, String>,
}

/// A Secret of `v1`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Secret {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// Octets in base64, by keys.
    pub data: BTreeMap<String, String>,
    /// Texts, by keys, in the place of those in `data`.
    pub string_data: BTreeMap<String, String>,
}

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
    /// Name.
    pub metadata: ObjectMeta,
    /// What it holds.
    pub spec: ClusterTrustBundleSpec,
}

/// What a ClusterTrustBundle holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ClusterTrustBundleSpec {
    /// The bundle, as PEM.
    pub trust_bundle: String,
}

/// A Service of `v1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Service {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it offers.
    pub spec: ServiceSpec,
}

/// What a Service offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServiceSpec {
    /// The ports.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServicePort {
    /// The name, which a `sectionName` is.
    pub name: Option<String>,
    /// The number.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`; without it, TCP.
    pub protocol: Option<String>,
}
