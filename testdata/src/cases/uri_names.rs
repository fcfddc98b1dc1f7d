//! URI names: byte for byte, and nothing but URIs.

use super::HOST;
use super::accepted;
use crate::case::At;
use crate::case::Case;
use crate::general_name::dns;
use crate::general_name::uri;

pub(super) fn cases() -> Vec<Case> {
    vec![
        accepted("uri-accepted", "The leaf carries exactly the expected URI.")
            .san(EXPECTED)
            .names(&[uri(IDENTITY)]),
        accepted("uri-second-of-two-accepted", "The expected URI is the second of two.")
            .san(EXPECTED)
            .names(&[uri("spiffe://cluster.local/ns/shop/sa/frontend"), uri(IDENTITY)]),
        mismatch("uri-other-path", "The URI names another workload of the same trust domain.")
            .names(&[uri("spiffe://cluster.local/ns/shop/sa/frontend")]),
        mismatch("uri-other-trust-domain", "The URI is of another trust domain.")
            .names(&[uri("spiffe://cluster.test/ns/shop/sa/backend")]),
        mismatch("uri-trailing-slash", "The URI ends with a slash more.")
            .names(&[uri("spiffe://cluster.local/ns/shop/sa/backend/")]),
        mismatch("uri-case-of-host", "The host of the URI differs in case.")
            .names(&[uri("spiffe://Cluster.local/ns/shop/sa/backend")]),
        mismatch("uri-case-of-scheme", "The scheme of the URI differs in case.")
            .names(&[uri("SPIFFE://cluster.local/ns/shop/sa/backend")]),
        mismatch("uri-percent-encoding", "One letter of the URI is percent-encoded.")
            .names(&[uri("spiffe://cluster.local/ns/shop/sa/%62ackend")]),
        mismatch("uri-prefix", "The URI begins with the expected one.")
            .names(&[uri("spiffe://cluster.local/ns/shop/sa/backend-admin")]),
        mismatch("uri-before-nul", "The URI up to a NUL is the expected one.")
            .cve("CVE-2025-66220")
            .names(&[uri("spiffe://cluster.local/ns/shop/sa/backend\0x")]),
        mismatch("uri-in-dns-name", "The expected URI is presented as a dNSName.")
            .cve("CVE-2022-21656")
            .names(&[dns(IDENTITY)]),
        mismatch("uri-but-only-hostname", "The leaf has the hostname and no URI.")
            .names(&[dns(HOST)]),
    ]
}

fn mismatch(name: &'static str, about: &'static str) -> Case {
    super::refused(name, about, "name-mismatch", At::Certificate(0)).san(EXPECTED)
}

const IDENTITY: &str = "spiffe://cluster.local/ns/shop/sa/backend";
const EXPECTED: &str = "uri:spiffe://cluster.local/ns/shop/sa/backend";
