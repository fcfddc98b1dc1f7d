//! Servers that do anything but a handshake: one line each, exit status 2, within the time-out.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use lastmile_testdata::algorithm;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case::certificates;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::der;
use lastmile_testdata::keys as committed;
use rustls::ServerConfig;
use rustls::SignatureScheme;
use rustls::crypto::ring;
use rustls::version::TLS12;
use rustls::version::TLS13;
use socket2::Domain;
use socket2::Socket;
use socket2::Type;

use super::HOST;
use super::Presenter;
use super::Server;
use super::case;
use super::chain;
use super::probe;
use super::support;
use super::support::CHAIN;
use super::support::lastmile;
use super::tls::client::PATIENCE;
use super::tls::keys::Forced;
use super::tls::keys::with_ring;

/// Listens until it is dropped, and does one thing to each connection.
pub(crate) struct Raw {
    pub(crate) address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    fn start(serve: impl Fn(TcpStream, &AtomicBool) -> io::Result<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let stopped = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stopped);
        let thread = thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                if until.load(Ordering::SeqCst) {
                    return;
                }
                // The client goes away when it likes.
                let _ = socket.set_read_timeout(Some(PATIENCE));
                let _ = serve(socket, &until);
            }
        });
        Self { address, stopped, thread: Some(thread) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Accepts, and says nothing until the client goes away.
pub(crate) fn silent() -> Raw {
    Raw::start(|mut socket, _| io::copy(&mut socket, &mut io::sink()).map(drop))
}

/// Reads the client's first message, says something, and closes in order.
fn saying(octets: &'static [u8]) -> Raw {
    Raw::start(move |mut socket, _| {
        let _ = socket.read(&mut [0; 4096])?;
        socket.write_all(octets)?;
        socket.shutdown(std::net::Shutdown::Write)?;
        io::copy(&mut socket, &mut io::sink()).map(drop)
    })
}

/// A refusal to say anything: one line, status 2, no later than the time-out and a little.
#[track_caller]
fn assert_no_verdict(address: SocketAddr, expected: &str) {
    let target = address.to_string();
    for format in ["text", "json"] {
        let start = Instant::now();
        let said = probe(&target, &["--handshake-timeout", "1", "--format", format]);
        let took = start.elapsed();
        assert!(took < Duration::from_millis(1800), "{expected}: {took:?}");
        assert_eq!(said.status, Some(2), "{expected}: {}", said.stdout);
        assert_eq!(said.stderr, format!("error: {target}: {expected}\n"));
        if format == "json" {
            assert_eq!(said.json()["error"]["message"], format!("{target}: {expected}"));
        }
    }
}

#[test]
fn what_is_not_tls_is_shown() {
    for (octets, shown) in [
        (&b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"[..], "HTTP/1.1 400 Bad Request"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2"),
        (b"220 mail ESMTP\x1b[31m\r\n", "220 mail ESMTP\\u{1b}[31m"),
        (b"\x16\x02", "\\u{16}\\u{2}"),
        (b"H", "H"),
        (b"\r\nlogin: ", "login: "),
    ] {
        let server = saying(octets);
        let expected = format!("the server does not speak TLS: it said \"{shown}\"");
        assert_no_verdict(server.address, &expected);
    }
}

#[test]
fn a_connection_that_ends_early_is_told_from_one_that_stalls() {
    let server = saying(b"");
    assert_no_verdict(server.address, "the server closed the connection without a word");
    let server = saying(b"\x16\x03\x03\x40\x00half");
    assert_no_verdict(
        server.address,
        "the server closed the connection in the middle of the handshake, after 9 octets",
    );
    let server = silent();
    assert_no_verdict(server.address, "the server said nothing within 1 s");
    // Half a record, and then nothing.
    let server = Raw::start(|mut socket, _| {
        socket.write_all(b"\x16\x03\x03\x40\x00half")?;
        io::copy(&mut socket, &mut io::sink()).map(drop)
    });
    assert_no_verdict(
        server.address,
        "the handshake was not done within 1 s: the server said 9 octets of it",
    );
}

/// What is unread when a socket is closed makes the kernel reset the connection.
#[test]
fn a_reset_is_one() {
    let server = Raw::start(|socket, _| {
        thread::sleep(Duration::from_millis(100));
        drop(socket);
        Ok(())
    });
    assert_no_verdict(
        server.address,
        "the server reset the connection, after 0 octets of the handshake",
    );
}

/// Each octet comes in time, and the whole does not.
#[test]
fn octets_that_trickle_do_not_extend_the_time() {
    let server = Raw::start(|mut socket, until| {
        socket.write_all(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")?;
        while !until.load(Ordering::SeqCst) {
            socket.write_all(b"\x00")?;
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    });
    let target = server.address.to_string();
    let start = Instant::now();
    let said = probe(&target, &["--handshake-timeout", "1"]);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(said.status, Some(2));
    assert!(said.stderr.contains("the handshake was not done within 1 s"), "{}", said.stderr);
}

#[test]
fn an_endless_flood_is_cut() {
    let server = Raw::start(|mut socket, until| {
        // A certificate message of 16 MiB less one, in whole records.
        let mut record = vec![0x16, 0x03, 0x03, 0x40, 0x00, 0x0b, 0xff, 0xff, 0xff];
        record.resize(5 + 0x4000, 0);
        while !until.load(Ordering::SeqCst) {
            socket.write_all(&record)?;
        }
        Ok(())
    });
    assert_no_verdict(
        server.address,
        "the server sends a message beyond 64 KiB: too many or too large certificates",
    );
}

#[test]
fn ten_megabytes_of_certificates_are_not_read() {
    let key = with_ring(&committed::P256_C).expect("P-256");
    let many = vec![vec![0; 65_000]; 160];
    for version in [&TLS12, &TLS13] {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("ring has it")
            .with_no_client_auth()
            .with_cert_resolver(Presenter::new(&many, Arc::clone(&key)));
        let server = Server::start(config);
        assert_no_verdict(
            server.address,
            "the server sends a message beyond 64 KiB: too many or too large certificates",
        );
    }
}

/// A good chain is public: whoever presents it must prove to have its key.
#[test]
fn a_chain_without_its_key_is_no_verdict() {
    let presented = chain(&support::read(CHAIN));
    let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
    for version in [&TLS12, &TLS13] {
        let serve = |key: &'static committed::Key| {
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_protocol_versions(&[version])
                .expect("ring has it")
                .with_no_client_auth()
                .with_cert_resolver(Presenter::new(&presented, Arc::new(Forced::new(key, scheme))));
            Server::start(config)
        };
        let server = serve(&committed::P256_D);
        assert_no_verdict(
            server.address,
            "the server does not prove that it has the key of its certificate: its signature of \
             the handshake is not by that key",
        );
        let server = serve(&committed::P256_C);
        assert_eq!(probe(&server.address.to_string(), &[]).status, Some(0), "with its key");
    }
}

/// The policy leaves the leaf's own key to the handshake, and says whose fault it is there.
#[test]
fn a_key_that_no_handshake_is_verified_with_is_named() {
    let mut case = case("public-key-rsa1024-on-leaf-accepted");
    let scheme = SignatureScheme::RSA_PSS_SHA256;
    for (key, expected) in [
        (
            &committed::RSA1024_A,
            Some(
                "the handshake cannot be verified: the RSA key of certificate 0 has 1024 \
                 bits, and 2048 to 8192 are accepted",
            ),
        ),
        (&committed::RSA2048_A, None),
    ] {
        let root = Authority::root("Example Root", &committed::P256_A);
        case.chain = vec![root.issue(CertificateBuilder::leaf(HOST).key(key))];
        case.anchors = vec![root.certificate];
        for version in [&TLS12, &TLS13] {
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_protocol_versions(&[version])
                .expect("ring has it")
                .with_no_client_auth()
                .with_cert_resolver(Presenter::new(
                    &case.chain,
                    Arc::new(Forced::new(key, scheme)),
                ));
            let server = Server::start(config);
            let target = server.address.to_string();
            let bundle = certificates(&case.anchors);
            let bundle = support::file(&format!("key-{}.pem", server.address.port()), bundle);
            let now = "2026-06-01T00:00:00Z";
            let policy = ["--ca", &bundle, "--hostname", HOST, "--time", now];
            let saved = support::file(&format!("key-{}-saved.pem", server.address.port()), "");
            let said = lastmile(&[&["probe", &target, "--save", &saved], &policy[..]].concat());
            match expected {
                None => assert_eq!(said.status, Some(0), "{}", said.stderr),
                Some(expected) => {
                    assert_eq!(said.stderr, format!("error: {target}: {expected}\n"));
                    assert_eq!(said.status, Some(2), "{}", said.stdout);
                }
            }
            // What was presented is shown and kept, whatever came of it.
            assert!(said.stdout.contains("\n  presents 0  CN=backend.example.com; "));
            assert_eq!(chain(&support::read(&saved)), case.chain);
        }
    }
}

/// Whatever is repeated of a certificate is cut.
#[test]
fn no_line_repeats_a_certificate() {
    let root = Authority::root("Example Root", &committed::P256_A);
    let parameters = der::octet_string(&[7; 20_000]);
    let algorithm = algorithm::identifier("1.2.840.10045.2.1", &parameters);
    let spki = der::sequence(&[algorithm, der::bit_string(&committed::P256_C.bits())]);
    let presented = [root.issue(CertificateBuilder::leaf(HOST).spki(spki))];
    let key = Forced::new(&committed::P256_C, SignatureScheme::ECDSA_NISTP256_SHA256);
    let bundle = support::file("long-key.pem", certificates(&[root.certificate]));
    for version in [&TLS12, &TLS13] {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("ring has it")
            .with_no_client_auth()
            .with_cert_resolver(Presenter::new(&presented, Arc::new(key.clone())));
        let server = Server::start(config);
        let target = server.address.to_string();
        let policy = ["--ca", &bundle, "--hostname", HOST, "--time", "2026-06-01T00:00:00Z"];
        let said = lastmile(&[&["probe", &target], &policy[..]].concat());
        assert_eq!((said.status, said.stderr.lines().count()), (Some(2), 1), "{}", said.stderr);
        assert!(said.stderr.len() < 500, "{} octets", said.stderr.len());
        assert!(said.stderr.contains("the handshake cannot be verified: "), "{}", said.stderr);
    }
}

#[test]
fn a_server_that_lets_nobody_connect_is_given_up() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any_port.into()).expect("a free port");
    socket.listen(0).expect("it can listen");
    let address = socket.local_addr().expect("bound").as_socket().expect("IPv4");
    // Until its queue is full, which nobody empties.
    let mut queue = Vec::new();
    while let Ok(waiting) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        queue.push(waiting);
        assert!(queue.len() < 100, "the queue has no end");
    }
    let target = address.to_string();
    for (options, expected) in [
        (["--connect-timeout", "0.5"], format!("no connection to {target} within 0.5 s")),
        // The whole is over before.
        (["--timeout", "0.7"], format!("no connection to {target} within 0.7 s")),
    ] {
        let start = Instant::now();
        let said = probe(&target, &options);
        assert!(start.elapsed() < Duration::from_millis(1300), "{:?}", start.elapsed());
        let expected = format!("error: {target}: {expected}\n");
        assert_eq!((said.status, said.stderr), (Some(2), expected));
    }
}

#[test]
fn the_whole_may_end_before_the_handshake_does() {
    let server = silent();
    let target = server.address.to_string();
    let start = Instant::now();
    let said = probe(&target, &["--timeout", "0.5"]);
    assert!(start.elapsed() < Duration::from_millis(1300), "{:?}", start.elapsed());
    let expected = format!("error: {target}: the server said nothing within 0.5 s\n");
    assert_eq!((said.status, said.stderr), (Some(2), expected));
}

#[test]
fn nobody_there_is_said_in_time() {
    let start = Instant::now();
    // RFC 6761 6.4: never resolved.
    let said = probe("nowhere.invalid:443", &["--timeout", "2"]);
    assert_eq!(said.status, Some(2), "{}", said.stdout);
    assert!(said.stderr.contains("no address of "), "{}", said.stderr);
    // RFC 5737 3: connected to by nobody.
    let said = probe("192.0.2.1:443", &["--connect-timeout", "1"]);
    assert_eq!(said.status, Some(2), "{}", said.stdout);
    assert!(said.stderr.starts_with("error: 192.0.2.1:443: "), "{}", said.stderr);
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
}
