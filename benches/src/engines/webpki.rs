//! rustls-webpki: name and path, as rustls calls it.

use std::hint::black_box;

use lastmile_testdata::bench_chains;
use lastmile_testdata::hostile::Chain;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::ServerName;
use rustls_pki_types::TrustAnchor;
use rustls_pki_types::pem::PemObject;
use webpki::EndEntityCert;
use webpki::KeyUsage;
use webpki::anchor_from_trusted_cert;

use super::Algorithms;
use super::now;

/// Anchors and a name, and a chain to ask about.
#[derive(Clone, Debug)]
pub struct Webpki {
    anchors: Vec<TrustAnchor<'static>>,
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
    algorithms: Algorithms,
}

impl Webpki {
    /// With its own limits, which are fixed.
    pub fn new(chain: &Chain, algorithms: Algorithms) -> Self {
        let anchor = |der: &Vec<u8>| {
            let der = CertificateDer::from(der.as_slice());
            anchor_from_trusted_cert(&der).expect("an anchor").to_owned()
        };
        Self {
            anchors: chain.anchors.iter().map(anchor).collect(),
            leaf: CertificateDer::from(chain.leaf.clone()),
            intermediates: chain.presented.iter().cloned().map(CertificateDer::from).collect(),
            name: ServerName::try_from(bench_chains::HOST).expect("a name"),
            algorithms,
        }
    }

    /// Whether the chain is accepted.
    pub fn verify(&self) -> bool {
        self.verify_leaf(&self.leaf)
    }

    /// Whether it is accepted with another leaf.
    pub fn verify_leaf(&self, leaf: &CertificateDer<'_>) -> bool {
        let Ok(leaf) = EndEntityCert::try_from(leaf) else {
            return false;
        };
        let path = leaf.verify_for_usage(
            self.algorithms,
            &self.anchors,
            &self.intermediates,
            now(),
            KeyUsage::server_auth(),
            None,
            None,
        );
        black_box(&path).is_ok() && leaf.verify_is_valid_for_subject_name(&self.name).is_ok()
    }
}

/// The anchors of a bundle, as a client of rustls loads them.
pub fn load(bundle: &[u8]) -> Vec<TrustAnchor<'static>> {
    CertificateDer::pem_slice_iter(bundle)
        .map(|certificate| {
            let certificate = certificate.expect("a block");
            anchor_from_trusted_cert(&certificate).expect("an anchor").to_owned()
        })
        .collect()
}
