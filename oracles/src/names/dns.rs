//! dNSName: lists of labels in lower case. A presented wildcard is every name it stands for.

use std::collections::BTreeSet;

/// The labels of a name, in lower case, the left-most first.
pub(crate) type Labels = Vec<String>;

/// The labels of a name without a wildcard, or of `*.` and a name: then the first is `*`.
pub(crate) fn presented(octets: &[u8]) -> Option<Labels> {
    let mut labels = split(octets)?;
    if labels.len() > 1 && labels[0] == "*" {
        labels[0] = "0".to_owned();
        is_host(&labels).then_some(())?;
        labels[0] = "*".to_owned();
        return Some(labels);
    }
    is_host(&labels).then_some(labels)
}

/// The labels of a name without a wildcard.
pub(crate) fn host(octets: &[u8]) -> Option<Labels> {
    split(octets).filter(is_host)
}

/// Whether the name could be taken for an IPv4 address: its last label is a number (RFC 1123 2.1).
pub(crate) fn ends_in_a_number(labels: &Labels) -> bool {
    labels.last().is_some_and(|last| last.chars().all(|each| each.is_ascii_digit()))
}

/// A host name as RFC 952 and RFC 1123 have it, with underscores, or a wildcard.
pub(super) fn can_be_expected(octets: &[u8]) -> bool {
    presented(octets).is_some_and(|labels| {
        let hyphens = labels.iter().any(|label| label.starts_with('-') || label.ends_with('-'));
        !hyphens && !ends_in_a_number(&labels)
    })
}

/// RFC 9525 6.3: whether the expected name is among those that the presented one stands for. An
/// expected wildcard stands for itself.
pub(super) fn matches(expected: &[u8], presented_octets: &[u8]) -> bool {
    let (Some(expected), Some(presented)) = (presented(expected), presented(presented_octets))
    else {
        return false;
    };
    expected == presented || expansions(&presented, &expected).contains(&expected)
}

/// The base of a subtree: its labels, and whether it was written with a leading dot.
#[derive(Debug)]
pub(crate) struct Subtree {
    pub(crate) base: Labels,
    pub(crate) dotted: bool,
}

/// RFC 5280 4.2.1.10. The empty base holds every name.
pub(crate) fn subtree(octets: &[u8]) -> Option<Subtree> {
    if octets.is_empty() {
        return Some(Subtree { base: Vec::new(), dotted: false });
    }
    let dotted = octets[0] == b'.';
    let base = host(if dotted { &octets[1..] } else { octets })?;
    Some(Subtree { base, dotted })
}

impl Subtree {
    /// Whether zero or more labels at the left of the base make the name; one or more, of a base
    /// with a leading dot.
    fn holds(&self, name: &Labels) -> bool {
        name.ends_with(&self.base) && (!self.dotted || name.len() > self.base.len())
    }

    /// The same without the dot: what is excluded, the name itself included.
    fn undotted(self) -> Self {
        Self { dotted: false, ..self }
    }
}

/// Every name that the presented one stands for is inside.
pub(super) fn is_permitted_by(name: &[u8], base: &[u8]) -> bool {
    let (Some(name), Some(subtree)) = (presented(name), subtree(base)) else {
        return false;
    };
    expansions(&name, &subtree.base).iter().all(|name| subtree.holds(name))
}

/// Some name that the presented one stands for is inside.
pub(super) fn is_excluded_by(name: &[u8], base: &[u8]) -> bool {
    let (Some(name), Some(subtree)) = (presented(name), subtree(base)) else {
        return false;
    };
    let subtree = subtree.undotted();
    expansions(&name, &subtree.base).iter().any(|name| subtree.holds(name))
}

/// The names that a presented name stands for, as far as `other` can tell them apart: in place of
/// a `*` each label of `other`, and one that occurs nowhere in it.
fn expansions(name: &Labels, other: &Labels) -> BTreeSet<Labels> {
    if name[0] != "*" {
        return BTreeSet::from([name.clone()]);
    }
    let fresh = (0..).map(|number: u32| number.to_string());
    let fresh = fresh.into_iter().find(|label| !other.contains(label));
    let in_place = |label: &String| [std::slice::from_ref(label), &name[1..]].concat();
    other.iter().chain(&fresh).map(in_place).filter(is_host).collect()
}

/// What stands between the dots, in lower case; None beyond ASCII.
fn split(octets: &[u8]) -> Option<Labels> {
    let text = std::str::from_utf8(octets).ok().filter(|text| text.is_ascii())?;
    Some(text.to_ascii_lowercase().split('.').map(str::to_owned).collect())
}

/// RFC 1035 2.3.4: labels of 1 to 63 octets, 253 in all with the dots between them. Of letters,
/// digits and hyphens, and underscores, which private names have.
fn is_host(labels: &Labels) -> bool {
    let is_good = |each: char| each.is_ascii_alphanumeric() || each == '-' || each == '_';
    labels.iter().all(|label| (1..=63).contains(&label.len()) && label.chars().all(is_good))
        && labels.join(".").len() <= 253
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_what_the_other_name_can_tell_apart() {
        let labels = |name: &str| split(name.as_bytes()).expect("ASCII");
        let expanded = expansions(&labels("*.x"), &labels("a.0.x"));
        let expected = ["a.x", "0.x", "x.x", "1.x"].map(labels);
        assert_eq!(expanded, BTreeSet::from(expected));
        assert_eq!(expansions(&labels("b.x"), &labels("a.x")), BTreeSet::from([labels("b.x")]));
    }

    #[test]
    fn all_of_a_wildcard_is_permitted_and_any_of_it_is_excluded() {
        for (name, base, permitted, excluded) in [
            ("*.x.test", "x.test", true, true),
            ("*.x.test", ".x.test", true, true),
            ("*.x.test", "a.x.test", false, true),
            ("*.x.test", "b.a.x.test", false, false),
            ("x.test", ".x.test", false, true),
            ("ax.test", "x.test", false, false),
            ("anything", "", true, true),
        ] {
            assert_eq!(is_permitted_by(name.as_bytes(), base.as_bytes()), permitted);
            assert_eq!(is_excluded_by(name.as_bytes(), base.as_bytes()), excluded);
        }
    }
}
