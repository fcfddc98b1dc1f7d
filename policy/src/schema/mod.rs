//! Fields as the API describes them: one table for what is checked and for what is explained.

mod backend_tls_policy;
mod check;
mod core;
#[cfg(test)]
mod crd;
mod envoy_gateway;
mod field_error;
mod gateway;
mod metadata;
mod names;
mod pattern;
mod rules;
mod typed;

pub(crate) use self::core::CLUSTER_TRUST_BUNDLE;
pub(crate) use self::core::CONFIG_MAP;
pub(crate) use self::core::SECRET;
pub(crate) use self::core::SERVICE;
pub(crate) use backend_tls_policy::BACKEND_TLS_POLICY;
pub(crate) use backend_tls_policy::CONTROLLER_NAME;
pub(crate) use check::check;
pub(crate) use envoy_gateway::ENVOY_GATEWAY_BACKEND;
pub use field_error::FieldError;
pub use field_error::FieldFault;
pub(crate) use gateway::GATEWAY;
pub(crate) use gateway::REFERENCE_GRANT;
pub(crate) use gateway::ROUTE;
pub(crate) use names::is_qualified_name;
pub(crate) use pattern::matches;
pub(crate) use typed::typed;

use crate::yaml::Node;

/// One value: what it may be.
#[derive(Debug)]
pub(crate) enum Schema {
    Boolean,
    /// Seconds since 1970, as RFC 3339.
    DateTime,
    Integer {
        least: i64,
        most: i64,
        /// `int32` or `int64`.
        format: &'static str,
    },
    List {
        item: &'static Self,
        least: usize,
        most: usize,
        rules: &'static [Rule],
        /// The server's `x-kubernetes-list-type`, and the key of its maps.
        kind: ListKind,
    },
    Map {
        value: &'static Self,
        most: usize,
    },
    /// ObjectMeta, of kinds that the server holds to this.
    Metadata(metadata::Naming),
    Object {
        fields: &'static [Field],
        rules: &'static [Rule],
        /// Whether it has fields that are not of this table.
        open: bool,
    },
    Text {
        least: usize,
        most: usize,
        pattern: &'static str,
        /// If not empty, one of these.
        values: &'static [&'static str],
        rules: &'static [Rule],
    },
}

/// How the server merges a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// As one value.
    Atomic,
    /// By the value of this field.
    Map(&'static str),
}

/// One field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) default: Option<&'static str>,
    pub(crate) schema: Schema,
    /// What it is for, in sentences.
    pub(crate) about: &'static str,
}

/// A rule in CEL, and the same in Rust.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    /// What the server says of a value that breaks it.
    pub(crate) message: &'static str,
    /// The rule as the API has it.
    pub(crate) expression: &'static str,
    /// Whether a value obeys it.
    pub(crate) holds: fn(&Node) -> bool,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("message", &self.message).finish_non_exhaustive()
    }
}

impl Field {
    const fn required(name: &'static str, schema: Schema, about: &'static str) -> Self {
        Self { name, required: true, default: None, schema, about }
    }

    const fn optional(name: &'static str, schema: Schema, about: &'static str) -> Self {
        Self { name, required: false, default: None, schema, about }
    }

    const fn defaulting(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

impl Schema {
    /// Text of this length that matches.
    const fn text(least: usize, most: usize, pattern: &'static str) -> Self {
        Self::Text { least, most, pattern, values: &[], rules: &[] }
    }

    const fn one_of(values: &'static [&'static str]) -> Self {
        Self::Text { least: 0, most: usize::MAX, pattern: "", values, rules: &[] }
    }

    const fn object(fields: &'static [Field]) -> Self {
        Self::Object { fields, rules: &[], open: false }
    }

    /// A list that the server takes as one value.
    const fn atomic(item: &'static Self, least: usize, most: usize) -> Self {
        Self::List { item, least, most, rules: &[], kind: ListKind::Atomic }
    }

    /// Its name in the schema of the API.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::DateTime | Self::Text { .. } => "string",
            Self::Integer { .. } => "integer",
            Self::List { .. } => "array",
            Self::Map { .. } | Self::Metadata(_) | Self::Object { .. } => "object",
        }
    }

    /// The fields of an object.
    pub(crate) const fn fields(&self) -> &'static [Field] {
        match self {
            Self::Metadata(_) => metadata::FIELDS,
            Self::Object { fields, .. } => fields,
            _ => &[],
        }
    }
}
