//! Backend of Envoy Gateway.

use serde::Deserialize;
use serde::Serialize;

use super::LocalObjectReference;
use super::ObjectMeta;

/// A Backend of `gateway.envoyproxy.io/v1alpha1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EnvoyGatewayBackend {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it is.
    pub spec: EnvoyGatewayBackendSpec,
}

/// What a Backend is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EnvoyGatewayBackendSpec {
    /// `Endpoints` or `DynamicResolver`; without it, the first.
    #[serde(rename = "type")]
    pub backend_type: Option<String>,
    /// Where it is.
    pub endpoints: Vec<Endpoint>,
    /// How TLS is spoken with it; without it, and without a policy, not at all.
    pub tls: Option<BackendTlsSettings>,
}

/// A place where a Backend is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Endpoint {
    /// A host name and a port.
    pub fqdn: Option<EndpointAddress>,
    /// An address and a port.
    pub ip: Option<EndpointAddress>,
    /// A name for an endpoint that has an address only.
    pub hostname: Option<String>,
}

/// A host name or an address, and a port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EndpointAddress {
    /// The address.
    pub address: Option<String>,
    /// The host name.
    pub hostname: Option<String>,
    /// The port, which a `sectionName` is.
    pub port: u16,
}

/// How TLS is spoken with a Backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendTlsSettings {
    /// Where the trusted CA certificates are.
    #[serde(rename = "caCertificateRefs")]
    pub ca_certificate_refs: Vec<LocalObjectReference>,
    /// `System`, for the roots of the system.
    #[serde(rename = "wellKnownCACertificates")]
    pub well_known_ca_certificates: Option<String>,
    /// Whether every certificate is accepted.
    pub insecure_skip_verify: bool,
    /// What is sent as SNI.
    pub sni: Option<String>,
    /// Whether the host name of the endpoint is sent as SNI.
    #[serde(rename = "autoSNIFromEndpointHostname")]
    pub auto_sni_from_endpoint_hostname: bool,
}
