//! Documents of Kubernetes by what is special about them: the folders of `testdata/policy`.

use crate::pem;
use crate::quickstart;

mod ancestors;
mod backends;
mod bundles;
mod conflicts;
mod conformance;
mod duplicates;
mod fields;
mod references;
mod targets;
mod yaml;

/// One folder: documents, and what is asked about them.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// One sentence: what is special.
    pub about: String,
    /// Whether the roots of the system are loaded.
    pub system: bool,
    /// Targets to ask about beside those that the documents name.
    pub asked: Vec<&'static str>,
    /// The documents.
    pub documents: Vec<String>,
}

/// Every folder, in the order of its name.
pub fn all() -> Vec<Folder> {
    let mut folders = [
        ancestors::folders(),
        backends::folders(),
        bundles::folders(),
        conflicts::folders(),
        conformance::folders(),
        duplicates::folders(),
        fields::folders(),
        references::folders(),
        targets::folders(),
    ]
    .concat();
    folders.sort_by(|one, other| one.name.cmp(&other.name));
    folders
}

impl Folder {
    /// The path of the file inside the folder of policies, and its content.
    pub fn file(&self) -> (String, Vec<u8>) {
        let mut text = format!("# about: {}\n", self.about);
        if self.system {
            text.push_str(&format!("# system: {SYSTEM}\n"));
        }
        for target in &self.asked {
            text.push_str(&format!("# ask: {target}\n"));
        }
        text.push_str(&self.documents.join("---\n"));
        (format!("{}/in.yaml", self.name), text.into_bytes())
    }

    /// Asks about this target too.
    fn ask(mut self, target: &'static str) -> Self {
        self.asked.push(target);
        self
    }

    /// Loads the roots of the system.
    fn system(self) -> Self {
        Self { system: true, ..self }
    }
}

/// A folder of these documents.
fn folder(
    name: impl Into<String>,
    about: impl Into<String>,
    documents: impl IntoIterator<Item = String>,
) -> Folder {
    Folder {
        name: name.into(),
        about: about.into(),
        system: false,
        asked: Vec::new(),
        documents: documents.into_iter().collect(),
    }
}

/// The root that nearly every policy trusts, as PEM.
fn ca() -> String {
    let file = quickstart::files().into_iter().find(|(name, _)| *name == "ca.pem");
    file.map(|(_, content)| content).expect("the quickstart has a root")
}

fn certificate(der: &[u8]) -> String {
    pem::encode("CERTIFICATE", der)
}

/// What stands for the roots of the system, below `testdata/`.
const SYSTEM: &str = "quickstart/ca.pem";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_used_once() {
        let folders = all();
        let names = folders.iter().map(|folder| &folder.name).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), folders.len());
    }

    #[test]
    fn every_sentence_is_one_line() {
        for Folder { name, about, .. } in all() {
            assert!(about.ends_with('.') && !about.contains('\n'), "{name}: {about}");
        }
    }
}
