//! Where the backends of a target are spoken to.

use super::Kind;
use super::Resolver;
use super::Target;
use super::attachment::Object;
use super::index::Absent;
use super::ports::KnownPorts;
use super::ports::Port;
use super::ports::Ports;
use crate::note::Note;

/// A host and a port, and the part of the target that is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    target: Target,
    host: String,
    port: u16,
}

impl Endpoint {
    /// The target, and its section if it has several.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// A host name, or an address without brackets. A Service is `NAME.NAMESPACE.svc`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, from 1 on.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl Resolver<'_> {
    /// The places of a target: a port of a Service, or all of its ports with TCP; the endpoints of a
    /// Backend of Envoy Gateway.
    ///
    /// # Errors
    /// The documents do not say where it is.
    pub fn endpoints(&self, target: &Target) -> Result<Vec<Endpoint>, Note> {
        let kind = match (target.kind(), self.kinds(target).as_slice()) {
            (Some(kind), _) | (None, &[kind]) => kind,
            (None, _) => Kind::Service,
        };
        let object = target.object(kind);
        match kind {
            Kind::Service => self.ports_of_service(target, &object),
            Kind::Backend => self.endpoints_of_backend(target, &object),
        }
    }

    /// The ports with TCP of a backend, and the target that each of them is. Those of a Backend of
    /// Envoy Gateway are the ports of its endpoints; one that finds them while it is spoken to has
    /// none.
    ///
    /// # Errors
    /// The backend is not among the documents, or nobody knows what it is.
    pub fn ports(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<(u16, Target)>, Note> {
        let whole = Target::new(namespace, name).of_kind(kind);
        let ports = self.known_ports(&Object::new(kind, namespace, name))?;
        let only = ports.only().is_some();
        Ok(ports.with_tcp().map(|port| (port.number, port.target(&whole, only))).collect())
    }

    /// One of the ports of [`ports`](Self::ports): the target that it is, if there is one of this number.
    ///
    /// # Errors
    /// The backend is not among the documents, or nobody knows what it is.
    pub fn port(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        number: u16,
    ) -> Result<Option<Target>, Note> {
        let whole = Target::new(namespace, name).of_kind(kind);
        let ports = self.known_ports(&Object::new(kind, namespace, name))?;
        let only = ports.only().is_some();
        Ok(ports.numbered(number).map(|port| port.target(&whole, only)))
    }

    fn known_ports(&self, object: &Object) -> Result<&KnownPorts, Note> {
        match self.index.ports(object) {
            Ports::Known(ports) => Ok(ports),
            Ports::Unclear(why) => Err(Note::new(why.to_string())),
            Ports::Unknown => {
                Err(Note::new(format!("{} is not among the documents", object.shown())))
            }
        }
    }

    fn ports_of_service(&self, target: &Target, object: &Object) -> Result<Vec<Endpoint>, Note> {
        let shown = object.shown();
        let host = format!("{}.{}.svc", target.name(), target.namespace());
        let endpoint = |target: Target, port| Endpoint { target, host: host.clone(), port };
        let ports = match self.index.ports(object) {
            Ports::Known(ports) => ports,
            Ports::Unclear(why) => return Err(Note::new(why.to_string())),
            Ports::Unknown => {
                // The section may be the number itself.
                return match target.section().and_then(|section| section.parse().ok()) {
                    Some(port @ 1..) => Ok(vec![endpoint(target.clone(), port)]),
                    _ => Err(Note::new(format!(
                        "{shown} is not among the documents, so nobody knows its port"
                    ))),
                };
            }
        };
        if let Some(section) = target.section() {
            return match ports.asked(section) {
                None => Err(Note::new(ports.without(&shown, section))),
                Some(port) if port.is_tcp => Ok(vec![endpoint(target.clone(), port.number)]),
                Some(_) => Err(Note::new(format!("{shown} has UDP there, and TLS is on TCP"))),
            };
        }
        match ports.only() {
            Some(port) => Ok(vec![endpoint(target.clone(), port.number)]),
            None if ports.with_tcp().next().is_none() => {
                Err(Note::new(format!("{shown} has no port with TCP")))
            }
            None => {
                let part =
                    |port: &Port| endpoint(target.clone().of_section(port.asked_as()), port.number);
                Ok(ports.with_tcp().map(part).collect())
            }
        }
    }

    fn endpoints_of_backend(
        &self,
        target: &Target,
        object: &Object,
    ) -> Result<Vec<Endpoint>, Note> {
        let shown = object.shown();
        let found = self.index.backends.find(&object.namespace, &object.name);
        let backend = found.map_err(|absent| match absent {
            Absent::Doubtful { why, place } => Note::new(why.to_string()).at(place),
            Absent::Missing { .. } => Note::new(format!(
                "{shown} is not among the documents, so nobody knows where it is"
            )),
        })?;
        let endpoints = backend.object().spec.endpoints.iter().filter_map(|endpoint| {
            let address = endpoint.fqdn.as_ref().or(endpoint.ip.as_ref())?;
            let host = address.hostname.clone().or_else(|| address.address.clone())?;
            let section = target.section();
            let is_meant = section.is_none_or(|section| section == address.port.to_string());
            is_meant.then(|| Endpoint { target: target.clone(), host, port: address.port })
        });
        let mut endpoints: Vec<Endpoint> = endpoints.collect();
        endpoints.sort();
        endpoints.dedup();
        match (endpoints.is_empty(), target.section()) {
            (false, _) => Ok(endpoints),
            (true, None) => {
                Err(Note::new(format!("{shown} has no endpoint with a host and a port")))
            }
            (true, Some(section)) => Err(Note::new(match self.index.ports(object) {
                Ports::Known(ports) => ports.without(&shown, section),
                Ports::Unclear(_) | Ports::Unknown => format!("{shown} has no port {section}"),
            })),
        }
    }
}
