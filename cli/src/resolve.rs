//! `lastmile resolve`: what policy documents decide, and the status of each policy.

use std::collections::BTreeMap;

use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Note;
use lastmile_policy::Place;
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
use crate::input::Source;
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
    let read = documents::read(&arguments.files)?;
    for fault in &read.faults {
        output::complain_of(&fault.to_string());
    }
    let (system, warnings) = documents::system(&read.documents)?;
    warn(&warnings);
    let mut resolver = read
        .documents
        .resolver(&system, now)
        .controller_name(arguments.controller_name.clone())
        .fallback_keys(arguments.fallback_keys)
        .build();
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
    let reports = resolver.reports();
    let printed = match arguments.format {
        DocumentFormat::Text => text(&resolutions, &reports, &read.documents),
        DocumentFormat::Json => to_json(&All::new(&resolutions, &reports, &read)),
        DocumentFormat::Yaml => yaml(&reports),
    };
    if arguments.format != DocumentFormat::Json {
        for fault in faults(&reports) {
            output::complain_of(&fault);
        }
        warn(&all_warnings(&resolutions, &reports));
    }
    let status = if !read.faults.is_empty() {
        Status::NoVerdict
    } else if reports.iter().all(PolicyReport::is_accepted) {
        Status::Success
    } else {
        Status::Refused
    };
    Ok(output::print_text(printed.trim_end(), status))
}

/// A table of the targets, and one of the policies.
fn text(
    resolutions: &[(Target, Resolution)],
    reports: &[PolicyReport],
    documents: &Documents,
) -> String {
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
    let mut text = format!("{}\n{}", table(&targets), table(&policies));
    if !documents.passed_over().is_empty() {
        text.push_str(&format!("\npassed over: {}\n", passed_over(documents)));
    }
    text
}

/// Objects of other kinds, counted: `3 Deployment, 1 Pod`.
fn passed_over(documents: &Documents) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for object in documents.passed_over() {
        let count = counts.entry(object.kind()).or_default();
        *count = count.saturating_add(1);
    }
    let counts: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    counts.join(", ")
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

/// What is wrong with policies that are not accepted, with its places. What is wrong with others
/// refuses nothing, and is a warning.
fn faults(reports: &[PolicyReport]) -> Vec<String> {
    let refused = reports.iter().filter(|report| !report.is_accepted());
    refused.flat_map(|report| about(report, report.faults())).collect()
}

fn all_warnings(resolutions: &[(Target, Resolution)], reports: &[PolicyReport]) -> Vec<String> {
    let mut warnings = Vec::new();
    for report in reports {
        let faults = if report.is_accepted() { report.faults() } else { &[] };
        warnings.extend(about(report, faults).chain(about(report, report.warnings())));
    }
    let notes = |report: &'_ PolicyReport| -> Vec<Note> {
        report.faults().iter().chain(report.warnings()).cloned().collect()
    };
    let told: Vec<Note> = reports.iter().flat_map(notes).collect();
    for (target, resolution) in resolutions {
        // Those of its policy are told with the policy.
        let own = resolution.warnings().iter().filter(|warning| !told.contains(warning));
        warnings.extend(own.map(|warning| match warning.place() {
            Some(place) => format!("{place}: {target}: {}", warning.message()),
            None => format!("{target}: {}", warning.message()),
        }));
    }
    warnings
}

/// `policies.yaml: line 3, column 5: shop/backend: …`
fn about(report: &PolicyReport, notes: &[Note]) -> impl Iterator<Item = String> {
    let name = name(report);
    notes.iter().map(move |note| match note.place() {
        Some(place) => format!("{place}: {name}: {}", note.message()),
        None => format!("{name}: {}", note.message()),
    })
}

fn name(report: &PolicyReport) -> String {
    let metadata = &report.policy().metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    let escaped = |text: &str| lastmile::Escaped::new(text.as_bytes()).to_string();
    format!("{}/{}", escaped(metadata.namespace_or_default()), escaped(name))
}

#[derive(Serialize)]
struct All<'a> {
    targets: Vec<Decided>,
    policies: Vec<Judged>,
    passed_over: Vec<PassedOver<'a>>,
    /// Documents that cannot be read.
    faults: Vec<Told>,
}

impl<'a> All<'a> {
    fn new(
        resolutions: &[(Target, Resolution)],
        reports: &[PolicyReport],
        read: &'a documents::Read,
    ) -> Self {
        let decided =
            |(target, resolution): &(Target, Resolution)| Decided::new(target, resolution);
        let passed_over = read.documents.passed_over().iter().map(|object| PassedOver {
            api_version: object.api_version(),
            kind: object.kind(),
            name: object.name(),
            file: object.place().file(),
            line: object.place().position().map(|position| position.line),
        });
        Self {
            targets: resolutions.iter().map(decided).collect(),
            policies: reports.iter().map(Judged::new).collect(),
            passed_over: passed_over.collect(),
            faults: read.faults.iter().map(Told::of_failure).collect(),
        }
    }
}

/// An object of a kind that is not needed, for machines.
#[derive(Serialize)]
struct PassedOver<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u64>,
}

/// A sentence and its place, for machines.
#[derive(Serialize)]
struct Told {
    message: String,
    file: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
}

impl Told {
    fn all(notes: &[Note]) -> Vec<Self> {
        notes.iter().map(Self::new).collect()
    }

    fn of_failure(failure: &Failure) -> Self {
        Self {
            message: failure.to_string(),
            file: failure.file.as_ref().map(Source::argument),
            line: failure.line(),
            column: None,
        }
    }

    fn new(note: &Note) -> Self {
        let place = note.place();
        let position = place.and_then(Place::position);
        Self {
            message: note.message().to_owned(),
            file: place.and_then(Place::file).map(str::to_owned),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
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
    warnings: Vec<Told>,
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
            warnings: Told::all(resolution.warnings()),
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
    faults: Vec<Told>,
    warnings: Vec<Told>,
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
            faults: Told::all(report.faults()),
            warnings: Told::all(report.warnings()),
        }
    }
}
