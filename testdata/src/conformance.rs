//! The certificates of the API's conformance tests, as its suite makes them.

use std::sync::LazyLock;

use crate::authority::Authority;
use crate::certificate::CertificateBuilder;
use crate::der::tag;
use crate::directory_name;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::general_name;
use crate::keys;
use crate::keys::Key;

/// The name that nearly every policy sends, and the leaf has.
pub const HOST: &str = "abc.example.com";

/// The other name of the leaf.
pub const OTHER_HOST: &str = "other.example.com";

/// The identity of the leaf.
pub const URI: &str = "spiffe://abc.example.com/test-identity";

/// Whoever issued the leaf.
pub static AUTHORITY: LazyLock<Authority> =
    LazyLock::new(|| authority(&keys::RSA2048_A, |root| root));

/// Of the same name and the same serial number, with another key: nothing but a signature tells
/// the two apart.
pub static MISMATCH: LazyLock<Authority> =
    LazyLock::new(|| authority(&keys::RSA2048_B, |root| root));

/// The key of both leaves.
pub static LEAF_KEY: &Key = &keys::RSA2048_C;

/// What the backends of HTTP and gRPC present, alone.
pub static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let names = [general_name::dns(HOST), general_name::dns(OTHER_HOST), general_name::uri(URI)];
    leaf(&AUTHORITY, &names, |leaf| leaf)
});

/// What the backend of TCP presents, alone.
pub static TCP_LEAF: LazyLock<Vec<u8>> =
    LazyLock::new(|| leaf(&AUTHORITY, &[general_name::dns(HOST)], |leaf| leaf));

/// An authority of that sort, changed: hosts go by the clock of the machine.
pub fn authority(
    key: &Key,
    change: impl Fn(CertificateBuilder) -> CertificateBuilder,
) -> Authority {
    let name = name("Kubernetes Gateway API", "gatewayapi", Some("US"));
    Authority::self_signed(name, key, |root| {
        let usages = [extension::DIGITAL_SIGNATURE, extension::KEY_CERT_SIGN];
        let purposes = [extension::CLIENT_AUTH, extension::SERVER_AUTH];
        // 2024.
        let root = root.serial(&[0x07, 0xe8]).extension(extension::key_usage(&usages));
        change(root.extension(extension::extended_key_usage(&purposes)))
    })
}

/// What such an authority issues, changed, without identifiers of either key.
pub fn leaf(
    issuer: &Authority,
    names: &[Vec<u8>],
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Vec<u8> {
    let usages = [extension::KEY_ENCIPHERMENT, extension::DIGITAL_SIGNATURE];
    let leaf = CertificateBuilder::new(name("Acme Co", "default", None))
        .issuer(issuer.name.clone())
        .serial(&[0x5a; 16])
        .spki(LEAF_KEY.spki())
        .extension(extension::key_usage(&usages))
        .extension(extension::extended_key_usage(&[extension::SERVER_AUTH]))
        .extension(extension::not_a_ca())
        .names(names);
    change(leaf).build(&issuer.key)
}

/// In the order and the string type of Go.
fn name(organization: &str, common_name: &str, country: Option<&str>) -> DirectoryName {
    let text = |name: DirectoryName, oid, value: &str| {
        name.attribute(oid, tag::PRINTABLE_STRING, value.as_bytes())
    };
    let country =
        country.map_or_else(DirectoryName::new, |country| DirectoryName::new().country(country));
    let organization = text(country, directory_name::ORGANIZATION, organization);
    text(organization, directory_name::COMMON_NAME, common_name)
}
