//! What the references of routes come to: a cluster for each port of a backend, or a refusal.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::net::SocketAddr;

use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Grants;
use lastmile_policy::Kind;
use lastmile_policy::Loaded;
use lastmile_policy::Note;
use lastmile_policy::Place;
use lastmile_policy::Resolution;
use lastmile_policy::Resolver;
use lastmile_policy::Target;
use lastmile_policy::Terms;
use lastmile_policy::api;
use lastmile_policy::api::BackendReference;
use lastmile_policy::api::EnvoyGatewayBackend;

use super::parameters::parameters;
use super::parameters::unusable;
use super::plan::Cluster;
use super::plan::ClusterKind;
use super::plan::Endpoint;
use super::plan::HeldTo;
use super::plan::Host;
use super::plan::Refusal;
use super::plan::Tls;
use super::plan::To;
use super::routes::escaped;
use super::routes::shown;
use super::told::Told;
use crate::args::RenderEnvoy;
use crate::args::Validator;
use crate::documents::name;
use crate::failure::Failure;
use crate::pem;
use crate::probe::HostPort;
use crate::probe::Resolve;

/// Makes the clusters, each once.
#[derive(Debug)]
pub(super) struct Backends<'a> {
    resolver: Resolver<'a>,
    grants: Grants<'a>,
    /// Of several of one name, the resolver refuses them if they differ.
    backends: HashMap<Name<'a>, &'a Loaded<EnvoyGatewayBackend>>,
    services: HashMap<Name<'a>, &'a Loaded<api::Service>>,
    /// And whether any backend is there.
    resolve: Vec<(&'a Resolve, bool)>,
    /// By their names: also those that no route has come to need as a cluster.
    known: HashMap<String, ClusterKind>,
    /// The policies that govern them.
    policies: HashMap<String, String>,
    /// By rules, the policies of what they lead to.
    governing: HashMap<String, BTreeSet<String>>,
    bundles: Bundles,
}

/// Writes the certificates that are trusted, for each cluster its own copy.
#[derive(Debug)]
struct Bundles {
    /// Whether Envoy verifies by itself: then those of the system are written too.
    is_native: bool,
    /// Octets.
    written: usize,
}

/// The most octets of certificates that are written, which Envoy reads in seconds.
const MOST_WRITTEN: usize = 64 << 20;

impl Bundles {
    /// Nothing more once they are too many.
    fn write(&mut self, terms: &Terms<'_>, is_system: bool) -> String {
        let mut text = String::new();
        if is_system && !self.is_native {
            return text;
        }
        for anchor in terms.anchors.iter() {
            if self.written > MOST_WRITTEN {
                break;
            }
            let block = pem::block(anchor.certificate().der());
            self.written = self.written.saturating_add(block.len());
            text.push_str(&block);
        }
        text
    }
}

/// Namespace and name.
type Name<'a> = (&'a str, &'a str);

/// A part of the requests: its share, and the cluster.
type Share = (u64, String);

impl<'a> Backends<'a> {
    pub(super) fn new(
        documents: &'a Documents,
        resolver: Resolver<'a>,
        arguments: &'a RenderEnvoy,
    ) -> Self {
        let bundles = Bundles { is_native: arguments.validator == Validator::Native, written: 0 };
        Self {
            resolver,
            grants: documents.grants(),
            backends: by_name(documents.backends(), |backend| &backend.metadata),
            services: by_name(documents.services(), |service| &service.metadata),
            bundles,
            resolve: arguments.resolve.iter().map(|one| (one, false)).collect(),
            known: HashMap::new(),
            policies: HashMap::new(),
            governing: HashMap::new(),
        }
    }

    /// Every address that was given is for somebody.
    pub(super) fn check_use_of_resolve(&self) -> Result<(), Failure> {
        match self.resolve.iter().find(|(_, is_used)| !is_used) {
            None => Ok(()),
            Some((resolve, _)) => {
                let text = format!("--resolve: no backend of a route is {resolve}");
                Err(Failure::of_use("usage", text))
            }
        }
    }

    /// What is written of certificates has a bound.
    pub(super) fn check_size(&self) -> Result<(), String> {
        if self.bundles.written <= MOST_WRITTEN {
            return Ok(());
        }
        Err(format!(
            "the certificates that are trusted come to more than {} MiB, for each port of a backend has \
             its own copy: render the routes of each Gateway by themselves, or trust fewer authorities",
            MOST_WRITTEN >> 20
        ))
    }

    /// What is to be said of the policies, above all of those that govern nothing to which a request comes.
    pub(super) fn tell_of_policies(&self, hosts: &[Host], told: &mut Told) {
        let routes = hosts.iter().flat_map(|host| &host.routes);
        let rules: HashSet<&str> = routes.map(|route| route.rule.as_str()).collect();
        let governing = rules.into_iter().filter_map(|rule| self.governing.get(rule));
        let governing: HashSet<&String> = governing.flatten().collect();
        for report in self.resolver.reports() {
            told.policy(&report, governing.contains(&name(&report)));
        }
    }

    /// Those that the routes of these hosts lead to.
    pub(super) fn into_clusters(mut self, hosts: &[Host]) -> Vec<Cluster> {
        let routes = hosts.iter().flat_map(|host| &host.routes);
        let names = routes.flat_map(|route| match &*route.to {
            To::Clusters(clusters) => clusters.as_slice(),
            To::Refusal(_) => &[],
        });
        let names: BTreeSet<&str> = names.map(|(_, name)| name.as_str()).collect();
        let clusters = names.into_iter().filter_map(|name| {
            Some(Cluster { name: name.to_owned(), kind: self.known.remove(name)? })
        });
        clusters.collect()
    }

    /// Where a rule leads. `path` is the rule.
    pub(super) fn lead(
        &mut self,
        route: &Loaded<api::Route>,
        path: &str,
        references: &[BackendReference],
        told: &mut Told,
    ) -> To {
        let who = shown(route.object());
        let mut shares: Vec<Share> = Vec::new();
        // Those that lead nowhere: their shares, and notes.
        let mut nowhere: Vec<(u64, String, Nowhere)> = Vec::new();
        let mut found = Vec::new();
        for (index, reference) in references.iter().enumerate() {
            let weight = u64::from(reference.weight.unwrap_or(1));
            if weight == 0 {
                continue;
            }
            let at = format!("{path}.backendRefs[{index}]");
            match self.parts(route, reference, told) {
                Ok(parts) => found.push((weight, parts)),
                Err(why) => nowhere.push((weight, at, why)),
            }
        }
        // A backend of several ports is several clusters, and its share is divided.
        let divided = found.iter().filter(|(_, parts)| parts.len() > 1);
        let scale = divided.fold(1, |scale, (_, parts)| least_common_multiple(scale, sum(parts)));
        for (weight, parts) in &found {
            let whole = sum(parts);
            shares.extend(parts.iter().map(|(count, name)| {
                let share = match parts.as_slice() {
                    [_] => weight.saturating_mul(scale),
                    _ => weight.saturating_mul(scale / whole.max(1)).saturating_mul(*count),
                };
                (share, name.clone())
            }));
        }
        let policies = shares.iter().filter_map(|(_, name)| self.policies.get(name).cloned());
        self.governing.entry(format!("{who}: {path}")).or_default().extend(policies);
        let reached =
            |name: &String| matches!(self.known.get(name), Some(ClusterKind::Reached { .. }));
        let is_shared = shares.iter().any(|(_, name)| reached(name));
        let mut refusals = Vec::new();
        for (weight, at, Nowhere { why, place }) in nowhere {
            let why = format!("{at}: {why}");
            let place = place.unwrap_or_else(|| route.place_of(&at));
            let result = match is_shared {
                true => "so its part of the requests gets 503",
                false => "so its requests get 500",
            };
            told.loudly(format!("{place}: {who}: {why}, {result}"));
            let refusal = Refusal { status: 500, why: format!("{who}: {why}") };
            if is_shared {
                let name = format!("{REFUSED}{who}: {at}");
                self.known.insert(name.clone(), ClusterKind::Refused(refusal.clone()));
                shares.push((weight.saturating_mul(scale), name));
            }
            refusals.push(refusal);
        }
        let of_clusters = shares.iter().filter_map(|(_, name)| match self.known.get(name) {
            Some(ClusterKind::Refused(refusal)) => Some(refusal.clone()),
            _ => None,
        });
        refusals.extend(of_clusters);
        if !is_shared {
            // A policy comes before a reference: the backend is there, and is refused.
            refusals.sort_by_key(|refusal| std::cmp::Reverse(refusal.status));
            return To::Refusal(refusals.into_iter().next().unwrap_or_else(|| {
                let why = format!("{who}: {path}: there is no backend with a weight");
                told.loudly(format!("{}: {why}, so its requests get 500", route.place_of(path)));
                Refusal { status: 500, why }
            }));
        }
        let total = shares.iter().fold(0_u64, |total, (share, _)| total.saturating_add(*share));
        if u32::try_from(total).is_err() {
            let why = format!("{who}: {path}: the sum of the weights is more than Envoy takes");
            told.loudly(format!("{}: {why}, so its requests get 503", route.place_of(path)));
            return To::Refusal(Refusal { status: 503, why });
        }
        // What is refused among others is seen by its name.
        for (_, name) in &mut shares {
            if let Some(ClusterKind::Refused(refusal)) = self.known.get(name)
                && !name.starts_with(REFUSED)
            {
                let refusal = refusal.clone();
                *name = format!("{REFUSED}{name}");
                self.known.insert(name.clone(), ClusterKind::Refused(refusal));
            }
        }
        // One cluster of two references is one.
        let mut clusters: Vec<(u32, String)> = Vec::new();
        let mut indices: HashMap<String, usize> = HashMap::new();
        for (share, name) in shares {
            let share = u32::try_from(share).unwrap_or(u32::MAX);
            let index = *indices.entry(name.clone()).or_insert(clusters.len());
            match clusters.get_mut(index) {
                Some((known, _)) => *known = known.saturating_add(share),
                None => clusters.push((share, name)),
            }
        }
        To::Clusters(clusters)
    }

    /// The ports that a reference leads to, each with the number of its endpoints.
    ///
    /// # Errors
    /// It leads nowhere.
    fn parts(
        &mut self,
        route: &Loaded<api::Route>,
        reference: &BackendReference,
        told: &mut Told,
    ) -> Result<Vec<Share>, Nowhere> {
        let own = route.object().metadata.namespace_or_default();
        let (group, kind) = (
            reference.group.as_deref().unwrap_or_default(),
            reference.kind.as_deref().unwrap_or("Service"),
        );
        let Some(kind) = Kind::of(group, kind) else {
            let group = if group.is_empty() { "the core group" } else { &escaped(group) };
            return Err(Nowhere::new(format!(
                "{} of {group}: expected a Service of the core group, or a Backend of \
                 gateway.envoyproxy.io",
                escaped(kind)
            )));
        };
        let namespace = reference.namespace.as_deref().filter(|of| !of.is_empty()).unwrap_or(own);
        let name = &reference.name;
        let object = format!("{} {}/{}", kind.name(), escaped(namespace), escaped(name));
        if !self.grants.permits(own, kind, namespace, name) {
            return Err(Nowhere::new(format!(
                "{object}: no ReferenceGrant of its namespace permits HTTPRoutes of namespace {} to \
                 refer to it",
                escaped(own)
            )));
        }
        let ports = match (reference.port, kind) {
            (Some(port), _) => {
                let target = self.resolver.port(kind, namespace, name, port)?;
                let without = || Nowhere::new(format!("{object} has no port {port} with TCP"));
                vec![(port, target.ok_or_else(without)?)]
            }
            (None, Kind::Service) => {
                return Err(Nowhere::new(format!("{object}: port: required for a Service")));
            }
            (None, Kind::Backend) => self.resolver.ports(kind, namespace, name)?,
        };
        if ports.is_empty() {
            return Err(Nowhere::new(format!("{object} has no endpoint with a host and a port")));
        }
        let backend = self.backends.get(&(namespace, name)).copied();
        let backend = backend.filter(|_| kind == Kind::Backend);
        if let Some(backend) = backend {
            look_at(backend, &object, told)?;
        }
        let service = self.services.get(&(namespace, name)).copied();
        let service = service.filter(|_| kind == Kind::Service);
        if let Some(service) = service {
            look_at_service(service, &object)?;
        }
        let mut parts = Vec::new();
        for (port, target) in ports {
            let cluster = format!("{}/{namespace}/{name}:{port}", kind.name());
            let (count, endpoints) = self.endpoints(&target)?;
            if !self.known.contains_key(&cluster) {
                let held_to = format!("{namespace}/{name}:{port}");
                let resolution = self.resolver.resolve(&target);
                if let Some(policy) = resolution.policy() {
                    self.policies.insert(cluster.clone(), policy.to_owned());
                }
                let place =
                    backend.map_or_else(|| route.place().clone(), |one| one.place().clone());
                let asked = Asked { object: format!("{object}:{port}"), held_to, place };
                let settings = backend.and_then(|backend| backend.object().spec.tls.as_ref());
                let kind = asked.cluster(&resolution, settings, endpoints, &mut self.bundles, told);
                if let Some(service) = service {
                    tell_of_protocol(service, port, &kind, told);
                }
                self.known.insert(cluster.clone(), kind);
            }
            parts.push((count, cluster));
        }
        Ok(parts)
    }

    /// Where a target is, with the addresses that were given for it; and how many places that were in
    /// the documents.
    fn endpoints(&mut self, target: &Target) -> Result<(u64, Vec<Endpoint>), Nowhere> {
        let mut places = Vec::new();
        let mut count = 0_u64;
        for endpoint in self.resolver.endpoints(target)? {
            count = count.saturating_add(1);
            let place = HostPort { host: endpoint.host().to_owned(), port: endpoint.port() };
            let given = self.resolve.iter_mut().find(|(resolve, _)| resolve.is_for(&place));
            match given {
                Some((resolve, is_used)) => {
                    *is_used = true;
                    places.extend(resolve.addresses().into_iter().map(Endpoint::Address));
                }
                None => places.push(match place.host.parse() {
                    Ok(ip) => Endpoint::Address(SocketAddr::new(ip, place.port)),
                    Err(_) => Endpoint::Name(place.host, place.port),
                }),
            }
        }
        Ok((count, places))
    }
}

/// The first of each name.
fn by_name<T>(
    all: &[Loaded<T>],
    metadata: fn(&T) -> &api::ObjectMeta,
) -> HashMap<Name<'_>, &Loaded<T>> {
    let named = all.iter().rev().filter_map(|loaded| {
        let metadata = metadata(loaded.object());
        Some(((metadata.namespace_or_default(), metadata.name.as_deref()?), loaded))
    });
    named.collect()
}

/// Why a reference leads nowhere, and where that stands, if not where the reference is.
struct Nowhere {
    /// Escaped.
    why: String,
    place: Option<Place>,
}

impl Nowhere {
    const fn new(why: String) -> Self {
        Self { why, place: None }
    }

    fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

impl From<Note> for Nowhere {
    fn from(note: Note) -> Self {
        Self { why: note.message().to_owned(), place: note.place().cloned() }
    }
}

/// What a Backend says that is not rendered.
fn look_at(
    backend: &Loaded<EnvoyGatewayBackend>,
    object: &str,
    told: &mut Told,
) -> Result<(), Nowhere> {
    let spec = &backend.object().spec;
    if spec.fallback == Some(true) {
        let why = format!(
            "{object}: spec.fallback is not rendered, and without it the Backend would get requests of others"
        );
        return Err(Nowhere::new(why).at(backend.place_of("spec.fallback")));
    }
    if let Some((field, why)) = spec.tls.as_ref().and_then(unusable) {
        let place = backend.place_of(&field);
        return Err(Nowhere::new(format!("{object}: {field}: {why}")).at(place));
    }
    let mut tell = |path: &str, why: &str| {
        let place = backend.place_of(path);
        told.tell(format!("{place}: {object}: {path} is not rendered: {why}"));
    };
    if !spec.app_protocols.is_empty() {
        tell("spec.appProtocols", "HTTP/1.1 is spoken");
    }
    for (index, _) in spec.endpoints.iter().enumerate().filter(|(_, one)| one.unix.is_some()) {
        tell(&format!("spec.endpoints[{index}].unix"), "the other endpoints get all requests");
    }
    if let Some(tls) = &spec.tls {
        if tls.client_certificate_ref.is_some() {
            tell("spec.tls.clientCertificateRef", "no certificate is shown to the backend");
        }
        if tls.alpn_protocols.is_some() {
            tell("spec.tls.alpnProtocols", "HTTP/1.1 is spoken");
        }
    }
    Ok(())
}

/// The API: a Gateway should not lead to whatever name somebody writes into a Service (CVE-2021-25740).
fn look_at_service(service: &Loaded<api::Service>, object: &str) -> Result<(), Nowhere> {
    match service.object().spec.service_type.as_deref() {
        Some("ExternalName") => Err(Nowhere::new(format!(
            "{object}: spec.type: ExternalName is not rendered: expected a Service with endpoints of its own, \
             or a Backend of gateway.envoyproxy.io"
        ))
        .at(service.place_of("spec.type"))),
        _ => Ok(()),
    }
}

/// What the Service says that is spoken on a port, if it is not what is rendered.
fn tell_of_protocol(
    service: &Loaded<api::Service>,
    port: u16,
    kind: &ClusterKind,
    told: &mut Told,
) {
    let ClusterKind::Reached { tls, .. } = kind else { return };
    let spec = &service.object().spec;
    let is_meant = |one: &api::ServicePort| one.port == port && is_tcp(one);
    let Some(index) = spec.ports.iter().position(is_meant) else { return };
    let protocol = spec.ports.get(index).and_then(|one| one.app_protocol.as_deref());
    let protocol = protocol.unwrap_or_default().to_ascii_lowercase();
    let is_of_tls = matches!(protocol.as_str(), "https" | "wss" | "kubernetes.io/wss");
    let metadata = &service.object().metadata;
    let path = format!("spec.ports[{index}].appProtocol");
    let object = format!(
        "Service {}/{}",
        escaped(metadata.namespace_or_default()),
        escaped(metadata.name.as_deref().unwrap_or_default())
    );
    let place = service.place_of(&path);
    let shown = escaped(&protocol);
    match (protocol.as_str(), tls) {
        ("" | "http", _) | ("https", Some(_)) => {}
        (_, None) if is_of_tls => told.loudly(format!(
            "{place}: {object}: {path}: {shown} is not spoken: no policy is about port {port}, so it is spoken \
             to in plain"
        )),
        _ => told.tell(format!(
            "{place}: {object}: {path}: {shown} is not rendered: HTTP/1.1 is spoken"
        )),
    }
}

fn is_tcp(port: &api::ServicePort) -> bool {
    port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP")
}

/// A port of a backend, for sentences.
struct Asked {
    /// `Service shop/backend:443`, escaped.
    object: String,
    held_to: String,
    place: Place,
}

impl Asked {
    /// What was decided, as a cluster.
    fn cluster(
        &self,
        resolution: &Resolution,
        settings: Option<&api::BackendTlsSettings>,
        endpoints: Vec<Endpoint>,
        bundles: &mut Bundles,
        told: &mut Told,
    ) -> ClusterKind {
        let who = resolution.policy().unwrap_or(&self.object);
        for warning in resolution.warnings() {
            told.note(who, warning);
        }
        let tls = match resolution.decision() {
            Decision::NoPolicy if !resolution.unattached().is_empty() => {
                return self.refuse(resolution.unattached(), told);
            }
            Decision::NoPolicy => None,
            Decision::Refuse(refusal) => return self.refuse(refusal.notes(), told),
            Decision::SkipVerification { sni } => Some(Tls {
                sni: sni.as_ref().map(|sni| sni.as_str().to_owned()),
                parameters: parameters(settings),
                held_to: None,
            }),
            Decision::Verify { .. } => match self.held_to(resolution, bundles) {
                // There are terms wherever something is verified (fails closed).
                None => return self.refuse(&[], told),
                Some(held_to) => Some(Tls {
                    sni: Some(held_to.hostname.clone()),
                    parameters: parameters(settings),
                    held_to: Some(held_to),
                }),
            },
        };
        ClusterKind::Reached { endpoints, tls: tls.map(Box::new) }
    }

    fn held_to(&self, resolution: &Resolution, bundles: &mut Bundles) -> Option<HeldTo> {
        let terms = resolution.terms()?;
        let is_system = terms.well_known_ca_certificates == Some("System");
        Some(HeldTo {
            name: self.held_to.clone(),
            policy: resolution.policy().map(str::to_owned),
            bundles: resolution.bundles().map(str::to_owned).collect(),
            hostname: terms.hostname.to_owned(),
            subject_alt_names: terms.subject_alt_names.to_vec(),
            anchors: bundles.write(&terms, is_system),
            is_system,
        })
    }

    fn refuse(&self, notes: &[Note], told: &mut Told) -> ClusterKind {
        for note in notes {
            let place = note.place().unwrap_or(&self.place);
            told.refusal(place, &self.object, note.message());
        }
        let why: Vec<&str> = notes.iter().map(Note::message).collect();
        ClusterKind::Refused(Refusal {
            status: 503,
            why: format!("{} is refused: {}", self.object, why.join("; ")),
        })
    }
}

/// What the names of clusters begin with that have no endpoint; those of others begin with a kind.
const REFUSED: &str = "refused/";

fn sum(parts: &[Share]) -> u64 {
    parts.iter().fold(0, |sum, (count, _)| sum.saturating_add(*count))
}

fn least_common_multiple(one: u64, other: u64) -> u64 {
    let (mut a, mut b) = (one, other);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    one.saturating_mul(other / a.max(1))
}
