//! How the references of a policy stand to their targets.

use super::index::Found;
use super::index::Index;
use super::index::escaped;
use super::index::several;
use crate::api::PolicyTargetReference;
use crate::documents::Loaded;

/// The object that a reference names, whether or not it is among the documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Object {
    /// `Service shop/backend`
    pub(super) fn shown(&self) -> String {
        let (namespace, name) = (escaped(&self.namespace), escaped(&self.name));
        format!("{} {namespace}/{name}", self.kind.name())
    }
}

/// The kinds of backends that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A Backend of Envoy Gateway.
    Backend,
    /// A Service.
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

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backend => "Backend",
            Self::Service => "Service",
        }
    }
}

/// How a reference of a policy stands to its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attachment {
    /// It is attached; a sentence, if there is something to say, and another one, if some of the
    /// ports are UDP.
    Attached { object: Object, section: Option<String>, note: Option<String>, udp: Option<String> },
    /// The target has no such section.
    NoSuchSection(String),
    /// The policy is about it, and cannot be kept: nothing but UDP is there, or nobody knows what
    /// the target is.
    Unusable { object: Object, section: Option<String>, why: String },
    /// A kind that is not known here.
    UnknownKind(String),
}

impl Attachment {
    /// What a reference of a policy in this namespace comes to.
    pub(super) fn of(
        index: &Index<'_>,
        namespace: &str,
        reference: &PolicyTargetReference,
    ) -> Self {
        let Some(kind) = Kind::of(&reference.group, &reference.kind) else {
            let (kind, name) = (escaped(&reference.kind), escaped(&reference.name));
            let group = match reference.group.as_str() {
                "" => "the core group".to_owned(),
                group => format!("group {}", escaped(group)),
            };
            return Self::UnknownKind(format!(
                "{kind} {name} of {group}: expected a Service of the core group, or a Backend of \
                 gateway.envoyproxy.io"
            ));
        };
        let object = Object { kind, namespace: namespace.into(), name: reference.name.clone() };
        let shown = object.shown();
        // An empty one is none.
        let section = reference.section_name.clone().filter(|section| !section.is_empty());
        let ports = match Ports::of(index, &object) {
            // What is not among the documents may be in the cluster.
            Ports::Unknown => {
                let note = Some(format!("{shown} is not among the documents"));
                return Self::Attached { object, section, note, udp: None };
            }
            Ports::Unclear(why) => return Self::Unusable { object, section, why },
            // Its endpoints are found while it is spoken to.
            Ports::Known(ports) if ports.is_empty() && kind == Kind::Backend => {
                return Self::Attached { object, section, note: None, udp: None };
            }
            Ports::Known(ports) => ports,
        };
        let named = |port: &&Port| section.as_ref().is_none_or(|name| port.section == *name);
        let meant: Vec<&Port> = ports.iter().filter(named).collect();
        let udp = meant.iter().filter(|port| port.udp).count();
        match (&section, meant.len()) {
            (Some(name), 0) => Self::NoSuchSection(no_section(&shown, name, &ports)),
            (_, count) if count > 0 && udp == count => {
                let why = format!("{shown} has UDP there, and TLS is on TCP");
                Self::Unusable { object, section, why }
            }
            (_, count) => {
                let udp = (udp > 0).then(|| {
                    format!(
                        "UDP is spoken at {udp} of the {count} ports of {shown}, and the policy is about \
                         the others only"
                    )
                });
                Self::Attached { object, section, note: None, udp }
            }
        }
    }

    /// What it is about: an object, or a section of it.
    pub(super) const fn part(&self) -> Option<(&Object, Option<&String>)> {
        match self {
            Self::Attached { object, section, .. } | Self::Unusable { object, section, .. } => {
                Some((object, section.as_ref()))
            }
            Self::NoSuchSection(_) | Self::UnknownKind(_) => None,
        }
    }
}

/// That an object has no such section, and which it has.
pub(super) fn no_section(shown: &str, name: &str, ports: &[Port]) -> String {
    let name = escaped(name);
    let known: Vec<String> = ports
        .iter()
        .map(|port| match port.section.as_str() {
            "" => format!("port {} without a name", port.number),
            section => escaped(section),
        })
        .collect();
    match known.as_slice() {
        [] => format!("{shown} has no section {name}: it has no ports"),
        known => format!("{shown} has no section {name}, but {}", known.join(", ")),
    }
}

/// A port of a backend: what a section calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) section: String,
    pub(super) number: u16,
    pub(super) udp: bool,
}

impl Port {
    /// Whether this is its section: its name, or its number.
    pub(super) fn is_called(&self, section: &str) -> bool {
        self.section == section || self.number.to_string() == section
    }
}

/// The ports of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ports {
    Known(Vec<Port>),
    /// The object is among the documents, but nobody knows what it is.
    Unclear(String),
    /// It is not among the documents.
    Unknown,
}

impl Ports {
    pub(super) fn of(index: &Index<'_>, object: &Object) -> Self {
        let shown = object.shown();
        match object.kind {
            Kind::Service => {
                match known(index.services.find(&object.namespace, &object.name), &shown) {
                    Err(ports) => ports,
                    Ok(service) => Self::Known(
                        service
                            .object()
                            .spec
                            .ports
                            .iter()
                            .map(|port| Port {
                                section: port.name.clone().unwrap_or_default(),
                                number: port.port,
                                udp: port.protocol.as_deref() == Some("UDP"),
                            })
                            .collect(),
                    ),
                }
            }
            Kind::Backend => {
                match known(index.backends.find(&object.namespace, &object.name), &shown) {
                    Err(ports) => ports,
                    Ok(backend) => {
                        let endpoints = backend.object().spec.endpoints.iter();
                        let addresses =
                            endpoints.filter_map(|one| one.fqdn.as_ref().or(one.ip.as_ref()));
                        let mut numbers: Vec<u16> = addresses.map(|one| one.port).collect();
                        numbers.sort_unstable();
                        numbers.dedup();
                        let port =
                            |number: u16| Port { section: number.to_string(), number, udp: false };
                        Self::Known(numbers.into_iter().map(port).collect())
                    }
                }
            }
        }
    }
}

/// The one object of the name, if the server would have it.
fn known<'a, T>(found: Found<'a, T>, shown: &str) -> Result<&'a Loaded<T>, Ports> {
    match found {
        Found::Missing { .. } => Err(Ports::Unknown),
        Found::Several(places) => Err(Ports::Unclear(several(shown, &places))),
        Found::One(loaded) if loaded.field_errors().is_empty() => Ok(loaded),
        Found::One(loaded) => {
            let errors: Vec<String> =
                loaded.field_errors().iter().map(ToString::to_string).collect();
            Err(Ports::Unclear(format!("{shown}: {}", errors.join("; "))))
        }
    }
}
