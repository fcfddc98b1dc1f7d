//! Through the small clients: of OpenSSL, with the adapter, and of rustls.

use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use lastmile::DnsName;
use lastmile::Rejection;
use lastmile_harness::Backend;
use lastmile_harness::Fields;
use lastmile_harness::openssl;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_rustls::Observer;
use lastmile_rustls::Presented;

use crate::Answers;
use crate::Found;
use crate::chains::Chain;
use crate::chains::chains;
use crate::support::openssl_program;
use crate::support::verifier;
use crate::support::with_case;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn every_chain_through_openssl() {
    let Some(openssl) = openssl("every chain through OpenSSL") else { return };
    let path = scratch("fields").join("openssl-chains");
    chains().iter().map(|chain| &chain.case).fold(Fields::new(), with_case).write(&path);
    let program = openssl_program("cases", &openssl).program("openssl-chains");
    let finished = run(Command::new(program).arg(path), Duration::from_secs(300));
    let mut answers = Answers::new("OpenSSL", include_str!("not_presented_by_openssl.txt"));
    for line in finished.expect_success().lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, _, connected, alert, _, code] = words[..] else { panic!("{line}") };
        let chain = chains().iter().find(|chain| chain.case.name == name).expect("a chain");
        let found = Found {
            code: (code != "-").then(|| code.to_owned()),
            log: None,
            is_answered: connected == "1",
            alert: alert.parse().ok(),
        };
        answers.add(chain, &found);
    }
    answers.finish(900, 24);
}

#[test]
fn every_chain_through_rustls() {
    let chains = chains();
    let backend = Backend::start(&chains[0].case.chain, chains[0].key);
    let mut answers = Answers::new("rustls", include_str!("refused_by_rustls.txt"));
    for version in rustls::ALL_VERSIONS {
        for chain in chains {
            backend.present(&chain.case.chain, chain.key);
            let code = Arc::new(Codes::default());
            let sni = DnsName::try_from(chain.case.hostname).expect("the hostnames are good");
            let client = lastmile_rustls::Backend::builder(verifier(&chain.case), sni)
                .protocol_versions(&[version])
                .observer(Arc::clone(&code) as _)
                .build()
                .expect("a client");
            let is_answered = ask(&client, &backend);
            let seen = backend.take_one(PATIENCE).expect("a connection");
            let code = code.0.lock().expect("no thread panicked").take();
            let alert = seen.alert();
            answers.add_by(chain, &Found { code, log: None, is_answered, alert }, rustls_alert);
        }
    }
    answers.finish(900, 24);
}

/// Whether a request is answered.
fn ask(client: &lastmile_rustls::Backend, backend: &Backend) -> bool {
    use std::io::Read;
    use std::io::Write;
    let socket = std::net::TcpStream::connect(backend.address).expect("it listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    let mut socket = socket;
    let mut connection = client.connect().expect("a connection");
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let request = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    let is_answered =
        stream.write_all(request).is_ok() && matches!(stream.read(&mut [0; 16]), Ok(1..));
    // What is unread when a socket is closed takes with it what was sent: the alert.
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(&mut socket, &mut std::io::sink());
    is_answered
}

/// The alert that rustls sends for a code, as its table says.
fn rustls_alert(chain: &Chain) -> u8 {
    let table = include_str!("../../../../rustls/src/alerts.md");
    let cell = format!("| `{}` |", chain.verdict.code);
    let row = table.lines().find(|line| line.starts_with(&cell)).expect("every code has a row");
    let alert = row.split('|').nth(3).and_then(|cell| cell.split_whitespace().next());
    alert.and_then(|number| number.parse().ok()).expect("a number")
}

#[derive(Debug, Default)]
struct Codes(Mutex<Option<String>>);

impl Observer for Codes {
    fn refused(&self, _: &Presented<'_>, rejection: &Rejection) {
        let code = rejection.reason().code().to_owned();
        *self.0.lock().expect("no thread panicked") = Some(code);
    }
}
