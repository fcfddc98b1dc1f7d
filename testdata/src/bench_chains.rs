//! The chains that benchmarks verify: one root, one intermediate and one leaf of about 1 KB each.

use crate::authority::Authority;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::general_name;
use crate::hostile::Chain;
use crate::keys;
use crate::keys::Key;
use crate::time;

/// The name every leaf here is good for.
pub const HOST: &str = "www.bench.example.com";

/// A moment, in seconds since 1970, at which every chain here is valid.
pub const NOW: i64 = time::NOW;

/// A chain with the authorities above it, so that a benchmark can issue more below them.
#[derive(Clone, Debug)]
pub struct BenchChain {
    /// How results name it.
    pub name: &'static str,
    /// The anchor.
    pub root: Authority,
    /// Issued by the root.
    pub intermediate: Authority,
    /// Issued by the intermediate.
    pub leaf: Vec<u8>,
}

impl BenchChain {
    fn new(name: &'static str, root: &Key, intermediate: &Key, leaf: &Key) -> Self {
        let root = Authority::self_signed(distinguished("Bench Root X1"), root, |root| root);
        let name_below = distinguished("Bench Issuing R3");
        let intermediate = root.subordinate(name_below, intermediate, |intermediate| {
            intermediate
                .extension(extension::ca(Some(0)))
                .extension(extension::extended_key_usage(&[
                    extension::SERVER_AUTH,
                    extension::CLIENT_AUTH,
                ]))
                .extension(extension::crl_distribution_point("http://x1.c.bench.example.com/"))
                .extension(extension::certificate_policies(&[DOMAIN_VALIDATED]))
        });
        let leaf = intermediate.issue(bench_leaf(leaf));
        Self { name, root, intermediate, leaf }
    }

    /// What is trusted and what is presented.
    pub fn chain(&self) -> Chain {
        Chain {
            anchors: vec![self.root.certificate.clone()],
            leaf: self.leaf.clone(),
            presented: vec![self.intermediate.certificate.clone()],
        }
    }
}

/// Every chain: the six kinds a comparison with peers measures.
pub fn all() -> Vec<BenchChain> {
    vec![p256(), rsa2048(), ed25519(), p384(), rsa4096_p256(), le_rsa()]
}

/// P-256 throughout.
pub fn p256() -> BenchChain {
    BenchChain::new("p256", &keys::P256_A, &keys::P256_B, &keys::P256_C)
}

/// RSA of 2048 bits throughout.
pub fn rsa2048() -> BenchChain {
    BenchChain::new("rsa2048", &keys::RSA2048_A, &keys::RSA2048_B, &keys::RSA2048_C)
}

/// Ed25519 throughout.
pub fn ed25519() -> BenchChain {
    BenchChain::new("ed25519", &keys::ED25519_A, &keys::ED25519_B, &keys::ED25519_C)
}

/// P-384 above a P-256 leaf key.
pub fn p384() -> BenchChain {
    BenchChain::new("p384", &keys::P384_A, &keys::P384_B, &keys::P256_C)
}

/// A root with RSA of 4096 bits, P-256 below.
pub fn rsa4096_p256() -> BenchChain {
    BenchChain::new("rsa4096_p256", &keys::RSA4096_A, &keys::P256_B, &keys::P256_C)
}

/// As Let's Encrypt's RSA hierarchy: RSA of 4096 bits, then 2048, then a P-256 leaf key.
pub fn le_rsa() -> BenchChain {
    BenchChain::new("le_rsa", &keys::RSA4096_A, &keys::RSA2048_A, &keys::P256_C)
}

/// The leaf of every chain before it is issued.
pub fn bench_leaf(key: &Key) -> CertificateBuilder {
    CertificateBuilder::leaf(HOST)
        .key(key)
        .names(&[general_name::dns("bench.example.com"), general_name::dns(HOST)])
        .extension(extension::extended_key_usage(&[extension::SERVER_AUTH, extension::CLIENT_AUTH]))
        .extension(extension::authority_info_access(
            "http://r3.i.bench.example.com/",
            "http://r3.o.bench.example.com",
        ))
        .extension(extension::crl_distribution_point("http://r3.c.bench.example.com/41.crl"))
        .extension(extension::certificate_policies(&[DOMAIN_VALIDATED]))
        .extension(extension::signed_certificate_timestamps())
}

fn distinguished(common_name: &str) -> DirectoryName {
    DirectoryName::new().country("US").organization("Bench Certificates").common_name(common_name)
}

/// The CA/Browser Forum's policy of certificates for domain names.
const DOMAIN_VALIDATED: &str = "2.23.140.1.2.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_has_about_a_kilobyte() {
        for chain in all() {
            let size = chain.leaf.len();
            assert!((800..1400).contains(&size), "{}: {size}", chain.name);
        }
    }
}
