//! The library is installed as users do it, and C, C++ and CMake build on what is there. The programs are
//! in `consumer/`.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::time::Duration;

use engine::pem;
use lastmile_harness::Finished;
use lastmile_harness::has;
use lastmile_harness::root;
use lastmile_harness::run;
use lastmile_harness::scratch;

/// What is installed, with symbolic links as `ls -l` has them.
const FILES: [&str; 9] = [
    "include/lastmile.h",
    "include/lastmile.hpp",
    "lib/liblastmile.a",
    "lib/liblastmile.so -> liblastmile.so.0.1.0",
    "lib/liblastmile.so.0.1 -> liblastmile.so.0.1.0",
    "lib/liblastmile.so.0.1.0",
    "lib/pkgconfig/lastmile.pc",
    "share/cmake/lastmile/lastmile-config-version.cmake",
    "share/cmake/lastmile/lastmile-config.cmake",
];
const SONAME: &str = "liblastmile.so.0.1";

/// `lastmile.pc`, but for the libraries of the system.
const PC: &str = "\
prefix=/opt/lastmile
exec_prefix=${prefix}
libdir=${prefix}/lib
includedir=${prefix}/include

Name: lastmile
Description: Whether the certificate chain of a TLS backend satisfies a policy
Version: 0.1.0
Libs: -L${libdir} -llastmile
Cflags: -I${includedir}
";

#[test]
fn install_sh_installs_what_c_and_cpp_and_cmake_need() {
    the_installed_library_is_whole(&BY_SCRIPT);
}

#[test]
fn cargo_c_installs_the_same() {
    let cinstall = env::var("CARGO_CINSTALL").unwrap_or_else(|_| "cargo-cinstall".into());
    if has(&cinstall, "--version", "installation by cargo-c") {
        the_installed_library_is_whole(&Installed::by_cargo_c(&cinstall));
    }
}

fn the_installed_library_is_whole(installed: &Installed) {
    assert_eq!(installed.files(), FILES);
    installed.has_the_names_of_its_version();
    installed.is_fixed_to_no_place();
    installed.links_as_the_readme_says();
    installed.is_found_by_cmake();
}

#[test]
fn with_policy_consumers_see_the_functions_for_documents() {
    const PROGRAM: &str = "\
#include <lastmile.h>
int main(void) {
    lastmile_documents *documents = NULL;
    lastmile_status status = lastmile_documents_new(&documents);
    lastmile_documents_free(documents);
    return lastmile_status_is_ok(status) ? 0 : 1;
}
";
    let installed = Installed::by_script("with-policy", "lib64", "policy");
    let header = installed.read("include/lastmile.h");
    assert_eq!(header, read("ffi/packaging/policy.h") + &read("ffi/include/lastmile.h"));
    let directory = scratch("packaging/documents");
    fs::write(directory.join("main.c"), PROGRAM).expect("main.c is written");
    if has_pkg_config() {
        // The header says it already; somebody may have read that it must be said.
        for define in ["", "-DLASTMILE_POLICY"] {
            let line = format!("cc main.c {define} $(pkg-config --cflags --libs lastmile) -o main");
            let program = installed.link(&line, &directory);
            installed.run(Command::new(program)).expect_success();
        }
    }
    installed.is_found_by_cmake();
}

#[test]
fn the_header_for_cargo_c_is_that_of_install_sh() {
    let made = include_str!(concat!(env!("OUT_DIR"), "/capi/include/lastmile.h"));
    let policy =
        if cfg!(feature = "policy") { read("ffi/packaging/policy.h") } else { String::new() };
    assert_eq!(made, policy + &read("ffi/include/lastmile.h"));
}

#[test]
fn the_readme_shows_what_the_consumer_does() {
    let readme = read("ffi/README.md");
    let (_, shown) = readme.split_once("```c\n").expect("a block of C");
    let (shown, _) = shown.split_once("```").expect("its end");
    assert!(read("ffi/tests/consumer/main.c").contains(shown), "main.c has no such part:\n{shown}");
}

#[test]
fn install_sh_says_what_is_wrong() {
    let table: [(&[&str], &str); 5] = [
        (&["--prefx", "/opt"], "install.sh: '--prefx' is no option; --help lists them\n"),
        (&["--prefix"], "install.sh: --prefix needs a value; --help says of what kind\n"),
        (&["--prefix", "opt"], "install.sh: the prefix is absolute, and 'opt' is not\n"),
        (
            &["--libdir", "/lib"],
            "install.sh: the libdir is a directory in the prefix, and '/lib' is not\n",
        ),
        (&["/opt"], "install.sh: '/opt' is no option; --help lists them\n"),
    ];
    for (arguments, says) in table {
        let finished = run(install_sh().args(arguments), SOON);
        assert_eq!((finished.status.code(), finished.errors.as_str()), (Some(1), says));
    }
    let usage = run(install_sh().arg("--help"), SOON).expect_success();
    assert!(usage.starts_with("usage: ffi/install.sh [--prefix DIR]"), "{usage}");
}

/// The library with its default features, installed by `install.sh`.
static BY_SCRIPT: LazyLock<Installed> =
    LazyLock::new(|| Installed::by_script("by-script", "lib", ""));

/// An installation in a directory of its own, for a prefix that is elsewhere.
struct Installed {
    name: &'static str,
    libdir: &'static str,
    /// What becomes `/`.
    destdir: PathBuf,
}

const PREFIX: &str = "/opt/lastmile";

impl Installed {
    fn by_script(name: &'static str, libdir: &'static str, features: &str) -> Self {
        // Cargo puts each of them into the same files, before they are installed.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_AT_A_TIME.lock().expect("the other installation failed");
        let installed = Self::nothing(name, libdir);
        let built = target().join("..");
        // That of the tests, of which all but the library is built already.
        let profile = if target().ends_with("debug") { "test" } else { "release" };
        let mut command = install_sh();
        command.env("CARGO_TARGET_DIR", built).args(["--prefix", PREFIX, "--libdir", libdir]);
        command.args(["--features", features, "--profile", profile, "--destdir"]);
        run(command.arg(&installed.destdir), BUILDS_FOR).expect_success();
        installed
    }

    fn by_cargo_c(cinstall: &str) -> Self {
        let installed = Self::nothing("by-cargo-c", "lib");
        let mut command = Command::new(cinstall);
        command.args(["cinstall", "--release", "--manifest-path", "ffi/Cargo.toml"]);
        command.args(["--prefix", PREFIX, "--libdir", installed.libdir, "--destdir"]);
        command.arg(&installed.destdir).arg("--target-dir").arg(scratch("packaging/cargo-c"));
        run(command.current_dir(root()), BUILDS_FOR).expect_success();
        installed
    }

    fn nothing(name: &'static str, libdir: &'static str) -> Self {
        let destdir = scratch("packaging").join(name);
        // It is not there the first time.
        let _ = fs::remove_dir_all(&destdir);
        Self { name, libdir, destdir }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.destdir.join(&PREFIX[1..]).join(path)
    }

    fn library(&self, name: &str) -> PathBuf {
        self.path(self.libdir).join(name)
    }

    fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
    }

    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut directories = vec![self.destdir.clone()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                let name =
                    path.strip_prefix(self.path("")).expect("all is in the prefix").display();
                files.push(match fs::read_link(&path) {
                    Ok(to) => format!("{name} -> {}", to.display()),
                    Err(_) => name.to_string(),
                });
            }
        }
        files.sort();
        files
    }

    fn has_the_names_of_its_version(&self) {
        let version = env!("CARGO_PKG_VERSION");
        assert!(PC.contains(&format!("Version: {version}\n")), "this test is of another version");
        let shared = self.library("liblastmile.so");
        assert_eq!(dynamic(&shared, "SONAME"), [SONAME]);
        let symbols = run(Command::new("nm").args(["-D", "--defined-only"]).arg(&shared), SOON);
        for symbol in symbols.expect_success().lines() {
            let (_, name) = symbol.rsplit_once(' ').expect("address, kind, name");
            assert!(name.starts_with("lastmile_"), "{name} is exported");
        }
    }

    /// All that is text is as it is in the tree, or says where it is by `${prefix}`.
    fn is_fixed_to_no_place(&self) {
        for name in ["lastmile.h", "lastmile.hpp"] {
            assert_eq!(self.read(&format!("include/{name}")), read(&format!("ffi/include/{name}")));
        }
        for name in ["lastmile-config.cmake", "lastmile-config-version.cmake"] {
            let installed = self.read(&format!("share/cmake/lastmile/{name}"));
            assert_eq!(installed, read(&format!("ffi/packaging/{name}")));
        }
        let pc = self.read("lib/pkgconfig/lastmile.pc");
        let (before, system) = pc.split_once("Libs.private: ").expect("what the archive needs");
        assert_eq!(before, PC);
        // The plain line of the README has the same, and the compiler adds the C library.
        let readme = read("ffi/README.md");
        let plain = readme.lines().find(|line| line.contains(BUILT_ARCHIVE)).expect("a plain line");
        let libraries = |words: &str| -> Vec<String> {
            let libraries = words.split_whitespace().filter(|word| word.starts_with("-l"));
            let mut libraries: Vec<_> = libraries.map(str::to_owned).collect();
            libraries.sort();
            libraries.dedup();
            libraries
        };
        assert_eq!(libraries(&format!("{plain} -lc")), libraries(system));
    }

    /// Every line that begins with a compiler, with the sources where it looks for them.
    fn links_as_the_readme_says(&self) {
        let directory = scratch(&format!("packaging/linked-{}", self.name));
        for source in ["main.c", "main.cpp"] {
            let from = root().join("ffi/tests/consumer").join(source);
            fs::copy(from, directory.join(source)).expect("a source is copied");
        }
        let readme = read("ffi/README.md");
        let lines =
            readme.lines().filter(|line| line.starts_with("cc ") || line.starts_with("c++ "));
        let (with, plain): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains("pkg-config"));
        assert_eq!((with.len(), plain.len()), (3, 1), "lines of the README");
        let has_pkg_config = has_pkg_config();
        let has_cpp = has(&compiler("c++"), "--version", "consumers in C++");
        for line in with {
            if has_pkg_config && (has_cpp || line.starts_with("cc ")) {
                self.judges(&self.link(line, &directory), !line.contains("--static"));
            }
        }
        for line in plain {
            let archive = self.library("liblastmile.a");
            let include = self.path("include");
            let line = line.replace(BUILT_ARCHIVE, &archive.display().to_string());
            let line = line.replace("-Iffi/include", &format!("-I{}", include.display()));
            self.judges(&self.link(&line, &directory), false);
        }
    }

    /// Runs a line of the README, where all warnings are errors.
    fn link(&self, line: &str, directory: &Path) -> PathBuf {
        let (command, rest) = line.split_once(' ').expect("a compiler, and more");
        let compiler = compiler(command);
        let program = directory.join("main");
        // That of the line before.
        let _ = fs::remove_file(&program);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{compiler} -O1 -Wall -Wextra -Werror -pedantic {rest}"));
        command.env("PKG_CONFIG_PATH", self.library("pkgconfig"));
        command.env("PKG_CONFIG_SYSROOT_DIR", &self.destdir).current_dir(directory);
        let Finished { status, output, errors } = run(&mut command, COMPILES_FOR);
        assert!(status.success() && errors.is_empty(), "{line}\n{output}\n{errors}");
        program
    }

    /// A program that has the library judges the chain of the quick start.
    fn judges(&self, program: &Path, is_shared: bool) {
        let needed = dynamic(program, "NEEDED");
        assert_eq!(needed.contains(&SONAME.to_owned()), is_shared, "{program:?} needs {needed:?}");
        let ask = |hostname: &str| {
            let mut command = Command::new(program);
            command.arg(root().join("testdata/quickstart/ca.pem")).arg(hostname);
            command.args(CHAIN.iter());
            self.run(command)
        };
        let accepted = ask("backend.example.com").expect_success();
        assert!(accepted.starts_with("accepted: backend.example.com until "), "{accepted}");
        let Finished { status, output, errors } = ask("frontend.example.com");
        assert_eq!(status.code(), Some(1), "{output}\n{errors}");
        let refusal =
            "refused: the certificate is not valid for frontend.example.com (name-mismatch, ";
        assert!(output.starts_with(refusal), "{output}");
        // What it says of LASTMILE_NAME_MISMATCH.
        assert_eq!(errors, "the certificate is another backend's\n");
        let no_name = ask("not a name");
        assert_eq!(no_name.status.code(), Some(2), "{}", no_name.output);
        assert!(
            no_name.errors.starts_with("there is no verifier: invalid-dns-name: a DNS name "),
            "{}",
            no_name.errors
        );
    }

    fn run(&self, mut command: Command) -> Finished {
        run(command.env("LD_LIBRARY_PATH", self.path(self.libdir)), SOON)
    }

    fn is_found_by_cmake(&self) {
        let what = "consumers that are built with CMake";
        if !(has("cmake", "--version", what) && has("make", "--version", what)) {
            return;
        }
        let built = self.configured(&root().join("ffi/tests/consumer"), "consumer").0;
        run(Command::new("cmake").arg("--build").arg(&built), COMPILES_FOR).expect_success();
        self.judges(&built.join("consumer"), true);
        self.judges(&built.join("consumer_static"), false);

        const ASKS: &str = "\
cmake_minimum_required(VERSION 3.15)
project(versions NONE)
foreach(version IN ITEMS 0 0.0 0.1 0.1.0 0.1.1 0.2 1 1.1)
  unset(lastmile_DIR CACHE)
  find_package(lastmile ${version} QUIET)
  message(STATUS \"${version}: ${lastmile_FOUND}\")
endforeach()
unset(lastmile_DIR CACHE)
find_package(lastmile 0.1.0 EXACT REQUIRED)
message(STATUS \"exactly ${lastmile_VERSION}\")
";
        let directory = scratch(&format!("packaging/versions-{}", self.name));
        fs::write(directory.join("CMakeLists.txt"), ASKS).expect("CMakeLists.txt is written");
        let (_, output) = self.configured(&directory, "versions");
        let answers = output.lines().filter_map(|line| line.strip_prefix("-- "));
        let answers: Vec<_> =
            answers.filter(|line| line.contains(|c: char| c.is_ascii_digit())).collect();
        assert!(answers.join("\n").starts_with(ANSWERS), "{output}");
    }

    /// A new directory where CMake has configured this project, and what it said.
    fn configured(&self, project: &Path, name: &str) -> (PathBuf, String) {
        let directory = scratch("packaging").join(format!("cmake-{}-{name}", self.name));
        // It is not there the first time.
        let _ = fs::remove_dir_all(&directory);
        let mut command = Command::new("cmake");
        command.arg("-S").arg(project).arg("-B").arg(&directory).args(["-G", "Unix Makefiles"]);
        command.arg(format!("-DCMAKE_PREFIX_PATH={}", self.path("").display()));
        command.arg("-DCMAKE_C_FLAGS=-Wall -Wextra -Werror");
        let output = run(&mut command, COMPILES_FOR).expect_success();
        (directory, output)
    }
}

/// The archive, as the README has it.
const BUILT_ARCHIVE: &str = "target/release/liblastmile.a";

const ANSWERS: &str = "\
0: 0
0.0: 0
0.1: 1
0.1.0: 1
0.1.1: 0
0.2: 0
1: 0
1.1: 0
exactly 0.1.0";

/// The certificates of the quick start, each in a file of its own.
static CHAIN: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let directory = scratch("packaging/chain");
    let chain = read("testdata/quickstart/chain.pem");
    let certificates = pem::blocks(chain.as_bytes())
        .map(|block| block.and_then(|block| block.decode()).expect("a certificate in PEM"));
    certificates
        .enumerate()
        .map(|(number, der)| {
            let path = directory.join(format!("{number}.der"));
            fs::write(&path, der).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            path
        })
        .collect()
});

/// Of the dynamic section of a program or a library, all of this kind.
fn dynamic(file: &Path, kind: &str) -> Vec<String> {
    let section = run(Command::new("readelf").env("LC_ALL", "C").arg("-dW").arg(file), SOON);
    let section = section.expect_success();
    let lines = section.lines().filter(|line| line.contains(&format!("({kind})")));
    let values = lines.filter_map(|line| line.split_once('[')?.1.strip_suffix(']'));
    values.map(str::to_owned).collect()
}

fn install_sh() -> Command {
    let mut command = Command::new(root().join("ffi/install.sh"));
    command.current_dir(root());
    command
}

/// The compiler that is meant by `cc` or `c++`.
fn compiler(command: &str) -> String {
    env::var(if command == "c++" { "CXX" } else { "CC" }).unwrap_or_else(|_| command.into())
}

fn has_pkg_config() -> bool {
    has("pkg-config", "--version", "consumers that ask pkg-config")
}

/// `target/debug`, as a rule.
fn target() -> PathBuf {
    let scratch = scratch("packaging");
    scratch.ancestors().nth(2).expect("target/debug/programs/packaging").to_owned()
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

const SOON: Duration = Duration::from_secs(60);
const COMPILES_FOR: Duration = Duration::from_secs(300);
/// With the documents, on a machine that has other things to do.
const BUILDS_FOR: Duration = Duration::from_secs(1800);
