//! `openssl s_server` presents the chains of testdata: the verdict, the alert that it reads, the
//! name that it is asked for.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::keys;
use rustls::HandshakeKind;

mod support;

use support::alerts;
use support::alerts::Row;
use support::client;
use support::keys::key_of;
use support::openssl;
use support::openssl::Ended;
use support::openssl::OpensslServer;
use support::policy;
use support::policy::VERSIONS;

/// OpenSSL does not present these as they are, so that there is nothing to judge.
const NOT_AS_THEY_ARE: [&str; 8] = [
    // It presents a certificate that it has written anew.
    "encoding-indefinite-outer-length",
    "encoding-non-minimal-outer-length",
    "encoding-trailing-octet",
    // The message is longer than rustls reads (tests/cases.rs).
    "limit-certificate-bytes",
    "limit-certificate-bytes-accepted",
    "limit-certificate-bytes-intermediate",
    // The provider has no such key (tests/possession.rs).
    "public-key-p521-on-leaf-accepted",
    "public-key-rsa1024-on-leaf-accepted",
];

/// Each a way to present certificates that must have been tried.
const PRESENTED: [&str; 7] = [
    "algorithm-pss-accepted",
    "disorder-accepted",
    "disorder-without-upper",
    "missing-intermediate",
    "missing-intermediate-root-presented",
    "policies-accepted",
    "version-unique-ids-accepted",
];

#[test]
fn openssl_reads_the_alert_of_the_table_and_the_hostname_as_sni() {
    let Some(version) = openssl::version() else {
        return;
    };
    let start = Instant::now();
    let cases = policy::cases().iter().filter(|case| !NOT_AS_THEY_ARE.contains(&case.name));
    let (presented, faults) = ask_all(&cases.cloned().chain(with_each_key()).collect::<Vec<_>>());
    println!("{version}: {} connections in {:?}", presented.len(), start.elapsed());
    assert!(faults.is_empty(), "{version}:\n{}", faults.join("\n"));
    let names: BTreeSet<&str> = presented.iter().map(|one| one.name).collect();
    let codes: BTreeSet<&str> = presented.iter().filter_map(|one| one.code).collect();
    println!("{} chains, {} codes", names.len(), codes.len());
    // What it loads, and in which versions of TLS it has a use for it, differs among its releases.
    let least = if version.starts_with("OpenSSL 3.0.") { 510 } else { 400 };
    assert!(names.len() >= least, "only {} chains", names.len());
    let all = alerts::codes();
    let missing: Vec<_> = all.iter().filter(|code| !codes.contains(*code)).collect();
    assert_eq!(missing, [&"certificate-too-large"], "codes that it was not told");
    for name in PRESENTED.into_iter().chain(WITH_EACH_KEY.map(|(name, _)| name)) {
        let times = presented.iter().filter(|one| one.name == name).count();
        assert_eq!(times, VERSIONS.len(), "{name} was presented {times} times");
    }
}

const WITH_EACH_KEY: [(&str, &keys::Key); 6] = [
    ("a leaf with a P-256 key", &keys::P256_D),
    ("a leaf with a P-384 key", &keys::P384_A),
    ("a leaf with an Ed25519 key", &keys::ED25519_A),
    ("a leaf with an RSA key of 2048 bits", &keys::RSA2048_A),
    ("a leaf with an RSA key of 3072 bits", &keys::RSA3072_A),
    ("a leaf with an RSA key of 4096 bits", &keys::RSA4096_A),
];

/// A good chain for each.
fn with_each_key() -> Vec<Case> {
    let case = |name, key| Case { name, ..policy::issued(|leaf| leaf.key(key)) };
    WITH_EACH_KEY.map(|(name, key)| case(name, key)).to_vec()
}

/// One connection in which a chain was presented.
struct Presented {
    name: &'static str,
    code: Option<&'static str>,
}

/// Two at a time. What was presented, and what was wrong.
fn ask_all(cases: &[Case]) -> (Vec<Presented>, Vec<String>) {
    let (rows, next) = (alerts::rows(), AtomicUsize::new(0));
    let (presented, faults) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (some, wrong) = ask(case, &rows);
            presented.lock().expect("no thread panicked").extend(some);
            faults.lock().expect("no thread panicked").extend(wrong);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let presented = presented.into_inner().expect("no thread panicked");
    (presented, faults.into_inner().expect("no thread panicked"))
}

fn ask(case: &Case, rows: &[Row]) -> (Vec<Presented>, Vec<String>) {
    let (mut presented, mut faults) = (Vec::new(), Vec::new());
    let key = key_of(&case.chain[0]).unwrap_or(&keys::P256_C);
    // It reads its own certificate; what it cannot read is malformed.
    let Ok(server) = OpensslServer::start(&case.chain, key, &[]) else {
        return (presented, faults);
    };
    let (code, expected) = match case.expect {
        Expect::Accepted => (None, Ended::InOrder),
        Expect::Refused(code, _) => {
            let row = rows.iter().find(|row| row.code == code).expect("each code has a row");
            (Some(code), Ended::Alert(row.rustls))
        }
    };
    for version in VERSIONS {
        let backend = policy::backend(case).protocol_versions(&[version]).build();
        let backend = backend.expect("the hostnames can be sent");
        let connection = backend.connect().expect("the configuration is good");
        let outcome = client::connect(connection, server.address);
        let seen = server.seen();
        if seen.ended == Ended::Unpresented {
            continue;
        }
        presented.push(Presented { name: case.name, code });
        let accepted = outcome == Ok(HandshakeKind::Full);
        if seen.server_name != case.hostname || seen.ended != expected || accepted != code.is_none()
        {
            let (name, version) = (case.name, version.version);
            faults.push(format!("{name} in {version:?}: {outcome:?}, {seen:?}, not {expected:?}"));
        }
    }
    (presented, faults)
}
