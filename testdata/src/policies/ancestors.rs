//! The Gateways of which a status speaks, and what is kept of an earlier one.

use super::Folder;
use super::ca;
use super::folder;
use super::yaml::Entry;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::gateway;
use super::yaml::object;
use super::yaml::route;
use super::yaml::service;

pub(super) fn folders() -> Vec<Folder> {
    let mut folders = statuses();
    folders.extend(routes());
    folders
}

/// By the routes.
fn routes() -> Vec<Folder> {
    let to_backend = &["name: backend, port: 443"][..];
    let from_gateway = &["name: gateway"][..];
    let led = |name: &str, about: &str, routes: &[String]| of(name, about, policy(), routes);
    let http = |parents: &[&str]| route("HTTPRoute", "route", parents, to_backend);
    let gateways = |count: usize| -> Vec<String> {
        (1..=count).map(|at| format!("name: gateway-{at:02}")).collect()
    };
    let many = |count| {
        let parents = gateways(count);
        http(&parents.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let sectioned = Policy::new("p", "backend.example.com").generation(1).config_map("ca");
    let sectioned = sectioned.section("backend", "https");
    let head = |kind| object("gateway.networking.k8s.io/v1", kind, "shop", "route");
    vec![
        led("none", "No route leads to the backend, so nobody has anything to say.", &[]),
        led("one", "A route of one Gateway leads to the backend.", &[http(from_gateway)]),
        led("two", "A route of two Gateways leads there.", &[http(&["name: b", "name: a"])]),
        led("sixteen", "There are as many Gateways as fit into the status.", &[many(16)]),
        led("seventeen", "There is one Gateway more than fits into the status.", &[many(17)]),
        led(
            "listeners",
            "Two routes come from two listeners of one Gateway, which is one ancestor.",
            &[http(&["name: gateway, sectionName: a", "name: gateway, sectionName: b"])],
        ),
        led(
            "mesh",
            "The parent of the route is a Service, and no Gateway.",
            &[http(&["group: \"\", kind: Service, name: frontend"])],
        ),
        led(
            "gateway-of-other-namespace",
            "The Gateway is in another namespace than the route.",
            &[http(&["name: gateway, namespace: infra"])],
        ),
        led(
            "route-of-other-namespace",
            "The route is in another namespace than the backend, and so is its Gateway.",
            &[route(
                "HTTPRoute",
                "route",
                from_gateway,
                &["name: backend, namespace: shop, port: 443"],
            )
            .replacen("namespace: shop\nspec", "namespace: web\nspec", 1)],
        ),
        of(
            "other-port",
            "The route leads to another port than that of the policy.",
            sectioned,
            &[route("HTTPRoute", "route", from_gateway, &["name: backend, port: 8443"])],
        ),
        led(
            "other-service",
            "The route leads to another Service.",
            &[route("HTTPRoute", "route", from_gateway, &["name: other, port: 443"])],
        ),
        led(
            "mirror",
            "The backend gets a copy of requests that go elsewhere.",
            &[head("HTTPRoute")
                + "spec:\n  parentRefs:\n  - name: gateway\n  rules:\n  - backendRefs:\n    - {name: \
                   other, port: 443}\n    filters:\n    - type: RequestMirror\n      \
                   requestMirror:\n        backendRef: {name: backend, port: 443}\n"],
        ),
        led(
            "external-auth",
            "The backend is asked for permission.",
            &[head("HTTPRoute")
                + "spec:\n  parentRefs:\n  - name: gateway\n  rules:\n  - backendRefs:\n    - {name: \
                   other, port: 443}\n    filters:\n    - type: ExternalAuth\n      \
                   externalAuth:\n        protocol: GRPC\n        backendRef: {name: backend, port: \
                   443}\n"],
        ),
        led(
            "grpc",
            "A GRPCRoute leads to the backend.",
            &[route("GRPCRoute", "route", from_gateway, to_backend)],
        ),
        led(
            "tls",
            "A TLSRoute leads to the backend.",
            &[route("TLSRoute", "route", from_gateway, to_backend)],
        ),
        led(
            "tcp",
            "A TCPRoute leads to the backend.",
            &[route("TCPRoute", "route", from_gateway, to_backend).replace("/v1\n", "/v1alpha2\n")],
        ),
        led(
            "several-routes",
            "Routes of several kinds lead there, from Gateways that they share.",
            &[
                route("GRPCRoute", "grpc", &["name: b", "name: a"], to_backend),
                route("HTTPRoute", "http", &["name: c", "name: b"], to_backend),
            ],
        ),
    ]
}

/// By what was there before.
fn statuses() -> Vec<Folder> {
    let route = || [route("HTTPRoute", "route", &["name: gateway"], &["name: backend, port: 443"])];
    let own = || Entry::own("name: gateway");
    let was = |name: &str, about: &str, policy: Policy| of(name, about, policy, &route());
    let gone = || Policy::of_backend("p").config_map("missing");
    let foreign = (1..=16).fold(policy(), |policy, at| {
        let entry = Entry::of("example.com/controller", &format!("name: other-{at:02}"));
        policy.status(&entry.condition("Accepted", "True", "Accepted", 1))
    });
    vec![
        was(
            "kept-time",
            "The policy was accepted before, so the time stands.",
            policy().status(&own().condition("Accepted", "True", "Accepted", 1).condition(
                "ResolvedRefs",
                "True",
                "ResolvedRefs",
                1,
            )),
        ),
        was(
            "kept-time-other-reason",
            "The reason is another and the status is as before, so the time stands.",
            gone().status(&own().condition("Accepted", "False", "Invalid", 1)),
        ),
        was(
            "moved-time",
            "The policy was accepted before and is not any more, so the time moves.",
            gone().status(&own().condition("Accepted", "True", "Accepted", 1)),
        ),
        was(
            "new-generation",
            "What was said of the generation before is said of this one.",
            policy().generation(2).status(&own().condition("Accepted", "True", "Accepted", 1)),
        ),
        was(
            "later-generation",
            "What was said of a later generation stands.",
            policy().status(&own().condition("Accepted", "False", "Invalid", 7)),
        ),
        was(
            "foreign-controller",
            "What other controllers say of the same Gateway stands.",
            policy().status(
                &Entry::of("example.com/controller", "name: gateway")
                    .condition("Accepted", "False", "Invalid", 1),
            ),
        ),
        was(
            "foreign-condition",
            "Conditions of other types stand in their places.",
            policy().status(
                &own()
                    .condition("example.com/Programmed", "True", "Programmed", 1)
                    .condition("Accepted", "True", "Accepted", 1),
            ),
        ),
        was(
            "full-of-conditions",
            "Seven conditions of others leave room for one of two.",
            policy().status(&(1..=7).fold(own(), |entry, at| {
                entry.condition(&format!("example.com/Condition{at}"), "True", "Known", 1)
            })),
        ),
        was("full-of-others", "The entries of another controller leave no room.", foreign),
        was(
            "stale",
            "An entry about a Gateway that leads there no more is removed.",
            policy()
                .status(&Entry::own("name: old").condition("Accepted", "True", "Accepted", 1))
                .status(&own().condition("Accepted", "True", "Accepted", 1)),
        ),
        was(
            "defaults-written-out",
            "An entry that writes out what may be left out is about the same Gateway.",
            policy().status(
                &Entry::own(
                    "group: gateway.networking.k8s.io, kind: Gateway, namespace: shop, name: \
                     gateway",
                )
                .condition("Accepted", "True", "Accepted", 1),
            ),
        ),
    ]
}

fn policy() -> Policy {
    Policy::of_backend("p").config_map("ca")
}

fn of(name: &str, about: &str, policy: Policy, routes: &[String]) -> Folder {
    let world = [
        policy.yaml(),
        config_map("ca", &ca()),
        service("backend", &["name: https, port: 443", "name: admin, port: 8443"]),
        gateway("gateway"),
    ];
    folder(format!("ancestor-{name}"), about, [&world[..], routes].concat())
}
