//! References to CA certificates: each is anchors, or the reason why not.

use std::collections::HashMap;
use std::sync::Arc;

use base64::prelude::BASE64_STANDARD;
use base64::prelude::Engine;
use lastmile::TrustAnchors;
use lastmile::UnixTime;

use super::index::Absent;
use super::index::Index;
use super::index::Named;
use super::index::escaped;
use crate::api::LocalObjectReference;
use crate::documents::Loaded;
use crate::documents::Place;
use crate::note::Note;

/// Bundles that were read before, by their octets: what many policies share is parsed once.
#[derive(Debug)]
pub(super) struct Bundles {
    now: UnixTime,
    /// Whether a bundle may have another key than `ca.crt`.
    fallback_keys: bool,
    /// By namespace, group, kind and name.
    found: HashMap<[String; 4], Result<Resolved, Unresolved>>,
    read: HashMap<Vec<u8>, Arc<Bundle>>,
    joined: HashMap<Vec<usize>, TrustAnchors>,
}

/// What a bundle holds, and what is wrong with it.
#[derive(Debug)]
struct Bundle {
    anchors: Option<TrustAnchors>,
    /// A sentence for each block that is at fault.
    faults: Vec<String>,
    /// A sentence for each anchor that has expired.
    expired: Vec<String>,
    all_have_expired: bool,
    warnings: Vec<String>,
}

/// What a reference leads to.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    bundle: Arc<Bundle>,
    /// `ConfigMap shop/ca: ca.crt`
    from: String,
    place: Place,
}

/// A reference that leads to no anchor: the reason of the condition, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unresolved {
    pub(super) reason: &'static str,
    pub(super) note: Note,
}

impl Unresolved {
    fn invalid(note: Note) -> Self {
        Self { reason: "InvalidCACertificateRef", note }
    }
}

impl Resolved {
    /// What is wrong beside the anchors.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        let Bundle { faults, expired, warnings, .. } = &*self.bundle;
        let notes = faults.iter().chain(expired).chain(warnings);
        notes.map(|note| Note::new(format!("{}: {note}", self.from)).at(self.place.clone()))
    }

    /// Where the certificate with these octets stands: `ConfigMap shop/ca: ca.crt`, the place of
    /// that, the block and the line in it.
    pub(super) fn find(&self, der: &[u8]) -> Option<(&str, &Place, Option<u32>, Option<u32>)> {
        let anchors = self.bundle.anchors.as_ref()?;
        let found = anchors.iter().find(|anchor| anchor.certificate().der() == der)?;
        Some((&self.from, &self.place, found.block(), found.line()))
    }

    /// `ConfigMap shop/ca: ca.crt`
    pub(super) fn from(&self) -> &str {
        &self.from
    }
}

impl Bundles {
    pub(super) fn new(now: UnixTime, fallback_keys: bool) -> Self {
        Self {
            now,
            fallback_keys,
            found: HashMap::new(),
            read: HashMap::new(),
            joined: HashMap::new(),
        }
    }

    /// The anchors that a reference of an object in this namespace leads to.
    pub(super) fn resolve(
        &mut self,
        index: &Index<'_>,
        namespace: &str,
        reference: &LocalObjectReference,
    ) -> Result<Resolved, Unresolved> {
        let LocalObjectReference { group, kind, name, .. } = reference;
        let key = [namespace, group, kind, name].map(str::to_owned);
        if let Some(found) = self.found.get(&key) {
            return found.clone();
        }
        let found = self.look_up(index, namespace, reference);
        self.found.insert(key, found.clone());
        found
    }

    fn look_up(
        &mut self,
        index: &Index<'_>,
        namespace: &str,
        reference: &LocalObjectReference,
    ) -> Result<Resolved, Unresolved> {
        let Source { from, place, octets } = self.find(index, namespace, reference)?;
        let bundle = self.read(octets);
        let refuse = |reason, faults: &[String]| Unresolved {
            reason,
            note: Note::new(format!("{from}: {}", faults.join("; "))).at(place.clone()),
        };
        match &bundle.anchors {
            None if bundle.faults.is_empty() => {
                Err(refuse("InvalidCACertificateRef", &["no CERTIFICATE block".to_owned()]))
            }
            None => Err(refuse("InvalidCACertificateRef", &bundle.faults)),
            // They will not be good again. What is not valid yet will be.
            Some(_) if bundle.all_have_expired => {
                Err(refuse("ExpiredCertificate", &bundle.expired))
            }
            Some(_) => Ok(Resolved { bundle, from, place }),
        }
    }

    /// The anchors of several bundles. Those of one are as they stand in it.
    pub(super) fn join(&mut self, resolved: &[Resolved]) -> Option<TrustAnchors> {
        if let [one] = resolved {
            return one.bundle.anchors.clone();
        }
        // One set for any order of its bundles. A bundle is kept for as long as this is, and no
        // other has its address.
        let mut sorted: Vec<&Resolved> = resolved.iter().collect();
        sorted.sort_by(|one, other| one.from.cmp(&other.from));
        sorted.dedup_by_key(|one| Arc::as_ptr(&one.bundle));
        let key: Vec<usize> = sorted.iter().map(|one| Arc::as_ptr(&one.bundle).addr()).collect();
        if let Some(joined) = self.joined.get(&key) {
            return Some(joined.clone());
        }
        let all = sorted.iter().filter_map(|one| one.bundle.anchors.as_ref());
        let certificates = all.flat_map(TrustAnchors::iter);
        let certificates = certificates.map(|anchor| anchor.certificate().der().to_vec());
        let joined = TrustAnchors::from_der(certificates).ok()?;
        self.joined.insert(key, joined.clone());
        Some(joined)
    }

    fn read(&mut self, octets: Vec<u8>) -> Arc<Bundle> {
        if let Some(bundle) = self.read.get(&octets) {
            return Arc::clone(bundle);
        }
        let bundle = Arc::new(Bundle::read(&octets, self.now));
        self.read.insert(octets, Arc::clone(&bundle));
        bundle
    }

    fn find(
        &self,
        index: &Index<'_>,
        namespace: &str,
        reference: &LocalObjectReference,
    ) -> Result<Source, Unresolved> {
        let LocalObjectReference { group, kind, name, .. } = reference;
        let shown = escaped(name);
        match (group.as_str(), kind.as_str()) {
            ("", "ConfigMap") => {
                let object = format!("ConfigMap {namespace}/{shown}");
                let map = one(&index.config_maps, namespace, name, &object)?;
                let (data, binary) = (&map.object().data, &map.object().binary_data);
                let keys: Vec<&String> = data.keys().chain(binary.keys()).collect();
                let key = self.key(map, &object, &keys)?;
                match data.get(key) {
                    Some(text) => Ok(Source::new(map, &object, "data", key, text.as_bytes())),
                    None => Err(Unresolved::invalid(
                        Note::new(format!(
                            "{object}: {} is in binaryData: put it into data, as text",
                            escaped(key)
                        ))
                        .at(map.place_of(&format!("binaryData.{key}"))),
                    )),
                }
            }
            ("", "Secret") => {
                let object = format!("Secret {namespace}/{shown}");
                let secret = one(&index.secrets, namespace, name, &object)?;
                let (data, texts) = (&secret.object().data, &secret.object().string_data);
                // The server puts stringData into data.
                let more = data.keys().filter(|key| !texts.contains_key(*key));
                let keys: Vec<&String> = texts.keys().chain(more).collect();
                let key = self.key(secret, &object, &keys)?;
                if let Some(text) = texts.get(key) {
                    return Ok(Source::new(secret, &object, "stringData", key, text.as_bytes()));
                }
                // Base64 in several lines is common, and means the same.
                let encoded: String = data
                    .get(key)
                    .into_iter()
                    .flat_map(|text| text.split_ascii_whitespace())
                    .collect();
                match BASE64_STANDARD.decode(encoded) {
                    Ok(octets) => Ok(Source::new(secret, &object, "data", key, &octets)),
                    Err(error) => {
                        let is_pem = data.get(key).is_some_and(|text| text.contains("-----BEGIN"));
                        let advice = if is_pem { " (text is put into stringData)" } else { "" };
                        let key = escaped(key);
                        let why = format!("{object}: {key}: not base64: {error}{advice}");
                        let place = secret.place_of(&format!("data.{key}"));
                        Err(Unresolved::invalid(Note::new(why).at(place)))
                    }
                }
            }
            ("certificates.k8s.io", "ClusterTrustBundle") => {
                let object = format!("ClusterTrustBundle {shown}");
                let bundle = one(&index.cluster_trust_bundles, "", name, &object)?;
                let text = bundle.object().spec.trust_bundle.as_bytes();
                Ok(Source::new(bundle, &object, "spec", "trustBundle", text))
            }
            _ => {
                let group = match group.as_str() {
                    "" => "the core group".to_owned(),
                    group => format!("group {}", escaped(group)),
                };
                let kind = escaped(kind);
                let why = format!(
                    "{kind} {shown} of {group}: expected a ConfigMap or a Secret of the core group, \
                     or a ClusterTrustBundle of certificates.k8s.io"
                );
                Err(Unresolved { reason: "InvalidKind", note: Note::new(why) })
            }
        }
    }

    /// The key of the bundle: `ca.crt`, or else, if that was asked for, `tls.crt` or the only one.
    fn key<'k, T>(
        &self,
        loaded: &Loaded<T>,
        object: &str,
        keys: &[&'k String],
    ) -> Result<&'k str, Unresolved> {
        let named = |name: &str| keys.iter().find(|key| **key == name);
        let fallback = || match keys {
            [only] => Some(only),
            _ => None,
        };
        let found = match self.fallback_keys {
            true => named(KEY).or_else(|| named("tls.crt")).or_else(fallback),
            false => named(KEY),
        };
        found.map(|key| key.as_str()).ok_or_else(|| {
            let known: Vec<String> = keys.iter().take(MOST_KEYS).map(|key| escaped(key)).collect();
            let why = match known.as_slice() {
                [] => format!("{object}: no {KEY}: it holds nothing"),
                known => format!("{object}: no {KEY}, but {}", known.join(", ")),
            };
            Unresolved::invalid(Note::new(why).at(loaded.place().clone()))
        })
    }
}

impl Bundle {
    fn read(octets: &[u8], now: UnixTime) -> Self {
        let read = TrustAnchors::from_pem_lenient(octets);
        let mut faults = first(read.faults().iter().map(ToString::to_string));
        let warnings = read.warnings().iter().map(ToString::to_string);
        if octets.trim_ascii().is_empty() {
            faults.push("it is empty".to_owned());
        }
        let passed_over = read.passed_over().iter().map(|block| {
            let (number, line) = (block.block(), block.line());
            format!("block {number}, line {line}: {} is passed over", block.label())
        });
        let mut warnings: Vec<String> = warnings.chain(passed_over).collect();
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let mut expired = Vec::new();
        for anchor in read.anchors().into_iter().flat_map(TrustAnchors::iter) {
            let validity = anchor.certificate().validity();
            let place = match (anchor.block(), anchor.line()) {
                (Some(block), Some(line)) => format!("block {block}, line {line}: "),
                _ => String::new(),
            };
            if validity.not_after() < now {
                expired.push(format!("{place}expired on {}", rfc3339(validity.not_after())));
            } else if now < validity.not_before() {
                let from = rfc3339(validity.not_before());
                warnings.push(format!("{place}is not valid before {from}"));
            }
        }
        let all_have_expired = read.anchors().is_some_and(|anchors| expired.len() >= anchors.len());
        Self {
            anchors: read.anchors().cloned(),
            faults,
            all_have_expired,
            expired: first(expired.into_iter()),
            warnings: first(warnings.into_iter()),
        }
    }
}

/// A bundle of thousands of blocks is not told whole.
fn first(sentences: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = sentences.len().saturating_sub(MOST_TOLD);
    let mut told: Vec<String> = sentences.take(MOST_TOLD).collect();
    told.extend((more > 0).then(|| format!("and {more} more like these")));
    told
}

/// The octets of a bundle, and where they are from.
struct Source {
    /// `ConfigMap shop/ca: ca.crt`
    from: String,
    place: Place,
    octets: Vec<u8>,
}

impl Source {
    fn new<T>(loaded: &Loaded<T>, object: &str, field: &str, key: &str, octets: &[u8]) -> Self {
        Self {
            from: format!("{object}: {}", escaped(key)),
            place: loaded.place_of(&format!("{field}.{key}")),
            octets: octets.to_vec(),
        }
    }
}

/// The object of that name, as the server would have it.
fn one<'a, T: PartialEq>(
    all: &Named<'a, T>,
    namespace: &str,
    name: &str,
    shown: &str,
) -> Result<&'a Loaded<T>, Unresolved> {
    all.find(namespace, name).map_err(|absent| {
        Unresolved::invalid(match absent {
            Absent::Missing { elsewhere: None } => Note::new(format!("{shown}: there is none")),
            Absent::Missing { elsewhere: Some(other) } => Note::new(format!(
                "{shown}: there is none, but one in namespace {other}: whoever refers to it must be \
                 in its namespace"
            )),
            Absent::Doubtful { why, place } => Note::new(why.to_string()).at(place),
        })
    })
}

/// Seconds since 1970 as a date.
pub(super) fn rfc3339(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The key of every bundle.
const KEY: &str = "ca.crt";

/// Keys that a sentence names.
const MOST_KEYS: usize = 4;

/// Sentences about one bundle.
const MOST_TOLD: usize = 16;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lastmile::UnixTime;

    use super::Bundles;
    use super::Index;
    use crate::api::LocalObjectReference;
    use crate::documents::Documents;
    use crate::note::Note;

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

    fn bundles() -> Bundles {
        Bundles::new(UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000)), false)
    }

    fn reference(group: &str, kind: &str, name: &str) -> LocalObjectReference {
        LocalObjectReference::default().group(group).kind(kind).name(name)
    }

    #[test]
    fn every_reference_is_anchors_or_a_sentence() {
        let documents = documents();
        assert_eq!(documents.faults(), []);
        let index = Index::new(&documents);
        let mut bundles = bundles();
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
                    "ConfigMap default/away: there is none, but one in namespace other: whoever \
                     refers to it must be in its namespace",
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
            let resolved = bundles.resolve(&index, "default", &reference(group, kind, name));
            match expected {
                None => assert!(resolved.is_ok(), "{kind} {name}: {resolved:?}"),
                Some(expected) => {
                    let found = resolved.expect_err(name);
                    assert_eq!(found.note.message(), expected);
                }
            }
        }
    }

    #[test]
    fn a_bundle_with_a_fault_is_anchors_and_a_note() {
        let documents = documents();
        let index = Index::new(&documents);
        let mut bundles = bundles();
        let half = reference("", "ConfigMap", "half");
        let resolved = bundles.resolve(&index, "default", &half).expect("one is good");
        let notes: Vec<Note> = resolved.notes().collect();
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].message().starts_with("ConfigMap default/half: ca.crt: block 2, line "),
            "{notes:?}"
        );
    }

    #[test]
    fn the_same_octets_are_read_once_and_joined_once() {
        let documents = documents();
        let index = Index::new(&documents);
        let mut bundles = bundles();
        let names = ["good", "same", "half"];
        let resolved: Vec<_> = names
            .iter()
            .map(|name| {
                let reference = reference("", "ConfigMap", name);
                bundles.resolve(&index, "default", &reference).expect("anchors")
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
