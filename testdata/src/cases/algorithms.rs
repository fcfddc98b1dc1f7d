//! Signature algorithms: those that are good, and those that are broken, unknown or misparameterised.

use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::leaf;
use super::refused;
use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::algorithm::Hash;
use crate::algorithm::Pss;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::keys;
use crate::keys::Key;

pub(super) fn cases() -> Vec<Case> {
    [elliptic(), rsa(), pss(), broken(), odd_identifiers()].concat()
}

fn elliptic() -> Vec<Case> {
    vec![
        accepted("algorithm-accepted", "The leaf is signed by ECDSA on P-256 with SHA-256."),
        issued(
            accepted(
                "algorithm-p256-sha384-accepted",
                "The leaf is signed by ECDSA on P-256 with SHA-384.",
            ),
            &keys::P256_B,
            Algorithm::Ecdsa(Hash::Sha384),
        ),
        issued(
            unsupported(
                "algorithm-p256-sha512",
                "ECDSA on P-256 with SHA-512, which the default provider has not.",
            ),
            &keys::P256_B,
            Algorithm::Ecdsa(Hash::Sha512),
        ),
        issued(
            accepted(
                "algorithm-p384-sha384-accepted",
                "The leaf is signed by ECDSA on P-384 with SHA-384.",
            ),
            &keys::P384_A,
            Algorithm::Ecdsa(Hash::Sha384),
        ),
        issued(
            accepted(
                "algorithm-p384-sha256-accepted",
                "The leaf is signed by ECDSA on P-384 with SHA-256.",
            ),
            &keys::P384_A,
            Algorithm::Ecdsa(Hash::Sha256),
        ),
        issued(
            accepted("algorithm-ed25519-accepted", "The leaf is signed by Ed25519."),
            &keys::ED25519_A,
            Algorithm::Ed25519,
        ),
    ]
}

fn rsa() -> Vec<Case> {
    vec![
        issued(
            accepted(
                "algorithm-rsa2048-sha256-accepted",
                "The leaf is signed by RSA of 2048 bits with SHA-256.",
            ),
            &keys::RSA2048_A,
            Algorithm::Rsa(Hash::Sha256),
        ),
        issued(
            accepted(
                "algorithm-rsa3072-sha384-accepted",
                "The leaf is signed by RSA of 3072 bits with SHA-384.",
            ),
            &keys::RSA3072_A,
            Algorithm::Rsa(Hash::Sha384),
        ),
        issued(
            accepted(
                "algorithm-rsa4096-sha512-accepted",
                "The leaf is signed by RSA of 4096 bits with SHA-512.",
            ),
            &keys::RSA4096_A,
            Algorithm::Rsa(Hash::Sha512),
        ),
        identified(
            accepted(
                "algorithm-rsa-without-null-accepted",
                "RSA with SHA-256, and its NULL left out, which verifiers must take (RFC 4055 5).",
            ),
            algorithm::identifier(algorithm::SHA256_WITH_RSA, &[]),
        ),
    ]
}

fn pss() -> Vec<Case> {
    let sha256 = Pss::new(Hash::Sha256);
    vec![
        issued_pss(
            accepted("algorithm-pss-accepted", "RSASSA-PSS with SHA-256 and a salt of 32 octets."),
            sha256,
        ),
        issued_pss(
            accepted(
                "algorithm-pss-sha384-accepted",
                "RSASSA-PSS with SHA-384 and a salt of 48 octets.",
            ),
            Pss::new(Hash::Sha384),
        ),
        issued_pss(
            accepted(
                "algorithm-pss-sha512-accepted",
                "RSASSA-PSS with SHA-512 and a salt of 64 octets.",
            ),
            Pss::new(Hash::Sha512),
        ),
        issued_pss(
            unsupported("algorithm-pss-sha1", "RSASSA-PSS with its defaults, which are SHA-1."),
            Pss::new(Hash::Sha1),
        ),
        issued_pss(
            unsupported(
                "algorithm-pss-mask-sha1",
                "RSASSA-PSS with SHA-256, and a mask that SHA-1 generates.",
            ),
            Pss { mask_hash: Hash::Sha1, ..sha256 },
        ),
        issued_pss(
            unsupported(
                "algorithm-pss-salt-length",
                "RSASSA-PSS with SHA-256 and a salt of 20 octets, where RFC 8446 wants 32.",
            ),
            Pss { salt_length: 20, ..sha256 },
        ),
        pss_identified(
            unsupported("algorithm-pss-without-parameters", "RSASSA-PSS without parameters."),
            algorithm::identifier(algorithm::RSASSA_PSS, &[]),
            sha256,
        ),
        pss_identified(
            refused(
                "algorithm-pss-other-salt",
                "The parameters say a salt of 32 octets, and the signature has one of 20.",
                "bad-signature",
                At::Certificate(0),
            ),
            Algorithm::RsaPss(sha256).identifier(),
            Pss { salt_length: 20, ..sha256 },
        ),
    ]
}

fn broken() -> Vec<Case> {
    vec![
        unsupported("algorithm-ecdsa-sha1", "The leaf is soundly signed by ECDSA with SHA-1.")
            .leaf(leaf().algorithm(Algorithm::Ecdsa(Hash::Sha1))),
        issued(
            unsupported("algorithm-rsa-sha1", "The leaf is soundly signed by RSA with SHA-1.")
                .cve("SHAttered-2017"),
            &keys::RSA2048_A,
            Algorithm::Rsa(Hash::Sha1),
        ),
        identified(
            unsupported("algorithm-rsa-md5", "The leaf says md5WithRSAEncryption.")
                .cves(["rogue-CA-2008", "Flame-2012"]),
            algorithm::identifier(algorithm::MD5_WITH_RSA, &der::null()),
        ),
        identified(
            unsupported("algorithm-rsa-md2", "The leaf says md2WithRSAEncryption."),
            algorithm::identifier(algorithm::MD2_WITH_RSA, &der::null()),
        ),
        below_sha1(refused(
            "algorithm-sha1-intermediate",
            "The intermediate is soundly signed by RSA with SHA-1, the leaf with SHA-256.",
            "unsupported-signature-algorithm",
            At::Certificate(1),
        )),
        accepted(
            "algorithm-sha1-anchor-accepted",
            "The anchor signed itself with SHA-1, and nobody needs that signature.",
        )
        .root(|root| root.algorithm(Algorithm::Ecdsa(Hash::Sha1))),
    ]
}

fn odd_identifiers() -> Vec<Case> {
    vec![
        unsupported("algorithm-unknown", "The leaf's algorithm is of a private arc.")
            .leaf(leaf().inner_algorithm(algorithm::identifier("1.3.6.1.4.1.55555.9", &[]))),
        refused(
            "algorithm-mismatch",
            "The signed part says ECDSA with SHA-256, the outside ECDSA with SHA-384.",
            "malformed-certificate",
            At::Certificate(0),
        )
        .leaf(leaf().outer_algorithm(Algorithm::Ecdsa(Hash::Sha384).identifier())),
        refused(
            "algorithm-mismatch-of-parameters",
            "The signed part says ECDSA with SHA-256, the outside the same with parameters: NULL.",
            "malformed-certificate",
            At::Certificate(0),
        )
        .leaf(leaf().outer_algorithm(algorithm::identifier("1.2.840.10045.4.3.2", &der::null()))),
        unsupported("algorithm-ecdsa-with-null", "ECDSA with SHA-256, and parameters: NULL.").leaf(
            leaf().inner_algorithm(algorithm::identifier("1.2.840.10045.4.3.2", &der::null())),
        ),
    ]
}

fn unsupported(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "unsupported-signature-algorithm", At::Certificate(0))
}

/// Presents a leaf that an intermediate of this key signed so.
fn issued(case: Case, key: &Key, algorithm: Algorithm) -> Case {
    let issuer = ROOT.intermediate("Example Intermediate", key);
    let leaf = issuer.issue(leaf().algorithm(algorithm));
    case.chain([leaf, issuer.certificate])
}

fn issued_pss(case: Case, pss: Pss) -> Case {
    issued(case, &keys::RSA2048_A, Algorithm::RsaPss(pss))
}

/// Presents a leaf signed by RSA with SHA-256 that says another algorithm.
fn identified(case: Case, identifier: Vec<u8>) -> Case {
    let issuer = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
    let leaf = issuer.issue(leaf().inner_algorithm(identifier));
    case.chain([leaf, issuer.certificate])
}

/// Presents a leaf signed by RSASSA-PSS that says another algorithm.
fn pss_identified(case: Case, identifier: Vec<u8>, pss: Pss) -> Case {
    let issuer = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
    let leaf = leaf().algorithm(Algorithm::RsaPss(pss)).inner_algorithm(identifier);
    case.chain([issuer.issue(leaf), issuer.certificate])
}

/// Presents an intermediate that a root of an RSA key signed with SHA-1.
fn below_sha1(case: Case) -> Case {
    let root = Authority::root("Example RSA Root", &keys::RSA2048_B);
    let name = INTERMEDIATE.name.clone();
    let issuer = root.subordinate(name, &keys::RSA2048_A, |intermediate| {
        intermediate.algorithm(Algorithm::Rsa(Hash::Sha1))
    });
    case.chain([issuer.issue(leaf()), issuer.certificate]).anchors([root.certificate])
}
