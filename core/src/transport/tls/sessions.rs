//! The TLS sessions that a client can resume.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

/// Of so many servers, the last ones.
const MAX_SERVERS: usize = 8;

/// Each is good for one connection. A client has one at a time, and most servers send two at each:
/// more would only lie in memory, a kilobyte or two each.
const MAX_TICKETS: usize = 2;

/// The sessions of one client. rustls's own store keeps eight tickets of each server.
pub(super) struct Sessions(Mutex<VecDeque<Known>>);

/// What is known of a server.
struct Known {
    server: ServerName<'static>,
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    tls13: VecDeque<Tls13ClientSessionValue>,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Sessions(Mutex::new(VecDeque::new()))
    }

    fn servers(&self) -> MutexGuard<'_, VecDeque<Known>> {
        // Nothing is ever half done in there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<R>(&self, server: &ServerName<'_>, what: impl FnOnce(&mut Known) -> R) -> Option<R> {
        let mut servers = self.servers();
        let known = servers.iter_mut().find(|known| known.server == *server)?;
        Some(what(known))
    }

    fn remember(&self, server: ServerName<'static>, what: impl FnOnce(&mut Known)) {
        let mut servers = self.servers();
        let index = servers.iter().position(|known| known.server == server);
        let mut known = index
            .and_then(|index| servers.remove(index))
            .unwrap_or(Known {
                server,
                group: None,
                tls12: None,
                tls13: VecDeque::new(),
            });
        what(&mut known);
        if servers.len() == MAX_SERVERS {
            servers.pop_front();
        }
        servers.push_back(known);
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.remember(server, |known| known.group = Some(group));
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.with(server, |known| known.group).flatten()
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.remember(server, |known| known.tls12 = Some(value));
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.with(server, |known| known.tls12.clone()).flatten()
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.with(server, |known| known.tls12 = None);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.remember(server, |known| {
            if known.tls13.len() == MAX_TICKETS {
                known.tls13.pop_front();
            }
            known.tls13.push_back(value);
        });
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.with(server, |known| known.tls13.pop_back()).flatten()
    }
}

impl fmt::Debug for Sessions {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sessions({})", self.servers().len())
    }
}
