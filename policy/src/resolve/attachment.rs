//! Which policy is about which backend, and which of several governs it.

use std::cmp::Ordering;

use crate::api::BackendTlsPolicy;
use crate::api::EnvoyGatewayBackend;
use crate::api::ObjectMeta;
use crate::api::PolicyTargetReference;
use crate::api::Service;
use crate::documents::Documents;

/// The object that a reference names, whether or not it is among the documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// The kinds of backends that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// Of Envoy Gateway.
    Backend,
    Service,
}

impl Kind {
    pub(super) fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("", "Service") => Some(Self::Service),
            ("gateway.envoyproxy.io", "Backend") => Some(Self::Backend),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Backend => "Backend",
            Self::Service => "Service",
        }
    }
}

/// How a reference of a policy stands to its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attachment {
    /// It is attached; a sentence, if there is something to say.
    Attached { section: Option<String>, note: Option<String> },
    /// The target has no such section.
    NoSuchSection(String),
    /// Nothing but UDP is there.
    OnlyUdp(String),
    /// A kind that is not known here.
    UnknownKind(String),
}

/// What a reference comes to.
pub(super) fn attach(
    documents: &Documents,
    namespace: &str,
    reference: &PolicyTargetReference,
) -> (Option<Object>, Attachment) {
    let escaped = |text: &str| lastmile::Escaped::new(text.as_bytes()).to_string();
    let Some(kind) = Kind::of(&reference.group, &reference.kind) else {
        let why = format!(
            "{} {}: targets of this kind are not known here",
            escaped(&reference.kind),
            escaped(&reference.name)
        );
        return (None, Attachment::UnknownKind(why));
    };
    let object = Object { kind, namespace: namespace.into(), name: reference.name.clone() };
    let shown = format!("{} {namespace}/{}", kind.name(), escaped(&reference.name));
    // An empty one is none.
    let section = reference.section_name.clone().filter(|section| !section.is_empty());
    let attachment = match ports(documents, &object) {
        // What is not among the documents may be in the cluster.
        None => {
            let note = format!("{shown} is not among the documents");
            Attachment::Attached { section, note: Some(note) }
        }
        Some(ports) => {
            let named = |port: &&Port| section.as_ref().is_none_or(|name| port.section == *name);
            let meant: Vec<&Port> = ports.iter().filter(named).collect();
            let udp = meant.iter().filter(|port| port.udp).count();
            match (&section, meant.len()) {
                (Some(name), 0) => {
                    let known: Vec<String> =
                        ports.iter().map(|port| escaped(&port.section)).collect();
                    let name = escaped(name);
                    Attachment::NoSuchSection(match known.as_slice() {
                        [] => format!("{shown} has no section {name}: it has no ports"),
                        known => {
                            format!("{shown} has no section {name}, but {}", known.join(", "))
                        }
                    })
                }
                (_, count) if count > 0 && udp == count => {
                    Attachment::OnlyUdp(format!("{shown} has UDP there, and TLS is on TCP"))
                }
                _ => Attachment::Attached {
                    section,
                    note: (udp > 0)
                        .then(|| format!("of {shown}, {udp} ports are UDP, which it is not about")),
                },
            }
        }
    };
    (Some(object), attachment)
}

/// A port of a backend: what a section calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) section: String,
    pub(super) number: u16,
    pub(super) udp: bool,
}

/// The ports of an object; None if it is not among the documents.
pub(super) fn ports(documents: &Documents, object: &Object) -> Option<Vec<Port>> {
    match object.kind {
        Kind::Service => {
            let ports = &service(documents, object)?.spec.ports;
            Some(
                ports
                    .iter()
                    .map(|port| Port {
                        section: port.name.clone().unwrap_or_default(),
                        number: port.port,
                        udp: port.protocol.as_deref() == Some("UDP"),
                    })
                    .collect(),
            )
        }
        Kind::Backend => {
            let endpoints = &backend(documents, object)?.spec.endpoints;
            let addresses =
                endpoints.iter().filter_map(|one| one.fqdn.as_ref().or(one.ip.as_ref()));
            let mut ports: Vec<Port> = addresses
                .map(|one| Port { section: one.port.to_string(), number: one.port, udp: false })
                .collect();
            ports.dedup();
            Some(ports)
        }
    }
}

/// The Service of that name, of which the last that was read counts.
pub(super) fn service<'a>(documents: &'a Documents, object: &Object) -> Option<&'a Service> {
    let mut all = documents.services().iter().rev().map(|loaded| loaded.object());
    all.find(|service| is_named(&service.metadata, object))
}

/// The Backend of that name.
pub(super) fn backend<'a>(
    documents: &'a Documents,
    object: &Object,
) -> Option<&'a EnvoyGatewayBackend> {
    let mut all = documents.backends().iter().rev().map(|loaded| loaded.object());
    all.find(|backend| is_named(&backend.metadata, object))
}

fn is_named(metadata: &ObjectMeta, object: &Object) -> bool {
    metadata.name.as_deref() == Some(&object.name)
        && metadata.namespace_or_default() == object.namespace
}

/// Which of two policies for one target and section governs: the older, then the first by
/// `{namespace}/{name}`. One that has no time has not been created yet.
pub(super) fn precedence(one: &BackendTlsPolicy, other: &BackendTlsPolicy) -> Ordering {
    let time = |policy: &BackendTlsPolicy| {
        let created = policy.metadata.creation_timestamp.as_ref();
        created.and_then(|time| time.parse::<jiff::Timestamp>().ok())
    };
    let by_time = match (time(one), time(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_time.then_with(|| full_name(one).cmp(&full_name(other)))
}

/// `{namespace}/{name}`
pub(super) fn full_name(policy: &BackendTlsPolicy) -> String {
    let metadata = &policy.metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    format!("{}/{name}", metadata.namespace_or_default())
}
