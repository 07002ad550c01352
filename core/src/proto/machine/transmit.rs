//! From queues to bytes.

use std::num::NonZeroU16;

use super::{Machine, Phase};
use crate::codec::{Ack, Disconnect, Packet, Publish, Subscribe, Unsubscribe};
use crate::error::{DisconnectCause, OperationError};
use crate::proto::inflight::{Exchange, MAX_WINDOW};
use crate::proto::session::Ended;
use crate::proto::{Command, Delivered, Outcome};
use crate::types::{Instant, Message, Properties, QoS, ReasonCode};

/// The most that acknowledgements may wait for a socket that takes nothing.
const MAX_CONTROL: usize = 1024 * 1024;

impl<T> Machine<T> {
    /// Encodes what may go out now, up to one large write. Call it before
    /// [`transmit`](Self::transmit).
    pub fn prepare_transmit(&mut self) {
        if !matches!(self.phase, Phase::Connected | Phase::Disconnecting { .. }) {
            return;
        }
        self.send_control();
        while self.outgoing.has_room() && (self.send_again() || self.send_queued()) {}
        // Once more, for the PUBRELs that were repeated.
        self.send_control();
        self.send_farewell();
    }

    fn send_control(&mut self) {
        if self.outgoing.has_room() && !self.control.is_empty() {
            let control = std::mem::take(&mut self.control);
            self.outgoing.buffer().extend_from_slice(&control);
        }
    }

    /// The bytes to write next, in order. Empty: nothing to send.
    pub fn transmit(&self) -> (&[u8], &[u8]) {
        self.outgoing.chunks()
    }

    /// The socket took this many of them.
    pub fn handle_written(&mut self, now: Instant, count: usize) {
        let packet_end = self.outgoing.advance(count);
        let written = self.outgoing.written();
        if packet_end {
            self.last_outbound = now;
        }
        if let Some(liveness) = &mut self.liveness {
            liveness.on_handed_over(now, written, packet_end);
        }
        while self.handed.front().is_some_and(|(end, _)| *end <= written) {
            let Some((_, token)) = self.handed.pop_front() else {
                break;
            };
            self.delivered.push(Delivered::Completed {
                token,
                outcome: Outcome::new(Ok(ReasonCode::Success), None),
            });
        }
        if matches!(self.phase, Phase::Disconnecting { farewell: None }) && self.outgoing.is_empty()
        {
            self.end_connection(now, DisconnectCause::DisconnectRequested, true);
        }
    }

    /// Rule L5: at the next packet boundary, ahead of all queued packets.
    pub(super) fn send_ping(&mut self, now: Instant) {
        // Who has to ping is idle, or stuck: either way no time for large buffers.
        self.outgoing.shrink();
        self.session.inflight.shrink();
        let end = self.outgoing.insert_ping();
        for (offset, _) in &mut self.handed {
            if *offset > end - 2 {
                *offset += 2;
            }
        }
        if let Some(liveness) = &mut self.liveness {
            liveness.on_ping_queued(now, end);
        }
    }

    /// Repeats one exchange of a resumed session [MQTT-4.4.0-1].
    fn send_again(&mut self) -> bool {
        let version = self.version();
        let window = usize::from(self.window());
        let unfinished = usize::from(self.session.inflight.publishes());
        // Of those this connection has brought so many. Its Receive Maximum may be smaller than
        // that of the connection on which they were sent first [MQTT-3.3.4-7].
        let sent = unfinished.saturating_sub(self.resend.len());
        let Some(id) = self.resend.pop_front() else {
            return false;
        };
        let Some(slot) = self.session.inflight.get_mut(id) else {
            return true;
        };
        match &slot.exchange {
            Exchange::Publish(_) if sent >= window => {
                self.resend.push_front(id);
                return false;
            }
            Exchange::Publish(message) => {
                if let Some(reason) = self.limits.refuses(message, version) {
                    // The broker's limits shrank since it was sent first.
                    let error = OperationError::NotSupportedByServer(reason);
                    if let Some(slot) = self.session.inflight.finish(id) {
                        self.end(Ended::sent(id, slot), Err(error));
                    }
                    return true;
                }
                let buffer = self.outgoing.buffer();
                if Publish::encode_message_head(message, true, Some(id), version, buffer).is_ok() {
                    self.outgoing.push_payload(&message.payload);
                }
            }
            Exchange::Release => self.acknowledge(Packet::PubRel, id, ReasonCode::Success),
            Exchange::Subscribe(_) | Exchange::Unsubscribe(_) => {}
        }
        true
    }

    /// How many QoS 1 and 2 publishes may be unfinished.
    fn window(&self) -> u16 {
        self.limits.receive_maximum.min(MAX_WINDOW)
    }

    /// Sends the next queued publish, where the broker's Receive Maximum allows
    /// [MQTT-3.3.4-7]. QoS 0 waits its turn behind QoS 1 and 2, so publishes keep their order.
    fn send_queued(&mut self) -> bool {
        let version = self.version();
        let full = !self.resend.is_empty() || self.session.inflight.publishes() >= self.window();
        match self.session.queue.front() {
            Some((message, _)) if message.qos == QoS::AtMostOnce || !full => {}
            _ => return false,
        }
        let Some((message, token)) = self.session.queue.pop_front() else {
            return false;
        };
        if let Some(reason) = self.limits.refuses(&message, version) {
            self.free(message.cost());
            let error = OperationError::NotSupportedByServer(reason);
            self.complete(token, Err(error));
            return true;
        }
        if message.qos == QoS::AtMostOnce {
            self.send_at_most_once(&message, token);
        } else {
            self.send_acknowledged(message, token);
        }
        true
    }

    fn send_at_most_once(&mut self, message: &Message, token: Option<T>) {
        self.free(message.cost());
        let version = self.version();
        let buffer = self.outgoing.buffer();
        if let Err(error) = Publish::encode_message_head(message, false, None, version, buffer) {
            return self.complete(token, Err(error.into()));
        }
        self.outgoing.push_payload(&message.payload);
        if let Some(token) = token {
            self.handed.push_back((self.outgoing.end(), token));
        }
    }

    fn send_acknowledged(&mut self, message: Message, token: Option<T>) {
        let version = self.version();
        let cost = message.cost();
        // Cheap: topic, payload and property values are shared.
        let copy = message.clone();
        let id = match self
            .session
            .inflight
            .start(Exchange::Publish(copy), cost, token)
        {
            Ok(id) => id,
            Err(token) => {
                self.free(cost);
                return self.complete(token, Err(OperationError::Disconnected));
            }
        };
        let buffer = self.outgoing.buffer();
        match Publish::encode_message_head(&message, false, Some(id), version, buffer) {
            Ok(()) => self.outgoing.push_payload(&message.payload),
            Err(error) => {
                if let Some(slot) = self.session.inflight.finish(id) {
                    self.end(Ended::sent(id, slot), Err(error.into()));
                }
            }
        }
    }

    /// After `disconnect`, DISCONNECT follows what could be sent (rule L16).
    fn send_farewell(&mut self) {
        let Phase::Disconnecting {
            farewell: Some(reason_code),
        } = self.phase
        else {
            return;
        };
        if !self.outgoing.has_room() || !self.control.is_empty() {
            return;
        }
        self.phase = Phase::Disconnecting { farewell: None };
        self.encode_disconnect(reason_code);
    }

    pub(super) fn encode_disconnect(&mut self, reason_code: ReasonCode) {
        let packet = Packet::Disconnect(Disconnect {
            reason_code,
            properties: Properties::new(),
        });
        // Without properties nothing can fail.
        let _ = packet.encode(self.version(), self.outgoing.buffer());
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

    /// Subscribes or unsubscribes; while connecting, after CONNACK.
    pub(super) fn request(&mut self, request: Command<T>) {
        match self.phase {
            Phase::Connected => {}
            Phase::Opening { .. } | Phase::Handshaking { .. } => {
                return self.requests.push_back(request);
            }
            Phase::Closed => return self.refuse_request(request, OperationError::Closed),
            Phase::Idle | Phase::Disconnecting { .. } => {
                return self.refuse_request(request, OperationError::Disconnected);
            }
        }
        if let Some(reason) = self.limits.refuses_request(&request) {
            let error = OperationError::NotSupportedByServer(reason);
            return self.refuse_request(request, error);
        }
        let cost = request.cost().unwrap_or_default();
        match request {
            Command::Subscribe {
                subscriptions,
                properties,
                token,
            } => {
                let exchange = Exchange::Subscribe(subscriptions.len());
                self.send_request(exchange, cost, token, |packet_id| {
                    Packet::Subscribe(Subscribe {
                        packet_id,
                        subscriptions,
                        properties,
                    })
                });
            }
            Command::Unsubscribe {
                filters,
                properties,
                token,
            } => {
                let exchange = Exchange::Unsubscribe(filters.len());
                self.send_request(exchange, cost, token, |packet_id| {
                    Packet::Unsubscribe(Unsubscribe {
                        packet_id,
                        filters,
                        properties,
                    })
                });
            }
            _ => {}
        }
    }

    fn send_request(
        &mut self,
        exchange: Exchange,
        cost: usize,
        token: Option<T>,
        packet: impl FnOnce(NonZeroU16) -> Packet,
    ) {
        let id = match self.session.inflight.start(exchange, cost, token) {
            Ok(id) => id,
            Err(token) => {
                self.free(cost);
                return self.complete(token, Err(OperationError::Disconnected));
            }
        };
        let version = self.version();
        let before = self.control.len();
        let error = match packet(id).encode(version, &mut self.control) {
            Err(error) => error.into(),
            Ok(()) if self.limits.too_large(self.control.len() - before) => {
                OperationError::NotSupportedByServer(ReasonCode::PacketTooLarge)
            }
            Ok(()) => return,
        };
        self.control.truncate(before);
        if let Some(slot) = self.session.inflight.finish(id) {
            self.end(Ended::sent(id, slot), Err(error));
        }
    }
}
