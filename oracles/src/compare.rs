//! One tree before lastmile, the model, and webpki: what they agree on, and what explains the rest.

use std::collections::BTreeMap;
use std::fmt;

use crate::differences::DIFFERENCES;
use crate::differences::Difference;
use crate::differences::webpki_rules;
use crate::model;
use crate::model::Rules;
use crate::peers;
use crate::tree::Signing;
use crate::tree::Tree;

/// What was found, over all trees.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Trees that lastmile accepts.
    pub accepted: u32,
    /// Trees that lastmile refuses.
    pub refused: u32,
    /// Trees with more paths than the model tries.
    pub too_many_paths: u32,
    /// Trees that webpki's interface cannot be asked about.
    pub not_asked: u32,
    /// Trees on which both verifiers agree.
    pub agreed: u32,
    /// Trees on which they differ, and rows of the table say why.
    pub differed: u32,
    /// Of those, the ones that take several rows together.
    by_several: u32,
    /// Good paths that webpki gave up before it found them.
    given_up: u32,
    codes: BTreeMap<&'static str, u32>,
    rows: BTreeMap<&'static str, u32>,
}

/// Asks everybody about the tree.
///
/// # Errors
/// What nothing explains: a verdict that is not the model's, a reason that is no fault of the
/// tree, or a difference to webpki without a row.
pub fn tree(tree: &Tree, signing: Signing, tally: &mut Tally) -> Result<(), String> {
    let octets = tree.octets(signing);
    let ours = peers::lastmile(tree, &octets, signing);
    let Some(expected) = model::judge(tree, &Rules::LASTMILE) else {
        tally.too_many_paths += 1;
        return Ok(());
    };
    if ours.is_ok() != expected.accepted {
        return Err(format!("lastmile: {ours:?}\nthe model: {expected:?}"));
    }
    match &ours {
        Ok(()) => tally.accepted += 1,
        Err(rejection) => {
            tally.refused += 1;
            *tally.codes.entry(rejection.reason().code()).or_default() += 1;
            let also = rejection.also().iter().map(|finding| finding.reason().code());
            for code in also.chain([rejection.reason().code()]) {
                if !expected.faults.contains(code) {
                    return Err(format!("{code} is no fault: {expected:?}\n{rejection:?}"));
                }
            }
        }
    }
    let Some(theirs) = peers::webpki(tree, &octets, signing) else {
        tally.not_asked += 1;
        return Ok(());
    };
    let Some(of_webpki) = model::judge(tree, &webpki_rules()) else {
        tally.too_many_paths += 1;
        return Ok(());
    };
    if matches!(theirs, Err(webpki::Error::MaximumSignatureChecksExceeded)) && of_webpki.accepted {
        tally.given_up += 1;
        return Ok(());
    }
    if theirs.is_ok() != of_webpki.accepted {
        return Err(format!("webpki: {theirs:?}\nits model: {of_webpki:?}\nours: {ours:?}"));
    }
    if ours.is_ok() == theirs.is_ok() {
        tally.agreed += 1;
        return Ok(());
    }
    tally.differed += 1;
    let before = tally.rows.values().sum::<u32>();
    for difference in DIFFERENCES {
        let alone = model::judge(tree, &difference.alone());
        if alone.is_some_and(|verdict| verdict.accepted == theirs.is_ok()) {
            *tally.rows.entry(difference.webpki).or_default() += 1;
        }
    }
    tally.by_several += u32::from(tally.rows.values().sum::<u32>() == before);
    Ok(())
}

impl Tally {
    /// Each row of the table, and the trees that it explains alone.
    pub fn rows(&self) -> impl Iterator<Item = (&'static Difference, u32)> {
        DIFFERENCES.iter().map(|row| (row, self.rows.get(row.webpki).copied().unwrap_or_default()))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, refused, too_many_paths, .. } = self;
        writeln!(
            f,
            "{accepted} accepted, {refused} refused, {too_many_paths} with too many paths"
        )?;
        for (code, count) in &self.codes {
            writeln!(f, "  {count:6} {code}")?;
        }
        let Self { agreed, differed, by_several, not_asked, given_up, .. } = self;
        writeln!(
            f,
            "webpki: {agreed} agreed, {differed} differed ({by_several} by several rows together), \
             {not_asked} that it cannot be asked"
        )?;
        for (row, count) in self.rows() {
            let Difference { webpki, right, clause, why, .. } = row;
            writeln!(f, "  {count:6} webpki: {webpki}; right is {right}, {clause}: {why}")?;
        }
        write!(
            f,
            "  {given_up:6} webpki: each signature again on each path, and no more than 100; right \
             is lastmile, RFC 5280 6.1: a good path is good however many bad ones there are"
        )
    }
}
