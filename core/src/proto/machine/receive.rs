//! From bytes to what they mean.

use std::num::NonZeroU16;

use bytes::BytesMut;

use super::handshake::text;
use super::{Machine, Phase};
use crate::codec::{Ack, Disconnect, Packet, PacketType, Publish, SubAck, UnsubAck};
use crate::error::{ConnectError, DisconnectCause, OperationError, ProtocolError};
use crate::proto::inflight::{Exchange, Slot};
use crate::proto::{Delivered, Outcome};
use crate::types::{Instant, Message, Properties, PropertyId, QoS, ReasonCode, Version};

impl<T> Machine<T> {
    /// Bytes came, of a packet whole or part (rule L3). Tell this before
    /// [`handle_input`](Self::handle_input), once for each read.
    pub fn handle_evidence(&mut self, now: Instant) {
        if let Some(liveness) = &mut self.liveness {
            liveness.on_inbound(now);
        }
    }

    /// Takes whole packets off the front of `input`, as many as `budget` allows, and leaves the
    /// rest there. `true`: whole packets may be left (rule L20).
    pub fn handle_input(&mut self, now: Instant, input: &mut BytesMut, budget: &mut usize) -> bool {
        while self.takes_input() {
            if *budget == 0 {
                return true;
            }
            let result = match self.decoder.decode(input) {
                Ok(Some(packet)) => self.handle_packet(now, packet),
                Ok(None) => break,
                Err(error) => Err(error.into()),
            };
            *budget -= 1;
            if let Err(error) = result {
                self.protocol_error(now, error);
            }
        }
        if self.takes_input() && self.control_overflows() {
            self.overflow(now);
        }
        false
    }

    fn takes_input(&self) -> bool {
        matches!(
            self.phase,
            Phase::Handshaking { .. } | Phase::Connected | Phase::Disconnecting { .. }
        )
    }

    fn protocol_error(&mut self, now: Instant, error: ProtocolError) {
        if matches!(self.phase, Phase::Handshaking { .. }) {
            return self.fail_attempt(ConnectError::Protocol(error));
        }
        // [MQTT-4.13.1-1]: say why, where nothing has to be finished first. The broker may not
        // read it; nobody waits for that.
        if self.version() == Version::V5 && self.outgoing.is_empty() && self.outgoing.at_boundary()
        {
            self.encode_disconnect(error.reason_code());
        }
        self.end_connection(now, DisconnectCause::Protocol(error), true);
    }

    fn overflow(&mut self, now: Instant) {
        if self.version() == Version::V5 && self.outgoing.is_empty() {
            self.encode_disconnect(ReasonCode::QuotaExceeded);
        }
        self.end_connection(now, DisconnectCause::InboundOverflow, true);
    }

    fn handle_packet(&mut self, now: Instant, packet: Packet) -> Result<(), ProtocolError> {
        if matches!(self.phase, Phase::Handshaking { .. }) {
            return match packet {
                Packet::ConnAck(connack) => {
                    self.handle_connack(now, connack);
                    Ok(())
                }
                other => Err(ProtocolError::UnexpectedPacket(other.packet_type())),
            };
        }
        match packet {
            Packet::Publish(publish) => self.handle_publish(now, publish)?,
            Packet::PubAck(ack) => self.handle_puback(ack)?,
            Packet::PubRec(ack) => self.handle_pubrec(ack)?,
            Packet::PubRel(ack) => self.handle_pubrel(&ack),
            Packet::PubComp(ack) => self.handle_pubcomp(ack)?,
            Packet::SubAck(suback) => self.handle_suback(suback)?,
            Packet::UnsubAck(unsuback) => self.handle_unsuback(unsuback)?,
            Packet::PingResp => {
                if let Some(liveness) = &mut self.liveness {
                    liveness.on_pingresp();
                }
            }
            Packet::Disconnect(disconnect) if self.version() == Version::V5 => {
                self.handle_disconnect(now, &disconnect);
            }
            other => return Err(ProtocolError::UnexpectedPacket(other.packet_type())),
        }
        Ok(())
    }

    fn handle_disconnect(&mut self, now: Instant, disconnect: &Disconnect) {
        let cause = match self.phase {
            Phase::Disconnecting { .. } => DisconnectCause::DisconnectRequested,
            _ => DisconnectCause::ServerDisconnect {
                reason_code: disconnect.reason_code,
                reason_string: text(&disconnect.properties, PropertyId::ReasonString),
                server_reference: text(&disconnect.properties, PropertyId::ServerReference),
            },
        };
        self.end_connection(now, cause, false);
    }

    fn handle_publish(&mut self, now: Instant, publish: Publish) -> Result<(), ProtocolError> {
        // We announce no Topic Alias Maximum, so there are no aliases [MQTT-3.1.2-26].
        let Some(topic) = publish.topic else {
            return Err(ProtocolError::TopicAliasInvalid);
        };
        if publish.properties.get(PropertyId::TopicAlias).is_some() {
            return Err(ProtocolError::TopicAliasInvalid);
        }
        let mut message = Message {
            topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            properties: publish.properties,
        };
        self.messages_received += 1;
        let limit = self.config.inbound_queue_max_bytes;
        match publish.packet_id {
            None => {
                if self.session.inbound.bytes > limit {
                    self.messages_dropped += 1;
                    return Ok(());
                }
            }
            Some(id) => {
                if !self.accept_acknowledged(publish.qos, id) {
                    return Ok(());
                }
            }
        }
        if self.session.inbound.bytes > limit / 4 {
            // A backlog: small messages must not keep whole read buffers alive.
            message.detach();
        }
        self.session.inbound.bytes += message.cost();
        self.delivered.push(Delivered::Message(message));
        let hard = limit
            .saturating_mul(2)
            .saturating_add(self.config.maximum_packet_size as usize);
        if self.session.inbound.bytes > hard {
            self.overflow(now);
        }
        Ok(())
    }

    /// Whether a QoS 1 or 2 message is new.
    ///
    /// More of them than our Receive Maximum is the broker's fault [MQTT-3.3.4-9], but no reason
    /// to leave it: mosquitto 2.0.11 forgets the limit after the first acknowledgement of a
    /// backlog. What bounds memory are the byte limits (rule L12).
    fn accept_acknowledged(&mut self, qos: QoS, id: NonZeroU16) -> bool {
        if qos != QoS::ExactlyOnce {
            self.session.inbound.at_least_once(id);
            return true;
        }
        let new = self.session.inbound.exactly_once(id);
        if !new && !self.session.inbound.is_unrecorded(id) {
            self.acknowledge(Packet::PubRec, id, ReasonCode::Success);
        }
        new
    }

    /// The application took messages: what was withheld for them may go out (rule L12).
    pub(super) fn release(
        &mut self,
        now: Instant,
        connection_number: u64,
        acknowledgements: u32,
        bytes: usize,
    ) {
        self.session.inbound.bytes = self.session.inbound.bytes.saturating_sub(bytes);
        if connection_number != self.connection_number || !self.takes_input() {
            return;
        }
        for _ in 0..acknowledgements {
            let Some(next) = self.session.inbound.acknowledge() else {
                return;
            };
            let packet = match next.qos {
                QoS::ExactlyOnce => Packet::PubRec,
                _ => Packet::PubAck,
            };
            self.acknowledge(packet, next.packet_id, ReasonCode::Success);
        }
        if self.control_overflows() {
            self.overflow(now);
        }
    }

    fn handle_puback(&mut self, ack: Ack) -> Result<(), ProtocolError> {
        match self
            .session
            .inflight
            .get_mut(ack.packet_id)
            .map(|s| &s.exchange)
        {
            Some(Exchange::Publish(message)) if message.qos == QoS::AtLeastOnce => {
                self.finish_publish(ack);
                Ok(())
            }
            // A late one of an exchange that ended; harmless.
            None => Ok(()),
            Some(_) => Err(ProtocolError::WrongAcknowledgement(PacketType::PubAck)),
        }
    }

    fn handle_pubrec(&mut self, ack: Ack) -> Result<(), ProtocolError> {
        let id = ack.packet_id;
        match self.session.inflight.get_mut(id) {
            Some(Slot {
                exchange: exchange @ Exchange::Publish(_),
                ..
            }) => {
                if let Exchange::Publish(message) = exchange
                    && message.qos != QoS::ExactlyOnce
                {
                    return Err(ProtocolError::WrongAcknowledgement(PacketType::PubRec));
                }
                if ack.reason_code.is_error() {
                    self.finish_publish(ack);
                    return Ok(());
                }
                // The message itself is not needed again [MQTT-4.3.3-4].
                *exchange = Exchange::Release;
                self.acknowledge(Packet::PubRel, id, ReasonCode::Success);
            }
            Some(Slot {
                exchange: Exchange::Release,
                ..
            }) => self.acknowledge(Packet::PubRel, id, ReasonCode::Success),
            Some(_) => return Err(ProtocolError::WrongAcknowledgement(PacketType::PubRec)),
            None => {
                if !ack.reason_code.is_error() {
                    self.acknowledge(Packet::PubRel, id, ReasonCode::PacketIdentifierNotFound);
                }
            }
        }
        Ok(())
    }

    fn handle_pubrel(&mut self, ack: &Ack) {
        let id = ack.packet_id;
        if self.session.inbound.is_unrecorded(id) {
            // The broker cannot have our PUBREC yet; the exchange goes on when it has.
            return;
        }
        let reason = if self.session.inbound.release(id) {
            ReasonCode::Success
        } else {
            ReasonCode::PacketIdentifierNotFound
        };
        self.acknowledge(Packet::PubComp, id, reason);
    }

    fn handle_pubcomp(&mut self, ack: Ack) -> Result<(), ProtocolError> {
        match self
            .session
            .inflight
            .get_mut(ack.packet_id)
            .map(|s| &s.exchange)
        {
            Some(Exchange::Release) => {
                self.finish_publish(ack);
                Ok(())
            }
            None => Ok(()),
            Some(_) => Err(ProtocolError::WrongAcknowledgement(PacketType::PubComp)),
        }
    }

    fn finish_publish(&mut self, ack: Ack) {
        let Some(slot) = self.session.inflight.finish(ack.packet_id) else {
            return;
        };
        self.free(slot.cost);
        let Some(token) = slot.token else { return };
        let mut outcome = Outcome::new(result(ack.reason_code), Some(ack.packet_id));
        if !ack.properties.is_empty() {
            outcome.reason_string = reason_string(&ack.properties);
        }
        self.delivered.push(Delivered::Completed { token, outcome });
    }

    fn handle_suback(&mut self, suback: SubAck) -> Result<(), ProtocolError> {
        let expected = match self
            .session
            .inflight
            .get_mut(suback.packet_id)
            .map(|s| &s.exchange)
        {
            Some(Exchange::Subscribe(expected)) => *expected,
            None => return Ok(()),
            Some(_) => return Err(ProtocolError::WrongAcknowledgement(PacketType::SubAck)),
        };
        if suback.reason_codes.len() != expected {
            return Err(ProtocolError::WrongReasonCodeCount(PacketType::SubAck));
        }
        self.finish_request(suback.packet_id, suback.reason_codes, &suback.properties);
        Ok(())
    }

    fn handle_unsuback(&mut self, unsuback: UnsubAck) -> Result<(), ProtocolError> {
        let exchange = self
            .session
            .inflight
            .get_mut(unsuback.packet_id)
            .map(|s| &s.exchange);
        let expected = match exchange {
            Some(Exchange::Unsubscribe(expected)) => *expected,
            None => return Ok(()),
            Some(_) => return Err(ProtocolError::WrongAcknowledgement(PacketType::UnsubAck)),
        };
        if self.version() == Version::V5 && unsuback.reason_codes.len() != expected {
            return Err(ProtocolError::WrongReasonCodeCount(PacketType::UnsubAck));
        }
        self.finish_request(
            unsuback.packet_id,
            unsuback.reason_codes,
            &unsuback.properties,
        );
        Ok(())
    }

    fn finish_request(
        &mut self,
        id: NonZeroU16,
        reason_codes: Vec<ReasonCode>,
        properties: &Properties,
    ) {
        let Some(slot) = self.session.inflight.finish(id) else {
            return;
        };
        self.free(slot.cost);
        let Some(token) = slot.token else { return };
        let failed = reason_codes.iter().find(|code| code.is_error());
        let code = failed.or(reason_codes.first()).copied();
        let outcome = Outcome {
            result: result(code.unwrap_or(ReasonCode::Success)),
            packet_id: Some(id),
            reason_codes,
            reason_string: reason_string(properties),
        };
        self.delivered.push(Delivered::Completed { token, outcome });
    }
}

fn result(code: ReasonCode) -> Result<ReasonCode, OperationError> {
    if code.is_error() {
        Err(OperationError::Refused(code))
    } else {
        Ok(code)
    }
}

fn reason_string(properties: &Properties) -> Option<crate::types::Text> {
    properties.get_text(PropertyId::ReasonString).cloned()
}
