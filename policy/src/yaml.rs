//! YAML, and JSON with it: values with the place where each stands, within tight budgets.

use std::fmt;

use lastmile::Escaped;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
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

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) position: Option<Position>,
}

/// What a document is made of.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Bool,
    Mapping(Vec<Entry>),
    Null,
    Number,
    Sequence(Vec<Node>),
    Text(String),
}

/// One entry of a mapping; no other has its key.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) position: Option<Position>,
    pub(crate) value: Node,
}

impl Node {
    /// The one document of a text.
    pub(crate) fn from_yaml(text: &[u8]) -> Result<Self, Violation> {
        if text.len() > MOST_OCTETS {
            let why = format!("the file is larger than {} KiB", MOST_OCTETS / 1024);
            return Err(Violation::new("", Fault::Unreadable { why }));
        }
        let text = str::from_utf8(text).map_err(|error| {
            let why = format!("not UTF-8 from octet {} on", error.valid_up_to());
            Violation::new("", Fault::Unreadable { why })
        })?;
        match serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options()) {
            Ok(document) => Ok(Self::from(document)),
            Err(error) => {
                let position = error.location().and_then(position);
                Err(Violation::new("", unreadable(&error)).at(position))
            }
        }
    }

    /// What it is, with its article, for sentences.
    pub(crate) const fn kind(&self) -> &'static str {
        match self.value {
            Value::Bool => "true or false",
            Value::Mapping(_) => "a mapping",
            Value::Null => "nothing",
            Value::Number => "a number (put text in quotes)",
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

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000,
            max_nodes: 10_000,
            max_depth: 32,
            flow_nesting_limit: 32,
            max_aliases: 64,
            max_anchors: 64,
            max_recorded_anchor_events: 10_000,
            max_recorded_anchor_bytes: MOST_OCTETS,
            max_documents: 1,
            max_total_scalar_bytes: MOST_OCTETS,
            max_merge_keys: 0,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 1_000,
            max_replay_stack_depth: 4,
            max_alias_expansions_per_anchor: 64,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        // YAML 1.2: `yes` and `on` are text.
        strict_booleans: true,
        with_snippet: false,
    }
}

/// A stanza has a few hundred; what a Secret or a ConfigMap may hold is no more.
const MOST_OCTETS: usize = 1 << 20;

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

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Value, E> {
        Ok(Value::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Value, E> {
        Ok(Value::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Number)
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
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Spanned<Value>>()? {
            let (position, key) = (position(key.referenced), key.value);
            // The reader compares keys as written: `"a"` and `a` are one key all the same.
            if entries.iter().any(|entry| entry.key == key) {
                return Err(A::Error::custom("duplicate mapping key"));
            }
            entries.push(Entry { key, position, value: value.into() });
        }
        Ok(Value::Mapping(entries))
    }
}
