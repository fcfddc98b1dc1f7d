//! Name constraints on directory names, who is exempt from them, and forms that nobody implements.

use super::HOST;
use super::INTERMEDIATE;
use super::ROOT;
use super::accepted;
use super::constrained_names::excluded;
use super::constrained_names::name_excluded;
use super::constrained_names::not_permitted;
use super::constrained_names::permitted;
use super::constrained_names::unsupported;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::der::tag;
use crate::directory_name::COMMON_NAME;
use crate::directory_name::DirectoryName;
use crate::directory_name::ORGANIZATION;
use crate::directory_name::ORGANIZATIONAL_UNIT;
use crate::general_name::PRINCIPAL_NAME;
use crate::general_name::directory;
use crate::general_name::dns;
use crate::general_name::edi_party;
use crate::general_name::other;
use crate::general_name::registered_id;
use crate::general_name::x400;
use crate::keys;

pub(super) fn cases() -> Vec<Case> {
    [directories(), odd_directories(), self_issued(), unimplemented()].concat()
}

fn directories() -> Vec<Case> {
    let shop = || DirectoryName::new().organization("Shop");
    let in_shop = || shop().common_name(HOST);
    let typed = |string, value: &[u8]| DirectoryName::new().attribute(ORGANIZATION, string, value);
    vec![
        accepted("nc-directory-accepted", "The subject begins with the permitted name.")
            .subject(in_shop())
            .constraints(&permitted(directory(shop()))),
        not_permitted("nc-directory-other", "The subject begins with another name.")
            .subject(DirectoryName::new().organization("Stall").common_name(HOST))
            .constraints(&permitted(directory(shop()))),
        not_permitted("nc-directory-not-first", "The permitted name is not at the beginning.")
            .cve("CVE-2026-63577")
            .subject(DirectoryName::new().country("DE").organization("Shop"))
            .constraints(&permitted(directory(shop()))),
        not_permitted("nc-directory-one-rdn", "Two attributes of one RDN are not two RDNs.")
            .cve("CVE-2026-48057")
            .subject(DirectoryName::new().rdn(&[
                (ORGANIZATION, tag::UTF8_STRING, b"Shop"),
                (ORGANIZATIONAL_UNIT, tag::UTF8_STRING, b"Backend"),
            ]))
            .constraints(&permitted(directory(shop().organizational_unit("Backend")))),
        accepted("nc-directory-empty-subject-accepted", "An empty subject is not checked.")
            .subject(DirectoryName::new())
            .constraints(&permitted(directory(shop()))),
        not_permitted("nc-directory-in-names", "A directoryName among the names is outside.")
            .leaf(
                leaf()
                    .subject(in_shop())
                    .names(&[dns(HOST), directory(DirectoryName::new().organization("Stall"))]),
            )
            .constraints(&permitted(directory(shop()))),
        name_excluded("nc-directory-excluded", "The subject begins with the excluded name.")
            .subject(in_shop())
            .constraints(&excluded(directory(shop()))),
        accepted("nc-directory-excluded-accepted", "The subject begins with another name.")
            .subject(DirectoryName::new().organization("Stall").common_name(HOST))
            .constraints(&excluded(directory(shop()))),
        name_excluded("nc-directory-excluded-case", "Case and spaces do not get around it.")
            .subject(typed(tag::UTF8_STRING, b" sHOP  one ").attribute(
                COMMON_NAME,
                tag::UTF8_STRING,
                HOST.as_bytes(),
            ))
            .constraints(&excluded(directory(typed(tag::UTF8_STRING, b"Shop One")))),
        name_excluded("nc-directory-excluded-printable", "The string type does not get around it.")
            .subject(typed(tag::PRINTABLE_STRING, b"Shop"))
            .constraints(&excluded(directory(shop()))),
        not_permitted("nc-directory-permitted-case", "Permitted is what has the same octets.")
            .subject(typed(tag::UTF8_STRING, b"SHOP"))
            .constraints(&permitted(directory(shop()))),
        not_permitted("nc-directory-permitted-printable", "The same text, of another string type.")
            .subject(typed(tag::PRINTABLE_STRING, b"Shop"))
            .constraints(&permitted(directory(shop()))),
        name_excluded("nc-directory-excluded-bmp", "A string type nobody folds counts as a match.")
            .subject(typed(tag::BMP_STRING, b"\0S\0t\0a\0l\0l"))
            .constraints(&excluded(directory(shop()))),
    ]
}

fn odd_directories() -> Vec<Case> {
    let unit = (ORGANIZATIONAL_UNIT, tag::UTF8_STRING, &b"Backend"[..]);
    let organization = (ORGANIZATION, tag::UTF8_STRING, &b"Shop"[..]);
    let both = || DirectoryName::new().rdn(&[organization, unit]);
    let broken = || der::explicit(4, &[der::set(&[der::null()])]);
    vec![
        name_excluded(
            "nc-directory-excluded-one-rdn",
            "Subject and excluded name have one RDN of the same two attributes.",
        )
        .subject(both())
        .constraints(&excluded(directory(both()))),
        name_excluded(
            "nc-directory-excluded-disorder",
            "The two attributes are in the order that DER does not sort them in.",
        )
        .leaf(leaf().subject(in_disorder(both())))
        .constraints(&excluded(directory(both()))),
        accepted(
            "nc-directory-excluded-one-rdn-accepted",
            "The subject has only one of the two attributes of the excluded RDN.",
        )
        .subject(DirectoryName::new().organization("Shop"))
        .constraints(&excluded(directory(both()))),
        accepted(
            "nc-directory-one-rdn-accepted",
            "The permitted name has one RDN, as the subject.",
        )
        .subject(both())
        .constraints(&permitted(directory(both()))),
        unsupported("nc-directory-base", "The subtree is no Name, and there is a subject.")
            .constraints(&excluded(broken())),
        accepted("nc-directory-base-accepted", "The subtree is no Name, and the subject is empty.")
            .subject(DirectoryName::new())
            .constraints(&excluded(broken())),
        accepted("nc-directory-everything-accepted", "The empty name permits every other.")
            .constraints(&permitted(directory(DirectoryName::new()))),
        name_excluded("nc-directory-everything", "The empty name excludes every other.")
            .constraints(&excluded(directory(DirectoryName::new()))),
    ]
}

/// The name of one RDN, whose two attributes change places.
fn in_disorder(name: DirectoryName) -> Vec<u8> {
    let name = Vec::from(name);
    let rdn =
        der::Reader::new(&name).enter(tag::SEQUENCE).and_then(|mut rdns| rdns.enter(tag::SET));
    let mut rdn = rdn.expect("a name of one RDN");
    let mut attribute = || rdn.expect(tag::SEQUENCE).expect("an attribute");
    let (first, second) = (attribute(), attribute());
    let attributes = [der::tlv(tag::SEQUENCE, second), der::tlv(tag::SEQUENCE, first)].concat();
    der::sequence(&[der::tlv(tag::SET, &attributes)])
}

fn self_issued() -> Vec<Case> {
    // The first authority permits names of the shop, and its own is not one: constraints are for
    // what is below.
    let below = |second: DirectoryName| {
        let shop = DirectoryName::new().organization("Shop");
        let first =
            ROOT.subordinate(DirectoryName::new().organization("Trust"), &keys::P256_D, |first| {
                first.extension(permitted(directory(shop.clone())).extension())
            });
        let second = first.subordinate(second, &keys::P256_E, |second| second);
        let leaf = second.issue(leaf().subject(shop.clone().common_name(HOST)));
        [leaf, second.certificate, first.certificate]
    };
    vec![
        accepted(
            "nc-self-issued-accepted",
            "A self-issued authority is exempt from constraints on its own name.",
        )
        .chain(below(DirectoryName::new().organization("Trust"))),
        refused(
            "nc-self-issued",
            "An authority of another name, outside the constraints, is not exempt.",
            "name-not-permitted",
            At::Certificate(1),
        )
        .chain(below(DirectoryName::new().organization("Thrust"))),
        not_permitted(
            "nc-self-issued-leaf",
            "A self-issued leaf is not exempt (RFC 5280 6.1.3 b).",
        )
        .leaf(leaf().subject(INTERMEDIATE.name.clone()))
        .constraints(&permitted(dns("example.org"))),
        accepted("nc-self-issued-leaf-accepted", "A self-issued leaf, whose name is permitted.")
            .leaf(leaf().subject(INTERMEDIATE.name.clone()))
            .constraints(&permitted(dns("example.com"))),
    ]
}

fn unimplemented() -> Vec<Case> {
    let principal =
        |name: &str| other(PRINCIPAL_NAME, &der::tlv(tag::UTF8_STRING, name.as_bytes()));
    vec![
        unsupported("nc-other-name", "An otherName below a constraint on otherNames.")
            .cve("CVE-2022-4203")
            .beside(principal("backend@example.com"))
            .constraints(&permitted(principal("example.com"))),
        accepted("nc-other-name-accepted", "A constraint on otherNames, and no otherName below.")
            .constraints(&permitted(principal("example.com"))),
        accepted(
            "nc-other-name-unconstrained-accepted",
            "An otherName, and no constraint on them.",
        )
        .beside(principal("backend@example.com"))
        .constraints(&permitted(dns("example.com"))),
        unsupported("nc-registered-id", "A registeredID below a constraint on them.")
            .beside(registered_id("1.3.6.1.4.1.55555.2"))
            .constraints(&excluded(registered_id("1.3.6.1.4.1.55555.3"))),
        accepted("nc-registered-id-accepted", "A constraint on registeredIDs, and none below.")
            .constraints(&excluded(registered_id("1.3.6.1.4.1.55555.3"))),
        unsupported("nc-edi-party", "An ediPartyName below a constraint on them.")
            .cve("CVE-2020-1971")
            .beside(edi_party("backend"))
            .constraints(&permitted(edi_party("shop"))),
        accepted("nc-edi-party-accepted", "A constraint on ediPartyNames, and none below.")
            .constraints(&permitted(edi_party("shop"))),
        unsupported("nc-x400", "An x400Address below a constraint on them.")
            .cve("CVE-2023-0286")
            .beside(x400(&[]))
            .constraints(&excluded(x400(&[]))),
        accepted("nc-x400-accepted", "A constraint on x400Addresses, and none below.")
            .constraints(&excluded(x400(&[]))),
        unsupported("nc-other-name-not-critical", "The same, and the constraints not critical.")
            .beside(principal("backend@example.com"))
            .intermediate(
                super::intermediate()
                    .extension(permitted(principal("example.com")).extension().not_critical()),
            ),
    ]
}
