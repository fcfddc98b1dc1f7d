//! What the engine concludes of a certificate: malformed, or why not a leaf, why not an issuer.

use lastmile::At;
use lastmile::Certificate;
use lastmile::Finding;
use lastmile::Malformed;
use lastmile::Reason;
use lastmile::UnixTime;
use lastmile::algorithms::RING;
use lastmile::inspect;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Concluded {
    /// Why the engine cannot read it.
    pub(super) malformed: Option<String>,
    pub(super) leaf: Option<Usable>,
    pub(super) issuer: Option<Usable>,
}

#[derive(Serialize)]
pub(super) struct Usable {
    pub(super) usable: bool,
    pub(super) faults: Vec<Fault>,
}

#[derive(Serialize)]
pub(super) struct Fault {
    code: &'static str,
    clause: &'static str,
    pub(super) message: String,
}

impl Concluded {
    pub(super) fn new(der: &[u8], index: usize, now: UnixTime) -> Self {
        match read(der) {
            Ok(certificate) => {
                let at = At::Certificate(index);
                let leaf = inspect::leaf_findings(&certificate, at, now, RING);
                let issuer = inspect::issuer_findings(&certificate, at, now, RING);
                Self {
                    malformed: None,
                    leaf: Some(Usable::new(&leaf)),
                    issuer: Some(Usable::new(&issuer)),
                }
            }
            Err(malformed) => {
                Self { malformed: Some(malformed.to_string()), leaf: None, issuer: None }
            }
        }
    }
}

fn read(der: &[u8]) -> Result<Certificate<'_>, Malformed> {
    let certificate = Certificate::from_der(der)?;
    certificate.check_names()?;
    Ok(certificate)
}

impl Usable {
    fn new(findings: &[Finding]) -> Self {
        Self { usable: findings.is_empty(), faults: findings.iter().map(Fault::new).collect() }
    }
}

impl Fault {
    fn new(finding: &Finding) -> Self {
        let reason = finding.reason();
        Self {
            code: reason.code(),
            clause: reason.clause(),
            message: match reason {
                // The engine's sentences are about a certificate on a path.
                Reason::KeyUsage => "its keyUsage does not allow to sign certificates".into(),
                Reason::LeafIsACa { .. } => {
                    "it is a CA certificate (a leaf only where the bundle holds it itself)".into()
                }
                Reason::NotACa => "it is not a CA certificate".into(),
                _ => finding.to_string(),
            },
        }
    }
}
