//! What of a value has the types of its schema: the part that can be read into structs.

use serde_json::Map;

use super::Schema;
use crate::yaml::Node;
use crate::yaml::Value;

/// The value without all that has another type, or is no field. None if it has another type itself.
pub(crate) fn typed(node: &Node, schema: &'static Schema) -> Option<serde_json::Value> {
    Some(match (schema, &node.value) {
        (Schema::Metadata(_) | Schema::Object { .. }, Value::Mapping(entries)) => {
            let is_closed = matches!(schema, Schema::Object { open: false, .. });
            let mut object = Map::new();
            for entry in entries {
                let field = schema.fields().iter().find(|field| field.name == entry.key);
                let value = match field {
                    Some(field) => typed(&entry.value, &field.schema),
                    None if !is_closed => Some(entry.value.to_json()),
                    None => None,
                };
                if let Some(value) = value {
                    object.insert(entry.key.clone(), value);
                }
            }
            object.into()
        }
        (Schema::List { item, .. }, Value::Sequence(items)) => {
            items.iter().filter_map(|one| typed(one, item)).collect()
        }
        (Schema::Map { value, .. }, Value::Mapping(entries)) => {
            let entries = entries
                .iter()
                .filter_map(|entry| Some((entry.key.clone(), typed(&entry.value, value)?)));
            entries.collect::<Map<_, _>>().into()
        }
        (Schema::Boolean, Value::Bool(_))
        | (Schema::DateTime | Schema::Text { .. }, Value::Text(_)) => node.to_json(),
        (Schema::Integer { least, most, .. }, Value::Number(number))
            if number.as_i64().is_some_and(|number| (*least..=*most).contains(&number)) =>
        {
            node.to_json()
        }
        _ => return None,
    })
}
