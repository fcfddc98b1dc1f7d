//! What is trusted: the certificates of a bundle, or the roots of the system.

use lastmile::Bundle;
use lastmile::TrustAnchors;
use lastmile_policy::Resolution;

use crate::chain::is_der;
use crate::chain::is_encoded_pem;
use crate::failure::Failure;
use crate::failure::Fault;
use crate::input::Source;

/// Trust anchors, and where they are from.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) anchors: TrustAnchors,
    from: From,
    pub(crate) warnings: Vec<String>,
}

/// Where trust anchors are from.
#[derive(Clone, Debug)]
enum From {
    Bundle(Source),
    Documents(Box<Resolution>),
    System,
}

/// Where one trust anchor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, for machines; none is the system.
    pub(crate) file: Option<String>,
    /// The block and the line of a bundle, if it is PEM.
    pub(crate) block: Option<u32>,
    pub(crate) line: Option<u32>,
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
            from: From::Bundle(source.clone()),
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
            Some(anchors) => Ok(Self { anchors: anchors.clone(), from: From::System, warnings }),
            None => {
                let mut text = "the system's roots: there is none that can be used".to_owned();
                for warning in warnings.iter().take(1) {
                    text = format!("{text} ({warning})");
                }
                Err(Failure::of_use("no-system-roots", text))
            }
        }
    }

    /// The anchors of a verifier that documents decided on.
    pub(crate) fn from_documents(anchors: TrustAnchors, resolution: Resolution) -> Self {
        Self { anchors, from: From::Documents(Box::new(resolution)), warnings: Vec::new() }
    }

    /// Where an anchor stands, by its index.
    pub(crate) fn place(&self, anchor: usize) -> Place {
        let found = self.anchors.get(anchor);
        let in_bundle = |file: Option<String>| Place {
            file,
            block: found.and_then(|found| found.block()),
            line: found.and_then(|found| found.line()),
        };
        match &self.from {
            From::Bundle(source) => in_bundle(Some(source.argument())),
            From::System => in_bundle(None),
            From::Documents(resolution) => match resolution.anchor_source(anchor) {
                Some(source) => Place {
                    file: source.place().file().map(str::to_owned),
                    block: source.block(),
                    line: source.line(),
                },
                None => in_bundle(None),
            },
        }
    }

    /// The bundle's name in a sentence about what to change.
    pub(crate) fn short_name(&self) -> String {
        match &self.from {
            From::Bundle(source) => source.short_name(),
            From::System => "the system's roots".into(),
            From::Documents(resolution) => {
                let names: Vec<&str> = resolution.bundles().collect();
                match names.as_slice() {
                    [] => "the system's roots".into(),
                    // `ConfigMap shop/ca: ca.crt`
                    [one] => match one.rsplit_once(": ") {
                        Some((object, key)) => format!("{key} of {object}"),
                        None => (*one).to_owned(),
                    },
                    _ => "one of its bundles".into(),
                }
            }
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
