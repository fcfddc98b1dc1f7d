//! Objects by namespace and name.

use std::collections::HashMap;

use lastmile::Escaped;

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
    pub(super) services: Named<'a, Service>,
}

impl<'a> Index<'a> {
    pub(super) fn new(documents: &'a Documents) -> Self {
        let own = |metadata: &'a ObjectMeta| metadata.namespace_or_default();
        Self {
            backends: Named::new(documents.backends(), |backend| &backend.metadata, own),
            cluster_trust_bundles: Named::new(
                documents.cluster_trust_bundles(),
                |bundle| &bundle.metadata,
                |_| "",
            ),
            config_maps: Named::new(documents.config_maps(), |map| &map.metadata, own),
            secrets: Named::new(documents.secrets(), |secret| &secret.metadata, own),
            services: Named::new(documents.services(), |service| &service.metadata, own),
        }
    }
}

/// The objects of one kind.
#[derive(Debug)]
pub(super) struct Named<'a, T> {
    by_name: HashMap<(&'a str, &'a str), Vec<&'a Loaded<T>>>,
    /// The first of the namespaces in which a name is.
    namespaces: HashMap<&'a str, &'a str>,
}

/// What has one name.
#[derive(Debug)]
pub(super) enum Found<'a, T> {
    /// None, but perhaps in another namespace.
    Missing {
        elsewhere: Option<&'a str>,
    },
    One(&'a Loaded<T>),
    /// Different objects, and the server would have one: nobody knows which.
    Several(Vec<&'a Place>),
}

impl<'a, T: PartialEq> Named<'a, T> {
    fn new(
        all: &'a [Loaded<T>],
        metadata: fn(&'a T) -> &'a ObjectMeta,
        namespace: impl Fn(&'a ObjectMeta) -> &'a str,
    ) -> Self {
        let mut named = Self { by_name: HashMap::new(), namespaces: HashMap::new() };
        for loaded in all {
            let metadata = metadata(loaded.object());
            let name = metadata.name.as_deref().unwrap_or_default();
            let namespace = namespace(metadata);
            named.by_name.entry((namespace, name)).or_default().push(loaded);
            let first = named.namespaces.entry(name).or_insert(namespace);
            *first = namespace.min(*first);
        }
        named
    }

    /// Every namespace and name.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.by_name.keys().copied()
    }

    /// A copy of an object is the same object.
    pub(super) fn find(&self, namespace: &str, name: &str) -> Found<'a, T> {
        let here = self.by_name.get(&(namespace, name)).map(Vec::as_slice).unwrap_or_default();
        let places = || here.iter().map(|loaded| loaded.place());
        // The same in any order of the files.
        let first = here.iter().min_by_key(|loaded| loaded.place().to_string());
        match first {
            None => Found::Missing { elsewhere: self.namespaces.get(name).copied() },
            Some(first) if here.iter().all(|other| other.object() == first.object()) => {
                Found::One(first)
            }
            Some(_) => Found::Several(places().collect()),
        }
    }
}

/// The same in any order of the files.
pub(super) fn several(shown: &str, places: &[&Place]) -> String {
    let mut places: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.sort();
    format!(
        "{shown}: there are {}, and they differ: keep one ({})",
        places.len(),
        places.join("; ")
    )
}

/// A name from a document, for a sentence.
pub(super) fn escaped(text: &str) -> String {
    Escaped::new(text.as_bytes()).to_string()
}
