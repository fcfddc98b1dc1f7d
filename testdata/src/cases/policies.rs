//! Certificate policies: understood and ignored; what constrains them is not understood.

use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::extension;
use crate::extension::Extension;

pub(super) fn cases() -> Vec<Case> {
    vec![
        accepted("policies-accepted", "Certificate policies are understood when critical.").leaf(
            leaf().extension(extension::certificate_policies(&["2.23.140.1.2.1"]).critical()),
        ),
        accepted(
            "policies-invalid-accepted",
            "The leaf lists a policy twice, and none of the policies is asked for.",
        )
        .cve("CVE-2023-0465")
        .leaf(
            leaf()
                .extension(extension::certificate_policies(&["2.23.140.1.2.1", "2.23.140.1.2.1"])),
        ),
        unknown_critical(
            "policies-constraints",
            "Policy constraints are not understood, so they refuse when critical.",
        )
        .intermediate(intermediate().extension(extension::policy_constraints().critical())),
        accepted(
            "policies-constraints-accepted",
            "Policy constraints that are malformed and not critical are not read.",
        )
        .cve("CVE-2022-3996")
        .intermediate(
            intermediate()
                .extension(Extension::new(extension::POLICY_CONSTRAINTS, vec![0x30, 0x05, 0x80])),
        ),
        accepted(
            "policies-mappings-accepted",
            "A thousand policies, each mapped to the next, are passed over.",
        )
        .cves(["CVE-2026-32281", "CVE-2023-0464"])
        .intermediate(intermediate().extension(policies()).extension(mappings())),
        unknown_critical("policies-mappings", "The same, and the mappings are critical.")
            .intermediate(intermediate().extension(policies()).extension(mappings().critical())),
        unknown_critical("policies-inhibit-any", "inhibitAnyPolicy is critical.").intermediate(
            intermediate().extension(
                Extension::new(extension::INHIBIT_ANY_POLICY, der::integer(0)).critical(),
            ),
        ),
    ]
}

/// A thousand policies.
fn policies() -> Extension {
    let policies = (0..1000).map(|at| format!("1.2.{at}")).collect::<Vec<_>>();
    extension::certificate_policies(&policies.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Each of them mapped to the next.
fn mappings() -> Extension {
    let policy = |at: usize| der::oid(&format!("1.2.{}", at % 1000));
    let mappings = (0..1000).map(|at| der::sequence(&[policy(at), policy(at + 1)]));
    Extension::new(extension::POLICY_MAPPINGS, der::sequence(&mappings.collect::<Vec<_>>()))
}

fn unknown_critical(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "unknown-critical-extension", At::Certificate(1))
}
