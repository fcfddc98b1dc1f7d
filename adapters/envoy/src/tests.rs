//! What Envoy calls, without Envoy: its side of the ABI is here, and remembers what it was told.

use std::cell::RefCell;
use std::ffi::c_int;
use std::ffi::c_void;
use std::ptr;

use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::pem;
use lastmile_testdata::time;

use crate::abi::Buffer;
use crate::abi::VERIFY_PEER;
use crate::abi::ValidationResult;
use crate::boundary::guard;
use crate::hooks;

/// What a thread has told Envoy.
#[derive(Debug, Default)]
struct Told {
    log: Vec<(c_int, String)>,
    details: Vec<(usize, String)>,
    state: Vec<(usize, String, String)>,
}

thread_local! {
    static TOLD: RefCell<Told> = RefCell::default();
}

fn told() -> Told {
    TOLD.with(RefCell::take)
}

fn text(buffer: Buffer) -> String {
    // SAFETY: the caller's text lives for this call.
    let octets = unsafe { buffer.octets() };
    str::from_utf8(octets).expect("texts are UTF-8").to_owned()
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_cert_validator_set_error_details(
    call: *mut c_void,
    details: Buffer,
) {
    TOLD.with_borrow_mut(|told| told.details.push((call.addr(), text(details))));
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_cert_validator_set_filter_state(
    call: *mut c_void,
    key: Buffer,
    value: Buffer,
) -> bool {
    TOLD.with_borrow_mut(|told| told.state.push((call.addr(), text(key), text(value))));
    true
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_log(level: c_int, line: Buffer) {
    TOLD.with_borrow_mut(|told| told.log.push((level, text(line))));
}

/// As long as it is, so is the configuration.
struct Configured(*const c_void);

impl Configured {
    fn new(config: &str) -> Option<Self> {
        let (name, config) = (Buffer::of(b"shop/backend"), Buffer::of(config.as_bytes()));
        // SAFETY: both buffers live for this call.
        let config = unsafe {
            hooks::envoy_dynamic_module_on_cert_validator_config_new(ptr::null_mut(), name, config)
        };
        (!config.is_null()).then_some(Self(config))
    }

    fn verify(&self, chain: &[Vec<u8>], host: &str) -> ValidationResult {
        self.verify_as(CALL, chain, host, false)
    }

    fn verify_as(
        &self,
        call: usize,
        chain: &[Vec<u8>],
        host: &str,
        is_server: bool,
    ) -> ValidationResult {
        let buffers: Vec<Buffer> = chain.iter().map(|one| Buffer::of(one)).collect();
        // SAFETY: the configuration and the buffers live for this call; the call is a number to us.
        unsafe {
            hooks::envoy_dynamic_module_on_cert_validator_do_verify_cert_chain(
                ptr::without_provenance_mut(call),
                self.0,
                buffers.as_ptr(),
                buffers.len(),
                Buffer::of(host.as_bytes()),
                is_server,
            )
        }
    }

    fn digest(&self) -> Vec<u8> {
        let mut digest = Buffer::EMPTY;
        // SAFETY: the configuration lives, and the place is ours.
        unsafe {
            hooks::envoy_dynamic_module_on_cert_validator_update_digest(self.0, &raw mut digest);
            digest.octets().to_vec()
        }
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { hooks::envoy_dynamic_module_on_cert_validator_config_destroy(self.0) };
    }
}

const CALL: usize = 7;
const HOST: &str = "backend.test";

/// A bundle as a text in JSON, and a chain to it.
struct Pki {
    bundle: String,
    root: Authority,
}

impl Pki {
    fn new() -> Self {
        let root = Authority::self_signed(DirectoryName::cn("Root"), &keys::P256_A, century);
        let bundle = case::certificates(std::slice::from_ref(&root.certificate));
        Self { bundle: bundle.replace('\n', "\\n"), root }
    }

    fn config(&self, more: &str) -> String {
        format!(r#"{{"hostname":"{HOST}","caCertificates":"{}"{more}}}"#, self.bundle)
    }

    fn leaf(&self, change: impl Fn(CertificateBuilder) -> CertificateBuilder) -> Vec<Vec<u8>> {
        vec![self.root.issue(change(century(CertificateBuilder::leaf(HOST))))]
    }
}

/// The clock is the real one.
fn century(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::START, time::CENTURY)
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn a_chain_is_accepted_and_envoy_told_why() {
    let pki = Pki::new();
    let config = Configured::new(&pki.config("")).expect("a configuration");
    let chain = pki.leaf(|leaf| leaf);
    // Again, out of memory.
    for _ in 0..2 {
        assert_eq!(config.verify(&chain, HOST), ValidationResult::ACCEPTED);
        let told = told();
        let state = [
            (CALL, "lastmile.matched".to_owned(), HOST.to_owned()),
            (CALL, "lastmile.anchor".to_owned(), "CN=Root".to_owned()),
        ];
        assert_eq!(told.state, state);
        assert!(told.details.is_empty() && told.log.is_empty(), "{told:?}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn a_refusal_is_one_line_and_an_alert() {
    let pki = Pki::new();
    let config = Configured::new(&pki.config("")).expect("a configuration");
    let names = |names: &[&str]| -> Vec<Vec<u8>> { names.iter().map(general_name::dns).collect() };
    let many: Vec<String> = (0..200).map(|number| format!("{number}.long-name.test")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (chain, alert, starts) in [
        (
            pki.leaf(|leaf| leaf.names(&names(&["a.test", "*.b.test"]))),
            42,
            "lastmile/name-mismatch expected=dns:backend.test presented=dns:a.test,dns:*.b.test \
             certificate=0",
        ),
        (
            pki.leaf(|leaf| {
                leaf.names(&[
                    general_name::uri("spiffe://a/b,c%20d"),
                    general_name::dns("x y\n\x1b[2J"),
                ])
            }),
            42,
            "lastmile/name-mismatch expected=dns:backend.test \
             presented=uri:%22spiffe://a/b%2Cc%2520d%22,dns:%22x%20y%5Cn%5Cu{1b}[2J%22 certificate=0",
        ),
        (pki.leaf(|leaf| leaf.names(&names(&many))), 42, "lastmile/name-mismatch expected="),
        (
            pki.leaf(|leaf| leaf.valid(time::START, time::START + 1)),
            45,
            "lastmile/expired certificate=0 detail=",
        ),
        (
            vec![Authority::root("Other", &keys::P256_B).issue(CertificateBuilder::leaf(HOST))],
            48,
            "lastmile/unknown-issuer certificate=0 detail=",
        ),
        (vec![vec![0x30]], 42, "lastmile/malformed-certificate certificate=0 detail="),
    ] {
        assert_eq!(config.verify(&chain, HOST), ValidationResult::refused(alert), "{starts}");
        let told = told();
        let [(CALL, line)] = told.details.as_slice() else { panic!("{told:?}") };
        assert!(line.starts_with(starts), "{line}");
        assert!(line.len() <= 1000, "{line}");
        assert!(line.bytes().all(|octet| (32..127).contains(&octet)), "{line}");
        assert!(told.state.is_empty() && told.log.is_empty(), "{told:?}");
    }
    // The twin, after all of these.
    assert_eq!(config.verify(&pki.leaf(|leaf| leaf), HOST), ValidationResult::ACCEPTED);
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn two_faults_are_told() {
    let pki = Pki::new();
    let config = Configured::new(&pki.config("")).expect("a configuration");
    let chain = pki.leaf(|leaf| {
        leaf.names(&[general_name::dns("a.test")]).valid(time::START, time::START + 1)
    });
    assert_eq!(config.verify(&chain, HOST), ValidationResult::refused(42));
    let (_, line) = told().details.remove(0);
    assert!(line.ends_with("certificate=0 also=expired"), "{line}");
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn the_text_goes_to_the_call_that_asked() {
    let pki = Pki::new();
    let config = Configured::new(&pki.config("")).expect("a configuration");
    let other = pki.leaf(|leaf| leaf.names(&[general_name::dns("a.test")]));
    config.verify_as(11, &other, HOST, false);
    config.verify_as(12, &pki.leaf(|leaf| leaf), HOST, false);
    let told = told();
    assert_eq!(told.details[0].0, 11);
    assert!(told.state.iter().all(|(call, _, _)| *call == 12), "{told:?}");
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn the_names_are_those_of_the_policy() {
    let pki = Pki::new();
    let uri = r#","subjectAltNames":[{"type":"URI","uri":"spiffe://a/b"}]"#;
    let config = Configured::new(&pki.config(uri)).expect("a configuration");
    let with = |uri: &str| {
        let uri = general_name::uri(uri);
        pki.leaf(|leaf| leaf.names(std::slice::from_ref(&uri)))
    };
    assert_eq!(config.verify(&with("spiffe://a/b"), HOST), ValidationResult::ACCEPTED);
    assert_eq!(config.verify(&with("spiffe://a/c"), HOST), ValidationResult::refused(42));
    // The hostname is only sent.
    assert_eq!(config.verify(&pki.leaf(|leaf| leaf), HOST), ValidationResult::refused(42));
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn another_sni_is_said_once() {
    let pki = Pki::new();
    let config = Configured::new(&pki.config("")).expect("a configuration");
    let chain = pki.leaf(|leaf| leaf);
    config.verify(&chain, "Backend.Test");
    assert!(told().log.is_empty());
    config.verify(&chain, "a\n.test");
    config.verify(&chain, "");
    let expected = "lastmile: shop/backend: the SNI a\\n.test is sent, and the policy's hostname is \
                    backend.test: set `sni: backend.test`";
    assert_eq!(told().log, [(3, expected.to_owned())]);
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn without_a_verdict_it_is_refused() {
    let pki = Pki::new();
    let config = Configured::new(&pki.config("")).expect("a configuration");
    let internal = ValidationResult::refused(80);
    assert_eq!(config.verify(&[], HOST), internal);
    assert_eq!(config.verify_as(CALL, &pki.leaf(|leaf| leaf), "", true), internal);
    let nothing = Configured(ptr::null());
    assert_eq!(nothing.verify(&pki.leaf(|leaf| leaf), HOST), internal);
    assert!(nothing.digest().is_empty());
    let details: Vec<_> = told().details.into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        details,
        [
            "lastmile/internal-error cause=no-certificate-or-no-clock",
            "lastmile/not-a-backend cause=this-validator-is-for-an-UpstreamTlsContext",
            "lastmile/internal-error cause=no-configuration",
        ]
    );
}

/// Every pointer that Envoy hands over, without a signature.
#[test]
fn what_needs_no_signature_runs_under_miri() {
    let bundle = include_str!("../../../testdata/quickstart/ca.pem").replace('\n', "\\n");
    let config = format!(r#"{{"hostname":"{HOST}","caCertificates":"{bundle}"}}"#);
    assert!(Configured::new(&config.replace("hostname", "host")).is_none());
    assert_eq!(told().log.len(), 2);
    let config = Configured::new(&config).expect("a configuration");
    assert_eq!(config.digest(), config.digest());
    let leaf = include_str!("../../../testdata/quickstart/chain.pem");
    let leaf = pem::decode("CERTIFICATE", leaf).expect("a certificate");
    // Its issuer is not there.
    assert_eq!(config.verify(std::slice::from_ref(&leaf), HOST), ValidationResult::refused(48));
    assert_eq!(config.verify(&[leaf[..99].to_vec(), leaf], ""), ValidationResult::refused(42));
    assert_eq!(config.verify(&[], HOST), ValidationResult::refused(80));
    let told = told();
    assert_eq!((told.details.len(), told.log.len()), (3, 1), "{told:?}");
}

#[test]
fn a_panic_is_a_refusal() {
    assert_eq!(guard(7, || panic!("a fault in the module")), 7);
    assert_eq!(guard(7, || 8), 8);
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn bad_configuration_is_null_and_a_line_for_each_fault() {
    let pki = Pki::new();
    for (config, expected) in [
        (
            pki.config("").replace(HOST, "*.test").replace("}", r#","trusted_ca":1}"#),
            &["hostname: expected one exact name", "trusted_ca: is not a field here"][..],
        ),
        (String::new(), &["there is no stanza"]),
        (r#"{"hostname":"a.test","caCertificates":"none"}"#.to_owned(), &["caCertificates: "]),
        (
            r#"{"hostname":"a.test","caCertificatesFile":"/nonexistent/ca.pem"}"#.to_owned(),
            &["caCertificatesFile: /nonexistent/ca.pem: No such file or directory"],
        ),
        (
            r#"{"hostname":"a.test","caCertificatesFile":"/dev/zero"}"#.to_owned(),
            &["caCertificatesFile: /dev/zero: not a regular file"],
        ),
    ] {
        assert!(Configured::new(&config).is_none(), "{config}");
        let log = told().log;
        assert_eq!(log.len(), expected.len(), "{log:?}");
        for ((level, line), expected) in log.iter().zip(expected) {
            assert_eq!(*level, 4);
            let expected = format!("lastmile: shop/backend: {expected}");
            assert!(line.starts_with(&expected), "{line}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "ring is not written in Rust")]
fn the_digest_has_the_content_and_the_name() {
    let pki = Pki::new();
    let digest = |config: &str| Configured::new(config).expect("a configuration").digest();
    let first = digest(&pki.config(""));
    assert!(first.len() > 32);
    // The same in another order.
    let bundle = &pki.bundle;
    let turned = format!(r#"{{"caCertificates":"{bundle}","hostname":"{HOST}"}}"#);
    assert_eq!(first, digest(&turned));
    let uri = r#","subjectAltNames":[{"type":"URI","uri":"spiffe://a/b"}]"#;
    let second = digest(&pki.config(uri));
    let third = digest(&pki.config(uri).replace(HOST, "other.test"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/quickstart/ca.pem");
    let fourth = digest(&format!(r#"{{"hostname":"{HOST}","caCertificatesFile":"{file}"}}"#));
    let all = [&first, &second, &third, &fourth];
    for (at, one) in all.iter().enumerate() {
        assert!(all[at + 1..].iter().all(|other| other != one), "{at}");
    }
}

#[test]
fn envoy_is_to_ask() {
    let asks = |provides| {
        hooks::envoy_dynamic_module_on_cert_validator_get_ssl_verify_mode(ptr::null(), provides)
    };
    assert_eq!([asks(false), asks(true)], [VERIFY_PEER; 2]);
    // SAFETY: a constant.
    let version =
        unsafe { std::ffi::CStr::from_ptr(hooks::envoy_dynamic_module_on_program_init()) };
    assert_eq!(version, c"v0.2.0");
}
