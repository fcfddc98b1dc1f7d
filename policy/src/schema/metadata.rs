//! ObjectMeta, which every object of Kubernetes has.

use lastmile::Escaped;

use super::Field;
use super::FieldError;
use super::FieldFault;
use super::ListKind;
use super::Schema;
use super::names::Name;
use crate::violation::Position;
use crate::yaml::Node;
use crate::yaml::Value;

/// Of custom resources.
pub(super) const METADATA: Schema = Schema::Metadata(Naming::CustomResource);

/// Which names an object may have, and which finalizers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// A kind of Kubernetes itself: its finalizers have a domain.
    BuiltIn,
    /// Its name begins with that of its signer.
    ClusterTrustBundle,
    /// Any other kind: a finalizer without a domain is only warned of.
    CustomResource,
    /// Its name is one label, which begins with a letter.
    Service,
}

impl Naming {
    /// What the server refuses of the metadata of an object beyond their types. Paths and words are
    /// the server's, which names lists and maps as wholes.
    pub(super) fn check(self, object: &Node) -> Vec<FieldError> {
        let nothing = Node { value: Value::Mapping(Vec::new()), position: object.position };
        let metadata = object.get("metadata").unwrap_or(&nothing);
        let mut checking = Checking { naming: self, errors: Vec::new() };
        checking.check_names(object, metadata);
        checking.check_namespace(metadata);
        checking.check_labels(metadata);
        checking.check_annotations(metadata);
        checking.check_owners(metadata);
        checking.check_finalizers(metadata);
        checking.errors
    }

    /// What is wrong with a name, or with the beginning of one.
    fn faults(self, object: &Node, name: &str, is_beginning: bool) -> Vec<String> {
        let (of, name) = match self {
            Self::BuiltIn | Self::CustomResource => (Name::Subdomain, name),
            Self::Service => (Name::DnsLabel, name),
            Self::ClusterTrustBundle => match own_part(object, name) {
                Ok(own) => (Name::Subdomain, own),
                Err(fault) => return vec![fault],
            },
        };
        match is_beginning {
            true => of.faults_of_beginning(name),
            false => of.faults(name),
        }
    }
}

/// The name of a ClusterTrustBundle without that of its signer, where colons stand for slashes.
fn own_part<'a>(bundle: &Node, name: &'a str) -> Result<&'a str, String> {
    let signer = bundle.get("spec").and_then(|spec| spec.text("signerName")).unwrap_or_default();
    if signer.is_empty() {
        return match name.contains(':') {
            true => {
                Err("ClusterTrustBundle without signer name must not have \":\" in its name".into())
            }
            false => Ok(name),
        };
    }
    let prefix = format!("{}:", signer.replace('/', ":"));
    name.strip_prefix(&prefix).ok_or_else(|| {
        let [signer, prefix] = [signer, &prefix].map(|text| Escaped::new(text.as_bytes()));
        format!("ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}")
    })
}

/// What was found so far.
struct Checking {
    naming: Naming,
    errors: Vec<FieldError>,
}

impl Checking {
    fn check_names(&mut self, object: &Node, metadata: &Node) {
        let beginning = metadata.text("generateName").unwrap_or_default();
        if !beginning.is_empty() {
            let faults = self.naming.faults(object, beginning, true);
            self.refuse_text(metadata, "generateName", beginning, faults);
        }
        match metadata.get("name").map(|node| &node.value) {
            Some(Value::Text(name)) if !name.is_empty() => {
                let faults = self.naming.faults(object, name, false);
                self.refuse_text(metadata, "name", name, faults);
            }
            None | Some(Value::Text(_)) if beginning.is_empty() => {
                self.refuse("name", place(metadata, "name"), FieldFault::MissingName);
            }
            // The server makes one; or it is no text, which was told.
            _ => {}
        }
    }

    /// An empty one is that of the request.
    fn check_namespace(&mut self, metadata: &Node) {
        let namespace = metadata.text("namespace").unwrap_or_default();
        // That of an object that is in none is dropped.
        if !namespace.is_empty() && self.naming != Naming::ClusterTrustBundle {
            let faults = Name::Label.faults(namespace);
            self.refuse_text(metadata, "namespace", namespace, faults);
        }
    }

    fn check_labels(&mut self, metadata: &Node) {
        for entry in metadata.get("labels").map(Node::entries).unwrap_or_default() {
            self.refuse_all(
                "labels",
                entry.position,
                &entry.key,
                Name::Qualified.faults(&entry.key),
            );
            if let Value::Text(value) = &entry.value.value {
                let faults = Name::LabelValue.faults(value);
                self.refuse_all("labels", entry.value.position, value, faults);
            }
        }
    }

    fn check_annotations(&mut self, metadata: &Node) {
        let annotations = metadata.get("annotations").map(Node::entries).unwrap_or_default();
        let mut size = 0_usize;
        for entry in annotations {
            // In their keys, case does not matter.
            let faults = Name::Qualified.faults(&entry.key.to_lowercase());
            self.refuse_all("annotations", entry.position, &entry.key, faults);
            let value = match &entry.value.value {
                Value::Text(value) => value.len(),
                _ => 0,
            };
            size = size.saturating_add(entry.key.len()).saturating_add(value);
        }
        if size > MOST_ANNOTATIONS {
            let fault = FieldFault::TooLong { most: MOST_ANNOTATIONS };
            self.refuse("annotations", place(metadata, "annotations"), fault);
        }
    }

    fn check_owners(&mut self, metadata: &Node) {
        for owner in metadata.get("ownerReferences").map(Node::items).unwrap_or_default() {
            for field in ["apiVersion", "kind", "name", "uid"] {
                let found = match owner.get(field).map(|node| &node.value) {
                    Some(Value::Text(text)) => text,
                    // It was told that it has another type.
                    Some(_) => continue,
                    None => "",
                };
                let message = match field {
                    "apiVersion" if has_no_version(found) => "version must not be empty",
                    "kind" | "name" | "uid" if found.is_empty() => "must not be empty",
                    _ => continue,
                };
                let path = format!("ownerReferences.{field}");
                self.refuse_all(&path, place(owner, field), found, vec![message.into()]);
            }
        }
    }

    fn check_finalizers(&mut self, metadata: &Node) {
        let needs_domain = self.naming != Naming::CustomResource;
        let items = metadata.get("finalizers").map(Node::items).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let Value::Text(finalizer) = &item.value else { continue };
            let faults = Name::Qualified.faults(finalizer);
            self.refuse_all("finalizers", item.position, finalizer, faults);
            let is_known = STANDARD_FINALIZERS.contains(&finalizer.as_str());
            if needs_domain && !is_known && !finalizer.contains('/') {
                let message = "name is neither a standard finalizer name nor is it fully qualified";
                let path = format!("finalizers[{index}]");
                self.refuse_all(&path, item.position, finalizer, vec![message.into()]);
            }
        }
    }

    fn refuse_text(&mut self, metadata: &Node, field: &str, found: &str, faults: Vec<String>) {
        self.refuse_all(field, place(metadata, field), found, faults);
    }

    fn refuse_all(
        &mut self,
        field: &str,
        position: Option<Position>,
        found: &str,
        faults: Vec<String>,
    ) {
        for message in faults {
            self.refuse(field, position, FieldFault::Invalid { found: found.into(), message });
        }
    }

    fn refuse(&mut self, field: &str, position: Option<Position>, fault: FieldFault) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(FieldError::new(&format!("metadata.{field}"), position, fault));
        }
    }
}

/// `v1` and `apps/v1` have one.
fn has_no_version(api_version: &str) -> bool {
    let version = api_version.split_once('/').map_or(api_version, |(_, version)| version);
    version.is_empty() || version.contains('/')
}

/// Where a field stands, or should.
fn place(object: &Node, field: &str) -> Option<Position> {
    object.get(field).unwrap_or(object).position
}

/// In octets, of keys and values together: 256 KiB.
const MOST_ANNOTATIONS: usize = 256 << 10;
/// More need not be told one by one.
const MOST_ERRORS: usize = 256;
/// What needs no domain.
const STANDARD_FINALIZERS: [&str; 3] = ["foregroundDeletion", "kubernetes", "orphan"];

/// What is not listed is kept as it is: the server writes more than people do.
pub(super) const FIELDS: &[Field] = &[
    Field::optional(
        "annotations",
        TEXTS,
        "Texts for tools and people, by names; nothing is selected by them.",
    ),
    Field::optional(
        "creationTimestamp",
        Schema::DateTime,
        "When the server made the object. Of two policies for one target, the older governs.",
    ),
    Field::optional(
        "deletionGracePeriodSeconds",
        Schema::Integer { least: i64::MIN, most: i64::MAX, format: "int64" },
        "How long the server waits before it deletes the object.",
    ),
    Field::optional("deletionTimestamp", Schema::DateTime, "When the server deletes the object."),
    Field::optional(
        "finalizers",
        Schema::List {
            item: &TEXT,
            least: 0,
            most: usize::MAX,
            rules: &[],
            kind: ListKind::Atomic,
        },
        "Who has something to do before the object is deleted.",
    ),
    Field::optional(
        "generateName",
        TEXT,
        "The beginning of a name that the server makes, if there is no name.",
    ),
    Field::optional(
        "generation",
        Schema::Integer { least: i64::MIN, most: i64::MAX, format: "int64" },
        "How often the spec has changed.",
    ),
    Field::optional("labels", TEXTS, "Texts that objects are selected by, by names."),
    Field::optional("name", TEXT, "The name, unique among the objects of a kind in a namespace."),
    Field::optional("namespace", TEXT, "The namespace; without it, default."),
    Field::optional(
        "ownerReferences",
        Schema::List {
            item: &OWNER,
            least: 0,
            most: usize::MAX,
            rules: &[],
            kind: ListKind::Map("uid"),
        },
        "The objects with which this one is deleted.",
    ),
    Field::optional("resourceVersion", TEXT, "The state of the object in the server's store."),
    Field::optional(
        "selfLink",
        TEXT,
        "Where the object is found; servers do not write it any more.",
    ),
    Field::optional("uid", TEXT, "A number of the object that no other has or will have."),
];

const OWNER: Schema = Schema::object(&[
    Field::optional("apiVersion", TEXT, "The version of the owner. Required."),
    Field::optional(
        "blockOwnerDeletion",
        Schema::Boolean,
        "Whether the owner stays until this object is gone.",
    ),
    Field::optional("controller", Schema::Boolean, "Whether the owner manages this object."),
    Field::optional("kind", TEXT, "The kind of the owner. Required."),
    Field::optional("name", TEXT, "The name of the owner. Required."),
    Field::optional("uid", TEXT, "The uid of the owner. Required."),
]);

const TEXTS: Schema = Schema::Map { value: &TEXT, most: usize::MAX };
const TEXT: Schema = Schema::text(0, usize::MAX, "");
