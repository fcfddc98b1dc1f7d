//! One judgement: whether a CA's name constraints let the names below it be (RFC 5280 6.1.3 b, c).
//!
//! There is no state that is intersected from CA to CA: each CA's constraints are held against
//! each certificate below it. Intersections have lost constraints in other verifiers
//! (CVE-2026-42011), and a path is short.

use alloc::format;
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
use crate::name::SubtreeIndex;
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
    /// What names it carries.
    pub(crate) names: Tally,
    pub(crate) at: At,
    /// Its place in the path, from the leaf: 0.
    pub(crate) position: usize,
}

/// What the constraints refuse for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// What stands in the CA alone.
    Always,
    /// A name of the certificate at this place in the path.
    Name { position: usize },
}

/// Is told why the constraints refuse. To put it into words takes longer than to find it out, and
/// a search that goes on needs no words.
pub(crate) type Report<'r> = dyn FnMut(&dyn Fn() -> Finding) + 'r;

/// A name is refused, and the reason is reported.
struct Refused;

/// Holds the names of the certificates below a CA against its constraints.
///
/// Everything is paid for before it is done: the octets that are read, and the pairs of a name and
/// a subtree of its form.
pub(crate) fn check<'c, 'a: 'c>(
    constraints: &NameConstraints<'a>,
    by: At,
    mut below: impl Iterator<Item = Below<'c, 'a>> + Clone,
    budget: &mut Budget,
    report: &mut Report<'_>,
) -> Result<Result<(), Violation>, Exceeded> {
    let mut names = Tally::default();
    below.clone().for_each(|below| names.add(&below.names));
    check_names(constraints, by, &names, &mut below, budget, report)
}

/// The same for any iterator; `names` is what the certificates below it carry together.
fn check_names<'c, 'a: 'c>(
    constraints: &NameConstraints<'a>,
    by: At,
    names: &Tally,
    below: &mut dyn Iterator<Item = Below<'c, 'a>>,
    budget: &mut Budget,
    report: &mut Report<'_>,
) -> Result<Result<(), Violation>, Exceeded> {
    budget.spend_name_octets(constraints.octets())?;
    // 4.2.1.10: minimum and maximum are not used; who meets them must process them or refuse.
    if constraints.has_distances() {
        report(&|| {
            Finding::new(Reason::NameConstraintNotSupported(ConstraintFault::Distances), by)
        });
        return Ok(Err(Violation::Always));
    }
    let mut subtrees = Tally::default();
    all(constraints).for_each(|(_, subtree)| subtrees.count(subtree.base.form()));
    budget.spend_pairs(names.pairs(&subtrees))?;

    // Only forms that are both constrained and carried are looked at further.
    let relevant = |form: NameForm| names.get(form) > 0 && subtrees.get(form) > 0;
    let count = NameForm::ALL.iter().filter(|form| relevant(**form)).fold(0usize, |sum, form| {
        sum.saturating_add(usize::try_from(subtrees.get(*form)).unwrap_or(usize::MAX))
    });
    let mut inline = [None; INLINE_TREES];
    let mut spilled = Vec::new();
    let entries = NameForm::ALL.into_iter().filter(|form| relevant(*form)).flat_map(|form| {
        all(constraints)
            .filter(move |(_, subtree)| subtree.base.form() == form)
            .map(|(side, subtree)| Entry { side, base: subtree.base, tree: subtree.tree() })
    });
    let entries: &[Option<Entry<'a>>] = match count <= INLINE_TREES {
        true => {
            inline.iter_mut().zip(entries).for_each(|(slot, entry)| *slot = Some(entry));
            inline.get(..count).unwrap_or_default()
        }
        false => {
            spilled.extend(entries.map(Some));
            &spilled
        }
    };
    // For a few names, to compare costs less than to prepare.
    let indexes = NameForm::ALL.map(|form| match names.get(form) >= MANY_NAMES {
        true => index(form, of_form(entries, form)),
        false => None,
    });
    for below in below {
        if below.names.pairs(&subtrees) == 0 {
            continue;
        }
        budget.spend_name_octets(below.certificate.carried_octets())?;
        let judged = each_name(below.certificate, |name| {
            let form = name.form();
            let mut indexed = indexes.iter().flatten().filter(|index| index.form() == form);
            match relevant(form) && !indexed.any(|index| name.is_let(index)) {
                true => judge(&name, of_form(entries, form), by, below.at, budget, report),
                false => Ok(Ok(())),
            }
        })?;
        if let Err(Refused) = judged {
            return Ok(Err(Violation::Name { position: below.position }));
        }
    }
    Ok(Ok(()))
}

/// A subtree, ready to compare.
#[derive(Clone, Copy)]
struct Entry<'a> {
    side: Side,
    base: PresentedName<'a>,
    /// None if it cannot be compared with.
    tree: Option<Tree<'a>>,
}

/// Many subtrees of one form, for names that they let be: others are judged one by one, which says
/// why. None for a few, and where one of them cannot be compared with.
fn index<'a>(form: NameForm, entries: &[Option<Entry<'a>>]) -> Option<SubtreeIndex<'a>> {
    if entries.len() <= INLINE_TREES || entries.iter().flatten().any(|entry| entry.tree.is_none()) {
        return None;
    }
    let of = |side: Side| {
        let entries = entries.iter().flatten().filter(move |entry| entry.side == side);
        entries.filter_map(|entry| entry.tree)
    };
    SubtreeIndex::new(form, of(Side::Permitted), of(Side::Excluded))
}

/// The entries of one form, which stand together.
fn of_form<'e, 'a>(entries: &'e [Option<Entry<'a>>], form: NameForm) -> &'e [Option<Entry<'a>>] {
    let form_of = |entry: &Option<Entry<'_>>| entry.map(|entry| entry.base.form());
    let start = entries.partition_point(|entry| form_of(entry) < Some(form));
    let rest = entries.get(start..).unwrap_or_default();
    let end = rest.partition_point(|entry| form_of(entry) == Some(form));
    rest.get(..end).unwrap_or_default()
}

/// One name against the subtrees of its form. What is not well formed cannot be judged, so it is
/// refused; and so is every name of a form with a subtree that cannot be compared with.
fn judge(
    name: &CarriedName<'_>,
    entries: &[Option<Entry<'_>>],
    by: At,
    at: At,
    budget: &mut Budget,
    report: &mut Report<'_>,
) -> Result<Result<(), Refused>, Exceeded> {
    let Some(constrained) = name.constrained() else {
        let is_implemented = entries.iter().flatten().any(|entry| entry.tree.is_some());
        report(&|| match entries.iter().flatten().find(|entry| entry.tree.is_none()) {
            Some(entry) if !is_implemented => unusable(entry, by, at),
            _ => Finding::new(Reason::MalformedName { name: name.text(), by }, at),
        });
        return Ok(Err(Refused));
    };
    let length = name.octets();
    let (mut must_be_permitted, mut permitted) = (false, false);
    for entry in entries.iter().flatten() {
        if name.form() == NameForm::Directory {
            // The only form whose comparison grows with the subtree, and with the name.
            budget.spend_name_octets(entry.base.value().len().saturating_add(length))?;
        }
        let Some(tree) = &entry.tree else {
            report(&|| unusable(entry, by, at));
            return Ok(Err(Refused));
        };
        match entry.side {
            // 6.1.3 (c)
            Side::Excluded if tree.excludes(&constrained) => {
                report(&|| {
                    let (name, subtree) = (name.text(), entry.base.to_string());
                    Finding::new(Reason::NameExcluded { name, by, subtree }, at)
                });
                return Ok(Err(Refused));
            }
            Side::Excluded => {}
            // 6.1.3 (b)
            Side::Permitted => {
                must_be_permitted = true;
                permitted = permitted || tree.permits(&constrained);
            }
        }
    }
    if permitted || !must_be_permitted {
        return Ok(Ok(()));
    }
    report(&|| {
        let permitted = entries.iter().flatten().filter(|entry| entry.side == Side::Permitted);
        let permitted = permitted.take(MOST_SUBTREES).map(|entry| entry.base.to_string()).collect();
        Finding::new(Reason::NameNotPermitted { name: name.text(), by, permitted }, at)
    });
    Ok(Err(Refused))
}

/// 4.2.1.10: a constraint that is not processed must refuse, when there is a name of its form.
fn unusable(entry: &Entry<'_>, by: At, name_at: At) -> Finding {
    let form = entry.base.form();
    let fault = match form {
        NameForm::Dns
        | NameForm::IpAddress
        | NameForm::Rfc822
        | NameForm::Uri
        | NameForm::Directory => ConstraintFault::Base { base: entry.base.to_string(), name_at },
        _ => ConstraintFault::Form { form, name_at },
    };
    Finding::new(Reason::NameConstraintNotSupported(fault), by)
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

    const fn octets(&self) -> usize {
        match self {
            Self::General(name) => name.value().len(),
            Self::Subject(name) => name.octets(),
        }
    }

    fn constrained(&self) -> Option<ConstrainedName<'a>> {
        match self {
            Self::General(name) => ConstrainedName::new(name),
            Self::Subject(name) => Some(ConstrainedName::Directory(*name)),
        }
    }

    fn is_let(&self, index: &SubtreeIndex<'_>) -> bool {
        self.constrained().is_some_and(|name| index.lets(&name))
    }

    fn text(&self) -> String {
        match self {
            Self::General(name) => name.to_string(),
            Self::Subject(name) => format!("subject {name}"),
        }
    }
}

/// The names that RFC 5280 4.2.1.10 holds to constraints: those of the subjectAltName, the
/// subject unless it is empty, and the mail addresses in it. Never the CN as a DNS name: it is
/// none to this engine.
fn each_name<'a>(
    certificate: &Certificate<'a>,
    mut with: impl FnMut(CarriedName<'a>) -> Result<Result<(), Refused>, Exceeded>,
) -> Result<Result<(), Refused>, Exceeded> {
    let presented = certificate.presented_names().ok();
    let presented = presented.iter().flat_map(|names| names.iter()).map(CarriedName::General);
    let subject = certificate.subject_name().filter(|subject| !subject.is_empty());
    let addresses = subject.iter().flat_map(|subject| subject.email_addresses());
    let addresses = addresses.map(|address| PresentedName::new(NameForm::Rfc822, address));
    let names = presented
        .chain(subject.map(CarriedName::Subject))
        .chain(addresses.map(CarriedName::General));
    for name in names {
        if let Err(Refused) = with(name)? {
            return Ok(Err(Refused));
        }
    }
    Ok(Ok(()))
}

/// How many names, or subtrees, there are of each form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally([u32; NameForm::ALL.len()]);

impl Tally {
    /// Counts the names that a certificate carries.
    pub(crate) fn of_names(certificate: &Certificate<'_>) -> Self {
        let mut tally = Self::default();
        // Counting does not fail.
        let _ = each_name(certificate, |name| {
            tally.count(name.form());
            Ok(Ok(()))
        });
        tally
    }

    fn count(&mut self, form: NameForm) {
        for (count, counted) in self.0.iter_mut().zip(NameForm::ALL) {
            *count = count.saturating_add(u32::from(counted == form));
        }
    }

    fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    fn get(&self, form: NameForm) -> u32 {
        let mut counts = self.0.iter().zip(NameForm::ALL);
        counts.find(|(_, counted)| *counted == form).map_or(0, |(count, _)| *count)
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

/// Names from which on an index of their subtrees is worth making.
const MANY_NAMES: u32 = 16;
