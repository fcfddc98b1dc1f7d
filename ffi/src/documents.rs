//! Documents of Kubernetes, and what they decide for each target.

use std::sync::Arc;
use std::time::Duration;

use engine::MemorySize;
use engine::SignatureCache;
use engine::UnixTime;
use lastmile_policy::Documents;
use lastmile_policy::Resolver;
use lastmile_policy::SystemAnchors;
use lastmile_policy::Target;

use crate::anchors::lastmile_trust_anchors;
use crate::boundary::Output;
use crate::boundary::exclusive;
use crate::boundary::free;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::resolution::lastmile_resolution;
use crate::signature_cache::lastmile_signature_cache;
use crate::signature_cache::memory_size;
use crate::status::LASTMILE_INVALID_TARGET;
use crate::status::lastmile_status;
use crate::values::lastmile_slice;
use crate::values::lastmile_text;
use crate::values::lines;

/// Documents of Kubernetes: policies, the bundles and backends that they name, routes and Gateways. It has
/// one owner, who frees it with `lastmile_documents_free`.
pub struct lastmile_documents {
    documents: Arc<Documents>,
    system: SystemAnchors,
}

/// Documents, judged: each policy once. It has one owner, who frees it with `lastmile_resolver_free`, and
/// outlives the documents that it was made of.
pub struct lastmile_resolver {
    /// Reads `documents`: it stands before them, and so is dropped before them.
    resolver: Resolver<'static>,
    #[expect(dead_code, reason = "keeps alive what the resolver reads")]
    documents: Arc<Documents>,
    memory: Option<MemorySize>,
    signatures: Option<SignatureCache>,
}

/// `lastmile_documents_resolver`: a ConfigMap or a Secret without `ca.crt` is read from `tls.crt`, or from
/// its only key. The API knows `ca.crt` alone.
pub const LASTMILE_RESOLVE_FALLBACK_KEYS: u32 = 1;
/// `lastmile_documents_resolver`: what no policy is about has none, although some documents could not be
/// read. Without it, such targets are refused: each of those documents may be their policy.
pub const LASTMILE_RESOLVE_DESPITE_FAULTS: u32 = 2;

/// None yet.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_documents_new(
    documents: *mut *mut lastmile_documents,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(documents)?;
        let documents =
            lastmile_documents { documents: Arc::default(), system: SystemAnchors::none() };
        // SAFETY: the caller's place.
        unsafe { output.write(Box::into_raw(Box::new(documents))) };
        Ok(lastmile_status::OK)
    })
}

/// Reads a stream of YAML or JSON documents beside those that are there. `file` is what messages call it.
/// What cannot be read is kept as a fault, not a failure: `lastmile_documents_faults` tells.
///
/// Thread: one at a time for each handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_documents_add_yaml(
    documents: *mut lastmile_documents,
    file: lastmile_slice,
    yaml: lastmile_slice,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's documents.
        let documents = unsafe { exclusive(documents) }?;
        // SAFETY: the caller's slices.
        let (file, yaml) = unsafe { (file.octets()?, yaml.octets()?) };
        Arc::make_mut(&mut documents.documents).add_yaml(&String::from_utf8_lossy(file), yaml);
        Ok(lastmile_status::OK)
    })
}

/// How many documents could not be read; `text`, if it is not NULL, says which and why, a line for each.
///
/// Thread: any, while none changes it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_documents_faults(
    documents: *const lastmile_documents,
    count: *mut usize,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(count)?;
        // SAFETY: the caller's documents.
        let faults = unsafe { reference(documents) }?.documents.faults();
        // SAFETY: the caller's place.
        unsafe { lastmile_text::write(text, lines(faults).join("\n")) }?;
        // SAFETY: the caller's place.
        unsafe { output.write(faults.len()) };
        Ok(lastmile_status::OK)
    })
}

/// What is trusted where a policy says `wellKnownCACertificates: NAME`; `System` is the API's own name.
/// Without it, such a policy refuses every handshake.
///
/// Thread: one at a time for each handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_documents_set_well_known(
    documents: *mut lastmile_documents,
    name: lastmile_slice,
    anchors: *const lastmile_trust_anchors,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's documents.
        let documents = unsafe { exclusive(documents) }?;
        // SAFETY: the caller's slice and reference.
        let (name, anchors) = unsafe { (name.octets()?, reference(anchors)?.anchors.clone()) };
        let name = std::str::from_utf8(name).map_err(|_| lastmile_status::INVALID_ARGUMENT)?;
        documents.system = documents.system.clone().set(name, anchors);
        Ok(lastmile_status::OK)
    })
}

/// Judges them as they are now, at this time, in seconds since 1970; `flags` are of `LASTMILE_RESOLVE_*`,
/// or 0. Verifiers that it gives out have memories as those of a `lastmile_verifier_builder`; the
/// signatures are shared by all of them.
///
/// Thread: any, while none changes it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_documents_resolver(
    documents: *const lastmile_documents,
    now_seconds: i64,
    flags: u32,
    resolver: *mut *mut lastmile_resolver,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(resolver)?;
        // SAFETY: the caller's documents.
        let lastmile_documents { documents, system } = unsafe { reference(documents) }?;
        let known = LASTMILE_RESOLVE_FALLBACK_KEYS | LASTMILE_RESOLVE_DESPITE_FAULTS;
        let seconds = u64::try_from(now_seconds).ok().filter(|_| flags & !known == 0);
        let seconds = seconds.ok_or(lastmile_status::INVALID_ARGUMENT)?;
        let documents = Arc::clone(documents);
        // SAFETY: an Arc's content does not move, and nothing changes it while there are two
        // references (`Arc::make_mut`); the handle keeps one for longer than what reads it.
        let kept: &'static Documents = unsafe { &*Arc::as_ptr(&documents) };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let judged = kept
            .resolver(system, now)
            .fallback_keys(flags & LASTMILE_RESOLVE_FALLBACK_KEYS != 0)
            .despite_faults(flags & LASTMILE_RESOLVE_DESPITE_FAULTS != 0)
            .build();
        let memory = MemorySize::default();
        let made = Box::new(lastmile_resolver {
            resolver: judged,
            documents,
            memory: Some(memory),
            signatures: Some(SignatureCache::new(memory)),
        });
        // SAFETY: the caller's place.
        unsafe { output.write(Box::into_raw(made)) };
        Ok(lastmile_status::OK)
    })
}

/// Frees documents; of NULL, does nothing.
///
/// Thread: one at a time for each handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_documents_free(documents: *mut lastmile_documents) {
    // SAFETY: the caller's documents.
    guard_value((), || unsafe { free(documents) });
}

/// How many accepted chains each verifier remembers from now on, in how many octets; with no entries, none.
///
/// Thread: one at a time for each handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolver_set_memory(
    resolver: *mut lastmile_resolver,
    entries: u32,
    bytes: usize,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's resolver.
        let resolver = unsafe { exclusive(resolver) }?;
        resolver.memory = memory_size(entries, bytes)?;
        Ok(lastmile_status::OK)
    })
}

/// Verifiers share these signatures from now on; with NULL, each has its own, if it has a memory.
///
/// Thread: one at a time for each handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolver_set_signature_cache(
    resolver: *mut lastmile_resolver,
    cache: *const lastmile_signature_cache,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's resolver.
        let resolver = unsafe { exclusive(resolver) }?;
        // SAFETY: NULL, or the caller's reference.
        resolver.signatures = unsafe { cache.as_ref() }.map(|cache| cache.cache.clone());
        Ok(lastmile_status::OK)
    })
}

/// Writes every target that a policy is about, and every Backend, to `text`, a line for each.
///
/// Thread: one at a time for each handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolver_targets(
    resolver: *const lastmile_resolver,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's resolver.
        let resolver = unsafe { reference(resolver) }?;
        if text.is_null() {
            return Err(lastmile_status::NULL_POINTER);
        }
        let targets = lines(&resolver.resolver.targets()).join("\n");
        // SAFETY: the caller's place.
        unsafe { lastmile_text::write(text, targets) }?;
        Ok(lastmile_status::OK)
    })
}

/// Decides how a target is spoken to. It is named `[NAMESPACE/]NAME[:SECTION]`, a section being a port's
/// name or number; `service/NAMESPACE/NAME` or `backend/NAMESPACE/NAME` where there are both.
///
/// Thread: one at a time for each handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolver_resolve(
    resolver: *mut lastmile_resolver,
    target: lastmile_slice,
    resolution: *mut *mut lastmile_resolution,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(resolution)?;
        // SAFETY: the caller's resolver.
        let resolver = unsafe { exclusive(resolver) }?;
        // SAFETY: the caller's slice.
        let target = std::str::from_utf8(unsafe { target.octets() }?);
        let target = target.ok().and_then(|target| target.parse::<Target>().ok());
        let target = target.ok_or(lastmile_status { code: LASTMILE_INVALID_TARGET })?;
        let resolved = resolver.resolver.resolve(&target);
        let (memory, signatures) = (resolver.memory, resolver.signatures.clone());
        let resolved = lastmile_resolution::of_documents(&resolved, memory, signatures);
        // SAFETY: the caller's place.
        unsafe { output.write(Box::into_raw(Box::new(resolved))) };
        Ok(lastmile_status::OK)
    })
}

/// Frees a resolver; of NULL, does nothing. What it gave out lives on.
///
/// Thread: one at a time for each handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolver_free(resolver: *mut lastmile_resolver) {
    // SAFETY: the caller's resolver.
    guard_value((), || unsafe { free(resolver) });
}
