//! From queues to bytes.

use std::collections::VecDeque;
use std::num::{NonZeroU16, NonZeroU64};

use bytes::BytesMut;

use super::{Handed, Machine, Phase};
use crate::codec::{Ack, Packet};
use crate::error::OperationError;
use crate::proto::barrier::Waiting;
use crate::proto::flight::Over;
use crate::proto::inflight::{Exchange, MAX_WINDOW, WINDOW_V311};
use crate::proto::operation::{Operation, Request};
use crate::proto::outbound::Outbound;
use crate::proto::session::Ended;
use crate::proto::{Delivered, Outcome, Receipt};
use crate::types::{Instant, Properties, QoS, ReasonCode, Version};

/// The most that acknowledgements may wait for a socket that takes nothing.
const MAX_CONTROL: usize = 1024 * 1024;

impl<T> Machine<T> {
    /// Encodes what may go out now, up to one large write. Call it before
    /// [`transmit`](Self::transmit). It may end operations (those that cannot be encoded), also
    /// where there is then nothing to write.
    pub fn prepare_transmit(&mut self, now: Instant) {
        match self.phase {
            Phase::Connected if self.is_held() => return,
            Phase::Connected | Phase::Draining(_) | Phase::Leaving(_) => {}
            // After DISCONNECT nothing follows [MQTT-3.14.4-1].
            _ => return,
        }
        self.send_control();
        // What is sent now over a connection that is about to be taken over could get lost.
        if !self.is_in_hurry() && !self.is_moving() {
            self.send_operations(now);
            // Once more, for the PUBRELs that were repeated.
            self.send_control();
        }
        self.send_barrier(now);
        self.send_farewell();
        // Rule L5: the radio is awake anyway.
        if self.is_judged()
            && !self.outgoing.is_empty()
            && self
                .liveness
                .as_ref()
                .is_some_and(|it| it.rides_with_write(now))
        {
            self.send_ping(now);
        }
    }

    /// Whether something waits to be written.
    pub(super) fn has_unsent(&self) -> bool {
        !self.outgoing.is_empty()
            || !self.control.is_empty()
            || !self.session.queue.is_empty()
            || !self.resend.is_empty()
    }

    fn send_control(&mut self) {
        if self.outgoing.has_room() && !self.control.is_empty() {
            self.outgoing.buffer().extend_from_slice(&self.control);
            self.control.clear();
        }
    }

    /// The bytes to write next, in order. Empty: nothing to send.
    pub fn transmit(&self) -> (&[u8], &[u8]) {
        self.outgoing.chunks()
    }

    /// The socket took this many of them.
    pub fn handle_written(&mut self, now: Instant, count: usize) {
        let flight = &mut self.flight;
        let packet_end = self.outgoing.advance(count, |head, size| {
            flight.sent(now, head, size, Over::Present);
        });
        let written = self.outgoing.written();
        if packet_end {
            self.last_outbound = now;
        }
        if let Some(liveness) = &mut self.liveness {
            liveness.on_handed_over(now, written, packet_end);
        }
        while self.handed.front().is_some_and(|it| it.end <= written) {
            let Some(Handed { token, .. }) = self.handed.pop_front() else {
                break;
            };
            let mut outcome = Outcome::new(Ok(ReasonCode::Success), None);
            outcome.receipt = Some(Receipt::Written);
            self.delivered.push(Delivered::Completed { token, outcome });
        }
        self.check_farewell(now);
    }

    /// Rule L5: at the next packet boundary, ahead of all queued packets.
    pub(super) fn send_ping(&mut self, now: Instant) {
        // Who has to ping is idle, or stuck: either way no time for large buffers.
        self.outgoing.shrink();
        self.session.shrink();
        if self.control.is_empty() {
            self.control = BytesMut::new();
        }
        if self.handed.is_empty() {
            self.handed = VecDeque::new();
        }
        self.barrier.shrink();
        if self.delivered.is_empty() {
            self.delivered = Vec::new();
        }
        let end = self.outgoing.insert_ping();
        for handed in &mut self.handed {
            if handed.end > end - 2 {
                handed.end += 2;
            }
        }
        self.barrier.shift(end - 2, 2);
        if let Some(liveness) = &mut self.liveness {
            liveness.on_ping_queued(now, end);
        }
    }

    /// Repeats one exchange of a resumed session [MQTT-4.4.0-1].
    pub(super) fn send_again(&mut self, now: Instant) -> bool {
        let version = self.version();
        let window = usize::from(self.window());
        let unfinished = usize::from(self.session.inflight.publishes());
        // Of those this connection has brought so many. Its Receive Maximum may be smaller than
        // that of the connection on which they were sent first [MQTT-3.3.4-7].
        let sent = unfinished.saturating_sub(self.resend.len());
        if self.resend.is_empty() || self.waits_for_suspect() {
            return false;
        }
        let Some(id) = self.resend.pop_front() else {
            return false;
        };
        let from = self.outgoing.end();
        let Some(slot) = self.session.inflight.get_mut(id) else {
            return true;
        };
        match &mut slot.exchange {
            Exchange::Publish(_) if sent >= window => {
                self.resend.push_front(id);
                return false;
            }
            Exchange::Publish(outbound) => {
                if let Some(error) = outbound.overdue(now) {
                    self.withdraw(id, error);
                    self.release_withdrawn(id);
                    return true;
                }
                outbound.count_down(now);
                let buffer = self.outgoing.buffer();
                let aliases = &mut self.outbound_aliases;
                if aliases
                    .encode_head(outbound, true, Some(id), version, buffer)
                    .is_ok()
                {
                    self.outgoing.push_payload(&outbound.message.payload);
                    slot.sent_from = NonZeroU64::new(from);
                }
            }
            Exchange::Release { .. } => {
                slot.sent_from = NonZeroU64::new(from);
                self.acknowledge(Packet::PubRel, id, ReasonCode::Success);
            }
            Exchange::Request(_) | Exchange::Withdrawn { .. } => {}
        }
        true
    }

    /// What was sent is not sent again; where the broker may know its identifier, that stays in
    /// use until the broker has ended the exchange, too.
    pub(super) fn withdraw(&mut self, id: NonZeroU16, error: OperationError) {
        let poison = matches!(error, OperationError::Poison { .. });
        if let Some((token, cost)) = self.session.inflight.withdraw(id, poison) {
            let ended = Ended {
                token,
                cost,
                packet_id: Some(id),
                error: None,
            };
            self.end(ended, Err(error));
        }
    }

    /// Has the broker end what was withdrawn, and so its identifier be free. PUBREL is what it waits
    /// for, where it has the message; else it says that it knows nothing of it.
    pub(super) fn release_withdrawn(&mut self, id: NonZeroU16) {
        let from = self.outgoing.end() + self.control.len() as u64;
        if let Some(slot) = self.session.inflight.get_mut(id)
            && let Exchange::Withdrawn { poison: false } = slot.exchange
        {
            slot.sent_from = NonZeroU64::new(from);
            self.acknowledge(Packet::PubRel, id, ReasonCode::Success);
        }
    }

    /// How many QoS 1 and 2 publishes may be unfinished.
    fn window(&self) -> u16 {
        let limit = match (self.config.max_inflight, self.version()) {
            (Some(limit), _) => limit.max(1),
            (None, Version::V311) => WINDOW_V311,
            (None, Version::V5) => MAX_WINDOW,
        };
        self.limits.receive_maximum.min(limit)
    }

    /// Sends the next queued operation; a QoS 1 or 2 publish where the broker's Receive Maximum
    /// allows [MQTT-3.3.4-7]. What follows one that has to wait also waits: the application's
    /// order is kept, between publishes and subscribes, too.
    pub(super) fn send_queued(&mut self, now: Instant) -> bool {
        let inflight = &self.session.inflight;
        let no_identifier = inflight.is_full();
        let full =
            no_identifier || !self.resend.is_empty() || inflight.publishes() >= self.window();
        let waits = match self.session.queue.front() {
            None => return false,
            Some(Operation::Publish(outbound, _)) => full && outbound.message.qos > QoS::AtMostOnce,
            Some(Operation::Request(request, _)) if request.is_flush() => !self.resend.is_empty(),
            Some(Operation::Request(..)) => no_identifier,
        };
        if waits || self.waits_for_suspect() {
            return false;
        }
        if self.end_cancelled_front() || self.send_at_most_once(now) {
            return true;
        }
        match self.session.queue.pop_front() {
            None => return false,
            Some(Operation::Publish(mut outbound, token)) => {
                if let Some(error) = outbound.overdue(now) {
                    let operation = Operation::Publish(outbound, token);
                    self.end(Ended::unsent(operation), Err(error));
                    return true;
                }
                outbound.count_down(now);
                self.send_acknowledged(outbound, token);
            }
            Some(Operation::Request(request, token)) if request.is_flush() => {
                self.flush_reached(&request, token);
            }
            Some(Operation::Request(request, token)) => self.send_request(request, token),
        }
        true
    }

    /// Sends what is next, where it has QoS 0: from where it lies, as it is not needed any more.
    fn send_at_most_once(&mut self, now: Instant) -> bool {
        let version = self.version();
        let Some(Operation::Publish(outbound, token)) = self.session.queue.front_mut() else {
            return false;
        };
        if outbound.message.qos != QoS::AtMostOnce {
            return false;
        }
        let Some((until, receipt)) = outbound.leaves(now) else {
            return false;
        };
        let (cost, token) = (outbound.message.cost(), token.take());
        let buffer = self.outgoing.buffer();
        let encoded = self
            .outbound_aliases
            .encode_head(outbound, false, None, version, buffer);
        if encoded.is_ok() {
            self.outgoing.push_payload(&outbound.message.payload);
        }
        self.session.queue.drop_front();
        match (encoded, token) {
            (Ok(()), None) => {}
            (Ok(()), Some(token)) => {
                let end = self.outgoing.end();
                if receipt {
                    self.barrier.push(Waiting {
                        end,
                        until,
                        cost: Some(cost),
                        receipt: Some(Receipt::Read),
                        token,
                    });
                    return true;
                }
                self.handed.push_back(Handed { end, until, token });
            }
            (Err(error), token) => {
                self.free(Some(cost));
                self.complete(token, Err(error.into()));
                return true;
            }
        }
        self.free(Some(cost));
        true
    }

    fn send_acknowledged(&mut self, outbound: Outbound, token: Option<T>) {
        let version = self.version();
        let cost = Some(outbound.message.cost());
        let (serial, from) = (outbound.serial, self.outgoing.end());
        let exchange = Exchange::Publish(outbound);
        let started = self
            .session
            .inflight
            .start(exchange, cost, serial, from, token);
        let (id, slot) = match started {
            Ok(started) => started,
            Err(token) => {
                self.free(cost);
                return self.complete(token, Err(OperationError::Disconnected));
            }
        };
        let Exchange::Publish(outbound) = &slot.exchange else {
            return;
        };
        let buffer = self.outgoing.buffer();
        let aliases = &mut self.outbound_aliases;
        match aliases.encode_head(outbound, false, Some(id), version, buffer) {
            Ok(()) => self.outgoing.push_payload(&outbound.message.payload),
            Err(error) => self.end_sent(id, error.into()),
        }
    }

    fn send_request(&mut self, mut request: Box<Request>, token: Option<T>) {
        let version = self.version();
        if !self.limits.subscription_identifiers {
            request.remove_own_identifier();
        }
        let (cost, serial, from) = (request.cost, request.serial, self.outgoing.end());
        let exchange = Exchange::Request(request);
        let started = self
            .session
            .inflight
            .start(exchange, cost, serial, from, token);
        let (id, slot) = match started {
            Ok(started) => started,
            Err(token) => {
                self.free(cost);
                return self.complete(token, Err(OperationError::Disconnected));
            }
        };
        let Exchange::Request(request) = &mut slot.exchange else {
            return;
        };
        if let Err(error) = request.encode(id, version, self.outgoing.buffer()) {
            return self.end_sent(id, error.into());
        }
        if let Some(unsubscribe) = request.as_unsubscribe() {
            // Not asked for again from now on, whatever the broker says to it.
            self.session.subscriptions.remove(&unsubscribe.filters);
        }
    }

    /// Ends what has an identifier already.
    pub(super) fn end_sent(&mut self, id: NonZeroU16, error: OperationError) {
        if let Some(slot) = self.session.inflight.finish(id)
            && let Some(ended) = Ended::sent(id, slot)
        {
            self.end(ended, Err(error));
        }
    }

    pub(super) fn acknowledge(
        &mut self,
        packet: fn(Ack) -> Packet,
        packet_id: NonZeroU16,
        reason_code: ReasonCode,
    ) {
        let ack = packet(Ack {
            packet_id,
            reason_code,
            properties: Properties::new(),
        });
        // Without properties nothing can fail.
        let _ = ack.encode(self.version(), &mut self.control);
    }

    /// Whether the broker sends what must be acknowledged, but takes no acknowledgements.
    pub(super) fn control_overflows(&self) -> bool {
        self.control.len() > MAX_CONTROL
    }
}
