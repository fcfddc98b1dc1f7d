//! A value beside its schema: everything that the API server would refuse, and what it would drop.

use lastmile::Escaped;

use super::Field;
use super::FieldError;
use super::FieldFault;
use super::Rule;
use super::Schema;
use super::pattern;
use crate::violation::Position;
use crate::yaml::Node;
use crate::yaml::Value;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) errors: Vec<FieldError>,
    /// Fields that the API does not have: their escaped paths, and where they stand.
    pub(crate) unknown: Vec<(String, Option<Position>)>,
}

/// Checks a whole object.
pub(crate) fn check(object: &Node, schema: &'static Schema) -> Found {
    let mut found = Found::default();
    found.check("", object, schema);
    found
}

impl Found {
    /// As deep as the schema, not as deep as the value.
    fn check(&mut self, path: &str, node: &Node, schema: &'static Schema) {
        match (schema, &node.value) {
            (Schema::Object { fields, rules, open }, Value::Mapping(_)) => {
                self.check_fields(path, node, fields, *open);
                self.check_rules(path, node, rules, "object");
            }
            (Schema::Metadata(_), Value::Mapping(_)) => {
                self.check_fields(path, node, schema.fields(), true);
            }
            (Schema::List { item, least, most, rules, .. }, Value::Sequence(items)) => {
                let count = items.len();
                if count < *least {
                    self.refuse(path, node, FieldFault::TooFew { count, least: *least });
                }
                if count > *most {
                    // The items beyond are too many anyway, and need not be told one by one.
                    self.refuse(path, node, FieldFault::TooMany { count, most: *most });
                }
                for (index, one) in items.iter().enumerate().take(*most) {
                    self.check(&format!("{path}[{index}]"), one, item);
                }
                if count <= *most {
                    self.check_rules(path, node, rules, "array");
                }
            }
            (Schema::Map { value, most }, Value::Mapping(entries)) => {
                let count = entries.len();
                if count > *most {
                    self.refuse(path, node, FieldFault::TooMany { count, most: *most });
                }
                for entry in entries.iter().take(*most) {
                    self.check(&format!("{path}.{}", entry.key), &entry.value, value);
                }
            }
            (Schema::Text { least, most, pattern, values, rules }, Value::Text(text)) => {
                self.check_text(path, node, text, (*least, *most), pattern, values);
                self.check_rules(path, node, rules, "string");
            }
            (Schema::Boolean, Value::Bool(_)) => {}
            (Schema::DateTime, Value::Text(text)) => {
                if text.parse::<jiff::Timestamp>().is_err() {
                    self.refuse(path, node, FieldFault::NotADateTime { found: text.clone() });
                }
            }
            (Schema::Integer { least, most, .. }, Value::Number(number)) => match number.as_i64() {
                Some(value) if value < *least => {
                    let fault = FieldFault::TooSmall { found: number.to_string(), least: *least };
                    self.refuse(path, node, fault);
                }
                Some(value) if value <= *most => {}
                Some(_) => {
                    let fault = FieldFault::TooLarge { found: number.to_string(), most: *most };
                    self.refuse(path, node, fault);
                }
                None => {
                    let fault = FieldFault::WrongType { expected: "integer", found: "number" };
                    self.refuse(path, node, fault);
                }
            },
            (schema, value) => {
                let found = value.type_name();
                let fault = FieldFault::WrongType { expected: schema.type_name(), found };
                self.refuse(path, node, fault);
            }
        }
    }

    fn check_fields(&mut self, path: &str, node: &Node, fields: &'static [Field], open: bool) {
        let below = |name: &str| match path {
            "" => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        for field in fields {
            match node.get(field.name) {
                Some(value) => self.check(&below(field.name), value, &field.schema),
                None if field.required => {
                    self.refuse(&below(field.name), node, FieldFault::Required);
                }
                None => {}
            }
            if let Schema::Metadata(naming) = field.schema {
                self.errors.extend(naming.check(node));
            }
        }
        if open {
            return;
        }
        for entry in node.entries() {
            if !fields.iter().any(|field| field.name == entry.key) {
                let path = below(&Escaped::new(entry.key.as_bytes()).to_string());
                self.unknown.push((path, entry.position));
            }
        }
    }

    fn check_text(
        &mut self,
        path: &str,
        node: &Node,
        text: &str,
        (least, most): (usize, usize),
        pattern: &'static str,
        values: &'static [&'static str],
    ) {
        // The server counts code points.
        let characters = text.chars().count();
        if characters < least {
            self.refuse(path, node, FieldFault::TooShort { found: text.into(), least });
        }
        if characters > most {
            self.refuse(path, node, FieldFault::TooLong { most });
        }
        // A text of megabytes is too long, and need not be matched for seconds.
        if text.len() <= LONGEST_MATCHED && !pattern::matches(pattern, text) {
            self.refuse(path, node, FieldFault::NotMatching { found: text.into(), pattern });
        }
        if !values.is_empty() && !values.contains(&text) {
            let fault = FieldFault::NotSupported { found: text.into(), supported: values };
            self.refuse(path, node, fault);
        }
    }

    fn check_rules(
        &mut self,
        path: &str,
        node: &Node,
        rules: &'static [Rule],
        found: &'static str,
    ) {
        for rule in rules {
            if !(rule.holds)(node) {
                self.refuse(path, node, FieldFault::Rule { found, message: rule.message });
            }
        }
    }

    fn refuse(&mut self, path: &str, node: &Node, fault: FieldFault) {
        self.errors.push(FieldError::new(path, node.position, fault));
    }
}

/// Far more than any `maxLength` of a field with a pattern.
const LONGEST_MATCHED: usize = 1 << 16;
