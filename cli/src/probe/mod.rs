//! `lastmile probe`: real handshakes, and the verdict on what each backend presents.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lastmile::UnixTime;
use lastmile_rustls::Backend;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS12;
use rustls::version::TLS13;

use crate::args::Format;
use crate::args::MinTls;
use crate::args::Probe;
use crate::failure::Failure;
use crate::output;
use crate::output::Report;
use crate::output::Status;
use crate::output::json::to_json;
use crate::output::warn;
use crate::policy::Judgement;
use crate::policy::Policy;
use crate::policy::check_standard_input;

use deadline::Deadline;
use handshake::Handshake;
use no_verdict::NoVerdict;
use report::Answer;
use report::heading;

pub(crate) use target::Protocols;
pub(crate) use target::Resolve;
pub(crate) use target::Target;

mod connect;
mod deadline;
mod ending;
mod handshake;
mod no_verdict;
mod progress;
mod report;
mod save;
mod several;
mod target;

pub(crate) fn run(arguments: &Probe) -> Status {
    let outcome = match (Prober::new(arguments), arguments.targets.as_slice()) {
        (Ok(prober), [target]) => one(&prober, target, arguments),
        (Ok(prober), targets) => Ok(several::run(&prober, targets, arguments.format)),
        (Err(failure), _) => Err(failure),
    };
    outcome.unwrap_or_else(|failure| output::fail(&failure, arguments.format))
}

fn one(prober: &Prober, target: &Target, arguments: &Probe) -> Result<Status, Failure> {
    let waiting = progress::waiting_for(target);
    let probed = prober.probe(target);
    waiting.finish_and_clear();
    let probed = probed.map_err(|why| why.of(target))?;
    if let Some(file) = &arguments.save {
        save::write(file, &probed.handshake.presented)?;
    }
    let heading = heading(target, &probed, prober.policy.sni.as_str());
    let judgement = match &probed.judgement {
        Ok(judgement) => judgement,
        Err(why) => {
            // What was presented may help all the same.
            if arguments.format == Format::Text {
                output::print_text(heading.trim_end(), Status::NoVerdict);
            }
            return Err(why.clone().of(target));
        }
    };
    warn(&probed.warnings(target));
    Ok(output::print(&Report {
        status: judgement.status,
        heading,
        json: to_json(&Answer::new(None, judgement, &probed.handshake)),
        text: judgement.text.clone(),
        format: arguments.format,
    }))
}

/// Everything but the target.
#[derive(Debug)]
struct Prober {
    policy: Policy,
    backend: Backend,
    resolve: Vec<Resolve>,
    connect_timeout: Duration,
    handshake_timeout: Duration,
    timeout: Duration,
}

/// A target that presented a chain.
#[derive(Debug)]
struct Probed {
    address: SocketAddr,
    handshake: Handshake,
    /// None if the handshake was not done, though the chain is accepted.
    judgement: Result<Judgement, NoVerdict>,
}

impl Prober {
    fn new(arguments: &Probe) -> Result<Self, Failure> {
        check_standard_input(None, &arguments.policy)?;
        check_targets(&arguments.targets, &arguments.resolve, arguments.save.as_deref())?;
        let policy = Policy::read(&arguments.policy)?;
        let alpn = arguments.alpn.iter().flat_map(|protocols| protocols.0.iter().cloned());
        let versions = match arguments.min_tls {
            MinTls::V1_2 => vec![&TLS13, &TLS12],
            MinTls::V1_3 => vec![&TLS13],
        };
        let backend = Backend::builder(policy.verifier.clone(), policy.sni.clone())
            .clock(Arc::new(At(policy.now)))
            .protocol_versions(&versions)
            .alpn(alpn)
            .build()
            .map_err(|invalid| Failure::of_use("invalid-hostname", invalid.to_string()))?;
        Ok(Self {
            policy,
            backend,
            resolve: arguments.resolve.clone(),
            connect_timeout: arguments.connect_timeout,
            handshake_timeout: arguments.handshake_timeout,
            timeout: arguments.timeout,
        })
    }

    fn probe(&self, target: &Target) -> Result<Probed, NoVerdict> {
        let whole = Deadline::after(self.timeout);
        let (stream, address) =
            connect::connect(target, &self.resolve, self.connect_timeout, whole)?;
        let deadline = whole.within(self.handshake_timeout);
        let handshake = handshake::shake_hands(&stream, &self.backend, deadline)?;
        let judgement = self.judge(&handshake);
        Ok(Probed { address, handshake, judgement })
    }

    fn judge(&self, handshake: &Handshake) -> Result<Judgement, NoVerdict> {
        if let Err(why) = &handshake.ended {
            return Err(why.clone());
        }
        let Some((leaf, others)) = handshake.presented.split_first() else {
            return Err(NoVerdict::new("handshake-failed", "the server presented no chain"));
        };
        let judgement = self.policy.judge(leaf, others);
        // The same question as in the handshake. If the answers ever differed, nobody proved a key.
        match (judgement.status == Status::Success) == handshake.accepted {
            true => Ok(judgement),
            false => {
                Err(NoVerdict::new("handshake-failed", "the verdict is not that of the handshake"))
            }
        }
    }
}

impl Probed {
    fn warnings(&self, target: &Target) -> Vec<String> {
        let warning = self.handshake.ended.iter().flatten();
        warning.map(|warning| format!("{target}: {warning}")).collect()
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

fn check_targets(
    targets: &[Target],
    resolve: &[Resolve],
    save: Option<&Path>,
) -> Result<(), Failure> {
    if save.is_some() && targets.len() > 1 {
        let text = "--save is for one HOST:PORT: the chains of several would overwrite each other";
        return Err(Failure::of_use("usage", text));
    }
    if save == Some(Path::new("-")) {
        let text = "--save needs a file: standard output has the verdict";
        return Err(Failure::of_use("usage", text));
    }
    // A slip of the pen would otherwise probe what was not meant.
    let unused = resolve.iter().find(|resolve| !targets.iter().any(|one| resolve.is_for(one)));
    match unused {
        Some(resolve) => {
            Err(Failure::of_use("usage", format!("--resolve: no HOST:PORT is {resolve}")))
        }
        None => Ok(()),
    }
}
