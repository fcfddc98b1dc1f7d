//! Many dNSName subtrees at once (RFC 5280 4.2.1.10): found by their bases, and not one by one.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::dns::DnsSubtree;
use super::dns::MAX_NAME;
use super::dns::Pattern;
use super::dns::is_same;
use super::dns::parent;

/// Subtrees of one side, permitted or excluded. A name is inside one of them if it ends with the
/// base; so the end of each length that some base has is looked up. There are no more lengths than
/// subtrees: whatever the names and the bases, it is no more work than one by one.
#[derive(Clone, Debug)]
pub(crate) struct DnsIndex<'a> {
    seed: RandomState,
    bases: Bases<'a>,
    /// What stands after the first label of each base.
    parents: Bases<'a>,
}

#[derive(Clone, Debug)]
struct Bases<'a> {
    /// Sorted by their lengths, and those of one length by their hashes.
    sorted: Vec<Base<'a>>,
    /// Each length, and where its bases end.
    lengths: Vec<(usize, usize)>,
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
        let bases = subtrees.clone().map(|tree| (tree.base(), tree.has_leading_dot()));
        let bases = Bases::new(&seed, bases);
        let parents = subtrees.filter_map(|tree| Some((parent(tree.base())?, false)));
        let parents = Bases::new(&seed, parents);
        Self { seed, bases, parents }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bases.sorted.is_empty()
    }

    /// Whether one of them holds everything that `pattern` stands for.
    pub(crate) fn permits(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            // `.x` does not hold `x`.
            Pattern::Exact(name) => {
                self.finds(name, |base| base.name.len() < name.len() || !base.leading_dot)
            }
            Pattern::Wildcard(suffix) => self.finds(suffix, |_| true),
        }
    }

    /// Whether one of them holds anything that `pattern` stands for.
    pub(crate) fn excludes(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            Pattern::Exact(name) => self.finds(name, |_| true),
            Pattern::Wildcard(suffix) => {
                self.finds(suffix, |_| true) || self.parents.holds(&self.seed, suffix)
            }
        }
    }

    /// Whether a base is the name, what remains of it without its first labels, or nothing at all;
    /// and is what is looked for.
    fn finds(&self, name: &[u8], is_it: impl Fn(&Base<'_>) -> bool) -> bool {
        self.bases.by_length().any(|(length, bases)| {
            ending(name, length)
                .is_some_and(|ending| equal_to(bases, &self.seed, ending).any(&is_it))
        })
    }
}

impl<'a> Bases<'a> {
    fn new(seed: &RandomState, names: impl Iterator<Item = (&'a [u8], bool)>) -> Self {
        let mut sorted: Vec<Base<'a>> = names
            .map(|(name, leading_dot)| Base { hash: hash(seed, name), name, leading_dot })
            .collect();
        sorted.sort_unstable_by_key(|base| (base.name.len(), base.hash, base.leading_dot));
        // A thousand copies of one would be looked through for each name.
        sorted.dedup_by(|one, other| {
            one.leading_dot == other.leading_dot && is_same(one.name, other.name)
        });
        let mut lengths: Vec<(usize, usize)> = Vec::new();
        for (position, base) in sorted.iter().enumerate() {
            let (length, end) = (base.name.len(), position.saturating_add(1));
            match lengths.last_mut() {
                Some(last) if last.0 == length => last.1 = end,
                _ => lengths.push((length, end)),
            }
        }
        Self { sorted, lengths }
    }

    /// Each length that some have, and those.
    fn by_length(&self) -> impl Iterator<Item = (usize, &[Base<'a>])> {
        let mut start = 0;
        self.lengths.iter().map(move |(length, end)| {
            let bases = self.sorted.get(start..*end).unwrap_or_default();
            start = *end;
            (*length, bases)
        })
    }

    fn holds(&self, seed: &RandomState, name: &[u8]) -> bool {
        let bases = self.by_length().find(|(length, _)| *length == name.len());
        bases.is_some_and(|(_, bases)| equal_to(bases, seed, name).next().is_some())
    }
}

/// The last octets of `name`, if they are all of it or begin with a label.
fn ending(name: &[u8], length: usize) -> Option<&[u8]> {
    let (labels, ending) = name.split_at_checked(name.len().checked_sub(length)?)?;
    match labels {
        [] | [.., b'.'] => Some(ending),
        // The empty base holds every name.
        _ => Some(ending).filter(|ending| ending.is_empty()),
    }
}

/// Those of `bases`, all of one length, that are `name`.
fn equal_to<'b, 'a>(
    bases: &'b [Base<'a>],
    seed: &RandomState,
    name: &'b [u8],
) -> impl Iterator<Item = &'b Base<'a>> {
    let of_hash = match bases.len() <= FEW {
        true => bases,
        false => {
            let hash = hash(seed, name);
            let start = bases.partition_point(|base| base.hash < hash);
            let rest = bases.get(start..).unwrap_or_default();
            let count = rest.partition_point(|base| base.hash == hash);
            rest.get(..count).unwrap_or_default()
        }
    };
    of_hash.iter().filter(move |base| is_same(base.name, name))
}

/// Of the name in lower case. No well-formed name is longer than what is hashed; of another, the
/// rest is compared.
fn hash(seed: &RandomState, name: &[u8]) -> u64 {
    let mut lower = [0; MAX_NAME];
    for (to, from) in lower.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    seed.hash_one(lower.get(..name.len().min(MAX_NAME)))
}

/// To compare with so many costs less than a hash.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::DnsIndex;
    use super::DnsSubtree;
    use super::Pattern;

    /// Every name of one to four labels of a small alphabet. One label ends as another does.
    fn names() -> Vec<String> {
        let labels = ["a", "B", "c-a"];
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
            // From none to many; few enough that not everything is inside. With long bases only,
            // they are so many that hashes are compared.
            let (most, from) = if round % 2 == 0 { (12, 0) } else { (60, trees.len() / 2) };
            let set: Vec<DnsSubtree<'_>> = (0..round % most)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let at = usize::try_from(state >> 33).expect("64 bits");
                    trees[from + at % (trees.len() - from)]
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
