//! OpenSSL and BoringSSL, by the API in C that they share: each call parses what the peer sent and
//! verifies it, as a client does.

use std::ffi::c_char;
use std::ffi::c_int;
use std::ffi::c_long;
use std::ffi::c_void;
use std::ptr;

use lastmile_testdata::bench_chains;
use lastmile_testdata::hostile::Chain;
use libloading::Library;

/// Functions of the library by their names in C, and how each is found: by the dynamic linker in
/// OpenSSL, and in BoringSSL, which is linked, by their names again.
macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions of one library.
        #[allow(non_snake_case, reason = "the names of C")]
        #[derive(Debug)]
        pub struct LibCrypto {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            /// The functions are good as long as this is.
            _library: Option<Library>,
        }

        impl LibCrypto {
            /// The system's OpenSSL 3.
            ///
            /// # Errors
            /// It is not there, or lacks a function.
            pub fn openssl() -> Result<Self, libloading::Error> {
                // SAFETY: what runs when libcrypto is loaded asks nothing of the program.
                let library = unsafe { Library::new("libcrypto.so.3")? };
                Ok(Self {
                    $(
                        // SAFETY: these are the types that the library's documentation gives.
                        $name: unsafe {
                            *library.get(concat!(stringify!($name), "\0").as_bytes())?
                        },
                    )*
                    _library: Some(library),
                })
            }

            /// BoringSSL, which is part of this program.
            #[cfg(feature = "boringssl")]
            pub fn boringssl() -> Self {
                use std::mem::transmute;

                Self {
                    $(
                        // SAFETY: the same function; its pointers are `c_void` here, and integers
                        // have the same width.
                        $name: unsafe {
                            transmute::<*const (), unsafe extern "C" fn($($argument),*) $(-> $result)?>(
                                boring_sys::$name as *const (),
                            )
                        },
                    )*
                    _library: None,
                }
            }
        }
    };
}

functions! {
    OPENSSL_sk_free: fn(*mut c_void);
    OPENSSL_sk_new_null: fn() -> *mut c_void;
    // The count, as an int in OpenSSL and a size_t in BoringSSL; as an int it is right in both.
    OPENSSL_sk_push: fn(*mut c_void, *mut c_void) -> c_int;
    X509_STORE_CTX_free: fn(*mut c_void);
    X509_STORE_CTX_get0_param: fn(*mut c_void) -> *mut c_void;
    X509_STORE_CTX_init: fn(*mut c_void, *mut c_void, *mut c_void, *mut c_void) -> c_int;
    X509_STORE_CTX_new: fn() -> *mut c_void;
    X509_STORE_add_cert: fn(*mut c_void, *mut c_void) -> c_int;
    X509_STORE_free: fn(*mut c_void);
    X509_STORE_new: fn() -> *mut c_void;
    X509_VERIFY_PARAM_set1_host: fn(*mut c_void, *const c_char, usize) -> c_int;
    X509_VERIFY_PARAM_set_purpose: fn(*mut c_void, c_int) -> c_int;
    X509_VERIFY_PARAM_set_time: fn(*mut c_void, i64);
    X509_free: fn(*mut c_void);
    X509_verify_cert: fn(*mut c_void) -> c_int;
    d2i_X509: fn(*mut *mut c_void, *mut *const u8, c_long) -> *mut c_void;
}

impl LibCrypto {
    /// An `X509`, or null.
    fn parse(&self, der: &[u8]) -> *mut c_void {
        let mut start = der.as_ptr();
        let length = c_long::try_from(der.len()).expect("a short certificate");
        // SAFETY: there are so many octets at `start`, which the library moves and does not keep.
        unsafe { (self.d2i_X509)(ptr::null_mut(), &raw mut start, length) }
    }
}

/// A store of anchors, and a chain to ask about.
#[derive(Debug)]
pub struct Store<'a> {
    library: &'a LibCrypto,
    store: *mut c_void,
    leaf: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
}

impl<'a> Store<'a> {
    /// With the library's own limits.
    pub fn new(library: &'a LibCrypto, chain: &Chain) -> Self {
        // SAFETY: a constructor without arguments.
        let store = unsafe { (library.X509_STORE_new)() };
        assert!(!store.is_null());
        for anchor in &chain.anchors {
            let anchor = library.parse(anchor);
            assert!(!anchor.is_null(), "an anchor");
            // SAFETY: both were just made; the store takes a reference of its own, so that ours is
            // given back.
            unsafe {
                assert_eq!((library.X509_STORE_add_cert)(store, anchor), 1);
                (library.X509_free)(anchor);
            }
        }
        let (leaf, intermediates) = (chain.leaf.clone(), chain.presented.clone());
        Self { library, store, leaf, intermediates }
    }

    /// Whether the chain is accepted.
    pub fn verify(&self) -> bool {
        let library = self.library;
        let leaf = library.parse(&self.leaf);
        let others: Vec<_> = self.intermediates.iter().map(|der| library.parse(der)).collect();
        assert!(!leaf.is_null() && others.iter().all(|other| !other.is_null()), "well formed");
        // SAFETY: every pointer comes from its constructor, is of the type that the function takes,
        // and is freed once, after what refers to it. The host's octets outlive the call that copies
        // them.
        unsafe {
            let stack = (library.OPENSSL_sk_new_null)();
            for other in &others {
                (library.OPENSSL_sk_push)(stack, *other);
            }
            let question = (library.X509_STORE_CTX_new)();
            assert!(!stack.is_null() && !question.is_null());
            assert_eq!((library.X509_STORE_CTX_init)(question, self.store, leaf, stack), 1);
            let parameters = (library.X509_STORE_CTX_get0_param)(question);
            let host = bench_chains::HOST;
            let is_set =
                (library.X509_VERIFY_PARAM_set1_host)(parameters, host.as_ptr().cast(), host.len());
            assert_eq!(is_set, 1);
            assert_eq!((library.X509_VERIFY_PARAM_set_purpose)(parameters, SSL_SERVER), 1);
            (library.X509_VERIFY_PARAM_set_time)(parameters, bench_chains::NOW);
            let verdict = (library.X509_verify_cert)(question);
            (library.X509_STORE_CTX_free)(question);
            (library.OPENSSL_sk_free)(stack);
            for certificate in others.into_iter().chain([leaf]) {
                (library.X509_free)(certificate);
            }
            verdict == 1
        }
    }
}

impl Drop for Store<'_> {
    fn drop(&mut self) {
        // SAFETY: made by its constructor, and freed here only.
        unsafe { (self.library.X509_STORE_free)(self.store) }
    }
}

/// `X509_PURPOSE_SSL_SERVER`.
const SSL_SERVER: c_int = 2;
