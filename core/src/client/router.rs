//! Where each inbound message goes, and what became of it (rule L12).
//!
//! A message has takers: the streams and the handlers of filters that match it, else the client's
//! handler. It is taken when all of them have taken it; where there are none, it waits as
//! unclaimed. Its bytes are free at that moment, whatever the order; its acknowledgement leaves
//! with those of all that came before it ([`Ledger`]).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::accounts::{Accounts, HELD_TOO_LONG};
use super::after::After;
use super::completion::Completion;
use super::inbox::Inbox;
use super::job::{Job, Target};
use super::lane::Lane;
use super::ledger::Ledger;
use super::queue::{Item, Share, StreamEnd};
use super::table::{Consumer, HeldBack, Table, Takes};
use super::unclaimed::Unclaimed;
use crate::clock;
use crate::error::DisconnectCause;
use crate::proto::{Delivered, Ended, Event, EventKind, Outcome, StopReason};
use crate::types::{Instant, Message, TopicFilter};

#[derive(Debug)]
pub(crate) struct Router {
    state: Mutex<Accounts>,
    lane: Arc<Lane<Job>>,
    inbox: Arc<Inbox>,
    unclaimed_timeout: Duration,
    /// For QoS 0 messages that several consumers share.
    max_bytes: usize,
    /// Completions that wait for the message lane.
    completions: AtomicUsize,
}

/// Where a message went.
enum Offered {
    /// The message lane is one of its takers.
    ToLane(Job),
    /// Streams have it, or have no room for it.
    Elsewhere,
    ToNobody(Item),
}

impl Router {
    pub(super) fn new(
        lane: Arc<Lane<Job>>,
        inbox: Arc<Inbox>,
        handler: bool,
        unclaimed_timeout: Duration,
        max_bytes: usize,
    ) -> Arc<Self> {
        Arc::new(Router {
            state: Mutex::new(Accounts {
                ledger: Ledger::default(),
                table: Table::default(),
                handler,
                lane_bytes: 0,
                unclaimed: Unclaimed::new(handler),
                resumed_until: Instant::ORIGIN,
                dropped: 0,
                ending: None,
                closed: false,
                look_for_holder_at: None,
            }),
            lane,
            inbox,
            unclaimed_timeout,
            max_bytes,
            completions: AtomicUsize::new(0),
        })
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
                let now = state.time_of_arrival();
                self.lane.add(|jobs| {
                    for item in items.drain(..) {
                        match item {
                            Delivered::Connection(number) => state.ledger.begin(number),
                            // The usual case, without a detour.
                            Delivered::Message(message)
                                if state.handler && state.table.is_empty() =>
                            {
                                let item = state.item(message, now);
                                state.lane_bytes += item.cost;
                                jobs.push_back(Job::Message(item, Target::Handler));
                            }
                            Delivered::Message(message) => {
                                if let Some(job) = self.route(state, message, now, after) {
                                    jobs.push_back(job);
                                }
                            }
                            Delivered::SubscriptionsLost(lost) => {
                                let handlers = state.table.lose(&lost, &mut after.wake);
                                jobs.extend(handlers.into_iter().map(Job::Drop));
                            }
                            Delivered::Completed { token, outcome } if token.needs_lane() => {
                                self.completions.fetch_add(1, Ordering::Relaxed);
                                jobs.push_back(Job::Completed(token, outcome));
                            }
                            Delivered::Completed { token, outcome } => {
                                settled.push((token, outcome));
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

    /// Gives a new message to its takers; a job where the lane is one.
    fn route(
        &self,
        state: &mut Accounts,
        message: Message,
        now: Instant,
        after: &mut After,
    ) -> Option<Job> {
        let item = state.item(message, now);
        match self.offer(state, item, after) {
            Offered::ToLane(job) => Some(job),
            Offered::Elsewhere => None,
            Offered::ToNobody(item) => {
                let deadline = state.unclaimed.deadline(now, state.resumed_until);
                state.wait_unclaimed(item, deadline, now, after);
                None
            }
        }
    }

    /// Gives it to those who match it.
    fn offer(&self, state: &mut Accounts, mut item: Item, after: &mut After) -> Offered {
        let share = self.max_bytes / state.consumers().max(1);
        let alone = state.consumers() < 2;
        // Where several share the bound, one who does not take has no part of the others'.
        let full = |bytes: usize| !alone && item.place.is_none() && bytes > share;
        let topic = &item.received.message.topic;
        let mut matching = state.table.matching(topic);
        if matching.is_empty() && !state.handler {
            return Offered::ToNobody(item);
        }
        let mut handlers = Vec::new();
        let lane_full = full(state.lane_bytes);
        matching.retain(|&index| match &state.table.get(index).takes {
            Takes::Handler(handler) => {
                if !lane_full {
                    handlers.push(Arc::clone(handler));
                }
                false
            }
            Takes::Stream(_) => true,
        });
        let target = if !handlers.is_empty() {
            Some(Target::Filters(handlers))
        } else if matching.is_empty() && !lane_full {
            Some(Target::Handler)
        } else {
            None
        };
        matching.retain(|&index| !full(state.table.get(index).bytes));
        let takers = matching.len() + usize::from(target.is_some());
        if takers == 0 {
            state.dropped += 1;
            after.bytes += item.cost;
            return Offered::Elsewhere;
        }
        if takers > 1 {
            item.share = Some(Share::new(takers));
        }
        if !matching.is_empty() && item.place.is_some() && state.look_for_holder_at.is_none() {
            state.look_for_holder_at = Some(item.arrived + HELD_TOO_LONG);
        }
        for index in matching {
            state.table.push(index, item.clone(), &mut after.wake);
        }
        let Some(target) = target else {
            return Offered::Elsewhere;
        };
        state.lane_bytes += item.cost;
        Offered::ToLane(Job::Message(item, target))
    }

    /// An operation has ended. `false`: the lane has ended, and calls nothing any more.
    pub(super) fn complete(&self, completion: Completion, outcome: Outcome) -> bool {
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
        let now = clock::now();
        let id = self.change(|state, after| {
            if state.closed
                && let Takes::Stream(stream) = &consumer.takes
            {
                stream.with(|queue| queue.end = Some(StreamEnd::Closed));
            }
            let claimed = state
                .unclaimed
                .claim(&consumer, now + self.unclaimed_timeout);
            let id = state.table.add(consumer);
            self.lane.push(|jobs| {
                for item in claimed {
                    // It matches, or it would not have been claimed.
                    if let Offered::ToLane(job) = self.offer(state, item, after) {
                        jobs.push_back(job);
                    }
                }
            });
            id
        });
        // The engine is to learn of a new deadline.
        self.inbox.nudge();
        id
    }

    /// A consumer goes. What it has not taken goes to others that match, or waits for them.
    pub(super) fn remove(&self, id: u64) {
        let now = clock::now();
        self.change(|state, after| {
            let stream = match state.table.remove(id).map(|consumer| consumer.takes) {
                None => return,
                Some(Takes::Handler(handler)) => {
                    return self.lane.push(|jobs| jobs.push_back(Job::Drop(handler)));
                }
                Some(Takes::Stream(stream)) => stream,
            };
            let (lent, waiting, done) = stream.with(|queue| {
                let lent = std::mem::take(&mut queue.lent);
                (lent, std::mem::take(&mut queue.waiting), queue.done_by_drop)
            });
            let (taken, left) = if done {
                (lent, waiting)
            } else {
                let left = lent.into_iter().chain(waiting).collect();
                (Default::default(), left)
            };
            for item in taken {
                if item.take() {
                    state.taken(&item, after);
                }
            }
            self.lane.push(|jobs| {
                for mut item in left {
                    match item.give_back() {
                        None => continue,
                        Some(true) => {
                            state.taken(&item, after);
                            continue;
                        }
                        Some(false) => item.share = None,
                    }
                    match self.offer(state, item, after) {
                        Offered::ToLane(job) => jobs.push_back(job),
                        Offered::Elsewhere => {}
                        Offered::ToNobody(item) => {
                            let deadline = Some(now + self.unclaimed_timeout);
                            state.wait_unclaimed(item, deadline, now, after);
                        }
                    }
                }
            });
        });
        self.inbox.nudge();
    }

    /// Of these filters, those that no other subscription of the client's needs.
    pub(super) fn only_of(&self, id: u64, filters: &[TopicFilter]) -> Vec<TopicFilter> {
        self.lock().table.only_of(id, filters)
    }

    /// The filters of a handler's subscription.
    pub(super) fn filters_of(&self, id: u64) -> Option<Vec<TopicFilter>> {
        self.lock().table.handler_filters(id)
    }

    /// A lifecycle event, before the messages of its turn.
    pub(super) fn event(&self, event: &Event) {
        let number = event.connection_number;
        let mut state = self.lock();
        if matches!(event.kind, EventKind::Connected(_)) {
            state.table.go_on();
        }
        match &event.kind {
            EventKind::Connected(connected) | EventKind::Moved(connected)
                if connected.session_present =>
            {
                state.resumed_until = clock::now() + self.unclaimed_timeout;
            }
            // While the client comes back by itself, its streams go on.
            EventKind::Disconnected(disconnected) if event.is_final() => {
                let end = StreamEnd::Disconnected(disconnected.cause.clone());
                state.ending = Some((number, end));
            }
            EventKind::ConnectFailed(error) if event.is_final() => {
                let end = StreamEnd::ConnectFailed((**error).clone());
                state.ending = Some((number, end));
            }
            EventKind::ReconnectStopped(stopped) => {
                let end = match stopped.cause.clone() {
                    // What ended before that is not why.
                    _ if stopped.reason == StopReason::DisconnectRequested => {
                        StreamEnd::Disconnected(DisconnectCause::DisconnectRequested)
                    }
                    Ended::Disconnected(cause) => StreamEnd::Disconnected(cause),
                    Ended::ConnectFailed(error) => StreamEnd::ConnectFailed(error),
                };
                state.ending.get_or_insert((number, end));
            }
            _ => {}
        }
    }

    /// Nothing follows.
    pub(super) fn end(&self) {
        self.change(|state, after| {
            state.closed = true;
            state
                .table
                .end(u64::MAX, &StreamEnd::Closed, &mut after.wake);
            state.unclaimed.clear();
            let handlers = state.table.take_handlers();
            self.lane.push(|jobs| jobs.extend(handlers.map(Job::Drop)));
        });
    }

    /// The engine's turn is over: where it ended a connection, its streams have all their
    /// messages, and end. Gives the time when [`handle_timeout`](Self::handle_timeout) has
    /// something to do.
    pub(super) fn turn_ended(&self) -> Option<Instant> {
        let mut wake = Vec::new();
        let mut state = self.lock();
        if let Some((number, end)) = state.ending.take() {
            state.table.end(number, &end, &mut wake);
        }
        let deadline = state.deadline();
        drop(state);
        for stream in wake {
            stream.notify();
        }
        deadline
    }

    /// Tells of what nobody came for, and of a stream that nobody reads.
    pub(super) fn handle_timeout(&self, now: Instant) {
        if self.lock().deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        self.change(|state, after| {
            for item in state.unclaimed.due(now) {
                state.tell_unclaimed(&item, after);
            }
            if state.look_for_holder_at.is_some_and(|at| at <= now) {
                state.look_for_holder(now, after);
            }
        });
    }

    /// For the status.
    pub(super) fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            unclaimed: state.unclaimed.told(),
            dropped: state.dropped,
            held_back: state.held_back(clock::now()).map(|(_, held)| held),
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
