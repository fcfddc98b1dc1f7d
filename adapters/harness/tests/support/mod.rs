//! The cases of testdata as fields for the programs, and what the engine says of each.

#[cfg(feature = "boringssl")]
pub(crate) mod boringssl;
pub(crate) mod server;
pub(crate) mod shop;

use std::time::Duration;

use lastmile::Certificate;
use lastmile::ExpectedNames;
use lastmile::ReferenceName;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_harness::Compiler;
use lastmile_harness::Fields;
use lastmile_harness::Library;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;

/// What the engine says of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The code, or `-` if it is accepted.
    pub(crate) code: &'static str,
    /// The alert to send.
    pub(crate) alert: u8,
    /// `X509_V_ERR_…`; 0 if it is accepted.
    pub(crate) x509_v_err: i32,
}

/// The verdict of the engine, asked in Rust.
pub(crate) fn verdict(case: &Case) -> Verdict {
    let verifier = verifier(case);
    let now = Duration::from_secs(u64::try_from(case.now).expect("after 1970"));
    let now = UnixTime::since_unix_epoch(now);
    match verifier.verify(&case.chain[0], &case.chain[1..], now) {
        Ok(_) => Verdict { code: "-", alert: 0, x509_v_err: 0 },
        Err(rejection) => {
            let reason = rejection.reason();
            let (code, alert, x509_v_err) = (reason.code(), reason.alert(), reason.x509_v_err());
            Verdict { code, alert, x509_v_err }
        }
    }
}

/// The policy of a case.
pub(crate) fn verifier(case: &Case) -> Verifier {
    let bundle = case::certificates(&case.anchors);
    let anchors = TrustAnchors::from_pem(bundle.as_bytes()).expect("the bundles are good");
    let names: Vec<_> = case.expected_names().iter().map(|name| reference_name(name)).collect();
    let names = ExpectedNames::try_from(names).expect("there is at least one");
    Verifier::builder(anchors, names).build()
}

fn reference_name(name: &str) -> ReferenceName {
    match name.split_once(':') {
        Some(("hostname", name)) => ReferenceName::dns(name).expect("a DNS name"),
        Some(("uri", uri)) => ReferenceName::uri(uri).expect("a URI"),
        _ => panic!("{name}: hostname:NAME or uri:URI"),
    }
}

/// The case for `cases.c`.
pub(crate) fn with_case(fields: Fields, case: &Case) -> Fields {
    with_policy(fields.field(case.name).number(case.now), case)
        .field(key_of(&case.chain[0]).unwrap_or(&keys::P256_C).to_pem())
        .list(&case.chain)
}

/// A bundle and names, for `next_verifier`.
fn with_policy(fields: Fields, case: &Case) -> Fields {
    fields.field(case::certificates(&case.anchors)).list(case.expected_names())
}

/// The committed key of a certificate. None if it is none of these, or cannot be read.
pub(crate) fn key_of(certificate: &[u8]) -> Option<&'static Key> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let mut found = keys::committed().into_iter().map(|(_, key)| key);
    found.find(|key| key.spki() == certificate.subject_public_key_info())
}

/// A program of these tests with the adapter for OpenSSL.
pub(crate) fn openssl_program(source: &str, openssl: &[String]) -> Compiler {
    let compiler = Compiler::new(Library::with_features(""))
        .source("adapters/openssl/lastmile_openssl.c")
        .source(format!("adapters/harness/tests/programs/{source}.c"))
        .flag("-Iadapters/openssl")
        .flag("-DLASTMILE_OPENSSL_NOW=pair_clock");
    openssl.iter().fold(compiler, |compiler, flag| compiler.link(flag))
}

/// The clock, the last second of the chain, a policy that accepts it and one that does not, a key, and the
/// chain: for the tests of sessions.
pub(crate) fn sessions(now: i64) -> Fields {
    let root = Authority::root("Example Root", &keys::P256_A);
    let intermediate = root.intermediate("Example Intermediate", &keys::P256_B);
    let leaf = CertificateBuilder::leaf("backend.example.com").issued_by(&intermediate);
    let chain = vec![leaf.build(&intermediate.key), intermediate.certificate.clone()];
    let end = Certificate::from_der(&chain[0]).expect("a good one").validity().not_after();
    let of = |hostname| Case {
        name: "sessions",
        about: "",
        now,
        hostname,
        sans: Vec::new(),
        expect: case::Expect::Accepted,
        cves: Vec::new(),
        chain: Vec::new(),
        anchors: vec![root.certificate.clone()],
    };
    let fields = Fields::new().number(now).number(end);
    let fields = with_policy(fields, &of("backend.example.com"));
    let fields = with_policy(fields, &of("frontend.example.com"));
    let key = key_of(&chain[0]).expect("it is a committed key").to_pem();
    chain.into_iter().fold(fields.field(key), Fields::field)
}
