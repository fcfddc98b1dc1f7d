//! A certificate under construction: every field replaceable, and hooks to spoil the bytes.

use ring::digest;

use crate::algorithm::Algorithm;
use crate::authority::Authority;
use crate::der;
use crate::der::tag;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::Extension;
use crate::general_name;
use crate::keys;
use crate::keys::Key;
use crate::time;

/// Builds one certificate. What is not said is what a sound certificate would have.
#[derive(Clone, Debug)]
pub struct CertificateBuilder {
    version: Option<u8>,
    serial: Option<Vec<u8>>,
    algorithm: Option<Algorithm>,
    inner_algorithm: Option<Vec<u8>>,
    outer_algorithm: Option<Vec<u8>>,
    issuer: Option<Vec<u8>>,
    not_before: Vec<u8>,
    not_after: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
    alter_tbs: Option<fn(Vec<u8>) -> Vec<u8>>,
    signature: Option<Vec<u8>>,
    alter: Option<fn(Vec<u8>) -> Vec<u8>>,
}

impl CertificateBuilder {
    /// Version 3, valid through 2026 ([`time::end`]), no extensions, for the key [`keys::P256_C`], self-issued
    /// until [`Self::issued_by`] or [`Self::issuer`] says otherwise.
    pub fn new(subject: impl Into<Vec<u8>>) -> Self {
        Self {
            version: Some(2),
            serial: None,
            algorithm: None,
            inner_algorithm: None,
            outer_algorithm: None,
            issuer: None,
            not_before: time::to_der(time::START),
            not_after: time::to_der(time::end()),
            subject: subject.into(),
            spki: keys::P256_C.spki(),
            extensions: Vec::new(),
            alter_tbs: None,
            signature: None,
            alter: None,
        }
    }

    /// A server certificate for one dNSName: cA FALSE, digitalSignature, serverAuth.
    pub fn leaf(host: &str) -> Self {
        Self::new(DirectoryName::cn(host))
            .key(&keys::P256_C)
            .extension(extension::not_a_ca())
            .extension(extension::key_usage(&[extension::DIGITAL_SIGNATURE]))
            .extension(extension::extended_key_usage(&[extension::SERVER_AUTH]))
            .names(&[general_name::dns(host)])
    }

    /// A certification authority: cA TRUE, keyCertSign and cRLSign.
    pub fn authority(subject: impl Into<Vec<u8>>, key: &Key) -> Self {
        let usages = [extension::KEY_CERT_SIGN, extension::CRL_SIGN];
        Self::new(subject)
            .key(key)
            .extension(extension::ca(None))
            .extension(extension::key_usage(&usages))
    }

    /// The version number as it is encoded, 2 for version 3; none leaves the field out, version 1.
    pub fn version(self, version: Option<u8>) -> Self {
        Self { version, ..self }
    }

    /// The content of the serialNumber INTEGER. Unset, it is a digest of everything else.
    pub fn serial(self, octets: &[u8]) -> Self {
        Self { serial: Some(octets.to_vec()), ..self }
    }

    /// Signs with another algorithm than the signing key's own.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm: Some(algorithm), ..self }
    }

    /// The AlgorithmIdentifier inside the signed part, complete.
    pub fn inner_algorithm(self, identifier: Vec<u8>) -> Self {
        Self { inner_algorithm: Some(identifier), ..self }
    }

    /// The AlgorithmIdentifier beside the signature, complete.
    pub fn outer_algorithm(self, identifier: Vec<u8>) -> Self {
        Self { outer_algorithm: Some(identifier), ..self }
    }

    /// The issuer's name, complete.
    pub fn issuer(self, name: impl Into<Vec<u8>>) -> Self {
        Self { issuer: Some(name.into()), ..self }
    }

    /// The issuer's name and its key identifier, from an authority.
    pub fn issued_by(self, authority: &Authority) -> Self {
        self.issuer(authority.name.clone())
            .extension(extension::authority_key_id(&authority.key.id()))
    }

    /// First and last second.
    pub fn valid(self, not_before: i64, not_after: i64) -> Self {
        self.raw_validity(time::to_der(not_before), time::to_der(not_after))
    }

    /// Two complete values in place of notBefore and notAfter.
    pub fn raw_validity(self, not_before: Vec<u8>, not_after: Vec<u8>) -> Self {
        Self { not_before, not_after, ..self }
    }

    /// The subject's name, complete.
    pub fn subject(self, name: impl Into<Vec<u8>>) -> Self {
        Self { subject: name.into(), ..self }
    }

    /// The subject's key, and its identifier.
    pub fn key(self, key: &Key) -> Self {
        self.spki(key.spki()).extension(extension::subject_key_id(&key.id()))
    }

    /// A SubjectPublicKeyInfo of any bytes.
    pub fn spki(self, spki: Vec<u8>) -> Self {
        Self { spki, ..self }
    }

    /// Puts an extension in, in place of one of the same identifier if there is one.
    pub fn extension(mut self, extension: Extension) -> Self {
        match self.extensions.iter_mut().find(|present| present.oid == extension.oid) {
            Some(present) => *present = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// Puts an extension in beside whatever is there: the way to a duplicate.
    pub fn another_extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Takes an extension out.
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|present| present.oid != oid);
        self
    }

    /// Takes every extension out.
    pub fn without_extensions(mut self) -> Self {
        self.extensions.clear();
        self
    }

    /// The subjectAltName, of these GeneralNames.
    pub fn names<T: AsRef<[u8]>>(self, names: &[T]) -> Self {
        self.extension(extension::subject_alt_name(names))
    }

    /// Makes the signed value from what its SEQUENCE would have held: the certificate can be
    /// malformed, and is correctly signed.
    pub fn alter_tbs(self, alter: fn(Vec<u8>) -> Vec<u8>) -> Self {
        Self { alter_tbs: Some(alter), ..self }
    }

    /// These bytes in place of a signature.
    pub fn signature(self, signature: Vec<u8>) -> Self {
        Self { signature: Some(signature), ..self }
    }

    /// Rewrites the finished certificate.
    pub fn alter(self, alter: fn(Vec<u8>) -> Vec<u8>) -> Self {
        Self { alter: Some(alter), ..self }
    }

    /// The certificate, signed by this key.
    pub fn build(&self, key: &Key) -> Vec<u8> {
        let algorithm = self.algorithm.unwrap_or_else(|| key.algorithm());
        let inner = self.inner_algorithm.clone().unwrap_or_else(|| algorithm.identifier());
        let outer = self.outer_algorithm.clone().unwrap_or_else(|| inner.clone());
        let tbs = self.signed_part(&inner);
        let signature = self.signature.clone();
        let signature = signature.unwrap_or_else(|| key.sign(algorithm, &tbs));
        let certificate = der::sequence(&[tbs, outer, der::bit_string(&signature)]);
        match self.alter {
            Some(alter) => alter(certificate),
            None => certificate,
        }
    }

    /// The signed part of a certificate whose algorithm has been said.
    ///
    /// # Panics
    ///
    /// When neither [`Self::algorithm`] nor [`Self::inner_algorithm`] has said it.
    pub fn tbs(&self) -> Vec<u8> {
        let said = self.inner_algorithm.clone();
        let said = said.or_else(|| self.algorithm.map(Algorithm::identifier));
        self.signed_part(&said.expect("the algorithm is said"))
    }

    fn signed_part(&self, inner_algorithm: &[u8]) -> Vec<u8> {
        let content = self.content(inner_algorithm);
        match self.alter_tbs {
            Some(alter) => alter(content),
            None => der::tlv(tag::SEQUENCE, &content),
        }
    }

    fn content(&self, inner_algorithm: &[u8]) -> Vec<u8> {
        let version =
            self.version.map(|number| der::explicit(0, &[der::tlv(tag::INTEGER, &[number])]));
        let rest = der::concat(&[
            inner_algorithm,
            self.issuer.as_ref().unwrap_or(&self.subject),
            &der::sequence(&[&self.not_before, &self.not_after]),
            &self.subject,
            &self.spki,
            &self.extensions(),
        ]);
        let serial = self.serial.clone().unwrap_or_else(|| derived_serial(&rest));
        let serial = der::tlv(tag::INTEGER, &serial);
        der::concat(&[version.unwrap_or_default(), serial, rest])
    }

    fn extensions(&self) -> Vec<u8> {
        if self.extensions.is_empty() {
            return Vec::new();
        }
        let extensions = self.extensions.iter().map(Extension::to_der);
        der::explicit(3, &[der::sequence(&extensions.collect::<Vec<_>>())])
    }
}

/// Eight octets that differ wherever the certificates differ, and are positive and minimal.
fn derived_serial(rest: &[u8]) -> Vec<u8> {
    let mut serial = digest::digest(&digest::SHA256, rest).as_ref()[..8].to_vec();
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}
