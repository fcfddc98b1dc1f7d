//! Policy documents from files, folders and standard input.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use lastmile_policy::Documents;
use lastmile_policy::SystemAnchors;

use crate::failure::Failure;
use crate::input::Source;
use crate::trust::Trust;

/// What was read, and what could not be.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) documents: Documents,
    /// A sentence for each file and each document that cannot be read, with its place. They harm
    /// no other.
    pub(crate) faults: Vec<String>,
}

/// Reads all of them.
///
/// # Errors
/// Not one file can be read.
pub(crate) fn read(sources: &[Source]) -> Result<Read, Failure> {
    let mut documents = Documents::default();
    let mut failures: Vec<Failure> = Vec::new();
    let mut any = false;
    for source in sources {
        let files = files(source).unwrap_or_else(|failure| {
            failures.push(failure);
            Vec::new()
        });
        for file in files {
            match file.read() {
                Ok(text) => documents.add_yaml(&file.to_string(), &text),
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            }
            any = true;
        }
    }
    if !any {
        if let Some(failure) = failures.into_iter().next() {
            return Err(failure);
        }
        return Ok(Read { documents, faults: Vec::new() });
    }
    let faults = failures.iter().map(ToString::to_string);
    let faults = faults.chain(documents.faults().iter().map(ToString::to_string)).collect();
    Ok(Read { documents, faults })
}

/// The roots of the system, if a policy or a backend asks for them.
pub(crate) fn system(documents: &Documents) -> Result<(SystemAnchors, Vec<String>), Failure> {
    let system = Some("System");
    let policies = documents.policies().iter();
    let asks = policies
        .map(|policy| policy.object().spec.validation.well_known_ca_certificates.as_deref())
        .chain(documents.backends().iter().map(|backend| {
            let settings = backend.object().spec.tls.as_ref();
            settings.and_then(|settings| settings.well_known_ca_certificates.as_deref())
        }))
        .any(|set| set == system);
    if !asks {
        return Ok((SystemAnchors::none(), Vec::new()));
    }
    let trust = Trust::from_system()?;
    Ok((SystemAnchors::new(trust.anchors), trust.warnings))
}

/// A folder is its YAML and JSON files, by name; folders in it are not read, as with kubectl.
fn files(source: &Source) -> Result<Vec<Source>, Failure> {
    let Source::File(path) = source else { return Ok(vec![source.clone()]) };
    if !path.is_dir() {
        return Ok(vec![source.clone()]);
    }
    let unreadable = |why: &str| {
        Failure::of_file("unreadable-file", source, None, format!("cannot be read: {why}"))
    };
    let entries = fs::read_dir(path).map_err(|error| unreadable(&error.to_string()))?;
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&error.to_string()))?.path();
        if path.is_file() && is_document(&path) {
            found.push(path);
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(unreadable("it has no files that end in .yaml, .yml or .json")),
        false => Ok(found.into_iter().map(Source::File).collect()),
    }
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}
