//! Whether a route may refer to a backend of another namespace.

use std::collections::HashMap;
use std::collections::HashSet;

use super::Documents;
use super::Loaded;
use crate::resolve::Kind;

/// What the ReferenceGrants of some [`Documents`] permit HTTPRoutes.
#[derive(Clone, Debug, Default)]
pub struct Grants<'a> {
    /// By the namespace of the route and the one of the backend.
    granted: HashMap<(&'a str, &'a str), HashSet<Backends<'a>>>,
}

/// Those of a kind: the one of a name, or all.
type Backends<'a> = (Kind, Option<&'a str>);

impl Documents {
    /// What the ReferenceGrants permit. One that the server would not have permits nothing.
    pub fn grants(&self) -> Grants<'_> {
        let mut grants = Grants::default();
        let sound = self.reference_grants.iter().filter(|grant| grant.field_errors().is_empty());
        for grant in sound.map(Loaded::object) {
            let of = grant.metadata.namespace_or_default();
            for from in &grant.spec.from {
                if (&*from.group, &*from.kind) != ("gateway.networking.k8s.io", "HTTPRoute") {
                    continue;
                }
                let granted = grants.granted.entry((&*from.namespace, of)).or_default();
                granted.extend(grant.spec.to.iter().filter_map(|to| {
                    // The API says that an empty name is none.
                    let named = to.name.as_deref().filter(|name| !name.is_empty());
                    Some((Kind::of(&to.group, &to.kind)?, named))
                }));
            }
        }
        grants
    }
}

impl Grants<'_> {
    /// Whether an HTTPRoute of a namespace may refer to a backend: one of its own namespace, or one
    /// that a ReferenceGrant of the other namespace permits.
    ///
    /// ```
    /// use lastmile_policy::{Documents, Kind};
    ///
    /// let documents = Documents::from_yaml(b"\
    /// apiVersion: gateway.networking.k8s.io/v1beta1
    /// kind: ReferenceGrant
    /// metadata: {name: g, namespace: shop}
    /// spec:
    ///   from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web}]
    ///   to: [{group: '', kind: Service, name: backend}]
    /// ");
    /// let grants = documents.grants();
    /// assert!(grants.permits("web", Kind::Service, "shop", "backend"));
    /// assert!(!grants.permits("web", Kind::Service, "shop", "other"));
    /// ```
    pub fn permits(&self, from: &str, kind: Kind, namespace: &str, name: &str) -> bool {
        from == namespace
            || self.granted.get(&(from, namespace)).is_some_and(|granted| {
                granted.contains(&(kind, None)) || granted.contains(&(kind, Some(name)))
            })
    }
}
