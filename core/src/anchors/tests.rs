use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::Named;
use super::TrustAnchors;

// Placeholder until test certificates exist.
#[test]
fn an_empty_bundle_is_refused() {
    for bundle in ["", "text", "-----BEGIN X-----\nAAEC\n-----END X-----\n"] {
        assert_eq!(TrustAnchors::from_pem(bundle.as_bytes()).unwrap_err().code(), "empty-bundle");
    }
    let _ = (format!(""), "".to_string(), Vec::<u8>::new(), core::mem::size_of::<Named>());
}
