//! Sessions that are resumed, which nobody verifies: what rustls does, and what a backend does.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_rustls::Backend;
use lastmile_rustls::BackendVerifier;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case::Case;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::DigitallySignedStruct;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::SignatureScheme;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;

mod support;

use support::hosts::Host;
use support::policy;
use support::policy::Clock;
use support::policy::Notes;

use HandshakeKind::Full;
use HandshakeKind::Resumed;

/// The last second of the leaf, and of the whole path: some time before its issuers end.
const LAST: i64 = time::utc(2026, 6, 1, 0, 0, 0);

/// The same of a renewed leaf. Not much later, for tickets have a lifetime too.
const RENEWED: i64 = LAST + 100;

/// How many sessions a backend keeps that keeps any.
const MOST: usize = 32;

/// The hole: rustls by itself resumes, and asks no verifier. A policy that would refuse the chain
/// lets it pass.
#[test]
fn rustls_asks_no_verifier_about_a_session_that_it_resumes() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let verifier = Arc::new(Swapped::new(policy::verifier(&case)));
        let config = with_defaults(&host, verifier.clone());
        let connect = |config: &Arc<ClientConfig>| {
            let name = ServerName::try_from(case.hostname).expect("a host name");
            host.connect(ClientConnection::new(Arc::clone(config), name).expect("a connection"))
        };
        assert_eq!(connect(&config), Ok(Full), "{}", host.way);
        verifier.swap(refusing(&case));
        assert_eq!(connect(&config), Ok(Resumed), "{}", host.way);
        assert_eq!(verifier.asked.load(Ordering::SeqCst), 1, "{}", host.way);
        // The same verifier refuses where there is no session.
        let anew = with_defaults(&host, verifier.clone());
        assert_eq!(connect(&anew), Err(CertificateError::UnknownIssuer.into()), "{}", host.way);
        assert_eq!(verifier.asked.load(Ordering::SeqCst), 2, "{}", host.way);
    }
}

#[test]
fn a_backend_resumes_nothing_by_default_and_is_asked_of_each_connection() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let notes = Arc::new(Notes::default());
        let backend = policy::backend(&case).clock(Clock::at(LAST)).observer(notes.clone());
        let backend = backend.protocol_versions(&[host.version]).build().expect("a backend");
        for _ in 0..3 {
            assert_eq!(connect(&host, &backend), Ok(Full), "{}", host.way);
            assert_eq!(notes.take().len(), 1, "{}", host.way);
        }
    }
}

#[test]
fn sessions_are_resumed_for_one_policy_and_another_one_refuses() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let accepting = Kept::new(&host, &case, policy::verifier(&case));
        assert_eq!(accepting.connect(&host), (Ok(Full), 1), "{}", host.way);
        assert_eq!(accepting.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        let refusing = Kept::new(&host, &case, refusing(&case));
        let digests = [&accepting, &refusing].map(|kept| *kept.backend.verifier().digest());
        assert_ne!(digests[0], digests[1], "{}", host.way);
        let refused = CertificateError::UnknownIssuer.into();
        assert_eq!(refusing.connect(&host), (Err(refused), 1), "{}", host.way);
        // What another policy refuses changes nothing for the first.
        assert_eq!(accepting.connect(&host), (Ok(Resumed), 0), "{}", host.way);
    }
}

#[test]
fn two_backends_share_no_session_even_of_one_digest() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let [one, other] = [(); 2].map(|()| Kept::new(&host, &case, policy::verifier(&case)));
        assert_eq!(one.backend.verifier().digest(), other.backend.verifier().digest());
        for kept in [&one, &other] {
            assert_eq!(kept.connect(&host), (Ok(Full), 1), "{}", host.way);
            assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        }
    }
}

#[test]
fn a_session_is_resumed_in_the_last_second_of_the_chain_and_not_in_the_next() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let kept = Kept::new(&host, &case, policy::verifier(&case));
        assert_eq!(kept.connect(&host), (Ok(Full), 1), "{}", host.way);
        kept.clock.set(LAST);
        let before = kept.backend.config();
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        kept.clock.set(LAST + 1);
        let (outcome, told) = kept.connect(&host);
        let expired = Err(expired_at(LAST + 1));
        assert_eq!((outcome, told), (expired.clone(), 1), "{}", host.way);
        // Whoever kept the configuration gets no further with it.
        assert_eq!(kept.connect_with(&host, &before), (expired, 1), "{}", host.way);
        assert!(!Arc::ptr_eq(&before, &kept.backend.config()), "{}", host.way);
    }
}

/// The server presents a chain with a later end, and would still resume the old sessions.
#[test]
fn with_a_renewed_chain_the_backend_begins_anew_after_the_end_of_the_old_one() {
    let case = chain();
    let renewed = policy::issued(|leaf| leaf.valid(time::START, RENEWED));
    for host in Host::of_rustls(&case.chain) {
        let kept = Kept::new(&host, &case, policy::verifier(&case));
        let before = kept.backend.config();
        assert_eq!(kept.connect(&host), (Ok(Full), 1), "{}", host.way);
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        host.renew(&renewed.chain);
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}: it has not ended", host.way);
        kept.clock.set(LAST + 1);
        assert_eq!(kept.connect(&host), (Ok(Full), 1), "{}", host.way);
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        // The configuration from before never resumes again: its end is the old one.
        for _ in 0..2 {
            assert_eq!(kept.connect_with(&host, &before), (Ok(Full), 1), "{}", host.way);
        }
        // Nor does it disturb the sessions of the new one.
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        kept.clock.set(RENEWED);
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
        kept.clock.set(RENEWED + 1);
        assert_eq!(kept.connect(&host), (Err(expired_at(RENEWED + 1)), 1), "{}", host.way);
    }
}

/// rustls does not say which handshake a session is of: whichever came first or last.
#[test]
fn the_earliest_end_of_all_verdicts_counts_for_every_session() {
    let (short, long) = (chain(), policy::issued(|leaf| leaf));
    // Two endpoints of a backend, neither of which knows the sessions of the other.
    let hosts = Host::of_rustls(&long.chain).into_iter().zip(Host::of_rustls(&short.chain));
    for (long_host, short_host) in hosts {
        for first_and_second in [[&long_host, &short_host], [&short_host, &long_host]] {
            let kept = Kept::new(&long_host, &long, policy::verifier(&long));
            for host in first_and_second {
                assert_eq!(kept.connect(host), (Ok(Full), 1), "{}", host.way);
            }
            // The sessions that are kept are now those of the chain that ends late.
            let _ = kept.connect(&long_host);
            assert_eq!(kept.connect(&long_host), (Ok(Resumed), 0), "{}", long_host.way);
            kept.clock.set(LAST + 1);
            assert_eq!(kept.connect(&long_host), (Ok(Full), 1), "{}", long_host.way);
            assert_eq!(kept.connect(&long_host), (Ok(Resumed), 0), "{}", long_host.way);
        }
    }
}

#[test]
fn a_configuration_with_its_own_observer_tells_it_alone_and_resumes_nothing() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let kept = Kept::new(&host, &case, policy::verifier(&case));
        assert_eq!(kept.connect(&host), (Ok(Full), 1), "{}", host.way);
        let own = Arc::new(Notes::default());
        let config = kept.backend.config_observed_by(own.clone()).expect("a configuration");
        let config = Arc::new(config);
        for _ in 0..2 {
            assert_eq!(kept.connect_with(&host, &config), (Ok(Full), 0), "{}", host.way);
            assert_eq!(own.take().len(), 1, "{}", host.way);
        }
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
    }
}

/// A ticket of TLS 1.3 serves once, the session of TLS 1.2 any number of times.
#[test]
fn as_many_tickets_are_kept_as_are_asked_for() {
    let case = chain();
    for host in Host::of_rustls(&case.chain) {
        for most in [1, 3, 20, usize::MAX] {
            let kept = Kept::keeping(most, &host, &case, policy::verifier(&case));
            // Each connection of TLS 1.3 uses a ticket at the most, and brings two.
            for _ in 0..40 {
                assert!(kept.connect(&host).0.is_ok(), "{}", host.way);
            }
            // A ticket is taken when a connection is made.
            let connections: Vec<ClientConnection> =
                (0..30).map(|_| kept.backend.connect().expect("a connection")).collect();
            let outcomes = connections.into_iter().map(|connection| host.connect(connection));
            let resumed = outcomes.filter(|outcome| *outcome == Ok(Resumed)).count();
            let expected = if host.way.contains("TLS 1.3") { most.min(30) } else { 30 };
            assert_eq!(resumed, expected, "{}: {most} asked for", host.way);
        }
    }
}

/// What was verified at a time says nothing of an earlier one.
#[test]
fn nothing_is_resumed_while_the_clock_is_before_the_last_verdict() {
    let case = chain();
    for host in Host::all(&case.chain) {
        let kept = Kept::new(&host, &case, policy::verifier(&case));
        assert_eq!(kept.connect(&host), (Ok(Full), 1), "{}", host.way);
        kept.clock.set(time::START - 1);
        let (outcome, told) = kept.connect(&host);
        assert!(outcome.is_err() && told == 1, "{}: {outcome:?}", host.way);
        kept.clock.set(LAST - 10);
        // The refusal took a ticket, and servers bring two.
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
    }
}

/// Whoever sends another name than the stanza's has no session under it.
#[test]
fn sessions_are_kept_for_the_name_of_the_backend_only() {
    let case = chain();
    for host in Host::of_rustls(&case.chain) {
        let kept = Kept::new(&host, &case, policy::verifier(&case));
        for _ in 0..2 {
            let name = ServerName::try_from("another.example").expect("a host name");
            let connection = ClientConnection::new(kept.backend.config(), name);
            assert_eq!(host.connect(connection.expect("a connection")), Ok(Full), "{}", host.way);
        }
        assert_eq!(kept.connect(&host), (Ok(Full), 3), "{}", host.way);
        assert_eq!(kept.connect(&host), (Ok(Resumed), 0), "{}", host.way);
    }
}

/// The servers offer it, and every connection of these tests asserts that there is none.
#[test]
fn early_data_is_off_in_every_configuration() {
    let case = chain();
    for most in [0, MOST] {
        let backend = policy::backend(&case).clock(Clock::at(LAST)).keep_sessions(most);
        let backend = backend.build().expect("a backend");
        assert!(!backend.config().enable_early_data);
        let observed = backend.config_observed_by(Arc::new(Notes::default()));
        assert!(!observed.expect("a configuration").enable_early_data);
    }
    // What a client that takes the offer has.
    for host in Host::all(&case.chain).iter().filter(|host| host.takes_early_data()) {
        let mut config = with_defaults(host, Arc::new(Swapped::new(policy::verifier(&case))));
        Arc::get_mut(&mut config).expect("nobody else has it").enable_early_data = true;
        let connection = || {
            let name = ServerName::try_from(case.hostname).expect("a host name");
            ClientConnection::new(Arc::clone(&config), name).expect("a connection")
        };
        assert_eq!(host.connect(connection()), Ok(Full), "{}", host.way);
        assert!(connection().early_data().is_some(), "{}: nothing is offered", host.way);
    }
}

/// Good, with a leaf that ends first.
fn chain() -> Case {
    policy::issued(|leaf| leaf.valid(time::START, LAST))
}

/// The same names under other roots.
fn refusing(case: &Case) -> Verifier {
    let root = Authority::root("Another Root", &keys::P256_D);
    let anchors = TrustAnchors::from_der([root.certificate]).expect("a root");
    Verifier::builder(anchors, ExpectedNames::dns(case.hostname).expect("a name")).build()
}

fn expired_at(now: i64) -> Error {
    let at = |seconds: i64| {
        let seconds = u64::try_from(seconds).expect("after 1970");
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
    };
    CertificateError::ExpiredContext { time: at(now), not_after: at(now - 1) }.into()
}

fn connect(host: &Host, backend: &Backend) -> Result<HandshakeKind, Error> {
    host.connect(backend.connect().expect("a connection"))
}

/// A backend that keeps sessions, its clock, and what its observer was told.
struct Kept {
    backend: Backend,
    clock: Arc<Clock>,
    notes: Arc<Notes>,
}

impl Kept {
    fn new(host: &Host, case: &Case, verifier: Verifier) -> Self {
        Self::keeping(MOST, host, case, verifier)
    }

    fn keeping(most: usize, host: &Host, case: &Case, verifier: Verifier) -> Self {
        let (clock, notes) = (Clock::at(LAST - 10), Arc::new(Notes::default()));
        let backend = policy::backend_of(case, verifier)
            .clock(clock.clone())
            .observer(notes.clone())
            .protocol_versions(&[host.version])
            .keep_sessions(most)
            .build()
            .expect("a backend");
        Self { backend, clock, notes }
    }

    /// How a connection ends, and how often the observer was told.
    fn connect(&self, host: &Host) -> (Result<HandshakeKind, Error>, usize) {
        self.connect_with(host, &self.backend.config())
    }

    fn connect_with(
        &self,
        host: &Host,
        config: &Arc<ClientConfig>,
    ) -> (Result<HandshakeKind, Error>, usize) {
        let name = self.backend.server_name();
        let connection = ClientConnection::new(Arc::clone(config), name).expect("a connection");
        (host.connect(connection), self.notes.take().len())
    }
}

/// What rustls makes of a verifier if nothing else is said.
fn with_defaults(host: &Host, verifier: Arc<Swapped>) -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_details(provider, Clock::at(LAST - 10))
        .with_protocol_versions(&[host.version])
        .expect("ring has both")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Arc::new(config)
}

/// A verifier whose policy changes while rustls holds it, and a count of what it is asked.
#[derive(Debug)]
struct Swapped {
    policy: Mutex<BackendVerifier>,
    asked: AtomicUsize,
}

impl Swapped {
    fn new(verifier: Verifier) -> Self {
        let policy = BackendVerifier::new(verifier, &ring::default_provider());
        Self { policy: Mutex::new(policy), asked: AtomicUsize::new(0) }
    }

    fn swap(&self, verifier: Verifier) {
        let policy = BackendVerifier::new(verifier, &ring::default_provider());
        *self.policy.lock().expect("no thread panicked") = policy;
    }
}

impl ServerCertVerifier for Swapped {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let policy = self.policy.lock().expect("no thread panicked");
        policy.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.policy.lock().expect("no thread panicked").verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.policy.lock().expect("no thread panicked").verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.policy.lock().expect("no thread panicked").supported_verify_schemes()
    }
}
