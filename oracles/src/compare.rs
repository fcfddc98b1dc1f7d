//! One tree before lastmile, the model, and webpki: what they agree on, and what explains the rest.

use std::collections::BTreeMap;
use std::fmt;

use lastmile::Rejection;

use crate::differences::DIFFERENCES;
use crate::differences::Difference;
use crate::differences::webpki_rules;
use crate::model;
use crate::model::Rules;
use crate::model::Verdict;
use crate::peers;
use crate::tree::Signing;
use crate::tree::Tree;

/// For every path of any tree of seven presented certificates.
pub const PATIENCE: u32 = 20_000;

/// What the verifiers said of a tree, and nothing unexplained was among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The code with which lastmile refuses; none if it accepts.
    pub code: Option<&'static str>,
    /// There is one way up, so that all its faults had to be named.
    pub whole: bool,
    /// What webpki said.
    pub webpki: Webpki,
}

/// What webpki said of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webpki {
    /// What lastmile said.
    Agreed,
    /// The other, and the rows of the table say why.
    Differed,
    /// It refuses a good path, for it has checked 100 signatures.
    GaveUp,
    /// Its interface cannot be asked.
    NotAsked,
}

/// Asks everybody about the tree; none if there are too many paths for the model's patience.
///
/// # Errors
/// What nothing explains: a verdict that is not the model's, a reason that is no fault of the
/// tree, or a difference to webpki without a row.
pub fn tree(tree: &Tree, signing: Signing, patience: u32) -> Result<Option<Outcome>, String> {
    // Whatever the model has patience for, the engine has to end.
    let octets = tree.octets(signing);
    let ours = peers::lastmile(tree, &octets, signing);
    let judge = |rules| model::judge(tree, rules, patience);
    let (Some(expected), Some(of_webpki)) = (judge(&Rules::LASTMILE), judge(&webpki_rules()))
    else {
        return Ok(None);
    };
    if ours.is_ok() != expected.accepted {
        return Err(format!("lastmile: {ours:?}\nthe model: {expected:?}"));
    }
    if let Err(rejection) = &ours {
        only_faults(rejection, &expected)?;
        all_faults(rejection, &expected)?;
    }
    let code = ours.as_ref().err().map(|rejection| rejection.reason().code());
    let whole = code.is_some() && expected.only_way.is_some();
    let outcome = |webpki| Ok(Some(Outcome { code, whole, webpki }));
    let Some(theirs) = peers::webpki(tree, &octets, signing) else {
        return outcome(Webpki::NotAsked);
    };
    if matches!(theirs, Err(webpki::Error::MaximumSignatureChecksExceeded)) && of_webpki.accepted {
        return outcome(Webpki::GaveUp);
    }
    if theirs.is_ok() != of_webpki.accepted {
        return Err(format!("webpki: {theirs:?}\nits model: {of_webpki:?}\nours: {ours:?}"));
    }
    outcome(if ours.is_ok() == theirs.is_ok() { Webpki::Agreed } else { Webpki::Differed })
}

/// Every reason of a refusal is a fault of the tree.
fn only_faults(rejection: &Rejection, expected: &Verdict) -> Result<(), String> {
    let also = rejection.also().iter().map(|finding| finding.reason().code());
    match also.chain([rejection.reason().code()]).find(|code| !expected.faults.contains(code)) {
        Some(code) => Err(format!("{code} is no fault of it: {expected:?}\n{rejection:?}")),
        None => Ok(()),
    }
}

/// Where there is one way up, all its faults are named, but for what nobody can know: names below
/// a signature that does not hold, and signatures below a key that cannot be used.
fn all_faults(rejection: &Rejection, expected: &Verdict) -> Result<(), String> {
    let also = rejection.also().iter().map(|finding| finding.reason().code());
    let found: Vec<&str> = also.chain([rejection.reason().code()]).collect();
    let is_found = |code: &str| {
        let alike: &[&str] = match code {
            // Without key identifiers, another key of an anchor's name is likelier.
            "bad-signature" | "unknown-issuer" => &["bad-signature", "unknown-issuer"],
            // One of each authority is named.
            _ if CONSTRAINTS.contains(&code) => &CONSTRAINTS,
            _ => &[code],
        };
        alike.iter().any(|code| found.contains(code))
    };
    let Some(faults) = &expected.only_way else { return Ok(()) };
    let has = |codes: &[&str]| codes.iter().any(|code| faults.contains(code));
    let unusable = has(&["unsupported-signature-algorithm", "unsupported-public-key"]);
    let unsigned = unusable || has(&["bad-signature", "unknown-issuer"]);
    let is_knowable = |code: &&&str| match **code {
        "bad-signature" => !unusable,
        code => !(unsigned && CONSTRAINTS.contains(&code)),
    };
    match faults.iter().filter(is_knowable).find(|code| !is_found(code)) {
        Some(code) => Err(format!("{code} is not named: {expected:?}\n{rejection:?}")),
        None => Ok(()),
    }
}

/// Codes of name constraints.
const CONSTRAINTS: [&str; 4] =
    ["malformed-name", "name-constraint-not-supported", "name-excluded", "name-not-permitted"];

/// What was found, over all trees.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Trees that lastmile accepts.
    pub accepted: u32,
    /// Trees that lastmile refuses.
    pub refused: u32,
    /// Trees with more paths than the model tries.
    pub too_many_paths: u32,
    /// Refusals that had to name every fault.
    pub whole: u32,
    /// Trees on which webpki agrees.
    pub agreed: u32,
    /// Trees on which it differs.
    pub differed: u32,
    /// Good paths that webpki gave up looking for.
    pub given_up: u32,
    not_asked: u32,
    by_several: u32,
    codes: BTreeMap<&'static str, u32>,
    rows: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// Counts a tree.
    pub fn add(&mut self, tree: &Tree, outcome: Option<Outcome>) {
        let Some(Outcome { code, whole, webpki }) = outcome else {
            self.too_many_paths += 1;
            return;
        };
        self.whole += u32::from(whole);
        match code {
            None => self.accepted += 1,
            Some(code) => {
                self.refused += 1;
                *self.codes.entry(code).or_default() += 1;
            }
        }
        match webpki {
            Webpki::Agreed => self.agreed += 1,
            Webpki::Differed => {
                self.differed += 1;
                self.explain(tree, code.is_some());
            }
            Webpki::GaveUp => self.given_up += 1,
            Webpki::NotAsked => self.not_asked += 1,
        }
    }

    /// Counts the rows each of which alone makes the model say what webpki says.
    fn explain(&mut self, tree: &Tree, theirs: bool) {
        let mut explained = false;
        for row in DIFFERENCES {
            let alone = model::judge(tree, &row.alone(), PATIENCE);
            if alone.is_some_and(|verdict| verdict.accepted == theirs) {
                explained = true;
                *self.rows.entry(row.webpki).or_default() += 1;
            }
        }
        self.by_several += u32::from(!explained);
    }

    /// Each row of the table, and the trees that it explains alone.
    pub fn rows(&self) -> impl Iterator<Item = (&'static Difference, u32)> {
        DIFFERENCES.iter().map(|row| (row, self.rows.get(row.webpki).copied().unwrap_or_default()))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, refused, whole, too_many_paths, .. } = self;
        writeln!(
            f,
            "{accepted} accepted, {refused} refused ({whole} with every fault), {too_many_paths} of \
             too many paths"
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
