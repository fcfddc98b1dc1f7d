//! Servers that resume sessions, each in another way.

use std::net::SocketAddr;
use std::sync::Arc;

use lastmile_testdata::keys;
use rustls::ClientConnection;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::ProtocolVersion;
use rustls::SupportedProtocolVersion;
use rustls::crypto::ring::Ticketer;
use rustls::version::TLS12;
use rustls::version::TLS13;

use super::client;
use super::keys::with_ring;
use super::openssl;
use super::openssl::Ended;
use super::openssl::OpensslServer;
use super::server;
use super::server::Presenter;
use super::server::Server;

/// A server that offers to resume, in one version of TLS, with the key P256_C.
#[derive(Debug)]
pub(crate) struct Host {
    /// How it keeps sessions.
    pub(crate) way: &'static str,
    pub(crate) version: &'static SupportedProtocolVersion,
    server: Kind,
}

#[derive(Debug)]
enum Kind {
    Openssl(OpensslServer),
    Rustls(Server, Arc<Presenter>),
}

impl Host {
    /// One of rustls for each way, and the same of OpenSSL if there is one.
    pub(crate) fn all(chain: &[Vec<u8>]) -> Vec<Self> {
        let mut hosts = Self::of_rustls(chain);
        if openssl::version().is_some() {
            hosts.extend(Self::of_openssl(chain));
        }
        hosts
    }

    pub(crate) fn of_rustls(chain: &[Vec<u8>]) -> Vec<Self> {
        let host = |way, version, tickets| {
            let key = with_ring(&keys::P256_C).expect("ring signs with P-256");
            let presenter = Presenter::new(chain, key);
            let mut config = server::config(presenter.clone());
            // An offer that no client here may take.
            config.max_early_data_size = 1024;
            if tickets {
                config.ticketer = Ticketer::new().expect("there is randomness");
            }
            Self { way, version, server: Kind::Rustls(Server::start(config), presenter) }
        };
        vec![
            host("rustls, session ids", &TLS12, false),
            host("rustls, tickets of TLS 1.2", &TLS12, true),
            host("rustls, tickets of TLS 1.3 that name a session", &TLS13, false),
            host("rustls, tickets of TLS 1.3 that are one", &TLS13, true),
        ]
    }

    fn of_openssl(chain: &[Vec<u8>]) -> Vec<Self> {
        let host = |way, version, options: &[&str]| {
            let server = OpensslServer::start(chain, &keys::P256_C, options);
            Self { way, version, server: Kind::Openssl(server.expect("these chains are sound")) }
        };
        vec![
            host("OpenSSL, session ids", &TLS12, &["-no_ticket"]),
            host("OpenSSL, tickets of TLS 1.2", &TLS12, &[]),
            host(
                "OpenSSL, tickets of TLS 1.3 that name a session",
                &TLS13,
                &["-no_ticket", "-max_early_data", "1024"],
            ),
            host("OpenSSL, tickets of TLS 1.3 that are one", &TLS13, &[]),
        ]
    }

    /// Presents another chain from now on, and still knows its sessions.
    pub(crate) fn renew(&self, chain: &[Vec<u8>]) {
        let Kind::Rustls(_, presenter) = &self.server else {
            panic!("OpenSSL reads its certificates once");
        };
        presenter.present(chain, with_ring(&keys::P256_C).expect("ring signs with P-256"));
    }

    /// Whether it offers to read what comes before the handshake is done.
    pub(crate) fn takes_early_data(&self) -> bool {
        self.version.version == ProtocolVersion::TLSv1_3 && self.way.ends_with("name a session")
    }

    /// One connection, of which both sides say the same.
    pub(crate) fn connect(&self, mut connection: ClientConnection) -> Result<HandshakeKind, Error> {
        assert!(connection.early_data().is_none(), "{}: early data", self.way);
        let outcome = client::connect(connection, self.address());
        match &self.server {
            Kind::Rustls(server, _) => {
                let seen = server.seen();
                assert_eq!(seen.outcome.as_ref().ok(), outcome.as_ref().ok(), "{seen:?}");
            }
            Kind::Openssl(server) => {
                let seen = server.seen();
                assert_eq!(seen.ended == Ended::InOrder, outcome.is_ok(), "{seen:?}");
            }
        }
        outcome
    }

    fn address(&self) -> SocketAddr {
        match &self.server {
            Kind::Openssl(server) => server.address,
            Kind::Rustls(server, _) => server.address,
        }
    }
}
