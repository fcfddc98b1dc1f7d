//! Asks a backend over HTTPS with hyper, by the policy of that backend.
//!
//! ```sh
//! cd testdata/quickstart
//! openssl s_server -accept 4433 -www -cert chain.pem -cert_chain intermediate.pem -key key.pem &
//! cargo run -p lastmile-rustls --example hyper -- https://127.0.0.1:4433/ ca.pem backend.example.com
//! ```
//!
//! With `ca-other.pem`, or another name, it says why not.

use std::env;
use std::error::Error;
use std::fs;
use std::sync::Arc;

use hyper_rustls::FixedServerNameResolver;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use lastmile::DnsName;
use lastmile::ExpectedNames;
use lastmile::Rejection;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_rustls::Backend;
use lastmile_rustls::Observer;
use lastmile_rustls::Presented;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, bundle, hostname] = arguments.as_slice() else {
        return Err("usage: hyper URL BUNDLE HOSTNAME".into());
    };
    let explain =
        |_: &Presented<'_>, rejection: &Rejection| eprintln!("{}", rejection.explanation());
    let backend = backend(&fs::read(bundle)?, hostname, Arc::new(explain))?;
    println!("status {}", get(&backend, url).await?);
    Ok(())
}

/// The backend that has this name, and whose certificate comes from this bundle.
pub(crate) fn backend(
    bundle: &[u8],
    hostname: &str,
    observer: Arc<dyn Observer>,
) -> Result<Backend, Failure> {
    let anchors = TrustAnchors::from_pem(bundle)?;
    let verifier = Verifier::builder(anchors, ExpectedNames::dns(hostname)?).build();
    Ok(Backend::builder(verifier, DnsName::try_from(hostname)?).observer(observer).build()?)
}

/// The status of the answer. One client asks one backend: what it pools is that backend's.
pub(crate) async fn get(backend: &Backend, url: &str) -> Result<u16, Failure> {
    // The URL says where to connect to; who has to be there, and the SNI, the policy says.
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config((*backend.config()).clone())
        .https_only()
        .with_server_name_resolver(FixedServerNameResolver::new(backend.server_name()))
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build::<_, String>(connector);
    let response = client.get(url.parse()?).await?;
    Ok(response.status().as_u16())
}
