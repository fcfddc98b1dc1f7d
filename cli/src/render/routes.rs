//! HTTPRoutes: which requests each of their rules is about, and in which order they are asked.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use lastmile::Escaped;
use lastmile_policy::Documents;
use lastmile_policy::Loaded;
use lastmile_policy::api;
use lastmile_policy::api::RouteRule;
use serde_json::Value;

use super::backends::Backends;
use super::plan::Host;
use super::plan::Path;
use super::plan::Refusal;
use super::plan::Route;
use super::plan::To;
use super::told::Told;

/// The HTTPRoutes, of which every match can be written.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    /// In the order in which the API prefers them: the older first, then by namespace and name.
    routes: Vec<&'a Loaded<api::Route>>,
}

impl<'a> Routes<'a> {
    /// All HTTPRoutes of the documents.
    ///
    /// # Errors
    /// Sentences: a route that the server would not have, or a match that cannot be written. Left
    /// out, its requests would be led where another route says.
    pub(super) fn of(documents: &'a Documents, told: &mut Told) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut routes: Vec<&Loaded<api::Route>> = Vec::new();
        let mut known: HashMap<(String, String), &Loaded<api::Route>> = HashMap::new();
        for loaded in documents.routes() {
            let route = loaded.object();
            let shown = shown(route);
            if route.kind != "HTTPRoute" {
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
            match known.get(&name(route)) {
                Some(other) if other.object() == route => continue,
                Some(other) => faults.push(format!(
                    "{}: {shown}: there is another, and they differ: keep one ({})",
                    loaded.place(),
                    other.place()
                )),
                None => {
                    routes.push(loaded);
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
        if routes.is_empty() && faults.is_empty() {
            faults.push(
                "there is no HTTPRoute among the documents, so nothing is to be led anywhere"
                    .into(),
            );
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        routes.sort_by_cached_key(|loaded| (Created::of(loaded), name(loaded.object())));
        Ok(Self { routes })
    }

    /// Every host, with its routes: those of the most specific name first, for which a request comes
    /// to the next only if none of them fits.
    pub(super) fn hosts(&self, backends: &mut Backends<'_>, told: &mut Told) -> Vec<Host> {
        let mut all: Vec<(Vec<&str>, Vec<Route>)> = Vec::new();
        for loaded in &self.routes {
            all.push((hostnames(loaded.object()), rules(loaded, backends, told)));
        }
        let domains: BTreeSet<&str> = all.iter().flat_map(|(names, _)| names.clone()).collect();
        let mut domains: Vec<&str> = domains.into_iter().collect();
        domains.sort_by_key(|domain| (specificity(domain), *domain));
        let host = |domain: &&str| {
            let (mut routes, mut taken) = (Vec::new(), HashSet::new());
            for name in domains.iter().filter(|name| covers(name, domain)) {
                let of_name = all.iter().filter(|(names, _)| names.contains(name));
                let mut of_name: Vec<&Route> = of_name.flat_map(|(_, routes)| routes).collect();
                // Stable: what is equal stays in the order of the API.
                of_name.sort_by_key(|route| precedence(&route.path));
                // What another one takes already is never asked.
                let every = Path::Prefix("/".to_owned());
                let mut fresh =
                    |route: &&Route| !taken.contains(&every) && taken.insert(route.path.clone());
                routes.extend(of_name.into_iter().filter(&mut fresh).cloned());
            }
            Host { domain: (*domain).to_owned(), routes }
        };
        domains.iter().map(host).collect()
    }
}

/// Whether it says how a Service is spoken to, and nothing of requests that come to a Gateway.
fn is_for_a_mesh(route: &api::Route) -> bool {
    let parents = &route.spec.parent_refs;
    !parents.is_empty() && parents.iter().all(|parent| parent.kind.as_deref() == Some("Service"))
}

/// One route for each match of each rule.
fn rules(loaded: &Loaded<api::Route>, backends: &mut Backends<'_>, told: &mut Told) -> Vec<Route> {
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
        let paths: Vec<Path> = match rule.matches.as_slice() {
            [] => vec![Path::Prefix("/".to_owned())],
            matches => matches.iter().map(|one| written(one.path.as_ref())).collect(),
        };
        routes.extend(paths.into_iter().map(|one| Route {
            path: one,
            rule: format!("{shown}: {path}"),
            to: to.clone(),
        }));
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
            let others: Vec<_> = said(&one.other)
                .map(|name| {
                    let why = "is not rendered: requests are told apart by hostnames and path only, and \
                               without it the route would be wider than it is";
                    (format!("{at}.{}", escaped(name)), why.to_owned())
                })
                .collect();
            regular.into_iter().chain(others)
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
    match path.and_then(|path| path.match_type.as_deref()) {
        Some("Exact") => Path::Exact(value.to_owned()),
        // The API: a slash at the end is not counted.
        _ => match value.strip_suffix('/').unwrap_or(value) {
            "" => Path::Prefix("/".to_owned()),
            value => Path::Prefix(value.to_owned()),
        },
    }
}

/// Exact paths first, then the longest prefix.
fn precedence(path: &Path) -> (bool, Reverse<usize>) {
    match path {
        Path::Exact(path) => (false, Reverse(path.len())),
        Path::Prefix(path) => (true, Reverse(path.len())),
    }
}

/// The lower the more specific: names without a wildcard, then the longest.
fn specificity(name: &str) -> (bool, Reverse<usize>) {
    (name.starts_with('*'), Reverse(name.len()))
}

/// Whether every name that the one stands for is one of the other: `*.b` covers `a.b` and `*.a.b`.
fn covers(name: &str, other: &str) -> bool {
    let suffix = name.strip_prefix('*');
    name == other
        || suffix.is_some_and(|suffix| other.len() > suffix.len() && other.ends_with(suffix))
}

/// The hosts of a route; `*` is all of them.
fn hostnames(route: &api::Route) -> Vec<&str> {
    match route.spec.hostnames.as_slice() {
        [] => vec!["*"],
        names => names.iter().map(String::as_str).collect(),
    }
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
const HARMLESS_OF_ROUTES: [&str; 1] = ["useDefaultGateways"];
