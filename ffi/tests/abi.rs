//! The ABI, held against `abi.txt`: symbols, signatures, layouts, numbers. `BLESS=1` writes it.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use lastmile_harness::Compiler;
use lastmile_harness::Library;
use lastmile_harness::run;
use lastmile_harness::scratch;
use support::Exported;
use support::exported;
use support::sources;
use syn::Item;
use syn::parse_quote;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/abi.txt");

#[test]
fn the_abi_is_the_committed_one() {
    if cfg!(not(target_pointer_width = "64")) {
        println!("SKIPPED: layouts: they are those of 64 bits");
        return;
    }
    let found = [symbols(), signatures(), LAYOUTS_AND_NUMBERS.clone()].join("\n");
    if env::var_os("BLESS").is_some() {
        fs::write(COMMITTED, &found).expect("the file is written");
    }
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(found == committed, "{}", difference(&committed, &found));
}

/// What has changed, a line for each, and what follows.
fn difference(committed: &str, found: &str) -> String {
    let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    let (old, new) = (lines(committed), lines(found));
    let gone = old.difference(&new).map(|line| format!("- {line}\n"));
    let come = new.difference(&old).map(|line| format!("+ {line}\n"));
    let changes: String = gone.chain(come).collect();
    let changes = if changes.is_empty() { "only the order of lines\n".to_owned() } else { changes };
    format!(
        "the ABI is not that of {COMMITTED}:\n{changes}\
         What went (-) breaks programs that are compiled: LASTMILE_ABI_VERSION has to grow, and before\n\
         1.0 the second number of the version. What came (+) does not, if it is a function, a number,\n\
         or the last field of a struct with struct_size. BLESS=1 writes the file."
    )
}

#[test]
fn a_change_is_told_in_lines() {
    let told = difference("a 1\nb 2\n", "a 1\nb 3\n");
    assert!(told.contains("\n- b 2\n+ b 3\n"), "{told}");
    assert!(!told.contains("a 1"), "{told}");
    assert!(difference("a\nb\n", "b\na\n").contains("only the order"), "moved lines");
}

/// What the shared library exports; with the feature, the rest.
fn symbols() -> String {
    let plain = exported_symbols("");
    let policy = exported_symbols("policy");
    let declared = |feature: bool| -> BTreeSet<String> {
        let is_there = |function: &Exported| feature || !is_of_policy(function);
        exported().into_iter().filter(is_there).map(|function| function.name).collect()
    };
    assert_eq!(plain, declared(false), "the symbols are the functions of the header, and no other");
    assert_eq!(policy, declared(true), "the symbols are the functions of the header, and no other");
    let lines = policy.iter().map(|name| match plain.contains(name) {
        true => format!("symbol {name}\n"),
        false => format!("symbol {name} (policy)\n"),
    });
    lines.collect()
}

fn is_of_policy(function: &Exported) -> bool {
    function.path.ends_with("documents.rs") || function.path.ends_with("resolution.rs")
}

fn exported_symbols(features: &'static str) -> BTreeSet<String> {
    let library = Library::with_features(features);
    let mut command = Command::new("nm");
    command.args(["--dynamic", "--defined-only", "--format=posix"]).arg(library.shared());
    let output = run(&mut command, Duration::from_secs(60)).expect_success();
    output.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn signatures() -> String {
    let signature = |Exported { name, parameters, returns, .. }: Exported| {
        let parameters: Vec<String> =
            parameters.iter().map(|one| format!("{}: {}", one.name, one.kind)).collect();
        let returns = if returns.is_empty() { "()".to_owned() } else { returns };
        format!("function {name}({}) -> {returns}\n", parameters.join(", "))
    };
    exported().into_iter().map(signature).collect()
}

/// Made once: its files have fixed names.
static LAYOUTS_AND_NUMBERS: LazyLock<String> = LazyLock::new(layouts_and_numbers);

/// As the C compiler sees them.
fn layouts_and_numbers() -> String {
    let mut body = String::new();
    let mut line = |text: String| writeln!(body, "    {text}").expect("a string takes every text");
    for item in sources().into_iter().flat_map(|source| source.items) {
        match item {
            Item::Struct(item) if item.attrs.contains(&parse_quote!(#[repr(C)])) => {
                let name = item.ident;
                // Its callers say how much of it they know.
                let grows = item
                    .fields
                    .iter()
                    .any(|field| field.ident.as_ref().is_some_and(|field| field == "struct_size"));
                line(match grows {
                    true => format!(
                        "printf(\"struct {name}: may grow, aligned to %zu\\n\", _Alignof({name}));"
                    ),
                    false => format!(
                        "printf(\"struct {name}: %zu octets, aligned to %zu\\n\", sizeof({name}), _Alignof({name}));"
                    ),
                });
                for field in item.fields {
                    let field = field.ident.expect("C's structs have names");
                    line(format!(
                        "printf(\"field {name}.{field}: %zu octets at %zu\\n\", \
                         sizeof((({name} *)NULL)->{field}), offsetof({name}, {field}));"
                    ));
                }
            }
            Item::Const(item) if item.ident.to_string().starts_with("LASTMILE_") => {
                let name = item.ident;
                line(format!("printf(\"number {name} %lld\\n\", (long long){name});"));
            }
            _ => {}
        }
    }
    let source = scratch("fields").join("abi.c");
    let program = format!("#include \"check.h\"\n\nint main(void) {{\n{body}    return 0;\n}}\n");
    fs::write(&source, program).expect("a file is written");
    let program = Compiler::new(Library::with_features("policy")).source(&source).program("abi");
    run(&mut Command::new(program), Duration::from_secs(60)).expect_success()
}

/// Codes are fixed, in families, and none is used twice.
#[test]
fn numbers_are_used_once_and_stand_in_families() {
    let text = &*LAYOUTS_AND_NUMBERS;
    let numbers = |prefix: &str| -> Vec<(String, i64)> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("number "));
        let pairs = lines.filter_map(|line| line.split_once(' '));
        let named = pairs.filter(|(name, _)| name.starts_with(prefix));
        named.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
    };
    let others = [
        "VERSION_",
        "ABI_VERSION",
        "LIMIT_",
        "MOST_",
        "RESOLVE_",
        "DECISION_",
        "SUBJECT_ALT_NAME_",
    ];
    let is_status = |name: &str| {
        let rest = name.strip_prefix("LASTMILE_").expect("the prefix of all");
        !others.iter().any(|other| rest.starts_with(other))
    };
    let statuses: Vec<_> =
        numbers("LASTMILE_").into_iter().filter(|(name, _)| is_status(name)).collect();
    let distinct: BTreeSet<i64> = statuses.iter().map(|(_, value)| *value).collect();
    assert_eq!(distinct.len(), statuses.len(), "{statuses:?}");
    let is_in_a_family = |value: i64| matches!(value, 0..=9 | 100..=199 | 1000..=1999);
    assert!(distinct.iter().all(|value| is_in_a_family(*value)), "{distinct:?}");
    assert!(statuses.len() >= 38, "only {} numbers", statuses.len());
    for prefix in &others[2..] {
        let values: Vec<i64> =
            numbers(&format!("LASTMILE_{prefix}")).into_iter().map(|(_, value)| value).collect();
        let distinct: BTreeSet<i64> = values.iter().copied().collect();
        assert_eq!(distinct.len(), values.len(), "{prefix}: {values:?}");
    }
}
