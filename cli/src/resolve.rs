//! `lastmile resolve`: what policy documents decide, and the status of each policy.

use std::collections::BTreeMap;
use std::collections::HashSet;

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
use crate::documents::name;
use crate::documents::policies_passed_over;
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
        complain(&resolutions, &reports, &read.documents);
    }
    let is_refused = |(_, resolution): &(Target, Resolution)| {
        matches!(resolution.decision(), Decision::Refuse(_))
    };
    let status = if !read.faults.is_empty() {
        Status::NoVerdict
    } else if reports.iter().all(PolicyReport::is_accepted) && !resolutions.iter().any(is_refused) {
        Status::Success
    } else {
        Status::Refused
    };
    Ok(output::print_text(printed.trim_end(), status))
}

/// What is wrong, with its places, and what somebody should look at.
fn complain(resolutions: &[(Target, Resolution)], reports: &[PolicyReport], documents: &Documents) {
    let refused = reports.iter().filter(|report| !report.is_accepted());
    let faults = refused.flat_map(|report| about(name(report), report.faults()));
    let of_targets = resolutions.iter().flat_map(|(target, resolution)| {
        match (resolution.decision(), resolution.policy()) {
            // What its policy has against it is told with the policy.
            (Decision::Refuse(refusal), None) => about(target.to_string(), refusal.notes()),
            _ => Vec::new(),
        }
    });
    output::complain_of_all(faults.chain(of_targets));
    let mut told = HashSet::new();
    let accepted = reports.iter().filter(|report| report.is_accepted());
    let of_policies = accepted
        .flat_map(|report| about(name(report), report.faults()))
        .chain(reports.iter().flat_map(|report| about(name(report), report.warnings())));
    let mut loud: Vec<String> = policies_passed_over(documents).collect();
    let mut warnings: Vec<String> = Vec::new();
    warnings.extend(of_policies.filter(|warning| told.insert(warning.clone())));
    let unknown = documents.unknown_fields();
    warnings.extend(unknown.map(|field| format!("{}: {field}", field.place())));
    for (target, resolution) in resolutions {
        let who = resolution.policy().map_or_else(|| target.to_string(), str::to_owned);
        for warning in resolution.warnings() {
            let [text] = &about(who.clone(), std::slice::from_ref(warning))[..] else { continue };
            if told.insert(text.clone()) {
                let list = if warning.is_loud() { &mut loud } else { &mut warnings };
                list.push(text.clone());
            }
        }
    }
    output::warn_of_each(&loud);
    warn(&warnings);
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
            cut(message),
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
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.saturating_sub(1)).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if let Some(width) = widths.get(index) {
                let blanks = width.saturating_sub(cell.chars().count()).saturating_add(2);
                line.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What fits into a table; the whole stands on standard error.
fn cut(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message.to_owned(),
    }
}

const LONGEST_MESSAGE: usize = 240;

/// A stream of the policies with their statuses.
fn yaml(reports: &[PolicyReport]) -> String {
    let documents: Vec<String> = reports.iter().map(|report| report.to_yaml()).collect();
    documents.join("---\n")
}

/// `policies.yaml: line 3, column 5: shop/backend: …`
fn about(name: String, notes: &[Note]) -> Vec<String> {
    let line = |note: &Note| match note.place() {
        Some(place) => format!("{place}: {name}: {}", note.message()),
        None => format!("{name}: {}", note.message()),
    };
    notes.iter().map(line).collect()
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
