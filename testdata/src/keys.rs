//! The fixed keys: read from `testdata/keys`, or derived from a label where a case needs hundreds.

use std::sync::Arc;
use std::sync::OnceLock;

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::DecodePrivateKey;
use ring::digest;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;

use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::algorithm::Hash;
use crate::der;
use crate::pem;
use crate::rsa;

/// A key pair that signs the same bytes in the same way every time.
#[derive(Clone, Debug)]
pub struct Key {
    kind: Kind,
    source: Source,
    loaded: OnceLock<Arc<Loaded>>,
}

impl Key {
    /// A P-256 key whose secret is the SHA-256 of the label.
    pub fn derived(label: &str) -> Self {
        Self { kind: Kind::P256, source: Source::Label(label.to_owned()), loaded: OnceLock::new() }
    }

    /// What sort of key it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The algorithm this key signs with unless a certificate asks for another.
    pub fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::Ed25519 => Algorithm::Ed25519,
            Kind::P256 => Algorithm::Ecdsa(Hash::Sha256),
            Kind::P384 => Algorithm::Ecdsa(Hash::Sha384),
            Kind::P521 => Algorithm::Ecdsa(Hash::Sha512),
            Kind::Rsa => Algorithm::Rsa(Hash::Sha256),
        }
    }

    /// The SubjectPublicKeyInfo, with its tag and length.
    pub fn spki(&self) -> Vec<u8> {
        let identifier = match self.kind {
            Kind::Ed25519 => algorithm::identifier("1.3.101.112", &[]),
            Kind::P256 => algorithm::identifier(EC_PUBLIC_KEY, &der::oid(P256_CURVE)),
            Kind::P384 => algorithm::identifier(EC_PUBLIC_KEY, &der::oid("1.3.132.0.34")),
            Kind::P521 => algorithm::identifier(EC_PUBLIC_KEY, &der::oid("1.3.132.0.35")),
            Kind::Rsa => algorithm::identifier(algorithm::RSA_ENCRYPTION, &der::null()),
        };
        der::sequence(&[identifier, der::bit_string(&self.loaded().bits)])
    }

    /// The content of the subjectPublicKey BIT STRING.
    pub fn bits(&self) -> Vec<u8> {
        self.loaded().bits.clone()
    }

    /// The key identifier in certificates for this key: 20 octets of the SHA-256 of its bits.
    pub fn id(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.loaded().bits).as_ref()[..20].to_vec()
    }

    /// The private key, as a PKCS#8 PEM block.
    pub fn to_pem(&self) -> String {
        pem::encode("PRIVATE KEY", &self.source.pkcs8())
    }

    /// A signature over the message.
    ///
    /// # Panics
    ///
    /// When the algorithm does not go with the key.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match (&self.loaded().pair, algorithm) {
            (Pair::Ed25519(pair), Algorithm::Ed25519) => pair.sign(message).as_ref().to_vec(),
            (Pair::P256(pair), Algorithm::Ecdsa(hash)) => {
                let signature: p256::ecdsa::Signature =
                    pair.sign_prehash(&hash.digest(message)).expect("a digest is long enough");
                ecdsa_signature(&signature.to_bytes())
            }
            (Pair::P384(pair), Algorithm::Ecdsa(hash)) => {
                let signature: p384::ecdsa::Signature =
                    pair.sign_prehash(&hash.digest(message)).expect("a digest is long enough");
                ecdsa_signature(&signature.to_bytes())
            }
            (Pair::P521(pair), Algorithm::Ecdsa(hash)) => {
                let signature: p521::ecdsa::Signature =
                    pair.sign_prehash(&hash.digest(message)).expect("a digest is long enough");
                ecdsa_signature(&signature.to_bytes())
            }
            (Pair::Rsa(key), Algorithm::Rsa(hash)) => key.sign(hash, message),
            (Pair::Rsa(key), Algorithm::RsaPss(pss)) => key.sign_pss(pss, message),
            _ => panic!("a key of {:?} does not sign with {algorithm:?}", self.kind),
        }
    }

    /// Parsing a key costs more than signing with it, so it happens once.
    fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| Arc::new(Loaded::new(self.kind, &self.source.pkcs8())))
    }

    const fn committed(kind: Kind, text: &'static str) -> Self {
        Self { kind, source: Source::Pem(text), loaded: OnceLock::new() }
    }
}

/// Sorts of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// RSA of any size.
    Rsa,
}

#[derive(Clone, Debug)]
enum Source {
    Label(String),
    Pem(&'static str),
}

impl Source {
    fn pkcs8(&self) -> Vec<u8> {
        match self {
            Self::Label(label) => {
                let secret = digest::digest(&digest::SHA256, label.as_bytes());
                let key = [der::integer(1), der::octet_string(secret.as_ref())];
                der::sequence(&[
                    der::integer(0),
                    algorithm::identifier(EC_PUBLIC_KEY, &der::oid(P256_CURVE)),
                    der::octet_string(&der::sequence(&key)),
                ])
            }
            Self::Pem(text) => pem::decode("PRIVATE KEY", text).expect("the keys are PEM"),
        }
    }
}

/// A parsed key. Every `expect` speaks of the files that are committed beside this source.
#[derive(Debug)]
struct Loaded {
    pair: Pair,
    bits: Vec<u8>,
}

impl Loaded {
    fn new(kind: Kind, pkcs8: &[u8]) -> Self {
        match kind {
            Kind::Ed25519 => {
                // OpenSSL writes PKCS#8 version 1, without the public key.
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8)
                    .expect("the Ed25519 keys are sound");
                Self { bits: pair.public_key().as_ref().to_vec(), pair: Pair::Ed25519(pair) }
            }
            Kind::P256 => {
                let secret = p256::SecretKey::from_pkcs8_der(pkcs8);
                let pair = p256::ecdsa::SigningKey::from(secret.expect("the P-256 keys are sound"));
                Self {
                    bits: pair.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
                    pair: Pair::P256(pair),
                }
            }
            Kind::P384 => {
                let secret = p384::SecretKey::from_pkcs8_der(pkcs8);
                let pair = p384::ecdsa::SigningKey::from(secret.expect("the P-384 keys are sound"));
                Self {
                    bits: pair.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
                    pair: Pair::P384(pair),
                }
            }
            Kind::P521 => {
                let secret = p521::SecretKey::from_pkcs8_der(pkcs8);
                let pair = p521::ecdsa::SigningKey::from(secret.expect("the P-521 keys are sound"));
                Self {
                    bits: pair.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
                    pair: Pair::P521(pair),
                }
            }
            Kind::Rsa => {
                let key = rsa::PrivateKey::from_pkcs8(pkcs8).expect("the RSA keys are PKCS#8");
                Self { bits: key.public_key(), pair: Pair::Rsa(key) }
            }
        }
    }
}

#[derive(Debug)]
enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Rsa(rsa::PrivateKey),
}

macro_rules! committed {
    ($($name:ident $kind:ident $file:literal,)*) => {
        $(
            #[doc = concat!("`testdata/keys/", $file, ".pem`.")]
            pub static $name: Key =
                Key::committed(Kind::$kind, include_str!(concat!("../keys/", $file, ".pem")));
        )*

        /// Every committed key, with the name of its file.
        pub fn committed() -> Vec<(&'static str, &'static Key)> {
            vec![$(($file, &$name),)*]
        }
    };
}

committed! {
    ED25519_A Ed25519 "ed25519-a",
    ED25519_B Ed25519 "ed25519-b",
    ED25519_C Ed25519 "ed25519-c",
    P256_A P256 "p256-a",
    P256_B P256 "p256-b",
    P256_C P256 "p256-c",
    P256_D P256 "p256-d",
    P256_E P256 "p256-e",
    P256_F P256 "p256-f",
    P256_G P256 "p256-g",
    P256_H P256 "p256-h",
    P384_A P384 "p384-a",
    P384_B P384 "p384-b",
    P521_A P521 "p521-a",
    RSA1024_A Rsa "rsa1024-a",
    RSA2048_A Rsa "rsa2048-a",
    RSA2048_B Rsa "rsa2048-b",
    RSA2048_C Rsa "rsa2048-c",
    RSA2048_E3 Rsa "rsa2048-e3",
    RSA3072_A Rsa "rsa3072-a",
    RSA4096_A Rsa "rsa4096-a",
    RSA8192_A Rsa "rsa8192-a",
}

fn ecdsa_signature(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    der::sequence(&[der::unsigned(r), der::unsigned(s)])
}

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256_CURVE: &str = "1.2.840.10045.3.1.7";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Pss;

    #[test]
    fn every_committed_key_signs_the_same_bytes_twice() {
        for (name, key) in committed() {
            let sign = || key.sign(key.algorithm(), b"message");
            assert_eq!(sign(), sign(), "{name}");
        }
    }

    #[test]
    fn signatures_verify_under_ring() {
        use ring::signature::*;
        let pss = |hash| Algorithm::RsaPss(Pss::new(hash));
        let cases: [(&Key, Algorithm, &dyn VerificationAlgorithm); 10] = [
            (&P256_A, Algorithm::Ecdsa(Hash::Sha256), &ECDSA_P256_SHA256_ASN1),
            (&P256_A, Algorithm::Ecdsa(Hash::Sha384), &ECDSA_P256_SHA384_ASN1),
            (&P384_A, Algorithm::Ecdsa(Hash::Sha384), &ECDSA_P384_SHA384_ASN1),
            (&RSA2048_A, Algorithm::Rsa(Hash::Sha512), &RSA_PKCS1_2048_8192_SHA512),
            (&RSA2048_A, pss(Hash::Sha256), &RSA_PSS_2048_8192_SHA256),
            (&RSA2048_A, pss(Hash::Sha384), &RSA_PSS_2048_8192_SHA384),
            (&RSA2048_A, pss(Hash::Sha512), &RSA_PSS_2048_8192_SHA512),
            (&RSA2048_E3, Algorithm::Rsa(Hash::Sha256), &RSA_PKCS1_2048_8192_SHA256),
            (&RSA4096_A, Algorithm::Rsa(Hash::Sha256), &RSA_PKCS1_2048_8192_SHA256),
            (&ED25519_A, Algorithm::Ed25519, &ED25519),
        ];
        for (key, algorithm, verification) in cases {
            let signature = key.sign(algorithm, b"message");
            UnparsedPublicKey::new(verification, key.bits())
                .verify(b"message", &signature)
                .unwrap_or_else(|_| panic!("{algorithm:?} does not verify"));
        }
        let key = Key::derived("some label");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.bits())
            .verify(b"message", &key.sign(Algorithm::Ecdsa(Hash::Sha256), b"message"))
            .expect("a derived key signs");
    }
}
