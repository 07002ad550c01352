//! What the broker makes of each packet.

use std::time::Duration;

use mqttka_core::codec::{Ack, ConnAck, Connect, Disconnect, Packet, SubAck, Subscribe, UnsubAck};
use mqttka_core::types::{Instant, Properties, Property, PropertyId, QoS, ReasonCode, Version};

use super::Broker;
use super::config::{POISON_FILTER, POISON_TOPIC, REFUSED_FILTER};
use crate::far::Far;

impl Broker {
    pub(super) fn handle(&mut self, now: Instant, packet: Packet, far: &mut Far) {
        if let Packet::Connect(connect) = packet {
            return self.handle_connect(now, &connect, far);
        }
        let Some(connection) = self.connection.as_mut().filter(|c| c.accepted) else {
            self.violations.push("packet before CONNECT".to_owned());
            return;
        };
        let id_ack = |id| Ack::new(id, ReasonCode::Success);
        if packet != Packet::PingReq {
            self.packets += 1;
        }
        if is_poison(&packet) {
            self.poisoned += 1;
            return self.turn_away(now, ReasonCode::PayloadFormatInvalid, far);
        }
        let answer = match packet {
            Packet::PingReq => {
                self.pings_answered += 1;
                Some(Packet::PingResp)
            }
            Packet::Publish(publish) => self.session.take(now, &publish),
            Packet::PubRel(ack) => {
                self.session.release(ack.packet_id);
                Some(Packet::PubComp(id_ack(ack.packet_id)))
            }
            Packet::PubAck(ack) => self
                .session
                .acknowledged_by(ack.packet_id, QoS::AtLeastOnce),
            Packet::PubRec(ack) => self
                .session
                .acknowledged_by(ack.packet_id, QoS::ExactlyOnce),
            Packet::PubComp(ack) => {
                self.session.completed(ack.packet_id);
                None
            }
            Packet::Subscribe(subscribe) => Some(Packet::SubAck(self.subscribe(&subscribe))),
            Packet::Unsubscribe(unsubscribe) => {
                for filter in &unsubscribe.filters {
                    self.session.unsubscribe(filter.as_str());
                }
                Some(Packet::UnsubAck(UnsubAck {
                    packet_id: unsubscribe.packet_id,
                    reason_codes: vec![ReasonCode::Success; unsubscribe.filters.len()],
                    properties: Properties::new(),
                }))
            }
            Packet::Disconnect(_) => {
                self.goodbyes += 1;
                connection.left = true;
                connection.closing = true;
                self.session.leave(now);
                // Its answers were on their way before.
                connection.flush(far);
                far.finish();
                None
            }
            other => {
                let text = format!("{} from a client", other.packet_type());
                self.violations.push(text);
                None
            }
        };
        self.check_receive_maximum();
        if let (Some(answer), Some(connection)) = (answer, &mut self.connection) {
            connection.send(&answer, &mut self.violations);
        }
    }

    fn check_receive_maximum(&mut self) {
        let Some(connection) = &self.connection else {
            return;
        };
        let limit = match connection.version {
            Version::V5 => self.config.receive_maximum.unwrap_or(u16::MAX),
            Version::V311 => u16::MAX,
        };
        if self.session.unacknowledged() > usize::from(limit) {
            self.violations
                .push("Receive Maximum of the broker exceeded".to_owned());
        }
    }

    fn subscribe(&mut self, subscribe: &Subscribe) -> SubAck {
        let mut reason_codes = Vec::new();
        for subscription in &subscribe.subscriptions {
            let filter = subscription.filter.as_str();
            if filter.starts_with(REFUSED_FILTER) {
                reason_codes.push(ReasonCode::UnspecifiedError);
                continue;
            }
            self.session.subscribe(filter);
            let granted = ReasonCode::from_u8(subscription.qos as u8);
            reason_codes.push(granted.unwrap_or(ReasonCode::Success));
        }
        SubAck {
            packet_id: subscribe.packet_id,
            reason_codes,
            properties: Properties::new(),
        }
    }

    fn handle_connect(&mut self, now: Instant, connect: &Connect, far: &mut Far) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.accepted {
            self.violations.push("second CONNECT".to_owned());
        }
        connection.version = connect.version;
        let v5 = connect.version == Version::V5;
        let unspoken = self.config.only.is_some_and(|only| only != connect.version);
        let refusal = if unspoken {
            Some(ReasonCode::UnsupportedProtocolVersion)
        } else {
            self.config.refusal
        };
        if let Some(reason_code) = refusal {
            self.refusals += 1;
            let connack = Packet::ConnAck(ConnAck::new(false, reason_code));
            connection.send(&connack, &mut self.violations);
            return connection.end(far);
        }
        let asked = connect
            .properties
            .get_number(PropertyId::SessionExpiryInterval);
        let expiry = match connect.version {
            Version::V311 if connect.clean_start => Some(0),
            Version::V311 => None,
            Version::V5 => Some(self.config.session_expiry.or(asked).unwrap_or(0)),
        };
        let expiry = expiry.filter(|seconds| *seconds < u32::MAX);
        let expiry = expiry.map(|seconds| Duration::from_secs(seconds.into()));
        let keep = !connect.clean_start && self.config.keeps_sessions;
        let resumed = self.session.start(now, keep, expiry);
        let server_keep_alive = self.config.server_keep_alive.filter(|_| v5);
        let keep_alive = server_keep_alive.unwrap_or(connect.keep_alive);
        connection.keep_alive = Duration::from_secs(u64::from(keep_alive));
        connection.accepted = true;
        connection.next_push = now;
        connection.client_receive_maximum = connect
            .properties
            .get_number(PropertyId::ReceiveMaximum)
            .and_then(|n| u16::try_from(n).ok())
            .unwrap_or(u16::MAX);
        connection.client_maximum_packet_size =
            connect.properties.get_number(PropertyId::MaximumPacketSize);
        let mut properties = Properties::new();
        if v5 {
            let said = [
                server_keep_alive.map(Property::ServerKeepAlive),
                self.config.receive_maximum.map(Property::ReceiveMaximum),
                self.config
                    .maximum_packet_size
                    .map(Property::MaximumPacketSize),
                self.config
                    .session_expiry
                    .map(Property::SessionExpiryInterval),
            ];
            for property in said.into_iter().flatten() {
                properties.push(property);
            }
        }
        let connack = Packet::ConnAck(ConnAck {
            session_present: resumed,
            reason_code: ReasonCode::Success,
            properties,
        });
        self.accepted += 1;
        connection.send(&connack, &mut self.violations);
        if let Some(bytes) = self.config.connack_bytes {
            connection.output.truncate(bytes);
            connection.accepted = false;
            connection.closing = true;
            return;
        }
        for packet in self.session.unfinished() {
            connection.send(&packet, &mut self.violations);
        }
    }

    /// The broker ends the connection, and says why where the version has words for it.
    pub fn turn_away(&mut self, now: Instant, reason_code: ReasonCode, far: &mut Far) {
        let Some(connection) = self.connection.as_mut().filter(|c| c.accepted) else {
            return far.finish();
        };
        if connection.closing {
            return;
        }
        if connection.version == Version::V5 {
            let packet = Packet::Disconnect(Disconnect::new(reason_code));
            connection.send(&packet, &mut self.violations);
        }
        connection.end(far);
        self.session.leave(now);
    }

    /// Somebody publishes a message of this size, which the session keeps.
    pub fn leave_message(&mut self, now: Instant, filter: &str, size: usize) {
        let payload = self.next_fed(size);
        self.session.offer(now, filter, QoS::AtLeastOnce, payload);
    }
}

fn is_poison(packet: &Packet) -> bool {
    match packet {
        Packet::Publish(publish) => {
            let topic = publish.topic.as_ref();
            topic.is_some_and(|topic| topic.as_str() == POISON_TOPIC)
        }
        Packet::Subscribe(subscribe) => subscribe
            .subscriptions
            .iter()
            .any(|s| s.filter.as_str().starts_with(POISON_FILTER)),
        _ => false,
    }
}
