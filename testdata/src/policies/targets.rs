//! What a policy is about: Services and their ports, and what is no target.

use super::Folder;
use super::ca;
use super::folder;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::gateway;
use super::yaml::route;
use super::yaml::service;

pub(super) fn folders() -> Vec<Folder> {
    let https = "name: https, port: 443";
    let other = "name: admin, port: 8443";
    let dns = "name: dns, port: 53, protocol: UDP";
    vec![
        of("section", "The policy is about one of two ports.", sectioned("https"), &[https, other])
            .ask("shop/backend")
            .ask("shop/backend:443")
            .ask("shop/backend:admin"),
        of("whole", "The policy is about both ports.", whole(), &[https, other])
            .ask("shop/backend:https")
            .ask("shop/backend:8443")
            .ask("shop/backend:none"),
        of(
            "section-of-only-port",
            "The policy is about the only port, so it is about the whole.",
            sectioned("https"),
            &[https],
        )
        .ask("shop/backend"),
        of(
            "section-missing",
            "The Service has no port of that name.",
            sectioned("tls"),
            &[https, other],
        )
        .ask("shop/backend:https"),
        of(
            "section-number",
            "A section of a Service is the name of a port, and never its number.",
            sectioned("443"),
            &[https, other],
        )
        .ask("shop/backend:443"),
        of("port-without-name", "The only port has no name.", whole(), &["port: 443"])
            .ask("shop/backend:443"),
        of("udp-only", "The only port is UDP.", whole(), &[dns]),
        of("udp-section", "The section is a port of UDP.", sectioned("dns"), &[https, dns])
            .ask("shop/backend:https"),
        of("udp-beside-tcp", "One of two ports is UDP.", whole(), &[https, dns])
            .ask("shop/backend:https")
            .ask("shop/backend:dns"),
        of(
            "kind-unknown",
            "The target is of a kind that is not known here.",
            policy().target("group: multicluster.x-k8s.io, kind: ServiceImport, name: backend"),
            &[https],
        )
        .ask("shop/backend"),
        of(
            "kind-unknown-beside-known",
            "One of two targets is of a kind that is not known here.",
            whole().target("group: multicluster.x-k8s.io, kind: ServiceImport, name: backend"),
            &[https],
        ),
        of(
            "group-wrong",
            "The kind is Service, and the group is another.",
            policy().target("group: example.com, kind: Service, name: backend"),
            &[https],
        )
        .ask("shop/backend"),
        of(
            "other-namespace",
            "The Service is in another namespace than the policy.",
            whole().namespace("other"),
            &[https],
        )
        .ask("shop/backend"),
        folder(
            "target-not-here",
            "The Service is not among the documents, and may be in the cluster.",
            [sectioned("https").yaml(), config_map("ca", &ca())],
        )
        .ask("shop/backend:https")
        .ask("shop/backend:443")
        .ask("shop/backend"),
        of(
            "two-sections",
            "The policy is about two of three ports.",
            policy().section("backend", "https").section("backend", "admin"),
            &[https, other, "name: metrics, port: 9443"],
        )
        .ask("shop/backend:metrics"),
        of(
            "two-sections-one-missing",
            "One of two sections is a port, the other is none.",
            policy().section("backend", "https").section("backend", "tls"),
            &[https],
        ),
        of(
            "section-twice",
            "The same section is named twice, which the API does not allow.",
            policy().section("backend", "https").section("backend", "https"),
            &[https, other],
        ),
        of("service-malformed", "A port of the Service has no number.", whole(), &["name: https"]),
    ]
}

fn policy() -> Policy {
    Policy::new("p", "backend.example.com").generation(1).config_map("ca")
}

fn whole() -> Policy {
    policy().service("backend")
}

fn sectioned(section: &str) -> Policy {
    policy().section("backend", section)
}

fn of(name: &str, about: &str, policy: Policy, ports: &[&str]) -> Folder {
    let documents = [
        policy.yaml(),
        config_map("ca", &ca()),
        service("backend", ports),
        route("HTTPRoute", "route", &["name: gateway"], &["name: backend, port: 443"]),
        gateway("gateway"),
    ];
    folder(format!("target-{name}"), about, documents)
}
