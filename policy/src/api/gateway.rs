//! Gateways and routes, as far as ancestors and ports of policies need them, and what a proxy needs
//! that leads requests to backends.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use super::ObjectMeta;
use super::ParentReference;
use super::document::document;
use super::setters::setters;
use crate::schema;

/// A Gateway of `gateway.networking.k8s.io`, as far as ancestors of policies need it: what else a
/// document has is not kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Gateway {
    /// `gateway.networking.k8s.io/v1`, or another version of it.
    pub api_version: String,
    /// `Gateway`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it is.
    pub spec: GatewaySpec,
}

impl Gateway {
    /// An empty one of version `v1`.
    pub fn v1() -> Self {
        Self::default().api_version("gateway.networking.k8s.io/v1").kind("Gateway")
    }
}

setters!(Gateway {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: GatewaySpec,
});

document!(Gateway, schema::GATEWAY);

/// What a Gateway is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct GatewaySpec {
    /// Whose Gateway it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_class_name: Option<String>,
    /// Where it listens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<Listener>,
}

setters!(GatewaySpec {
    text gateway_class_name: String,
    list listeners + listener: Listener,
});

/// Where a Gateway listens, as far as it says which hosts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Listener {
    /// What routes call it.
    pub name: String,
    /// The hosts: one, or those below a wildcard; without it, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// What is spoken there, such as `HTTPS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Whose routes are attached to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_routes: Option<AllowedRoutes>,
}

setters!(Listener {
    text name: String,
    text hostname: String,
    value port: u16,
    text protocol: String,
    value allowed_routes: AllowedRoutes,
});

/// Whose routes are attached to a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AllowedRoutes {
    /// Their namespaces; without it, that of the Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<RouteNamespaces>,
    /// Their kinds; none are those of the protocol.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<RouteGroupKind>,
}

setters!(AllowedRoutes {
    value namespaces: RouteNamespaces,
    list kinds + one_kind: RouteGroupKind,
});

/// The namespaces of routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteNamespaces {
    /// `All`, `Same` or `Selector`; without it, `Same`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Their labels, for `Selector`; without it, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

setters!(RouteNamespaces {
    text from: String,
    value selector: LabelSelector,
});

/// What is asked of the labels of an object: all of it. Nothing is asked of every object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LabelSelector {
    /// Labels and their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// What else is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

setters!(LabelSelector {
    map match_labels + match_label: String => String,
    list match_expressions + match_expression: LabelSelectorRequirement,
});

/// What is asked of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LabelSelectorRequirement {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// The values, for the first two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

setters!(LabelSelectorRequirement {
    text key: String,
    text operator: String,
    list values + one_value: String,
});

/// A kind of routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteGroupKind {
    /// The API group; without it, `gateway.networking.k8s.io`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The kind.
    pub kind: String,
}

setters!(RouteGroupKind {
    text group: String,
    text kind: String,
});

/// An HTTPRoute, GRPCRoute, TLSRoute or TCPRoute of `gateway.networking.k8s.io`: hosts, paths and
/// backends. What else its spec has is kept as it was written, for nobody may take a route for wider
/// than it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Route {
    /// `gateway.networking.k8s.io/v1`, or another version of it.
    pub api_version: String,
    /// Which of the four.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it says.
    pub spec: RouteSpec,
}

impl Route {
    /// An empty GRPCRoute of version `v1`.
    pub fn grpc() -> Self {
        Self::http().kind("GRPCRoute")
    }

    /// An empty HTTPRoute of version `v1`.
    pub fn http() -> Self {
        Self::default().api_version("gateway.networking.k8s.io/v1").kind("HTTPRoute")
    }

    /// An empty TCPRoute of version `v1`, which older releases of the API have as `v1alpha2` only.
    pub fn tcp() -> Self {
        Self::http().kind("TCPRoute")
    }

    /// An empty TLSRoute of version `v1`, which older releases of the API have as `v1alpha2` only.
    pub fn tls() -> Self {
        Self::http().kind("TLSRoute")
    }

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

setters!(Route {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: RouteSpec,
});

document!(Route, schema::ROUTE);

/// What a route says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteSpec {
    /// The Gateways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parent_refs: Vec<ParentReference>,
    /// The hosts, some with a wildcard; none are all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hostnames: Vec<String>,
    /// Where requests are led.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RouteRule>,
    /// What else it says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

setters!(RouteSpec {
    list parent_refs + parent_ref: ParentReference,
    list hostnames + hostname: String,
    list rules + rule: RouteRule,
});

/// Where some requests are led.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteRule {
    /// Which requests: those that one of them is about. None are all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<RouteMatch>,
    /// The backends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backend_refs: Vec<BackendReference>,
    /// What is done on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<RouteFilter>,
    /// What else it says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

setters!(RouteRule {
    list matches + one_match: RouteMatch,
    list backend_refs + backend_ref: BackendReference,
    list filters + filter: RouteFilter,
});

/// Some requests, by their path and more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteMatch {
    /// The path; without it, every path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathMatch>,
    /// What else it asks for, such as `headers`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl RouteMatch {
    /// One path.
    pub fn of_exact(path: impl Into<String>) -> Self {
        Self::default().path(PathMatch::default().match_type("Exact").value(path))
    }

    /// A path, and all below it.
    pub fn of_prefix(path: impl Into<String>) -> Self {
        Self::default().path(PathMatch::default().match_type("PathPrefix").value(path))
    }
}

setters!(RouteMatch {
    value path: PathMatch,
});

/// What the path of a request has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PathMatch {
    /// `Exact`, `PathPrefix` or `RegularExpression`; without it, the second.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub match_type: Option<String>,
    /// The path, its beginning, or an expression; without it, `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

setters!(PathMatch {
    text match_type: String,
    text value: String,
});

/// A backend of a route: a Service, unless something else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BackendReference {
    /// The API group; without it, that of the Service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The kind; without it, Service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The name.
    pub name: String,
    /// The namespace; without it, that of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its share of the requests, of the sum of all shares; without it, 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// What is done on the way to this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<RouteFilter>,
}

impl BackendReference {
    /// A port of a Service.
    pub fn service(name: impl Into<String>, port: u16) -> Self {
        Self::default().name(name).port(port)
    }
}

setters!(BackendReference {
    text group: String,
    text kind: String,
    text name: String,
    text namespace: String,
    value port: u16,
    value weight: u32,
    list filters + filter: RouteFilter,
});

/// A filter that has a backend of its own, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RouteFilter {
    /// What it does, such as `RequestMirror`.
    #[serde(rename = "type")]
    pub filter_type: String,
    /// Who gets a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_mirror: Option<FilterBackend>,
    /// Who is asked for permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_auth: Option<FilterBackend>,
}

impl RouteFilter {
    /// Of type ExternalAuth.
    pub fn of_external_auth(backend: BackendReference) -> Self {
        let backend = FilterBackend::default().backend_ref(backend);
        Self::default().filter_type("ExternalAuth").external_auth(backend)
    }

    /// Of type RequestMirror.
    pub fn of_request_mirror(backend: BackendReference) -> Self {
        let backend = FilterBackend::default().backend_ref(backend);
        Self::default().filter_type("RequestMirror").request_mirror(backend)
    }
}

setters!(RouteFilter {
    text filter_type: String,
    value request_mirror: FilterBackend,
    value external_auth: FilterBackend,
});

/// The backend of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct FilterBackend {
    /// The backend.
    pub backend_ref: BackendReference,
}

setters!(FilterBackend {
    value backend_ref: BackendReference,
});

/// A ReferenceGrant of `gateway.networking.k8s.io`: objects of other namespaces may refer to those of
/// its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ReferenceGrant {
    /// `gateway.networking.k8s.io/v1`, or another version of it.
    pub api_version: String,
    /// `ReferenceGrant`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What it permits.
    pub spec: ReferenceGrantSpec,
}

impl ReferenceGrant {
    /// An empty one of version `v1`, which older releases of the API have as `v1beta1` only.
    pub fn v1() -> Self {
        Self::default().api_version("gateway.networking.k8s.io/v1").kind("ReferenceGrant")
    }
}

setters!(ReferenceGrant {
    text api_version: String,
    text kind: String,
    value metadata: ObjectMeta,
    value spec: ReferenceGrantSpec,
});

document!(ReferenceGrant, schema::REFERENCE_GRANT);

/// What a ReferenceGrant permits: each of the one to refer to each of the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ReferenceGrantSpec {
    /// Who may refer.
    pub from: Vec<ReferenceGrantFrom>,
    /// To what, in the namespace of the grant.
    pub to: Vec<ReferenceGrantTo>,
}

setters!(ReferenceGrantSpec {
    list from + from_one: ReferenceGrantFrom,
    list to + to_one: ReferenceGrantTo,
});

/// The objects of one kind in one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ReferenceGrantFrom {
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
}

impl ReferenceGrantFrom {
    /// The HTTPRoutes of a namespace.
    pub fn http_routes(namespace: impl Into<String>) -> Self {
        Self::default().group("gateway.networking.k8s.io").kind("HTTPRoute").namespace(namespace)
    }
}

setters!(ReferenceGrantFrom {
    text group: String,
    text kind: String,
    text namespace: String,
});

/// The objects of one kind, or one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ReferenceGrantTo {
    /// The API group; empty for a Service.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The name; without it, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl ReferenceGrantTo {
    /// All Services.
    pub fn services() -> Self {
        Self::default().kind("Service")
    }
}

setters!(ReferenceGrantTo {
    text group: String,
    text kind: String,
    text name: String,
});
