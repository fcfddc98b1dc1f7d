//! The steps of the walk-through, taken in the real Envoy, as a table.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use lastmile_harness::Backend;
use lastmile_harness::Envoy;
use lastmile_harness::RenderedEnvoy;
use lastmile_harness::pki;
use lastmile_harness::refusal_code;
use lastmile_harness::scratch;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use serde_json::Value;

/// A step: the Backend, its policy, and whether the certificate has expired.
type Step = (&'static str, &'static str, Option<&'static str>, bool);

const STEPS: [Step; 9] = [
    ("no tls settings", "backend", None, false),
    ("insecureSkipVerify: true", "backend-skip-verify", None, false),
    ("right CA, right hostname", "backend", Some("policy"), false),
    ("right CA, right URI", "backend", Some("policy-uri"), false),
    ("wrong CA", "backend", Some("policy-wrong-ca"), false),
    ("wrong hostname", "backend", Some("policy-wrong-hostname"), false),
    ("wrong URI", "backend", Some("policy-wrong-uri"), false),
    ("expired certificate", "backend", Some("policy"), true),
    ("no such CA", "backend", Some("policy-missing-ca"), false),
];

/// What the Backend is named in the documents.
pub(crate) const HOST: &str = "tls-backend.example.net";
const URI: &str = "spiffe://example.net/ns/default/sa/tls-backend";

/// Takes every step, and says what came of each.
///
/// # Panics
/// A step cannot be taken.
pub(crate) fn table(envoy: &Envoy) -> String {
    let authority = pki::root("Example CA", &keys::P256_A);
    let other = pki::root("Other CA", &keys::P256_B);
    let names = [general_name::dns(HOST), general_name::uri(URI)];
    let good = authority.issue(pki::leaf(HOST).names(&names));
    let expired = pki::leaf(HOST).names(&names).valid(time::START, time::START + DAY);
    let expired = authority.issue(expired);
    let bundles = scratch("walkthrough").join("bundles.yaml");
    let maps = config_map("tls-backend-ca", &authority) + &config_map("other-ca", &other);
    fs::write(&bundles, maps).expect("the bundles can be written");
    let backend = Backend::start(std::slice::from_ref(&good), &keys::P256_C);
    let resolve = format!("{HOST}:443:{}", backend.address);
    let mut table = String::new();
    row(&mut table, ["STEP", "STATUS", "SERVERNAME", "CAUSE"]);
    for (step, (title, settings, policy, has_expired)) in (1..).zip(STEPS) {
        backend.present(&[if has_expired { expired.clone() } else { good.clone() }], &keys::P256_C);
        let names = ["route", settings].into_iter().chain(policy);
        let mut files: Vec<PathBuf> = names.map(document).collect();
        files.push(bundles.clone());
        let running = RenderedEnvoy::start(envoy, "walkthrough", &files, &["--resolve", &resolve]);
        let path = format!("/{step}");
        let response = running.get("www.example.com", &path);
        let access = running.access(&path);
        let seen: Value = serde_json::from_str(&response.body).unwrap_or_default();
        let server_name = match seen["tls"]["serverName"].as_str() {
            Some(name) => format!("\"{name}\""),
            None => "-".to_owned(),
        };
        let failure = access["failure"].as_str().unwrap_or_default();
        let cause = match (refusal_code(failure), access["refused"].as_str()) {
            (Some(code), _) => code,
            (None, Some(why)) => why,
            (None, None) => "-",
        };
        let status = response.status.to_string();
        row(&mut table, [title, &status, &server_name, cause]);
        running.process.stop().expect("Envoy ends");
    }
    table
}

const DAY: i64 = 86_400;

fn document(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("walkthrough");
    here.join(format!("{name}.yaml"))
}

fn row(table: &mut String, [title, status, server_name, cause]: [&str; 4]) {
    writeln!(table, "{title:<25} {status:<6} {server_name:<25} {cause}").expect("text takes text");
}

fn config_map(name: &str, authority: &Authority) -> String {
    let bundle = case::certificates(std::slice::from_ref(&authority.certificate));
    let indented: String = bundle.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  ca.crt: |\n{indented}"
    )
}
