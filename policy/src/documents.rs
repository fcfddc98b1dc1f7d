//! Objects from files: the policies, what they refer to, and what could not be read.

use std::fmt;
use std::sync::Arc;

use lastmile::Escaped;

use crate::api::BackendTlsPolicy;
use crate::api::ClusterTrustBundle;
use crate::api::ConfigMap;
use crate::api::EnvoyGatewayBackend;
use crate::api::Gateway;
use crate::api::ReferenceGrant;
use crate::api::Route;
use crate::api::Secret;
use crate::api::Service;
use crate::schema;
use crate::schema::BACKEND_TLS_POLICY;
use crate::violation::Position;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;

mod granted;
mod loaded;

pub use granted::Grants;
pub use loaded::Loaded;
pub use loaded::UnknownField;

/// Objects of Kubernetes, as they stand in files.
///
/// Nothing is lost in silence: what cannot be read is a [`DocumentFault`], and what is not needed
/// is listed as [`PassedOver`]. One broken document does no harm to the others.
///
/// ```
/// use lastmile_policy::Documents;
///
/// let documents = Documents::from_yaml(b"\
/// apiVersion: gateway.networking.k8s.io/v1
/// kind: BackendTLSPolicy
/// metadata: {name: backend}
/// spec:
///   targetRefs: [{group: '', kind: Service, name: backend}]
///   validation: {hostname: Backend, wellKnownCACertificates: System}
/// ");
/// let policy = &documents.policies()[0];
/// assert_eq!(policy.object().spec.validation.hostname, "Backend");
/// assert_eq!(policy.field_errors()[0].path(), "spec.validation.hostname");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Documents {
    policies: Vec<Loaded<BackendTlsPolicy>>,
    config_maps: Vec<Loaded<ConfigMap>>,
    secrets: Vec<Loaded<Secret>>,
    cluster_trust_bundles: Vec<Loaded<ClusterTrustBundle>>,
    services: Vec<Loaded<Service>>,
    gateways: Vec<Loaded<Gateway>>,
    routes: Vec<Loaded<Route>>,
    backends: Vec<Loaded<EnvoyGatewayBackend>>,
    reference_grants: Vec<Loaded<ReferenceGrant>>,
    passed_over: Vec<PassedOver>,
    faults: Vec<DocumentFault>,
}

impl Documents {
    /// Reads a stream of YAML documents, or of JSON; whatever has a list under `items` is opened, as
    /// kubectl does it.
    pub fn from_yaml(text: &[u8]) -> Self {
        let mut documents = Self::default();
        documents.read(None, text);
        documents
    }

    /// Reads another file beside those that were read before.
    pub fn add_yaml(&mut self, file: &str, text: &[u8]) {
        self.read(Some(file.into()), text);
    }

    /// The policies, in the order in which they were read.
    pub fn policies(&self) -> &[Loaded<BackendTlsPolicy>] {
        &self.policies
    }

    /// The ConfigMaps.
    pub fn config_maps(&self) -> &[Loaded<ConfigMap>] {
        &self.config_maps
    }

    /// The Secrets.
    pub fn secrets(&self) -> &[Loaded<Secret>] {
        &self.secrets
    }

    /// The ClusterTrustBundles.
    pub fn cluster_trust_bundles(&self) -> &[Loaded<ClusterTrustBundle>] {
        &self.cluster_trust_bundles
    }

    /// The Services.
    pub fn services(&self) -> &[Loaded<Service>] {
        &self.services
    }

    /// The Gateways.
    pub fn gateways(&self) -> &[Loaded<Gateway>] {
        &self.gateways
    }

    /// The HTTPRoutes, GRPCRoutes, TLSRoutes and TCPRoutes.
    pub fn routes(&self) -> &[Loaded<Route>] {
        &self.routes
    }

    /// The Backends of Envoy Gateway.
    pub fn backends(&self) -> &[Loaded<EnvoyGatewayBackend>] {
        &self.backends
    }

    /// The ReferenceGrants.
    pub fn reference_grants(&self) -> &[Loaded<ReferenceGrant>] {
        &self.reference_grants
    }

    /// Objects of other kinds.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Fields that the API does not have, in the objects beside the policies. The server drops them,
    /// with a warning.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &UnknownField> {
        let config_maps = self.config_maps.iter().flat_map(Loaded::unknown_fields);
        let secrets = self.secrets.iter().flat_map(Loaded::unknown_fields);
        let bundles = self.cluster_trust_bundles.iter().flat_map(Loaded::unknown_fields);
        let backends = self.backends.iter().flat_map(Loaded::unknown_fields);
        config_maps.chain(secrets).chain(bundles).chain(backends)
    }

    /// What could not be read.
    pub fn faults(&self) -> &[DocumentFault] {
        &self.faults
    }

    fn read(&mut self, file: Option<Arc<str>>, text: &[u8]) {
        for document in yaml::documents(text) {
            match document {
                Ok(node) => self.read_object(&file, &node),
                Err(violation) => self.faults.push(DocumentFault {
                    place: Place { file: file.clone(), position: violation.position() },
                    why: violation.fault().to_string(),
                }),
            }
        }
    }

    /// Whatever has a list under `items` is opened, as kubectl does it; lists in lists too.
    fn read_object(&mut self, file: &Option<Arc<str>>, object: &Node) {
        // The next is the last.
        let mut unread = vec![object];
        while let Some(node) = unread.pop() {
            match list(node) {
                Ok(None) => self.read_single(file, node),
                Ok(Some(items)) => unread.extend(items.iter().rev()),
                Err((why, position)) => {
                    let place = Place { file: file.clone(), position };
                    self.faults.push(DocumentFault { place, why });
                }
            }
        }
    }

    fn read_single(&mut self, file: &Option<Arc<str>>, node: &Node) {
        let place = Place { file: file.clone(), position: node.position };
        let (Some(api_version), Some(kind)) = (node.text("apiVersion"), node.text("kind")) else {
            let why = match node.entries() {
                [] => format!("expected an object with apiVersion and kind, found {}", node.kind()),
                _ => "expected an object with apiVersion and kind".to_owned(),
            };
            self.faults.push(DocumentFault { place, why });
            return;
        };
        match (api_version, kind) {
            (
                "gateway.networking.k8s.io/v1" | "gateway.networking.k8s.io/v1alpha3",
                "BackendTLSPolicy",
            ) => self.policies.push(Loaded::new(place, node, &BACKEND_TLS_POLICY)),
            ("v1", "ConfigMap") => {
                self.config_maps.push(Loaded::new(place, node, &schema::CONFIG_MAP));
            }
            ("v1", "Secret") => self.secrets.push(Loaded::new(place, node, &schema::SECRET)),
            ("v1", "Service") => self.services.push(Loaded::new(place, node, &schema::SERVICE)),
            (version, "ClusterTrustBundle") if version.starts_with("certificates.k8s.io/") => {
                let bundle = Loaded::new(place, node, &schema::CLUSTER_TRUST_BUNDLE);
                self.cluster_trust_bundles.push(bundle);
            }
            (version, "Gateway") if version.starts_with(GATEWAY_API) => {
                self.gateways.push(Loaded::new(place, node, &schema::GATEWAY));
            }
            (version, "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute")
                if version.starts_with(GATEWAY_API) =>
            {
                self.routes.push(Loaded::new(place, node, &schema::ROUTE));
            }
            (version, "ReferenceGrant") if version.starts_with(GATEWAY_API) => {
                let grant = Loaded::new(place, node, &schema::REFERENCE_GRANT);
                self.reference_grants.push(grant);
            }
            ("gateway.envoyproxy.io/v1alpha1", "Backend") => {
                self.backends.push(Loaded::new(place, node, &schema::ENVOY_GATEWAY_BACKEND));
            }
            ("gateway.networking.k8s.io/v1alpha2", "BackendTLSPolicy") => {
                let why = "v1alpha2 of BackendTLSPolicy is not read, for nobody serves it any more: \
                           write apiVersion gateway.networking.k8s.io/v1, and rename spec.targetRef \
                           to targetRefs (a list, without namespace), spec.tls to validation, \
                           caCertRefs to caCertificateRefs, wellKnownCACerts to \
                           wellKnownCACertificates"
                    .to_owned();
                self.faults.push(DocumentFault { place, why });
            }
            (version, "BackendTLSPolicy") if version.starts_with(GATEWAY_API) => {
                let version = Escaped::new(version.as_bytes());
                let why =
                    format!("expected version v1 or v1alpha3 of BackendTLSPolicy, found {version}");
                self.faults.push(DocumentFault { place, why });
            }
            _ => self.pass_over(place, node, api_version, kind),
        }
    }

    fn pass_over(&mut self, place: Place, node: &Node, api_version: &str, kind: &str) {
        let [found_version, found_kind] =
            [api_version, kind].map(|text| Escaped::new(text.as_bytes()).to_string());
        match misspelt(api_version, kind) {
            Some((group, known)) => {
                let group = if group.is_empty() { "the core group" } else { group };
                let why = format!(
                    "no server has {found_kind} of {found_version}: write {known} of {group}, with \
                     these capitals"
                );
                self.faults.push(DocumentFault { place, why });
            }
            None => self.passed_over.push(PassedOver {
                place,
                api_version: found_version,
                kind: found_kind,
                name: node
                    .get("metadata")
                    .and_then(|metadata| metadata.text("name"))
                    .map(|name| Escaped::new(name.as_bytes()).to_string()),
                has_targets: node.get("spec").is_some_and(|spec| {
                    let names = ["targetRef", "targetRefs", "targetSelectors"];
                    names.iter().any(|name| spec.get(name).is_some())
                }),
            }),
        }
    }
}

/// The items of an object that kubectl takes for a list, whatever its kind; or why it is no list, and
/// where.
fn list(node: &Node) -> Result<Option<&[Node]>, (String, Option<Position>)> {
    let Some(kind) = node.text("kind") else { return Ok(None) };
    let is_list = kind.ends_with("List");
    let Some(items) = node.entries().iter().find(|entry| entry.key == "items") else {
        let group = group(node.text("apiVersion").unwrap_or_default());
        let is_known = kind == "List" || KINDS.iter().any(|(known, _)| *known == group);
        return match is_list && is_known {
            true => Err(("expected a list under items".to_owned(), node.position)),
            // A kind of somebody else, such as AllowList.
            false => Ok(None),
        };
    };
    // In Go, an empty list may be written as null.
    if !matches!(items.value.value, Value::Null | Value::Sequence(_)) {
        let why = format!("expected a list under items, found {}", items.value.kind());
        return Err((why, items.value.position));
    }
    let own = ["apiVersion", "items", "kind", "metadata"];
    if let Some(other) = node.entries().iter().find(|entry| !own.contains(&&*entry.key)) {
        let why = format!(
            "an object with items is a list for kubectl, which reads nothing else of it: take out \
             items, or {}",
            Escaped::new(other.key.as_bytes())
        );
        return Err((why, other.position));
    }
    if !is_list && items.value.items().is_empty() {
        let why =
            "an object with items is a list for kubectl, and this one is empty: take out items";
        return Err((why.to_owned(), items.position));
    }
    Ok(Some(items.value.items()))
}

/// As far as they are read: their groups.
const KINDS: &[(&str, &[&str])] = &[
    ("", &["ConfigMap", "Secret", "Service"]),
    ("certificates.k8s.io", &["ClusterTrustBundle"]),
    ("gateway.envoyproxy.io", &["Backend"]),
    (
        "gateway.networking.k8s.io",
        &[
            "BackendTLSPolicy",
            "GRPCRoute",
            "Gateway",
            "HTTPRoute",
            "ReferenceGrant",
            "TCPRoute",
            "TLSRoute",
        ],
    ),
];

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The group and the kind that were meant, if they differ in case only.
fn misspelt(api_version: &str, kind: &str) -> Option<(&'static str, &'static str)> {
    let found = (group(api_version), kind);
    let mut known =
        KINDS.iter().flat_map(|(group, kinds)| kinds.iter().map(|kind| (*group, *kind)));
    known.find(|known| {
        *known != found && known.0.eq_ignore_ascii_case(found.0) && is_misspelt(known.1, found.1)
    })
}

/// In other capitals, or as a plural.
fn is_misspelt(known: &str, found: &str) -> bool {
    let (known, found) = (known.to_ascii_lowercase(), found.to_ascii_lowercase());
    let ending = found.strip_prefix(known.trim_end_matches('y'));
    found == known || found.strip_suffix('s') == Some(&known) || ending == Some("ies")
}

const GATEWAY_API: &str = "gateway.networking.k8s.io/";

/// A place in one of several files. In order: by file, by line, by column; what is not known first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    file: Option<Arc<str>>,
    position: Option<Position>,
}

impl Place {
    /// The name of the file, if it was given.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// Line and column.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// Another place in the same file; without a position, the same place.
    pub(crate) fn at(&self, position: Option<Position>) -> Self {
        Self { file: self.file.clone(), position: position.or(self.position) }
    }
}

impl fmt::Display for Place {
    /// `policies.yaml: line 3, column 5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_ref().map(|file| Escaped::new(file.as_bytes()));
        match (file, self.position) {
            (Some(file), Some(Position { line, column })) => {
                write!(f, "{file}: line {line}, column {column}")
            }
            (Some(file), None) => write!(f, "{file}"),
            (None, Some(Position { line, column })) => write!(f, "line {line}, column {column}"),
            (None, None) => f.write_str("the document"),
        }
    }
}

/// An object of a kind that is not needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    place: Place,
    api_version: String,
    kind: String,
    name: Option<String>,
    has_targets: bool,
}

impl PassedOver {
    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Its version, escaped.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// Its kind, escaped.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its name, escaped.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether it names objects as what it is about, as policies of the Gateway API do (GEP-713).
    pub const fn has_targets(&self) -> bool {
        self.has_targets
    }
}

/// A document that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFault {
    place: Place,
    why: String,
}

impl DocumentFault {
    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The sentence, without the place.
    pub fn message(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for DocumentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}
