//! From bytes to what they mean.

use std::num::NonZeroU16;

use bytes::BytesMut;

use super::handshake::{has_asked, text};
use super::{Machine, Phase};
use crate::codec::{Ack, Disconnect, Packet, PacketType, Publish};
use crate::error::{ConnectError, DisconnectCause, ProtocolError};
use crate::proto::Delivered;
use crate::proto::flight::Over;
use crate::proto::liveness::Liveness;
use crate::types::{Fault, Instant, Message, PropertyId, QoS, ReasonCode, Version};

impl<T> Machine<T> {
    /// Bytes came, of a packet whole or part. Tell this before
    /// [`handle_input`](Self::handle_input), once for each read.
    pub fn handle_evidence(&mut self, now: Instant) {
        if let Some(liveness) = &mut self.liveness {
            liveness.on_inbound(now);
        } else {
            self.authentication.note_evidence(now, false);
        }
    }

    /// A part came of what may hold bytes of the stream, as an incomplete TLS record.
    pub fn handle_unfinished(&mut self, now: Instant) {
        if let Some(liveness) = &mut self.liveness {
            liveness.on_unfinished(now);
        }
    }

    /// What came in parts is whole, and held no byte of the stream: its evidence is taken back.
    pub fn handle_void(&mut self) {
        if let Some(liveness) = &mut self.liveness {
            liveness.on_void();
        }
    }

    /// Takes whole packets off the front of `input`, as many as `budget` allows, and leaves the
    /// rest there. `true`: whole packets may be left.
    pub fn handle_input(&mut self, now: Instant, input: &mut BytesMut, budget: &mut usize) -> bool {
        if self.held_input_overflows(now, input.len()) {
            return false;
        }
        let (length, queued) = (input.len(), self.session.inbound.bytes);
        let earlier = self.delivered.len();
        let more = self.handle_packets(now, input, budget);
        let consumed = length - input.len();
        let cost = self.session.inbound.bytes - queued;
        // Messages are slices of the read buffer. Where they are a small part of it, or may stay
        // for long because there is a backlog, they must not keep it alive.
        if cost * 2 < consumed || self.session.inbound.bytes > self.backlog() {
            self.detach_from(earlier);
        }
        if matches!(self.phase, Phase::Left(goodbye) if goodbye.deaf) {
            input.clear();
        }
        more
    }

    /// From so many bytes on that wait for the application, small messages get memory of their
    /// own.
    fn backlog(&self) -> usize {
        self.config.inbound_queue_max_bytes / 4
    }

    fn detach_from(&mut self, index: usize) {
        for delivered in self.delivered.iter_mut().skip(index) {
            if let Delivered::Message(message) = delivered {
                message.detach();
            }
        }
    }

    pub(super) fn handle_packets(
        &mut self,
        now: Instant,
        input: &mut BytesMut,
        budget: &mut usize,
    ) -> bool {
        while self.takes_input() {
            if *budget == 0 {
                return true;
            }
            // Whence it may come, a packet is put down in one place, and handled there: it is large.
            let taken = if self.early.due {
                match self.next_early() {
                    Some(packet) => Ok(packet),
                    None => break,
                }
            } else {
                match self.decoder.whole(input) {
                    Ok(Some(header)) => {
                        self.flight.received(now, &header, input, Over::Present);
                        self.decoder.take(&header, input)
                    }
                    Ok(None) => break,
                    Err(error) => {
                        self.flight.received_broken(now, input, Over::Present);
                        Err(error)
                    }
                }
            };
            let result = match taken {
                Ok(packet) => self.handle_packet(now, packet),
                Err(error) => Err(error.into()),
            };
            *budget -= 1;
            if let Err(error) = result {
                self.protocol_error(now, error);
            }
        }
        if self.may_send() && self.control_overflows() {
            self.overflow(now);
        }
        false
    }

    fn takes_input(&self) -> bool {
        if self.is_held() || self.holds_input() {
            return false;
        }
        match self.phase {
            Phase::Handshaking { .. } => true,
            Phase::Left(goodbye) => !goodbye.deaf,
            _ => self.may_send(),
        }
    }

    /// Whether packets other than CONNECT and DISCONNECT may follow what was sent.
    pub(super) fn may_send(&self) -> bool {
        matches!(
            self.phase,
            Phase::Connected | Phase::Draining(_) | Phase::Leaving(_)
        )
    }

    pub(super) fn protocol_error(&mut self, now: Instant, error: ProtocolError) {
        if matches!(self.phase, Phase::Handshaking { .. }) {
            return self.fail_attempt(now, ConnectError::Protocol(error));
        }
        if let Phase::Left(goodbye) = &mut self.phase {
            // We have said all that we may.
            goodbye.deaf = true;
            return;
        }
        self.fail_requests(&error);
        // [MQTT-4.13.1-1]
        if self.version() == Version::V5 {
            self.say_why(error.reason_code());
        }
        self.end_connection(now, DisconnectCause::Protocol(error), true);
    }

    fn overflow(&mut self, now: Instant) {
        if self.version() == Version::V5 {
            self.say_why(ReasonCode::QuotaExceeded);
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
                Packet::Auth(auth) => has_asked(&self.outgoing, PacketType::Auth)
                    .and_then(|()| self.handle_auth(now, &auth, false)),
                Packet::Publish(publish) => self.keep_early(publish),
                other => Err(ProtocolError::UnexpectedPacket(other.packet_type())),
            };
        }
        match packet {
            // What comes after our DISCONNECT only answers what was asked before.
            Packet::Publish(_) | Packet::PubRel(_) | Packet::Disconnect(_)
                if matches!(self.phase, Phase::Left(_)) => {}
            Packet::Publish(publish) => self.handle_publish(now, publish)?,
            Packet::PubAck(ack) => self.handle_puback(ack)?,
            Packet::PubRec(ack) => self.handle_pubrec(ack)?,
            Packet::PubRel(ack) => {
                self.check_problem_information(PacketType::PubRel, &ack.properties)?;
                self.handle_pubrel(&ack);
            }
            Packet::PubComp(ack) => self.handle_pubcomp(ack)?,
            Packet::SubAck(suback) => self.handle_suback(suback)?,
            Packet::UnsubAck(unsuback) => self.handle_unsuback(unsuback)?,
            Packet::PingResp => {
                let took = self.liveness.as_ref().and_then(Liveness::answer_took);
                took.into_iter().for_each(|took| self.flight.pinged(took));
                let read = self.read_up_to();
                let silence = self.liveness.as_mut().and_then(Liveness::on_pingresp);
                self.learn_survived(now, silence);
                if let Some(offset) = read {
                    self.handle_read(offset);
                }
            }
            Packet::Disconnect(disconnect) if self.version() == Version::V5 => {
                self.handle_disconnect(now, &disconnect);
            }
            Packet::Auth(_) if matches!(self.phase, Phase::Left(_)) => {}
            Packet::Auth(auth) => self.handle_auth(now, &auth, false)?,
            Packet::Disconnect(_) => {
                if !self.tolerates(Fault::DisconnectInV311) {
                    return Err(ProtocolError::DisconnectInV311);
                }
            }
            other => return Err(ProtocolError::UnexpectedPacket(other.packet_type())),
        }
        Ok(())
    }

    fn handle_disconnect(&mut self, now: Instant, disconnect: &Disconnect) {
        if matches!(self.phase, Phase::Leaving(_)) {
            return self.end_goodbye(now);
        }
        self.refuse_reauthentication(disconnect);
        self.told = disconnect.properties.clone();
        let cause = DisconnectCause::ServerDisconnect {
            reason_code: disconnect.reason_code,
            reason_string: text(&disconnect.properties, PropertyId::ReasonString),
            server_reference: text(&disconnect.properties, PropertyId::ServerReference),
        };
        if !self.hold(&cause) {
            self.end_connection(now, cause, false);
        }
    }

    #[inline(always)]
    fn handle_publish(&mut self, now: Instant, mut publish: Publish) -> Result<(), ProtocolError> {
        let topic = match publish.topic {
            // The usual case, without a detour.
            Some(topic) if publish.properties.is_empty() => topic,
            topic => {
                let maximum = self.config.topic_alias_maximum;
                let aliases = &mut self.inbound_aliases;
                aliases.resolve(topic, &mut publish.properties, maximum)?
            }
        };
        let message = Message {
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
            // Of what was there before: one packet alone, whatever its properties cost, is no overflow.
            // What is one is not accepted: else each connection that comes brings one message more
            // to an application that takes none.
            Some(_) if self.session.inbound.bytes > limit.saturating_mul(2) => {
                self.overflow(now);
                return Ok(());
            }
            Some(id) => {
                if !self.accept_acknowledged(publish.qos, id)? {
                    return Ok(());
                }
            }
        }
        self.session.inbound.bytes += message.cost();
        self.delivered.push(Delivered::Message(message));
        Ok(())
    }

    /// Whether a QoS 1 or 2 message is new. Where more of them than our Receive Maximum are
    /// tolerated, the byte limits bound memory (rule L12).
    fn accept_acknowledged(&mut self, qos: QoS, id: NonZeroU16) -> Result<bool, ProtocolError> {
        if qos != QoS::ExactlyOnce {
            self.session.inbound.at_least_once(id);
            self.check_receive_maximum()?;
            return Ok(true);
        }
        let new = self.session.inbound.exactly_once(id);
        if !new && !self.session.inbound.is_unrecorded(id) {
            self.acknowledge(Packet::PubRec, id, ReasonCode::Success);
        }
        if new {
            self.check_receive_maximum()?;
        }
        Ok(new)
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
        if connection_number != self.connection_number || !self.may_send() {
            return;
        }
        for _ in 0..acknowledgements {
            let Some(next) = self.session.inbound.acknowledge() else {
                return;
            };
            if let Some(refusal) = self.session.inbound.refusal() {
                self.send_refusal(next, *refusal);
                continue;
            }
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
}
