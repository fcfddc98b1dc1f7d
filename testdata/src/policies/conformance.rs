//! Every policy of the API's conformance tests, in words of our own.

use std::slice;

use super::Folder;
use super::certificate;
use super::folder;
use super::yaml::Entry;
use super::yaml::Policy;
use super::yaml::block;
use super::yaml::config_map;
use super::yaml::config_map_of;
use super::yaml::gateway;
use super::yaml::route;
use super::yaml::service;
use crate::conformance::AUTHORITY;
use crate::conformance::HOST;
use crate::conformance::MISMATCH;
use crate::conformance::OTHER_HOST;
use crate::conformance::URI;

pub(super) fn folders() -> Vec<Folder> {
    let reconciled = |name: &str, about: &str, documents: &[String]| {
        let policy = policy("rotating", HOST).section("rotating", "tls").config_map("rotated-ca");
        of(&format!("reconcile-{name}"), about, &[policy], &["rotating"], "HTTPRoute", documents)
    };
    let rotated = |text: &str| config_map_of("rotated-ca", text);
    let whole = rotated(&block("ca.crt", &certificate(&AUTHORITY.certificate)));
    vec![
        of(
            "names-and-anchors",
            "The right CA and the right name; another name; another CA of the same name.",
            &[
                to("right", HOST).config_map("backend-ca"),
                to("wrong-name", "mismatch.example.com").config_map("backend-ca"),
                to("wrong-ca", HOST).config_map("other-ca"),
            ],
            &["right", "wrong-name", "wrong-ca"],
            "HTTPRoute",
            &[],
        ),
        reconciled("1-absent", "The ConfigMap has not been created yet.", &[]),
        reconciled("2-created", "The ConfigMap has been created.", slice::from_ref(&whole)),
        reconciled(
            "3-empty",
            "The text of ca.crt has been taken out.",
            &[rotated("data:\n  ca.crt: \"\"\n")],
        ),
        reconciled("4-restored", "The text of ca.crt is there again.", &[whole]),
        alternative_names(),
        conflicts(),
        of(
            "invalid-references",
            "The ConfigMap is not there; it is empty; the kind is unknown.",
            &[
                whole_of("without-ca").config_map("nowhere"),
                whole_of("without-data").config_map("empty-ca"),
                whole_of("of-odd-kind").reference("invalid.io", "InvalidKind", "backend-ca"),
            ],
            &["without-ca", "without-data", "of-odd-kind"],
            "HTTPRoute",
            &[config_map_of("empty-ca", "data: {}\n")],
        ),
        generation("before", 1, HOST),
        generation("after", 2, "foo.example.com"),
        of(
            "grpc",
            "The same of gRPC: the right CA and name; another name; another CA of the same name.",
            &[
                to("right", HOST).config_map("backend-ca"),
                to("wrong-name", "mismatch.example.com").config_map("backend-ca"),
                to("wrong-ca", HOST).config_map("other-ca"),
            ],
            &["right", "wrong-name", "wrong-ca"],
            "GRPCRoute",
            &[],
        ),
        of(
            "tls-route",
            "TLS that ends at the Gateway goes on to the backend as TLS.",
            &[to("terminated", HOST).config_map("backend-ca")],
            &["terminated"],
            "TLSRoute",
            &[],
        ),
    ]
}

/// With names the hostname is only sent.
fn alternative_names() -> Folder {
    let wrong_uri = "spiffe://def.example.com/test-identity";
    let policies = [
        to("dns", HOST).alternative(HOST),
        to("dns-wrong", HOST).alternative("dce.example.com"),
        to("uri", HOST).uri(URI),
        to("uri-wrong", HOST).uri(wrong_uri),
        to("several", HOST).uri(URI).alternative(HOST),
        to("several-wrong", HOST).uri(wrong_uri).alternative("def.example.com"),
    ]
    .map(|policy| policy.config_map("backend-ca"));
    of(
        "alternative-names",
        "Names of each type, right and wrong; the hostname is right, and only sent.",
        &policies,
        &["dns", "dns-wrong", "uri", "uri-wrong", "several", "several-wrong"],
        "HTTPRoute",
        &[],
    )
}

/// The three groups.
fn conflicts() -> Folder {
    let policies = [
        policy("whole-1", OTHER_HOST).service("whole"),
        policy("whole-2", HOST).service("whole"),
        policy("section-1", OTHER_HOST).section("section", "tls"),
        policy("section-2", HOST).section("section", "tls"),
        policy("with-section", OTHER_HOST).section("both", "tls"),
        policy("without-section", HOST).service("both"),
    ]
    .map(|policy| policy.config_map("backend-ca"));
    of(
        "conflicts",
        "Two for a Service; two for a section; one for a section and one for the Service.",
        &policies,
        &["whole", "section", "both"],
        "HTTPRoute",
        &[],
    )
    .ask("shop/both:tls-2")
}

fn generation(name: &str, generation: u32, hostname: &str) -> Folder {
    let policy = policy("bumped", hostname).generation(generation).section("bumped", "tls");
    let policy =
        match generation {
            1 => policy,
            _ => policy.status(
                &Entry::own("name: gateway")
                    .condition("Accepted", "True", "Accepted", 1)
                    .condition("ResolvedRefs", "True", "ResolvedRefs", 1),
            ),
        };
    of(
        &format!("generation-{name}"),
        format!("The policy at its generation {generation}."),
        &[policy.config_map("backend-ca")],
        &["bumped"],
        "HTTPRoute",
        &[],
    )
}

fn policy(name: &str, hostname: &str) -> Policy {
    Policy::new(name, hostname).generation(1)
}

/// For the section of the Service of its own name.
fn to(name: &str, hostname: &str) -> Policy {
    policy(name, hostname).section(name, "tls")
}

/// For the Service of its own name.
fn whole_of(name: &str) -> Policy {
    policy(name, HOST).service(name)
}

/// Policies, the two CAs, and a route of this kind to each of the Services.
fn of(
    name: &str,
    about: impl Into<String>,
    policies: &[Policy],
    services: &[&str],
    kind: &str,
    more: &[String],
) -> Folder {
    let mut documents: Vec<String> = policies.iter().map(Policy::yaml).collect();
    documents.extend_from_slice(more);
    documents.push(config_map("backend-ca", &certificate(&AUTHORITY.certificate)));
    documents.push(config_map("other-ca", &certificate(&MISMATCH.certificate)));
    let ports = ["name: tls, port: 443, appProtocol: HTTPS", "name: tls-2, port: 8443"];
    // Where the whole is asked about, it is one port.
    let ports = |one: &str| if one == "both" { &ports[..] } else { &ports[..1] };
    documents.extend(services.iter().map(|one| service(one, ports(one))));
    let to: Vec<String> = services
        .iter()
        .flat_map(|one| {
            let numbers = [443, 8443].into_iter().take(ports(one).len());
            numbers.map(move |number| format!("name: {one}, port: {number}"))
        })
        .collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    documents.push(route(kind, "route", &["name: gateway"], &to));
    documents.push(gateway("gateway"));
    folder(format!("conformance-{name}"), about, documents)
}
