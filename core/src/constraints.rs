//! One judgement: whether a CA's name constraints let the names below it be (RFC 5280 6.1.3 b, c).
//!
//! There is no state that is intersected from CA to CA: each CA's constraints are held against
//! each certificate below it. Intersections have lost constraints in other verifiers
//! (CVE-2026-42011), and a path is short.

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::cert::Certificate;
use crate::limits::Budget;
use crate::limits::Exceeded;
use crate::name::ConstrainedName;
use crate::name::DirectoryName;
use crate::name::NameConstraints;
use crate::name::NameForm;
use crate::name::PresentedName;
use crate::name::Subtree;
use crate::name::Subtrees;
use crate::name::Tree;
use crate::reason::At;
use crate::reason::ConstraintFault;
use crate::reason::Finding;
use crate::reason::Reason;

/// A certificate below a constraining CA. Self-issued ones are held to nothing, the leaf excepted
/// (6.1.3 b), and are not among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Below<'c, 'a> {
    pub(crate) certificate: &'c Certificate<'a>,
    pub(crate) at: At,
    /// Its place in the path, from the leaf: 0.
    pub(crate) position: usize,
}

/// Why the constraints refuse.
#[derive(Clone, Debug)]
pub(crate) enum Violation {
    /// By what stands in the CA alone.
    Always(Finding),
    /// By a name of the certificate at this place in the path.
    Name { position: usize, finding: Finding },
}

/// Holds the names of the certificates below a CA against its constraints.
pub(crate) fn check<'c, 'a: 'c>(
    constraints: &NameConstraints<'a>,
    by: At,
    below: impl Iterator<Item = Below<'c, 'a>> + Clone,
    budget: &mut Budget,
) -> Result<Result<(), Violation>, Exceeded> {
    // 4.2.1.10: minimum and maximum are not used; who meets them must process them or refuse.
    if constraints.has_distances() {
        let reason = Reason::NameConstraintNotSupported(ConstraintFault::Distances);
        return Ok(Err(Violation::Always(Finding::new(reason, by))));
    }
    let subtrees = Tally::of_subtrees(constraints);
    let mut names = Tally::default();
    for below in below.clone() {
        each_name(below.certificate, |name| {
            names.count(name.form());
            Ok(())
        })
        .ok();
    }
    budget.spend_pairs(names.pairs(&subtrees))?;

    let mut inline = [None; INLINE_TREES];
    let mut spilled = Vec::new();
    let trees = match subtrees.total() <= INLINE_TREES {
        true => collect_inline(constraints, &mut inline),
        false => {
            spilled.extend(all(constraints).map(|(side, subtree)| Some((side, subtree.tree()?))));
            spilled.as_slice()
        }
    };
    // Subtrees that cannot be compared refuse every name of their form.
    let unusable = trees.iter().any(Option::is_none);
    let permitted = Tally::of(&constraints.permitted);
    for below in below {
        let judged = each_name(below.certificate, |name| {
            let form = name.form();
            if subtrees.has(form) {
                if unusable {
                    refuse_unusable(constraints, &name, by, below.at)?;
                }
                judge(&name, trees, constraints, permitted.has(form), by, below.at)?;
            }
            Ok(())
        });
        if let Err(finding) = judged {
            return Ok(Err(Violation::Name { position: below.position, finding }));
        }
    }
    Ok(Ok(()))
}

/// One name against all subtrees. What is not well formed cannot be judged, so it is refused.
fn judge(
    name: &CarriedName<'_>,
    trees: &[Option<(Side, Tree<'_>)>],
    constraints: &NameConstraints<'_>,
    must_be_permitted: bool,
    by: At,
    at: At,
) -> Result<(), Finding> {
    let Some(constrained) = name.constrained() else {
        return Err(Finding::new(Reason::MalformedName { name: name.text(), by }, at));
    };
    let mut permitted = !must_be_permitted;
    for (position, tree) in trees.iter().enumerate() {
        match tree {
            // 6.1.3 (c)
            Some((Side::Excluded, tree)) if tree.excludes(&constrained) => {
                let subtree = all(constraints).nth(position).map(|(_, subtree)| subtree.base);
                let subtree = subtree.map(|base| base.to_string()).unwrap_or_default();
                let reason = Reason::NameExcluded { name: name.text(), by, subtree };
                return Err(Finding::new(reason, at));
            }
            // 6.1.3 (b)
            Some((Side::Permitted, tree)) if !permitted => permitted = tree.permits(&constrained),
            // Subtrees without a tree have been looked at before.
            Some(_) | None => {}
        }
    }
    if permitted {
        return Ok(());
    }
    let of_form = constraints.permitted.iter().filter(|subtree| subtree.base.form() == name.form());
    let permitted = of_form.take(MOST_SUBTREES).map(|subtree| subtree.base.to_string()).collect();
    Err(Finding::new(Reason::NameNotPermitted { name: name.text(), by, permitted }, at))
}

/// Refuses if a subtree of the name's form cannot be compared with.
fn refuse_unusable(
    constraints: &NameConstraints<'_>,
    name: &CarriedName<'_>,
    by: At,
    name_at: At,
) -> Result<(), Finding> {
    let form = name.form();
    let mut of_form =
        all(constraints).map(|(_, subtree)| subtree).filter(|s| s.base.form() == form);
    let Some(subtree) = of_form.find(|subtree| subtree.tree().is_none()) else {
        return Ok(());
    };
    let fault = match is_implemented(form) {
        true => ConstraintFault::Base { base: subtree.base.to_string(), name_at },
        false => ConstraintFault::Form { form, name_at },
    };
    Err(Finding::new(Reason::NameConstraintNotSupported(fault), by))
}

const fn is_implemented(form: NameForm) -> bool {
    matches!(
        form,
        NameForm::Dns
            | NameForm::IpAddress
            | NameForm::Rfc822
            | NameForm::Uri
            | NameForm::Directory
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

fn all<'a>(
    constraints: &NameConstraints<'a>,
) -> impl Iterator<Item = (Side, Subtree<'a>)> + use<'a> {
    let permitted = constraints.permitted.iter().map(|subtree| (Side::Permitted, subtree));
    permitted.chain(constraints.excluded.iter().map(|subtree| (Side::Excluded, subtree)))
}

fn collect_inline<'i, 'a>(
    constraints: &NameConstraints<'a>,
    inline: &'i mut [Option<(Side, Tree<'a>)>; INLINE_TREES],
) -> &'i [Option<(Side, Tree<'a>)>] {
    let mut count = 0usize;
    for (slot, (side, subtree)) in inline.iter_mut().zip(all(constraints)) {
        *slot = subtree.tree().map(|tree| (side, tree));
        count = count.saturating_add(1);
    }
    inline.get(..count).unwrap_or_default()
}

/// A name that a certificate carries.
enum CarriedName<'a> {
    /// In its subjectAltName, or an emailAddress of its subject.
    General(PresentedName<'a>),
    /// Its subject.
    Subject(DirectoryName<'a>),
}

impl<'a> CarriedName<'a> {
    const fn form(&self) -> NameForm {
        match self {
            Self::General(name) => name.form(),
            Self::Subject(_) => NameForm::Directory,
        }
    }

    fn constrained(&self) -> Option<ConstrainedName<'a>> {
        match self {
            Self::General(name) => ConstrainedName::new(name),
            Self::Subject(name) => Some(ConstrainedName::Directory(*name)),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::General(name) => name.to_string(),
            Self::Subject(name) => alloc::format!("subject {name}"),
        }
    }
}

/// The names that RFC 5280 4.2.1.10 holds to constraints: those of the subjectAltName, the
/// subject unless it is empty, and the mail addresses in it. Never the CN as a DNS name: it is
/// none to this engine.
fn each_name<'a>(
    certificate: &Certificate<'a>,
    mut with: impl FnMut(CarriedName<'a>) -> Result<(), Finding>,
) -> Result<(), Finding> {
    if let Ok(names) = certificate.presented_names() {
        for name in names.iter() {
            with(CarriedName::General(name))?;
        }
    }
    if let Some(subject) = certificate.subject_name().filter(|subject| !subject.is_empty()) {
        with(CarriedName::Subject(subject))?;
        for address in subject.email_addresses() {
            with(CarriedName::General(PresentedName::new(NameForm::Rfc822, address)))?;
        }
    }
    Ok(())
}

/// How many of each form.
#[derive(Clone, Copy, Debug, Default)]
struct Tally([u32; NameForm::ALL.len()]);

impl Tally {
    fn of(subtrees: &Subtrees<'_>) -> Self {
        let mut tally = Self::default();
        subtrees.iter().for_each(|subtree| tally.count(subtree.base.form()));
        tally
    }

    fn of_subtrees(constraints: &NameConstraints<'_>) -> Self {
        let mut tally = Self::default();
        all(constraints).for_each(|(_, subtree)| tally.count(subtree.base.form()));
        tally
    }

    fn count(&mut self, form: NameForm) {
        for (count, counted) in self.0.iter_mut().zip(NameForm::ALL) {
            *count = count.saturating_add(u32::from(counted == form));
        }
    }

    fn has(&self, form: NameForm) -> bool {
        self.0.iter().zip(NameForm::ALL).any(|(count, counted)| counted == form && *count > 0)
    }

    fn total(&self) -> usize {
        self.0.iter().fold(0usize, |sum, count| {
            sum.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX))
        })
    }

    /// The pairs of a name and a subtree of the same form.
    fn pairs(&self, subtrees: &Self) -> u64 {
        self.0.iter().zip(subtrees.0).fold(0u64, |sum, (names, subtrees)| {
            sum.saturating_add(u64::from(*names).saturating_mul(u64::from(subtrees)))
        })
    }
}

/// Permitted subtrees that a refusal names.
const MOST_SUBTREES: usize = 8;

/// Subtrees that are kept without allocating.
const INLINE_TREES: usize = 32;
