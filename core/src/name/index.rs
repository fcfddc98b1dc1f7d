//! Many subtrees at once (RFC 5280 4.2.1.10): found by what they are made of, and not one by one.

use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::hash::Hasher;

use foldhash::fast::RandomState;

use super::ConstrainedName;
use super::NameForm;
use super::Tree;
use super::dns::Pattern;
use super::dns::is_same;
use super::dns::parent;
use super::ip::IpSubtree;
use super::mail::MailSubtree;
use super::mail::Mailbox;
use crate::order::sort_by_key;

/// Permitted and excluded subtrees of one form. It says of a name what they would say one by one.
#[derive(Debug)]
pub(crate) struct SubtreeIndex<'a> {
    form: NameForm,
    seed: RandomState,
    permitted: Side<'a>,
    excluded: Side<'a>,
}

/// Subtrees of one side. Each list is sorted by what is sought in it.
#[derive(Debug, Default)]
struct Side<'a> {
    hosts: Vec<Hashed<Host<'a>>>,
    /// Each length of a host's name, and where the hosts of that length end. A name is looked for
    /// by the lengths that there are: never more than subtrees, whatever labels it has.
    lengths: Vec<(usize, usize)>,
    /// What stands after the first label of each of the hosts.
    parents: Vec<Hashed<&'a [u8]>>,
    mailboxes: Vec<Hashed<MailSubtree<'a>>>,
    addresses: Vec<Addresses>,
    is_empty: bool,
}

#[derive(Clone, Copy, Debug)]
struct Hashed<T> {
    hash: u64,
    value: T,
}

/// What a subtree of hosts is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Host<'a> {
    pub(super) name: &'a [u8],
    /// It holds the name itself.
    pub(super) itself: bool,
    /// It holds what has labels before the name; before the empty one, everything has.
    pub(super) below: bool,
}

/// Addresses of one family from one to another, both included.
type Addresses = (Family, u128, u128);

/// How many octets an address has.
type Family = usize;

impl<'a> SubtreeIndex<'a> {
    /// Of the subtrees that are of `form`; None for directory names, which have no index.
    pub(crate) fn new(
        form: NameForm,
        permitted: impl Iterator<Item = Tree<'a>> + Clone,
        excluded: impl Iterator<Item = Tree<'a>> + Clone,
    ) -> Option<Self> {
        let seed = match form {
            NameForm::Dns | NameForm::Uri | NameForm::Rfc822 | NameForm::IpAddress => {
                RandomState::default()
            }
            _ => return None,
        };
        let permitted = Side::new(&seed, permitted, false);
        let excluded = Side::new(&seed, excluded, true);
        Some(Self { form, seed, permitted, excluded })
    }

    pub(crate) const fn form(&self) -> NameForm {
        self.form
    }

    /// Whether none excludes the name, and one permits it if there is one that may.
    pub(crate) fn lets(&self, name: &ConstrainedName<'_>) -> bool {
        !self.excluded.holds(&self.seed, name, true)
            && (self.permitted.is_empty || self.permitted.holds(&self.seed, name, false))
    }
}

impl<'a> Side<'a> {
    fn new(seed: &RandomState, trees: impl Iterator<Item = Tree<'a>>, excluded: bool) -> Self {
        let mut side = Self { is_empty: true, ..Self::default() };
        for tree in trees {
            side.is_empty = false;
            match tree {
                Tree::Dns(tree) => {
                    side.add_host(seed, tree.host(excluded));
                    // A wildcard may stand for the base, though its suffix is above it.
                    side.add_parent(seed, parent(tree.host(excluded).name).filter(|_| excluded));
                }
                Tree::Uri(tree) => side.add_host(seed, tree.host(excluded)),
                Tree::Mail(tree) => match tree.host(excluded) {
                    Ok(host) => side.add_host(seed, host),
                    Err(mailbox) => {
                        let hash = hash_of_mailbox(seed, &mailbox, excluded);
                        side.mailboxes.push(Hashed { hash, value: tree });
                    }
                },
                Tree::Ip(tree) => side.addresses.extend(addresses(&tree)),
                Tree::Directory(_) => {}
            }
        }
        side.sort();
        side
    }

    fn add_host(&mut self, seed: &RandomState, host: Host<'a>) {
        self.hosts.push(Hashed { hash: hash_of_lower(seed, host.name), value: host });
    }

    fn add_parent(&mut self, seed: &RandomState, parent: Option<&'a [u8]>) {
        let hashed = |value| Hashed { hash: hash_of_lower(seed, value), value };
        self.parents.extend(parent.map(hashed));
    }

    /// A thousand copies of one would be looked through for each name: they are dropped.
    fn sort(&mut self) {
        let holds = |host: &Host<'_>| (host.itself, host.below);
        sort_by_key(&mut self.hosts, |host| {
            let (itself, below) = holds(&host.value);
            let holds = u64::from(itself) << 1 | u64::from(below);
            (part(host.value.name.len()), host.hash, holds)
        });
        self.hosts.dedup_by(|one, other| {
            holds(&one.value) == holds(&other.value) && is_same(one.value.name, other.value.name)
        });
        for (position, host) in self.hosts.iter().enumerate() {
            let (length, end) = (host.value.name.len(), position.saturating_add(1));
            match self.lengths.last_mut() {
                Some(last) if last.0 == length => last.1 = end,
                _ => self.lengths.push((length, end)),
            }
        }
        sort_by_key(&mut self.parents, |parent| (parent.hash, 0, 0));
        self.parents.dedup_by(|one, other| is_same(one.value, other.value));
        sort_by_key(&mut self.mailboxes, |mailbox| (mailbox.hash, 0, 0));
        self.mailboxes.dedup_by(|one, other| one.value == other.value);
        sort_by_key(&mut self.addresses, |(family, first, _)| {
            let (high, low) = (first >> 64, first & u128::from(u64::MAX));
            (part(*family), part(high), part(low))
        });
        // What overlaps becomes one, so that one comparison finds it.
        self.addresses.dedup_by(|next, last| {
            let overlap = next.0 == last.0 && next.1 <= last.2;
            if overlap {
                last.2 = last.2.max(next.2);
            }
            overlap
        });
    }

    /// Whether one of them permits the name, or excludes it.
    fn holds(&self, seed: &RandomState, name: &ConstrainedName<'_>, excluded: bool) -> bool {
        let (host, is_suffix) = match name {
            ConstrainedName::Dns(Pattern::Exact(name)) => (*name, false),
            // One label is added to the suffix, so that what it makes is below the base.
            ConstrainedName::Dns(Pattern::Wildcard(suffix)) => (*suffix, true),
            ConstrainedName::Uri(host) => (*host, false),
            ConstrainedName::Mail(mailbox) => (mailbox.host(), false),
            ConstrainedName::Ip(address) => return self.holds_address(address),
            ConstrainedName::Directory(_) => return false,
        };
        if self.holds_host(seed, host, is_suffix) {
            return true;
        }
        match name {
            ConstrainedName::Dns(Pattern::Wildcard(suffix)) => {
                of_hash(&self.parents, hash_of_lower(seed, suffix))
                    .any(|parent| is_same(parent, suffix))
            }
            ConstrainedName::Mail(mailbox) => {
                let hash = hash_of_mailbox(seed, mailbox, excluded);
                of_hash(&self.mailboxes, hash).any(|tree| match excluded {
                    true => tree.excludes(mailbox),
                    false => tree.permits(mailbox),
                })
            }
            _ => false,
        }
    }

    /// Whether a base is the name, or the suffix of a wildcard, and holds it, or is what remains
    /// of it without its first labels (nothing at all, in the end) and holds what is below.
    #[inline]
    fn holds_host(&self, seed: &RandomState, name: &[u8], is_suffix: bool) -> bool {
        let mut start = 0;
        self.lengths.iter().any(|(length, end)| {
            let hosts = self.hosts.get(start..*end).unwrap_or_default();
            start = *end;
            let Some(ending) = ending(name, *length) else { return false };
            let is_itself = ending.len() == name.len() && !is_suffix;
            let is_it = |host: &Host<'_>| {
                is_same(host.name, ending) && if is_itself { host.itself } else { host.below }
            };
            match hosts.len() <= FEW {
                true => hosts.iter().any(|host| is_it(&host.value)),
                false => of_hash(hosts, hash_of_lower(seed, ending)).any(|host| is_it(&host)),
            }
        })
    }

    fn holds_address(&self, address: &[u8]) -> bool {
        let (family, number) = (address.len(), number(address));
        // The last that begins at the address or before it.
        let after =
            self.addresses.partition_point(|(of, first, _)| (*of, *first) <= (family, number));
        let last = after.checked_sub(1).and_then(|at| self.addresses.get(at));
        last.is_some_and(|(of, _, last)| *of == family && number <= *last)
    }
}

/// The last octets of `name`, if they are all of it or begin with a label. No octets are the end of
/// every name.
fn ending(name: &[u8], length: usize) -> Option<&[u8]> {
    let (labels, ending) = name.split_at_checked(name.len().checked_sub(length)?)?;
    match labels {
        [] | [.., b'.'] => Some(ending),
        _ => Some(ending).filter(|ending| ending.is_empty()),
    }
}

fn of_hash<T: Copy>(sorted: &[Hashed<T>], hash: u64) -> impl Iterator<Item = T> {
    let start = sorted.partition_point(|one| one.hash < hash);
    let rest = sorted.get(start..).unwrap_or_default();
    rest.iter().take_while(move |one| one.hash == hash).map(|one| one.value)
}

/// The addresses that a subtree holds; its mask is ones, then zeros.
fn addresses(tree: &IpSubtree<'_>) -> Option<Addresses> {
    let (address, mask) = (number(tree.address()), number(tree.mask()));
    let all = number([0xff; 16].get(..tree.mask().len())?);
    let first = address & mask;
    Some((tree.address().len(), first, first | (all & !mask)))
}

/// Up to 16 octets, the first the highest.
fn number(octets: &[u8]) -> u128 {
    octets.iter().fold(0u128, |number, octet| (number << 8) | u128::from(*octet))
}

/// A number as a part of a key.
fn part(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// The same for names that differ only in case.
fn hash_of_lower(seed: &RandomState, name: &[u8]) -> u64 {
    let mut hasher = seed.build_hasher();
    write_lower(&mut hasher, name);
    hasher.finish()
}

/// With the case of the local part, unless that does not count.
fn hash_of_mailbox(seed: &RandomState, mailbox: &Mailbox<'_>, excluded: bool) -> u64 {
    let mut hasher = seed.build_hasher();
    match excluded {
        true => write_lower(&mut hasher, mailbox.local()),
        false => hasher.write(mailbox.local()),
    }
    hasher.write_u8(b'@');
    write_lower(&mut hasher, mailbox.host());
    hasher.finish()
}

fn write_lower(hasher: &mut impl Hasher, name: &[u8]) {
    let mut lower = [0; 64];
    for part in name.chunks(lower.len()) {
        lower.iter_mut().zip(part).for_each(|(to, from)| *to = from.to_ascii_lowercase());
        hasher.write(lower.get(..part.len()).unwrap_or_default());
    }
}

/// To compare with so many costs less than a hash.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::super::ConstrainedName;
    use super::super::NameForm;
    use super::super::PresentedName;
    use super::super::Subtree;
    use super::super::Tree;
    use super::SubtreeIndex;

    /// Every name of one to four labels of a small alphabet. One label ends as another does.
    fn hosts() -> Vec<String> {
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

    fn addresses() -> Vec<Vec<u8>> {
        let v4 = (0..64_u8).map(|low| [10, 0, low / 8, low % 8 * 32].to_vec());
        let v6 = (0..64_u8).map(|low| {
            let mut address = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
            (address[4], address[15]) = (low / 8, low % 8 * 32);
            address
        });
        v4.chain(v6).chain([[0; 4].to_vec(), [0xff; 4].to_vec(), [0xff; 16].to_vec()]).collect()
    }

    /// The bases of subtrees, and names, of one form.
    fn material(form: NameForm) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let hosts = hosts();
        let subtrees = |name: &String| [name.to_lowercase(), format!(".{name}")];
        let of_hosts = || hosts.iter().flat_map(subtrees).chain([String::new()]);
        let octets = |texts: Vec<String>| texts.into_iter().map(String::into_bytes).collect();
        let names = |each: fn(&String) -> [String; 2]| hosts.iter().flat_map(each).collect();
        match form {
            NameForm::Dns => {
                let names = names(|name| [name.clone(), format!("*.{name}")]);
                (octets(of_hosts().collect()), octets(names))
            }
            NameForm::Uri => {
                let names = names(|name| [format!("a://{name}"), format!("b://x@{name}:1/y")]);
                (octets(of_hosts().collect()), octets(names))
            }
            NameForm::Rfc822 => {
                let mailboxes = hosts
                    .iter()
                    .flat_map(|name| [format!("x@{}", name.to_lowercase()), format!("X@{name}")]);
                let bases = of_hosts().chain(mailboxes).collect();
                (octets(bases), octets(names(|name| [format!("x@{name}"), format!("y@{name}")])))
            }
            _ => {
                let base = |address: &Vec<u8>| {
                    [0_u32, 1, 8, 21, 24, 27, 31, 32, 40, 128].map(|ones| {
                        let mask = (0..address.len()).map(|at| {
                            let ones = ones.saturating_sub(8 * u32::try_from(at).unwrap());
                            u8::try_from(0xff00_u32 >> ones.min(8) & 0xff).unwrap()
                        });
                        address.iter().copied().chain(mask).collect()
                    })
                };
                (addresses().iter().flat_map(base).collect(), addresses())
            }
        }
    }

    /// The same as one subtree after the other, for all sets of a few out of all.
    #[test]
    fn an_index_says_what_its_subtrees_say() {
        for form in [NameForm::Dns, NameForm::Uri, NameForm::Rfc822, NameForm::IpAddress] {
            let (bases, names) = material(form);
            let trees = bases.iter().map(|base| Subtree::of(form, base).tree().expect("a base"));
            let trees: Vec<Tree<'_>> = trees.collect();
            let presented: Vec<PresentedName<'_>> =
                names.iter().map(|name| PresentedName::new(form, name)).collect();
            let (mut good, mut compared, mut state) = (0_u32, 0_u32, 1_u64);
            for round in 0..400_usize {
                // From none to many; few enough that not everything is inside.
                let mut set = |count: usize| -> Vec<Tree<'_>> {
                    let mut tree = || {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        trees[usize::try_from(state >> 33).expect("64 bits") % trees.len()]
                    };
                    (0..count).map(|_| tree()).collect()
                };
                // Large ones too, in which hashes decide.
                let size = |least: usize| if round % 40 == 39 { 200 } else { least };
                let (permitted, excluded) = (set(size(round % 12)), set(round / 12 % 5));
                let (p, e) = (permitted.iter().copied(), excluded.iter().copied());
                let index = SubtreeIndex::new(form, p, e).expect("an index");
                for presented in &presented {
                    let name = ConstrainedName::new(presented).expect("a name");
                    let expected = !excluded.iter().any(|tree| tree.excludes(&name))
                        && (permitted.is_empty() || permitted.iter().any(|one| one.permits(&name)));
                    assert_eq!(
                        index.lets(&name),
                        expected,
                        "{presented} {permitted:?} but {excluded:?}"
                    );
                    good += u32::from(expected);
                    compared += 1;
                }
            }
            let frequent = good > compared / 20 && good < compared / 20 * 19;
            assert!(frequent, "{form}: {good} of {compared}");
        }
    }

    /// Each is the longest that is well formed, or longer than any buffer.
    #[test]
    fn names_of_any_length_are_found() {
        let long: String = [&"a".repeat(63)[..]; 4].join(".")[..253].into();
        let local = "b".repeat(1000);
        for (form, name, other) in [
            (NameForm::Dns, long.clone(), "test".into()),
            (NameForm::Uri, format!("a://{long}"), "a://test".into()),
            (NameForm::Rfc822, format!("{local}@{long}"), format!("{local}b@{long}")),
        ] {
            let base = if form == NameForm::Uri { &name[4..] } else { &name[..] };
            let tree = Subtree::of(form, base.as_bytes()).tree().expect("a base");
            let lets = |name: &str, permitted: Option<Tree<'_>>, excluded: Option<Tree<'_>>| {
                let (permitted, excluded) = (permitted.into_iter(), excluded.into_iter());
                let index = SubtreeIndex::new(form, permitted, excluded).expect("an index");
                let presented = PresentedName::new(form, name.as_bytes());
                index.lets(&ConstrainedName::new(&presented).expect("a name"))
            };
            let upper = name.to_uppercase();
            assert!(lets(&name, Some(tree), None) && lets(&name, None, None), "{name}");
            assert!(!lets(&name, None, Some(tree)) && !lets(&upper, None, Some(tree)), "{name}");
            assert!(!lets(&other, Some(tree), None) && lets(&other, None, Some(tree)), "{name}");
            // The case of a local part counts, but to be safe.
            assert_eq!(lets(&upper, Some(tree), None), form != NameForm::Rfc822, "{name}");
        }
        let none = core::iter::empty();
        assert!(SubtreeIndex::new(NameForm::Directory, none.clone(), none).is_none());
    }
}
