//! What is to be written: hosts with their routes in order, and where each leads.

use std::net::SocketAddr;
use std::rc::Rc;

use lastmile_policy::SubjectAltName;

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) hosts: Vec<Host>,
    /// Those that a route leads to, by their names.
    pub(super) clusters: Vec<Cluster>,
}

/// A host: a name, one with a wildcard, or `*`.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) domain: String,
    /// The first that fits is taken.
    pub(super) routes: Vec<Rc<Route>>,
}

/// Some requests, and what becomes of them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) path: Path,
    /// `HTTPRoute shop/r: spec.rules[0]`, escaped.
    pub(super) rule: String,
    pub(super) to: Rc<To>,
}

impl Route {
    /// What it takes to write it and to compare it, about.
    pub(super) fn octets(&self) -> usize {
        let why = match &*self.to {
            To::Clusters(clusters) => clusters.iter().map(|(_, name)| name.len()).sum(),
            To::Refusal(refusal) => refusal.why.len(),
        };
        // A segment is a node of what is taken.
        [
            self.path.segments().count().saturating_mul(32),
            self.path.text().len(),
            self.rule.len(),
            why,
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}

/// What a path has to be. Unreserved characters stand as they are, and other escapes in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Path {
    /// This one.
    Exact(String),
    /// This one or one below it; `/` is every one. No other ends with a slash.
    Prefix(String),
}

impl Path {
    pub(super) fn text(&self) -> &str {
        let (Self::Exact(path) | Self::Prefix(path)) = self;
        path
    }

    /// What stands between its slashes; none of every path.
    pub(super) fn segments(&self) -> impl Iterator<Item = &str> {
        let text = if self.is_every() { None } else { self.text().strip_prefix('/') };
        text.into_iter().flat_map(|text| text.split('/'))
    }

    /// Whether it is every path.
    pub(super) fn is_every(&self) -> bool {
        matches!(self, Self::Prefix(path) if path == "/")
    }
}

/// Where requests are led.
#[derive(Clone, Debug)]
pub(super) enum To {
    /// To these clusters, each with its share.
    Clusters(Vec<(u32, String)>),
    /// Nowhere.
    Refusal(Refusal),
}

impl To {
    /// What it takes to write it.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Clusters(clusters) => clusters.len().max(1),
            Self::Refusal(_) => 1,
        }
    }
}

/// An answer in the place of a backend's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// Escaped.
    pub(super) why: String,
}

/// A port of a backend.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) kind: ClusterKind,
}

/// How a cluster is spoken to.
#[derive(Clone, Debug)]
pub(super) enum ClusterKind {
    /// Not at all: the part of the requests that is refused where others share them.
    Refused(Refusal),
    /// At these places.
    Reached { endpoints: Vec<Endpoint>, tls: Option<Box<Tls>> },
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Address(SocketAddr),
    Name(String, u16),
}

/// How TLS is spoken.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    pub(super) sni: Option<String>,
    pub(super) parameters: Parameters,
    /// Without it, every certificate is accepted.
    pub(super) held_to: Option<HeldTo>,
}

/// What a Backend says of TLS itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    pub(super) least: Option<String>,
    pub(super) most: Option<String>,
    pub(super) ciphers: Vec<String>,
    pub(super) curves: Vec<String>,
    pub(super) signature_algorithms: Vec<String>,
}

/// What certificates are held to.
#[derive(Clone, Debug)]
pub(super) struct HeldTo {
    /// `shop/backend:443`
    pub(super) name: String,
    /// The policy, if it is not the Backend itself: `shop/backend`, escaped.
    pub(super) policy: Option<String>,
    /// `ConfigMap shop/ca: ca.crt`, escaped; none are the system's roots.
    pub(super) bundles: Vec<String>,
    pub(super) hostname: String,
    pub(super) subject_alt_names: Vec<SubjectAltName>,
    /// PEM; empty where the validator has those of the system by itself.
    pub(super) anchors: String,
    pub(super) is_system: bool,
}
