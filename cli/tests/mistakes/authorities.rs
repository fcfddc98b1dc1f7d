//! A certificate is not made for what it is used for.

use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::extension;
use lastmile_testdata::extension::CLIENT_AUTH;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::extension::SERVER_AUTH;
use lastmile_testdata::general_name::dns;
use lastmile_testdata::keys;

use crate::Mistake;
use crate::world::HOST;
use crate::world::ISSUING;
use crate::world::ROOT;
use crate::world::leaf;
use crate::world::shop;

pub(crate) fn mistakes() -> Vec<Mistake> {
    let (root, issuing) = (&ROOT.certificate, &ISSUING.certificate);
    let below = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        let authority = ROOT.subordinate(shop("Shop Issuing CA"), &keys::P256_B, change);
        (authority.issue(leaf()), authority.certificate)
    };
    let (by_no_ca, no_ca) = below(|one| one.extension(extension::not_a_ca()));
    let (by_version_1, version_1) = below(|one| one.without_extensions().version(None));
    let (by_no_signer, no_signer) =
        below(|one| one.extension(extension::key_usage(&[extension::DIGITAL_SIGNATURE])));
    let (by_clients, for_clients) =
        below(|one| one.extension(extension::extended_key_usage(&[CLIENT_AUTH])));
    let (by_constrained, constrained) = below(|one| {
        let other = NameConstraints::new().permitted(dns("shop.internal"));
        one.extension(other.extension())
    });
    let last = ROOT.subordinate(shop("Shop Issuing CA"), &keys::P256_B, |one| {
        one.extension(extension::ca(Some(0)))
    });
    let below_last = last.subordinate(shop("Shop Team CA"), &keys::P256_D, |one| one);
    let small = Authority::self_signed(shop("Shop Root CA"), &keys::RSA1024_A, |root| root);
    let ca_leaf = CertificateBuilder::leaf(HOST).extension(extension::ca(None));
    vec![
        Mistake::new(
            "for-clients-only",
            "The certificate was made for a client.",
            &[
                &ISSUING.issue(leaf().extension(extension::extended_key_usage(&[CLIENT_AUTH]))),
                issuing,
            ],
            &[root],
        ),
        Mistake::new(
            "ca-certificate-as-leaf",
            "The backend's certificate was issued with the profile of a CA.",
            &[&ISSUING.issue(ca_leaf), issuing],
            &[root],
        ),
        Mistake::new(
            "issuer-is-no-ca",
            "The intermediate was issued with the profile of a server.",
            &[&by_no_ca, &no_ca],
            &[root],
        ),
        Mistake::new(
            "issuer-is-of-version-1",
            "The intermediate was made by openssl x509 -req without extensions.",
            &[&by_version_1, &version_1],
            &[root],
        ),
        Mistake::new(
            "issuer-may-not-sign",
            "The intermediate's keyUsage lacks keyCertSign.",
            &[&by_no_signer, &no_signer],
            &[root],
        ),
        Mistake::new(
            "issuer-for-clients",
            "The intermediate is for clients' certificates.",
            &[&by_clients, &for_clients],
            &[root],
        ),
        Mistake::new(
            "issuer-constrained",
            "The intermediate may only issue for another domain.",
            &[&by_constrained, &constrained],
            &[root],
        ),
        Mistake::new(
            "one-intermediate-too-many",
            "A team made a CA of its own below one that allows none.",
            &[&below_last.issue(leaf()), &below_last.certificate, &last.certificate],
            &[root],
        ),
        Mistake::new(
            "ca-key-too-small",
            "The root has an RSA key of 1024 bits.",
            &[&small.issue(leaf())],
            &[&small.certificate],
        ),
        Mistake::new(
            "private-extension-critical",
            "An extension of the company's own is marked critical.",
            &[
                &ISSUING.issue(
                    leaf()
                        .extension(extension::extended_key_usage(&[SERVER_AUTH]))
                        .extension(extension::unknown().critical()),
                ),
                issuing,
            ],
            &[root],
        ),
    ]
}
