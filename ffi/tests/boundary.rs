//! Every function that C can call has the panic boundary, and says what its callers must know.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use support::Exported;
use support::exported;
use syn::Attribute;
use syn::Expr;
use syn::Lit;
use syn::Meta;
use syn::Stmt;
use syn::Visibility;
use syn::parse_quote;

/// These return a constant, and cannot panic.
const CONSTANT: [&str; 2] = ["lastmile_abi_version", "lastmile_version"];

#[test]
fn every_exported_function_has_the_panic_boundary() {
    let functions = exported();
    assert!(functions.len() >= 50, "only {} functions", functions.len());
    for function in &functions {
        if let Err(why) = has_boundary(function) {
            panic!("{:?}: {}: {why}", function.path, function.name);
        }
    }
    for name in CONSTANT {
        assert!(functions.iter().any(|function| function.name == name), "{name} is not there");
    }
    println!("{} functions", functions.len());
}

/// The whole body is a call of `guard` or `guard_value`, or bindings of closures and that call.
fn has_boundary(function: &Exported) -> Result<(), String> {
    let statements = &function.item.block.stmts;
    let Some((last, before)) = statements.split_last() else { return Err("no body".into()) };
    for statement in before {
        match statement {
            // Making a closure runs nothing.
            Stmt::Local(local) => match local.init.as_ref().map(|init| &*init.expr) {
                Some(Expr::Closure(_)) => {}
                _ => return Err("something happens before the boundary".into()),
            },
            _ => return Err("something happens before the boundary".into()),
        }
    }
    let Stmt::Expr(expression, _) = last else { return Err("no call at its end".into()) };
    if CONSTANT.contains(&function.name.as_str()) {
        return is_constant(expression);
    }
    let call = match expression {
        // `guard_value(c"…", …).as_ptr()`: the pointer of a constant.
        Expr::MethodCall(method) if method.method == "as_ptr" => &*method.receiver,
        other => other,
    };
    let Expr::Call(call) = call else { return Err("it does not end with a call".into()) };
    let Expr::Path(name) = &*call.func else { return Err("a call of something else".into()) };
    let guard = match function.returns.as_str() {
        "lastmile_status" => "guard",
        _ => "guard_value",
    };
    if !name.path.is_ident(guard) {
        return Err(format!("it does not end with `{guard}`"));
    }
    match call.args.iter().collect::<Vec<_>>().as_slice() {
        [Expr::Closure(_)] => Ok(()),
        [otherwise, Expr::Closure(_)] if is_plain(otherwise) => Ok(()),
        _ => Err("what is guarded was made before".into()),
    }
}

/// A literal, a name, `()`, or the null pointer: making it runs nothing of ours.
fn is_plain(expression: &Expr) -> bool {
    match expression {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Tuple(tuple) => tuple.elems.is_empty(),
        other => *other == parse_quote!(std::ptr::null()),
    }
}

fn is_constant(expression: &Expr) -> Result<(), String> {
    let is_path = |expression: &Expr| matches!(expression, Expr::Path(_));
    match expression {
        Expr::Path(_) => Ok(()),
        // `VERSION.as_ptr().cast()`
        Expr::MethodCall(cast) if cast.method == "cast" && cast.args.is_empty() => {
            match &*cast.receiver {
                Expr::MethodCall(pointer)
                    if pointer.method == "as_ptr" && is_path(&pointer.receiver) =>
                {
                    Ok(())
                }
                _ => Err("more than a pointer to a constant".into()),
            }
        }
        _ => Err("more than a constant".into()),
    }
}

#[test]
fn every_exported_function_says_its_threads_and_is_exported() {
    for function in exported() {
        let Exported { name, item, returns, .. } = &function;
        assert!(name.starts_with("lastmile_"), "{name}");
        assert!(matches!(item.vis, Visibility::Public(_)), "{name} is not public");
        assert!(
            item.attrs.contains(&parse_quote!(#[unsafe(no_mangle)])),
            "{name} has another symbol"
        );
        let abi = item.sig.abi.as_ref().and_then(|abi| abi.name.as_ref());
        assert_eq!(abi.map(syn::LitStr::value).as_deref(), Some("C"), "{name}");
        let must_be_used = item.attrs.contains(&parse_quote!(#[must_use]));
        assert_eq!(must_be_used, returns == "lastmile_status", "{name}: must_use");
        let lines = comment(&item.attrs);
        let last = lines.last().map(String::as_str).unwrap_or_default();
        let known = last.starts_with(" Thread: any") || last.starts_with(" Thread: one at a time");
        assert!(known && last.ends_with('.'), "{name}: its comment ends with {last:?}");
        assert!(lines.len() >= 3, "{name}: its comment says nothing else");
        let takes_pointers = function
            .parameters
            .iter()
            .any(|one| one.kind.contains('*') || one.kind == "lastmile_slice");
        assert_eq!(item.sig.unsafety.is_some(), takes_pointers, "{name}: unsafe");
    }
}

fn comment(attributes: &[Attribute]) -> Vec<String> {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}

#[test]
fn the_proof_would_fail() {
    let function = |item: syn::ItemFn| Exported {
        name: item.sig.ident.to_string(),
        parameters: Vec::new(),
        returns: match &item.sig.output {
            syn::ReturnType::Default => String::new(),
            syn::ReturnType::Type(_, kind) => support::text(kind),
        },
        item,
        path: "test".into(),
    };
    for item in [
        parse_quote! { pub extern "C" fn lastmile_a() -> lastmile_status { job() } },
        parse_quote! { pub extern "C" fn lastmile_a() -> lastmile_status { job(); guard(|| Ok(OK)) } },
        parse_quote! {
            pub extern "C" fn lastmile_a() -> lastmile_status { let x = job(); guard(|| Ok(x)) }
        },
        parse_quote! { pub extern "C" fn lastmile_a() -> lastmile_status { guard(job()) } },
        parse_quote! { pub extern "C" fn lastmile_a() -> u32 { guard(|| 1) } },
        parse_quote! { pub extern "C" fn lastmile_a() { } },
        parse_quote! { pub extern "C" fn lastmile_a() -> u32 { guard_value(job(), || 1) } },
        parse_quote! { pub extern "C" fn lastmile_a() -> u32 { guard_value(unsafe { job() }, || 1) } },
        parse_quote! { pub extern "C" fn lastmile_version() -> *const c_char { job().cast() } },
    ] {
        let function = function(item);
        assert!(has_boundary(&function).is_err(), "{:?}", function.item);
    }
    let good =
        parse_quote! { pub extern "C" fn lastmile_a() -> lastmile_status { guard(|| job()) } };
    assert_eq!(has_boundary(&function(good)), Ok(()));
}
