//! The real Apache httpd, of Debian, with our module.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::Library;
use crate::debian::debian_packages;
use crate::debian::machine;
use crate::log::whole_lines;
use crate::openssl;
use crate::process::Process;
use crate::root;
use crate::run::Finished;
use crate::run::run;
use crate::scratch;

/// httpd, and the module built for it.
#[derive(Clone, Debug)]
pub struct ApacheModule {
    program: PathBuf,
    modules: PathBuf,
    /// What was built.
    pub module: PathBuf,
    /// Where the headers are, those of httpd first.
    include: PathBuf,
    flags: String,
    /// What TLS is linked with.
    tls: String,
    /// What the linker loads beside what the system has.
    libraries: Option<PathBuf>,
}

/// A running httpd. Dropped, it is ended, with its children.
#[derive(Debug)]
pub struct Apache {
    /// The program.
    pub process: Process,
    module: ApacheModule,
    directory: PathBuf,
}

const BUILDS_FOR: Duration = Duration::from_secs(300);
const STARTS_WITHIN: Duration = Duration::from_secs(20);
const TESTS_FOR: Duration = Duration::from_secs(20);

/// httpd as it is installed here, or of the packages of Debian, which are fetched once, and the module, which
/// is built once in each process; says what is skipped if they cannot be had.
///
/// # Panics
/// The module does not build.
pub fn apache(skipped: &str) -> Option<ApacheModule> {
    static BUILT: Mutex<Option<ApacheModule>> = Mutex::new(None);
    let mut built = BUILT.lock().expect("the build of another test panicked");
    if built.is_none() {
        *built = Some(build(skipped)?);
    }
    built.clone()
}

fn build(skipped: &str) -> Option<ApacheModule> {
    let installed = Path::new("/");
    let is_installed = ["usr/sbin/apache2", "usr/include/apache2/mod_ssl_openssl.h"]
        .iter()
        .all(|file| installed.join(file).exists());
    let (from, libraries) = if is_installed {
        (installed.to_owned(), None)
    } else {
        let packages = [
            "apache2-bin",
            "apache2-dev",
            "apache2-ssl-dev",
            "libapr1",
            "libapr1-dev",
            "libaprutil1",
            "libaprutil1-dev",
        ];
        let unpacked = debian_packages(&packages, skipped)?;
        let libraries = unpacked.join("usr/lib").join(machine());
        (unpacked, Some(libraries))
    };
    let headers = from.join("usr/include");
    let include = headers.join("apache2");
    let mut flags = format!("-I{} -I{}", include.display(), headers.join("apr-1.0").display());
    // What is linked, and where the headers are if they are not installed.
    let (libraries_of_tls, headers): (Vec<String>, Vec<String>) =
        openssl(skipped)?.into_iter().partition(|flag| flag.starts_with("-l"));
    flags = [&[flags][..], &headers].concat().join(" ");
    let tls = libraries_of_tls.join(" ");
    let module = build_module("apache-module", &flags, &tls);
    let modules = from.join("usr/lib/apache2/modules");
    let program = from.join("usr/sbin/apache2");
    Some(ApacheModule { program, modules, module, include, flags, tls, libraries })
}

fn build_module(to: &str, flags: &str, tls: &str) -> PathBuf {
    let mut command = Command::new(root().join("adapters/apache/build.sh"));
    command.arg(scratch(to)).env("CC_OPT", flags).env("SSL_LIBS", tls);
    command.env("LASTMILE_ARCHIVE", Library::with_features("policy").archive());
    let output = run(&mut command, BUILDS_FOR).expect_success();
    PathBuf::from(output.lines().last().expect("it says where the module is"))
}

impl ApacheModule {
    /// What the tests load, in the order of their names, as Debian has it: ours before what it works with.
    pub const MODULES: [&str; 14] = [
        "authz_core",
        "lastmile",
        "lbmethod_byrequests",
        "mpm_event",
        "proxy",
        "proxy_balancer",
        "proxy_fcgi",
        "proxy_hcheck",
        "proxy_http",
        "proxy_wstunnel",
        "rewrite",
        "slotmem_shm",
        "socache_shmcb",
        "ssl",
    ];

    /// Writes `httpd.conf`: what all of them need, a `Listen` for each address, and this, from line 1 of a
    /// file of its own, `test.conf`.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn configure(&self, directory: &Path, listen: &[SocketAddr], content: &str) {
        self.configure_without(directory, listen, content, &[]);
    }

    /// The same without some of the modules, such as `ssl`.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn configure_without(
        &self,
        directory: &Path,
        listen: &[SocketAddr],
        content: &str,
        without: &[&str],
    ) {
        let mut lines = vec![
            format!("ServerRoot {}", directory.display()),
            "ServerName test".to_owned(),
            "DefaultRuntimeDir .".to_owned(),
            "PidFile run.pid".to_owned(),
            "ErrorLog error.log".to_owned(),
            "LogLevel notice".to_owned(),
            "Mutex file:. default".to_owned(),
            "StartServers 1".to_owned(),
            "ServerLimit 4".to_owned(),
            "ThreadsPerChild 8".to_owned(),
            "MaxRequestWorkers 32".to_owned(),
            "GracefulShutdownTimeout 2".to_owned(),
        ];
        if env::var_os("USER").is_none_or(|user| user == "root") {
            lines.push("User nobody\nGroup nogroup".to_owned());
        }
        for name in Self::MODULES {
            let line = match name {
                "lastmile" => format!("LoadModule lastmile_module {}\n", self.module.display()),
                _ => self.load(name),
            };
            if !without.contains(&name) {
                lines.push(line);
            }
        }
        lines.extend(listen.iter().map(|address| format!("Listen {address}")));
        lines.push("Include test.conf\n".to_owned());
        fs::write(directory.join("httpd.conf"), lines.join("\n")).expect("a file is written");
        fs::write(directory.join("test.conf"), content).expect("a file is written");
    }

    /// The line that loads another module of httpd.
    pub fn load(&self, name: &str) -> String {
        let file = self.modules.join(format!("mod_{name}.so"));
        format!("LoadModule {name}_module {}\n", file.display())
    }

    /// The same httpd with a module that was built for its next patch level, and the two versions.
    ///
    /// # Panics
    /// The header of httpd does not say its own, or the module does not build.
    pub fn built_for_the_next(&self) -> (Self, [String; 2]) {
        const NUMBER: &str = "#define AP_SERVER_PATCHLEVEL_NUMBER";
        let header = fs::read_to_string(self.include.join("ap_release.h")).expect("it is there");
        let line = header.lines().find(|line| line.starts_with(NUMBER)).expect("it says its own");
        let level: u32 = line[NUMBER.len()..].trim().parse().expect("a number");
        // Before the one of httpd, which says nothing then.
        let another = scratch("apache-next-module").join("ap_release.h");
        let changed = header.replace(line, &format!("{NUMBER} {}", level + 1));
        fs::write(&another, changed).expect("a file is written");
        let flags = format!("{} -include {}", self.flags, another.display());
        let module = build_module("apache-next-module", &flags, &self.tls);
        let versions = [level, level + 1].map(|level| format!("2.4.{level}"));
        (Self { module, ..self.clone() }, versions)
    }

    /// Another module, of one source of the tests, which is compiled once in each process.
    ///
    /// # Panics
    /// It does not compile.
    pub fn compile(&self, name: &str) -> PathBuf {
        static COMPILED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        let mut compiled = COMPILED.lock().expect("another one did not compile");
        let to = scratch("apache-module").join(format!("{name}.so"));
        if compiled.contains(&to) {
            return to;
        }
        let source = root().join(format!("adapters/harness/tests/programs/{name}.c"));
        let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args(["-shared", "-fPIC", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]);
        command.args(self.flags.split(' ')).arg(source).arg("-o").arg(&to);
        run(&mut command, BUILDS_FOR).expect_success();
        compiled.push(to.clone());
        to
    }

    /// A directory for one test, with what httpd writes to.
    pub fn directory(&self, name: &str) -> PathBuf {
        let directory = scratch(&format!("apache-{name}"));
        // From an earlier run.
        let _ = fs::remove_file(directory.join("error.log"));
        let _ = fs::remove_file(directory.join("run.pid"));
        directory
    }

    /// What `apachectl configtest` does.
    pub fn validate(&self, directory: &Path) -> Finished {
        run(self.command(directory).arg("-t"), TESTS_FOR)
    }

    /// Starts it, with a server at this address, and waits until it heeds signals.
    ///
    /// # Panics
    /// It does not listen in time; with what it wrote.
    #[track_caller]
    pub fn start(&self, directory: &Path, address: SocketAddr) -> Apache {
        let from = read_log(directory).len();
        let mut process = Process::start(self.command(directory).arg("-DFOREGROUND"), directory);
        process.wait_for(address, STARTS_WITHIN);
        let mut apache = Apache { process, module: self.clone(), directory: directory.to_owned() };
        let start = Instant::now();
        while !apache.has_logged(from, "resuming normal operations") {
            // What listens may be what is left of one before it.
            let goes_on = apache.process.is_running() && start.elapsed() < STARTS_WITHIN;
            assert!(goes_on, "{}\n{}", apache.process.errors(), apache.error_log());
            thread::sleep(Duration::from_millis(10));
        }
        apache
    }

    fn command(&self, directory: &Path) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(libraries) = &self.libraries {
            let others = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
            let mut path = OsString::from(libraries);
            path.push(":");
            path.push(others);
            command.env("LD_LIBRARY_PATH", path);
        }
        command.arg("-d").arg(directory).arg("-f").arg(directory.join("httpd.conf"));
        command
    }
}

impl Apache {
    /// What `apachectl graceful` does: a configuration that is not good is not taken.
    pub fn restart(&self) -> Finished {
        run(self.module.command(&self.directory).args(["-k", "graceful"]), TESTS_FOR)
    }

    /// The error log so far.
    pub fn error_log(&self) -> String {
        read_log(&self.directory)
    }

    fn has_logged(&self, from: usize, words: &str) -> bool {
        self.error_log().get(from..).is_some_and(|log| log.contains(words))
    }

    /// Waits until the error log has this, from so many octets on.
    ///
    /// # Panics
    /// It does not get it in time.
    #[track_caller]
    pub fn wait_for_log(&self, from: usize, words: &str) {
        let found =
            self.process.wait_until(STARTS_WITHIN, |_| self.has_logged(from, words).then_some(()));
        found.unwrap_or_else(|_| panic!("no word of {words} in\n{}", self.error_log()));
    }
}

fn read_log(directory: &Path) -> String {
    whole_lines(&directory.join("error.log"))
}
