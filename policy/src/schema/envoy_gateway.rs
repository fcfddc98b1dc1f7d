//! Backend of Envoy Gateway, `gateway.envoyproxy.io/v1alpha1`: endpoints, and how TLS is spoken.
//!
//! Limits, patterns and rules are those of its custom resource definition after v1.9.

use super::Field;
use super::ListKind;
use super::Rule;
use super::Schema;
use super::backend_tls_policy::CA_CERTIFICATE_REF;
use super::backend_tls_policy::CONDITION;
use super::backend_tls_policy::GROUP;
use super::backend_tls_policy::KIND;
use super::backend_tls_policy::NAME;
use super::backend_tls_policy::NAMESPACE;
use super::backend_tls_policy::PRECISE_HOSTNAME;
use super::backend_tls_policy::WELL_KNOWN;
use super::core::TEXT;
use super::core::list;
use super::metadata::METADATA;
use super::rules;

/// The object.
pub(crate) static ENVOY_GATEWAY_BACKEND: Schema = Schema::object(&[
    Field::optional("apiVersion", TEXT, "gateway.envoyproxy.io/v1alpha1."),
    Field::optional("kind", TEXT, "Backend."),
    Field::optional(
        "metadata",
        METADATA,
        "Name, namespace and whatever else every object has. References are looked for in this \
         namespace and nowhere else.",
    ),
    Field::required("spec", SPEC, "Where the backend is, and how TLS is spoken with it."),
    Field::optional("status", STATUS, "What the controller says of the Backend."),
]);

const SPEC: Schema = Schema::Object {
    fields: &[
        Field::optional(
            "appProtocols",
            list(&APP_PROTOCOL),
            "The protocols that the backend speaks besides HTTP/1.1.",
        ),
        Field::optional(
            "endpoints",
            Schema::List {
                item: &ENDPOINT,
                least: 1,
                most: 256,
                rules: &[Rule {
                    message: "fqdn addresses cannot be mixed with other address types",
                    expression: "self.all(f, has(f.fqdn)) || !self.exists(f, has(f.fqdn))",
                    holds: rules::host_names_stand_alone,
                }],
                kind: ListKind::Atomic,
            },
            "Where the backend is.",
        ),
        Field::optional(
            "fallback",
            Schema::Boolean,
            "Whether the backend gets requests only when the others are unhealthy.",
        ),
        Field::optional(
            "tls",
            TLS,
            "How TLS is spoken with the backend. Without it, and without a BackendTLSPolicy, not at \
             all. Where a policy says something too, the policy counts, but for \
             insecureSkipVerify, which it cannot take back.",
        ),
        Field::optional(
            "type",
            Schema::one_of(&["Endpoints", "DynamicResolver"]),
            "DynamicResolver takes host and port of each request in the place of endpoints.",
        )
        .defaulting("Endpoints"),
    ],
    rules: &[
        Rule {
            message: "DynamicResolver type cannot have endpoints specified",
            expression: "self.type != 'DynamicResolver' || !has(self.endpoints)",
            holds: rules::a_resolver_has_no_endpoints,
        },
        Rule {
            message: "DynamicResolver type cannot use autoSNIFromEndpointHostname",
            expression: "self.type != 'DynamicResolver' || !has(self.tls) || \
                         !(has(self.tls.autoSNIFromEndpointHostname) && \
                         self.tls.autoSNIFromEndpointHostname)",
            holds: rules::a_resolver_has_no_sni_of_endpoints,
        },
        Rule {
            message: "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must \
                      define a hostname",
            expression: "!has(self.tls) || !(has(self.tls.autoSNIFromEndpointHostname) && \
                         self.tls.autoSNIFromEndpointHostname) || self.endpoints.all(e, \
                         (!has(e.ip) && !has(e.unix)) || has(e.hostname))",
            holds: rules::endpoints_have_hostnames_for_sni,
        },
    ],
    open: false,
};

const APP_PROTOCOL: Schema = Schema::one_of(&[
    "gateway.envoyproxy.io/h2c",
    "gateway.envoyproxy.io/ws",
    "gateway.envoyproxy.io/wss",
]);

const ENDPOINT: Schema = Schema::Object {
    fields: &[
        Field::optional("fqdn", HOST_NAME_AND_PORT, "A host name and a port."),
        Field::optional(
            "hostname",
            Schema::text(1, 253, PRECISE_HOSTNAME),
            "A name for an endpoint that has none in its address.",
        ),
        Field::optional("ip", ADDRESS_AND_PORT, "An IP address and a port."),
        Field::optional("unix", SOCKET, "A socket of the host that Envoy runs on."),
        Field::optional("zone", TEXT, "The zone that the endpoint is in."),
    ],
    rules: &[
        Rule {
            message: "one of fqdn, ip or unix must be specified",
            expression: "(has(self.fqdn) || has(self.ip) || has(self.unix))",
            holds: rules::an_endpoint_has_an_address,
        },
        Rule {
            message: "only one of fqdn, ip or unix can be specified",
            expression: "((has(self.fqdn) && !(has(self.ip) || has(self.unix))) || (has(self.ip) && \
                         !(has(self.fqdn) || has(self.unix))) || (has(self.unix) && !(has(self.ip) \
                         || has(self.fqdn))))",
            holds: rules::an_endpoint_has_one_address,
        },
    ],
    open: false,
};

const HOST_NAME_AND_PORT: Schema = Schema::object(&[
    Field::required(
        "hostname",
        Schema::text(1, 253, HOST_NAME),
        "The host name, with or without a dot at its end.",
    ),
    Field::required("port", PORT, "The port, which a sectionName is."),
]);

const ADDRESS_AND_PORT: Schema = Schema::object(&[
    Field::required("address", Schema::text(3, 45, ADDRESS), "The address, of IPv4 or IPv6."),
    Field::required("port", PORT, "The port, which a sectionName is."),
]);

const SOCKET: Schema = Schema::object(&[Field::required(
    "path",
    Schema::Text {
        least: 0,
        most: usize::MAX,
        pattern: "",
        values: &[],
        rules: &[Rule {
            message: "unix domain socket path must not exceed 108 characters",
            expression: "size(self) <= 108",
            holds: rules::a_path_of_a_socket_is_short,
        }],
    },
    "The path of the socket.",
)]);

const PORT: Schema = Schema::Integer { least: 0, most: 65_535, format: "int32" };

const TLS: Schema = Schema::Object {
    fields: &[
        Field::optional(
            "alpnProtocols",
            list(&TEXT),
            "What is offered by ALPN, such as h2, http/1.1 and http/1.0. Without it, h2 and \
             http/1.1; with an empty list, nothing.",
        ),
        Field::optional(
            "autoSNIFromEndpointHostname",
            Schema::Boolean,
            "Whether the host name of the endpoint is sent as SNI.",
        ),
        Field::optional(
            "caCertificateRefs",
            Schema::atomic(&CA_CERTIFICATE_REF, 0, 8),
            "Where the trusted CA certificates are: ConfigMaps or Secrets with PEM under ca.crt. \
             Not with wellKnownCACertificates.",
        ),
        Field::optional(
            "ciphers",
            list(&TEXT),
            "The cipher suites of TLS 1.2 and older, by their names in BoringSSL or at IANA.",
        ),
        Field::optional(
            "clientCertificateRef",
            CLIENT_CERTIFICATE_REF,
            "The certificate that the backend is shown, and its key.",
        ),
        Field::optional("ecdhCurves", list(&TEXT), "The curves. Without it, X25519 and P-256."),
        Field::optional(
            "fingerprints",
            list(&Schema::one_of(&["JA3", "JA4"])),
            "Fingerprints of clients; nothing for a backend.",
        ),
        Field::optional(
            "insecureSkipVerify",
            Schema::Boolean,
            "Whether every certificate is accepted. Then nobody knows who answers.",
        )
        .defaulting("false"),
        Field::optional("maxVersion", VERSION, "The newest version of TLS. Without it, 1.3."),
        Field::optional("minVersion", VERSION, "The oldest version of TLS. Without it, 1.2."),
        Field::optional(
            "signatureAlgorithms",
            list(&TEXT),
            "The signature algorithms that are offered.",
        ),
        Field::optional(
            "sni",
            Schema::text(1, 253, PRECISE_HOSTNAME),
            "The name that is sent as SNI. A BackendTLSPolicy sends its own hostname.",
        ),
        Field::optional(
            "wellKnownCACertificates",
            Schema::text(1, 253, WELL_KNOWN),
            "System, for the roots of the system. Not with caCertificateRefs.",
        ),
    ],
    rules: &[
        Rule {
            message: "must not contain both CACertificateRefs and WellKnownCACertificates",
            expression: "!(has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0 && \
                         has(self.wellKnownCACertificates) && self.wellKnownCACertificates != \"\")",
            holds: rules::trust_is_said_once,
        },
        Rule {
            message: "must not contain either CACertificateRefs or WellKnownCACertificates when \
                      InsecureSkipVerify is enabled",
            expression: "!((has(self.insecureSkipVerify) && self.insecureSkipVerify) && \
                         ((has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0) || \
                         (has(self.wellKnownCACertificates) && self.wellKnownCACertificates != \
                         \"\")))",
            holds: rules::no_trust_is_said_where_nothing_is_verified,
        },
        Rule {
            message: "sni and autoSNIFromEndpointHostname are mutually exclusive",
            expression: "!(has(self.sni) && has(self.autoSNIFromEndpointHostname) && \
                         self.autoSNIFromEndpointHostname)",
            holds: rules::sni_is_said_once,
        },
        Rule {
            message: "setting ciphers has no effect if the minimum possible TLS version is 1.3",
            expression: "has(self.minVersion) && self.minVersion == '1.3' ? !has(self.ciphers) : \
                         true",
            holds: rules::ciphers_have_an_effect,
        },
        Rule {
            message: "minVersion must be smaller or equal to maxVersion",
            expression: "has(self.minVersion) && has(self.maxVersion) ? \
                         {\"Auto\":0,\"1.0\":1,\"1.1\":2,\"1.2\":3,\"1.3\":4}[self.minVersion] <= \
                         {\"1.0\":1,\"1.1\":2,\"1.2\":3,\"1.3\":4,\"Auto\":5}[self.maxVersion] : \
                         !has(self.minVersion) && has(self.maxVersion) ? 3 <= \
                         {\"1.0\":1,\"1.1\":2,\"1.2\":3,\"1.3\":4,\"Auto\":5}[self.maxVersion] : \
                         true",
            holds: rules::versions_are_in_order,
        },
    ],
    open: false,
};

const CLIENT_CERTIFICATE_REF: Schema = Schema::object(&[
    Field::optional("group", GROUP, "The API group; empty for a Secret.").defaulting(""),
    Field::optional("kind", KIND, "The kind of the object.").defaulting("Secret"),
    Field::required("name", NAME, "The name of the object."),
    Field::optional("namespace", NAMESPACE, "The namespace, which must be that of the Backend."),
]);

const VERSION: Schema = Schema::one_of(&["Auto", "1.0", "1.1", "1.2", "1.3"]);

const STATUS: Schema = Schema::object(&[Field::optional(
    "conditions",
    Schema::List { item: &CONDITION, least: 0, most: 8, rules: &[], kind: ListKind::Map("type") },
    "Whether the Backend is Accepted.",
)]);

const HOST_NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$";
const ADDRESS: &str = r"^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$|^(([0-9a-fA-F]{1,4}:){1,7}[0-9a-fA-F]{1,4}|::|(([0-9a-fA-F]{1,4}:){0,5})?(:[0-9a-fA-F]{1,4}){1,2})$";
