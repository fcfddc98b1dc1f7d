//! The verifiers that are asked: lastmile, and rustls-webpki on the same octets.

use std::net::IpAddr;
use std::time::Duration;

use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::ReferenceName;
use lastmile::Rejection;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_testdata::stub::STUB;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::DnsName;
use rustls_pki_types::ServerName;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::TrustAnchor;
use rustls_pki_types::UnixTime;
use webpki::EndEntityCert;
use webpki::KeyUsage;
use webpki::anchor_from_trusted_cert;

use crate::names::Name;
use crate::tree::NOW;
use crate::tree::Octets;
use crate::tree::Signing;
use crate::tree::Tree;

/// lastmile's verdict.
///
/// # Panics
///
/// When the bundle or the names are not what the trees have.
pub fn lastmile(tree: &Tree, octets: &Octets, signing: Signing) -> Result<(), Box<Rejection>> {
    let anchors = TrustAnchors::from_der(&octets.anchors).expect("anchors that load");
    let names: Vec<ReferenceName> = tree.expected.iter().map(reference_name).collect();
    let names = ExpectedNames::try_from(names).expect("a name");
    let mut limits = Limits::default();
    limits.intermediates = tree.intermediates;
    let verifier =
        Verifier::builder_for(anchors, names, algorithms(signing)).limits(limits).build();
    verifier.verify(&octets.leaf, &octets.presented, now()).map(drop)
}

/// The name, as a policy has it.
///
/// # Panics
///
/// When no policy can expect it.
pub fn reference_name(name: &Name) -> ReferenceName {
    let text = |octets| std::str::from_utf8(octets).expect("names to expect are ASCII");
    match name {
        Name::Dns(host) => ReferenceName::dns(text(host)).expect("a host name"),
        Name::Uri(uri) => ReferenceName::uri(text(uri)).expect("a URI"),
        Name::Ip(address) => ReferenceName::ip(ip(address)),
        _ => panic!("nobody expects {name:?}"),
    }
}

/// webpki's verdict; none if its interface cannot ask the question, which is of one name.
pub fn webpki(tree: &Tree, octets: &Octets, signing: Signing) -> Option<Result<(), webpki::Error>> {
    let [expected] = &tree.expected[..] else { return None };
    let name = match expected {
        Name::Dns(host) if !host.starts_with(b"*") => {
            ServerName::DnsName(DnsName::try_from(&host[..]).ok()?.to_owned())
        }
        Name::Ip(address) => ServerName::IpAddress(ip(address).into()),
        _ => return None,
    };
    let certificates = |all: &[Vec<u8>]| -> Vec<CertificateDer<'static>> {
        all.iter().cloned().map(CertificateDer::from).collect()
    };
    let (roots, presented) = (certificates(&octets.anchors), certificates(&octets.presented));
    let anchors: Result<Vec<TrustAnchor<'_>>, _> =
        roots.iter().map(anchor_from_trusted_cert).collect();
    let anchors = anchors.expect("anchors that load");
    let leaf = CertificateDer::from(&octets.leaf[..]);
    Some(EndEntityCert::try_from(&leaf).and_then(|leaf| {
        leaf.verify_for_usage(
            algorithms(signing),
            &anchors,
            &presented,
            now(),
            KeyUsage::server_auth(),
            None,
            None,
        )?;
        leaf.verify_is_valid_for_subject_name(&name)
    }))
}

fn ip(octets: &[u8]) -> IpAddr {
    <[u8; 4]>::try_from(octets)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .expect("4 or 16 octets")
}

fn algorithms(signing: Signing) -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    match signing {
        Signing::Stub => STUB,
        Signing::Real => lastmile::algorithms::RING,
    }
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()))
}
