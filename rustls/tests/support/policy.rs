//! A case of testdata as a policy and a backend, a clock that can be set, an observer that keeps
//! what it was told.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lastmile::DnsName;
use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::ReferenceName;
use lastmile::Rejection;
use lastmile::TrustAnchors;
use lastmile::Verified;
use lastmile::Verifier;
use lastmile_rustls::Backend;
use lastmile_rustls::BackendBuilder;
use lastmile_rustls::Observer;
use lastmile_rustls::Presented;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use rustls::SupportedProtocolVersion;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// Both versions of TLS that rustls has.
pub(crate) const VERSIONS: [&SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

/// Every case; making them signs a thousand times.
pub(crate) fn cases() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases::all);
    &CASES
}

/// The case of that name.
pub(crate) fn case(name: &str) -> &'static Case {
    let found = cases().iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("there is no case {name}"))
}

/// The policy of a case.
pub(crate) fn verifier(case: &Case) -> Verifier {
    verifier_within(case, Limits::default())
}

/// The policy of a case, with ceilings of one's own.
pub(crate) fn verifier_within(case: &Case, limits: Limits) -> Verifier {
    let bundle = case::certificates(&case.anchors);
    let anchors = TrustAnchors::from_pem(bundle.as_bytes()).expect("the bundles are good");
    Verifier::builder(anchors, names(case)).limits(limits).build()
}

/// The names of `subjectAltNames`, or else the hostname.
pub(crate) fn names(case: &Case) -> ExpectedNames {
    let sans: Vec<ReferenceName> = case.sans.iter().map(|san| reference_name(san)).collect();
    ExpectedNames::try_from(sans)
        .unwrap_or_else(|_| ExpectedNames::dns(case.hostname).expect("the hostnames are good"))
}

fn reference_name(san: &str) -> ReferenceName {
    match san.split_once(':') {
        Some(("hostname", name)) => ReferenceName::dns(name).expect("a DNS name"),
        Some(("uri", uri)) => ReferenceName::uri(uri).expect("a URI"),
        _ => panic!("{san}: hostname:NAME or uri:URI"),
    }
}

/// The backend of a case: its policy, its hostname as SNI, its clock.
pub(crate) fn backend(case: &Case) -> BackendBuilder {
    backend_of(case, verifier(case))
}

/// The hostname and the clock of a case under another policy.
pub(crate) fn backend_of(case: &Case, verifier: Verifier) -> BackendBuilder {
    let sni = DnsName::try_from(case.hostname).expect("the hostnames are good");
    Backend::builder(verifier, sni).clock(Clock::at(case.now))
}

/// Stands still until it is set.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) fn at(seconds: i64) -> Arc<Self> {
        let clock = Self(AtomicU64::new(0));
        clock.set(seconds);
        Arc::new(clock)
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(u64::try_from(seconds).expect("after 1970"), Ordering::SeqCst);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Some(UnixTime::since_unix_epoch(seconds))
    }
}

/// What an observer was told in one handshake.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) server_name: String,
    pub(crate) certificates: usize,
    /// The end of an acceptance, or the refusal.
    pub(crate) verdict: Result<UnixTime, Box<Rejection>>,
}

/// Keeps all that it is told.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<Told>>);

impl Notes {
    /// Hands over what was told since the last time.
    pub(crate) fn take(&self) -> Vec<Told> {
        std::mem::take(&mut *self.0.lock().expect("no thread panicked"))
    }

    /// What was told since then, to be kept.
    pub(crate) fn all(&self) -> Vec<Told> {
        self.0.lock().expect("no thread panicked").clone()
    }

    fn add(&self, presented: &Presented<'_>, verdict: Result<UnixTime, Box<Rejection>>) {
        let server_name = presented.server_name.to_str().into_owned();
        let certificates = 1 + presented.intermediates.len();
        let told = Told { server_name, certificates, verdict };
        self.0.lock().expect("no thread panicked").push(told);
    }
}

impl Observer for Notes {
    fn accepted(&self, presented: &Presented<'_>, verified: &Verified<'_>) {
        self.add(presented, Ok(verified.valid_until()));
    }

    fn refused(&self, presented: &Presented<'_>, rejection: &Rejection) {
        self.add(presented, Err(Box::new(rejection.clone())));
    }
}

/// The host of nearly every case.
pub(crate) const HOST: &str = "backend.example.com";

/// A sound chain of root, intermediate and a leaf that is changed like this.
pub(crate) fn issued(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Case {
    let root = Authority::root("Example Root", &keys::P256_A);
    let intermediate = root.intermediate("Example Intermediate", &keys::P256_B);
    let leaf = intermediate.issue(change(CertificateBuilder::leaf(HOST)));
    Case {
        name: "made here",
        about: "",
        now: time::NOW,
        hostname: HOST,
        sans: Vec::new(),
        expect: Expect::Accepted,
        cves: Vec::new(),
        chain: vec![leaf, intermediate.certificate],
        anchors: vec![root.certificate],
    }
}
