//! Policy documents from files, folders and standard input, and what they decide.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use lastmile::UnixTime;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Endpoint;
use lastmile_policy::PassedOver;
use lastmile_policy::PolicyReport;
use lastmile_policy::Position;
use lastmile_policy::Resolution;
use lastmile_policy::Resolver;
use lastmile_policy::SystemAnchors;
use lastmile_policy::Target;

use crate::args;
use crate::clock;
use crate::failure::Failure;
use crate::input::Source;
use crate::output;
use crate::output::warn;
use crate::output::warn_of_each;
use crate::policy::Judgement;
use crate::policy::Policy;
use crate::trust::Trust;

/// What was read, and what could not be.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) documents: Documents,
    /// Files and documents that cannot be read. They harm no other.
    pub(crate) faults: Vec<Failure>,
}

/// What documents say of one backend.
#[derive(Debug)]
pub(crate) enum Asked {
    /// What its chains are held to.
    Policy(Box<Policy>),
    /// Every handshake is refused.
    Refused(Box<Judgement>),
    /// Nothing is verified: a code, and a sentence.
    NoVerdict(&'static str, String),
}

/// One backend, and where it is.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) target: Target,
    /// Where it is, or why nobody knows.
    pub(crate) endpoint: Result<Endpoint, String>,
    pub(crate) asked: Asked,
}

/// What is said of the one target.
///
/// # Errors
/// A document cannot be read: it might be the one that counts.
pub(crate) fn one(arguments: &args::Policy) -> Result<Asked, Failure> {
    let [target] = arguments.target.as_slice() else {
        return Err(Failure::of_use("usage", "one chain is held to one --target"));
    };
    let now = clock::time(arguments.time.as_deref())?;
    let read = read_all(arguments)?;
    let (system, warnings) = system(&read.documents)?;
    warn(&warnings);
    let mut resolver = resolver(&read.documents, &system, now, arguments);
    let resolution = resolver.resolve(target);
    warn_of(std::iter::once((target, &resolution)));
    Ok(Asked::of(&resolution, now))
}

/// What is said of each backend of the targets.
///
/// # Errors
/// A document cannot be read.
pub(crate) fn of_targets(arguments: &args::Policy) -> Result<Vec<Place>, Failure> {
    let now = clock::time(arguments.time.as_deref())?;
    let read = read_all(arguments)?;
    let (system, warnings) = system(&read.documents)?;
    warn(&warnings);
    let mut resolver = resolver(&read.documents, &system, now, arguments);
    Ok(places(&mut resolver, &arguments.target, now))
}

/// What is said of every backend for which something is decided.
#[derive(Debug)]
pub(crate) struct All {
    pub(crate) places: Vec<Place>,
    /// Documents that cannot be read.
    pub(crate) faults: Vec<Failure>,
    /// What is wrong with policies that are not accepted.
    pub(crate) not_accepted: Vec<String>,
}

/// What is said of every backend for which something is decided.
///
/// # Errors
/// Not one file can be read.
pub(crate) fn of_all(arguments: &args::Policy) -> Result<All, Failure> {
    let now = clock::time(arguments.time.as_deref())?;
    let read = read(&arguments.files)?;
    let (system, warnings) = system(&read.documents)?;
    warn(&warnings);
    let mut resolver = resolver(&read.documents, &system, now, arguments);
    let targets = resolver.targets();
    let mut places = places(&mut resolver, &targets, now);
    // A Backend that speaks no TLS: nothing is decided for it.
    places.retain(|place| !matches!(place.asked, Asked::NoVerdict("no-policy", _)));
    let reports = resolver.reports();
    let not_accepted = reports.iter().filter(|report| !report.is_accepted()).flat_map(|report| {
        report.faults().iter().map(|fault| {
            let metadata = &report.policy().metadata;
            let name = metadata.name.as_deref().unwrap_or_default();
            let name = lastmile::Escaped::new(name.as_bytes()).to_string();
            let name = format!("BackendTLSPolicy {}/{name}", metadata.namespace_or_default());
            match fault.place() {
                Some(place) => format!("{place}: {name}: {}", fault.message()),
                None => format!("{name}: {}", fault.message()),
            }
        })
    });
    let not_accepted = not_accepted.collect();
    Ok(All { places, faults: read.faults, not_accepted })
}

/// `shop/backend`, escaped.
pub(crate) fn name(report: &PolicyReport) -> String {
    let metadata = &report.policy().metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    let escaped = |text: &str| lastmile::Escaped::new(text.as_bytes()).to_string();
    format!("{}/{}", escaped(metadata.namespace_or_default()), escaped(name))
}

/// Policies of which nothing is read, for nobody serves them: a warning each.
pub(crate) fn policies_passed_over(documents: &Documents) -> impl Iterator<Item = String> {
    let passed_over = documents.passed_over().iter();
    passed_over.filter(|one| is_meant_as_policy(one)).map(|one| {
        format!(
            "{}: {} {}: it is passed over, and governs nothing: expected BackendTLSPolicy of \
             gateway.networking.k8s.io/v1, found {} of {}",
            one.place(),
            one.kind(),
            one.name().unwrap_or_default(),
            one.kind(),
            one.api_version()
        )
    })
}

/// Also `BackendTLSPolicies`.
pub(crate) fn is_meant_as_policy(object: &PassedOver) -> bool {
    object.kind().to_ascii_lowercase().starts_with("backendtlspolic")
}

fn resolver<'a>(
    documents: &'a Documents,
    system: &SystemAnchors,
    now: UnixTime,
    arguments: &args::Policy,
) -> Resolver<'a> {
    let resolver = documents.resolver(system, now).fallback_keys(arguments.fallback_keys);
    // What cannot be read is told, and ends with no verdict.
    resolver.despite_faults(true).build()
}

/// Every place of every target, once.
fn places(resolver: &mut Resolver<'_>, targets: &[Target], now: UnixTime) -> Vec<Place> {
    let mut found: BTreeMap<Target, Vec<Result<Endpoint, String>>> = BTreeMap::new();
    for target in targets {
        match resolver.endpoints(target) {
            Err(why) => {
                found.insert(target.clone(), vec![Err(why.message().to_owned())]);
            }
            Ok(endpoints) => {
                for endpoint in endpoints {
                    let known = found.entry(endpoint.target().clone()).or_default();
                    if !known.contains(&Ok(endpoint.clone())) {
                        known.push(Ok(endpoint));
                    }
                }
            }
        }
    }
    let resolutions: Vec<(&Target, Resolution)> =
        found.keys().map(|target| (target, resolver.resolve(target))).collect();
    warn_of(resolutions.iter().map(|(target, resolution)| (*target, resolution)));
    let places = resolutions.iter().zip(found.values()).flat_map(|((target, resolution), all)| {
        all.iter().map(|endpoint| Place {
            target: (*target).clone(),
            endpoint: endpoint.clone(),
            asked: Asked::of(resolution, now),
        })
    });
    places.collect()
}

/// Each warning once: one policy may govern many backends.
fn warn_of<'a>(resolutions: impl Iterator<Item = (&'a Target, &'a Resolution)>) {
    let mut told = HashSet::new();
    let (mut loud, mut warnings): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (target, resolution) in resolutions {
        let who = resolution.policy().map_or_else(|| target.to_string(), str::to_owned);
        for warning in resolution.warnings() {
            let text = match warning.place() {
                Some(place) => format!("{place}: {who}: {}", warning.message()),
                None => format!("{who}: {}", warning.message()),
            };
            if told.insert(text.clone()) {
                let list = if warning.is_loud() { &mut loud } else { &mut warnings };
                list.push(text);
            }
        }
    }
    warn_of_each(&loud);
    warn(&warnings);
}

impl Asked {
    fn of(resolution: &Resolution, now: UnixTime) -> Self {
        match resolution.decision() {
            Decision::NoPolicy if !resolution.unattached().is_empty() => {
                Self::Refused(Box::new(Judgement::of_unattached(resolution.unattached())))
            }
            Decision::NoPolicy => Self::NoVerdict(
                "no-policy",
                "no policy is about it, and nothing else says that it speaks TLS".into(),
            ),
            Decision::SkipVerification { .. } => Self::NoVerdict(
                "verification-skipped",
                "insecureSkipVerify of its Backend is true, so every certificate is accepted"
                    .into(),
            ),
            Decision::Refuse(refusal) => {
                let judgement = Judgement::of_refusal(resolution.policy(), refusal);
                Self::Refused(Box::new(judgement))
            }
            Decision::Verify { sni, verifier } => {
                let (sni, verifier) = (sni.clone(), verifier.clone());
                let trust = Trust::from_documents(verifier.anchors().clone(), resolution.clone());
                Self::Policy(Box::new(Policy::new(sni, verifier, now, trust)))
            }
        }
    }
}

/// Reads all of them, if all of them can be read.
fn read_all(arguments: &args::Policy) -> Result<Read, Failure> {
    let mut read = read(&arguments.files)?;
    match read.faults.pop() {
        None => Ok(read),
        Some(last) => {
            for fault in &read.faults {
                output::complain_of(&fault.to_string());
            }
            Err(last)
        }
    }
}

/// Reads what can be read.
///
/// # Errors
/// Not one file can be read.
pub(crate) fn read(sources: &[Source]) -> Result<Read, Failure> {
    let mut read = Read { documents: Documents::default(), faults: Vec::new() };
    let mut any = false;
    for source in sources {
        let files = files(source).unwrap_or_else(|failure| {
            read.faults.push(failure);
            Vec::new()
        });
        for file in files {
            match file.read() {
                Ok(text) => {
                    any = true;
                    read.add(&file, &text);
                }
                Err(failure) => read.faults.push(failure),
            }
        }
    }
    match (any, read.faults.is_empty()) {
        (false, false) => Err(read.faults.swap_remove(0)),
        _ => Ok(read),
    }
}

impl Read {
    fn add(&mut self, file: &Source, text: &[u8]) {
        let before = self.documents.faults().len();
        self.documents.add_yaml(&file.to_string(), text);
        let faults = self.documents.faults().iter().skip(before).map(|fault| {
            let position = fault.place().position();
            let text = match position {
                Some(Position { line, column }) => {
                    format!("line {line}, column {column}: {}", fault.message())
                }
                None => fault.message().to_owned(),
            };
            let line = position.map(|position| position.line);
            Failure::of_file("invalid-document", file, line, text)
        });
        self.faults.extend(faults);
    }
}

/// The roots of the system, if a policy or a backend asks for them.
pub(crate) fn system(documents: &Documents) -> Result<(SystemAnchors, Vec<String>), Failure> {
    let system = Some("System");
    let policies = documents.policies().iter();
    let asks = policies
        .map(|policy| policy.object().spec.validation.well_known_ca_certificates.as_deref())
        .chain(documents.backends().iter().map(|backend| {
            let settings = backend.object().spec.tls.as_ref();
            settings.and_then(|settings| settings.well_known_ca_certificates.as_deref())
        }))
        .any(|set| set == system);
    if !asks {
        return Ok((SystemAnchors::none(), Vec::new()));
    }
    let trust = Trust::from_system()?;
    Ok((SystemAnchors::new(trust.anchors), trust.warnings))
}

/// A folder is its YAML and JSON files, by name; folders in it are not read, as with kubectl.
fn files(source: &Source) -> Result<Vec<Source>, Failure> {
    let Source::File(path) = source else { return Ok(vec![source.clone()]) };
    if !path.is_dir() {
        return Ok(vec![source.clone()]);
    }
    let unreadable = |why: &str| {
        Failure::of_file("unreadable-file", source, None, format!("cannot be read: {why}"))
    };
    let entries = fs::read_dir(path).map_err(|error| unreadable(&error.to_string()))?;
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&error.to_string()))?.path();
        if path.is_file() && is_document(&path) {
            found.push(path);
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(unreadable("it has no files that end in .yaml, .yml or .json")),
        false => Ok(found.into_iter().map(Source::File).collect()),
    }
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}
