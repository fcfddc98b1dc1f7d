//! What is trusted.

use std::sync::Arc;

use engine::Bundle;
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

/// Certificates that may end a path. Counted: whoever has a reference gives it back with
/// `lastmile_trust_anchors_unref`. Nothing changes them, and verifiers share them.
pub struct lastmile_trust_anchors {
    pub(crate) anchors: TrustAnchors,
}

/// Reads a bundle of PEM certificates. Any fault in it is a fault of the whole: `LASTMILE_INVALID_BUNDLE`,
/// and `text`, if it is not NULL, says which block and why, a line for each.
///
/// Thread: any.
///
/// # Safety
/// As the header says of every pointer.
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

/// Reads so many certificates in DER. Any fault in one is a fault of all, as of
/// `lastmile_trust_anchors_from_pem`.
///
/// Thread: any.
///
/// # Safety
/// As the header says of every pointer.
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
///
/// # Safety
/// As the header says of every pointer.
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
        let faults = bundle.faults().iter().map(ToString::to_string);
        let words = errors.chain(faults).collect::<Vec<_>>().join("\n");
        // SAFETY: the caller's place.
        unsafe { lastmile_text::write(text, words) }?;
        let Some(anchors) = bundle.anchors() else {
            return Err(lastmile_status { code: LASTMILE_NO_SYSTEM_ANCHORS });
        };
        // SAFETY: the caller's place.
        unsafe { output.write(handle(anchors.clone())) };
        Ok(lastmile_status::OK)
    })
}

/// How many there are, copies counted once; 0 of NULL.
///
/// Thread: any.
///
/// # Safety
/// As the header says of every pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_count(
    anchors: *const lastmile_trust_anchors,
) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's reference.
        unsafe { reference(anchors) }.map_or(0, |anchors| anchors.anchors.len())
    })
}

/// One more reference to the same; NULL of NULL.
///
/// Thread: any.
///
/// # Safety
/// As the header says of every pointer.
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
///
/// # Safety
/// As the header says of every pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_trust_anchors_unref(anchors: *const lastmile_trust_anchors) {
    // SAFETY: the caller's reference.
    guard_value((), || unsafe { release(anchors) });
}

fn handle(anchors: TrustAnchors) -> *const lastmile_trust_anchors {
    Arc::into_raw(Arc::new(lastmile_trust_anchors { anchors }))
}

/// # Safety
/// The places are the caller's.
unsafe fn finish(
    bundle: &Bundle,
    output: Output<*const lastmile_trust_anchors>,
    text: *mut lastmile_text,
) -> Result<lastmile_status, Failed> {
    let faults = bundle.faults();
    let words: Vec<String> = match faults.is_empty() {
        true => bundle.warnings().iter().map(ToString::to_string).collect(),
        false => faults.iter().map(ToString::to_string).collect(),
    };
    // SAFETY: the caller's place.
    unsafe { lastmile_text::write(text, words.join("\n")) }?;
    if !faults.is_empty() {
        return Err(lastmile_status { code: LASTMILE_INVALID_BUNDLE });
    }
    let Some(anchors) = bundle.anchors() else {
        return Err(lastmile_status { code: LASTMILE_NO_ANCHORS });
    };
    // SAFETY: the caller's place.
    unsafe { output.write(handle(anchors.clone())) };
    Ok(lastmile_status::OK)
}
