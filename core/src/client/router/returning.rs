//! What becomes of messages that come back, or that the application decides on itself.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Offer, Router};
use crate::client::Acknowledgement;
use crate::client::accounts::{Accounts, CLIENT};
use crate::client::after::After;
use crate::client::job::{Job, Target};
use crate::client::queue::Item;
use crate::client::table::Takes;
use crate::proto::Refusal;
use crate::types::Instant;

impl Router {
    /// The application has decided on a message that it was given to acknowledge itself.
    pub(in crate::client) fn acknowledged(
        &self,
        taker: u64,
        item: &Item,
        refusal: Option<Refusal>,
    ) {
        if let (Some(place), Some(refusal)) = (item.place, refusal) {
            let (number, ordinal) = {
                let state = self.lock();
                let ledger = &state.ledger;
                (ledger.connection_number(), ledger.ordinal(place))
            };
            // Before it counts as taken, so that the engine knows it when its turn has come.
            if let Some(ordinal) = ordinal {
                self.inbox.push_refusal(number, ordinal, refusal);
            }
        }
        self.change(|state, after| {
            state.decided(taker, item);
            if item.take() {
                state.taken(item, after);
            }
        });
    }

    /// The application dropped a message that it was given to acknowledge itself.
    pub(in crate::client) fn given_back(&self, taker: u64, mut item: Item) {
        item.received.message.dup = true;
        let now = self.inbox.time.now();
        self.change(|state, after| {
            if state.closed {
                return;
            }
            match state.table.takes(taker) {
                Some(Takes::Stream(_)) => state.table.push_front(taker, item, &mut after.wake),
                None if taker != CLIENT => {
                    self.lane
                        .push(|jobs| self.hand_on(state, item, now, after, jobs));
                }
                // One that fails each time is not called without a pause.
                _ => {
                    let at = now + Acknowledgement::REDELIVERY_DELAY;
                    state.returned.push(at, taker, item);
                }
            }
        });
        // The engine is to learn of a new deadline.
        self.inbox.nudge();
    }

    /// Gives it to others, where no other one took it: whoever had it does not.
    fn hand_on(
        &self,
        state: &mut Accounts,
        mut item: Item,
        now: Instant,
        after: &mut After,
        jobs: &mut VecDeque<Job>,
    ) {
        match item.give_back() {
            None => return,
            Some(true) => return state.taken(&item, after),
            Some(false) => item.share = None,
        }
        if let Some(item) = self.offer(state, item, Offer::Again, after, jobs) {
            let deadline = Some(now + self.rules.unclaimed_timeout);
            state.wait_unclaimed(item, deadline, now, after);
        }
    }

    /// Handlers get again what they gave back.
    fn return_due(&self, state: &mut Accounts, now: Instant, after: &mut After) {
        let due = state.returned.due(now);
        if due.is_empty() {
            return;
        }
        self.lane.push(|jobs| {
            for (taker, item) in due {
                let own = match state.table.takes(taker) {
                    Some(Takes::Handler(handler)) => Some(Arc::clone(handler)),
                    _ => None,
                };
                if own.is_some() || taker == CLIENT {
                    jobs.push_back(Job::Message(item, Target::Manual(taker, own)));
                } else {
                    self.hand_on(state, item, now, after, jobs);
                }
            }
        });
    }

    /// A consumer goes. What it has not taken goes to others that match, or waits for them.
    pub(in crate::client) fn remove(&self, id: u64) {
        let now = self.inbox.time.now();
        let lent_out = self.change(|state, after| {
            let stream = match state.table.remove(id).map(|consumer| consumer.takes) {
                None => return VecDeque::new(),
                Some(Takes::Handler(handler)) => {
                    self.lane.push(|jobs| jobs.push_back(Job::Drop(handler)));
                    return VecDeque::new();
                }
                Some(Takes::Stream(stream)) => stream,
                Some(Takes::Requests(_)) => return VecDeque::new(),
            };
            let (lent, waiting, done) = stream.with(|queue| {
                let lent = std::mem::take(&mut queue.lent);
                (lent, std::mem::take(&mut queue.waiting), queue.done_by_drop)
            });
            // Whoever has them decides.
            let (lent_out, lent): (VecDeque<Item>, VecDeque<Item>) = lent
                .into_iter()
                .partition(|item| item.received.acknowledgement.is_some());
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
                for item in left {
                    self.hand_on(state, item, now, after, jobs);
                }
            });
            lent_out
        });
        self.inbox.nudge();
        // Not under the lock: the last of them give their messages back.
        drop(lent_out);
    }

    /// Gives handlers again what they gave back; tells of what nobody came for, and of a stream that nobody reads.
    pub(in crate::client) fn handle_timeout(&self, now: Instant) {
        if let Some(requests) = self.requests.get() {
            requests.handle_timeout(now);
        }
        if self.lock().deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        self.change(|state, after| {
            self.return_due(state, now, after);
            for item in state.unclaimed.due(now) {
                state.tell_unclaimed(&item, after);
            }
            if state.look_for_holder_at.is_some_and(|at| at <= now) {
                state.look_for_holder(now, after);
            }
        });
    }
}
