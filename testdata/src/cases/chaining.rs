//! How an issuer is found: by its name, octet by octet; key identifiers are hints.

use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::der::tag;
use crate::directory_name::COMMON_NAME;
use crate::directory_name::DirectoryName;
use crate::extension::AUTHORITY_KEY_ID;
use crate::extension::Extension;
use crate::extension::SUBJECT_KEY_ID;
use crate::extension::authority_key_id;
use crate::extension::subject_key_id;
use crate::keys;

pub(super) fn cases() -> Vec<Case> {
    [by_name(), hints()].concat()
}

fn by_name() -> Vec<Case> {
    let other = |name, about, issuer: DirectoryName| {
        let leaf = leaf().issued_by(&INTERMEDIATE).issuer(issuer).build(&INTERMEDIATE.key);
        refused(name, about, "unknown-issuer", At::Certificate(0))
            .chain([leaf, INTERMEDIATE.certificate.clone()])
    };
    let typed =
        |string, name: &str| DirectoryName::new().attribute(COMMON_NAME, string, name.as_bytes());
    let nameless = ROOT.subordinate(DirectoryName::new(), &keys::P256_D, |authority| authority);
    vec![
        accepted("chained-accepted", "The leaf's issuer is the intermediate's subject."),
        other(
            "chained-by-case",
            "The leaf names its issuer in other letters, which RFC 5280 7.1 would fold.",
            DirectoryName::cn("EXAMPLE Intermediate"),
        ),
        other(
            "chained-by-spaces",
            "The leaf names its issuer with a space more, which RFC 5280 7.1 would fold.",
            DirectoryName::cn("Example  Intermediate"),
        ),
        other(
            "chained-by-string-type",
            "The leaf names its issuer in a PrintableString, the issuer itself in a UTF8String.",
            typed(tag::PRINTABLE_STRING, "Example Intermediate"),
        ),
        accepted("chained-without-name-accepted", "Issuer and subject are the empty name.")
            .chain([nameless.issue(leaf()), nameless.certificate]),
    ]
}

fn hints() -> Vec<Case> {
    let with_hint = |case: Case, hint: Extension| {
        let leaf = leaf().issued_by(&INTERMEDIATE).extension(hint).build(&INTERMEDIATE.key);
        case.chain([leaf, INTERMEDIATE.certificate.clone()])
    };
    vec![
        with_hint(
            accepted("key-id-other-accepted", "The authorityKeyIdentifier is of another key."),
            authority_key_id(&keys::P256_D.id()),
        ),
        with_hint(
            accepted("key-id-malformed-accepted", "The authorityKeyIdentifier is no DER."),
            Extension::new(AUTHORITY_KEY_ID, vec![0x30, 0x7f, 0x80]),
        ),
        with_hint(
            accepted("key-id-empty-accepted", "The authorityKeyIdentifier is of no octets."),
            authority_key_id(&[]),
        ),
        accepted("key-id-missing-accepted", "Nobody has a key identifier.")
            .chain([
                leaf().issuer(INTERMEDIATE.name.clone()).build(&INTERMEDIATE.key),
                intermediate().issuer(ROOT.name.clone()).without(SUBJECT_KEY_ID).build(&ROOT.key),
            ])
            .root(|root| root.without(SUBJECT_KEY_ID)),
        refused(
            "key-id-missing",
            "The anchor has the issuer's key identifier and another name: it issued nothing.",
            "unknown-issuer",
            At::Certificate(1),
        )
        .anchors([Authority::self_signed(
            DirectoryName::cn("Other Root"),
            &keys::P256_D,
            |root| root.extension(subject_key_id(&ROOT.key.id())),
        )
        .certificate]),
    ]
}
