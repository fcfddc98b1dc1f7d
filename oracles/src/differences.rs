//! Every difference between lastmile and rustls-webpki 0.103 that the trees show, with who is right.

use std::fmt;

use crate::model::PathLimit;
use crate::model::Rules;

/// One rule that webpki has otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// What webpki does, in short.
    pub webpki: &'static str,
    /// Who is right.
    pub right: Right,
    /// The clause that says so.
    pub clause: &'static str,
    /// Why.
    pub why: &'static str,
    turn: fn(&mut Rules),
}

/// Who is right about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// lastmile.
    Lastmile,
    /// webpki.
    Webpki,
    /// The standard leaves it open, or both fail closed in their way.
    Both,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lastmile => "lastmile",
            Self::Webpki => "webpki",
            Self::Both => "either",
        })
    }
}

impl Difference {
    /// lastmile's rules with only this one as webpki has it.
    pub fn alone(&self) -> Rules {
        let mut rules = Rules::LASTMILE;
        (self.turn)(&mut rules);
        rules
    }
}

/// webpki's rules: lastmile's, with every difference.
pub fn webpki_rules() -> Rules {
    let mut rules = Rules::LASTMILE;
    DIFFERENCES.iter().for_each(|difference| (difference.turn)(&mut rules));
    rules
}

/// The table.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        webpki: "a leaf that is in the bundle needs a path like any other",
        right: Right::Both,
        clause: "RFC 5280 6.2",
        why: "what is trusted, and how, is local: self-signed backends put one certificate into \
              both places",
        turn: |rules| rules.leaf_in_bundle = false,
    },
    Difference {
        webpki: "self-issued authorities count for pathLenConstraint",
        right: Right::Lastmile,
        clause: "RFC 5280 6.1.4 (l)",
        why: "only a certificate that is not self-issued makes max_path_length less",
        turn: |rules| rules.self_issued_uncounted = false,
    },
    Difference {
        webpki: "self-issued authorities are held to name constraints",
        right: Right::Lastmile,
        clause: "RFC 5280 6.1.3 (b), (c)",
        why: "the steps are for certificates that are not self-issued, or final",
        turn: |rules| rules.self_issued_exempt = false,
    },
    Difference {
        webpki: "keyUsage is not read",
        right: Right::Lastmile,
        clause: "RFC 5280 6.1.4 (n)",
        why: "a key that may not sign certificates has not signed this one",
        turn: |rules| rules.key_usage = false,
    },
    Difference {
        webpki: "an authority for anyExtendedKeyUsage is not one for servers",
        right: Right::Both,
        clause: "RFC 5280 4.2.1.12",
        why: "applications MAY refuse it; private CAs write it and mean it",
        turn: |rules| rules.any_purpose = false,
    },
    Difference {
        webpki: "an anchor's validity is not read",
        right: Right::Both,
        clause: "RFC 5280 6.1.1 (d), 6.2",
        why: "the input of 6.1 leaves it out, 6.2 permits more; an expired root is a fault that \
              operators want named",
        turn: |rules| rules.anchor_validity = false,
    },
    Difference {
        webpki: "an anchor need not be an authority",
        right: Right::Both,
        clause: "RFC 5280 6.1.1 (d), 6.2",
        why: "likewise; a leaf in a bundle is trusted as itself, and issues nothing",
        turn: |rules| rules.anchor_ca = false,
    },
    Difference {
        webpki: "an anchor's pathLenConstraint is not read",
        right: Right::Both,
        clause: "RFC 5280 6.1.1 (d), 6.2",
        why: "likewise; a partial chain ends at what was issued as an intermediate",
        turn: |rules| rules.anchor_path_length = false,
    },
    Difference {
        webpki: "an anchor's extKeyUsage is not read",
        right: Right::Both,
        clause: "RFC 5280 6.1.1 (d), 6.2",
        why: "likewise",
        turn: |rules| rules.anchor_purposes = false,
    },
    Difference {
        webpki: "an anchor's critical extensions are not read",
        right: Right::Both,
        clause: "RFC 5280 4.2, 6.2",
        why: "likewise; lastmile takes what is critical at its word, wherever it stands",
        turn: |rules| rules.anchor_critical = false,
    },
    Difference {
        webpki: "critical certificatePolicies are not understood",
        right: Right::Both,
        clause: "RFC 5280 6.1.1 (c), 6.1.5",
        why: "with any-policy as the initial set, and no explicit policy required, they refuse \
              nothing",
        turn: |rules| rules.policies = false,
    },
    Difference {
        webpki: "critical cRLDistributionPoints are understood, also without CRLs",
        right: Right::Lastmile,
        clause: "RFC 5280 4.2",
        why: "who does not process them must refuse them",
        turn: |rules| rules.crl_points = true,
    },
    Difference {
        webpki: "an unknown extension may stand twice",
        right: Right::Lastmile,
        clause: "RFC 5280 4.2",
        why: "a certificate MUST NOT include more than one instance of an extension",
        turn: |rules| rules.extensions_once = false,
    },
    Difference {
        webpki: "six authorities between leaf and anchor, all of them counted",
        right: Right::Both,
        clause: "local limit",
        why: "a limit of each; lastmile's can be set",
        turn: |rules| rules.path = PathLimit::Authorities(6),
    },
    Difference {
        webpki: "an authority with the name and the key of the leaf is on no path",
        right: Right::Lastmile,
        clause: "RFC 5280 6.1",
        why: "no certificate may appear twice, and it is another one; a loop of authorities is \
              a detour, this is not",
        turn: |rules| rules.leaf_in_loop = true,
    },
    Difference {
        webpki: "any URI under a URI constraint refuses",
        right: Right::Both,
        clause: "RFC 5280 4.2.1.10",
        why: "process the constraint or reject the certificate: lastmile processes it",
        turn: |rules| rules.names.uri_subtrees = false,
    },
    Difference {
        webpki: "any constraint on directory names refuses",
        right: Right::Lastmile,
        clause: "RFC 5280 4.2.1.10",
        why: "likewise, and where there is no such name nothing is to be rejected",
        turn: |rules| rules.names.directory_subtrees = false,
    },
    Difference {
        webpki: "any mail address under a mail constraint refuses",
        right: Right::Both,
        clause: "RFC 5280 4.2.1.10",
        why: "process or reject: lastmile processes it",
        turn: |rules| rules.names.mail_subtrees = false,
    },
    Difference {
        webpki: "a mail address in the subject is held to no mail constraint",
        right: Right::Both,
        clause: "RFC 5280 4.2.1.10",
        why: "without one in the subjectAltName, the constraint is for the emailAddress, and \
              webpki is wrong; beside one, lastmile is stricter than it must be",
        turn: |rules| rules.names.mail_in_subject = false,
    },
    Difference {
        webpki: "an excluded `.x` does not hold `x`",
        right: Right::Both,
        clause: "RFC 5280 4.2.1.10",
        why: "the leading period is not defined for DNS; when in doubt, what is excluded is more",
        turn: |rules| rules.names.excluded_dot_holds_apex = false,
    },
    Difference {
        webpki: "`*.x` is no name",
        right: Right::Both,
        clause: "RFC 9525 6.3",
        why: "the rule has no such limit; private names have no public suffix",
        turn: |rules| rules.names.wildcard_of_one_label = false,
    },
    Difference {
        webpki: "labels with a hyphen at an end, or a number as the last, are no names",
        right: Right::Both,
        clause: "RFC 952, RFC 1123 2.1",
        why: "they are none, and cannot be expected; but they stand in certificates of private \
              PKIs, and can be compared",
        turn: |rules| rules.names.lenient_labels = false,
    },
    Difference {
        webpki: "an address outside is outside, whatever the rest of the mask is",
        right: Right::Lastmile,
        clause: "RFC 5280 4.2.1.10",
        why: "a mask with a hole is no CIDR: what it means to exclude is not known",
        turn: |rules| rules.names.masks_first = false,
    },
];
