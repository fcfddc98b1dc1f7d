//! Keys that verify a signature: of every accepted kind, and too small, too large or written oddly.

use std::sync::LazyLock;

use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::algorithm::Hash;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::keys;
use crate::keys::Key;
use crate::rsa;

pub(super) fn cases() -> Vec<Case> {
    [rsa_sizes(), rsa_numbers(), rsa_encodings(), curves(), points(), other_kinds()].concat()
}

fn rsa_sizes() -> Vec<Case> {
    vec![
        issued_by(
            unsupported("public-key-rsa1024", "The intermediate has an RSA key of 1024 bits."),
            &keys::RSA1024_A,
        ),
        accepted("public-key-rsa1024-on-leaf-accepted", "The leaf's own key is not judged.")
            .leaf(leaf().key(&keys::RSA1024_A)),
        issued_by(
            accepted("public-key-rsa8192-accepted", "The intermediate's RSA key has 8192 bits."),
            &keys::RSA8192_A,
        ),
        with_rsa(
            unsupported("public-key-rsa16384", "The intermediate has an RSA key of 16384 bits.")
                .cve("CVE-2023-29409"),
            &[0xd5; 2048],
            &[1, 0, 1],
        ),
    ]
}

fn rsa_numbers() -> Vec<Case> {
    vec![
        exponent_1(
            unsupported(
                "public-key-rsa-exponent-1",
                "The intermediate's RSA key has exponent 1, under which anybody can sign.",
            )
            .cve("RFC 8017 3.1"),
        ),
        with_rsa(
            unsupported("public-key-rsa-exponent-2", "The intermediate's RSA exponent is even.")
                .cve("RFC 8017 3.1"),
            &[0xd5; 256],
            &[2],
        ),
        issued_by(
            accepted("public-key-rsa-exponent-3-accepted", "The intermediate's RSA exponent is 3."),
            &keys::RSA2048_E3,
        ),
        with_rsa(
            refused(
                "public-key-rsa-even-modulus",
                "The intermediate's RSA modulus is even, so nothing is signed by such a key.",
                "unsupported-public-key",
                At::Certificate(1),
            )
            .cve("RFC 8017 3.1"),
            &[0xd4; 256],
            &[1, 0, 1],
        ),
    ]
}

fn rsa_encodings() -> Vec<Case> {
    let issued = |case, identifier, bits: &[u8]| {
        let issuer = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
        let key = der::sequence(&[identifier, der::bit_string(bits)]);
        with_key(case, key).replace_leaf(issuer.issue(leaf()))
    };
    let rsa = || algorithm::identifier(algorithm::RSA_ENCRYPTION, &der::null());
    let bits = keys::RSA2048_A.bits();
    vec![
        issued(
            unsupported("public-key-rsa-octet-after", "An octet follows the two numbers."),
            rsa(),
            &[&bits[..], &[0]].concat(),
        ),
        issued(
            unsupported("public-key-rsa-three-numbers", "A third number follows the two."),
            rsa(),
            &der::sequence(&[&bits[4..], &der::integer(7)]),
        ),
        issued(
            unsupported(
                "public-key-rsa-without-null",
                "rsaEncryption without its NULL, which must be there (RFC 3279 2.3.1).",
            ),
            algorithm::identifier(algorithm::RSA_ENCRYPTION, &[]),
            &bits,
        ),
        issued(
            unsupported("public-key-rsa-for-pss", "The key says that it is for RSASSA-PSS only."),
            algorithm::identifier(algorithm::RSASSA_PSS, &[]),
            &bits,
        ),
    ]
}

fn curves() -> Vec<Case> {
    let p521 = ROOT.intermediate("Example Intermediate", &keys::P521_A);
    let p521_leaf = p521.issue(leaf().algorithm(Algorithm::Ecdsa(Hash::Sha384)));
    vec![
        accepted("public-key-accepted", "The intermediate has a P-256 key by name of the curve."),
        issued_by(
            accepted("public-key-p384-accepted", "The intermediate has a P-384 key."),
            &keys::P384_A,
        ),
        unsupported(
            "public-key-p521",
            "The intermediate has a P-521 key, which the default provider has not.",
        )
        .chain([p521_leaf, p521.certificate]),
        accepted("public-key-p521-on-leaf-accepted", "The leaf's own key is of P-521.")
            .leaf(leaf().key(&keys::P521_A)),
        with_key(
            unsupported(
                "public-key-explicit-curve",
                "The intermediate's key has P-256 written out as explicit parameters.",
            )
            .cve("CVE-2020-0601"),
            explicit_curve(&hex(P256_FIELD), &P256_GENERATOR),
        ),
        with_key(
            unsupported(
                "public-key-explicit-curve-composite",
                "The explicit field is no prime, and the generator asks for a root in it.",
            )
            .cve("CVE-2022-0778"),
            explicit_curve(&[0xff; 32], &[&[2], &P256_GENERATOR[1..33]].concat()),
        ),
        with_key(
            unsupported("public-key-explicit-curve-huge", "The explicit field has 16384 bits.")
                .cve("CVE-2024-34703"),
            explicit_curve(&[0xff; 2048], &P256_GENERATOR),
        ),
    ]
}

fn points() -> Vec<Case> {
    let with_point = |case, point: &[u8]| {
        let key = der::sequence(&[
            algorithm::identifier(EC_PUBLIC_KEY, &der::oid(P256_CURVE)),
            der::bit_string(point),
        ]);
        with_key(case, key)
    };
    let point = keys::P256_B.bits();
    let parity = 2 + (point[64] & 1);
    let mut beside = point.clone();
    beside[64] ^= 1;
    vec![
        with_point(
            unsupported(
                "public-key-compressed-point",
                "The key is a compressed point, which no verifier needs to take (RFC 5480 2.2).",
            ),
            &[&[parity], &point[1..33]].concat(),
        ),
        with_point(
            unsupported("public-key-point-at-infinity", "The key is the point at infinity."),
            &[0],
        ),
        // It has the form of a point, and only the signature shows that it is none.
        with_point(
            refused(
                "public-key-point-off-curve",
                "The key is no point of its curve.",
                "bad-signature",
                At::Certificate(0),
            ),
            &beside,
        ),
    ]
}

fn other_kinds() -> Vec<Case> {
    let unknown = der::sequence(&[
        algorithm::identifier("1.3.6.1.4.1.55555.8", &[]),
        der::bit_string(&keys::P256_B.bits()),
    ]);
    vec![
        with_key(
            unsupported("public-key-dsa", "The intermediate has a DSA key.").cve("CVE-2025-58188"),
            dsa_key(),
        ),
        with_key(
            unsupported("public-key-unknown", "The intermediate's key is of a private arc.")
                .cve("CVE-2024-24783"),
            unknown.clone(),
        ),
        accepted(
            "public-key-unknown-accepted",
            "An intermediate whose key is of a private arc comes first, a sound one behind it.",
        )
        .cve("CVE-2024-24783")
        .chain([
            INTERMEDIATE.issue(leaf()),
            ROOT.issue(intermediate().spki(unknown)),
            INTERMEDIATE.certificate.clone(),
        ]),
    ]
}

fn unsupported(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "unsupported-public-key", At::Certificate(1))
}

/// Presents an intermediate of this key, and a leaf that it signed.
fn issued_by(case: Case, key: &Key) -> Case {
    let issuer = ROOT.intermediate("Example Intermediate", key);
    case.chain([issuer.issue(leaf()), issuer.certificate])
}

/// Presents an intermediate of this SubjectPublicKeyInfo, and the leaf that P-256 signed.
fn with_key(case: Case, spki: Vec<u8>) -> Case {
    case.intermediate(intermediate().spki(spki))
}

/// Presents an intermediate of these numbers. Nobody can sign for them, so that the signature of
/// the leaf is filler: the key is refused before it is used.
fn with_rsa(case: Case, modulus: &[u8], exponent: &[u8]) -> Case {
    let filler = vec![0x5a; modulus.len()];
    let leaf = leaf().inner_algorithm(Algorithm::Rsa(Hash::Sha256).identifier()).signature(filler);
    with_key(case, rsa_key(modulus, exponent)).replace_leaf(INTERMEDIATE.issue(leaf))
}

/// With exponent 1 the signature is the padded digest itself, so that this one verifies wherever
/// such a key is taken.
fn exponent_1(case: Case) -> Case {
    let leaf =
        leaf().issued_by(&INTERMEDIATE).inner_algorithm(Algorithm::Rsa(Hash::Sha256).identifier());
    let signature = rsa::pkcs1(Hash::Sha256, &leaf.tbs(), 256);
    let leaf = leaf.signature(signature).build(&INTERMEDIATE.key);
    with_key(case, rsa_key(&[0xd5; 256], &[1])).replace_leaf(leaf)
}

impl Case {
    /// Presents this leaf in place of the first certificate.
    fn replace_leaf(mut self, leaf: Vec<u8>) -> Self {
        self.chain[0] = leaf;
        self
    }
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    der::sequence(&[
        algorithm::identifier(algorithm::RSA_ENCRYPTION, &der::null()),
        der::bit_string(&rsa::public_key(modulus, exponent)),
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

/// The key of the intermediate, with parameters (RFC 3279 2.3.5) in place of the curve's name:
/// those of P-256 (SEC 2, 2.4.2), but for the field and the generator.
fn explicit_curve(field: &[u8], generator: &[u8]) -> Vec<u8> {
    let field = der::sequence(&[der::oid("1.2.840.10045.1.1"), der::unsigned(field)]);
    let curve = der::sequence(&[
        der::octet_string(&hex("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc")),
        der::octet_string(&hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")),
    ]);
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let parameters = der::sequence(&[
        der::integer(1),
        field,
        curve,
        der::octet_string(generator),
        der::unsigned(&order),
        der::integer(1),
    ]);
    der::sequence(&[
        algorithm::identifier(EC_PUBLIC_KEY, &parameters),
        der::bit_string(&keys::P256_B.bits()),
    ])
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits"))
        .collect()
}

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256_CURVE: &str = "1.2.840.10045.3.1.7";
const P256_FIELD: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

static P256_GENERATOR: LazyLock<Vec<u8>> = LazyLock::new(|| {
    hex(concat!(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ))
});
