//! Every chain of testdata, valid by the clock of the machine, with what the engine says of it.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use lastmile::TrustAnchors;
use lastmile_harness::Compiler;
use lastmile_harness::Fields;
use lastmile_harness::Library;
use lastmile_harness::pki;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_policy::SubjectAltName;
use lastmile_policy::Validation;
use lastmile_testdata::case;
use lastmile_testdata::case::At;
use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;
use lastmile_testdata::time;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use crate::support::Verdict;
use crate::support::key_of;
use crate::support::verdict;
use crate::support::with_case;

/// What a host is asked about.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The case, with the clock of the machine.
    pub(crate) case: Case,
    /// What the engine says, asked in Rust.
    pub(crate) verdict: Verdict,
    /// What the backend signs with.
    pub(crate) key: &'static Key,
    /// What stands in the logs of modules if it is refused.
    pub(crate) line: Option<String>,
    /// Whether the API takes its names, so that it can be a stanza.
    pub(crate) is_stanza: bool,
}

impl Chain {
    pub(crate) fn is_accepted(&self) -> bool {
        self.verdict.x509_v_err == 0
    }
}

/// All of them; making them signs a thousand times.
pub(crate) fn chains() -> &'static [Chain] {
    static CHAINS: LazyLock<Vec<Chain>> = LazyLock::new(make);
    &CHAINS
}

fn make() -> Vec<Chain> {
    time::make_for_hosts();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let now = i64::try_from(now.as_secs()).expect("a date");
    let mut all = cases::all();
    let decided = |case: &Case| case.now == time::NOW;
    let elsewhen = all.iter().filter(|case| !decided(case)).count();
    all.retain(decided);
    all.push(not_yet_valid(&all));
    let mut chains = Vec::new();
    let mut otherwise = BTreeMap::new();
    for case in all {
        let case = Case { now, ..case };
        let verdict = verdict(&case);
        let expected = match case.expect {
            Expect::Accepted => "-",
            Expect::Refused(code, _) => code,
        };
        if verdict.code == expected {
            let key = key_of(&case.chain[0]).filter(|key| signs(key)).unwrap_or(&keys::P256_C);
            let is_stanza = is_stanza(&case);
            chains.push(Chain { case, verdict, key, line: None, is_stanza });
        } else {
            otherwise.insert(case.name, verdict.code);
        }
    }
    println!(
        "{elsewhen} cases have clocks of their own; today these are judged otherwise: {otherwise:?}"
    );
    assert!(elsewhen <= 10 && otherwise.len() <= 10);
    assert!(chains.len() >= 500);
    let mut lines = lines(&chains);
    for chain in &mut chains {
        chain.line = lines.remove(chain.case.name);
        assert_eq!(chain.line.is_none(), chain.is_accepted(), "{}", chain.case.name);
    }
    chains
}

/// The line of each refusal, as the modules in C write it.
fn lines(chains: &[Chain]) -> BTreeMap<String, String> {
    let path = scratch("fields").join("hosts-refusals");
    chains.iter().map(|chain| &chain.case).fold(Fields::new(), with_case).write(&path);
    let program = Compiler::new(Library::with_features(""))
        .source("adapters/common/lastmile_refusal.c")
        .source("adapters/harness/tests/programs/refusal.c")
        .program("hosts-refusal");
    let printed = run(Command::new(program).arg(path), Duration::from_secs(120)).expect_success();
    let line = |line: &str| {
        let (name, line) = line.split_once(' ').expect("a name and a line");
        (name.to_owned(), line.to_owned())
    };
    printed.lines().map(line).collect()
}

/// In testdata that was in summer.
fn not_yet_valid(all: &[Case]) -> Case {
    let good = all.iter().find(|case| case.name == "leaf-is-in-order-accepted").unwrap_or(&all[0]);
    let root = pki::root("Example Root", &keys::P256_A);
    let leaf = root.issue(pki::leaf(good.hostname).valid(time::CENTURY - 1, time::CENTURY));
    Case {
        name: "not-yet-valid-for-a-century",
        expect: Expect::Refused("not-yet-valid", At::Certificate(0)),
        sans: Vec::new(),
        hostname: good.hostname,
        chain: vec![leaf],
        anchors: vec![root.certificate],
        ..good.clone()
    }
}

/// Whether the backend can sign with it.
fn signs(key: &Key) -> bool {
    let der = PrivateKeyDer::from_pem_slice(key.to_pem().as_bytes()).expect("the keys are PKCS#8");
    any_supported_type(&der).is_ok()
}

fn is_stanza(case: &Case) -> bool {
    let bundle = case::certificates(&case.anchors);
    let name = |san: &&str| match san.split_once(':') {
        Some(("hostname", name)) => SubjectAltName::Hostname(name.to_owned()),
        Some(("uri", uri)) => SubjectAltName::Uri(uri.to_owned()),
        _ => panic!("{san}: hostname:NAME or uri:URI"),
    };
    let validation = Validation {
        hostname: case.hostname.to_owned(),
        subject_alt_names: case.sans.iter().map(name).collect(),
        trust: TrustAnchors::from_pem(bundle.as_bytes()).expect("the bundles are good"),
    };
    validation.compile().is_ok()
}
