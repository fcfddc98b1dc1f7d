//! Objects of the Gateway API, as far as ancestors and ports of policies need them.

use super::Field;
use super::Schema;
use super::core::API_VERSION;
use super::core::KIND;
use super::core::TEXT;
use super::core::list;
use super::core::object;
use super::metadata::METADATA;

/// Gateway of `gateway.networking.k8s.io`.
pub(crate) static GATEWAY: Schema = object(&[
    API_VERSION,
    KIND,
    Field::optional("metadata", METADATA, "Name and namespace."),
    Field::optional(
        "spec",
        object(&[Field::optional("gatewayClassName", TEXT, "Whose Gateway it is.")]),
        "What it is.",
    ),
]);

/// HTTPRoute, GRPCRoute, TLSRoute and TCPRoute: what they are attached to, and where they lead.
pub(crate) static ROUTE: Schema = object(&[
    API_VERSION,
    KIND,
    Field::optional("metadata", METADATA, "Name and namespace."),
    Field::optional(
        "spec",
        object(&[
            Field::optional("parentRefs", list(&PARENT_REF), "The Gateways."),
            Field::optional("rules", list(&RULE), "Where requests are led."),
        ]),
        "What it says.",
    ),
]);

const RULE: Schema = object(&[
    Field::optional("backendRefs", list(&BACKEND_REF), "The backends."),
    Field::optional("filters", list(&FILTER), "What is done on the way."),
]);

const BACKEND_REF: Schema = object(&[
    Field::optional("filters", list(&FILTER), "What is done on the way to this one."),
    Field::optional("group", TEXT, "The API group.").defaulting(""),
    Field::optional("kind", TEXT, "The kind.").defaulting("Service"),
    Field::required("name", TEXT, "The name."),
    Field::optional("namespace", TEXT, "The namespace; without it, that of the route."),
    Field::optional("port", PORT, "The port."),
]);

/// As far as filters have backends of their own.
const FILTER: Schema = object(&[
    Field::optional("externalAuth", OTHER_BACKEND, "Who is asked for permission."),
    Field::optional("requestMirror", OTHER_BACKEND, "Who gets a copy."),
    Field::optional("type", TEXT, "What it does."),
]);

const OTHER_BACKEND: Schema = object(&[Field::optional(
    "backendRef",
    object(&[
        Field::optional("group", TEXT, "The API group.").defaulting(""),
        Field::optional("kind", TEXT, "The kind.").defaulting("Service"),
        Field::required("name", TEXT, "The name."),
        Field::optional("namespace", TEXT, "The namespace; without it, that of the route."),
        Field::optional("port", PORT, "The port."),
    ]),
    "The backend.",
)]);

const PARENT_REF: Schema = object(&[
    Field::optional("group", TEXT, "The API group.").defaulting("gateway.networking.k8s.io"),
    Field::optional("kind", TEXT, "The kind.").defaulting("Gateway"),
    Field::required("name", TEXT, "The name."),
    Field::optional("namespace", TEXT, "The namespace; without it, that of the route."),
    Field::optional("port", PORT, "The port of a listener."),
    Field::optional("sectionName", TEXT, "The name of a listener."),
]);

const PORT: Schema = Schema::Integer { least: 1, most: 65_535, format: "int32" };
