//! Connects to a backend with tokio, by the policy of that backend.
//!
//! ```sh
//! cd testdata/quickstart
//! openssl s_server -accept 4433 -www -cert chain.pem -cert_chain intermediate.pem -key key.pem &
//! cargo run -p lastmile-rustls --example tokio -- 127.0.0.1:4433 ca.pem backend.example.com
//! ```
//!
//! With `ca-other.pem`, or another name, it says why not.

use std::env;
use std::error::Error;
use std::fs;
use std::sync::Arc;

use lastmile::DnsName;
use lastmile::ExpectedNames;
use lastmile::Rejection;
use lastmile::TrustAnchors;
use lastmile::Verifier;
use lastmile_rustls::Backend;
use lastmile_rustls::Observer;
use lastmile_rustls::Presented;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, bundle, hostname] = arguments.as_slice() else {
        return Err("usage: tokio HOST:PORT BUNDLE HOSTNAME".into());
    };
    let explain =
        |_: &Presented<'_>, rejection: &Rejection| eprintln!("{}", rejection.explanation());
    let backend = backend(&fs::read(bundle)?, hostname, Arc::new(explain))?;
    let stream = connect(&backend, address).await?;
    let (_, connection) = stream.get_ref();
    println!("connected, {:?}", connection.protocol_version());
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

/// A connection on which the backend has proved who it is.
pub(crate) async fn connect(
    backend: &Backend,
    address: &str,
) -> Result<TlsStream<TcpStream>, Failure> {
    let socket = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(backend.config());
    Ok(connector.connect(backend.server_name(), socket).await?)
}
