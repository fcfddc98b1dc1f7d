//! ObjectMeta, which every object of Kubernetes has.

use super::Field;
use super::ListKind;
use super::Schema;

/// What is not listed is kept as it is: the server writes more than people do.
pub(super) const METADATA: Schema = Schema::Object { fields: FIELDS, rules: &[], open: true };

const FIELDS: &[Field] = &[
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
    Field::required("apiVersion", TEXT, "The version of the owner."),
    Field::optional(
        "blockOwnerDeletion",
        Schema::Boolean,
        "Whether the owner stays until this object is gone.",
    ),
    Field::optional("controller", Schema::Boolean, "Whether the owner manages this object."),
    Field::required("kind", TEXT, "The kind of the owner."),
    Field::required("name", TEXT, "The name of the owner."),
    Field::required("uid", TEXT, "The uid of the owner."),
]);

const TEXTS: Schema = Schema::Map { value: &TEXT, most: usize::MAX };
const TEXT: Schema = Schema::text(0, usize::MAX, "");
