//! The chain of the README: valid for a century, so that a newcomer's first command works.

use crate::authority::Authority;
use crate::case;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::general_name;
use crate::keys;
use crate::time;

/// The name a client connects to.
pub const HOSTNAME: &str = "backend.example.com";

/// The workload's identity.
pub const URI: &str = "spiffe://cluster.local/ns/shop/sa/backend";

/// Each file's name and content.
pub fn files() -> Vec<(&'static str, String)> {
    let name =
        DirectoryName::new().organization("Example Shop").common_name("Example Shop Root CA");
    let root = Authority::self_signed(name.clone(), &keys::P256_A, century);
    let other = Authority::self_signed(name, &keys::P256_H, century);
    let name =
        DirectoryName::new().organization("Example Shop").common_name("Example Shop Issuing CA");
    let intermediate = root.subordinate(name, &keys::P256_B, century);
    let names = [general_name::dns(HOSTNAME), general_name::uri(URI)];
    let leaf = intermediate.issue(century(CertificateBuilder::leaf(HOSTNAME)).names(&names));

    vec![
        ("chain.pem", case::certificates(&[leaf, intermediate.certificate.clone()])),
        // For a server: OpenSSL's takes the leaf and the others from two files.
        ("intermediate.pem", case::certificates(&[intermediate.certificate])),
        ("key.pem", keys::P256_C.to_pem()),
        ("ca.pem", case::certificates(&[root.certificate])),
        ("ca-other.pem", case::certificates(&[other.certificate])),
        (
            "validation.yaml",
            format!(
                "hostname: {HOSTNAME}\n\
                 subjectAltNames:\n\
                 - type: Hostname\n  hostname: {HOSTNAME}\n\
                 - type: URI\n  uri: {URI}\n"
            ),
        ),
    ]
}

fn century(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::START, time::utc(2126, 1, 1, 0, 0, 0))
}
