//! The module in the real Apache httpd: policies, alerts, sessions, pools, configurations and restarts.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use lastmile_harness::Apache;
use lastmile_harness::ApacheModule;
use lastmile_harness::Backend;
use lastmile_harness::Seen;
use lastmile_harness::apache;
use lastmile_harness::dynamic_symbols;
use lastmile_harness::get;
use lastmile_harness::own_address;
use lastmile_harness::pki;
use lastmile_harness::quickstart_file;
use lastmile_harness::root as workspace;
use lastmile_harness::say_skipped;
use lastmile_harness::whole_lines;
use lastmile_testdata::case;
use lastmile_testdata::keys;
use lastmile_testdata::pem;
use support::shop::NAME;
use support::shop::SPIFFE_ID;
use support::shop::chain;
use support::shop::config_map;
use support::shop::policy;
use support::shop::root;

const PATIENCE: Duration = Duration::from_secs(20);
const UNKNOWN_CA: u8 = 48;
const BAD_CERTIFICATE: u8 = 42;

/// A directory with bundles and documents, a backend, and an httpd to configure.
struct World {
    module: ApacheModule,
    directory: PathBuf,
    backend: Backend,
    address: SocketAddr,
}

fn documents(bundle: &str) -> String {
    [
        policy("backend", NAME, ""),
        policy("wrong", "frontend.example.com", ""),
        policy("lost", NAME, "").replace("name: ca}", "name: none}"),
        config_map(bundle),
    ]
    .concat()
}

impl World {
    fn new(name: &str) -> Option<Self> {
        let module = apache("the module for Apache")?;
        let directory = module.directory(name);
        let write = |name: &str, content: &str| {
            fs::write(directory.join(name), content).expect("a file is written");
        };
        let ca = case::certificates(&[root().certificate]);
        let other = pki::root("Example Root", &keys::P256_H);
        write("ca.pem", &ca);
        write("other.pem", &case::certificates(&[other.certificate]));
        write("policies.yaml", &documents(&ca));
        let backend = Backend::start(&chain(), &keys::P256_C);
        Some(Self { module, directory, backend, address: own_address() })
    }

    /// Configures this; `HOST name { … }` is a virtual host, and `BACKEND` the address of the backend.
    fn configure(&self, content: &str) {
        let content = content.replace("BACKEND", &self.backend.address.to_string());
        self.module.configure(&self.directory, &[self.address], &content);
    }

    /// A virtual host for this name, on one line each of its directives.
    fn host(&self, name: &str, directives: &str) -> String {
        let address = self.address;
        format!("<VirtualHost {address}>\nServerName {name}\n{directives}\n</VirtualHost>\n")
    }

    fn start(&self) -> Apache {
        self.module.start(&self.directory, self.address)
    }

    fn status(&self, host: &str, path: &str) -> u16 {
        get(self.address, host, path).unwrap_or_else(|error| panic!("{host}{path}: {error}")).status
    }

    /// What the backend saw of the next connection.
    fn seen(&self) -> Seen {
        self.backend.take_one(PATIENCE).expect("a connection comes")
    }
}

const PASS: &str = "SSLProxyEngine on\nProxyPass / https://BACKEND/";
const STANZA: &str = "LastmileCA ca.pem\nLastmileHostname backend.example.com";
const REFUSING: &str = "LastmileCA ca.pem\nLastmileHostname frontend.example.com";

#[test]
fn each_virtual_host_has_its_policy() {
    let Some(world) = World::new("hosts") else { return };
    let sans = format!(
        "LastmileHostname sni.example.com\nLastmileSAN hostname:no.example uri:{SPIFFE_ID}"
    );
    let good = [
        ("inherited", String::new(), NAME),
        ("stanza", STANZA.to_owned(), NAME),
        ("names", sans.clone(), "sni.example.com"),
        ("lines", sans.replace(" uri:", "\nLastmileSAN uri:"), "sni.example.com"),
        ("documents", "LastmilePolicy policies.yaml shop/backend".to_owned(), NAME),
        // What mod_ssl itself would do has no say.
        (
            "verify",
            "SSLProxyVerify require\nSSLProxyCACertificateFile other.pem\nSSLProxyCheckPeerName on"
                .to_owned(),
            NAME,
        ),
        ("none", "SSLProxyVerify none\nSSLProxyCheckPeerCN on".to_owned(), NAME),
        ("preserved", "ProxyPreserveHost on".to_owned(), NAME),
        // What belongs to a <Proxy> is in an SSL_CTX of its own.
        (
            "section",
            "<Proxy https://BACKEND/>\nSSLProxyProtocol TLSv1.2\n</Proxy>".to_owned(),
            NAME,
        ),
    ];
    let mismatch = |expected: &str| {
        format!(
            "lastmile/name-mismatch expected={expected} \
             presented=dns:{NAME},uri:{SPIFFE_ID} certificate=0"
        )
    };
    let front = "frontend.example.com";
    let bad = [
        (
            "name",
            format!("LastmileHostname {front}"),
            front,
            BAD_CERTIFICATE,
            mismatch(&format!("dns:{front}")),
        ),
        (
            "san",
            format!("LastmileHostname {NAME}\nLastmileSAN hostname:a.example uri:spiffe://b"),
            NAME,
            BAD_CERTIFICATE,
            mismatch("dns:a.example,uri:spiffe://b"),
        ),
        (
            "ca",
            "LastmileCA other.pem".to_owned(),
            NAME,
            UNKNOWN_CA,
            "lastmile/unknown-issuer certificate=1 detail=anchor_0_bears".to_owned(),
        ),
        (
            "system",
            "LastmileCA system".to_owned(),
            NAME,
            UNKNOWN_CA,
            "lastmile/unknown-issuer certificate=1 detail=the_issuer".to_owned(),
        ),
        (
            "wrong",
            "LastmilePolicy policies.yaml shop/wrong".to_owned(),
            front,
            BAD_CERTIFICATE,
            mismatch(&format!("dns:{front}")),
        ),
        // What mod_ssl itself would do has no say.
        (
            "unasked",
            "LastmileCA other.pem\nSSLProxyVerify none".to_owned(),
            NAME,
            UNKNOWN_CA,
            "lastmile/unknown-issuer".to_owned(),
        ),
        (
            "refusing-section",
            format!(
                "LastmileHostname {front}\n<Proxy https://BACKEND/>\nSSLProxyVerify none\n</Proxy>"
            ),
            front,
            BAD_CERTIFICATE,
            mismatch(&format!("dns:{front}")),
        ),
    ];
    let mut content = format!("{STANZA}\n");
    for version in ["1.2", "1.3"] {
        let versions = format!("SSLProxyProtocol TLSv{version}");
        for (name, directives, _) in &good {
            let name = format!("{name}.tls{version}.test");
            content += &world.host(&name, &format!("{directives}\n{versions}\n{PASS}"));
        }
        for (name, directives, ..) in &bad {
            let name = format!("{name}.tls{version}.test");
            content += &world.host(&name, &format!("{directives}\n{versions}\n{PASS}"));
            // A worker that nobody has configured.
            let rewritten =
                "SSLProxyEngine on\nRewriteEngine on\nRewriteRule ^/(.*)$ https://BACKEND/$1 [P]";
            content += &world.host(
                &format!("rewritten-{name}"),
                &format!("{directives}\n{versions}\n{rewritten}"),
            );
        }
    }
    // mod_ssl asks as it does without us.
    content +=
        &world.host("off.test", &format!("LastmilePolicy off\n{PASS}\nSSLProxyCheckPeerName off"));
    content += &world.host(
        "off-asking.test",
        &format!("LastmilePolicy off\nSSLProxyVerify require\nSSLProxyCACertificateFile other.pem\n{PASS}"),
    );
    world.configure(&content);
    let apache = world.start();
    for version in ["1.2", "1.3"] {
        for (name, _, sni) in &good {
            let host = format!("{name}.tls{version}.test");
            assert_eq!(world.status(&host, "/"), 200, "{host}\n{}", apache.error_log());
            let seen = world.seen();
            assert!(seen.is_connected() && !seen.is_resumed(), "{host}: {seen:?}");
            assert_eq!(seen.server_name.as_deref(), Some(*sni), "{host}");
            let expected =
                format!("TLSv1_{}", if *name == "section" { "2" } else { &version[2..] });
            assert_eq!(format!("{:?}", seen.version.expect("a version")), expected, "{host}");
        }
        for (name, _, sni, alert, line) in &bad {
            for prefix in ["", "rewritten-"] {
                let host = format!("{prefix}{name}.tls{version}.test");
                let from = apache.error_log().len();
                assert!(world.status(&host, "/") >= 500, "{host}");
                let seen = world.seen();
                assert_eq!(seen.server_name.as_deref(), Some(*sni), "{host}");
                assert!(seen.requests.is_empty(), "{host}: {seen:?}");
                assert_eq!(seen.alert(), Some(*alert), "{host}: {seen:?}");
                apache.wait_for_log(from, line);
            }
        }
    }
    assert_eq!(world.status("off.test", "/"), 200, "{}", apache.error_log());
    assert!(world.status("off-asking.test", "/") >= 500);
    let log = apache.error_log();
    assert!(log.contains("hostname=frontend.example.com (LastmileCA "), "{log}");
    assert!(log.contains("policies.yaml shop/wrong)"), "{log}");
}

#[test]
fn two_policies_on_one_backend() {
    let Some(world) = World::new("two-policies") else { return };
    let content = [
        world.host("good.test", &format!("{STANZA}\n{PASS}")),
        world.host("refusing.test", &format!("{REFUSING}\n{PASS}")),
        world.host("off.test", &format!("{PASS}\nSSLProxyCheckPeerName off")),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    for round in 0..3 {
        for host in ["off.test", "good.test", "good.test"] {
            assert_eq!(world.status(host, "/"), 200, "{round}: {host}\n{}", apache.error_log());
        }
        assert!(world.status("refusing.test", "/") >= 500, "{round}");
    }
    let refused = |seen: &[Seen]| {
        seen.iter().filter(|seen| seen.alert() == Some(BAD_CERTIFICATE)).count() == 3
    };
    assert!(world.backend.wait_until(PATIENCE, refused));
    let seen = world.backend.take();
    let answered: Vec<_> = seen.iter().filter(|seen| !seen.requests.is_empty()).collect();
    // Connections last: there was something to be reused.
    assert!(answered.iter().any(|seen| seen.requests.len() > 1), "{seen:#?}");
    assert_eq!(answered.iter().map(|seen| seen.requests.len()).sum::<usize>(), 9);
    assert!(seen.iter().all(|seen| !seen.is_resumed()), "{seen:#?}");
}

/// Where no worker says it beforehand, or one of the main server that others may use.
#[test]
fn nothing_goes_out_without_tls() {
    let Some(world) = World::new("plain") else { return };
    let rewrite = |scheme: &str| {
        format!("{STANZA}\nRewriteEngine on\nRewriteRule ^/(.*)$ {scheme}://BACKEND/$1 [P]")
    };
    let pass = "ProxyPass / http://BACKEND/";
    let balancer = |name: &str, scheme: &str| {
        format!("<Proxy balancer://{name}>\nBalancerMember {scheme}://BACKEND\n</Proxy>\n")
    };
    let balanced = |name: &str| format!("SSLProxyEngine on\nProxyPass / balancer://{name}/");
    let content = [
        balancer("plain", "http"),
        world.host("plain.test", &rewrite("http")),
        world.host("websocket.test", &rewrite("ws")),
        world.host("fcgi.test", &rewrite("fcgi")),
        world.host("balanced.test", &format!("{STANZA}\n{}", balanced("plain"))),
        world.host("tls.test", &format!("{STANZA}\n{}{}", balancer("c", "https"), balanced("c"))),
        world.host(
            "refusing.test",
            &format!("{REFUSING}\n{}{}", balancer("d", "https"), balanced("d")),
        ),
        world.host("off.test", &format!("LastmilePolicy off\n{pass}")),
        world.host("none.test", pass),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    for host in ["plain.test", "websocket.test", "fcgi.test"] {
        assert_eq!(world.status(host, "/"), 502, "{host}\n{}", apache.error_log());
    }
    assert!(world.status("balanced.test", "/") >= 500);
    assert!(world.backend.take().is_empty());
    for scheme in ["http", "ws", "fcgi"] {
        let words = format!("a request was to go without TLS to {scheme}://");
        assert!(apache.error_log().contains(&words), "{words}");
    }
    assert_eq!(world.status("tls.test", "/"), 200, "{}", apache.error_log());
    assert!(world.status("refusing.test", "/") >= 500);
    // The backend has only TLS to answer.
    for host in ["off.test", "none.test"] {
        assert_eq!(world.status(host, "/"), 400, "{host}");
    }
}

/// Somebody else has put a callback into the place of ours: what nobody of us has judged gets nothing.
#[test]
fn what_others_have_accepted_gets_nothing() {
    let Some(world) = World::new("meddler") else { return };
    let meddler = world.module.compile("apache_meddler");
    let content = [
        format!("LoadModule meddler_module {}\nMeddle accept\n", meddler.display()),
        world.host("policy.test", &format!("{STANZA}\n{PASS}")),
        world.host(
            "off.test",
            &format!("{PASS}\nSSLProxyVerify require\nSSLProxyCheckPeerName off"),
        ),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    assert!(world.status("policy.test", "/") >= 500);
    assert!(world.seen().requests.is_empty());
    apache.wait_for_log(0, "lastmile/not-verified");
    // It does meddle.
    assert_eq!(world.status("off.test", "/"), 200, "{}", apache.error_log());
}

/// Somebody else sends another name than the one of the policy, or takes the connection's SSL_CTX away.
#[test]
fn what_others_have_changed_gets_nothing() {
    let Some(world) = World::new("meddled") else { return };
    let meddler = world.module.compile("apache_meddler");
    for (way, sent, words) in [
        ("name", Some("meddler.example"), "lastmile/not-verified: a connection was made"),
        // No handshake is begun.
        ("context", None, "lastmile/fault: this connection cannot be held to LastmileCA "),
    ] {
        let content = [
            format!("LoadModule meddler_module {}\nMeddle {way}\n", meddler.display()),
            world.host("policy.test", &format!("{STANZA}\n{PASS}")),
            world.host("off.test", &format!("{PASS}\nSSLProxyCheckPeerName off")),
        ]
        .concat();
        world.configure(&content);
        let apache = world.start();
        let from = apache.error_log().len();
        assert!(world.status("policy.test", "/") >= 500, "{way}");
        apache.wait_for_log(from, words);
        let seen = world.seen();
        assert!(seen.requests.is_empty(), "{way}: {seen:?}");
        assert_eq!(seen.server_name.as_deref(), sent, "{way}: {seen:?}");
        // It does meddle where nobody forbids it.
        assert_eq!(world.status("off.test", "/"), 200, "{way}\n{}", apache.error_log());
        if way == "name" {
            assert_eq!(world.seen().server_name.as_deref(), sent);
        }
        drop(apache);
        world.backend.take();
    }
}

/// Somebody else keeps sessions, and has them resumed.
#[test]
fn no_session_is_there_to_be_resumed() {
    let Some(world) = World::new("sessions") else { return };
    let meddler = world.module.compile("apache_meddler");
    let pass = format!("{PASS} disablereuse=on");
    let content = [
        format!("LoadModule meddler_module {}\nMeddle session\n", meddler.display()),
        world.host("policy.test", &format!("{STANZA}\n{pass}")),
        world.host("off.test", &format!("{pass}\nSSLProxyCheckPeerName off")),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    // More than there are processes, each with its own.
    let resumed = |host: &str| {
        (0..24)
            .filter(|_| {
                assert_eq!(world.status(host, "/"), 200, "{host}\n{}", apache.error_log());
                world.seen().is_resumed()
            })
            .count()
    };
    assert_eq!(resumed("policy.test"), 0);
    let others = resumed("off.test");
    assert!(others > 0, "it resumes nothing");
    println!("{others} of 24 are resumed without a policy");
}

/// TLS of somebody else, or none.
#[test]
fn what_mod_ssl_has_not_made_gets_nothing() {
    let Some(world) = World::new("other-tls") else { return };
    let other = world.module.compile("apache_other_tls");
    let content = [
        format!("LoadModule other_tls_module {}\n", other.display()),
        world.host("policy.test", &format!("{STANZA}\n{PASS}")),
        world.host("off.test", PASS),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    assert!(world.status("policy.test", "/") >= 500);
    apache.wait_for_log(0, "lastmile/not-verified: a connection without TLS");
    assert!(world.backend.take().iter().all(|seen| seen.requests.is_empty()));
    // It does speak plain text where nobody forbids it.
    assert_eq!(world.status("off.test", "/"), 400, "{}", apache.error_log());
}

/// A member that is added while httpd runs is in no configuration.
#[test]
fn a_balancer_that_grows_has_one_policy_for_each_member() {
    let Some(world) = World::new("growth") else { return };
    let balancer = |member: &str| {
        format!(
            "<Proxy balancer://b>\nBalancerMember {member}\nProxySet growth=5 nonce=abc\n</Proxy>\n"
        )
    };
    let pass = "SSLProxyEngine on\nProxyPass / balancer://b/";
    let content = [
        balancer("http://127.0.0.1:1"),
        world.host("manager.test", "<Location /manager>\nSetHandler balancer-manager\n</Location>"),
        world.host("good.test", &format!("{STANZA}\n{pass}")),
        world.host("refusing.test", &format!("{REFUSING}\n{pass}")),
        world.host("off.test", &format!("{pass}\nSSLProxyCheckPeerName off")),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    let backend = world.backend.address;
    for form in [
        format!("b=b&nonce=abc&b_wyes=1&b_nwrkr=https://{backend}"),
        format!("b=b&nonce=abc&w=https://{backend}&w_status_D=0"),
        "b=b&nonce=abc&w=http://127.0.0.1:1&w_status_D=1".to_owned(),
    ] {
        post(world.address, "manager.test", "/manager", &form);
    }
    for _ in 0..4 {
        assert_eq!(world.status("good.test", "/"), 200, "{}", apache.error_log());
        for host in ["refusing.test", "off.test"] {
            assert!(world.status(host, "/") >= 500, "{host}");
        }
    }
    // One connection, which lasts, and nothing beside it.
    let seen = world.backend.take();
    assert_eq!(seen.iter().map(|seen| seen.requests.len()).collect::<Vec<_>>(), [4], "{seen:?}");
    apache.wait_for_log(0, "has connections that were made under LastmileCA ");
}

/// Sends a form.
fn post(address: SocketAddr, host: &str, path: &str, form: &str) {
    let mut socket = TcpStream::connect(address).expect("it listens");
    let length = form.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nReferer: http://{host}{path}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    );
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Virtual hosts that share what mod_ssl has made of a section.
#[test]
fn a_host_without_a_policy_is_verified_as_before() {
    let Some(world) = World::new("native") else { return };
    let content = [
        // Of the main server: everybody has its SSL_CTX.
        "SSLProxyEngine on\n<Proxy https://BACKEND/>\nSSLProxyVerify require\nSSLProxyCACertificateFile other.pem\n</Proxy>\n".to_owned(),
        world.host("policy.test", &format!("{STANZA}\n{PASS}")),
        world.host("refusing.test", &format!("{REFUSING}\n{PASS}")),
        world.host("off.test", &format!("{PASS}\nSSLProxyCheckPeerName off")),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    for _ in 0..2 {
        assert_eq!(world.status("policy.test", "/"), 200, "{}", apache.error_log());
        // By the wrong CA of mod_ssl.
        assert!(world.status("off.test", "/") >= 500);
        assert!(world.status("refusing.test", "/") >= 500);
    }
}

#[test]
fn what_is_broken_is_refused_with_its_place() {
    let Some(world) = World::new("broken") else { return };
    let empty = world.directory.join("empty.pem");
    fs::write(&empty, "").expect("a file is written");
    let host = |directives: &str| world.host("a.test", &format!("{directives}\n{PASS}"));
    let two = |main: &str, first: &str, second: &str| {
        format!("{main}\n{}{}", world.host("a.test", first), world.host("b.test", second))
    };
    let broken: Vec<(&str, String, &str)> = vec![
        ("no CA", host("LastmileHostname a.test"), "LastmileHostname needs LastmileCA"),
        ("no hostname", host("LastmileCA ca.pem"), "LastmileCA verifies nothing by itself"),
        (
            "only names",
            host("LastmileCA ca.pem\nLastmileSAN hostname:a.test"),
            "LastmileSAN needs LastmileHostname beside it",
        ),
        ("two CAs", host(&format!("{STANZA}\nLastmileCA ca.pem")), "LastmileCA stands here twice"),
        (
            "two hostnames",
            host(&format!("{STANZA}\nLastmileHostname a.test")),
            "LastmileHostname stands here twice",
        ),
        (
            "two policies",
            host("LastmilePolicy policies.yaml shop/backend\nLastmilePolicy off"),
            "LastmilePolicy stands here twice",
        ),
        (
            "both",
            host(&format!("{STANZA}\nLastmilePolicy policies.yaml shop/backend")),
            "LastmilePolicy has no place beside LastmileCA",
        ),
        (
            "both, the other way round",
            host(&format!("LastmilePolicy policies.yaml shop/backend\n{STANZA}")),
            "LastmileCA has no place beside LastmilePolicy",
        ),
        (
            "a CA beside off",
            host("LastmilePolicy off\nLastmileCA ca.pem"),
            "LastmileCA has no place beside \"LastmilePolicy off\"",
        ),
        ("off and more", host("LastmilePolicy off shop/backend"), "takes nothing after it"),
        ("no target", host("LastmilePolicy policies.yaml"), "LastmilePolicy needs a target"),
        (
            "a kind of name",
            host(&format!("{STANZA}\nLastmileSAN dns:a")),
            "expects hostname:NAME or uri:URI, found dns:a",
        ),
        ("a wildcard", host("LastmileCA ca.pem\nLastmileHostname *.test"), "found the wildcard"),
        ("an address", host("LastmileCA ca.pem\nLastmileHostname 10.0.0.1"), "10.0.0.1"),
        ("a missing file", host("LastmileCA missing.pem\nLastmileHostname a.test"), "missing.pem"),
        ("an empty file", host("LastmileCA empty.pem\nLastmileHostname a.test"), "empty.pem"),
        ("a missing document", host("LastmilePolicy missing.yaml shop/backend"), "missing.yaml"),
        ("another target", host("LastmilePolicy policies.yaml shop/none"), "shop/none"),
        (
            "a policy that is not accepted",
            host("LastmilePolicy policies.yaml shop/lost"),
            "shop/lost",
        ),
        (
            "a CA under inherited documents",
            two("LastmilePolicy policies.yaml shop/backend", "LastmileCA ca.pem", ""),
            "LastmileCA has no effect under the inherited LastmilePolicy",
        ),
        (
            "in a section",
            format!("<Location />\n{STANZA}\n</Location>"),
            "not allowed in <Location> context",
        ),
        (
            "a worker of the main server under two policies",
            two(&format!("ProxyPass / https://{}/", world.backend.address), STANZA, REFUSING),
            "is reached under two policies",
        ),
        (
            "a worker with and without",
            two(&format!("ProxyPass / https://{}/", world.backend.address), STANZA, ""),
            "is reached under two policies",
        ),
        (
            "the same names with another SNI",
            two(
                &format!("ProxyPass / https://{}/", world.backend.address),
                "LastmileCA ca.pem\nLastmileHostname a.test\nLastmileSAN hostname:c.test",
                "LastmileCA ca.pem\nLastmileHostname b.test\nLastmileSAN hostname:c.test",
            ),
            "is reached under two policies",
        ),
        (
            "a balancer of the main server",
            two(
                &format!(
                    "<Proxy balancer://b>\nBalancerMember https://{}\n</Proxy>",
                    world.backend.address
                ),
                STANZA,
                REFUSING,
            ),
            "is reached under two policies",
        ),
    ];
    let plain = [
        ("http", "http://127.0.0.1:1/"),
        ("ws", "ws://127.0.0.1:1/"),
        ("fcgi", "fcgi://127.0.0.1:1/"),
        ("ajp", "ajp://127.0.0.1:1/"),
        ("h2c", "h2c://127.0.0.1:1/"),
        ("http on a socket", "unix:/run/shop.sock|http://127.0.0.1:1/"),
        ("fcgi on a socket", "unix:/run/shop.sock|fcgi://127.0.0.1:1/"),
    ];
    let broken: Vec<_> = broken
        .into_iter()
        .chain(plain.iter().map(|(name, url)| {
            // One of many is enough.
            let content = host(&format!("{STANZA}\nProxyPass /other {url}"));
            (*name, content, "speaks no TLS")
        }))
        .chain([
            (
                "http in the main server, and all have the policy",
                two(&format!("{STANZA}\nProxyPass / http://127.0.0.1:1/"), "", STANZA),
                "the worker http://127.0.0.1:1/ of the main server speaks no TLS",
            ),
            (
                "http in a virtual host with the policy of the main server",
                two(STANZA, "ProxyPass / http://127.0.0.1:1/", ""),
                "test.conf:3 speaks no TLS",
            ),
            (
                "a member without TLS",
                host(&format!(
                    "{STANZA}\n<Proxy balancer://b>\nBalancerMember https://127.0.0.1:1\n\
                     BalancerMember http://127.0.0.1:2\n</Proxy>"
                )),
                "the worker http://127.0.0.1:2 of ",
            ),
        ])
        .collect();
    let inherited = format!("ProxyPass / https://{}/", world.backend.address);
    let plain_balancer = "<Proxy balancer://b>\nBalancerMember http://127.0.0.1:1\n</Proxy>";
    let without = |url: &str| host(&format!("LastmilePolicy off\nProxyPass /other {url}"));
    let good = [
        plain.iter().map(|(_, url)| without(url)).collect::<Vec<_>>(),
        [
            "https://127.0.0.1:1/",
            "wss://127.0.0.1:1/",
            "h2://127.0.0.1:1/",
            "unix:/run/shop.sock|https://127.0.0.1:1/",
        ]
        .iter()
        .map(|url| host(&format!("{STANZA}\nProxyPass /other {url}\nProxyPass /not !")))
        .collect(),
        vec![
            // A server without a policy may use it.
            two("ProxyPass /other http://127.0.0.1:1/", STANZA, ""),
            two(&format!("{STANZA}\nProxyPass / http://127.0.0.1:1/"), "", "LastmilePolicy off"),
            two(&format!("{STANZA}\n{plain_balancer}"), "", "LastmilePolicy off"),
            two(plain_balancer, STANZA, STANZA),
        ],
    ]
    .concat();
    let good: Vec<_> = good
        .into_iter()
        .chain([
            host(STANZA),
            host("LastmilePolicy policies.yaml shop/backend"),
            host("LastmilePolicy off"),
            // One policy for all.
            two(&format!("{STANZA}\n{inherited}"), "", STANZA),
            // The CA for all, and hosts without a policy.
            two("LastmileCA ca.pem", "LastmileHostname a.test", ""),
            // Nothing lasts.
            two(&format!("{inherited} disablereuse=on"), STANZA, REFUSING),
            two(
                &format!(
                    "<Proxy balancer://b>\nBalancerMember https://{} disablereuse=on\n</Proxy>",
                    world.backend.address
                ),
                STANZA,
                REFUSING,
            ),
            // Nothing is inherited.
            two(
                &inherited,
                &format!("ProxyPassInherit off\nBalancerInherit off\n{STANZA}"),
                &format!("ProxyPassInherit off\nBalancerInherit off\n{REFUSING}"),
            ),
        ])
        .collect();
    for content in &good {
        world.configure(content);
        let finished = world.module.validate(&world.directory);
        assert!(finished.status.success(), "{content}\n{}", finished.errors);
    }
    for (name, content, expected) in &broken {
        world.configure(content);
        let finished = world.module.validate(&world.directory);
        assert!(!finished.status.success(), "{name} is taken");
        assert!(finished.errors.contains(expected), "{name}: {expected}\n{}", finished.errors);
        assert!(finished.errors.contains("test.conf:"), "{name}: no place\n{}", finished.errors);
    }
    println!("{} wrong, {} good", broken.len(), good.len());
    // A policy that nobody could hold anything to.
    let content = world.host("a.test", STANZA);
    for (without, is_good) in [(&["ssl"][..], false), (&[], true)] {
        world.module.configure_without(&world.directory, &[world.address], &content, without);
        let finished = world.module.validate(&world.directory);
        assert_eq!(finished.status.success(), is_good, "{}", finished.errors);
        assert_eq!(finished.errors.contains("a policy needs mod_ssl"), !is_good);
    }
}

#[test]
fn a_bad_restart_keeps_the_policies() {
    let Some(world) = World::new("restart") else { return };
    let configure =
        |policy: &str| world.configure(&world.host("a.test", &format!("{policy}\n{PASS}")));
    configure(STANZA);
    let mut apache = world.start();
    let status = || world.status("a.test", "/");
    assert_eq!(status(), 200, "{}", apache.error_log());
    // Broken files are not taken.
    let bundle = world.directory.join("ca.pem");
    let content = fs::read(&bundle).expect("it is there");
    for spoil in [
        &(|path: &Path| fs::write(path, "no certificate").expect("a file")) as &dyn Fn(&Path),
        &(|path: &Path| fs::remove_file(path).expect("it is there")),
    ] {
        spoil(&bundle);
        let finished = apache.restart();
        assert!(!finished.status.success() && finished.errors.contains("ca.pem"), "{finished:?}");
        assert_eq!(status(), 200);
        fs::write(&bundle, &content).expect("a file");
    }
    // Nor are they if nobody has looked before: what was good goes on.
    fs::write(&bundle, "no certificate").expect("a file");
    let from = apache.error_log().len();
    apache.process.signal("USR1");
    apache.wait_for_log(from, "resuming normal operations");
    let line = line_with(&apache, "the policy of before the restart goes on");
    assert!(line.contains("[lastmile:crit]") && line.contains("test.conf:4"), "{line}");
    assert_eq!(status(), 200);
    fs::write(&bundle, &content).expect("a file");
    // A good one takes over, several times.
    for (policy, is_good) in [(REFUSING, false), (STANZA, true), (REFUSING, false)] {
        configure(policy);
        let from = apache.error_log().len();
        let finished = apache.restart();
        assert!(finished.status.success(), "{finished:?}");
        apache.wait_for_log(from, "resuming normal operations");
        let start = Instant::now();
        while (status() == 200) != is_good {
            assert!(start.elapsed() < PATIENCE, "{}", apache.error_log());
        }
    }
    assert!(apache.process.is_running(), "{}", apache.error_log());
    let log = apache.error_log();
    assert!(!log.contains("Segmentation"), "{log}");
}

/// The line of the error log that has this.
#[track_caller]
fn line_with(apache: &Apache, words: &str) -> String {
    let log = apache.error_log();
    let found = log.lines().find(|line| line.contains(words));
    found.unwrap_or_else(|| panic!("no {words} in\n{log}")).to_owned()
}

/// A restart before which nobody looks, as by a signal that is sent by hand.
fn restart_by_hand(apache: &Apache) {
    let from = apache.error_log().len();
    apache.process.signal("USR1");
    apache.wait_for_log(from, "resuming normal operations");
}

/// The same, with a configuration that httpd does not live on with.
#[track_caller]
fn end_by_hand(apache: &mut Apache) {
    apache.process.signal("USR1");
    let start = Instant::now();
    while apache.process.is_running() {
        assert!(start.elapsed() < PATIENCE, "it runs on\n{}", apache.error_log());
        thread::sleep(Duration::from_millis(10));
    }
}

/// The logs are not open yet when a configuration is refused.
#[test]
fn what_is_refused_at_a_restart_is_in_the_log() {
    let Some(mut world) = World::new("refused-restart") else { return };
    let good = format!("{STANZA}\n{PASS}");
    for (bad, words) in [
        (format!("LastmileHostname {NAME}\n{PASS}"), "LastmileHostname needs LastmileCA"),
        (format!("{STANZA}\nProxyPass / http://BACKEND/"), "speaks no TLS"),
        // It is not what was good before.
        (
            format!("LastmileCA missing.pem\nLastmileHostname {NAME}\n{PASS}"),
            "missing.pem: cannot be read",
        ),
    ] {
        // Its children may listen for a moment longer than itself.
        world.address = own_address();
        world.configure(&world.host("a.test", &good));
        let mut apache = world.start();
        restart_by_hand(&apache);
        assert_eq!(world.status("a.test", "/"), 200, "{}", apache.error_log());
        world.configure(&world.host("a.test", &bad));
        // Those who look before are told at once.
        let finished = apache.restart();
        assert!(finished.errors.contains(words), "{finished:?}");
        assert!(!finished.status.success() && apache.process.is_running());
        end_by_hand(&mut apache);
        let line = line_with(&apache, words);
        assert!(line.contains("[lastmile:crit]") && line.contains("test.conf:"), "{line}");
        drop(apache);
        fs::remove_file(world.directory.join("error.log")).expect("it is there");
    }
}

/// A policy that no configuration has any more is not what a later one goes on with.
#[test]
fn what_is_taken_out_is_forgotten() {
    let Some(world) = World::new("forgotten") else { return };
    let host = world.host("a.test", &format!("{STANZA}\n{PASS}"));
    let other = world.host("b.test", PASS);
    let bundle = world.directory.join("ca.pem");
    let content = fs::read(&bundle).expect("it is there");
    for is_good in [true, false] {
        fs::write(&bundle, &content).expect("a file");
        world.configure(&format!("{host}{other}"));
        let mut apache = world.start();
        assert_eq!(world.status("a.test", "/"), 200, "{}", apache.error_log());
        world.configure(&other);
        restart_by_hand(&apache);
        restart_by_hand(&apache);
        world.configure(&format!("{host}{other}"));
        if is_good {
            restart_by_hand(&apache);
            // A process of the time before may still answer.
            let start = Instant::now();
            while world.status("a.test", "/") != 200 {
                assert!(start.elapsed() < PATIENCE, "{}", apache.error_log());
            }
            continue;
        }
        fs::write(&bundle, "no certificate").expect("a file");
        end_by_hand(&mut apache);
        let line = line_with(&apache, "ca.pem: ");
        assert!(line.contains("[lastmile:crit]") && !line.contains("goes on"), "{line}");
    }
}

#[test]
fn restarts_leave_no_policies_behind() {
    const RESTARTS: usize = 16;
    let Some(world) = World::new("leaks") else { return };
    let many: Vec<Vec<u8>> = (0..1000)
        .map(|number| pki::root(&format!("Root {number}"), &keys::P256_H).certificate)
        .collect();
    let bundle = case::certificates(&many);
    let resident = |apache: &Apache| -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", apache.process.id()));
        let status = status.expect("it runs, on Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it says so");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    };
    // Each time with another file, or each time with the same.
    let grown = [true, false].map(|is_new| {
        let configure = |number: usize| {
            let name = format!("many{}.pem", if is_new { number } else { 0 });
            fs::write(world.directory.join(&name), &bundle).expect("a file is written");
            let policy = format!("LastmileCA {name}\nLastmileHostname {NAME}");
            world.configure(&world.host("a.test", &format!("{policy}\n{PASS}")));
        };
        configure(0);
        let mut apache = world.start();
        let mut sizes = Vec::new();
        for number in 1..=RESTARTS {
            configure(number);
            restart_by_hand(&apache);
            sizes.push(resident(&apache));
        }
        assert!(apache.process.is_running());
        // The first ones fill what is used again.
        sizes[RESTARTS - 1].saturating_sub(sizes[3])
    });
    println!(
        "{} restarts: {} KiB more with new names, {} with the same",
        RESTARTS - 4,
        grown[0],
        grown[1]
    );
    assert!(grown.iter().all(|&grown| grown < 2048), "{grown:?}");
}

/// httpd itself compares no more than the major number of its ABI.
#[test]
fn a_host_of_an_untested_abi_says_so() {
    let Some(mut world) = World::new("abi") else { return };
    let (next, [own, built]) = world.module.built_for_the_next();
    let words = format!("built for httpd {built}, and this is {own}: build it again");
    for (module, is_told) in [(world.module.clone(), false), (next, true)] {
        world.module = module;
        world.configure(&world.host("a.test", &format!("{STANZA}\n{PASS}")));
        let finished = world.module.validate(&world.directory);
        assert!(finished.status.success(), "{finished:?}");
        assert_eq!(finished.errors.contains(&words), is_told, "{finished:?}");
        let apache = world.start();
        assert_eq!(world.status("a.test", "/"), 200, "{}", apache.error_log());
        assert_eq!(apache.process.errors().contains(&words), is_told);
        restart_by_hand(&apache);
        let log = apache.error_log();
        let lines: Vec<_> = log.lines().filter(|line| line.contains(&words)).collect();
        // At the start, and at the restart.
        assert_eq!(lines.len(), if is_told { 2 } else { 0 }, "{log}");
        assert!(lines.iter().all(|line| line.contains("[lastmile:warn]")), "{log}");
    }
}

#[test]
fn websockets_are_verified() {
    let Some(world) = World::new("websockets") else { return };
    let pass = "SSLProxyEngine on\nProxyPass / wss://BACKEND/";
    let content = [
        world.host("good.test", &format!("{STANZA}\n{pass}")),
        world.host("refusing.test", &format!("{REFUSING}\n{pass}")),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    assert_eq!(world.status("good.test", "/socket"), 200, "{}", apache.error_log());
    let seen = world.seen();
    assert_eq!((seen.requests, seen.server_name.as_deref()), (vec!["/socket".into()], Some(NAME)));
    assert!(world.status("refusing.test", "/socket") >= 500);
    let seen = world.seen();
    assert!(seen.requests.is_empty() && seen.alert() == Some(BAD_CERTIFICATE), "{seen:?}");
    apache.wait_for_log(0, "lastmile/name-mismatch expected=dns:frontend.example.com");
}

/// Nobody asks for anything: httpd does by itself.
#[test]
fn health_checks_are_verified() {
    let Some(world) = World::new("health") else { return };
    let health = "hcmethod=GET hcinterval=1 hcuri=/health";
    let other = Backend::start(&chain(), &keys::P256_C);
    let host = |name: &str, policy: &str, address: SocketAddr| {
        let balancer = format!(
            "<Proxy balancer://{name}>\nBalancerMember https://{address} {health}\n</Proxy>"
        );
        world.host(
            &format!("{name}.test"),
            &format!("{policy}\nSSLProxyEngine on\n{balancer}\nProxyPass / balancer://{name}/"),
        )
    };
    let content =
        [host("good", STANZA, world.backend.address), host("refusing", REFUSING, other.address)]
            .concat();
    world.configure(&content);
    let apache = world.start();
    let is_asked =
        |seen: &[Seen]| seen.iter().any(|seen| seen.requests.contains(&"/health".into()));
    assert!(world.backend.wait_until(PATIENCE, is_asked), "{}", apache.error_log());
    let is_refused = |seen: &[Seen]| seen.iter().any(|seen| seen.alert() == Some(BAD_CERTIFICATE));
    assert!(other.wait_until(PATIENCE, is_refused), "{}", apache.error_log());
    apache.wait_for_log(0, "lastmile/name-mismatch expected=dns:frontend.example.com");
    let seen = other.take();
    assert!(seen.iter().all(|seen| seen.requests.is_empty()), "{seen:?}");
}

/// A virtual host of the same httpd is the backend.
#[test]
fn backends_of_http2_are_verified() {
    let Some(world) = World::new("http2") else { return };
    let [backend, other] = [(); 2].map(|()| own_address());
    let write = |name: &str, content: &str| {
        fs::write(world.directory.join(name), content).expect("a file is written");
    };
    write("chain.pem", &case::certificates(&chain()));
    let wrong = root().issue(pki::leaf("frontend.example.com"));
    write("other-chain.pem", &case::certificates(&[wrong]));
    write("key.pem", &keys::P256_C.to_pem());
    write("backend.log", "");
    write("other-backend.log", "");
    let pass = format!("SSLProxyEngine on\nProxyPass / h2://{backend}/");
    let balanced = format!(
        "SSLProxyEngine on\n<Proxy balancer://b>\nBalancerMember h2://{other}\n\
         BalancerMember h2://{backend}\n</Proxy>\nProxyPass / balancer://b/"
    );
    let served = |address: SocketAddr, name: &str| {
        format!(
            "Listen {address}\n<VirtualHost {address}>\nProtocols h2\nSSLEngine on\n\
             SSLCertificateFile {name}chain.pem\nSSLCertificateKeyFile key.pem\n\
             CustomLog {name}backend.log \"%H %U %{{SSL_TLS_SNI}}x\"\n\
             RewriteEngine on\nRewriteRule ^ - [G]\n</VirtualHost>\n"
        )
    };
    let content = [
        world.module.load("http2"),
        world.module.load("proxy_http2"),
        world.host("good.test", &format!("{STANZA}\n{pass}")),
        world.host("refusing.test", &format!("{REFUSING}\n{pass}")),
        world.host("balanced.test", &format!("{STANZA}\n{balanced}")),
        served(backend, ""),
        served(other, "other-"),
    ]
    .concat();
    world.configure(&content);
    let finished = world.module.validate(&world.directory);
    if finished.errors.contains("libnghttp2") {
        say_skipped("backends of HTTP/2", "there is no libnghttp2 here");
        return;
    }
    let apache = world.start();
    // As the backend answers.
    assert_eq!(world.status("good.test", "/good"), 410, "{}", apache.error_log());
    assert_eq!(world.status("refusing.test", "/bad"), 503, "{}", apache.error_log());
    let log = apache.error_log();
    let refusal = "lastmile/name-mismatch expected=dns:frontend.example.com";
    // It is tried twice.
    assert_eq!(log.matches(refusal).count(), 2, "{log}");
    // Another member is tried, for this very request.
    assert_eq!(world.status("balanced.test", "/again"), 410, "{}", apache.error_log());
    let log = apache.error_log();
    assert!(
        log.contains(&format!("expected=dns:{NAME} presented=dns:frontend.example.com")),
        "{log}"
    );
    let read = || whole_lines(&world.directory.join("backend.log"));
    let found = apache.process.wait_until(PATIENCE, |_| read().contains("/again").then_some(()));
    found.unwrap_or_else(|_| panic!("{}", read()));
    assert_eq!(read(), format!("HTTP/2.0 /good {NAME}\nHTTP/2.0 /again {NAME}\n"));
    let others = fs::read_to_string(world.directory.join("other-backend.log"));
    assert_eq!(others.expect("it is there"), "");
}

/// The request that meets it is answered 500, and later ones go to the others. Without a balancer each request
/// asks anew.
#[test]
fn a_refused_member_is_left_out() {
    let Some(world) = World::new("members") else { return };
    let wrong = [root().issue(pki::leaf("frontend.example.com"))];
    let other = Backend::start(&wrong, &keys::P256_C);
    let balancer = format!(
        "<Proxy balancer://b>\nBalancerMember https://{}\nBalancerMember https://BACKEND\n</Proxy>",
        other.address
    );
    let single = format!("SSLProxyEngine on\nProxyPass / https://{}/", other.address);
    let content = [
        world.host(
            "both.test",
            &format!("{STANZA}\nSSLProxyEngine on\n{balancer}\nProxyPass / balancer://b/"),
        ),
        world.host("one.test", &format!("{STANZA}\n{single}")),
    ]
    .concat();
    world.configure(&content);
    let apache = world.start();
    let statuses = [(); 6].map(|()| world.status("both.test", "/"));
    assert_eq!(statuses, [500, 200, 200, 200, 200, 200], "{}", apache.error_log());
    let seen = other.take();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].requests.is_empty() && seen[0].alert() == Some(BAD_CERTIFICATE), "{seen:?}");
    let answered: usize = world.backend.take().iter().map(|seen| seen.requests.len()).sum();
    assert_eq!(answered, 5);
    for _ in 0..3 {
        assert_eq!(world.status("one.test", "/"), 500);
    }
    let seen = other.take();
    assert_eq!(seen.len(), 3, "{seen:?}");
    other.present(&chain(), &keys::P256_C);
    assert_eq!(world.status("one.test", "/"), 200, "{}", apache.error_log());
}

/// The page's virtual host, with no more modules than it enables.
#[test]
fn the_readme_shows_what_happens() {
    let Some(world) = World::new("readme") else { return };
    let readme =
        fs::read_to_string(workspace().join("adapters/apache/README.md")).expect("it is there");
    let blocks = |kind: &str| -> Vec<String> {
        let begin = format!("```{kind}\n");
        let parts = readme.split(&begin).skip(1);
        parts.map(|part| part.split_once("```").expect("blocks end").0.to_owned()).collect()
    };
    let enabled = "a2enmod ssl proxy proxy_http lastmile\n";
    assert!(blocks("sh")[0].ends_with(enabled));
    assert!(blocks("sh")[1].ends_with("# 200\n"));
    // What Debian has enabled, and what its ssl takes with it.
    let needed = ["authz_core", "mpm_event", "socache_shmcb"];
    let needed: Vec<&str> = needed.into_iter().chain(enabled.split_whitespace().skip(1)).collect();
    let der = |name| pem::decode("CERTIFICATE", &quickstart_file(name)).expect("a certificate");
    world.backend.present(&[der("chain.pem"), der("intermediate.pem")], &keys::P256_C);
    let ca = workspace().join("testdata/quickstart/ca.pem").display().to_string();
    let host = [
        ("*:80", world.address.to_string()),
        ("10.0.0.7:8443", world.backend.address.to_string()),
        ("/etc/shop/ca.pem", ca.clone()),
    ]
    .into_iter()
    .fold(blocks("apache")[0].clone(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, &to)
    });
    let names = (format!("Hostname {NAME}"), "Hostname frontend.example.com");
    assert!(host.contains(&names.0) && readme.contains(names.1));
    let with_only = |content: &str| {
        let others: Vec<_> =
            ApacheModule::MODULES.into_iter().filter(|name| !needed.contains(name)).collect();
        world.module.configure_without(&world.directory, &[world.address], content, &others);
    };
    with_only(&host);
    let apache = world.start();
    assert_eq!(world.status("shop.example.com", "/"), 200, "{}", apache.error_log());
    drop(apache);
    with_only(&host.replace(&names.0, names.1));
    let apache = world.start();
    assert_eq!(world.status("shop.example.com", "/"), 500, "{}", apache.error_log());
    let line = blocks("text")[0].trim_end().replace("LastmileCA …", "");
    let line = line.trim_end_matches(')');
    let logged = line_with(&apache, line);
    let end = format!("(LastmileCA {ca}, LastmileHostname frontend.example.com)");
    assert!(logged.ends_with(&end), "{logged}");
}

/// A document that cannot be read is no fault if the policy is found: who waits at the start is told, and the log.
#[test]
fn warnings_about_documents_are_told() {
    let Some(world) = World::new("warnings") else { return };
    let mixed = world.directory.join("mixed");
    fs::create_dir_all(&mixed).expect("a directory is made");
    fs::copy(world.directory.join("policies.yaml"), mixed.join("a.yaml")).expect("a copy");
    let policy = "LastmilePolicy mixed shop/backend";
    world.configure(&world.host("a.test", &format!("{policy}\n{PASS}")));
    let words = "mixed/broken.yaml: line 1";
    for (content, is_told) in [("", false), ("kind: [", true)] {
        fs::write(mixed.join("broken.yaml"), content).expect("a file is written");
        let finished = world.module.validate(&world.directory);
        assert!(finished.status.success(), "{finished:?}");
        assert_eq!(finished.errors.contains(words), is_told, "{finished:?}");
        let apache = world.start();
        restart_by_hand(&apache);
        let log = apache.error_log();
        let lines: Vec<_> = log.lines().filter(|line| line.contains(words)).collect();
        // At the start, and at the restart.
        assert_eq!(lines.len(), if is_told { 2 } else { 0 }, "{log}");
        assert!(lines.iter().all(|line| line.contains("[lastmile:warn]")), "{log}");
    }
}

#[test]
fn the_module_exports_nothing_else_and_is_never_unloaded() {
    let Some(world) = World::new("exports") else { return };
    let Some((names, section)) = dynamic_symbols(&world.module.module) else { return };
    assert_eq!(names, ["lastmile_module"]);
    assert!(section.contains("NODELETE"), "{section}");
}
