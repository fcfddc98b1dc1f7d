//! Of the documents in `testdata/policy`, every backend is led to as its policy says it: what is verified
//! has a validator, what is refused has no cluster, and nothing is plain that a policy is about.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::time::Duration;

use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile_policy::Decision;
use lastmile_policy::Documents;
use lastmile_policy::Kind;
use lastmile_policy::Resolution;
use lastmile_policy::SystemAnchors;
use lastmile_policy::Target;
use serde_json::Value;

use crate::support;

/// 2026-06-01T00:00:00Z.
const NOW: u64 = 1_780_272_000;

#[test]
fn every_backend_is_led_to_as_its_policy_says() {
    let folders = fs::read_dir(support::testdata().join("policy")).expect("the folders");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for folder in folders {
        let folder = folder.expect("an entry").path();
        let text = fs::read_to_string(folder.join("in.yaml")).expect("documents");
        check(&folder.display().to_string(), &text, &mut counts);
    }
    println!("{counts:?}");
    // What never comes up is not shown to hold.
    for (what, least) in
        [("verified", 150), ("refused", 70), ("plain", 20), ("unverified", 5), ("unreadable", 2)]
    {
        let found = counts.get(what).copied().unwrap_or_default();
        assert!(found >= least, "{what} came up {found} times only: {counts:?}");
    }
}

fn check(name: &str, text: &str, counts: &mut BTreeMap<&'static str, usize>) {
    // Routes of their own come in the place of those that are there.
    let documents = Documents::from_yaml(text.as_bytes());
    let mut ports: Vec<(Kind, String, String, u16)> = Vec::new();
    for service in documents.services() {
        let metadata = &service.object().metadata;
        let name = metadata.name.clone().unwrap_or_default();
        let of_tcp = service.object().spec.ports.iter();
        let of_tcp = of_tcp.filter(|port| port.protocol.as_deref().is_none_or(|one| one == "TCP"));
        ports.extend(of_tcp.map(|port| {
            (Kind::Service, metadata.namespace_or_default().to_owned(), name.clone(), port.port)
        }));
    }
    for backend in documents.backends() {
        let metadata = &backend.object().metadata;
        let name = metadata.name.clone().unwrap_or_default();
        let endpoints = backend.object().spec.endpoints.iter();
        let addresses = endpoints.filter_map(|one| one.fqdn.as_ref().or(one.ip.as_ref()));
        ports.extend(addresses.map(|one| {
            (Kind::Backend, metadata.namespace_or_default().to_owned(), name.clone(), one.port)
        }));
    }
    // What has no name, or no number, no route can lead to.
    ports.retain(|(_, _, name, port)| !name.is_empty() && *port != 0);
    ports.sort();
    ports.dedup();
    if ports.is_empty() {
        return;
    }
    let mut all = text.replace("kind: HTTPRoute", "kind: GRPCRoute");
    for (index, (kind, namespace, name, port)) in ports.iter().enumerate() {
        let group = if *kind == Kind::Backend { "gateway.envoyproxy.io" } else { "" };
        let kind = kind.name();
        write!(
            all,
            "\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r{index}, \
             namespace: {namespace}}}\nspec: {{rules: [{{matches: [{{path: {{type: Exact, value: \
             /{index}}}}}], backendRefs: [{{group: '{group}', kind: {kind}, name: {name:?}, port: \
             {port}}}]}}]}}\n"
        )
        .expect("text takes text");
    }
    let roots = support::testdata().join(support::CA);
    let mut command = support::command();
    command.env("SSL_CERT_FILE", &roots).env_remove("SSL_CERT_DIR");
    command.args(["render", "envoy", "-f", "-", "--time", crate::TIME]);
    let said = support::said(&mut command, all.as_bytes());
    if !Documents::from_yaml(all.as_bytes()).faults().is_empty() {
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{name}");
        *counts.entry("unreadable").or_default() += 1;
        return;
    }
    assert!(matches!(said.status, Some(0 | 1)), "{name}: {}", said.stderr);
    let configuration: Value = serde_saphyr::from_str(&said.stdout).expect("YAML");
    let system = fs::read(&roots).expect("roots");
    let system = SystemAnchors::new(TrustAnchors::from_pem(&system).expect("roots"));
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let mut resolver = documents.resolver(&system, now).build();
    for (index, (kind, namespace, backend, port)) in ports.iter().enumerate() {
        let shown = format!("{name}: {} {namespace}/{backend}:{port}", kind.name());
        let target = Target::new(namespace, backend).of_kind(*kind).of_section(port.to_string());
        let resolution = resolver.resolve(&target);
        let found = found(&configuration, index, *port);
        let is_lost = resolver.ports(*kind, namespace, backend).is_err();
        assert_eq!(found, expected(&resolution, is_lost), "{shown}: {}", said.stderr);
        *counts.entry(found).or_default() += 1;
    }
}

/// What the decision has to come to.
fn expected(resolution: &Resolution, is_lost: bool) -> &'static str {
    match resolution.decision() {
        // Nobody knows what the backend is.
        _ if is_lost => "refused",
        Decision::NoPolicy if !resolution.unattached().is_empty() => "refused",
        Decision::NoPolicy => "plain",
        Decision::Refuse(_) => "refused",
        Decision::SkipVerification { .. } => "unverified",
        Decision::Verify { .. } => "verified",
    }
}

/// What the route of this number leads to.
fn found(configuration: &Value, index: usize, port: u16) -> &'static str {
    let resources = &configuration["static_resources"];
    let hosts = &resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
        ["virtual_hosts"];
    let routes = hosts[0]["routes"].as_array().expect("routes");
    let path = format!("/{index}");
    let route = routes.iter().find(|route| route["match"]["path"] == path.as_str());
    let route = route.unwrap_or_else(|| panic!("no route {path}"));
    if let Some(status) = route["direct_response"]["status"].as_u64() {
        assert!(matches!(status, 500 | 503), "{route}");
        assert!(route.get("route").is_none(), "{route}");
        return "refused";
    }
    let name = route["route"]["cluster"].as_str().expect("a cluster");
    let clusters = resources["clusters"].as_array().expect("clusters");
    let cluster = clusters.iter().find(|cluster| cluster["name"] == name).expect("it is there");
    let reached =
        &cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"];
    assert_eq!(reached["socket_address"]["port_value"], port, "{cluster}");
    let Some(socket) = cluster.get("transport_socket") else { return "plain" };
    let common = &socket["typed_config"]["common_tls_context"];
    match common["validation_context"]["custom_validator_config"]["typed_config"]["validator_config"]
        ["value"]["hostname"]
        .as_str()
    {
        Some(hostname) => {
            assert_eq!(socket["typed_config"]["sni"], hostname, "{cluster}");
            "verified"
        }
        None => {
            assert!(common.get("validation_context").is_none(), "{cluster}");
            "unverified"
        }
    }
}
