//! Name constraints on URIs, addresses, mailboxes, directory names, and forms nobody implements.

use super::HOST;
use super::ROOT;
use super::accepted;
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
use crate::extension::NameConstraints;
use crate::general_name::PRINCIPAL_NAME;
use crate::general_name::directory;
use crate::general_name::dns;
use crate::general_name::email;
use crate::general_name::ip;
use crate::general_name::ip_octets;
use crate::general_name::ip_subnet;
use crate::general_name::other;
use crate::general_name::registered_id;
use crate::general_name::uri;
use crate::keys;

pub(super) fn cases() -> Vec<Case> {
    [uris(), addresses(), mailboxes(), directories(), self_issued(), unimplemented()].concat()
}

fn uris() -> Vec<Case> {
    let good = || permitted(uri("good.example.com"));
    vec![
        accepted("nc-uri-accepted", "The URI's host is the permitted one.")
            .beside(uri("https://good.example.com/x"))
            .constraints(&good()),
        accepted("nc-uri-port-accepted", "A port follows the permitted host.")
            .beside(uri("https://good.example.com:8443/x"))
            .constraints(&good()),
        accepted("nc-uri-user-accepted", "A user stands before the permitted host.")
            .beside(uri("https://user@good.example.com/x"))
            .constraints(&good()),
        not_permitted("nc-uri-user", "The permitted host is only the user before another.")
            .beside(uri("https://good.example.com@bad.example.com/"))
            .constraints(&good()),
        not_permitted("nc-uri-subdomain", "Without a leading dot a URI constraint is one host.")
            .cve("CVE-2026-78665")
            .beside(uri("https://sub.good.example.com/"))
            .constraints(&good()),
        accepted("nc-uri-dot-accepted", "With a leading dot it is the hosts below.")
            .beside(uri("https://sub.good.example.com/"))
            .constraints(&permitted(uri(".good.example.com"))),
        not_permitted("nc-uri-dot", "With a leading dot it is not the domain itself.")
            .beside(uri("https://good.example.com/"))
            .constraints(&permitted(uri(".good.example.com"))),
        not_permitted("nc-uri-host-in-path", "The permitted host is in the path.")
            .beside(uri("https://bad.example.com/good.example.com"))
            .constraints(&good()),
        name_excluded("nc-uri-excluded", "The URI's host is excluded.")
            .cve("RUSTSEC-2026-0098")
            .beside(uri("https://bad.example.com/"))
            .constraints(&excluded(uri("bad.example.com"))),
        accepted("nc-uri-excluded-accepted", "The URI's host is another than the excluded one.")
            .beside(uri("https://good.example.com/"))
            .constraints(&excluded(uri("bad.example.com"))),
        accepted("nc-uri-spiffe-accepted", "The trust domain is permitted as a host.")
            .beside(uri("spiffe://cluster.local/ns/shop/sa/backend"))
            .constraints(&permitted(uri("cluster.local"))),
        malformed("nc-uri-zone", "The permitted host is the zone of an IPv6 address.")
            .cve("CVE-2024-45341")
            .beside(uri("https://[fe80::1%25good.example.com]/"))
            .constraints(&good()),
        malformed("nc-uri-address", "The host is an address, which no constraint can hold.")
            .beside(uri("https://192.0.2.7/"))
            .constraints(&good()),
        malformed("nc-uri-without-host", "The URI has no host.")
            .beside(uri("urn:uuid:7a9d6a4b-90c1-4a44-a8c0-0d1c7d4b9d11"))
            .constraints(&good()),
        accepted("nc-uri-without-host-accepted", "The URI has no host, and nothing constrains it.")
            .beside(uri("urn:uuid:7a9d6a4b-90c1-4a44-a8c0-0d1c7d4b9d11"))
            .constraints(&permitted(dns("example.com"))),
    ]
}

fn addresses() -> Vec<Case> {
    let ten = || ip_subnet("10.0.0.0", "255.0.0.0");
    vec![
        accepted("nc-ip-accepted", "The address is inside the permitted network.")
            .beside(ip("10.1.2.3"))
            .constraints(&permitted(ten())),
        not_permitted("nc-ip-outside", "The address is outside the permitted network.")
            .beside(ip("192.0.2.7"))
            .constraints(&permitted(ten())),
        not_permitted("nc-ip-other-family", "An IPv6 address below a permitted IPv4 network.")
            .beside(ip("2001:db8::7"))
            .constraints(&permitted(ten())),
        accepted("nc-ip-six-accepted", "The IPv6 address is inside the permitted network.")
            .beside(ip("2001:db8::7"))
            .constraints(&permitted(ip_subnet("2001:db8::", "ffff:ffff::"))),
        not_permitted("nc-ip-six", "The IPv6 address is outside the permitted network.")
            .beside(ip("2001:db9::7"))
            .constraints(&permitted(ip_subnet("2001:db8::", "ffff:ffff::"))),
        name_excluded("nc-ip-excluded", "The address is inside the excluded network.")
            .cve("CVE-2026-7532")
            .beside(ip("10.1.2.3"))
            .constraints(&excluded(ten())),
        accepted("nc-ip-excluded-accepted", "The address is outside the excluded network.")
            .beside(ip("192.0.2.7"))
            .constraints(&excluded(ten())),
        malformed("nc-ip-five-octets", "Below a constraint the address has five octets.")
            .beside(ip_octets(&[10, 1, 2, 3, 4]))
            .constraints(&excluded(ip_subnet("192.0.2.0", "255.255.255.0"))),
        accepted("nc-ip-five-octets-accepted", "The address has five octets, unconstrained.")
            .beside(ip_octets(&[10, 1, 2, 3, 4])),
        unsupported("nc-ip-base", "The subtree has five octets, and there is an address below.")
            .beside(ip("10.1.2.3"))
            .constraints(&excluded(ip_octets(&[192, 0, 2, 7, 255]))),
        accepted("nc-ip-base-accepted", "The subtree has five octets, and no address is below.")
            .constraints(&excluded(ip_octets(&[192, 0, 2, 7, 255]))),
    ]
}

fn mailboxes() -> Vec<Case> {
    let two = || permitted(email("ann@example.com")).permitted(email("ann@example.org"));
    let in_subject = |case: Case, mailbox| {
        case.leaf(leaf().subject(DirectoryName::cn(HOST).email(mailbox)))
            .constraints(&permitted(email("example.com")))
    };
    vec![
        accepted("nc-email-accepted", "The mailbox is on the permitted host.")
            .beside(email("ops@example.com"))
            .constraints(&permitted(email("example.com"))),
        not_permitted("nc-email-other-host", "The mailbox is on another host.")
            .beside(email("ops@example.org"))
            .constraints(&permitted(email("example.com"))),
        not_permitted("nc-email-subdomain", "Without a leading dot the constraint is one host.")
            .cve("CVE-2026-78664")
            .beside(email("ops@sub.example.com"))
            .constraints(&permitted(email("example.com"))),
        accepted("nc-email-dot-accepted", "With a leading dot it is the hosts below.")
            .beside(email("ops@sub.example.com"))
            .constraints(&permitted(email(".example.com"))),
        name_excluded("nc-email-excluded", "The mailbox itself is excluded.")
            .beside(email("ops@example.com"))
            .constraints(&excluded(email("ops@example.com"))),
        accepted("nc-email-excluded-accepted", "Another mailbox is excluded.")
            .beside(email("ops@example.com"))
            .constraints(&excluded(email("ann@example.com"))),
        accepted("nc-email-two-accepted", "The first of two mailboxes with one local part.")
            .cve("CVE-2026-27137")
            .beside(email("ann@example.com"))
            .constraints(&two()),
        not_permitted("nc-email-two", "Neither of two mailboxes with one local part.")
            .beside(email("ann@example.net"))
            .constraints(&two()),
        malformed("nc-email-two-at-signs", "Below a constraint the mailbox has two at signs.")
            .beside(email("ops@example.org@example.com"))
            .constraints(&permitted(email("example.com"))),
        malformed("nc-email-no-at-sign", "Below a constraint the mailbox has no at sign.")
            .beside(email("example.com"))
            .constraints(&permitted(email("example.com"))),
        in_subject(
            accepted("nc-email-in-subject-accepted", "The subject's emailAddress is permitted."),
            "ops@example.com",
        ),
        in_subject(
            not_permitted("nc-email-in-subject", "The subject's emailAddress is not permitted."),
            "ops@example.org",
        ),
    ]
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
        name_excluded("nc-directory-excluded-bmp", "A string type nobody folds counts as a match.")
            .subject(typed(tag::BMP_STRING, b"\0S\0t\0a\0l\0l"))
            .constraints(&excluded(directory(shop()))),
    ]
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
    ]
}

fn unimplemented() -> Vec<Case> {
    let principal =
        |name: &str| other(PRINCIPAL_NAME, &der::tlv(tag::UTF8_STRING, name.as_bytes()));
    vec![
        unsupported("nc-other-name", "An otherName below a constraint on otherNames.")
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
        unsupported("nc-other-name-not-critical", "The same, and the constraints not critical.")
            .beside(principal("backend@example.com"))
            .intermediate(
                super::intermediate()
                    .extension(permitted(principal("example.com")).extension().not_critical()),
            ),
    ]
}

impl Case {
    /// Presents this name beside the expected host's.
    fn beside(self, name: Vec<u8>) -> Self {
        self.names(&[dns(HOST), name])
    }

    /// Presents a leaf of this subject.
    fn subject(self, name: DirectoryName) -> Self {
        self.leaf(leaf().subject(name))
    }
}

fn permitted(base: Vec<u8>) -> NameConstraints {
    NameConstraints::new().permitted(base)
}

fn excluded(base: Vec<u8>) -> NameConstraints {
    NameConstraints::new().excluded(base)
}

fn not_permitted(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-not-permitted", At::Certificate(0))
}

fn name_excluded(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-excluded", At::Certificate(0))
}

fn malformed(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "malformed-name", At::Certificate(0))
}

fn unsupported(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-constraint-not-supported", At::Certificate(1))
}
