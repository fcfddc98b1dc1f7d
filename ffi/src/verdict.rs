//! Everything about one verdict.

use std::mem::offset_of;

use engine::At;
use engine::Finding;
use engine::Reason;
use engine::ReferenceName;
use engine::Rejection;
use engine::Verified;

use crate::boundary::Output;
use crate::boundary::free;
use crate::boundary::guard;
use crate::boundary::guard_value;
use crate::boundary::reference;
use crate::status::Failed;
use crate::status::lastmile_status;
use crate::values::Text;
use crate::values::give;
use crate::values::lastmile_slice;
use crate::values::lastmile_text;

/// Everything about one verdict. It has one owner, who frees it with `lastmile_verdict_free`; what it
/// gives out lives as long as it does.
pub struct lastmile_verdict {
    main: Told,
    also: Vec<Told>,
    alert: u8,
    x509_v_err: i32,
    matched: Text,
    valid_until: i64,
    attempts: u32,
    expected: Vec<Text>,
    presented: Vec<Text>,
    path: Vec<(At, Text)>,
    explanation: String,
}

/// A verdict, or one of several reasons.
struct Told {
    status: lastmile_status,
    at: Option<At>,
    code: Text,
    clause: Text,
    message: Text,
}

/// What `lastmile_verdict_get` tells. Later versions add to its end.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_verdict_info {
    /// Before the call: octets of the caller's struct, `sizeof (lastmile_verdict_info)`. After it: octets
    /// that were written, which an older library has fewer of.
    pub struct_size: usize,
    /// `LASTMILE_OK`, or the reason that is reported first.
    pub status: lastmile_status,
    /// The `X509_V_ERR_*` of OpenSSL for it; 0, `X509_V_OK`, if accepted.
    pub x509_v_err: i32,
    /// The certificate at fault: 0 is the leaf, N the Nth of the others; -1 if it is none of them.
    pub certificate: i64,
    /// The anchor at fault, or that ends the path: `lastmile_trust_anchors_describe` tells which that is;
    /// -1 if none.
    pub anchor: i64,
    /// Accepted: the last second, since 1970, in which every certificate of the path is good, and
    /// after which no session is resumed. Refused: 0.
    pub valid_until: i64,
    /// How many paths reached an anchor and were judged.
    pub attempts: u32,
    /// The TLS alert to send; 0 if accepted.
    pub alert: u8,
    /// What the reason is called, such as `name-mismatch`; empty if accepted.
    pub code: lastmile_slice,
    /// Where the rule stands, such as `RFC 9525 6`; empty if accepted.
    pub clause: lastmile_slice,
    /// One sentence.
    pub message: lastmile_slice,
    /// The expected name that the leaf has; empty if refused.
    pub matched: lastmile_slice,
    /// How many `lastmile_verdict_expected` knows: the names that the leaf has none of.
    pub expected: usize,
    /// How many `lastmile_verdict_presented` knows: the names that it has instead.
    pub presented: usize,
    /// How many `lastmile_verdict_path` knows: none if refused.
    pub path: usize,
    /// How many `lastmile_verdict_also` knows: the other reasons.
    pub also: usize,
}

/// A program that was compiled with the first header has no more of it.
const FIRST_VERSION: usize = offset_of!(lastmile_verdict_info, also) + size_of::<usize>();

/// A certificate of the path.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_path_certificate {
    /// 0 is the leaf, N the Nth of the others; -1 of the anchor.
    pub certificate: i64,
    /// As in `lastmile_verdict_info`; -1 of the others.
    pub anchor: i64,
    /// Its subject, for people.
    pub subject: lastmile_slice,
}

/// One of several reasons.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lastmile_finding {
    /// The reason.
    pub status: lastmile_status,
    /// As in `lastmile_verdict_info`.
    pub certificate: i64,
    /// As in `lastmile_verdict_info`.
    pub anchor: i64,
    /// As in `lastmile_verdict_info`.
    pub code: lastmile_slice,
    /// As in `lastmile_verdict_info`.
    pub clause: lastmile_slice,
    /// As in `lastmile_verdict_info`.
    pub message: lastmile_slice,
}

/// Tells the verdict.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_get(
    verdict: *const lastmile_verdict,
    info: *mut lastmile_verdict_info,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's verdict.
        let verdict = unsafe { reference(verdict) }?;
        // SAFETY: the caller's place.
        unsafe { give(info, FIRST_VERSION, verdict.info()) }
    })
}

/// One of the names that were expected and are not there, with its form: `dns backend.example.com`.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_expected(
    verdict: *const lastmile_verdict,
    index: usize,
    name: *mut lastmile_slice,
) -> lastmile_status {
    // SAFETY: the caller's verdict and place.
    guard(|| unsafe { one(verdict, name, |verdict| Some(verdict.expected.get(index)?.slice())) })
}

/// One of the names that the leaf has, where none is expected, with its form, escaped. The first ones: the
/// explanation says how many there are.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_presented(
    verdict: *const lastmile_verdict,
    index: usize,
    name: *mut lastmile_slice,
) -> lastmile_status {
    // SAFETY: the caller's verdict and place.
    guard(|| unsafe { one(verdict, name, |verdict| Some(verdict.presented.get(index)?.slice())) })
}

/// One certificate of the path: 0 is the leaf, the last is the anchor.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_path(
    verdict: *const lastmile_verdict,
    index: usize,
    certificate: *mut lastmile_path_certificate,
) -> lastmile_status {
    let step = |verdict: &lastmile_verdict| {
        let (at, subject) = verdict.path.get(index)?;
        let (certificate, anchor) = place(Some(*at));
        Some(lastmile_path_certificate { certificate, anchor, subject: subject.slice() })
    };
    // SAFETY: the caller's verdict and place.
    guard(|| unsafe { one(verdict, certificate, step) })
}

/// One of the other reasons.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_also(
    verdict: *const lastmile_verdict,
    index: usize,
    finding: *mut lastmile_finding,
) -> lastmile_status {
    let told = |verdict: &lastmile_verdict| {
        let told = verdict.also.get(index)?;
        let (certificate, anchor) = place(told.at);
        Some(lastmile_finding {
            status: told.status,
            certificate,
            anchor,
            code: told.code.slice(),
            clause: told.clause.slice(),
            message: told.message.slice(),
        })
    };
    // SAFETY: the caller's verdict and place.
    guard(|| unsafe { one(verdict, finding, told) })
}

/// Writes the explanation: several lines, with every cause and what to do.
///
/// Thread: any.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_explanation(
    verdict: *const lastmile_verdict,
    text: *mut lastmile_text,
) -> lastmile_status {
    guard(|| {
        // SAFETY: the caller's verdict.
        let verdict = unsafe { reference(verdict) }?;
        if text.is_null() {
            return Err(lastmile_status::NULL_POINTER);
        }
        // SAFETY: the caller's place.
        unsafe { lastmile_text::write(text, &verdict.explanation) }?;
        Ok(lastmile_status::OK)
    })
}

/// Frees a verdict; of NULL, does nothing.
///
/// Thread: one at a time for each verdict.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_verdict_free(verdict: *mut lastmile_verdict) {
    // SAFETY: the caller's verdict.
    guard_value((), || unsafe { free(verdict) });
}

/// One element of a list, if there is one at this place.
///
/// # Safety
/// Both are the caller's.
unsafe fn one<T>(
    verdict: *const lastmile_verdict,
    place: *mut T,
    element: impl FnOnce(&lastmile_verdict) -> Option<T>,
) -> Result<lastmile_status, Failed> {
    let output = Output::new(place)?;
    // SAFETY: as the caller says.
    let verdict = unsafe { reference(verdict) }?;
    let element = element(verdict).ok_or(lastmile_status::INVALID_ARGUMENT)?;
    // SAFETY: as the caller says.
    unsafe { output.write(element) };
    Ok(lastmile_status::OK)
}

impl lastmile_verdict {
    pub(crate) fn of_verified(verified: &Verified<'_>) -> Self {
        let until = verified.valid_until().as_secs();
        let path = verified.path().iter();
        Self {
            main: Told {
                status: lastmile_status::OK,
                at: Some(At::Anchor(verified.anchor().index())),
                code: Text::new(&""),
                clause: Text::new(&""),
                message: Text::new(&verified.to_string().lines().next().unwrap_or_default()),
            },
            also: Vec::new(),
            alert: 0,
            x509_v_err: 0,
            matched: Text::new(verified.name()),
            valid_until: i64::try_from(until).unwrap_or(i64::MAX),
            attempts: verified.attempts(),
            expected: Vec::new(),
            presented: Vec::new(),
            path: path.map(|step| (step.at(), Text::new(&step.subject()))).collect(),
            explanation: verified.to_string(),
        }
    }

    pub(crate) fn of_rejection(rejection: &Rejection) -> Self {
        let findings = || std::iter::once(rejection.finding()).chain(rejection.also());
        let names = findings().find_map(|finding| match finding.reason() {
            Reason::NameMismatch { expected, presented, .. } => Some((expected, presented)),
            _ => None,
        });
        Self {
            main: Told::new(rejection.finding()),
            also: rejection.also().iter().map(Told::new).collect(),
            alert: rejection.reason().alert(),
            x509_v_err: rejection.reason().x509_v_err(),
            matched: Text::new(&""),
            valid_until: 0,
            attempts: rejection.attempts(),
            expected: names.iter().flat_map(|names| names.0).map(with_form).collect(),
            presented: names.iter().flat_map(|names| names.1).map(|name| Text::new(name)).collect(),
            path: Vec::new(),
            explanation: rejection.explanation().to_string(),
        }
    }

    fn info(&self) -> lastmile_verdict_info {
        let (certificate, anchor) = place(self.main.at);
        lastmile_verdict_info {
            struct_size: size_of::<lastmile_verdict_info>(),
            status: self.main.status,
            x509_v_err: self.x509_v_err,
            certificate,
            anchor,
            valid_until: self.valid_until,
            attempts: self.attempts,
            alert: self.alert,
            code: self.main.code.slice(),
            clause: self.main.clause.slice(),
            message: self.main.message.slice(),
            matched: self.matched.slice(),
            expected: self.expected.len(),
            presented: self.presented.len(),
            path: self.path.len(),
            also: self.also.len(),
        }
    }
}

impl Told {
    fn new(finding: &Finding) -> Self {
        let reason = finding.reason();
        Self {
            status: lastmile_status::of_reason(reason),
            at: Some(finding.at()),
            code: Text::new(&reason.code()),
            clause: Text::new(&reason.clause()),
            message: Text::new(finding),
        }
    }
}

/// As presented names are shown.
fn with_form(name: &ReferenceName) -> Text {
    Text::new(&format_args!("{} {name}", name.form()))
}

/// The certificate and the anchor; -1 where it is none.
fn place(at: Option<At>) -> (i64, i64) {
    let number = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    match at {
        Some(At::Certificate(index)) => (number(index), -1),
        Some(At::Anchor(index)) => (-1, number(index)),
        None => (-1, -1),
    }
}
