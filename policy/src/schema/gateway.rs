//! Objects of the Gateway API, as far as ancestors and ports of policies need them, and a proxy that
//! leads requests to backends.

use super::Field;
use super::ListKind;
use super::Rule;
use super::Schema;
use super::backend_tls_policy::HOSTNAME;
use super::core::API_VERSION;
use super::core::KIND;
use super::core::TEXT;
use super::core::list;
use super::core::object;
use super::metadata::METADATA;
use super::rules;

/// Gateway of `gateway.networking.k8s.io`.
pub(crate) static GATEWAY: Schema = object(&[
    API_VERSION,
    KIND,
    Field::optional("metadata", METADATA, "Name and namespace."),
    Field::optional(
        "spec",
        object(&[
            Field::optional("gatewayClassName", TEXT, "Whose Gateway it is."),
            Field::optional("listeners", at_most(64, &LISTENER), "Where it listens."),
        ]),
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
            Field::optional("hostnames", at_most(16, &HOST), "The hosts; none are all."),
            Field::optional("parentRefs", at_most(32, &PARENT_REF), "The Gateways."),
            Field::optional("rules", at_most(16, &RULE), "Where requests are led."),
        ]),
        "What it says.",
    ),
]);

/// ReferenceGrant of `gateway.networking.k8s.io`.
pub(crate) static REFERENCE_GRANT: Schema = object(&[
    API_VERSION,
    KIND,
    Field::optional("metadata", METADATA, "Name and namespace."),
    Field::optional(
        "spec",
        object(&[
            Field::required(
                "from",
                at_most(
                    16,
                    &object(&[
                        Field::required("group", TEXT, "The API group."),
                        Field::required("kind", TEXT, "The kind."),
                        Field::required("namespace", TEXT, "The namespace."),
                    ]),
                ),
                "Who may refer.",
            ),
            Field::required(
                "to",
                at_most(
                    16,
                    &object(&[
                        Field::required("group", TEXT, "The API group; empty for a Service."),
                        Field::required("kind", TEXT, "The kind."),
                        Field::optional("name", TEXT, "The name; without it, all of them."),
                    ]),
                ),
                "To what.",
            ),
        ]),
        "What it permits.",
    ),
]);

const LISTENER: Schema = object(&[
    Field::optional("allowedRoutes", ALLOWED_ROUTES, "Whose routes are attached to it."),
    Field::optional("hostname", HOST, "The hosts; without it, all."),
    Field::optional("name", TEXT, "What routes call it."),
    Field::optional("port", PORT, "The port."),
    Field::optional("protocol", TEXT, "What is spoken there, such as HTTPS."),
]);

const ALLOWED_ROUTES: Schema = object(&[
    Field::optional(
        "kinds",
        at_most(
            8,
            &object(&[
                Field::optional("group", TEXT, "The API group.")
                    .defaulting("gateway.networking.k8s.io"),
                Field::required("kind", TEXT, "The kind."),
            ]),
        ),
        "Their kinds; none are those of the protocol.",
    ),
    Field::optional(
        "namespaces",
        object(&[
            Field::optional(
                "from",
                Schema::one_of(&["All", "Same", "Selector"]),
                "Which namespaces.",
            )
            .defaulting("Same"),
            Field::optional("selector", SELECTOR, "Their labels, for Selector."),
        ]),
        "Their namespaces; without it, that of the Gateway.",
    ),
]);

const SELECTOR: Schema = object(&[
    Field::optional(
        "matchExpressions",
        list(&object(&[
            Field::required("key", TEXT, "The label."),
            Field::required("operator", TEXT, "How it is compared."),
            Field::optional("values", list(&TEXT), "With what."),
        ])),
        "What else is asked of labels.",
    ),
    Field::optional(
        "matchLabels",
        Schema::Map { value: &TEXT, most: usize::MAX },
        "Labels and their values.",
    ),
]);

const RULE: Schema = object(&[
    Field::optional("backendRefs", at_most(16, &BACKEND_REF), "The backends."),
    Field::optional("filters", at_most(16, &FILTER), "What is done on the way."),
    Field::optional("matches", at_most(64, &MATCH), "Which requests; none are all."),
]);

const MATCH: Schema = object(&[Field::optional("path", PATH, "The path.")]);

const PATH: Schema = Schema::Object {
    fields: &[
        Field::optional(
            "type",
            Schema::one_of(&["Exact", "PathPrefix", "RegularExpression"]),
            "How the path is compared.",
        )
        .defaulting("PathPrefix"),
        Field::optional("value", Schema::text(0, 1024, ""), "What it is compared with.")
            .defaulting("/"),
    ],
    rules: &[
        Rule {
            message: "value must be an absolute path and start with '/' when type one of \
                      ['Exact', 'PathPrefix']",
            expression: "(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true",
            holds: rules::a_path_begins_with_a_slash,
        },
        Rule {
            message: "must not contain '//', '/./', '/../', '%2f', '%2F' or '#', nor end with '/.' \
                      or '/..', when type one of ['Exact', 'PathPrefix']",
            expression: "(self.type in ['Exact','PathPrefix']) ? !self.value.matches(\
                         '//|/[.][.]?(/|$)|%2[fF]|#') : true",
            holds: rules::a_path_is_normal,
        },
        Rule {
            message: "must only contain valid characters (matching \
                      ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', \
                      'PathPrefix']",
            expression: "(self.type in ['Exact','PathPrefix']) ? self.value.matches(\
                         r\"\"\"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$\"\"\") : true",
            holds: rules::a_path_has_characters_of_paths,
        },
    ],
    open: true,
};

const HOST: Schema = Schema::text(1, 253, HOSTNAME);

const fn at_most(most: usize, item: &'static Schema) -> Schema {
    Schema::List { item, least: 0, most, rules: &[], kind: ListKind::Atomic }
}

const BACKEND_REF: Schema = object(&[
    Field::optional("filters", at_most(16, &FILTER), "What is done on the way to this one."),
    Field::optional("group", TEXT, "The API group.").defaulting(""),
    Field::optional("kind", TEXT, "The kind.").defaulting("Service"),
    Field::required("name", TEXT, "The name."),
    Field::optional("namespace", TEXT, "The namespace; without it, that of the route."),
    Field::optional("port", PORT, "The port."),
    Field::optional(
        "weight",
        Schema::Integer { least: 0, most: 1_000_000, format: "int32" },
        "Its share of the requests.",
    )
    .defaulting("1"),
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
