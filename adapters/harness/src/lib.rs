//! Builds C and C++ programs on liblastmile and runs them, and runs real hosts, for the tests of the C
//! ABI and of the adapters. What cannot be had here is said, and never silently passed.

mod apache;
mod backend;
mod compiler;
mod debian;
mod envoy;
mod envoy_configuration;
mod fields;
mod http;
mod library;
mod log;
mod nginx;
mod nginx_sources;
pub mod pki;
mod process;
mod rendered;
mod run;
mod scratch;
mod symbols;

use std::fmt;
use std::io;
use std::io::Write;
use std::process::Command;

pub use apache::Apache;
pub use apache::ApacheModule;
pub use apache::apache;
pub use backend::Backend;
pub use backend::Seen;
pub use compiler::Compiler;
pub use compiler::Linked;
pub use compiler::Sanitizer;
pub use debian::c_library;
pub use envoy::ENVOY_RELEASE;
pub use envoy::Envoy;
pub use envoy::envoy;
pub use envoy::envoy_module;
pub use envoy::envoy_module_that_panics;
pub use envoy::envoy_release;
pub use envoy_configuration::Access;
pub use envoy_configuration::ENVOY_ACCESS_LOG;
pub use envoy_configuration::EnvoyCluster;
pub use envoy_configuration::RunningEnvoy;
pub use envoy_configuration::envoy_configuration;
pub use envoy_configuration::refusal_code;
pub use envoy_configuration::validation_context;
pub use envoy_configuration::validation_context_of;
pub use envoy_configuration::write_configuration;
pub use fields::Fields;
pub use fields::quickstart_fields;
pub use fields::quickstart_file;
pub use http::Response;
pub use http::get;
pub use library::Library;
pub use library::cargo_build;
pub use log::whole_lines;
pub use nginx::Nginx;
pub use nginx::NginxModule;
pub use nginx::nginx_releases;
pub use nginx_sources::NGINX_RELEASE;
pub use process::Process;
pub use process::Watchdog;
pub use process::own_address;
pub use rendered::RenderedEnvoy;
pub use rendered::lastmile;
pub use rendered::run_lastmile;
pub use run::Finished;
pub use run::run;
pub use run::under_valgrind;
pub use scratch::root;
pub use scratch::scratch;
pub use symbols::dynamic_symbols;

/// What a program with OpenSSL 3 needs, if it can be had here.
pub fn openssl(skipped: &str) -> Option<Vec<String>> {
    let installed = ["-lssl", "-lcrypto"];
    let files = ["-l:libssl.so.3", "-l:libcrypto.so.3"];
    c_library("openssl/ssl.h", &installed, "libssl-dev", &files, skipped)
}

/// What a program with libcurl needs, if it can be had here.
pub fn libcurl(skipped: &str) -> Option<Vec<String>> {
    let package = "libcurl4-openssl-dev";
    c_library("curl/curl.h", &["-lcurl"], package, &["-l:libcurl.so.4"], skipped)
}

/// Whether a command can be run at all; where it cannot, says what is skipped for it.
pub fn has(command: &str, argument: &str, skipped: &str) -> bool {
    let found = Command::new(command).arg(argument).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        say_skipped(skipped, format_args!("there is no `{command}` here"));
    }
    is_there
}

/// Says what is skipped and why, also in a test that passes: what `println!` prints there is not shown.
pub fn say_skipped(skipped: &str, why: impl fmt::Display) {
    // Where nobody can be told, nobody is.
    let _ = writeln!(io::stderr(), "SKIPPED: {skipped}: {why}");
}
