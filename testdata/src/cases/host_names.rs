//! Host names: exact, wildcard, in the wrong field, cut by a NUL, and wildcards in the policy.

use super::HOST;
use super::INTERMEDIATE;
use super::accepted;
use super::intermediate;
use super::leaf;
use crate::case::At;
use crate::case::Case;
use crate::der;
use crate::der::tag;
use crate::directory_name::COMMON_NAME;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::NameConstraints;
use crate::general_name::PRINCIPAL_NAME;
use crate::general_name::dns;
use crate::general_name::email;
use crate::general_name::ip;
use crate::general_name::other;
use crate::general_name::uri;

pub(super) fn cases() -> Vec<Case> {
    [exact(), wildcards(), policy_wildcards(), wrong_field(), odd_bytes()].concat()
}

fn exact() -> Vec<Case> {
    vec![
        accepted("hostname-accepted", "The leaf carries exactly the expected dNSName."),
        mismatch("hostname-wrong", "The leaf is for another host of the same domain.")
            .names(&[dns("frontend.example.com")]),
        mismatch("hostname-of-the-intermediate", "The intermediate has the name, not the leaf.")
            .names(&[dns("frontend.example.com")])
            .intermediate(intermediate().names(&[dns(HOST)])),
        mismatch("hostname-parent-domain", "The leaf is for the parent domain.")
            .names(&[dns("example.com")]),
        mismatch("hostname-suffix", "The presented name ends with the expected one.")
            .names(&[dns("xbackend.example.com")]),
        mismatch("hostname-prefix", "The presented name begins with the expected one.")
            .names(&[dns("backend.example.com.evil.test")]),
        accepted("hostname-case-accepted", "DNS names compare without regard to case.")
            .names(&[dns("BackEnd.EXAMPLE.com")]),
        accepted("hostname-last-of-many-accepted", "The expected name is the last of forty.")
            .names(
                &(0..39)
                    .map(|at| dns(format!("host-{at}.example.com")))
                    .chain([dns(HOST)])
                    .collect::<Vec<_>>(),
            ),
        accepted("hostname-beside-underscore-accepted", "A name with an underscore does no harm.")
            .names(&[dns("_service.example.com"), dns(HOST)]),
        accepted("hostname-a-label-accepted", "An A-label is compared as it is written.")
            .hostname("xn--bcher-kva.example.com")
            .names(&[dns("xn--bcher-kva.example.com")]),
        mismatch("hostname-a-label-as-utf8", "UTF-8 is not the A-label it would convert to.")
            .hostname("xn--bcher-kva.example.com")
            .names(&[dns("b\u{fc}cher.example.com")]),
        mismatch(
            "hostname-a-label-of-ascii",
            "An A-label that converts to the expected ASCII label is another name.",
        )
        .cve("CVE-2024-12224")
        .names(&[dns("xn--backend-.example.com")]),
        accepted("hostname-long-accepted", "Four labels make a name of 253 octets.")
            .hostname(LONG)
            .names(&[dns(LONG)]),
        mismatch("hostname-long", "The presented name has the expected one's first 252 octets.")
            .hostname(LONG)
            .names(&[dns(&LONG[..252])]),
        mismatch("hostname-trailing-dot", "A presented name with a trailing dot never matches.")
            .names(&[dns("backend.example.com.")]),
        accepted(
            "hostname-without-common-name-accepted",
            "The subject is empty, the SAN critical.",
        )
        .leaf(
            leaf()
                .subject(DirectoryName::new())
                .extension(extension::subject_alt_name(&[dns(HOST)]).critical()),
        ),
        accepted(
            "hostname-without-subject-accepted",
            "The subject is empty, and the SAN not critical, which RFC 5280 4.1.2.6 wants it to be.",
        )
        .leaf(leaf().subject(DirectoryName::new())),
    ]
}

fn wildcards() -> Vec<Case> {
    vec![
        accepted("wildcard-accepted", "The asterisk stands for exactly one label.")
            .names(&[dns("*.example.com")]),
        mismatch("wildcard-two-labels", "The asterisk does not stand for two labels.")
            .cve("CVE-2020-15104")
            .hostname("a.backend.example.com")
            .names(&[dns("*.example.com")]),
        mismatch("wildcard-no-label", "The asterisk does not stand for no label.")
            .hostname("example.com")
            .names(&[dns("*.example.com")]),
        mismatch("wildcard-partial", "An asterisk beside letters of a label is no wildcard.")
            .names(&[dns("b*.example.com")]),
        mismatch("wildcard-not-leftmost", "An asterisk in a later label is no wildcard.")
            .names(&[dns("backend.*.com")]),
        mismatch("wildcard-twice", "Two asterisks are no wildcard.")
            .hostname("a.backend.example.com")
            .names(&[dns("*.*.example.com")]),
        mismatch("wildcard-of-a-label-prefix", "xn--* is no wildcard.")
            .hostname("xn--bcher-kva.example.com")
            .names(&[dns("xn--*.example.com")]),
        accepted("wildcard-over-a-label-accepted", "The asterisk stands for an A-label too.")
            .hostname("xn--bcher-kva.example.com")
            .names(&[dns("*.example.com")]),
        accepted("wildcard-case-accepted", "What follows the asterisk differs in case.")
            .names(&[dns("*.EXAMPLE.Com")]),
        mismatch("wildcard-many", "Asterisks between letters make no pattern.")
            .cve("CVE-2013-2099")
            .hostname("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com")
            .names(&[dns("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b.example.com")]),
        mismatch("wildcard-before-dot", "An asterisk and a dot are no name.")
            .hostname("backend")
            .names(&[dns("*.")]),
        accepted("wildcard-of-one-label-domain-accepted", "One label may follow the asterisk.")
            .hostname("backend.internal")
            .names(&[dns("*.internal")]),
        mismatch("wildcard-bare", "An asterisk alone is never a name.")
            .hostname("backend")
            .names(&[dns("*")]),
        accepted("wildcard-bare-accepted", "The host of one label is written out.")
            .hostname("backend")
            .names(&[dns("backend")]),
    ]
}

fn policy_wildcards() -> Vec<Case> {
    vec![
        accepted(
            "policy-wildcard-accepted",
            "The policy's wildcard and the certificate's are the same bytes.",
        )
        .san("hostname:*.example.com")
        .names(&[dns("*.example.com")]),
        mismatch(
            "policy-wildcard-against-a-host",
            "The policy's wildcard is no pattern over the names of certificates.",
        )
        .san("hostname:*.example.com"),
        mismatch(
            "policy-wildcard-against-a-deeper-wildcard",
            "The certificate's wildcard is of a deeper domain than the policy's.",
        )
        .san("hostname:*.example.com")
        .names(&[dns("*.shop.example.com")]),
        accepted(
            "sans-hostname-only-for-sni-accepted",
            "Once alternative names are set, the hostname need not be in the certificate.",
        )
        .san("hostname:payments.shop.svc")
        .names(&[dns("payments.shop.svc")]),
        mismatch(
            "sans-hostname-only-for-sni",
            "Once alternative names are set, the hostname authenticates nothing.",
        )
        .san("hostname:payments.shop.svc"),
        accepted(
            "sans-any-accepted",
            "One of the policy's alternative names is enough, here the last.",
        )
        .san("uri:spiffe://cluster.local/ns/shop/sa/backend")
        .san("hostname:orders.shop.svc")
        .san("hostname:payments.shop.svc")
        .names(&[dns("payments.shop.svc")]),
        mismatch("sans-any-none", "None of the policy's alternative names is presented.")
            .san("uri:spiffe://cluster.local/ns/shop/sa/backend")
            .san("hostname:orders.shop.svc")
            .san("hostname:payments.shop.svc")
            .names(&[dns("billing.shop.svc")]),
    ]
}

fn wrong_field() -> Vec<Case> {
    vec![
        accepted(
            "common-name-accepted",
            "The subject's common name is some other text, the dNSName is right.",
        )
        .leaf(leaf().subject(DirectoryName::cn("Some Backend"))),
        mismatch(
            "common-name-without-san",
            "The expected name stands only in the common name; there is no subjectAltName.",
        )
        .leaf(leaf().without(extension::SUBJECT_ALT_NAME)),
        mismatch(
            "common-name-beside-an-email",
            "The expected name stands only in the common name; the subjectAltName has no DNS name.",
        )
        .names(&[email("ops@example.com")]),
        in_common_name(
            mismatch("common-name-wildcard", "The common name is a wildcard over the host.")
                .cves(["RUSTSEC-2026-0044", "openssl#30346"]),
            DirectoryName::cn("*.example.com"),
        ),
        in_common_name(
            mismatch("common-name-in-mixed-case", "The common name is the host, in mixed case.")
                .cve("CVE-2026-32884"),
            DirectoryName::cn("BackEnd.Example.COM"),
        ),
        in_common_name(
            mismatch("common-name-in-one-rdn", "One RDN has two common names, one is the host.")
                .cve("CVE-2021-44533"),
            DirectoryName::new().rdn(&[
                (COMMON_NAME, tag::UTF8_STRING, b"Some Backend"),
                (COMMON_NAME, tag::UTF8_STRING, HOST.as_bytes()),
            ]),
        ),
        in_common_name(
            mismatch("common-name-in-text", "Written out, the subject reads as if it had it.")
                .cve("CVE-2021-44533"),
            DirectoryName::new().organization("Shop, CN=backend.example.com"),
        ),
        mismatch("hostname-in-uri", "The expected host name is presented as a URI.")
            .cve("CVE-2021-44531")
            .names(&[uri("backend.example.com")]),
        mismatch("hostname-in-uri-authority", "The expected host is the host of a URI.")
            .cve("CVE-2021-44531")
            .names(&[uri("https://backend.example.com/")]),
        mismatch("hostname-in-email", "The expected host name is presented as an rfc822Name.")
            .cve("CVE-2022-21656")
            .san("hostname:backend.example.com")
            .names(&[email("backend.example.com")]),
        mismatch("hostname-in-other-name", "The expected host name is presented as an otherName.")
            .cve("CVE-2024-6119")
            .names(&[other(PRINCIPAL_NAME, &der::tlv(tag::UTF8_STRING, HOST.as_bytes()))]),
        mismatch("hostname-in-ip-address", "The expected host is presented by its address.")
            .names(&[ip("192.0.2.7")]),
        mismatch("hostname-quoted", "The dNSName reads like a list that has the expected name.")
            .cve("CVE-2021-44532")
            .names(&[dns("x, DNS:backend.example.com")]),
    ]
}

fn odd_bytes() -> Vec<Case> {
    vec![
        mismatch("hostname-before-nul", "The name up to a NUL is the expected one.")
            .cves(["CVE-2009-2408", "CVE-2013-4238", "CVE-2026-47778"])
            .names(&[dns("backend.example.com\0.evil.test")]),
        mismatch("hostname-before-last-nul", "The name is the expected one and a NUL.")
            .cve("CVE-2025-66220")
            .san("hostname:backend.example.com")
            .names(&[dns("backend.example.com\0")]),
        mismatch(
            "hostname-read-beyond-end",
            "The dNSName ends an octet early, and the octet after it in memory is the missing 0.",
        )
        .cve("CVE-2021-3712")
        .hostname("backend.example.co0")
        .chain([
            // With the names last, the next octet is the SEQUENCE tag of the outer algorithm: 0x30.
            leaf()
                .issuer(INTERMEDIATE.name.clone())
                .names(&[dns("backend.example.co")])
                .build(&INTERMEDIATE.key),
            INTERMEDIATE.certificate.clone(),
        ]),
        mismatch("hostname-in-very-many", "Ten thousand names, and none is the expected one.")
            .cves(["CVE-2025-61729", "CVE-2026-27145", "CVE-2024-12133"])
            .names(&(0..10_000).map(|at| dns(format!("{at:x}"))).collect::<Vec<_>>()),
        mismatch("hostname-empty", "The only dNSName is empty.").names(&[dns("")]),
        accepted("hostname-beside-nul-accepted", "A name with a NUL beside the right one.")
            .names(&[dns("x\0.example.com"), dns(HOST)]),
        accepted("hostname-beside-every-form-accepted", "All nine forms are there, one matches.")
            .names(&[
                other(PRINCIPAL_NAME, &der::tlv(tag::UTF8_STRING, b"backend")),
                email("ops@example.com"),
                crate::general_name::x400(&[]),
                crate::general_name::directory(DirectoryName::cn("backend")),
                crate::general_name::edi_party("backend"),
                uri("https://example.com/"),
                ip("192.0.2.7"),
                crate::general_name::registered_id("1.3.6.1.4.1.55555.2"),
                dns(HOST),
            ]),
    ]
}

/// Presents a leaf of this subject, without a subjectAltName, below an authority that permits
/// other names only: a verifier that took the common name for a host might forget that.
fn in_common_name(case: Case, subject: DirectoryName) -> Case {
    case.leaf(leaf().subject(subject).without(extension::SUBJECT_ALT_NAME))
        .constraints(&NameConstraints::new().permitted(dns("example.org")))
}

fn mismatch(name: &'static str, about: &'static str) -> Case {
    super::refused(name, about, "name-mismatch", At::Certificate(0))
}

/// 253 octets, the most that a host name can have.
const LONG: &str = concat!(
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.",
    "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.",
    "dddddddddddddddddddddddddddddddddddddddddddddddddd.example.co",
);
