//! Each folder of `testdata/policy`: what its documents decide, and the statuses, word for word.
//!
//! `BLESS=1` writes `decision.txt` and `status.yaml` anew.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Note;
use lastmile_policy::PolicyReport;
use lastmile_policy::Resolution;
use lastmile_policy::Resolver;
use lastmile_policy::SystemAnchors;
use lastmile_policy::Target;
use lastmile_policy::api::BackendTlsPolicy;

#[test]
fn every_folder_decides_what_stands_in_it() {
    let bless = env::var_os("BLESS").is_some();
    let mut faults = Vec::new();
    let folders = Folder::all();
    for folder in &folders {
        let files = names(&folder.path);
        for extra in files.iter().filter(|file| ![IN, DECISION, STATUS].contains(&file.as_str())) {
            faults.push(format!("{}/{extra} belongs to nothing; remove it", folder.name));
        }
        let found = folder.decide(&folder.read_whole(), NOW);
        for (file, found) in [(DECISION, found.decision), (STATUS, found.status)] {
            let path = folder.path.join(file);
            if bless {
                fs::write(&path, found).expect("the folder can be written");
                continue;
            }
            match fs::read_to_string(&path) {
                Err(error) => faults.push(format!("{}/{file}: {error}", folder.name)),
                Ok(committed) if committed == found => {}
                Ok(committed) => {
                    let difference = difference(&committed, &found);
                    faults.push(format!("{}/{file}:\n{difference}", folder.name));
                }
            }
        }
    }
    println!("{} folders", folders.len());
    assert!(folders.len() > 150, "only {} folders", folders.len());
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_order_of_the_documents_changes_anything() {
    for folder in Folder::all() {
        // Each document in a file of its own: its place is the same in every order.
        let pieces = folder.pieces();
        let decide = |order: &[usize]| {
            let mut documents = Documents::default();
            for at in order {
                documents.add_yaml(&format!("{}.yaml", at + 1), pieces[*at].as_bytes());
            }
            folder.decide(&documents, NOW)
        };
        let forward: Vec<usize> = (0..pieces.len()).collect();
        let expected = decide(&forward);
        for order in [reversed(&forward), shuffled(&forward, 1), shuffled(&forward, 2)] {
            let found = decide(&order);
            let is_same = found == expected;
            let difference = || {
                difference(&expected.decision, &found.decision)
                    + &difference(&expected.status, &found.status)
            };
            assert!(is_same, "{} in the order {order:?}:\n{}", folder.name, difference());
        }
    }
}

/// What the server refuses of a policy is in its fields, and never in the status that was written.
#[test]
fn every_status_is_read_back_as_the_server_would() {
    for folder in Folder::all() {
        let before = folder.read_whole();
        let refused: BTreeSet<String> = errors(&before).into_iter().map(|(name, _)| name).collect();
        let written = folder.decide(&before, NOW).status;
        let read = Documents::from_yaml(written.as_bytes());
        assert_eq!(read.faults(), [], "{}", folder.name);
        for (name, error) in errors(&read) {
            let is_old = refused.contains(&name) && !error.starts_with("status");
            assert!(is_old, "{}: {name}: {error}", folder.name);
        }
        // A policy with more than the API knows is written as its document was.
        let is_whole = read
            .policies()
            .iter()
            .all(|policy| policy.field_errors().is_empty() && policy.unknown_fields().is_empty());
        let again: Vec<String> =
            read.policies().iter().map(|policy| policy.object().to_yaml()).collect();
        assert!(!is_whole || again.join("---\n") == written, "{}", folder.name);
    }
}

/// The statuses are put into the documents, a day passes, and everything is as it was.
#[test]
fn what_was_written_is_not_written_again() {
    for folder in Folder::all() {
        let status = folder.decide(&folder.read_whole(), NOW).status;
        let statuses: BTreeMap<String, String> = split(&status)
            .into_iter()
            .filter_map(|piece| Some((name_of(&piece)?, status_of(&piece).to_owned())))
            .collect();
        let pieces = folder.pieces().into_iter().map(|piece| {
            let status = name_of(&piece).and_then(|name| statuses.get(&name));
            status.map_or(piece.clone(), |status| {
                piece[..piece.len() - status_of(&piece).len()].to_owned() + status
            })
        });
        let text = pieces.collect::<Vec<_>>().join("---\n");
        let mut documents = Documents::default();
        documents.add_yaml(IN, text.as_bytes());
        let found = folder.decide(&documents, NOW + 86_400).status;
        // Where several documents differ, the message has their lines, which have moved.
        let without_lines = |text: &str| {
            text.split(IN).map(|part| part.trim_start_matches(LINE)).collect::<String>()
        };
        let (expected, found) = (without_lines(&status), without_lines(&found));
        assert!(expected == found, "{}:\n{}", folder.name, difference(&expected, &found));
    }
}

/// Whoever takes the written policy in the place of the one that was read gets the same decision.
#[test]
fn what_was_written_means_what_was_read() {
    let mut faults = Vec::new();
    // Of documents that differ, one is written.
    for folder in Folder::all().iter().filter(|folder| !folder.name.contains("policy-differs")) {
        let written = folder.decide(&folder.read_whole(), NOW).status;
        let mut others = folder.pieces();
        others.retain(|piece| name_of(piece).is_none());
        let text = format!("{written}---\n{}", others.join("---\n"));
        let again = folder.decide(&Documents::from_yaml(text.as_bytes()), NOW).status;
        let (before, after) = (reasons(&written), reasons(&again));
        if before != after {
            faults.push(format!("{}:\n{}", folder.name, difference(&before, &after)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A folder, and what is asked in its head.
struct Folder {
    name: String,
    path: PathBuf,
    text: String,
    system: SystemAnchors,
    asked: Vec<Target>,
}

/// What was decided, as text.
#[derive(PartialEq, Eq)]
struct Decided {
    decision: String,
    status: String,
}

impl Folder {
    fn all() -> Vec<Self> {
        let root = testdata().join("policy");
        names(&root).into_iter().map(|name| Self::read(&root, name)).collect()
    }

    fn read(root: &Path, name: String) -> Self {
        let path = root.join(&name);
        let text = fs::read_to_string(path.join(IN));
        let text = text.unwrap_or_else(|error| panic!("{name}/{IN}: {error}"));
        let mut asked = Vec::new();
        let mut system = SystemAnchors::none();
        let mut is_about_something = false;
        let head = text.lines().map_while(|line| line.strip_prefix("# "));
        for (key, value) in head.filter_map(|line| line.split_once(": ")) {
            match key {
                "about" => is_about_something = true,
                "ask" => asked.push(value.parse().expect("a target")),
                "system" => {
                    let roots = fs::read(testdata().join(value)).expect("the roots are there");
                    system = SystemAnchors::new(TrustAnchors::from_pem(&roots).expect("roots"));
                }
                key => panic!("{name}/{IN}: {key} is not known"),
            }
        }
        assert!(is_about_something, "{name}/{IN} does not say what it is about");
        Self { name, path, text, system, asked }
    }

    fn read_whole(&self) -> Documents {
        let mut documents = Documents::default();
        documents.add_yaml(IN, self.text.as_bytes());
        documents
    }

    fn pieces(&self) -> Vec<String> {
        split(&self.text)
    }

    fn decide(&self, documents: &Documents, now: u64) -> Decided {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        let mut resolver = documents.resolver(&self.system, now).build();
        let reports = resolver.reports();
        let mut decision = String::new();
        for target in self.targets(&resolver) {
            decision.push_str(&target_text(&target, &resolver.resolve(&target), &reports));
        }
        decision.extend(reports.iter().map(report_text));
        // In the order of reading, which is no matter.
        let mut others: Vec<String> = documents
            .passed_over()
            .iter()
            .map(|one| format!("passed over  {} {}\n", one.kind(), one.name().unwrap_or("-")))
            .collect();
        others.extend(documents.faults().iter().map(|fault| format!("not read  {fault}\n")));
        others.sort();
        decision.extend(others);
        let status: Vec<String> = reports.iter().map(|report| report.to_yaml()).collect();
        Decided { decision, status: status.join("---\n") }
    }

    fn targets(&self, resolver: &Resolver<'_>) -> BTreeSet<Target> {
        resolver.targets().into_iter().chain(self.asked.iter().cloned()).collect()
    }
}

fn target_text(target: &Target, resolution: &Resolution, reports: &[PolicyReport]) -> String {
    let policy = resolution.policy().map(|policy| format!("  policy={policy}"));
    let policy = policy.unwrap_or_default();
    let mut text = match resolution.decision() {
        Decision::NoPolicy => format!("{target}  no policy\n"),
        Decision::Refuse(refusal) => {
            format!("{target}  refuse {}{policy}\n  {refusal}\n", refusal.reason())
        }
        Decision::SkipVerification { sni } => {
            let sni = sni.as_ref().map_or("none", |sni| sni.as_str());
            format!("{target}  skip{policy}  sni={sni}\n")
        }
        Decision::Verify { sni, verifier } => {
            let names: Vec<String> = verifier.names().iter().map(ToString::to_string).collect();
            let (sni, names) = (sni.as_str(), names.join(","));
            let count = verifier.anchors().len();
            let anchors = (0..count).map(|index| anchor_text(resolution, index));
            let anchors = anchors.collect::<String>();
            format!("{target}  verify{policy}  sni={sni}  names={names}\n{anchors}")
        }
    };
    // Those of the policy stand with the policy.
    let told: Vec<&Note> = reports.iter().flat_map(PolicyReport::warnings).collect();
    for warning in resolution.warnings().iter().filter(|warning| !told.contains(warning)) {
        writeln!(text, "  warning: {warning}").expect("a string takes every text");
    }
    text
}

fn anchor_text(resolution: &Resolution, index: usize) -> String {
    match resolution.anchor_source(index) {
        None => "  anchor: a root of the system\n".into(),
        Some(source) => {
            let block = source.block().map_or_else(|| "-".into(), |block| block.to_string());
            format!("  anchor: {}: {}, block {block}\n", source.place(), source.bundle())
        }
    }
}

fn report_text(report: &PolicyReport) -> String {
    let condition = |holds: bool, (reason, message): (&str, &str)| {
        let status = if holds { "True" } else { "False" };
        format!("{status} {reason}: {message}")
    };
    let mut text = format!(
        "policy {}\n  Accepted={}\n  ResolvedRefs={}\n",
        full_name(report.policy()),
        condition(report.is_accepted(), report.accepted()),
        condition(report.has_resolved_refs(), report.resolved_refs()),
    );
    let faults = report.faults().iter().map(|fault| format!("  fault: {fault}\n"));
    let warnings = report.warnings().iter().map(|warning| format!("  warning: {warning}\n"));
    text.extend(faults.chain(warnings));
    for ancestor in report.left_out() {
        writeln!(text, "  left out: {}", ancestor.name).expect("a string takes every text");
    }
    text
}

/// The name of each policy with what the server refuses of it.
fn errors(documents: &Documents) -> Vec<(String, String)> {
    let policies = documents.policies().iter();
    let errors = policies.flat_map(|policy| {
        let name = full_name(policy.object());
        policy.field_errors().iter().map(move |error| (name.clone(), error.to_string()))
    });
    errors.collect()
}

/// The documents of a stream; a line of three hyphens stands between two.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match (line, pieces.last_mut()) {
            ("---\n", _) => pieces.push(String::new()),
            (line, Some(piece)) => piece.push_str(line),
            (_, None) => unreachable!("there is always one"),
        }
    }
    pieces
}

/// Namespace and name of the policy in a document that holds one.
fn name_of(piece: &str) -> Option<String> {
    let documents = Documents::from_yaml(piece.as_bytes());
    Some(full_name(documents.policies().first()?.object()))
}

fn full_name(policy: &BackendTlsPolicy) -> String {
    let metadata = &policy.metadata;
    format!("{}/{}", metadata.namespace_or_default(), metadata.name.as_deref().unwrap_or_default())
}

/// The statuses and the reasons of the conditions.
fn reasons(text: &str) -> String {
    let is_one = |line: &&str| ["status: ", "reason: "].iter().any(|key| line.contains(key));
    text.lines().filter(is_one).map(|line| format!("{line}\n")).collect()
}

/// `status` of a document, which is its end.
fn status_of(piece: &str) -> &str {
    piece.find("\nstatus:").map_or("", |at| &piece[at + 1..])
}

fn reversed(order: &[usize]) -> Vec<usize> {
    order.iter().rev().copied().collect()
}

/// The same order for the same seed.
fn shuffled(order: &[usize], seed: u64) -> Vec<usize> {
    let mut order = order.to_vec();
    let mut state = seed;
    for at in (1..order.len()).rev() {
        // Knuth's constants.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    order
}

/// The lines that differ, without those that both begin and end with.
fn difference(committed: &str, found: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (committed.lines().collect(), found.lines().collect());
    let start = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[start..], &after[start..]);
    let ends = before.iter().rev().zip(after.iter().rev());
    let end = ends.take_while(|(one, other)| one == other).count();
    let show = |sign: char, lines: &[&str]| -> String {
        lines.iter().map(|line| format!("  {sign} {line}\n")).collect()
    };
    show('-', &before[..before.len() - end]) + &show('+', &after[..after.len() - end])
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder can be listed").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

/// 2026-06-01.
const NOW: u64 = 1_780_272_000;

const IN: &str = "in.yaml";
const DECISION: &str = "decision.txt";
const STATUS: &str = "status.yaml";

/// What a place is made of, after the name of the file.
const LINE: [char; 24] = [
    ':', ' ', 'l', 'i', 'n', 'e', ',', 'c', 'o', 'u', 'm', '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ';', '(', ')',
];
