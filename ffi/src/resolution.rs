//! How a backend is spoken to: by a policy among documents, or by a stanza.

use std::mem::offset_of;

use engine::MemorySize;
use engine::SignatureCache;
use engine::Verifier;
use lastmile_policy::Compiled;
use lastmile_policy::Decision;
use lastmile_policy::InvalidValidation;
use lastmile_policy::Resolution;
use lastmile_policy::SubjectAltName;
use lastmile_policy::Validation;

use crate::anchors::lastmile_trust_anchors;
use crate::boundary::Output;
use crate::boundary::free;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::status::Failed;
use crate::status::LASTMILE_INVALID_VALIDATION;
use crate::status::lastmile_status;
use crate::values::Text;
use crate::values::array;
use crate::values::give;
use crate::values::lastmile_slice;
use crate::values::lastmile_text;
use crate::values::lines;
use crate::verifier::lastmile_verifier;

/// How a backend is spoken to, and why. It has one owner, who frees it with `lastmile_resolution_free`; what
/// it gives out lives as long as it does.
pub struct lastmile_resolution {
    decision: u32,
    sni: Text,
    verifier: Option<Verifier>,
    memory: Option<MemorySize>,
    signatures: Option<SignatureCache>,
    policy: Text,
    code: Text,
    reason: Text,
    message: Text,
    warnings: Vec<String>,
}

/// With TLS, and the certificate is verified: `lastmile_resolution_verifier` gives the verifier.
pub const LASTMILE_DECISION_VERIFY: u32 = 1;
/// With TLS, and no handshake can be good: answer as for a backend that is down. Never without TLS. A number
/// that a program does not know means the same.
pub const LASTMILE_DECISION_REFUSE: u32 = 2;
/// With TLS, and every certificate is accepted: somebody has asked for that in so many words.
pub const LASTMILE_DECISION_SKIP_VERIFICATION: u32 = 3;
/// No policy is about it, and nothing says that it speaks TLS.
pub const LASTMILE_DECISION_NO_POLICY: u32 = 4;

/// What `lastmile_resolution_get` tells. Later versions add to its end.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_resolution_info {
    /// Before the call: octets of the caller's struct, `sizeof (lastmile_resolution_info)`. After it:
    /// octets that were written, which an older library has fewer of.
    pub struct_size: usize,
    /// One of `LASTMILE_DECISION_*`.
    pub decision: u32,
    /// The name to send; empty for none.
    pub sni: lastmile_slice,
    /// The policy that governs, as `namespace/name`; empty if none does.
    pub policy: lastmile_slice,
    /// Refused: what it is called, such as `policy-no-valid-ca-certificate`; else empty.
    pub code: lastmile_slice,
    /// Refused: the reason of the condition, such as `NoValidCACertificate`; else empty.
    pub reason: lastmile_slice,
    /// Refused: every fault that led to it, with its place, a line for each; else empty.
    pub message: lastmile_slice,
}

/// A program that was compiled with the first header has no more of it.
const FIRST_VERSION: usize =
    offset_of!(lastmile_resolution_info, message) + size_of::<lastmile_slice>();

/// A name that a certificate may have in its subjectAltName.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_subject_alt_name {
    /// One of `LASTMILE_SUBJECT_ALT_NAME_*`.
    pub kind: u32,
    /// The name.
    pub name: lastmile_slice,
}

/// A dNSName; a wildcard is met by the same wildcard, and by nothing else.
pub const LASTMILE_SUBJECT_ALT_NAME_HOSTNAME: u32 = 1;
/// A uniformResourceIdentifier, compared octet by octet.
pub const LASTMILE_SUBJECT_ALT_NAME_URI: u32 = 2;

/// Holds a backend to a validation stanza, without documents. `hostname` is sent; the certificate must
/// have it, or, if there are `names`, one of those. `text`, if it is not NULL, tells every rule of the API
/// that is broken, a line for each.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_validation_compile(
    hostname: lastmile_slice,
    names: *const lastmile_subject_alt_name,
    count: usize,
    anchors: *const lastmile_trust_anchors,
    resolution: *mut *mut lastmile_resolution,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(resolution)?;
        // SAFETY: the caller's reference.
        let trust = unsafe { reference(anchors) }?.anchors.clone();
        // SAFETY: the caller's slice and array.
        let (hostname, names) = unsafe { (lossy(hostname)?, array(names, count)?) };
        // SAFETY: the caller's array.
        let names: Result<_, Failed> = names.iter().map(|name| unsafe { name.read() }).collect();
        let compiled = Validation { hostname, subject_alt_names: names?, trust }.compile();
        // SAFETY: the caller's places.
        unsafe { finish(compiled, output, text) }
    })
}

/// The same, with the stanza as YAML or JSON: `hostname` and `subjectAltNames`, as the API spells them.
/// `text` has lines and columns.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_validation_from_yaml(
    yaml: lastmile_slice,
    anchors: *const lastmile_trust_anchors,
    resolution: *mut *mut lastmile_resolution,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(resolution)?;
        // SAFETY: the caller's reference.
        let trust = unsafe { reference(anchors) }?.anchors.clone();
        // SAFETY: the caller's slice.
        let validation = Validation::from_yaml(unsafe { yaml.octets() }?, trust);
        let compiled = validation.and_then(|validation| validation.compile());
        // SAFETY: the caller's places.
        unsafe { finish(compiled, output, text) }
    })
}

/// Tells what was decided.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolution_get(
    resolution: *const lastmile_resolution,
    info: *mut lastmile_resolution_info,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's resolution.
        let resolution = unsafe { reference(resolution) }?;
        // SAFETY: the caller's place.
        unsafe { give(info, FIRST_VERSION, resolution.info()) }
    })
}

/// A verifier of its own, with a reference, for `LASTMILE_DECISION_VERIFY`; else
/// `LASTMILE_INVALID_ARGUMENT`.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolution_verifier(
    resolution: *const lastmile_resolution,
    verifier: *mut *const lastmile_verifier,
) -> lastmile_status {
    guard(|| {
        let output = Output::new(verifier)?;
        // SAFETY: the caller's resolution.
        let resolution = unsafe { reference(resolution) }?;
        let verifier = resolution.verifier.clone().ok_or(lastmile_status::INVALID_ARGUMENT)?;
        let signatures = resolution.signatures.clone();
        // SAFETY: the caller's place.
        unsafe { output.write(lastmile_verifier::new(verifier, resolution.memory, signatures)) };
        Ok(lastmile_status::OK)
    })
}

/// Writes what somebody should look at, in the policy too, a line for each; that verification is skipped
/// comes first.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolution_warnings(
    resolution: *const lastmile_resolution,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's resolution.
        let resolution = unsafe { reference(resolution) }?;
        if text.is_null() {
            return Err(lastmile_status::NULL_POINTER);
        }
        // SAFETY: the caller's place.
        unsafe { lastmile_text::write(text, resolution.warnings.join("\n")) }?;
        Ok(lastmile_status::OK)
    })
}

/// Frees a resolution; of NULL, does nothing. Verifiers of it live on.
///
/// Thread: one at a time for each resolution.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_resolution_free(resolution: *mut lastmile_resolution) {
    // SAFETY: the caller's resolution.
    guard_value((), || unsafe { free(resolution) });
}

/// # Safety
/// The slice is the caller's.
unsafe fn lossy(text: lastmile_slice) -> Result<String, Failed> {
    // What is not UTF-8 is no name, and is shown so.
    // SAFETY: as the caller says.
    Ok(String::from_utf8_lossy(unsafe { text.octets() }?).into_owned())
}

/// # Safety
/// The places are the caller's.
unsafe fn finish(
    compiled: Result<Compiled, InvalidValidation>,
    output: Output<*mut lastmile_resolution>,
    text: *mut lastmile_text,
) -> Result<lastmile_status, Failed> {
    match compiled {
        Ok(compiled) => {
            let resolution = lastmile_resolution::of_stanza(compiled);
            // SAFETY: as the caller says.
            unsafe {
                lastmile_text::write(text, "")?;
                output.write(Box::into_raw(Box::new(resolution)));
            }
            Ok(lastmile_status::OK)
        }
        Err(invalid) => {
            // SAFETY: as the caller says.
            unsafe { lastmile_text::write(text, invalid) }?;
            Err(lastmile_status { code: LASTMILE_INVALID_VALIDATION })
        }
    }
}

impl lastmile_subject_alt_name {
    /// # Safety
    /// The slice is the caller's.
    unsafe fn read(&self) -> Result<SubjectAltName, Failed> {
        // SAFETY: as the caller says.
        let name = unsafe { lossy(self.name) }?;
        match self.kind {
            LASTMILE_SUBJECT_ALT_NAME_HOSTNAME => Ok(SubjectAltName::Hostname(name)),
            LASTMILE_SUBJECT_ALT_NAME_URI => Ok(SubjectAltName::Uri(name)),
            _ => Err(lastmile_status::INVALID_ARGUMENT),
        }
    }
}

impl lastmile_resolution {
    fn of_stanza(compiled: Compiled) -> Self {
        Self {
            decision: LASTMILE_DECISION_VERIFY,
            sni: Text::new(&compiled.sni),
            verifier: Some(compiled.verifier),
            memory: Some(MemorySize::default()),
            signatures: None,
            policy: Text::new(&""),
            code: Text::new(&""),
            reason: Text::new(&""),
            message: Text::new(&""),
            warnings: Vec::new(),
        }
    }

    pub(crate) fn of_documents(
        resolution: &Resolution,
        memory: Option<MemorySize>,
        signatures: Option<SignatureCache>,
    ) -> Self {
        let (decision, sni, verifier, refusal) = match resolution.decision() {
            Decision::NoPolicy => (LASTMILE_DECISION_NO_POLICY, None, None, None),
            Decision::Refuse(refusal) => (LASTMILE_DECISION_REFUSE, None, None, Some(refusal)),
            Decision::SkipVerification { sni } => {
                (LASTMILE_DECISION_SKIP_VERIFICATION, sni.as_ref(), None, None)
            }
            Decision::Verify { sni, verifier } => {
                (LASTMILE_DECISION_VERIFY, Some(sni), Some(verifier.clone()), None)
            }
        };
        let notes = refusal.map(|refusal| lines(refusal.notes()).join("\n"));
        let warnings = lines(resolution.warnings()).into_iter();
        Self {
            decision,
            sni: Text::new(&sni.map(ToString::to_string).unwrap_or_default()),
            verifier,
            memory,
            signatures,
            policy: Text::new(&resolution.policy().unwrap_or_default()),
            code: Text::new(&refusal.map(|refusal| refusal.code()).unwrap_or_default()),
            reason: Text::new(&refusal.map(|refusal| refusal.reason()).unwrap_or_default()),
            message: Text::new(&notes.unwrap_or_default()),
            warnings: warnings.chain(lines(resolution.unattached())).collect(),
        }
    }

    fn info(&self) -> lastmile_resolution_info {
        lastmile_resolution_info {
            struct_size: size_of::<lastmile_resolution_info>(),
            decision: self.decision,
            sni: self.sni.slice(),
            policy: self.policy.slice(),
            code: self.code.slice(),
            reason: self.reason.slice(),
            message: self.message.slice(),
        }
    }
}
