//! The rules that the API writes in CEL. A value of another kind breaks none: its kind is refused.

use std::collections::HashSet;

use super::pattern::matches;
use crate::yaml::Node;
use crate::yaml::Value;

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

/// Trust and skipping verification exclude each other.
pub(super) fn no_trust_is_said_where_nothing_is_verified(tls: &Node) -> bool {
    !(is_true(tls, "insecureSkipVerify") && trust_is_said(tls))
}

/// Not both sni and autoSNIFromEndpointHostname.
pub(super) fn sni_is_said_once(tls: &Node) -> bool {
    !(tls.get("sni").is_some() && is_true(tls, "autoSNIFromEndpointHostname"))
}

/// Of several ports of a Service, each has a name.
pub(super) fn each_of_several_ports_has_a_name(ports: &Node) -> bool {
    let items = ports.items();
    items.len() < 2 || items.iter().all(|port| said(port, "name"))
}

/// No two ports of a Service have the same name.
pub(super) fn names_of_ports_are_unique(ports: &Node) -> bool {
    let mut seen = HashSet::new();
    let mut names = ports.items().iter().filter_map(|port| port.text("name"));
    names.all(|name| name.is_empty() || seen.insert(name))
}

/// No two ports of a Service have the same number and protocol.
pub(super) fn ports_are_unique(ports: &Node) -> bool {
    let mut seen = HashSet::new();
    ports.items().iter().all(|port| {
        let Some(Value::Number(number)) = port.get("port").map(|port| &port.value) else {
            return true;
        };
        seen.insert((number.to_string(), port.text("protocol").unwrap_or("TCP")))
    })
}

/// A Backend of type DynamicResolver has no endpoints.
pub(super) fn a_resolver_has_no_endpoints(spec: &Node) -> bool {
    !is_resolver(spec) || spec.get("endpoints").is_none()
}

/// Nor the host names of any.
pub(super) fn a_resolver_has_no_sni_of_endpoints(spec: &Node) -> bool {
    !(is_resolver(spec) && takes_sni_of_endpoints(spec))
}

/// What has no host name of its own is given one. The rule reads `endpoints` without asking
/// whether they are there, so without them it breaks.
pub(super) fn endpoints_have_hostnames_for_sni(spec: &Node) -> bool {
    let has = |endpoint: &Node, field: &str| endpoint.get(field).is_some();
    let named = |endpoint: &Node| {
        !(has(endpoint, "ip") || has(endpoint, "unix")) || has(endpoint, "hostname")
    };
    let endpoints = spec.get("endpoints");
    !takes_sni_of_endpoints(spec)
        || endpoints.is_some_and(|endpoints| endpoints.items().iter().all(named))
}

/// One of the three.
pub(super) fn an_endpoint_has_an_address(endpoint: &Node) -> bool {
    addresses(endpoint) > 0
}

/// And no other. The rule breaks without any, too.
pub(super) fn an_endpoint_has_one_address(endpoint: &Node) -> bool {
    addresses(endpoint) == 1
}

/// All endpoints are host names, or none is.
pub(super) fn host_names_stand_alone(endpoints: &Node) -> bool {
    let is_host_name = |endpoint: &&Node| endpoint.get("fqdn").is_some();
    let host_names = endpoints.items().iter().filter(is_host_name).count();
    host_names == 0 || host_names == endpoints.items().len()
}

/// At most 108 characters.
pub(super) fn a_path_of_a_socket_is_short(path: &Node) -> bool {
    !matches!(&path.value, Value::Text(path) if path.chars().count() > 108)
}

/// No list of cipher suites for TLS 1.3, which has its own; an empty list is one.
pub(super) fn ciphers_have_an_effect(tls: &Node) -> bool {
    tls.text("minVersion") != Some("1.3") || tls.get("ciphers").is_none()
}

/// The oldest version, 1.2 where nothing is said, is not newer than the newest. Auto is either end.
pub(super) fn versions_are_in_order(tls: &Node) -> bool {
    let place = |version: &str| ["1.0", "1.1", "1.2", "1.3"].iter().position(|of| *of == version);
    let oldest = match tls.get("minVersion") {
        Some(_) => tls.text("minVersion"),
        None => Some("1.2"),
    };
    let newest = tls.text("maxVersion").and_then(place);
    oldest.and_then(place).zip(newest).is_none_or(|(oldest, newest)| oldest <= newest)
}

/// A path, whole or a prefix, is absolute.
pub(super) fn a_path_begins_with_a_slash(path: &Node) -> bool {
    plain_path(path).is_none_or(|path| path.starts_with('/'))
}

/// There is one way to write a path.
pub(super) fn a_path_is_normal(path: &Node) -> bool {
    plain_path(path).is_none_or(|path| {
        let parts = ["//", "/./", "/../", "%2f", "%2F", "#"];
        let ends = ["/.", "/.."];
        !parts.iter().any(|part| path.contains(part)) && !ends.iter().any(|end| path.ends_with(end))
    })
}

/// RFC 3986 3.3.
pub(super) fn a_path_has_characters_of_paths(path: &Node) -> bool {
    plain_path(path)
        .is_none_or(|path| matches(r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$", path))
}

/// What is no expression; without a value, the API puts `/`.
fn plain_path(path: &Node) -> Option<&str> {
    let is_plain = !matches!(path.text("type"), Some("RegularExpression"));
    is_plain.then(|| path.get("value").map_or("/", |_| path.text("value").unwrap_or("/")))
}

fn addresses(endpoint: &Node) -> usize {
    ["fqdn", "ip", "unix"].iter().filter(|field| endpoint.get(field).is_some()).count()
}

fn is_resolver(spec: &Node) -> bool {
    spec.text("type") == Some("DynamicResolver")
}

fn takes_sni_of_endpoints(spec: &Node) -> bool {
    spec.get("tls").is_some_and(|tls| is_true(tls, "autoSNIFromEndpointHostname"))
}

fn is_true(object: &Node, field: &str) -> bool {
    object.get(field).is_some_and(|node| matches!(node.value, Value::Bool(true)))
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
