//! HTTPRoutes: which requests each of their rules is about, and in which order they are asked.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

use lastmile::Escaped;
use lastmile_policy::Documents;
use lastmile_policy::Loaded;
use lastmile_policy::api;
use lastmile_policy::api::RouteRule;
use serde_json::Value;

use super::backends::Backends;
use super::listeners::Domain;
use super::listeners::Gateways;
use super::listeners::specificity;
use super::plan::Host;
use super::plan::Path;
use super::plan::Refusal;
use super::plan::Route;
use super::plan::To;
use super::taken::Missed;
use super::taken::Origin;
use super::taken::Taken;
use super::told::Told;

/// The HTTPRoutes, of which every match can be written, and the GRPCRoutes.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    /// In the order in which the API prefers them, each with its hosts: HTTPRoutes, the older first, then
    /// by namespace and name; and then GRPCRoutes, which are refused.
    routes: Vec<(&'a Loaded<api::Route>, Vec<Domain<'a>>)>,
}

/// A route of a host.
#[derive(Debug)]
struct Entry<'a> {
    domain: Domain<'a>,
    /// Its place among all, as the API prefers them.
    order: usize,
    route: Rc<Route>,
}

/// The routes of a host.
#[derive(Debug, Default)]
struct Entries<'a> {
    all: Vec<Entry<'a>>,
    /// The host of their listeners, if it is one for all, and each has a host that is this one.
    listener: Option<&'a str>,
}

impl<'a> Entries<'a> {
    fn push(&mut self, entry: Entry<'a>) {
        let Domain { name, listener, of } = entry.domain;
        let is_alike = name == of && (self.all.is_empty() || self.listener == Some(listener));
        self.listener = is_alike.then_some(listener);
        self.all.push(entry);
    }
}

impl Entry<'_> {
    /// The API: the listener and the host first, then the path, then the route.
    fn key(&self) -> impl Ord + use<> {
        (self.domain.key(), precedence(&self.route.path), self.order)
    }
}

impl<'a> Routes<'a> {
    /// All HTTPRoutes and GRPCRoutes of the documents.
    ///
    /// # Errors
    /// Sentences: a route that the server would not have, or a match that cannot be written. Left
    /// out, its requests would be led where another route says.
    pub(super) fn of(documents: &'a Documents, told: &mut Told) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut gateways = Gateways::of(documents);
        let mut routes: Vec<(&Loaded<api::Route>, Vec<Domain<'_>>)> = Vec::new();
        let mut known: HashMap<(String, String), &Loaded<api::Route>> = HashMap::new();
        let mut looked_at = 0_usize;
        for loaded in documents.routes() {
            let route = loaded.object();
            let shown = shown(route);
            // Those come to listeners of their own.
            if route.kind != "HTTPRoute" && route.kind != GRPC_ROUTE {
                told.tell(format!(
                    "{}: {shown} is not rendered, only HTTPRoutes are",
                    loaded.place()
                ));
                continue;
            }
            if is_for_a_mesh(route) {
                let place = loaded.place_of("spec.parentRefs");
                told.tell(format!("{place}: {shown} is not rendered: its parents are Services"));
                continue;
            }
            faults.extend(
                loaded
                    .field_errors()
                    .iter()
                    .map(|error| format!("{}: {shown}: {error}", loaded.place_of(error.path()))),
            );
            let domains = gateways.domains(loaded, told, &mut faults);
            looked_at = looked_at.saturating_add(domains.len());
            if looked_at > MOST_LOOKED_AT || gateways.are_too_many() {
                faults.push(too_much());
                return Err(faults);
            }
            if route.kind == GRPC_ROUTE {
                routes.push((loaded, domains));
                continue;
            }
            match known.get(&name(route)) {
                Some(other) if other.object() == route => continue,
                Some(other) => faults.push(format!(
                    "{}: {shown}: there is another, and they differ: keep one ({})",
                    loaded.place(),
                    other.place()
                )),
                None => {
                    routes.push((loaded, domains));
                    // The server gives a name to one that has none.
                    if route.metadata.name.is_some() {
                        known.insert(name(route), loaded);
                    }
                }
            }
            faults.extend(
                unwritable(loaded).map(|(path, why)| {
                    format!("{}: {shown}: {path}: {why}", loaded.place_of(&path))
                }),
            );
        }
        let is_http = |(loaded, _): &(&Loaded<api::Route>, _)| loaded.object().kind != GRPC_ROUTE;
        if !routes.iter().any(is_http) && faults.is_empty() {
            faults.push(
                "there is no HTTPRoute among the documents, so nothing is to be led anywhere"
                    .into(),
            );
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        routes.sort_by_cached_key(|(loaded, _)| {
            let route = loaded.object();
            // The API: `{namespace}/{name}`, in which `shop-b/r` is before `shop/r`.
            let (namespace, name) = name(route);
            (route.kind == GRPC_ROUTE, Created::of(loaded), format!("{namespace}/{name}"))
        });
        Ok(Self { routes })
    }

    /// Every host, with its routes: those of the most specific listener and name first, for which a
    /// request comes to the next only if none of them fits. What gets none of the requests that it is for is
    /// told.
    ///
    /// # Errors
    /// A sentence: they are too many.
    pub(super) fn hosts(
        &self,
        backends: &mut Backends<'_>,
        told: &mut Told,
    ) -> Result<Vec<Host>, String> {
        let mut by_name: HashMap<&str, Entries<'_>> = HashMap::new();
        let mut origins = Vec::new();
        let mut looked_at = 0_usize;
        for (loaded, domains) in &self.routes {
            if domains.is_empty() {
                continue;
            }
            let routes = match loaded.object().kind == GRPC_ROUTE {
                true => vec![(String::new(), refused(loaded, told))],
                false => rules(loaded, backends, told),
            };
            looked_at = looked_at.saturating_add(routes.len().saturating_mul(domains.len()));
            if looked_at > MOST_LOOKED_AT {
                return Err(too_much());
            }
            for (at, route) in routes {
                for &domain in domains {
                    let entry = Entry { domain, order: origins.len(), route: Rc::clone(&route) };
                    by_name.entry(domain.name).or_default().push(entry);
                }
                origins.push(Origin { loaded, at, hosts: domains.len() });
            }
        }
        for entries in by_name.values_mut() {
            entries.all.sort_by_cached_key(Entry::key);
        }
        let mut missed = Missed::default();
        let mut domains: Vec<&str> = by_name.keys().copied().collect();
        domains.sort_by_key(|domain| (specificity(domain), *domain));
        let mut hosts = Vec::new();
        let (mut written, mut octets, mut steps) = (0_usize, 0_usize, 0_usize);
        for domain in domains {
            let of_names = wider(domain).filter_map(|name| by_name.get(name.as_str()));
            let of_names: Vec<&Entries<'_>> = of_names.collect();
            // With one listener, and each name with routes of its own host, they are in order as they come.
            let mut entries: Box<dyn Iterator<Item = &Entry<'_>>> =
                Box::new(of_names.iter().flat_map(|entries| &entries.all));
            let mut listeners = of_names.iter().map(|entries| entries.listener);
            let first = listeners.next().flatten();
            if first.is_none() || !listeners.all(|listener| listener == first) {
                let mut all: Vec<&Entry<'_>> = entries.collect();
                looked_at = looked_at.saturating_add(all.len());
                if looked_at > MOST_LOOKED_AT {
                    return Err(too_much());
                }
                all.sort_by_cached_key(|entry| entry.key());
                entries = Box::new(all.into_iter());
            }
            let (mut routes, mut asked, mut taken) = (Vec::new(), Vec::new(), Taken::default());
            for entry in entries {
                let route = &entry.route;
                let is_asked = taken.insert(&route.path);
                if steps.saturating_add(taken.steps()) > MOST_STEPS {
                    return Err(too_much());
                }
                // What others take already is never asked.
                if !is_asked {
                    continue;
                }
                written = written.saturating_add(route.to.size());
                octets = octets.saturating_add(route.octets());
                if written > MOST_ROUTES || octets > MOST_OCTETS {
                    return Err(too_many());
                }
                routes.push(Rc::clone(route));
                asked.push(entry);
                if route.path.is_every() {
                    break;
                }
            }
            for entry in by_name.get(domain).into_iter().flat_map(|entries| &entries.all) {
                let by = taken.by(&entry.route.path).and_then(|by| asked.get(by));
                if steps.saturating_add(taken.steps()) > MOST_STEPS {
                    return Err(too_much());
                }
                // A rule that leads there twice loses nothing.
                if by.is_none_or(|by| !Rc::ptr_eq(&by.route.to, &entry.route.to)) {
                    let is_wider =
                        |by: &&Entry<'_>| specificity(by.domain.of) < specificity(entry.domain.of);
                    let route = by.map(|by| &by.route);
                    missed.insert(entry.order, domain, by.is_some_and(is_wider), route);
                }
            }
            steps = steps.saturating_add(taken.steps());
            hosts.push(Host { domain: domain.to_owned(), routes });
        }
        missed.tell(&origins, told);
        Ok(hosts)
    }
}

fn too_many() -> String {
    format!(
        "the HTTPRoutes come to more than {MOST_ROUTES} routes of Envoy, or {} MiB of them, where each host \
         has its own and those of every wider host (*.example.com, or no hostnames at all), and a route to \
         several backends counts for each: render the routes of each Gateway by themselves, or write fewer \
         hostnames, and hostnames where there are none",
        MOST_OCTETS >> 20
    )
}

fn too_much() -> String {
    "the HTTPRoutes, their hosts and the listeners of their Gateways are too many to be compared: render the \
     routes of each Gateway by themselves, or write fewer hostnames"
        .to_owned()
}

/// The most routes that are written: tens of megabytes, which Envoy reads in seconds.
const MOST_ROUTES: usize = 100_000;

/// The most octets of paths and sentences in them.
const MOST_OCTETS: usize = 64 << 20;

/// The most steps in which paths are compared.
const MOST_STEPS: usize = 20_000_000;

/// The most that are looked at for them.
const MOST_LOOKED_AT: usize = 2_000_000;

/// Whether it says how a Service is spoken to, and nothing of requests that come to a Gateway.
fn is_for_a_mesh(route: &api::Route) -> bool {
    let parents = &route.spec.parent_refs;
    !parents.is_empty() && parents.iter().all(|parent| parent.kind.as_deref() == Some("Service"))
}

/// Requests of a route that is not rendered are not led by a wider one.
fn refused(loaded: &Loaded<api::Route>, told: &mut Told) -> Rc<Route> {
    let shown = shown(loaded.object());
    let why = format!("{shown} is not rendered, only HTTPRoutes are");
    told.loudly(format!("{}: {why}, so requests that come to it get 503", loaded.place()));
    let to = Rc::new(To::Refusal(Refusal { status: 503, why }));
    Rc::new(Route { path: Path::Prefix("/".to_owned()), rule: shown, to })
}

/// One route for each match of each rule, and its field.
fn rules(
    loaded: &Loaded<api::Route>,
    backends: &mut Backends<'_>,
    told: &mut Told,
) -> Vec<(String, Rc<Route>)> {
    let route = loaded.object();
    let shown = shown(route);
    // As the API server puts it where there is none.
    let default = [RouteRule::default()];
    let rules = match route.spec.rules.as_slice() {
        [] => &default,
        rules => rules,
    };
    let unknown = said(&route.spec.other).find(|name| !HARMLESS_OF_ROUTES.contains(name));
    let unknown = unknown.map(|name| format!("spec.{}", escaped(name)));
    let mut routes = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{index}]");
        for name in said(&rule.other).filter(|name| HARMLESS_OF_RULES.contains(name)) {
            let field = format!("{path}.{name}");
            let place = loaded.place_of(&field);
            told.tell(format!(
                "{place}: {shown}: {field} is not rendered: requests are led as without it"
            ));
        }
        let unwritten = unknown.clone().or_else(|| unwritten(&path, rule));
        let to = match unwritten {
            None => backends.lead(loaded, &path, &rule.backend_refs, told),
            Some(field) => {
                let why = format!("{shown}: {field} is not rendered");
                let place = loaded.place_of(&field);
                told.loudly(format!("{place}: {why}, so the requests of {path} get 503"));
                To::Refusal(Refusal { status: 503, why })
            }
        };
        let to = Rc::new(to);
        let mut push = |at: String, one: Path| {
            let rule = format!("{shown}: {path}");
            routes.push((at, Rc::new(Route { path: one, rule, to: Rc::clone(&to) })));
        };
        if rule.matches.is_empty() {
            push(path.clone(), Path::Prefix("/".to_owned()));
        }
        for (index, one) in rule.matches.iter().enumerate() {
            push(format!("{path}.matches[{index}]"), written(one.path.as_ref()));
        }
    }
    routes
}

/// A field of a rule that may send its requests elsewhere, or change them.
fn unwritten(path: &str, rule: &RouteRule) -> Option<String> {
    if !rule.filters.is_empty() {
        return Some(format!("{path}.filters[0]"));
    }
    let mut others = said(&rule.other);
    if let Some(name) = others.find(|name| *name != "name" && !HARMLESS_OF_RULES.contains(name)) {
        return Some(format!("{path}.{}", escaped(name)));
    }
    let mut backends = rule.backend_refs.iter();
    let filtered = backends.position(|backend| !backend.filters.is_empty())?;
    Some(format!("{path}.backendRefs[{filtered}].filters[0]"))
}

/// Fields of matches that cannot be written, and why.
fn unwritable(loaded: &Loaded<api::Route>) -> impl Iterator<Item = (String, String)> {
    let rules = loaded.object().spec.rules.iter().enumerate();
    rules.flat_map(|(rule_index, rule)| {
        rule.matches.iter().enumerate().flat_map(move |(index, one)| {
            let at = format!("spec.rules[{rule_index}].matches[{index}]");
            let is_regular = one
                .path
                .as_ref()
                .is_some_and(|path| path.match_type.as_deref() == Some("RegularExpression"));
            let regular = is_regular.then(|| {
                let why = "RegularExpression is not rendered: expected Exact or PathPrefix";
                (format!("{at}.path.type"), why.to_owned())
            });
            let value = one.path.as_ref().filter(|_| !is_regular);
            let value = value.and_then(|path| canonical(path.value.as_deref()?).err());
            let value = value.map(|why| (format!("{at}.path.value"), why));
            let others: Vec<_> = said(&one.other)
                .map(|name| {
                    let why = "is not rendered: requests are told apart by hostnames and path only, and \
                               without it the route would be wider than it is";
                    (format!("{at}.{}", escaped(name)), why.to_owned())
                })
                .collect();
            regular.into_iter().chain(value).chain(others)
        })
    })
}

/// Fields that say something: neither null nor an empty list, which the API takes for nothing.
fn said(fields: &serde_json::Map<String, Value>) -> impl Iterator<Item = &str> {
    let says =
        |value: &Value| !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty());
    fields.iter().filter(move |(_, value)| says(value)).map(|(name, _)| name.as_str())
}

/// A match that can be written.
fn written(path: Option<&api::PathMatch>) -> Path {
    let value = path.and_then(|path| path.value.as_deref()).unwrap_or("/");
    // What has none is refused before.
    let value = &*canonical(value).unwrap_or_else(|_| value.to_owned());
    match path.and_then(|path| path.match_type.as_deref()) {
        Some("Exact") => Path::Exact(value.to_owned()),
        // The API: a slash at the end is not counted.
        _ => match value.strip_suffix('/').unwrap_or(value) {
            "" => Path::Prefix("/".to_owned()),
            value => Path::Prefix(value.to_owned()),
        },
    }
}

/// The spelling that Envoy brings the paths of requests to, as far as it does (RFC 3986 6.2.2).
///
/// # Errors
/// A sentence: there is none that such a request would have.
fn canonical(path: &str) -> Result<String, String> {
    let mut parts = path.split('%');
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // The API refuses others.
        let Some((digits, rest)) = part.split_at_checked(2) else {
            return Err(format!("expected two digits after %, found {}", escaped(part)));
        };
        let Ok(octet) = u8::from_str_radix(digits, 16) else {
            return Err(format!("expected two digits after %, found {}", escaped(digits)));
        };
        match octet {
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                found.push(char::from(octet));
            }
            b'/' | b'\\' => {
                return Err(format!(
                    "%{digits} never comes to a route: Envoy takes it for a slash, and redirects: \
                     write the path without it"
                ));
            }
            _ if digits.bytes().any(|digit| digit.is_ascii_lowercase()) => {
                return Err(format!(
                    "expected escapes in capitals, found %{digits}: write %{}, which is for both \
                     spellings (RFC 3986 6.2.2.1)",
                    digits.to_ascii_uppercase()
                ));
            }
            _ => {
                found.push('%');
                found.push_str(digits);
            }
        }
        found.push_str(rest);
    }
    if found.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(format!(
            "it is {} with its dots as they are, and Envoy takes such segments out of requests: \
             write the path without them",
            escaped(&found)
        ));
    }
    Ok(found)
}

/// Exact paths first, then the longest prefix.
fn precedence(path: &Path) -> (bool, Reverse<usize>) {
    match path {
        Path::Exact(path) => (false, Reverse(path.len())),
        Path::Prefix(path) => (true, Reverse(path.len())),
    }
}

/// The name, and all that cover it, the most specific first: `a.b.c` is one of `*.b.c` and `*.c`.
fn wider(name: &str) -> impl Iterator<Item = String> {
    let above = name.match_indices('.').filter_map(|(at, _)| name.get(at..));
    let above: Vec<String> = above.map(|suffix| format!("*{suffix}")).collect();
    let all = std::iter::once(name.to_owned()).chain(above).chain(std::iter::once("*".to_owned()));
    let mut seen = HashSet::new();
    all.filter(move |one| seen.insert(one.clone()))
}

/// One that has no time has not been created yet, and comes after all others.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Created {
    At(jiff::Timestamp),
    NotYet,
}

impl Created {
    fn of(loaded: &Loaded<api::Route>) -> Self {
        let time = loaded.object().metadata.creation_timestamp.as_ref();
        time.and_then(|time| time.parse().ok()).map_or(Self::NotYet, Self::At)
    }
}

/// Namespace and name.
fn name(route: &api::Route) -> (String, String) {
    let name = route.metadata.name.clone().unwrap_or_default();
    (route.metadata.namespace_or_default().to_owned(), name)
}

/// `HTTPRoute shop/r`
pub(super) fn shown(route: &api::Route) -> String {
    let (namespace, name) = name(route);
    format!("{} {}/{}", escaped(&route.kind), escaped(&namespace), escaped(&name))
}

pub(super) fn escaped(text: &str) -> String {
    Escaped::new(text.as_bytes()).to_string()
}

/// Without them a rule is about the same requests, and leads to the same place.
const HARMLESS_OF_RULES: [&str; 3] = ["retry", "sessionPersistence", "timeouts"];
const GRPC_ROUTE: &str = "GRPCRoute";
const HARMLESS_OF_ROUTES: [&str; 1] = ["useDefaultGateways"];
