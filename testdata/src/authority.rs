//! An authority: a certificate, the name in it, and the key that signs for it.

use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::keys::Key;

/// What it takes to issue certificates.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The authority's own certificate.
    pub certificate: Vec<u8>,
    /// Its subject, the issuer of what it issues.
    pub name: Vec<u8>,
    /// Its key.
    pub key: Key,
}

impl Authority {
    /// A self-signed authority of that commonName.
    pub fn root(common_name: &str, key: &Key) -> Self {
        Self::self_signed(DirectoryName::cn(common_name), key, |root| root)
    }

    /// A self-signed authority, after a change to its certificate.
    pub fn self_signed(
        name: impl Into<Vec<u8>>,
        key: &Key,
        change: impl Fn(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        let name = name.into();
        let builder = change(CertificateBuilder::authority(name.clone(), key));
        Self { certificate: builder.build(key), name, key: key.clone() }
    }

    /// An authority below this one, of that commonName.
    pub fn intermediate(&self, common_name: &str, key: &Key) -> Self {
        self.subordinate(DirectoryName::cn(common_name), key, |intermediate| intermediate)
    }

    /// An authority below this one, after a change to its certificate.
    pub fn subordinate(
        &self,
        name: impl Into<Vec<u8>>,
        key: &Key,
        change: impl Fn(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        let name = name.into();
        let builder = CertificateBuilder::authority(name.clone(), key).issued_by(self);
        Self { certificate: change(builder).build(&self.key), name, key: key.clone() }
    }

    /// The builder's certificate, issued and signed by this authority.
    pub fn issue(&self, builder: CertificateBuilder) -> Vec<u8> {
        builder.issued_by(self).build(&self.key)
    }
}
