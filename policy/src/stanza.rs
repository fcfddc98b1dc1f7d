//! Reading the stanza from YAML or JSON, with every violation and its line.

use lastmile::Escaped;
use lastmile::TrustAnchors;

use crate::rules;
use crate::validation::SubjectAltName;
use crate::validation::Validation;
use crate::violation::Fault;
use crate::violation::InvalidValidation;
use crate::violation::Position;
use crate::violation::Violation;
use crate::yaml::Entry;
use crate::yaml::Node;
use crate::yaml::Value;

impl Validation {
    /// Reads `hostname` and `subjectAltNames` as the API spells them; the trust is given beside.
    ///
    /// ```yaml
    /// hostname: backend.example.com
    /// subjectAltNames:
    /// - type: URI
    ///   uri: spiffe://cluster.local/ns/shop/sa/backend
    /// ```
    ///
    /// # Errors
    /// Every rule that is broken, with its line; or why the text cannot be read. Fields that the
    /// stanza does not have are refused.
    pub fn from_yaml(text: &[u8], trust: TrustAnchors) -> Result<Self, InvalidValidation> {
        let document =
            Node::from_yaml(text).map_err(|violation| InvalidValidation::new(vec![violation]))?;
        let mut reading = Reading::default();
        let stanza = reading.stanza(&document);
        match stanza {
            Some((hostname, subject_alt_names)) if reading.violations.is_empty() => {
                Ok(Self { hostname, subject_alt_names, trust })
            }
            _ => {
                reading.violations.sort_by_key(Violation::position);
                Err(InvalidValidation::new(reading.violations))
            }
        }
    }
}

/// What was found wrong so far.
#[derive(Default)]
struct Reading {
    violations: Vec<Violation>,
}

impl Reading {
    fn stanza(&mut self, document: &Node) -> Option<(String, Vec<SubjectAltName>)> {
        let fields = match &document.value {
            Value::Mapping(fields) => fields,
            Value::Null => return self.refuse("", document.position, Fault::NoStanza),
            _ => return self.refuse("", document.position, wrong_kind("a mapping", document)),
        };
        let mut names = Vec::new();
        for field in fields {
            match field.key.as_str() {
                "hostname" => {}
                "subjectAltNames" => names = self.names(&field.value),
                "caCertificateRefs" | "wellKnownCACertificates" => {
                    self.refuse::<()>(&field.key, field.position, Fault::ForeignTrust);
                }
                _ => self.refuse_field("", field, "hostname or subjectAltNames"),
            }
        }
        let hostname = match present(fields, "hostname") {
            None => self.refuse("hostname", document.position, Fault::MissingHostname),
            Some(node) => self.text("hostname", node).and_then(|hostname| {
                self.checked("hostname", node, rules::hostname(hostname))?;
                Some(hostname.to_owned())
            }),
        };
        Some((hostname?, names))
    }

    fn names(&mut self, node: &Node) -> Vec<SubjectAltName> {
        let path = "subjectAltNames";
        let items = match &node.value {
            Value::Sequence(items) => items,
            // As the API server: a field that is null is not there.
            Value::Null => return Vec::new(),
            _ => {
                self.refuse::<()>(path, node.position, wrong_kind("a list", node));
                return Vec::new();
            }
        };
        if let Err(fault) = rules::count(items.len()) {
            self.refuse::<()>(path, node.position, fault);
        }
        items
            .iter()
            .enumerate()
            // Whatever is beyond that is too much anyway, and need not be told one by one.
            .take(rules::MOST_NAMES)
            .filter_map(|(index, item)| self.name(&format!("{path}[{index}]"), item))
            .collect()
    }

    fn name(&mut self, path: &str, item: &Node) -> Option<SubjectAltName> {
        let Value::Mapping(fields) = &item.value else {
            return self.refuse(path, item.position, wrong_kind("a mapping", item));
        };
        for field in fields {
            if !matches!(field.key.as_str(), "type" | "hostname" | "uri") {
                self.refuse_field(path, field, "type, hostname or uri");
            }
        }
        let type_path = format!("{path}.type");
        let Some(node) = present(fields, "type") else {
            return self.refuse(&type_path, item.position, Fault::MissingType);
        };
        let (of_type, own, other) = match self.text(&type_path, node)? {
            "Hostname" => ("Hostname", "hostname", "uri"),
            "URI" => ("URI", "uri", "hostname"),
            found => {
                let fault = Fault::UnknownType { found: found.into() };
                return self.refuse(&type_path, node.position, fault);
            }
        };
        if let Some(node) = present(fields, other) {
            let fault = Fault::OtherValue { of_type };
            self.refuse::<()>(&format!("{path}.{other}"), node.position, fault);
        }
        let path = format!("{path}.{own}");
        let Some(node) = present(fields, own) else {
            return self.refuse(&path, item.position, Fault::MissingValue { of_type });
        };
        let text = self.text(&path, node)?.to_owned();
        let name = match own {
            "uri" => SubjectAltName::Uri(text),
            _ => SubjectAltName::Hostname(text),
        };
        self.checked(&path, node, name.compile())?;
        Some(name)
    }

    fn text<'a>(&mut self, path: &str, node: &'a Node) -> Option<&'a str> {
        match &node.value {
            Value::Text(text) => Some(text),
            _ => self.refuse(path, node.position, wrong_kind("text", node)),
        }
    }

    /// What the rules made of a value, if they let it through.
    fn checked<T>(&mut self, path: &str, node: &Node, checked: Result<T, Fault>) -> Option<T> {
        checked.map_or_else(|fault| self.refuse(path, node.position, fault), Some)
    }

    fn refuse_field(&mut self, path: &str, field: &Entry, known: &'static str) {
        let key = Escaped::new(field.key.as_bytes());
        let path = match path {
            "" => key.to_string(),
            _ => format!("{path}.{key}"),
        };
        self.refuse::<()>(&path, field.position, Fault::UnknownField { known });
    }

    fn refuse<T>(&mut self, path: &str, position: Option<Position>, fault: Fault) -> Option<T> {
        self.violations.push(Violation::new(path, fault).at(position));
        None
    }
}

/// The value of a field that is there and not null.
fn present<'a>(fields: &'a [Entry], key: &str) -> Option<&'a Node> {
    fields
        .iter()
        .find(|field| field.key == key)
        .map(|field| &field.value)
        .filter(|node| !matches!(node.value, Value::Null))
}

const fn wrong_kind(expected: &'static str, node: &Node) -> Fault {
    Fault::WrongKind { expected, found: node.kind() }
}
