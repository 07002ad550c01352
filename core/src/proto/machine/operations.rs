//! Operations: whether they are taken, and how they end.

use std::time::Duration;

use super::acknowledged::reason_string;
use super::{Handed, Machine, Phase};
use crate::error::OperationError;
use crate::proto::operation::{Operation, Request};
use crate::proto::session::Ended;
use crate::proto::timers::Timer;
use crate::proto::{Delivered, EventKind, Outcome, QueuePolicy, SubscriptionsLost};
use crate::types::{Instant, Properties, ReasonCode, TopicFilter};

/// Between two looks at the deadlines of all operations: so late may an outcome be.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

impl<T> Machine<T> {
    /// Queues an operation, or refuses it at once.
    #[inline]
    pub(super) fn queue(&mut self, mut operation: Operation<T>) {
        self.serial += 1;
        operation.set_serial(self.serial);
        self.usage.messages += 1;
        self.usage.bytes += operation.cost().unwrap_or_default();
        let kept = self.session.keeps(&operation);
        let error = match self.phase {
            _ if self.cancels.has(&operation) => Some(OperationError::Cancelled),
            Phase::Opening { .. } | Phase::Handshaking { .. } => None,
            Phase::Connected => self.limits.refuses(&operation, self.version()),
            Phase::Idle | Phase::Waiting if kept => None,
            Phase::Idle | Phase::Waiting => Some(OperationError::Disconnected),
            // It belongs to the next connection, where there is one.
            Phase::Draining(_) | Phase::Leaving(_) | Phase::Left(_) if kept && !self.closing => {
                self.note_taken(&operation);
                self.session.later.push(operation);
                return self.make_room();
            }
            Phase::Draining(_) | Phase::Leaving(_) | Phase::Left(_) if !self.closing => {
                Some(OperationError::Disconnected)
            }
            _ => Some(OperationError::Closed),
        };
        match error {
            None => {
                self.note_taken(&operation);
                self.session.queue.push_back(operation);
                self.make_room();
            }
            Some(error) => self.end(Ended::unsent(operation), Err(error)),
        }
    }

    #[inline(always)]
    fn note_taken(&mut self, operation: &Operation<T>) {
        if let Some(deadline) = operation.deadline() {
            self.timers.advance(Timer::Operations, deadline);
        }
    }

    /// What was sent is queued again, perhaps.
    pub(super) fn watch_deadlines(&mut self) {
        let next = self.session.queue.iter().map(Operation::deadline);
        if let Some(at) = Instant::earliest(next) {
            self.timers.advance(Timer::Operations, at);
        }
    }

    /// Where the queue holds more than it may, its policy says which publish leaves it. Requests
    /// never do: a subscription that is not ended, or not made, for want of room would be worse.
    fn make_room(&mut self) {
        let policy = self.config.queue_policy;
        while policy != QueuePolicy::RefuseNewest && self.is_over_limit() {
            let Some(dropped) = self.session.take_for_room(policy) else {
                return;
            };
            self.end(Ended::unsent(dropped), Err(OperationError::Dropped));
            self.forget_suspect_that_ended();
        }
    }

    fn is_over_limit(&self) -> bool {
        let config = &self.config;
        // One operation always fits, or a large message could never be sent.
        self.usage.messages > 1
            && (self.usage.messages > config.outbound_queue_max_messages
                || self.usage.bytes > config.outbound_queue_max_bytes)
    }

    /// The limits of the connection are known now: what they forbid has its outcome.
    pub(super) fn refuse_what_is_forbidden(&mut self) {
        let version = self.version();
        let limits = &self.limits;
        let refused = self
            .session
            .queue
            .extract(|operation| limits.refuses(operation, version).is_some());
        let mut own = false;
        for operation in refused {
            let Some(error) = self.limits.refuses(&operation, version) else {
                continue;
            };
            if let Operation::Request(request, _) = &operation
                && request.is_again()
            {
                self.tell_asked_again(request);
                self.lose_subscriptions(filters_of(request), &error);
            } else {
                own = true;
            }
            self.end(Ended::unsent(operation), Err(error));
        }
        if own {
            self.subscribe_to_what_is_missing();
        }
    }

    /// What has expired, or nobody waits for any more, has its outcome. What was sent goes on
    /// without anybody who waits, but is not sent again.
    pub(super) fn end_overdue(&mut self, now: Instant) {
        if !self.timers.is_due(Timer::Operations, now) {
            return;
        }
        self.timers.clear(Timer::Operations);
        let session = &mut self.session;
        let is_overdue = |operation: &Operation<T>| operation.overdue(now).is_some();
        let mut ended = session.queue.extract(is_overdue);
        ended.extend(session.later.extract_if(.., |it| is_overdue(it)));
        let left = session.queue.iter().chain(&session.later);
        let mut next = Instant::earliest(left.map(Operation::deadline));
        let mut unwaited = Vec::new();
        for (id, slot) in session.inflight.iter_mut() {
            match slot.until.as_deref().copied() {
                Some(at) if at <= now => {
                    slot.until = None;
                    slot.told = true;
                    unwaited.push((slot.serial, id, slot.token.take()));
                }
                Some(at) => next = Some(next.map_or(at, |next| next.min(at))),
                None => {}
            }
        }
        unwaited.sort_unstable_by_key(|(serial, ..)| *serial);
        let is_overdue = |it: &Handed<T>| it.until.is_some_and(|at| at <= now);
        if self.handed.iter().any(is_overdue) {
            for handed in std::mem::take(&mut self.handed) {
                if is_overdue(&handed) {
                    self.complete(Some(handed.token), Err(OperationError::TimedOut));
                } else {
                    self.handed.push_back(handed);
                }
            }
        }
        for (_, id, token) in unwaited {
            if let Some(token) = token {
                let outcome = Outcome::new(Err(OperationError::TimedOut), Some(id));
                self.delivered.push(Delivered::Completed { token, outcome });
            }
        }
        self.end_unread(now);
        let handed = self.handed.iter().map(|it| it.until);
        next = Instant::earliest(handed.chain([next, self.barrier.deadline()]));
        let some = !ended.is_empty();
        for operation in ended {
            let error = operation.overdue(now).unwrap_or(OperationError::Expired);
            self.end(Ended::unsent(operation), Err(error));
        }
        if some {
            self.forget_suspect_that_ended();
        }
        if let Some(at) = next {
            // A look at all of them is not cheap: many that are due one after the other share one.
            self.timers.set(Timer::Operations, at.max(now + LOOK_PAUSE));
        }
    }

    /// The connection is gone; what no session keeps has its outcome now.
    pub(super) fn drop_connection(&mut self, error: &OperationError) {
        self.liveness = None;
        self.drop_authentication(error);
        self.resend.clear();
        while let Some(Handed { token, .. }) = self.handed.pop_front() {
            self.complete(Some(token), Err(error.clone()));
        }
        self.lose_barrier(error);
        let ended = self.session.connection_lost();
        self.end_all(ended, error);
        self.watch_deadlines();
    }

    /// The client is closed: everything has its outcome.
    pub(super) fn close_session(&mut self) {
        let ended = self.session.close();
        self.end_all(ended, &OperationError::Closed);
    }

    /// Takes the token of every operation that is still inside: for an engine that came to grief
    /// and can run the machine no more. Where it can still take the deliveries, it takes those
    /// first; what was completed and is still among them counts as inside.
    pub fn abandon(&mut self) -> Vec<T> {
        let mut tokens: Vec<T> = std::mem::take(&mut self.handed)
            .into_iter()
            .map(|it| it.token)
            .collect();
        tokens.extend(self.barrier.take_all().into_iter().map(|it| it.token));
        tokens.extend(self.authentication.take_tokens());
        let ended = self.session.close();
        tokens.extend(ended.into_iter().filter_map(|ended| ended.token));
        for delivered in std::mem::take(&mut self.delivered) {
            match delivered {
                Delivered::Completed { token, .. } => tokens.push(token),
                other => self.delivered.push(other),
            }
        }
        tokens
    }

    pub(super) fn end_all(&mut self, ended: Vec<Ended<T>>, error: &OperationError) {
        for mut ended in ended {
            let own = ended.error.take();
            self.end(ended, Err(own.unwrap_or_else(|| error.clone())));
        }
    }

    pub(super) fn end(&mut self, ended: Ended<T>, result: Result<ReasonCode, OperationError>) {
        self.free(ended.cost);
        if let Some(token) = ended.token {
            self.delivered.push(Delivered::Completed {
                token,
                outcome: Outcome::new(result, ended.packet_id),
            });
        }
    }

    pub(super) fn complete(
        &mut self,
        token: Option<T>,
        result: Result<ReasonCode, OperationError>,
    ) {
        if let Some(token) = token {
            self.delivered.push(Delivered::Completed {
                token,
                outcome: Outcome::new(result, None),
            });
        }
    }

    /// An operation has left the outbound queue.
    pub(super) fn free(&mut self, cost: Option<usize>) {
        let Some(cost) = cost else { return };
        self.released.messages += 1;
        self.released.bytes += cost;
        self.usage.messages = self.usage.messages.saturating_sub(1);
        self.usage.bytes = self.usage.bytes.saturating_sub(cost);
    }

    /// The broker does not grant again what the application holds.
    pub(super) fn lose_subscriptions(&mut self, filters: Vec<TopicFilter>, error: &OperationError) {
        self.session.subscriptions.remove(&filters);
        let lost: Vec<_> = filters
            .into_iter()
            .map(|filter| (filter, error.clone()))
            .collect();
        self.tell_lost_subscriptions(lost, &Properties::new());
    }

    /// The application hears that they are no more, on both lanes; `told`: the properties of the
    /// SUBACK that refuses them.
    pub(super) fn tell_lost_subscriptions(
        &mut self,
        filters: Vec<(TopicFilter, OperationError)>,
        told: &Properties,
    ) {
        if filters.is_empty() {
            return;
        }
        let lost = SubscriptionsLost {
            filters,
            reason_string: reason_string(told),
        };
        let kind = EventKind::SubscriptionsLost(Box::new(lost.clone()));
        self.push_told_event(kind, told.clone());
        let properties = told.clone();
        self.delivered
            .push(Delivered::SubscriptionsLost { lost, properties });
    }
}

/// The filters of a SUBSCRIBE.
pub(super) fn filters_of(request: &Request) -> Vec<TopicFilter> {
    let subscribe = request.as_subscribe();
    let list = subscribe.map_or(&[][..], |subscribe| &subscribe.subscriptions);
    list.iter().map(|s| s.filter.clone()).collect()
}
