//! A document of YAML whose fields stay in the order in which they are written.

use serde::Serialize;
use serde::Serializer;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Bool(bool),
    List(Vec<Self>),
    Map(Vec<(&'static str, Self)>),
    Number(u64),
    Text(String),
}

impl Tree {
    /// A mapping, with another field if there is a value for it.
    pub(super) fn and(mut self, name: &'static str, value: Option<impl Into<Self>>) -> Self {
        if let (Self::Map(fields), Some(value)) = (&mut self, value) {
            fields.push((name, value.into()));
        }
        self
    }

    /// A list of texts; None of none.
    pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Option<Self> {
        let texts: Vec<Self> = texts.into_iter().map(|text| Self::Text(text.into())).collect();
        (!texts.is_empty()).then_some(Self::List(texts))
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl From<bool> for Tree {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Vec<Self>> for Tree {
    fn from(items: Vec<Self>) -> Self {
        Self::List(items)
    }
}

impl From<u16> for Tree {
    fn from(value: u16) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Tree {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<String> for Tree {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Tree {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A mapping: `map! { "name" => value, … }`.
macro_rules! map {
    ($($name:literal => $value:expr),* $(,)?) => {
        $crate::render::tree::Tree::Map(vec![
            $(($name, $crate::render::tree::Tree::from($value))),*
        ])
    };
}

pub(super) use map;
