//! Bundles: PEM or DER in, anchors and every fault out, in one pass.

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use super::Anchor;
use super::Origin;
use super::TrustAnchors;
use crate::cert::Certificate;
use crate::cert::Malformed;
use crate::cert::Version;
use crate::pem;
use crate::text::Escaped;

impl TrustAnchors {
    /// The CERTIFICATE blocks of a PEM bundle. Text between blocks, and blocks of other kinds,
    /// are passed over.
    ///
    /// # Errors
    /// No certificate, a block that cannot be read, a certificate that cannot be an anchor, a
    /// CRL, a private key, or a `TRUSTED CERTIFICATE`.
    pub fn from_pem(bundle: &[u8]) -> Result<Self, InvalidBundle> {
        Bundle::from_pem(bundle).into_anchors()
    }

    /// As [`from_pem`](Self::from_pem), but with whatever can be used, and every fault beside it.
    pub fn from_pem_lenient(bundle: &[u8]) -> Bundle {
        Bundle::from_pem(bundle)
    }

    /// Certificates as DER, such as the system's roots.
    ///
    /// # Errors
    /// No certificate, or one that cannot be an anchor.
    pub fn from_der<T: AsRef<[u8]>>(
        certificates: impl IntoIterator<Item = T>,
    ) -> Result<Self, InvalidBundle> {
        Bundle::from_der(certificates).into_anchors()
    }

    /// As [`from_der`](Self::from_der), but with whatever can be used, and every fault beside it.
    pub fn from_der_lenient<T: AsRef<[u8]>>(certificates: impl IntoIterator<Item = T>) -> Bundle {
        Bundle::from_der(certificates)
    }
}

/// What a bundle holds.
#[derive(Clone, Debug)]
pub struct Bundle {
    anchors: Option<TrustAnchors>,
    faults: Vec<BundleFault>,
    warnings: Vec<BundleFault>,
    passed_over: Vec<PassedOver>,
}

impl Bundle {
    fn from_pem(bundle: &[u8]) -> Self {
        let mut loading = Loading::default();
        // Base64 is a third longer than what it says.
        loading.octets.reserve(bundle.len().div_euclid(4).saturating_mul(3));
        let mut text = Vec::new();
        for block in pem::blocks(bundle) {
            match block {
                Ok(block) => loading.take_block(&block, &mut text),
                Err(invalid) => loading.refuse(Some(invalid.into()), invalid.fault().into()),
            }
        }
        loading.finish()
    }

    fn from_der<T: AsRef<[u8]>>(certificates: impl IntoIterator<Item = T>) -> Self {
        let mut loading = Loading::default();
        for certificate in certificates {
            let start = loading.octets.len();
            loading.octets.extend_from_slice(certificate.as_ref());
            loading.take_certificate(start, None);
        }
        loading.finish()
    }

    fn into_anchors(self) -> Result<TrustAnchors, InvalidBundle> {
        match self.anchors {
            Some(anchors) if self.faults.is_empty() => Ok(anchors),
            _ if self.faults.is_empty() => Err(InvalidBundle::Empty(self.passed_over)),
            _ => Err(InvalidBundle::Faults(self.faults)),
        }
    }

    /// The anchors that can be used; None if there is none.
    pub const fn anchors(&self) -> Option<&TrustAnchors> {
        self.anchors.as_ref()
    }

    /// Every block that cannot be used.
    pub fn faults(&self) -> &[BundleFault] {
        &self.faults
    }

    /// Anchors that are used, and that somebody should look at.
    pub fn warnings(&self) -> &[BundleFault] {
        &self.warnings
    }

    /// Blocks of other kinds.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }
}

#[derive(Default)]
struct Loading {
    octets: Vec<u8>,
    anchors: Vec<Anchor>,
    faults: Vec<BundleFault>,
    warnings: Vec<BundleFault>,
    passed_over: Vec<PassedOver>,
    /// Certificates met, good or not.
    count: u32,
}

impl Loading {
    fn take_block(&mut self, block: &pem::Block<'_>, text: &mut Vec<u8>) {
        let origin = Origin { block: block.number(), line: block.line() };
        let start = self.octets.len();
        match block.label() {
            b"CERTIFICATE" => match block.decode_into(text, &mut self.octets) {
                Ok(()) => self.take_certificate(start, Some(origin)),
                Err(invalid) => self.refuse(Some(origin), invalid.fault().into()),
            },
            b"TRUSTED CERTIFICATE" => self.refuse(Some(origin), AnchorFault::TrustedCertificate),
            b"X509 CRL" => self.refuse(Some(origin), AnchorFault::Crl),
            label if label.ends_with(b"PRIVATE KEY") => {
                self.refuse(Some(origin), AnchorFault::PrivateKey);
            }
            label => self.passed_over.push(PassedOver {
                label: Escaped::new(label).to_string(),
                block: origin.block,
                line: origin.line,
            }),
        }
    }

    /// The certificate is all of the octets from `start` on.
    fn take_certificate(&mut self, start: usize, origin: Option<Origin>) {
        let der = self.octets.get(start..).unwrap_or_default();
        let end = self.octets.len();
        match read_anchor(der) {
            Ok(certificate) => {
                let layout = *certificate.layout();
                if let Some(warning) = warning(&certificate) {
                    self.warnings.push(BundleFault { origin, count: self.count, fault: warning });
                }
                self.anchors.push(Anchor { start, end, layout, origin });
                self.count = self.count.saturating_add(1);
            }
            Err(fault) => {
                self.octets.truncate(start);
                self.refuse(origin, fault);
            }
        }
    }

    fn refuse(&mut self, origin: Option<Origin>, fault: AnchorFault) {
        self.faults.push(BundleFault { origin, count: self.count, fault });
        self.count = self.count.saturating_add(1);
    }

    fn finish(self) -> Bundle {
        Bundle {
            anchors: TrustAnchors::new(self.octets, self.anchors),
            faults: self.faults,
            warnings: self.warnings,
            passed_over: self.passed_over,
        }
    }
}

/// A certificate whose every part can be read, so that nothing is left to fail on a path.
fn read_anchor(der: &[u8]) -> Result<Certificate<'_>, AnchorFault> {
    let certificate = Certificate::from_der(der).map_err(AnchorFault::Malformed)?;
    certificate.check_names().map_err(AnchorFault::Malformed)?;
    match certificate.version() {
        Version::V3 => Ok(certificate),
        // It cannot say that it is a CA: only a root that the operator chose is taken for one.
        Version::V1 | Version::V2 if certificate.is_self_issued() => Ok(certificate),
        Version::V1 | Version::V2 => Err(AnchorFault::OldVersion),
    }
}

fn warning(certificate: &Certificate<'_>) -> Option<AnchorFault> {
    (certificate.version() < Version::V3).then_some(AnchorFault::OldVersionRoot)
}

impl From<pem::InvalidBlock> for Origin {
    fn from(invalid: pem::InvalidBlock) -> Self {
        Self { block: invalid.number(), line: invalid.line() }
    }
}

impl From<pem::BlockFault> for AnchorFault {
    fn from(fault: pem::BlockFault) -> Self {
        Self::Block(fault)
    }
}

/// A block of a bundle that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFault {
    origin: Option<Origin>,
    /// Certificates before it: its place where there are no blocks.
    count: u32,
    fault: AnchorFault,
}

impl BundleFault {
    /// The block, counted from 1; None if the bundle is not PEM.
    pub fn block(&self) -> Option<u32> {
        self.origin.map(|origin| origin.block)
    }

    /// The line, counted from 1; None if the bundle is not PEM.
    pub fn line(&self) -> Option<u32> {
        self.origin.map(|origin| origin.line)
    }

    /// What is wrong.
    pub const fn fault(&self) -> &AnchorFault {
        &self.fault
    }
}

impl fmt::Display for BundleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Some(Origin { block, line }) => write!(f, "block {block}, line {line}: ")?,
            None => write!(f, "certificate {}: ", self.count)?,
        }
        fmt::Display::fmt(&self.fault, f)
    }
}

/// What can be wrong with a block of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnchorFault {
    /// The framing of the block.
    Block(pem::BlockFault),
    /// A CRL, which is given elsewhere.
    Crl,
    /// Not the DER of a certificate.
    Malformed(Malformed),
    /// A certificate of version 1 or 2 that is not self-issued.
    OldVersion,
    /// A root of version 1 or 2: used, with a warning.
    OldVersionRoot,
    /// A private key, which does not belong here.
    PrivateKey,
    /// OpenSSL's certificate with trust settings, which would be lost.
    TrustedCertificate,
}

impl fmt::Display for AnchorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(fault) => fmt::Display::fmt(fault, f),
            Self::Crl => f.write_str("a CRL is no trust anchor"),
            Self::Malformed(malformed) => write!(f, "the certificate is malformed: {malformed}"),
            Self::OldVersion => {
                f.write_str("a certificate of version 1 or 2 can be an anchor only if it is self-issued")
            }
            Self::OldVersionRoot => f.write_str(
                "a root of version 1 or 2, which cannot say that it is a CA, is trusted as one",
            ),
            Self::PrivateKey => f.write_str(
                "a private key does not belong in a bundle of trust anchors: remove it, and replace it, for whoever can read the bundle has it",
            ),
            Self::TrustedCertificate => f.write_str(
                "the settings of a TRUSTED CERTIFICATE are not read; give it as a CERTIFICATE",
            ),
        }
    }
}

/// A block of a kind that is neither used nor a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    label: String,
    block: u32,
    line: u32,
}

impl PassedOver {
    /// What the block says it holds, escaped.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The block, counted from 1.
    pub const fn block(&self) -> u32 {
        self.block
    }

    /// The line of its BEGIN, counted from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// A bundle that cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidBundle {
    /// No certificate; what else was there.
    Empty(Vec<PassedOver>),
    /// Every block that is at fault.
    Faults(Vec<BundleFault>),
}

impl InvalidBundle {
    /// The code: stable, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty(_) => "empty-bundle",
            Self::Faults(_) => "invalid-bundle",
        }
    }

    /// The line of the first fault, counted from 1.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Empty(_) => None,
            Self::Faults(faults) => faults.first().and_then(BundleFault::line),
        }
    }
}

impl fmt::Display for InvalidBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(passed_over) => match passed_over.as_slice() {
                [] => f.write_str("no CERTIFICATE block"),
                [first, ..] => write!(
                    f,
                    "no CERTIFICATE block, but {} of another kind, such as {} in line {}",
                    passed_over.len(),
                    first.label,
                    first.line
                ),
            },
            Self::Faults(faults) => {
                if let Some(first) = faults.first() {
                    fmt::Display::fmt(first, f)?;
                }
                match faults.len() {
                    0 | 1 => Ok(()),
                    2 => f.write_str(" (and 1 more fault)"),
                    more => write!(f, " (and {} more faults)", more.saturating_sub(1)),
                }
            }
        }
    }
}

impl core::error::Error for InvalidBundle {}
