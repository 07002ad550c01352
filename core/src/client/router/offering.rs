//! Who gets a message.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Router;
use crate::client::accounts::{Accounts, CLIENT, HELD_TOO_LONG};
use crate::client::after::After;
use crate::client::job::{Job, Target};
use crate::client::queue::{Item, Share};
use crate::client::table::Takes;
use crate::types::{Instant, Message};

/// Which offer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// The message has just come.
    New,
    /// Whoever had it gave it back, or somebody came whom it waited for.
    Again,
}

impl Router {
    /// Gives a new message to its takers: those on the lane have their part in `jobs`.
    pub(super) fn route(
        &self,
        state: &mut Accounts,
        message: Message,
        now: Instant,
        after: &mut After,
        jobs: &mut VecDeque<Job>,
    ) {
        let item = state.item(message, now);
        if let Some(item) = self.offer(state, item, Offer::New, after, jobs) {
            let deadline = state.unclaimed.deadline(now, state.resumed_until);
            state.wait_unclaimed(item, deadline, now, after);
        }
    }

    /// Gives it to those who match it; back where there is nobody.
    pub(super) fn offer(
        &self,
        state: &mut Accounts,
        mut item: Item,
        offer: Offer,
        after: &mut After,
        jobs: &mut VecDeque<Job>,
    ) -> Option<Item> {
        let share = self.rules.max_bytes / state.consumers().max(1);
        let alone = state.consumers() < 2;
        let acknowledged = item.place.is_some();
        // Where several share the bound, one who does not take has no part of the others'.
        let full = |bytes: usize| !alone && !acknowledged && bytes > share;
        let topic = &item.received.message.topic;
        let mut matching = std::mem::take(&mut state.matching);
        state.table.matching(topic, &mut matching);
        let handled = matching.is_empty();
        if !state.narrow(&mut item, &mut matching, offer) {
            // All who match have it from another copy.
            state.taken(&item, after);
            state.matching = matching;
            return None;
        }
        if matching.is_empty() && !state.handler {
            state.matching = matching;
            return Some(item);
        }
        let lane_full = full(state.lane_bytes);
        let (mut handlers, mut manual) = (Vec::new(), Vec::new());
        let mut answers = false;
        matching.retain(|&index| {
            let consumer = state.table.get(index);
            match &consumer.takes {
                Takes::Stream(_) => return !full(consumer.bytes),
                // Each decides for itself, so each is a taker of its own.
                Takes::Handler(handler) if consumer.manual && acknowledged => {
                    manual.push((index, Arc::clone(handler)));
                }
                Takes::Handler(handler) if !lane_full => handlers.push(Arc::clone(handler)),
                Takes::Handler(_) => {}
                // It takes at once what it is given, and decides on nothing.
                Takes::Requests(requests) => {
                    answers = true;
                    let response = item.received.message.clone();
                    after.answers.push((Arc::clone(requests), response));
                }
            }
            false
        });
        let target = if !handlers.is_empty() {
            Some(Target::Filters(handlers))
        } else if !handled || lane_full {
            None
        } else if self.rules.manual && acknowledged {
            Some(Target::Manual(CLIENT, None))
        } else {
            Some(Target::Handler)
        };
        let takers = matching.len() + manual.len() + usize::from(target.is_some());
        if takers == 0 {
            if answers {
                state.taken(&item, after);
            } else {
                state.dropped += 1;
                after.bytes += item.cost;
            }
            state.matching = matching;
            return None;
        }
        if takers > 1 {
            item.share = Some(Share::new(takers));
        }
        let own = matches!(target, Some(Target::Manual(..)));
        let may_be_held = !matching.is_empty() || !manual.is_empty() || own;
        if may_be_held && acknowledged && state.look_for_holder_at.is_none() {
            state.look_for_holder_at = Some(item.arrived + HELD_TOO_LONG);
        }
        for index in &matching {
            state.table.push(*index, item.clone(), &mut after.wake);
        }
        state.matching = matching;
        for (index, handler) in manual {
            state.table.hold(index, &item);
            let target = Target::Manual(state.table.id(index), Some(handler));
            jobs.push_back(Job::Message(item.clone(), target));
        }
        if let Some(target) = target {
            state.lane_bytes += item.cost;
            if let Some(place) = item.place.filter(|_| own) {
                state.own.hold(place, &item);
            }
            jobs.push_back(Job::Message(item, target));
        }
        None
    }
}
