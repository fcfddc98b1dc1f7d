//! `lastmile probe`: real handshakes, and the verdict on what each backend presents.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::args::Format;
use crate::args::Probe;
use crate::failure::Failure;
use crate::output;
use crate::output::Report;
use crate::output::Status;
use crate::output::json::to_json;
use crate::output::warn;
use crate::policy::Judgement;
use crate::policy::Policy;

use deadline::Deadline;
use handshake::Handshake;
use jobs::Held;
use jobs::Job;
use jobs::Jobs;
use jobs::Work;
use no_verdict::NoVerdict;
use report::Answer;
use report::heading;

pub(crate) use host_port::HostPort;
pub(crate) use host_port::Protocols;
pub(crate) use host_port::Resolve;

mod connect;
mod deadline;
mod ending;
mod handshake;
mod host_port;
mod jobs;
mod no_verdict;
mod progress;
mod report;
mod save;
mod several;

pub(crate) fn run(arguments: &Probe) -> Status {
    probe(arguments).unwrap_or_else(|failure| output::fail(&failure, arguments.format))
}

fn probe(arguments: &Probe) -> Result<Status, Failure> {
    let Jobs { jobs, faults, not_accepted } = Jobs::of(arguments)?;
    let of_policies = not_accepted.iter().cloned();
    output::complain_of_all(faults.iter().map(ToString::to_string).chain(of_policies));
    check_jobs(&jobs, &arguments.resolve, arguments.save.as_deref())?;
    let prober = Prober::new(arguments);
    match jobs.as_slice() {
        [job] if !arguments.all => one(&prober, job, arguments),
        jobs => {
            let unread = faults.iter().map(|_| Status::NoVerdict);
            let before = unread.chain(not_accepted.iter().map(|_| Status::Refused)).collect();
            Ok(several::run(&prober, jobs, arguments.format, before))
        }
    }
}

fn one(prober: &Prober, job: &Job, arguments: &Probe) -> Result<Status, Failure> {
    let name = &job.name;
    let waiting = progress::waiting_for(name);
    let answer = prober.probe(job);
    waiting.finish_and_clear();
    let (held, to, probed) = match answer {
        Outcome::NoVerdict(why) => return Err(why.of(name)),
        Outcome::Refused(judgement) => {
            return Ok(output::print(&Report {
                status: judgement.status,
                heading: String::new(),
                json: to_json(&judgement.json),
                text: judgement.text.clone(),
                format: arguments.format,
            }));
        }
        Outcome::Probed { held, to, probed } => (held, to, probed),
    };
    if let Some(file) = &arguments.save {
        save::write(file, &probed.handshake.presented)?;
    }
    let heading = heading(name, to, &probed, held.policy.sni.as_str());
    let judgement = match &probed.judgement {
        Ok(judgement) => judgement,
        Err(why) => {
            // What was presented may help all the same.
            if arguments.format == Format::Text {
                output::print_text(heading.trim_end(), Status::NoVerdict);
            }
            return Err(why.clone().of(name));
        }
    };
    warn(&probed.warnings(name));
    Ok(output::print(&Report {
        status: judgement.status,
        heading,
        json: to_json(&Answer::new(None, judgement, &probed.handshake)),
        text: judgement.text.clone(),
        format: arguments.format,
    }))
}

/// How connections are made.
#[derive(Debug)]
struct Prober {
    resolve: Vec<Resolve>,
    connect_timeout: Duration,
    handshake_timeout: Duration,
    timeout: Duration,
}

/// What came of one job.
#[derive(Debug)]
enum Outcome<'a> {
    NoVerdict(NoVerdict),
    Probed {
        held: &'a Held,
        to: &'a HostPort,
        probed: Box<Probed>,
    },
    /// By the documents, whatever the backend presents.
    Refused(&'a Judgement),
}

/// A backend that presented a chain.
#[derive(Debug)]
struct Probed {
    address: SocketAddr,
    handshake: Handshake,
    /// None if the handshake was not done, though the chain is accepted.
    judgement: Result<Judgement, NoVerdict>,
}

impl Prober {
    fn new(arguments: &Probe) -> Self {
        Self {
            resolve: arguments.resolve.clone(),
            connect_timeout: arguments.connect_timeout,
            handshake_timeout: arguments.handshake_timeout,
            timeout: arguments.timeout,
        }
    }

    fn probe<'a>(&self, job: &'a Job) -> Outcome<'a> {
        match &job.work {
            Work::NoVerdict(why) => Outcome::NoVerdict(why.clone()),
            Work::Refused(judgement) => Outcome::Refused(judgement),
            Work::Dial { to, held } => match self.dial(to, held) {
                Ok(probed) => Outcome::Probed { held, to, probed: Box::new(probed) },
                Err(why) => Outcome::NoVerdict(why),
            },
        }
    }

    fn dial(&self, to: &HostPort, held: &Held) -> Result<Probed, NoVerdict> {
        let whole = Deadline::after(self.timeout);
        let (stream, address) = connect::connect(to, &self.resolve, self.connect_timeout, whole)?;
        let deadline = whole.within(self.handshake_timeout);
        let handshake = handshake::shake_hands(&stream, &held.backend, deadline)?;
        let judgement = judge(&handshake, &held.policy);
        Ok(Probed { address, handshake, judgement })
    }
}

fn judge(handshake: &Handshake, policy: &Policy) -> Result<Judgement, NoVerdict> {
    if let Err(why) = &handshake.ended {
        return Err(why.clone());
    }
    let Some((leaf, others)) = handshake.presented.split_first() else {
        return Err(NoVerdict::new("handshake-failed", "the server presented no chain"));
    };
    let judgement = policy.judge(leaf, others);
    // The same question as in the handshake. If the answers ever differed, nobody proved a key.
    match (judgement.status == Status::Success) == handshake.accepted {
        true => Ok(judgement),
        false => {
            Err(NoVerdict::new("handshake-failed", "the verdict is not that of the handshake"))
        }
    }
}

impl Probed {
    fn warnings(&self, name: &str) -> Vec<String> {
        let warning = self.handshake.ended.iter().flatten();
        warning.map(|warning| format!("{name}: {warning}")).collect()
    }
}

fn check_jobs(jobs: &[Job], resolve: &[Resolve], save: Option<&Path>) -> Result<(), Failure> {
    if save.is_some() && jobs.len() > 1 {
        let text = "--save is for one HOST:PORT: the chains of several would overwrite each other";
        return Err(Failure::of_use("usage", text));
    }
    if save == Some(Path::new("-")) {
        let text = "--save needs a file: standard output has the verdict";
        return Err(Failure::of_use("usage", text));
    }
    // A slip of the pen would otherwise probe what was not meant.
    let is_for = |resolve: &Resolve, job: &Job| match &job.work {
        Work::Dial { to, .. } => resolve.is_for(to),
        Work::NoVerdict(_) | Work::Refused(_) => false,
    };
    let dials = jobs.iter().any(|job| matches!(job.work, Work::Dial { .. }));
    let unused = resolve.iter().find(|resolve| !jobs.iter().any(|job| is_for(resolve, job)));
    match unused {
        Some(resolve) if dials => {
            Err(Failure::of_use("usage", format!("--resolve: no HOST:PORT is {resolve}")))
        }
        _ => Ok(()),
    }
}
