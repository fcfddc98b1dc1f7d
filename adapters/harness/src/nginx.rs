//! The real nginx, of Debian, with our module.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use crate::Library;
use crate::debian::debian_packages;
use crate::debian::has_header;
use crate::debian::machine;
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
    options: Vec<(&'static str, String)>,
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

/// `$NGINX_PROGRAM` with `$NGINX_SOURCES`, or nginx as it is installed here, or of the packages of Debian, which are fetched once, and the module, which
/// is built once in each process; says what is skipped if they cannot be had.
///
/// # Panics
/// The module does not build.
pub fn nginx(skipped: &str) -> Option<NginxModule> {
    static BUILT: Mutex<Option<NginxModule>> = Mutex::new(None);
    let mut built = BUILT.lock().expect("the build of another test panicked");
    if built.is_none() {
        *built = Some(build(skipped)?);
    }
    built.clone()
}

/// What configure looks for, and the package that has it.
const HEADERS: [(&str, &str); 3] =
    [("openssl/ssl.h", "libssl-dev"), ("pcre2.h", "libpcre2-dev"), ("zlib.h", "zlib1g-dev")];

fn build(skipped: &str) -> Option<NginxModule> {
    let installed = (PathBuf::from("/usr/sbin/nginx"), PathBuf::from("/usr/share/nginx/src"));
    let (program, sources) = if let (Some(program), Some(sources)) =
        (env::var_os("NGINX_PROGRAM"), env::var_os("NGINX_SOURCES"))
    {
        (program.into(), sources.into())
    } else if installed.0.exists() && installed.1.join("conf_flags").exists() {
        installed
    } else {
        let unpacked = debian_packages(&["nginx", "nginx-dev"], skipped)?;
        (unpacked.join("usr/sbin/nginx"), unpacked.join("usr/share/nginx/src"))
    };
    let mut options = Vec::new();
    // pcre2.h is read with a width only.
    let is_missing = |header: &str| match header {
        "pcre2.h" => !Path::new("/usr/include/pcre2.h").exists(),
        other => !has_header(other),
    };
    let missing: Vec<&str> =
        HEADERS.iter().filter(|(header, _)| is_missing(header)).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        let unpacked = debian_packages(&missing, skipped)?;
        options = flags_of(&unpacked);
    }
    let library = Library::with_features("policy");
    options.push(("LASTMILE_ARCHIVE", library.archive().display().to_string()));
    let mut module = NginxModule { program, sources, module: PathBuf::new(), options };
    let mut command = module.build_command(&scratch("nginx-module"));
    let output = run(&mut command, BUILDS_FOR).expect_success();
    module.module = PathBuf::from(output.lines().last().expect("it says where the module is"));
    Some(module)
}

/// Headers, and the libraries that are there wherever a program uses them, under the names that linkers want.
fn flags_of(unpacked: &Path) -> Vec<(&'static str, String)> {
    let machine = machine();
    let include = unpacked.join("usr/include");
    let links = scratch("nginx-libraries");
    let libraries = unpacked.join("usr/lib").join(&machine);
    for entry in fs::read_dir(&libraries).into_iter().flatten().filter_map(Result::ok) {
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let Some(name) = target.file_name() else { continue };
        let link = links.join(entry.file_name());
        // From an earlier run.
        let _ = fs::remove_file(&link);
        symlink(Path::new("/usr/lib").join(&machine).join(name), link).expect("a link is made");
    }
    let compiler = format!("-I{} -I{}", include.display(), include.join(&machine).display());
    vec![("CC_OPT", compiler), ("LD_OPT", format!("-L{}", links.display()))]
}

impl NginxModule {
    /// Directives of `http` for what nginx writes while it runs, in [`Self::directory`].
    pub const TEMPORARY: &str = "client_body_temp_path temporary; proxy_temp_path temporary; \
         fastcgi_temp_path temporary; uwsgi_temp_path temporary; scgi_temp_path temporary;";

    /// `build.sh`, for a module in this directory.
    pub fn build_command(&self, to: &Path) -> Command {
        let mut command = Command::new(root().join("adapters/nginx/build.sh"));
        command.arg(&self.sources).arg(to).envs(self.options.iter().cloned());
        command.env("TMPDIR", scratch("nginx-build"));
        command
    }

    /// A directory for one test, with what nginx writes to.
    pub fn directory(&self, name: &str) -> PathBuf {
        let directory = scratch(&format!("nginx-{name}"));
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
        read(&self.directory.join("error.log"))
    }

    /// Waits until the access log has so many lines; all of them.
    ///
    /// # Panics
    /// It does not get them in time.
    #[track_caller]
    pub fn access_log(&self, lines: usize) -> Vec<String> {
        let path = self.directory.join("access.log");
        let written = self.process.wait_until(STARTS_WITHIN, |_| {
            let text = read(&path);
            (text.lines().count() >= lines).then(|| text.lines().map(str::to_owned).collect())
        });
        written.unwrap_or_else(|words| panic!("{}\n{words}", read(&path)))
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
            read(&file).lines().find(|line| line.contains(&wanted)).map(str::to_owned)
        });
        written.unwrap_or_else(|words| panic!("no line for {path} in\n{}\n{words}", read(&file)))
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

fn read(path: &Path) -> String {
    fs::read(path).map(|octets| String::from_utf8_lossy(&octets).into_owned()).unwrap_or_default()
}
