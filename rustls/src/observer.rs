//! Who is told what was decided, with all that the decision was made from.

use lastmile::Rejection;
use lastmile::Verified;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;

/// Is told of every verdict, in the thread of the handshake, before the handshake goes on.
///
/// It must not block, and must not panic. A resumed session brings no verdict.
pub trait Observer: Send + Sync {
    /// The chain satisfies the policy. The handshake may still fail: the peer has yet to prove
    /// that it has the key.
    fn accepted(&self, presented: &Presented<'_>, verified: &Verified<'_>) {
        let _ = (presented, verified);
    }

    /// The chain does not satisfy the policy, and the handshake ends.
    fn refused(&self, presented: &Presented<'_>, rejection: &Rejection);
}

/// A function that is told of refusals.
impl<F: Fn(&Presented<'_>, &Rejection) + Send + Sync> Observer for F {
    fn refused(&self, presented: &Presented<'_>, rejection: &Rejection) {
        self(presented, rejection);
    }
}

/// What a backend presented in one handshake.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Presented<'a> {
    /// The name that the connection was made for: what was sent as SNI.
    pub server_name: &'a ServerName<'a>,
    /// Certificate 0 of the [`Rejection`].
    pub leaf: &'a CertificateDer<'a>,
    /// The other certificates, as they were sent: 1 and up of the [`Rejection`].
    pub intermediates: &'a [CertificateDer<'a>],
}
