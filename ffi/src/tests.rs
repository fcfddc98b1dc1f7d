//! The functions as C calls them, for Miri too: no signature is checked here, since a leaf that stands
//! in the bundle needs none, and Miri runs no assembler.

use std::ffi::CStr;
use std::ptr;
use std::thread;

use lastmile_testdata::pem;

use crate::anchors::*;
use crate::builder::*;
use crate::signature_cache::*;
use crate::status::*;
use crate::values::lastmile_slice;
use crate::values::lastmile_text;
use crate::verdict::*;
use crate::verifier::*;

const BUNDLE: &str = include_str!("../../testdata/cases/leaf-in-bundle-accepted/ca.pem");
/// 2026-06-01, when it is good.
const NOW: i64 = 1_780_272_000;
const HOSTNAME: &str = "backend.example.com";

fn slice(octets: &[u8]) -> lastmile_slice {
    lastmile_slice { data: octets.as_ptr(), len: octets.len() }
}

fn leaf() -> Vec<u8> {
    pem::decode("CERTIFICATE", BUNDLE).expect("a certificate")
}

fn done(status: lastmile_status) {
    assert_eq!(status.code, LASTMILE_OK);
}

/// A verifier of the bundle, and the caller's reference to it.
fn verifier() -> *const lastmile_verifier {
    let mut anchors = ptr::null();
    let mut builder = ptr::null_mut();
    let mut verifier = ptr::null();
    // SAFETY: every pointer is to something of this function.
    unsafe {
        let bundle = slice(BUNDLE.as_bytes());
        done(lastmile_trust_anchors_from_pem(bundle, &raw mut anchors, ptr::null_mut()));
        done(lastmile_verifier_builder_new(anchors, &raw mut builder));
        let shared = lastmile_trust_anchors_ref(anchors);
        assert_eq!(shared, anchors);
        lastmile_trust_anchors_unref(anchors);
        assert_eq!(lastmile_trust_anchors_count(shared), 1);
        lastmile_trust_anchors_unref(shared);
        let name = slice(HOSTNAME.as_bytes());
        done(lastmile_verifier_builder_expect_dns(builder, name, ptr::null_mut()));
        done(lastmile_verifier_builder_build(builder, &raw mut verifier));
        lastmile_verifier_builder_free(builder);
    }
    verifier
}

#[test]
fn a_verdict_is_read_and_freed() {
    let leaf = leaf();
    let verifier = verifier();
    let mut verdict = ptr::null_mut();
    // SAFETY: every pointer is to something of this function.
    unsafe {
        let none = ptr::null();
        let status =
            lastmile_verifier_verify(verifier, slice(&leaf), none, 0, NOW, &raw mut verdict);
        assert_eq!(status.code, LASTMILE_OK);
        lastmile_verifier_unref(verifier);
        let mut info = lastmile_verdict_info {
            struct_size: size_of::<lastmile_verdict_info>(),
            ..std::mem::zeroed()
        };
        assert_eq!(lastmile_verdict_get(verdict, &raw mut info).code, LASTMILE_OK);
        assert_eq!((info.path, info.anchor, info.certificate), (1, 0, -1));
        let mut buffer = [0_u8; 40];
        let mut text = lastmile_text { data: buffer.as_mut_ptr().cast(), capacity: 40, needed: 0 };
        assert_eq!(lastmile_verdict_explanation(verdict, &raw mut text).code, LASTMILE_OK);
        assert!(text.needed > 40);
        let words = CStr::from_bytes_with_nul(&buffer).expect("it ends where the buffer does");
        assert!(words.to_bytes().starts_with(b"accepted: backend.example.com"));
        lastmile_verdict_free(verdict);
    }
}

#[test]
fn a_refusal_has_its_words() {
    let verifier = verifier();
    let mut verdict = ptr::null_mut();
    // SAFETY: every pointer is to something of this function.
    unsafe {
        let intermediates = [slice(b""), slice(b"not a certificate")];
        let first = intermediates.as_ptr();
        let leaf = slice(b"0");
        let status = lastmile_verifier_verify(verifier, leaf, first, 2, NOW, &raw mut verdict);
        assert_eq!(status.code, LASTMILE_MALFORMED_CERTIFICATE);
        assert_eq!(CStr::from_ptr(lastmile_status_name(status)), c"malformed-certificate");
        let mut finding = std::mem::zeroed();
        let status = lastmile_verdict_also(verdict, 0, &raw mut finding);
        assert_eq!(status.code, LASTMILE_INVALID_ARGUMENT);
        let mut count = 7;
        let kind = lastmile_status { code: LASTMILE_MALFORMED_CERTIFICATE };
        assert_eq!(lastmile_verifier_count(verifier, kind, &raw mut count).code, LASTMILE_OK);
        assert_eq!(count, 1);
        lastmile_verdict_free(verdict);
        lastmile_verifier_unref(verifier);
    }
}

#[test]
fn threads_share_a_verifier_by_references() {
    struct Shared(*const lastmile_verifier);
    // SAFETY: the header says of each function used here: any thread.
    unsafe impl Send for Shared {}

    let first = verifier();
    let asks: Vec<_> = (0..3)
        .map(|_| {
            // SAFETY: the caller's reference is given back after all threads have ended.
            let own = Shared(unsafe { lastmile_verifier_ref(first) });
            thread::spawn(move || {
                let Shared(verifier) = { own };
                let leaf = leaf();
                for _ in 0..4 {
                    let none = ptr::null();
                    let verdict = ptr::null_mut();
                    // SAFETY: a reference of this thread's, and octets of its own.
                    let status = unsafe {
                        lastmile_verifier_verify(verifier, slice(&leaf), none, 0, NOW, verdict)
                    };
                    assert_eq!(status.code, LASTMILE_OK);
                }
                // SAFETY: a reference of this thread's.
                unsafe { lastmile_verifier_unref(verifier) };
            })
        })
        .collect();
    for ask in asks {
        ask.join().expect("no thread panics");
    }
    let mut count = 0;
    let mut report = lastmile_memory_report::default();
    // SAFETY: every pointer is to something of this function.
    unsafe {
        let accepted = lastmile_status { code: LASTMILE_OK };
        assert_eq!(lastmile_verifier_count(first, accepted, &raw mut count).code, LASTMILE_OK);
        assert_eq!(lastmile_verifier_memory_report(first, &raw mut report).code, LASTMILE_OK);
        lastmile_verifier_unref(first);
    }
    assert_eq!(count, 12);
    assert_eq!(report.hits + report.misses, 12);
}

#[test]
fn null_is_nothing_and_is_said_so() {
    // SAFETY: NULL is always good.
    unsafe {
        lastmile_verdict_free(ptr::null_mut());
        lastmile_verifier_unref(ptr::null());
        lastmile_verifier_builder_free(ptr::null_mut());
        lastmile_signature_cache_unref(lastmile_signature_cache_ref(ptr::null()));
        let status = lastmile_verdict_explanation(ptr::null(), ptr::null_mut());
        assert_eq!(status.code, LASTMILE_NULL_POINTER);
        let mut digest = [7_u8; 32];
        let status = lastmile_verifier_digest(ptr::null(), digest.as_mut_ptr());
        assert_eq!((status.code, digest), (LASTMILE_NULL_POINTER, [7; 32]));
    }
}

/// What reads the documents of others lives as long as it must, whoever goes first, on any thread.
#[cfg(feature = "policy")]
#[test]
fn resolvers_outlive_their_documents() {
    use crate::documents::*;
    use crate::resolution::*;

    const POLICY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: policy, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: backend}]
  validation: {hostname: backend.example.com, wellKnownCACertificates: System}
";
    struct Moved(*mut lastmile_resolver);
    // SAFETY: the header says of it: one thread at a time.
    unsafe impl Send for Moved {}

    fn decision(resolver: *mut lastmile_resolver, target: &str) -> u32 {
        let mut resolution = ptr::null_mut();
        // SAFETY: every pointer is to something of this function, or its caller's own.
        unsafe {
            done(lastmile_resolver_resolve(
                resolver,
                slice(target.as_bytes()),
                &raw mut resolution,
            ));
            let mut info = lastmile_resolution_info {
                struct_size: size_of::<lastmile_resolution_info>(),
                ..std::mem::zeroed()
            };
            done(lastmile_resolution_get(resolution, &raw mut info));
            lastmile_resolution_free(resolution);
            info.decision
        }
    }

    let mut anchors = ptr::null();
    let mut documents = ptr::null_mut();
    let (mut first, mut second) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: every pointer is to something of this function.
    unsafe {
        let (bundle, none) = (slice(BUNDLE.as_bytes()), ptr::null_mut());
        done(lastmile_trust_anchors_from_pem(bundle, &raw mut anchors, none));
        done(lastmile_documents_new(&raw mut documents));
        done(lastmile_documents_add_yaml(documents, slice(b"policy"), slice(POLICY.as_bytes())));
        done(lastmile_documents_set_well_known(documents, slice(b"System"), anchors));
        lastmile_trust_anchors_unref(anchors);
        done(lastmile_documents_resolver(documents, NOW, 0, &raw mut first));
        done(lastmile_documents_add_yaml(documents, slice(b"broken"), slice(b"kind: [")));
        done(lastmile_documents_resolver(documents, NOW, 0, &raw mut second));
        let moved = Moved(first);
        let other = thread::spawn(move || {
            let Moved(first) = { moved };
            assert_eq!(decision(first, "shop/backend"), LASTMILE_DECISION_VERIFY);
            assert_eq!(decision(first, "shop/nobody"), LASTMILE_DECISION_NO_POLICY);
            // SAFETY: it is this thread's now.
            lastmile_resolver_free(first);
        });
        done(lastmile_documents_add_yaml(documents, slice(b"again"), slice(POLICY.as_bytes())));
        assert_eq!(decision(second, "shop/nobody"), LASTMILE_DECISION_REFUSE);
        lastmile_documents_free(documents);
        assert_eq!(decision(second, "shop/backend"), LASTMILE_DECISION_VERIFY);
        other.join().expect("no thread panics");
        lastmile_resolver_free(second);
    }
}
