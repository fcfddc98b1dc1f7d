//! YAML, and JSON with it: values with the place where each stands, within tight budgets.

use std::collections::HashSet;
use std::fmt;

use lastmile::Escaped;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Number;
use serde_saphyr::Budget;
use serde_saphyr::Location;
use serde_saphyr::MessageFormatter;
use serde_saphyr::Spanned;
use serde_saphyr::UserMessageFormatter;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::options::MergeKeyPolicy;

use crate::violation::Fault;
use crate::violation::Position;
use crate::violation::Violation;

mod agreement;
mod stream;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) position: Option<Position>,
}

/// What a document is made of.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Bool(bool),
    Mapping(Vec<Entry>),
    Null,
    Number(Number),
    Sequence(Vec<Node>),
    Text(String),
}

impl Value {
    /// Its type, as the API calls it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "boolean",
            Self::Mapping(_) => "object",
            Self::Null => "null",
            Self::Number(number) if number.is_f64() => "number",
            Self::Number(_) => "integer",
            Self::Sequence(_) => "array",
            Self::Text(_) => "string",
        }
    }
}

/// One entry of a mapping; no other has its key.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) position: Option<Position>,
    pub(crate) value: Node,
}

/// The documents of a stream, each by itself: one that cannot be read does no harm to the others.
/// Empty ones are left out.
pub(crate) fn documents(text: &[u8]) -> impl Iterator<Item = Result<Node, Violation>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let parts = stream::split(text).filter(|(_, part)| !stream::is_blank(part));
    parts.take(MOST_DOCUMENTS + 1).enumerate().filter_map(|(index, (lines_before, part))| {
        if index == MOST_DOCUMENTS {
            return Some(Err(too_many_documents(lines_before)));
        }
        let read = Node::read(part, MOST_IN_A_STREAM, MOST_NODES_IN_A_STREAM);
        match read {
            Ok(node) if matches!(node.value, Value::Null) => None,
            Ok(mut node) => {
                node.shift(lines_before);
                Some(Ok(node))
            }
            Err(violation) => {
                let position = violation.position();
                Some(Err(violation.at(position.map(|position| position.below(lines_before)))))
            }
        }
    })
}

fn too_many_documents(lines_before: u64) -> Violation {
    let why = format!(
        "more than {MOST_DOCUMENTS} documents in one stream: nothing is read from here on, so split \
         the stream"
    );
    let first = Position { line: 1, column: 1 };
    Violation::new("", Fault::Unreadable { why }).at(Some(first.below(lines_before)))
}

/// A value as YAML that other readers take for the same, those of YAML 1.1 too.
pub(crate) fn write(value: &impl Serialize) -> String {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: true,
        // A long message stays in its line.
        folded_wrap_chars: usize::MAX,
    };
    // Texts, numbers, lists and maps with texts as keys can always be written.
    serde_saphyr::to_string_with_options(value, options).unwrap_or_default()
}

impl Node {
    /// The one document of a text.
    pub(crate) fn from_yaml(text: &[u8]) -> Result<Self, Violation> {
        if text.len() > MOST_OCTETS {
            let why = format!("the file is larger than {} KiB", MOST_OCTETS / 1024);
            return Err(Violation::new("", Fault::Unreadable { why }));
        }
        Self::read(text, MOST_OCTETS, MOST_NODES)
    }

    /// The one document of a text that may have a bundle of PEM in it.
    pub(crate) fn from_yaml_with_bundle(text: &[u8]) -> Result<Self, Violation> {
        if text.len() > MOST_IN_A_STREAM {
            let why = format!("the text is larger than {} MiB", MOST_IN_A_STREAM >> 20);
            return Err(Violation::new("", Fault::Unreadable { why }));
        }
        Self::read(text, MOST_IN_A_STREAM, MOST_NODES)
    }

    fn read(text: &[u8], octets: usize, nodes: usize) -> Result<Self, Violation> {
        let text = str::from_utf8(text).map_err(|error| {
            let why = format!("not UTF-8 from octet {} on", error.valid_up_to());
            Violation::new("", Fault::Unreadable { why })
        })?;
        agreement::check(text, nodes.saturating_mul(2))?;
        let options = options(budget(octets, nodes));
        match serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options) {
            Ok(document) => Ok(Self::from(document)),
            Err(error) => {
                let position = error.location().and_then(position);
                Err(Violation::new("", unreadable(&error)).at(position))
            }
        }
    }

    /// Places in the whole text, of which so many lines are before this part. As deep as the budget.
    fn shift(&mut self, lines: u64) {
        let moved = |position: Option<Position>| position.map(|position| position.below(lines));
        self.position = moved(self.position);
        match &mut self.value {
            Value::Mapping(entries) => {
                for entry in entries {
                    entry.position = moved(entry.position);
                    entry.value.shift(lines);
                }
            }
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.shift(lines)),
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::Text(_) => {}
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a field that is there and, as the API server has it, not null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.entries().iter().find(|entry| entry.key == key)?;
        (!matches!(entry.value.value, Value::Null)).then_some(&entry.value)
    }

    /// The text of a field.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same without its places. As deep as the budget.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Bool(value) => (*value).into(),
            Value::Mapping(entries) => {
                let entries = entries.iter();
                entries.map(|entry| (entry.key.clone(), entry.value.to_json())).collect()
            }
            Value::Null => serde_json::Value::Null,
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Text(text) => text.as_str().into(),
        }
    }

    /// What it is, with its article, for sentences.
    pub(crate) const fn kind(&self) -> &'static str {
        match self.value {
            Value::Bool(_) => "true or false (put text in quotes)",
            Value::Mapping(_) => "a mapping",
            Value::Null => "nothing",
            Value::Number(_) => "a number (put text in quotes)",
            Value::Sequence(_) => "a list",
            Value::Text(_) => "text",
        }
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self { value: spanned.value, position: position(spanned.referenced) }
    }
}

fn position(location: Location) -> Option<Position> {
    let (line, column) = (location.line(), location.column());
    (line > 0).then_some(Position { line, column })
}

fn unreadable(error: &serde_saphyr::Error) -> Fault {
    let error = error.without_snippet();
    let why = match error {
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the field {} is here for the second time", Escaped::new(key.as_bytes()))
        }
        serde_saphyr::Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            "a second document begins here, and one is expected".to_owned()
        }
        _ => {
            let text = UserMessageFormatter.format_message(error);
            // The place is said apart.
            let text = text.rfind(" at line ").map_or(&*text, |end| &text[..end]);
            format!("not YAML that can be read: {}", Escaped::new(text.as_bytes()))
        }
    };
    Fault::Unreadable { why }
}

fn options(budget: Option<Budget>) -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: budget,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 1_000,
            max_replay_stack_depth: 4,
            max_alias_expansions_per_anchor: 64,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        // As kubectl, which reads YAML 1.1: `yes` and `on` are booleans.
        strict_booleans: false,
        with_snippet: false,
    }
}

/// What one document may cost.
fn budget(octets: usize, nodes: usize) -> Option<Budget> {
    serde_saphyr::budget! {
        max_events: nodes.saturating_mul(2),
        max_nodes: nodes,
        max_depth: 32,
        flow_nesting_limit: 32,
        max_aliases: 64,
        max_anchors: 64,
        max_recorded_anchor_events: 10_000,
        max_recorded_anchor_bytes: MOST_OCTETS,
        max_documents: 1,
        max_total_scalar_bytes: octets,
        max_merge_keys: 0,
    }
}

/// A stanza has a few hundred; what a Secret or a ConfigMap may hold is no more.
const MOST_OCTETS: usize = 1 << 20;
const MOST_NODES: usize = 10_000;

/// A List of all objects of a cluster is one document.
const MOST_IN_A_STREAM: usize = 32 << 20;
const MOST_NODES_IN_A_STREAM: usize = 500_000;

/// A cluster of 5,000 Services has fewer objects that are read here.
const MOST_DOCUMENTS: usize = 100_000;

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Value, E> {
        let number = Number::from_i128(number);
        number.map(Value::Number).ok_or_else(|| E::custom("a number that is too large"))
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Value, E> {
        let number = Number::from_u128(number);
        number.map(Value::Number).ok_or_else(|| E::custom("a number that is too large"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number);
        number.map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(item) = list.next_element::<Spanned<Value>>()? {
            nodes.push(Node::from(item));
        }
        Ok(Value::Sequence(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut keys = HashSet::new();
        while let Some((key, value)) = map.next_entry::<Spanned<Key>, Spanned<Value>>()? {
            let (position, key) = (position(key.referenced), key.value.0);
            // The reader compares keys as written: `"a"` and `a` are one key all the same.
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom("duplicate mapping key"));
            }
            entries.push(Entry { key, position, value: value.into() });
        }
        Ok(Value::Mapping(entries))
    }
}

/// The name of a field.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // For kubectl, `on` would be `true`, and `1.50` would be `1.5`.
        match Value::deserialize(deserializer)? {
            Value::Text(text) => Ok(Self(text)),
            Value::Number(number) if !number.is_f64() => Ok(Self(number.to_string())),
            Value::Bool(_) => Err(D::Error::custom(
                "the name of a field that is true or false (as y, n, yes, no, on and off are): put \
                 it in quotes",
            )),
            Value::Mapping(_) | Value::Null | Value::Number(_) | Value::Sequence(_) => {
                Err(D::Error::custom("the name of a field that is no text: put it in quotes"))
            }
        }
    }
}
