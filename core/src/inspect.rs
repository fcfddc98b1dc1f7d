//! What the engine concludes of one certificate alone: as a leaf, and as an issuer.
//!
//! A verdict needs a chain, anchors and names. These functions only say what would refuse the
//! certificate in any chain.

use alloc::vec::Vec;

use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::UnixTime;

use crate::cert::Certificate;
use crate::profile;
use crate::profile::LeafTrust;
use crate::profile::Role;
use crate::reason::At;
use crate::reason::Finding;
use crate::reason::Reason;
use crate::signature;

/// Why `certificate` may not be a leaf at `now`, if its path must lead to another certificate.
/// Nothing is concluded of its names and of its own key.
pub fn leaf_findings(
    certificate: &Certificate<'_>,
    at: At,
    now: UnixTime,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
) -> Vec<Finding> {
    let trust = LeafTrust::ByPath { same_key: None };
    let faults = profile::leaf_faults(certificate, trust, seconds(now));
    faults
        .chain(signature::judge_algorithm(certificate, algorithms).err())
        .map(|reason| Finding::new(reason, at))
        .collect()
}

/// Why `certificate` may not be an issuer at `now`: an anchor if it is self-issued, and
/// otherwise an intermediate.
pub fn issuer_findings(
    certificate: &Certificate<'_>,
    at: At,
    now: UnixTime,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
) -> Vec<Finding> {
    let (role, signed) = match certificate.is_self_issued() {
        // Nobody asks how an anchor is signed.
        true => (Role::Anchor, None),
        false => (Role::Intermediate, signature::judge_algorithm(certificate, algorithms).err()),
    };
    let key = signature::judge_key(certificate, algorithms).err();
    profile::issuer_faults(certificate, role, seconds(now))
        .chain(signed)
        .chain(key.map(Reason::UnsupportedPublicKey))
        .map(|reason| Finding::new(reason, at))
        .collect()
}

fn seconds(now: UnixTime) -> i64 {
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}
