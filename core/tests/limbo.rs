//! Runs the [x509-limbo](https://x509-limbo.com) suite.
//!
//! `LIMBO=FILE[:FILE…] cargo test --release -p lastmile --test limbo -- --nocapture`, where a
//! file is `limbo.json` or `limbo.json.gz`, by an absolute path or one from the workspace's root.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;

use flate2::read::GzDecoder;
use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile::pem;
use serde::Deserialize;

fn main() -> ExitCode {
    let Some(files) = std::env::var("LIMBO").ok().filter(|files| !files.is_empty()) else {
        println!("limbo: not run: LIMBO names no file (LIMBO=limbo.json.gz cargo test …)");
        return ExitCode::SUCCESS;
    };
    match run(&files) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("limbo: cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The number of tests that failed.
fn run(files: &str) -> Result<usize, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let exceptions = read_exceptions(&root.join("testdata/limbo/exceptions.txt"))?;
    let mut failed = 0;
    for file in files.split(':') {
        let suite = read_suite(&root.join(file)).map_err(|error| format!("{file}: {error}"))?;
        failed += run_suite(file, &suite, &exceptions);
    }
    Ok(failed)
}

fn run_suite(file: &str, suite: &Suite, exceptions: &BTreeMap<String, String>) -> usize {
    let (mut matched, mut excepted, mut skipped, mut failed) = (0, 0, 0, 0);
    for test in &suite.testcases {
        if let Some(reason) = test.skipped() {
            skipped += 1;
            println!("limbo: SKIPPED {} {reason}", test.id);
            continue;
        }
        let (verdict, time) = timed(|| test.verdict());
        let is_match = verdict.is_ok() == (test.expected_result == "SUCCESS");
        match (is_match, exceptions.get(&test.id)) {
            (true, None) => matched += 1,
            (false, Some(reason)) => {
                excepted += 1;
                println!("limbo: EXCEPTED {} {reason}", test.id);
            }
            (true, Some(_)) => {
                failed += 1;
                println!("limbo: STALE {}", test.id);
            }
            (false, None) => {
                failed += 1;
                let got = match &verdict {
                    Ok(()) => "ACCEPT -".to_string(),
                    Err(code) => format!("REJECT {code}"),
                };
                let expected = &test.expected_result;
                println!("limbo: FAIL {} expected={expected} got={got}", test.id);
            }
        }
        // Milliseconds mean something in a release build only.
        if test.id.starts_with("pathological::") && !cfg!(debug_assertions) {
            println!("limbo: TIME {} ms={:.3}", test.id, time.as_secs_f64() * 1e3);
            if time > PATHOLOGICAL {
                failed += 1;
                matched -= usize::from(is_match);
                println!("limbo: SLOW {} limit_ms={}", test.id, PATHOLOGICAL.as_millis());
            }
        }
    }
    let total = suite.testcases.len();
    println!(
        "limbo: {file} total={total} matched={matched} excepted={excepted} skipped={skipped} failed={failed}"
    );
    failed
}

/// No hostile chain of the suite may take longer, anchors and signatures included.
const PATHOLOGICAL: Duration = Duration::from_millis(5);

/// The result, and the least time of three: the machine may be busy.
fn timed<T>(mut run: impl FnMut() -> T) -> (T, Duration) {
    let mut once = || {
        let start = Instant::now();
        let result = run();
        (result, start.elapsed())
    };
    let (result, mut time) = once();
    if time > PATHOLOGICAL {
        time = time.min(once().1).min(once().1);
    }
    (result, time)
}

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Testcase>,
}

#[derive(Deserialize)]
struct Testcase {
    id: String,
    #[serde(default)]
    features: Option<Vec<String>>,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    #[serde(default)]
    validation_time: Option<String>,
    expected_result: String,
    #[serde(default)]
    expected_peer_name: Option<PeerName>,
    #[serde(default)]
    max_chain_depth: Option<u32>,
}

#[derive(Deserialize)]
struct PeerName {
    kind: String,
    value: String,
}

impl Testcase {
    fn skipped(&self) -> Option<&'static str> {
        let features = self.features.as_deref().unwrap_or_default();
        if features.iter().any(|feature| feature == "has-crl") {
            Some("has-crl: revocation is not implemented")
        } else if self.validation_kind != "SERVER" {
            Some("CLIENT: only servers are verified")
        } else if self.expected_peer_name.is_none() {
            Some("no peer name: a policy always has one")
        } else {
            None
        }
    }

    /// The code of the refusal, if it is one.
    fn verdict(&self) -> Result<(), String> {
        let name = self.expected_peer_name.as_ref().ok_or("no-name")?;
        let names = match name.kind.as_str() {
            "DNS" => ExpectedNames::dns(&name.value).map_err(|_| "invalid-name")?,
            "IP" => ExpectedNames::ip(name.value.parse().map_err(|_| "invalid-name")?),
            _ => return Err("unsupported-name".into()),
        };
        let bundle = self.trusted_certs.concat();
        let anchors =
            TrustAnchors::from_pem(bundle.as_bytes()).map_err(|invalid| invalid.code())?;
        let mut limits = Limits::default();
        limits.intermediates = self.max_chain_depth.unwrap_or(limits.intermediates);
        let verifier = Verifier::builder(anchors, names).limits(limits).build();
        let leaf = decode(&self.peer_certificate)?;
        let intermediates = self
            .untrusted_intermediates
            .iter()
            .map(|certificate| decode(certificate))
            .collect::<Result<Vec<_>, _>>()?;
        let verdict = verifier.verify(&leaf, &intermediates, self.time()?);
        verdict.map(|_| ()).map_err(|rejection| rejection.reason().code().into())
    }

    fn time(&self) -> Result<UnixTime, String> {
        let Some(time) = &self.validation_time else {
            return Ok(UnixTime::now());
        };
        let time: jiff::Timestamp = time.parse().map_err(|error| format!("{error}"))?;
        let since = time.duration_since(jiff::Timestamp::UNIX_EPOCH);
        let since = Duration::try_from(since).map_err(|_| "time-before-1970")?;
        Ok(UnixTime::since_unix_epoch(since))
    }
}

fn decode(certificate: &str) -> Result<Vec<u8>, String> {
    let block = pem::blocks(certificate.as_bytes()).next().ok_or("no-certificate")?;
    block.and_then(|block| block.decode()).map_err(|_| "invalid-pem".into())
}

fn read_suite(path: &Path) -> Result<Suite, Box<dyn Error>> {
    let octets = fs::read(path)?;
    let is_compressed = PathBuf::from(path).extension().is_some_and(|extension| extension == "gz");
    let mut text = Vec::new();
    match is_compressed {
        true => GzDecoder::new(octets.as_slice()).read_to_end(&mut text)?,
        false => octets.as_slice().read_to_end(&mut text)?,
    };
    Ok(serde_json::from_slice(&text)?)
}

/// Lines of an id and a reason; empty lines and those that begin with `#` are for people.
fn read_exceptions(path: &Path) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut exceptions = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{}:{}", path.display(), number + 1);
        let (id, reason) =
            line.split_once(char::is_whitespace).ok_or(format!("{place}: no reason"))?;
        let before = exceptions.insert(id.to_string(), reason.trim().to_string());
        if before.is_some() {
            return Err(format!("{place}: {id} stands there twice").into());
        }
    }
    Ok(exceptions)
}
