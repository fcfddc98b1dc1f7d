//! What a verifier is made of.

use std::net::IpAddr;

use engine::ExpectedNames;
use engine::Limits;
use engine::MemorySize;
use engine::ReferenceName;
use engine::SignatureCache;
use engine::TrustAnchors;
use engine::Verifier;

use crate::anchors::lastmile_trust_anchors;
use crate::boundary::Output;
use crate::boundary::exclusive;
use crate::boundary::free;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::signature_cache::lastmile_signature_cache;
use crate::signature_cache::memory_size;
use crate::status::Failed;
use crate::status::LASTMILE_INVALID_DNS_NAME;
use crate::status::LASTMILE_INVALID_IP_ADDRESS;
use crate::status::LASTMILE_INVALID_URI;
use crate::status::LASTMILE_NO_NAMES;
use crate::status::lastmile_status;
use crate::values::lastmile_slice;
use crate::values::lastmile_text;
use crate::verifier::lastmile_verifier;

/// Makes verifiers. It has one owner, who frees it with `lastmile_verifier_builder_free`; it may build
/// several verifiers.
pub struct lastmile_verifier_builder {
    anchors: TrustAnchors,
    names: Vec<ReferenceName>,
    limits: Limits,
    memory: Option<MemorySize>,
    signatures: Option<SignatureCache>,
}

/// `lastmile_verifier_builder_set_limit`: CA certificates between the leaf and the anchor. Default 8.
pub const LASTMILE_LIMIT_INTERMEDIATES: u32 = 1;
/// `lastmile_verifier_builder_set_limit`: certificates presented beside the leaf. Default 128.
pub const LASTMILE_LIMIT_PRESENTED: u32 = 2;
/// `lastmile_verifier_builder_set_limit`: octets of one certificate. Default 65536.
pub const LASTMILE_LIMIT_CERTIFICATE_BYTES: u32 = 3;
/// `lastmile_verifier_builder_set_limit`: units of signatures to check. Default 128.
pub const LASTMILE_LIMIT_SIGNATURE_CHECKS: u32 = 4;
/// `lastmile_verifier_builder_set_limit`: issuers to try. Default 65536.
pub const LASTMILE_LIMIT_ISSUER_CANDIDATES: u32 = 5;
/// `lastmile_verifier_builder_set_limit`: pairs of a name and a constraint. Default 4194304.
pub const LASTMILE_LIMIT_NAME_CONSTRAINT_PAIRS: u32 = 6;
/// `lastmile_verifier_builder_set_limit`: octets of names and constraints to read. Default 524288.
pub const LASTMILE_LIMIT_NAME_BYTES: u32 = 7;

/// A builder with these anchors, which it shares, and no name yet. Memories of what was accepted are on,
/// limits are the default ones.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_new(
    anchors: *const lastmile_trust_anchors,
    builder: *mut *mut lastmile_verifier_builder,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(builder)?;
        // SAFETY: the caller's reference.
        let anchors = unsafe { reference(anchors) }?.anchors.clone();
        let builder = lastmile_verifier_builder {
            anchors,
            names: Vec::new(),
            limits: Limits::default(),
            memory: Some(MemorySize::default()),
            signatures: None,
        };
        // SAFETY: the caller's place.
        unsafe { output.write(Box::into_raw(Box::new(builder))) };
        Ok(lastmile_status::OK)
    })
}

/// Expects this DNS name, or another name that is expected. A name that begins with `*.` is met by
/// the same wildcard in a certificate, and by nothing else.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_expect_dns(
    builder: *mut lastmile_verifier_builder,
    name: lastmile_slice,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's builder.
        let builder = unsafe { exclusive(builder) }?;
        // SAFETY: the caller's slice.
        let octets = unsafe { name.octets() }?;
        let name = std::str::from_utf8(octets).map_err(|error| error.to_string());
        let name =
            name.and_then(|name| ReferenceName::dns(name).map_err(|error| error.to_string()));
        // SAFETY: the caller's place.
        unsafe { builder.expect(name, LASTMILE_INVALID_DNS_NAME, text) }
    })
}

/// Expects this URI, octet for octet, or another name that is expected.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_expect_uri(
    builder: *mut lastmile_verifier_builder,
    uri: lastmile_slice,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's builder.
        let builder = unsafe { exclusive(builder) }?;
        // SAFETY: the caller's slice.
        let octets = unsafe { uri.octets() }?;
        let uri = std::str::from_utf8(octets).map_err(|error| error.to_string());
        let uri = uri.and_then(|uri| ReferenceName::uri(uri).map_err(|error| error.to_string()));
        // SAFETY: the caller's place.
        unsafe { builder.expect(uri, LASTMILE_INVALID_URI, text) }
    })
}

/// Expects this IP address, of 4 or 16 octets, or another name that is expected.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_expect_ip(
    builder: *mut lastmile_verifier_builder,
    address: lastmile_slice,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's builder.
        let builder = unsafe { exclusive(builder) }?;
        // SAFETY: the caller's slice.
        let octets = unsafe { address.octets() }?;
        let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        let address = v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from));
        match address {
            Ok(address) => builder.names.push(ReferenceName::ip(address)),
            Err(_) => return Err(lastmile_status { code: LASTMILE_INVALID_IP_ADDRESS }),
        }
        Ok(lastmile_status::OK)
    })
}

/// Sets one of `LASTMILE_LIMIT_*`.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_set_limit(
    builder: *mut lastmile_verifier_builder,
    limit: u32,
    value: u32,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's builder.
        let limits = &mut unsafe { exclusive(builder) }?.limits;
        *match limit {
            LASTMILE_LIMIT_INTERMEDIATES => &mut limits.intermediates,
            LASTMILE_LIMIT_PRESENTED => &mut limits.presented,
            LASTMILE_LIMIT_CERTIFICATE_BYTES => &mut limits.certificate_bytes,
            LASTMILE_LIMIT_SIGNATURE_CHECKS => &mut limits.signature_checks,
            LASTMILE_LIMIT_ISSUER_CANDIDATES => &mut limits.issuer_candidates,
            LASTMILE_LIMIT_NAME_CONSTRAINT_PAIRS => &mut limits.name_constraint_pairs,
            LASTMILE_LIMIT_NAME_BYTES => &mut limits.name_bytes,
            _ => return Err(lastmile_status::INVALID_ARGUMENT),
        } = value;
        Ok(lastmile_status::OK)
    })
}

/// How many accepted chains each verifier remembers, `LASTMILE_MOST_ENTRIES` at most, in how many octets;
/// with no entries, none. On by default: 256 entries in 4 MiB. The same for signatures on CA certificates, unless
/// `lastmile_verifier_builder_set_signature_cache` gives a cache for them.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_set_memory(
    builder: *mut lastmile_verifier_builder,
    entries: u32,
    bytes: usize,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's builder.
        let builder = unsafe { exclusive(builder) }?;
        builder.memory = memory_size(entries, bytes)?;
        Ok(lastmile_status::OK)
    })
}

/// Shares these signatures with other verifiers; NULL for those of each verifier's own.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_set_signature_cache(
    builder: *mut lastmile_verifier_builder,
    cache: *const lastmile_signature_cache,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's builder.
        let builder = unsafe { exclusive(builder) }?;
        // SAFETY: NULL, or the caller's reference.
        builder.signatures = unsafe { cache.as_ref() }.map(|cache| cache.cache.clone());
        Ok(lastmile_status::OK)
    })
}

/// Builds a verifier, and leaves the builder as it is. `LASTMILE_NO_NAMES` if none is expected: there is
/// no verifier that takes any name.
///
/// Thread: one at a time for each builder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_build(
    builder: *const lastmile_verifier_builder,
    verifier: *mut *const lastmile_verifier,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(verifier)?;
        // SAFETY: the caller's builder.
        let builder = unsafe { reference(builder) }?;
        let names = ExpectedNames::try_from(builder.names.clone())
            .map_err(|_| lastmile_status { code: LASTMILE_NO_NAMES })?;
        let verifier =
            Verifier::builder(builder.anchors.clone(), names).limits(builder.limits).build();
        let verifier = lastmile_verifier::new(verifier, builder.memory, builder.signatures.clone());
        // SAFETY: the caller's place.
        unsafe { output.write(verifier) };
        Ok(lastmile_status::OK)
    })
}

/// Frees a builder; of NULL, does nothing. Verifiers that it built live on.
///
/// Thread: one at a time for each builder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verifier_builder_free(builder: *mut lastmile_verifier_builder) {
    // SAFETY: the caller's builder.
    guard_value((), || unsafe { free(builder) });
}

impl lastmile_verifier_builder {
    /// # Safety
    /// `text` is the caller's place.
    unsafe fn expect(
        &mut self,
        name: Result<ReferenceName, String>,
        otherwise: i32,
        text: *mut lastmile_text,
    ) -> Result<lastmile_status, Failed> {
        match name {
            Ok(name) => {
                // SAFETY: as the caller says.
                unsafe { lastmile_text::write(text, "") }?;
                self.names.push(name);
                Ok(lastmile_status::OK)
            }
            Err(words) => {
                // SAFETY: as the caller says.
                unsafe { lastmile_text::write(text, words) }?;
                Err(lastmile_status { code: otherwise })
            }
        }
    }
}
