//! `lastmile resolve`: what policy documents decide, and the status of each policy.

use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::PolicyReport;
use lastmile_policy::Resolution;
use lastmile_policy::Target;
use serde::Serialize;

use crate::args::DocumentFormat;
use crate::args::Format;
use crate::args::ResolveDocuments;
use crate::clock;
use crate::documents;
use crate::failure::Failure;
use crate::output;
use crate::output::Status;
use crate::output::json::to_json;
use crate::output::warn;

pub(crate) fn run(arguments: &ResolveDocuments) -> Status {
    let format = match arguments.format {
        DocumentFormat::Json => Format::Json,
        DocumentFormat::Text | DocumentFormat::Yaml => Format::Text,
    };
    resolve(arguments).unwrap_or_else(|failure| output::fail(&failure, format))
}

fn resolve(arguments: &ResolveDocuments) -> Result<Status, Failure> {
    let now = clock::time(arguments.time.as_deref())?;
    let documents = documents::read(&arguments.files)?;
    let faults: Vec<String> = documents.faults().iter().map(ToString::to_string).collect();
    for fault in &faults {
        output::complain_of(fault);
    }
    let (well_known, warnings) = documents::well_known(&documents)?;
    warn(&warnings);
    let mut resolver = documents.resolver(&well_known);
    let targets = match arguments.target.as_slice() {
        [] => resolver.targets(),
        targets => targets.to_vec(),
    };
    let resolutions: Vec<(Target, Resolution)> = targets
        .into_iter()
        .map(|target| {
            let resolution = resolver.resolve(&target);
            (target, resolution)
        })
        .collect();
    let reports = resolver.reports(&arguments.controller_name, now);
    let printed = match arguments.format {
        DocumentFormat::Text => text(&resolutions, &reports),
        DocumentFormat::Json => to_json(&All::new(&resolutions, &reports, &documents)),
        DocumentFormat::Yaml => yaml(&reports),
    };
    if arguments.format == DocumentFormat::Text {
        warn(&all_warnings(&resolutions, &reports));
    }
    let status = if !faults.is_empty() {
        Status::NoVerdict
    } else if reports.iter().all(PolicyReport::is_accepted) {
        Status::Success
    } else {
        Status::Refused
    };
    Ok(output::print_text(printed.trim_end(), status))
}

/// A table of the targets, and one of the policies.
fn text(resolutions: &[(Target, Resolution)], reports: &[PolicyReport]) -> String {
    let mut targets = vec![["TARGET", "DECISION", "POLICY", "SNI"].map(str::to_owned).to_vec()];
    targets.extend(resolutions.iter().map(|(target, resolution)| {
        let shown = Decided::new(target, resolution);
        let dash = || "-".to_owned();
        vec![
            shown.target,
            shown.decision.to_owned(),
            shown.policy.unwrap_or_else(dash),
            shown.sni.unwrap_or_else(dash),
        ]
    }));
    let mut policies =
        vec![["POLICY", "ACCEPTED", "RESOLVEDREFS", "MESSAGE"].map(str::to_owned).to_vec()];
    policies.extend(reports.iter().map(|report| {
        let condition = |holds: bool, reason: &str| match holds {
            true => "True".to_owned(),
            false => format!("False ({reason})"),
        };
        let (accepted, resolved_refs) = (report.accepted(), report.resolved_refs());
        let message = match (report.is_accepted(), report.has_resolved_refs()) {
            (false, _) => accepted.1,
            (true, false) => resolved_refs.1,
            (true, true) => "",
        };
        vec![
            name(report),
            condition(report.is_accepted(), accepted.0),
            condition(report.has_resolved_refs(), resolved_refs.0),
            message.to_owned(),
        ]
    }));
    format!("{}\n{}", table(&targets), table(&policies))
}

/// Columns with two spaces between them; the last is as long as it is.
fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column)))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A stream of the policies with their statuses.
fn yaml(reports: &[PolicyReport]) -> String {
    let documents: Vec<String> = reports.iter().map(|report| report.policy().to_yaml()).collect();
    documents.join("---\n")
}

fn all_warnings(resolutions: &[(Target, Resolution)], reports: &[PolicyReport]) -> Vec<String> {
    let of_policies = reports.iter().flat_map(|report| {
        let name = name(report);
        report.warnings().iter().map(move |warning| format!("{name}: {warning}"))
    });
    let of_targets = resolutions.iter().flat_map(|(target, resolution)| {
        // Those of its policy are told with the policy.
        let own = resolution.warnings().iter();
        own.filter(|warning| warning.contains("insecureSkipVerify"))
            .map(move |warning| format!("{target}: {warning}"))
    });
    of_policies.chain(of_targets).collect()
}

fn name(report: &PolicyReport) -> String {
    let metadata = &report.policy().metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    let escaped = |text: &str| lastmile::Escaped::new(text.as_bytes()).to_string();
    format!("{}/{}", escaped(metadata.namespace_or_default()), escaped(name))
}

#[derive(Serialize)]
struct All {
    targets: Vec<Decided>,
    policies: Vec<Judged>,
    passed_over: usize,
}

impl All {
    fn new(
        resolutions: &[(Target, Resolution)],
        reports: &[PolicyReport],
        documents: &Documents,
    ) -> Self {
        let decided =
            |(target, resolution): &(Target, Resolution)| Decided::new(target, resolution);
        Self {
            targets: resolutions.iter().map(decided).collect(),
            policies: reports.iter().map(Judged::new).collect(),
            passed_over: documents.passed_over().len(),
        }
    }
}

/// A decision, for machines.
#[derive(Serialize)]
struct Decided {
    target: String,
    /// `verify`, `refuse`, `skip-verification` or `no-policy`.
    decision: &'static str,
    policy: Option<String>,
    sni: Option<String>,
    names: Vec<String>,
    reason: Option<&'static str>,
    message: Option<String>,
    warnings: Vec<String>,
}

impl Decided {
    fn new(target: &Target, resolution: &Resolution) -> Self {
        let empty = Self {
            target: target.to_string(),
            decision: "no-policy",
            policy: resolution.policy().map(str::to_owned),
            sni: None,
            names: Vec::new(),
            reason: None,
            message: None,
            warnings: resolution.warnings().to_vec(),
        };
        match resolution.decision() {
            Decision::NoPolicy => empty,
            Decision::Refuse(refusal) => Self {
                decision: "refuse",
                reason: Some(refusal.reason()),
                message: Some(refusal.to_string()),
                ..empty
            },
            Decision::SkipVerification { sni } => Self {
                decision: "skip-verification",
                sni: sni.as_ref().map(|sni| sni.as_str().to_owned()),
                ..empty
            },
            Decision::Verify { sni, verifier } => Self {
                decision: "verify",
                sni: Some(sni.as_str().to_owned()),
                names: verifier.names().iter().map(ToString::to_string).collect(),
                ..empty
            },
        }
    }
}

/// What is said of a policy, for machines.
#[derive(Serialize)]
struct Judged {
    policy: String,
    accepted: Condition,
    resolved_refs: Condition,
    ancestors: usize,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Condition {
    status: bool,
    reason: &'static str,
    message: String,
}

impl Judged {
    fn new(report: &PolicyReport) -> Self {
        let condition = |status, (reason, message): (&'static str, &str)| Condition {
            status,
            reason,
            message: message.to_owned(),
        };
        Self {
            policy: name(report),
            accepted: condition(report.is_accepted(), report.accepted()),
            resolved_refs: condition(report.has_resolved_refs(), report.resolved_refs()),
            ancestors: report.policy().status.as_ref().map_or(0, |status| status.ancestors.len()),
            warnings: report.warnings().to_vec(),
        }
    }
}
