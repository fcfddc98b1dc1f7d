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
use lastmile_harness::dynamic_symbols;
use lastmile_harness::get;
use lastmile_harness::has;
use lastmile_harness::nginx_releases;
use lastmile_harness::own_address;
use lastmile_harness::pki;
use lastmile_harness::quickstart_file;
use lastmile_harness::root as workspace;
use lastmile_harness::run;
use lastmile_testdata::case;
use lastmile_testdata::keys;
use lastmile_testdata::pem;
use support::server::Server;
use support::shop::NAME;
use support::shop::SPIFFE_ID;
use support::shop::chain;
use support::shop::config_map;
use support::shop::policy;
use support::shop::root;

const PATIENCE: Duration = Duration::from_secs(20);
const BUILDS_FOR: Duration = Duration::from_secs(300);

/// A directory with bundles and documents, a backend, and an nginx to configure.
struct World {
    module: NginxModule,
    directory: PathBuf,
    backend: Backend,
    address: SocketAddr,
}

impl World {
    /// One for each release of nginx that can be had here.
    fn each(name: &str) -> impl Iterator<Item = Self> {
        nginx_releases("the module for nginx")
            .into_iter()
            .map(move |module| Self::new(module, name))
    }

    fn new(module: NginxModule, name: &str) -> Self {
        println!("{}", module.program.display());
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
        Self { module, directory, backend, address: own_address() }
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
    for world in World::each("locations") {
        let mut content =
            String::from("lastmile_ca ca.pem; lastmile_hostname backend.example.com;\n");
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
                &format!(
                    "proxy_ssl_verify on; proxy_ssl_trusted_certificate other.pem; proxy_ssl_name no.example; \
                     proxy_ssl_server_name off; proxy_ssl_session_reuse on; proxy_set_header X-Name $lastmile_server_name; \
                     lastmile_hostname sni.example.com; lastmile_san uri:{SPIFFE_ID};"
                ),
                "sni.example.com",
            ),
        ];
        let mismatch = |expected: &str| {
            format!(
                "lastmile/name-mismatch expected={expected} presented=dns:{NAME},uri:{SPIFFE_ID} certificate=0"
            )
        };
        let bad = [
            ("name", "lastmile_hostname frontend.example.com;", "frontend.example.com", BAD_CERTIFICATE, mismatch("dns:frontend.example.com")),
            ("san", "lastmile_hostname backend.example.com; lastmile_san hostname:a.example uri:spiffe://b;", NAME, BAD_CERTIFICATE, mismatch("dns:a.example,uri:spiffe://b")),
            ("ca", "lastmile_ca other.pem;", NAME, UNKNOWN_CA, "lastmile/unknown-issuer certificate=1 detail=anchor_0_bears_the_name_of_the_issuer_of_certificate_1,_but_its_key_did_not_make_the_signature".to_owned()),
            ("system", "lastmile_ca system;", NAME, UNKNOWN_CA, "lastmile/unknown-issuer certificate=1 detail=the_issuer_of_certificate_1_is_neither_in_the_bundle_nor_presented".to_owned()),
            ("documents-name", "lastmile_policy policies.yaml shop/wrong;", "frontend.example.com", BAD_CERTIFICATE, mismatch("dns:frontend.example.com")),
        ];
        // No `proxy_pass` names this one: nginx does not know it when it is configured, and makes no upstream of it.
        let unknown = Backend::start(&chain(), &keys::P256_C);
        let by_variable = unknown.address;
        let versions = ["TLSv1.2", "TLSv1.3"];
        for version in versions {
            let locations = good.iter().map(|(name, directives, _)| (*name, *directives));
            for (name, directives) in
                locations.chain(bad.iter().map(|(name, directives, ..)| (*name, *directives)))
            {
                content += &format!(
                    "location /{version}/{name} {{ {directives} proxy_ssl_protocols {version}; proxy_pass https://BACKEND; }}\n"
                );
                content += &format!(
                    "location /{version}/variable-{name} {{ {directives} proxy_ssl_protocols {version}; set $to {by_variable}; proxy_pass https://$to; }}\n"
                );
            }
        }
        // nginx asks nobody.
        content += "location /off { lastmile_policy off; proxy_pass https://BACKEND; }\n";
        world.configure(&content);
        let nginx = world.start();
        let mut lines = Vec::new();
        for version in versions {
            for (variable, backend) in [("", &world.backend), ("variable-", &unknown)] {
                let seen = || backend.take_one(PATIENCE).expect("a connection comes");
                for (name, _, sni) in &good {
                    let path = format!("/{version}/{variable}{name}");
                    assert_eq!(world.status(&path), 200, "{path}\n{}", nginx.error_log());
                    let seen = seen();
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
                    let seen = seen();
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
}

#[test]
fn no_session_and_no_pooled_connection_gets_past_a_policy() {
    for world in World::each("reuse") {
        let keep = "proxy_http_version 1.1; proxy_set_header Connection '';";
        let before = "upstream TLSv1.2 { server BACKEND; } upstream TLSv1.3 { server BACKEND; } \
                      upstream pooled { server BACKEND; keepalive 4; } \
                      upstream other { server BACKEND; keepalive 4; }";
        let refuse = "lastmile_hostname frontend.example.com;";
        let versions = ["TLSv1.2", "TLSv1.3"];
        let plain = versions.map(|version| {
            let pass = format!("proxy_ssl_protocols {version}; proxy_pass https://{version};");
            format!(
                "location /{version}/good {{ {pass} }}\n\
                 location /{version}/bad {{ {refuse} {pass} }}\n\
                 location /{version}/off {{ lastmile_policy off; {pass} }}\n"
            )
        });
        world.configure_around(
            before,
            &format!(
                "{keep} lastmile_ca ca.pem; lastmile_hostname {NAME};\n{}\
                 location /pooled/good {{ proxy_pass https://pooled; }}\n\
                 location /pooled/too {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://pooled; }}\n\
                 location /pooled/variable-good {{ set $to pooled; proxy_pass https://$to; }}\n\
                 location /pooled/variable-bad {{ {refuse} set $to pooled; proxy_pass https://$to; }}\n\
                 location /pooled/variable-sni {{ lastmile_hostname sni.example.com; lastmile_san hostname:{NAME}; set $to pooled; proxy_pass https://$to; }}\n\
                 location /pooled/variable-off {{ lastmile_policy off; set $to pooled; proxy_pass https://$to; }}\n\
                 location /other/off {{ lastmile_policy off; proxy_pass https://other; }}\n\
                 location /other/variable-good {{ set $to other; proxy_pass https://$to; }}\n\
                 location /other/variable-bad {{ {refuse} set $to other; proxy_pass https://$to; }}",
                plain.concat()
            ),
        );
        let nginx = world.start();
        // Sessions: nginx shares them among locations, but resumes none under a policy.
        for version in versions {
            for _ in 0..2 {
                for (name, status) in
                    [("off", 200), ("good", 200), ("good", 200), ("bad", 502), ("bad", 502)]
                {
                    assert_eq!(
                        world.status(&format!("/{version}/{name}")),
                        status,
                        "{version} {name}"
                    );
                }
            }
            let seen = world.backend.take();
            let asked: Vec<&Seen> = seen.iter().filter(|seen| !seen.requests.is_empty()).collect();
            assert_eq!(asked.len(), 6, "{seen:#?}");
            // The location that has no policy does, so that there was something to resume.
            let resumed: Vec<_> = seen.iter().filter(|seen| seen.is_resumed()).collect();
            assert_eq!(resumed.len(), 1, "{seen:#?}");
            assert_eq!(resumed[0].requests, [format!("/{version}/off")]);
        }

        // Pools: one connection serves one policy, by whatever location.
        for path in ["/pooled/good", "/pooled/too", "/pooled/variable-good", "/pooled/good"] {
            assert_eq!(world.status(path), 200, "{path}");
        }
        let seen = world.backend.take();
        let asked: Vec<_> = seen.iter().filter(|seen| !seen.requests.is_empty()).collect();
        assert_eq!(asked.len(), 1, "{seen:#?}");
        assert_eq!(asked[0].requests.len(), 4, "{seen:#?}");
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
}

#[test]
fn locations_without_a_policy_are_as_they_were() {
    for world in World::each("native") {
        // From nginx 1.23.1 on, locations share an SSL_CTX where they set nothing of it themselves. A session that
        // another location has made brings its verify result with it.
        // Where a block inherits the name that nginx sends, it could have it from nginx as well as from the policy.
        world.configure(&format!(
            "proxy_ssl_trusted_certificate ca.pem; proxy_ssl_name {NAME}; proxy_ssl_server_name on; proxy_ssl_verify_depth 3; proxy_ssl_session_reuse off;\n\
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
             location /around {{ proxy_ssl_server_name off; lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND;\n\
               if ($arg_a) {{ set $x 1; }}\n\
               if ($arg_b) {{ proxy_pass https://BACKEND; }} }}\n\
             location /limited {{ proxy_ssl_server_name off; lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND;\n\
               limit_except POST {{ allow all; }} }}\n\
             location /limited-refused {{ proxy_ssl_server_name off; lastmile_ca ca.pem; lastmile_hostname frontend.example.com; proxy_pass https://BACKEND;\n\
               limit_except POST {{ allow all; }} }}\n\
             location /error {{ error_page 502 /fallback; proxy_intercept_errors on; lastmile_ca other.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND; }}\n\
             location /fallback {{ return 503; }}\n\
             location /shared {{ proxy_ssl_verify on; proxy_pass https://BACKEND;\n\
               location /shared/policy {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND; }}\n\
               location /shared/refused {{ lastmile_ca ca.pem; lastmile_hostname frontend.example.com; proxy_pass https://BACKEND; }} }}\n\
             location /other {{ proxy_ssl_verify on; proxy_ssl_trusted_certificate other.pem; proxy_pass https://BACKEND;\n\
               location /other/policy {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://BACKEND; }}\n\
               location /other/native {{ proxy_pass https://BACKEND; }} }}"
        ));
        let nginx = world.start();
        let mismatch = "lastmile/name-mismatch ";
        let mut expected = Vec::new();
        for (path, status, verdict) in [
            ("/policy", 200, "accepted]"),
            ("/refused", 502, "lastmile/unknown-issuer "),
            ("/asked", 200, "]"),
            ("/asked-name", 502, "]"),
            ("/asked-other", 502, "]"),
            ("/not-asked", 200, "]"),
            ("/outer", 502, mismatch),
            ("/outer/inner", 502, mismatch),
            ("/outer/off", 200, "]"),
            // Blocks of "if" and "limit_except" too, whether they pass by themselves or not.
            ("/outer?a=1", 502, mismatch),
            ("/outer?b=1", 502, mismatch),
            ("/around?a=1", 200, "accepted]"),
            ("/around?b=1", 200, "accepted]"),
            ("/limited", 200, "accepted]"),
            ("/limited-refused", 502, mismatch),
            // The verdict outlives the redirect.
            ("/error", 503, "lastmile/unknown-issuer "),
            ("/shared", 200, "]"),
            ("/shared/policy", 200, "accepted]"),
            ("/shared/refused", 502, mismatch),
            ("/other", 502, "]"),
            ("/other/policy", 200, "accepted]"),
            ("/other/native", 502, "]"),
        ] {
            assert_eq!(world.status(path), status, "{path}\n{}", nginx.error_log());
            expected.push(format!("{status} {path} [{verdict}"));
        }
        for (line, expected) in nginx.access_log(expected.len()).iter().zip(&expected) {
            assert!(line.starts_with(expected), "expected {expected}, found {line}");
        }
    }
}

#[test]
fn what_has_no_certificate_gets_nothing() {
    for world in World::each("anonymous") {
        if !has("openssl", "version", "a server without a certificate") {
            return;
        }
        let [server, unknown] = [(); 2].map(|()| Server::without_certificate());
        // Only a variable names the other one.
        let (to, by_variable) = (server.address, unknown.address);
        let anonymous = "proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ALL:aNULL:@SECLEVEL=0;";
        world.configure(&format!(
            "{anonymous}\n\
             location /off {{ proxy_pass https://{to}; }}\n\
             location /policy {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; proxy_pass https://{to}; }}\n\
             location /variable {{ lastmile_ca ca.pem; lastmile_hostname {NAME}; set $to {by_variable}; proxy_pass https://$to; }}\n\
             location /variable-off {{ set $to {by_variable}; proxy_pass https://$to; }}"
        ));
        let nginx = world.start();
        assert_eq!(world.status("/off"), 200);
        assert_eq!(world.status("/policy"), 502);
        assert_eq!(world.status("/variable"), 502);
        assert_eq!(world.status("/variable-off"), 200);
        let lines = nginx.access_log(3);
        assert_eq!(lines[1], "502 /policy [lastmile/not-verified]");
        assert_eq!(lines[2], "502 /variable [lastmile/not-verified]");
    }
}

#[test]
fn grpc_and_uwsgi_are_held_to_it_too() {
    for world in World::each("protocols") {
        if !has("openssl", "version", "servers of gRPC and uwsgi") {
            return;
        }
        // It speaks neither, but TLS.
        let [server, unknown] = ["nginx-protocols", "nginx-protocols-unknown"]
            .map(|name| Server::start(name, &chain(), &keys::P256_C));
        // Only a variable names the other one.
        let (to, by_variable) = (server.address, unknown.address);
        let good = format!("lastmile_ca ca.pem; lastmile_hostname {NAME};");
        let bad = "lastmile_ca ca.pem; lastmile_hostname frontend.example.com;";
        world.configure(&format!(
            "grpc_read_timeout 1s; uwsgi_read_timeout 1s;\n\
             location /grpc/good {{ {good} grpc_pass grpcs://{to}; }}\n\
             location /grpc/bad {{ {bad} grpc_pass grpcs://{to}; }}\n\
             location /grpc/variable-good {{ {good} set $to {by_variable}; grpc_pass grpcs://$to; }}\n\
             location /grpc/variable-bad {{ {bad} set $to {by_variable}; grpc_pass grpcs://$to; }}\n\
             location /uwsgi/good {{ {good} uwsgi_pass suwsgi://{to}; }}\n\
             location /uwsgi/bad {{ {bad} uwsgi_pass suwsgi://{to}; }}\n\
             location /uwsgi/variable-good {{ {good} set $to {by_variable}; uwsgi_pass suwsgi://$to; }}\n\
             location /uwsgi/variable-bad {{ {bad} set $to {by_variable}; uwsgi_pass suwsgi://$to; }}"
        ));
        let nginx = world.start();
        let mut lines = 0;
        for protocol in ["grpc", "uwsgi"] {
            for (variable, server) in [("", &server), ("variable-", &unknown)] {
                let good = format!("/{protocol}/{variable}good");
                let bad = format!("/{protocol}/{variable}bad");
                assert!(world.status(&good) >= 502, "{good}");
                assert_eq!(world.status(&bad), 502, "{bad}");
                lines += 2;
                let logged = nginx.access_log(lines);
                let [.., accepted, refused] = logged.as_slice() else { panic!("{logged:#?}") };
                assert!(accepted.ends_with(&format!(" {good} [accepted]")), "{logged:#?}");
                let mismatch = format!("502 {bad} [lastmile/name-mismatch ");
                assert!(refused.starts_with(&mismatch), "{logged:#?}");
                assert_eq!(server.alert(), Some(BAD_CERTIFICATE), "{bad}");
            }
        }
    }
}

#[test]
fn what_is_configured_wrong_is_said_where_it_stands() {
    for world in World::each("configurations") {
        let write = |name: &str, content: &str| {
            fs::write(world.directory.join(name), content).expect("a file is written");
        };
        let ca = fs::read_to_string(world.directory.join("ca.pem")).expect("it was written");
        write("empty.pem", "");
        write("broken.pem", &ca.replacen("MII", "MIJ", 1));
        write("broken.yaml", "kind: [");
        fs::create_dir_all(world.directory.join("nothing")).expect("a directory is made");
        let pass = "proxy_pass https://BACKEND;";
        let ka = "upstream pool { server BACKEND; keepalive 2; }";
        // What is wrong, what would be right, and what is said; DIR is the directory, CONF the configuration.
        for (broken, right, expected) in [
            // Each directive by itself.
            (
                "lastmile_ca;",
                "lastmile_ca ca.pem;",
                r#"invalid number of arguments in "lastmile_ca" directive in CONF:11"#,
            ),
            (
                "lastmile_ca '';",
                "lastmile_ca ca.pem;",
                r#""lastmile_ca" directive needs a file of PEM certificates, or "system" in CONF:11"#,
            ),
            (
                "lastmile_ca ca.pem;\nlastmile_ca ca.pem;",
                "lastmile_ca ca.pem;",
                r#""lastmile_ca" directive is duplicate in CONF:12"#,
            ),
            (
                "lastmile_hostname a.example;\n\nlastmile_hostname a.example;",
                "lastmile_hostname a.example;",
                r#""lastmile_hostname" directive is duplicate in CONF:13"#,
            ),
            (
                "lastmile_hostname a.example b.example;",
                "lastmile_hostname a.example;",
                r#"invalid number of arguments in "lastmile_hostname" directive in CONF:11"#,
            ),
            (
                "lastmile_san;",
                "lastmile_hostname a.example; lastmile_san uri:spiffe://a;",
                r#"invalid number of arguments in "lastmile_san" directive in CONF:11"#,
            ),
            (
                "lastmile_hostname a.example;\nlastmile_san\nb.example;",
                "lastmile_hostname a.example; lastmile_san hostname:b.example;",
                r#""lastmile_san" expects hostname:NAME or uri:URI, found "b.example" in CONF:13"#,
            ),
            (
                "lastmile_policy policies.yaml;",
                "lastmile_policy policies.yaml shop/backend;",
                r#""lastmile_policy" directive needs a target after the file: [NAMESPACE/]NAME[:SECTION] in CONF:11"#,
            ),
            (
                "lastmile_policy off shop/backend;",
                "lastmile_policy off;",
                r#""lastmile_policy" directive takes nothing after "off" in CONF:11"#,
            ),
            (
                "lastmile_policy off;\nlastmile_policy off;",
                "lastmile_policy off;",
                r#""lastmile_policy" directive is duplicate in CONF:12"#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlastmile_policy off;",
                "lastmile_policy policies.yaml shop/backend;",
                r#""lastmile_policy" directive is duplicate in CONF:12"#,
            ),
            (
                "lastmile_policy '' shop/backend;",
                "lastmile_policy policies.yaml shop/backend;",
                r#""lastmile_policy" directive needs a file of documents, or a directory of them in CONF:11"#,
            ),
            // What contradicts itself on one level.
            (
                "lastmile_policy policies.yaml shop/backend;\nlastmile_ca ca.pem;",
                "lastmile_policy policies.yaml shop/backend;",
                r#""lastmile_ca" directive has no place beside "lastmile_policy", whose documents name the CA in CONF:12"#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlastmile_hostname a.example;",
                "lastmile_policy policies.yaml shop/backend;",
                r#""lastmile_hostname" directive has no place beside "lastmile_policy", whose documents have the hostname in CONF:12"#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlastmile_san uri:s://a;",
                "lastmile_policy policies.yaml shop/backend;",
                r#""lastmile_san" directive has no place beside "lastmile_policy", whose documents have the names in CONF:12"#,
            ),
            (
                "lastmile_policy off;\nlastmile_ca ca.pem;",
                "lastmile_policy off;",
                r#""lastmile_ca" directive has no place beside "lastmile_policy off" in CONF:12"#,
            ),
            (
                "lastmile_policy off;\nlastmile_hostname a.example;",
                "lastmile_policy off;",
                r#""lastmile_hostname" directive has no place beside "lastmile_policy off" in CONF:12"#,
            ),
            (
                "lastmile_policy off;\nlastmile_san uri:s://a;",
                "lastmile_policy off;",
                r#""lastmile_san" directive has no place beside "lastmile_policy off" in CONF:12"#,
            ),
            (
                "lastmile_ca ca.pem;\nlastmile_policy off;",
                "lastmile_ca ca.pem;",
                r#""lastmile_policy" directive has no place beside "lastmile_ca", "lastmile_hostname" and "lastmile_san" in CONF:12"#,
            ),
            (
                "lastmile_hostname a.example;\nlastmile_policy policies.yaml shop/backend;",
                "lastmile_hostname a.example;",
                r#""lastmile_policy" directive has no place beside "lastmile_ca", "lastmile_hostname" and "lastmile_san" in CONF:12"#,
            ),
            // What does not go with what is inherited.
            (
                "lastmile_ca ca.pem; lastmile_hostname a.example;\nlocation / { lastmile_san uri:s://a; }",
                "lastmile_ca ca.pem; lastmile_hostname a.example; location / { lastmile_hostname a.example; lastmile_san uri:s://a; }",
                r#"lastmile: "lastmile_san" needs "lastmile_hostname" beside it: both are inherited together in CONF:12"#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlocation / { lastmile_ca ca.pem; }",
                "lastmile_policy policies.yaml shop/backend; location / { lastmile_ca ca.pem; lastmile_hostname a.example; }",
                r#"lastmile: "lastmile_ca" has no effect under the inherited "lastmile_policy", whose documents name the CA: add "lastmile_hostname" in CONF:12"#,
            ),
            (
                "lastmile_policy off;\nlocation / { lastmile_ca ca.pem; }",
                "lastmile_policy off; location / { lastmile_ca ca.pem; lastmile_hostname a.example; }",
                r#"lastmile: "lastmile_ca" has no effect under the inherited "lastmile_policy off": add "lastmile_hostname" in CONF:12"#,
            ),
            (
                "location / { PASS\nlastmile_hostname a.example; }",
                "location / { PASS lastmile_ca ca.pem; lastmile_hostname a.example; }",
                r#"lastmile: "lastmile_hostname" needs "lastmile_ca": name a file of PEM certificates, or "system" in CONF:12"#,
            ),
            (
                "location / { PASS\nlastmile_ca ca.pem; }",
                "lastmile_ca ca.pem; location / { PASS }",
                r#"lastmile: "lastmile_ca" verifies nothing by itself: add "lastmile_hostname" in CONF:12"#,
            ),
            // Files and names.
            (
                "lastmile_ca none.pem;\nlastmile_hostname a.example;",
                "lastmile_ca ca.pem; lastmile_hostname a.example;",
                "lastmile: DIR/none.pem: cannot be read: No such file or directory in CONF:11",
            ),
            (
                "lastmile_hostname a.example;\nlastmile_ca empty.pem;",
                "lastmile_hostname a.example; lastmile_ca ca.pem;",
                "lastmile: DIR/empty.pem: has no certificate: expected a bundle of PEM certificates of CAs in CONF:12",
            ),
            (
                "lastmile_ca broken.pem; lastmile_hostname a.example;",
                "lastmile_ca ca.pem; lastmile_hostname a.example;",
                "lastmile: DIR/broken.pem: block 1, line 2: the certificate is malformed: certificate at octet 0: it ends too early: every certificate of a bundle must be good in CONF:11",
            ),
            (
                "lastmile_ca nothing; lastmile_hostname a.example;",
                "lastmile_ca system; lastmile_hostname a.example;",
                "lastmile: DIR/nothing: is not a regular file in CONF:11",
            ),
            (
                "lastmile_ca ca.pem;\nlastmile_hostname a..b;",
                "lastmile_ca ca.pem; lastmile_hostname a.b;",
                r#"lastmile: hostname: expected a DNS name such as backend.example.com, found "a..b": a label is empty: two dots side by side, or a dot at an end in CONF:12"#,
            ),
            (
                "lastmile_ca ca.pem; lastmile_hostname $host;",
                "lastmile_ca ca.pem; lastmile_hostname host;",
                r#"lastmile: hostname: expected a DNS name such as backend.example.com, found "$host": the API takes only letters, digits, hyphens and dots in CONF:11"#,
            ),
            (
                "lastmile_ca ca.pem; lastmile_hostname a.example; lastmile_san hostname:10.0.0.1;",
                "lastmile_ca ca.pem; lastmile_hostname a.example; lastmile_san hostname:b.example;",
                r#"lastmile: subjectAltNames[0].hostname: expected a DNS name such as backend.example.com, found "10.0.0.1": an IP address is not a DNS name in CONF:11"#,
            ),
            (
                "lastmile_policy none.yaml shop/backend;",
                "lastmile_policy policies.yaml shop/backend;",
                "lastmile: DIR/none.yaml: cannot be read: No such file or directory in CONF:11",
            ),
            (
                "lastmile_policy nothing shop/backend;",
                "lastmile_policy policies.yaml shop/backend;",
                "lastmile: DIR/nothing: has no files that end in .yaml, .yml or .json in CONF:11",
            ),
            (
                "lastmile_policy policies.yaml shop/nobody;",
                "lastmile_policy policies.yaml shop/backend;",
                r#"lastmile: DIR/policies.yaml: target "shop/nobody": no policy is about it: expected a BackendTLSPolicy with a targetRef to it in CONF:11"#,
            ),
            (
                "lastmile_policy policies.yaml 'a b';",
                "lastmile_policy policies.yaml shop/backend;",
                r#"lastmile: target "a b": expected [NAMESPACE/]NAME[:SECTION] in CONF:11"#,
            ),
            (
                "lastmile_policy policies.yaml shop/lost;",
                "lastmile_policy policies.yaml shop/backend;",
                r#"lastmile: DIR/policies.yaml: target "shop/lost": refused: policy-no-valid-ca-certificate (shop/lost): DIR/policies.yaml: line "#,
            ),
            (
                "lastmile_policy policies.yaml shop/open;",
                "lastmile_policy policies.yaml shop/backend;",
                r#"lastmile: DIR/policies.yaml: target "shop/open": every certificate would be accepted, by insecureSkipVerify: verification is not skipped here, remove that in CONF:11"#,
            ),
            // Where there is nothing to verify.
            (
                "lastmile_ca ca.pem; lastmile_hostname a.example;\nlocation / {\nproxy_pass http://BACKEND; }",
                "lastmile_ca ca.pem; lastmile_hostname a.example; location / { lastmile_policy off; proxy_pass http://BACKEND; }",
                r#"lastmile: "proxy_pass http://BACKEND" in location "/" speaks no TLS, so that no certificate can be verified: write https://, or "lastmile_policy off;" in the location if plain text is meant in CONF:13 (the policy is that of CONF:11)"#,
            ),
            (
                "set $to https://BACKEND;\nlocation / { lastmile_policy policies.yaml shop/backend; proxy_pass $to; }",
                "set $to BACKEND; location / { lastmile_policy policies.yaml shop/backend; proxy_pass https://$to; }",
                r#"lastmile: "proxy_pass $to" in location "/" may speak no TLS, as its scheme is a variable: write https:// before the variable in CONF:12 (the policy is that of CONF:12)"#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlocation /f { fastcgi_pass BACKEND; }",
                "lastmile_policy policies.yaml shop/backend; location /f { lastmile_policy off; fastcgi_pass BACKEND; }",
                r#"lastmile: "fastcgi_pass BACKEND" in location "/f" speaks no TLS, so that no certificate can be verified: write "lastmile_policy off;" in the location if that is meant in CONF:12 (the policy is that of CONF:11)"#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlocation /g { grpc_pass BACKEND; }",
                "lastmile_policy policies.yaml shop/backend; location /g { grpc_pass grpcs://BACKEND; }",
                r#"lastmile: "grpc_pass BACKEND" in location "/g" speaks no TLS, so that no certificate can be verified: write grpcs://, or "lastmile_policy off;""#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlocation /u { uwsgi_pass uwsgi://BACKEND; }",
                "lastmile_policy policies.yaml shop/backend; location /u { uwsgi_pass suwsgi://BACKEND; }",
                r#"lastmile: "uwsgi_pass uwsgi://BACKEND" in location "/u" speaks no TLS, so that no certificate can be verified: write suwsgi://, or "lastmile_policy off;""#,
            ),
            (
                "lastmile_policy policies.yaml shop/backend;\nlocation / { PASS if ($arg_a) { proxy_pass http://BACKEND; } }",
                "lastmile_policy policies.yaml shop/backend; location / { PASS if ($arg_a) { PASS } }",
                r#"lastmile: "proxy_pass http://BACKEND" in location "/" speaks no TLS"#,
            ),
            // What nginx itself checks is still checked.
            (
                "location / { proxy_pass; }",
                "location / { PASS }",
                r#"invalid number of arguments in "proxy_pass" directive in CONF:11"#,
            ),
            (
                "location / { PASS\nPASS }",
                "location / { PASS }",
                r#""proxy_pass" directive is duplicate in CONF:12"#,
            ),
            (
                "PASS",
                "location / { PASS }",
                r#""proxy_pass" directive is not allowed here in CONF:11"#,
            ),
            (
                "location / { proxy_pass ftp://BACKEND; }",
                "location / { PASS }",
                "invalid URL prefix in CONF:11",
            ),
            // Pools.
            (
                "KA location /a { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; }\nlocation /b { lastmile_policy policies.yaml shop/wrong; proxy_pass https://pool; }",
                "KA location /a { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; } location /b { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; }",
                r#"lastmile: the upstream "pool" pools connections ("keepalive" in CONF:10), and is reached under two policies: lastmile_policy DIR/policies.yaml shop/backend in location "/a" (CONF:11), and lastmile_policy DIR/policies.yaml shop/wrong in location "/b" (CONF:12): a pooled connection is not verified again: write one upstream for each policy, with the same servers"#,
            ),
            (
                "KA location /a { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; }\nlocation /b { proxy_pass https://pool; }",
                "KA location /a { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; } location /b { proxy_pass https://BACKEND; }",
                r#"shop/backend in location "/a" (CONF:11), and no policy in location "/b" (CONF:12): "#,
            ),
            (
                "KA location /a { proxy_pass http://pool; } location /b { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; }",
                "upstream POOL location /a { proxy_pass http://pool; } location /b { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; }",
                r#"is reached under two policies: "#,
            ),
            (
                "KA location /a { lastmile_ca ca.pem; lastmile_hostname a.example; lastmile_san uri:s://a; proxy_pass https://pool; } location /b { lastmile_ca ca.pem; lastmile_hostname b.example; lastmile_san uri:s://a; proxy_pass https://pool; }",
                "KA location /a { lastmile_ca ca.pem; lastmile_hostname a.example; lastmile_san uri:s://a; proxy_pass https://pool; } location /b { lastmile_ca ca.pem; lastmile_hostname a.example; lastmile_san uri:s://a; proxy_pass https://pool; }",
                "is reached under two policies: ",
            ),
            (
                "KA location /g { lastmile_policy policies.yaml shop/backend; grpc_pass grpcs://pool; } location /p { lastmile_policy policies.yaml shop/wrong; proxy_pass https://pool; }",
                "KA location /g { lastmile_policy policies.yaml shop/backend; grpc_pass grpcs://pool; } location /p { lastmile_policy policies.yaml shop/backend; proxy_pass https://pool; }",
                "is reached under two policies: ",
            ),
        ] {
            let backend = world.backend.address.to_string();
            let configure = |content: &str| {
                let content = content.replace("PASS", pass);
                if let Some(content) = content.strip_prefix("KA ") {
                    world.configure_around(ka, content);
                } else if let Some(content) = content.strip_prefix("upstream POOL ") {
                    world.configure_around(&ka.replace("keepalive 2;", ""), content);
                } else {
                    world.configure(&content);
                }
            };
            configure(broken);
            let finished = world.module.test(&world.directory);
            let directory = world.directory.display().to_string();
            let expected = expected
                .replace("CONF", &format!("{directory}/nginx.conf"))
                .replace("DIR", &directory)
                .replace("BACKEND", &backend);
            let said =
                finished.errors.lines().find(|line| line.contains("[emerg]")).unwrap_or_default();
            let said = said.split_once("[emerg] ").map_or("", |(_, said)| said);
            assert!(
                !finished.status.success() && said.contains(&expected),
                "{broken}\nexpected {expected}\n   found {said}\n{}",
                finished.errors
            );
            println!("{}", said.replace(&directory, ""));
            configure(right);
            let finished = world.module.test(&world.directory);
            assert!(finished.status.success(), "{right}\n{}", finished.errors);
        }

        // A document that cannot be read is a warning, if the policy is found.
        fs::create_dir_all(world.directory.join("mixed")).expect("a directory is made");
        write("mixed/broken.yaml", "kind: [");
        fs::copy(world.directory.join("policies.yaml"), world.directory.join("mixed/a.yaml"))
            .expect("a copy");
        world.configure("lastmile_policy mixed shop/backend;");
        let finished = world.module.test(&world.directory);
        assert!(
            finished.status.success()
                && finished.errors.contains("[warn] ")
                && finished.errors.contains("mixed/broken.yaml: line 1"),
            "{}",
            finished.errors
        );
    }
}

#[test]
fn a_bad_reload_keeps_what_was_good() {
    for world in World::each("reload") {
        let path = |name: &str| world.directory.join(name);
        let content = |ca: &str, hostname: &str| {
            format!(
                "location / {{ lastmile_ca {ca}; lastmile_hostname {hostname}; proxy_pass https://BACKEND; }}"
            )
        };
        fs::copy(path("ca.pem"), path("now.pem")).expect("a copy");
        world.configure(&content("now.pem", NAME));
        let mut nginx = world.start();
        assert_eq!(world.status("/"), 200);
        // Read when it is configured, and no more.
        fs::remove_file(path("now.pem")).expect("it was there");
        assert_eq!(world.status("/"), 200);
        let said = nginx.reload();
        assert!(
            said.contains("[emerg]")
                && said.contains("now.pem: cannot be read: No such file or directory in "),
            "{said}"
        );
        assert_eq!(world.status("/"), 200);
        fs::write(
            path("now.pem"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .expect("written");
        let said = nginx.reload();
        assert!(said.contains("[emerg]") && said.contains("now.pem: block 1, line 1"), "{said}");
        assert_eq!(world.status("/"), 200);
        // Another bundle under the same path.
        fs::copy(path("other.pem"), path("now.pem")).expect("a copy");
        let said = nginx.reload();
        assert!(!said.contains("[emerg]"), "{said}");
        assert_eq!(world.status("/"), 502);
        fs::copy(path("ca.pem"), path("now.pem")).expect("a copy");
        nginx.reload();
        assert_eq!(world.status("/"), 200);
        world.configure(&content("now.pem", "frontend.example.com"));
        nginx.reload();
        assert_eq!(world.status("/"), 502);
        // Without the module, and with it again: OpenSSL still knows of it.
        let plain = format!(
            "server {{ listen {}; location / {{ proxy_pass https://{}; }} }}",
            world.address, world.backend.address
        );
        NginxModule::configure_without(&world.directory, &plain);
        let said = nginx.reload();
        assert!(!said.contains("[emerg]"), "{said}");
        assert_eq!(world.status("/"), 200);
        world.configure(&content("now.pem", "frontend.example.com"));
        nginx.reload();
        assert_eq!(world.status("/"), 502);
        world.configure(&content("now.pem", NAME));
        nginx.reload();
        assert_eq!(world.status("/"), 200);
        assert!(nginx.is_running());
        let log = nginx.error_log();
        assert!(!log.contains("[alert]") && !log.contains("signal 11"), "{log}");
    }
}

#[test]
fn a_module_that_is_loaded_stays_until_nginx_ends() {
    for mut world in World::each("rebuilt") {
        let ours = world.directory.join("ngx_http_lastmile_module.so");
        fs::copy(&world.module.module, &ours).expect("a copy");
        world.module.module.clone_from(&ours);
        world.configure(&format!(
            "lastmile_ca ca.pem; lastmile_hostname {NAME}; location / {{ proxy_pass https://BACKEND; }}"
        ));
        let nginx = world.start();
        assert_eq!(world.status("/"), 200);
        // Built again where it is loaded: it is not written over.
        run(&mut world.module.build_command(&world.directory), BUILDS_FOR).expect_success();
        assert_eq!(world.status("/"), 200);
        assert!(nginx.test().status.success());
        // What a reload would take.
        let next = world.directory.join("next.so");
        fs::write(&next, "no module").expect("a file is written");
        fs::rename(next, &ours).expect("it is renamed");
        let said = nginx.reload();
        assert!(!said.contains("[emerg]"), "{said}");
        assert_eq!(world.status("/"), 200);
        assert_eq!(nginx.access_log(3), ["200 / [accepted]"; 3]);
        // What starts anew does.
        let finished = nginx.test();
        assert!(
            !finished.status.success() && finished.errors.contains("dlopen() "),
            "{finished:?}"
        );
        let log = nginx.error_log();
        assert!(!log.contains("[alert]") && !log.contains("signal 11"), "{log}");
    }
}

#[test]
fn the_readme_shows_what_happens() {
    for world in World::each("readme") {
        let readme =
            fs::read_to_string(workspace().join("adapters/nginx/README.md")).expect("it is there");
        let block = |kind: &str| {
            let (_, after) =
                readme.split_once(&format!("```{kind}\n")).expect("it has such a block");
            after.split_once("```").expect("blocks end").0.to_owned()
        };
        let der = |name| pem::decode("CERTIFICATE", &quickstart_file(name)).expect("a certificate");
        world.backend.present(&[der("chain.pem"), der("intermediate.pem")], &keys::P256_C);
        let configuration = [
            ("target/nginx/ngx_http_lastmile_module.so", world.module.module.display().to_string()),
            ("/ROOT", workspace().display().to_string()),
            ("127.0.0.1:8443", world.backend.address.to_string()),
            ("127.0.0.1:8080", world.address.to_string()),
            ("/tmp/try.pid", "nginx.pid".to_owned()),
            ("/dev/stdout", "access.log".to_owned()),
            ("stderr", "error.log".to_owned()),
            // Where the package is only unpacked, there is no /var/lib/nginx.
            ("http {", format!("http {{ {}", NginxModule::TEMPORARY)),
        ]
        .into_iter()
        .fold(block("nginx"), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, &to)
        });
        fs::write(world.directory.join("nginx.conf"), configuration).expect("it is written");
        let nginx = world.start();
        assert_eq!(
            (world.status("/good"), world.status("/bad")),
            (200, 502),
            "{}",
            nginx.error_log()
        );
        let lines: Vec<_> = block("text").lines().map(str::to_owned).collect();
        assert_eq!(nginx.access_log(2), lines);
        assert!(nginx.error_log().contains(lines[1].trim_start_matches("502 /bad ")));
    }
}

#[test]
fn the_module_exports_nothing_else_and_is_never_unloaded() {
    for world in World::each("exports") {
        let Some((names, section)) = dynamic_symbols(&world.module.module) else { return };
        assert_eq!(names, ["ngx_module_names", "ngx_module_order", "ngx_modules"]);
        assert!(section.contains("NODELETE"), "{section}");
    }
}

#[test]
fn what_one_server_was_refused_another_one_gets() {
    for world in World::each("servers") {
        let wrong = pki::leaf("frontend.example.com");
        let another = Backend::start(&[root().issue(wrong)], &keys::P256_C);
        // The first one is asked first, and left out for a while when it has failed.
        let before = format!(
            "upstream both {{ server {}; server BACKEND backup; }} \
             upstream one {{ server {}; }}",
            another.address, another.address
        );
        let policy = format!("lastmile_ca ca.pem; lastmile_hostname {NAME};");
        world.configure_around(
            &before,
            &format!(
                "{policy}\n\
                 location /both {{ proxy_pass https://both; }}\n\
                 location /too {{ proxy_pass https://both; }}\n\
                 location /one {{ proxy_pass https://one; }}"
            ),
        );
        let nginx = world.start();
        assert_eq!(world.status("/one"), 502);
        assert_eq!(world.status("/both"), 200);
        let lines = nginx.access_log(2);
        assert!(lines[0].starts_with("502 /one [lastmile/name-mismatch "), "{lines:?}");
        assert_eq!(lines[1], "200 /both [accepted]");
        assert_eq!(world.seen().requests, ["/both"]);
        let refused = || another.take_one(PATIENCE).expect("a connection");
        let refused = [refused(), refused()];
        assert!(refused.iter().all(|seen| seen.requests.is_empty()), "{refused:#?}");
        // It is left out for the other location too; the only server of an upstream is asked again.
        assert_eq!(world.status("/too"), 200);
        assert_eq!(another.take().len(), 0);
        assert_eq!(world.status("/one"), 502);
        assert!(another.take_one(PATIENCE).is_some());
        let log = nginx.error_log();
        assert!(
            log.contains("location=\"/both\" upstream=\"both\" hostname=backend.example.com"),
            "{log}"
        );
    }
}
