//! The ports of a backend, and what their sections are called.

use std::collections::HashMap;
use std::sync::Arc;

use super::index::Absent;
use super::index::escaped;
use super::target::Target;
use crate::api::EnvoyGatewayBackend;
use crate::api::ServicePort;

/// A port of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// What a section calls it; empty if it has no name.
    pub(super) section: String,
    pub(super) number: u16,
    /// TLS is on TCP.
    pub(super) is_tcp: bool,
}

impl Port {
    pub(super) fn of_service(port: &ServicePort) -> Self {
        Self {
            section: port.name.clone().unwrap_or_default(),
            number: port.port,
            is_tcp: port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP"),
        }
    }

    /// Those of its endpoints, each once: their sections are their numbers.
    pub(super) fn all_of_backend(backend: &EnvoyGatewayBackend) -> Vec<Self> {
        let endpoints = backend.spec.endpoints.iter();
        let addresses = endpoints.filter_map(|one| one.fqdn.as_ref().or(one.ip.as_ref()));
        let mut numbers: Vec<u16> = addresses.map(|one| one.port).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let port = |number: u16| Self { section: number.to_string(), number, is_tcp: true };
        numbers.into_iter().map(port).collect()
    }

    /// The section to ask about it: its name, or else its number.
    pub(super) fn asked_as(&self) -> String {
        match self.section.as_str() {
            "" => self.number.to_string(),
            section => section.to_owned(),
        }
    }

    /// The target that it is. The only port of a Service may have no name.
    pub(super) fn target(&self, whole: &Target, is_the_only_one: bool) -> Target {
        match is_the_only_one && self.section.is_empty() {
            true => whole.clone(),
            false => whole.clone().of_section(self.asked_as()),
        }
    }
}

/// The ports of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ports {
    Known(KnownPorts),
    /// The object is among the documents, but nobody knows what it is.
    Unclear(Arc<str>),
    /// It is not among the documents.
    Unknown,
}

/// The ports of an object that is among the documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownPorts {
    all: Vec<Port>,
    /// Of many; a few are looked through.
    by_section: HashMap<String, usize>,
    /// Of the ports with TCP, likewise.
    by_number: HashMap<u16, usize>,
    /// The only one with TCP.
    only: Option<usize>,
}

impl Ports {
    pub(super) fn new(found: Result<Vec<Port>, Absent>) -> Self {
        match found {
            Ok(all) => {
                let (mut by_section, mut by_number) = (HashMap::new(), HashMap::new());
                let many = all.len() > FEW;
                for (index, port) in all.iter().enumerate().filter(|_| many) {
                    by_section.entry(port.section.clone()).or_insert(index);
                    if port.is_tcp {
                        by_number.entry(port.number).or_insert(index);
                    }
                }
                let mut with_tcp = all.iter().enumerate().filter(|(_, port)| port.is_tcp);
                let only = with_tcp.next().filter(|_| with_tcp.next().is_none());
                let only = only.map(|(index, _)| index);
                Self::Known(KnownPorts { all, by_section, by_number, only })
            }
            Err(Absent::Missing { .. }) => Self::Unknown,
            Err(Absent::Doubtful { why, .. }) => Self::Unclear(why),
        }
    }
}

impl KnownPorts {
    pub(super) fn all(&self) -> &[Port] {
        &self.all
    }

    pub(super) fn with_tcp(&self) -> impl Iterator<Item = &Port> {
        self.all.iter().filter(|port| port.is_tcp)
    }

    /// The only port with TCP, if there is one such.
    pub(super) fn only(&self) -> Option<&Port> {
        self.all.get(self.only?)
    }

    /// The port that a policy calls so.
    pub(super) fn named(&self, section: &str) -> Option<&Port> {
        match self.all.len() > FEW {
            true => self.all.get(*self.by_section.get(section)?),
            false => self.all.iter().find(|port| port.section == section),
        }
    }

    /// The port that somebody asks about: by its name, or else by its number, of those with TCP.
    pub(super) fn asked(&self, section: &str) -> Option<&Port> {
        self.named(section).or_else(|| self.numbered(section.parse().ok()?))
    }

    /// The port of this number, of those with TCP.
    pub(super) fn numbered(&self, number: u16) -> Option<&Port> {
        match self.all.len() > FEW {
            true => self.all.get(*self.by_number.get(&number)?),
            false => self.with_tcp().find(|port| port.number == number),
        }
    }

    /// That an object has no such section, and which it has.
    pub(super) fn without(&self, shown: &str, section: &str) -> String {
        let section = escaped(section);
        let mut known: Vec<String> = self
            .all
            .iter()
            .take(MOST_TOLD)
            .map(|port| match port.section.as_str() {
                "" => format!("port {} without a name", port.number),
                section => escaped(section),
            })
            .collect();
        if let more @ 1.. = self.all.len().saturating_sub(MOST_TOLD) {
            known.push(format!("{more} more"));
        }
        match known.as_slice() {
            [] => format!("{shown} has no section {section}: it has no ports"),
            known => format!("{shown} has no section {section}, but {}", known.join(", ")),
        }
    }
}

/// Services have one to three ports.
const FEW: usize = 16;

/// Sections that a sentence names.
const MOST_TOLD: usize = 16;
