//! The table beside the custom resource definitions of the API: nothing is missing, nothing is extra.

use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use super::BACKEND_TLS_POLICY;
use super::ENVOY_GATEWAY_BACKEND;
use super::Field;
use super::ListKind;
use super::Rule;
use super::Schema;
use super::pattern;
use crate::yaml;

#[test]
fn the_table_is_the_schema_of_the_current_api() {
    let Some(versions) = versions("crd-standard-backendtlspolicies.yaml") else { return };
    assert_eq!(versions.len(), 2, "v1 and v1alpha3");
    for (name, schema) in versions {
        assert_eq!(differences("", &openapi(&BACKEND_TLS_POLICY), &schema), [""; 0], "{name}");
    }
}

/// What has changed since v1.2.1, which is the oldest that clusters are said to have.
#[test]
fn an_older_release_differs_only_in_what_is_known_to_have_changed() {
    let Some(versions) = versions("crd-v1.2.1-experimental-backendtlspolicies.yaml") else {
        return;
    };
    for (name, schema) in versions {
        let differences = differences("", &openapi(&BACKEND_TLS_POLICY), &schema);
        assert_eq!(
            differences,
            [
                ".spec.targetRefs: x-kubernetes-list-type",
                ".spec.targetRefs: x-kubernetes-validations",
                ".spec.validation.caCertificateRefs: x-kubernetes-list-type",
                ".spec.validation.subjectAltNames: x-kubernetes-list-type",
                // Only System was one.
                ".spec.validation.wellKnownCACertificates: enum",
                ".spec.validation.wellKnownCACertificates: maxLength",
                ".spec.validation.wellKnownCACertificates: minLength",
                ".spec.validation.wellKnownCACertificates: pattern",
                // An entry could have no conditions.
                ".status.ancestors[]: required",
                ".status.ancestors: x-kubernetes-list-type",
            ],
            "{name}"
        );
    }
}

#[test]
fn every_pattern_of_the_table_can_be_matched() {
    fn walk(schema: &'static Schema, found: &mut Vec<&'static str>) {
        match schema {
            Schema::Object { fields, .. } => {
                fields.iter().for_each(|field| walk(&field.schema, found));
            }
            Schema::List { item, .. } => walk(item, found),
            Schema::Map { value, .. } => walk(value, found),
            Schema::Text { pattern, .. } => found.push(pattern),
            Schema::Boolean | Schema::DateTime | Schema::Integer { .. } | Schema::Metadata(_) => {}
        }
    }
    let mut patterns = Vec::new();
    walk(&BACKEND_TLS_POLICY, &mut patterns);
    walk(&ENVOY_GATEWAY_BACKEND, &mut patterns);
    for pattern in patterns {
        assert!(regex_lite::Regex::new(pattern).is_ok(), "{pattern}");
    }
    assert!(!pattern::matches("^a$", "b") && pattern::matches("^a$", "a"));
    // `$` is the end of the text, and not a place before a last newline.
    assert!(!pattern::matches("^a$", "a\n"));
}

/// The schema of each version, without its prose. None if the file is not here.
fn versions(file: &str) -> Option<Vec<(String, Value)>> {
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites/gateway-api");
    let Ok(text) = fs::read(suites.join(file)) else {
        eprintln!("skipped: no {file}");
        return None;
    };
    let document = yaml::documents(&text).next().expect("a document").expect("YAML").to_json();
    let versions = document["spec"]["versions"].as_array().expect("a list").clone();
    Some(
        versions
            .into_iter()
            .map(|version| {
                let name = version["name"].as_str().expect("a name").to_owned();
                (name, without_prose(&version["schema"]["openAPIV3Schema"]))
            })
            .collect(),
    )
}

/// Descriptions are ours; a least length of 0 is none.
fn without_prose(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, value)| !(*key == "description" && value.is_string()))
            .filter(|(key, value)| !(*key == "minLength" && **value == 0))
            .map(|(key, value)| (key.clone(), without_prose(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_prose).collect(),
        _ => value.clone(),
    }
}

/// The paths where two schemas differ, and in what.
fn differences(path: &str, ours: &Value, theirs: &Value) -> Vec<String> {
    let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) else {
        return vec![format!("{path}: no schema")];
    };
    let mut found = Vec::new();
    let mut keys: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        match (key.as_str(), ours.get(key), theirs.get(key)) {
            ("properties", Some(ours), Some(theirs)) => {
                let (ours, theirs) = (ours.as_object(), theirs.as_object());
                let (ours, theirs) = (ours.expect("fields"), theirs.expect("fields"));
                let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
                names.sort();
                names.dedup();
                for name in names {
                    let [ours, theirs] =
                        [ours, theirs].map(|all| all.get(name).unwrap_or(&Value::Null));
                    found.extend(differences(&format!("{path}.{name}"), ours, theirs));
                }
            }
            ("items" | "additionalProperties", Some(ours), Some(theirs)) => {
                found.extend(differences(&format!("{path}[]"), ours, theirs));
            }
            (_, ours, theirs) if ours == theirs => {}
            _ => found.push(format!("{path}: {key}")),
        }
    }
    found
}

fn openapi(schema: &Schema) -> Value {
    let mut found = json!({"type": schema.type_name()});
    match schema {
        Schema::Boolean => {}
        Schema::DateTime => found["format"] = json!("date-time"),
        Schema::Integer { least, most, format } => {
            found["format"] = json!(format);
            found["minimum"] = json!(least);
            if *most != i64::MAX {
                found["maximum"] = json!(most);
            }
        }
        Schema::List { item, least, most, rules, kind } => {
            found["items"] = openapi(item);
            if *least > 0 {
                found["minItems"] = json!(least);
            }
            found["maxItems"] = json!(most);
            match kind {
                ListKind::Atomic => found["x-kubernetes-list-type"] = json!("atomic"),
                ListKind::Map(key) => {
                    found["x-kubernetes-list-type"] = json!("map");
                    found["x-kubernetes-list-map-keys"] = json!([key]);
                }
            }
            set_rules(&mut found, rules);
        }
        Schema::Map { value, most } => {
            found["additionalProperties"] = openapi(value);
            found["maxProperties"] = json!(most);
        }
        Schema::Metadata(_) | Schema::Object { open: true, .. } => {}
        Schema::Object { fields, rules, open: false } => {
            found["properties"] = fields.iter().map(property).collect();
            let required: Vec<&str> =
                fields.iter().filter(|field| field.required).map(|field| field.name).collect();
            if !required.is_empty() {
                found["required"] = json!(required);
            }
            set_rules(&mut found, rules);
        }
        Schema::Text { least, most, pattern, values, rules } => {
            if *least > 0 {
                found["minLength"] = json!(least);
            }
            if *most != usize::MAX {
                found["maxLength"] = json!(most);
            }
            if !pattern.is_empty() {
                found["pattern"] = json!(pattern);
            }
            if !values.is_empty() {
                found["enum"] = json!(values);
            }
            set_rules(&mut found, rules);
        }
    }
    found
}

fn property(field: &Field) -> (String, Value) {
    let mut schema = openapi(&field.schema);
    if let Some(default) = field.default {
        schema["default"] = json!(default);
    }
    (field.name.into(), schema)
}

fn set_rules(found: &mut Value, rules: &[Rule]) {
    if !rules.is_empty() {
        let rules = rules.iter();
        let rules = rules.map(|rule| json!({"message": rule.message, "rule": rule.expression}));
        found["x-kubernetes-validations"] = rules.collect();
    }
}
