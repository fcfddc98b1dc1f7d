//! Signature algorithms and keys: those that are good, those that are not, and forged signatures.

use ring::digest;

use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::paths::flip_last_bit;
use super::refused;
use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::der::Reader;
use crate::der::tag;
use crate::keys;
use crate::keys::Key;

pub(super) fn cases() -> Vec<Case> {
    [good(), refused_algorithms(), refused_keys(), forged()].concat()
}

fn good() -> Vec<Case> {
    let issued = |name, about, key: &Key, algorithm| {
        let issuer = ROOT.intermediate("Example Intermediate", key);
        let leaf = issuer.issue(leaf().algorithm(algorithm));
        accepted(name, about).chain([leaf, issuer.certificate])
    };
    vec![
        issued(
            "algorithm-p256-sha384-accepted",
            "The leaf is signed by ECDSA on P-256 with SHA-384.",
            &keys::P256_B,
            Algorithm::EcdsaSha384,
        ),
        issued(
            "algorithm-p384-sha384-accepted",
            "The leaf is signed by ECDSA on P-384 with SHA-384.",
            &keys::P384_A,
            Algorithm::EcdsaSha384,
        ),
        issued(
            "algorithm-p384-sha256-accepted",
            "The leaf is signed by ECDSA on P-384 with SHA-256.",
            &keys::P384_A,
            Algorithm::EcdsaSha256,
        ),
        issued(
            "algorithm-ed25519-accepted",
            "The leaf is signed by Ed25519.",
            &keys::ED25519_A,
            Algorithm::Ed25519,
        ),
        issued(
            "algorithm-rsa2048-sha256-accepted",
            "The leaf is signed by RSA of 2048 bits with SHA-256.",
            &keys::RSA2048_A,
            Algorithm::RsaSha256,
        ),
        issued(
            "algorithm-rsa3072-sha384-accepted",
            "The leaf is signed by RSA of 3072 bits with SHA-384.",
            &keys::RSA3072_A,
            Algorithm::RsaSha384,
        ),
        issued(
            "algorithm-rsa4096-sha512-accepted",
            "The leaf is signed by RSA of 4096 bits with SHA-512.",
            &keys::RSA4096_A,
            Algorithm::RsaSha512,
        ),
    ]
}

fn refused_algorithms() -> Vec<Case> {
    let unsupported =
        |name, about| refused(name, about, "unsupported-signature-algorithm", At::Certificate(0));
    let rsa = |case: Case, oid| {
        let issuer = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
        let identifier = algorithm::identifier(oid, &der::null());
        let leaf = issuer.issue(leaf().inner_algorithm(identifier));
        case.chain([leaf, issuer.certificate])
    };
    vec![
        accepted("algorithm-accepted", "The leaf is signed by ECDSA on P-256 with SHA-256."),
        unsupported("algorithm-ecdsa-sha1", "The leaf is soundly signed by ECDSA with SHA-1.")
            .leaf(leaf().algorithm(Algorithm::EcdsaSha1)),
        rsa(
            unsupported("algorithm-rsa-sha1", "The leaf says sha1WithRSAEncryption."),
            algorithm::SHA1_WITH_RSA,
        ),
        rsa(
            unsupported("algorithm-rsa-md5", "The leaf says md5WithRSAEncryption."),
            algorithm::MD5_WITH_RSA,
        ),
        unsupported("algorithm-unknown", "The leaf's algorithm is of a private arc.")
            .leaf(leaf().inner_algorithm(algorithm::identifier("1.3.6.1.4.1.55555.9", &[]))),
        refused(
            "algorithm-mismatch",
            "The signed part says ECDSA with SHA-256, the outside ECDSA with SHA-384.",
            "malformed-certificate",
            At::Certificate(0),
        )
        .leaf(leaf().outer_algorithm(Algorithm::EcdsaSha384.identifier())),
    ]
}

fn refused_keys() -> Vec<Case> {
    // Nobody can sign for some of these keys, so the signature below is filler: the key is
    // refused before it is used.
    let with_key = |name, about, spki, algorithm: Algorithm| {
        let leaf = leaf()
            .issued_by(&INTERMEDIATE)
            .inner_algorithm(algorithm.identifier())
            .signature(vec![0x5a; 256])
            .build(&INTERMEDIATE.key);
        refused(name, about, "unsupported-public-key", At::Certificate(1))
            .chain([leaf, Vec::new()])
            .intermediate(intermediate().spki(spki))
    };
    let weak = ROOT.intermediate("Example Intermediate", &keys::RSA1024_A);
    vec![
        accepted("public-key-accepted", "The intermediate has a P-256 key by name of the curve."),
        refused(
            "public-key-rsa1024",
            "The intermediate has an RSA key of 1024 bits.",
            "unsupported-public-key",
            At::Certificate(1),
        )
        .chain([weak.issue(leaf()), weak.certificate]),
        accepted("public-key-rsa1024-on-leaf-accepted", "The leaf's own key is not judged.")
            .leaf(leaf().key(&keys::RSA1024_A)),
        with_key(
            "public-key-rsa16384",
            "The intermediate has an RSA key of 16384 bits.",
            rsa_key(&[0xd5; 2048], &[1, 0, 1]),
            Algorithm::RsaSha256,
        )
        .cve("CVE-2023-29409"),
        exponent_1(refused(
            "public-key-rsa-exponent-1",
            "The intermediate has an RSA key of exponent 1, under which anybody can sign.",
            "unsupported-public-key",
            At::Certificate(1),
        )),
        with_key(
            "public-key-dsa",
            "The intermediate has a DSA key.",
            dsa_key(),
            Algorithm::EcdsaSha256,
        )
        .cve("CVE-2025-58188"),
        refused(
            "public-key-explicit-curve",
            "The intermediate's key has P-256 written out as explicit parameters.",
            "unsupported-public-key",
            At::Certificate(1),
        )
        .cve("CVE-2020-0601")
        .intermediate(intermediate().spki(explicit_p256(&keys::P256_B))),
    ]
}

fn forged() -> Vec<Case> {
    let bad = |name, about| refused(name, about, "bad-signature", At::Certificate(0));
    let rsa = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
    let ed25519 = ROOT.intermediate("Example Intermediate", &keys::ED25519_A);
    vec![
        accepted("forged-accepted", "The leaf is signed by its issuer."),
        bad("forged-ecdsa-zero", "The signature's numbers are both 0.")
            .cve("CVE-2022-21449")
            .leaf(leaf().signature(der::sequence(&[der::integer(0), der::integer(0)]))),
        bad("forged-ecdsa-empty", "The signature is of no octets.")
            .leaf(leaf().signature(Vec::new())),
        bad("forged-rsa", "One bit of an RSA signature was changed.")
            .chain([rsa.issue(leaf().alter(flip_last_bit)), rsa.certificate]),
        bad("forged-ed25519", "One bit of an Ed25519 signature was changed.")
            .chain([ed25519.issue(leaf().alter(flip_last_bit)), ed25519.certificate]),
    ]
}

/// With exponent 1 the signature is the padded digest itself (RFC 8017 9.2), so that this one
/// verifies wherever such a key is taken.
fn exponent_1(case: Case) -> Case {
    let leaf = leaf().issued_by(&INTERMEDIATE).inner_algorithm(Algorithm::RsaSha256.identifier());
    let unsigned = leaf.clone().signature(Vec::new());
    let unsigned = unsigned.build(&INTERMEDIATE.key);
    let tbs = Reader::new(&unsigned)
        .enter(tag::SEQUENCE)
        .and_then(|mut parts| parts.expect(tag::SEQUENCE))
        .expect("the leaf is DER");
    let digest = digest::digest(&digest::SHA256, &der::tlv(tag::SEQUENCE, tbs));
    let info = der::sequence(&[
        algorithm::identifier("2.16.840.1.101.3.4.2.1", &der::null()),
        der::octet_string(digest.as_ref()),
    ]);
    let padding = vec![0xff; 256 - 3 - info.len()];
    let signature = [&[0, 1], &padding[..], &[0], &info].concat();
    let key = rsa_key(&[0xd5; 256], &[1]);
    case.chain([
        leaf.signature(signature).build(&INTERMEDIATE.key),
        ROOT.issue(intermediate().spki(key)),
    ])
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = der::sequence(&[der::unsigned(modulus), der::unsigned(exponent)]);
    der::sequence(&[
        algorithm::identifier("1.2.840.113549.1.1.1", &der::null()),
        der::bit_string(&numbers),
    ])
}

fn dsa_key() -> Vec<u8> {
    let parameters = der::sequence(&[
        der::unsigned(&[0xc1; 256]),
        der::unsigned(&[0xd3; 32]),
        der::unsigned(&[0x25; 256]),
    ]);
    der::sequence(&[
        algorithm::identifier("1.2.840.10040.4.1", &parameters),
        der::bit_string(&der::unsigned(&[0x37; 256])),
    ])
}

/// The key with the parameters of P-256 (SEC 2, 2.4.2) in place of its name.
fn explicit_p256(key: &Key) -> Vec<u8> {
    let field = der::sequence(&[
        der::oid("1.2.840.10045.1.1"),
        der::unsigned(&hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")),
    ]);
    let curve = der::sequence(&[
        der::octet_string(&hex("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc")),
        der::octet_string(&hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")),
    ]);
    let generator = hex(concat!(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ));
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let parameters = der::sequence(&[
        der::integer(1),
        field,
        curve,
        der::octet_string(&generator),
        der::unsigned(&order),
        der::integer(1),
    ]);
    der::sequence(&[
        algorithm::identifier("1.2.840.10045.2.1", &parameters),
        der::bit_string(&key.bits()),
    ])
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits"))
        .collect()
}
