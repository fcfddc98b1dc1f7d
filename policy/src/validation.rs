//! The stanza as a value, and what it compiles to: an SNI and a verifier.

use lastmile::DnsName;
use lastmile::ExpectedNames;
use lastmile::ReferenceName;
use lastmile::TrustAnchors;
use lastmile::Verifier;

use crate::rules;
use crate::violation::Fault;
use crate::violation::InvalidValidation;
use crate::violation::Violation;

/// What a backend's certificate is held to: `spec.validation` of a `BackendTLSPolicy`.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The name that is sent as SNI. If `subject_alt_names` is empty, the certificate must have
    /// it; otherwise it authenticates nothing.
    pub hostname: String,
    /// The names of which the certificate must have one; at most 5. Empty is unset.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// The certificates that may end its path.
    pub trust: TrustAnchors,
}

/// A name that the certificate may have in its subjectAltName.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// A dNSName. A wildcard is met by the identical wildcard, and by nothing else.
    Hostname(String),
    /// A uniformResourceIdentifier, compared octet by octet.
    Uri(String),
}

impl SubjectAltName {
    /// The name to expect.
    ///
    /// # Errors
    /// The API does not take such a name.
    pub fn compile(&self) -> Result<ReferenceName, Fault> {
        match self {
            Self::Hostname(name) => rules::alternative_hostname(name).map(ReferenceName::Dns),
            Self::Uri(uri) => rules::uri(uri).map(ReferenceName::Uri),
        }
    }

    /// The field of the stanza that holds it.
    const fn field(&self) -> &'static str {
        match self {
            Self::Hostname(_) => "hostname",
            Self::Uri(_) => "uri",
        }
    }
}

/// What a [`Validation`] compiles to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Compiled {
    /// The name to send in the handshake.
    pub sni: DnsName,
    /// What decides about the chain that comes back.
    pub verifier: Verifier,
}

impl Validation {
    /// Checks the rules of the API, and makes the verifier.
    ///
    /// Upper case in a hostname is taken for lower case; the API refuses it.
    ///
    /// # Errors
    /// Every rule that is broken, not only the first.
    pub fn compile(&self) -> Result<Compiled, InvalidValidation> {
        let mut violations = Vec::new();
        let sni = rules::hostname(&self.hostname)
            .map_err(|fault| violations.push(Violation::new("hostname", fault)));
        if let Err(fault) = rules::count(self.subject_alt_names.len()) {
            violations.push(Violation::new("subjectAltNames", fault));
        }
        let mut names = Vec::with_capacity(self.subject_alt_names.len());
        for (index, name) in self.subject_alt_names.iter().enumerate() {
            match name.compile() {
                Ok(name) => names.push(name),
                Err(fault) => {
                    let path = format!("subjectAltNames[{index}].{}", name.field());
                    violations.push(Violation::new(path, fault));
                }
            }
        }
        let Ok(sni) = sni else {
            return Err(InvalidValidation::new(violations));
        };
        if !violations.is_empty() {
            return Err(InvalidValidation::new(violations));
        }
        // Without subjectAltNames, and only then, the hostname authenticates.
        let expected = ExpectedNames::try_from(names)
            .unwrap_or_else(|_| ExpectedNames::from(ReferenceName::Dns(sni.clone())));
        let verifier = Verifier::builder(self.trust.clone(), expected).build();
        Ok(Compiled { sni, verifier })
    }
}
