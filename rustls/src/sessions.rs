//! Sessions to resume, none of which outlives what was verified.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use rustls::NamedGroup;
use rustls::client::ClientSessionStore;
use rustls::client::Tls12ClientSessionValue;
use rustls::client::Tls13ClientSessionValue;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// From the latest time of all verdicts to the earliest end of what they accepted, in seconds since
/// 1970.
///
/// rustls does not tell a store which handshake a session comes from, so this counts for each.
#[derive(Debug)]
pub(crate) struct Window {
    from: AtomicU64,
    until: AtomicU64,
}

impl Window {
    pub(crate) const fn everlasting() -> Self {
        Self { from: AtomicU64::new(0), until: AtomicU64::new(u64::MAX) }
    }

    /// A chain was verified at `now`, and is good until then.
    pub(crate) fn narrow(&self, now: UnixTime, until: UnixTime) {
        self.from.fetch_max(now.as_secs(), Ordering::Relaxed);
        self.until.fetch_min(until.as_secs(), Ordering::Relaxed);
    }

    /// A certificate is good in the second of its end (RFC 5280 4.1.2.5).
    pub(crate) fn is_past(&self, now: UnixTime) -> bool {
        self.until.load(Ordering::Relaxed) < now.as_secs()
    }

    /// Not before either: a clock that was set back says nothing of what is good.
    fn contains(&self, now: UnixTime) -> bool {
        self.from.load(Ordering::Relaxed) <= now.as_secs() && !self.is_past(now)
    }
}

/// The sessions of one verifier with one name: nothing is handed out beyond the window.
pub(crate) struct Sessions {
    server_name: ServerName<'static>,
    most: usize,
    kept: Mutex<Kept>,
    window: Arc<Window>,
    clock: Arc<dyn TimeProvider>,
}

#[derive(Default)]
struct Kept {
    group: Option<NamedGroup>,
    /// May be resumed any number of times.
    tls12: Option<Tls12ClientSessionValue>,
    /// Each is used once; the newest is the last.
    tls13: VecDeque<Tls13ClientSessionValue>,
}

impl Sessions {
    pub(crate) fn new(
        server_name: ServerName<'static>,
        most: usize,
        window: Arc<Window>,
        clock: Arc<dyn TimeProvider>,
    ) -> Self {
        Self { server_name, most, kept: Mutex::default(), window, clock }
    }

    /// What is kept for this name, if it is the backend's.
    fn kept(&self, server_name: &ServerName<'_>) -> Option<MutexGuard<'_, Kept>> {
        // Nobody panics while holding it; if somebody did, each field is whole.
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (*server_name == self.server_name).then_some(kept)
    }

    /// Without a clock, nothing is known to be good.
    fn may_resume(&self) -> bool {
        self.clock.current_time().is_some_and(|now| self.window.contains(now))
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        if let Some(mut kept) = self.kept(&server_name) {
            kept.group = Some(group);
        }
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept(server_name)?.group
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        if let Some(mut kept) = self.kept(&server_name) {
            kept.tls12 = Some(value);
        }
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let session = self.kept(server_name)?.tls12.clone();
        session.filter(|_| self.may_resume())
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        if let Some(mut kept) = self.kept(server_name) {
            kept.tls12 = None;
        }
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        if let Some(mut kept) = self.kept(&server_name) {
            if kept.tls13.len() >= self.most {
                kept.tls13.pop_front();
            }
            kept.tls13.push_back(value);
        }
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        let ticket = self.kept(server_name)?.tls13.pop_back();
        ticket.filter(|_| self.may_resume())
    }
}

impl fmt::Debug for Sessions {
    /// Without the sessions, which are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("server_name", &self.server_name)
            .field("most", &self.most)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
