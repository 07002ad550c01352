//! Where each inbound message goes, and what became of it (rule L12).
//!
//! A message has takers: the streams and the handlers of filters that match it, else the client's
//! handler. It is taken when all of them have taken it; where there are none, it waits as
//! unclaimed. Its bytes are free at that moment, whatever the order; its acknowledgement leaves
//! with those of all that came before it ([`Ledger`]).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::accounts::{Accounts, Undecided};
use super::after::After;
use super::completion::Completion;
use super::identifiers::{Change, Identifiers};
use super::inbox::Inbox;
use super::job::{Job, Target};
use super::lane::Lane;
use super::ledger::Ledger;
use super::queue::{Item, StreamEnd};
use super::random;
use super::requesting::response_topic;
use super::requests::Requests;
use super::returned::Returned;
use super::table::{Consumer, HeldBack, Table, Takes};
use super::unclaimed::Unclaimed;
use crate::error::Error;
use crate::proto::{Delivered, Outcome};
use crate::types::{Instant, Properties, Subscription, Text, TopicFilter, Version};

mod ends;
mod narrowing;
mod offering;
mod returning;

use narrowing::names_takers;
use offering::Offer;

#[derive(Debug)]
pub(crate) struct Router {
    state: Mutex<Accounts>,
    lane: Arc<Lane<Job>>,
    inbox: Arc<Inbox>,
    rules: Rules,
    /// Made with the first one.
    requests: OnceLock<Arc<Requests>>,
    /// Completions that wait for the message lane.
    completions: AtomicUsize,
}

/// What a client's options say about its messages.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// Its handler takes messages.
    pub(super) handler: bool,
    /// Its handler acknowledges them itself, and so do streams without a subscription.
    pub(super) manual: bool,
    pub(super) version: Version,
    pub(super) client_id: Text,
    /// Different for each client.
    pub(super) seed: u64,
    pub(super) unclaimed_timeout: Duration,
    /// For QoS 0 messages that several consumers share.
    pub(super) max_bytes: usize,
}

impl Router {
    pub(super) fn new(lane: Arc<Lane<Job>>, inbox: Arc<Inbox>, rules: Rules) -> Arc<Self> {
        let handler = rules.handler;
        Arc::new(Router {
            state: Mutex::new(Accounts {
                ledger: Ledger::default(),
                table: Table::default(),
                identifiers: Identifiers::default(),
                handler,
                lane_bytes: 0,
                unclaimed: Unclaimed::new(handler),
                own: Undecided::default(),
                returned: Returned::default(),
                resumed_until: Instant::ORIGIN,
                dropped: 0,
                ending: None,
                closed: false,
                look_for_holder_at: None,
                matching: Vec::new(),
                response_information: None,
                client_id: rules.client_id.clone(),
            }),
            lane,
            inbox,
            rules,
            requests: OnceLock::new(),
            completions: AtomicUsize::new(0),
        })
    }

    pub(super) fn version(&self) -> Version {
        self.rules.version
    }

    /// What no subscription of its own takes is acknowledged by the application.
    pub(super) fn is_manual(&self) -> bool {
        self.rules.manual
    }

    /// The client's requests, from the first one on.
    pub(super) fn requests(self: &Arc<Self>) -> Result<Arc<Requests>, Error> {
        if let Some(requests) = self.requests.get() {
            return Ok(Arc::clone(requests));
        }
        let topic = {
            let state = self.lock();
            {
                let number = random::number(self.rules.seed, 1);
                response_topic(
                    state.response_information.as_ref(),
                    &state.client_id,
                    number,
                )?
            }
        };
        let nonce = random::number(self.rules.seed, 2);
        let requests = self
            .requests
            .get_or_init(|| Requests::new(self, topic, nonce));
        Ok(Arc::clone(requests))
    }

    fn lock(&self) -> MutexGuard<'_, Accounts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, then tells the engine and wakes those for whom something changed.
    fn change<R>(&self, f: impl FnOnce(&mut Accounts, &mut After) -> R) -> R {
        let mut after = After::default();
        let mut state = self.lock();
        let result = f(&mut state, &mut after);
        after.acknowledgements = state.ledger.complete();
        if state.ledger.oldest().is_none() {
            // Nobody holds anything back: no wake-up to see that.
            state.look_for_holder_at = None;
        }
        after.connection_number = state.ledger.connection_number();
        drop(state);
        after.tell(&self.inbox);
        result
    }

    /// Gives messages to their takers and completions to those who wait, in order, and leaves
    /// `items` empty.
    pub(super) fn deliver(&self, items: &mut Vec<Delivered<Completion>>) {
        let mut settled = Vec::new();
        self.change(|state, after| {
            if !items.is_empty() {
                let now = state.time_of_arrival(&self.inbox.time, self.rules.manual);
                // Only what is no message changes that.
                let simple = |state: &Accounts| !self.rules.manual && state.has_handler_alone();
                let mut is_simple = simple(state);
                self.lane.add(|jobs| {
                    for item in items.drain(..) {
                        match item {
                            Delivered::Connection(number) => state.ledger.begin(number),
                            // The usual case, without a detour.
                            Delivered::Message(message) if is_simple && !names_takers(&message) => {
                                let item = state.item(message, now);
                                state.lane_bytes += item.cost;
                                jobs.push_back(Job::Message(item, Target::Handler));
                            }
                            Delivered::Message(message) => {
                                self.route(state, message, now, after, jobs);
                            }
                            Delivered::SubscriptionsLost { lost, properties } => {
                                let filters = lost.filters.iter().map(|(filter, _)| filter);
                                state.identifiers.lost(filters);
                                let handlers = state.table.lose(&lost, properties, after);
                                jobs.extend(handlers.into_iter().map(Job::Drop));
                                is_simple = simple(state);
                            }
                            Delivered::SubscribedAgain(filters) => {
                                state.identifiers.subscribed_again(filters);
                                is_simple = simple(state);
                            }
                            Delivered::Completed { token, outcome } => {
                                // In order with messages.
                                let (change, token) = token.split();
                                if let Some(change) = change {
                                    state.identifiers.changed(&change, Some(&outcome));
                                    is_simple = simple(state);
                                }
                                if token.needs_lane() {
                                    self.completions.fetch_add(1, Ordering::Relaxed);
                                    jobs.push_back(Job::Completed(token, outcome));
                                } else {
                                    settled.push((token, outcome));
                                }
                            }
                        }
                    }
                });
            }
        });
        // Only now: whoever is woken wants the lock that was held.
        self.lane.wake();
        for (token, outcome) in settled {
            self.complete(token, outcome);
        }
    }

    /// An operation has ended. `false`: the lane has ended, and calls nothing any more.
    pub(super) fn complete(&self, completion: Completion, outcome: Outcome) -> bool {
        let (change, completion) = completion.split();
        if let Some(change) = change {
            self.lock().identifiers.changed(&change, Some(&outcome));
        }
        let Some(completion) = completion.settle(&outcome) else {
            return true;
        };
        // Under the lock, so that the lane does not end between.
        let state = self.lock();
        if !state.closed {
            self.completions.fetch_add(1, Ordering::Relaxed);
            self.lane
                .push(|jobs| jobs.push_back(Job::Completed(completion, outcome)));
        }
        !state.closed
    }

    /// The message lane has called a completion.
    pub(super) fn called(&self) {
        self.completions.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many completions the message lane has not called yet.
    pub(super) fn completions(&self) -> usize {
        self.completions.load(Ordering::Relaxed)
    }

    /// The message lane has taken these. Those that only it took come as their places.
    pub(super) fn lane_took(&self, places: &[(u64, u64)], bytes: usize, shared: &[Item]) {
        self.change(|state, after| {
            for (first, count) in places {
                for place in *first..first + count {
                    state.ledger.taken(place);
                }
            }
            after.bytes += bytes;
            state.lane_bytes = state.lane_bytes.saturating_sub(bytes);
            for item in shared {
                state.lane_bytes = state.lane_bytes.saturating_sub(item.cost);
                if item.take() {
                    state.taken(item, after);
                }
            }
        });
    }

    /// A consumer has taken these.
    pub(super) fn took(&self, id: u64, items: &[Item]) {
        if items.is_empty() {
            return;
        }
        self.change(|state, after| {
            state.table.took(id, items);
            for item in items {
                if item.take() {
                    state.taken(item, after);
                }
            }
        });
    }

    /// Registers a consumer; it gets what waits for one and matches.
    pub(super) fn add(&self, consumer: Consumer) -> u64 {
        let now = self.inbox.time.now();
        let id = self.change(|state, after| {
            if state.closed
                && let Takes::Stream(stream) = &consumer.takes
            {
                stream.with(|queue| queue.end = Some(StreamEnd::Closed));
            }
            let claimed = state
                .unclaimed
                .claim(&consumer, now + self.rules.unclaimed_timeout);
            let id = state.table.add(consumer);
            self.lane.push(|jobs| {
                for item in claimed {
                    // It matches, or it would not have been claimed.
                    self.offer(state, item, Offer::Again, after, jobs);
                }
            });
            id
        });
        // The engine is to learn of a new deadline.
        self.inbox.nudge();
        id
    }

    /// A SUBSCRIBE is to be sent: it has an identifier where it needs one. `None` in MQTT 3.1.1.
    pub(super) fn subscribing(
        &self,
        subscriptions: &[Subscription],
        properties: &mut Properties,
    ) -> Option<Change> {
        let known = || {
            self.lock()
                .identifiers
                .subscribing(subscriptions, properties)
        };
        (self.rules.version == Version::V5).then(known)
    }

    /// An UNSUBSCRIBE is to be sent.
    pub(super) fn unsubscribing(&self, filters: &[TopicFilter]) -> Option<Change> {
        let known = || self.lock().identifiers.unsubscribing(filters);
        (self.rules.version == Version::V5).then(known)
    }

    /// In the end it is not sent.
    pub(super) fn unchanged(&self, change: &Change) {
        self.lock().identifiers.changed(change, None);
    }

    /// Of these filters, those that no other subscription of the client's needs.
    pub(super) fn only_of(&self, id: u64, filters: &[TopicFilter]) -> Vec<TopicFilter> {
        self.lock().table.only_of(id, filters)
    }

    /// The filters of a handler's subscription.
    pub(super) fn filters_of(&self, id: u64) -> Option<Vec<TopicFilter>> {
        self.lock().table.handler_filters(id)
    }

    /// For the status.
    pub(super) fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            unclaimed: state.unclaimed.told(),
            dropped: state.dropped,
            held_back: state.held_back(self.inbox.time.now()).map(|(_, held)| held),
        }
    }
}

pub(super) struct Counts {
    pub(super) unclaimed: u64,
    pub(super) dropped: u64,
    pub(super) held_back: Option<HeldBack>,
}

#[cfg(test)]
mod tests;
