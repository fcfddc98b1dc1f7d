//! A thousand handshakes in a row, and 64 at once: no wrong verdict, and nothing is left behind.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicIsize;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use lastmile_rustls::Backend;
use lastmile_testdata::case::Case;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use rustls::CertificateError;
use rustls::Error;
use rustls::HandshakeKind;
use rustls::ServerConfig;
use rustls::crypto::ring::Ticketer;
use rustls::server::ClientHello;
use rustls::server::NoServerSessionStorage;
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;

mod support;

use support::client;
use support::keys::with_ring;
use support::policy;
use support::policy::VERSIONS;
use support::server;
use support::server::Presenter;
use support::server::Server;

/// Octets that are allocated and not freed, by all threads.
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, counting what is live.
struct Counting;

fn count(octets: usize) -> isize {
    // Layouts are no longer than isize::MAX.
    isize::try_from(octets).unwrap_or(isize::MAX)
}

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(count(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(count(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The counts are of the whole process, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Handshakes until all that is kept on purpose is there.
const WARM: usize = 200;
const MANY: usize = 1000;

/// Less than a leak of 16 octets would be, in the handshakes between: 12,800.
const SLACK: isize = 4096;

/// Handshakes at once, and how often each.
const AT_ONCE: usize = 64;
const ROUNDS: usize = 8;

#[test]
fn a_thousand_handshakes_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let case = policy::issued(|leaf| leaf);
    for (version, most) in VERSIONS.into_iter().flat_map(|version| [(version, 0), (version, 32)]) {
        let server = Server::start(resuming(Presenter::new(&case.chain, key())));
        let backend = policy::backend(&case).protocol_versions(&[version]).keep_sessions(most);
        let backend = backend.build().expect("a backend");
        let mut resumed = 0;
        let mut shake_hands = |times| {
            for _ in 0..times {
                let kind = connect(&backend, server.address).expect("the chain is good");
                assert_eq!(server.seen().outcome, Ok(kind));
                resumed += usize::from(kind == HandshakeKind::Resumed);
            }
        };
        let start = Instant::now();
        shake_hands(WARM);
        let (octets, files) = (settled(), open_files());
        shake_hands(MANY - WARM);
        let (octets_after, files_after) = (settled(), open_files());
        println!(
            "{:?}, {most} sessions kept: {MANY} handshakes, {resumed} resumed, in {:?}; octets {octets} \
             after {WARM}, {octets_after} after {MANY}; open files {files} and {files_after}",
            version.version,
            start.elapsed(),
        );
        assert_eq!(resumed, if most == 0 { 0 } else { MANY - 1 });
        assert!(octets_after <= octets + SLACK, "{octets} octets, then {octets_after}");
        assert_eq!(files, files_after, "open files");
    }
}

/// Refusals allocate more: the rejection, and what it says.
#[test]
fn a_thousand_refusals_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let case = policy::case("expired-leaf");
    let server = Server::start(resuming(Presenter::new(&case.chain, key())));
    let backend = policy::backend(case).keep_sessions(32).build().expect("a backend");
    let shake_hands = |times| {
        for _ in 0..times {
            connect(&backend, server.address).expect_err("the chain is expired");
            assert_eq!(server.seen().alert(), Some(45));
        }
    };
    shake_hands(WARM);
    let (octets, files) = (settled(), open_files());
    shake_hands(MANY - WARM);
    let (octets_after, files_after) = (settled(), open_files());
    println!("{MANY} refusals: octets {octets} after {WARM}, {octets_after} after {MANY}");
    assert!(octets_after <= octets + SLACK, "{octets} octets, then {octets_after}");
    assert_eq!(files, files_after, "open files");
}

/// What the tests above must be able to see.
#[test]
fn a_leak_of_16_octets_a_handshake_is_more_than_what_is_tolerated() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = settled();
    let leaked: Vec<Box<[u8; 16]>> = (WARM..MANY).map(|_| Box::new([1; 16])).collect();
    assert!(settled() > before + SLACK, "{} boxes", leaked.len());
}

#[test]
fn sixty_four_handshakes_at_once_with_one_chain_are_all_accepted() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let good = policy::issued(|leaf| leaf);
    at_once("one chain", &[(&good, None)], Presenter::new(&good.chain, key()));
}

#[test]
fn sixty_four_handshakes_at_once_with_a_good_and_a_bad_chain_are_each_judged_by_their_policy() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let good = policy::issued(|leaf| leaf);
    let ended = policy::issued(|leaf| {
        leaf.names(&[general_name::dns(BAD)]).valid(time::START, time::NOW - 1)
    });
    let bad = Case { hostname: BAD, ..ended };
    let chains = BySni { good: certified(&good), bad: certified(&bad) };
    at_once("two chains", &[(&good, None), (&bad, Some(45))], Arc::new(chains));
}

const BAD: &str = "bad.example.com";

/// Each thread has one of these cases; the alert is what its handshakes have to end with.
fn at_once(what: &str, cases: &[(&Case, Option<u8>)], resolver: Arc<dyn ResolvesServerCert>) {
    for most in [0, 32] {
        let server = Server::start(resuming(resolver.clone()));
        let backends: Vec<(Backend, Option<u8>)> = cases
            .iter()
            .map(|(case, alert)| {
                let backend = policy::backend(case).keep_sessions(most).build();
                (backend.expect("a backend"), *alert)
            })
            .collect();
        let files = open_files();
        let (start, done) = (Instant::now(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for (backend, alert) in backends.iter().cycle().take(AT_ONCE) {
                let (done, address) = (&done, server.address);
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        let outcome = connect(backend, address);
                        let right = match (&outcome, alert) {
                            (Ok(_), None) => true,
                            (Err(Error::InvalidCertificate(error)), Some(_)) => {
                                matches!(error, CertificateError::ExpiredContext { .. })
                            }
                            _ => false,
                        };
                        assert!(right, "{outcome:?}, where {alert:?} is expected");
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let done = done.into_inner();
        println!(
            "{what}, {most} sessions kept: {done} handshakes, {AT_ONCE} at once, in {:?}",
            start.elapsed()
        );
        assert_eq!(done, AT_ONCE * ROUNDS);
        // The server saw the same: so many completed, so many refused with the alert.
        let seen: Vec<_> = (0..done).map(|_| server.seen()).collect();
        for (case, alert) in cases {
            let of_case =
                seen.iter().filter(|one| one.server_name.as_deref() == Some(case.hostname));
            let right = of_case
                .filter(|one| one.alert() == *alert && one.outcome.is_ok() == alert.is_none());
            assert_eq!(right.count(), done / cases.len(), "{}", case.hostname);
        }
        settled();
        assert_eq!(open_files(), files, "open files");
    }
}

/// A server with tickets, which keeps nothing of its own.
fn resuming(resolver: Arc<dyn ResolvesServerCert>) -> ServerConfig {
    let mut config = server::config(resolver);
    config.ticketer = Ticketer::new().expect("there is randomness");
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config
}

fn key() -> Arc<dyn rustls::sign::SigningKey> {
    with_ring(&keys::P256_C).expect("ring signs with P-256")
}

/// The chain that goes with the name that is asked for.
#[derive(Debug)]
struct BySni {
    good: Arc<CertifiedKey>,
    bad: Arc<CertifiedKey>,
}

impl ResolvesServerCert for BySni {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let chain = if hello.server_name() == Some(BAD) { &self.bad } else { &self.good };
        Some(Arc::clone(chain))
    }
}

fn certified(case: &Case) -> Arc<CertifiedKey> {
    server::certified(&case.chain, key())
}

fn connect(backend: &Backend, address: SocketAddr) -> Result<HandshakeKind, Error> {
    client::connect(backend.connect().expect("a connection"), address)
}

/// What is live when the threads of the server have ended: when it is the same for 50 ms.
fn settled() -> isize {
    let (mut last, mut same) = (LIVE.load(Ordering::Relaxed), 0);
    for _ in 0..1000 {
        thread::sleep(Duration::from_millis(10));
        let now = LIVE.load(Ordering::Relaxed);
        same = if now == last { same + 1 } else { 0 };
        last = now;
        if same == 5 {
            return last;
        }
    }
    panic!("what is live changes for ever");
}

/// How many files are open; 0 where nobody says.
fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
