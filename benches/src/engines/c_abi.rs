//! lastmile over its C ABI: the shared library, as a release is built, and loaded as a proxy loads it.

use std::ffi::c_void;
use std::path::Path;
use std::ptr;

use lastmile_testdata::bench_chains;
use lastmile_testdata::hostile::Chain;
use libloading::Library;

/// `lastmile_status`.
#[repr(C)]
struct Status {
    code: i32,
}

/// `lastmile_slice`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Slice {
    data: *const u8,
    len: usize,
}

impl Slice {
    fn new(octets: &[u8]) -> Self {
        Self { data: octets.as_ptr(), len: octets.len() }
    }
}

type FromDer = unsafe extern "C" fn(*const Slice, usize, *mut *const c_void, *mut c_void) -> Status;
type BuilderNew = unsafe extern "C" fn(*const c_void, *mut *mut c_void) -> Status;
type ExpectDns = unsafe extern "C" fn(*mut c_void, Slice, *mut c_void) -> Status;
type SetMemory = unsafe extern "C" fn(*mut c_void, u32, usize) -> Status;
type Build = unsafe extern "C" fn(*const c_void, *mut *const c_void) -> Status;
type FreeBuilder = unsafe extern "C" fn(*mut c_void);
type Unref = unsafe extern "C" fn(*const c_void);
type Verify = unsafe extern "C" fn(
    *const c_void,
    Slice,
    *const Slice,
    usize,
    i64,
    *mut *mut c_void,
) -> Status;

/// A verifier of the library, and a chain to ask it about.
pub struct CAbi {
    verify: Verify,
    unref: Unref,
    verifier: *const c_void,
    leaf: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
    slices: Vec<Slice>,
    /// The functions are good as long as this is.
    _library: Library,
}

// SAFETY: a verifier may be used and given back by any thread (`Thread:` in lastmile.h); the slices are
// only read.
unsafe impl Send for CAbi {}
// SAFETY: the same.
unsafe impl Sync for CAbi {}

impl CAbi {
    /// Loads the library, and makes a verifier with memories, or without.
    ///
    /// # Panics
    /// The library is not there, or does not do what its header says.
    pub fn new(library: &Path, chain: &Chain, has_memory: bool) -> Self {
        // SAFETY: nothing runs when liblastmile is loaded.
        let library = unsafe { Library::new(library) }.expect("liblastmile.so");
        let (entries, bytes) = if has_memory { (256, 1 << 22) } else { (0, 0) };
        let done = |status: Status| assert_eq!(status.code, 0, "a call of the C ABI");
        let der: Vec<Slice> = chain.anchors.iter().map(|der| Slice::new(der)).collect();
        let (mut anchors, mut builder, mut verifier) = (ptr::null(), ptr::null_mut(), ptr::null());
        // SAFETY: the types are those of lastmile.h, and every pointer is to something of this
        // function.
        unsafe {
            let none = ptr::null_mut();
            let from_der = function::<FromDer>(&library, "lastmile_trust_anchors_from_der");
            done(from_der(der.as_ptr(), der.len(), &raw mut anchors, none));
            let new = function::<BuilderNew>(&library, "lastmile_verifier_builder_new");
            done(new(anchors, &raw mut builder));
            let expect = function::<ExpectDns>(&library, "lastmile_verifier_builder_expect_dns");
            done(expect(builder, Slice::new(bench_chains::HOST.as_bytes()), none));
            let memory = function::<SetMemory>(&library, "lastmile_verifier_builder_set_memory");
            done(memory(builder, entries, bytes));
            let build = function::<Build>(&library, "lastmile_verifier_builder_build");
            done(build(builder, &raw mut verifier));
            function::<FreeBuilder>(&library, "lastmile_verifier_builder_free")(builder);
            function::<Unref>(&library, "lastmile_trust_anchors_unref")(anchors);
        }
        let intermediates = chain.presented.clone();
        Self {
            // SAFETY: as above.
            verify: unsafe { function(&library, "lastmile_verifier_verify") },
            // SAFETY: as above.
            unref: unsafe { function(&library, "lastmile_verifier_unref") },
            verifier,
            leaf: chain.leaf.clone(),
            slices: intermediates.iter().map(|der| Slice::new(der)).collect(),
            intermediates,
            _library: library,
        }
    }

    /// Whether the chain is accepted; nothing is told about it.
    pub fn verify(&self) -> bool {
        debug_assert_eq!(self.slices.len(), self.intermediates.len(), "a slice of each");
        let (leaf, now) = (Slice::new(&self.leaf), bench_chains::NOW);
        let (first, count) = (self.slices.as_ptr(), self.slices.len());
        // SAFETY: the verifier is ours, and the slices are of octets that live as long.
        let status =
            unsafe { (self.verify)(self.verifier, leaf, first, count, now, ptr::null_mut()) };
        status.code == 0
    }
}

impl Drop for CAbi {
    fn drop(&mut self) {
        // SAFETY: the one reference, which nobody uses any more.
        unsafe { (self.unref)(self.verifier) };
    }
}

/// # Safety
/// The type is that of the function.
unsafe fn function<T: Copy>(library: &Library, name: &str) -> T {
    // SAFETY: as the caller says.
    *unsafe { library.get::<T>(name.as_bytes()) }.unwrap_or_else(|error| panic!("{name}: {error}"))
}
