//! The rules that the API writes in CEL. A value of another kind breaks none: its kind is refused.

use crate::yaml::Node;

/// Among references to one target, all have a section, or none has.
pub(super) fn sections_of_a_target_are_all_named_or_none(targets: &Node) -> bool {
    let items = targets.items();
    items.iter().all(|one| {
        items.iter().all(|other| {
            !same_target(one, other) || section(one).is_some() == section(other).is_some()
        })
    })
}

/// No two references have the same target and the same section, or both no section.
pub(super) fn targets_are_unique(targets: &Node) -> bool {
    let items = targets.items();
    items.iter().all(|one| {
        let same = |other: &&Node| same_target(one, other) && section(one) == section(other);
        items.iter().filter(same).count() == 1
    })
}

/// Not both caCertificateRefs and wellKnownCACertificates.
pub(super) fn trust_is_said_once(validation: &Node) -> bool {
    !(has_references(validation) && said(validation, "wellKnownCACertificates"))
}

/// Either caCertificateRefs or wellKnownCACertificates.
pub(super) fn trust_is_said(validation: &Node) -> bool {
    has_references(validation) || said(validation, "wellKnownCACertificates")
}

/// Type Hostname has a hostname.
pub(super) fn a_hostname_has_one(name: &Node) -> bool {
    type_of(name).is_none_or(|of| of != "Hostname") || said(name, "hostname")
}

/// Another type has no hostname.
pub(super) fn no_other_has_a_hostname(name: &Node) -> bool {
    type_of(name).is_none_or(|of| of == "Hostname") || !said(name, "hostname")
}

/// Type URI has a URI.
pub(super) fn a_uri_has_one(name: &Node) -> bool {
    type_of(name).is_none_or(|of| of != "URI") || said(name, "uri")
}

/// Another type has no URI.
pub(super) fn no_other_has_a_uri(name: &Node) -> bool {
    type_of(name).is_none_or(|of| of == "URI") || !said(name, "uri")
}

fn same_target(one: &Node, other: &Node) -> bool {
    ["group", "kind", "name"].iter().all(|field| one.text(field) == other.text(field))
}

/// An empty section is none.
fn section(target: &Node) -> Option<&str> {
    target.text("sectionName").filter(|section| !section.is_empty())
}

fn has_references(validation: &Node) -> bool {
    validation.get("caCertificateRefs").is_some_and(|references| !references.items().is_empty())
}

/// Whether the field is there and not empty.
fn said(object: &Node, field: &str) -> bool {
    object.text(field).is_some_and(|text| !text.is_empty())
}

/// A name without a type breaks no rule: the type is required.
fn type_of(name: &Node) -> Option<&str> {
    name.text("type")
}
