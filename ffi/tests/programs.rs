//! Programs in C and C++ on liblastmile: as they are, under sanitizers, and under valgrind.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use lastmile_harness::Compiler;
use lastmile_harness::Fields;
use lastmile_harness::Library;
use lastmile_harness::Linked;
use lastmile_harness::Sanitizer;
use lastmile_harness::quickstart_fields;
use lastmile_harness::quickstart_file;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_harness::under_valgrind;
use lastmile_testdata::case;
use lastmile_testdata::case::At;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;

const RUNS_FOR: Duration = Duration::from_secs(300);

#[test]
fn the_header_holds_what_it_promises() {
    for (name, compiler) in ways("behaviour", "") {
        let output = run_with(&compiler.program(&name), QUICKSTART.as_path(), &[]);
        assert!(output.ends_with("done\n"), "{name}: {output}");
    }
    under_valgrind(&built("behaviour-static"), QUICKSTART.as_path());
}

#[test]
fn the_wrapper_for_cpp_holds_what_it_promises() {
    for (name, compiler) in ways("wrapper", "") {
        let output = run_with(&compiler.program(&name), QUICKSTART.as_path(), &[]);
        assert!(output.ends_with("done\n"), "{name}: {output}");
    }
}

#[test]
fn documents_and_stanzas_are_what_they_are_in_rust() {
    for (name, compiler) in ways("policy", "policy") {
        let output = run_with(&compiler.program(&name), POLICIES.as_path(), &[]);
        assert!(output.ends_with("done\n"), "{name}: {output}");
    }
    under_valgrind(&built("policy-static"), POLICIES.as_path());
}

#[test]
fn eight_threads_ask_one_verifier() {
    let compiler = || program("threads", "").link("-lpthread");
    println!(
        "{}",
        run_with(&compiler().program("threads-static"), QUICKSTART.as_path(), &["2000"])
    );
    under_valgrind(&built("threads-static"), QUICKSTART.as_path());
    let address = compiler().sanitized(Sanitizer::Address).program("threads-address");
    println!("{}", run_with(&address, QUICKSTART.as_path(), &["200"]));
    let thread = compiler().sanitized(Sanitizer::Thread).linked(Linked::Shared);
    let finished = run(
        Command::new(thread.program("threads-thread"))
            .arg(QUICKSTART.as_path())
            .arg("200")
            .env("TSAN_OPTIONS", thread_options()),
        RUNS_FOR,
    );
    println!("{}", finished.expect_success());
}

/// What must not be done is seen, so that silence means something.
#[test]
fn the_sanitizers_are_awake() {
    for (sanitizer, name, expected) in [
        (Sanitizer::Address, "awake-address", "heap-use-after-free"),
        (Sanitizer::Thread, "awake-thread", "data race"),
    ] {
        let compiler = program("awake", "").link("-lpthread").linked(Linked::Shared);
        let program = compiler.sanitized(sanitizer).program(name);
        let mut command = Command::new(program);
        command.arg(QUICKSTART.as_path()).env("TSAN_OPTIONS", thread_options());
        let finished = run(&mut command, RUNS_FOR);
        assert!(!finished.status.success(), "{name} found nothing:\n{}", finished.output);
        assert!(finished.errors.contains(expected), "{name}: {}", finished.errors);
    }
}

/// The library and Rust's own are compiled with the sanitizer too, so that every access is seen.
#[test]
#[ignore = "compiles the standard library: a nightly toolchain with rust-src, and a minute"]
fn eight_threads_are_watched_on_both_sides() {
    let target = scratch("thread-sanitizer");
    let triple = "x86_64-unknown-linux-gnu";
    let status = Command::new("cargo")
        .args(["+nightly", "build", "--quiet", "-Zbuild-std", "-p", "lastmile-ffi"])
        .args(["--target", triple, "--target-dir"])
        .arg(&target)
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("RUSTFLAGS", "-Zsanitizer=thread")
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the library does not build");
    let printed = run(
        Command::new("rustc").args(["+nightly", "--print", "target-libdir"]),
        Duration::from_secs(60),
    );
    let runtimes = PathBuf::from(printed.expect_success().trim());
    // Rust's own runtime, which has what both compilers call.
    let program = Compiler::of_archive(target.join(triple).join("debug/liblastmile.a"))
        .source("ffi/tests/programs/threads.c")
        .flag("-fsanitize=thread")
        .flag("-nodefaultlibs")
        .link("-Wl,--whole-archive")
        .link(runtimes.join("librustc-nightly_rt.tsan.a").display().to_string())
        .link("-Wl,--no-whole-archive")
        .link("-lc")
        .link("-lgcc")
        .program("threads-both");
    println!("{}", run_with(&program, QUICKSTART.as_path(), &["500"]));
}

/// The library is not compiled with the sanitizer, which would see its `malloc` and `memcpy` without
/// the atomics between them. The test that is ignored compiles both sides with it.
fn thread_options() -> String {
    let file = scratch("fields").join("suppressions");
    std::fs::write(&file, "called_from_lib:liblastmile.so\n").expect("a file is written");
    format!("suppressions={}", file.display())
}

#[test]
fn an_accepted_chain_allocates_nothing() {
    let wrapped = ["malloc", "calloc", "realloc", "posix_memalign"];
    let compiler = wrapped.iter().fold(program("allocations", ""), |compiler, name| {
        compiler.flag(format!("-Wl,--wrap={name}"))
    });
    let output = run_with(&compiler.program("allocations"), QUICKSTART.as_path(), &[]);
    assert_eq!(output.matches(": 0 allocations in 100 calls").count(), 2, "{output}");
}

#[test]
fn every_case_has_its_verdict() {
    let cases = cases::all();
    let mut fields = Fields::new();
    let mut expected = Vec::new();
    for case in &cases {
        let hostname = format!("hostname:{}", case.hostname);
        let names = match case.sans.is_empty() {
            true => vec![hostname.as_str()],
            false => case.sans.clone(),
        };
        fields = fields
            .field(case.name)
            .number(case.now)
            .field(case::certificates(&case.anchors))
            .list(names)
            .list(&case.chain);
        expected.push(match case.expect {
            Expect::Accepted => format!("{} ok -1", case.name),
            Expect::Refused(code, At::Certificate(index)) => {
                format!("{} {code} {index} -1", case.name)
            }
            Expect::Refused(code, At::Anchor(index)) => format!("{} {code} -1 {index}", case.name),
        });
    }
    let file = scratch("fields").join("cases");
    fields.write(&file);
    for (name, compiler) in ways("cases", "") {
        let output = run_with(&compiler.program(&name), &file, &[]);
        let found: Vec<&str> = output.lines().collect();
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            // Which anchor ends a good path, the cases do not say.
            let is_right = found == expected || found.starts_with(&format!("{expected} "));
            assert!(is_right, "{name}: expected {expected}, found {found}");
        }
    }
    println!("{} cases", cases.len());
}

/// The program as it is, with either library, and under AddressSanitizer.
fn ways(source: &str, features: &'static str) -> [(String, Compiler); 3] {
    let compiler = program(source, features);
    [
        (format!("{source}-static"), compiler.clone()),
        (format!("{source}-shared"), compiler.clone().linked(Linked::Shared)),
        (format!("{source}-address"), compiler.sanitized(Sanitizer::Address)),
    ]
}

fn program(source: &str, features: &'static str) -> Compiler {
    let is_cpp = matches!(source, "wrapper" | "policy");
    let extension = if is_cpp { "cpp" } else { "c" };
    Compiler::new(Library::with_features(features))
        .source(format!("ffi/tests/programs/{source}.{extension}"))
}

fn built(name: &str) -> PathBuf {
    scratch("bin").join(name)
}

#[track_caller]
fn run_with(program: &Path, file: &Path, arguments: &[&str]) -> String {
    run(Command::new(program).arg(file).args(arguments), RUNS_FOR).expect_success()
}

/// The bundle, another of the same name, the leaf, the intermediate.
static QUICKSTART: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = scratch("fields").join("quickstart");
    quickstart_fields().write(&path);
    path
});

/// The same, and documents and a stanza.
static POLICIES: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = scratch("fields").join("policies");
    let with = |fields: Fields, name| fields.field(quickstart_file(name));
    ["policies.yaml", "validation.yaml"].into_iter().fold(quickstart_fields(), with).write(&path);
    path
});
