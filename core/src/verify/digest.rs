//! A number for a policy, so that what was verified under one is never taken for another's.

use alloc::collections::BinaryHeap;

use sha2::Digest;
use sha2::Sha256;

use crate::anchors::TrustAnchors;
use crate::limits::Limits;
use crate::name::ExpectedNames;
use crate::name::ReferenceName;
use crate::signature::Algorithms;

/// Changes whenever the same policy and the same chain may get another verdict.
const RULES: u32 = 2;

/// SHA-256 over a tag, the version of the rules, and every field with its length before it.
pub(super) fn digest(
    anchors: &TrustAnchors,
    names: &ExpectedNames,
    algorithms: Algorithms,
    limits: &Limits,
) -> [u8; 32] {
    let mut framed = Framed(Sha256::new());
    framed.field(b"lastmile verifier");
    framed.number(u64::from(RULES));

    // The order of a bundle decides nothing.
    let certificates: BinaryHeap<[u8; 32]> =
        anchors.iter().map(|anchor| sha256(anchor.certificate().der())).collect();
    let certificates = certificates.into_sorted_vec();
    framed.count(certificates.len());
    certificates.iter().for_each(|hash| framed.field(hash));

    framed.count(names.iter().count());
    for name in names.iter() {
        match name {
            ReferenceName::Dns(name) => framed.tagged(b"dns", name.as_str().as_bytes()),
            ReferenceName::Uri(uri) => framed.tagged(b"uri", uri.as_str().as_bytes()),
            ReferenceName::Ip(core::net::IpAddr::V4(ip)) => framed.tagged(b"ip", &ip.octets()),
            ReferenceName::Ip(core::net::IpAddr::V6(ip)) => framed.tagged(b"ip", &ip.octets()),
        }
    }

    framed.count(algorithms.len());
    for algorithm in algorithms {
        framed
            .tagged(algorithm.signature_alg_id().as_ref(), algorithm.public_key_alg_id().as_ref());
    }

    let Limits {
        intermediates,
        presented,
        certificate_bytes,
        signature_checks,
        issuer_candidates,
        name_constraint_pairs,
        name_bytes,
    } = *limits;
    for limit in [
        intermediates,
        presented,
        certificate_bytes,
        signature_checks,
        issuer_candidates,
        name_constraint_pairs,
        name_bytes,
    ] {
        framed.number(u64::from(limit));
    }
    framed.finish()
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    let mut hash = Framed(Sha256::new());
    hash.octets(octets);
    hash.finish()
}

struct Framed(Sha256);

impl Framed {
    fn number(&mut self, number: u64) {
        self.octets(&number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn field(&mut self, octets: &[u8]) {
        self.count(octets.len());
        self.octets(octets);
    }

    fn tagged(&mut self, tag: &[u8], octets: &[u8]) {
        self.field(tag);
        self.field(octets);
    }

    #[inline(never)]
    fn octets(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    #[inline(never)]
    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
