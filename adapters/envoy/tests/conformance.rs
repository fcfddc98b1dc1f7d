//! The API's own matrix for BackendTLSPolicy, in the real Envoy: documents are rendered by the command,
//! and each row is a request, its status, the SNI that the backend saw, and the conditions of the policy.
//!
//! The documents in `conformance/` have the names, the hosts and the trust of that matrix. Its suite asks
//! through an HTTPS listener in one row; here there is one listener, without TLS.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use lastmile_harness::Backend;
use lastmile_harness::Envoy;
use lastmile_harness::RenderedEnvoy;
use lastmile_harness::envoy;
use lastmile_harness::pki::for_a_century;
use lastmile_harness::refusal_code;
use lastmile_harness::run_lastmile;
use lastmile_harness::scratch;
use lastmile_testdata::case;
use lastmile_testdata::conformance;
use lastmile_testdata::conformance::HOST;
use lastmile_testdata::conformance::OTHER_HOST;
use lastmile_testdata::conformance::URI;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use serde_json::Value;

/// What has to come of a request.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// 200, and the backend saw this SNI.
    Reached(&'static str),
    /// Not 200, three times in a row, for this cause of the handshake, in which this SNI was sent.
    Refused(&'static str, &'static str),
    /// 500, 502 or 503, three times in a row, and nothing was sent to the backend.
    Unusable,
    /// Not 200, three times in a row, for no route has this host.
    NoRoute,
}

/// A row: the test of the suite, what is asked for, and what has to come of it.
type Row = (&'static str, &'static str, &'static str, Expected);

/// A policy, and its conditions: Accepted and ResolvedRefs.
type Conditions = (&'static str, &'static str, &'static str);

const ACCEPTED: &str = "True/Accepted";
const RESOLVED: &str = "True/ResolvedRefs";

struct World {
    envoy: Envoy,
    backend: Backend,
    authority: String,
    mismatch: String,
}

impl World {
    fn new(skipped: &str) -> Option<Self> {
        let envoy = envoy(skipped)?;
        let authority = conformance::authority(&keys::RSA2048_A, for_a_century);
        // Of the same name and serial number: nothing but a signature tells the two apart.
        let mismatch = conformance::authority(&keys::RSA2048_B, for_a_century);
        let names =
            [general_name::dns(HOST), general_name::dns(OTHER_HOST), general_name::uri(URI)];
        let leaf = conformance::leaf(&authority, &names, for_a_century);
        Some(Self {
            envoy,
            backend: Backend::start(&[leaf], conformance::LEAF_KEY),
            authority: case::certificates(&[authority.certificate]),
            mismatch: case::certificates(&[mismatch.certificate]),
        })
    }

    /// Envoy by these documents, beside the bundles of the suite.
    fn start(&self, name: &str, documents: &[PathBuf], validator: &str) -> RenderedEnvoy {
        let directory = scratch(name);
        let bundles = directory.join("bundles.yaml");
        let maps = config_map("tls-checks-ca-certificate", &self.authority)
            + &config_map("mismatch-ca-certificate", &self.mismatch);
        fs::write(&bundles, maps).expect("a file");
        let address = self.backend.address;
        let resolve = [443, 8443].map(|port| format!("*:{port}:{address}"));
        let mut arguments = vec!["--validator", validator];
        let text = documents.iter().map(|file| fs::read_to_string(file).expect("documents"));
        let text: String = text.collect();
        for (port, resolve) in [443, 8443].iter().zip(&resolve) {
            // Those that no route leads to are refused, for nobody would miss them.
            if text.contains(&format!("port: {port}}}]\n")) {
                arguments.extend(["--resolve", resolve]);
            }
        }
        let files = [documents, &[bundles]].concat();
        RenderedEnvoy::start(&self.envoy, name, &files, &arguments)
    }

    fn check(&self, running: &RenderedEnvoy, validator: &str, (name, host, path, expected): Row) {
        let statuses: Vec<u16> = (0..3)
            .map(|_| {
                let response = running.get(host, path);
                if let (Expected::Reached(sni), 200) = (expected, response.status) {
                    let seen: Value = serde_json::from_str(&response.body).expect("JSON");
                    assert_eq!(seen["tls"]["serverName"], sni, "{name}");
                }
                response.status
            })
            .collect();
        let access = running.access(path);
        // With connections of earlier rows, which last.
        let seen = self.backend.take();
        let was_sent = seen.iter().any(|seen| seen.requests.iter().any(|asked| asked == path));
        let failure = access["failure"].as_str().unwrap_or_default();
        let told = match expected {
            Expected::Reached(sni) => {
                assert_eq!(statuses, [200; 3], "{name}: {failure}");
                assert!(was_sent, "{name}: {seen:?}");
                format!("SNI {sni}")
            }
            Expected::Refused(code, sni) => {
                assert_eq!(statuses, [503; 3], "{name}");
                assert!(!was_sent, "{name}: {seen:?}");
                // The end of a row before may be seen only now.
                let mut refused = seen.iter().filter(|seen| seen.alert().is_some());
                let is_sent = refused.any(|seen| seen.server_name.as_deref() == Some(sni));
                assert!(is_sent, "{name}: {sni}: {seen:?}");
                if validator == "lastmile" {
                    assert_eq!(refusal_code(failure), Some(code), "{name}: {failure}");
                }
                assert!(failure.contains("CERTIFICATE_VERIFY_FAILED"), "{name}: {failure}");
                format!("SNI {sni} {failure}")
            }
            Expected::Unusable => {
                assert_eq!(statuses, [503; 3], "{name}");
                assert!(
                    !was_sent && !seen.iter().any(|seen| seen.alert().is_some()),
                    "{name}: {seen:?}"
                );
                access["refused"].as_str().unwrap_or_default().to_owned()
            }
            Expected::NoRoute => {
                assert_eq!(statuses, [404; 3], "{name}");
                "no route".to_owned()
            }
        };
        println!("conformance: {validator}: {name}: {} {told}", statuses[0]);
    }
}

fn documents(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name)
}

fn config_map(name: &str, bundle: &str) -> String {
    let indented: String = bundle.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: \
         gateway-conformance-infra}}\ndata:\n  ca.crt: |\n{indented}"
    )
}

/// The conditions of policies as `lastmile resolve` writes them, with the generation that they are of.
fn conditions(files: &[&Path], policy: &str) -> (String, String, i64) {
    let mut arguments = vec!["resolve", "--format", "yaml"];
    for file in files {
        arguments.extend(["-f", file.to_str().expect("UTF-8")]);
    }
    let said = run_lastmile(&arguments);
    let found =
        said.output.split("---\n").find(|one| one.contains(&format!("\n  name: {policy}\n")));
    let found = found.unwrap_or_else(|| panic!("{policy}: {}{}", said.output, said.errors));
    let of = |condition: &str, field: &str| -> String {
        let after = found.split_once(&format!("- type: {condition}\n")).map(|(_, after)| after);
        let line =
            after.and_then(|after| after.lines().find(|line| line.trim().starts_with(field)));
        let value = line.and_then(|line| line.split_once(": ")).map(|(_, value)| value);
        value.unwrap_or_else(|| panic!("{condition} {field}: {found}")).trim_matches('"').to_owned()
    };
    let shown =
        |condition: &str| format!("{}/{}", of(condition, "status"), of(condition, "reason"));
    let generation = of("Accepted", "observedGeneration").parse().expect("a number");
    assert_eq!(of("ResolvedRefs", "observedGeneration"), of("Accepted", "observedGeneration"));
    (shown("Accepted"), shown("ResolvedRefs"), generation)
}

/// Every row by the module and by what Envoy verifies itself; then the conditions.
fn matrix(file: &str, rows: &[Row], policies: &[Conditions]) {
    let Some(world) = World::new(&format!("conformance of {file}")) else { return };
    let documents = documents(file);
    for validator in ["lastmile", "native"] {
        let name = format!("conformance-{}-{validator}", file.trim_end_matches(".yaml"));
        let running = world.start(&name, std::slice::from_ref(&documents), validator);
        for row in rows {
            world.check(&running, validator, *row);
        }
        running.process.stop().expect("it ends");
    }
    let bundles = scratch(&format!("conformance-{}-lastmile", file.trim_end_matches(".yaml")));
    for (policy, accepted, resolved_refs) in policies {
        let (found, found_refs, _) =
            conditions(&[&documents, &bundles.join("bundles.yaml")], policy);
        assert_eq!((&*found, &*found_refs), (*accepted, *resolved_refs), "{policy}");
        println!("conformance: {policy}: Accepted {found}, ResolvedRefs {found_refs}");
    }
}

#[test]
fn backend_tls_policy() {
    use Expected::NoRoute;
    use Expected::Reached;
    use Expected::Refused;
    matrix(
        "backendtlspolicy.yaml",
        &[
            ("BackendTLSPolicy re-encrypt", "https-listener.org", "/reencrypt", Reached(HOST)),
            ("BackendTLSPolicy valid", HOST, "/backendtlspolicy", Reached(HOST)),
            (
                "BackendTLSPolicy host mismatch, as the suite asks",
                "abc.example.org",
                "/backendtlspolicy-host-mismatch?",
                NoRoute,
            ),
            (
                "BackendTLSPolicy host mismatch",
                HOST,
                "/backendtlspolicy-host-mismatch",
                Refused("name-mismatch", "mismatch.example.com"),
            ),
            (
                "BackendTLSPolicy CA mismatch",
                HOST,
                "/backendtlspolicy-cert-mismatch",
                Refused("unknown-issuer", HOST),
            ),
        ],
        &[
            ("normative-test", ACCEPTED, RESOLVED),
            ("host-mismatch", ACCEPTED, RESOLVED),
            ("cert-mismatch", ACCEPTED, RESOLVED),
        ],
    );
}

#[test]
fn backend_tls_policy_san_validation() {
    use Expected::Reached;
    use Expected::Refused;
    matrix(
        "san-validation.yaml",
        &[
            ("BackendTLSPolicySANValidation san-dns", HOST, "/san-dns", Reached(HOST)),
            (
                "BackendTLSPolicySANValidation san-dns-mismatch",
                HOST,
                "/san-dns-mismatch",
                Refused("name-mismatch", HOST),
            ),
            ("BackendTLSPolicySANValidation san-uri", HOST, "/san-uri", Reached(HOST)),
            (
                "BackendTLSPolicySANValidation san-uri-mismatch",
                HOST,
                "/san-uri-mismatch",
                Refused("name-mismatch", HOST),
            ),
            ("BackendTLSPolicySANValidation multiple-sans", HOST, "/multiple-sans", Reached(HOST)),
            (
                "BackendTLSPolicySANValidation multiple-mismatch-sans",
                HOST,
                "/multiple-mismatch-sans",
                Refused("name-mismatch", HOST),
            ),
        ],
        &[
            ("san-dns", ACCEPTED, RESOLVED),
            ("san-dns-mismatch", ACCEPTED, RESOLVED),
            ("san-uri", ACCEPTED, RESOLVED),
            ("san-uri-mismatch", ACCEPTED, RESOLVED),
            ("multiple-sans", ACCEPTED, RESOLVED),
            ("multiple-mismatch-sans", ACCEPTED, RESOLVED),
        ],
    );
}

#[test]
fn backend_tls_policy_conflict_resolution() {
    use Expected::Reached;
    const CONFLICTED: &str = "False/Conflicted";
    matrix(
        "conflict-resolution.yaml",
        &[
            (
                "BackendTLSPolicyConflictResolution without section name",
                HOST,
                "/conflicted-without-section-name",
                Reached(OTHER_HOST),
            ),
            (
                "BackendTLSPolicyConflictResolution with section name",
                HOST,
                "/conflicted-with-section-name",
                Reached(OTHER_HOST),
            ),
            (
                "BackendTLSPolicyConflictResolution no conflict, port 443",
                HOST,
                "/not-conflicted",
                Reached(OTHER_HOST),
            ),
            (
                "BackendTLSPolicyConflictResolution no conflict, port 8443",
                HOST,
                "/not-conflicted-whole",
                Reached(HOST),
            ),
        ],
        &[
            ("conflicted-without-section-name-1", ACCEPTED, RESOLVED),
            ("conflicted-without-section-name-2", CONFLICTED, RESOLVED),
            ("conflicted-with-section-name-1", ACCEPTED, RESOLVED),
            ("conflicted-with-section-name-2", CONFLICTED, RESOLVED),
            ("not-conflicted-with-section-name", ACCEPTED, RESOLVED),
            ("not-conflicted-without-section-name", ACCEPTED, RESOLVED),
        ],
    );
}

#[test]
fn backend_tls_policy_invalid_references() {
    use Expected::Unusable;
    const NONE: &str = "False/NoValidCACertificate";
    matrix(
        "invalid-references.yaml",
        &[
            (
                "BackendTLSPolicyInvalidCACertificateRef nonexistent",
                HOST,
                "/nonexistent-ca-certificate-ref",
                Unusable,
            ),
            (
                "BackendTLSPolicyInvalidCACertificateRef malformed",
                HOST,
                "/malformed-ca-certificate-ref",
                Unusable,
            ),
            ("BackendTLSPolicyInvalidKind", HOST, "/invalid-kind", Unusable),
        ],
        &[
            ("nonexistent-ca-certificate-ref", NONE, "False/InvalidCACertificateRef"),
            ("malformed-ca-certificate-ref", NONE, "False/InvalidCACertificateRef"),
            ("invalid-kind", NONE, "False/InvalidKind"),
        ],
    );
}

/// The bundle is not there, is there, is empty, and is there again. The suite looks at the status only.
#[test]
fn backend_tls_policy_reconciles_its_bundle() {
    let Some(world) = World::new("conformance of a bundle that changes") else { return };
    let documents = documents("reconcile.yaml");
    let none = ("False/NoValidCACertificate", "False/InvalidCACertificateRef");
    for (step, bundle, (accepted, resolved_refs)) in [
        ("absent", None, none),
        ("created", Some(world.authority.as_str()), (ACCEPTED, RESOLVED)),
        ("empty", Some(""), none),
        ("restored", Some(world.authority.as_str()), (ACCEPTED, RESOLVED)),
    ] {
        let file = scratch("conformance-reconcile").join("reconciled.yaml");
        let text = match bundle {
            None => "---\n".to_owned(),
            Some("") => config_map("reconciled", "").replace("ca.crt: |\n", "ca.crt: \"\"\n"),
            Some(bundle) => config_map("reconciled", bundle),
        };
        fs::write(&file, text).expect("a file");
        let (found, found_refs, _) = conditions(&[&documents, &file], "reconcile-test");
        assert_eq!((&*found, &*found_refs), (accepted, resolved_refs), "{step}");
        let running = world.start("conformance-reconcile", &[documents.clone(), file], "lastmile");
        let expected = match accepted {
            ACCEPTED => Expected::Reached(HOST),
            _ => Expected::Unusable,
        };
        println!(
            "conformance: reconcile-test, {step}: Accepted {found}, ResolvedRefs {found_refs}"
        );
        world.check(
            &running,
            "lastmile",
            ("BackendTLSPolicy reconcile", HOST, "/reconcile", expected),
        );
        running.process.stop().expect("it ends");
    }
}

#[test]
fn backend_tls_policy_observed_generation_bump() {
    let Some(world) = World::new("conformance of a policy that changes") else { return };
    let first = documents("observed-generation.yaml");
    let text = fs::read_to_string(&first).expect("documents");
    let second = scratch("conformance-generation").join("changed.yaml");
    let changed = text.replace("generation: 1", "generation: 2");
    let changed = changed.replace("hostname: abc.example.com", "hostname: foo.example.com");
    fs::write(&second, changed).expect("a file");
    for (file, generation, expected) in [
        (&first, 1, Expected::Reached(HOST)),
        (&second, 2, Expected::Refused("name-mismatch", "foo.example.com")),
    ] {
        let running = world.start("conformance-generation", std::slice::from_ref(file), "lastmile");
        let bundles = scratch("conformance-generation").join("bundles.yaml");
        let (accepted, _, found) = conditions(&[file, &bundles], "observed-generation");
        assert_eq!((&*accepted, found), (ACCEPTED, generation));
        println!(
            "conformance: BackendTLSPolicyObservedGenerationBump: Accepted {accepted} of {found}"
        );
        let name = "BackendTLSPolicyObservedGenerationBump";
        world.check(&running, "lastmile", (name, HOST, "/observed-generation", expected));
        running.process.stop().expect("it ends");
    }
}
