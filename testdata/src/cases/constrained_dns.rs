//! Name constraints on DNS names: wildcards, case, leading dots, and constraints at several levels.

use super::HOST;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::directory_name::DirectoryName;
use crate::extension::NameConstraints;
use crate::extension::SUBJECT_ALT_NAME;
use crate::general_name::dns;
use crate::general_name::uri;
use crate::keys;

pub(super) fn cases() -> Vec<Case> {
    [
        plain(),
        wildcards(),
        leading_dots(),
        levels(),
        malformed_names(),
        bases(),
        minimum_and_maximum(),
    ]
    .concat()
}

fn plain() -> Vec<Case> {
    vec![
        accepted("nc-dns-permitted-accepted", "The name is inside the permitted subtree.")
            .constraints(&permitted("example.com")),
        accepted("nc-dns-permitted-itself-accepted", "The name is the permitted one itself.")
            .constraints(&permitted(HOST)),
        accepted("nc-dns-permitted-second-accepted", "The name is inside the second of two.")
            .constraints(&permitted("shop.svc").permitted(dns("example.com"))),
        not_permitted("nc-dns-permitted", "The name is outside the permitted subtree.")
            .cves(["DMTF-2026-0004", "Frankencert-2014"])
            .constraints(&permitted("shop.svc")),
        not_permitted("nc-dns-permitted-label-boundary", "The subtree ends inside a label.")
            .constraints(&permitted("kend.example.com")),
        not_permitted(
            "nc-dns-permitted-one-of-two",
            "The name beside the expected one is outside.",
        )
        .names(&[dns(HOST), dns("backend.example.org")])
        .constraints(&permitted("example.com")),
        accepted("nc-dns-permitted-case-accepted", "The subtree differs in case.")
            .constraints(&permitted("EXAMPLE.com")),
        accepted("nc-dns-permitted-everything-accepted", "The empty subtree holds every name.")
            .constraints(&permitted("")),
        accepted("nc-dns-excluded-accepted", "The name is outside the excluded subtree.")
            .constraints(&excluded("secret.example.com")),
        name_excluded("nc-dns-excluded", "The name is inside the excluded subtree.")
            .constraints(&excluded("example.com")),
        name_excluded(
            "nc-dns-excluded-one-of-two",
            "The name beside the expected one is excluded.",
        )
        .names(&[dns(HOST), dns("secret.example.com")])
        .constraints(&excluded("secret.example.com")),
        name_excluded("nc-dns-excluded-case", "The excluded subtree differs in case.")
            .cve("CVE-2026-3833")
            .constraints(&excluded("BackEnd.EXAMPLE.com")),
        name_excluded("nc-dns-excluded-everything", "The empty subtree excludes every name.")
            .constraints(&excluded("")),
        name_excluded("nc-dns-excluded-inside-permitted", "Permitted, and excluded inside that.")
            .cve("CVE-2024-39312")
            .constraints(&permitted("example.com").excluded(dns(HOST))),
        accepted(
            "nc-dns-excluded-inside-permitted-accepted",
            "Permitted, and another name is excluded inside that.",
        )
        .constraints(&permitted("example.com").excluded(dns("secret.example.com"))),
    ]
}

fn wildcards() -> Vec<Case> {
    let wildcard = |case: Case| case.names(&[dns("*.example.com")]);
    vec![
        wildcard(not_permitted(
            "nc-dns-wildcard-permitted",
            "The wildcard stands for more names than the permitted one.",
        ))
        .cves(["RUSTSEC-2026-0099", "GHSA-m2h6-j472-rp4c"])
        .constraints(&permitted(HOST)),
        wildcard(accepted(
            "nc-dns-wildcard-permitted-accepted",
            "Every name the wildcard stands for is permitted.",
        ))
        .constraints(&permitted("example.com")),
        wildcard(name_excluded(
            "nc-dns-wildcard-excluded",
            "The wildcard stands for an excluded name, among others.",
        ))
        .cves(["CVE-2025-61727", "openssl#30706"])
        .constraints(&excluded("secret.example.com")),
        wildcard(name_excluded(
            "nc-dns-wildcard-excluded-expected",
            "The expected name is the excluded one, and only a wildcard stands for it.",
        ))
        .cve("CVE-2026-34073")
        .hostname("secret.example.com")
        .constraints(&excluded("secret.example.com")),
        wildcard(name_excluded(
            "nc-dns-wildcard-excluded-parent",
            "Every name the wildcard stands for is excluded.",
        ))
        .constraints(&excluded("example.com")),
        wildcard(accepted(
            "nc-dns-wildcard-excluded-accepted",
            "The excluded subtree of one label has nothing to do with the wildcard.",
        ))
        .cve("go#76935")
        .constraints(&excluded("goog")),
        wildcard(accepted(
            "nc-dns-wildcard-excluded-deeper-accepted",
            "The wildcard stands for one label, and the excluded name has two there.",
        ))
        .constraints(&excluded("very.secret.example.com")),
        name_excluded("nc-dns-wildcard-excluded-case", "The same, and the two differ in case.")
            .cve("CVE-2026-33810")
            .names(&[dns("*.EXAMPLE.com")])
            .constraints(&excluded("Secret.example.COM")),
    ]
}

fn leading_dots() -> Vec<Case> {
    let apex = |case: Case| case.hostname("example.com").names(&[dns("example.com")]);
    vec![
        accepted("nc-dns-dot-permitted-accepted", "A leading dot permits names below.")
            .constraints(&permitted(".example.com")),
        apex(not_permitted(
            "nc-dns-dot-permitted",
            "A leading dot does not permit the domain itself.",
        ))
        .constraints(&permitted(".example.com")),
        apex(name_excluded(
            "nc-dns-dot-excluded",
            "A leading dot excludes the domain itself, to be safe.",
        ))
        .constraints(&excluded(".example.com")),
        apex(accepted("nc-dns-dot-excluded-accepted", "A leading dot of another domain."))
            .constraints(&excluded(".example.org")),
    ]
}

fn levels() -> Vec<Case> {
    let two = |upper: &NameConstraints, lower: &NameConstraints| {
        let upper = ROOT.subordinate(DirectoryName::cn("Upper"), &keys::P256_D, |authority| {
            authority.extension(upper.extension())
        });
        let lower = upper.subordinate(DirectoryName::cn("Lower"), &keys::P256_E, |authority| {
            authority.extension(lower.extension())
        });
        [lower.issue(leaf()), lower.certificate, upper.certificate]
    };
    vec![
        accepted("nc-level-both-accepted", "The name is inside what both authorities permit.")
            .chain(two(&permitted("example.com"), &permitted(HOST))),
        not_permitted("nc-level-both-upper", "The upper authority permits another name.")
            .chain(two(&permitted("shop.svc"), &permitted("example.com"))),
        not_permitted("nc-level-both-lower", "The lower authority permits another name.")
            .cve("CVE-2026-42011")
            .chain(two(&excluded("example.org"), &permitted("shop.svc"))),
        accepted("nc-level-anchor-accepted", "The name is inside what the anchor permits.")
            .root(|root| root.extension(permitted("example.com").extension())),
        not_permitted("nc-level-anchor", "The name is outside what the anchor permits.")
            .root(|root| root.extension(permitted("shop.svc").extension())),
        name_excluded("nc-level-anchor-excluded", "The anchor excludes the name.")
            .root(|root| root.extension(excluded("example.com").extension())),
        accepted(
            "nc-level-intermediate-name-accepted",
            "The intermediate has a name of its own, and the anchor permits it.",
        )
        .root(|root| root.extension(permitted("example.com").extension()))
        .intermediate(intermediate().names(&[dns("ca.example.com")])),
        refused(
            "nc-level-intermediate-name",
            "The intermediate has a name of its own that the anchor does not permit.",
            "name-not-permitted",
            At::Certificate(1),
        )
        .root(|root| root.extension(permitted("example.com").extension()))
        .intermediate(intermediate().names(&[dns("ca.example.org")])),
        accepted(
            "nc-level-own-name-accepted",
            "The intermediate's own name is outside its constraints, which are for what is below.",
        )
        .intermediate(
            intermediate()
                .names(&[dns("ca.example.org")])
                .extension(permitted("example.com").extension()),
        ),
        accepted(
            "nc-level-no-names-accepted",
            "The intermediate has no names, so that DNS constraints above do not concern it.",
        )
        .root(|root| root.extension(permitted("example.com").extension()))
        .intermediate(intermediate().without(SUBJECT_ALT_NAME)),
    ]
}

fn malformed_names() -> Vec<Case> {
    let malformed = |name, about, dns_name: &str| {
        refused(name, about, "malformed-name", At::Certificate(0))
            .names(&[dns(HOST), dns(dns_name)])
            .constraints(&excluded("example.org"))
    };
    vec![
        malformed("nc-malformed-dns-empty", "Below a DNS constraint a dNSName is empty.", "")
            .cve("CVE-2026-27138"),
        accepted("nc-malformed-dns-empty-accepted", "A dNSName is empty, no constraint above.")
            .names(&[dns(HOST), dns("")]),
        malformed("nc-malformed-dns-trailing-dot", "A dNSName ends with a dot.", "a.example.com."),
        malformed("nc-malformed-dns-leading-dot", "A dNSName begins with a dot.", ".example.com"),
        malformed(
            "nc-malformed-dns-empty-label",
            "A dNSName has an empty label.",
            "a..example.com",
        ),
        malformed("nc-malformed-dns-asterisk", "An asterisk is in a later label.", "a.*.com"),
        accepted("nc-malformed-dns-accepted", "Odd dNSNames, and no DNS constraint above.").names(
            &[
                dns(HOST),
                dns("a.example.com."),
                dns(".example.com"),
                dns("a..example.com"),
                dns("a.*.com"),
            ],
        ),
    ]
}

fn bases() -> Vec<Case> {
    let wildcard = || permitted("*.example.com");
    vec![
        refused(
            "nc-dns-base",
            "The subtree is a wildcard, which is no base, and there is a dNSName below.",
            "name-constraint-not-supported",
            At::Certificate(1),
        )
        .constraints(&wildcard()),
        accepted("nc-dns-base-accepted", "The subtree is a wildcard, and no dNSName is below.")
            .san("uri:spiffe://cluster.local/backend")
            .leaf(
                leaf()
                    .subject(DirectoryName::cn("Some Backend"))
                    .names(&[uri("spiffe://cluster.local/backend")]),
            )
            .constraints(&wildcard()),
    ]
}

fn minimum_and_maximum() -> Vec<Case> {
    let unsupported = |name, about, minimum, maximum| {
        let base = dns("example.com");
        refused(name, about, "name-constraint-not-supported", At::Certificate(1))
            .constraints(&NameConstraints::new().permitted_between(base, minimum, maximum))
    };
    vec![
        accepted("nc-distance-accepted", "A subtree without minimum and maximum.")
            .constraints(&permitted("example.com")),
        unsupported("nc-distance-minimum", "A subtree has minimum 1.", Some(1), None),
        unsupported("nc-distance-maximum", "A subtree has maximum 5.", None, Some(5)),
        unsupported("nc-distance-maximum-zero", "A subtree has maximum 0.", None, Some(0))
            .cve("go#81499"),
        refused(
            "nc-distance-anchor",
            "A subtree of the anchor has maximum 5.",
            "name-constraint-not-supported",
            At::Anchor(0),
        )
        .root(|root| {
            let subtree = NameConstraints::new().permitted_between(dns(HOST), None, Some(5));
            root.extension(subtree.extension())
        }),
        refused(
            "nc-distance-excluded",
            "An excluded subtree of other names has maximum 5.",
            "name-constraint-not-supported",
            At::Certificate(1),
        )
        .constraints(&NameConstraints::new().excluded_up_to(dns("example.org"), 5)),
        accepted(
            "nc-distance-minimum-zero-accepted",
            "Minimum 0 is written, which is the default.",
        )
        .constraints(&NameConstraints::new().permitted_between(
            dns("example.com"),
            Some(0),
            None,
        )),
    ]
}

fn permitted(base: &str) -> NameConstraints {
    NameConstraints::new().permitted(dns(base))
}

fn excluded(base: &str) -> NameConstraints {
    NameConstraints::new().excluded(dns(base))
}

fn not_permitted(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-not-permitted", At::Certificate(0))
}

fn name_excluded(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-excluded", At::Certificate(0))
}
