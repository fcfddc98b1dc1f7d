//! Nothing of a certificate on an accepted path can be changed without losing that path.
//!
//! Of every accepted case, each octet of each certificate of the path below the anchor is changed
//! to three other values, and the certificate is cut at each length: the changed certificate is
//! on no accepted path, and where there is no second good path, nothing is accepted. Changes in
//! the other presented certificates may keep or lose the verdict, never change path or name.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use lastmile::At;
use lastmile::Verified;
use lastmile::Verifier;

mod support;

use support::Case;
use support::cases;

#[test]
fn a_changed_certificate_is_on_no_accepted_path() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.expect == "accepted").collect();
    assert!(cases.len() >= 150, "only {} accepted cases", cases.len());
    let (next, tried, faults) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut found = Vec::new();
                    tried.fetch_add(tamper(case, &mut found), Ordering::Relaxed);
                    faults.lock().expect("no thread panicked").append(&mut found);
                }
            });
        }
    });
    let faults = faults.into_inner().expect("no thread panicked");
    println!("{} changed chains of {} cases", tried.into_inner(), cases.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Tries every change of every certificate; the number of chains judged.
fn tamper(case: &Case, faults: &mut Vec<String>) -> usize {
    let verifier = case.verifier().expect("a good bundle");
    let original = judge(case, &verifier, &case.chain).expect("an accepted case");
    let mut chain = case.chain.clone();
    let mut tried = 0;
    for (index, certificate) in case.chain.iter().enumerate() {
        let on_path = original.path.contains(&At::Certificate(index));
        for changed in changes(certificate) {
            chain[index] = changed;
            tried += 1;
            let Some(accepted) = judge(case, &verifier, &chain) else {
                continue;
            };
            if accepted.path.contains(&At::Certificate(index)) && on_path {
                faults.push(format!("{}: certificate {index}, changed, is trusted", case.name));
            } else if !on_path && accepted != original {
                faults
                    .push(format!("{}: a change of {index} beside the path changed it", case.name));
            } else if on_path && !has_other_path(case, &verifier, index) {
                faults.push(format!("{}: accepted without certificate {index}", case.name));
            }
        }
        chain[index].clone_from(certificate);
    }
    tried
}

/// Whether the chain is accepted without this certificate at all.
fn has_other_path(case: &Case, verifier: &Verifier, index: usize) -> bool {
    let mut chain = case.chain.clone();
    // The leaf's place must not become another certificate's.
    chain[index] = Vec::new();
    judge(case, verifier, &chain).is_some()
}

/// Each octet with three other values; each length.
fn changes(certificate: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let octets = (0..certificate.len()).flat_map(move |position| {
        [0x01, 0x80, 0xff].into_iter().map(move |difference| {
            let mut changed = certificate.to_vec();
            changed[position] ^= difference;
            changed
        })
    });
    let lengths = (0..certificate.len()).map(|length| certificate[..length].to_vec());
    octets.chain(lengths)
}

/// What must not change.
#[derive(PartialEq)]
struct Accepted {
    path: Vec<At>,
    name: String,
}

fn judge(case: &Case, verifier: &Verifier, chain: &[Vec<u8>]) -> Option<Accepted> {
    let (leaf, intermediates) = chain.split_first()?;
    let accepted = |verified: Verified<'_>| Accepted {
        path: verified.path().iter().map(|certificate| certificate.at()).collect(),
        name: verified.name().to_string(),
    };
    verifier.verify(leaf, intermediates, case.now).ok().map(accepted)
}
