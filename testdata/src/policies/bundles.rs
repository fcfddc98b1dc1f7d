//! What stands in one `ca.crt`: good certificates, and what is beside them.

use super::Folder;
use super::ca;
use super::certificate;
use super::folder;
use super::references::expired;
use super::references::other;
use super::yaml::Policy;
use super::yaml::config_map;
use super::yaml::config_map_of;
use super::yaml::quoted;
use super::yaml::shop;
use crate::authority::Authority;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::keys;
use crate::pem;
use crate::time;

pub(super) fn folders() -> Vec<Folder> {
    let malformed = certificate(b"\x30\x03\x02\x01\x01");
    let crl = pem::encode("X509 CRL", b"\x30\x03\x02\x01\x01");
    let next_year = time::utc(2027, 1, 1, 0, 0, 0);
    let early = Authority::self_signed(DirectoryName::cn("Next Root"), &keys::P256_F, |root| {
        root.valid(next_year, next_year + 86_400 * 365)
    });
    let early = certificate(&early.certificate);
    let leaf = CertificateBuilder::leaf("backend.example.com").build(&keys::P256_C);
    let spoilt = "-----BEGIN CERTIFICATE-----\nAAAA\n".to_owned();
    vec![
        of("two", "Two certificates stand in one bundle.", &[ca(), other()]),
        of("copy", "One certificate stands there twice, and counts once.", &[ca(), ca()]),
        of(
            "malformed-beside-good",
            "A certificate that cannot be read stands beside a good one.",
            &[ca(), malformed.clone()],
        ),
        of(
            "malformed-before-good",
            "A certificate that cannot be read stands before a good one.",
            &[malformed, ca()],
        ),
        of(
            "without-end-beside-good",
            "The last block has no end line; the one before it is good.",
            &[ca(), spoilt],
        ),
        of(
            "expired-beside-good",
            "A certificate that has expired stands beside a good one.",
            &[ca(), expired()],
        ),
        of("not-yet-valid", "The only certificate is not valid before next year.", &[early]),
        of(
            "private-key-beside-good",
            "A private key stands beside the certificate, for all to read.",
            &[ca(), keys::P256_A.to_pem()],
        ),
        of("crl-beside-good", "A revocation list stands beside the certificate.", &[ca(), crl]),
        of(
            "other-block-beside-good",
            "A block of another kind stands beside the certificate.",
            &[pem::encode("PUBLIC KEY", &keys::P256_A.spki()), ca()],
        ),
        of(
            "text-around",
            "There is text before, between and after the certificates.",
            &["The root:\n".into(), ca(), "\nAnother:\n".into(), other(), "The end.\n".into()],
        ),
        of(
            "leaf",
            "The certificate of the backend itself is what is trusted.",
            &[certificate(&leaf)],
        ),
        folder(
            "bundle-crlf",
            "The lines of the bundle end as on Windows.",
            [
                vec![policy()],
                vec![config_map_of(
                    "ca",
                    &format!("data:\n  ca.crt: {}\n", quoted(&ca().replace('\n', "\r\n"))),
                )],
                shop().to_vec(),
            ]
            .concat(),
        ),
    ]
}

fn of(name: &str, about: &str, parts: &[String]) -> Folder {
    let own = [policy(), config_map("ca", &parts.concat())];
    folder(format!("bundle-{name}"), about, [&own[..], &shop()].concat())
}

fn policy() -> String {
    Policy::of_backend("p").config_map("ca").yaml()
}
