//! The trust anchors of a configuration. Each cluster has a configuration of its own, a hundred of them
//! the same bundle: it is parsed once, and known by its content.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::Weak;

use lastmile::Escaped;
use lastmile::TrustAnchors;
use lastmile_policy::Trust;
use sha2::Digest;
use sha2::Sha256;

/// Anchors that others may have too.
pub(crate) type Shared = Arc<TrustAnchors>;

/// Loads them, and says what is odd about them.
///
/// # Errors
/// Why there are none, with the field at fault.
pub(crate) fn load(trust: &Trust, warn: &mut dyn FnMut(String)) -> Result<Shared, String> {
    match trust {
        Trust::Pem(bundle) => {
            parse(bundle.as_bytes()).map_err(|why| each_line(&why, "caCertificates: "))
        }
        Trust::File(path) => {
            let shown = Escaped::new(path.as_os_str().as_encoded_bytes()).to_string();
            let prefix = format!("caCertificatesFile: {shown}: ");
            let bundle = read(path).map_err(|why| format!("{prefix}{why}"))?;
            parse(&bundle).map_err(|why| each_line(&why, &prefix))
        }
        Trust::System => system(warn),
        _ => Err("this way to say what is trusted is not known here".to_owned()),
    }
}

fn each_line(text: &str, prefix: &str) -> String {
    text.lines().map(|line| format!("{prefix}{line}")).collect::<Vec<_>>().join("\n")
}

/// Large enough for any bundle, and small enough to be read at once.
const MOST_OCTETS: u64 = 32 << 20;

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    // A pipe would be waited for.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("not a regular file".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut limited = file.take(MOST_OCTETS + 1);
    limited.read_to_end(&mut octets).map_err(|error| error.to_string())?;
    match octets.len() as u64 > MOST_OCTETS {
        true => Err(format!("the file is larger than {} MiB", MOST_OCTETS >> 20)),
        false => Ok(octets),
    }
}

fn parse(bundle: &[u8]) -> Result<Shared, String> {
    intern(b"PEM", bundle, || TrustAnchors::from_pem(bundle).map_err(|invalid| invalid.to_string()))
}

/// The roots of this system. Those that cannot be used are left out.
fn system(warn: &mut dyn FnMut(String)) -> Result<Shared, String> {
    let field = "wellKnownCACertificates: ";
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        warn(format!("{field}{error}"));
    }
    let all: Vec<u8> = loaded.certs.iter().flat_map(|one| one.iter().copied()).collect();
    intern(b"DER", &all, || {
        let bundle = TrustAnchors::from_der_lenient(&loaded.certs);
        for fault in bundle.faults() {
            warn(format!("{field}{fault}"));
        }
        let none = || format!("{field}this system has no root certificates that can be used");
        bundle.anchors().cloned().ok_or_else(none)
    })
}

/// By SHA-256 of the content. What nobody has any more is forgotten.
type Known = BTreeMap<[u8; 32], Weak<TrustAnchors>>;

static KNOWN: Mutex<Known> = Mutex::new(Known::new());

/// What was made of this content, in this form, before, or is made of it now. Only the thread that loads a
/// configuration comes here, never one that serves.
fn intern(
    form: &[u8; 3],
    content: &[u8],
    make: impl FnOnce() -> Result<TrustAnchors, String>,
) -> Result<Shared, String> {
    let key = Sha256::new().chain_update(form).chain_update(content).finalize().into();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|_, anchors| anchors.strong_count() > 0);
    if let Some(anchors) = known.get(&key).and_then(Weak::upgrade) {
        return Ok(anchors);
    }
    let anchors = Arc::new(make()?);
    known.insert(key, Arc::downgrade(&anchors));
    Ok(anchors)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lastmile_policy::Trust;

    use super::load;

    const BUNDLE: &str = include_str!("../../../testdata/quickstart/ca.pem");
    const OTHER: &str = include_str!("../../../testdata/quickstart/ca-other.pem");

    #[test]
    fn one_bundle_is_parsed_once() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/quickstart/ca.pem");
        let load = |trust: Trust| load(&trust, &mut |_| {}).expect("a bundle");
        let first = load(Trust::Pem(BUNDLE.into()));
        assert!(Arc::ptr_eq(&first, &load(Trust::Pem(BUNDLE.into()))));
        assert!(Arc::ptr_eq(&first, &load(Trust::File(file.into()))));
        let other = load(Trust::Pem(OTHER.into()));
        assert!(!Arc::ptr_eq(&first, &other));
        let weak = Arc::downgrade(&other);
        drop(other);
        assert!(weak.upgrade().is_none(), "nobody has it any more");
        assert_eq!(load(Trust::Pem(OTHER.into())).len(), 1);
    }
}
