//! `lastmile verify`: one chain, one policy, one verdict.

use crate::args::Verify;
use crate::chain::Chain;
use crate::documents;
use crate::documents::Asked;
use crate::failure::Failure;
use crate::output::Report;
use crate::output::json::to_json;
use crate::output::warn;
use crate::policy::Policy;
use crate::policy::check_standard_input;

pub(crate) fn run(arguments: &Verify) -> Result<Report, Failure> {
    check_standard_input(Some(&arguments.chain), &arguments.policy)?;
    let chain = Chain::read(&arguments.chain)?;
    warn(&chain.warnings);
    let asked = match arguments.policy.files.as_slice() {
        [] => Asked::Policy(Box::new(Policy::read(&arguments.policy)?)),
        _ => documents::one(&arguments.policy)?,
    };
    let judgement = match asked {
        Asked::Policy(policy) => policy.judge(&chain.leaf.der, &chain.others),
        Asked::Refused(judgement) => *judgement,
        Asked::NoVerdict(code, why) => {
            let targets: Vec<String> =
                arguments.policy.target.iter().map(ToString::to_string).collect();
            return Err(Failure::of_use(code, format!("{}: {why}", targets.join(", "))));
        }
    };
    Ok(Report {
        status: judgement.status,
        heading: String::new(),
        text: judgement.text,
        json: to_json(&judgement.json),
        format: arguments.format,
    })
}
