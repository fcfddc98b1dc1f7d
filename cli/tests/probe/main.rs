//! `lastmile probe`: what it says of real servers on the loopback, good and bad.

use std::sync::Arc;
use std::sync::LazyLock;

use lastmile_testdata::case::Case;
use lastmile_testdata::cases;

mod accepted;
mod documents;
mod hostile;
mod refused;
mod several;
mod usage;

#[path = "../support/mod.rs"]
mod support;

/// Servers that present any octets, from the tests of the adapter.
#[allow(dead_code, reason = "the tests of the adapter use the rest")]
#[path = "../../../rustls/tests/support"]
mod tls {
    pub(crate) mod client;
    pub(crate) mod keys;
    pub(crate) mod server;
}

use support::Said;
use tls::server::Presenter;
use tls::server::Server;

const HOST: &str = "backend.example.com";

/// A server that presents the chain of the quick start.
fn quickstart() -> Server {
    Server::start(tls::server::config(presenter()))
}

fn presenter() -> Arc<Presenter> {
    let chain = chain(&support::read(support::CHAIN));
    let key = tls::keys::key_of(&chain[0]).expect("a committed key");
    Presenter::new(&chain, tls::keys::with_ring(key).expect("ring signs with it"))
}

/// The certificates of PEM.
fn chain(pem: &[u8]) -> Vec<Vec<u8>> {
    let blocks = lastmile::pem::blocks(pem);
    blocks.map(|block| block.and_then(|block| block.decode()).expect("a certificate")).collect()
}

/// A server that presents the chain of a case.
fn of_case(case: &Case) -> Server {
    let key = tls::keys::key_of(&case.chain[0]).expect("a committed key");
    let key = tls::keys::with_ring(key).expect("ring signs with it");
    Server::start(tls::server::config(Presenter::new(&case.chain, key)))
}

fn case(name: &str) -> Case {
    // Making them takes a second.
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases::all);
    let found = CASES.iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("there is no case {name}")).clone()
}

/// Probes a server by the policy of the quick start.
fn probe(target: &str, more: &[&str]) -> Said {
    let policy = ["probe", target, "--ca", support::CA, "--hostname", HOST];
    support::lastmile(&[&policy, more].concat())
}
