//! What the fields of a policy say: what is good, what the API refuses, what its schema misses.

use super::Folder;
use super::ca;
use super::folder;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::shop;

pub(super) fn folders() -> Vec<Folder> {
    let named = |name: &str, about: &str, hostname: &str| {
        let policy = Policy::new("p", hostname).generation(1).service("backend").config_map("ca");
        of(&format!("hostname-{name}"), about, &policy)
    };
    let long = format!("{}.example.com", "a".repeat(64));
    let good = || Policy::of_backend("p").config_map("ca");
    vec![
        named("ip", "The hostname is an address, which the schema lets pass.", "10.0.0.1"),
        named("long-label", "A label of the hostname has 64 octets.", &long),
        named("numeric-last-label", "The last label of the hostname is a number.", "backend.123"),
        named("upper-case", "The hostname has a capital letter.", "Backend.example.com"),
        named("wildcard", "The hostname is a wildcard, which cannot be sent.", "\"*.example.com\""),
        named("trailing-dot", "The hostname ends in a dot.", "backend.example.com."),
        named("single-label", "The hostname is a single label.", "localhost"),
        of(
            "hostname-missing",
            "There is no hostname.",
            &Policy::new("p", "").generation(1).service("backend").config_map("ca"),
        ),
        of(
            "names-uri",
            "The certificate must have the URI; the hostname is only sent.",
            &good().uri("spiffe://cluster.local/ns/shop/sa/backend"),
        ),
        of(
            "names-both",
            "Either name is enough, and the hostname is none of them.",
            &good().alternative("internal.example.com").uri("spiffe://cluster.local/backend"),
        ),
        of(
            "names-with-hostname",
            "The hostname authenticates where it is listed.",
            &good().alternative("backend.example.com").uri("spiffe://cluster.local/backend"),
        ),
        of(
            "names-wildcard",
            "A wildcard is the name of a certificate that has the same wildcard.",
            &good().alternative("*.example.com"),
        ),
        of(
            "names-empty-list",
            "An empty list of names is none.",
            &good().validation("subjectAltNames: []"),
        ),
        of(
            "names-of-wrong-type",
            "A name of type URI has a hostname.",
            &good().validation("subjectAltNames: [{type: URI, hostname: backend.example.com}]"),
        ),
        of(
            "names-of-unknown-type",
            "A type of names is not known, and the hostname must not stand in for it.",
            &good().validation("subjectAltNames: [{type: IP, ip: 10.0.0.1}]"),
        ),
        of(
            "names-ip",
            "A name of type Hostname is an address, which the schema lets pass.",
            &good().alternative("10.0.0.1"),
        ),
        of(
            "names-uri-odd",
            "A URI begins with a digit, which the schema lets pass.",
            &good().uri("1x://backend"),
        ),
        of(
            "names-six",
            "There are six names, and the API allows five.",
            &(0..6).fold(good(), |policy, at| policy.uri(&format!("spiffe://cluster.local/{at}"))),
        ),
        of(
            "trust-both",
            "References and a named set are both there.",
            &good().validation("wellKnownCACertificates: System"),
        )
        .system(),
        of("trust-neither", "Nothing says what is trusted.", &Policy::of_backend("p")),
        of(
            "options",
            "An option has a name with a domain, another one has none.",
            &good()
                .spec("options:")
                .spec("  example.com/min-version: \"1.3\"")
                .spec("  timeout: 5s"),
        ),
        of(
            "options-malformed",
            "The name of an option is no qualified name.",
            &good().spec("options:").spec("  \"example.com/\": x"),
        ),
        of(
            "mode-unknown",
            "A mode of the policy may change what it means, and is not known.",
            &good().spec("mode: InsecureSkipVerify"),
        ),
        of(
            "mode-of-validation-unknown",
            "A mode of the validation may change what it means, and is not known.",
            &good().validation("mode: InsecureSkipSANVerification"),
        ),
        of(
            "field-unknown",
            "A field that the API does not have is dropped by the server.",
            &good().spec("timeout: 5s").validation("hostnames: [a.example.com]"),
        ),
        of(
            "version-v1alpha3",
            "The version before the current one means the same.",
            &good().version("v1alpha3"),
        ),
        of(
            "version-v1alpha2",
            "Nobody serves this version any more, so the policy is not read.",
            &good().version("v1alpha2"),
        )
        .ask("shop/backend"),
        of(
            "wrong-types",
            "The hostname is a number, and the references are a text.",
            &Policy::new("p", "5").service("backend").validation("caCertificateRefs: ca"),
        ),
        folder(
            "document-broken",
            "One document is no YAML, and does no harm to the others.",
            [vec![good().yaml(), "kind: [\n".to_owned()], world()].concat(),
        ),
        folder(
            "document-other-kinds",
            "Objects of kinds that are not needed are passed over.",
            [
                vec![
                    good().yaml(),
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: backend\n".into(),
                ],
                world(),
            ]
            .concat(),
        ),
    ]
}

fn of(name: &str, about: &str, policy: &Policy) -> Folder {
    folder(name, about, [vec![policy.yaml()], world()].concat())
}

fn world() -> Vec<String> {
    [&[config_map("ca", &ca())], &shop()[..]].concat()
}
