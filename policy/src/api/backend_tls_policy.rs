//! The policy: what is connected to with TLS, and what its certificate is held to.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::ObjectMeta;
use super::PolicyStatus;
use super::document::document;
use super::setters::setters;
use crate::schema;

/// A BackendTLSPolicy of `gateway.networking.k8s.io`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendTlsPolicy {
    /// `gateway.networking.k8s.io/v1` or `v1alpha3`.
    pub api_version: String,
    /// `BackendTLSPolicy`.
    pub kind: String,
    /// Name, namespace, and the rest.
    pub metadata: ObjectMeta,
    /// What it says.
    pub spec: BackendTlsPolicySpec,
    /// What controllers say of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<PolicyStatus>,
}

impl BackendTlsPolicy {
    /// An empty one of version `v1`.
    pub fn v1() -> Self {
        Self::default().api_version("gateway.networking.k8s.io/v1").kind("BackendTLSPolicy")
    }

    /// An empty one of version `v1alpha3`, which is deprecated.
    pub fn v1alpha3() -> Self {
        Self::v1().api_version("gateway.networking.k8s.io/v1alpha3")
    }

    /// Adds one to `targetRefs` of the spec.
    #[must_use]
    pub fn target_ref(self, target_ref: PolicyTargetReference) -> Self {
        Self { spec: self.spec.target_ref(target_ref), ..self }
    }

    /// Replaces `hostname` of the validation.
    #[must_use]
    pub fn hostname(self, hostname: impl Into<String>) -> Self {
        self.validated(|validation| validation.hostname(hostname))
    }

    /// Adds one to `caCertificateRefs` of the validation.
    #[must_use]
    pub fn ca_certificate_ref(self, reference: LocalObjectReference) -> Self {
        self.validated(|validation| validation.ca_certificate_ref(reference))
    }

    /// Replaces `wellKnownCACertificates` of the validation.
    #[must_use]
    pub fn well_known_ca_certificates(self, set: impl Into<String>) -> Self {
        self.validated(|validation| validation.well_known_ca_certificates(set))
    }

    /// Adds one to `subjectAltNames` of the validation.
    #[must_use]
    pub fn subject_alt_name(self, name: SubjectAltName) -> Self {
        self.validated(|validation| validation.subject_alt_name(name))
    }

    fn validated(
        mut self,
        change: impl FnOnce(BackendTlsPolicyValidation) -> BackendTlsPolicyValidation,
    ) -> Self {
        self.spec.validation = change(self.spec.validation);
        self
    }
}

setters!(BackendTlsPolicy {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: BackendTlsPolicySpec,
    value status: PolicyStatus,
});

document!(BackendTlsPolicy, schema::BACKEND_TLS_POLICY);

/// What a policy says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendTlsPolicySpec {
    /// What it is about, in its own namespace.
    pub target_refs: Vec<PolicyTargetReference>,
    /// What the certificate is held to.
    pub validation: BackendTlsPolicyValidation,
    /// Settings of implementations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

setters!(BackendTlsPolicySpec {
    list target_refs + target_ref: PolicyTargetReference,
    value validation: BackendTlsPolicyValidation,
    map options + option: String => String,
});

/// A target in the namespace of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PolicyTargetReference {
    /// The API group; empty for a Service.
    pub group: String,
    /// The kind, such as Service.
    pub kind: String,
    /// The name.
    pub name: String,
    /// For a Service, the name of a port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_name: Option<String>,
}

impl PolicyTargetReference {
    /// A Service.
    pub fn service(name: impl Into<String>) -> Self {
        Self::default().kind("Service").name(name)
    }
}

setters!(PolicyTargetReference {
    text group: String,
    text kind: String,
    text name: String,
    text section_name: String,
});

/// What the certificate is held to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendTlsPolicyValidation {
    /// Where the trusted certificates are.
    #[serde(rename = "caCertificateRefs", skip_serializing_if = "Vec::is_empty")]
    pub ca_certificate_refs: Vec<LocalObjectReference>,
    /// `System`, or the name of a set that an implementation has.
    #[serde(rename = "wellKnownCACertificates", skip_serializing_if = "Option::is_none")]
    pub well_known_ca_certificates: Option<String>,
    /// The name that is sent as SNI.
    pub hostname: String,
    /// Names of which the certificate must have one, in the place of the hostname.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<SubjectAltName>,
}

setters!(BackendTlsPolicyValidation {
    list ca_certificate_refs + ca_certificate_ref: LocalObjectReference,
    text well_known_ca_certificates: String,
    text hostname: String,
    list subject_alt_names + subject_alt_name: SubjectAltName,
});

/// An object in the namespace of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LocalObjectReference {
    /// The API group; empty for a ConfigMap.
    pub group: String,
    /// The kind, such as ConfigMap.
    pub kind: String,
    /// The name.
    pub name: String,
}

impl LocalObjectReference {
    /// A ConfigMap.
    pub fn config_map(name: impl Into<String>) -> Self {
        Self::default().kind("ConfigMap").name(name)
    }
}

setters!(LocalObjectReference {
    text group: String,
    text kind: String,
    text name: String,
});

/// A name that the certificate may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SubjectAltName {
    /// `Hostname` or `URI`.
    #[serde(rename = "type")]
    pub name_type: String,
    /// For type Hostname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// For type URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

impl SubjectAltName {
    /// Of type Hostname.
    pub fn of_hostname(hostname: impl Into<String>) -> Self {
        Self::default().name_type("Hostname").hostname(hostname)
    }

    /// Of type URI.
    pub fn of_uri(uri: impl Into<String>) -> Self {
        Self::default().name_type("URI").uri(uri)
    }
}

setters!(SubjectAltName {
    text name_type: String,
    text hostname: String,
    text uri: String,
});
