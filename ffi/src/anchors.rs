//! What is trusted.

use std::sync::Arc;

use engine::Bundle;
use engine::TrustAnchor;
use engine::TrustAnchors;

use crate::boundary::Output;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::boundary::release;
use crate::boundary::retain;
use crate::status::Failed;
use crate::status::LASTMILE_INVALID_BUNDLE;
use crate::status::LASTMILE_NO_ANCHORS;
use crate::status::LASTMILE_NO_SYSTEM_ANCHORS;
use crate::status::lastmile_status;
use crate::values::Octets;
use crate::values::lastmile_slice;
use crate::values::lastmile_text;
use crate::values::lines;

/// Certificates that may end a path. Counted: whoever has a reference gives it back with
/// `lastmile_trust_anchors_unref`. Nothing changes them, and verifiers share them.
pub struct lastmile_trust_anchors {
    pub(crate) anchors: TrustAnchors,
}

/// Reads a bundle of PEM certificates. Any fault in it is a fault of the whole: `LASTMILE_INVALID_BUNDLE`,
/// and `text`, if it is not NULL, says which block and why, a line for each.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_from_pem(
    bundle: lastmile_slice,
    anchors: *mut *const lastmile_trust_anchors,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(anchors)?;
        // SAFETY: the caller's slice.
        let bundle = TrustAnchors::from_pem_lenient(unsafe { bundle.octets() }?);
        // SAFETY: the caller's places.
        unsafe { finish(&bundle, output, text) }
    })
}

/// The same, but faults leave out their blocks only, and `text` tells them; `LASTMILE_NO_ANCHORS` if nothing
/// is left.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_from_pem_lenient(
    bundle: lastmile_slice,
    anchors: *mut *const lastmile_trust_anchors,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(anchors)?;
        // SAFETY: the caller's slice.
        let bundle = TrustAnchors::from_pem_lenient(unsafe { bundle.octets() }?);
        // SAFETY: the caller's places.
        unsafe { write(&bundle, lines(bundle.faults()), LASTMILE_NO_ANCHORS, output, text) }
    })
}

/// Reads so many certificates in DER. Any fault in one is a fault of all, as of
/// `lastmile_trust_anchors_from_pem`.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_from_der(
    certificates: *const lastmile_slice,
    count: usize,
    anchors: *mut *const lastmile_trust_anchors,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(anchors)?;
        // SAFETY: the caller's slices.
        let certificates = unsafe { Octets::all(certificates, count) }?;
        let bundle = TrustAnchors::from_der_lenient(certificates);
        // SAFETY: the caller's places.
        unsafe { finish(&bundle, output, text) }
    })
}

/// The roots of this system. Those that cannot be used are left out; `text`, if it is not NULL, says
/// which. The one function of this library that reads files; it takes milliseconds.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_system(
    anchors: *mut *const lastmile_trust_anchors,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(anchors)?;
        let loaded = rustls_native_certs::load_native_certs();
        let bundle = TrustAnchors::from_der_lenient(&loaded.certs);
        let errors = loaded.errors.iter().map(ToString::to_string);
        let words = errors.chain(lines(bundle.faults())).collect();
        // SAFETY: the caller's places.
        unsafe { write(&bundle, words, LASTMILE_NO_SYSTEM_ANCHORS, output, text) }
    })
}

/// How many there are, copies counted once; 0 of NULL.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_count(
    anchors: *const lastmile_trust_anchors,
) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's reference.
        unsafe { reference(anchors) }.map_or(0, |anchors| anchors.anchors.len())
    })
}

/// Writes which one this is, counted from 0 without faults and copies: its subject, and where it stands in
/// the bundle: `block 2, line 23: O=Example Shop, CN=Example Shop Root CA`.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_describe(
    anchors: *const lastmile_trust_anchors,
    index: usize,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's reference.
        let anchors = unsafe { reference(anchors) }?;
        if text.is_null() {
            return Err(lastmile_status::NULL_POINTER);
        }
        let anchor = anchors.anchors.get(index).ok_or(lastmile_status::INVALID_ARGUMENT)?;
        let place = match (anchor.block(), anchor.line()) {
            (Some(block), Some(line)) => format!("block {block}, line {line}: "),
            _ => String::new(),
        };
        // SAFETY: the caller's place.
        unsafe { lastmile_text::write(text, format!("{place}{}", subject(&anchor))) }?;
        Ok(lastmile_status::OK)
    })
}

/// One more reference to the same; NULL of NULL.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_ref(
    anchors: *const lastmile_trust_anchors,
) -> *const lastmile_trust_anchors {
    // SAFETY: the caller's reference.
    guard_value(std::ptr::null(), || unsafe { retain(anchors) })
}

/// Gives a reference back; of NULL, does nothing.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_unref(anchors: *const lastmile_trust_anchors) {
    // SAFETY: the caller's reference.
    guard_value((), || unsafe { release(anchors) });
}

fn subject(anchor: &TrustAnchor<'_>) -> String {
    let subject = anchor.certificate().subject_name();
    subject.map_or_else(String::new, |subject| subject.to_string())
}

/// Writes the anchors of a bundle that has no fault.
///
/// # Safety
/// The places are the caller's.
unsafe fn finish(
    bundle: &Bundle,
    output: Output<*const lastmile_trust_anchors>,
    text: *mut lastmile_text,
) -> Result<lastmile_status, Failed> {
    if bundle.faults().is_empty() {
        // SAFETY: as the caller says.
        return unsafe {
            write(bundle, lines(bundle.warnings()), LASTMILE_NO_ANCHORS, output, text)
        };
    }
    // SAFETY: as the caller says.
    unsafe { lastmile_text::write(text, lines(bundle.faults()).join("\n")) }?;
    Err(lastmile_status { code: LASTMILE_INVALID_BUNDLE })
}

/// Writes the anchors, and the words beside them; without any, the words and the status.
///
/// # Safety
/// The places are the caller's.
unsafe fn write(
    bundle: &Bundle,
    words: Vec<String>,
    otherwise: i32,
    output: Output<*const lastmile_trust_anchors>,
    text: *mut lastmile_text,
) -> Result<lastmile_status, Failed> {
    // SAFETY: as the caller says.
    unsafe { lastmile_text::write(text, words.join("\n")) }?;
    let anchors = bundle.anchors().ok_or(lastmile_status { code: otherwise })?.clone();
    // SAFETY: as the caller says.
    unsafe { output.write(Arc::into_raw(Arc::new(lastmile_trust_anchors { anchors }))) };
    Ok(lastmile_status::OK)
}
