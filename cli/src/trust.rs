//! What is trusted: the certificates of a bundle, or the roots of the system.

use lastmile::Bundle;
use lastmile::TrustAnchors;

use crate::chain::is_der;
use crate::chain::is_encoded_pem;
use crate::failure::Failure;
use crate::failure::Fault;
use crate::input::Source;

/// Trust anchors, and where they are from.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) anchors: TrustAnchors,
    /// None is the system.
    pub(crate) bundle: Option<Source>,
    pub(crate) warnings: Vec<String>,
}

impl Trust {
    /// The certificates of a PEM bundle. Any fault in it is a fault of the whole.
    pub(crate) fn from_bundle(source: &Source) -> Result<Self, Failure> {
        let octets = source.read()?;
        let bundle = TrustAnchors::from_pem_lenient(&octets);
        if !bundle.faults().is_empty() {
            let faults = bundle
                .faults()
                .iter()
                .map(|fault| Fault { line: fault.line().map(u64::from), text: fault.to_string() });
            return Err(Failure::of_faults("invalid-bundle", source, faults.collect()));
        }
        let Some(anchors) = bundle.anchors() else {
            let text = empty(&bundle, &octets);
            return Err(Failure::of_file("empty-bundle", source, None, text));
        };
        let warnings = bundle.warnings().iter().map(|warning| format!("{source}: {warning}"));
        let passed_over = bundle.passed_over().iter().map(|block| {
            let (number, line) = (block.block(), block.line());
            format!("{source}: block {number}, line {line}: {} is passed over", block.label())
        });
        Ok(Self {
            anchors: anchors.clone(),
            bundle: Some(source.clone()),
            warnings: warnings.chain(passed_over).collect(),
        })
    }

    /// The roots of this system. Those that cannot be used are only reported.
    pub(crate) fn from_system() -> Result<Self, Failure> {
        let loaded = rustls_native_certs::load_native_certs();
        let bundle = TrustAnchors::from_der_lenient(&loaded.certs);
        let errors = loaded.errors.iter().map(|error| format!("the system's roots: {error}"));
        let faults = bundle.faults().iter().map(|fault| format!("the system's roots: {fault}"));
        let warnings: Vec<String> = errors.chain(faults).collect();
        match bundle.anchors() {
            Some(anchors) => Ok(Self { anchors: anchors.clone(), bundle: None, warnings }),
            None => {
                let mut text = "the system's roots: there is none that can be used".to_owned();
                for warning in warnings.iter().take(1) {
                    text = format!("{text} ({warning})");
                }
                Err(Failure::of_use("no-system-roots", text))
            }
        }
    }

    /// The bundle's name in a sentence about what to change.
    pub(crate) fn short_name(&self) -> String {
        match &self.bundle {
            Some(source) => source.short_name(),
            None => "the system's roots".into(),
        }
    }
}

fn empty(bundle: &Bundle, octets: &[u8]) -> String {
    match bundle.passed_over() {
        _ if octets.is_empty() => "holds no CERTIFICATE block: it is empty".into(),
        [] if is_der(octets) => {
            "is DER, and a bundle is PEM: convert it (openssl x509 -inform der)".into()
        }
        [] if is_encoded_pem(octets) => {
            "holds PEM in base64, as the data of a Secret does: decode it (base64 -d)".into()
        }
        [] => "holds no CERTIFICATE block: it is not PEM".into(),
        [first, ..] => format!(
            "holds no CERTIFICATE block, but others, such as {} (block {}, line {})",
            first.label(),
            first.block(),
            first.line()
        ),
    }
}
