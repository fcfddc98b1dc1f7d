//! The fixed keys: read from `testdata/keys`, or derived from a label where a case needs hundreds.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::DecodePrivateKey;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use ring::signature::RsaKeyPair;

use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::der;
use crate::der::Reader;
use crate::der::tag;
use crate::pem;

/// A key pair that signs the same bytes in the same way every time.
#[derive(Clone, Debug)]
pub struct Key {
    kind: Kind,
    source: Source,
}

impl Key {
    /// A P-256 key whose secret is the SHA-256 of the label.
    pub fn derived(label: &str) -> Self {
        Self {
            kind: Kind::P256,
            source: Source::Label(label.to_owned()),
        }
    }

    /// What sort of key it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The algorithm this key signs with unless a certificate asks for another.
    pub fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::Ed25519 => Algorithm::Ed25519,
            Kind::P256 => Algorithm::EcdsaSha256,
            Kind::P384 => Algorithm::EcdsaSha384,
            Kind::Rsa | Kind::Rsa1024 => Algorithm::RsaSha256,
        }
    }

    /// The SubjectPublicKeyInfo, with its tag and length.
    pub fn spki(&self) -> Vec<u8> {
        let identifier = match self.kind {
            Kind::Ed25519 => algorithm::identifier("1.3.101.112", &[]),
            Kind::P256 => algorithm::identifier(EC_PUBLIC_KEY, &der::oid("1.2.840.10045.3.1.7")),
            Kind::P384 => algorithm::identifier(EC_PUBLIC_KEY, &der::oid("1.3.132.0.34")),
            Kind::Rsa | Kind::Rsa1024 => {
                algorithm::identifier("1.2.840.113549.1.1.1", &der::null())
            }
        };
        der::sequence(&[identifier, der::bit_string(&self.bits())])
    }

    /// The content of the subjectPublicKey BIT STRING.
    pub fn bits(&self) -> Vec<u8> {
        match self.kind {
            Kind::Ed25519 => ring::signature::KeyPair::public_key(&self.ed25519())
                .as_ref()
                .to_vec(),
            Kind::P256 => self
                .p256()
                .verifying_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
            Kind::P384 => self
                .p384()
                .verifying_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
            Kind::Rsa | Kind::Rsa1024 => rsa_public_key(&self.pkcs8()),
        }
    }

    /// The key identifier that certificates for this key carry: 20 octets of the SHA-256 of its bits.
    pub fn id(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.bits()).as_ref()[..20].to_vec()
    }

    /// The private key, as a PKCS#8 PEM block.
    pub fn to_pem(&self) -> String {
        pem::encode("PRIVATE KEY", &self.pkcs8())
    }

    /// A signature over the message. An RSA key of 1024 bits answers with filler: ring signs with
    /// nothing below 2048, and a verifier has to refuse the key before it looks at a signature.
    ///
    /// # Panics
    ///
    /// When the algorithm does not go with the key.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match (self.kind, algorithm) {
            (Kind::Ed25519, Algorithm::Ed25519) => self.ed25519().sign(message).as_ref().to_vec(),
            (Kind::P256, _) => {
                let signature: p256::ecdsa::Signature = self
                    .p256()
                    .sign_prehash(ecdsa_digest(algorithm, message).as_ref())
                    .expect("a digest is long enough");
                let bytes = signature.to_bytes();
                ecdsa_signature(&bytes[..])
            }
            (Kind::P384, _) => {
                let signature: p384::ecdsa::Signature = self
                    .p384()
                    .sign_prehash(ecdsa_digest(algorithm, message).as_ref())
                    .expect("a digest is long enough");
                let bytes = signature.to_bytes();
                ecdsa_signature(&bytes[..])
            }
            (Kind::Rsa, Algorithm::RsaSha256) => {
                self.rsa(&ring::signature::RSA_PKCS1_SHA256, message)
            }
            (Kind::Rsa, Algorithm::RsaSha384) => {
                self.rsa(&ring::signature::RSA_PKCS1_SHA384, message)
            }
            (Kind::Rsa, Algorithm::RsaSha512) => {
                self.rsa(&ring::signature::RSA_PKCS1_SHA512, message)
            }
            (Kind::Rsa1024, _) => vec![0x5a; 128],
            (kind, _) => panic!("a key of kind {kind:?} does not sign with {algorithm:?}"),
        }
    }

    fn rsa(&self, encoding: &'static dyn ring::signature::RsaEncoding, message: &[u8]) -> Vec<u8> {
        let pair = RsaKeyPair::from_pkcs8(&self.pkcs8()).expect("the committed RSA keys are sound");
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
            .expect("PKCS#1 v1.5 cannot fail on a sound key");
        signature
    }

    fn ed25519(&self) -> Ed25519KeyPair {
        // OpenSSL writes PKCS#8 version 1, without the public key.
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.pkcs8())
            .expect("the committed Ed25519 keys are sound")
    }

    fn p256(&self) -> p256::ecdsa::SigningKey {
        match &self.source {
            Source::Label(label) => {
                let secret = digest::digest(&digest::SHA256, label.as_bytes());
                p256::ecdsa::SigningKey::from_slice(secret.as_ref())
                    .expect("a digest is a scalar but for one in 2^32 labels")
            }
            Source::Pem(_) => p256::SecretKey::from_pkcs8_der(&self.pkcs8())
                .expect("the committed P-256 keys are sound")
                .into(),
        }
    }

    fn p384(&self) -> p384::ecdsa::SigningKey {
        p384::SecretKey::from_pkcs8_der(&self.pkcs8())
            .expect("the committed P-384 keys are sound")
            .into()
    }

    fn pkcs8(&self) -> Vec<u8> {
        match &self.source {
            Source::Label(_) => {
                let secret = self.p256().to_bytes();
                let private_key = der::sequence(&[der::integer(1), der::octet_string(&secret)]);
                der::sequence(&[
                    der::integer(0),
                    algorithm::identifier(EC_PUBLIC_KEY, &der::oid("1.2.840.10045.3.1.7")),
                    der::octet_string(&private_key),
                ])
            }
            Source::Pem(text) => {
                pem::decode("PRIVATE KEY", text).expect("the committed keys are PEM")
            }
        }
    }

    const fn committed(kind: Kind, text: &'static str) -> Self {
        Self {
            kind,
            source: Source::Pem(text),
        }
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
    /// RSA of 2048 bits or more.
    Rsa,
    /// RSA of 1024 bits, which cannot sign here.
    Rsa1024,
}

#[derive(Clone, Debug)]
enum Source {
    Label(String),
    Pem(&'static str),
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
    RSA1024_A Rsa1024 "rsa1024-a",
    RSA2048_A Rsa "rsa2048-a",
    RSA2048_B Rsa "rsa2048-b",
    RSA2048_C Rsa "rsa2048-c",
    RSA3072_A Rsa "rsa3072-a",
    RSA4096_A Rsa "rsa4096-a",
}

fn ecdsa_digest(algorithm: Algorithm, message: &[u8]) -> digest::Digest {
    let hash = match algorithm {
        Algorithm::EcdsaSha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::EcdsaSha256 => &digest::SHA256,
        Algorithm::EcdsaSha384 => &digest::SHA384,
        Algorithm::EcdsaSha512 => &digest::SHA512,
        _ => panic!("an elliptic curve key does not sign with {algorithm:?}"),
    };
    digest::digest(hash, message)
}

fn ecdsa_signature(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    der::sequence(&[der::unsigned(r), der::unsigned(s)])
}

/// RSAPublicKey from the first two numbers of the RSAPrivateKey inside a PKCS#8 key.
fn rsa_public_key(pkcs8: &[u8]) -> Vec<u8> {
    let numbers = || {
        let mut info = Reader::new(pkcs8).enter(tag::SEQUENCE)?;
        info.expect(tag::INTEGER)?;
        info.expect(tag::SEQUENCE)?;
        let mut private_key = info.enter(tag::OCTET_STRING)?.enter(tag::SEQUENCE)?;
        private_key.expect(tag::INTEGER)?;
        let modulus = private_key.expect(tag::INTEGER)?;
        Some((modulus, private_key.expect(tag::INTEGER)?))
    };
    let (modulus, exponent) = numbers().expect("the committed RSA keys are PKCS#8");
    der::sequence(&[der::unsigned(modulus), der::unsigned(exponent)])
}

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";

#[cfg(test)]
mod tests {
    use super::*;

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
        let cases: [(&Key, Algorithm, &dyn VerificationAlgorithm); 6] = [
            (&P256_A, Algorithm::EcdsaSha256, &ECDSA_P256_SHA256_ASN1),
            (&P256_A, Algorithm::EcdsaSha384, &ECDSA_P256_SHA384_ASN1),
            (&P384_A, Algorithm::EcdsaSha384, &ECDSA_P384_SHA384_ASN1),
            (
                &RSA2048_A,
                Algorithm::RsaSha512,
                &RSA_PKCS1_2048_8192_SHA512,
            ),
            (
                &RSA4096_A,
                Algorithm::RsaSha256,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
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
            .verify(b"message", &key.sign(Algorithm::EcdsaSha256, b"message"))
            .expect("a derived key signs");
    }
}
