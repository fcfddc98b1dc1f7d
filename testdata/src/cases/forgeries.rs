//! Signatures that nobody made, or not in that form: changed, of zeros, of another key, forged.

use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::leaf;
use super::paths::flip_last_bit;
use super::refused;
use crate::algorithm::Algorithm;
use crate::algorithm::Hash;
use crate::algorithm::Pss;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::der::Reader;
use crate::der::tag;
use crate::keys;
use crate::rsa;

pub(super) fn cases() -> Vec<Case> {
    [elliptic(), rsa(), cube_roots(), other_keys()].concat()
}

fn elliptic() -> Vec<Case> {
    let ed25519 = ROOT.intermediate("Example Intermediate", &keys::ED25519_A);
    vec![
        accepted("forged-accepted", "The leaf is signed by its issuer."),
        bad("forged-ecdsa-zero", "The signature's numbers are both 0.")
            .cve("CVE-2022-21449")
            .leaf(leaf().signature(der::sequence(&[der::integer(0), der::integer(0)]))),
        bad("forged-ecdsa-empty", "The signature is of no octets.")
            .leaf(leaf().signature(Vec::new())),
        bad("forged-ecdsa-octet-after", "A good signature, and an octet after its numbers.")
            .cve("RFC 5280 4.1")
            .chain([rewritten(|signature| [signature, vec![0]].concat()), intermediate()]),
        bad("forged-ecdsa-number-padded", "A good signature, and its second number is padded.")
            .cve("RFC 5280 4.1")
            .chain([rewritten(|signature| pad_second_number(&signature)), intermediate()]),
        bad("forged-ed25519", "One bit of an Ed25519 signature was changed.")
            .chain([ed25519.issue(leaf().alter(flip_last_bit)), ed25519.certificate]),
    ]
}

fn rsa() -> Vec<Case> {
    let rsa = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
    let pss = leaf().algorithm(Algorithm::RsaPss(Pss::new(Hash::Sha256)));
    vec![
        bad("forged-rsa", "One bit of an RSA signature was changed.")
            .chain([rsa.issue(leaf().alter(flip_last_bit)), rsa.certificate.clone()]),
        bad("forged-rsa-pss", "One bit of an RSASSA-PSS signature was changed.")
            .chain([rsa.issue(pss.alter(flip_last_bit)), rsa.certificate.clone()]),
        bad("forged-rsa-short", "An RSA signature of 255 octets below a key of 256.")
            .chain([rsa.issue(leaf().signature(vec![0x5a; 255])), rsa.certificate]),
    ]
}

fn cube_roots() -> Vec<Case> {
    // The root's exponent is 3, so that whoever can draw a cube root may try.
    let root = Authority::root("Example RSA Root", &keys::RSA2048_E3);
    let below = |case: Case, leaf: Vec<u8>| case.chain([leaf]).anchors([root.certificate.clone()]);
    let unsigned = |serial| {
        leaf()
            .serial(&[serial])
            .issued_by(&root)
            .inner_algorithm(Algorithm::Rsa(Hash::Sha256).identifier())
    };
    let garbage_after = rsa::forge_with_trailing_garbage(&unsigned(1).tbs());
    // The digest must be odd, so one serial number after the other is tried.
    let (serial, garbage_inside) = (1..0x80)
        .find_map(|serial| {
            Some((serial, rsa::forge_with_garbage_parameters(&unsigned(serial).tbs())?))
        })
        .expect("every second digest is odd");
    vec![
        below(
            accepted("forged-cube-root-accepted", "The leaf is soundly signed below exponent 3."),
            root.issue(leaf()),
        ),
        below(
            bad(
                "forged-cube-root-garbage-after",
                "The cube of the signature begins like a signed digest, and ends in garbage.",
            )
            .cve("CVE-2006-4339"),
            unsigned(1).signature(garbage_after).build(&root.key),
        ),
        below(
            bad(
                "forged-cube-root-garbage-inside",
                "The cube of the signature is a signed digest with garbage for parameters.",
            )
            .cve("CVE-2014-1568"),
            unsigned(serial).signature(garbage_inside).build(&root.key),
        ),
    ]
}

fn other_keys() -> Vec<Case> {
    let rsa = ROOT.intermediate("Example Intermediate", &keys::RSA2048_A);
    vec![
        bad("forged-by-other-kind-of-key", "The leaf says ECDSA, and its issuer's key is RSA.")
            .chain([leaf().issued_by(&rsa).build(&keys::P256_B), rsa.certificate]),
        bad("forged-by-other-curve", "A P-384 key signed in place of the issuer's P-256 key.")
            .chain([resigned(|tbs| keys::P384_A.sign(ECDSA_SHA256, tbs)), intermediate()]),
        bad("forged-by-own-key", "The leaf's own key signed in place of its issuer's.")
            .chain([resigned(|tbs| keys::P256_C.sign(ECDSA_SHA256, tbs)), intermediate()]),
    ]
}

fn bad(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "bad-signature", At::Certificate(0))
}

fn intermediate() -> Vec<u8> {
    INTERMEDIATE.certificate.clone()
}

/// A sound leaf of the intermediate, with another signature.
fn resigned(sign: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let leaf = leaf().issued_by(&INTERMEDIATE).inner_algorithm(ECDSA_SHA256.identifier());
    let signature = sign(&leaf.tbs());
    leaf.signature(signature).build(&INTERMEDIATE.key)
}

/// A sound leaf of the intermediate, its signature written in another way.
fn rewritten(rewrite: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    resigned(|tbs| rewrite(INTERMEDIATE.key.sign(ECDSA_SHA256, tbs)))
}

/// The same two numbers, with a zero octet too many before the second.
fn pad_second_number(signature: &[u8]) -> Vec<u8> {
    let mut numbers = Reader::new(signature).enter(tag::SEQUENCE).expect("two numbers");
    let mut number = || numbers.expect(tag::INTEGER).expect("a number");
    let (first, second) = (number(), number());
    let padded = [&[0], second].concat();
    der::sequence(&[der::tlv(tag::INTEGER, first), der::tlv(tag::INTEGER, &padded)])
}

const ECDSA_SHA256: Algorithm = Algorithm::Ecdsa(Hash::Sha256);
