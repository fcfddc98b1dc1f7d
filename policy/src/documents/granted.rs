//! Whether a route may refer to a backend of another namespace.

use super::Documents;
use crate::resolve::Kind;

impl Documents {
    /// Whether an HTTPRoute of a namespace may refer to a backend: one of its own namespace, or one
    /// that a ReferenceGrant of the other namespace permits. A grant that the server would not have
    /// permits nothing.
    pub fn permits(&self, from: &str, kind: Kind, namespace: &str, name: &str) -> bool {
        let sound = self.reference_grants.iter().filter(|grant| grant.field_errors().is_empty());
        let mut grants = sound.map(super::Loaded::object);
        from == namespace
            || grants.any(|grant| {
                grant.metadata.namespace_or_default() == namespace
                    && grant.spec.from.iter().any(|one| {
                        (&*one.group, &*one.kind) == ("gateway.networking.k8s.io", "HTTPRoute")
                            && one.namespace == from
                    })
                    && grant.spec.to.iter().any(|one| {
                        // The API says that an empty name is none.
                        let named = one.name.as_deref().filter(|name| !name.is_empty());
                        Kind::of(&one.group, &one.kind) == Some(kind)
                            && named.is_none_or(|named| named == name)
                    })
            })
    }
}
