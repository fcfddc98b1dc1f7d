//! BackendTLSPolicy of `gateway.networking.k8s.io/v1`, which `v1alpha3` has in the same words.
//!
//! Limits, patterns and rules are the API's; a test compares them with its custom resource
//! definitions.

use super::Field;
use super::ListKind;
use super::Rule;
use super::Schema;
use super::metadata::METADATA;
use super::rules;

/// The object.
pub(crate) static BACKEND_TLS_POLICY: Schema = Schema::object(&[
    Field::optional(
        "apiVersion",
        Schema::text(0, usize::MAX, ""),
        "gateway.networking.k8s.io/v1, or v1alpha3, which is deprecated and the same.",
    ),
    Field::optional("kind", Schema::text(0, usize::MAX, ""), "BackendTLSPolicy."),
    Field::optional(
        "metadata",
        METADATA,
        "Name, namespace and whatever else every object has. Targets and references are looked for \
         in this namespace and nowhere else.",
    ),
    Field::required(
        "spec",
        SPEC,
        "What is connected to with TLS, and what its certificate is held to.",
    ),
    Field::optional(
        "status",
        STATUS,
        "What controllers say of the policy: an entry for each ancestor, which is a Gateway.",
    ),
]);

const SPEC: Schema = Schema::object(&[
    Field::optional(
        "options",
        Schema::Map { value: &OPTION, most: 16 },
        "Settings of implementations, by names with a domain of theirs before a slash. What an \
         implementation does not know it ignores.",
    ),
    Field::required(
        "targetRefs",
        Schema::List {
            item: &TARGET_REF,
            least: 1,
            most: 16,
            rules: &[
                Rule {
                    message: "sectionName must be specified when targetRefs includes 2 or more \
                              references to the same target",
                    expression: "self.all(p1, self.all(p2, p1.group == p2.group && p1.kind == \
                                 p2.kind && p1.name == p2.name ? ((!has(p1.sectionName) || \
                                 p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName \
                                 == '')) : true))",
                    holds: rules::sections_of_a_target_are_all_named_or_none,
                },
                Rule {
                    message: "sectionName must be unique when targetRefs includes 2 or more \
                              references to the same target",
                    expression: "self.all(p1, self.exists_one(p2, p1.group == p2.group && p1.kind \
                                 == p2.kind && p1.name == p2.name && (((!has(p1.sectionName) || \
                                 p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName \
                                 == '')) || (has(p1.sectionName) && has(p2.sectionName) && \
                                 p1.sectionName == p2.sectionName))))",
                    holds: rules::targets_are_unique,
                },
            ],
            kind: ListKind::Atomic,
        },
        "What the policy is about, in its own namespace: Services, commonly one.",
    ),
    Field::required(
        "validation",
        Schema::Object {
            fields: VALIDATION,
            rules: &[
                Rule {
                    message: "must not contain both CACertificateRefs and WellKnownCACertificates",
                    expression: "!(has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0 \
                                 && has(self.wellKnownCACertificates) && \
                                 self.wellKnownCACertificates != \"\")",
                    holds: rules::trust_is_said_once,
                },
                Rule {
                    message: "must specify either CACertificateRefs or WellKnownCACertificates",
                    expression: "(has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0 \
                                 || has(self.wellKnownCACertificates) && \
                                 self.wellKnownCACertificates != \"\")",
                    holds: rules::trust_is_said,
                },
            ],
            open: false,
        },
        "What the certificate of the backend is held to.",
    ),
]);

const OPTION: Schema = Schema::text(0, 4096, "");

const TARGET_REF: Schema = Schema::object(&[
    Field::required("group", GROUP, "The API group of the target; empty for a Service."),
    Field::required("kind", KIND, "The kind of the target, such as Service."),
    Field::required("name", NAME, "The name of the target."),
    Field::optional(
        "sectionName",
        SECTION,
        "A part of the target: for a Service, the name of a port. Without it, the whole target, but \
         for the sections that another policy names.",
    ),
]);

const VALIDATION: &[Field] = &[
    Field::optional(
        "caCertificateRefs",
        Schema::atomic(&CA_CERTIFICATE_REF, 0, 8),
        "Where the trusted CA certificates are: ConfigMaps with PEM under ca.crt, in the namespace \
         of the policy. Either this or wellKnownCACertificates.",
    ),
    Field::required(
        "hostname",
        Schema::text(1, 253, PRECISE_HOSTNAME),
        "The name that is sent as SNI. Unless subjectAltNames has entries, the certificate must \
         have it.",
    ),
    Field::optional(
        "subjectAltNames",
        Schema::atomic(&SUBJECT_ALT_NAME, 0, 5),
        "Names of which the certificate must have one. With them, hostname is sent and \
         authenticates nothing: repeat it here if it should.",
    ),
    Field::optional(
        "wellKnownCACertificates",
        Schema::text(1, 253, WELL_KNOWN),
        "System, for the roots of the system, or the name of a set that an implementation has. \
         Either this or caCertificateRefs.",
    ),
];

pub(super) const CA_CERTIFICATE_REF: Schema = Schema::object(&[
    Field::required("group", GROUP, "The API group of the object; empty for a ConfigMap."),
    Field::required("kind", KIND, "The kind of the object, such as ConfigMap."),
    Field::required("name", NAME, "The name of the object."),
]);

const SUBJECT_ALT_NAME: Schema = Schema::Object {
    fields: &[
        Field::optional(
            "hostname",
            Schema::text(1, 253, HOSTNAME),
            "For type Hostname: a dNSName of the certificate. A wildcard is met by the identical \
             wildcard only.",
        ),
        Field::required("type", Schema::one_of(&["Hostname", "URI"]), "Which of the two it is."),
        Field::optional(
            "uri",
            Schema::text(1, 253, ABSOLUTE_URI),
            "For type URI: a uniformResourceIdentifier of the certificate, octet by octet, such as \
             a SPIFFE ID.",
        ),
    ],
    rules: &[
        Rule {
            message: "SubjectAltName element must contain Hostname, if Type is set to Hostname",
            expression: "!(self.type == \"Hostname\" && (!has(self.hostname) || self.hostname == \
                         \"\"))",
            holds: rules::a_hostname_has_one,
        },
        Rule {
            message: "SubjectAltName element must not contain Hostname, if Type is not set to \
                      Hostname",
            expression: "!(self.type != \"Hostname\" && has(self.hostname) && self.hostname != \
                         \"\")",
            holds: rules::no_other_has_a_hostname,
        },
        Rule {
            message: "SubjectAltName element must contain URI, if Type is set to URI",
            expression: "!(self.type == \"URI\" && (!has(self.uri) || self.uri == \"\"))",
            holds: rules::a_uri_has_one,
        },
        Rule {
            message: "SubjectAltName element must not contain URI, if Type is not set to URI",
            expression: "!(self.type != \"URI\" && has(self.uri) && self.uri != \"\")",
            holds: rules::no_other_has_a_uri,
        },
    ],
    open: false,
};

const STATUS: Schema = Schema::object(&[Field::required(
    "ancestors",
    Schema::atomic(&ANCESTOR, 0, 16),
    "An entry for each Gateway and controller that the policy is relevant to.",
)]);

const ANCESTOR: Schema = Schema::object(&[
    Field::required("ancestorRef", ANCESTOR_REF, "The Gateway that the entry is about."),
    Field::required(
        "conditions",
        Schema::List {
            item: &CONDITION,
            least: 1,
            most: 8,
            rules: &[],
            kind: ListKind::Map("type"),
        },
        "Whether the policy is Accepted, and its references are ResolvedRefs.",
    ),
    Field::required(
        "controllerName",
        Schema::text(1, 253, CONTROLLER_NAME),
        "The controller that wrote the entry, such as example.com/gateway. No other may.",
    ),
]);

const ANCESTOR_REF: Schema = Schema::object(&[
    Field::optional("group", GROUP, "The API group.").defaulting("gateway.networking.k8s.io"),
    Field::optional("kind", KIND, "The kind.").defaulting("Gateway"),
    Field::required("name", NAME, "The name."),
    Field::optional("namespace", NAMESPACE, "The namespace; without it, that of the policy."),
    Field::optional(
        "port",
        Schema::Integer { least: 1, most: 65_535, format: "int32" },
        "The port, where an ancestor is only one of its ports.",
    ),
    Field::optional("sectionName", SECTION, "The section, such as a listener."),
]);

pub(super) const CONDITION: Schema = Schema::object(&[
    Field::required(
        "lastTransitionTime",
        Schema::DateTime,
        "When the status last changed; a new reason or message does not count.",
    ),
    Field::required("message", Schema::text(0, 32_768, ""), "A sentence for people."),
    Field::optional(
        "observedGeneration",
        Schema::Integer { least: 0, most: i64::MAX, format: "int64" },
        "The generation of the policy that was judged.",
    ),
    Field::required(
        "reason",
        Schema::text(1, 1024, "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"),
        "A word for machines.",
    ),
    Field::required("status", Schema::one_of(&["True", "False", "Unknown"]), "Whether it holds."),
    Field::required("type", Schema::text(0, 316, CONDITION_TYPE), "What the condition is."),
]);

pub(super) const GROUP: Schema = Schema::text(0, 253, GROUP_PATTERN);
pub(super) const KIND: Schema = Schema::text(1, 63, "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$");
pub(super) const NAME: Schema = Schema::text(1, 253, "");
pub(super) const NAMESPACE: Schema = Schema::text(1, 63, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$");
const SECTION: Schema = Schema::text(1, 253, PRECISE_HOSTNAME);

const GROUP_PATTERN: &str = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
pub(super) const PRECISE_HOSTNAME: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
pub(super) const HOSTNAME: &str =
    r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const ABSOLUTE_URI: &str = r"^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?";
pub(super) const WELL_KNOWN: &str = r"^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$";
pub(crate) const CONTROLLER_NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$";
const CONDITION_TYPE: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";
