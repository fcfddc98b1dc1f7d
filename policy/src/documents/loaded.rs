//! One object of a file: what it says, where it stands, and what the API server would say of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use super::Place;
use crate::schema;
use crate::schema::FieldError;
use crate::schema::Schema;
use crate::violation::Position;
use crate::yaml::Node;

/// An object, where it stands, and what the API server would say of it.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    object: T,
    place: Place,
    field_errors: Vec<FieldError>,
    unknown_fields: Vec<UnknownField>,
    raw: Option<serde_json::Value>,
    /// Where its values stand, by their paths.
    positions: BTreeMap<String, Position>,
}

impl<T> Loaded<T> {
    /// The object, without fields whose values have another type than the API says.
    pub const fn object(&self) -> &T {
        &self.object
    }

    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Everything that the API server would refuse; nothing of a valid object.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.field_errors
    }

    /// Fields that the API does not have. The server drops them, with a warning.
    pub fn unknown_fields(&self) -> &[UnknownField] {
        &self.unknown_fields
    }

    /// What the server would refuse, in one sentence that is not too long.
    pub(crate) fn fault_sentence(&self) -> Option<String> {
        let told = self.field_errors.iter().take(MOST_TOLD).map(ToString::to_string);
        let told = told.collect::<Vec<_>>().join("; ");
        match self.field_errors.len() {
            0 => None,
            count if count > MOST_TOLD => Some(format!("{told}; and {} more", count - MOST_TOLD)),
            _ => Some(told),
        }
    }

    /// The whole document as it was written, if the server would refuse or drop anything of it.
    pub(crate) const fn raw(&self) -> Option<&serde_json::Value> {
        self.raw.as_ref()
    }

    /// Where a field stands, such as `spec.validation.hostname`; if it is not there, the field that
    /// would hold it.
    pub fn place_of(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(position) = self.positions.get(path) {
                return self.place.at(Some(*position));
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.place.clone(),
            }
        }
    }
}

impl<T: PartialEq> Loaded<T> {
    /// Whether another document says the same, down to what the server would refuse or drop.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let errors = self.field_errors.iter().map(|error| (error.path(), error.fault()));
        let other_errors = other.field_errors.iter().map(|error| (error.path(), error.fault()));
        let unknown = self.unknown_fields.iter().map(UnknownField::path);
        let other_unknown = other.unknown_fields.iter().map(UnknownField::path);
        self.object == other.object && errors.eq(other_errors) && unknown.eq(other_unknown)
    }
}

impl<T: Default + DeserializeOwned> Loaded<T> {
    pub(super) fn new(place: Place, node: &Node, schema: &'static Schema) -> Self {
        let found = schema::check(node, schema);
        let typed = schema::typed(node, schema).unwrap_or_default();
        let is_whole = found.errors.is_empty() && found.unknown.is_empty();
        let unknown_fields = found
            .unknown
            .into_iter()
            .map(|(path, position)| UnknownField { place: place.at(position), path });
        let mut positions = BTreeMap::new();
        for part in ["spec", "data", "stringData", "binaryData"] {
            if let Some(node) = node.get(part) {
                keep_positions(part.to_owned(), node, &mut positions);
            }
        }
        Self {
            // What has the types of the schema can be read into the structs.
            object: serde_json::from_value(typed).unwrap_or_default(),
            unknown_fields: unknown_fields.collect(),
            field_errors: found.errors,
            raw: (!is_whole).then(|| node.to_json()),
            positions,
            place,
        }
    }
}

/// As deep as the budget of the reader. What has a long path is found by the field that holds it.
fn keep_positions(path: String, node: &Node, positions: &mut BTreeMap<String, Position>) {
    if path.len() > LONGEST_PATH {
        return;
    }
    for entry in node.entries() {
        keep_positions(format!("{path}.{}", entry.key), &entry.value, positions);
    }
    for (index, item) in node.items().iter().enumerate() {
        keep_positions(format!("{path}[{index}]"), item, positions);
    }
    positions.extend(node.position.map(|position| (path, position)));
}

/// A field that the API does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    path: String,
    place: Place,
}

impl UnknownField {
    /// The field, escaped.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for UnknownField {
    /// In the words of the API server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown field \"{}\"", self.path)
    }
}

/// Those of the fields of the API are shorter.
const LONGEST_PATH: usize = 128;

/// Of the errors of one object, in one sentence.
const MOST_TOLD: usize = 16;

#[cfg(test)]
mod tests {
    use crate::Documents;
    use crate::api::BackendTlsPolicy;

    use super::Loaded;

    fn policies(metadata: &str, validation: &str) -> Documents {
        let text = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: \
             {{name: a{metadata}}}\nspec:\n  targetRefs: [{{group: '', kind: Service, name: s}}]\n  \
             validation: {{hostname: a.example, wellKnownCACertificates: System{validation}}}\n"
        );
        let twice = format!("{text}---\n# below\n{text}");
        Documents::from_yaml(twice.as_bytes())
    }

    fn first(documents: &Documents) -> &Loaded<BackendTlsPolicy> {
        documents.policies().first().expect("a policy")
    }

    #[test]
    fn copies_are_the_same_down_to_what_the_server_refuses_or_drops() {
        let variants = [
            policies("", ""),
            policies("", ", subjectAltNames: []"),
            policies("", ", subjectAltNames: 1"),
            policies("", ", subjectAltNames: x"),
            policies("", ", subjectAltName: 1"),
            policies("", ", subjectAltname: 1"),
            policies(", labels: {a: b}", ""),
        ];
        for (at, one) in variants.iter().enumerate() {
            let [above, below] = one.policies() else { panic!("two policies") };
            assert!(above.is_same(below) && above.place() < below.place(), "{at}");
            for (other_at, other) in variants.iter().enumerate() {
                // A list without items is no list, for the API and here.
                let expected = at == other_at || (at < 2 && other_at < 2);
                assert_eq!(first(one).is_same(first(other)), expected, "{at} and {other_at}");
            }
        }
    }

    #[test]
    fn what_is_lost_in_the_object_is_kept_as_it_was_written() {
        assert_eq!(first(&policies("", "")).raw(), None);
        for (metadata, validation, pointer, expected) in [
            ("", ", subjectAltNames: {x: [1, ~]}", "subjectAltNames", r#"{"x":[1,null]}"#),
            ("", ", foo: 1.5", "foo", "1.5"),
            (", labels: {a: 1}", "", "hostname", "\"a.example\""),
        ] {
            let documents = policies(metadata, validation);
            let raw = first(&documents).raw().expect("kept");
            let found = raw.pointer(&format!("/spec/validation/{pointer}")).expect("there");
            assert_eq!(found.to_string(), expected);
        }
    }

    #[test]
    fn errors_are_one_sentence_that_is_not_too_long() {
        assert_eq!(first(&policies("", "")).fault_sentence(), None);
        let one = policies(", labels: {a: 1}", "");
        let sentence = first(&one).fault_sentence().expect("an error");
        assert_eq!(sentence, first(&one).field_errors()[0].to_string());
        for (count, end) in
            [(16, None), (17, Some("; and 1 more")), (10_000, Some("; and 9984 more"))]
        {
            let labels: String = (0..count).map(|label| format!("a{label}: 1, ")).collect();
            let documents = policies(&format!(", labels: {{{labels}}}"), "");
            assert_eq!(first(&documents).field_errors().len(), count);
            let sentence = first(&documents).fault_sentence().expect("errors");
            let parts = sentence.split("; ").count();
            assert_eq!(parts, if end.is_some() { 17 } else { 16 }, "{sentence}");
            assert!(end.is_none_or(|end| sentence.ends_with(end)), "{sentence}");
        }
    }
}
