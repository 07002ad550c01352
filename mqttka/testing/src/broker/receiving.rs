//! Packets of a client, one after the other.

use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Packet};
use mqttka_core::types::{Instant, ReasonCode, Version};

use super::Broker;
use crate::script::Acknowledging;
use crate::seen::SeenKind;
use crate::session::Unanswered;

impl Broker {
    /// Takes what came apart, unless nothing gets through.
    pub(super) fn read(&mut self, now: Instant, connection: u64) {
        if self.silent {
            return;
        }
        loop {
            let Some(it) = self.connections.get_mut(&connection) else {
                return;
            };
            match it.decoder.decode(&mut it.input) {
                Ok(Some(packet)) => {
                    it.heard = now;
                    self.packet(now, connection, packet);
                }
                Ok(None) if it.ended => return self.lost(now, connection, ""),
                Ok(None) => return,
                Err(error) => {
                    let code = error.reason_code();
                    return self.faulty(now, connection, code, &error.to_string());
                }
            }
        }
    }

    fn packet(&mut self, now: Instant, connection: u64, packet: Packet) {
        let it = self.connections.get(&connection);
        let known = it.is_some_and(|it| it.client.is_some());
        let asking = it.is_some_and(|it| it.exchange.is_some());
        if !known && self.script.ignores_connects {
            return;
        }
        let out_of_place = |name: &str| format!("{name} is not for the broker at this moment");
        match packet {
            Packet::Connect(connect) if !known && !asking => {
                self.connect(now, connection, *connect)
            }
            Packet::Auth(auth) => self.auth(now, connection, auth),
            Packet::Disconnect(disconnect) if known || asking => {
                self.goodbye(now, connection, &disconnect);
            }
            packet if !known || matches!(packet, Packet::Connect(_)) => {
                let text = out_of_place(packet.packet_type().name());
                self.faulty(now, connection, ReasonCode::ProtocolError, &text);
            }
            Packet::Publish(publish) => self.published(now, connection, publish),
            Packet::PubAck(ack) => self.acknowledged(now, connection, &ack, true),
            Packet::PubRec(ack) => self.acknowledged(now, connection, &ack, false),
            Packet::PubRel(ack) => self.released(connection, ack.packet_id),
            Packet::PubComp(ack) => self.complete(now, connection, ack.packet_id),
            Packet::Subscribe(subscribe) => self.subscribe(now, connection, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(connection, unsubscribe),
            Packet::PingReq => {
                self.saw(self.seen(SeenKind::Pinged, connection));
                if !self.script.ignores_pings {
                    self.send(connection, &Packet::PingResp);
                }
            }
            packet => {
                let text = out_of_place(packet.packet_type().name());
                self.faulty(now, connection, ReasonCode::ProtocolError, &text);
            }
        }
    }

    /// Acknowledges, as the script has it.
    pub(super) fn respond(&mut self, connection: u64, packet: Packet) {
        match self.script.acknowledging {
            Acknowledging::AtOnce => {
                self.send(connection, &packet);
            }
            Acknowledging::Held => self.held.push_back((connection, packet)),
            Acknowledging::Never => {}
        }
    }

    /// The client has a message of ours. `done`: it is PUBACK, else PUBREC.
    fn acknowledged(&mut self, now: Instant, connection: u64, ack: &Ack, done: bool) {
        let mut seen = self.seen(SeenKind::Acknowledged, connection);
        (seen.reason_code, seen.properties) = (Some(ack.reason_code), ack.properties.clone());
        let Some(session) = self.sessions.get_mut(&seen.client_id) else {
            return;
        };
        let place = session.place(ack.packet_id);
        let (known, client_id) = (place.is_some(), seen.client_id.clone());
        if let Some(place) = place {
            if done || ack.reason_code.is_error() {
                session.in_flight.remove(place);
            } else {
                session.in_flight[place].what = Unanswered::PubRel;
            }
        }
        if known {
            self.saw(seen);
        }
        if !done && !ack.reason_code.is_error() {
            // In 3.1.1 there is no code to say that it is unknown.
            let code = match known {
                true => ReasonCode::Success,
                false => ReasonCode::PacketIdentifierNotFound,
            };
            let release = Ack::new(ack.packet_id, code);
            self.send(connection, &Packet::PubRel(release));
        }
        self.deliver(now, &client_id);
    }

    /// PUBCOMP.
    fn complete(&mut self, now: Instant, connection: u64, id: NonZeroU16) {
        let Some(it) = self.connections.get(&connection) else {
            return;
        };
        let client_id = it.client_id().to_owned();
        if let Some(session) = self.sessions.get_mut(&client_id)
            && let Some(place) = session.place(id)
        {
            session.in_flight.remove(place);
        }
        self.deliver(now, &client_id);
    }

    /// PUBREL.
    fn released(&mut self, connection: u64, id: NonZeroU16) {
        let Some(it) = self.connections.get(&connection) else {
            return;
        };
        let (client_id, version) = (it.client_id().to_owned(), it.decoder.version());
        let session = self.sessions.get_mut(&client_id);
        let known = session.is_some_and(|session| session.incoming.remove(&id));
        let code = match known || version == Version::V311 {
            true => ReasonCode::Success,
            false => ReasonCode::PacketIdentifierNotFound,
        };
        self.respond(connection, Packet::PubComp(Ack::new(id, code)));
    }
}
