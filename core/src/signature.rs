//! One judgement: whether an issuer's key made a certificate's signature (RFC 5280 6.1.3 a 1).

use alloc::string::String;

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::cert::Certificate;
use crate::der::OBJECT_IDENTIFIER;
use crate::der::Reader;
use crate::der::SEQUENCE;
use crate::limits::Budget;
use crate::limits::Exceeded;
use crate::oid;
use crate::oid::Oid;
use crate::reason::KeyFault;
use crate::reason::Reason;
use crate::signature_cache::SignatureCache;

/// The signature algorithms of a verifier.
pub(crate) type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// Why a signature is not taken. To put it into words, as [`judge_algorithm`] and [`judge_key`] do,
/// takes longer than to find it out, and a search that goes on needs no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureFault {
    /// No algorithm of the list has the identifier.
    Algorithm,
    /// The issuer's key did not make it.
    Bad,
    /// The issuer's key is not accepted.
    Key,
}

/// What must be done to check one signature: the algorithms that fit it and the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check<'c, 'a> {
    child: &'c Certificate<'a>,
    issuer: &'c Certificate<'a>,
    cost: u32,
}

impl<'c, 'a> Check<'c, 'a> {
    /// Prepares to check that `issuer`'s key signed `child`; no signature is computed.
    pub(crate) fn new(
        child: &'c Certificate<'a>,
        issuer: &'c Certificate<'a>,
        algorithms: Algorithms,
    ) -> Result<Self, SignatureFault> {
        if !has_algorithm(child, algorithms) {
            return Err(SignatureFault::Algorithm);
        }
        match cost(issuer.key_algorithm(), issuer.key()) {
            Ok(cost) if has_key_algorithm(issuer, algorithms) => Ok(Self { child, issuer, cost }),
            _ => Err(SignatureFault::Key),
        }
    }

    /// Checks the signature.
    ///
    /// One on a CA certificate that is known to be good costs as much as if it were not.
    pub(crate) fn run(
        self,
        algorithms: Algorithms,
        budget: &mut Budget,
        known: Option<&SignatureCache>,
    ) -> Result<Signed, Exceeded> {
        for algorithm in fitting(self.child, self.issuer, algorithms) {
            budget.spend_signature(self.cost)?;
            if self.child.is_ca()
                && known.is_some_and(|known| known.knows(self.child, self.issuer, algorithm))
            {
                return Ok(Signed::KnownBefore);
            }
            let (key, message) = (self.issuer.key(), self.child.tbs());
            if algorithm.verify_signature(key, message, self.child.signature()).is_ok() {
                return Ok(Signed::Now);
            }
        }
        Ok(Signed::Not)
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// The key made the signature, as was verified before.
    KnownBefore,
    /// The key made the signature.
    Now,
    Not,
}

/// The algorithms that the signature and the key name. One identifier stands for several (ECDSA
/// does not name its curve): the key decides. A key of another kind cannot have made the signature.
fn fitting(
    child: &Certificate<'_>,
    issuer: &Certificate<'_>,
    algorithms: Algorithms,
) -> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm> {
    let (signed_with, key_algorithm) = (child.signature_algorithm(), issuer.key_algorithm());
    algorithms.iter().copied().filter(move |algorithm| {
        algorithm.signature_alg_id().as_ref() == signed_with
            && algorithm.public_key_alg_id().as_ref() == key_algorithm
    })
}

/// The algorithm that has verified a good signature, if there is no other that might have.
pub(crate) fn only_fitting(
    child: &Certificate<'_>,
    issuer: &Certificate<'_>,
    algorithms: Algorithms,
) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    let mut fitting = fitting(child, issuer, algorithms);
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Whether an algorithm of the list makes such signatures as `child` bears.
fn has_algorithm(child: &Certificate<'_>, algorithms: Algorithms) -> bool {
    let signed_with = child.signature_algorithm();
    algorithms.iter().any(|one| one.signature_alg_id().as_ref() == signed_with)
}

/// Whether an algorithm of the list has keys such as `issuer` has.
fn has_key_algorithm(issuer: &Certificate<'_>, algorithms: Algorithms) -> bool {
    let key_algorithm = issuer.key_algorithm();
    algorithms.iter().any(|one| one.public_key_alg_id().as_ref() == key_algorithm)
}

/// Whether such signatures as `child` bears are accepted, and if not, in words.
pub(crate) fn judge_algorithm(
    child: &Certificate<'_>,
    algorithms: Algorithms,
) -> Result<(), Reason> {
    if has_algorithm(child, algorithms) {
        return Ok(());
    }
    let signed_with = child.signature_algorithm();
    let (mut algorithm, mut broken) = named(signed_with);
    let wanted = kind(signed_with);
    if wanted == Some(oid::RSASSA_PSS) && has_sha1(signed_with) {
        algorithm.push_str(" with SHA-1");
        broken = true;
    } else if algorithms.iter().any(|one| kind(one.signature_alg_id().as_ref()) == wanted) {
        algorithm.push_str(" with other parameters than it must have");
    }
    Err(Reason::UnsupportedSignatureAlgorithm { algorithm, broken })
}

/// The object identifier of an AlgorithmIdentifier.
fn kind(algorithm: &[u8]) -> Option<&[u8]> {
    Reader::new(algorithm).expect(OBJECT_IDENTIFIER).ok().map(|kind| kind.value)
}

/// Whether the key of `issuer` may verify signatures, and if not, in words.
pub(crate) fn judge_key(issuer: &Certificate<'_>, algorithms: Algorithms) -> Result<(), KeyFault> {
    cost(issuer.key_algorithm(), issuer.key())?;
    match has_key_algorithm(issuer, algorithms) {
        true => Ok(()),
        false => Err(KeyFault::Algorithm(named(issuer.key_algorithm()).0)),
    }
}

/// The units of [`Limits::signature_checks`](crate::Limits::signature_checks) that a key costs,
/// the same whatever the provider.
fn cost(algorithm: &[u8], key: &[u8]) -> Result<u32, KeyFault> {
    let mut parts = Reader::new(algorithm);
    let kind = parts.expect(OBJECT_IDENTIFIER).map(|kind| kind.value).unwrap_or_default();
    let curve = parts.expect(OBJECT_IDENTIFIER).map(|curve| curve.value).unwrap_or_default();
    match (kind, curve) {
        (oid::EC_PUBLIC_KEY, oid::SECP256R1) => is_point(key, 32).map(|()| 1),
        (oid::EC_PUBLIC_KEY, oid::SECP384R1) => is_point(key, 48).map(|()| 14),
        (oid::EC_PUBLIC_KEY, oid::SECP521R1) => is_point(key, 66).map(|()| 14),
        (oid::ED25519, _) if key.len() != 32 => Err(KeyFault::Malformed),
        (oid::ED25519, _) => Ok(1),
        (oid::RSA_ENCRYPTION, _) => match rsa_bits(key)? {
            2048..=3072 => Ok(1),
            3073..=4096 => Ok(2),
            4097..=8192 => Ok(7),
            bits => Err(KeyFault::RsaSize { bits }),
        },
        // A caller's own algorithm: as dear as the dearest.
        _ => Ok(14),
    }
}

/// RFC 5480 2.2: an uncompressed point, two coordinates of so many octets. Compressed ones are
/// optional there, and not taken: providers differ, and decompression has run for ever
/// (CVE-2022-0778). Whether the point is on its curve, the provider finds out.
fn is_point(key: &[u8], octets: usize) -> Result<(), KeyFault> {
    match key {
        [4, coordinates @ ..] if coordinates.len() == octets.saturating_mul(2) => Ok(()),
        _ => Err(KeyFault::Malformed),
    }
}

/// RFC 8017 A.1.1: `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`.
///
/// The bits of the modulus. The exponent must be odd and at least 3 (RFC 8017 3.1): with 1,
/// every message is its own signature.
fn rsa_bits(key: &[u8]) -> Result<u32, KeyFault> {
    let mut outer = Reader::new(key);
    let sequence = outer.expect(SEQUENCE).map_err(|_| KeyFault::Malformed)?;
    let mut parts = sequence.reader();
    let (Ok(modulus), Ok(exponent)) = (parts.integer(), parts.integer()) else {
        return Err(KeyFault::Malformed);
    };
    if parts.finish().is_err() || outer.finish().is_err() {
        return Err(KeyFault::Malformed);
    }
    match exponent.value {
        [0x00..=0x02] | [0x80..=0xff, ..] => return Err(KeyFault::RsaExponent),
        [.., last] if last & 1 == 0 => return Err(KeyFault::RsaExponent),
        _ => {}
    }
    let magnitude = match modulus.value {
        // The product of odd primes is odd.
        [.., last] if last & 1 == 0 => return Err(KeyFault::Malformed),
        [0x80..=0xff, ..] => return Err(KeyFault::Malformed),
        [0x00, magnitude @ ..] => magnitude,
        magnitude => magnitude,
    };
    let octets = u32::try_from(magnitude.len()).unwrap_or(u32::MAX);
    let zeros = magnitude.first().map_or(0, |first| first.leading_zeros());
    Ok(octets.saturating_mul(8).saturating_sub(zeros))
}

/// RFC 4055 3.1: the hash of RSASSA-PSS is SHA-1 where the parameters have none.
fn has_sha1(algorithm: &[u8]) -> bool {
    let mut parts = Reader::new(algorithm);
    let parameters = parts.expect(OBJECT_IDENTIFIER).and_then(|_| parts.expect(SEQUENCE));
    let names_a_hash = parameters.is_ok_and(|fields| matches!(fields.value, [0xa0, ..]));
    !names_a_hash || algorithm.windows(SHA1.len()).any(|octets| octets == SHA1)
}

/// The identifier of SHA-1, with its tag and length.
const SHA1: &[u8] = &[6, 5, 0x2b, 0x0e, 3, 2, 0x1a];

/// The name of an AlgorithmIdentifier's algorithm (of its curve, if it has one), and whether it
/// is one that is broken.
fn named(algorithm: &[u8]) -> (String, bool) {
    let mut parts = Reader::new(algorithm);
    let kind = parts.expect(OBJECT_IDENTIFIER).map(|kind| Oid(kind.value));
    let Ok(kind) = kind else {
        return (String::from("(malformed)"), false);
    };
    let curve = parts.expect(OBJECT_IDENTIFIER).ok().map(|curve| Oid(curve.value));
    let text = match curve {
        Some(curve) => curve.named(),
        None if kind.0 == oid::EC_PUBLIC_KEY => String::from("an explicit curve"),
        // RFC 3279 2.3.1 has NULL there.
        None if kind.0 == oid::RSA_ENCRYPTION && parts.is_empty() => {
            String::from("rsaEncryption without its NULL parameters")
        }
        None => kind.named(),
    };
    let has = |hash: &[u8]| text.as_bytes().windows(hash.len()).any(|octets| octets == hash);
    let broken = has(b"md2") || has(b"md5") || has(b"sha1") || has(b"SHA1");
    (text, broken)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::cost;
    use super::rsa_bits;
    use crate::oid;
    use crate::reason::KeyFault;

    fn element(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).expect("short").to_be_bytes();
        match (length, value.len()) {
            (_, 0..=0x7f) => [&[tag, length[1]], value].concat(),
            (_, 0x80..=0xff) => [&[tag, 0x81, length[1]], value].concat(),
            _ => [&[tag, 0x82, length[0], length[1]], value].concat(),
        }
    }

    /// A key whose modulus has `bits` bits.
    fn rsa(bits: usize, exponent: &[u8]) -> Vec<u8> {
        let mut modulus = std::vec![0xff; bits.div_ceil(8)];
        modulus[0] = 0xff >> (modulus.len() * 8 - bits);
        if modulus[0] & 0x80 != 0 {
            modulus.insert(0, 0);
        }
        element(0x30, &[element(2, &modulus), element(2, exponent)].concat())
    }

    #[test]
    fn costs_follow_the_key() {
        let rsa_id = [element(6, oid::RSA_ENCRYPTION), std::vec![5, 0]].concat();
        let ec = |curve| [element(6, oid::EC_PUBLIC_KEY), element(6, curve)].concat();
        for (bits, expected) in [
            (2047, Err(KeyFault::RsaSize { bits: 2047 })),
            (2048, Ok(1)),
            (3072, Ok(1)),
            (3073, Ok(2)),
            (4096, Ok(2)),
            (4097, Ok(7)),
            (8192, Ok(7)),
            (8193, Err(KeyFault::RsaSize { bits: 8193 })),
        ] {
            assert_eq!(cost(&rsa_id, &rsa(bits, &[1, 0, 1])), expected);
        }
        for (curve, octets, units) in
            [(oid::SECP256R1, 65, 1), (oid::SECP384R1, 97, 14), (oid::SECP521R1, 133, 14)]
        {
            let mut point = std::vec![4; octets];
            assert_eq!(cost(&ec(curve), &point), Ok(units));
            assert_eq!(cost(&ec(curve), &point[1..]), Err(KeyFault::Malformed));
            for first in [0, 2, 3, 6] {
                point[0] = first;
                assert_eq!(cost(&ec(curve), &point), Err(KeyFault::Malformed));
            }
        }
        assert_eq!(cost(&element(6, oid::ED25519), &[0; 32]), Ok(1));
        assert_eq!(cost(&element(6, oid::ED25519), &[0; 31]), Err(KeyFault::Malformed));
        assert_eq!(cost(&element(6, &[0x2a, 3]), &[]), Ok(14));
    }

    #[test]
    fn rsa_keys_are_read_strictly() {
        for (exponent, good) in [
            (&[3][..], true),
            (&[1, 0, 1], true),
            (&[1], false),
            (&[0], false),
            (&[2], false),
            (&[4], false),
            (&[1, 0], false),
            (&[0xfd], false),
            (&[0, 0x81], true),
        ] {
            let found = rsa_bits(&rsa(2048, exponent));
            assert_eq!(found.is_ok(), good, "{exponent:?}");
            assert!(good || found == Err(KeyFault::RsaExponent), "{exponent:?}");
        }
        let key = rsa(2048, &[3]);
        let mut trailing = key.clone();
        trailing.push(0);
        assert_eq!(rsa_bits(&trailing), Err(KeyFault::Malformed));
        assert_eq!(rsa_bits(&key[..key.len() - 1]), Err(KeyFault::Malformed));
        assert_eq!(rsa_bits(&[]), Err(KeyFault::Malformed));
        let negative = element(0x30, &[element(2, &[0x80; 256]), element(2, &[3])].concat());
        assert_eq!(rsa_bits(&negative), Err(KeyFault::Malformed));
        let even = element(0x30, &[element(2, &[0x40; 256]), element(2, &[3])].concat());
        assert_eq!(rsa_bits(&even), Err(KeyFault::Malformed));
    }
}
