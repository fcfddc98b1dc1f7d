//! Every function that C can call, with NULL in every parameter and with lengths of zero: a status,
//! never a crash, and no output that was not earned.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::Duration;

use lastmile_harness::Compiler;
use lastmile_harness::Fields;
use lastmile_harness::Library;
use lastmile_harness::Linked;
use lastmile_harness::Sanitizer;
use lastmile_harness::quickstart_file;
use lastmile_harness::run;
use lastmile_harness::scratch;
use support::Exported;
use support::Parameter;
use support::exported;

/// Where NULL has a meaning of its own, so that the call does its job or fails for another reason.
const OPTIONAL: [(&str, &str); 4] = [
    ("*", "text"),
    ("lastmile_verifier_verify", "verdict"),
    ("lastmile_resolver_set_signature_cache", "cache"),
    ("lastmile_verifier_builder_set_signature_cache", "cache"),
];

/// Where the only output is a text, which therefore must be there.
const TEXT_IS_THE_ANSWER: [&str; 4] = [
    "lastmile_trust_anchors_describe",
    "lastmile_verdict_explanation",
    "lastmile_resolver_targets",
    "lastmile_resolution_warnings",
];

#[test]
fn null_is_a_status_and_zero_is_a_length() {
    let functions = exported();
    let mut calls = 0;
    let mut body = String::new();
    for function in &functions {
        for (index, parameter) in function.parameters.iter().enumerate() {
            for value in instead(&parameter.kind) {
                calls += 1;
                write_call(&mut body, function, index, value);
            }
        }
    }
    assert!(calls >= 130, "only {calls} calls");
    let source = scratch("fields").join("nulls.c");
    let program = format!("{}{body}    printf(\"{calls} calls\\n\");\n{END}", start());
    fs::write(&source, program).expect("a file is written");
    let fields = scratch("fields").join("nulls");
    Fields::new().field(quickstart_file("ca.pem")).write(&fields);
    let compiler = || Compiler::new(Library::with_features("policy")).source(&source);
    for (name, compiler) in [
        ("nulls-shared", compiler().linked(Linked::Shared)),
        ("nulls-address", compiler().sanitized(Sanitizer::Address)),
    ] {
        let mut command = Command::new(compiler.program(name));
        let output = run(command.arg(&fields), Duration::from_secs(60)).expect_success();
        assert_eq!(output, format!("{calls} calls\n"), "{name}");
        print!("{name}: {output}");
    }
}

/// What stands in place of a good argument.
fn instead(kind: &str) -> &'static [&'static str] {
    match kind {
        "lastmile_slice" => &["(lastmile_slice){NULL, 1}", "(lastmile_slice){NULL, 0}", "empty"],
        "usize" => &["0"],
        pointer if pointer.starts_with('*') => &["NULL"],
        _ => &[],
    }
}

/// Whether the call must fail with `LASTMILE_NULL_POINTER`.
fn must_be_refused(function: &Exported, parameter: &Parameter, value: &str) -> bool {
    let is_optional = OPTIONAL.iter().any(|(name, optional)| {
        (*name == "*" || *name == function.name) && *optional == parameter.name
    });
    match value {
        "NULL" => {
            // Of nothing, nothing: `count` is 1.
            !is_optional || TEXT_IS_THE_ANSWER.contains(&function.name.as_str())
        }
        "(lastmile_slice){NULL, 1}" => true,
        _ => false,
    }
}

/// One call, with one argument replaced: it is checked, and what it made is freed.
fn write_call(body: &mut String, function: &Exported, index: usize, value: &str) {
    let Exported { name, parameters, returns, .. } = function;
    let parameter = &parameters[index];
    let consumes = parameters.len() == 1 && matches!(returns.as_str(), "");
    let arguments: Vec<String> = parameters
        .iter()
        .enumerate()
        .map(|(at, parameter)| match at == index {
            true => value.to_owned(),
            false => argument(&parameter.kind),
        })
        .collect();
    let call = format!("{name}({})", arguments.join(", "));
    if consumes || returns.is_empty() {
        writeln!(body, "    {call};")
    } else if returns.starts_with('*') {
        writeln!(body, "    CHECK({call} == NULL);")
    } else if returns == "usize" {
        writeln!(body, "    CHECK({call} == 0);")
    } else if must_be_refused(function, parameter, value) {
        writeln!(body, "    CHECK_CODE({call}, LASTMILE_NULL_POINTER);\n    unchanged();")
    } else {
        writeln!(body, "    finished({call});")
    }
    .expect("a string takes every text");
}

/// A good argument of this type.
fn argument(kind: &str) -> String {
    match kind {
        "*const lastmile_slice" => "&slice".to_owned(),
        "*const lastmile_subject_alt_name" => "&name".to_owned(),
        "*mut u8" => "digest".to_owned(),
        "*mut lastmile_text" => "&text".to_owned(),
        "lastmile_slice" => "slice".to_owned(),
        "lastmile_status" => "(lastmile_status){LASTMILE_OK}".to_owned(),
        "i64" => "1780272000".to_owned(),
        "u32" | "usize" => "1".to_owned(),
        output if output.starts_with("*mut *") || is_plain_output(output) => {
            format!("&out_{}", last_word(output))
        }
        handle => format!("own_{}", last_word(handle)),
    }
}

fn is_plain_output(kind: &str) -> bool {
    matches!(
        kind,
        "*mut u64"
            | "*mut usize"
            | "*mut lastmile_slice"
            | "*mut lastmile_finding"
            | "*mut lastmile_path_certificate"
            | "*mut lastmile_memory_report"
            | "*mut lastmile_verdict_info"
            | "*mut lastmile_resolution_info"
    )
}

fn last_word(kind: &str) -> &str {
    kind.rsplit(' ').next().expect("a type has a name").trim_start_matches("lastmile_")
}

/// The handles that are made and freed, and how each is freed.
const HANDLES: [(&str, &str, &str); 8] = [
    ("trust_anchors", "const ", "unref"),
    ("verifier", "const ", "unref"),
    ("signature_cache", "const ", "unref"),
    ("verifier_builder", "", "free"),
    ("verdict", "", "free"),
    ("documents", "", "free"),
    ("resolver", "", "free"),
    ("resolution", "", "free"),
];

/// What stands before the calls: a good value of each type, and places for outputs that are looked at.
fn start() -> String {
    let mut text = String::from(
        "#include \"check.h\"\n\n\
         #define UNTOUCHED ((void *)&slice)\n\n\
         static uint8_t digest[32];\n\
         static char words[64];\n\
         static lastmile_slice slice = {(const uint8_t *)\"shop/a.example\", 14};\n\
         static lastmile_slice empty = {(const uint8_t *)\"a\", 0};\n\
         static lastmile_text text = {words, sizeof words, 0};\n\
         static lastmile_subject_alt_name name = {LASTMILE_SUBJECT_ALT_NAME_HOSTNAME, {(const uint8_t *)\"a.example\", 9}};\n\
         static uint64_t out_u64 = 77;\n\
         static size_t out_usize = 77;\n\
         static lastmile_slice out_slice = {NULL, 77};\n\
         static lastmile_finding out_finding = {.certificate = 77};\n\
         static lastmile_path_certificate out_path_certificate = {.certificate = 77};\n\
         static lastmile_memory_report out_memory_report = {.hits = 77};\n\
         static lastmile_verdict_info out_verdict_info = {.struct_size = sizeof out_verdict_info, .attempts = 77};\n\
         static lastmile_resolution_info out_resolution_info = {.struct_size = sizeof out_resolution_info, .decision = 77};\n",
    );
    let mut reset = String::new();
    let mut unchanged = String::new();
    for (handle, constant, free) in HANDLES {
        writeln!(text, "static {constant}lastmile_{handle} *own_{handle}, *out_{handle};")
            .expect("a string takes every text");
        writeln!(
            reset,
            "    if (out_{handle} != UNTOUCHED) lastmile_{handle}_{free}(out_{handle});\n    \
             out_{handle} = UNTOUCHED;"
        )
        .expect("a string takes every text");
        writeln!(unchanged, "    CHECK(out_{handle} == UNTOUCHED);")
            .expect("a string takes every text");
    }
    write!(
        text,
        "
/* Nothing was written: the call did not do its job. */
static void unchanged(void) {{
{unchanged}    CHECK(out_u64 == 77 && out_usize == 77 && out_slice.len == 77 && out_memory_report.hits == 77);
    CHECK(out_finding.certificate == 77 && out_path_certificate.certificate == 77);
    CHECK(out_verdict_info.attempts == 77 && out_resolution_info.decision == 77);
    for (size_t at = 0; at < sizeof digest; at++) CHECK(digest[at] == 0);
}}

static void reset(void) {{
{reset}    out_u64 = 77, out_usize = 77, out_slice.len = 77, out_memory_report.hits = 77;
    out_finding.certificate = 77, out_path_certificate.certificate = 77;
    out_verdict_info.attempts = 77, out_resolution_info.decision = 77;
    memset(digest, 0, sizeof digest);
}}

/* Whatever it concluded, a pointer was not missing. */
#define finished(call) check_finished(#call, (call))
static void check_finished(const char *call, lastmile_status status) {{
    if (status.code == LASTMILE_NULL_POINTER) fprintf(stderr, \"%s: \", call);
    CHECK(status.code != LASTMILE_NULL_POINTER && status.code != LASTMILE_PANIC);
    if (!lastmile_status_is_ok(status) && !lastmile_status_is_refusal(status)) unchanged();
    reset();
}}
{MAIN}"
    )
    .expect("a string takes every text");
    text
}

/// A verdict of a leaf that is none, and a resolution of a stanza.
const MAIN: &str = r#"
int main(int count, char **arguments) {
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    lastmile_slice pem = check_next(&fields);
    reset();
    CHECK_CODE(lastmile_trust_anchors_from_pem(pem, &own_trust_anchors, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_new(own_trust_anchors, &own_verifier_builder), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(own_verifier_builder, name.name, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_build(own_verifier_builder, &own_verifier), LASTMILE_OK);
    CHECK_CODE(lastmile_signature_cache_new(1, 1, &own_signature_cache), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(own_verifier, slice, NULL, 0, 0, &own_verdict), LASTMILE_MALFORMED_CERTIFICATE);
    CHECK_CODE(lastmile_documents_new(&own_documents), LASTMILE_OK);
    CHECK_CODE(lastmile_documents_resolver(own_documents, 0, 0, &own_resolver), LASTMILE_OK);
    CHECK_CODE(lastmile_validation_compile(name.name, &name, 1, own_trust_anchors, &own_resolution, NULL), LASTMILE_OK);
"#;

const END: &str = r"
    lastmile_trust_anchors_unref(own_trust_anchors);
    lastmile_verifier_builder_free(own_verifier_builder);
    lastmile_verifier_unref(own_verifier);
    lastmile_signature_cache_unref(own_signature_cache);
    lastmile_verdict_free(own_verdict);
    lastmile_documents_free(own_documents);
    lastmile_resolver_free(own_resolver);
    lastmile_resolution_free(own_resolution);
    check_free(pem);
    free(fields.octets);
    return 0;
}
";
