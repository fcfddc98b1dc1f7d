//! Gateways: for which hosts the listeners of a route are, and which of them a request comes to first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use lastmile_policy::Documents;
use lastmile_policy::Loaded;
use lastmile_policy::api;

use super::routes::escaped;
use super::routes::shown;
use super::told::Told;

/// A host of Envoy, which is what both a host of a listener and one of a route are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Domain<'a> {
    pub(super) name: &'a str,
    /// The host of the listener.
    pub(super) listener: &'a str,
    /// The host of the route.
    pub(super) of: &'a str,
}

impl Domain<'_> {
    /// The lower comes first: a request is the most specific listener's, and there the route's of the
    /// most specific host. Of a listener that is not known, nothing is said.
    pub(super) fn key(&self) -> impl Ord + use<> {
        (specificity(self.listener), specificity(self.of))
    }
}

/// The Gateways of the documents, by namespace and name.
pub(super) struct Gateways<'a>(HashMap<(&'a str, &'a str), Vec<&'a Loaded<api::Gateway>>>);

/// The hosts of the listeners that a route is attached to.
struct Listeners<'a> {
    hosts: BTreeSet<&'a str>,
    /// Who else has listeners, which are not known.
    unknown: Option<String>,
}

/// Every host.
const EVERY: &str = "*";

impl<'a> Gateways<'a> {
    pub(super) fn of(documents: &'a Documents) -> Self {
        let mut named: HashMap<_, Vec<_>> = HashMap::new();
        for loaded in documents.gateways() {
            let metadata = &loaded.object().metadata;
            if let Some(name) = metadata.name.as_deref() {
                named.entry((metadata.namespace_or_default(), name)).or_default().push(loaded);
            }
        }
        Self(named)
    }

    /// The hosts of a route: those that it names, as far as its listeners are for them. Where not all
    /// its listeners are known, they are all that it names.
    pub(super) fn domains(
        &self,
        loaded: &'a Loaded<api::Route>,
        told: &mut Told,
        faults: &mut Vec<String>,
    ) -> Vec<Domain<'a>> {
        let route = loaded.object();
        let named: Vec<&str> = match route.spec.hostnames.as_slice() {
            [] => vec![EVERY],
            names => names.iter().map(String::as_str).collect(),
        };
        let whole = named.iter().map(|&name| Domain { name, listener: EVERY, of: name }).collect();
        let Listeners { hosts, unknown } = self.listeners(route, faults);
        let shown = shown(route);
        if let Some(unknown) = unknown {
            if !self.0.is_empty() && !hosts.contains(EVERY) {
                told.loudly(format!(
                    "{}: {shown}: {unknown} is not among the documents: the route is rendered for all \
                     hosts that it names",
                    loaded.place_of("spec.parentRefs")
                ));
            }
            return whole;
        }
        if hosts.is_empty() && !route.spec.parent_refs.is_empty() {
            told.loudly(format!(
                "{}: {shown}: its Gateways have no such listener, so it gets no requests",
                loaded.place_of("spec.parentRefs")
            ));
            return Vec::new();
        }
        if hosts.is_empty() {
            return whole;
        }
        let pairs = named.iter().flat_map(|&name| hosts.iter().map(move |&of| (name, of)));
        let mut domains: BTreeMap<&str, Domain<'_>> = BTreeMap::new();
        for (of, listener) in pairs {
            let Some(name) = narrower(of, listener) else { continue };
            let domain = Domain { name, listener, of };
            // Of several the most specific counts.
            let known = domains.entry(name).or_insert(domain);
            if domain.key() < known.key() {
                *known = domain;
            }
        }
        let is_covered = |name: &str| name == EVERY || hosts.iter().any(|of| covers(of, name));
        for name in named.iter().filter(|name| !is_covered(name)) {
            let within: Vec<&str> =
                domains.keys().copied().filter(|domain| covers(name, domain)).collect();
            let place = loaded.place_of("spec.hostnames");
            let told_so = format!(
                "{place}: {shown}: host {}: its listeners are for {}",
                escaped(name),
                escaped(&hosts.iter().copied().collect::<Vec<_>>().join(", "))
            );
            match within.as_slice() {
                [] => told.loudly(format!("{told_so}, so it gets none of its requests")),
                within => {
                    told.tell(format!(
                        "{told_so}, so it gets those for {} only",
                        within.join(", ")
                    ));
                }
            }
        }
        domains.into_values().collect()
    }

    fn listeners(&self, route: &api::Route, faults: &mut Vec<String>) -> Listeners<'a> {
        let mut found = Listeners { hosts: BTreeSet::new(), unknown: None };
        for parent in &route.spec.parent_refs {
            let kind = parent.kind.as_deref().unwrap_or("Gateway");
            if kind == "Service" {
                continue;
            }
            let namespace = parent.namespace.as_deref().filter(|of| !of.is_empty());
            let namespace = namespace.unwrap_or(route.metadata.namespace_or_default());
            let gateways = self.0.get(&(namespace, parent.name.as_str()));
            let is_gateway = kind == "Gateway"
                && parent.group.as_deref().is_none_or(|group| group == "gateway.networking.k8s.io");
            let gateways = gateways.filter(|_| is_gateway).map_or(&[][..], Vec::as_slice);
            let shown =
                format!("{} {}/{}", escaped(kind), escaped(namespace), escaped(&parent.name));
            let [gateway, others @ ..] = gateways else {
                found.unknown = Some(shown);
                continue;
            };
            let errors = gateway.field_errors().iter();
            let errors =
                errors.map(|error| format!("{}: {shown}: {error}", gateway.place_of(error.path())));
            let other = others.iter().find(|other| other.object() != gateway.object());
            let differs = other.map(|other| {
                format!(
                    "{}: {shown}: there is another, and they differ: keep one ({})",
                    other.place(),
                    gateway.place()
                )
            });
            for fault in errors.chain(differs) {
                // Several routes may name it.
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
            let listeners = &gateway.object().spec.listeners;
            if listeners.is_empty() {
                found.unknown = Some(format!("a listener of {shown}"));
            }
            let section = parent.section_name.as_deref().filter(|of| !of.is_empty());
            for listener in listeners {
                let protocol = listener.protocol.as_deref().unwrap_or("HTTP");
                let is_meant = section.is_none_or(|section| section == listener.name)
                    && parent.port.is_none_or(|port| Some(port) == listener.port)
                    // Others take no HTTPRoutes.
                    && matches!(protocol, "HTTP" | "HTTPS");
                if is_meant {
                    found.hosts.insert(listener.hostname.as_deref().unwrap_or(EVERY));
                }
            }
        }
        found
    }
}

/// Whether every host of the other is one of it.
fn covers(it: &str, other: &str) -> bool {
    match it.strip_prefix('*') {
        // `*.a.b` and `a.b` are in `*.b`, and `b` is not.
        Some(suffix) => other.strip_prefix('*').unwrap_or(other).ends_with(suffix),
        None => it == other,
    }
}

/// The hosts of both.
fn narrower<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    match (covers(one, other), covers(other, one)) {
        (true, _) => Some(other),
        (_, true) => Some(one),
        _ => None,
    }
}

/// The lower the more specific: names without a wildcard, then the longest.
pub(super) fn specificity(name: &str) -> (bool, Reverse<usize>) {
    (name.starts_with('*'), Reverse(name.len()))
}
