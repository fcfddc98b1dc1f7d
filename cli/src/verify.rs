//! `lastmile verify`: one chain, one policy, one verdict.

use crate::args::Verify;
use crate::chain::Chain;
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
    let policy = Policy::read(&arguments.policy)?;
    let judgement = policy.judge(&chain.leaf.der, &chain.others);
    Ok(Report {
        status: judgement.status,
        heading: String::new(),
        text: judgement.text,
        json: to_json(&judgement.json),
        format: arguments.format,
    })
}
