//! Objects as the YAML of a careful author.

use std::fmt::Write;

/// A policy under construction.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    version: &'static str,
    metadata: Vec<String>,
    targets: Vec<String>,
    spec: Vec<String>,
    validation: Vec<String>,
    references: Vec<String>,
    names: Vec<String>,
    status: Vec<String>,
}

impl Policy {
    /// A policy in `shop` for this hostname, without a target and without trust.
    pub(super) fn new(name: &str, hostname: &str) -> Self {
        Self {
            version: "v1",
            metadata: vec![format!("name: {name}"), "namespace: shop".into()],
            targets: Vec::new(),
            spec: Vec::new(),
            validation: vec![format!("hostname: {hostname}")],
            references: Vec::new(),
            names: Vec::new(),
            status: Vec::new(),
        }
    }

    /// About the Service `backend`, for `backend.example.com`.
    pub(super) fn of_backend(name: &str) -> Self {
        Self::new(name, "backend.example.com").generation(1).service("backend")
    }

    pub(super) fn version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    pub(super) fn namespace(mut self, namespace: &str) -> Self {
        self.metadata[1] = format!("namespace: {namespace}");
        self
    }

    pub(super) fn generation(mut self, generation: u32) -> Self {
        self.metadata.retain(|line| !line.starts_with("generation: "));
        self.metadata.push(format!("generation: {generation}"));
        self
    }

    pub(super) fn created(mut self, time: &str) -> Self {
        self.metadata.push(format!("creationTimestamp: \"{time}\""));
        self
    }

    pub(super) fn service(self, name: &str) -> Self {
        self.target(&format!("group: \"\", kind: Service, name: {name}"))
    }

    pub(super) fn section(self, name: &str, section: &str) -> Self {
        self.service(&format!("{name}, sectionName: \"{section}\""))
    }

    pub(super) fn target(mut self, fields: &str) -> Self {
        self.targets.push(format!("- {{{fields}}}"));
        self
    }

    /// Trusts the ConfigMap of this name.
    pub(super) fn config_map(self, name: &str) -> Self {
        self.reference("\"\"", "ConfigMap", name)
    }

    pub(super) fn reference(mut self, group: &str, kind: &str, name: &str) -> Self {
        self.references.push(format!("- {{group: {group}, kind: {kind}, name: {name}}}"));
        self
    }

    pub(super) fn uri(mut self, uri: &str) -> Self {
        self.names.push(format!("- {{type: URI, uri: \"{uri}\"}}"));
        self
    }

    pub(super) fn alternative(mut self, hostname: &str) -> Self {
        self.names.push(format!("- {{type: Hostname, hostname: \"{hostname}\"}}"));
        self
    }

    /// A line of the spec.
    pub(super) fn spec(mut self, line: impl Into<String>) -> Self {
        self.spec.push(line.into());
        self
    }

    /// A line of the validation.
    pub(super) fn validation(mut self, line: impl Into<String>) -> Self {
        self.validation.push(line.into());
        self
    }

    /// What a controller said before: an entry.
    pub(super) fn status(mut self, entry: &Entry) -> Self {
        self.status.push(entry.text());
        self
    }

    pub(super) fn yaml(&self) -> String {
        let mut text = format!(
            "apiVersion: gateway.networking.k8s.io/{}\nkind: BackendTLSPolicy\n",
            self.version
        );
        put(&mut text, 0, "metadata", &self.metadata);
        text.push_str("spec:\n");
        put(&mut text, 2, "targetRefs", &self.targets);
        for line in &self.spec {
            writeln!(text, "  {line}").expect("a string takes every text");
        }
        let names = self.names.iter().map(|line| format!("  {line}"));
        let references = self.references.iter().map(|line| format!("  {line}"));
        let head = |present: bool, field: &str| present.then(|| field.to_owned());
        let validation = self.validation.iter().cloned();
        let validation = validation
            .chain(head(!self.references.is_empty(), "caCertificateRefs:"))
            .chain(references)
            .chain(head(!self.names.is_empty(), "subjectAltNames:"))
            .chain(names);
        put(&mut text, 2, "validation", &validation.collect::<Vec<_>>());
        if !self.status.is_empty() {
            text.push_str("status:\n  ancestors:\n");
            text.push_str(&self.status.concat());
        }
        text
    }
}

/// A field of lists or of fields; nothing without any.
fn put(text: &mut String, indentation: usize, field: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    writeln!(text, "{:indentation$}{field}:", "").expect("a string takes every text");
    let indentation = indentation + 2;
    for line in lines {
        let indentation = if line.starts_with("- ") { indentation - 2 } else { indentation };
        writeln!(text, "{:indentation$}{line}", "").expect("a string takes every text");
    }
}

/// What a controller said of a policy for one Gateway.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    ancestor: String,
    controller: String,
    conditions: Vec<String>,
}

impl Entry {
    pub(super) fn of(controller: &str, ancestor: &str) -> Self {
        Self { ancestor: ancestor.into(), controller: controller.into(), conditions: Vec::new() }
    }

    pub(super) fn own(ancestor: &str) -> Self {
        Self::of("lastmile.example/resolve", ancestor)
    }

    /// Type, status and reason, at this generation, since 2026-05-01.
    pub(super) fn condition(mut self, of: &str, status: &str, reason: &str, at: u32) -> Self {
        self.conditions.push(format!(
            "    - type: {of}\n      status: \"{status}\"\n      reason: {reason}\n      \
             message: as it was\n      observedGeneration: {at}\n      \
             lastTransitionTime: \"2026-05-01T00:00:00Z\"\n"
        ));
        self
    }

    fn text(&self) -> String {
        let Self { ancestor, controller, conditions } = self;
        let conditions = conditions.concat();
        format!(
            "  - ancestorRef: {{{ancestor}}}\n    controllerName: {controller}\n    \
             conditions:\n{conditions}"
        )
    }
}

/// A ConfigMap in `shop` with this text in `ca.crt`.
pub(super) fn config_map(name: &str, ca: &str) -> String {
    config_map_of(name, &block("ca.crt", ca))
}

/// A ConfigMap in `shop`: `data` and whatever else, as it will stand.
pub(super) fn config_map_of(name: &str, rest: &str) -> String {
    format!("{}{rest}", object("v1", "ConfigMap", "shop", name))
}

/// `data` of one key, as a block of text.
pub(super) fn block(key: &str, text: &str) -> String {
    format!("data:\n  {key}: |\n{}", indented(4, text))
}

/// A text in quotes, with its ends of lines as escapes.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\r', "\\r").replace('\n', "\\n"))
}

pub(super) fn indented(columns: usize, text: &str) -> String {
    let line = |line: &str| format!("{:columns$}{line}\n", "");
    text.lines().map(line).collect()
}

/// A Service in `shop` with these ports: the name, the number, and more.
pub(super) fn service(name: &str, ports: &[&str]) -> String {
    let ports = ports.iter().map(|port| format!("  - {{{port}}}\n")).collect::<String>();
    format!("{}spec:\n  ports:\n{ports}", object("v1", "Service", "shop", name))
}

/// A route in `shop` from these Gateways to these backends, each as its fields stand.
pub(super) fn route(kind: &str, name: &str, parents: &[&str], backends: &[&str]) -> String {
    let item = |item: &&str| format!("  - {{{item}}}\n");
    let parents = parents.iter().map(item).collect::<String>();
    let backends = backends.iter().map(item).collect::<String>();
    format!(
        "{}spec:\n  parentRefs:\n{parents}  rules:\n  - backendRefs:\n{}",
        object("gateway.networking.k8s.io/v1", kind, "shop", name),
        indented(2, &backends)
    )
}

pub(super) fn gateway(name: &str) -> String {
    let head = object("gateway.networking.k8s.io/v1", "Gateway", "shop", name);
    format!("{head}spec:\n  gatewayClassName: example\n")
}

/// What every object begins with.
pub(super) fn object(version: &str, kind: &str, namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\n"
    )
}

/// The Service `backend` of one port `https`, a route to it, and the Gateway.
pub(super) fn shop() -> [String; 3] {
    [
        service("backend", &["name: https, port: 443"]),
        route("HTTPRoute", "route", &["name: gateway"], &["name: backend, port: 443"]),
        gateway("gateway"),
    ]
}
