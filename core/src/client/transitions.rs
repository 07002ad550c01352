//! Whoever waits for a connection to come about, or to end.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::waiters::Waiters;
use crate::error::{ConnectError, Error};
use crate::proto::{Connected, Event, EventKind};

/// How a connection attempt ends: await it, on any executor and as often as you like, or wait for
/// it. It ends within [`Options::connect_timeout`](super::Options::connect_timeout), whatever the
/// client's lanes are busy with. Dropping it changes nothing for the attempt.
#[derive(Clone, Debug)]
pub struct Connecting(Arc<Slot<Result<Connected, ConnectError>>>);

/// The end of a connection or attempt: await it, on any executor and as often as you like, or
/// wait for it. Dropping it changes nothing for the connection.
#[derive(Clone, Debug)]
pub struct Disconnecting(Arc<Slot<()>>);

/// The waits of one client.
#[derive(Debug, Default)]
pub(crate) struct Transitions(Mutex<Waits>);

#[derive(Debug, Default)]
struct Waits {
    /// Attempts so far, which is the number of the newest.
    started: u64,
    connecting: Vec<(u64, Connecting)>,
    disconnecting: Vec<(u64, Disconnecting)>,
}

impl Transitions {
    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts an attempt with `start`.
    pub(super) fn connect(&self, start: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let mut waits = self.lock();
        start()?;
        waits.started += 1;
        Ok(())
    }

    /// As [`connect`](Self::connect), and tells how it ends.
    pub(super) fn connecting(
        &self,
        start: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Connecting, Error> {
        let mut waits = self.lock();
        start()?;
        waits.started += 1;
        let connecting = Connecting(Arc::default());
        let number = waits.started;
        waits.connecting.push((number, connecting.clone()));
        Ok(connecting)
    }

    /// Begins the end of the newest attempt with `start`, and tells when it is there.
    pub(super) fn disconnecting(
        &self,
        start: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Disconnecting, Error> {
        let mut waits = self.lock();
        start()?;
        let disconnecting = Disconnecting(Arc::default());
        let number = waits.started;
        waits.disconnecting.push((number, disconnecting.clone()));
        Ok(disconnecting)
    }

    /// Serves those who waited for this event.
    pub(super) fn notice(&self, event: &Event) {
        let number = event.connection_number;
        let result = match &event.kind {
            EventKind::Connected(connected) => Some(Ok(connected.as_ref().clone())),
            EventKind::ConnectFailed(error) => Some(Err(error.as_ref().clone())),
            EventKind::Disconnected(_) => None,
        };
        let ended = !matches!(event.kind, EventKind::Connected(_));
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
                waiting.0.fill(result.clone());
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
            waiting.0.fill(Err(ConnectError::ClientClosed));
        }
        for (_, waiting) in disconnecting {
            waiting.0.fill(());
        }
    }
}

impl Connecting {
    /// Blocks the thread; `None` where nothing was decided within `timeout`.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Result<Connected, ConnectError>> {
        self.0.wait_timeout(timeout)
    }
}

impl Future for Connecting {
    type Output = Result<Connected, ConnectError>;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx)
    }
}

impl Disconnecting {
    /// Blocks the thread; `None` where the end did not come within `timeout`.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<()> {
        self.0.wait_timeout(timeout)
    }
}

impl Future for Disconnecting {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx)
    }
}

/// A value that comes once, for many readers.
#[derive(Debug)]
struct Slot<T> {
    state: Mutex<SlotState<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct SlotState<T> {
    value: Option<T>,
    waiters: Waiters,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot {
            state: Mutex::new(SlotState {
                value: None,
                waiters: Waiters::default(),
            }),
            filled: Condvar::new(),
        }
    }
}

impl<T: Clone> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, SlotState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, value: T) {
        let mut wakers = Vec::new();
        {
            let mut state = self.lock();
            state.value = Some(value);
            state.waiters.drain_into(&mut wakers);
        }
        self.filled.notify_all();
        for waker in wakers {
            waker.wake();
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<T> {
        let mut state = self.lock();
        if let Some(value) = &state.value {
            return Poll::Ready(value.clone());
        }
        let oldest = state.waiters.add(cx.waker());
        drop(state);
        if let Some(oldest) = oldest {
            oldest.wake();
        }
        Poll::Pending
    }

    fn wait_timeout(&self, timeout: Duration) -> Option<T> {
        let (state, _) = self
            .filled
            .wait_timeout_while(self.lock(), timeout, |state| state.value.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.value.clone()
    }
}
