//! Objects from files: the policies, what they refer to, and what could not be read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use lastmile::Escaped;
use serde::de::DeserializeOwned;

use crate::api::BackendTlsPolicy;
use crate::api::ClusterTrustBundle;
use crate::api::ConfigMap;
use crate::api::EnvoyGatewayBackend;
use crate::api::Gateway;
use crate::api::Route;
use crate::api::Secret;
use crate::api::Service;
use crate::schema;
use crate::schema::BACKEND_TLS_POLICY;
use crate::schema::FieldError;
use crate::schema::Schema;
use crate::violation::Position;
use crate::yaml;
use crate::yaml::Node;

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
    passed_over: Vec<PassedOver>,
    faults: Vec<DocumentFault>,
}

impl Documents {
    /// Reads a stream of YAML documents or one JSON document; `List` objects are opened.
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

    /// Objects of other kinds.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
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

    /// A `List` holds objects, and no other list.
    fn read_object(&mut self, file: &Option<Arc<str>>, node: &Node) {
        let is_list = node.text("kind").is_some_and(|kind| kind.ends_with("List"));
        match node.get("items") {
            Some(items) if is_list => {
                for item in items.items() {
                    self.read_single(file, item);
                }
            }
            _ => self.read_single(file, node),
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
            _ => self.passed_over.push(PassedOver {
                place,
                api_version: Escaped::new(api_version.as_bytes()).to_string(),
                kind: Escaped::new(kind.as_bytes()).to_string(),
                name: node
                    .get("metadata")
                    .and_then(|metadata| metadata.text("name"))
                    .map(|name| Escaped::new(name.as_bytes()).to_string()),
            }),
        }
    }
}

/// An object, where it stands, and what the API server would say of it.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    object: T,
    place: Place,
    field_errors: Vec<FieldError>,
    unknown_fields: Vec<UnknownField>,
    /// Where its values stand, by their paths.
    positions: BTreeMap<String, Position>,
}

impl<T> Loaded<T> {
    /// The object, without fields whose values have another type than the API says.
    pub const fn object(&self) -> &T {
        &self.object
    }

    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Everything that the API server would refuse; nothing of a valid object.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.field_errors
    }

    /// Fields that the API does not have. The server drops them, with a warning.
    pub fn unknown_fields(&self) -> &[UnknownField] {
        &self.unknown_fields
    }

    /// Where a field stands, such as `spec.validation.hostname`; if it is not there, the field that
    /// would hold it.
    pub fn place_of(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(position) = self.positions.get(path) {
                return self.place.at(Some(*position));
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.place.clone(),
            }
        }
    }
}

impl<T: Default + DeserializeOwned> Loaded<T> {
    fn new(place: Place, node: &Node, schema: &'static Schema) -> Self {
        let found = schema::check(node, schema);
        let typed = schema::typed(node, schema).unwrap_or_default();
        let unknown_fields = found
            .unknown
            .into_iter()
            .map(|(path, position)| UnknownField { place: place.at(position), path });
        let mut positions = BTreeMap::new();
        for part in ["spec", "data", "stringData", "binaryData"] {
            if let Some(node) = node.get(part) {
                keep_positions(part.to_owned(), node, &mut positions);
            }
        }
        Self {
            // What has the types of the schema can be read into the structs.
            object: serde_json::from_value(typed).unwrap_or_default(),
            unknown_fields: unknown_fields.collect(),
            field_errors: found.errors,
            positions,
            place,
        }
    }
}

/// As deep as the budget of the reader. What has a long path is found by the field that holds it.
fn keep_positions(path: String, node: &Node, positions: &mut BTreeMap<String, Position>) {
    if path.len() > LONGEST_PATH {
        return;
    }
    for entry in node.entries() {
        keep_positions(format!("{path}.{}", entry.key), &entry.value, positions);
    }
    for (index, item) in node.items().iter().enumerate() {
        keep_positions(format!("{path}[{index}]"), item, positions);
    }
    positions.extend(node.position.map(|position| (path, position)));
}

const GATEWAY_API: &str = "gateway.networking.k8s.io/";

/// Those of the fields of the API are shorter.
const LONGEST_PATH: usize = 128;

/// A place in one of several files.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A field that the API does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    path: String,
    place: Place,
}

impl UnknownField {
    /// The field, escaped.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for UnknownField {
    /// In the words of the API server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown field \"{}\"", self.path)
    }
}

/// An object of a kind that is not needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    place: Place,
    api_version: String,
    kind: String,
    name: Option<String>,
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
// BEGIN TEMPORARY
impl Documents {
    /// Unknown.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &UnknownField> {
        std::iter::empty()
    }
}
impl<T: PartialEq> Loaded<T> {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.object == other.object && self.field_errors.len() == other.field_errors.len()
    }
}
impl<T> Loaded<T> {
    pub(crate) fn raw(&self) -> Option<&serde_json::Value> {
        None
    }
    pub(crate) fn fault_sentence(&self) -> Option<String> {
        let errors: Vec<String> =
            self.field_errors.iter().take(16).map(ToString::to_string).collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}
impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to_string().cmp(&other.to_string())
    }
}
// END TEMPORARY
