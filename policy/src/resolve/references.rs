//! References to CA certificates: each is anchors, or the reason why not.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::prelude::BASE64_STANDARD;
use base64::prelude::Engine;
use lastmile::Escaped;
use lastmile::TrustAnchors;

use crate::api::LocalObjectReference;
use crate::api::ObjectMeta;
use crate::documents::Documents;

/// Bundles that were read before, by their octets: what many policies share is parsed once.
#[derive(Debug, Default)]
pub(super) struct Bundles {
    read: HashMap<Vec<u8>, Arc<Bundle>>,
    joined: HashMap<Vec<usize>, TrustAnchors>,
}

/// What a bundle holds, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) anchors: Option<TrustAnchors>,
    /// A sentence for each fault and for each warning.
    faults: Vec<String>,
    warnings: Vec<String>,
}

/// What a reference leads to.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) bundle: Arc<Bundle>,
    /// `ConfigMap shop/ca: ca.crt`
    from: String,
}

/// A reference that leads to no anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// `InvalidCACertificateRef`.
    Invalid(String),
    /// `InvalidKind`.
    Kind(String),
}

impl Resolved {
    /// What is wrong beside the anchors, in sentences.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        let notes = self.bundle.faults.iter().chain(&self.bundle.warnings);
        notes.map(|note| format!("{}: {note}", self.from))
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) | Self::Kind(why) => f.write_str(why),
        }
    }
}

impl Bundles {
    /// The anchors that a reference of a policy in this namespace leads to.
    pub(super) fn resolve(
        &mut self,
        documents: &Documents,
        namespace: &str,
        reference: &LocalObjectReference,
    ) -> Result<Resolved, Unresolved> {
        let (name, octets) = find(documents, namespace, reference)?;
        let bundle = self.read(octets);
        match bundle.anchors {
            Some(_) => Ok(Resolved { bundle, from: name }),
            None => {
                let why = match bundle.faults.as_slice() {
                    [] => "no CERTIFICATE block".to_owned(),
                    faults => faults.join("; "),
                };
                Err(Unresolved::Invalid(format!("{name}: {why}")))
            }
        }
    }

    /// The anchors of several bundles. Those of one are as they stand in it.
    pub(super) fn join(&mut self, resolved: &[Resolved]) -> Option<TrustAnchors> {
        let all = || resolved.iter().filter_map(|one| one.bundle.anchors.as_ref());
        if let [one] = resolved {
            return one.bundle.anchors.clone();
        }
        // A bundle is kept for as long as this is, and no other has its address.
        let key: Vec<usize> = resolved.iter().map(|one| Arc::as_ptr(&one.bundle).addr()).collect();
        if let Some(joined) = self.joined.get(&key) {
            return Some(joined.clone());
        }
        let certificates = all().flat_map(TrustAnchors::iter);
        let certificates = certificates.map(|anchor| anchor.certificate().der().to_vec());
        let joined = TrustAnchors::from_der(certificates).ok()?;
        self.joined.insert(key, joined.clone());
        Some(joined)
    }

    fn read(&mut self, octets: Vec<u8>) -> Arc<Bundle> {
        if let Some(bundle) = self.read.get(&octets) {
            return Arc::clone(bundle);
        }
        let bundle = Arc::new(Bundle::read(&octets));
        self.read.insert(octets, Arc::clone(&bundle));
        bundle
    }
}

impl Bundle {
    fn read(octets: &[u8]) -> Self {
        let read = TrustAnchors::from_pem_lenient(octets);
        let mut faults: Vec<String> = read.faults().iter().map(ToString::to_string).collect();
        let mut warnings: Vec<String> = read.warnings().iter().map(ToString::to_string).collect();
        if octets.trim_ascii().is_empty() {
            faults.push("it is empty".to_owned());
        }
        warnings.extend(read.passed_over().iter().map(|block| {
            let (number, line) = (block.block(), block.line());
            format!("block {number}, line {line}: {} is passed over", block.label())
        }));
        Self { anchors: read.anchors().cloned(), faults, warnings }
    }
}

/// What the reference is about, in a word or two, and the octets of its bundle.
fn find(
    documents: &Documents,
    namespace: &str,
    reference: &LocalObjectReference,
) -> Result<(String, Vec<u8>), Unresolved> {
    let LocalObjectReference { group, kind, name, .. } = reference;
    let shown = Escaped::new(name.as_bytes());
    match (group.as_str(), kind.as_str()) {
        ("", "ConfigMap") => {
            let place = format!("ConfigMap {namespace}/{shown}");
            let all = documents.config_maps().iter().map(|loaded| loaded.object());
            let map = one(all, |map| &map.metadata, Some(namespace), name, &place)?;
            if let Some(text) = map.data.get(KEY) {
                return Ok((format!("{place}: {KEY}"), text.as_bytes().to_vec()));
            }
            if map.binary_data.contains_key(KEY) {
                let why = format!("{place}: {KEY} is in binaryData: put it into data, as text");
                return Err(Unresolved::Invalid(why));
            }
            Err(no_key(&place, map.data.keys().chain(map.binary_data.keys())))
        }
        ("", "Secret") => {
            let place = format!("Secret {namespace}/{shown}");
            let all = documents.secrets().iter().map(|loaded| loaded.object());
            let secret = one(all, |secret| &secret.metadata, Some(namespace), name, &place)?;
            if let Some(text) = secret.string_data.get(KEY) {
                return Ok((format!("{place}: {KEY}"), text.as_bytes().to_vec()));
            }
            let Some(encoded) = secret.data.get(KEY) else {
                return Err(no_key(&place, secret.data.keys().chain(secret.string_data.keys())));
            };
            // Base64 in several lines is common, and means the same.
            let encoded: String = encoded.split_ascii_whitespace().collect();
            let octets = BASE64_STANDARD.decode(encoded).map_err(|error| {
                Unresolved::Invalid(format!("{place}: {KEY}: not base64: {error}"))
            })?;
            Ok((format!("{place}: {KEY}"), octets))
        }
        ("certificates.k8s.io", "ClusterTrustBundle") => {
            let place = format!("ClusterTrustBundle {shown}");
            let all = documents.cluster_trust_bundles().iter().map(|loaded| loaded.object());
            let bundle = one(all, |bundle| &bundle.metadata, None, name, &place)?;
            Ok((format!("{place}: trustBundle"), bundle.spec.trust_bundle.as_bytes().to_vec()))
        }
        _ => {
            let group = match group.as_str() {
                "" => "the core group".to_owned(),
                group => format!("group {}", Escaped::new(group.as_bytes())),
            };
            let kind = Escaped::new(kind.as_bytes());
            Err(Unresolved::Kind(format!(
                "{kind} {shown} of {group}: expected a ConfigMap or a Secret of the core group, or a \
                 ClusterTrustBundle of certificates.k8s.io"
            )))
        }
    }
}

/// The object of that name, of which the last that was read counts, as with kubectl apply.
fn one<'a, T>(
    mut all: impl DoubleEndedIterator<Item = &'a T> + Clone,
    metadata: impl Fn(&T) -> &ObjectMeta,
    namespace: Option<&str>,
    name: &str,
    place: &str,
) -> Result<&'a T, Unresolved> {
    let named = |object: &&'a T| metadata(object).name.as_deref() == Some(name);
    let here = |object: &&'a T| match namespace {
        Some(namespace) => metadata(object).namespace_or_default() == namespace,
        None => true,
    };
    if let Some(found) = all.clone().rev().find(|object| named(object) && here(object)) {
        return Ok(found);
    }
    Err(Unresolved::Invalid(match all.find(named) {
        None => format!("{place}: there is none"),
        Some(other) => format!(
            "{place}: there is none, but one in namespace {}: a policy and what it refers to share \
             a namespace",
            Escaped::new(metadata(other).namespace_or_default().as_bytes())
        ),
    }))
}

fn no_key<'a>(place: &str, keys: impl Iterator<Item = &'a String>) -> Unresolved {
    let keys: Vec<String> =
        keys.take(MOST_KEYS).map(|key| Escaped::new(key.as_bytes()).to_string()).collect();
    Unresolved::Invalid(match keys.as_slice() {
        [] => format!("{place}: no {KEY}: it holds nothing"),
        keys => format!("{place}: no {KEY}, but {}", keys.join(", ")),
    })
}

/// The key of every bundle.
const KEY: &str = "ca.crt";

/// Keys that a sentence names.
const MOST_KEYS: usize = 4;

#[cfg(test)]
mod tests {
    use super::Bundles;
    use crate::api::LocalObjectReference;
    use crate::documents::Documents;

    const CA: &str = include_str!("../../../testdata/quickstart/ca.pem");

    fn documents() -> Documents {
        let indented = CA.replace('\n', "\n    ");
        let encoded = {
            use base64::prelude::*;
            BASE64_STANDARD.encode(CA)
        };
        Documents::from_yaml(
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: good}}\ndata:\n  ca.crt: |\n    \
                 {indented}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: same, \
                 namespace: default}}\ndata:\n  ca.crt: |\n    {indented}\n---\napiVersion: \
                 v1\nkind: ConfigMap\nmetadata: {{name: half}}\ndata:\n  ca.crt: |\n    {indented}\n    \
                 -----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n---\n\
                 apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: away, namespace: \
                 other}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: empty}}\ndata: \
                 {{ca.crt: ''}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \
                 none}}\ndata: {{}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \
                 other-key}}\ndata: {{tls.crt: x}}\n---\napiVersion: v1\nkind: \
                 ConfigMap\nmetadata: {{name: binary}}\nbinaryData: {{ca.crt: \
                 AA==}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: text}}\ndata: \
                 {{ca.crt: hello}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: \
                 good}}\ndata: {{ca.crt: {encoded}}}\n---\napiVersion: v1\nkind: \
                 Secret\nmetadata: {{name: bad}}\ndata: {{ca.crt: '*'}}\n---\napiVersion: \
                 certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nmetadata: {{name: \
                 good}}\nspec:\n  trustBundle: |\n    {indented}\n"
            )
            .as_bytes(),
        )
    }

    fn reference(group: &str, kind: &str, name: &str) -> LocalObjectReference {
        LocalObjectReference::default().group(group).kind(kind).name(name)
    }

    #[test]
    fn every_reference_is_anchors_or_a_sentence() {
        let documents = documents();
        assert_eq!(documents.faults(), []);
        let mut bundles = Bundles::default();
        for (group, kind, name, expected) in [
            ("", "ConfigMap", "good", None),
            ("", "ConfigMap", "half", None),
            ("", "Secret", "good", None),
            ("certificates.k8s.io", "ClusterTrustBundle", "good", None),
            ("", "ConfigMap", "nowhere", Some("ConfigMap default/nowhere: there is none")),
            (
                "",
                "ConfigMap",
                "away",
                Some(
                    "ConfigMap default/away: there is none, but one in namespace other: a policy and \
                     what it refers to share a namespace",
                ),
            ),
            ("", "ConfigMap", "empty", Some("ConfigMap default/empty: ca.crt: it is empty")),
            ("", "ConfigMap", "none", Some("ConfigMap default/none: no ca.crt: it holds nothing")),
            (
                "",
                "ConfigMap",
                "other-key",
                Some("ConfigMap default/other-key: no ca.crt, but tls.crt"),
            ),
            (
                "",
                "ConfigMap",
                "binary",
                Some(
                    "ConfigMap default/binary: ca.crt is in binaryData: put it into data, as text",
                ),
            ),
            ("", "ConfigMap", "text", Some("ConfigMap default/text: ca.crt: no CERTIFICATE block")),
            (
                "",
                "Secret",
                "bad",
                Some("Secret default/bad: ca.crt: not base64: Invalid symbol 42, offset 0."),
            ),
            (
                "invalid.io",
                "InvalidKind",
                "x",
                Some(
                    "InvalidKind x of group invalid.io: expected a ConfigMap or a Secret of the core \
                     group, or a ClusterTrustBundle of certificates.k8s.io",
                ),
            ),
            (
                "apps",
                "ConfigMap",
                "good",
                Some(
                    "ConfigMap good of group apps: expected a ConfigMap or a Secret of the core \
                     group, or a ClusterTrustBundle of certificates.k8s.io",
                ),
            ),
        ] {
            let resolved = bundles.resolve(&documents, "default", &reference(group, kind, name));
            match expected {
                None => assert!(resolved.is_ok(), "{kind} {name}: {resolved:?}"),
                Some(expected) => {
                    let found = resolved.expect_err(name).to_string();
                    assert_eq!(found, expected);
                }
            }
        }
    }

    #[test]
    fn a_bundle_with_a_fault_is_anchors_and_a_note() {
        let documents = documents();
        let mut bundles = Bundles::default();
        let half = reference("", "ConfigMap", "half");
        let resolved = bundles.resolve(&documents, "default", &half).expect("one is good");
        let notes: Vec<String> = resolved.notes().collect();
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].starts_with("ConfigMap default/half: ca.crt: block 2, line "),
            "{notes:?}"
        );
    }

    #[test]
    fn the_same_octets_are_read_once_and_joined_once() {
        let documents = documents();
        let mut bundles = Bundles::default();
        let names = ["good", "same", "half"];
        let resolved: Vec<_> = names
            .iter()
            .map(|name| {
                let reference = reference("", "ConfigMap", name);
                bundles.resolve(&documents, "default", &reference).expect("anchors")
            })
            .collect();
        assert_eq!(bundles.read.len(), 2, "good and same have the same octets");
        let joined = bundles.join(&resolved).expect("anchors");
        assert_eq!(joined.len(), 1, "copies are counted once");
        assert!(bundles.join(&resolved).is_some());
        assert_eq!(bundles.joined.len(), 1);
        assert!(bundles.join(&[]).is_none(), "no bundle, no anchors");
    }
}
