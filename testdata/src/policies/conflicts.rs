//! Several policies for one target: which of them governs.

use super::Folder;
use super::ca;
use super::folder;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::gateway;
use super::yaml::route;
use super::yaml::service;

pub(super) fn folders() -> Vec<Folder> {
    let (old, new) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    let (whole, part) = (
        |policy: Policy| policy.service("backend"),
        |policy: Policy| policy.section("backend", "https"),
    );
    vec![
        of("whole", "Two policies are about one Service.", &[whole(one()), whole(two())]),
        of("section", "Two policies are about one section.", &[part(one()), part(two())])
            .ask("shop/backend:admin"),
        of(
            "section-and-whole",
            "One policy is about a section, the other about the rest.",
            &[part(one()), whole(two())],
        )
        .ask("shop/backend:admin"),
        of(
            "section-and-older-whole",
            "The section is governed by its own policy, although the other one is older.",
            &[part(one()).created(new), whole(two()).created(old)],
        )
        .ask("shop/backend:admin"),
        of(
            "older",
            "The older of the two is the second by name, and governs.",
            &[whole(one()).created(new), whole(two()).created(old)],
        ),
        of(
            "equal-age",
            "Both are of one second, and the first by name governs.",
            &[whole(one()).created(old), whole(two()).created(old)],
        ),
        of(
            "without-age",
            "One of the two has not been created yet, and comes after the other.",
            &[whole(one()), whole(two()).created(old)],
        ),
        of(
            "one-of-two-targets",
            "A policy loses one of its two targets, and still governs the other.",
            &[whole(one()).created(old), whole(two()).created(new).service("second")],
        ),
        of(
            "loser-invalid",
            "The one that loses has no CA certificate either, which is easier to mend.",
            &[whole(one()), whole(without_ca("two", "second.example.com"))],
        ),
        of(
            "winner-invalid",
            "The one that governs has no CA certificate, so every handshake is refused.",
            &[whole(without_ca("one", "first.example.com")), whole(two())],
        ),
        of(
            "three",
            "Three policies are about one Service.",
            &[
                whole(one()).created(new),
                whole(two()).created(old),
                whole(policy("three", "third.example.com")).created(old),
            ],
        ),
        of(
            "other-namespace",
            "A policy of another namespace is about another Service of the same name.",
            &[whole(one()), whole(two()).namespace("other")],
        ),
    ]
}

fn one() -> Policy {
    policy("one", "first.example.com")
}

fn two() -> Policy {
    policy("two", "second.example.com")
}

fn policy(name: &str, hostname: &str) -> Policy {
    Policy::new(name, hostname).generation(1).config_map("ca")
}

fn without_ca(name: &str, hostname: &str) -> Policy {
    Policy::new(name, hostname).generation(1).config_map("missing")
}

fn of(name: &str, about: &str, policies: &[Policy]) -> Folder {
    let ca = config_map("ca", &ca());
    let backends =
        ["name: backend, port: 443", "name: backend, port: 8443", "name: second, port: 443"];
    let world = vec![
        ca.replace("namespace: shop", "namespace: other"),
        ca,
        service("backend", &["name: https, port: 443", "name: admin, port: 8443"]),
        service("second", &["name: https, port: 443"]),
        route("HTTPRoute", "route", &["name: gateway"], &backends),
        gateway("gateway"),
    ];
    let policies: Vec<String> = policies.iter().map(Policy::yaml).collect();
    folder(format!("conflict-{name}"), about, [policies, world].concat())
}
