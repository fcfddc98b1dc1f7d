//! What a client needs to connect to one backend: a configuration, and the name to send.

use std::error;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use lastmile::DnsName;
use lastmile::MemorySize;
use lastmile::SignatureCache;
use lastmile::Verifier;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::SupportedProtocolVersion;
use rustls::client::ResolvesClientCert;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types;
use rustls::pki_types::ServerName;
use rustls::time_provider::DefaultTimeProvider;
use rustls::time_provider::TimeProvider;

use crate::observer::Observer;
use crate::sessions::Sessions;
use crate::sessions::Window;
use crate::verifier::BackendVerifier;

/// A backend: who it must prove to be, and what it is called in the handshake.
///
/// Shared by all connections to it. See the [crate] for what is resumed, and what not.
#[derive(Debug)]
pub struct Backend {
    builder: BackendBuilder,
    server_name: ServerName<'static>,
    current: Mutex<Generation>,
}

/// A configuration, and when its sessions are good.
#[derive(Debug)]
struct Generation {
    config: Arc<ClientConfig>,
    window: Arc<Window>,
}

impl Backend {
    /// A backend whose handshakes ring checks. `sni` is sent; the names of `verifier` authenticate.
    #[cfg(feature = "ring")]
    pub fn builder(verifier: Verifier, sni: DnsName) -> BackendBuilder {
        let provider = rustls::crypto::ring::default_provider();
        Self::builder_for(verifier, sni, Arc::new(provider))
    }

    /// A backend whose handshakes another provider checks.
    pub fn builder_for(
        verifier: Verifier,
        sni: DnsName,
        provider: Arc<CryptoProvider>,
    ) -> BackendBuilder {
        BackendBuilder {
            verifier,
            sni,
            provider,
            versions: rustls::DEFAULT_VERSIONS.to_vec(),
            alpn: Vec::new(),
            client_cert: None,
            clock: Arc::new(DefaultTimeProvider),
            observer: None,
            most_sessions: 0,
            memory: Some(MemorySize::default()),
        }
    }

    /// The configuration for the next connection: made once, and with kept sessions anew when
    /// their time has ended. Whoever keeps an old one resumes nothing with it from then on.
    pub fn config(&self) -> Arc<ClientConfig> {
        // Nobody panics while holding it; if somebody did, a configuration is whole or not there.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let clock = &self.builder.clock;
        if clock.current_time().is_some_and(|now| current.window.is_past(now)) {
            // A new verifier with a new store: sessions that old connections still bring go to the
            // old one.
            if let Ok(next) = self.builder.generation(&self.server_name) {
                *current = next;
            }
        }
        Arc::clone(&current.config)
    }

    /// The name of the stanza, for the connection: what is sent as SNI.
    pub fn server_name(&self) -> ServerName<'static> {
        self.server_name.clone()
    }

    /// The policy.
    pub const fn verifier(&self) -> &Verifier {
        &self.builder.verifier
    }

    /// A connection that has not sent anything yet.
    ///
    /// # Errors
    /// What rustls has against the configuration.
    pub fn connect(&self) -> Result<ClientConnection, rustls::Error> {
        ClientConnection::new(self.config(), self.server_name())
    }

    /// A configuration for one connection, of which this observer is told in the place of the
    /// backend's own. It shares no sessions, for those belong to the backend's own verifier.
    ///
    /// # Errors
    /// What rustls has against the configuration.
    pub fn config_observed_by(
        &self,
        observer: Arc<dyn Observer>,
    ) -> Result<ClientConfig, rustls::Error> {
        let builder = &self.builder;
        let verifier = BackendVerifier::new(builder.verifier.clone(), &builder.provider);
        builder.config(verifier.observer(observer), Resumption::disabled())
    }
}

/// Makes a [`Backend`].
#[derive(Clone)]
#[must_use]
pub struct BackendBuilder {
    verifier: Verifier,
    sni: DnsName,
    provider: Arc<CryptoProvider>,
    versions: Vec<&'static SupportedProtocolVersion>,
    alpn: Vec<Vec<u8>>,
    client_cert: Option<Arc<dyn ResolvesClientCert>>,
    clock: Arc<dyn TimeProvider>,
    observer: Option<Arc<dyn Observer>>,
    most_sessions: usize,
    memory: Option<MemorySize>,
}

impl BackendBuilder {
    /// The TLS versions to offer. By default, those that rustls was compiled with.
    pub fn protocol_versions(self, versions: &[&'static SupportedProtocolVersion]) -> Self {
        Self { versions: versions.to_vec(), ..self }
    }

    /// The application protocols to offer, the preferred one first (RFC 7301). By default, none.
    pub fn alpn(self, protocols: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self { alpn: protocols.into_iter().map(Into::into).collect(), ..self }
    }

    /// The certificate that authenticates the client, if the backend asks for one.
    pub fn client_cert(self, resolver: Arc<dyn ResolvesClientCert>) -> Self {
        Self { client_cert: Some(resolver), ..self }
    }

    /// The clock. By default, the system's.
    pub fn clock(self, clock: Arc<dyn TimeProvider>) -> Self {
        Self { clock, ..self }
    }

    /// Who is told of every verdict.
    pub fn observer(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Resumes sessions: of TLS 1.3 so many tickets are kept, each of which serves once; of TLS 1.2
    /// the last session. See the [crate] for when they are not resumed. 0 is the default.
    pub fn keep_sessions(self, most: usize) -> Self {
        Self { most_sessions: most, ..self }
    }

    /// How much is remembered of what was accepted: chains, which cost no signature when they are
    /// presented again, and signatures on CA certificates, which cost none below a new leaf; so much
    /// of each, and for this backend alone. By default [`MemorySize::default`]; with None, nothing
    /// but what the verifier remembers itself.
    /// No verdict depends on it; [`Verifier::memory`] says how it does.
    pub fn memory(self, size: Option<MemorySize>) -> Self {
        Self { memory: size, ..self }
    }

    /// The backend.
    ///
    /// # Errors
    /// The SNI cannot be sent, or rustls refuses the provider or the versions.
    pub fn build(mut self) -> Result<Backend, InvalidBackend> {
        if let Some(size) = self.memory {
            self.verifier = remembering(self.verifier, size);
        }
        let name = pki_types::DnsName::try_from(self.sni.as_str().to_owned())
            .map_err(|_| InvalidBackend::Sni(self.sni.clone()))?;
        let server_name = ServerName::DnsName(name);
        let current = self.generation(&server_name).map_err(InvalidBackend::Config)?;
        Ok(Backend { server_name, current: Mutex::new(current), builder: self })
    }

    fn generation(&self, server_name: &ServerName<'static>) -> Result<Generation, rustls::Error> {
        let window = Arc::new(Window::everlasting());
        let mut verifier = BackendVerifier::new(self.verifier.clone(), &self.provider);
        if let Some(observer) = &self.observer {
            verifier = verifier.observer(Arc::clone(observer));
        }
        let resumption = match self.most_sessions {
            0 => Resumption::disabled(),
            most => {
                verifier = verifier.window(Arc::clone(&window));
                Resumption::store(Arc::new(Sessions::new(
                    server_name.clone(),
                    most,
                    Arc::clone(&window),
                    Arc::clone(&self.clock),
                )))
            }
        };
        let config = Arc::new(self.config(verifier, resumption)?);
        Ok(Generation { config, window })
    }

    fn config(
        &self,
        verifier: BackendVerifier,
        resumption: Resumption,
    ) -> Result<ClientConfig, rustls::Error> {
        let builder =
            ClientConfig::builder_with_details(Arc::clone(&self.provider), Arc::clone(&self.clock))
                .with_protocol_versions(&self.versions)?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.client_cert {
            Some(resolver) => builder.with_client_cert_resolver(Arc::clone(resolver)),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.alpn);
        config.resumption = resumption;
        Ok(config)
    }
}

/// With what it does not remember itself.
fn remembering(verifier: Verifier, size: MemorySize) -> Verifier {
    let verifier = match verifier.memory() {
        None => verifier.with_memory(Some(size)),
        Some(_) => verifier,
    };
    match verifier.signature_cache() {
        None => verifier.with_signature_cache(Some(SignatureCache::new(size))),
        Some(_) => verifier,
    }
}

impl fmt::Debug for BackendBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendBuilder")
            .field("verifier", &self.verifier)
            .field("sni", &self.sni)
            .field("versions", &self.versions)
            .field("alpn", &self.alpn)
            .field("most_sessions", &self.most_sessions)
            .finish_non_exhaustive()
    }
}

/// Why there is no such backend.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum InvalidBackend {
    /// rustls refuses the provider or the versions.
    Config(rustls::Error),
    /// A name that cannot be sent as SNI (RFC 6066 3): a wildcard, or no host name.
    Sni(DnsName),
}

impl fmt::Display for InvalidBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "rustls refuses the configuration: {error}"),
            Self::Sni(name) => write!(f, "{} cannot be sent as SNI", name.as_str()),
        }
    }
}

impl error::Error for InvalidBackend {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Config(error) => Some(error),
            Self::Sni(_) => None,
        }
    }
}
