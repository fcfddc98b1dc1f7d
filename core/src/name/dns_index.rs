//! Many dNSName subtrees at once (RFC 5280 4.2.1.10): found by their bases, and not one by one.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::dns::DnsSubtree;
use super::dns::MAX_NAME;
use super::dns::Pattern;
use super::dns::is_same;
use super::dns::parent;

/// Subtrees of one side, permitted or excluded. A name is inside one of them if what remains of it
/// without some of its first labels is the base; so each remainder is looked up.
#[derive(Clone, Debug)]
pub(crate) struct DnsIndex<'a> {
    seed: RandomState,
    /// Sorted by their hashes.
    bases: Vec<Base<'a>>,
    /// What stands after the first label of each base, sorted likewise.
    parents: Vec<Base<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Base<'a> {
    hash: u64,
    name: &'a [u8],
    leading_dot: bool,
}

impl<'a> DnsIndex<'a> {
    pub(crate) fn new(subtrees: impl Iterator<Item = DnsSubtree<'a>> + Clone) -> Self {
        let seed = RandomState::default();
        let sorted = |names: &mut dyn Iterator<Item = (&'a [u8], bool)>| {
            let mut lower = [0; MAX_NAME];
            let mut bases: Vec<Base<'a>> = names
                .map(|(name, leading_dot)| {
                    let hash = seed.hash_one(to_lower(name, &mut lower));
                    Base { hash, name, leading_dot }
                })
                .collect();
            bases.sort_unstable_by_key(|base| (base.hash, base.leading_dot));
            // A thousand copies of one would be looked through for each name.
            bases.dedup_by(|one, other| {
                one.leading_dot == other.leading_dot && is_same(one.name, other.name)
            });
            bases
        };
        let bases = sorted(&mut subtrees.clone().map(|tree| (tree.base(), tree.has_leading_dot())));
        let parents = sorted(&mut subtrees.filter_map(|tree| Some((parent(tree.base())?, false))));
        Self { seed, bases, parents }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }

    /// Whether one of them holds everything that `pattern` stands for.
    pub(crate) fn permits(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            // `.x` does not hold `x`.
            Pattern::Exact(name) => self
                .finds(name, |remainder, base| remainder.len() < name.len() || !base.leading_dot),
            Pattern::Wildcard(suffix) => self.finds(suffix, |_, _| true),
        }
    }

    /// Whether one of them holds anything that `pattern` stands for.
    pub(crate) fn excludes(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            Pattern::Exact(name) => self.finds(name, |_, _| true),
            Pattern::Wildcard(suffix) => {
                let mut lower = [0; MAX_NAME];
                let hash = self.seed.hash_one(to_lower(suffix, &mut lower));
                self.finds(suffix, |_, _| true)
                    || of_hash(&self.parents, hash).any(|base| is_same(base.name, suffix))
            }
        }
    }

    /// Whether a base is the name, what remains of it without its first labels, or nothing at all;
    /// and is what is looked for.
    fn finds(&self, name: &[u8], is_it: impl Fn(&[u8], &Base<'_>) -> bool) -> bool {
        let mut lower = [0; MAX_NAME];
        let mut rest = Some(to_lower(name, &mut lower));
        while let Some(remainder) = rest {
            let hash = self.seed.hash_one(remainder);
            let mut found = of_hash(&self.bases, hash);
            if found.any(|base| is_same(base.name, remainder) && is_it(remainder, base)) {
                return true;
            }
            rest = match remainder {
                [] => None,
                // The empty base holds every name.
                _ => Some(parent(remainder).unwrap_or_default()),
            };
        }
        false
    }
}

fn of_hash<'b, 'a>(bases: &'b [Base<'a>], hash: u64) -> impl Iterator<Item = &'b Base<'a>> {
    let start = bases.partition_point(|base| base.hash < hash);
    let rest = bases.get(start..).unwrap_or_default();
    rest.iter().take_while(move |base| base.hash == hash)
}

/// No well-formed name is longer; what is cut off would only make a name that is not found.
fn to_lower<'b>(name: &[u8], lower: &'b mut [u8; MAX_NAME]) -> &'b [u8] {
    let length = name.len().min(MAX_NAME);
    for (to, from) in lower.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    lower.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::DnsIndex;
    use super::DnsSubtree;
    use super::Pattern;

    /// Every name of one to four labels of a small alphabet, with and without what may stand
    /// before it.
    fn names() -> Vec<String> {
        let labels = ["a", "B", "c-1"];
        let mut all: Vec<String> = labels.iter().map(|label| (*label).into()).collect();
        let mut last = all.clone();
        for _ in 0..3 {
            last = last
                .iter()
                .flat_map(|name| labels.iter().map(move |label| format!("{label}.{name}")))
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    /// The same as one subtree after the other, for all sets of a few out of all.
    #[test]
    fn an_index_says_what_its_subtrees_say() {
        let names = names();
        let bases: Vec<String> = names
            .iter()
            .flat_map(|name| [name.to_lowercase(), format!(".{name}")])
            .chain([String::new()])
            .collect();
        let trees: Vec<DnsSubtree<'_>> =
            bases.iter().map(|base| DnsSubtree::new(base.as_bytes()).expect("a base")).collect();
        let presented: Vec<String> =
            names.iter().flat_map(|name| [name.clone(), format!("*.{name}")]).collect();
        let patterns: Vec<Pattern<'_>> =
            presented.iter().map(|name| Pattern::new(name.as_bytes()).expect("a name")).collect();
        let (mut inside, mut compared) = (0_u32, 0_u32);
        let mut state = 1_u64;
        for round in 0..400_usize {
            // From none to many; few enough that not everything is inside.
            let set: Vec<DnsSubtree<'_>> = (0..round % 12)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    trees[usize::try_from(state >> 33).expect("64 bits") % trees.len()]
                })
                .collect();
            let index = DnsIndex::new(set.iter().copied());
            for (pattern, name) in patterns.iter().zip(&presented) {
                let permits = set.iter().any(|tree| tree.permits(pattern));
                let excludes = set.iter().any(|tree| tree.excludes(pattern));
                assert_eq!(index.permits(pattern), permits, "{name} in {set:?}");
                assert_eq!(index.excludes(pattern), excludes, "{name} in {set:?}");
                inside += u32::from(permits) + u32::from(excludes);
                compared += 2;
            }
        }
        assert!(inside > compared / 10 && inside < compared * 9 / 10, "{inside} of {compared}");
    }

    #[test]
    fn names_of_any_length_are_found() {
        let long: String = [&"a".repeat(63)[..]; 4].join(".")[..253].into();
        let bases = [long.as_bytes(), b"x.test"];
        let index = DnsIndex::new(bases.iter().filter_map(|base| DnsSubtree::new(base)));
        let pattern = Pattern::new(long.as_bytes()).expect("a name");
        assert!(index.permits(&pattern) && index.excludes(&pattern));
        assert!(!index.is_empty());
        assert!(!index.permits(&Pattern::Exact(b"test")));
        assert!(DnsIndex::new(std::iter::empty()).is_empty());
    }
}
