//! The small programs that a newcomer starts from: each accepts, refuses and has no verdict, at a real
//! server.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use lastmile_harness::Compiler;
use lastmile_harness::Library;
use lastmile_harness::has;
use lastmile_harness::libcurl;
use lastmile_harness::openssl;
use lastmile_harness::root;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use support::server::Server;

const RUNS_FOR: Duration = Duration::from_secs(60);
/// Programs of an example fit on a few screens.
const MOST_LINES: usize = 150;

#[test]
fn the_client_of_openssl_accepts_and_refuses() {
    let skipped = "the client of OpenSSL";
    let Some(openssl) = openssl(skipped) else { return };
    if has("openssl", "version", skipped) {
        let client = openssl_example("adapters/openssl/client.c", &[&openssl]);
        ask_the_client("openssl", &client.program("openssl-client"));
    }
}

#[test]
fn the_client_of_libcurl_accepts_and_refuses() {
    let skipped = "the client of libcurl";
    let (Some(openssl), Some(libcurl)) = (openssl(skipped), libcurl(skipped)) else { return };
    if !has("openssl", "version", skipped) {
        return;
    }
    let client = openssl_example("adapters/openssl/curl_client.c", &[&libcurl, &openssl]);
    let client = client.program("curl-client");
    let bundles = Bundles::write("curl");
    let server = Server::start("curl", &bundles.chain, &keys::P256_C);
    let url = |host: &str| format!("https://{host}:{}/", server.address.port());
    let ask = |bundle: &Path, urls: &[String]| {
        let finished = run(Command::new(&client).arg(bundle).args(urls), RUNS_FOR);
        (finished.status.code(), finished.output, finished.errors)
    };
    let (status, output, errors) = ask(&bundles.good, &[url("localhost")]);
    assert_eq!(status, Some(0), "{errors}");
    assert!(output.contains("s_server"), "{output}");
    let (status, _, errors) = ask(&bundles.other, &[url("localhost")]);
    assert_eq!(status, Some(1), "{errors}");
    assert!(errors.contains("local issuer"), "{errors}");
    assert_eq!(server.alert(), Some(48));
    // curl knows that this name leads here, and the certificate does not have it; one more after it.
    let urls = [url("localhost"), url("other.localhost"), url("localhost")];
    let (status, output, errors) = ask(&bundles.good, &urls);
    assert_eq!(status, Some(1), "{errors}");
    assert_eq!(output.matches("<HTML>").count(), 2, "{output}");
    assert!(errors.contains("mismatch"), "{errors}");
    assert_eq!(server.alert(), Some(42));
    assert_eq!(ask(&bundles.good, &["https://[".to_owned()]).0, Some(2));
    assert_eq!(ask(Path::new("/no/such/file"), &[url("localhost")]).0, Some(2));
}

#[test]
#[cfg(feature = "boringssl")]
fn the_client_of_boringssl_accepts_and_refuses() {
    if !has("openssl", "version", "the client of BoringSSL") {
        return;
    }
    let compiler = example("adapters/boringssl/client.c");
    let client = support::boringssl::with_boringssl(compiler).program("boringssl-client");
    ask_the_client("boringssl", &client);
}

/// `client HOST PORT NAME BUNDLE`, of any TLS library.
fn ask_the_client(name: &str, client: &Path) {
    let bundles = Bundles::write(name);
    let server = Server::start(name, &bundles.chain, &keys::P256_C);
    let ask = |host: &str, bundle: &Path| {
        let port = server.address.port().to_string();
        let mut command = Command::new(client);
        let finished = run(command.args(["127.0.0.1", &port, host]).arg(bundle), RUNS_FOR);
        (finished.status.code(), finished.output, finished.errors)
    };
    let (status, output, errors) = ask("localhost", &bundles.good);
    assert_eq!(status, Some(0), "{errors}");
    assert!(output.contains("s_server"), "{output}");
    let (status, output, errors) = ask("frontend.example.com", &bundles.good);
    assert_eq!((status, output.as_str()), (Some(1), ""), "{errors}");
    assert!(errors.contains("(name-mismatch, RFC 9525 6)") && errors.contains("try: "), "{errors}");
    assert_eq!(server.alert(), Some(42));
    let (status, _, errors) = ask("localhost", &bundles.other);
    assert_eq!(status, Some(1), "{errors}");
    assert!(errors.contains("(unknown-issuer, "), "{errors}");
    assert_eq!(server.alert(), Some(48));
    // Neither a bundle, nor a name, nor a server.
    let (status, _, errors) = ask("localhost", Path::new("/no/such/file"));
    assert_eq!(status, Some(2), "{errors}");
    assert!(errors.contains("/no/such/file"), "{errors}");
    assert_eq!(ask("a..b", &bundles.good).0, Some(2));
    drop(server);
    let finished = run(
        Command::new(client).args(["127.0.0.1", "1", "localhost"]).arg(&bundles.good),
        RUNS_FOR,
    );
    assert_eq!(finished.status.code(), Some(2), "{}", finished.errors);
}

fn openssl_example(path: &str, libraries: &[&[String]]) -> Compiler {
    let compiler =
        example(path).source("adapters/openssl/lastmile_openssl.c").flag("-Iadapters/openssl");
    libraries.iter().copied().flatten().fold(compiler, |compiler, flag| compiler.link(flag))
}

/// A program of ours, as short as was promised.
fn example(path: &str) -> Compiler {
    let text = fs::read_to_string(root().join(path)).expect("the program is there");
    let lines = text.lines().count();
    assert!(lines < MOST_LINES, "{path} has {lines} lines");
    Compiler::new(Library::with_features("")).source(path)
}

/// A chain for `localhost` that is good for a century, its anchor, and another of the same name.
struct Bundles {
    chain: Vec<Vec<u8>>,
    good: PathBuf,
    other: PathBuf,
}

impl Bundles {
    fn write(name: &str) -> Self {
        let century = |builder: CertificateBuilder| {
            builder.valid(time::START, time::utc(2126, 1, 1, 0, 0, 0))
        };
        let name_of = |common_name| DirectoryName::new().common_name(common_name);
        let root = Authority::self_signed(name_of("Example Root"), &keys::P256_A, century);
        let other = Authority::self_signed(name_of("Example Root"), &keys::P256_H, century);
        let intermediate =
            root.subordinate(name_of("Example Intermediate"), &keys::P256_B, century);
        let names = [general_name::dns("localhost")];
        let leaf = intermediate.issue(century(CertificateBuilder::leaf("localhost")).names(&names));
        let folder = scratch(&format!("bundles-{name}"));
        let write = |name: &str, certificate: &[u8]| {
            let path = folder.join(name);
            let bundle = case::certificates(&[certificate.to_vec()]);
            fs::write(&path, bundle).expect("a file is written");
            path
        };
        Self {
            chain: vec![leaf, intermediate.certificate],
            good: write("good.pem", &root.certificate),
            other: write("other.pem", &other.certificate),
        }
    }
}
