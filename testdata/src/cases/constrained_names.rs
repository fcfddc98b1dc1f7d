//! Name constraints on URIs, addresses and mailboxes.

use super::HOST;
use super::accepted;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::der::tag;
use crate::directory_name::DirectoryName;
use crate::extension::NameConstraints;
use crate::general_name::SMTP_UTF8_MAILBOX;
use crate::general_name::dns;
use crate::general_name::email;
use crate::general_name::ip;
use crate::general_name::ip_octets;
use crate::general_name::ip_subnet;
use crate::general_name::other;
use crate::general_name::uri;

pub(super) fn cases() -> Vec<Case> {
    [uris(), addresses(), mailboxes()].concat()
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
        not_permitted("nc-uri-suffix", "The host ends with the permitted one, inside a label.")
            .beside(uri("https://very-good.example.com/"))
            .constraints(&good()),
        not_permitted("nc-uri-host-in-path", "The permitted host is in the path.")
            .beside(uri("https://bad.example.com/good.example.com"))
            .constraints(&good()),
        name_excluded("nc-uri-excluded", "The URI's host is excluded.")
            .cves(["RUSTSEC-2026-0098", "CVE-2026-5263"])
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
        malformed("nc-uri-backslash", "A backslash, at which some end the host, and some do not.")
            .beside(uri("https://bad.example.com\\@good.example.com/"))
            .constraints(&good()),
        unsupported("nc-uri-base", "The subtree is a whole URI, and there is a URI below.")
            .beside(uri("https://good.example.com/"))
            .constraints(&permitted(uri("https://good.example.com/"))),
        accepted("nc-uri-base-accepted", "The subtree is a whole URI, and no URI is below.")
            .constraints(&permitted(uri("https://good.example.com/"))),
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
        not_permitted("nc-ip-mapped", "An IPv4-mapped IPv6 address is not of the IPv4 network.")
            .beside(ip("::ffff:10.1.2.3"))
            .constraints(&permitted(ten())),
        accepted("nc-ip-mapped-accepted", "Excluded is IPv4, and the IPv6 address is mapped.")
            .beside(ip("::ffff:10.1.2.3"))
            .constraints(&excluded(ten())),
        unsupported("nc-ip-mask", "The mask has a hole, and there is an address below.")
            .beside(ip("10.1.2.3"))
            .constraints(&permitted(ip_subnet("10.0.0.0", "255.0.255.0"))),
        accepted("nc-ip-mask-accepted", "The mask has no hole, and the base has bits beyond it.")
            .beside(ip("10.1.2.3"))
            .constraints(&permitted(ip_subnet("10.9.9.9", "255.0.0.0"))),
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
        not_permitted("nc-email-case", "The local part of the permitted mailbox differs in case.")
            .beside(email("OPS@example.com"))
            .constraints(&permitted(email("ops@example.com"))),
        name_excluded("nc-email-excluded-case", "To be safe, an excluded local part has no case.")
            .beside(email("OPS@example.com"))
            .constraints(&excluded(email("ops@example.com"))),
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
        unsupported("nc-email-base", "The subtree has two at signs, and a mailbox is below.")
            .beside(email("ops@example.com"))
            .constraints(&permitted(email("ops@example.org@example.com"))),
        accepted(
            "nc-email-base-accepted",
            "The subtree has two at signs, and no mailbox is below.",
        )
        .constraints(&permitted(email("ops@example.org@example.com"))),
        accepted(
            "nc-email-smtp-utf8-accepted",
            "A SmtpUTF8Mailbox is an otherName here; nobody decodes the constraint's A-labels.",
        )
        .cves(["CVE-2022-3602", "CVE-2022-3786"])
        .beside(other(
            SMTP_UTF8_MAILBOX,
            &der::tlv(tag::UTF8_STRING, "\u{fc}@\u{fc}.test".as_bytes()),
        ))
        .constraints(&permitted(email(PUNYCODE))),
        not_permitted("nc-email-smtp-utf8", "A mailbox of another host than those A-labels.")
            .cves(["CVE-2022-3602", "CVE-2022-3786"])
            .beside(email("ops@xn--9-99999999999999999999999999999999.test"))
            .constraints(&permitted(email(PUNYCODE))),
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

impl Case {
    /// Presents this name beside the expected host's.
    pub(super) fn beside(self, name: Vec<u8>) -> Self {
        self.names(&[dns(HOST), name])
    }

    /// Presents a leaf of this subject.
    pub(super) fn subject(self, name: DirectoryName) -> Self {
        self.leaf(leaf().subject(name))
    }
}

pub(super) fn permitted(base: Vec<u8>) -> NameConstraints {
    NameConstraints::new().permitted(base)
}

pub(super) fn excluded(base: Vec<u8>) -> NameConstraints {
    NameConstraints::new().excluded(base)
}

pub(super) fn not_permitted(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-not-permitted", At::Certificate(0))
}

pub(super) fn name_excluded(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-excluded", At::Certificate(0))
}

pub(super) fn malformed(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "malformed-name", At::Certificate(0))
}

pub(super) fn unsupported(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "name-constraint-not-supported", At::Certificate(1))
}

/// A host whose labels a decoder of punycode would write far beyond 512 characters.
const PUNYCODE: &str = concat!(
    "xn--ww90271c2jjbrvqzi9a5k8v2z6h7t5q4n3m2b1c0x9z8y7w6v5u4t3s2r1.",
    "xn--ww90271c2jjbrvqzi9a5k8v2z6h7t5q4n3m2b1c0x9z8y7w6v5u4t3s2r1.test",
);
