//! Requests and their responses (section 4.10), as far as a client keeps account of them: whom each
//! response is for, and when nobody waits for it any more.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;

use super::completion::Completion;
use super::failed::Failed;
use super::mailbox::Mailbox;
use super::router::Router;
use crate::error::OperationError;
use crate::proto::Outcome;
use crate::types::{Instant, Message, PropertyId, ReasonCode, TopicName};

/// How a request ends: with the response, or why there is none.
pub(super) type Answer = Result<Message, Failed>;

/// What waits for an answer.
pub(super) enum Waiter {
    /// A future or a thread.
    Slot(Arc<Mailbox<Option<Answer>>>),
    /// A function, for the message lane.
    Call(Box<dyn FnOnce(Answer) + Send>),
}

/// The requests of one client that have no answer yet.
pub(super) struct Requests {
    router: Weak<Router>,
    /// Where responses go.
    topic: TopicName,
    /// Tells this client's correlation data from others'.
    nonce: u64,
    /// The broker has the subscription, or was asked for it.
    pub(super) subscribed: AtomicBool,
    /// Held while it is asked for.
    order: Mutex<()>,
    state: Mutex<State>,
}

/// So many more deadlines than requests are no reason to sort them out.
const SPARE: usize = 64;

#[derive(Default)]
pub(super) struct State {
    last: u64,
    pending: HashMap<u64, Waiter>,
    /// Whose turn to time out it is first, first; among them some that have their answer: no more than those that have
    /// none, and [`SPARE`]. A tree that knows no such ones would be much larger as WebAssembly.
    deadlines: BinaryHeap<Reverse<(Instant, u64)>>,
    /// The number of the consumer that takes responses.
    pub(super) consumer: Option<u64>,
    /// How often all of them ended at once, and why they did the last time.
    ends: u64,
    end: Option<Failed>,
}

impl Requests {
    pub(super) fn new(router: &Arc<Router>, topic: TopicName, nonce: u64) -> Arc<Self> {
        Arc::new(Requests {
            router: Arc::downgrade(router),
            topic,
            nonce,
            subscribed: AtomicBool::new(false),
            order: Mutex::new(()),
            state: Mutex::default(),
        })
    }

    pub(super) fn topic(&self) -> &TopicName {
        &self.topic
    }

    pub(super) fn order(&self) -> MutexGuard<'_, ()> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What marks the response to this request.
    pub(super) fn correlation_data(&self, id: u64) -> Bytes {
        let mut data = Vec::with_capacity(16);
        data.extend_from_slice(&self.nonce.to_be_bytes());
        data.extend_from_slice(&id.to_be_bytes());
        data.into()
    }

    /// Which request a response is for.
    fn id(&self, response: &Message) -> Option<u64> {
        let data = response
            .properties
            .get_binary(PropertyId::CorrelationData)?;
        let (nonce, id) = data.split_at_checked(8)?;
        let ours = nonce == self.nonce.to_be_bytes();
        let id = u64::from_be_bytes(id.try_into().ok()?);
        ours.then_some(id)
    }

    /// A response came; one that nobody waits for is nobody's.
    pub(super) fn answered(&self, response: Message) {
        if let Some(id) = self.id(&response) {
            self.finish(id, Ok(response));
        }
    }

    /// The broker has the request, or it has ended without that.
    pub(super) fn published(&self, id: u64, outcome: &Outcome) {
        match &outcome.result {
            Ok(code @ ReasonCode::NoMatchingSubscribers) => {
                let error = OperationError::Refused(*code);
                self.finish(id, Err(Failed::told(error, outcome)));
            }
            Ok(_) => {}
            Err(error) => self.finish(id, Err(Failed::told(error.clone(), outcome))),
        }
    }

    /// Whether it has no answer yet.
    pub(super) fn is_pending(&self, id: u64) -> bool {
        self.lock().pending.contains_key(&id)
    }

    /// It has its answer, if it has none yet.
    pub(super) fn finish(&self, id: u64, answer: Answer) {
        let waiter = {
            let mut state = self.lock();
            state.take(id)
        };
        if let Some(waiter) = waiter {
            self.tell(waiter, answer);
        }
    }

    /// How often all of them ended at once, so far.
    pub(super) fn ends(&self) -> u64 {
        self.lock().ends
    }

    /// A new request, whose subscription was asked for when all had ended so often; gives its number. Where
    /// that is refused already, nobody would end the request: it ends here, and needs no publish.
    pub(super) fn begin(&self, waiter: Waiter, deadline: Instant, ends: u64) -> u64 {
        let (id, ended) = {
            let mut state = self.lock();
            let id = state.add(waiter, deadline);
            let ended = (state.ends != ends).then(|| state.end.clone()).flatten();
            (id, ended)
        };
        if let Some(error) = ended {
            self.finish(id, Err(error));
        }
        id
    }

    /// Those that nobody can answer any more.
    pub(super) fn fail_all(&self, error: &Failed) {
        self.subscribed.store(false, Ordering::Relaxed);
        let (mut pending, mut deadlines) = {
            let mut state = self.lock();
            let state = &mut *state;
            state.ends += 1;
            state.end = Some(error.clone());
            (
                std::mem::take(&mut state.pending),
                std::mem::take(&mut state.deadlines),
            )
        };
        while let Some(Reverse((_, id))) = deadlines.pop() {
            if let Some(waiter) = pending.remove(&id) {
                self.tell(waiter, Err(error.clone()));
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lock().next().map(|(at, _)| at)
    }

    pub(super) fn handle_timeout(&self, now: Instant) {
        loop {
            let waiter = {
                let mut state = self.lock();
                match state.next() {
                    Some((at, id)) if at <= now => state.take(id),
                    _ => return,
                }
            };
            if let Some(waiter) = waiter {
                self.tell(waiter, Err(OperationError::TimedOut.into()));
            }
        }
    }

    /// Whoever waits is told; application code runs on the message lane.
    fn tell(&self, waiter: Waiter, answer: Answer) {
        match waiter {
            Waiter::Slot(slot) => slot.change(|slot| *slot = Some(answer)),
            Waiter::Call(call) => {
                let completion = Completion::call(move |_| call(answer));
                if let Some(router) = self.router.upgrade() {
                    router.complete(completion, Outcome::new(Ok(ReasonCode::Success), None));
                }
            }
        }
    }
}

impl State {
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// A new request; gives its number.
    fn add(&mut self, waiter: Waiter, deadline: Instant) -> u64 {
        self.last += 1;
        self.pending.insert(self.last, waiter);
        self.deadlines.push(Reverse((deadline, self.last)));
        self.last
    }

    pub(super) fn take(&mut self, id: u64) -> Option<Waiter> {
        let waiter = self.pending.remove(&id)?;
        let pending = &self.pending;
        if self.deadlines.len() > 2 * pending.len() + SPARE {
            let waits = |it: &Reverse<(Instant, u64)>| pending.contains_key(&it.0.1);
            self.deadlines.retain(waits);
        }
        Some(waiter)
    }

    /// The request that times out next, and when.
    fn next(&mut self) -> Option<(Instant, u64)> {
        while let Some(Reverse((at, id))) = self.deadlines.peek() {
            if self.pending.contains_key(id) {
                return Some((*at, *id));
            }
            self.deadlines.pop();
        }
        None
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// As many as wait are kept, whatever was answered; the next one is that of the earliest deadline.
    #[test]
    fn deadlines_of_what_has_its_answer_are_forgotten() {
        let mut state = State::default();
        let add = |state: &mut State, seconds| {
            let waiter = Waiter::Call(Box::new(|_| {}));
            state.add(waiter, Instant::ORIGIN + Duration::from_secs(seconds))
        };
        let late = add(&mut state, 1_000_000);
        for seconds in 1..=10_000 {
            let id = add(&mut state, seconds);
            assert_eq!(state.next().map(|(_, id)| id), Some(id));
            assert!(state.take(id).is_some() && state.take(id).is_none());
            assert!(state.deadlines.len() <= 2 * state.len() + SPARE);
        }
        let early = add(&mut state, 5);
        assert_eq!(state.next().map(|(_, id)| id), Some(early));
        state.take(early);
        assert_eq!(state.next().map(|(_, id)| id), Some(late));
        state.take(late);
        assert_eq!(state.next(), None);
        assert!(state.len() == 0 && state.deadlines.is_empty());
    }

    #[test]
    fn they_come_in_the_order_of_their_deadlines_without_those_that_have_their_answer() {
        let mut state = State::default();
        let ids: Vec<u64> = [3, 1, 2]
            .map(|seconds| {
                let waiter = Waiter::Call(Box::new(|_| {}));
                state.add(waiter, Instant::ORIGIN + Duration::from_secs(seconds))
            })
            .into();
        state.take(ids[2]);
        let mut order = Vec::new();
        while let Some((_, id)) = state.next() {
            order.push(id);
            state.take(id);
        }
        assert_eq!(order, [ids[1], ids[0]]);
    }
}
