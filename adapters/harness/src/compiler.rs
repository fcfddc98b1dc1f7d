//! The C and C++ compilers, as strict as they can be.

use std::env;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::library::Library;
use crate::root;
use crate::run::run;
use crate::scratch;

/// Compiles a program of C or C++ sources with `-Wall -Wextra -Werror`, and links it with liblastmile.
#[derive(Clone, Debug)]
pub struct Compiler {
    library: Library,
    sources: Vec<PathBuf>,
    flags: Vec<String>,
    last: Vec<String>,
    linked: Linked,
    sanitizer: Option<Sanitizer>,
}

/// How a program gets the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// `liblastmile.so`, found where it was built.
    Shared,
    /// `liblastmile.a`.
    Static,
}

/// What watches a program while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sanitizer {
    /// AddressSanitizer, with leaks, and UndefinedBehaviorSanitizer.
    Address,
    /// ThreadSanitizer.
    Thread,
}

impl Compiler {
    /// For a program with this library, which it is linked with statically.
    pub fn new(library: Library) -> Self {
        Self {
            library,
            sources: Vec::new(),
            flags: Vec::new(),
            last: Vec::new(),
            linked: Linked::Static,
            sanitizer: None,
        }
    }

    /// For a program with this archive of the library.
    pub fn of_archive(archive: impl Into<PathBuf>) -> Self {
        Self::new(Library::of_archive(archive.into()))
    }

    /// With this source, a path from the root of the workspace or an absolute one.
    #[must_use]
    pub fn source(mut self, path: impl AsRef<Path>) -> Self {
        self.sources.push(root().join(path));
        self
    }

    /// With another flag for the compiler.
    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// With another flag for the linker, after all objects, such as `-lssl`.
    #[must_use]
    pub fn link(mut self, flag: impl Into<String>) -> Self {
        self.last.push(flag.into());
        self
    }

    /// Linked so.
    #[must_use]
    pub fn linked(self, linked: Linked) -> Self {
        Self { linked, ..self }
    }

    /// Watched by this one.
    #[must_use]
    pub fn sanitized(self, sanitizer: Sanitizer) -> Self {
        Self { sanitizer: Some(sanitizer), ..self }
    }

    /// Compiles it, to a file of this name.
    ///
    /// # Panics
    /// The compiler has something to say.
    #[track_caller]
    pub fn program(self, name: &str) -> PathBuf {
        let program = scratch("bin").join(name);
        let mut command = self.command();
        command.arg("-o").arg(&program);
        let finished = run(&mut command, COMPILES_FOR);
        assert!(
            finished.status.success() && finished.errors.is_empty(),
            "{command:?}\n{}{}",
            finished.output,
            finished.errors
        );
        program
    }

    /// Whether the compiler takes it, without a warning.
    pub fn compiles(self, name: &str) -> bool {
        let mut command = self.command();
        command.arg("-o").arg(scratch("bin").join(name));
        run(&mut command, COMPILES_FOR).status.success()
    }

    fn command(&self) -> Command {
        let is_cpp = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "cpp");
        let is_cpp = self.sources.iter().any(is_cpp);
        let (variable, otherwise) = if is_cpp { ("CXX", "c++") } else { ("CC", "cc") };
        let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| otherwise.into()));
        command.current_dir(root());
        command.args(STRICT).arg(if is_cpp { "-std=c++17" } else { "-std=c11" });
        for include in ["ffi/include", "adapters/common", "adapters/harness/include"] {
            command.arg("-I").arg(root().join(include));
        }
        if self.library.has_policy() {
            command.arg("-DLASTMILE_POLICY");
        }
        match self.sanitizer {
            None => {}
            Some(Sanitizer::Address) => {
                command.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
            }
            Some(Sanitizer::Thread) => {
                command.arg("-fsanitize=thread");
            }
        }
        command.args(&self.flags).args(&self.sources);
        match self.linked {
            Linked::Shared => {
                let directory = self.library.directory().display();
                command.arg(self.library.shared()).arg(format!("-Wl,-rpath,{directory}"));
            }
            Linked::Static => {
                command.arg(self.library.archive());
            }
        }
        command.args(&self.last).args(SYSTEM_LIBRARIES);
        command
    }
}

const COMPILES_FOR: Duration = Duration::from_secs(300);

const STRICT: [&str; 7] =
    ["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic", "-D_POSIX_C_SOURCE=200809L"];

/// What `rustc --print native-static-libs` says of the archive; the README has the same line.
const SYSTEM_LIBRARIES: [&str; 6] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];
