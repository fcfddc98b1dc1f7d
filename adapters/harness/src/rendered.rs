//! Envoy as `lastmile render envoy` sets it up from documents.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::envoy::Envoy;
use crate::envoy::envoy_module;
use crate::http::Response;
use crate::http::get;
use crate::library::cargo_build;
use crate::library::keep;
use crate::process::Process;
use crate::process::own_address;
use crate::run::Finished;
use crate::run::run;
use crate::scratch;

/// The command, which is built once.
///
/// # Panics
/// It does not build.
pub fn lastmile() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        cargo_build(&["-p", "lastmile-cli", "--bin", "lastmile"]);
        let directory = scratch("command");
        keep(&["lastmile"], &directory);
        directory.join("lastmile")
    })
}

/// What the command says of these arguments.
pub fn run_lastmile(arguments: &[&str]) -> Finished {
    run(Command::new(lastmile()).args(arguments), ENDS_WITHIN)
}

const ENDS_WITHIN: Duration = Duration::from_secs(60);
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const LOGS_WITHIN: Duration = Duration::from_secs(10);

/// Envoy with a configuration that was rendered, until it is dropped.
#[derive(Debug)]
pub struct RenderedEnvoy {
    /// The program.
    pub process: Process,
    /// Where requests go.
    pub listen: SocketAddr,
    /// What the command said beside the configuration.
    pub told: String,
}

impl RenderedEnvoy {
    /// Renders these files with these arguments, and starts Envoy in a directory of this name.
    ///
    /// # Panics
    /// The command does not end with 0 or 1, or Envoy does not start.
    #[track_caller]
    pub fn start(envoy: &Envoy, name: &str, files: &[PathBuf], arguments: &[&str]) -> Self {
        let listen = own_address();
        let directory = scratch(name);
        let mut command = Command::new(lastmile());
        command.args(["render", "envoy", "--listen", &listen.to_string()]).args(arguments);
        for file in files {
            command.arg("-f").arg(file);
        }
        let rendered = run(&mut command, ENDS_WITHIN);
        assert!(matches!(rendered.status.code(), Some(0 | 1)), "{command:?}\n{}", rendered.errors);
        let file = directory.join("envoy.yaml");
        fs::write(&file, &rendered.output)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut process = envoy.start(&file, envoy_module(), &directory, 1);
        process.wait_for(listen, STARTS_WITHIN);
        Self { process, listen, told: rendered.errors }
    }

    /// Asks for a path of a host.
    ///
    /// # Panics
    /// Envoy does not answer.
    #[track_caller]
    pub fn get(&self, host: &str, path: &str) -> Response {
        get(self.listen, host, path).unwrap_or_else(|error| {
            panic!("{host}{path}: {error}\n{}", self.process.errors());
        })
    }

    /// The line of the access log for a path that was asked for once.
    ///
    /// # Panics
    /// There is none for ten seconds.
    #[track_caller]
    pub fn access(&self, path: &str) -> Value {
        let of_path = |line: &str| -> Option<Value> {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["path"] == path).then_some(line)
        };
        let found = self
            .process
            .wait_until(LOGS_WITHIN, |process| process.output().lines().find_map(of_path));
        found.unwrap_or_else(|all| panic!("no line for {path}:\n{all}"))
    }
}
