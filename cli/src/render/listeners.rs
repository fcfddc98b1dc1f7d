//! Gateways: for which hosts the listeners of a route are, and which of them a request comes to first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

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

/// The Gateways of the documents.
pub(super) struct Gateways<'a> {
    named: HashMap<Name<'a>, Vec<&'a Loaded<api::Gateway>>>,
    /// Those whose faults are known.
    judged: HashSet<Name<'a>>,
    /// What has been looked at: listeners, and hosts of routes times those of listeners.
    looked_at: usize,
}

/// Namespace and name.
type Name<'a> = (&'a str, &'a str);

/// The hosts of the listeners that a route is attached to.
struct Listeners<'a> {
    hosts: BTreeSet<&'a str>,
    /// Who else has listeners, which are not known.
    unknown: Option<String>,
}

/// The API group of routes and Gateways.
const GROUP: &str = "gateway.networking.k8s.io";

/// Every host.
const EVERY: &str = "*";

/// The most that is looked at.
const MOST_LOOKED_AT: usize = 20_000_000;

/// Hosts that a sentence names.
const MOST_TOLD: usize = 4;

impl<'a> Gateways<'a> {
    pub(super) fn of(documents: &'a Documents) -> Self {
        let mut named: HashMap<_, Vec<_>> = HashMap::new();
        for loaded in documents.gateways() {
            let metadata = &loaded.object().metadata;
            if let Some(name) = metadata.name.as_deref() {
                named.entry((metadata.namespace_or_default(), name)).or_default().push(loaded);
            }
        }
        Self { named, judged: HashSet::new(), looked_at: 0 }
    }

    /// Whether so much has been looked at that it would take long.
    pub(super) const fn are_too_many(&self) -> bool {
        self.looked_at > MOST_LOOKED_AT
    }

    /// The hosts of a route: those that it names, as far as its listeners are for them. A listener that is
    /// not known is for all.
    pub(super) fn domains(
        &mut self,
        loaded: &'a Loaded<api::Route>,
        told: &mut Told,
        faults: &mut Vec<String>,
    ) -> Vec<Domain<'a>> {
        let route = loaded.object();
        let Listeners { mut hosts, unknown } = self.listeners(loaded, told, faults);
        let shown = shown(route);
        if let Some(unknown) = &unknown
            && !self.named.is_empty()
            && !hosts.contains(EVERY)
        {
            told.loudly(format!(
                "{}: {shown}: {unknown} is not among the documents: the route is rendered for all hosts that \
                 it names",
                loaded.place_of("spec.parentRefs")
            ));
        }
        if unknown.is_some() || route.spec.parent_refs.is_empty() {
            hosts.insert(EVERY);
        }
        let named: Vec<&str> = match route.spec.hostnames.as_slice() {
            [] => vec![EVERY],
            names => names.iter().map(String::as_str).collect(),
        };
        self.look_at(named.len().saturating_mul(hosts.len()));
        if self.are_too_many() {
            return Vec::new();
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
        for name in named.iter().filter(|name| !hosts.is_empty() && !is_covered(name)) {
            let within = domains.keys().copied().filter(|domain| covers(name, domain));
            let place = loaded.place_of("spec.hostnames");
            let told_so = format!(
                "{place}: {shown}: host {}: its listeners are for {}",
                escaped(name),
                escaped(&some(hosts.iter().copied()))
            );
            match some(within).as_str() {
                "" => told.loudly(format!("{told_so}, so it gets none of its requests")),
                within => told.tell(format!("{told_so}, so it gets those for {within} only")),
            }
        }
        domains.into_values().collect()
    }

    fn look_at(&mut self, count: usize) {
        self.looked_at = self.looked_at.saturating_add(count);
    }

    fn listeners(
        &mut self,
        loaded: &'a Loaded<api::Route>,
        told: &mut Told,
        faults: &mut Vec<String>,
    ) -> Listeners<'a> {
        let route = loaded.object();
        let own = route.metadata.namespace_or_default();
        let mut found = Listeners { hosts: BTreeSet::new(), unknown: None };
        for (index, parent) in route.spec.parent_refs.iter().enumerate() {
            let kind = parent.kind.as_deref().unwrap_or("Gateway");
            if kind == "Service" {
                continue;
            }
            let namespace = parent.namespace.as_deref().filter(|of| !of.is_empty()).unwrap_or(own);
            let is_gateway =
                kind == "Gateway" && parent.group.as_deref().is_none_or(|group| group == GROUP);
            let shown =
                format!("{} {}/{}", escaped(kind), escaped(namespace), escaped(&parent.name));
            let name = (namespace, parent.name.as_str());
            let gateway = is_gateway.then(|| self.gateway(name, &shown, faults)).flatten();
            let Some(gateway) = gateway else {
                found.unknown = Some(shown);
                continue;
            };
            let listeners = &gateway.spec.listeners;
            if listeners.is_empty() {
                found.unknown = Some(format!("a listener of {shown}"));
                continue;
            }
            self.look_at(listeners.iter().map(size).fold(0, usize::saturating_add));
            if self.are_too_many() {
                break;
            }
            let section = parent.section_name.as_deref().filter(|of| !of.is_empty());
            let meant = listeners.iter().filter(|listener| {
                section.is_none_or(|section| section == listener.name)
                    && parent.port.is_none_or(|port| Some(port) == listener.port)
            });
            let (mut why, mut is_attached, mut by_labels) = (None, false, false);
            for listener in meant {
                if let Some(refusal) = refusal(route, namespace, listener) {
                    why = why.or(Some(format!("listener {} {refusal}", escaped(&listener.name))));
                    continue;
                }
                is_attached = true;
                by_labels |= is_selected(own, listener).is_none();
                found.hosts.insert(listener.hostname.as_deref().unwrap_or(EVERY));
            }
            let place = || loaded.place_of(&format!("spec.parentRefs[{index}]"));
            let who = super::routes::shown(route);
            if !is_attached {
                let why = why.unwrap_or_else(|| "it has no such listener".to_owned());
                told.loudly(format!("{}: {who}: it gets no requests from {shown}: {why}", place()));
            } else if by_labels {
                told.loudly(format!(
                    "{}: {who}: {shown} takes routes of namespaces with certain labels, which are not read: \
                     it is rendered as if its namespace had them",
                    place()
                ));
            }
        }
        found
    }

    /// The Gateway of a name, with its faults the first time.
    fn gateway(
        &mut self,
        name: Name<'a>,
        shown: &str,
        faults: &mut Vec<String>,
    ) -> Option<&'a api::Gateway> {
        let [gateway, others @ ..] = self.named.get(&name)?.as_slice() else { return None };
        if self.judged.insert(name) {
            let errors = gateway.field_errors().iter();
            faults.extend(
                errors.map(|error| format!("{}: {shown}: {error}", gateway.place_of(error.path()))),
            );
            let other = others.iter().find(|other| other.object() != gateway.object());
            faults.extend(other.map(|other| {
                format!(
                    "{}: {shown}: there is another, and they differ: keep one ({})",
                    other.place(),
                    gateway.place()
                )
            }));
        }
        Some(gateway.object())
    }
}

/// What it takes to look at a listener.
fn size(listener: &api::Listener) -> usize {
    let Some(allowed) = &listener.allowed_routes else { return 1 };
    let namespaces = allowed.namespaces.as_ref().and_then(|of| of.selector.as_ref());
    let asked = namespaces.map_or([0; 3], |selector| {
        let values = selector.match_expressions.iter().map(|one| one.values.len());
        let values = values.fold(0, usize::saturating_add);
        [selector.match_labels.len(), selector.match_expressions.len(), values]
    });
    asked.into_iter().fold(allowed.kinds.len().saturating_add(1), usize::saturating_add)
}

/// Why a listener of a namespace does not take a route.
fn refusal(route: &api::Route, namespace: &str, listener: &api::Listener) -> Option<String> {
    let protocol = listener.protocol.as_deref().unwrap_or("HTTP");
    if !matches!(protocol, "HTTP" | "HTTPS") {
        return Some(format!("speaks {}", escaped(protocol)));
    }
    let kinds = listener.allowed_routes.as_ref().map_or(&[][..], |allowed| &allowed.kinds);
    let is_kind = |one: &api::RouteGroupKind| {
        one.group.as_deref().unwrap_or(GROUP) == GROUP && one.kind == route.kind
    };
    if !kinds.is_empty() && !kinds.iter().any(is_kind) {
        return Some(format!("takes no {}s (allowedRoutes.kinds)", escaped(&route.kind)));
    }
    let own = route.metadata.namespace_or_default();
    let namespaces =
        listener.allowed_routes.as_ref().and_then(|allowed| allowed.namespaces.as_ref());
    let why = match namespaces.and_then(|of| of.from.as_deref()) {
        Some("All") => return None,
        Some("Selector") if is_selected(own, listener) == Some(false) => {
            "does not select its namespace (allowedRoutes.namespaces.selector)"
        }
        Some("Selector") => return None,
        _ if own == namespace => return None,
        _ => {
            "takes routes of its own namespace only (allowedRoutes.namespaces.from: Same, which is the default)"
        }
    };
    Some(why.to_owned())
}

/// Whether the selector of a listener, if it has to have one, selects a namespace, as far as that is known:
/// of its labels, the one that the server writes. No selector selects nothing.
fn is_selected(namespace: &str, listener: &api::Listener) -> Option<bool> {
    let namespaces =
        listener.allowed_routes.as_ref().and_then(|allowed| allowed.namespaces.as_ref());
    let namespaces = namespaces.filter(|of| of.from.as_deref() == Some("Selector"));
    let Some(namespaces) = namespaces else { return Some(true) };
    let Some(selector) = &namespaces.selector else { return Some(false) };
    let labels = selector.match_labels.iter();
    let labels = labels.map(|(key, value)| (key == NAME_LABEL).then(|| value == namespace));
    let expressions = selector.match_expressions.iter().map(|one| {
        let is_among = one.values.iter().any(|value| value == namespace);
        match (one.key == NAME_LABEL, one.operator.as_str()) {
            (true, "In") => Some(is_among),
            (true, "NotIn") => Some(!is_among),
            (true, "Exists") => Some(true),
            (true, "DoesNotExist") => Some(false),
            _ => None,
        }
    });
    let asked: Vec<Option<bool>> = labels.chain(expressions).collect();
    match asked.contains(&Some(false)) {
        true => Some(false),
        false => asked.iter().all(Option::is_some).then_some(true),
    }
}

/// The label of every namespace that is its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A few of them, and how many more; empty of none.
pub(super) fn some<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let mut told: Vec<String> = names.by_ref().take(MOST_TOLD).map(str::to_owned).collect();
    if let more @ 1.. = names.count() {
        told.push(format!("and {more} more"));
    }
    told.join(", ")
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
