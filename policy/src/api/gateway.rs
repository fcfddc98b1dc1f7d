//! Gateways and routes, as far as ancestors and ports of policies need them.

use serde::Deserialize;
use serde::Serialize;

use super::ObjectMeta;
use super::ParentReference;

/// A Gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Gateway {
    /// Name and namespace.
    pub metadata: ObjectMeta,
}

/// An HTTPRoute, GRPCRoute, TLSRoute or TCPRoute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Route {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it says.
    pub spec: RouteSpec,
}

/// What a route says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteSpec {
    /// The Gateways.
    pub parent_refs: Vec<ParentReference>,
    /// Where requests are led.
    pub rules: Vec<RouteRule>,
}

/// Where some requests are led.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteRule {
    /// The backends.
    pub backend_refs: Vec<BackendReference>,
    /// What is done on the way.
    pub filters: Vec<RouteFilter>,
}

/// A backend of a route: a Service, unless something else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendReference {
    /// The API group; without it, that of the Service.
    pub group: Option<String>,
    /// The kind; without it, Service.
    pub kind: Option<String>,
    /// The name.
    pub name: String,
    /// The namespace; without it, that of the route.
    pub namespace: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// What is done on the way to this one.
    pub filters: Vec<RouteFilter>,
}

/// A filter that has a backend of its own, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteFilter {
    /// Who gets a copy.
    pub request_mirror: Option<FilterBackend>,
    /// Who is asked for permission.
    pub external_auth: Option<FilterBackend>,
}

/// The backend of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct FilterBackend {
    /// The backend.
    pub backend_ref: BackendReference,
}

impl Route {
    /// Every backend that requests may reach, those of filters too.
    pub fn backends(&self) -> impl Iterator<Item = &BackendReference> {
        self.spec.rules.iter().flat_map(|rule| {
            let own = rule.backend_refs.iter();
            let filters = rule.filters.iter().chain(own.clone().flat_map(|one| &one.filters));
            let others = filters.flat_map(|filter| [&filter.request_mirror, &filter.external_auth]);
            own.chain(others.flatten().map(|other| &other.backend_ref))
        })
    }
}
