//! What the caller trusts where a document says `System`.

use std::collections::BTreeMap;

use lastmile::TrustAnchors;

use super::index::escaped;

/// The roots of the system, as the caller has loaded them, and other sets of CA certificates that
/// `wellKnownCACertificates` may name.
///
/// There is none until it is given: what names a set which is not here refuses every handshake.
///
/// ```
/// use lastmile::TrustAnchors;
/// use lastmile_policy::SystemAnchors;
///
/// # let bundle = include_bytes!("../../../testdata/quickstart/ca.pem");
/// let anchors = SystemAnchors::new(TrustAnchors::from_pem(bundle)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SystemAnchors {
    sets: BTreeMap<String, TrustAnchors>,
}

impl SystemAnchors {
    /// With the roots of the system.
    pub fn new(system: TrustAnchors) -> Self {
        Self::none().set("System", system)
    }

    /// Without any: no policy that asks for `System` is accepted.
    pub fn none() -> Self {
        Self::default()
    }

    /// With a set of the caller's own, named as `example.com/name`.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, anchors: TrustAnchors) -> Self {
        self.sets.insert(name.into(), anchors);
        self
    }

    /// The set of this name, or why there is none.
    pub(super) fn find(&self, name: &str) -> Result<&TrustAnchors, String> {
        self.sets.get(name).ok_or_else(|| match name {
            "System" => "wellKnownCACertificates: the system's roots are not loaded".to_owned(),
            _ => format!(
                "wellKnownCACertificates: there is no set of the name {} here",
                escaped(name)
            ),
        })
    }
}
