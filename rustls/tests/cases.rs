//! Every case of testdata in a handshake: the verdict, what the peer is told, what the client
//! learns.
#![cfg(all(feature = "ring", feature = "tls12"))]

use std::collections::BTreeSet;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use lastmile::Limits;
use lastmile::Reason;
use lastmile::ReferenceName;
use lastmile::Rejection;
use lastmile::Verifier;
use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use rustls::CertificateError;
use rustls::Error;
use rustls::ExtendedKeyPurpose;
use rustls::HandshakeKind;
use rustls::InvalidMessage;
use rustls::SupportedProtocolVersion;
use rustls::pki_types::UnixTime;

mod support;

use support::alerts;
use support::alerts::Row;
use support::client;
use support::keys::key_of;
use support::keys::with_ring;
use support::policy;
use support::policy::Notes;
use support::policy::Told;
use support::policy::VERSIONS;
use support::server;
use support::server::Presenter;
use support::server::Seen;
use support::server::Server;

/// rustls reads no handshake message that is longer, and these chains are.
const TOO_LONG: [&str; 3] = [
    "limit-certificate-bytes",
    "limit-certificate-bytes-accepted",
    "limit-certificate-bytes-intermediate",
];

/// The policy accepts, and ring does not sign with the key: tests/possession.rs has them.
const NOT_SIGNED_WITH: [&str; 2] =
    ["public-key-p521-on-leaf-accepted", "public-key-rsa1024-on-leaf-accepted"];

#[test]
fn every_case_is_judged_in_a_handshake_as_it_is_without_and_the_peer_is_told_as_the_table_says() {
    let start = Instant::now();
    let cases = policy::cases();
    let left_out =
        |case: &Case| TOO_LONG.contains(&case.name) || NOT_SIGNED_WITH.contains(&case.name);
    let mut questions = Vec::new();
    for case in cases.iter().filter(|case| !left_out(case)) {
        questions.extend(VERSIONS.map(|version| Question::new(case, version)));
    }
    let asked = questions.len() / VERSIONS.len();
    assert!(asked >= 520, "only {asked} cases");
    assert_eq!(asked, cases.len() - TOO_LONG.len() - NOT_SIGNED_WITH.len());
    for (case, limits, code) in lowered() {
        questions.extend(VERSIONS.map(|version| Question::within(case, limits, code, version)));
    }
    let (met, faults) = ask_all(&questions);
    let handshakes = questions.len();
    println!("{asked} cases, {handshakes} handshakes in {:?}", start.elapsed());
    assert!(faults.is_empty(), "{} of {handshakes}:\n{}", faults.len(), faults.join("\n"));
    // A row that no handshake meets, or a cell of it, is not known to be right.
    let in_table = alerts::rows().iter().flat_map(Met::all).collect::<BTreeSet<_>>();
    assert_eq!(met, in_table, "what handshakes met, and what the table says");
}

#[test]
fn every_code_of_the_engine_has_a_row() {
    let in_table: Vec<&str> = alerts::rows().iter().map(|row| row.code).collect();
    assert_eq!(in_table, alerts::codes());
}

#[test]
fn a_chain_beyond_64_kib_is_refused_before_anybody_is_asked() {
    for name in TOO_LONG {
        let case = policy::case(name);
        for version in VERSIONS {
            let handshake = Lane::start().ask(&Question::new(case, version));
            let too_large = Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge);
            assert_eq!(handshake.outcome, Err(too_large), "{name} in {version:?}");
            assert!(handshake.told.is_empty(), "{name} in {version:?}: somebody was asked");
        }
    }
}

/// What the context of an error says, to the number.
#[test]
fn the_context_of_an_error_is_of_the_case() {
    let moment = |year, month, day| at(time::utc(year, month, day, 0, 0, 0));
    let now = moment(2026, 6, 1);
    for name in ["expired-leaf", "expired-intermediate", "expired-anchor"] {
        let expected =
            CertificateError::ExpiredContext { time: now, not_after: moment(2026, 5, 1) };
        assert_eq!(refusal(name), expected, "{name}");
    }
    for name in ["not-yet-valid-leaf", "not-yet-valid-intermediate", "not-yet-valid-anchor"] {
        let expected =
            CertificateError::NotValidYetContext { time: now, not_before: moment(2026, 7, 1) };
        assert_eq!(refusal(name), expected, "{name}");
    }
    let for_clients = CertificateError::InvalidPurposeContext {
        required: ExtendedKeyPurpose::ServerAuth,
        presented: vec![ExtendedKeyPurpose::ClientAuth],
    };
    assert_eq!(refusal("eku-client-only"), for_clients);
    let for_mail = CertificateError::InvalidPurposeContext {
        required: ExtendedKeyPurpose::ServerAuth,
        presented: vec![ExtendedKeyPurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 4])],
    };
    assert_eq!(refusal("eku-email-only"), for_mail);
    // A URI is no name that rustls could say.
    assert_eq!(refusal("uri-other-path"), CertificateError::NotValidForName);
}

fn refusal(name: &str) -> CertificateError {
    let case = policy::case(name);
    let handshake = Lane::start().ask(&Question::new(case, &rustls::version::TLS13));
    match handshake.outcome {
        Err(Error::InvalidCertificate(error)) => error,
        other => panic!("{name}: {other:?}"),
    }
}

/// One handshake to come.
struct Question {
    case: &'static Case,
    verifier: Verifier,
    /// The code of the refusal.
    expect: Option<&'static str>,
    version: &'static SupportedProtocolVersion,
}

impl Question {
    fn new(case: &'static Case, version: &'static SupportedProtocolVersion) -> Self {
        let expect = match case.expect {
            Expect::Accepted => None,
            Expect::Refused(code, _) => Some(code),
        };
        Self { case, verifier: policy::verifier(case), expect, version }
    }

    fn within(
        case: &'static Case,
        limits: Limits,
        code: &'static str,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        let verifier = policy::verifier_within(case, limits);
        Self { case, verifier, expect: Some(code), version }
    }
}

/// A case that is accepted otherwise, and the ceiling that refuses it.
fn lowered() -> Vec<(&'static Case, Limits, &'static str)> {
    let lower = |name, code, change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        (policy::case(name), limits, code)
    };
    vec![
        lower("expired-leaf-accepted", "certificate-too-large", |it| it.certificate_bytes = 100),
        lower("expired-leaf-accepted", "too-many-certificates", |it| it.presented = 0),
        lower("expired-leaf-accepted", "path-too-long", |it| it.intermediates = 0),
        lower("expired-leaf-accepted", "too-many-signature-checks", |it| it.signature_checks = 1),
        lower("expired-leaf-accepted", "too-many-issuer-candidates", |it| it.issuer_candidates = 1),
        lower("nc-dns-permitted-accepted", "too-many-name-constraint-comparisons", |it| {
            it.name_constraint_pairs = 0;
        }),
        lower("nc-dns-permitted-accepted", "too-many-name-bytes", |it| it.name_bytes = 0),
    ]
}

/// A server that presents one case after another.
struct Lane {
    presenter: Arc<Presenter>,
    server: Server,
}

/// What came of a question.
struct Handshake {
    outcome: Result<HandshakeKind, Error>,
    seen: Seen,
    told: Vec<Told>,
}

impl Lane {
    fn start() -> Self {
        let key = with_ring(&keys::P256_C).expect("ring signs with P-256");
        let presenter = Presenter::new(&[], key);
        let server = Server::start(server::config(presenter.clone()));
        Self { presenter, server }
    }

    fn ask(&self, question: &Question) -> Handshake {
        let case = question.case;
        // Whoever presents what cannot be read may have any key: the client refuses before it
        // looks at what was signed.
        let leaf = case.chain.first().map(Vec::as_slice).unwrap_or_default();
        let key = key_of(leaf).unwrap_or(&keys::P256_C);
        let key = with_ring(key).expect("ring signs with the keys of these cases");
        self.presenter.present(&case.chain, key);
        let notes = Arc::new(Notes::default());
        let backend = policy::backend_of(case, question.verifier.clone())
            .protocol_versions(&[question.version])
            .observer(notes.clone())
            .build()
            .expect("the hostnames can be sent");
        let connection = backend.connect().expect("the configuration is good");
        let outcome = client::connect(connection, self.server.address);
        Handshake { outcome, seen: self.server.seen(), told: notes.take() }
    }
}

/// Two at a time. What was met, and what was wrong.
fn ask_all(questions: &[Question]) -> (BTreeSet<Met>, Vec<String>) {
    let rows = alerts::rows();
    let (next, met) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let faults = Mutex::new(Vec::new());
    let work = || {
        let lane = Lane::start();
        while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
            match judge(question, &lane.ask(question), &rows) {
                Ok(None) => {}
                Ok(Some(one)) => {
                    met.lock().expect("no thread panicked").insert(one);
                }
                Err(fault) => {
                    let (name, version) = (question.case.name, question.version.version);
                    let fault = format!("{name} in {version:?}: {fault}");
                    faults.lock().expect("no thread panicked").push(fault);
                }
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let met = met.into_inner().expect("no thread panicked");
    (met, faults.into_inner().expect("no thread panicked"))
}

/// One refusal: its code, the variant of the error, rustls' alert, OpenSSL's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Met {
    code: &'static str,
    cell: Cell,
}

/// What differs within a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    variant: String,
    rustls: u8,
    openssl: u8,
}

impl Met {
    /// All that a row speaks of.
    fn all(row: &Row) -> Vec<Self> {
        let mut all = Vec::new();
        for variant in &row.variants {
            for openssl in &row.openssl {
                let cell =
                    Cell { variant: (*variant).into(), rustls: row.rustls, openssl: *openssl };
                all.push(Self { code: row.code, cell });
            }
        }
        all
    }
}

/// What a refusal met, or what is wrong with the handshake.
fn judge(question: &Question, handshake: &Handshake, rows: &[Row]) -> Result<Option<Met>, String> {
    let Handshake { outcome, seen, told } = handshake;
    let case = question.case;
    check(seen.server_name.as_deref() == Some(case.hostname), || {
        format!("the server saw the name {:?}", seen.server_name)
    })?;
    let [told] = told.as_slice() else {
        return Err(format!("the observer was told {} times, client: {outcome:?}", told.len()));
    };
    check(told.server_name == case.hostname && told.certificates == case.chain.len(), || {
        format!("the observer was told of {} and {}", told.server_name, told.certificates)
    })?;
    let (rejection, code) = match (&told.verdict, question.expect) {
        (Err(rejection), Some(code)) => (rejection, code),
        (Ok(_), None) => {
            let full = Ok(HandshakeKind::Full);
            return match *outcome == full && seen.outcome == full {
                true if seen.version == Some(question.version.version) => Ok(None),
                _ => Err(format!("client: {outcome:?}, server: {seen:?}")),
            };
        }
        (verdict, expect) => return Err(format!("expected {expect:?}, found {verdict:?}")),
    };
    let found = rejection.reason().code();
    check(found == code, || format!("expected {code}, found {found}"))?;
    let Err(Error::InvalidCertificate(error)) = outcome else {
        return Err(format!("the client says {outcome:?}"));
    };
    let row = rows.iter().find(|row| row.code == code).ok_or("no row in the table")?;
    let alert = seen.alert().ok_or_else(|| format!("no alert, but {:?}", seen.outcome))?;
    context(error, rejection, question)?;
    let said = format!("{error:?}");
    let variant = said.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
    let cell = Cell { variant, rustls: alert, openssl: rejection.reason().alert() };
    check(Met::all(row).iter().any(|met| met.cell == cell), || {
        format!("{cell:?}, and its row is {row:?}")
    })?;
    Ok(Some(Met { code: row.code, cell }))
}

/// Whether what the error says beside its name is what the policy said.
fn context(
    error: &CertificateError,
    rejection: &Rejection,
    question: &Question,
) -> Result<(), String> {
    let case = question.case;
    let agrees = match (error, rejection.reason()) {
        (CertificateError::Other(other), _) => {
            let inner = other.source().and_then(|inner| inner.downcast_ref::<Rejection>());
            inner.is_some_and(|inner| {
                inner.explanation().to_string() == rejection.explanation().to_string()
            })
        }
        (
            CertificateError::ExpiredContext { time, not_after },
            Reason::Expired { not_after: end, .. },
        ) => *time == at(case.now) && *not_after == at(*end) && not_after < time,
        (
            CertificateError::NotValidYetContext { time, not_before },
            Reason::NotYetValid { not_before: start, .. },
        ) => *time == at(case.now) && *not_before == at(*start) && time < not_before,
        (
            CertificateError::NotValidForNameContext { expected, presented },
            Reason::NameMismatch { presented: names, .. },
        ) => {
            let sent = |name: &ReferenceName| match name {
                ReferenceName::Dns(dns) => expected.to_str() == dns.as_str(),
                _ => false,
            };
            presented == names && policy::names(case).iter().any(sent)
        }
        (CertificateError::NotValidForName, Reason::NameMismatch { .. }) => {
            let unsayable = |name: &ReferenceName| match name {
                ReferenceName::Dns(dns) => dns.is_wildcard(),
                _ => true,
            };
            policy::names(case).iter().all(unsayable)
        }
        (
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id,
                supported_algorithms,
            },
            _,
        ) => {
            let algorithms = question.verifier.algorithms();
            let algorithms = algorithms.iter().map(|algorithm| algorithm.signature_alg_id());
            // The identifier is what follows the signed part, so it stands in the certificate.
            let mut presented = case.chain.iter();
            !signature_algorithm_id.is_empty()
                && algorithms.eq(supported_algorithms.iter().copied())
                && presented.any(|der| contains(der, signature_algorithm_id))
        }
        (CertificateError::InvalidPurposeContext { required, presented }, _) => {
            *required == ExtendedKeyPurpose::ServerAuth
                && !presented.contains(&ExtendedKeyPurpose::ServerAuth)
        }
        // These say nothing beside their name.
        _ => true,
    };
    check(agrees, || format!("{error:?} is said of {rejection}"))
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

/// rustls knows no time before 1970.
fn at(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

fn check(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
