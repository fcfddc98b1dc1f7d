//! Every case by name, and the small world of root, intermediate and leaf they are made from.

use std::sync::LazyLock;

use crate::authority::Authority;
use crate::case::At;
use crate::case::Case;
use crate::case::Expect;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::extension::NameConstraints;
use crate::extension::SUBJECT_KEY_ID;
use crate::keys;
use crate::keys::Key;
use crate::time;

mod algorithms;
mod authorities;
mod chaining;
mod constrained_directories;
mod constrained_dns;
mod constrained_names;
mod encoding;
mod forgeries;
mod host_names;
mod limits;
mod paths;
mod policies;
mod public_keys;
mod several;
mod uri_names;
mod usage;
mod validity;
mod versions;

/// Every case, in the order of its name.
pub fn all() -> Vec<Case> {
    let mut cases = [
        algorithms::cases(),
        authorities::cases(),
        chaining::cases(),
        constrained_directories::cases(),
        constrained_dns::cases(),
        constrained_names::cases(),
        encoding::cases(),
        forgeries::cases(),
        host_names::cases(),
        limits::cases(),
        paths::cases(),
        policies::cases(),
        public_keys::cases(),
        several::cases(),
        uri_names::cases(),
        usage::cases(),
        validity::cases(),
        versions::cases(),
    ]
    .concat();
    cases.sort_by_key(|case| case.name);
    cases
}

/// The name nearly every case expects.
const HOST: &str = "backend.example.com";

/// The anchor nearly every case trusts.
static ROOT: LazyLock<Authority> = LazyLock::new(|| Authority::root("Example Root", &keys::P256_A));

/// The authority nearly every leaf comes from.
static INTERMEDIATE: LazyLock<Authority> =
    LazyLock::new(|| ROOT.intermediate("Example Intermediate", &keys::P256_B));

/// Two hundred anchors of the root's name, each with another key, and without key identifiers, so
/// that nothing but a signature tells them apart.
static NAMESAKES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let namesake = |at| anonymous_root(&Key::derived(&format!("namesake {at}")));
    (0..200).map(namesake).collect()
});

/// The leaf of every case that says nothing about its leaf.
static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| INTERMEDIATE.issue(leaf()));

/// Begins a case whose chain is good: a sound leaf, the intermediate, and the root trusted.
fn accepted(name: &'static str, about: &'static str) -> Case {
    Case {
        name,
        about,
        now: time::NOW,
        hostname: HOST,
        sans: Vec::new(),
        expect: Expect::Accepted,
        cves: Vec::new(),
        chain: vec![LEAF.clone(), INTERMEDIATE.certificate.clone()],
        anchors: vec![ROOT.certificate.clone()],
    }
}

/// Begins a case whose chain is to be refused.
fn refused(name: &'static str, about: &'static str, code: &'static str, at: At) -> Case {
    Case { expect: Expect::Refused(code, at), ..accepted(name, about) }
}

/// An anchor of the root's name, for this key, without a key identifier.
fn anonymous_root(key: &Key) -> Vec<u8> {
    let name = ROOT.name.clone();
    Authority::self_signed(name, key, |root| root.without(SUBJECT_KEY_ID)).certificate
}

/// A sound leaf, not yet issued.
fn leaf() -> CertificateBuilder {
    CertificateBuilder::leaf(HOST)
}

/// A sound intermediate, not yet issued.
fn intermediate() -> CertificateBuilder {
    CertificateBuilder::authority(INTERMEDIATE.name.clone(), &keys::P256_B)
}

impl Case {
    fn now(self, now: i64) -> Self {
        Self { now, ..self }
    }

    fn hostname(self, hostname: &'static str) -> Self {
        Self { hostname, ..self }
    }

    fn san(mut self, san: &'static str) -> Self {
        self.sans.push(san);
        self
    }

    fn cve(mut self, id: &'static str) -> Self {
        self.cves.push(id);
        self
    }

    fn cves<const N: usize>(mut self, ids: [&'static str; N]) -> Self {
        self.cves.extend(ids);
        self
    }

    /// Presents this leaf in place of the sound one, issued by the intermediate.
    fn leaf(self, leaf: CertificateBuilder) -> Self {
        self.chain([INTERMEDIATE.issue(leaf), INTERMEDIATE.certificate.clone()])
    }

    /// Presents a leaf with these names, issued by the intermediate.
    fn names<T: AsRef<[u8]>>(self, names: &[T]) -> Self {
        self.leaf(leaf().names(names))
    }

    /// Presents this intermediate in place of the sound one, issued by the root.
    fn intermediate(mut self, intermediate: CertificateBuilder) -> Self {
        self.chain[1] = ROOT.issue(intermediate);
        self
    }

    /// Presents an intermediate with these constraints, issued by the root.
    fn constraints(self, constraints: &NameConstraints) -> Self {
        self.intermediate(intermediate().extension(constraints.extension()))
    }

    /// Presents exactly these certificates.
    fn chain(self, chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { chain: chain.into_iter().collect(), ..self }
    }

    /// Trusts exactly these certificates.
    fn anchors(self, anchors: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { anchors: anchors.into_iter().collect(), ..self }
    }

    /// Trusts the root's name and key under a changed certificate.
    fn root(self, change: impl Fn(CertificateBuilder) -> CertificateBuilder) -> Self {
        let name = DirectoryName::cn("Example Root");
        let root = Authority::self_signed(name, &keys::P256_A, change);
        self.anchors([root.certificate])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_used_once() {
        let cases = all();
        let names = cases.iter().map(|case| case.name).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), cases.len());
    }

    #[test]
    fn accepted_cases_say_so_in_their_name() {
        for case in all() {
            let accepted = case.expect == Expect::Accepted;
            assert_eq!(case.name.ends_with("-accepted"), accepted, "{}", case.name);
        }
    }

    #[test]
    fn every_refusal_has_an_accepted_neighbour() {
        let cases = all();
        let accepted =
            cases.iter().filter_map(|case| case.name.strip_suffix("-accepted")).collect::<Vec<_>>();
        for case in &cases {
            let follows = |stem: &&str| {
                let rest = case.name.strip_prefix(*stem);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            let has_neighbour = accepted.iter().any(follows);
            assert!(has_neighbour, "{} has no accepted neighbour", case.name);
        }
    }
}
