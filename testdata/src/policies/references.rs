//! References to CA certificates: each way in which one leads nowhere, alone and beside a good one.

use super::Folder;
use super::ca;
use super::certificate;
use super::folder;
use super::yaml::Policy;
use super::yaml::block;
use super::yaml::config_map;
use super::yaml::config_map_of;
use super::yaml::indented;
use super::yaml::object;
use super::yaml::quoted;
use super::yaml::shop;
use crate::authority::Authority;
use crate::directory_name::DirectoryName;
use crate::keys;
use crate::pem;
use crate::time;

pub(super) fn folders() -> Vec<Folder> {
    let mut folders = vec![
        one("reference-good", "One reference leads to one certificate.", &[], &[GOOD]),
        one(
            "references-good",
            "Two references lead to two certificates, and both are trusted.",
            &[config_map("other", &other())],
            &[GOOD, core("other")],
        ),
        one(
            "references-copies",
            "Two references lead to the same certificate, which counts once.",
            &[config_map("copy", &ca())],
            &[GOOD, core("copy")],
        ),
        one("reference-twice", "The same reference stands there twice.", &[], &[GOOD, GOOD]),
        one(
            "references-missing-then-odd",
            "No reference is good, and the first gives the reason: there is no such ConfigMap.",
            &[],
            &[core("missing"), ODD],
        ),
        one(
            "references-odd-then-missing",
            "No reference is good, and the first gives the reason: the kind is not known.",
            &[],
            &[ODD, core("missing")],
        ),
        one(
            "references-two-faults-beside-good",
            "One of three references is good, and the message names both others.",
            &[],
            &[core("missing"), GOOD, ODD],
        ),
        one(
            "reference-secret",
            "A Secret holds the certificate, in base64.",
            &[secret("ca", &format!("data:\n  ca.crt: {}\n", pem::base64(ca().as_bytes())))],
            &[["\"\"", "Secret", "ca"]],
        ),
        one(
            "reference-secret-text",
            "A Secret holds the certificate as text, as an author may write it.",
            &[secret("ca", &format!("string{}", capital(&block("ca.crt", &ca()))))],
            &[["\"\"", "Secret", "ca"]],
        ),
        one(
            "reference-cluster-trust-bundle",
            "A ClusterTrustBundle, which is in no namespace, holds the certificate.",
            &[format!(
                "apiVersion: certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nmetadata:\n  \
                 name: ca\nspec:\n  trustBundle: |\n{}",
                indented(4, &ca())
            )],
            &[["certificates.k8s.io", "ClusterTrustBundle", "ca"]],
        ),
    ];
    for Invalid { name, about, documents, reference } in invalid() {
        let alone = format!("reference-{name}");
        folders.push(one(&alone, &format!("{about}."), &documents, &[reference]));
        let beside = format!("{alone}-beside-good");
        let about = format!("{about}, and another reference is good.");
        folders.push(one(&beside, &about, &documents, &[reference, GOOD]));
    }
    folders.extend(well_known());
    folders
}

/// Sets of CA certificates that are named and not referred to.
fn well_known() -> Vec<Folder> {
    let named = |name: &str, set: &str, about: &str| {
        let policy = Policy::of_backend("p").validation(format!("wellKnownCACertificates: {set}"));
        folder(name, about, [vec![policy.yaml()], shop().to_vec()].concat())
    };
    vec![
        named("well-known-system", "System", "The roots of the system are loaded.").system(),
        named("well-known-system-not-loaded", "System", "The roots of the system are not loaded."),
        named(
            "well-known-unknown",
            "example.com/roots",
            "The set has a name that the API allows, and nobody knows it.",
        )
        .system(),
        named(
            "well-known-malformed",
            "MySystem",
            "The set has a name that the API does not allow.",
        )
        .system(),
    ]
}

/// A reference that leads nowhere.
struct Invalid {
    name: &'static str,
    /// Without its full stop.
    about: &'static str,
    documents: Vec<String>,
    reference: Reference,
}

fn invalid() -> Vec<Invalid> {
    let case = |name, about, documents: &[String], reference| Invalid {
        name,
        about,
        documents: documents.to_vec(),
        reference,
    };
    let of_bad = |name, about, document| case(name, about, &[document], core("bad"));
    vec![
        case("missing", "There is no ConfigMap of the name", &[], core("missing")),
        case("wrong-kind", "The kind of the reference is not known", &[], ODD),
        case(
            "wrong-group",
            "The kind is that of a ConfigMap, and the group is another",
            &[],
            ["example.com", "ConfigMap", "ca"],
        ),
        case(
            "other-namespace",
            "The ConfigMap is in another namespace",
            &[config_map("away", &ca()).replace("namespace: shop", "namespace: other")],
            core("away"),
        ),
        of_bad("without-data", "The ConfigMap holds nothing", config_map_of("bad", "data: {}\n")),
        of_bad(
            "without-ca-crt",
            "The ConfigMap has the certificate under another key",
            config_map_of("bad", &block("tls.crt", &ca())),
        ),
        of_bad(
            "empty-ca-crt",
            "The text of ca.crt is empty",
            config_map_of("bad", "data:\n  ca.crt: \"\"\n"),
        ),
        of_bad(
            "text-without-certificate",
            "The text of ca.crt is no PEM",
            config_map_of("bad", "data:\n  ca.crt: to be filled in\n"),
        ),
        of_bad(
            "malformed",
            "The only certificate cannot be read",
            config_map("bad", &certificate(b"\x30\x03\x02\x01\x01")),
        ),
        of_bad("expired", "The only certificate has expired", config_map("bad", &expired())),
        of_bad(
            "private-key",
            "There is a private key where the certificate should be",
            config_map("bad", &keys::P256_A.to_pem()),
        ),
        of_bad(
            "binary-data",
            "The certificate is in binaryData",
            config_map_of(
                "bad",
                &format!("binaryData:\n  ca.crt: {}\n", pem::base64(ca().as_bytes())),
            ),
        ),
        of_bad(
            "number-for-text",
            "The value of ca.crt is a number, which the API does not allow",
            config_map_of("bad", "data:\n  ca.crt: 1\n"),
        ),
        case(
            "secret-not-base64",
            "The Secret holds PEM where base64 of it should be",
            &[secret("bad", &format!("data:\n  ca.crt: {}\n", quoted(&ca())))],
            ["\"\"", "Secret", "bad"],
        ),
    ]
}

/// A policy with these references, beside the good ConfigMap.
fn one(name: &str, about: &str, documents: &[String], references: &[Reference]) -> Folder {
    let policy = references.iter().fold(Policy::of_backend("p"), |policy, [group, kind, name]| {
        policy.reference(group, kind, name)
    });
    let own = [policy.yaml(), config_map("ca", &ca())];
    folder(name, about, [&own, documents, &shop()].concat())
}

/// A root of another name and another key.
pub(super) fn other() -> String {
    certificate(&Authority::root("Other Root", &keys::P256_D).certificate)
}

/// The root of another year.
pub(super) fn expired() -> String {
    let root = Authority::self_signed(DirectoryName::cn("Old Root"), &keys::P256_E, |root| {
        root.valid(time::utc(2024, 1, 1, 0, 0, 0), time::utc(2026, 5, 1, 0, 0, 0))
    });
    certificate(&root.certificate)
}

fn secret(name: &str, rest: &str) -> String {
    object("v1", "Secret", "shop", name) + rest
}

/// `data` as it stands after a word.
fn capital(text: &str) -> String {
    text.replacen("data", "Data", 1)
}

/// Group, kind and name.
type Reference = [&'static str; 3];

const GOOD: Reference = core("ca");

const ODD: Reference = ["example.com", "TrustStore", "ca"];

/// A ConfigMap of this name.
const fn core(name: &'static str) -> Reference {
    ["\"\"", "ConfigMap", name]
}
