//! The mistakes that operators make, and what the command line says of each, to the word.
//!
//! `BLESS=1 cargo test -p lastmile-cli --test mistakes` writes the texts anew, to be read aloud
//! before they are committed: the cause comes first, then every other cause, then a next step that
//! is right.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use lastmile_testdata::case;

mod authorities;
mod files;
mod names;
mod presented;
mod times;
mod trust;
mod world;

#[path = "../support/mod.rs"]
mod support;

/// What an operator has in front of them.
#[derive(Clone)]
struct Mistake {
    name: &'static str,
    /// What went wrong, in the operator's words.
    about: &'static str,
    chain: Vec<u8>,
    bundle: Vec<u8>,
    /// The arguments that say which names are expected.
    names: Vec<&'static str>,
}

impl Mistake {
    /// Certificates in PEM, and the hostname `backend.example.com`.
    fn new(
        name: &'static str,
        about: &'static str,
        chain: &[&Vec<u8>],
        bundle: &[&Vec<u8>],
    ) -> Self {
        let pem = |certificates: &[&Vec<u8>]| {
            let certificates: Vec<Vec<u8>> = certificates.iter().copied().cloned().collect();
            case::certificates(&certificates).into_bytes()
        };
        let names = vec!["--hostname", world::HOST];
        Self { name, about, chain: pem(chain), bundle: pem(bundle), names }
    }

    fn hostname(self, hostname: &'static str) -> Self {
        Self { names: vec!["--hostname", hostname], ..self }
    }

    /// Beside the hostname, which is SNI only then.
    fn san(mut self, san: &'static str) -> Self {
        self.names.extend(["--san", san]);
        self
    }

    fn chain_file(self, chain: impl Into<Vec<u8>>) -> Self {
        Self { chain: chain.into(), ..self }
    }

    fn bundle_file(self, bundle: impl Into<Vec<u8>>) -> Self {
        Self { bundle: bundle.into(), ..self }
    }
}

fn mistakes() -> Vec<Mistake> {
    [
        trust::mistakes(),
        presented::mistakes(),
        names::mistakes(),
        times::mistakes(),
        authorities::mistakes(),
        files::mistakes(),
    ]
    .concat()
}

#[test]
fn every_mistake_is_explained() {
    let mistakes = mistakes();
    assert!(mistakes.len() >= 25, "only {} mistakes", mistakes.len());
    let bless = std::env::var_os("BLESS").is_some();
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/texts");
    let mut faults = Vec::new();
    for mistake in &mistakes {
        let found = explain(mistake);
        let file = texts.join(mistake.name).with_extension("txt");
        if bless {
            fs::write(&file, &found).expect("the text is written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected != found {
            faults.push(format!("{}: expected\n{expected}\nfound\n{found}", mistake.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let written = fs::read_dir(&texts).expect("the folder of texts").count();
    assert_eq!(written, mistakes.len(), "a text without its mistake");
}

/// The command, what it printed, and how it ended.
fn explain(mistake: &Mistake) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(mistake.name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("chain.pem"), &mistake.chain).expect("the chain is written");
    fs::write(folder.join("ca.crt"), &mistake.bundle).expect("the bundle is written");
    let mut arguments = vec!["verify", "chain.pem", "--ca", "ca.crt"];
    arguments.extend(&mistake.names);
    let mut command = support::command();
    command.current_dir(&folder).args(&arguments).args(["--time", "2026-06-01T00:00:00Z"]);
    let said = support::said(&mut command, b"");
    let status = said.status.expect("it ends by itself");
    format!(
        "# {}\n\n$ lastmile {}\n{}{}exit status {status}\n",
        mistake.about,
        arguments.join(" "),
        said.stderr,
        said.stdout
    )
}
