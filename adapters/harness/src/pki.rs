//! Certificates for hosts, which go by the clock of the machine: valid for a century.

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::keys::Key;
use lastmile_testdata::time;

/// Valid from the beginning of 2026 on, for a century.
pub fn for_a_century(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::START, time::CENTURY)
}

/// A self-signed authority of that commonName.
pub fn root(common_name: &str, key: &Key) -> Authority {
    Authority::self_signed(DirectoryName::cn(common_name), key, for_a_century)
}

/// An authority below another.
pub fn intermediate(issuer: &Authority, common_name: &str, key: &Key) -> Authority {
    issuer.subordinate(DirectoryName::cn(common_name), key, for_a_century)
}

/// A server certificate of this name, for [`P256_C`](lastmile_testdata::keys::P256_C).
pub fn leaf(host: &str) -> CertificateBuilder {
    for_a_century(CertificateBuilder::leaf(host))
}
