//! `lastmile verify`: one chain, one policy, one verdict.

use lastmile_policy::SubjectAltName;
use lastmile_policy::Validation;

use crate::args::Verify;
use crate::chain::Chain;
use crate::clock;
use crate::failure::Failure;
use crate::input::Source;
use crate::output::Report;
use crate::output::Status;
use crate::output::json;
use crate::output::text;
use crate::output::warn;
use crate::trust::Trust;

pub(crate) fn run(arguments: &Verify) -> Result<Report, Failure> {
    check_standard_input(arguments)?;
    let now = clock::time(arguments.time.as_deref())?;
    let chain = Chain::read(&arguments.chain)?;
    warn(&chain.warnings);
    let trust = match &arguments.ca {
        Some(bundle) => Trust::from_bundle(bundle)?,
        None => Trust::from_system()?,
    };
    warn(&trust.warnings);
    let validation = validation(arguments, &trust)?;
    let compiled = validation
        .compile()
        .map_err(|invalid| Failure::of_validation(&invalid, arguments.validation.as_ref()))?;
    Ok(match compiled.verifier.verify(&chain.leaf.der, &chain.others, now) {
        Ok(verified) => Report {
            status: Status::Success,
            text: text::accepted(&verified),
            json: json::accepted(&verified, &trust),
            format: arguments.format,
        },
        Err(rejection) => Report {
            status: Status::Refused,
            text: text::refused(&rejection, &trust),
            json: json::refused(&rejection, &trust),
            format: arguments.format,
        },
    })
}

fn check_standard_input(arguments: &Verify) -> Result<(), Failure> {
    let sources = [Some(&arguments.chain), arguments.ca.as_ref(), arguments.validation.as_ref()];
    let from_stdin = sources.into_iter().flatten().filter(|source| **source == Source::Stdin);
    match from_stdin.count() {
        0 | 1 => Ok(()),
        _ => Err(Failure::of_use(
            "usage",
            "only one of CHAIN, --ca and --validation can be - (standard input)",
        )),
    }
}

/// The stanza of the file, or of `--hostname` and `--san`.
fn validation(arguments: &Verify, trust: &Trust) -> Result<Validation, Failure> {
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
