//! Backend of Envoy Gateway, `gateway.envoyproxy.io/v1alpha1`: endpoints, and how TLS is spoken.

use super::Field;
use super::Rule;
use super::Schema;
use super::backend_tls_policy::CA_CERTIFICATE_REF;
use super::backend_tls_policy::PRECISE_HOSTNAME;
use super::backend_tls_policy::WELL_KNOWN;
use super::core::TEXT;
use super::core::list;
use super::core::object;
use super::metadata::METADATA;
use super::rules;

/// The object.
pub(crate) static ENVOY_GATEWAY_BACKEND: Schema = object(&[
    Field::optional("metadata", METADATA, "Name and namespace."),
    Field::required(
        "spec",
        Schema::Object {
            fields: &[
                Field::optional("endpoints", list(&ENDPOINT), "Where it is."),
                Field::optional("tls", TLS, "How TLS is spoken with it."),
                Field::optional("type", TEXT, "Endpoints or DynamicResolver.")
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
                    expression: "!(has(self.type) && self.type == 'DynamicResolver' && \
                                 has(self.tls) && has(self.tls.autoSNIFromEndpointHostname) && \
                                 self.tls.autoSNIFromEndpointHostname)",
                    holds: rules::a_resolver_has_no_sni_of_endpoints,
                },
                Rule {
                    message: "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints \
                              must define a hostname",
                    expression: "!(has(self.tls) && has(self.tls.autoSNIFromEndpointHostname) && \
                                 self.tls.autoSNIFromEndpointHostname && has(self.endpoints)) || \
                                 self.endpoints.all(e, has(e.fqdn) || has(e.hostname))",
                    holds: rules::endpoints_have_hostnames_for_sni,
                },
            ],
            open: true,
        },
        "What it is.",
    ),
]);

const ENDPOINT: Schema = object(&[
    Field::optional("fqdn", PLACE, "A host name and a port."),
    Field::optional("hostname", TEXT, "A name for an endpoint that has an address only."),
    Field::optional("ip", PLACE, "An address and a port."),
]);

const PLACE: Schema = object(&[
    Field::optional("address", TEXT, "The address."),
    Field::optional("hostname", TEXT, "The host name."),
    Field::required(
        "port",
        Schema::Integer { least: 0, most: 65_535, format: "int32" },
        "The port, which a sectionName is.",
    ),
]);

const TLS: Schema = Schema::Object {
    fields: &[
        Field::optional(
            "autoSNIFromEndpointHostname",
            Schema::Boolean,
            "Whether the host name of the endpoint is sent as SNI.",
        ),
        Field::optional(
            "caCertificateRefs",
            Schema::atomic(&CA_CERTIFICATE_REF, 0, 8),
            "Where the trusted CA certificates are.",
        ),
        Field::optional(
            "insecureSkipVerify",
            Schema::Boolean,
            "Whether every certificate is accepted. Then nobody knows who answers.",
        )
        .defaulting("false"),
        Field::optional("sni", Schema::text(1, 253, PRECISE_HOSTNAME), "What is sent as SNI."),
        Field::optional(
            "wellKnownCACertificates",
            Schema::text(1, 253, WELL_KNOWN),
            "System, for the roots of the system.",
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
    ],
    open: true,
};
