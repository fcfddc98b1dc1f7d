//! What is asked about: a backend, or a part of it.

use std::fmt;
use std::str::FromStr;

use lastmile::Escaped;

use super::attachment::Kind;
use super::attachment::Object;

/// A backend by its name: `[NAMESPACE/]NAME[:SECTION]`. A section is the name of a port, or its
/// number. Where a Service and a Backend have one name, `KIND/NAMESPACE/NAME[:SECTION]` says which.
///
/// ```
/// use lastmile_policy::Target;
///
/// let target: Target = "shop/backend:https".parse()?;
/// assert_eq!(target.namespace(), "shop");
/// assert_eq!(target.section(), Some("https"));
/// assert_eq!("backend".parse::<Target>()?.namespace(), "default");
/// assert_eq!("service/shop/backend".parse::<Target>()?.name(), "backend");
/// # Ok::<(), lastmile_policy::InvalidTarget>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    namespace: String,
    name: String,
    section: Option<String>,
    kind: Option<Kind>,
}

impl Target {
    /// A whole backend.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into(), section: None, kind: None }
    }

    /// One of this kind, where there are two of the name.
    #[must_use]
    pub fn of_kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// A part of it.
    #[must_use]
    pub fn of_section(self, section: impl Into<String>) -> Self {
        Self { section: Some(section.into()), ..self }
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind, if it was said.
    pub const fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// The section, if it is about one.
    pub fn section(&self) -> Option<&str> {
        self.section.as_deref()
    }

    pub(super) fn object(&self, kind: Kind) -> Object {
        Object { kind, namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || InvalidTarget { found: text.into() };
        let (kind, text) = match text.split_once('/') {
            Some((kind, rest)) if rest.contains('/') => {
                let known = [Kind::Backend, Kind::Service];
                let kind = known.into_iter().find(|known| known.name().eq_ignore_ascii_case(kind));
                (Some(kind.ok_or_else(refuse)?), rest)
            }
            _ => (None, text),
        };
        let (namespace, rest) = text.split_once('/').unwrap_or(("default", text));
        let (name, section) = match rest.split_once(':') {
            Some((name, section)) => (name, Some(section)),
            None => (rest, None),
        };
        let parts = [Some(namespace), Some(name), section];
        let is_part = |part: &str| {
            !part.is_empty() && !part.contains(['/', ':']) && !part.contains(char::is_whitespace)
        };
        match parts.into_iter().flatten().all(is_part) {
            true => Ok(Self {
                namespace: namespace.into(),
                name: name.into(),
                section: section.map(str::to_owned),
                kind,
            }),
            false => Err(refuse()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |part: &str| Escaped::new(part.as_bytes()).to_string();
        if let Some(kind) = self.kind {
            write!(f, "{}/", kind.name().to_ascii_lowercase())?;
        }
        write!(f, "{}/{}", escaped(&self.namespace), escaped(&self.name))?;
        match &self.section {
            Some(section) => write!(f, ":{}", escaped(section)),
            None => Ok(()),
        }
    }
}

/// Not the name of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTarget {
    found: String,
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Escaped::new(self.found.as_bytes());
        write!(f, "expected [[service/|backend/]NAMESPACE/]NAME[:SECTION], found \"{found}\"")
    }
}

impl std::error::Error for InvalidTarget {}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn targets_are_a_namespace_a_name_and_a_section() {
        for (text, expected) in [
            ("backend", Some("default/backend")),
            ("shop/backend", Some("shop/backend")),
            ("backend:https", Some("default/backend:https")),
            ("shop/backend:3001", Some("shop/backend:3001")),
            ("", None),
            ("/backend", None),
            ("shop/", None),
            ("backend:", None),
            ("a/b/c", None),
            ("service/shop/backend:https", Some("service/shop/backend:https")),
            ("Backend/shop/b", Some("backend/shop/b")),
            ("service/shop/b/c", None),
            ("a:b:c", None),
            ("a b", None),
        ] {
            let found = text.parse::<Target>().ok().map(|target| target.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
