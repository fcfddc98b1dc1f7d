//! Backends that policy documents name: one, or all of them.

use serde_json::Value;
use serde_json::json;

use super::case;
use super::of_case;
use super::quickstart;
use super::support::CA;
use super::support::Said;
use super::support::file;
use super::support::lastmile;
use super::support::read;
use super::tls::server::Server;

/// Services behind real servers, of which one presents another's certificate, and what is decided
/// for them. Each by its name.
fn documents(good: &Server, bad: &Server) -> Vec<(&'static str, String)> {
    let (good, bad) = (good.address.port(), bad.address.port());
    let policy = |name: &str, reference: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: \
             {name}, namespace: shop}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: \
             {name}}}]\n  validation: {{hostname: backend.example.com, caCertificateRefs: [{{group: \
             '', kind: ConfigMap, name: {reference}}}]}}\n"
        )
    };
    let service = |name: &str, ports: String| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: \
             {{ports: [{ports}]}}\n"
        )
    };
    let backend = |name: &str, ports: &[u16], tls: &str| {
        let endpoints: Vec<String> = ports
            .iter()
            .map(|port| format!("{{ip: {{address: 127.0.0.1, port: {port}}}}}"))
            .collect();
        let endpoints = endpoints.join(", ");
        format!(
            "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: \
             {name}, namespace: shop}}\nspec: {{endpoints: [{endpoints}], tls: {{{tls}}}}}\n"
        )
    };
    let https = |port: u16| format!("{{name: https, port: {port}}}");
    let ports = format!(
        "{{name: first, port: {good}}}, {{name: second, port: {bad}}}, {{name: dns, port: 53, protocol: \
         UDP}}"
    );
    let own =
        "sni: backend.example.com, caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";
    vec![
        ("one", policy("one", "ca") + &service("one", https(good))),
        ("two", policy("two", "ca") + &service("two", ports)),
        ("unkept", policy("unkept", "gone") + &service("unkept", https(good))),
        ("away", policy("away", "ca")),
        (
            "typo",
            policy("typo", "ca").replace("name: typo}]", "name: typo, sectionName: htps}]")
                + &service("typo", https(good)),
        ),
        ("plain", service("plain", https(good))),
        ("skipping", backend("skipping", &[good], "insecureSkipVerify: true")),
        ("own", backend("own", &[good, bad], own)),
    ]
}

fn config_map() -> String {
    let bundle = String::from_utf8(read(CA)).expect("PEM").replace('\n', "\n    ");
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca, namespace: shop}}\ndata:\n  \
         ca.crt: |\n    {bundle}\n"
    )
}

struct World {
    good: Server,
    bad: Server,
    file: String,
    resolve: [String; 2],
}

fn world(name: &str) -> World {
    let (good, bad) = (quickstart(), of_case(&case("wildcard-accepted")));
    let documents: String = documents(&good, &bad)
        .into_iter()
        .filter(|(name, _)| *name != "typo")
        .map(|(_, text)| text)
        .collect();
    let file = file(&format!("probe-{name}.yaml"), documents + &config_map());
    let resolve = [&good, &bad].map(|server| format!("*:{}:127.0.0.1", server.address.port()));
    World { good, bad, file, resolve }
}

fn probe(world: &World, more: &[&str]) -> Said {
    let [one, two] = &world.resolve;
    lastmile(&[&["probe", "-f", &world.file, "--resolve", one, "--resolve", two], more].concat())
}

#[test]
fn all_backends_for_which_something_is_decided_have_a_row() {
    let world = world("all");
    let (good, bad) = (world.good.address, world.bad.address);
    let said = probe(&world, &["--all"]);
    assert_eq!(said.status, Some(1), "{}", said.stderr);
    let accepted = "accepted: backend.example.com until 2126-01-01T00:00:00Z";
    let expected = [
        "shop/away  error: Service shop/away is not among the documents, so nobody knows its port"
            .to_owned(),
        format!("shop/one  {accepted}"),
        format!("shop/own at {good}  {accepted}"),
        format!("shop/own at {bad}  refused: "),
        "shop/skipping  error: insecureSkipVerify of its Backend is true".into(),
        format!("shop/two:first  {accepted}"),
        "shop/two:second  refused: ".into(),
        "shop/unkept  refused: policy shop/unkept: ConfigMap shop/gone: there is none (".into(),
    ];
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{}", said.stdout);
    // Two servers have any two ports.
    for expected in &expected {
        let found = lines.iter().any(|line| line.starts_with(expected));
        assert!(found, "{expected}\n{}", said.stdout);
    }
    assert_eq!(world.bad.seen().server_name.as_deref(), Some("backend.example.com"));
}

/// The sweep before enforcement is switched on: 0 only if nobody would be refused.
#[test]
fn the_sweep_ends_with_the_worst_of_its_rows() {
    let server = quickstart();
    let port = server.address.port();
    let resolve = format!("*:{port}:127.0.0.1");
    let all = documents(&server, &server);
    let parts = |names: &[&str]| -> String {
        let meant = all.iter().filter(|(name, _)| names.contains(name));
        meant.map(|(_, text)| text.as_str()).collect::<String>() + &config_map()
    };
    for (names, more, status) in [
        (&["one"][..], "", 0),
        (&["one", "skipping"], "", 2),
        (&["one", "unkept"], "", 1),
        (&["one"], "---\na: [\n", 2),
        (&["one", "unkept"], "---\na: [\n", 1),
        (&["plain"], "", 2),
        (&["one", "typo"], "", 1),
        (&["typo"], "", 1),
    ] {
        let file = file("probe-sweep.yaml", parts(names) + more);
        let said = lastmile(&["probe", "-f", &file, "--all", "--resolve", &resolve]);
        assert_eq!(said.status, Some(status), "{names:?} {more:?}: {}{}", said.stdout, said.stderr);
        let is_told = said.stderr.contains("BackendTLSPolicy shop/typo: Service shop/typo has no");
        assert_eq!(is_told, names.contains(&"typo"), "{}", said.stderr);
    }
}

#[test]
fn one_backend_is_told_whole() {
    let world = world("one");
    let resolve = world.resolve[0].as_str();
    let said =
        lastmile(&["probe", "-f", &world.file, "--target", "shop/one", "--resolve", resolve]);
    assert_eq!(said.status, Some(0), "{}{}", said.stdout, said.stderr);
    let port = world.good.address.port();
    let heading =
        format!("shop/one at one.shop.svc:{port} (127.0.0.1:{port}), SNI backend.example.com: TLS");
    assert!(said.stdout.starts_with(&heading), "{}", said.stdout);
    // The same through a port that is forwarded.
    let address = world.good.address.to_string();
    let said = lastmile(&["probe", &address, "-f", &world.file, "--target", "shop/one"]);
    assert!(said.stdout.starts_with(&format!("{address}, SNI backend")), "{}", said.stdout);
    assert_eq!(said.status, Some(0));
    // Several targets, or several ports of one: a row each.
    let said = probe(&world, &["--target", "shop/one", "--target", "shop/two:second"]);
    assert_eq!((said.status, said.stdout.lines().count()), (Some(1), 2), "{}", said.stdout);
    let said = probe(&world, &["--target", "shop/two"]);
    assert_eq!((said.status, said.stdout.lines().count()), (Some(1), 2), "{}", said.stdout);
}

#[test]
fn machines_get_an_object_a_row() {
    let world = world("json");
    let said = probe(&world, &["--all", "--format", "json"]);
    let rows: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let row = |target: &str| rows.iter().find(|row| row["target"] == target).expect("a row");
    assert_eq!(row("shop/one")["accepted"], json!(true));
    assert_eq!(row("shop/one")["anchor"]["file"], json!(world.file));
    assert_eq!(row("shop/one")["presented"].as_array().map(Vec::len), Some(2));
    assert_eq!(row("shop/unkept")["code"], "policy-no-valid-ca-certificate");
    assert_eq!(row("shop/skipping")["error"]["code"], "verification-skipped");
    assert_eq!(row("shop/away")["error"]["code"], "unknown-address");
    assert!(rows.iter().all(|row| row["target"] != "shop/plain"), "nothing is decided for it");
}

#[test]
fn what_cannot_be_asked_of_documents_is_a_fault_of_use() {
    let world = world("usage");
    for (more, expected) in [
        (&[][..], "--all"),
        (&["--all", "--target", "shop/one"], "cannot be used with"),
        (&["127.0.0.1:1", "--all"], "cannot be used with"),
        (&["--all", "--save", "x.pem"], "--save is for one"),
        (&["--target", "shop/one", "--resolve", "b:1:127.0.0.1"], "no HOST:PORT is"),
    ] {
        let said = lastmile(&[&["probe", "-f", &world.file], more].concat());
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{more:?}: {}", said.stderr);
        assert!(said.stderr.contains(expected), "{more:?}: {}", said.stderr);
    }
}
