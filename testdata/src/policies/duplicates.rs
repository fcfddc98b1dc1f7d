//! What is among the documents more than once.

use super::Folder;
use super::ca;
use super::folder;
use super::references::other;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::service;
use super::yaml::shop;

pub(super) fn folders() -> Vec<Folder> {
    let policy = |hostname| {
        let policy = Policy::new("p", hostname).generation(1);
        policy.service("backend").config_map("ca").yaml()
    };
    let one = || policy("backend.example.com");
    let ca = || config_map("ca", &ca());
    let other_target =
        Policy::new("p", "backend.example.com").generation(1).service("second").config_map("ca");
    vec![
        of("policy", "The same policy stands there twice.", [one(), one(), ca()]),
        of(
            "policy-differs",
            "A policy stands there twice, and nobody knows which of the two it is.",
            [one(), policy("other.example.com"), ca()],
        ),
        of(
            "policy-differs-in-target",
            "A policy stands there twice, for another target each time, and both are refused.",
            [one(), other_target.yaml(), ca()],
        ),
        of("config-map", "The same ConfigMap stands there twice.", [one(), ca(), ca()]),
        of(
            "config-map-differs",
            "A ConfigMap stands there twice, with another certificate each time.",
            [one(), ca(), config_map("ca", &other())],
        ),
        of(
            "service-differs",
            "A Service stands there twice, with other ports each time.",
            [one(), ca(), service("backend", &["name: admin, port: 8443"])],
        ),
    ]
}

fn of<const N: usize>(name: &str, about: &str, documents: [String; N]) -> Folder {
    folder(format!("duplicate-{name}"), about, [documents.to_vec(), shop().to_vec()].concat())
}
