//! The engine, asked through its public API: certificates with the names in them.

use std::net::IpAddr;
use std::time::Duration;

use lastmile::ExpectedNames;
use lastmile::Rejection;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verified;
use lastmile::Verifier;
use lastmile_oracles::names;
use lastmile_oracles::names::Constraints;
use lastmile_oracles::names::Name;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension;
use lastmile_testdata::extension::Extension;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::keys;
use lastmile_testdata::stub::STUB;
use lastmile_testdata::time;

use crate::generate::Constrained;
use crate::generate::Distances;

/// What the engine says: the code, if it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused(&'static str),
}

impl From<Result<Verified<'_>, Box<Rejection>>> for Verdict {
    fn from(result: Result<Verified<'_>, Box<Rejection>>) -> Self {
        match result {
            Ok(_) => Self::Accepted,
            Err(rejection) => Self::Refused(rejection.reason().code()),
        }
    }
}

/// The expectation of this name alone, if the engine takes it.
pub(crate) fn expected(name: &Name) -> Option<ExpectedNames> {
    match name {
        Name::Dns(octets) => ExpectedNames::dns(std::str::from_utf8(octets).ok()?).ok(),
        Name::Uri(octets) => ExpectedNames::uri(std::str::from_utf8(octets).ok()?).ok(),
        Name::Ip(octets) => {
            let four = <[u8; 4]>::try_from(&octets[..]).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(&octets[..]).map(IpAddr::from));
            address.ok().map(ExpectedNames::ip)
        }
        _ => None,
    }
}

/// Whether a leaf that presents this name alone is taken for the expected one. It is itself in the
/// bundle, so that nothing else can be at fault.
pub(crate) fn matches(expected: ExpectedNames, presented: &Name) -> Verdict {
    let leaf = unsigned("leaf").names(&[presented.to_der()]).build(&keys::P256_A);
    let anchors = TrustAnchors::from_der([&leaf]).expect("the leaf is an anchor");
    let verifier = Verifier::builder_for(anchors, expected, STUB).build();
    Verdict::from(verifier.verify::<[u8; 0]>(&leaf, &[], now()))
}

/// Whether a leaf of these names and this subject is accepted below an anchor with these
/// constraints. Of the names one is expected.
pub(crate) fn judge(case: &Constrained, names: &[Name], expected: &Name) -> Verdict {
    let anchor = unsigned("anchor")
        .extension(extension::ca(None))
        .extension(constraints(&case.constraints, case.distances))
        .build(&keys::P256_A);
    let names = names.iter().map(Name::to_der).collect::<Vec<_>>();
    let leaf = unsigned("leaf")
        .subject(names::directory_name(&case.subject))
        .issuer(DirectoryName::cn("anchor"))
        .names(&names)
        .build(&keys::P256_A);
    let anchors = TrustAnchors::from_der([&anchor]).expect("an anchor");
    let expected = self::expected(expected).expect("a name to expect");
    let verifier = Verifier::builder_for(anchors, expected, STUB).build();
    Verdict::from(verifier.verify::<[u8; 0]>(&leaf, &[], now()))
}

/// A certificate that the stub takes for signed by its own key, and by every other here.
fn unsigned(subject: &str) -> CertificateBuilder {
    let key = &keys::P256_A;
    CertificateBuilder::new(DirectoryName::cn(subject))
        .serial(&[1])
        .spki(key.spki())
        .signature(key.bits())
}

fn constraints(constraints: &Constraints, (minimum, maximum): Distances) -> Extension {
    let (last, others) = match constraints.permitted.split_last() {
        Some((last, others)) => (Some(last), others),
        None => (None, &[][..]),
    };
    let permitted = others.iter().map(Name::to_der);
    let permitted = permitted.fold(NameConstraints::new(), NameConstraints::permitted);
    let permitted = last
        .map(Name::to_der)
        .into_iter()
        .fold(permitted, |constraints, last| constraints.permitted_between(last, minimum, maximum));
    let excluded = constraints.excluded.iter().map(Name::to_der);
    excluded.fold(permitted, NameConstraints::excluded).extension()
}

fn now() -> UnixTime {
    let seconds = u64::try_from(time::NOW).expect("after 1970");
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
