//! How the references of a policy stand to their targets.

use super::index::Index;
use super::index::escaped;
use super::ports::Ports;
use crate::api::PolicyTargetReference;

/// The object that a reference names, whether or not it is among the documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Object {
    pub(super) fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

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
    /// The kind of a reference; None is one that is not known here.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
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
    NoSuchSection { object: Object, why: String },
    /// The policy is about it, and cannot be kept: nothing but UDP is there, or nobody knows what
    /// the target is.
    Unusable { object: Object, section: Option<String>, why: String },
    /// A kind that is not known here, or no name.
    UnknownTarget { name: String, why: String },
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
            let why = format!(
                "{kind} {name} of {group}: expected a Service of the core group, or a Backend of \
                 gateway.envoyproxy.io"
            );
            return Self::UnknownTarget { name: reference.name.clone(), why };
        };
        if reference.name.is_empty() {
            let why = format!("a {} without a name", kind.name());
            return Self::UnknownTarget { name: String::new(), why };
        }
        let object = Object::new(kind, namespace, &reference.name);
        let shown = object.shown();
        // An empty one is none.
        let section = reference.section_name.clone().filter(|section| !section.is_empty());
        let ports = match index.ports(&object) {
            // What is not among the documents may be in the cluster.
            Ports::Unknown => {
                let note = Some(format!("{shown} is not among the documents"));
                return Self::Attached { object, section, note, udp: None };
            }
            Ports::Unclear(why) => {
                return Self::Unusable { object, section, why: why.to_string() };
            }
            // Its endpoints are found while it is spoken to.
            Ports::Known(ports) if ports.all().is_empty() && kind == Kind::Backend => {
                return Self::Attached { object, section, note: None, udp: None };
            }
            Ports::Known(ports) => ports,
        };
        let (count, udp) = match &section {
            None => (ports.all().len(), ports.all().len().saturating_sub(ports.with_tcp().count())),
            Some(name) => match ports.named(name) {
                Some(port) => (1, usize::from(!port.is_tcp)),
                None => {
                    let why = ports.without(&shown, name);
                    return Self::NoSuchSection { object, why };
                }
            },
        };
        if count > 0 && udp == count {
            let why = format!("{shown} has UDP there, and TLS is on TCP");
            return Self::Unusable { object, section, why };
        }
        let udp = (udp > 0).then(|| {
            format!(
                "UDP is spoken at {udp} of the {count} ports of {shown}, and the policy is about the \
                 others only"
            )
        });
        Self::Attached { object, section, note: None, udp }
    }

    /// What it is about: an object, or a section of it.
    pub(super) const fn part(&self) -> Option<(&Object, Option<&String>)> {
        match self {
            Self::Attached { object, section, .. } | Self::Unusable { object, section, .. } => {
                Some((object, section.as_ref()))
            }
            Self::NoSuchSection { .. } | Self::UnknownTarget { .. } => None,
        }
    }

    /// What it names, attached or not.
    pub(super) const fn object(&self) -> Option<&Object> {
        match self {
            Self::Attached { object, .. }
            | Self::NoSuchSection { object, .. }
            | Self::Unusable { object, .. } => Some(object),
            Self::UnknownTarget { .. } => None,
        }
    }
}
