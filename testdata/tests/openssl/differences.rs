//! Where `openssl verify` answers otherwise, who is right, and by which rule.
//!
//! "README" is the table of departures in the README of the workspace.

/// Cases on which OpenSSL differs for one reason.
pub(crate) struct Difference {
    /// What it does otherwise.
    #[allow(dead_code, reason = "for who reads the table")]
    pub(crate) openssl: &'static str,
    pub(crate) says: Says,
    #[allow(dead_code, reason = "for who reads the table")]
    pub(crate) right: Right,
    /// The clause, or our decision and where it is written down.
    #[allow(dead_code, reason = "for who reads the table")]
    pub(crate) rule: &'static str,
    pub(crate) cases: &'static [&'static str],
}

/// What OpenSSL answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    Accepts,
    /// One of these `X509_V_ERR_*`.
    Refuses(&'static [u32]),
}

/// Who is right.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Right {
    /// The rule leaves it open.
    Both,
    Lastmile,
    /// By the rule; ours is a departure, which is stricter or touches no server's identity.
    Openssl,
}

use Right::Both;
use Right::Lastmile;
use Right::Openssl;
use Says::Accepts;
use Says::Refuses;

pub(crate) const DIFFERENCES: &[Difference] = &[
    // What it refuses, and lastmile accepts.
    Difference {
        openssl: "follows the first issuer that it finds among those presented, and does not go back",
        says: Refuses(&[20]),
        right: Lastmile,
        rule: "RFC 4158 2.4: every path is a candidate",
        cases: &["cross-sign-circle-accepted"],
    },
    Difference {
        openssl: "takes one of several anchors of a name, and not another when its key is wrong",
        says: Refuses(&[7]),
        right: Lastmile,
        rule: "README: 100 anchors of one name",
        cases: &[
            "limit-signature-checks-accepted",
            "namesake-hundredfold-accepted",
            "namesake-without-key-ids-accepted",
        ],
    },
    Difference {
        openssl: "takes no issuer whose key identifier is another than the certificate says",
        says: Refuses(&[20]),
        right: Lastmile,
        rule: "RFC 5280 6.1.3: no step compares key identifiers; RFC 4158 3.5.12: they set the order",
        cases: &["key-id-empty-accepted", "key-id-malformed-accepted", "key-id-other-accepted"],
    },
    Difference {
        openssl: "does not count anyExtendedKeyUsage of a CA as serverAuth",
        says: Refuses(&[26]),
        right: Lastmile,
        rule: "RFC 5280 4.2.1.12: anyExtendedKeyUsage restricts nothing",
        cases: &["eku-anchor-any-accepted", "eku-intermediate-accepted"],
    },
    Difference {
        openssl: "holds a leaf that is itself trusted to what an authority, or its issuer, is held to",
        says: Refuses(&[7, 26, 48]),
        right: Both,
        rule: "README: a leaf that is in the bundle is the operator's own act",
        cases: &[
            "issued-leaf-in-bundle-constrained-accepted",
            "issued-leaf-in-bundle-damaged-accepted",
            "leaf-in-bundle-accepted",
            "self-signed-accepted",
        ],
    },
    Difference {
        openssl: "takes the second of notAfter for the first one that is too late",
        says: Refuses(&[10]),
        right: Lastmile,
        rule: "RFC 5280 4.1.2.5: both ends included",
        cases: &["last-second-accepted"],
    },
    Difference {
        openssl: "takes a root of version 1, and not one of version 2, for a CA",
        says: Refuses(&[79]),
        right: Both,
        rule: "RFC 5280 6.1.1 d: what an anchor needs is the operator's decision; the bundle warns",
        cases: &["version-2-anchor-accepted"],
    },
    Difference {
        openssl: "has a ceiling of its own, 2^20, where ours is 2^22",
        says: Refuses(&[1]),
        right: Both,
        rule: "local limit",
        cases: &["limit-name-constraints-accepted"],
    },
    Difference {
        openssl: "does not read a certificate whose constraint on directory names is no Name",
        says: Refuses(&[20]),
        right: Both,
        rule: "RFC 5280 4.2.1.10: ours refuses if there is a name that the constraint is for",
        cases: &["nc-directory-base-accepted"],
    },
    Difference {
        openssl: "holds a SmtpUTF8Mailbox to constraints on mailboxes",
        says: Refuses(&[1]),
        right: Openssl,
        rule: "RFC 9598 6; ours compares names of one form, and no mailbox identifies a server",
        cases: &["nc-email-smtp-utf8-accepted"],
    },
    Difference {
        openssl: "takes a user before the host for a part of it",
        says: Refuses(&[47]),
        right: Lastmile,
        rule: "RFC 3986 3.2.1",
        cases: &["nc-uri-user-accepted"],
    },
    Difference {
        openssl: "wants two labels after an asterisk",
        says: Refuses(&[62]),
        right: Both,
        rule: "README: RFC 9525 6.3 has no such rule, and private names have no public suffix",
        cases: &["wildcard-of-one-label-domain-accepted"],
    },
    // What it accepts, and lastmile refuses: names.
    Difference {
        openssl: "cannot be asked for a URI, or for one of several names, and is asked for none",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 9525 6",
        cases: &[
            "sans-any-none",
            "uri-before-nul",
            "uri-but-only-hostname",
            "uri-case-of-host",
            "uri-case-of-scheme",
            "uri-in-dns-name",
            "uri-other-path",
            "uri-other-trust-domain",
            "uri-percent-encoding",
            "uri-prefix",
            "uri-trailing-slash",
        ],
    },
    Difference {
        openssl: "takes the common name for a host where there is no dNSName",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 9525 2: never the common name",
        cases: &[
            "common-name-beside-an-email",
            "common-name-wildcard",
            "common-name-without-san",
            "hostname-in-email",
            "hostname-in-ip-address",
            "hostname-in-other-name",
            "hostname-in-uri",
            "hostname-in-uri-authority",
        ],
    },
    Difference {
        openssl: "takes leaves of version 1 and 2, which can have no name but the common name",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 9525 2, and README: version 3 below the anchor",
        cases: &["version-1-leaf", "version-2-leaf"],
    },
    Difference {
        openssl: "takes an asterisk beside letters for a wildcard",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 9525 6.3",
        cases: &["wildcard-partial"],
    },
    // Name constraints.
    Difference {
        openssl: "does not hold a wildcard to the excluded names that it stands for",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 6.1.3 c; openssl#30706",
        cases: &[
            "nc-dns-wildcard-excluded",
            "nc-dns-wildcard-excluded-case",
            "nc-dns-wildcard-excluded-expected",
        ],
    },
    Difference {
        openssl: "holds names that are not well formed to constraints as if they were",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.2.1.6: the preferred name syntax; a Mailbox of RFC 2821",
        cases: &[
            "nc-email-two-at-signs",
            "nc-malformed-dns-asterisk",
            "nc-malformed-dns-empty",
            "nc-malformed-dns-empty-label",
            "nc-malformed-dns-leading-dot",
            "nc-malformed-dns-trailing-dot",
        ],
    },
    Difference {
        openssl: "excludes exactly what is written",
        says: Accepts,
        right: Both,
        rule: "README: what cannot be compared, or is written in two ways, does not slip through",
        cases: &["nc-directory-excluded-bmp", "nc-dns-dot-excluded", "nc-email-excluded-case"],
    },
    Difference {
        openssl: "folds case and string types of names that are chained or permitted",
        says: Accepts,
        right: Openssl,
        rule: "RFC 5280 7.1; README: chained by octets, as webpki and Go do",
        cases: &[
            "chained-by-case",
            "chained-by-spaces",
            "chained-by-string-type",
            "nc-directory-permitted-case",
            "nc-directory-permitted-printable",
            "path-length-by-case",
        ],
    },
    // Encoding.
    Difference {
        openssl: "reads BER",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.1: DER; X.690 10.1, 10.2, 11.1",
        cases: &[
            "encoding-boolean-not-ff",
            "encoding-constructed-name",
            "encoding-indefinite-length",
            "encoding-indefinite-outer-length",
            "encoding-intermediate-non-minimal-length",
            "encoding-non-minimal-length",
            "encoding-non-minimal-outer-length",
        ],
    },
    Difference {
        openssl: "passes over octets behind a value",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.1, 4.2",
        cases: &[
            "encoding-octet-after-names",
            "encoding-octet-after-purposes",
            "encoding-trailing-octet",
        ],
    },
    Difference {
        openssl: "takes lists that must not be empty",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.1.2.4, 4.1.2.9, 4.2.1.6, 4.2.1.10",
        cases: &[
            "encoding-empty-name-constraints",
            "encoding-empty-names",
            "encoding-empty-subtrees",
            "encoding-intermediate-empty-name-constraints",
            "encoding-intermediate-empty-names",
            "encoding-intermediate-empty-subtrees",
            "encoding-no-extensions",
            "encoding-subject",
        ],
    },
    Difference {
        openssl: "takes an extension twice, if it does not know it",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.2",
        cases: &["encoding-duplicate-unknown-extension"],
    },
    Difference {
        openssl: "takes versions that there are not, and in old versions what came later",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.1.2.1, 4.1.2.8, 4.1.2.9; X.690 11.5",
        cases: &[
            "version-1-encoded",
            "version-1-with-extensions",
            "version-1-with-unique-ids",
            "version-2-with-extensions",
            "version-4-leaf",
        ],
    },
    // Signatures and keys.
    Difference {
        openssl: "takes SHA-1, the command asking for no security level",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 8446 4.4.2.4",
        cases: &[
            "algorithm-ecdsa-sha1",
            "algorithm-pss-mask-sha1",
            "algorithm-pss-sha1",
            "algorithm-rsa-sha1",
            "algorithm-sha1-intermediate",
        ],
    },
    Difference {
        openssl: "takes RSA keys of 1024 bits, the command asking for no security level",
        says: Accepts,
        right: Lastmile,
        rule: "NIST SP 800-131A 3: no less than 2048 bits",
        cases: &["public-key-rsa1024"],
    },
    Difference {
        openssl: "takes RSA keys of exponent 1",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 8017 3.1",
        cases: &["public-key-rsa-exponent-1"],
    },
    Difference {
        openssl: "takes ECDSA with parameters",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5758 3.2: they must be absent",
        cases: &["algorithm-ecdsa-with-null"],
    },
    Difference {
        openssl: "has curves, combinations, points and salts that ring has not",
        says: Accepts,
        right: Both,
        rule: "RFC 5480 2.2, RFC 5758 3.2, RFC 8446 4.2.3: none of them must be taken",
        cases: &[
            "algorithm-p256-sha512",
            "algorithm-pss-salt-length",
            "public-key-compressed-point",
            "public-key-p521",
        ],
    },
    // Authorities, policies, ceilings.
    Difference {
        openssl: "takes a CA certificate for a server's",
        says: Accepts,
        right: Both,
        rule: "README: a CA's key serves no TLS; RFC 5280 4.2.1.9 does not forbid it",
        cases: &["leaf-is-a-ca"],
    },
    Difference {
        openssl: "takes keyCertSign of a trusted root for the cA that it does not say",
        says: Accepts,
        right: Both,
        rule: "README: an anchor is held to basicConstraints; RFC 5280 6.1.1 d leaves it open",
        cases: &["not-a-ca-anchor-without-basic-constraints"],
    },
    Difference {
        openssl: "takes Netscape's server gated cryptography for serverAuth",
        says: Accepts,
        right: Lastmile,
        rule: "RFC 5280 4.2.1.12: id-kp-serverAuth",
        cases: &["eku-step-up"],
    },
    Difference {
        openssl: "understands cRLDistributionPoints",
        says: Accepts,
        right: Both,
        rule: "RFC 5280 4.2: what is critical and not processed refuses; no CRL is looked at",
        cases: &["critical-crl-points"],
    },
    Difference {
        openssl: "processes policies",
        says: Accepts,
        right: Both,
        rule: "RFC 5280 4.2: what is critical and not processed refuses; README",
        cases: &["policies-constraints", "policies-inhibit-any", "policies-mappings"],
    },
    Difference {
        openssl: "has no such ceiling, or a higher one",
        says: Accepts,
        right: Both,
        rule: "local limit",
        cases: &[
            "eku-too-many",
            "encoding-too-many-extensions",
            "limit-certificate-bytes",
            "limit-certificate-bytes-intermediate",
            "limit-intermediates",
            "limit-name-bytes",
            "limit-path",
            "limit-presented",
        ],
    },
];
