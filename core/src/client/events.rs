//! Lifecycle events that are pulled, for languages whose own form is a stream.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::fork;
use super::mailbox::{Mailbox, Registration};
use crate::proto::Event;

/// So many events may wait for one who takes them, before no further connection attempt is begun.
pub(super) const MAX_WAITING: usize = 1024;

/// The lifecycle events of a client from the moment it was opened, beside the handler's lane and
/// however busy that is. Nothing is dropped: where more than 1,024 events wait,
/// [`Client::connect`](super::Client::connect) fails with
/// [`Error::EventsNotTaken`](super::Error::EventsNotTaken) until some of them are taken.
///
/// Any thread may use it; two callers at a time share the events. In a forked child it is at its
/// end.
#[derive(Debug)]
pub struct Events {
    /// It keeps its client alive.
    _client: Arc<dyn Any + Send + Sync>,
    listeners: Arc<Listeners>,
    id: u64,
    reader: Arc<Reader>,
    /// The task that [`poll_next_batch`](Self::poll_next_batch) is to wake.
    registration: Registration,
}

type Reader = Mailbox<Queue>;

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    ended: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    readers: Vec<(u64, Arc<Reader>)>,
    next_id: u64,
    ended: bool,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(self: &Arc<Self>, client: Arc<dyn Any + Send + Sync>) -> Events {
        let mut state = self.lock();
        let id = state.next_id;
        state.next_id += 1;
        let reader = Arc::new(Mailbox::new(Queue {
            events: VecDeque::new(),
            ended: state.ended,
        }));
        state.readers.push((id, Arc::clone(&reader)));
        Events {
            _client: client,
            listeners: Arc::clone(self),
            id,
            reader,
            registration: Registration::default(),
        }
    }

    /// How many events the slowest has not taken.
    pub(super) fn waiting(&self) -> usize {
        let state = self.lock();
        let waiting = |reader: &Arc<Reader>| reader.with(|queue| queue.events.len());
        state
            .readers
            .iter()
            .map(|(_, it)| waiting(it))
            .max()
            .unwrap_or(0)
    }

    pub(super) fn push(&self, event: &Event) {
        self.change(|queue| queue.events.push_back(event.clone()));
    }

    /// Nothing follows.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.change(|queue| queue.ended = true);
    }

    /// Wakers run without the lock.
    fn change(&self, f: impl Fn(&mut Queue)) {
        let readers = self.lock().readers.clone();
        for (_, reader) in readers {
            reader.change(&f);
        }
    }
}

impl Queue {
    /// `None`: nothing yet.
    fn take(&mut self, max: usize) -> Option<Vec<Event>> {
        let count = self.events.len().min(max.max(1));
        (count > 0 || self.ended).then(|| super::queue::front(&mut self.events, count))
    }
}

impl Events {
    /// Waits for events, and gives up to `max` (at least one) of those that are there. Empty: the
    /// client was closed, and nothing follows.
    ///
    /// Dropping the future loses nothing. It needs no particular executor.
    pub async fn next_batch(&self, max: usize) -> Vec<Event> {
        let next = self.reader.next(|queue| queue.take(max));
        next.await.unwrap_or_default()
    }

    /// As [`next_batch`](Self::next_batch), for what is polled itself. The task of the last call is
    /// woken.
    pub fn poll_next_batch(&mut self, cx: &mut Context<'_>, max: usize) -> Poll<Vec<Event>> {
        if fork::check().is_err() {
            return Poll::Ready(Vec::new());
        }
        let take = |queue: &mut Queue| queue.take(max);
        self.reader.poll(&mut self.registration, cx, take)
    }

    /// As [`next_batch`](Self::next_batch), by blocking the thread; `None`: nothing came within
    /// `timeout`.
    pub fn next_batch_timeout(&self, max: usize, timeout: Duration) -> Option<Vec<Event>> {
        if fork::check().is_err() {
            return Some(Vec::new());
        }
        self.reader.wait_timeout(timeout, |queue| queue.take(max))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // A thread that is not in the child may have held the lock.
        if fork::check().is_ok() {
            self.reader.forget(&mut self.registration);
            self.listeners
                .lock()
                .readers
                .retain(|(id, _)| *id != self.id);
        }
    }
}
