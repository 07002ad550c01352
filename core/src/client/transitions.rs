//! Whoever waits for a connection to come about, or to end.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::fork;
use super::mailbox::{Mailbox, Registration};
use crate::error::{ConnectError, Error};
use crate::proto::{Connected, Event, EventKind};
use crate::types::Properties;

/// How a connection attempt ends: await it, on any executor and as often as you like, or wait for
/// it. It ends within [`Config::connect_timeout`](crate::proto::Config::connect_timeout), whatever
/// the client's lanes are busy with. Dropping it changes nothing for the attempt.
///
/// Any number of clones may wait. In a forked child it ends at once with
/// [`ConnectError::ClientClosed`].
#[derive(Clone, Debug)]
pub struct Connecting(Wait<Attempt>);

/// How an attempt ended, and the properties of the CONNACK that refused it.
type Attempt = (Result<Connected, ConnectError>, Properties);

/// The end of a connection or attempt: await it, on any executor and as often as you like, or
/// wait for it. Dropping it changes nothing for the connection.
///
/// Any number of clones may wait. In a forked child it ends at once.
#[derive(Clone, Debug)]
pub struct Disconnecting(Wait<()>);

/// The waits of one client.
#[derive(Debug, Default)]
pub(crate) struct Transitions(Mutex<Waits>);

#[derive(Debug, Default)]
struct Waits {
    connecting: Vec<(u64, Connecting)>,
    disconnecting: Vec<(u64, Disconnecting)>,
}

impl Transitions {
    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts an attempt with `start`, which gives its number and must wake nobody (a lock is
    /// held), and tells how it ends.
    pub(super) fn connecting<R>(
        &self,
        start: impl FnOnce() -> Result<(u64, R), Error>,
    ) -> Result<(Connecting, R), Error> {
        let mut waits = self.lock();
        let (number, result) = start()?;
        let connecting = Connecting(Wait::new());
        waits.connecting.push((number, connecting.clone()));
        Ok((connecting, result))
    }

    /// Begins the end of the newest attempt with `start`, as
    /// [`connecting`](Self::connecting) does, and tells when it is there.
    pub(super) fn disconnecting<R>(
        &self,
        start: impl FnOnce() -> Result<(u64, R), Error>,
    ) -> Result<(Disconnecting, R), Error> {
        let mut waits = self.lock();
        let (number, result) = start()?;
        let disconnecting = Disconnecting(Wait::new());
        waits.disconnecting.push((number, disconnecting.clone()));
        Ok((disconnecting, result))
    }

    /// Serves those who waited for this event.
    pub(super) fn notice(&self, event: &Event) {
        let number = event.connection_number;
        let result = match &event.kind {
            EventKind::Connected(connected) => Some(Ok(connected.as_ref().clone())),
            EventKind::ConnectFailed(error) => Some(Err(error.as_ref().clone())),
            _ => None,
        };
        let ended = event.is_final();
        let (connecting, disconnecting) = {
            let mut waits = self.lock();
            let due = |(waiting, _): &mut (u64, _)| result.is_some() && *waiting <= number;
            let connecting: Vec<_> = waits.connecting.extract_if(.., due).collect();
            let due = |(waiting, _): &mut (u64, _)| ended && *waiting <= number;
            let disconnecting: Vec<_> = waits.disconnecting.extract_if(.., due).collect();
            (connecting, disconnecting)
        };
        if let Some(result) = result {
            for (_, waiting) in connecting {
                waiting.0.fill((result.clone(), event.properties.clone()));
            }
        }
        for (_, waiting) in disconnecting {
            waiting.0.fill(());
        }
    }

    /// The client was closed, and no event follows.
    pub(super) fn end(&self) {
        let Waits {
            connecting,
            disconnecting,
            ..
        } = std::mem::take(&mut *self.lock());
        for (_, waiting) in connecting {
            let closed = Err(ConnectError::ClientClosed);
            waiting.0.fill((closed, Properties::new()));
        }
        for (_, waiting) in disconnecting {
            waiting.0.fill(());
        }
    }
}

impl Connecting {
    /// Blocks the thread; `None` where nothing was decided within `timeout`. Not from inside a
    /// handler's `on_event`.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Result<Connected, ConnectError>> {
        if fork::check().is_err() {
            return Some(Err(ConnectError::ClientClosed));
        }
        self.0.wait_timeout(timeout).map(|(result, _)| result)
    }

    /// All properties of the CONNACK that refused the connection ([`ConnectError::Refused`]), user
    /// properties included, as the event has them; none where it ended otherwise, and before that.
    /// It waits for nothing. In a forked child there are none.
    pub fn refusal_properties(&self) -> Properties {
        if fork::check().is_err() {
            return Properties::new();
        }
        let ended = self.0.wait_timeout(Duration::ZERO);
        ended.map_or_else(Properties::new, |(_, told)| told)
    }
}

impl Future for Connecting {
    type Output = Result<Connected, ConnectError>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if fork::check().is_err() {
            return Poll::Ready(Err(ConnectError::ClientClosed));
        }
        self.0.poll(cx).map(|(result, _)| result)
    }
}

impl Disconnecting {
    /// Blocks the thread; `None` where the end did not come within `timeout`.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<()> {
        if fork::check().is_err() {
            return Some(());
        }
        self.0.wait_timeout(timeout)
    }
}

impl Future for Disconnecting {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if fork::check().is_err() {
            return Poll::Ready(());
        }
        self.0.poll(cx)
    }
}

/// A value that comes once, for many readers; each clone is one reader.
#[derive(Debug)]
struct Wait<T> {
    slot: Arc<Mailbox<Option<T>>>,
    registration: Registration,
}

impl<T: Clone> Wait<T> {
    fn new() -> Self {
        Wait {
            slot: Arc::new(Mailbox::new(None)),
            registration: Registration::default(),
        }
    }

    fn fill(&self, value: T) {
        self.slot.change(|slot| *slot = Some(value));
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<T> {
        self.slot
            .poll(&mut self.registration, cx, |slot| slot.clone())
    }

    fn wait_timeout(&self, timeout: Duration) -> Option<T> {
        self.slot.wait_timeout(timeout, |slot| slot.clone())
    }
}

impl<T> Clone for Wait<T> {
    fn clone(&self) -> Self {
        Wait {
            slot: Arc::clone(&self.slot),
            registration: Registration::default(),
        }
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        self.slot.forget(&mut self.registration);
    }
}
