//! Backends of Envoy Gateway: what they say themselves, and what a policy says of them.

use super::Folder;
use super::ca;
use super::folder;
use super::references::other;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::indented;
use super::yaml::object;
use super::yaml::service;

pub(super) fn folders() -> Vec<Folder> {
    let own_ca = "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: own}]";
    let skip = "insecureSkipVerify: true";
    let sni = "sni: own.example.com";
    let auto = "autoSNIFromEndpointHostname: true";
    let system = "wellKnownCACertificates: System";
    vec![
        of("plain", "Nothing says that the Backend speaks TLS.", None, &[]),
        of("policy", "A policy is about a Backend that says nothing.", Some(policy()), &[])
            .ask("shop/backend:3001"),
        of(
            "policy-for-port",
            "A policy is about one port of a Backend, which is its number.",
            Some(policy_for_port("3001")),
            &[],
        )
        .ask("shop/backend:3001"),
        of(
            "policy-for-other-port",
            "A policy is about a port that the Backend does not have.",
            Some(policy_for_port("3003")),
            &[],
        )
        .ask("shop/backend:3001"),
        of("skip", "The Backend asks not to verify, in so many words.", None, &[skip, sni]),
        of("skip-without-sni", "The Backend asks not to verify, and sends no name.", None, &[skip]),
        of(
            "skip-with-policy",
            "The Backend asks not to verify, although a policy is about it.",
            Some(policy()),
            &[skip],
        ),
        of(
            "skip-with-invalid-policy",
            "The policy cannot be kept, so it refuses, whatever the Backend asks.",
            Some(policy_without_ca()),
            &[skip],
        ),
        of("own-ca", "The Backend has a CA and a name of its own.", None, &[own_ca, sni]),
        of(
            "own-ca-with-policy",
            "What the policy says replaces what the Backend says.",
            Some(policy()),
            &[own_ca, sni],
        ),
        of(
            "system-with-policy",
            "The CA of the policy takes the place of the roots of the system.",
            Some(policy()),
            &[system, sni],
        )
        .system(),
        of(
            "auto-sni-with-policy",
            "The name of the policy takes the place of that of the endpoint.",
            Some(policy()),
            &[own_ca, auto],
        ),
        of(
            "own-ca-with-invalid-policy",
            "The policy has no CA, and that of the Backend does not stand in for it.",
            Some(policy_without_ca()),
            &[own_ca, sni],
        ),
        of(
            "own-ca-with-policy-for-port",
            "The policy is about one of two ports, and the other has what the Backend says.",
            Some(policy_for_port("3001")),
            &[own_ca, sni],
        )
        .ask("shop/backend:3001")
        .ask("shop/backend:3002"),
        of(
            "own-ca-missing",
            "The CA of the Backend is not there.",
            None,
            &["caCertificateRefs: [{group: \"\", kind: ConfigMap, name: missing}]", sni],
        ),
        of(
            "own-ca-one-missing",
            "One of the two CAs of the Backend is not there.",
            None,
            &[
                "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: missing}, {group: \"\", \
                 kind: ConfigMap, name: own}]",
                sni,
            ],
        ),
        of("system", "The Backend trusts the roots of the system.", None, &[system, sni]).system(),
        of(
            "system-not-loaded",
            "The Backend trusts the roots of the system, and they are not loaded.",
            None,
            &[system, sni],
        ),
        of("auto-sni", "The name is that of the endpoint.", None, &[own_ca, auto]),
        of("own-ca-without-sni", "Nothing says which name to expect.", None, &[own_ca]),
        of("neither", "Nothing says what is trusted.", None, &[sni]),
        of(
            "both",
            "References and a named set are both there, which the API does not allow.",
            None,
            &[own_ca, system, sni],
        )
        .system(),
        of(
            "skip-with-ca",
            "There is a CA, and nothing is to be verified, which the API does not allow.",
            None,
            &[skip, own_ca],
        ),
        of(
            "sni-twice",
            "The name is said twice, which the API does not allow.",
            None,
            &[own_ca, sni, auto],
        ),
        of(
            "skip-not-a-boolean",
            "The switch is a text, which the API does not allow.",
            None,
            &["insecureSkipVerify: \"true\""],
        ),
        folder(
            "backend-auto-sni-of-addresses",
            "The endpoint has an address and no name, which the API does not allow.",
            [
                backend(&[own_ca, auto])
                    .replace("fqdn: {hostname: backend.example.net,", "ip: {address: 10.0.0.1,"),
                config_map("own", &other()),
            ],
        ),
        folder(
            "backend-resolver-with-endpoints",
            "A Backend says where it is, and that this is found, which the API does not allow.",
            [
                backend(&[own_ca, sni]).replace("spec:\n", "spec:\n  type: DynamicResolver\n"),
                config_map("own", &other()),
            ],
        ),
        folder(
            "backend-resolver",
            "A Backend whose endpoints are found when it is spoken to, under a policy.",
            [
                object("gateway.envoyproxy.io/v1alpha1", "Backend", "shop", "backend")
                    + "spec:\n  type: DynamicResolver\n",
                policy().yaml(),
                config_map("ca", &ca()),
            ],
        ),
        folder(
            "backend-and-service",
            "A Service and a Backend have one name, and the policy is about the Backend.",
            [
                policy().yaml(),
                config_map("ca", &ca()),
                backend(&[]),
                service("backend", &["name: https, port: 3001"]),
            ],
        )
        .ask("shop/backend")
        .ask("service/shop/backend"),
    ]
}

fn policy() -> Policy {
    to("group: gateway.envoyproxy.io, kind: Backend, name: backend").config_map("ca")
}

fn policy_for_port(port: &str) -> Policy {
    to(&format!(
        "group: gateway.envoyproxy.io, kind: Backend, name: backend, sectionName: \"{port}\""
    ))
    .config_map("ca")
}

fn policy_without_ca() -> Policy {
    to("group: gateway.envoyproxy.io, kind: Backend, name: backend").config_map("missing")
}

fn to(target: &str) -> Policy {
    Policy::new("p", "backend.example.com").generation(1).target(target)
}

fn of(name: &str, about: &str, policy: Option<Policy>, tls: &[&str]) -> Folder {
    let mut documents: Vec<String> = policy.iter().map(Policy::yaml).collect();
    documents.extend([backend(tls), config_map("ca", &ca()), config_map("own", &other())]);
    folder(format!("backend-{name}"), about, documents)
}

/// A Backend of two ports.
fn backend(tls: &[&str]) -> String {
    let mut text = object("gateway.envoyproxy.io/v1alpha1", "Backend", "shop", "backend");
    text.push_str("spec:\n  endpoints:\n");
    for port in [3001, 3002] {
        text.push_str(&format!("  - fqdn: {{hostname: backend.example.net, port: {port}}}\n"));
    }
    if !tls.is_empty() {
        text.push_str("  tls:\n");
        text.push_str(&indented(4, &tls.join("\n")));
    }
    text
}
