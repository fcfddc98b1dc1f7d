//! Builds C and C++ programs on liblastmile and runs them, for the tests of the C ABI and of the
//! adapters. What cannot be had here is said, and never silently passed.

mod compiler;
mod debian;
mod fields;
mod library;
mod run;
mod scratch;

pub use compiler::Compiler;
pub use compiler::Linked;
pub use compiler::Sanitizer;
pub use debian::debian_packages;
pub use fields::Fields;
pub use fields::quickstart_fields;
pub use fields::quickstart_file;
pub use library::Library;
pub use run::Finished;
pub use run::run;
pub use scratch::root;
pub use scratch::scratch;

/// Whether the compiler finds a header, such as `openssl/ssl.h`; where it does not, says what is skipped.
pub fn has_header(header: &str, skipped: &str) -> bool {
    let source = scratch("fields").join(format!("has-{}.c", header.replace('/', "-")));
    std::fs::write(&source, format!("#include <{header}>\n")).expect("a file is written");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let found = std::process::Command::new(compiler).arg("-fsyntax-only").arg(source).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        println!("SKIPPED: {skipped}: there is no <{header}> here");
    }
    is_there
}

/// Whether a command can be run at all; where it cannot, says what is skipped for it.
pub fn has(command: &str, argument: &str, skipped: &str) -> bool {
    let found = std::process::Command::new(command).arg(argument).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        println!("SKIPPED: {skipped}: there is no `{command}` here");
    }
    is_there
}
