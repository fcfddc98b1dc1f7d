//! The same chains through every host: the same verdict, and the backend sees the alert that the table of
//! the engine has, or that of rustls. What a host's TLS library refuses before anybody is asked is listed.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod apache;
mod bad_input;
mod chains;
mod clients;
mod envoy;
mod nginx;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use chains::Chain;

/// What a host made of a chain.
#[derive(Debug)]
struct Found {
    /// The code of the refusal that the host tells; `None` if it tells none.
    code: Option<String>,
    /// What the host wrote of it, with `_` for blanks, if it has a log.
    log: Option<String>,
    /// Whether what the client asked for came from the backend.
    is_answered: bool,
    /// What the backend was told.
    alert: Option<u8>,
}

/// The answers of one host, compared.
struct Answers {
    host: &'static str,
    /// The names of chains which the host's TLS library may refuse by itself, one a line.
    listed: BTreeSet<&'static str>,
    /// The names of chains which the host's TLS library shows otherwise than they came: they are accepted.
    good: BTreeSet<&'static str>,
    by_itself: BTreeSet<&'static str>,
    codes: BTreeSet<&'static str>,
    judged: usize,
    faults: Vec<String>,
}

impl Answers {
    fn new(host: &'static str, listed: &'static str) -> Self {
        Self {
            host,
            listed: names(listed),
            good: BTreeSet::new(),
            by_itself: BTreeSet::new(),
            codes: BTreeSet::new(),
            judged: 0,
            faults: Vec::new(),
        }
    }

    fn good(self, listed: &'static str) -> Self {
        Self { good: names(listed), ..self }
    }

    /// Where the alert is that of the engine.
    fn add(&mut self, chain: &'static Chain, found: &Found) {
        self.add_by(chain, found, |chain| chain.verdict.alert);
    }

    fn add_by(&mut self, chain: &'static Chain, found: &Found, alert: impl Fn(&Chain) -> u8) {
        let name = chain.case.name;
        let is_accepted = chain.is_accepted() || self.good.contains(name);
        let is_right = match (is_accepted, &found.code) {
            (true, None) if found.is_answered => true,
            (false, Some(code)) => {
                let line = chain.line.as_ref().expect("it is refused").replace(' ', "_");
                code == chain.verdict.code
                    && found.log.as_ref().is_none_or(|log| log.contains(&line))
                    && found.alert == Some(alert(chain))
                    && !found.is_answered
            }
            // Nobody was asked.
            (_, None) if !found.is_answered && self.listed.contains(name) => {
                self.by_itself.insert(name);
                return;
            }
            _ => false,
        };
        match is_right {
            true => {
                self.judged += 1;
                self.codes.insert(chain.verdict.code);
            }
            false => {
                let Chain { verdict, .. } = chain;
                let line = &chain.line;
                let fault = format!("{name}: expected {verdict:?}, {line:?}, found {found:?}");
                self.faults.push(fault);
            }
        }
    }

    fn finish(self, fewest: usize, fewest_codes: usize) {
        let Self { host, listed, by_itself, codes, judged, faults, .. } = self;
        println!(
            "{host}: {judged} chains judged with {} codes; {} refused by its TLS library",
            codes.len(),
            by_itself.len()
        );
        assert!(faults.is_empty(), "{host}: {}:\n{}", faults.len(), faults.join("\n"));
        let unused: Vec<_> = listed.difference(&by_itself).collect();
        println!("{host}: listed, but judged with this release: {unused:?}");
        assert!(judged >= fewest && codes.len() >= fewest_codes, "{host}: {codes:?}");
    }
}

/// One a line.
fn names(lines: &'static str) -> BTreeSet<&'static str> {
    lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
}
