//! The real nginx, of Debian and a current one, with our module.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use crate::Library;
use crate::debian::debian_packages;
use crate::log::whole_lines;
use crate::nginx_sources::NGINX_RELEASE;
use crate::nginx_sources::Options;
use crate::nginx_sources::libraries;
use crate::nginx_sources::nginx_sources;
use crate::process::Process;
use crate::root;
use crate::run::Finished;
use crate::run::run;
use crate::scratch;

/// nginx, and the module built for it.
#[derive(Clone, Debug)]
pub struct NginxModule {
    /// The program.
    pub program: PathBuf,
    /// Its sources, as `build.sh` wants them.
    pub sources: PathBuf,
    /// The module.
    pub module: PathBuf,
    name: String,
    options: Options,
}

/// A running nginx. Dropped, it is ended, with its workers.
#[derive(Debug)]
pub struct Nginx {
    /// Where its first server listens.
    pub address: SocketAddr,
    process: Process,
    program: PathBuf,
    directory: PathBuf,
}

const BUILDS_FOR: Duration = Duration::from_secs(300);
const STARTS_WITHIN: Duration = Duration::from_secs(20);
const TESTS_FOR: Duration = Duration::from_secs(20);

/// nginx with the module in each release that it is tested with: `$NGINX_PROGRAM` with `$NGINX_SOURCES`; or the one
/// that is installed here, or in the packages of Debian, which are fetched once, and [`NGINX_RELEASE`]. The modules
/// are built once in each process; says what is skipped if one cannot be had.
///
/// # Panics
/// A module does not build.
pub fn nginx_releases(skipped: &str) -> Vec<NginxModule> {
    let first = once("nginx", || {
        let (program, sources) = given().or_else(|| debian(skipped))?;
        Some((program, sources, libraries(skipped)?))
    });
    if given().is_some() {
        return first.into_iter().collect();
    }
    let current = once(&format!("nginx-{NGINX_RELEASE}"), || {
        let skipped = format!("{skipped}, {NGINX_RELEASE}");
        let options = libraries(&skipped)?;
        let (program, sources) = nginx_sources(&options, &skipped)?;
        Some((program, sources, options))
    });
    first.into_iter().chain(current).collect()
}

/// The module of this name, for a program and its sources.
fn once(
    name: &str,
    find: impl FnOnce() -> Option<(PathBuf, PathBuf, Options)>,
) -> Option<NginxModule> {
    static BUILT: Mutex<BTreeMap<String, NginxModule>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().expect("the build of another test panicked");
    if !built.contains_key(name) {
        let (program, sources, options) = find()?;
        built.insert(name.to_owned(), NginxModule::build(name, program, sources, options));
    }
    built.get(name).cloned()
}

fn given() -> Option<(PathBuf, PathBuf)> {
    Some((env::var_os("NGINX_PROGRAM")?.into(), env::var_os("NGINX_SOURCES")?.into()))
}

fn debian(skipped: &str) -> Option<(PathBuf, PathBuf)> {
    let of = |root: &Path| (root.join("usr/sbin/nginx"), root.join("usr/share/nginx/src"));
    let (program, sources) = of(Path::new("/"));
    if program.exists() && sources.join("conf_flags").exists() {
        return Some((program, sources));
    }
    Some(of(&debian_packages(&["nginx", "nginx-dev"], skipped)?))
}

impl NginxModule {
    /// Directives of `http` for what nginx writes while it runs, in [`Self::directory`].
    pub const TEMPORARY: &str = "client_body_temp_path temporary; proxy_temp_path temporary; \
         fastcgi_temp_path temporary; uwsgi_temp_path temporary; scgi_temp_path temporary;";

    fn build(name: &str, program: PathBuf, sources: PathBuf, options: Options) -> Self {
        let name = name.to_owned();
        let mut module = Self { program, sources, module: PathBuf::new(), name, options };
        let directory = scratch(&format!("{}-module", module.name));
        let output = run(&mut module.build_command(&directory), BUILDS_FOR).expect_success();
        module.module = PathBuf::from(output.lines().last().expect("it says where the module is"));
        module
    }

    /// `build.sh`, for a module in this directory.
    pub fn build_command(&self, to: &Path) -> Command {
        let mut command = Command::new(root().join("adapters/nginx/build.sh"));
        command.arg(&self.sources).arg(to);
        command.env("CC_OPT", &self.options.compiler).env("LD_OPT", &self.options.linker);
        command.env("LASTMILE_ARCHIVE", Library::with_features("policy").archive());
        command.env("TMPDIR", scratch("nginx-build.Sources.cc"));
        command
    }

    /// A directory for one test, with what nginx writes to.
    pub fn directory(&self, name: &str) -> PathBuf {
        let directory = scratch(&format!("{}-{name}", self.name));
        for log in ["error.log", "access.log"] {
            // From an earlier run.
            let _ = fs::remove_file(directory.join(log));
        }
        fs::create_dir_all(directory.join("temporary")).expect("a directory is made");
        directory
    }

    /// Writes `nginx.conf` around this content of `http`; the line of its first line is 10.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn configure(&self, directory: &Path, http: &str) {
        let load = format!("load_module {};", self.module.display());
        write_configuration(directory, &load, "$lastmile_verdict", http);
    }

    /// The same, without the module.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn configure_without(directory: &Path, http: &str) {
        write_configuration(directory, "# no module", "-", http);
    }

    /// Whether nginx takes the configuration, and what it says.
    pub fn test(&self, directory: &Path) -> Finished {
        run(self.command(directory).arg("-t"), TESTS_FOR)
    }

    /// Starts it, with a server at this address.
    ///
    /// # Panics
    /// It does not listen in time; with what it wrote.
    #[track_caller]
    pub fn start(&self, directory: &Path, address: SocketAddr) -> Nginx {
        let mut process = Process::start(&mut self.command(directory), directory);
        process.wait_for(address, STARTS_WITHIN);
        let (program, directory) = (self.program.clone(), directory.to_owned());
        Nginx { address, process, program, directory }
    }

    fn command(&self, directory: &Path) -> Command {
        command(&self.program, directory)
    }
}

impl Nginx {
    /// `nginx -s reload`, and waits until new workers serve or it has said why not: the lines of the error log
    /// since then.
    ///
    /// # Panics
    /// It says nothing in time.
    #[track_caller]
    pub fn reload(&self) -> String {
        let before = self.error_log().len();
        self.process.signal("HUP");
        let since = || self.error_log()[before..].to_owned();
        let told = self.process.wait_until(STARTS_WITHIN, |_| {
            let since = since();
            // The old worker has gone, or the new configuration was not taken.
            (since.contains("exited with code") || since.contains("[emerg]")).then_some(since)
        });
        told.unwrap_or_else(|words| panic!("{words}\n{}", since()))
    }

    /// The error log so far.
    pub fn error_log(&self) -> String {
        whole_lines(&self.directory.join("error.log"))
    }

    /// Waits until the access log has so many lines; all of them.
    ///
    /// # Panics
    /// It does not get them in time.
    #[track_caller]
    pub fn access_log(&self, lines: usize) -> Vec<String> {
        let path = self.directory.join("access.log");
        let written = self.process.wait_until(STARTS_WITHIN, |_| {
            let text = whole_lines(&path);
            (text.lines().count() >= lines).then(|| text.lines().map(str::to_owned).collect())
        });
        written.unwrap_or_else(|words| panic!("{}\n{words}", whole_lines(&path)))
    }

    /// Waits for the line of the access log for a path that was asked for once.
    ///
    /// # Panics
    /// It does not come in time.
    #[track_caller]
    pub fn access_log_of(&self, path: &str) -> String {
        let file = self.directory.join("access.log");
        let wanted = format!(" {path} ");
        let written = self.process.wait_until(STARTS_WITHIN, |_| {
            whole_lines(&file).lines().find(|line| line.contains(&wanted)).map(str::to_owned)
        });
        written.unwrap_or_else(|words| {
            panic!("no line for {path} in\n{}\n{words}", whole_lines(&file))
        })
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// The program with the configuration of the moment.
    pub fn test(&self) -> Finished {
        run(command(&self.program, &self.directory).arg("-t"), TESTS_FOR)
    }
}

fn write_configuration(directory: &Path, first: &str, verdict: &str, http: &str) {
    // For who is not root, the second line is only a warning.
    let temporary = NginxModule::TEMPORARY;
    let text = format!(
        "{first}\n\
             user root;\n\
             daemon off; master_process on; worker_processes 1;\n\
             pid nginx.pid;\n\
             error_log error.log info;\n\
             events {{ worker_connections 256; }}\n\
             http {{\n\
             log_format verdict '$status $request_uri [{verdict}]'; access_log access.log verdict;\n\
             {temporary}\n\
             {http}\n\
             }}\n"
    );
    fs::write(directory.join("nginx.conf"), text).expect("a file is written");
}

fn command(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    // Without the last slash it would not be taken for a prefix.
    command.arg("-p").arg(format!("{}/", directory.display())).args([
        "-c",
        "nginx.conf",
        "-e",
        "error.log",
    ]);
    command
}
