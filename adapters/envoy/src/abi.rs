//! What Envoy and a certificate validator know of each other: version v0.2.0 of the ABI of dynamic
//! modules, which is that of Envoy 1.40.

use std::ffi::CStr;
use std::ffi::c_int;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;
use std::slice;

/// What Envoy compares with its own; another is a warning in its log.
pub(crate) const VERSION: &CStr = c"v0.2.0";

/// Octets, of either side. The pointer may be NULL if there are none.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Buffer {
    pointer: *const u8,
    length: usize,
}

impl Buffer {
    pub(crate) const EMPTY: Self = Self { pointer: ptr::null(), length: 0 };

    pub(crate) const fn of(octets: &[u8]) -> Self {
        Self { pointer: octets.as_ptr(), length: octets.len() }
    }

    /// # Safety
    /// What it points to is not changed for as long as `'a`.
    pub(crate) unsafe fn octets<'a>(self) -> &'a [u8] {
        if self.pointer.is_null() || self.length == 0 {
            return &[];
        }
        // SAFETY: as the caller says.
        unsafe { slice::from_raw_parts(self.pointer, self.length) }
    }
}

/// A certificate that Envoy holds for the time of one call.
#[repr(transparent)]
pub(crate) struct Presented<'a> {
    buffer: Buffer,
    call: PhantomData<&'a [u8]>,
}

impl AsRef<[u8]> for Presented<'_> {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `chain` is the one way to make it, and its caller has promised this.
        unsafe { self.buffer.octets() }
    }
}

/// The chain as Envoy hands it over, the leaf first.
///
/// # Safety
/// So many buffers stand there, and nothing changes them or what they point to for as long as `'a`.
pub(crate) unsafe fn chain<'a>(buffers: *const Buffer, count: usize) -> &'a [Presented<'a>] {
    if buffers.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: as the caller says; `Presented` has the layout of a buffer.
    unsafe { slice::from_raw_parts(buffers.cast(), count) }
}

/// What a validator answers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValidationResult {
    status: c_int,
    detailed_status: c_int,
    tls_alert: u8,
    has_tls_alert: bool,
}

impl ValidationResult {
    /// `Successful`, `Validated`.
    pub(crate) const ACCEPTED: Self =
        Self { status: 0, detailed_status: 2, tls_alert: 0, has_tls_alert: false };

    /// `Failed`, `Failed`, with this alert.
    pub(crate) const fn refused(alert: u8) -> Self {
        Self { status: 1, detailed_status: 3, tls_alert: alert, has_tls_alert: true }
    }
}

/// `internal_error` (RFC 8446 6.2).
pub(crate) const INTERNAL_ERROR: u8 = 80;

/// `SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT`: with less, nobody would be asked.
pub(crate) const VERIFY_PEER: c_int = 3;

/// How loud a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Warn = 3,
    Error = 4,
}

/// Who is asking: the first argument of a call, which Envoy takes back during that call only.
#[derive(Clone, Copy)]
pub(crate) struct Call(*mut c_void);

impl Call {
    /// # Safety
    /// Envoy has passed this pointer to the call that is under way, and it is not used after it.
    pub(crate) const unsafe fn new(pointer: *mut c_void) -> Self {
        Self(pointer)
    }

    /// The text beside a refusal, in the access log. Envoy copies it.
    pub(crate) fn set_error_details(self, text: &str) {
        let text = Buffer::of(text.as_bytes());
        // SAFETY: the call is under way, and the text outlives this.
        unsafe { envoy_dynamic_module_callback_cert_validator_set_error_details(self.0, text) }
    }

    /// A value for the access log. It stays if it was set before. Envoy copies it.
    pub(crate) fn set_filter_state(self, key: &str, value: &str) {
        let (key, value) = (Buffer::of(key.as_bytes()), Buffer::of(value.as_bytes()));
        // SAFETY: the call is under way, and both texts outlive this.
        let _ = unsafe {
            envoy_dynamic_module_callback_cert_validator_set_filter_state(self.0, key, value)
        };
    }
}

/// A line of Envoy's log.
pub(crate) fn log(level: Level, line: &str) {
    // SAFETY: the line outlives this.
    unsafe { envoy_dynamic_module_callback_log(level as c_int, Buffer::of(line.as_bytes())) }
}

// The program that loads this has them; the tests have their own.
unsafe extern "C" {
    fn envoy_dynamic_module_callback_cert_validator_set_error_details(
        call: *mut c_void,
        text: Buffer,
    );
    fn envoy_dynamic_module_callback_cert_validator_set_filter_state(
        call: *mut c_void,
        key: Buffer,
        value: Buffer,
    ) -> bool;
    fn envoy_dynamic_module_callback_log(level: c_int, line: Buffer);
}
