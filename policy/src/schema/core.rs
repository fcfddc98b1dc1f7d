//! Objects of Kubernetes that policies refer to, as far as they are read.

use super::Field;
use super::ListKind;
use super::Rule;
use super::Schema;
use super::metadata::Naming;
use super::rules;

/// ConfigMap of `v1`.
pub(crate) static CONFIG_MAP: Schema = Schema::object(&[
    API_VERSION,
    Field::optional("binaryData", TEXTS, "Octets in base64, by keys."),
    Field::optional("data", TEXTS, "Texts, by keys: a bundle is under ca.crt."),
    Field::optional("immutable", Schema::Boolean, "Whether the server lets nobody change it."),
    KIND,
    Field::optional("metadata", Schema::Metadata(Naming::BuiltIn), "Name and namespace."),
]);

/// Secret of `v1`.
pub(crate) static SECRET: Schema = Schema::object(&[
    API_VERSION,
    Field::optional("data", TEXTS, "Octets in base64, by keys: a bundle is under ca.crt."),
    Field::optional("immutable", Schema::Boolean, "Whether the server lets nobody change it."),
    KIND,
    Field::optional("metadata", Schema::Metadata(Naming::BuiltIn), "Name and namespace."),
    Field::optional("stringData", TEXTS, "Texts, by keys, in the place of those in data."),
    Field::optional("type", TEXT, "What it is for.").defaulting("Opaque"),
]);

/// ClusterTrustBundle of `certificates.k8s.io`.
pub(crate) static CLUSTER_TRUST_BUNDLE: Schema = Schema::object(&[
    API_VERSION,
    KIND,
    Field::optional("metadata", Schema::Metadata(Naming::ClusterTrustBundle), "Name."),
    Field::required(
        "spec",
        Schema::object(&[
            Field::optional("signerName", TEXT, "The signer whose bundle it is."),
            Field::required("trustBundle", TEXT, "The bundle, as PEM."),
        ]),
        "What it holds.",
    ),
]);

/// Service of `v1`, as far as ports of policies need it. The server's rules for its ports are code, not CEL.
pub(crate) static SERVICE: Schema = object(&[
    API_VERSION,
    KIND,
    Field::optional("metadata", Schema::Metadata(Naming::Service), "Name and namespace."),
    Field::optional(
        "spec",
        object(&[
            Field::optional("ports", SERVICE_PORTS, "The ports."),
            Field::optional("type", TEXT, "How it is reached.").defaulting("ClusterIP"),
        ]),
        "What it offers.",
    ),
]);

const SERVICE_PORTS: Schema = Schema::List {
    item: &object(&[
        Field::optional("appProtocol", TEXT, "The backend's own protocol."),
        Field::optional("name", TEXT, "The name, which a sectionName is."),
        Field::required(
            "port",
            Schema::Integer { least: 1, most: 65_535, format: "int32" },
            "The number.",
        ),
        Field::optional(
            "protocol",
            Schema::one_of(&["SCTP", "TCP", "UDP"]),
            "What is spoken below the backend's own protocol.",
        )
        .defaulting("TCP"),
    ]),
    least: 0,
    most: usize::MAX,
    rules: &[
        Rule {
            message: "each of several ports has a name",
            expression: "self.size() < 2 || self.all(p, has(p.name) && p.name != '')",
            holds: rules::each_of_several_ports_has_a_name,
        },
        Rule {
            message: "no two ports have the same name",
            expression: "self.all(p, !has(p.name) || self.exists_one(q, has(q.name) && p.name == q.name))",
            holds: rules::names_of_ports_are_unique,
        },
        Rule {
            message: "no two ports have the same port and protocol",
            expression: "self.all(p, self.exists_one(q, p.port == q.port && p.protocol == q.protocol))",
            holds: rules::ports_are_unique,
        },
    ],
    kind: ListKind::Atomic,
};

/// With fields beside these that are not read.
pub(super) const fn object(fields: &'static [Field]) -> Schema {
    Schema::Object { fields, rules: &[], open: true }
}

pub(super) const fn list(item: &'static Schema) -> Schema {
    Schema::List { item, least: 0, most: usize::MAX, rules: &[], kind: ListKind::Atomic }
}

pub(super) const API_VERSION: Field =
    Field::optional("apiVersion", TEXT, "The group, and the version of it.");
pub(super) const KIND: Field = Field::optional("kind", TEXT, "The kind.");
pub(super) const TEXT: Schema = Schema::text(0, usize::MAX, "");
const TEXTS: Schema = Schema::Map { value: &TEXT, most: usize::MAX };
