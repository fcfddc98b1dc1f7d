//! The certificate does not have the name that the policy expects.

use lastmile_testdata::extension::SUBJECT_ALT_NAME;
use lastmile_testdata::general_name::dns;
use lastmile_testdata::general_name::ip;
use lastmile_testdata::general_name::uri;

use crate::Mistake;
use crate::world::ISSUING;
use crate::world::ROOT;
use crate::world::leaf;

pub(crate) fn mistakes() -> Vec<Mistake> {
    let presenting = |name, about, names: &[Vec<u8>]| {
        let leaf = ISSUING.issue(leaf().names(names));
        Mistake::new(name, about, &[&leaf, &ISSUING.certificate], &[&ROOT.certificate])
    };
    let without_names = ISSUING.issue(leaf().without(SUBJECT_ALT_NAME));
    vec![
        Mistake::new(
            "no-subject-alternative-name",
            "The name is in the common name only.",
            &[&without_names, &ISSUING.certificate],
            &[&ROOT.certificate],
        ),
        presenting(
            "other-name",
            "The certificate is for the old name of the service.",
            &[dns("payments.example.com"), dns("payments")],
        ),
        presenting(
            "short-name",
            "The policy has the whole name of the service, the certificate the short one.",
            &[dns("backend.shop.svc"), dns("backend.shop"), dns("backend")],
        )
        .hostname("backend.shop.svc.cluster.local"),
        presenting(
            "hostname-in-a-uri",
            "The name is in a URI, which is no hostname.",
            &[uri("https://backend.example.com")],
        ),
        presenting(
            "uri-in-a-dns-name",
            "The identity is in a dNSName, which is no URI.",
            &[dns("spiffe://shop.example.com/backend")],
        )
        .san("uri:spiffe://shop.example.com/backend"),
        presenting(
            "uri-of-another-case",
            "The path of the URI is written with a capital.",
            &[uri("spiffe://shop.example.com/Backend")],
        )
        .san("uri:spiffe://shop.example.com/backend"),
        presenting(
            "uri-with-a-slash",
            "The policy has a slash at the end.",
            &[uri("spiffe://shop.example.com/backend")],
        )
        .san("uri:spiffe://shop.example.com/backend/"),
        presenting(
            "hostname-beside-sans",
            "subjectAltNames are set, so that the hostname is no more than SNI.",
            &[dns("backend.example.com")],
        )
        .san("uri:spiffe://shop.example.com/backend"),
        presenting(
            "wildcard-too-deep",
            "The wildcard stands for one label, and the name has two.",
            &[dns("*.example.com")],
        )
        .hostname("a.backend.example.com"),
        presenting(
            "wildcard-and-its-parent",
            "The wildcard does not stand for the name behind it.",
            &[dns("*.example.com")],
        )
        .hostname("example.com"),
        presenting(
            "wildcard-in-policy",
            "The policy lists a wildcard that the certificate does not carry.",
            &[dns("backend.example.com")],
        )
        .san("hostname:*.example.com"),
        presenting(
            "address-in-certificate",
            "The certificate has the backend's address, and the policy its name.",
            &[ip("10.1.2.3")],
        ),
        presenting("address-in-policy", "The policy has the backend's address.", &[ip("10.1.2.3")])
            .hostname("10.1.2.3"),
        presenting(
            "trailing-dot",
            "The policy has the name as it stands in a zone file.",
            &[dns("backend.example.com")],
        )
        .hostname("backend.example.com."),
        presenting(
            "url-in-policy",
            "The policy has the backend's URL.",
            &[dns("backend.example.com")],
        )
        .hostname("https://backend.example.com:8443"),
    ]
}
