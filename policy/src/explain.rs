//! Fields, limits and rules of kinds, for people: from the table that validation uses.

use std::error::Error;
use std::fmt;
use std::fmt::Write;

use lastmile::Escaped;

use crate::schema::BACKEND_TLS_POLICY;
use crate::schema::ENVOY_GATEWAY_BACKEND;
use crate::schema::Field;
use crate::schema::ListKind;
use crate::schema::Rule;
use crate::schema::Schema;

/// A kind, or a field of it, with its fields below.
///
/// ```
/// use lastmile_policy::Explained;
///
/// let explained = Explained::find("btlspolicy.spec.validation.hostname")?;
/// assert!(explained.to_string().contains("FIELD: hostname <string> -required-"));
/// let explained = Explained::find("backend.tls.insecureSkipVerify")?;
/// assert!(explained.to_string().contains("KIND:       Backend"));
/// # Ok::<(), lastmile_policy::NoSuchField>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    resource: &'static Resource,
    field: Option<&'static Field>,
    schema: &'static Schema,
    recursive: bool,
}

impl Explained {
    /// The kind by any of its names, alone or with its group, or `NAME.FIELD.FIELD…`, as kubectl has
    /// it. What the object itself does not have is looked for in its spec: `backend.tls` is
    /// `backend.spec.tls`.
    ///
    /// # Errors
    /// There is no such kind, or no such field in it.
    pub fn find(path: &str) -> Result<Self, NoSuchField> {
        let found = RESOURCES.iter().find_map(|resource| Some((resource, resource.after(path)?)));
        let Some((resource, rest)) = found else {
            let name = path.split('.').next().unwrap_or_default();
            let known = RESOURCES.iter().filter_map(|resource| resource.names.first().copied());
            return Err(NoSuchField { path: name.into(), known: known.collect() });
        };
        let schema = resource.schema;
        let mut found = Self { resource, field: None, schema, recursive: false };
        let mut walked = path.strip_suffix(rest).unwrap_or(path).to_owned();
        // What is after a name is nothing, or begins with a dot.
        for part in rest.split('.').skip(1) {
            walked = format!("{walked}.{part}");
            let Some(field) = found.below(part) else {
                let known = fields(found.schema).iter().map(|field| field.name).collect();
                return Err(NoSuchField { path: walked, known });
            };
            found = Self { field: Some(field), schema: &field.schema, ..found };
        }
        Ok(found)
    }

    /// With the fields of the fields, all the way down, and without their descriptions.
    #[must_use]
    pub const fn recursive(self) -> Self {
        Self { recursive: true, ..self }
    }

    /// The field of that name; of an object, or of its spec.
    fn below(&self, name: &str) -> Option<&'static Field> {
        let find = |schema, name| fields(schema).iter().find(|field| field.name == name);
        find(self.schema, name).or_else(|| match self.field {
            None => find(&find(self.schema, "spec")?.schema, name),
            Some(_) => None,
        })
    }
}

impl fmt::Display for Explained {
    /// As `kubectl explain` has it, and the rules.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Resource { group, kind, version, .. } = self.resource;
        write!(f, "GROUP:      {group}\nKIND:       {kind}\nVERSION:    {version}\n")?;
        if let Some(field) = self.field {
            write!(f, "\nFIELD: {} {}\n", field.name, Kind(field))?;
        }
        let about = self.field.map_or(self.resource.about, |field| field.about);
        write!(f, "\nDESCRIPTION:\n{}", Paragraph { text: about, indent: "    " })?;
        for limit in limits(self.schema) {
            writeln!(f, "    {limit}")?;
        }
        write_rules(f, self.schema)?;
        let fields = fields(self.schema);
        if !fields.is_empty() {
            f.write_str("\nFIELDS:\n")?;
            write_fields(f, fields, self.recursive, 1)?;
        }
        Ok(())
    }
}

/// A kind that is explained.
#[derive(Debug)]
struct Resource {
    /// What kubectl calls it. The first is shown.
    names: &'static [&'static str],
    group: &'static str,
    kind: &'static str,
    version: &'static str,
    about: &'static str,
    schema: &'static Schema,
}

const RESOURCES: &[Resource] = &[
    Resource {
        names: &["backendtlspolicy", "backendtlspolicies", "btlspolicy"],
        group: "gateway.networking.k8s.io",
        kind: "BackendTLSPolicy",
        version: "v1",
        about: "Says that backends are connected to with TLS, and what their certificates are held \
                to.",
        schema: &BACKEND_TLS_POLICY,
    },
    Resource {
        names: &["backend", "backends", "be"],
        group: "gateway.envoyproxy.io",
        kind: "Backend",
        version: "v1alpha1",
        about: "A backend of Envoy Gateway: where it is, and how TLS is spoken with it.",
        schema: &ENVOY_GATEWAY_BACKEND,
    },
];

impl Resource {
    /// What of the path is after the name: nothing, or a dot and fields.
    fn after<'a>(&self, path: &'a str) -> Option<&'a str> {
        let with_group = self.names.iter().map(|name| format!("{name}.{}", self.group));
        let alone = self.names.iter().map(|name| (*name).to_owned());
        with_group.chain(alone).find_map(|name| {
            let (begin, rest) = path.split_at_checked(name.len())?;
            let ends = rest.is_empty() || rest.starts_with('.');
            (ends && begin.eq_ignore_ascii_case(&name)).then_some(rest)
        })
    }
}

fn write_fields(
    f: &mut fmt::Formatter<'_>,
    below: &'static [Field],
    recursive: bool,
    depth: usize,
) -> fmt::Result {
    let indent = "  ".repeat(depth);
    for field in below {
        writeln!(f, "{indent}{}\t{}", field.name, Kind(field))?;
        if recursive {
            // As deep as the table.
            write_fields(f, fields(&field.schema), recursive, depth.saturating_add(1))?;
        } else {
            write!(f, "{}", Paragraph { text: field.about, indent: "    " })?;
        }
    }
    Ok(())
}

fn write_rules(f: &mut fmt::Formatter<'_>, schema: &'static Schema) -> fmt::Result {
    let rules = rules(schema);
    if rules.is_empty() {
        return Ok(());
    }
    f.write_str("\nRULES:\n")?;
    for rule in rules {
        write!(f, "{}", Paragraph { text: rule.message, indent: "    " })?;
        writeln!(f, "      {}", rule.expression)?;
    }
    Ok(())
}

/// The fields of an object, or of the items of a list of objects.
const fn fields(schema: &'static Schema) -> &'static [Field] {
    match schema {
        Schema::List { item, .. } => item.fields(),
        _ => schema.fields(),
    }
}

/// The rules of a value, and of the items of a list.
fn rules(schema: &'static Schema) -> Vec<Rule> {
    let own = |schema: &'static Schema| match schema {
        Schema::List { rules, .. } | Schema::Object { rules, .. } | Schema::Text { rules, .. } => {
            *rules
        }
        _ => &[],
    };
    let of_items = match schema {
        Schema::List { item, .. } => own(item),
        _ => &[],
    };
    own(schema).iter().chain(of_items).copied().collect()
}

/// What a value may be, a sentence each.
fn limits(schema: &'static Schema) -> Vec<String> {
    let mut limits = Vec::new();
    match schema {
        Schema::Text { least, most, pattern, values, .. } => {
            limits.extend(range("character", *least, *most));
            if !pattern.is_empty() {
                limits.push(format!("Matches {pattern}"));
            }
            if !values.is_empty() {
                limits.push(format!("One of {}.", values.join(", ")));
            }
        }
        Schema::DateTime => limits.push("A time as in RFC 3339, 2026-06-01T00:00:00Z.".into()),
        Schema::Integer { least, most, format } => {
            limits.push(match (*least, *most) {
                (i64::MIN, i64::MAX) => format!("A number ({format})."),
                (least, i64::MAX) => format!("A number ({format}), at least {least}."),
                (least, most) => format!("A number ({format}) from {least} to {most}."),
            });
        }
        Schema::List { least, most, kind, .. } => {
            limits.extend(range("item", *least, *most));
            if let ListKind::Map(key) = kind {
                limits.push(format!("Each with another {key}."));
            }
        }
        Schema::Map { most, .. } => limits.extend(range("entry", 0, *most)),
        Schema::Boolean | Schema::Metadata(_) | Schema::Object { .. } => {}
    }
    limits
}

fn range(what: &str, least: usize, most: usize) -> Option<String> {
    let plural = if what == "entry" { "entries".to_owned() } else { format!("{what}s") };
    match (least, most) {
        (0, usize::MAX) => None,
        (0, most) => Some(format!("At most {most} {plural}.")),
        (least, usize::MAX) => Some(format!("At least {least} {what}.")),
        (least, most) => Some(format!("{least} to {most} {plural}.")),
    }
}

/// `<string> -required-`, `<[]Object>`
struct Kind(&'static Field);

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.schema {
            Schema::List { item, .. } => write!(f, "<[]{}>", name(item))?,
            Schema::Map { value, .. } => write!(f, "<map[string]{}>", name(value))?,
            schema => write!(f, "<{}>", name(schema))?,
        }
        if self.0.required {
            f.write_str(" -required-")?;
        }
        match self.0.default {
            Some("") => f.write_str(" (default \"\")"),
            Some(default) => write!(f, " (default {default})"),
            None => Ok(()),
        }
    }
}

const fn name(schema: &'static Schema) -> &'static str {
    match schema {
        Schema::Metadata(_) | Schema::Object { .. } => "Object",
        _ => schema.type_name(),
    }
}

/// Text in lines of at most 80 characters or so.
struct Paragraph<'a> {
    text: &'a str,
    indent: &'a str,
}

impl fmt::Display for Paragraph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        for word in self.text.split(' ') {
            if !line.is_empty() && line.len() + word.len() >= WIDTH {
                writeln!(f, "{}{line}", self.indent)?;
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.write_str(word)?;
        }
        writeln!(f, "{}{line}", self.indent)
    }
}

/// A name that no kind or field has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchField {
    path: String,
    known: Vec<&'static str>,
}

impl fmt::Display for NoSuchField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Escaped::new(self.path.as_bytes());
        match self.known.as_slice() {
            [] => write!(f, "there is no {path}: it has no fields"),
            known => write!(f, "there is no {path}: expected one of {}", known.join(", ")),
        }
    }
}

impl Error for NoSuchField {}

const WIDTH: usize = 76;
