//! Every function that Envoy calls has the panic boundary, and the module asks nothing of a system that
//! it may not have.

use std::fs;
use std::path::Path;

use lastmile_harness::dynamic_symbols;
use lastmile_harness::envoy_module;
use syn::Expr;
use syn::Item;
use syn::ItemFn;
use syn::Stmt;
use syn::parse_quote;

/// These return a constant, and cannot panic.
const CONSTANT: [&str; 2] = [
    "envoy_dynamic_module_on_program_init",
    "envoy_dynamic_module_on_cert_validator_get_ssl_verify_mode",
];

#[test]
fn every_function_that_envoy_calls_has_the_panic_boundary() {
    let mut names = Vec::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(sources).expect("the sources") {
        let path = entry.expect("a file").path();
        // The other side, which is Envoy's.
        if path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source");
        for item in syn::parse_file(&text).expect("Rust").items {
            if let Item::Fn(function) = item
                && function.sig.abi.is_some()
            {
                has_boundary(&function).unwrap_or_else(|why| panic!("{path:?}: {why}"));
                names.push(function.sig.ident.to_string());
            }
        }
    }
    assert_eq!(names.len(), 6, "{names:?}");
}

/// The whole body is a call of `guard` whose last argument is a closure, or a constant.
fn has_boundary(function: &ItemFn) -> Result<(), String> {
    let name = function.sig.ident.to_string();
    let [Stmt::Expr(only, _)] = function.block.stmts.as_slice() else {
        return Err(format!("{name}: more than a call"));
    };
    let is_guarded = match only {
        Expr::Call(call) => {
            let by_guard = matches!(&*call.func, Expr::Path(name) if name.path.is_ident("guard"));
            let arguments: Vec<&Expr> = call.args.iter().collect();
            by_guard && matches!(arguments.as_slice(), [_, Expr::Closure(_)])
        }
        _ => false,
    };
    match is_guarded || CONSTANT.contains(&name.as_str()) {
        true => Ok(()),
        false => Err(format!("{name}: it is not guarded")),
    }
}

#[test]
fn the_proof_would_fail() {
    let bad: [ItemFn; 3] = [
        parse_quote! { extern "C" fn a() { job() } },
        parse_quote! { extern "C" fn a() { job(); guard((), || ()) } },
        parse_quote! { extern "C" fn a() { guard((), job()) } },
    ];
    for function in bad {
        assert!(has_boundary(&function).is_err());
    }
    let good: ItemFn = parse_quote! { extern "C" fn a() { guard((), || job()) } };
    assert_eq!(has_boundary(&good), Ok(()));
}

#[test]
fn it_exports_what_envoy_calls_and_needs_only_the_c_library() {
    let module = envoy_module().join("liblastmile_envoy.so");
    let Some((exported, section)) = dynamic_symbols(&module) else { return };
    assert_eq!(exported.len(), 6, "{exported:?}");
    assert!(exported.iter().all(|name| name.starts_with("envoy_dynamic_module_on_")));
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let libraries = section.lines().filter(|line| line.contains("(NEEDED)"));
        for library in libraries {
            let known = library.contains("[libc.so.") || library.contains("[ld-linux");
            assert!(known, "{library}");
        }
    }
}
