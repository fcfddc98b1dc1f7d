//! Signatures on CA certificates that were verified before.

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::cert::Certificate;

/// Signatures on CA certificates that were verified before, to be shared by any number of
/// verifiers: a new leaf below a known intermediate costs one signature.
///
/// It is made of what was accepted, and says no more than that a key made a signature: names,
/// validity, constraints and the rest are judged each time, by the verifier that asks. A verifier
/// asks only for algorithms that it allows, as the same provider has verified them, and its
/// [`Limits`](crate::Limits) are charged as if the signature were verified.
///
/// Its size is that of all of them together: where the peers of one bring ever new CA certificates,
/// those of another are pushed out, and their signatures verified again.
///
/// ```
/// use lastmile::{MemorySize, SignatureCache};
///
/// let cache = SignatureCache::new(MemorySize::default());
/// assert_eq!(cache.report().entries, 0);
/// ```
#[cfg(feature = "std")]
#[derive(Clone)]
pub struct SignatureCache {
    slots: alloc::sync::Arc<crate::slots::Slots<Known>>,
}

/// Without std there is none.
#[cfg(not(feature = "std"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum SignatureCache {}

/// A signature that was good. A certificate holds what was signed, both identifiers of the
/// algorithm and the signature.
#[cfg(feature = "std")]
#[derive(Debug)]
struct Known {
    certificate: alloc::boxed::Box<[u8]>,
    issuer_key: alloc::boxed::Box<[u8]>,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
}

#[cfg(feature = "std")]
impl SignatureCache {
    /// An empty one.
    pub fn new(size: crate::slots::MemorySize) -> Self {
        Self { slots: alloc::sync::Arc::new(crate::slots::Slots::new(size)) }
    }

    /// What it holds, and how often it was asked.
    pub fn report(&self) -> crate::slots::MemoryReport {
        self.slots.report()
    }

    /// Whether the key of `issuer` is known to have made the signature of `certificate`, by this
    /// implementation.
    pub(crate) fn knows(
        &self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        algorithm: &'static dyn SignatureVerificationAlgorithm,
    ) -> bool {
        let found = self.holds(certificate, issuer, algorithm);
        self.slots.count(found);
        found
    }

    /// Keeps a signature that was verified on a path that was accepted.
    pub(crate) fn keep(
        &self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        algorithm: &'static dyn SignatureVerificationAlgorithm,
    ) {
        if self.holds(certificate, issuer, algorithm) {
            return;
        }
        let known = Known {
            certificate: certificate.der().into(),
            issuer_key: issuer.subject_public_key_info().into(),
            algorithm,
        };
        let hash = self.slots.hash(certificate.der(), known.issuer_key.len());
        self.slots.insert(hash, known, |_| false);
    }

    fn holds(
        &self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        algorithm: &'static dyn SignatureVerificationAlgorithm,
    ) -> bool {
        let key = issuer.subject_public_key_info();
        let hash = self.slots.hash(certificate.der(), key.len());
        self.slots.find(hash, |known| known.is(certificate.der(), key, algorithm)).is_some()
    }
}

#[cfg(feature = "std")]
impl core::fmt::Debug for SignatureCache {
    /// Without what it holds, which is megabytes.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignatureCache").field("report", &self.report()).finish()
    }
}

#[cfg(not(feature = "std"))]
impl SignatureCache {
    pub(crate) const fn knows(
        &self,
        _: &Certificate<'_>,
        _: &Certificate<'_>,
        _: &'static dyn SignatureVerificationAlgorithm,
    ) -> bool {
        match *self {}
    }

    pub(crate) const fn keep(
        &self,
        _: &Certificate<'_>,
        _: &Certificate<'_>,
        _: &'static dyn SignatureVerificationAlgorithm,
    ) {
        match *self {}
    }
}

#[cfg(feature = "std")]
impl Known {
    fn is(
        &self,
        certificate: &[u8],
        issuer_key: &[u8],
        algorithm: &'static dyn SignatureVerificationAlgorithm,
    ) -> bool {
        // Two implementations of one algorithm are two: what one has verified, the other has not.
        // Values without size may share an address; then their functions do not.
        #[allow(ambiguous_wide_pointer_comparisons, reason = "a miss where they are equal is safe")]
        let same_implementation = core::ptr::eq(self.algorithm, algorithm);
        same_implementation && *self.issuer_key == *issuer_key && *self.certificate == *certificate
    }
}

#[cfg(feature = "std")]
impl crate::slots::Kept for Known {
    fn bytes(&self) -> usize {
        self.certificate.len().saturating_add(self.issuer_key.len())
    }
}
