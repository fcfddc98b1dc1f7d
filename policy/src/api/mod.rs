//! The objects of Kubernetes that policies are made of, as values: to read, to build, to write.
//!
//! Each field has a method that replaces it, named as the field; maps and lists have a second one,
//! in the singular, that adds to them. Each kind can be checked, and written as YAML or JSON.
//!
//! ```
//! use lastmile_policy::api::{BackendTlsPolicy, LocalObjectReference, PolicyTargetReference};
//! use lastmile_policy::api::{ObjectMeta, SubjectAltName};
//!
//! let policy = BackendTlsPolicy::v1()
//!     .metadata(ObjectMeta::named("backend").namespace("shop").label("team", "payments"))
//!     .target_ref(PolicyTargetReference::service("backend").section_name("https"))
//!     .hostname("backend.example.com")
//!     .ca_certificate_ref(LocalObjectReference::config_map("backend-ca"))
//!     .subject_alt_name(SubjectAltName::of_uri("spiffe://cluster.local/ns/shop/sa/backend"));
//!
//! assert!(policy.field_errors().is_empty());
//! assert!(policy.to_yaml().starts_with("apiVersion: gateway.networking.k8s.io/v1\n"));
//! ```

mod backend_tls_policy;
mod core;
mod document;
mod envoy_gateway;
mod gateway;
mod metadata;
mod setters;
mod status;

pub use backend_tls_policy::BackendTlsPolicy;
pub use backend_tls_policy::BackendTlsPolicySpec;
pub use backend_tls_policy::BackendTlsPolicyValidation;
pub use backend_tls_policy::LocalObjectReference;
pub use backend_tls_policy::PolicyTargetReference;
pub use backend_tls_policy::SubjectAltName;
pub use envoy_gateway::BackendTlsSettings;
pub use envoy_gateway::Endpoint;
pub use envoy_gateway::EndpointAddress;
pub use envoy_gateway::EnvoyGatewayBackend;
pub use envoy_gateway::EnvoyGatewayBackendSpec;
pub use envoy_gateway::EnvoyGatewayBackendStatus;
pub use envoy_gateway::SecretObjectReference;
pub use envoy_gateway::UnixSocket;
pub use gateway::AllowedRoutes;
pub use gateway::BackendReference;
pub use gateway::FilterBackend;
pub use gateway::Gateway;
pub use gateway::GatewaySpec;
pub use gateway::LabelSelector;
pub use gateway::LabelSelectorRequirement;
pub use gateway::Listener;
pub use gateway::PathMatch;
pub use gateway::ReferenceGrant;
pub use gateway::ReferenceGrantFrom;
pub use gateway::ReferenceGrantSpec;
pub use gateway::ReferenceGrantTo;
pub use gateway::Route;
pub use gateway::RouteFilter;
pub use gateway::RouteGroupKind;
pub use gateway::RouteMatch;
pub use gateway::RouteNamespaces;
pub use gateway::RouteRule;
pub use gateway::RouteSpec;
pub use metadata::ObjectMeta;
pub use metadata::OwnerReference;
pub use status::Condition;
pub use status::ParentReference;
pub use status::PolicyAncestorStatus;
pub use status::PolicyStatus;

pub use self::core::ClusterTrustBundle;
pub use self::core::ClusterTrustBundleSpec;
pub use self::core::ConfigMap;
pub use self::core::Secret;
pub use self::core::Service;
pub use self::core::ServicePort;
pub use self::core::ServiceSpec;
