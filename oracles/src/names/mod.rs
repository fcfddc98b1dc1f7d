//! Names and name constraints, written from the RFCs: slow, and meant to be seen right in one read.
//!
//! Names are lists of words, and a wildcard is the set of the names that it stands for; every
//! question is asked of each of them. Nothing here knows how the engine does it.

use std::collections::BTreeSet;

use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::general_name;

mod directory;
mod dns;
mod ip;
mod mail;
mod shown;
mod uri;

pub use directory::Attribute;
pub use directory::Rdn;
pub use directory::subject_names;
pub use shown::List;

/// A GeneralName (RFC 5280 4.2.1.6), with the octets as they stand in a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A dNSName.
    Dns(Vec<u8>),
    /// A uniformResourceIdentifier.
    Uri(Vec<u8>),
    /// An rfc822Name.
    Mail(Vec<u8>),
    /// An iPAddress: 4 or 16 octets; as the base of a subtree, 8 or 32.
    Ip(Vec<u8>),
    /// A directoryName.
    Directory(Vec<Rdn>),
    /// An otherName, which no one here understands.
    Other,
    /// An x400Address, likewise.
    X400,
    /// An ediPartyName, likewise.
    EdiParty,
    /// A registeredID, likewise.
    RegisteredId,
}

impl Name {
    /// The GeneralName in DER.
    pub fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Dns(octets) => general_name::dns(octets),
            Self::Uri(octets) => general_name::uri(octets),
            Self::Mail(octets) => general_name::email(octets),
            Self::Ip(octets) => general_name::ip_octets(octets),
            Self::Directory(rdns) => general_name::directory(directory_name(rdns)),
            Self::Other => general_name::other(general_name::PRINCIPAL_NAME, &[0x0c, 0x01, b'a']),
            Self::X400 => general_name::x400(&[0x30, 0x00]),
            Self::EdiParty => general_name::edi_party("a"),
            Self::RegisteredId => general_name::registered_id("1.2.3.4"),
        }
    }

    /// Whether both are the same alternative of the CHOICE.
    pub fn is_of_the_form_of(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// The name in the writer's words: as a subject, it is a Name without the GeneralName around it.
pub fn directory_name(rdns: &[Rdn]) -> DirectoryName {
    rdns.iter().fold(DirectoryName::new(), |name, rdn| {
        let attributes = rdn.0.iter().map(|one| (one.oid, one.tag, &one.value[..]));
        name.rdn(&attributes.collect::<Vec<_>>())
    })
}

/// Whether a policy may expect this name.
///
/// A DNS name is a host name, or `*.` before one; a URI is visible ASCII, with a scheme and
/// something after it; an address has 4 or 16 octets. No other form can be expected.
pub fn can_be_expected(name: &Name) -> bool {
    match name {
        Name::Dns(octets) => dns::can_be_expected(octets),
        Name::Uri(octets) => uri::can_be_expected(octets),
        Name::Ip(octets) => ip::is_address(octets),
        _ => false,
    }
}

/// Whether `presented` is the name that a policy expects, which [`can_be_expected`].
///
/// Names of different forms are never the same (RFC 9525 6.1).
pub fn matches(expected: &Name, presented: &Name) -> bool {
    match (expected, presented) {
        (Name::Dns(expected), Name::Dns(presented)) => dns::matches(expected, presented),
        // The whole value, as it stands: simple string comparison (RFC 3986 6.2.1).
        (Name::Uri(expected), Name::Uri(presented)) => expected == presented,
        (Name::Ip(expected), Name::Ip(presented)) => expected == presented,
        _ => false,
    }
}

/// The nameConstraints of one CA (RFC 5280 4.2.1.10): the bases of its subtrees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints {
    /// permittedSubtrees.
    pub permitted: Vec<Name>,
    /// excludedSubtrees.
    pub excluded: Vec<Name>,
    /// Whether any subtree has a minimum other than 0, or a maximum.
    pub distances: bool,
}

/// Why a name may not stand in a certificate below a constraining CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The name is not well formed, so nobody can say whether it is inside a subtree.
    MalformedName,
    /// It is in no permitted subtree, and there are some for its form.
    NotPermitted,
    /// It is in an excluded subtree.
    Excluded,
    /// A subtree that cannot be processed: of a form that is not implemented, with a base that is
    /// not well formed, or with distances.
    NotSupported,
}

impl Fault {
    /// The code of the reason that the engine should give.
    pub fn code(self) -> &'static str {
        match self {
            Self::MalformedName => "malformed-name",
            Self::NotPermitted => "name-not-permitted",
            Self::Excluded => "name-excluded",
            Self::NotSupported => "name-constraint-not-supported",
        }
    }
}

/// All faults of the names of one certificate under the constraints of one CA; none if it may pass.
///
/// What of a subject is a name here, [`subject_names`] says. An engine reports one fault, and any
/// of these will do: which comes first is its own affair.
pub fn judge(names: &[Name], constraints: &Constraints) -> BTreeSet<Fault> {
    // 4.2.1.10: minimum and maximum are not used; a verifier that meets them processes them or
    // rejects the certificate.
    let distances = constraints.distances.then_some(Fault::NotSupported);
    names.iter().flat_map(|name| judge_name(name, constraints)).chain(distances).collect()
}

fn judge_name(name: &Name, constraints: &Constraints) -> BTreeSet<Fault> {
    let of_its_form = |bases: &[Name]| -> Vec<Name> {
        bases.iter().filter(|base| base.is_of_the_form_of(name)).cloned().collect()
    };
    let permitted = of_its_form(&constraints.permitted);
    let excluded = of_its_form(&constraints.excluded);
    if permitted.is_empty() && excluded.is_empty() {
        return BTreeSet::new();
    }
    let mut faults = BTreeSet::new();
    if !permitted.iter().chain(&excluded).all(is_well_formed_base) {
        faults.insert(Fault::NotSupported);
    }
    if !is_well_formed(name) {
        // Of a form that is not implemented, there is no knowing.
        let known = permitted.iter().chain(&excluded).any(is_well_formed_base);
        faults.insert(if known { Fault::MalformedName } else { Fault::NotSupported });
        return faults;
    }
    // RFC 5280 6.1.3 (b)
    if !permitted.is_empty() && !permitted.iter().any(|base| is_permitted_by(name, base)) {
        faults.insert(Fault::NotPermitted);
    }
    // RFC 5280 6.1.3 (c)
    if excluded.iter().any(|base| is_excluded_by(name, base)) {
        faults.insert(Fault::Excluded);
    }
    faults
}

/// Whether the presented name is one that can be compared with a subtree.
fn is_well_formed(name: &Name) -> bool {
    match name {
        Name::Dns(octets) => dns::presented(octets).is_some(),
        Name::Uri(octets) => uri::host(octets).is_some(),
        Name::Mail(octets) => mail::mailbox(octets).is_some(),
        Name::Ip(octets) => ip::is_address(octets),
        Name::Directory(rdns) => directory::is_well_formed(rdns),
        Name::Other | Name::X400 | Name::EdiParty | Name::RegisteredId => false,
    }
}

/// Whether names can be compared with the subtree of this base.
fn is_well_formed_base(base: &Name) -> bool {
    match base {
        Name::Dns(octets) => dns::subtree(octets).is_some(),
        Name::Uri(octets) => uri::subtree(octets).is_some(),
        Name::Mail(octets) => mail::subtree(octets).is_some(),
        Name::Ip(octets) => ip::subtree(octets).is_some(),
        Name::Directory(rdns) => directory::is_well_formed(rdns),
        Name::Other | Name::X400 | Name::EdiParty | Name::RegisteredId => false,
    }
}

/// Whether all that the name stands for is surely inside.
fn is_permitted_by(name: &Name, base: &Name) -> bool {
    match (name, base) {
        (Name::Dns(name), Name::Dns(base)) => dns::is_permitted_by(name, base),
        (Name::Uri(name), Name::Uri(base)) => uri::is_permitted_by(name, base),
        (Name::Mail(name), Name::Mail(base)) => mail::is_permitted_by(name, base),
        (Name::Ip(name), Name::Ip(base)) => ip::is_inside(name, base),
        (Name::Directory(name), Name::Directory(base)) => directory::is_permitted_by(name, base),
        _ => false,
    }
}

/// Whether anything that the name stands for may be inside.
fn is_excluded_by(name: &Name, base: &Name) -> bool {
    match (name, base) {
        (Name::Dns(name), Name::Dns(base)) => dns::is_excluded_by(name, base),
        (Name::Uri(name), Name::Uri(base)) => uri::is_excluded_by(name, base),
        (Name::Mail(name), Name::Mail(base)) => mail::is_excluded_by(name, base),
        (Name::Ip(name), Name::Ip(base)) => ip::is_inside(name, base),
        (Name::Directory(name), Name::Directory(base)) => directory::is_excluded_by(name, base),
        _ => false,
    }
}
