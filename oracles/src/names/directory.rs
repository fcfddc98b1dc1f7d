//! directoryName: lists of relative names, each a set of typed strings.

use lastmile_testdata::der::tag;
use lastmile_testdata::directory_name::EMAIL_ADDRESS;

use super::Name;

/// A relative distinguished name: a set of attributes, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rdn(
    /// Its attributes.
    pub Vec<Attribute>,
);

/// One attribute of a relative name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribute {
    /// Its type, dotted.
    pub oid: &'static str,
    /// The tag of its string.
    pub tag: u8,
    /// The octets of its string.
    pub value: Vec<u8>,
}

/// What of a subject is held to constraints (RFC 5280 4.2.1.10): the subject unless it is empty,
/// and the mail addresses in it.
pub fn subject_names(subject: &[Rdn]) -> Vec<Name> {
    let whole = (!subject.is_empty()).then(|| Name::Directory(subject.to_vec()));
    let attributes = subject.iter().flat_map(|rdn| &rdn.0);
    let addresses = attributes.filter(|attribute| attribute.oid == EMAIL_ADDRESS);
    whole.into_iter().chain(addresses.map(|address| Name::Mail(address.value.clone()))).collect()
}

/// RFC 5280 4.1.2.4: a relative name is a set of one attribute or more.
pub(super) fn is_well_formed(rdns: &[Rdn]) -> bool {
    rdns.iter().all(|rdn| !rdn.0.is_empty())
}

/// The base's relative names stand first, octet by octet: RFC 5280 7.1 lets more be the same, so
/// nothing outside is let in.
pub(super) fn is_permitted_by(name: &[Rdn], base: &[Rdn]) -> bool {
    starts_with(name, base, |one, other| sorted(one) == sorted(other))
}

/// The base's relative names stand first, by RFC 5280 7.1, and whatever that cannot compare is
/// taken for the same: so nothing excluded is let in.
pub(super) fn is_excluded_by(name: &[Rdn], base: &[Rdn]) -> bool {
    starts_with(name, base, may_be_same_set)
}

fn starts_with(name: &[Rdn], base: &[Rdn], is_same: impl Fn(&Rdn, &Rdn) -> bool) -> bool {
    base.len() <= name.len() && name.iter().zip(base).all(|(one, other)| is_same(one, other))
}

fn sorted(rdn: &Rdn) -> Vec<Attribute> {
    let mut attributes = rdn.0.clone();
    attributes.sort();
    attributes
}

/// RFC 5280 7.1: as many attributes, and for each of the base's one that matches.
fn may_be_same_set(name: &Rdn, base: &Rdn) -> bool {
    let has = |wanted: &Attribute| name.0.iter().any(|one| may_be_same(one, wanted));
    // The one bound on work here that is not in any RFC: it errs on the side of refusal.
    base.0.len() > MOST_COMPARED || name.0.len() == base.0.len() && base.0.iter().all(has)
}

fn may_be_same(one: &Attribute, other: &Attribute) -> bool {
    let may_have_same_value = match (words(one), words(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    one.oid == other.oid && may_have_same_value
}

/// RFC 4518 2, for printable ASCII: without case, and blanks only where they part words. None of
/// what is beyond that, and of string types that RFC 5280 does not compare so: 7.1 has UTF8String
/// and PrintableString, 7.3 and 4.1.2.6 IA5String.
fn words(attribute: &Attribute) -> Option<Vec<String>> {
    let text = std::str::from_utf8(&attribute.value).ok()?;
    let is_compared = [tag::UTF8_STRING, tag::PRINTABLE_STRING, tag::IA5_STRING];
    let is_compared = is_compared.contains(&attribute.tag)
        && text.chars().all(|each| each == ' ' || each.is_ascii_graphic());
    let words = text.split(' ').filter(|word| !word.is_empty());
    is_compared.then(|| words.map(str::to_ascii_lowercase).collect())
}

/// Attributes of one relative name of a base that are compared.
const MOST_COMPARED: usize = 4;
