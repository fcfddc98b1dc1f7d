//! The Gateways whose routes lead to a backend.

use std::collections::BTreeSet;
use std::collections::HashMap;

use super::attachment::Attachment;
use super::attachment::Kind;
use super::attachment::Object;
use super::index::Index;
use super::ports::Ports;
use crate::api::ParentReference;
use crate::api::Route;
use crate::documents::Documents;

/// By what their routes lead to, the namespaces and names of Gateways.
#[derive(Debug)]
pub(super) struct Ancestors<'a> {
    by_object: HashMap<Object, Leading<'a>>,
}

/// Those that lead to one object.
#[derive(Debug, Default)]
struct Leading<'a> {
    /// By the port of the reference, if it has one.
    by_port: HashMap<Option<u16>, Gateways<'a>>,
}

/// Namespaces and names.
type Gateways<'a> = BTreeSet<(&'a str, &'a str)>;

impl<'a> Ancestors<'a> {
    /// A route that the server would not have leads nowhere.
    pub(super) fn new(documents: &'a Documents) -> Self {
        let mut by_object: HashMap<Object, Leading<'a>> = HashMap::new();
        for loaded in documents.routes().iter().filter(|loaded| loaded.field_errors().is_empty()) {
            let route = loaded.object();
            let namespace = route.metadata.namespace_or_default();
            let gateways: Gateways<'a> = gateways(route).collect();
            for backend in route.backends() {
                let group = backend.group.as_deref().unwrap_or_default();
                let kind = backend.kind.as_deref().unwrap_or("Service");
                let Some(kind) = Kind::of(group, kind) else { continue };
                let namespace = backend.namespace.as_deref().unwrap_or(namespace);
                let object = Object::new(kind, namespace, &backend.name);
                let leading = by_object.entry(object).or_default();
                leading.by_port.entry(backend.port).or_default().extend(&gateways);
            }
        }
        Self { by_object }
    }

    /// The Gateways whose routes lead to what the policy names, and to the section if it has one.
    pub(super) fn of(&self, attachments: &[Attachment], index: &Index<'_>) -> Found<'_, 'a> {
        let mut sets = Vec::new();
        for attachment in attachments {
            let Some(leading) = attachment.object().and_then(|object| self.by_object.get(object))
            else {
                continue;
            };
            let number = attachment.part().and_then(|(object, section)| {
                match (section, index.ports(object)) {
                    (Some(section), Ports::Known(ports)) => {
                        ports.named(section).map(|port| port.number)
                    }
                    // Without ports, nobody knows better.
                    _ => None,
                }
            });
            match number {
                None => sets.extend(leading.by_port.values()),
                Some(number) => {
                    let ports = [Some(number), None];
                    sets.extend(ports.iter().filter_map(|port| leading.by_port.get(port)));
                }
            }
        }
        Found { sets }
    }
}

/// The ancestors of one policy. A Gateway may lead to it in several ways.
#[derive(Debug)]
pub(super) struct Found<'s, 'a> {
    sets: Vec<&'s Gateways<'a>>,
}

impl<'a> Found<'_, 'a> {
    pub(super) fn contains(&self, namespace: &str, name: &str) -> bool {
        self.sets.iter().any(|gateways| gateways.contains(&(namespace, name)))
    }

    /// The first so many, by namespace and name.
    pub(super) fn first(&self, most: usize) -> Vec<(&'a str, &'a str)> {
        let firsts: Gateways<'a> =
            self.sets.iter().flat_map(|gateways| gateways.iter().take(most)).copied().collect();
        firsts.into_iter().take(most).collect()
    }
}

/// The namespaces and names of the Gateways of a route.
fn gateways(route: &Route) -> impl Iterator<Item = (&str, &str)> {
    let is_gateway = |parent: &&ParentReference| {
        let group = parent.group.as_deref().unwrap_or(GATEWAY_API);
        let kind = parent.kind.as_deref().unwrap_or("Gateway");
        (group, kind) == (GATEWAY_API, "Gateway")
    };
    let own = route.metadata.namespace_or_default();
    let parents = route.spec.parent_refs.iter().filter(is_gateway);
    parents.map(move |parent| (parent.namespace.as_deref().unwrap_or(own), parent.name.as_str()))
}

/// The group of Gateways.
pub(super) const GATEWAY_API: &str = "gateway.networking.k8s.io";
