//! What somebody should look at, each thing once.

use std::collections::BTreeMap;
use std::collections::HashSet;

use lastmile_policy::Documents;
use lastmile_policy::Note;
use lastmile_policy::PassedOver;
use lastmile_policy::Place;
use lastmile_policy::PolicyReport;

use crate::documents::is_meant_as_policy;
use crate::documents::name;
use crate::documents::policies_passed_over;
use crate::output;

/// Warnings, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Told {
    seen: HashSet<String>,
    /// What is refused, and what is not verified: nobody may miss it.
    loud: Vec<String>,
    others: Vec<String>,
    /// Places and sentences of what is refused, which need not be told again with a policy.
    refused: BTreeMap<Place, Vec<String>>,
    octets: usize,
    /// Sentences that there was no room for.
    more: usize,
}

/// The most octets of sentences, which nobody reads.
const MOST_OCTETS: usize = 8 << 20;

impl Told {
    /// Something is refused, or not verified.
    pub(super) fn loudly(&mut self, sentence: String) {
        if self.is_new(&sentence) {
            self.loud.push(sentence);
        }
    }

    /// Something else.
    pub(super) fn tell(&mut self, sentence: String) {
        if self.is_new(&sentence) {
            self.others.push(sentence);
        }
    }

    fn is_new(&mut self, sentence: &str) -> bool {
        if self.octets > MOST_OCTETS {
            self.more = self.more.saturating_add(1);
            return false;
        }
        let is_new = self.seen.insert(sentence.to_owned());
        if is_new {
            self.octets = self.octets.saturating_add(sentence.len());
        }
        is_new
    }

    /// What is to be said of somebody.
    pub(super) fn note(&mut self, who: &str, note: &Note) {
        match note.is_loud() {
            true => self.loudly(sentence(who, note)),
            false => self.tell(sentence(who, note)),
        }
    }

    /// What refuses a backend.
    pub(super) fn refusal(&mut self, place: &Place, object: &str, why: &str) {
        self.loudly(format!("{place}: {object} is refused: {why}, so its requests get 503"));
        self.refused.entry(place.clone()).or_default().push(why.to_owned());
    }

    /// What `lastmile resolve` says of a policy. If that is why it governs nothing, nobody may miss
    /// it: its backend may be spoken to in plain.
    pub(super) fn policy(&mut self, report: &PolicyReport, governs: bool) {
        let who = name(report);
        if report.is_accepted() && !governs {
            let place = report.place();
            self.loudly(format!(
                "{place}: BackendTLSPolicy {who} governs nothing that is rendered"
            ));
        }
        for note in report.faults().iter().chain(report.warnings()) {
            let refused = note.place().and_then(|place| self.refused.get(place));
            if refused.is_some_and(|all| all.iter().any(|why| why.ends_with(note.message()))) {
                continue;
            }
            match report.is_accepted() && governs {
                true => self.note(&who, note),
                false => self.loudly(sentence(&who, note)),
            }
        }
    }

    /// On standard error, with the fields that nobody knows.
    pub(super) fn say(mut self, documents: &Documents) {
        for sentence in policies_passed_over(documents) {
            self.loudly(sentence);
        }
        for object in documents.passed_over() {
            match missing(object) {
                Some((sentence, true)) => self.loudly(sentence),
                Some((sentence, false)) => self.tell(sentence),
                None => {}
            }
        }
        for field in documents.unknown_fields() {
            self.tell(format!("{}: {field}", field.place()));
        }
        if self.more > 0 {
            self.loud.push(format!(
                "there are up to {} more warnings, which may be as grave",
                self.more
            ));
        }
        output::warn_of_each(&self.loud);
        output::warn(&self.others);
    }
}

/// What may be missed of an object of which nothing is rendered, and whether nobody may miss that.
fn missing(object: &PassedOver) -> Option<(String, bool)> {
    let (place, kind, version) = (object.place(), object.kind(), object.api_version());
    let name = object.name().unwrap_or_default();
    if ["HTTPRoute", "GRPCRoute"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        let sentence = format!(
            "{place}: {kind} {name}: it is passed over, so its requests are led by a wider route, if \
             there is one: expected gateway.networking.k8s.io/v1, found {version}"
        );
        return Some((sentence, true));
    }
    // Others have targets too, such as a VerticalPodAutoscaler.
    let is_of_routes = kind.ends_with("Policy") || version.contains("gateway");
    (object.has_targets() && !is_meant_as_policy(object)).then(|| {
        let sentence = format!(
            "{place}: {kind} {name} of {version} is not rendered: requests are led as without it"
        );
        (sentence, is_of_routes)
    })
}

fn sentence(who: &str, note: &Note) -> String {
    match note.place() {
        Some(place) => format!("{place}: {who}: {}", note.message()),
        None => format!("{who}: {}", note.message()),
    }
}
