//! Two serial lanes per client (rule L19), on threads that exist only while callbacks run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use super::events::Listeners;
use super::inbox::Inbox;
use super::streams::Streams;
use super::transitions::Transitions;
use super::{Completion, Handler};
use crate::engine::clock;
use crate::proto::{Delivered, Event};
use crate::types::{Instant, Message, QoS};

/// Taken messages are told to the engine at the latest after so many.
const RELEASE_MESSAGES: u32 = 256;

/// ... or after the first callback that ends so long after the last time.
const RELEASE_INTERVAL: Duration = Duration::from_millis(1);

/// How long a message lane that ran dry keeps its thread: under load the next batch is there
/// sooner, and waking the thread costs less than starting the lane anew.
const LINGER: Duration = Duration::from_millis(10);

type Delivery = Delivered<Completion>;

/// The lanes of one client.
#[derive(Debug)]
pub(crate) struct Lanes {
    lifecycle: Arc<Lane<Event>>,
    messages: Arc<Lane<Delivery>>,
    context: Arc<Context>,
    /// Where messages go that are pulled; without it they are pushed to the handler.
    pub(super) streams: Option<Arc<Streams>>,
    /// Who pulls lifecycle events.
    pub(super) listeners: Arc<Listeners>,
    pub(super) transitions: Transitions,
}

struct Context {
    handler: Mutex<Option<Arc<dyn Handler>>>,
    inbox: Arc<Inbox>,
    pool: Handle,
    /// Of the messages that the message lane delivers.
    connection_number: AtomicU64,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Lane<I> {
    state: Mutex<LaneState<I>>,
    more: Condvar,
}

#[derive(Debug)]
struct LaneState<I> {
    queue: Vec<I>,
    /// A thread runs the lane, or is about to.
    running: bool,
    /// That thread waits for more.
    lingers: bool,
    /// Nothing follows what is queued.
    ended: bool,
}

impl<I> Lane<I> {
    fn new() -> Arc<Self> {
        Arc::new(Lane {
            state: Mutex::new(LaneState {
                queue: Vec::new(),
                running: false,
                lingers: false,
                ended: false,
            }),
            more: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, LaneState<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the queue; `true`: the lane must be started.
    fn change(&self, f: impl FnOnce(&mut LaneState<I>)) -> bool {
        let mut state = self.lock();
        f(&mut state);
        let start = !std::mem::replace(&mut state.running, true);
        let wake = std::mem::take(&mut state.lingers);
        drop(state);
        if wake {
            self.more.notify_one();
        }
        start
    }

    /// The next batch into `batch`, which is empty, where one comes within `linger`. `None`: the
    /// lane stops running; `Some(true)`: it has ended for good.
    fn next(&self, batch: &mut Vec<I>, linger: Duration) -> Option<bool> {
        let mut state = self.lock();
        if state.queue.is_empty() && !state.ended && !linger.is_zero() {
            state.lingers = true;
            (state, _) = self
                .more
                .wait_timeout_while(state, linger, |state| state.lingers)
                .unwrap_or_else(PoisonError::into_inner);
            state.lingers = false;
        }
        std::mem::swap(&mut state.queue, batch);
        if !batch.is_empty() {
            return Some(false);
        }
        // What an idle lane keeps is nothing.
        state.queue = Vec::new();
        if state.ended {
            return Some(true);
        }
        state.running = false;
        None
    }
}

impl Lanes {
    pub(super) fn new(
        handler: Arc<dyn Handler>,
        inbox: Arc<Inbox>,
        pool: Handle,
        pulled: bool,
    ) -> Self {
        Lanes {
            streams: pulled.then(|| Streams::new(Arc::clone(&inbox))),
            transitions: Transitions::default(),
            listeners: Arc::default(),
            lifecycle: Lane::new(),
            messages: Lane::new(),
            context: Arc::new(Context {
                handler: Mutex::new(Some(handler)),
                inbox,
                pool,
                connection_number: AtomicU64::new(0),
            }),
        }
    }

    /// Queues a lifecycle event. Whoever waits for it is served at once.
    pub(crate) fn event(&self, event: Event) {
        self.listeners.push(&event);
        self.transitions.notice(&event);
        if self.lifecycle.change(|state| state.queue.push(event)) {
            self.context.start_lifecycle(&self.lifecycle);
        }
    }

    /// Queues messages and completions, and leaves `items` empty. Whoever waits with a
    /// [`Delivery`](super::Delivery) is served at once.
    pub(crate) fn deliver(&self, items: &mut Vec<Delivery>) {
        if items.is_empty() {
            return;
        }
        if let Some(streams) = &self.streams {
            streams.deliver(items);
        }
        let direct = |item: &Delivery| matches!(item, Delivered::Completed { token, .. } if token.is_delivery());
        if items.iter().any(direct) {
            for item in std::mem::take(items) {
                match item {
                    Delivered::Completed { token, outcome } if token.is_delivery() => {
                        token.complete(outcome);
                    }
                    other => items.push(other),
                }
            }
        }
        if items.is_empty() {
            return;
        }
        let start = self.messages.change(|state| {
            if state.queue.is_empty() {
                std::mem::swap(&mut state.queue, items);
            } else {
                state.queue.append(items);
            }
        });
        if start {
            self.start_messages();
        }
    }

    /// Nothing follows. `on_terminated` comes when both lanes have run dry.
    pub(crate) fn end(&self) {
        if let Some(streams) = &self.streams {
            streams.end();
        }
        self.listeners.end();
        self.transitions.end();
        if self.messages.change(|state| state.ended = true) {
            self.start_messages();
        }
    }

    fn start_messages(&self) {
        let lane = Arc::clone(&self.messages);
        let lifecycle = Arc::clone(&self.lifecycle);
        let context = Arc::clone(&self.context);
        self.context.pool.spawn_blocking(move || {
            if context.run_messages(&lane) && lifecycle.change(|state| state.ended = true) {
                context.start_lifecycle(&lifecycle);
            }
        });
    }
}

impl Context {
    fn handler(&self) -> Option<Arc<dyn Handler>> {
        let handler = self.handler.lock();
        handler.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn start_lifecycle(self: &Arc<Self>, lane: &Arc<Lane<Event>>) {
        let (context, lane) = (Arc::clone(self), Arc::clone(lane));
        self.pool
            .spawn_blocking(move || context.run_lifecycle(&lane));
    }

    fn run_lifecycle(&self, lane: &Lane<Event>) {
        let Some(handler) = self.handler() else {
            return;
        };
        let mut batch = Vec::new();
        loop {
            match lane.next(&mut batch, Duration::ZERO) {
                None => return,
                Some(false) => {
                    for event in batch.drain(..) {
                        guarded("on_event", || handler.on_event(&event));
                    }
                }
                Some(true) => break,
            }
        }
        guarded("on_terminated", || handler.on_terminated());
        let last = self
            .handler
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        guarded("dropping the handler", || {
            drop(handler);
            drop(last);
        });
    }

    /// Runs until the lane is dry; `true` where it has ended for good.
    fn run_messages(&self, lane: &Lane<Delivery>) -> bool {
        let Some(handler) = self.handler() else {
            return true;
        };
        let number = self.connection_number.load(Ordering::Relaxed);
        let mut taken = Taken::new(&self.inbox, number);
        let mut batch = Vec::new();
        loop {
            match lane.next(&mut batch, LINGER) {
                None => return false,
                Some(true) => return true,
                Some(false) => {}
            }
            for item in batch.drain(..) {
                match item {
                    Delivered::Connection(number) => {
                        taken.release();
                        taken.connection_number = number;
                    }
                    Delivered::Message(message) => {
                        let (cost, qos) = (message.cost(), message.qos);
                        deliver(&*handler, message, taken.connection_number);
                        taken.add(cost, qos);
                    }
                    Delivered::Completed { token, outcome } => {
                        guarded("completion", || token.complete(outcome));
                    }
                }
            }
            taken.release();
            self.connection_number
                .store(taken.connection_number, Ordering::Relaxed);
        }
    }
}

fn deliver(handler: &dyn Handler, message: Message, connection_number: u64) {
    guarded("on_message", || {
        handler.on_message(message, connection_number);
    });
}

fn guarded(what: &str, f: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(f)).is_err() {
        tracing::error!("the application's {what} panicked");
    }
}

/// What the application has taken and the engine has not been told.
struct Taken<'a> {
    inbox: &'a Inbox,
    connection_number: u64,
    messages: u32,
    acknowledgements: u32,
    bytes: usize,
    told_at: Instant,
}

impl<'a> Taken<'a> {
    fn new(inbox: &'a Inbox, connection_number: u64) -> Self {
        Taken {
            inbox,
            connection_number,
            messages: 0,
            acknowledgements: 0,
            bytes: 0,
            told_at: clock::now(),
        }
    }

    fn add(&mut self, cost: usize, qos: QoS) {
        self.messages += 1;
        self.bytes += cost;
        if qos > QoS::AtMostOnce {
            self.acknowledgements += 1;
        }
        // QoS 0 has no acknowledgement that a slow handler would hold up.
        let late = self.acknowledgements > 0
            && clock::now().saturating_since(self.told_at) >= RELEASE_INTERVAL;
        if self.messages >= RELEASE_MESSAGES || late {
            self.release();
        }
    }

    fn release(&mut self) {
        if self.messages > 0 {
            self.inbox
                .push_release(self.connection_number, self.acknowledgements, self.bytes);
            (self.messages, self.acknowledgements, self.bytes) = (0, 0, 0);
            self.told_at = clock::now();
        }
    }
}
