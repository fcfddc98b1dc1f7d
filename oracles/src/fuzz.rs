//! What the fuzz targets do with octets; a test does the same with the seeds.

use std::sync::LazyLock;
use std::time::Duration;

use lastmile::At;
use lastmile::Certificate;
use lastmile::ExpectedNames;
use lastmile::NameForm;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile::Version;
use lastmile::algorithms::RING;
use lastmile::inspect;
use lastmile::pem;
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;
use x509_parser::asn1_rs::Sequence;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OID_X509_EXT_CRL_DISTRIBUTION_POINTS;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::X509Certificate;

use crate::compare;
use crate::generate;
use crate::tree;
use crate::tree::NOW;
use crate::tree::Signing;

/// A tree that stands for the octets, before lastmile, the model and webpki.
///
/// # Panics
///
/// When nothing explains a difference between them.
pub fn chain(octets: &[u8]) {
    let tree = generate::tree(octets);
    if let Err(difference) = compare::tree(&tree, Signing::Stub, PATIENCE) {
        panic!("{difference}\n{tree:#?}");
    }
}

/// Octets in every place where a certificate or a bundle may stand.
///
/// # Panics
///
/// When octets that nobody signed are accepted without being trusted themselves, when a text has
/// octets in it that a terminal obeys, or when another parser reads a certificate otherwise.
pub fn certificate(octets: &[u8]) {
    as_text(octets);
    as_presented(octets);
    as_anchor(octets);
    if let Ok(certificate) = Certificate::from_der(octets) {
        inspected(&certificate);
        let named = certificate.check_names().is_ok();
        if named {
            let theirs = read_by_x509_parser(octets);
            same_values(&certificate, &theirs);
            read_by_webpki(octets, &certificate, &theirs);
        }
    }
}

fn as_text(octets: &[u8]) {
    for block in pem::blocks(octets) {
        if let Err(invalid) = block.and_then(|block| block.decode()) {
            one_line(&invalid.to_string());
        }
    }
    let bundle = TrustAnchors::from_pem_lenient(octets);
    for fault in bundle.faults().iter().chain(bundle.warnings()) {
        one_line(&fault.to_string());
    }
    let strict = TrustAnchors::from_pem(octets);
    assert_eq!(strict.is_ok(), bundle.anchors().is_some() && bundle.faults().is_empty());
    if let Err(invalid) = strict {
        one_line(&invalid.to_string());
    }
}

/// As leaf and as issuer, below an anchor that signed neither.
fn as_presented(octets: &[u8]) {
    let presented = [octets, &SOUND.presented[0], octets];
    match VERIFIER.verify(octets, &presented, now()) {
        Ok(verified) => panic!("nobody signed {verified}"),
        Err(rejection) => printable(&rejection.explanation().to_string()),
    }
    match VERIFIER.verify(&SOUND.leaf, &presented, now()) {
        Ok(verified) => assert_eq!(verified.path().len(), 3, "another path than the sound one"),
        Err(rejection) => panic!("a stranger beside a sound chain: {}", rejection.explanation()),
    }
}

/// As the whole bundle: trusted as itself, and by nobody else's signature.
fn as_anchor(octets: &[u8]) {
    let bundle = TrustAnchors::from_der_lenient([octets]);
    bundle.faults().iter().chain(bundle.warnings()).for_each(|fault| one_line(&fault.to_string()));
    let Some(anchors) = bundle.anchors() else { return };
    let verifier = Verifier::builder_for(anchors.clone(), NAMES.clone(), RING).build();
    match verifier.verify(octets, &[] as &[&[u8]], now()) {
        Ok(verified) => {
            assert_eq!(verified.leaf().der(), octets);
            assert_eq!(verified.leaf().version(), Version::V3);
            assert!(verified.leaf().validity().contains(NOW));
            printable(&verified.to_string());
        }
        Err(rejection) => printable(&rejection.explanation().to_string()),
    }
    match verifier.verify(&SOUND.leaf, &SOUND.presented, now()) {
        // Only the key counts that signed.
        Ok(verified) => printable(&verified.to_string()),
        Err(rejection) => printable(&rejection.explanation().to_string()),
    }
}

fn inspected(certificate: &Certificate<'_>) {
    let at = At::Certificate(0);
    let as_leaf = inspect::leaf_findings(certificate, at, now(), RING);
    let as_issuer = inspect::issuer_findings(certificate, at, now(), RING);
    as_leaf.iter().chain(&as_issuer).for_each(|finding| one_line(&finding.to_string()));
    for name in certificate.presented_names().iter().flat_map(|names| names.iter()) {
        one_line(&name.to_string());
    }
    for name in [certificate.subject_name(), certificate.issuer_name()].into_iter().flatten() {
        one_line(&name.to_string());
    }
}

/// What lastmile reads, webpki reads too, but for what it does not take at all.
fn read_by_webpki(octets: &[u8], certificate: &Certificate<'_>, theirs: &X509Certificate<'_>) {
    let der = CertificateDer::from(octets);
    let Err(error) = EndEntityCert::try_from(&der) else { return };
    let explained = match error {
        // lastmile reads them, and refuses them when it judges.
        webpki::Error::UnsupportedCertVersion => certificate.version() != Version::V3,
        webpki::Error::UnsupportedCriticalExtension => theirs
            .extensions()
            .iter()
            .any(|one| one.critical && !READ_BY_WEBPKI.contains(&one.oid.to_id_string().as_str())),
        // RFC 5280 4.1.2.8: applications should be able to parse them.
        webpki::Error::TrailingData(_) => {
            theirs.issuer_uid.is_some() || theirs.subject_uid.is_some()
        }
        // cRLDistributionPoints are not read here, so long as there are no CRLs.
        webpki::Error::BadDer => theirs.extensions().iter().any(|extension| {
            extension.oid == OID_X509_EXT_CRL_DISTRIBUTION_POINTS
                && !matches!(Sequence::from_der(extension.value), Ok(([], _)))
        }),
        _ => false,
    };
    assert!(explained, "webpki does not read it: {error:?}");
}

/// keyUsage, subjectAltName, basicConstraints, nameConstraints, cRLDistributionPoints and
/// extKeyUsage.
const READ_BY_WEBPKI: [&str; 6] =
    ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.37"];

/// What lastmile reads, x509-parser reads too.
fn read_by_x509_parser(octets: &[u8]) -> X509Certificate<'_> {
    match X509Certificate::from_der(octets) {
        Ok(([], parsed)) => parsed,
        Ok((rest, _)) => panic!("x509-parser leaves {} octets", rest.len()),
        Err(error) => panic!("x509-parser does not read it: {error:?}"),
    }
}

fn same_values(certificate: &Certificate<'_>, parsed: &X509Certificate<'_>) {
    let version = match certificate.version() {
        Version::V1 => 0,
        Version::V2 => 1,
        Version::V3 => 2,
    };
    assert_eq!(parsed.version().0, version);
    assert_eq!(parsed.raw_serial(), certificate.serial());
    assert_eq!(parsed.validity().not_before.timestamp(), certificate.validity().not_before());
    assert_eq!(parsed.validity().not_after.timestamp(), certificate.validity().not_after());
    assert!(parsed.public_key().raw.ends_with(certificate.subject_public_key_info()));
    let is_self_issued = parsed.subject().as_raw() == parsed.issuer().as_raw();
    assert_eq!(is_self_issued, certificate.is_self_issued());
    // A pathLenConstraint of more than 32 bits is nothing to x509-parser.
    if let Ok(Some(basic_constraints)) = parsed.basic_constraints() {
        assert_eq!(basic_constraints.value.ca, certificate.is_ca());
    }
    if let Ok(Some(names)) = parsed.subject_alternative_name() {
        same_names(&names.value.general_names, certificate);
    }
}

/// Those that both keep as they stand.
fn same_names(theirs: &[GeneralName<'_>], certificate: &Certificate<'_>) {
    let theirs = theirs.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((NameForm::Dns, name.as_bytes())),
        GeneralName::RFC822Name(name) => Some((NameForm::Rfc822, name.as_bytes())),
        GeneralName::URI(name) => Some((NameForm::Uri, name.as_bytes())),
        GeneralName::IPAddress(name) => Some((NameForm::IpAddress, *name)),
        _ => None,
    });
    let ours = certificate.presented_names().expect("they were checked");
    let ours = ours.iter().map(|name| (name.form(), name.value()));
    let ours = ours.filter(|(form, value)| match form {
        NameForm::IpAddress => true,
        // x509-parser takes UTF-8, and keeps the others as invalid.
        NameForm::Dns | NameForm::Rfc822 | NameForm::Uri => std::str::from_utf8(value).is_ok(),
        _ => false,
    });
    assert!(ours.eq(theirs), "other names");
}

/// A text of one line, with nothing in it that a terminal obeys, or that hides what stands there.
fn one_line(text: &str) {
    assert!(!text.contains('\n'), "a line of somebody else's: {text:?}");
    printable(text);
}

/// The same of several lines.
fn printable(text: &str) {
    let is_hidden = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    assert_eq!(text.chars().find(is_hidden), None, "{text:?}");
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()))
}

/// A sound tree: root, intermediate, leaf.
static SOUND: LazyLock<tree::Octets> =
    LazyLock::new(|| generate::tree(&[0, 0, 1]).octets(Signing::Real));

/// A fuzzer would find the trees that have the most paths, and look at little else.
const PATIENCE: u32 = 200;

static NAMES: LazyLock<ExpectedNames> =
    LazyLock::new(|| ExpectedNames::dns("a.shop.test").expect("a name"));

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let anchors = TrustAnchors::from_der(&SOUND.anchors).expect("an anchor");
    Verifier::builder_for(anchors, NAMES.clone(), RING).build()
});
