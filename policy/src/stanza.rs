//! Reading the stanza from YAML or JSON, with every violation and its line.

use std::path::PathBuf;

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
        let names = reading.mapping(&document).and_then(|fields| {
            for field in fields {
                match field.key.as_str() {
                    "hostname" | "subjectAltNames" => {}
                    "caCertificateRefs" | "wellKnownCACertificates" => {
                        reading.refuse::<()>(&field.key, field.position, Fault::ForeignTrust);
                    }
                    _ => reading.refuse_field("", field, "hostname or subjectAltNames"),
                }
            }
            reading.names_of_stanza(fields, document.position)
        });
        let (hostname, subject_alt_names) = reading.finish(names)?;
        Ok(Self { hostname, subject_alt_names, trust })
    }
}

/// The stanza as the configuration of a host has it: with what it trusts, which is not loaded yet.
///
/// ```
/// use lastmile_policy::{Stanza, Trust};
///
/// let stanza = Stanza::from_yaml(
///     b"hostname: backend.example.com\ncaCertificatesFile: /etc/backend/ca.pem\n",
/// )?;
/// assert_eq!(stanza.trust, Trust::File("/etc/backend/ca.pem".into()));
/// # Ok::<(), lastmile_policy::InvalidValidation>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stanza {
    /// As [`Validation::hostname`].
    pub hostname: String,
    /// As [`Validation::subject_alt_names`].
    pub subject_alt_names: Vec<SubjectAltName>,
    /// Where the certificates are that may end a path.
    pub trust: Trust,
}

/// Where the trust anchors of a [`Stanza`] come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// `caCertificates`: a bundle of PEM.
    Pem(String),
    /// `caCertificatesFile`: the path of one.
    File(PathBuf),
    /// `wellKnownCACertificates: System`: the roots of the system.
    System,
}

impl Stanza {
    /// Reads `hostname`, `subjectAltNames`, and one of `caCertificates`, `caCertificatesFile` and
    /// `wellKnownCACertificates`, from YAML or JSON of at most 32 MiB.
    ///
    /// # Errors
    /// Every rule that is broken, with its line; or why the text cannot be read. Other fields are
    /// refused.
    pub fn from_yaml(text: &[u8]) -> Result<Self, InvalidValidation> {
        let document = Node::from_yaml_with_bundle(text)
            .map_err(|violation| InvalidValidation::new(vec![violation]))?;
        let mut reading = Reading::default();
        let read = reading.mapping(&document).and_then(|fields| {
            for field in fields {
                match field.key.as_str() {
                    "hostname"
                    | "subjectAltNames"
                    | "caCertificates"
                    | "caCertificatesFile"
                    | "wellKnownCACertificates" => {}
                    "caCertificateRefs" => {
                        reading.refuse::<()>(&field.key, field.position, Fault::References);
                    }
                    _ => reading.refuse_field("", field, STANZA),
                }
            }
            let names = reading.names_of_stanza(fields, document.position);
            let trust = reading.trust(fields, document.position);
            names.zip(trust)
        });
        let ((hostname, subject_alt_names), trust) = reading.finish(read)?;
        Ok(Self { hostname, subject_alt_names, trust })
    }

    /// The same, with what it trusts loaded.
    pub fn with_anchors(self, trust: TrustAnchors) -> Validation {
        let Self { hostname, subject_alt_names, .. } = self;
        Validation { hostname, subject_alt_names, trust }
    }
}

const STANZA: &str = "hostname, subjectAltNames, caCertificates, caCertificatesFile or \
                      wellKnownCACertificates";

/// What was found wrong so far.
#[derive(Default)]
struct Reading {
    violations: Vec<Violation>,
}

impl Reading {
    /// What was read, if nothing is wrong with it.
    fn finish<T>(mut self, read: Option<T>) -> Result<T, InvalidValidation> {
        match read {
            Some(read) if self.violations.is_empty() => Ok(read),
            _ => {
                self.violations.sort_by_key(Violation::position);
                Err(InvalidValidation::new(self.violations))
            }
        }
    }

    fn mapping<'a>(&mut self, document: &'a Node) -> Option<&'a [Entry]> {
        match &document.value {
            Value::Mapping(fields) => Some(fields),
            Value::Null => self.refuse("", document.position, Fault::NoStanza),
            _ => self.refuse("", document.position, wrong_kind("a mapping", document)),
        }
    }

    fn names_of_stanza(
        &mut self,
        fields: &[Entry],
        position: Option<Position>,
    ) -> Option<(String, Vec<SubjectAltName>)> {
        let names = fields.iter().find(|field| field.key == "subjectAltNames");
        let names = names.map(|field| self.names(&field.value)).unwrap_or_default();
        let hostname = match present(fields, "hostname") {
            None => self.refuse("hostname", position, Fault::MissingHostname),
            Some(node) => self.text("hostname", node).and_then(|hostname| {
                self.checked("hostname", node, rules::hostname(hostname))?;
                Some(hostname.to_owned())
            }),
        };
        Some((hostname?, names))
    }

    /// One of three fields, and only one.
    fn trust(&mut self, fields: &[Entry], position: Option<Position>) -> Option<Trust> {
        let is_trust = |key: &str| {
            matches!(key, "caCertificates" | "caCertificatesFile" | "wellKnownCACertificates")
        };
        let given: Vec<(&str, &Node)> = fields
            .iter()
            .map(|field| (field.key.as_str(), &field.value))
            .filter(|(key, node)| is_trust(key) && !matches!(node.value, Value::Null))
            .collect();
        let (key, node) = match given.as_slice() {
            [] => return self.refuse("caCertificates", position, Fault::MissingTrust),
            [one] => *one,
            [(first, _), rest @ ..] => {
                for (key, node) in rest {
                    let fault = Fault::SecondTrust { beside: (*first).to_owned() };
                    self.refuse::<()>(key, node.position, fault);
                }
                return None;
            }
        };
        let text = self.text(key, node)?;
        match (key, text) {
            ("wellKnownCACertificates", "System") => Some(Trust::System),
            ("wellKnownCACertificates", _) => {
                self.refuse(key, node.position, Fault::UnknownSet { found: text.into() })
            }
            (_, "") => self.refuse(key, node.position, Fault::Empty),
            ("caCertificates", _) => Some(Trust::Pem(text.to_owned())),
            _ => Some(Trust::File(text.into())),
        }
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
