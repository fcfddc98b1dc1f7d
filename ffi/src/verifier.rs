//! The question, and the answer.

use std::sync::Arc;
use std::time::Duration;

use engine::MemorySize;
use engine::SignatureCache;
use engine::UnixTime;
use engine::Verifier;

use crate::boundary::Output;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::boundary::release;
use crate::boundary::retain;
use crate::counters::Counters;
use crate::signature_cache::lastmile_memory_report;
use crate::status::VERDICTS;
use crate::status::lastmile_status;
use crate::values::Octets;
use crate::values::lastmile_slice;
use crate::verdict::lastmile_verdict;

/// Decides whether chains satisfy one policy. Counted, as trust anchors are; nothing changes it but its
/// memories, and any number of threads may ask it at once.
pub struct lastmile_verifier {
    verifier: Verifier,
    signatures: Option<SignatureCache>,
    verdicts: Counters<VERDICTS>,
}

impl lastmile_verifier {
    /// With memories of this size, or without any; signatures are kept in `shared`, if it is there.
    pub(crate) fn new(
        verifier: Verifier,
        memory: Option<MemorySize>,
        shared: Option<SignatureCache>,
    ) -> *const Self {
        let signatures = shared.or_else(|| memory.map(SignatureCache::new));
        Arc::into_raw(Arc::new(Self {
            verifier: verifier.with_memory(memory).with_signature_cache(signatures.clone()),
            signatures,
            verdicts: Counters::default(),
        }))
    }
}

/// Decides whether the chain that a backend presents satisfies the policy.
///
/// `leaf` is the first certificate of the handshake, `intermediates` are the `count` others, in any order;
/// all are DER, and are only read. `now_seconds` is the time, in seconds since 1970.
///
/// Returns `LASTMILE_OK` if the chain is accepted, and else the reason. If `verdict` is not NULL, it is
/// set to everything about it, accepted or refused, and `lastmile_verdict_free` frees that. With NULL an
/// accepted chain of up to 8 intermediates and 32 constraints allocates nothing, but what the memory keeps.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_verify(
    verifier: *const lastmile_verifier,
    leaf: lastmile_slice,
    intermediates: *const lastmile_slice,
    count: usize,
    now_seconds: i64,
    verdict: *mut *mut lastmile_verdict,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's reference.
        let verifier = unsafe { reference(verifier) }?;
        // SAFETY: the caller's slices.
        let (leaf, intermediates) = unsafe { (leaf.octets()?, Octets::all(intermediates, count)?) };
        let seconds = u64::try_from(now_seconds).map_err(|_| lastmile_status::INVALID_ARGUMENT)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let judged = verifier.verifier.verify(leaf, intermediates, now);
        let status = match &judged {
            Ok(_) => lastmile_status::OK,
            Err(rejection) => lastmile_status::of_reason(rejection.reason()),
        };
        if let Some(kind) = status.verdict() {
            verifier.verdicts.count(kind);
        }
        if !verdict.is_null() {
            let told = match &judged {
                Ok(verified) => lastmile_verdict::of_verified(verified),
                Err(rejection) => lastmile_verdict::of_rejection(rejection),
            };
            // SAFETY: the caller's place.
            unsafe { Output::new(verdict)?.write(Box::into_raw(Box::new(told))) };
        }
        Ok(status)
    })
}

/// Writes the digest of the policy, 32 octets, to `digest`. A resumed TLS session or a pooled connection
/// is not verified again: key them by this, the SNI and the address.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_digest(
    verifier: *const lastmile_verifier,
    digest: *mut u8,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(digest.cast::<[u8; 32]>())?;
        // SAFETY: the caller's reference.
        let verifier = unsafe { reference(verifier) }?;
        // SAFETY: the caller's place; octets have no alignment.
        unsafe { output.write(*verifier.verifier.digest()) };
        Ok(lastmile_status::OK)
    })
}

/// How many verdicts of this status it has given: `LASTMILE_OK`, or one from 1000 on.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_count(
    verifier: *const lastmile_verifier,
    status: lastmile_status,
    count: *mut u64,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(count)?;
        // SAFETY: the caller's reference.
        let verifier = unsafe { reference(verifier) }?;
        let kind = status.verdict().ok_or(lastmile_status::INVALID_ARGUMENT)?;
        // SAFETY: the caller's place.
        unsafe { output.write(verifier.verdicts.sum(kind)) };
        Ok(lastmile_status::OK)
    })
}

/// What its memory of accepted chains holds, and how often it was asked; all zero without one.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_memory_report(
    verifier: *const lastmile_verifier,
    report: *mut lastmile_memory_report,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(report)?;
        // SAFETY: the caller's reference.
        let verifier = unsafe { reference(verifier) }?;
        let report = verifier.verifier.memory().map(Into::into).unwrap_or_default();
        // SAFETY: the caller's place.
        unsafe { output.write(report) };
        Ok(lastmile_status::OK)
    })
}

/// What its memory of signatures holds, its own or a shared one, and how often it was asked; all zero
/// without one.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_signature_report(
    verifier: *const lastmile_verifier,
    report: *mut lastmile_memory_report,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(report)?;
        // SAFETY: the caller's reference.
        let verifier = unsafe { reference(verifier) }?;
        let report = verifier.signatures.as_ref().map(|signatures| signatures.report().into());
        // SAFETY: the caller's place.
        unsafe { output.write(report.unwrap_or_default()) };
        Ok(lastmile_status::OK)
    })
}

/// One more reference to the same; NULL of NULL.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_ref(
    verifier: *const lastmile_verifier,
) -> *const lastmile_verifier {
    // SAFETY: the caller's reference.
    guard_value(std::ptr::null(), || unsafe { retain(verifier) })
}

/// Gives a reference back; of NULL, does nothing.
///
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_unref(verifier: *const lastmile_verifier) {
    // SAFETY: the caller's reference.
    guard_value((), || unsafe { release(verifier) });
}
