//! The examples do what they say, against a server on the loopback.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use lastmile_rustls::Backend;
use lastmile_testdata::keys;
use lastmile_testdata::pem;
use lastmile_testdata::quickstart;
use lastmile_testdata::quickstart::HOSTNAME;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;
use tokio::time::timeout;

#[path = "../examples/hyper.rs"]
#[allow(dead_code, reason = "main is not called")]
mod with_hyper;
#[path = "../examples/tokio.rs"]
#[allow(dead_code, reason = "main is not called")]
mod with_tokio;

mod support;

use support::client::PATIENCE;
use support::keys::with_ring;
use support::policy::Notes;
use support::server;
use support::server::Presenter;
use support::server::Server;

type Failure = Box<dyn Error + Send + Sync>;

const OTHER: &str = "frontend.example.com";

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";

#[test]
fn hyper_gets_an_answer_of_a_good_backend_and_the_sni_is_not_the_host_of_the_url() {
    let server = serve(OK);
    let backend = with_hyper::backend(&file("ca.pem"), HOSTNAME, Arc::new(Notes::default()));
    let url = format!("https://{}/", server.address);
    let status = run(with_hyper::get(&backend.expect("a backend"), &url));
    assert_eq!(status.expect("the chain is good"), 200);
    assert_eq!(server.seen().server_name.as_deref(), Some(HOSTNAME));
}

#[test]
fn hyper_is_refused_by_each_bad_policy_and_the_explanation_says_why() {
    for (policy, said) in bad() {
        let server = serve(OK);
        let notes = Arc::new(Notes::default());
        let backend = with_hyper::backend(&file(policy.0), policy.1, notes.clone());
        let url = format!("https://{}/", server.address);
        let refused = run(with_hyper::get(&backend.expect("a backend"), &url));
        assert!(is_invalid_certificate(&*refused.expect_err(said)), "{said}");
        assert!(explanation(&notes).starts_with(said), "{}", explanation(&notes));
    }
}

#[test]
fn tokio_talks_to_a_good_backend() {
    let server = serve(b".");
    let backend = with_tokio::backend(&file("ca.pem"), HOSTNAME, Arc::new(Notes::default()));
    let backend = backend.expect("a backend");
    let answer = run(async {
        let mut stream = talk(&backend, server.address).await?;
        stream.write_all(b"line\n").await?;
        let mut answer = [0];
        stream.read_exact(&mut answer).await?;
        stream.shutdown().await?;
        Ok(answer)
    });
    assert_eq!(answer.expect("the chain is good"), *b".");
    assert_eq!(server.seen().server_name.as_deref(), Some(HOSTNAME));
}

#[test]
fn tokio_is_refused_by_each_bad_policy_and_the_explanation_says_why() {
    for (policy, said) in bad() {
        let server = serve(b".");
        let notes = Arc::new(Notes::default());
        let backend = with_tokio::backend(&file(policy.0), policy.1, notes.clone());
        let backend = backend.expect("a backend");
        let refused = run(talk(&backend, server.address)).map(|_| ());
        assert!(is_invalid_certificate(&*refused.expect_err(said)), "{said}");
        assert!(explanation(&notes).starts_with(said), "{}", explanation(&notes));
    }
}

async fn talk(
    backend: &Backend,
    address: SocketAddr,
) -> Result<tokio_rustls::client::TlsStream<tokio::net::TcpStream>, Failure> {
    with_tokio::connect(backend, &address.to_string()).await
}

/// Bundles and names with which the quickstart is refused, and how the explanation begins.
fn bad() -> [((&'static str, &'static str), &'static str); 2] {
    [
        (("ca.pem", OTHER), "refused: the certificate is not valid for frontend.example.com"),
        (
            ("ca-other.pem", HOSTNAME),
            "refused: anchor 0 bears the name of the issuer of certificate 1",
        ),
    ]
}

/// The only refusal that was told.
fn explanation(notes: &Notes) -> String {
    let told = notes.all();
    let [told] = told.as_slice() else { panic!("told {} times", told.len()) };
    told.verdict.as_ref().expect_err("it is refused").explanation().to_string()
}

/// Whether rustls' refusal of a certificate is among the causes.
fn is_invalid_certificate(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    // An error of I/O does not count what it wraps among its sources.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => is_invalid_certificate(wrapped),
        None => error.source().is_some_and(is_invalid_certificate),
    }
}

fn file(name: &str) -> Vec<u8> {
    let found = quickstart::files().into_iter().find(|(found, _)| *found == name);
    found.expect("the quickstart has it").1.into_bytes()
}

/// Presents the chain of the quickstart, and answers so.
fn serve(answer: &'static [u8]) -> Server {
    let chain = String::from_utf8(file("chain.pem")).expect("PEM");
    let blocks = chain.split_inclusive("-----END CERTIFICATE-----");
    let chain: Vec<_> = blocks.filter_map(|block| pem::decode("CERTIFICATE", block)).collect();
    let key = with_ring(&keys::P256_C).expect("ring signs with P-256");
    Server::answering(server::config(Presenter::new(&chain, key)), answer)
}

/// In a runtime of its own, and not for ever.
fn run<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE, future).await.expect("in time") })
}
