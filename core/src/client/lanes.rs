//! What a client's application hears, and on which of its two lanes (rule L19).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::acknowledgement::Acknowledgement;
use super::completion::Completion;
use super::events::{Listeners, MAX_WAITING};
use super::handler::Handler;
use super::job::{Job, Target};
use super::lane::{Batch, Lane, Spares, Work};
use super::queue::{Item, Received};
use super::router::Router;
use super::runner::Runner;
use super::transitions::Transitions;
use crate::clock;
use crate::error::Error;
use crate::log::log;
use crate::proto::{Delivered, Event, Outcome};
use crate::threads::SignalMask;
use crate::types::Instant;

/// Taken messages are told to the engine after the first callback that ends so long after the last
/// time, and after each quantum of the lane.
const RELEASE_INTERVAL: Duration = Duration::from_millis(1);

/// The lanes of one client.
#[derive(Debug)]
pub(crate) struct Lanes {
    lifecycle: Arc<Lane<Event>>,
    messages: Arc<Lane<Job>>,
    pub(super) router: Arc<Router>,
    /// Who pulls lifecycle events.
    pub(super) listeners: Arc<Listeners>,
    pub(super) transitions: Transitions,
}

/// A client's lanes, before its handler is known.
pub(super) fn message_lane(runner: Runner) -> Arc<Lane<Job>> {
    static SPARES: Spares<Job> = Spares::new();
    Lane::new(runner, &SPARES)
}

impl Lanes {
    pub(super) fn new(
        handler: Arc<dyn Handler>,
        lifecycle: Runner,
        messages: Arc<Lane<Job>>,
        router: Arc<Router>,
    ) -> Self {
        static SPARES: Spares<Event> = Spares::new();
        let lifecycle = Lane::new(lifecycle, &SPARES);
        let application = Arc::new(Application {
            handler: Mutex::new(Some(handler)),
            mask: SignalMask::current(),
        });
        lifecycle.set_work(Arc::new(LifecycleWork(Arc::clone(&application))));
        messages.set_work(Arc::new(MessageWork {
            application,
            router: Arc::clone(&router),
            lifecycle: Arc::clone(&lifecycle),
        }));
        Lanes {
            lifecycle,
            messages,
            router,
            listeners: Arc::default(),
            transitions: Transitions::default(),
        }
    }

    /// Whether another connection attempt can tell its events.
    pub(super) fn take_events(&self) -> Result<(), Error> {
        if self.lifecycle.len().max(self.listeners.waiting()) > MAX_WAITING {
            return Err(Error::EventsNotTaken);
        }
        Ok(())
    }

    /// Queues a lifecycle event. Whoever waits for it is served at once.
    pub(crate) fn event(&self, event: Event) {
        self.router.event(&event);
        self.listeners.push(&event);
        self.transitions.notice(&event);
        self.lifecycle.push(|events| events.push_back(event));
    }

    /// Queues messages and completions, and leaves `items` empty. Whoever waits with a
    /// [`Delivery`](super::Delivery) is served at once.
    pub(crate) fn deliver(&self, items: &mut Vec<Delivered<Completion>>) {
        self.router.deliver(items);
    }

    /// An operation has ended without the engine. `false`: the client has ended before.
    pub(super) fn complete(&self, completion: Completion, outcome: Outcome) -> bool {
        self.router.complete(completion, outcome)
    }

    /// Nothing follows. `on_terminated` comes when both lanes have run dry.
    pub(crate) fn end(&self) {
        self.router.end();
        self.listeners.end();
        self.transitions.end();
        self.messages.end();
    }
}

/// The application's part of both lanes.
struct Application {
    handler: Mutex<Option<Arc<dyn Handler>>>,
    /// Of the thread that made the client: callbacks may start programs, which inherit it.
    mask: SignalMask,
}

impl Application {
    fn handler(&self) -> Option<Arc<dyn Handler>> {
        let handler = self.handler.lock();
        handler.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs application code.
    fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = self.mask.set();
        let result = f();
        before.set();
        result
    }
}

/// Calls the application, which may panic.
fn guarded(what: &str, f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        log!(Error, "the application's {what} panicked");
        // What it panicked with may panic again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

struct LifecycleWork(Arc<Application>);

impl Work<Event> for LifecycleWork {
    fn run(&self, batch: Batch<'_, Event>) {
        let Some(handler) = self.0.handler() else {
            return;
        };
        self.0.enter(|| {
            for event in batch {
                guarded("on_event", || handler.on_event(&event));
            }
        });
    }

    fn ended(&self) {
        let handler = self.0.handler.lock();
        let handler = handler.unwrap_or_else(PoisonError::into_inner).take();
        let Some(handler) = handler else { return };
        self.0.enter(|| {
            guarded("on_terminated", || handler.on_terminated());
            guarded("dropping the handler", || drop(handler));
        });
    }
}

struct MessageWork {
    application: Arc<Application>,
    router: Arc<Router>,
    lifecycle: Arc<Lane<Event>>,
}

impl Work<Job> for MessageWork {
    fn run(&self, batch: Batch<'_, Job>) {
        let Some(handler) = self.application.handler() else {
            return;
        };
        let mut taken = Taken::new(&self.router);
        self.application.enter(|| {
            for job in batch {
                match job {
                    // The usual case: nothing is moved but what the handler is given.
                    Job::Message(
                        Item {
                            received:
                                Received {
                                    message,
                                    connection_number,
                                    ..
                                },
                            place,
                            cost,
                            share: None,
                            ..
                        },
                        Target::Handler,
                    ) => {
                        guarded("on_message", || {
                            handler.on_message(message, connection_number);
                        });
                        taken.add(place, cost);
                        taken.release_in_time(place.is_some());
                    }
                    Job::Message(mut item, Target::Manual(taker, own)) => {
                        let token = Acknowledgement::new(&self.router, taker, item.clone());
                        item.received.acknowledgement = Some(token);
                        match own {
                            Some(own) => {
                                guarded("message handler", || own.on_received(item.received));
                            }
                            None => guarded("on_received", || handler.on_received(item.received)),
                        }
                    }
                    Job::Message(item, target) => {
                        let Item {
                            received,
                            place,
                            cost,
                            share,
                            narrowed,
                            arrived,
                        } = item;
                        let number = received.connection_number;
                        let again = share.is_some().then(|| received.clone());
                        match target {
                            Target::Handler => guarded("on_message", || {
                                handler.on_message(received.message, number);
                            }),
                            Target::Filters(handlers) => {
                                for handler in handlers {
                                    let message = received.message.clone();
                                    guarded("message handler", || {
                                        handler.on_message(message, number);
                                    });
                                }
                            }
                            // It has its own case.
                            Target::Manual(..) => {}
                        }
                        match again {
                            None => taken.add(place, cost),
                            Some(received) => taken.shared.push(Item {
                                received,
                                place,
                                cost,
                                share,
                                narrowed,
                                arrived,
                            }),
                        }
                        taken.release_in_time(place.is_some());
                    }
                    Job::Completed(completion, outcome) => {
                        self.router.called();
                        guarded("completion", || completion.complete(&outcome));
                    }
                    Job::Drop(handler) => guarded("dropping a handler", || drop(handler)),
                }
            }
        });
        taken.release();
    }

    fn ended(&self) {
        self.lifecycle.end();
    }
}

/// What the application has taken and the router has not been told.
struct Taken<'a> {
    router: &'a Router,
    bytes: usize,
    /// Ranges of places that follow each other, most often one.
    places: Vec<(u64, u64)>,
    shared: Vec<Item>,
    told_at: Instant,
}

impl<'a> Taken<'a> {
    fn new(router: &'a Router) -> Self {
        Taken {
            router,
            bytes: 0,
            places: Vec::new(),
            shared: Vec::new(),
            told_at: clock::now(),
        }
    }

    fn add(&mut self, place: Option<u64>, cost: usize) {
        self.bytes += cost;
        let Some(place) = place else { return };
        match self.places.last_mut() {
            Some((first, count)) if *first + *count == place => *count += 1,
            _ => self.places.push((place, 1)),
        }
    }

    /// QoS 0 has no acknowledgement that a slow handler would hold up.
    fn release_in_time(&mut self, acknowledged: bool) {
        if acknowledged {
            let now = clock::now();
            if now.saturating_since(self.told_at) >= RELEASE_INTERVAL {
                self.release();
                self.told_at = now;
            }
        }
    }

    fn release(&mut self) {
        if self.bytes > 0 || !self.shared.is_empty() {
            self.router
                .lane_took(&self.places, self.bytes, &self.shared);
            self.bytes = 0;
            self.places.clear();
            self.shared.clear();
        }
    }
}
