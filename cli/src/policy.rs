//! The policy of the command line: trust, names and the time, ready to judge.

use lastmile::DnsName;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_policy::Note;
use lastmile_policy::Refusal;
use lastmile_policy::SubjectAltName;
use lastmile_policy::Validation;

use crate::args;
use crate::clock;
use crate::failure::Failure;
use crate::input::Source;
use crate::output::Status;
use crate::output::json;
use crate::output::json::Verdict;
use crate::output::text;
use crate::output::warn;
use crate::trust::Trust;

/// What chains are held to, and when.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) sni: DnsName,
    pub(crate) verifier: Verifier,
    pub(crate) now: UnixTime,
    trust: Trust,
}

/// A verdict, for people and for machines.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) json: Verdict,
}

impl Policy {
    /// Reads what the arguments name, and warns of what is odd in it.
    pub(crate) fn read(arguments: &args::Policy) -> Result<Self, Failure> {
        let now = clock::time(arguments.time.as_deref())?;
        let trust = match &arguments.ca {
            Some(bundle) => Trust::from_bundle(bundle)?,
            None => Trust::from_system()?,
        };
        warn(&trust.warnings);
        let compiled = validation(arguments, &trust)?
            .compile()
            .map_err(|invalid| Failure::of_validation(&invalid, arguments.validation.as_ref()))?;
        Ok(Self { sni: compiled.sni, verifier: compiled.verifier, now, trust })
    }

    /// One that was decided on before.
    pub(crate) const fn new(sni: DnsName, verifier: Verifier, now: UnixTime, trust: Trust) -> Self {
        Self { sni, verifier, now, trust }
    }

    pub(crate) fn judge<T: AsRef<[u8]>>(&self, leaf: &[u8], others: &[T]) -> Judgement {
        match self.verifier.verify(leaf, others, self.now) {
            Ok(verified) => Judgement {
                status: Status::Success,
                text: text::accepted(&verified),
                json: json::accepted(&verified, &self.trust),
            },
            Err(rejection) => Judgement {
                status: Status::Refused,
                text: text::refused(&rejection, &self.trust),
                json: json::refused(&rejection, &self.trust),
            },
        }
    }
}

impl Judgement {
    /// Policies name the backend, and are about nothing that it has.
    pub(crate) fn of_unattached(notes: &[Note]) -> Self {
        Self {
            status: Status::Refused,
            text: text::unattached(notes),
            json: json::unattached(notes),
        }
    }

    /// Of every handshake, by documents.
    pub(crate) fn of_refusal(policy: Option<&str>, refusal: &Refusal) -> Self {
        Self {
            status: Status::Refused,
            text: text::refused_by_documents(policy, refusal),
            json: json::refused_by_documents(refusal),
        }
    }
}

/// Only one file can be standard input.
pub(crate) fn check_standard_input(
    chain: Option<&Source>,
    arguments: &args::Policy,
) -> Result<(), Failure> {
    let sources = [chain, arguments.ca.as_ref(), arguments.validation.as_ref()];
    let sources = sources.into_iter().flatten().chain(&arguments.files);
    let from_stdin = sources.filter(|source| **source == Source::Stdin);
    let which = match chain {
        Some(_) => "CHAIN, --ca, --validation and -f",
        None => "--ca, --validation and -f",
    };
    match from_stdin.count() {
        0 | 1 => Ok(()),
        _ => {
            Err(Failure::of_use("usage", format!("only one of {which} can be - (standard input)")))
        }
    }
}

/// The stanza of the file, or of `--hostname` and `--san`.
fn validation(arguments: &args::Policy, trust: &Trust) -> Result<Validation, Failure> {
    let trust = trust.anchors.clone();
    if let Some(file) = &arguments.validation {
        return Validation::from_yaml(&file.read()?, trust)
            .map_err(|invalid| Failure::of_validation(&invalid, Some(file)));
    }
    let names = arguments.san.iter().map(|san| subject_alt_name(san));
    Ok(Validation {
        // One of the two is required.
        hostname: arguments.hostname.clone().unwrap_or_default(),
        subject_alt_names: names.collect::<Result<_, _>>()?,
        trust,
    })
}

fn subject_alt_name(argument: &str) -> Result<SubjectAltName, Failure> {
    match argument.split_once(':') {
        Some(("hostname", name)) => Ok(SubjectAltName::Hostname(name.into())),
        Some(("uri", uri)) => Ok(SubjectAltName::Uri(uri.into())),
        _ => {
            let shown = lastmile::Escaped::new(argument.as_bytes());
            let text = format!("--san: expected hostname:NAME or uri:URI, found \"{shown}\"");
            Err(Failure::of_use("usage", text))
        }
    }
}
