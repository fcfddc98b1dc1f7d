//! RSA by its formulas (RFC 8017): what libraries do not sign, and signatures that are forged.

use num_bigint::BigUint;

use crate::algorithm::Hash;
use crate::algorithm::Pss;
use crate::der;
use crate::der::Reader;
use crate::der::tag;

/// An RSA private key.
#[derive(Clone, Debug)]
pub struct PrivateKey {
    modulus: BigUint,
    public_exponent: BigUint,
    private_exponent: BigUint,
}

impl PrivateKey {
    /// The RSAPrivateKey inside a PKCS#8 key.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let mut info = Reader::new(pkcs8).enter(tag::SEQUENCE)?;
        info.expect(tag::INTEGER)?;
        info.expect(tag::SEQUENCE)?;
        let mut key = info.enter(tag::OCTET_STRING)?.enter(tag::SEQUENCE)?;
        key.expect(tag::INTEGER)?;
        let mut number = || key.expect(tag::INTEGER).map(BigUint::from_bytes_be);
        let (modulus, public_exponent) = (number()?, number()?);
        Some(Self { modulus, public_exponent, private_exponent: number()? })
    }

    /// RSAPublicKey.
    pub fn public_key(&self) -> Vec<u8> {
        public_key(&self.modulus.to_bytes_be(), &self.public_exponent.to_bytes_be())
    }

    /// RSASSA-PKCS1-v1_5 (8.2.1).
    pub fn sign(&self, hash: Hash, message: &[u8]) -> Vec<u8> {
        self.power(&pkcs1(hash, message, self.octets()))
    }

    /// RSASSA-PSS (8.1.1).
    pub fn sign_pss(&self, pss: Pss, message: &[u8]) -> Vec<u8> {
        self.power(&encode_pss(pss, message, self.modulus.bits() - 1))
    }

    /// RSASP1 (5.2.1), and I2OSP.
    fn power(&self, encoded: &[u8]) -> Vec<u8> {
        let message = BigUint::from_bytes_be(encoded);
        let signature = message.modpow(&self.private_exponent, &self.modulus);
        padded(&signature, self.octets())
    }

    fn octets(&self) -> usize {
        self.modulus.bits().div_ceil(8) as usize
    }
}

/// RSAPublicKey of any two numbers, big-endian.
pub fn public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    der::sequence(&[der::unsigned(modulus), der::unsigned(exponent)])
}

/// EMSA-PKCS1-v1_5 (9.2): the message as it is before the private key is applied.
pub fn pkcs1(hash: Hash, message: &[u8], octets: usize) -> Vec<u8> {
    let info = der::sequence(&[hash.identifier(), der::octet_string(&hash.digest(message))]);
    let padding = vec![0xff; octets - 3 - info.len()];
    [&[0, 1], &padding[..], &[0], &info].concat()
}

/// A signature over the message that was made without a private key, for any key of 2048 bits
/// and exponent 3: its cube begins like a message that is signed with SHA-256, and ends in
/// garbage, which a verifier sees that holds the whole cube against what it should be.
pub fn forge_with_trailing_garbage(message: &[u8]) -> Vec<u8> {
    let start = [&[0, 1], &[0xff; 8][..], &[0], &info_start(&[0x31, 0x0d], &der::null())].concat();
    let start = [start, sha256_octets(message)].concat();
    let root = middle_root(&start);
    assert!(padded(&root.pow(3), OCTETS).starts_with(&start), "the garbage is long enough");
    padded(&root, OCTETS)
}

/// The same, and the cube is DER to its end: the garbage stands where the hash's identifier has
/// its NULL. None for the half of all messages whose digest is even: an odd cube has an odd root.
pub fn forge_with_garbage_parameters(message: &[u8]) -> Option<Vec<u8>> {
    let end = sha256_octets(message);
    if end.last()? & 1 == 0 {
        return None;
    }
    // Lengths of what follows up to the end; the garbage is an OCTET STRING.
    let start = [&[0, 1], &[0xff; 8][..], &[0]].concat();
    let sequence = OCTETS - start.len() - 3;
    let identifier = sequence - 3 - end.len();
    let garbage = identifier - SHA256.len() - 3;
    let octet = |length: usize| u8::try_from(length).expect("it fits below 256 octets");
    let start = [
        &start[..],
        &[tag::SEQUENCE, 0x81, octet(sequence), tag::SEQUENCE, 0x81, octet(identifier)],
        &SHA256,
        &[tag::OCTET_STRING, 0x81, octet(garbage)],
    ]
    .concat();
    let bits = end.len() as u64 * 8;
    let root = middle_root(&start);
    let root = ((root >> bits) << bits) + root_modulo_power_of_two(&end, bits);
    let cube = padded(&root.pow(3), OCTETS);
    assert!(cube.starts_with(&start) && cube.ends_with(&end), "both ends are as they should be");
    Some(padded(&root, OCTETS))
}

/// The start of a DigestInfo, up to the digest: the lengths of its two SEQUENCEs are given.
fn info_start(lengths: &[u8; 2], parameters: &[u8]) -> Vec<u8> {
    let [outer, inner] = lengths;
    [&[tag::SEQUENCE, *outer, tag::SEQUENCE, *inner], &SHA256[..], parameters].concat()
}

/// The digest as the OCTET STRING of a DigestInfo.
fn sha256_octets(message: &[u8]) -> Vec<u8> {
    der::octet_string(&Hash::Sha256.digest(message))
}

/// The cube root of the middle of all numbers of 2048 bits that begin so.
fn middle_root(start: &[u8]) -> BigUint {
    let rest = (OCTETS - start.len()) * 8;
    let middle = (BigUint::from_bytes_be(start) << rest) + (BigUint::from(1_u8) << (rest - 1));
    middle.cbrt()
}

/// The number whose cube ends in these bits, found from the last to the first.
fn root_modulo_power_of_two(end: &[u8], bits: u64) -> BigUint {
    let end = BigUint::from_bytes_be(end);
    let mut root = BigUint::from(1_u8);
    for bit in 1..bits {
        if root.pow(3).bit(bit) != end.bit(bit) {
            root.set_bit(bit, true);
        }
    }
    root
}

/// EMSA-PSS (9.1.1), with a salt that is a digest of the message: the same every time.
fn encode_pss(pss: Pss, message: &[u8], bits: u64) -> Vec<u8> {
    let octets = bits.div_ceil(8) as usize;
    let salt = &Hash::Sha512.digest(message)[..pss.salt_length];
    let digest = pss.hash.digest(message);
    let seal = pss.hash.digest(&[&[0; 8], &digest[..], salt].concat());
    let mut block = vec![0; octets - seal.len() - 1];
    let salt_at = block.len() - salt.len();
    block[salt_at - 1] = 1;
    block[salt_at..].copy_from_slice(salt);
    for (octet, mask) in block.iter_mut().zip(mask(pss.mask_hash, &seal)) {
        *octet ^= mask;
    }
    block[0] &= 0xff >> (octets as u64 * 8 - bits);
    [&block[..], &seal, &[0xbc]].concat()
}

/// MGF1 (B.2.1), without end.
fn mask(hash: Hash, seed: &[u8]) -> impl Iterator<Item = u8> {
    let block = move |counter: u32| hash.digest(&[seed, &counter.to_be_bytes()].concat());
    (0..).flat_map(block)
}

fn padded(number: &BigUint, octets: usize) -> Vec<u8> {
    let digits = number.to_bytes_be();
    [vec![0; octets - digits.len()], digits].concat()
}

/// Octets of the keys that signatures are forged for.
const OCTETS: usize = 256;

/// The object identifier of SHA-256.
const SHA256: [u8; 11] = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_signature_is_that_of_a_lenient_verifier() {
        // What is signed soundly, up to the garbage: one padding octet is as good as two hundred.
        let sound = pkcs1(Hash::Sha256, b"message", 62);
        let cube = BigUint::from_bytes_be(&forge_with_trailing_garbage(b"message")).pow(3);
        assert!(padded(&cube, OCTETS).starts_with(&sound));
    }

    #[test]
    fn a_forgery_with_garbage_parameters_is_der() {
        let messages = (0_u8..20).filter_map(|n| Some((n, forge_with_garbage_parameters(&[n])?)));
        let (message, signature) = { messages }.next().expect("half of all digests are odd");
        let cube = padded(&BigUint::from_bytes_be(&signature).pow(3), OCTETS);
        let mut outer = Reader::new(&cube[11..]);
        let mut info = outer.enter(tag::SEQUENCE).expect("a DigestInfo");
        assert_eq!(outer.value(), None);
        let mut algorithm = info.enter(tag::SEQUENCE).expect("an algorithm");
        assert_eq!(algorithm.expect(tag::OBJECT_IDENTIFIER), Some(&SHA256[2..]));
        let digest = Hash::Sha256.digest(&[message]);
        assert_eq!(info.expect(tag::OCTET_STRING), Some(&digest[..]));
    }
}
