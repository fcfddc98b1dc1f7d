//! Which requests of a host are led somewhere already, and which routes get none.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::rc::Rc;

use lastmile_policy::Loaded;
use lastmile_policy::api;

use super::listeners::some;
use super::plan::Path;
use super::plan::Route;
use super::routes::shown;
use super::told::Told;

/// The paths that are asked for, each with its place among them.
#[derive(Debug, Default)]
pub(super) struct Taken<'p> {
    /// Of prefixes, by segments: below a node, the node of a segment. The first one is 0.
    nodes: HashMap<(usize, &'p str), usize>,
    prefixes: HashMap<usize, usize>,
    exact: HashMap<&'p str, usize>,
    count: usize,
    steps: usize,
}

impl<'p> Taken<'p> {
    /// Another one, unless those before it take all that is of it.
    pub(super) fn insert(&mut self, path: &'p Path) -> bool {
        if self.is_taken(path) {
            return false;
        }
        let place = self.count;
        self.count = self.count.saturating_add(1);
        match path {
            Path::Exact(path) => {
                self.exact.insert(path, place);
            }
            Path::Prefix(_) => {
                let mut node = 0;
                for segment in path.segments() {
                    let next = self.nodes.len().saturating_add(1);
                    node = *self.nodes.entry((node, segment)).or_insert(next);
                }
                self.prefixes.insert(node, place);
            }
        }
        true
    }

    /// Whether a path, or a prefix that it is below, is there.
    fn is_taken(&mut self, path: &Path) -> bool {
        let mut steps = 0_usize;
        let is_taken =
            self.takers(path).inspect(|_| steps = steps.saturating_add(1)).any(|one| one.is_some());
        self.steps = self.steps.saturating_add(steps);
        is_taken
    }

    /// The first one that takes all that is of a path.
    pub(super) fn by(&mut self, path: &Path) -> Option<usize> {
        let mut steps = 0_usize;
        let by = self.takers(path).inspect(|_| steps = steps.saturating_add(1)).flatten().min();
        self.steps = self.steps.saturating_add(steps);
        by
    }

    /// The path itself, and the prefixes that it is below, those that are there.
    fn takers(&self, path: &Path) -> impl Iterator<Item = Option<usize>> {
        let same = match path {
            Path::Exact(path) => self.exact.get(path.as_str()).copied(),
            Path::Prefix(_) => None,
        };
        let below = path.segments().scan(0, |node, segment| {
            *node = *self.nodes.get(&(*node, segment))?;
            Some(*node)
        });
        let nodes = std::iter::once(0).chain(below);
        std::iter::once(same).chain(nodes.map(|node| self.prefixes.get(&node).copied()))
    }

    /// What all that took, in steps from segment to segment.
    pub(super) const fn steps(&self) -> usize {
        self.steps
    }
}

/// A match of a route, for sentences.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    pub(super) loaded: &'a Loaded<api::Route>,
    /// Its field.
    pub(super) at: String,
    /// For how many hosts it is.
    pub(super) hosts: usize,
}

/// Matches to which no request of some hosts comes.
#[derive(Debug, Default)]
pub(super) struct Missed<'a>(BTreeMap<usize, Hosts<'a>>);

#[derive(Debug, Default)]
struct Hosts<'a> {
    count: usize,
    /// Who takes the first of them, and whether somebody else takes others.
    by: Option<Rc<Route>>,
    is_by_several: bool,
    /// Those that nobody would think to be another's.
    unexpected: Vec<&'a str>,
}

/// Sentences about them.
const MOST_TOLD: usize = 1000;

impl<'a> Missed<'a> {
    /// A match, by its place among all, a host of it, and who takes that. That a route of this very host comes
    /// before one of a wider host is to be expected, but where the wider one gets nothing at all.
    pub(super) fn insert(
        &mut self,
        order: usize,
        host: &'a str,
        is_expected: bool,
        by: Option<&Rc<Route>>,
    ) {
        let hosts = self.0.entry(order).or_default();
        hosts.count = hosts.count.saturating_add(1);
        match &hosts.by {
            None => hosts.by = by.cloned(),
            Some(known) => hosts.is_by_several |= by.is_some_and(|by| by.rule != known.rule),
        }
        hosts.unexpected.extend((!is_expected).then_some(host));
    }

    /// Nobody may miss it: those requests are led elsewhere.
    pub(super) fn tell(self, origins: &[Origin<'a>], told: &mut Told) {
        let mut sentences = self.0.iter().filter_map(|(&order, hosts)| {
            // Of one that is refused, its own sentence says what becomes of its requests.
            let Origin { loaded, at, hosts: all } =
                origins.get(order).filter(|one| !one.at.is_empty())?;
            let which = match (hosts.count >= *all, hosts.unexpected.as_slice()) {
                (true, _) => "request".to_owned(),
                (false, []) => return None,
                (false, hosts) => format!("request to {}", some(hosts.iter().copied())),
            };
            let place = loaded.place_of(at);
            let shown = shown(loaded.object());
            let by = hosts.by.as_ref().map_or("another", |by| by.rule.as_str());
            let takes = if hosts.is_by_several { "and others take" } else { "takes" };
            Some(format!(
                "{place}: {shown}: {at}: no {which} comes to it: {by} {takes} them before"
            ))
        });
        sentences.by_ref().take(MOST_TOLD).for_each(|sentence| told.loudly(sentence));
        if let more @ 1.. = sentences.count() {
            told.loudly(format!("{more} more matches of routes get no requests of some hosts"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Path;
    use super::Taken;

    #[test]
    fn what_is_below_a_prefix_is_taken() {
        let path = |text: &str| match text.strip_prefix('=') {
            Some(exact) => Path::Exact(exact.to_owned()),
            None => Path::Prefix(text.to_owned()),
        };
        for (taken, another, expected) in [
            ("/a", "/a", false),
            ("/a", "/a/b", false),
            ("/a", "/a/b/c", false),
            ("/a", "=/a", false),
            ("/a", "=/a/", false),
            ("/a", "=/a/b", false),
            ("/", "=/", false),
            ("/", "/a", false),
            ("=/a", "=/a", false),
            ("/a", "/ab", true),
            ("/a", "=/ab", true),
            ("/a", "/b/a", true),
            ("/a", "/", true),
            ("/a", "=/", true),
            ("/a/b", "/a", true),
            ("/a/b", "=/a", true),
            ("/a/b", "=/a/", true),
            ("=/a", "/a", true),
            ("=/a", "=/a/", true),
            ("=/", "/", true),
        ] {
            let (first, second, every) = (path(taken), path(another), path("/"));
            let mut taken = Taken::default();
            assert!(taken.insert(&first));
            assert_eq!(taken.insert(&second), expected, "{first:?} and {second:?}");
            let by = if expected { 1 } else { 0 };
            assert_eq!(
                (taken.by(&first), taken.by(&second)),
                (Some(0), Some(by)),
                "{first:?} and {second:?}"
            );
            assert!(!taken.insert(&first) && !taken.insert(&second));
            // What comes later does not take it.
            taken.insert(&every);
            assert_eq!((taken.by(&first), taken.by(&second)), (Some(0), Some(by)));
        }
    }
}
