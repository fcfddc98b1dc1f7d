//! Backend of Envoy Gateway.

use serde::Deserialize;
use serde::Serialize;

use super::Condition;
use super::LocalObjectReference;
use super::ObjectMeta;
use super::document::document;
use super::setters::setters;
use crate::schema;

/// A Backend of `gateway.envoyproxy.io/v1alpha1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EnvoyGatewayBackend {
    /// `gateway.envoyproxy.io/v1alpha1`.
    pub api_version: String,
    /// `Backend`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it is.
    pub spec: EnvoyGatewayBackendSpec,
    /// What the controller says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<EnvoyGatewayBackendStatus>,
}

impl EnvoyGatewayBackend {
    /// An empty one of version `v1alpha1`.
    pub fn v1alpha1() -> Self {
        Self::default().api_version("gateway.envoyproxy.io/v1alpha1").kind("Backend")
    }
}

setters!(EnvoyGatewayBackend {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: EnvoyGatewayBackendSpec,
    value status: EnvoyGatewayBackendStatus,
});

document!(EnvoyGatewayBackend, schema::ENVOY_GATEWAY_BACKEND);

/// What a Backend is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EnvoyGatewayBackendSpec {
    /// `Endpoints` or `DynamicResolver`; without it, the first.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub backend_type: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Endpoint>,
    /// The protocols that it speaks besides HTTP/1.1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub app_protocols: Vec<String>,
    /// Whether it gets requests only when the others are unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<bool>,
    /// How TLS is spoken with it; without it, and without a policy, not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<BackendTlsSettings>,
}

setters!(EnvoyGatewayBackendSpec {
    text backend_type: String,
    list endpoints + endpoint: Endpoint,
    list app_protocols + app_protocol: String,
    value fallback: bool,
    value tls: BackendTlsSettings,
});

/// A place where a Backend is: one of `fqdn`, `ip` and `unix`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Endpoint {
    /// A host name and a port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fqdn: Option<EndpointAddress>,
    /// An address and a port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<EndpointAddress>,
    /// A socket of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unix: Option<UnixSocket>,
    /// A name for an endpoint that has none in its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The zone that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl Endpoint {
    /// A host name and a port.
    pub fn of_fqdn(hostname: impl Into<String>, port: u16) -> Self {
        Self::default().fqdn(EndpointAddress::default().hostname(hostname).port(port))
    }

    /// An address and a port.
    pub fn of_ip(address: impl Into<String>, port: u16) -> Self {
        Self::default().ip(EndpointAddress::default().address(address).port(port))
    }

    /// A socket of the host.
    pub fn of_unix(path: impl Into<String>) -> Self {
        Self::default().unix(UnixSocket::default().path(path))
    }
}

setters!(Endpoint {
    value fqdn: EndpointAddress,
    value ip: EndpointAddress,
    value unix: UnixSocket,
    text hostname: String,
    text zone: String,
});

/// A host name or an address, and a port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EndpointAddress {
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The port, which a `sectionName` is.
    pub port: u16,
}

setters!(EndpointAddress {
    text address: String,
    text hostname: String,
    value port: u16,
});

/// A socket of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct UnixSocket {
    /// Where it is.
    pub path: String,
}

setters!(UnixSocket {
    text path: String,
});

/// How TLS is spoken with a Backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendTlsSettings {
    /// Where the trusted CA certificates are.
    #[serde(rename = "caCertificateRefs", skip_serializing_if = "Vec::is_empty")]
    pub ca_certificate_refs: Vec<LocalObjectReference>,
    /// `System`, for the roots of the system.
    #[serde(rename = "wellKnownCACertificates", skip_serializing_if = "Option::is_none")]
    pub well_known_ca_certificates: Option<String>,
    /// Whether every certificate is accepted.
    #[serde(skip_serializing_if = "is_false")]
    pub insecure_skip_verify: bool,
    /// What is sent as SNI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<String>,
    /// Whether the host name of the endpoint is sent as SNI.
    #[serde(rename = "autoSNIFromEndpointHostname", skip_serializing_if = "is_false")]
    pub auto_sni_from_endpoint_hostname: bool,
    /// The certificate that the backend is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate_ref: Option<SecretObjectReference>,
    /// The oldest version of TLS; without it, `1.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_version: Option<String>,
    /// The newest version of TLS; without it, `1.3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_version: Option<String>,
    /// The cipher suites of TLS 1.2 and older.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ciphers: Vec<String>,
    /// The curves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ecdh_curves: Vec<String>,
    /// The signature algorithms that are offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signature_algorithms: Vec<String>,
    /// What is offered by ALPN; without it, `h2` and `http/1.1`, and with an empty list, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpn_protocols: Option<Vec<String>>,
    /// Fingerprints of clients, which say nothing of a backend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<String>,
}

setters!(BackendTlsSettings {
    list ca_certificate_refs + ca_certificate_ref: LocalObjectReference,
    text well_known_ca_certificates: String,
    value insecure_skip_verify: bool,
    text sni: String,
    value auto_sni_from_endpoint_hostname: bool,
    value client_certificate_ref: SecretObjectReference,
    text min_version: String,
    text max_version: String,
    list ciphers + cipher: String,
    list ecdh_curves + ecdh_curve: String,
    list signature_algorithms + signature_algorithm: String,
    optional_list alpn_protocols + alpn_protocol: String,
    list fingerprints + fingerprint: String,
});

/// A Secret, or another object that holds a certificate and its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SecretObjectReference {
    /// The API group; without it, that of the Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The kind; without it, Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The name.
    pub name: String,
    /// The namespace; without it, that of the Backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl SecretObjectReference {
    /// A Secret.
    pub fn secret(name: impl Into<String>) -> Self {
        Self::default().name(name)
    }
}

setters!(SecretObjectReference {
    text group: String,
    text kind: String,
    text name: String,
    text namespace: String,
});

/// What the controller says of a Backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EnvoyGatewayBackendStatus {
    /// What is said, each type once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

setters!(EnvoyGatewayBackendStatus {
    list conditions + condition: Condition,
});

/// What need not be written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
