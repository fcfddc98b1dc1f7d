//! Reads the cases of `testdata/cases`; `testdata/README.md` describes the format.
#![allow(dead_code, reason = "each test that includes this file uses a part of it")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use lastmile::ExpectedNames;
use lastmile::InvalidBundle;
use lastmile::ReferenceName;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile::pem;

/// One folder of `testdata/cases`.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) now: UnixTime,
    pub(crate) names: ExpectedNames,
    pub(crate) expect: String,
    pub(crate) at: Option<String>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) bundle: Vec<u8>,
}

impl Case {
    /// The verifier of the case.
    pub(crate) fn verifier(&self) -> Result<Verifier, InvalidBundle> {
        let anchors = TrustAnchors::from_pem(&self.bundle)?;
        Ok(Verifier::builder(anchors, self.names.clone()).build())
    }

    pub(crate) fn leaf(&self) -> &[u8] {
        self.chain.first().map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn intermediates(&self) -> &[Vec<u8>] {
        self.chain.get(1..).unwrap_or_default()
    }

    fn read(folder: PathBuf) -> Self {
        let name = folder.file_name().expect("a folder").to_string_lossy().into_owned();
        let text = fs::read_to_string(folder.join("case.txt")).expect("case.txt");
        let values = |key: &str| -> Vec<&str> {
            text.lines()
                .filter_map(|line| line.split_once(": "))
                .filter(|(found, _)| *found == key)
                .map(|(_, value)| value.trim())
                .collect()
        };
        let one = |key: &str| values(key).first().copied();
        let required = |key: &str| one(key).unwrap_or_else(|| panic!("{name}: no {key}"));
        let now: jiff::Timestamp = required("now").parse().expect("RFC 3339");
        let now = u64::try_from(now.as_second()).expect("after 1970");
        let sans: Vec<ReferenceName> = values("san").into_iter().map(read_san).collect();
        let names = match ExpectedNames::try_from(sans) {
            Ok(names) => names,
            Err(_) => ExpectedNames::dns(required("hostname")).expect("a DNS name"),
        };
        let chain = fs::read(folder.join("chain.pem")).expect("chain.pem");
        let chain = pem::blocks(&chain)
            .map(|block| block.and_then(|block| block.decode()).expect("a certificate"))
            .collect();
        let bundle = fs::read(folder.join("ca.pem")).expect("ca.pem");
        Self {
            now: UnixTime::since_unix_epoch(Duration::from_secs(now)),
            names,
            expect: required("expect").to_string(),
            at: one("at").map(str::to_string),
            chain,
            bundle,
            name,
            folder,
        }
    }
}

fn read_san(san: &str) -> ReferenceName {
    match san.split_once(':') {
        Some(("hostname", name)) => ReferenceName::dns(name).expect("a DNS name"),
        Some(("uri", uri)) => ReferenceName::uri(uri).expect("a URI"),
        _ => panic!("{san}: hostname:NAME or uri:URI"),
    }
}

/// Every case, by name.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/cases");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).expect("cases").map(|entry| entry.expect("a folder").path()).collect();
    folders.sort();
    folders.into_iter().map(Case::read).collect()
}
