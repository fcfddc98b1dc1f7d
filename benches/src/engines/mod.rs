//! The engines that are compared: each holds what a host keeps, and is asked with the octets of a
//! handshake.

pub mod c_abi;
pub mod libcrypto;
pub mod ours;
pub mod webpki;

use std::time::Duration;

use lastmile_testdata::bench_chains;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::UnixTime;

/// Signature algorithms, as both rustls-webpki and lastmile take them.
pub type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// The moment at which every chain is judged.
pub fn now() -> UnixTime {
    let seconds = u64::try_from(bench_chains::NOW).expect("after 1970");
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
