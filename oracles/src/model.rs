//! Every rule of path validation on the words of a tree: no budget, no order, no memory, no DER.
//!
//! It tries every path and judges each as a whole, in the order of RFC 5280 6.1. What another
//! verifier does otherwise is a field of [`Rules`], so that one model speaks for both.

use std::collections::BTreeSet;

use crate::names;
use crate::names::Name;
use crate::peer_names;
use crate::tree::Certificate;
use crate::tree::Critical;
use crate::tree::Oddity;
use crate::tree::Purpose;
use crate::tree::Tree;
use crate::tree::Version;

/// What verifiers do differently. [`Rules::LASTMILE`] has what lastmile does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A leaf that is in the bundle is trusted as itself.
    pub leaf_in_bundle: bool,
    /// Self-issued authorities do not count for pathLenConstraint.
    pub self_issued_uncounted: bool,
    /// Self-issued authorities are held to no name constraint.
    pub self_issued_exempt: bool,
    /// The keyUsage of issuers is judged.
    pub key_usage: bool,
    /// anyExtendedKeyUsage will do for authorities.
    pub any_purpose: bool,
    /// An anchor has to be valid now.
    pub anchor_validity: bool,
    /// An anchor of version 3 has to have cA.
    pub anchor_ca: bool,
    /// An anchor's pathLenConstraint is held.
    pub anchor_path_length: bool,
    /// An anchor's extKeyUsage is judged.
    pub anchor_purposes: bool,
    /// An anchor's critical extensions are judged.
    pub anchor_critical: bool,
    /// certificatePolicies are understood.
    pub policies: bool,
    /// cRLDistributionPoints are understood.
    pub crl_points: bool,
    /// Every extension may stand once only, known or not.
    pub extensions_once: bool,
    /// How long paths are.
    pub path: PathLimit,
    /// An authority that has the leaf's name and key is on no path.
    pub leaf_in_loop: bool,
    /// How names are read and compared.
    pub names: NameRules,
}

/// How long paths are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathLimit {
    /// The tree's own limit, self-issued authorities not counted; 16 certificates in all.
    OfTheTree,
    /// So many authorities between leaf and anchor.
    Authorities(usize),
}

/// How names are read and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRules {
    /// URIs are compared with subtrees; otherwise any under a subtree of their form refuses.
    pub uri_subtrees: bool,
    /// Directory names are; otherwise any subtree of the form refuses.
    pub directory_subtrees: bool,
    /// Mail addresses of the subjectAltName are; otherwise any under a subtree refuses.
    pub mail_subtrees: bool,
    /// Mail addresses in the subject are names.
    pub mail_in_subject: bool,
    /// An excluded `.x` holds `x`.
    pub excluded_dot_holds_apex: bool,
    /// `*.x` is a name.
    pub wildcard_of_one_label: bool,
    /// Labels may begin or end with a hyphen, and the last may be a number.
    pub lenient_labels: bool,
    /// A mask with a hole refuses whatever the address is.
    pub masks_first: bool,
}

impl Rules {
    /// lastmile's.
    pub const LASTMILE: Self = Self {
        leaf_in_bundle: true,
        self_issued_uncounted: true,
        self_issued_exempt: true,
        key_usage: true,
        any_purpose: true,
        anchor_validity: true,
        anchor_ca: true,
        anchor_path_length: true,
        anchor_purposes: true,
        anchor_critical: true,
        policies: true,
        crl_points: false,
        extensions_once: true,
        path: PathLimit::OfTheTree,
        leaf_in_loop: false,
        names: NameRules {
            uri_subtrees: true,
            directory_subtrees: true,
            mail_subtrees: true,
            mail_in_subject: true,
            excluded_dot_holds_apex: true,
            wildcard_of_one_label: true,
            lenient_labels: true,
            masks_first: true,
        },
    };
}

/// What the rules say of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// There is a good path.
    pub accepted: bool,
    /// The codes of everything that may be said to be wrong: with the leaf, and on any path.
    pub faults: BTreeSet<&'static str>,
    /// What must be said, where there is one way up from the leaf.
    pub only_way: Option<BTreeSet<&'static str>>,
}

impl Verdict {
    /// Where no path was looked for.
    fn of_the_leaf(faults: BTreeSet<&'static str>) -> Self {
        Self { accepted: faults.is_empty(), only_way: Some(faults.clone()), faults }
    }
}

/// The verdict; none if more than `patience` certificates would be put on paths, over all of them.
pub fn judge(tree: &Tree, rules: &Rules, patience: u32) -> Option<Verdict> {
    let mut faults = leaf_faults(tree, rules);
    if tree.leaf.is_unreadable() || faults.contains("malformed-certificate") {
        return Some(Verdict { only_way: None, ..Verdict::of_the_leaf(faults) });
    }
    if rules.leaf_in_bundle && tree.anchors.contains(&tree.leaf) {
        return Some(Verdict::of_the_leaf(faults));
    }
    if tree.leaf.is_ca() {
        faults.insert("leaf-is-a-ca");
    }
    if tree.leaf.oddity == Some(Oddity::SignatureAlgorithm) {
        faults.insert("unsupported-signature-algorithm");
    }
    let mut walk = Walk {
        tree,
        rules,
        path: vec![&tree.leaf],
        found: false,
        least: None,
        other_key: false,
        ways: 0,
        dead_ends: 0,
        faults: BTreeSet::new(),
        steps: patience,
    };
    walk.go_on()?;
    let accepted = walk.found && faults.is_empty();
    // Of a leaf that signed itself, what else bears its name is no way.
    let signed_itself = tree.leaf.is_self_issued() && tree.leaf.signed_by == tree.leaf.key;
    let only_way = (walk.ways == 1 && !signed_itself).then(|| {
        let missing = (walk.dead_ends == 1).then_some("unknown-issuer");
        faults.iter().chain(&walk.faults).copied().chain(missing).collect()
    });
    // Nothing is missing where an anchor is reached and little else is wrong. With two faults,
    // another way that ends nowhere may be the one that has fewer.
    if walk.least.is_none_or(|least| least > 1 || least > 0 && walk.other_key) {
        faults.insert("unknown-issuer");
    }
    // The engine looks for the nearest path anew for every bad signature, but not for ever.
    if bad_links(tree) >= 8 {
        faults.extend(["bad-signature", "unknown-issuer"]);
    }
    if tree.presented.iter().any(|one| unreadable(one, rules)) {
        // Nobody knows whether it would have helped.
        faults.insert("malformed-certificate");
    }
    faults.extend(walk.faults);
    Some(Verdict { accepted, faults, only_way })
}

/// Certificates that bear the name of an issuer and did not sign.
fn bad_links(tree: &Tree) -> usize {
    let children = tree.presented.iter().chain([&tree.leaf]);
    let issuers = || tree.presented.iter().chain(&tree.anchors);
    children
        .map(|child| {
            let named = issuers().filter(|issuer| issuer.subject == child.issuer);
            named.filter(|issuer| issuer.key != child.signed_by).count()
        })
        .sum()
}

/// Codes of what is wrong with the leaf on any path.
fn leaf_faults(tree: &Tree, rules: &Rules) -> BTreeSet<&'static str> {
    let leaf = &tree.leaf;
    let is_expected = |name: &Name| {
        tree.expected.iter().any(|expected| {
            names::matches(expected, name) && peer_names::is_name(name, &rules.names)
        })
    };
    let mut faults = BTreeSet::new();
    if unreadable(leaf, rules) {
        faults.insert("malformed-certificate");
    }
    if leaf.version != Version::V3 {
        faults.insert("unsupported-version");
    }
    if !leaf.names.iter().any(is_expected) {
        faults.insert("name-mismatch");
    }
    faults.extend(outside_validity(leaf));
    if !leaf.purposes.is_empty() && !leaf.purposes.contains(&Purpose::ServerAuth) {
        faults.insert("extended-key-usage");
    }
    faults.extend(unknown_extension(leaf, rules));
    faults
}

/// Every way up from the leaf.
struct Walk<'t> {
    tree: &'t Tree,
    rules: &'t Rules,
    path: Vec<&'t Certificate>,
    /// A good path.
    found: bool,
    /// The fewest faults of certificates on a path whose signatures are their issuers'.
    least: Option<usize>,
    /// An anchor of the right name did not sign.
    other_key: bool,
    /// Ways up, to an anchor or to where they end.
    ways: u32,
    /// Those that reach no anchor.
    dead_ends: u32,
    faults: BTreeSet<&'static str>,
    steps: u32,
}

impl<'t> Walk<'t> {
    /// Tries every anchor above the path, and every presented certificate.
    fn go_on(&mut self) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        let top = *self.path.last().expect("the leaf");
        let tree = self.tree;
        let mut is_end = true;
        for anchor in tree.anchors.iter().filter(|anchor| anchor.subject == top.issuer) {
            is_end = false;
            self.end_at(anchor);
        }
        for candidate in tree.presented.iter().filter(|one| one.subject == top.issuer) {
            let is_on_path = self.path.iter().skip(1).any(|one| std::ptr::eq(*one, candidate));
            let is_loop = self.rules.leaf_in_loop && is_same_authority(&tree.leaf, candidate);
            // A circle is more than one way, none of which is nearer than another.
            self.ways += u32::from(is_on_path);
            if is_on_path || is_loop || unreadable(candidate, self.rules) {
                continue;
            }
            is_end = false;
            self.path.push(candidate);
            // Of a way that leads nowhere, the engine says what is wrong with it all the same.
            self.faults.extend(path_faults(&self.path, Ends::Nowhere, self.tree, self.rules));
            if self.path.len() < MOST_ON_A_PATH {
                self.go_on()?;
            } else {
                self.faults.insert("path-too-long");
            }
            self.path.pop();
        }
        self.ways += u32::from(is_end);
        self.dead_ends += u32::from(is_end);
        Some(())
    }

    /// The path below this anchor, judged as a whole.
    fn end_at(&mut self, anchor: &Certificate) {
        let mut whole = self.path.clone();
        whole.push(anchor);
        let faults = path_faults(&whole, Ends::AtAnchor, self.tree, self.rules);
        self.ways += 1;
        self.found |= faults.is_empty();
        let top = self.path.last().expect("the leaf");
        self.other_key |= top.signed_by != anchor.key;
        if self.path.len() == 1 && !anchor.is_ca() && top.is_self_issued() {
            // Another certificate of the backend, and not its issuer.
            self.other_key |= top.signed_by == top.key;
        }
        if !faults.contains("bad-signature") {
            let issuers = self.path[1..].iter().map(|one| intermediate_faults(one, self.rules));
            let all = issuers.chain([anchor_faults(anchor, self.rules)]).map(|one| one.len()).sum();
            self.least = Some(self.least.map_or(all, |least| least.min(all)));
        }
        self.faults.extend(faults);
    }
}

/// The anchor counted.
const MOST_ON_A_PATH: usize = 16;

fn is_same_authority(one: &Certificate, other: &Certificate) -> bool {
    let key = |certificate: &Certificate| {
        (certificate.key, certificate.oddity == Some(Oddity::KeyAlgorithm))
    };
    one.subject == other.subject && key(one) == key(other)
}

/// Where a path ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    AtAnchor,
    Nowhere,
}

/// What is wrong with a path, from the leaf up, beside the leaf itself.
fn path_faults(
    path: &[&Certificate],
    ends: Ends,
    tree: &Tree,
    rules: &Rules,
) -> BTreeSet<&'static str> {
    let mut faults = BTreeSet::new();
    let presented = match ends {
        Ends::AtAnchor => &path[..path.len() - 1],
        Ends::Nowhere => path,
    };
    // Nobody asks how an anchor is signed.
    if presented.iter().any(|one| one.oddity == Some(Oddity::SignatureAlgorithm)) {
        faults.insert("unsupported-signature-algorithm");
    }
    let is_anchor = |place: usize| ends == Ends::AtAnchor && place + 1 == path.len();
    for (place, pair) in path.windows(2).enumerate() {
        let (child, issuer) = (pair[0], pair[1]);
        // 6.1.3 (a) (1)
        if child.signed_by != issuer.key {
            faults.insert("bad-signature");
        }
        if issuer.oddity == Some(Oddity::KeyAlgorithm) {
            faults.insert("unsupported-public-key");
        }
        let place = place + 1;
        faults.extend(match is_anchor(place) {
            true => anchor_faults(issuer, rules),
            false => intermediate_faults(issuer, rules),
        });
        // 6.1.4 (l), (m)
        let below = path[1..place].iter();
        let counted =
            below.filter(|one| !(rules.self_issued_uncounted && one.is_self_issued())).count();
        let is_held = !is_anchor(place) || rules.anchor_path_length;
        if let Some((_, Some(limit))) = issuer.basic_constraints.filter(|_| is_held)
            && counted > usize::from(limit)
        {
            faults.insert("path-length-exceeded");
        }
        // 6.1.3 (b), (c). Of a way that leads nowhere, nobody holds names against it.
        let constraints = issuer.constraints.as_ref().filter(|_| ends == Ends::AtAnchor);
        for (below, certificate) in path[..place].iter().enumerate() {
            let is_exempt = below > 0 && certificate.is_self_issued() && rules.self_issued_exempt;
            if let Some(constraints) = constraints.filter(|_| !is_exempt) {
                faults.extend(peer_names::faults(certificate, constraints, &rules.names));
            }
        }
    }
    let authorities = presented[1..].iter();
    let is_too_long = match rules.path {
        PathLimit::OfTheTree => {
            let counted = authorities.filter(|one| !one.is_self_issued()).count();
            counted > tree.intermediates as usize || path.len() > MOST_ON_A_PATH
        }
        PathLimit::Authorities(most) => authorities.count() > most,
    };
    if is_too_long {
        faults.insert("path-too-long");
    }
    faults
}

fn intermediate_faults(issuer: &Certificate, rules: &Rules) -> BTreeSet<&'static str> {
    let mut faults = BTreeSet::new();
    // 6.1.4 (k)
    match issuer.version {
        Version::V3 if !issuer.is_ca() => {
            faults.insert("not-a-ca");
        }
        Version::V3 => {}
        Version::V1 | Version::V2 => {
            faults.insert("unsupported-version");
        }
    }
    faults.extend(outside_validity(issuer));
    faults.extend(unusable_for_servers(issuer, rules));
    faults.extend(unknown_extension(issuer, rules));
    faults.extend(may_not_sign(issuer, rules));
    faults
}

fn anchor_faults(anchor: &Certificate, rules: &Rules) -> BTreeSet<&'static str> {
    let mut faults = BTreeSet::new();
    if rules.anchor_ca && anchor.version == Version::V3 && !anchor.is_ca() {
        faults.insert("not-a-ca");
    }
    if rules.anchor_validity {
        faults.extend(outside_validity(anchor));
    }
    if rules.anchor_purposes {
        faults.extend(unusable_for_servers(anchor, rules));
    }
    if rules.anchor_critical {
        faults.extend(unknown_extension(anchor, rules));
    }
    faults.extend(may_not_sign(anchor, rules));
    faults
}

/// 6.1.3 (a) (2)
fn outside_validity(certificate: &Certificate) -> Option<&'static str> {
    match certificate.validity {
        (_, last) if last < 0 => Some("expired"),
        (first, _) if first > 0 => Some("not-yet-valid"),
        _ => None,
    }
}

/// 6.1.4 (n)
fn may_not_sign(issuer: &Certificate, rules: &Rules) -> Option<&'static str> {
    (rules.key_usage && issuer.may_sign == Some(false)).then_some("key-usage")
}

/// 4.2.1.12
fn unusable_for_servers(issuer: &Certificate, rules: &Rules) -> Option<&'static str> {
    let will_do = issuer.purposes.is_empty()
        || issuer.purposes.contains(&Purpose::ServerAuth)
        || rules.any_purpose && issuer.purposes.contains(&Purpose::Any);
    (!will_do).then_some("extended-key-usage")
}

/// 6.1.4 (o), 6.1.5 (f)
fn unknown_extension(certificate: &Certificate, rules: &Rules) -> Option<&'static str> {
    let is_known = match certificate.critical {
        None => true,
        Some(Critical::Policies) => rules.policies,
        Some(Critical::CrlPoints) => rules.crl_points,
        Some(Critical::Unknown) => false,
    };
    (!is_known).then_some("unknown-critical-extension")
}

fn unreadable(certificate: &Certificate, rules: &Rules) -> bool {
    certificate.is_unreadable()
        || rules.extensions_once && certificate.oddity == Some(Oddity::DuplicateExtension)
}
