//! How much work one verification may be, and the meter that counts it.

/// The ceilings of one verification. Each has its own reason when it is reached.
///
/// ```
/// let mut limits = lastmile::Limits::default();
/// limits.intermediates = 3;
/// ```
///
/// # What the worst inputs cost
///
/// Sixteen chains at the default limits, each the worst that was found of its kind, with signatures
/// that cost nothing: what is measured is the engine's own work. `signature_checks` units of P-256
/// come on top where signatures are checked. `cargo bench -p lastmile-benches --bench hostile`
/// counts again, and fails where instructions have become more.
///
#[doc = include_str!("hostile.md")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// CA certificates between the leaf and the anchor, self-issued ones not counted.
    ///
    /// Default 8, as pyca/cryptography; webpki and mozilla::pkix stop at 6, s2n-tls at 7, LibreSSL
    /// at 32 certificates, OpenSSL at 100. Whatever is set, no path has more than 16 certificates.
    pub intermediates: u32,
    /// Certificates presented beside the leaf.
    ///
    /// Default 128: the largest real chains, and the pathological ones of x509-limbo, have fewer.
    pub presented: u32,
    /// Octets of one certificate.
    ///
    /// Default 65,536: webpki refuses from 65,535.
    pub certificate_bytes: u32,
    /// Signatures to check, in units of cost: P-256, Ed25519 and RSA to 3072 bits are 1, RSA to
    /// 4096 bits 2, to 8192 bits 7, P-384, P-521 and whatever the engine does not know 14
    /// (ring's times on one machine, the same for every provider).
    ///
    /// Default 128, as pyca; Go, after CVE-2018-16875, and webpki stop at 100 signatures, LibreSSL
    /// at 256.
    pub signature_checks: u32,
    /// Issuers to try, over the whole search.
    ///
    /// Default 65,536: webpki and mozilla::pkix allow 200,000 calls, which can take seconds;
    /// BoringSSL stops after 20 iterations.
    pub issuer_candidates: u32,
    /// Pairs of a name and a subtree of the same form, summed over the constraining CAs, counted
    /// before any is compared; what one certificate says of another is counted once a search. A
    /// refusal that met no ceiling may spend them once more, to say which name it is.
    ///
    /// Default 2^22: BoringSSL, OpenSSL and pyca allow 2^20, Go and webpki 250,000, Botan 2^16 of
    /// each list, LibreSSL 512 names and 512 subtrees.
    pub name_constraint_pairs: u32,
    /// Octets of names and nameConstraints to read, over the whole search, counted before they are
    /// read: those of a CA, once it is on a way to an anchor; those of constraints and of the
    /// certificates below, where they are held against each other; and of directory names, which
    /// are compared part by part, both of each pair. The leaf's, which is read first of all, are
    /// counted only where they are held against constraints. A refusal that met no ceiling may
    /// spend them once more.
    ///
    /// Default 2^19, eight times the largest certificate. A leaf and one CA take 135; with 1000
    /// names below 1000 permitted subtrees and 1000 excluded ones, 87,154.
    pub name_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            intermediates: 8,
            presented: 128,
            certificate_bytes: 65_536,
            signature_checks: 128,
            issuer_candidates: 65_536,
            name_constraint_pairs: 1 << 22,
            name_bytes: 1 << 19,
        }
    }
}

/// Certificates in a path, leaf and anchor counted: a path is an array of this size.
pub(crate) const MAX_PATH: usize = 16;

/// CA certificates in a path of that length, beside leaf and anchor.
pub(crate) const MOST_BETWEEN: u32 = 14;

/// What is left of the work that [`Limits`] allow.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    signature_checks: u32,
    issuer_candidates: u32,
    name_constraint_pairs: u32,
    name_bytes: u32,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            signature_checks: limits.signature_checks,
            issuer_candidates: limits.issuer_candidates,
            name_constraint_pairs: limits.name_constraint_pairs,
            name_bytes: limits.name_bytes,
        }
    }

    /// Gives back what was spent on name constraints.
    pub(crate) const fn allow_constraints_anew(&mut self) {
        let whole = Self::new(self.limits);
        self.name_constraint_pairs = whole.name_constraint_pairs;
        self.name_bytes = whole.name_bytes;
    }

    /// Before a signature of this cost is checked.
    pub(crate) fn spend_signature(&mut self, cost: u32) -> Result<(), Exceeded> {
        spend(&mut self.signature_checks, cost)
            .ok_or(Exceeded::SignatureChecks(self.limits.signature_checks))
    }

    /// Before an issuer of the right name is tried.
    #[inline]
    pub(crate) fn spend_candidate(&mut self) -> Result<(), Exceeded> {
        spend(&mut self.issuer_candidates, 1)
            .ok_or(Exceeded::IssuerCandidates(self.limits.issuer_candidates))
    }

    /// Before names and constraints of so many octets are read.
    pub(crate) fn spend_name_octets(&mut self, octets: usize) -> Result<(), Exceeded> {
        u32::try_from(octets)
            .ok()
            .and_then(|octets| spend(&mut self.name_bytes, octets))
            .ok_or(Exceeded::NameBytes(self.limits.name_bytes))
    }

    /// Before a constraining CA's subtrees are compared.
    pub(crate) fn spend_pairs(&mut self, pairs: u64) -> Result<(), Exceeded> {
        u32::try_from(pairs)
            .ok()
            .and_then(|pairs| spend(&mut self.name_constraint_pairs, pairs))
            .ok_or(Exceeded::NameConstraintPairs(self.limits.name_constraint_pairs))
    }
}

#[inline]
fn spend(left: &mut u32, cost: u32) -> Option<()> {
    *left = left.checked_sub(cost)?;
    Some(())
}

/// A ceiling that ended the search, with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    IssuerCandidates(u32),
    NameBytes(u32),
    NameConstraintPairs(u32),
    SignatureChecks(u32),
}

#[cfg(test)]
mod tests {
    use super::{Budget, Exceeded, Limits};

    #[test]
    fn the_last_unit_may_be_spent_and_no_more() {
        let limits = Limits {
            signature_checks: 15,
            issuer_candidates: 1,
            name_constraint_pairs: 9,
            name_bytes: 20,
            ..Limits::default()
        };
        let mut budget = Budget::new(limits);
        assert_eq!(budget.spend_signature(14), Ok(()));
        assert_eq!(budget.spend_signature(2), Err(Exceeded::SignatureChecks(15)));
        assert_eq!(budget.spend_signature(1), Ok(()));
        assert_eq!(budget.spend_candidate(), Ok(()));
        assert_eq!(budget.spend_candidate(), Err(Exceeded::IssuerCandidates(1)));
        assert_eq!(budget.spend_pairs(9), Ok(()));
        assert_eq!(budget.spend_pairs(1 << 40), Err(Exceeded::NameConstraintPairs(9)));
        assert_eq!(budget.spend_name_octets(20), Ok(()));
        assert_eq!(budget.spend_name_octets(1), Err(Exceeded::NameBytes(20)));
        budget.allow_constraints_anew();
        assert_eq!(budget.spend_pairs(9), Ok(()));
        assert_eq!(budget.spend_name_octets(usize::MAX), Err(Exceeded::NameBytes(20)));
    }
}
