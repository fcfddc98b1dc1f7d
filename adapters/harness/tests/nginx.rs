//! The module in the real nginx: policies, alerts, sessions, pools, configurations and reloads.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::Nginx;
use lastmile_harness::NginxModule;
use lastmile_harness::Seen;
use lastmile_harness::free_address;
use lastmile_harness::get;
use lastmile_harness::has;
use lastmile_harness::nginx;
use lastmile_harness::pki;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::general_name::dns;
use lastmile_testdata::general_name::uri;
use lastmile_testdata::keys;
use support::server::Server;

const PATIENCE: Duration = Duration::from_secs(20);
const NAME: &str = "backend.example.com";
const SPIFFE_ID: &str = "spiffe://cluster.local/ns/shop/sa/backend";

/// A directory with bundles and documents, a backend, and an nginx to configure.
struct World {
    module: NginxModule,
    directory: PathBuf,
    backend: Backend,
    address: SocketAddr,
}

fn root() -> Authority {
    pki::root("Example Root", &keys::P256_A)
}

/// Of the backend: the leaf and an intermediate.
fn chain() -> Vec<Vec<u8>> {
    let intermediate = pki::intermediate(&root(), "Example Intermediate", &keys::P256_B);
    let leaf = pki::leaf(NAME).names(&[dns(NAME), uri(SPIFFE_ID)]);
    vec![intermediate.issue(leaf), intermediate.certificate]
}

fn policy(name: &str, hostname: &str, more: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\n\
         metadata: {{name: {name}, namespace: shop}}\nspec:\n  \
         targetRefs: [{{group: '', kind: Service, name: {name}}}]\n  validation:\n    \
         hostname: {hostname}\n    caCertificateRefs: [{{group: '', kind: ConfigMap, name: ca}}]\n{more}"
    )
}

fn config_map(bundle: &str) -> String {
    let block: String = bundle.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca, namespace: shop}}\ndata:\n  ca.crt: |\n{block}"
    )
}

impl World {
    fn new(name: &str) -> Option<Self> {
        let module = nginx("the module for nginx")?;
        let directory = module.directory(name);
        let write = |name: &str, content: &str| {
            fs::write(directory.join(name), content).expect("a file is written");
        };
        let ca = case::certificates(&[root().certificate]);
        let other = pki::root("Example Root", &keys::P256_H);
        write("ca.pem", &ca);
        write("other.pem", &case::certificates(&[other.certificate]));
        let documents = [
            policy("backend", NAME, ""),
            policy("wrong", "frontend.example.com", ""),
            policy("named", "sni.example.com", &format!("    subjectAltNames: [{{type: URI, uri: '{SPIFFE_ID}'}}]\n")),
            policy("lost", NAME, "").replace("name: ca}", "name: none}"),
            config_map(&ca),
            "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: open, namespace: shop}\nspec:\n  endpoints: [{fqdn: {hostname: open.example, port: 443}}]\n  tls: {insecureSkipVerify: true}\n".to_owned(),
        ]
        .concat();
        write("policies.yaml", &documents);
        let backend = Backend::start(&chain(), &keys::P256_C);
        Some(Self { module, directory, backend, address: free_address() })
    }

    /// Configures one server with this content; `BACKEND` is the address of the backend. The first line of the
    /// content is line 11.
    fn configure(&self, content: &str) {
        self.configure_around("", content);
    }

    /// With something before the server too, which begins at line 10.
    fn configure_around(&self, before: &str, content: &str) {
        let backend = self.backend.address.to_string();
        let listen = self.address;
        let http = format!("{before} server {{ listen {listen};\n{content}\n}}")
            .replace("BACKEND", &backend);
        self.module.configure(&self.directory, &http);
    }

    fn start(&self) -> Nginx {
        self.module.start(&self.directory, self.address)
    }

    /// The status of this path.
    fn status(&self, path: &str) -> u16 {
        get(self.address, "client.example", path)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
            .status
    }

    /// What the backend saw of the next connection.
    fn seen(&self) -> Seen {
        self.backend.take_one(PATIENCE).expect("a connection comes")
    }
}

const UNKNOWN_CA: u8 = 48;
const BAD_CERTIFICATE: u8 = 42;

#[test]
fn each_location_has_its_policy() {
    let Some(world) = World::new("locations") else { return };
    let mut content = String::from("lastmile_ca ca.pem; lastmile_hostname backend.example.com;\n");
    let good = [
        ("inherited", "", NAME),
        ("stanza", "lastmile_ca ca.pem; lastmile_hostname backend.example.com;", NAME),
        (
            "names",
            &format!(
                "lastmile_hostname sni.example.com; lastmile_san hostname:no.example uri:{SPIFFE_ID};"
            ),
            "sni.example.com",
        ),
        (
            "lines",
            &format!(
                "lastmile_hostname sni.example.com; lastmile_san hostname:no.example; lastmile_san uri:{SPIFFE_ID};"
            ),
            "sni.example.com",
        ),
        ("documents", "lastmile_policy policies.yaml shop/backend;", NAME),
        ("documents-names", "lastmile_policy policies.yaml shop/named;", "sni.example.com"),
        // What nginx itself would do has no say.
        (
            "verify",
            "proxy_ssl_verify on; proxy_ssl_trusted_certificate other.pem; proxy_ssl_name no.example; proxy_ssl_server_name off;",
            NAME,
        ),
    ];
    let mismatch = |expected: &str| {
        format!(
            "lastmile/name-mismatch certificate=0 expected={expected} presented=dns:{NAME},uri:{SPIFFE_ID}"
        )
    };
    let bad = [
        ("name", "lastmile_hostname frontend.example.com;", "frontend.example.com", BAD_CERTIFICATE, mismatch("dns:frontend.example.com")),
        ("san", "lastmile_hostname backend.example.com; lastmile_san hostname:a.example uri:spiffe://b;", NAME, BAD_CERTIFICATE, mismatch("dns:a.example,uri:spiffe://b")),
        ("ca", "lastmile_ca other.pem;", NAME, UNKNOWN_CA, "lastmile/unknown-issuer certificate=1 detail=anchor_0_bears_the_name_of_the_issuer_of_certificate_1%2C_but_its_key_did_not_make_the_signature".to_owned()),
        ("system", "lastmile_ca system;", NAME, UNKNOWN_CA, "lastmile/unknown-issuer certificate=1 detail=the_issuer_of_certificate_1_is_neither_in_the_bundle_nor_presented".to_owned()),
        ("documents-name", "lastmile_policy policies.yaml shop/wrong;", "frontend.example.com", BAD_CERTIFICATE, mismatch("dns:frontend.example.com")),
    ];
    let versions = ["TLSv1.2", "TLSv1.3"];
    for version in versions {
        let locations = good.iter().map(|(name, directives, _)| (*name, *directives));
        for (name, directives) in
            locations.chain(bad.iter().map(|(name, directives, ..)| (*name, *directives)))
        {
            content += &format!(
                "location /{version}/{name} {{ {directives} proxy_ssl_protocols {version}; proxy_pass https://BACKEND; }}\n"
            );
            // The server is none that nginx knows when it is configured.
            content += &format!(
                "location /{version}/variable-{name} {{ {directives} proxy_ssl_protocols {version}; set $to BACKEND; proxy_pass https://$to; }}\n"
            );
        }
    }
    // nginx asks nobody.
    content += "location /off { lastmile_policy off; proxy_pass https://BACKEND; }\n";
    world.configure(&content);
    let nginx = world.start();
    let mut lines = Vec::new();
    for version in versions {
        for variable in ["", "variable-"] {
            for (name, _, sni) in &good {
                let path = format!("/{version}/{variable}{name}");
                assert_eq!(world.status(&path), 200, "{path}\n{}", nginx.error_log());
                let seen = world.seen();
                assert!(seen.is_connected() && !seen.is_resumed(), "{path}: {seen:?}");
                assert_eq!(seen.server_name.as_deref(), Some(*sni), "{path}");
                assert_eq!(
                    format!("{:?}", seen.version.expect("a version")).replace("v1_", "v1."),
                    version
                );
                lines.push(format!("200 {path} [accepted]"));
            }
            for (name, _, sni, alert, line) in &bad {
                let path = format!("/{version}/{variable}{name}");
                assert_eq!(world.status(&path), 502, "{path}");
                let seen = world.seen();
                assert_eq!(seen.server_name.as_deref(), Some(*sni), "{path}");
                assert!(seen.requests.is_empty(), "{path}: {seen:?}");
                // Of TLS 1.3 the server has ended its side of the handshake before it learns of it.
                assert_eq!(seen.alert(), Some(*alert), "{path}: {seen:?}");
                lines.push(format!("502 {path} [{line}]"));
                let log = nginx.error_log();
                let upstream = format!("{line} location=\"{path}\" upstream=\"{}", "");
                assert!(log.contains(&upstream), "{upstream}\n{log}");
            }
        }
    }
    assert_eq!(world.status("/off"), 200);
    assert_eq!(world.seen().server_name, None);
    lines.push("200 /off []".to_owned());
    assert_eq!(nginx.access_log(lines.len()), lines);
    let log = nginx.error_log();
    assert!(log.contains("hostname=frontend.example.com (lastmile_ca "), "{log}");
    assert!(
        log.contains("(lastmile_policy ") && log.contains("policies.yaml shop/wrong)"),
        "{log}"
    );
    assert!(!log.contains("[alert]") && !log.contains("[emerg]"), "{log}");
}

#[test]
fn no_session_and_no_pooled_connection_gets_past_a_policy() {
    let Some(world) = World::new("reuse") else { return };
    let keep = "proxy_http_version 1.1; proxy_set_header Connection '';";
    let before = "upstream plain { server BACKEND; } \
                  upstream pooled { server BACKEND; keepalive 4; } \
                  upstream other { server BACKEND; keepalive 4; }";
    let refuse = "lastmile_hostname frontend.example.com;";
    world.configure_around(
        before,
        &format!(
            "{keep} lastmile_ca ca.pem; lastmile_hostname {NAME};\n\
             location /plain/good {{ proxy_pass https://plain; }}\n\
             location /plain/bad {{ {refuse} proxy_pass https://plain; }}\n\
             location /plain/off {{ lastmile_policy off; proxy_pass https://plain; }}\n\
             location /pooled/good {{ proxy_pass https://pooled; }}\n\
             location /pooled/too {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://pooled; }}\n\
             location /pooled/variable-good {{ set $to pooled; proxy_pass https://$to; }}\n\
             location /pooled/variable-bad {{ {refuse} set $to pooled; proxy_pass https://$to; }}\n\
             location /pooled/variable-sni {{ lastmile_hostname sni.example.com; lastmile_san hostname:{NAME}; set $to pooled; proxy_pass https://$to; }}\n\
             location /pooled/variable-off {{ lastmile_policy off; set $to pooled; proxy_pass https://$to; }}\n\
             location /other/off {{ lastmile_policy off; proxy_pass https://other; }}\n\
             location /other/variable-good {{ set $to other; proxy_pass https://$to; }}\n\
             location /other/variable-bad {{ {refuse} set $to other; proxy_pass https://$to; }}"
        ),
    );
    let nginx = world.start();
    // Sessions: nginx shares them among locations, but resumes none under a policy.
    for _ in 0..2 {
        assert_eq!(world.status("/plain/off"), 200);
        assert_eq!(world.status("/plain/good"), 200);
        assert_eq!(world.status("/plain/good"), 200);
        for _ in 0..2 {
            assert_eq!(world.status("/plain/bad"), 502);
        }
    }
    let seen = world.backend.take();
    let resumed = seen.iter().filter(|seen| seen.is_resumed()).count();
    // The one that has no policy does, so that there was something to resume.
    assert_eq!((seen.len(), resumed), (10, 1), "{seen:#?}");
    assert_eq!(seen.iter().filter(|seen| !seen.requests.is_empty()).count(), 6);

    // Pools: one connection serves one policy, by whatever location.
    for path in ["/pooled/good", "/pooled/too", "/pooled/variable-good", "/pooled/good"] {
        assert_eq!(world.status(path), 200, "{path}");
    }
    let seen = world.backend.take();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!(seen[0].requests.len(), 4, "{seen:#?}");
    // Another policy finds it, and closes it.
    assert_eq!(world.status("/pooled/variable-bad"), 502);
    assert!(
        nginx.error_log().contains("a pooled connection was verified otherwise, and is closed")
    );
    assert_eq!(world.status("/pooled/good"), 200);
    assert_eq!(world.status("/pooled/variable-bad"), 502);
    // The same names, and another SNI.
    assert_eq!(world.status("/pooled/good"), 200);
    world.backend.take();
    assert_eq!(world.status("/pooled/variable-sni"), 200);
    let names: Vec<_> = world
        .backend
        .take()
        .into_iter()
        .filter(|seen| !seen.requests.is_empty())
        .map(|seen| seen.server_name)
        .collect();
    assert_eq!(names, [Some("sni.example.com".to_owned())]);
    // And one without a policy does not use what others verified, nor the other way round.
    assert_eq!(world.status("/pooled/good"), 200);
    world.backend.take();
    assert_eq!(world.status("/pooled/variable-off"), 200);
    assert!(
        world
            .backend
            .take()
            .iter()
            .any(|seen| seen.server_name.is_none() && seen.requests == ["/pooled/variable-off"])
    );
    assert_eq!(world.status("/other/off"), 200);
    assert_eq!(world.status("/other/off"), 200);
    let seen = world.backend.take();
    assert!(seen.iter().any(|seen| seen.requests.len() == 2), "as without us: {seen:#?}");
    assert_eq!(world.status("/other/variable-bad"), 502);
    assert_eq!(world.status("/other/variable-good"), 200);
    assert!(!nginx.error_log().contains("[alert]"), "{}", nginx.error_log());
}

#[test]
fn locations_without_a_policy_are_as_they_were() {
    let Some(world) = World::new("native") else { return };
    // Newer versions of nginx have one SSL_CTX for all of these.
    world.configure(&format!(
        "proxy_ssl_trusted_certificate ca.pem; proxy_ssl_name {NAME}; proxy_ssl_server_name on; proxy_ssl_verify_depth 3;\n\
         location /policy {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND; }}\n\
         location /refused {{ lastmile_ca other.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND; }}\n\
         location /asked {{ proxy_ssl_verify on; proxy_pass https://BACKEND; }}\n\
         location /asked-name {{ proxy_ssl_verify on; proxy_ssl_name frontend.example.com; proxy_pass https://BACKEND; }}\n\
         location /asked-other {{ proxy_ssl_verify on; proxy_ssl_trusted_certificate other.pem; proxy_pass https://BACKEND; }}\n\
         location /not-asked {{ proxy_ssl_trusted_certificate other.pem; proxy_pass https://BACKEND; }}\n\
         location /outer {{ lastmile_ca ca.pem; lastmile_hostname frontend.example.com; proxy_pass https://BACKEND;\n\
           location /outer/inner {{ proxy_pass https://BACKEND; }}\n\
           location /outer/off {{ lastmile_policy off; proxy_pass https://BACKEND; }}\n\
           if ($arg_a) {{ set $x 1; }}\n\
           if ($arg_b) {{ proxy_pass https://BACKEND; }} }}\n\
         location /error {{ error_page 502 /fallback; proxy_intercept_errors on; lastmile_ca other.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND; }}\n\
         location /fallback {{ return 503; }}"
    ));
    let nginx = world.start();
    for (path, status) in [
        ("/policy", 200),
        ("/refused", 502),
        ("/asked", 200),
        ("/asked-name", 502),
        ("/asked-other", 502),
        ("/not-asked", 200),
        ("/outer", 502),
        ("/outer/inner", 502),
        ("/outer/off", 200),
        ("/outer?a=1", 502),
        ("/outer?b=1", 502),
        ("/error", 503),
    ] {
        assert_eq!(world.status(path), status, "{path}\n{}", nginx.error_log());
    }
    let lines = nginx.access_log(12);
    // The verdict outlives the redirect.
    assert!(lines[11].starts_with("503 /error [lastmile/unknown-issuer "), "{}", lines[11]);
    assert!(lines[2].ends_with("[]") && lines[4].ends_with("[]"), "{lines:?}");
}

#[test]
fn what_has_no_certificate_gets_nothing() {
    let Some(world) = World::new("anonymous") else { return };
    if !has("openssl", "version", "a server without a certificate") {
        return;
    }
    let server = Server::without_certificate();
    let to = server.address;
    let anonymous = "proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ALL:aNULL:@SECLEVEL=0;";
    world.configure(&format!(
        "{anonymous}\n\
         location /off {{ proxy_pass https://{to}; }}\n\
         location /policy {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://{to}; }}\n\
         location /variable {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; set $to {to}; proxy_pass https://$to; }}"
    ));
    let nginx = world.start();
    assert_eq!(world.status("/off"), 200);
    assert_eq!(world.status("/policy"), 502);
    assert_eq!(world.status("/variable"), 502);
    let lines = nginx.access_log(3);
    assert_eq!(lines[1], "502 /policy [lastmile/not-verified]");
    assert_eq!(lines[2], "502 /variable [lastmile/not-verified]");
}

#[test]
fn grpc_and_uwsgi_are_held_to_it_too() {
    let Some(world) = World::new("protocols") else { return };
    if !has("openssl", "version", "servers of gRPC and uwsgi") {
        return;
    }
    // It speaks neither, but TLS.
    let server = Server::start("nginx-protocols", &chain(), &keys::P256_C);
    let to = server.address;
    let good = format!("lastmile_ca ca.pem; lastmile_hostname {NAME};");
    let bad = "lastmile_ca ca.pem; lastmile_hostname frontend.example.com;";
    world.configure(&format!(
        "grpc_read_timeout 1s; uwsgi_read_timeout 1s;\n\
         location /grpc/good {{ {good} grpc_pass grpcs://{to}; }}\n\
         location /grpc/bad {{ {bad} grpc_pass grpcs://{to}; }}\n\
         location /grpc/variable {{ {bad} set $to {to}; grpc_pass grpcs://$to; }}\n\
         location /uwsgi/good {{ {good} uwsgi_pass suwsgi://{to}; }}\n\
         location /uwsgi/bad {{ {bad} uwsgi_pass suwsgi://{to}; }}"
    ));
    let nginx = world.start();
    for path in ["/grpc/good", "/grpc/bad", "/grpc/variable", "/uwsgi/good", "/uwsgi/bad"] {
        assert!(world.status(path) >= 502, "{path}");
    }
    let lines = nginx.access_log(5);
    for (at, verdict) in [(0, "[accepted]"), (3, "[accepted]")] {
        assert!(lines[at].ends_with(verdict), "{lines:#?}");
    }
    for at in [1, 2, 4] {
        assert!(
            lines[at].contains(" [lastmile/name-mismatch ") && lines[at].starts_with("502 "),
            "{lines:#?}"
        );
        assert_eq!(server.alert(), Some(BAD_CERTIFICATE));
    }
}
