//! What a certificate must say of itself to be a leaf or an issuer (RFC 5280 6.1.3, 6.1.4).

use crate::cert::Certificate;
use crate::cert::Version;
use crate::reason::Reason;

/// Why `leaf` may not be the certificate of a TLS server now. Each is judged when it is asked for.
pub(crate) fn leaf_faults<'c, 'a>(
    leaf: &'c Certificate<'a>,
    trust: LeafTrust,
    now: i64,
) -> impl Iterator<Item = Reason> + use<'c, 'a> {
    type Judge = fn(&Certificate<'_>, LeafTrust, i64) -> Option<Reason>;
    let judges: [Judge; 5] = [
        |leaf, _, _| old_version(leaf),
        |leaf, _, now| outside_validity(leaf, now),
        |leaf, trust, _| ca_as_leaf(leaf, trust),
        |leaf, _, _| wrong_purpose(leaf, Role::Leaf),
        |leaf, _, _| unknown_critical_extension(leaf),
    ];
    judges.into_iter().filter_map(move |judge| judge(leaf, trust, now))
}

/// How a leaf comes to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeafTrust {
    /// By a path to an anchor; if an anchor has the leaf's key, that anchor.
    ByPath { same_key: Option<usize> },
    /// It is in the bundle, octet by octet: the operator's own act.
    AsItself,
}

/// Why `issuer` may not have issued a certificate that is used now.
pub(crate) fn issuer_faults(
    issuer: &Certificate<'_>,
    role: Role,
    now: i64,
) -> impl Iterator<Item = Reason> {
    // An old certificate cannot say that it is a CA. For a root, loading it said so; of any
    // other, its version is fault enough.
    let is_old = issuer.version() < Version::V3;
    [
        old_version(issuer).filter(|_| role != Role::Anchor),
        outside_validity(issuer, now),
        // 6.1.4 (k)
        (!issuer.is_ca() && !is_old).then_some(Reason::NotACa),
        // 6.1.4 (n)
        (!issuer.may_sign_certificates()).then_some(Reason::KeyUsage),
        wrong_purpose(issuer, role),
        unknown_critical_extension(issuer),
    ]
    .into_iter()
    .flatten()
}

/// How many faults [`issuer_faults`] finds; nothing is built for them.
pub(crate) fn count_issuer_faults(issuer: &Certificate<'_>, role: Role, now: i64) -> u32 {
    let is_old = issuer.version() < Version::V3;
    [
        is_old && role != Role::Anchor,
        !issuer.validity().contains(now),
        !issuer.is_ca() && !is_old,
        !issuer.may_sign_certificates(),
        !fits_servers(issuer, role),
        issuer.unknown_critical_extension().is_some(),
    ]
    .into_iter()
    .fold(0u32, |sum, fault| sum.saturating_add(u32::from(fault)))
}

/// Where in a path a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Anchor,
    Intermediate,
    Leaf,
}

/// 6.1.4 (k): below the anchor, version 3 only. An old certificate cannot say that it is a CA,
/// and a leaf of that kind has no names.
fn old_version(certificate: &Certificate<'_>) -> Option<Reason> {
    match certificate.version() {
        Version::V1 => Some(Reason::UnsupportedVersion { version: 1 }),
        Version::V2 => Some(Reason::UnsupportedVersion { version: 2 }),
        Version::V3 => None,
    }
}

/// 6.1.3 (a) (2); for anchors, 6.2 allows what 6.1.1 (d) leaves out.
fn outside_validity(certificate: &Certificate<'_>, now: i64) -> Option<Reason> {
    let validity = certificate.validity();
    let (not_before, not_after) = (validity.not_before(), validity.not_after());
    if validity.contains(now) {
        None
    } else if now > not_after {
        Some(Reason::Expired { not_after, now })
    } else {
        Some(Reason::NotYetValid { not_before, now })
    }
}

/// 4.2.1.9 leaves it to the verifier: a CA's key serves no TLS, or a stolen leaf key would sign.
fn ca_as_leaf(leaf: &Certificate<'_>, trust: LeafTrust) -> Option<Reason> {
    match trust {
        LeafTrust::ByPath { same_key } if leaf.is_ca() => Some(Reason::LeafIsACa { same_key }),
        LeafTrust::ByPath { .. } | LeafTrust::AsItself => None,
    }
}

/// 4.2.1.12: what is said is binding; what is not said is everything. anyExtendedKeyUsage is
/// taken from CAs, which have it, and not from leaves, for which it would be a blank cheque.
fn wrong_purpose(certificate: &Certificate<'_>, role: Role) -> Option<Reason> {
    let fits = fits_servers(certificate, role);
    (!fits).then(|| Reason::ExtendedKeyUsage { purposes: certificate.purpose_names() })
}

fn fits_servers(certificate: &Certificate<'_>, role: Role) -> bool {
    let Some(purposes) = certificate.purposes() else {
        return true;
    };
    purposes.server_auth || purposes.any && role != Role::Leaf
}

/// 4.2, 6.1.4 (o), 6.1.5 (f).
fn unknown_critical_extension(certificate: &Certificate<'_>) -> Option<Reason> {
    let oid = certificate.unknown_critical_extension()?;
    Some(Reason::UnknownCriticalExtension { extension: oid.named() })
}
