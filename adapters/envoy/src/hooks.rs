//! The functions that Envoy looks up by their names. Each has the panic boundary.

use std::ffi::c_char;
use std::ffi::c_int;
use std::ffi::c_void;
use std::ptr;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use lastmile::UnixTime;

use crate::abi;
use crate::abi::Buffer;
use crate::abi::Call;
use crate::abi::INTERNAL_ERROR;
use crate::abi::Presented;
use crate::abi::VERIFY_PEER;
use crate::abi::ValidationResult;
use crate::boundary::guard;
use crate::config::Config;
use crate::line::Line;
use crate::log;

/// Envoy asks which ABI this was made for.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    abi::VERSION.as_ptr()
}

/// Makes a configuration; NULL if it is not good. Called by the main thread, for each cluster.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_cert_validator_config_new(
    _envoy: *mut c_void,
    name: Buffer,
    config: Buffer,
) -> *const c_void {
    guard(ptr::null(), || {
        // SAFETY: Envoy's buffers live for this call.
        let (name, config) = unsafe { (name.octets(), config.octets()) };
        match Config::new(name, config) {
            Ok(config) => Box::into_raw(Box::new(config)).cast_const().cast(),
            Err(invalid) => {
                let name = lastmile::Escaped::new(name).to_string();
                log::error(&name, &invalid.to_string());
                ptr::null()
            }
        }
    })
}

/// Called by the main thread when nobody uses the configuration any more.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_cert_validator_config_destroy(
    config: *const c_void,
) {
    guard((), || {
        if !config.is_null() {
            // SAFETY: `config_new` made it, and Envoy destroys it once.
            drop(unsafe { Box::from_raw(config.cast_mut().cast::<Config>()) });
        }
    });
}

/// Judges a chain. Called by any worker, and by several at once with one configuration.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_cert_validator_do_verify_cert_chain(
    call: *mut c_void,
    config: *const c_void,
    certificates: *const Buffer,
    count: usize,
    host_name: Buffer,
    is_server: bool,
) -> ValidationResult {
    guard(ValidationResult::refused(INTERNAL_ERROR), || {
        // SAFETY: Envoy has called, and waits.
        let call = unsafe { Call::new(call) };
        let no_verdict = |why: &str| {
            call.set_error_details(why);
            ValidationResult::refused(INTERNAL_ERROR)
        };
        // Inside, so that the text stands in the access log too.
        let panicked = || no_verdict("lastmile/internal-error");
        guard(None, || {
            // SAFETY: `config_new` made it, and Envoy has not destroyed it.
            let Some(config) = (unsafe { config.cast::<Config>().as_ref() }) else {
                return Some(no_verdict("lastmile/internal-error cause=no-configuration"));
            };
            if is_server {
                return Some(no_verdict(
                    "lastmile/not-a-backend cause=this-validator-is-for-an-UpstreamTlsContext",
                ));
            }
            // SAFETY: Envoy's buffers live for this call.
            let (chain, host_name) =
                unsafe { (abi::chain(certificates, count), host_name.octets()) };
            config.note_server_name(host_name);
            Some(judge(call, config, chain).unwrap_or_else(|| {
                no_verdict("lastmile/internal-error cause=no-certificate-or-no-clock")
            }))
        })
        .unwrap_or_else(panicked)
    })
}

/// Whether somebody is asked at all.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn envoy_dynamic_module_on_cert_validator_get_ssl_verify_mode(
    _config: *const c_void,
    _handshaker_provides_certificates: bool,
) -> c_int {
    VERIFY_PEER
}

/// What sessions and connections are kept by beside the configuration: the content of files too.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_cert_validator_update_digest(
    config: *const c_void,
    digest: *mut Buffer,
) {
    guard((), || {
        // SAFETY: `config_new` made it, and Envoy has not destroyed it.
        let config = unsafe { config.cast::<Config>().as_ref() };
        let octets = config.map_or(Buffer::EMPTY, |config| Buffer::of(&config.digest));
        if !digest.is_null() {
            // SAFETY: Envoy's place.
            unsafe { digest.write(octets) };
        }
    });
}

/// Nothing without a certificate, and without a clock.
fn judge(call: Call, config: &Config, chain: &[Presented<'_>]) -> Option<ValidationResult> {
    #[cfg(feature = "test-panic")]
    assert_ne!(config.hostname, "panic.test", "a test wants this");
    let (leaf, intermediates) = chain.split_first()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = UnixTime::since_unix_epoch(now);
    match config.verifier.verify(leaf.as_ref(), intermediates, now) {
        Ok(verified) => {
            call.set_filter_state("lastmile.matched", &verified.name().to_string());
            let anchor = verified.path().last()?;
            call.set_filter_state("lastmile.anchor", &anchor.subject().to_string());
            Some(ValidationResult::ACCEPTED)
        }
        Err(rejection) => {
            call.set_error_details(&Line(&rejection).to_string());
            Some(ValidationResult::refused(rejection.reason().alert()))
        }
    }
}
