//! Objects by namespace and name.

use std::collections::HashMap;
use std::sync::Arc;

use lastmile::Escaped;

use super::attachment::Kind;
use super::attachment::Object;
use super::ports::Port;
use super::ports::Ports;
use crate::api::ClusterTrustBundle;
use crate::api::ConfigMap;
use crate::api::EnvoyGatewayBackend;
use crate::api::ObjectMeta;
use crate::api::Secret;
use crate::api::Service;
use crate::documents::Documents;
use crate::documents::Loaded;
use crate::documents::Place;

/// The objects that policies refer to.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub(super) backends: Named<'a, EnvoyGatewayBackend>,
    /// They are in no namespace.
    pub(super) cluster_trust_bundles: Named<'a, ClusterTrustBundle>,
    pub(super) config_maps: Named<'a, ConfigMap>,
    pub(super) secrets: Named<'a, Secret>,
    /// Of the Services and Backends.
    ports: HashMap<Object, Ports>,
}

impl<'a> Index<'a> {
    pub(super) fn new(documents: &'a Documents) -> Self {
        let own = |metadata: &'a ObjectMeta| metadata.namespace_or_default();
        let services: Named<'_, Service> =
            Named::new("Service", documents.services(), |service| &service.metadata, own);
        let backends: Named<'_, EnvoyGatewayBackend> =
            Named::new("Backend", documents.backends(), |backend| &backend.metadata, own);
        let mut ports = HashMap::new();
        for (namespace, name) in services.names() {
            let found = services
                .find(namespace, name)
                .map(|service| service.object().spec.ports.iter().map(Port::of_service).collect());
            ports.insert(Object::new(Kind::Service, namespace, name), Ports::new(found));
        }
        for (namespace, name) in backends.names() {
            let found = backends
                .find(namespace, name)
                .map(|backend| Port::all_of_backend(backend.object()));
            ports.insert(Object::new(Kind::Backend, namespace, name), Ports::new(found));
        }
        Self {
            backends,
            cluster_trust_bundles: Named::new(
                "ClusterTrustBundle",
                documents.cluster_trust_bundles(),
                |bundle| &bundle.metadata,
                |_| "",
            ),
            config_maps: Named::new("ConfigMap", documents.config_maps(), |map| &map.metadata, own),
            secrets: Named::new("Secret", documents.secrets(), |secret| &secret.metadata, own),
            ports,
        }
    }

    pub(super) fn ports(&self, object: &Object) -> &Ports {
        self.ports.get(object).unwrap_or(&Ports::Unknown)
    }
}

/// The objects of one kind.
#[derive(Debug)]
pub(super) struct Named<'a, T> {
    by_name: HashMap<(&'a str, &'a str), Found<'a, T>>,
    /// The first of the namespaces in which a name is.
    namespaces: HashMap<&'a str, &'a str>,
}

/// What has one name: an object that the server would have, or a sentence and a place.
pub(super) type Found<'a, T> = Result<&'a Loaded<T>, Absent>;

/// Why there is no such object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// There is none, but perhaps one in another namespace.
    Missing { elsewhere: Option<String> },
    /// The server would not have it, or there are several that differ and nobody knows which it
    /// has.
    Doubtful { why: Arc<str>, place: Place },
}

impl<'a, T: PartialEq> Named<'a, T> {
    fn new(
        kind: &str,
        all: &'a [Loaded<T>],
        metadata: fn(&'a T) -> &'a ObjectMeta,
        namespace: impl Fn(&'a ObjectMeta) -> &'a str,
    ) -> Self {
        let mut copies: HashMap<(&str, &str), Vec<&'a Loaded<T>>> = HashMap::new();
        let mut namespaces = HashMap::new();
        for loaded in all {
            let metadata = metadata(loaded.object());
            let name = metadata.name.as_deref().unwrap_or_default();
            let namespace = namespace(metadata);
            copies.entry((namespace, name)).or_default().push(loaded);
            let first = namespaces.entry(name).or_insert(namespace);
            *first = namespace.min(*first);
        }
        let by_name = copies.into_iter().map(|((namespace, name), copies)| {
            let slash = if namespace.is_empty() { "" } else { "/" };
            let shown = format!("{kind} {}{slash}{}", escaped(namespace), escaped(name));
            ((namespace, name), the_one(&shown, &copies))
        });
        Self { by_name: by_name.collect(), namespaces }
    }

    /// Every namespace and name.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.by_name.keys().copied()
    }

    pub(super) fn find(&self, namespace: &str, name: &str) -> Found<'a, T> {
        match self.by_name.get(&(namespace, name)) {
            Some(found) => found.clone(),
            None => {
                let elsewhere = self.namespaces.get(name).map(|other| escaped(other));
                Err(Absent::Missing { elsewhere })
            }
        }
    }
}

/// The object of which these are copies, the same for any order of the files.
fn the_one<'a, T: PartialEq>(shown: &str, copies: &[&'a Loaded<T>]) -> Found<'a, T> {
    let Some(first) = copies.iter().min_by_key(|copy| copy.place()) else {
        return Err(Absent::Missing { elsewhere: None });
    };
    let why = match copies.iter().all(|copy| copy.is_same(first)) {
        true => first.fault_sentence().map(|faults| format!("{shown}: {faults}")),
        false => Some(several(shown, copies.iter().map(|copy| copy.place()))),
    };
    match why {
        None => Ok(first),
        Some(why) => Err(Absent::Doubtful { why: why.into(), place: first.place().clone() }),
    }
}

/// That documents for one object differ.
pub(super) fn several<'p>(shown: &str, places: impl Iterator<Item = &'p Place>) -> String {
    let mut places: Vec<&Place> = places.collect();
    places.sort();
    let count = places.len();
    let mut told: Vec<String> = places.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    if let more @ 1.. = count.saturating_sub(MOST_TOLD) {
        told.push(format!("and {more} more"));
    }
    format!("{shown}: there are {count}, and they differ: keep one ({})", told.join("; "))
}

/// A name from a document, for a sentence.
pub(super) fn escaped(text: &str) -> String {
    Escaped::new(text.as_bytes()).to_string()
}

/// Places that a sentence names.
const MOST_TOLD: usize = 8;
