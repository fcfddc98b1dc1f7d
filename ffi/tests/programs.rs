//! Programs in C and C++ on liblastmile: as they are, under sanitizers, and under valgrind.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use engine::At;
use engine::ExpectedNames;
use engine::Finding;
use engine::Reason;
use engine::ReferenceName;
use engine::TrustAnchors;
use engine::UnixTime;
use engine::Verifier;
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
use lastmile_testdata::case::Case;
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

/// A refusal that nobody looks at, and a verdict that is taken for an acceptance, do not compile.
#[test]
fn the_wrapper_for_cpp_lets_nobody_forget() {
    let start = "#include <lastmile.hpp>\nint main() {\n    lastmile::verifier verifier;\n    \
                 lastmile::verdict verdict;\n    lastmile::trust_anchors anchors;\n";
    for (name, misuse, is_good) in [
        ("twin", "    return lastmile::is_ok(verifier.verify({}, {}, 0)) ? 0 : 1;\n", true),
        ("dropped", "    verifier.verify({}, {}, 0);\n", false),
        ("dropped-verdict", "    verifier.verify({}, {}, 0, verdict);\n", false),
        ("dropped-words", "    lastmile::trust_anchors::from_pem(\"\", anchors);\n", false),
        ("taken-for-yes", "    if (verdict) return 0;\n", false),
        ("copied", "    lastmile::verifier copy = verifier;\n    return copy ? 0 : 1;\n", false),
    ] {
        let source = scratch("fields").join(format!("misuse-{name}.cpp"));
        std::fs::write(&source, format!("{start}{misuse}}}\n")).expect("a file is written");
        let compiler = Compiler::new(Library::with_features("")).source(&source);
        // Not used in each.
        let compiler = compiler.flag("-Wno-unused-variable");
        assert_eq!(compiler.compiles(&format!("misuse-{name}")), is_good, "{name}");
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

/// Everything that a verdict tells over the C ABI is what the engine tells in Rust.
#[test]
fn every_case_has_its_verdict() {
    let cases = cases::all();
    let with_case = |fields: Fields, case: &Case| {
        let names = case.expected_names();
        let fields = fields.field(case.name).number(case.now);
        fields.field(case::certificates(&case.anchors)).list(names).list(&case.chain)
    };
    let file = scratch("fields").join("cases");
    cases.iter().fold(Fields::new(), with_case).write(&file);
    let numbers = numbers();
    let expected: Vec<String> = cases.iter().map(|case| told(case, &numbers)).collect();
    for (name, compiler) in ways("cases", "") {
        let output = run_with(&compiler.program(&name), &file, &[]);
        let found: Vec<&str> = output.lines().collect();
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{name}");
        }
    }
    let refused = cases.iter().filter(|case| case.expect != Expect::Accepted).count();
    println!("{} cases, {refused} refused", cases.len());
}

/// The line of `cases.c`, by the engine itself.
fn told(case: &Case, numbers: &BTreeMap<String, i32>) -> String {
    let bundle = case::certificates(&case.anchors);
    let anchors = TrustAnchors::from_pem(bundle.as_bytes()).expect("the bundles are good");
    let names: Vec<_> = case.expected_names().iter().map(|name| reference_name(name)).collect();
    let names = ExpectedNames::try_from(names).expect("there is at least one");
    let verifier = Verifier::builder(anchors, names).build();
    let now = Duration::from_secs(u64::try_from(case.now).expect("after 1970"));
    let now = UnixTime::since_unix_epoch(now);
    let digest: String = verifier.digest().iter().map(|octet| format!("{octet:02x}")).collect();
    let number =
        |code: &str| numbers[&format!("LASTMILE_{}", code.replace('-', "_").to_uppercase())];
    let name = case.name;
    match verifier.verify(&case.chain[0], &case.chain[1..], now) {
        Ok(verified) => {
            let text = verified.to_string();
            let message = text.lines().next().unwrap_or_default();
            let mut line = format!(
                "{name} status=0 err=0 alert=0 certificate=-1 anchor={} until={} attempts={} \
                 digest={digest} | code= | clause= | message={message} | matched={}",
                verified.anchor().index(),
                verified.valid_until().as_secs(),
                verified.attempts(),
                verified.name(),
            );
            for step in verified.path() {
                let (certificate, anchor) = place(step.at());
                line += &format!(" | path={certificate},{anchor} | subject={}", step.subject());
            }
            line + &format!(" | explanation={}", text.replace('\n', "/"))
        }
        Err(rejection) => {
            let reason = rejection.reason();
            let (certificate, anchor) = place(rejection.finding().at());
            let mut line = format!(
                "{name} status={} err={} alert={} certificate={certificate} anchor={anchor} until=0 \
                 attempts={} digest={digest} | code={} | clause={} | message={} | matched=",
                number(reason.code()),
                reason.x509_v_err(),
                reason.alert(),
                rejection.attempts(),
                reason.code(),
                reason.clause(),
                rejection.finding(),
            );
            let findings = std::iter::once(rejection.finding()).chain(rejection.also());
            let mismatch = findings.map(Finding::reason).find_map(|reason| match reason {
                Reason::NameMismatch { expected, presented, .. } => Some((expected, presented)),
                _ => None,
            });
            if let Some((expected, presented)) = mismatch {
                for name in expected {
                    line += &format!(" | expected={} {name}", name.form());
                }
                for name in presented {
                    line += &format!(" | presented={name}");
                }
            }
            for also in rejection.also() {
                let ((certificate, anchor), reason) = (place(also.at()), also.reason());
                line += &format!(
                    " | also={},{certificate},{anchor} | code={} | clause={} | message={also}",
                    number(reason.code()),
                    reason.code(),
                    reason.clause(),
                );
            }
            let explanation = rejection.explanation().to_string();
            line + &format!(" | explanation={}", explanation.replace('\n', "/"))
        }
    }
}

fn place(at: At) -> (i64, i64) {
    let number = |index: usize| i64::try_from(index).expect("there are few");
    match at {
        At::Certificate(index) => (number(index), -1),
        At::Anchor(index) => (-1, number(index)),
    }
}

/// The numbers of the header, as they are committed.
fn numbers() -> BTreeMap<String, i32> {
    let number = |line: &str| {
        let (name, value) = line.strip_prefix("number ")?.split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    include_str!("../abi.txt").lines().filter_map(number).collect()
}

fn reference_name(name: &str) -> ReferenceName {
    match name.split_once(':') {
        Some(("hostname", name)) => ReferenceName::dns(name).expect("a DNS name"),
        Some(("uri", uri)) => ReferenceName::uri(uri).expect("a URI"),
        _ => panic!("{name}: hostname:NAME or uri:URI"),
    }
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
