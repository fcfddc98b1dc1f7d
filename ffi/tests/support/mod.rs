//! What the sources of the C ABI declare, read by syn.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use syn::FnArg;
use syn::ForeignItem;
use syn::Item;
use syn::ItemFn;
use syn::Pat;
use syn::ReturnType;
use syn::Type;

/// One file of the sources.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) items: Vec<Item>,
}

/// Every file of `ffi/src`, those of features too.
pub(crate) fn sources() -> Vec<Source> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths: Vec<PathBuf> = fs::read_dir(&directory)
        .expect("the sources are there")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        Source { path, items: file.items }
    };
    paths.into_iter().map(read).collect()
}

/// A function that C can call.
pub(crate) struct Exported {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    /// As Rust writes it; empty if it returns nothing.
    pub(crate) returns: String,
    pub(crate) item: ItemFn,
    pub(crate) path: PathBuf,
}

/// A parameter of such a function.
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// As Rust writes it, such as `*mut lastmile_text`.
    pub(crate) kind: String,
}

/// Every function of the sources that C can call, by its name.
///
/// # Panics
/// There is one in a form that is not known here: hidden in a module, in a macro or in `extern`.
pub(crate) fn exported() -> Vec<Exported> {
    let mut found = Vec::new();
    for Source { path, items } in sources() {
        for item in items {
            match item {
                Item::Fn(item) if item.sig.abi.is_some() => found.push(function(item, &path)),
                Item::Fn(_) | Item::Struct(_) | Item::Const(_) | Item::Type(_) | Item::Use(_) => {}
                Item::Impl(item) => {
                    let is_extern = |item: &syn::ImplItem| matches!(item, syn::ImplItem::Fn(method) if method.sig.abi.is_some());
                    assert!(!item.items.iter().any(is_extern), "{path:?}: an extern method");
                }
                Item::Mod(item) => {
                    let is_test =
                        item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
                    assert!(item.content.is_none() || is_test, "{path:?}: a module in a file");
                }
                Item::ForeignMod(item) => {
                    let foreign: &[ForeignItem] = &item.items;
                    assert!(foreign.is_empty(), "{path:?}: functions of C");
                }
                // It stops the build, and makes nothing.
                Item::Macro(item) if item.mac.path.is_ident("compile_error") => {}
                other => panic!("{path:?}: an item that is not known here: {other:?}"),
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn function(item: ItemFn, path: &Path) -> Exported {
    let parameters = item.sig.inputs.iter().map(|input| match input {
        FnArg::Typed(typed) => {
            let Pat::Ident(name) = &*typed.pat else { panic!("{path:?}: a pattern") };
            Parameter { name: name.ident.to_string(), kind: text(&typed.ty) }
        }
        FnArg::Receiver(_) => panic!("{path:?}: self"),
    });
    Exported {
        name: item.sig.ident.to_string(),
        parameters: parameters.collect(),
        returns: match &item.sig.output {
            ReturnType::Default => String::new(),
            ReturnType::Type(_, kind) => text(kind),
        },
        path: path.to_owned(),
        item,
    }
}

/// A type as it is written, without spaces beside its signs.
pub(crate) fn text(kind: &Type) -> String {
    match kind {
        Type::Ptr(pointer) => {
            let mutability = if pointer.mutability.is_some() { "mut" } else { "const" };
            format!("*{mutability} {}", text(&pointer.elem))
        }
        Type::Path(path) => {
            let last = path.path.segments.last().expect("a path has a name");
            last.ident.to_string()
        }
        Type::Array(array) => format!("[{}]", text(&array.elem)),
        other => panic!("a type that C does not have: {other:?}"),
    }
}
