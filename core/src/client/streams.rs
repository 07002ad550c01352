//! Messages that are pulled instead of pushed: batches with back-pressure, for languages in which
//! a call per message is dear or foreign.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::Completion;
use super::fork;
use super::inbox::Inbox;
use super::waiters::Waiters;
use crate::proto::Delivered;
use crate::types::{Message, QoS, TopicFilter};

/// A received message, and the number of the connection that it came over.
pub type Received = (Message, u64);

/// Messages of one filter, pulled in batches.
///
/// A batch counts as taken, and its QoS 1 and 2 messages are acknowledged, when the next one is
/// asked for or the stream is dropped. A message for several streams is taken when all of them
/// have taken it. What is not taken withholds the acknowledgements of what came later, and counts
/// for [`Options::inbound_queue_max_bytes`](super::Options::inbound_queue_max_bytes).
///
/// Any thread may use it; two callers at a time share the messages. In a forked child it is at its
/// end.
#[derive(Debug)]
pub struct Messages {
    streams: Arc<Streams>,
    id: u64,
}

#[derive(Debug)]
pub(crate) struct Streams {
    inbox: Arc<Inbox>,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    connection_number: u64,
    /// Messages not taken by all their streams, oldest first, and the number of the first.
    outstanding: VecDeque<Outstanding>,
    first: u64,
    streams: BTreeMap<u64, Stream>,
    next_id: u64,
    ended: bool,
}

#[derive(Debug)]
struct Outstanding {
    connection_number: u64,
    cost: usize,
    acknowledged: bool,
    /// How many streams have yet to take it.
    takers: usize,
}

#[derive(Debug, Default)]
struct Stream {
    filter: Option<TopicFilter>,
    queue: VecDeque<(u64, Received)>,
    /// The batch that the application has; taken when it asks for the next.
    lent: Vec<u64>,
    waiters: Waiters,
}

impl Streams {
    pub(super) fn new(inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(Streams {
            inbox,
            state: Mutex::default(),
            arrived: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream of the messages that match `filter`, of all messages without one, from now on.
    pub(super) fn open(self: &Arc<Self>, filter: Option<TopicFilter>) -> Messages {
        let mut state = self.lock();
        let id = state.next_id;
        state.next_id += 1;
        state.streams.insert(
            id,
            Stream {
                filter,
                ..Stream::default()
            },
        );
        Messages {
            streams: Arc::clone(self),
            id,
        }
    }

    /// Takes the messages out of `items` and leaves the completions: one lock and one wake-up for
    /// all of them. A message that no stream wants is taken at once.
    pub(crate) fn deliver(&self, items: &mut Vec<Delivered<Completion>>) {
        self.change(|state, wakers| {
            for item in std::mem::take(items) {
                match item {
                    Delivered::Connection(number) => state.connection_number = number,
                    Delivered::Message(message) => state.push(&message, wakers),
                    completed @ Delivered::Completed { .. } => items.push(completed),
                }
            }
            self.release(state);
        });
    }

    /// Nothing follows.
    pub(crate) fn end(&self) {
        self.change(|state, wakers| {
            state.ended = true;
            for stream in state.streams.values_mut() {
                stream.waiters.drain_into(wakers);
            }
        });
    }

    /// Changes the state, and wakes those for whom something changed when the lock is gone.
    fn change(&self, f: impl FnOnce(&mut State, &mut Vec<Waker>)) {
        let mut wakers = Vec::new();
        f(&mut self.lock(), &mut wakers);
        self.arrived.notify_all();
        for waker in wakers {
            waker.wake();
        }
    }

    /// Tells the engine of the oldest messages that all their streams have taken.
    fn release(&self, state: &mut State) {
        while let Some(front) = state.outstanding.front()
            && front.takers == 0
        {
            let number = front.connection_number;
            let (mut acknowledgements, mut bytes) = (0, 0);
            while let Some(front) = state.outstanding.front()
                && front.takers == 0
                && front.connection_number == number
            {
                acknowledgements += u32::from(front.acknowledged);
                bytes += front.cost;
                state.outstanding.pop_front();
                state.first += 1;
            }
            self.inbox.push_release(number, acknowledgements, bytes);
        }
    }

    fn taken(&self, state: &mut State, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            let index = usize::try_from(number - state.first).unwrap_or(usize::MAX);
            if let Some(outstanding) = state.outstanding.get_mut(index) {
                outstanding.takers -= 1;
            }
        }
        self.release(state);
    }

    /// The next batch; `None`: nothing yet. An empty one: nothing ever again.
    fn next(&self, id: u64, max: usize, state: &mut State) -> Option<Vec<Received>> {
        let lent = state
            .streams
            .get_mut(&id)
            .map(|stream| std::mem::take(&mut stream.lent))?;
        if !lent.is_empty() {
            self.taken(state, lent);
        }
        let ended = state.ended;
        let stream = state.streams.get_mut(&id)?;
        let count = stream.queue.len().min(max.max(1));
        if count == 0 {
            return ended.then(Vec::new);
        }
        let mut batch = Vec::with_capacity(count);
        for (number, received) in stream.queue.drain(..count) {
            stream.lent.push(number);
            batch.push(received);
        }
        Some(batch)
    }
}

impl State {
    /// Queues a message for every stream that wants it.
    fn push(&mut self, message: &Message, wakers: &mut Vec<Waker>) {
        let number = self.first + self.outstanding.len() as u64;
        let mut takers = 0;
        for stream in self.streams.values_mut() {
            let wanted = stream.filter.as_ref();
            if wanted.is_none_or(|filter| filter.matches(&message.topic)) {
                takers += 1;
                let received = (message.clone(), self.connection_number);
                stream.queue.push_back((number, received));
                stream.waiters.drain_into(wakers);
            }
        }
        self.outstanding.push_back(Outstanding {
            connection_number: self.connection_number,
            cost: message.cost(),
            acknowledged: message.qos > QoS::AtMostOnce,
            takers,
        });
    }
}

impl Messages {
    /// Waits for messages, and gives up to `max` (at least one) of those that are there. Empty:
    /// the client was closed, and nothing follows.
    ///
    /// Dropping the future loses nothing. It needs no particular executor.
    pub async fn next_batch(&self, max: usize) -> Vec<Received> {
        poll_fn(|cx| self.poll_next(max, cx)).await
    }

    fn poll_next(&self, max: usize, cx: &Context<'_>) -> Poll<Vec<Received>> {
        if fork::check().is_err() {
            return Poll::Ready(Vec::new());
        }
        let mut state = self.streams.lock();
        if let Some(batch) = self.streams.next(self.id, max, &mut state) {
            return Poll::Ready(batch);
        }
        let stream = state.streams.get_mut(&self.id);
        let oldest = stream.and_then(|stream| stream.waiters.add(cx.waker()));
        drop(state);
        if let Some(oldest) = oldest {
            oldest.wake();
        }
        Poll::Pending
    }

    /// As [`next_batch`](Self::next_batch), by blocking the thread; `None`: nothing came within
    /// `timeout`.
    pub fn next_batch_timeout(&self, max: usize, timeout: Duration) -> Option<Vec<Received>> {
        if fork::check().is_err() {
            return Some(Vec::new());
        }
        let state = self.streams.lock();
        let mut batch = None;
        let waited = self
            .streams
            .arrived
            .wait_timeout_while(state, timeout, |state| {
                batch = self.streams.next(self.id, max, state);
                batch.is_none()
            });
        drop(waited);
        batch
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        // A thread that is not in the child may have held the lock.
        if fork::check().is_err() {
            return;
        }
        let mut state = self.streams.lock();
        if let Some(stream) = state.streams.remove(&self.id) {
            let queued = stream.queue.iter().map(|(number, _)| *number);
            let numbers: Vec<u64> = stream.lent.iter().copied().chain(queued).collect();
            self.streams.taken(&mut state, numbers);
        }
    }
}
