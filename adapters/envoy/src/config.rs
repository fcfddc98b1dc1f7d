//! One configuration: a policy, compiled.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use lastmile::Escaped;
use lastmile::MemorySize;
use lastmile::SignatureCache;
use lastmile::Verifier;
use lastmile_policy::Stanza;

use crate::anchors;
use crate::anchors::Shared;
use crate::log;

/// What `config_new` makes, and every handshake of a cluster reads, on any thread.
pub(crate) struct Config {
    /// `validator_name`, escaped.
    pub(crate) name: String,
    pub(crate) verifier: Verifier,
    /// What is to be sent as SNI.
    pub(crate) hostname: String,
    /// What Envoy keys its sessions by beside the configuration itself.
    pub(crate) digest: Vec<u8>,
    /// Whether it was said that another SNI is sent.
    another_sni: AtomicBool,
    /// Keeps the parsed bundle for others.
    _anchors: Shared,
}

/// Any thread may read it.
const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    any_thread::<Config>();
};

/// Why there is no configuration; displayed, one fault a line, each with its field.
#[derive(Debug)]
pub(crate) struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one configuration has verified, others need not: the signatures of CA certificates.
fn signatures() -> SignatureCache {
    static SIGNATURES: OnceLock<SignatureCache> = OnceLock::new();
    SIGNATURES.get_or_init(|| SignatureCache::new(MemorySize::default())).clone()
}

impl Config {
    /// Reads a `validator_config`, which Envoy hands over as JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn new(name: &[u8], config: &[u8]) -> Result<Self, Invalid> {
        let name = Escaped::new(name).to_string();
        // There is no line of the operator's file to be told: Envoy writes one of its own.
        let stanza = Stanza::from_yaml(config).map_err(|invalid| {
            let lines = invalid.violations().iter().map(ToString::to_string);
            Invalid(lines.collect::<Vec<_>>().join("\n"))
        })?;
        let hostname = stanza.hostname.to_ascii_lowercase();
        let mut warnings = Vec::new();
        let anchors =
            anchors::load(&stanza.trust, &mut |warning| warnings.push(warning)).map_err(Invalid)?;
        let validation = stanza.with_anchors(anchors.as_ref().clone());
        let compiled = validation.compile().map_err(|invalid| Invalid(invalid.to_string()))?;
        for warning in warnings {
            log::warn(&name, &warning);
        }
        let verifier = compiled
            .verifier
            .with_memory(Some(MemorySize::default()))
            .with_signature_cache(Some(signatures()));
        // The names that are sent are in no verifier.
        let mut digest = verifier.digest().to_vec();
        digest.extend_from_slice(hostname.as_bytes());
        Ok(Self {
            name,
            verifier,
            hostname,
            digest,
            another_sni: AtomicBool::new(false),
            _anchors: anchors,
        })
    }

    /// Says once that the SNI which is sent is not the hostname of the policy.
    pub(crate) fn note_server_name(&self, sent: &[u8]) {
        if sent.eq_ignore_ascii_case(self.hostname.as_bytes())
            || self.another_sni.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let sent = match sent {
            [] => "no SNI is sent".to_owned(),
            _ => format!("the SNI {} is sent", Escaped::new(sent)),
        };
        let hostname = &self.hostname;
        log::warn(
            &self.name,
            &format!("{sent}, and the policy's hostname is {hostname}: set `sni: {hostname}`"),
        );
    }
}
