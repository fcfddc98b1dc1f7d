//! What every kind of document can do: be checked, and be written.

use serde::Serialize;

use crate::schema;
use crate::schema::FieldError;
use crate::schema::Schema;
use crate::yaml;

/// The methods of a kind, by its schema.
macro_rules! document {
    ($kind:ident, $schema:expr) => {
        impl $kind {
            /// Everything that the API server would refuse.
            pub fn field_errors(&self) -> Vec<$crate::schema::FieldError> {
                $crate::api::document::field_errors(self, &$schema)
            }

            /// As JSON, in one line.
            pub fn to_json(&self) -> String {
                $crate::api::document::to_json(self)
            }

            /// As YAML.
            pub fn to_yaml(&self) -> String {
                $crate::yaml::write(self)
            }
        }
    };
}

pub(super) use document;

pub(super) fn field_errors(document: &impl Serialize, schema: &'static Schema) -> Vec<FieldError> {
    // What was written here can be read here.
    let Some(Ok(node)) = yaml::documents(to_json(document).as_bytes()).next() else {
        return Vec::new();
    };
    schema::check(&node, schema).errors
}

pub(super) fn to_json(document: &impl Serialize) -> String {
    // Texts, numbers, lists and maps with texts as keys always have a JSON text.
    serde_json::to_string(document).unwrap_or_default()
}
