//! A shop with a root, an intermediate and a backend, as they should be.

use std::sync::LazyLock;

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::keys;

pub(crate) const HOST: &str = "backend.example.com";

pub(crate) static ROOT: LazyLock<Authority> =
    LazyLock::new(|| Authority::self_signed(shop("Shop Root CA"), &keys::P256_A, |root| root));

pub(crate) static ISSUING: LazyLock<Authority> =
    LazyLock::new(|| ROOT.subordinate(shop("Shop Issuing CA"), &keys::P256_B, |issuing| issuing));

pub(crate) static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| ISSUING.issue(leaf()));

pub(crate) fn leaf() -> CertificateBuilder {
    CertificateBuilder::leaf(HOST)
}

pub(crate) fn shop(common_name: &str) -> DirectoryName {
    DirectoryName::new().organization("Example Shop").common_name(common_name)
}
