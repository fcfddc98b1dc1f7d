//! What is to be probed: where each backend is, and what its chain is held to.

use std::collections::HashMap;
use std::sync::Arc;

use lastmile::UnixTime;
use lastmile_rustls::Backend;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS12;
use rustls::version::TLS13;

use super::host_port::HostPort;
use super::no_verdict::NoVerdict;
use crate::args::MinTls;
use crate::args::Probe;
use crate::documents;
use crate::documents::All;
use crate::documents::Asked;
use crate::documents::Place;
use crate::failure::Failure;
use crate::policy::Judgement;
use crate::policy::Policy;
use crate::policy::check_standard_input;

/// One row of the answer.
#[derive(Debug)]
pub(crate) struct Job {
    /// HOST:PORT, or the target of the documents.
    pub(crate) name: String,
    pub(crate) work: Work,
}

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Work {
    Dial {
        to: HostPort,
        held: Arc<Held>,
    },
    /// Documents refuse every handshake.
    Refused(Box<Judgement>),
    NoVerdict(NoVerdict),
}

/// What the chain of a backend is held to, and the client that asks for it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) policy: Policy,
    pub(crate) backend: Backend,
}

/// Everything that is to be probed.
#[derive(Debug)]
pub(crate) struct Jobs {
    pub(crate) jobs: Vec<Job>,
    /// Documents that cannot be read.
    pub(crate) faults: Vec<Failure>,
    /// What is wrong with policies that are not accepted, of which there may be no job.
    pub(crate) not_accepted: Vec<String>,
}

impl Jobs {
    pub(crate) fn of(arguments: &Probe) -> Result<Self, Failure> {
        check_standard_input(None, &arguments.policy)?;
        if arguments.all {
            let All { places, faults, not_accepted } = documents::of_all(&arguments.policy)?;
            if places.is_empty() && faults.is_empty() && not_accepted.is_empty() {
                let text = "-f: the documents decide nothing about any backend";
                return Err(Failure::of_use("no-policy", text));
            }
            return Ok(Self { jobs: of_places(places, arguments)?, faults, not_accepted });
        }
        let jobs = match (arguments.policy.files.as_slice(), arguments.hosts.as_slice()) {
            ([], hosts) => of_policy(Policy::read(&arguments.policy)?, hosts, arguments)?,
            (_, []) => of_places(documents::of_targets(&arguments.policy)?, arguments)?,
            (_, hosts) => match documents::one(&arguments.policy)? {
                Asked::Policy(policy) => of_policy(*policy, hosts, arguments)?,
                Asked::Refused(judgement) => each(hosts, |_| Work::Refused(judgement.clone())),
                Asked::NoVerdict(code, why) => {
                    each(hosts, |_| Work::NoVerdict(NoVerdict::new(code, why.clone())))
                }
            },
        };
        Ok(Self { jobs, faults: Vec::new(), not_accepted: Vec::new() })
    }
}

/// Some hosts, and what all of them are held to.
fn of_policy(policy: Policy, hosts: &[HostPort], arguments: &Probe) -> Result<Vec<Job>, Failure> {
    let held = Arc::new(Held::new(policy, arguments)?);
    Ok(each(hosts, |host| Work::Dial { to: host.clone(), held: Arc::clone(&held) }))
}

fn each(hosts: &[HostPort], work: impl Fn(&HostPort) -> Work) -> Vec<Job> {
    hosts.iter().map(|host| Job { name: host.to_string(), work: work(host) }).collect()
}

fn of_places(places: Vec<Place>, arguments: &Probe) -> Result<Vec<Job>, Failure> {
    let names: Vec<String> = places.iter().map(|place| place.target.to_string()).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in &names {
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    let is_one = |name: &str| counts.get(name) == Some(&1);
    let mut jobs = Vec::new();
    for (place, name) in places.into_iter().zip(&names) {
        let to = place
            .endpoint
            .map(|endpoint| HostPort { host: endpoint.host().to_owned(), port: endpoint.port() });
        let name = match &to {
            Ok(to) if !is_one(name) => format!("{name} at {to}"),
            _ => name.clone(),
        };
        let work = match (place.asked, to) {
            (Asked::Policy(policy), Ok(to)) => {
                Work::Dial { to, held: Arc::new(Held::new(*policy, arguments)?) }
            }
            (Asked::Policy(_), Err(why)) => Work::NoVerdict(NoVerdict::new("unknown-address", why)),
            (Asked::Refused(judgement), _) => Work::Refused(judgement),
            (Asked::NoVerdict(code, why), _) => Work::NoVerdict(NoVerdict::new(code, why)),
        };
        jobs.push(Job { name, work });
    }
    Ok(jobs)
}

impl Held {
    fn new(policy: Policy, arguments: &Probe) -> Result<Self, Failure> {
        let alpn = arguments.alpn.iter().flat_map(|protocols| protocols.0.iter().cloned());
        let versions = match arguments.min_tls {
            MinTls::V1_2 => vec![&TLS13, &TLS12],
            MinTls::V1_3 => vec![&TLS13],
        };
        let backend = Backend::builder(policy.verifier.clone(), policy.sni.clone())
            .clock(Arc::new(At(policy.now)))
            .protocol_versions(&versions)
            .alpn(alpn)
            // Each backend is asked once.
            .memory(None)
            .build()
            .map_err(|invalid| Failure::of_use("invalid-hostname", invalid.to_string()))?;
        Ok(Self { policy, backend })
    }
}

/// A clock that stands still: the handshake is judged at the time of the verdict.
#[derive(Debug)]
struct At(UnixTime);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}
