//! Several targets: a few at a time, one line for each, in the order in which they were given.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use super::Job;
use super::Outcome;
use super::Prober;
use super::progress;
use super::report::Answer;
use super::report::Missing;
use super::report::Row;
use crate::args::Format;
use crate::output;
use crate::output::Status;
use crate::output::json::to_json;
use crate::output::text;
use crate::output::warn;

/// Probes them, and adds how each ended to `statuses`.
pub(super) fn run(
    prober: &Prober,
    jobs: &[Job],
    format: Format,
    mut statuses: Vec<Status>,
) -> Status {
    let bar = progress::bar(jobs.len());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let work = |sender: &mpsc::Sender<_>| {
            while let Some((index, job)) = take(&next, jobs) {
                // The receiver waits for all of them.
                let _ = sender.send((index, prober.probe(job)));
            }
        };
        let mut working = 0;
        for _ in 0..jobs.len().min(MOST_AT_ONCE) {
            let sender = sender.clone();
            let spawned = thread::Builder::new().spawn_scoped(scope, move || work(&sender));
            working += usize::from(spawned.is_ok());
        }
        if working == 0 {
            work(&sender);
        }
        drop(sender);
        let mut answers: Vec<Option<_>> = jobs.iter().map(|_| None).collect();
        let mut printed = 0;
        for (index, answer) in receiver {
            bar.inc(1);
            if let Some(slot) = answers.get_mut(index) {
                *slot = Some(answer);
            }
            // As many as are complete from the first on.
            while let Some((job, answer)) =
                jobs.get(printed).zip(answers.get_mut(printed).and_then(Option::take))
            {
                statuses.push(bar.suspend(|| print(&job.name, &answer, format)));
                printed += 1;
            }
        }
    });
    bar.finish_and_clear();
    overall(&statuses)
}

fn take<'a>(next: &AtomicUsize, jobs: &'a [Job]) -> Option<(usize, &'a Job)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, jobs.get(index)?))
}

fn print(name: &str, outcome: &Outcome<'_>, format: Format) -> Status {
    let judged = match outcome {
        Outcome::NoVerdict(why) => Err(why),
        Outcome::Refused(judgement) => Ok((None, *judgement)),
        Outcome::Probed { probed, .. } => {
            probed.judgement.as_ref().map(|judgement| (Some(&**probed), judgement))
        }
    };
    let (line, status) = match judged {
        Ok((probed, judgement)) => {
            warn(&probed.map_or_else(Vec::new, |probed| probed.warnings(name)));
            let line = match (format, probed) {
                (Format::Text, _) => {
                    let first = judgement.text.lines().next().unwrap_or_default();
                    format!("{name}  {}", text::coloured(first))
                }
                (Format::Json, Some(probed)) => {
                    to_json(&Answer::new(Some(name), judgement, &probed.handshake))
                }
                (Format::Json, None) => to_json(&Row::new(name, judgement)),
            };
            (line, judgement.status)
        }
        Err(why) => {
            let line = match format {
                Format::Text => {
                    format!("{name}  {}", text::coloured(&format!("error: {}", why.text)))
                }
                Format::Json => to_json(&Missing::new(name, &why.clone().of(name))),
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
