//! Several targets: a few at a time, one line for each, in the order in which they were given.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use super::NoVerdict;
use super::Probed;
use super::Prober;
use super::Target;
use super::progress;
use super::report::Answer;
use super::report::Missing;
use crate::args::Format;
use crate::output;
use crate::output::Status;
use crate::output::json::to_json;
use crate::output::text;
use crate::output::warn;

pub(super) fn run(prober: &Prober, targets: &[Target], format: Format) -> Status {
    let bar = progress::bar(targets.len());
    let next = AtomicUsize::new(0);
    let mut statuses = Vec::with_capacity(targets.len());
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let work = |sender: &mpsc::Sender<_>| {
            while let Some((index, target)) = take(&next, targets) {
                // The receiver waits for all of them.
                let _ = sender.send((index, prober.probe(target)));
            }
        };
        let mut working = 0;
        for _ in 0..targets.len().min(MOST_AT_ONCE) {
            let sender = sender.clone();
            let spawned = thread::Builder::new().spawn_scoped(scope, move || work(&sender));
            working += usize::from(spawned.is_ok());
        }
        if working == 0 {
            work(&sender);
        }
        drop(sender);
        let mut answers: Vec<Option<_>> = targets.iter().map(|_| None).collect();
        for (index, answer) in receiver {
            bar.inc(1);
            if let Some(slot) = answers.get_mut(index) {
                *slot = Some(answer);
            }
            // As many as are complete from the first on.
            while let Some((target, answer)) = targets
                .get(statuses.len())
                .zip(answers.get_mut(statuses.len()).and_then(Option::take))
            {
                statuses.push(bar.suspend(|| print(target, &answer, format)));
            }
        }
    });
    bar.finish_and_clear();
    overall(&statuses)
}

fn take<'a>(next: &AtomicUsize, targets: &'a [Target]) -> Option<(usize, &'a Target)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, targets.get(index)?))
}

fn print(target: &Target, probed: &Result<Probed, NoVerdict>, format: Format) -> Status {
    let judged = match probed {
        Ok(probed) => probed.judgement.as_ref().map(|judgement| (probed, judgement)),
        Err(why) => Err(why),
    };
    let (line, status) = match judged {
        Ok((probed, judgement)) => {
            warn(&probed.warnings(target));
            let line = match format {
                Format::Text => {
                    let first = judgement.text.lines().next().unwrap_or_default();
                    format!("{target}  {}", text::coloured(first))
                }
                Format::Json => to_json(&Answer::new(Some(target), judgement, &probed.handshake)),
            };
            (line, judgement.status)
        }
        Err(why) => {
            let line = match format {
                Format::Text => {
                    format!("{target}  {}", text::coloured(&format!("error: {}", why.text)))
                }
                Format::Json => to_json(&Missing::new(target, &why.clone().of(target))),
            };
            (line, Status::NoVerdict)
        }
    };
    output::print_text(&line, status)
}

/// One refusal is worse than any number of targets of which nothing is known.
fn overall(statuses: &[Status]) -> Status {
    [Status::Refused, Status::NoVerdict]
        .into_iter()
        .find(|status| statuses.contains(status))
        .unwrap_or(Status::Success)
}

/// Connections that wait cost nothing; a fleet should not notice that it is looked at.
const MOST_AT_ONCE: usize = 16;
