//! Sessions to resume, none of which outlives what was verified.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use rustls::NamedGroup;
use rustls::client::ClientSessionMemoryCache;
use rustls::client::ClientSessionStore;
use rustls::client::Tls12ClientSessionValue;
use rustls::client::Tls13ClientSessionValue;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// The earliest end of all that a verifier accepted, in seconds since 1970.
///
/// rustls does not tell a store which handshake a session comes from, so the earliest of all counts
/// for each.
#[derive(Debug)]
pub(crate) struct Expiry(AtomicU64);

impl Expiry {
    pub(crate) const fn never() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    pub(crate) fn not_after(&self, time: UnixTime) {
        self.0.fetch_min(time.as_secs(), Ordering::Relaxed);
    }

    /// A certificate is good in the second of its end (RFC 5280 4.1.2.5).
    pub(crate) fn is_past(&self, now: UnixTime) -> bool {
        self.0.load(Ordering::Relaxed) < now.as_secs()
    }
}

/// The store of one verifier: it forgets when the first of its verdicts has ended.
#[derive(Debug)]
pub(crate) struct Sessions {
    kept: ClientSessionMemoryCache,
    expiry: Arc<Expiry>,
    clock: Arc<dyn TimeProvider>,
}

impl Sessions {
    pub(crate) fn new(most: usize, expiry: Arc<Expiry>, clock: Arc<dyn TimeProvider>) -> Self {
        Self { kept: ClientSessionMemoryCache::new(most), expiry, clock }
    }

    /// Without a clock, nothing is known to be good.
    fn may_resume(&self) -> bool {
        self.clock.current_time().is_some_and(|now| !self.expiry.is_past(now))
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.kept.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.kept.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept.tls12_session(server_name).filter(|_| self.may_resume())
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.kept.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        self.kept.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        self.kept.take_tls13_ticket(server_name).filter(|_| self.may_resume())
    }
}
