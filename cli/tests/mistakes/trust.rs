//! What is trusted is not what issued the certificate.

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension;
use lastmile_testdata::extension::AUTHORITY_KEY_ID;
use lastmile_testdata::extension::SUBJECT_ALT_NAME;
use lastmile_testdata::general_name::dns;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;
use lastmile_testdata::time;

use crate::Mistake;
use crate::world::HOST;
use crate::world::ISSUING;
use crate::world::LEAF;
use crate::world::ROOT;
use crate::world::leaf;
use crate::world::shop;

pub(crate) fn mistakes() -> Vec<Mistake> {
    let (root, issuing) = (&ROOT.certificate, &ISSUING.certificate);
    let nameless = self_signed_ca_builder(&keys::P256_C).without(SUBJECT_ALT_NAME);
    let nameless = nameless.build(&keys::P256_C);
    let other = Authority::root("Other Root CA", &keys::P256_D).certificate;
    let renewed_root = Authority::self_signed(shop("Shop Root CA"), &keys::P256_E, |root| root);
    let renewed_issuing =
        ROOT.subordinate(shop("Shop Issuing CA"), &keys::P256_F, |issuing| issuing).certificate;
    let without_key_ids = leaf().issued_by(&renewed_root).without(AUTHORITY_KEY_ID);
    let without_key_ids = without_key_ids.build(&renewed_root.key);
    vec![
        Mistake::new(
            "wrong-ca",
            "ca.crt holds the CA of another team.",
            &[&LEAF, issuing],
            &[&other],
        ),
        Mistake::new(
            "ca-renewed",
            "The root was renewed with a new key, and ca.crt still has the old one.",
            &[&renewed_root.issue(leaf())],
            &[root],
        ),
        Mistake::new(
            "ca-renewed-without-key-identifiers",
            "The same, and the certificates were made by a script without key identifiers.",
            &[&without_key_ids],
            &[root],
        ),
        Mistake::new(
            "intermediate-renewed",
            "ca.crt holds the intermediate alone, which was renewed since.",
            &[&LEAF],
            &[&renewed_issuing],
        ),
        Mistake::new(
            "intermediate-in-bundle",
            "ca.crt holds the intermediate and not the root; that is no mistake.",
            &[&LEAF],
            &[issuing],
        ),
        Mistake::new(
            "self-signed-and-not-trusted",
            "The backend made its own certificate, and ca.crt has the company's root.",
            &[&self_signed(&keys::P256_C)],
            &[root],
        ),
        Mistake::new(
            "self-signed-renewed",
            "The backend's own certificate was renewed with its key, and ca.crt has the old one.",
            &[&self_signed(&keys::P256_C)],
            &[&expired(self_signed_builder(&keys::P256_C)).build(&keys::P256_C)],
        ),
        Mistake::new(
            "self-signed-renewed-with-a-new-key",
            "The backend makes itself a certificate and a key at each start.",
            &[&self_signed(&Key::derived("second start"))],
            &[&self_signed(&Key::derived("first start"))],
        ),
        Mistake::new(
            "self-signed-ca-renewed",
            "The same as a CA certificate, as openssl req -x509 makes it, renewed with its key.",
            &[&self_signed_ca(&keys::P256_C)],
            &[&expired(self_signed_ca_builder(&keys::P256_C)).build(&keys::P256_C)],
        ),
        Mistake::new(
            "self-signed-ca-renewed-with-a-new-key",
            "The same, renewed with a new key.",
            &[&self_signed_ca(&Key::derived("second start"))],
            &[&self_signed_ca(&Key::derived("first start"))],
        ),
        Mistake::new(
            "self-signed-without-a-name",
            "The same certificate twice, made by openssl req -x509 -subj /CN=… without -addext.",
            &[&nameless],
            &[&nameless],
        ),
        Mistake::new(
            "default-certificate",
            "The proxy behind the address answers with its default certificate.",
            &[&default_certificate()],
            &[root],
        ),
        Mistake::new(
            "leaf-in-bundle",
            "ca.crt holds the backend's certificate of last year instead of its CA's.",
            &[&LEAF, issuing],
            &[&ISSUING.issue(expired(leaf()))],
        ),
    ]
}

fn expired(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::utc(2025, 1, 1, 0, 0, 0), time::utc(2025, 12, 31, 23, 59, 59))
}

fn self_signed(key: &Key) -> Vec<u8> {
    self_signed_builder(key).build(key)
}

fn self_signed_builder(key: &Key) -> CertificateBuilder {
    CertificateBuilder::leaf(HOST).key(key)
}

fn self_signed_ca(key: &Key) -> Vec<u8> {
    self_signed_ca_builder(key).build(key)
}

/// Without keyUsage and extKeyUsage.
fn self_signed_ca_builder(key: &Key) -> CertificateBuilder {
    CertificateBuilder::new(DirectoryName::cn(HOST))
        .key(key)
        .extension(extension::ca(None))
        .names(&[dns(HOST)])
}

fn default_certificate() -> Vec<u8> {
    let name = DirectoryName::new()
        .organization("Acme Co")
        .common_name("Kubernetes Ingress Controller Fake Certificate");
    let key = Key::derived("ingress");
    CertificateBuilder::leaf("ingress.local").subject(name).key(&key).build(&key)
}
