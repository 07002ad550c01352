//! Lifecycle events that are pulled, for languages whose own form is a stream.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::fork;
use super::waiters::Waiters;
use crate::proto::Event;

/// The lifecycle events of a client from the moment it was opened, beside the handler's lane and
/// however busy that is. Nothing is dropped: at most two events wait per connection attempt.
///
/// Any thread may use it; two callers at a time share the events. In a forked child it is at its
/// end.
#[derive(Debug)]
pub struct Events {
    listeners: Arc<Listeners>,
    id: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Listeners {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    readers: BTreeMap<u64, Reader>,
    next_id: u64,
    ended: bool,
}

#[derive(Debug, Default)]
struct Reader {
    queue: VecDeque<Event>,
    waiters: Waiters,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(self: &Arc<Self>) -> Events {
        let mut state = self.lock();
        let id = state.next_id;
        state.next_id += 1;
        state.readers.insert(id, Reader::default());
        Events {
            listeners: Arc::clone(self),
            id,
        }
    }

    pub(super) fn push(&self, event: &Event) {
        self.change(|state| {
            for reader in state.readers.values_mut() {
                reader.queue.push_back(event.clone());
            }
        });
    }

    /// Nothing follows.
    pub(super) fn end(&self) {
        self.change(|state| state.ended = true);
    }

    fn change(&self, f: impl FnOnce(&mut State)) {
        let mut wakers = Vec::new();
        {
            let mut state = self.lock();
            f(&mut state);
            for reader in state.readers.values_mut() {
                reader.waiters.drain_into(&mut wakers);
            }
        }
        self.arrived.notify_all();
        for waker in wakers {
            waker.wake();
        }
    }
}

impl State {
    /// As [`Events::next_batch`]; `None`: nothing yet.
    fn next(&mut self, id: u64, max: usize) -> Option<Vec<Event>> {
        let ended = self.ended;
        let queue = &mut self.readers.get_mut(&id)?.queue;
        let count = queue.len().min(max.max(1));
        (count > 0 || ended).then(|| queue.drain(..count).collect())
    }
}

impl Events {
    /// Waits for events, and gives up to `max` (at least one) of those that are there. Empty: the
    /// client was closed, and nothing follows.
    ///
    /// Dropping the future loses nothing. It needs no particular executor.
    pub async fn next_batch(&self, max: usize) -> Vec<Event> {
        poll_fn(|cx| self.poll_next(max, cx)).await
    }

    fn poll_next(&self, max: usize, cx: &Context<'_>) -> Poll<Vec<Event>> {
        if fork::check().is_err() {
            return Poll::Ready(Vec::new());
        }
        let mut state = self.listeners.lock();
        if let Some(batch) = state.next(self.id, max) {
            return Poll::Ready(batch);
        }
        let reader = state.readers.get_mut(&self.id);
        let oldest = reader.and_then(|reader| reader.waiters.add(cx.waker()));
        drop(state);
        if let Some(oldest) = oldest {
            oldest.wake();
        }
        Poll::Pending
    }

    /// As [`next_batch`](Self::next_batch), by blocking the thread; `None`: nothing came within
    /// `timeout`.
    pub fn next_batch_timeout(&self, max: usize, timeout: Duration) -> Option<Vec<Event>> {
        if fork::check().is_err() {
            return Some(Vec::new());
        }
        let mut batch = None;
        let waited =
            self.listeners
                .arrived
                .wait_timeout_while(self.listeners.lock(), timeout, |state| {
                    batch = state.next(self.id, max);
                    batch.is_none()
                });
        drop(waited);
        batch
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // A thread that is not in the child may have held the lock.
        if fork::check().is_ok() {
            self.listeners.lock().readers.remove(&self.id);
        }
    }
}
