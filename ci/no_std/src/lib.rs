//! A verifier without std, callable from C.
#![no_std]

use core::alloc::GlobalAlloc;
use core::alloc::Layout;
use core::ffi::c_void;
use core::time::Duration;

use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
    fn abort() -> !;
}

/// The C library's allocator; what it returns is aligned for every type used here.
struct Malloc;

// SAFETY: malloc and free keep the contract; larger alignments than malloc's are refused.
unsafe impl GlobalAlloc for Malloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > 16 {
            return core::ptr::null_mut();
        }
        // SAFETY: any size may be asked for.
        unsafe { malloc(layout.size()).cast() }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        // SAFETY: the pointer came from malloc.
        unsafe { free(pointer.cast()) }
    }
}

#[global_allocator]
static ALLOCATOR: Malloc = Malloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: abort takes nothing and returns nothing.
    unsafe { abort() }
}

/// The alert of the refusal of a chain that is one certificate, by a bundle that is one; 0 if it
/// is accepted. No algorithms are built in: only a certificate of the bundle is.
///
/// # Safety
/// `certificate` and `bundle` are so many readable octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lastmile_no_std_alert(
    certificate: *const u8,
    length: usize,
    bundle: *const u8,
    bundle_length: usize,
    now: u64,
) -> i32 {
    // SAFETY: the caller's promise.
    let leaf = unsafe { core::slice::from_raw_parts(certificate, length) };
    // SAFETY: the caller's promise.
    let bundle = unsafe { core::slice::from_raw_parts(bundle, bundle_length) };
    let (Ok(anchors), Ok(names)) =
        (TrustAnchors::from_pem(bundle), ExpectedNames::dns("backend.example.com"))
    else {
        return -1;
    };
    let verifier = Verifier::builder_for(anchors, names, &[]).build();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    match verifier.verify(leaf, &[] as &[&[u8]], now) {
        Ok(_) => 0,
        Err(rejection) => i32::from(rejection.reason().alert()),
    }
}
