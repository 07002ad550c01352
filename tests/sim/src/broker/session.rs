//! The broker's half of a session (section 4.1).

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use bytes::Bytes;
use mqttka_core::codec::{Ack, Packet, Publish};
use mqttka_core::types::{QoS, ReasonCode};

use super::{number_of, publish};

/// A message of the client, as a subscriber would get it: QoS 2 without repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// At which QoS.
    pub qos: QoS,
    /// The number in its payload.
    pub number: u64,
    /// Whether it was marked as repeated.
    pub dup: bool,
}

#[derive(Debug)]
enum Outbound {
    Publish(QoS, Bytes),
    Release,
}

/// What outlives a connection.
#[derive(Debug, Default)]
pub struct Session {
    exists: bool,
    received: Vec<Received>,
    /// QoS 1 and 2 publishes of the client that this connection has brought and that are not
    /// finished: what counts against our Receive Maximum.
    unacknowledged: BTreeSet<u16>,
    unreleased: BTreeSet<u16>,
    outbound: BTreeMap<u64, (u16, Outbound)>,
    next_order: u64,
    next_id: u16,
}

impl Session {
    /// A connection begins. Returns whether the session goes on.
    pub(super) fn start(&mut self, keep: bool) -> bool {
        let resumed = keep && self.exists;
        if !resumed {
            self.unreleased.clear();
            self.outbound.clear();
        }
        self.unacknowledged.clear();
        self.exists = true;
        resumed
    }

    pub(super) fn received(&self) -> &[Received] {
        &self.received
    }

    pub(super) fn unacknowledged(&self) -> usize {
        self.unacknowledged.len()
    }

    pub(super) fn outbound(&self) -> usize {
        self.outbound.len()
    }

    /// A publish of the client.
    pub(super) fn take(&mut self, publish: &Publish) -> Option<Packet> {
        let received = Received {
            qos: publish.qos,
            number: number_of(&publish.payload),
            dup: publish.dup,
        };
        let Some(id) = publish.packet_id else {
            self.received.push(received);
            return None;
        };
        let ack = Ack::new(id, ReasonCode::Success);
        if publish.qos == QoS::AtLeastOnce {
            self.received.push(received);
            return Some(Packet::PubAck(ack));
        }
        self.unacknowledged.insert(id.get());
        if self.unreleased.insert(id.get()) {
            self.received.push(received);
        }
        Some(Packet::PubRec(ack))
    }

    pub(super) fn release(&mut self, id: NonZeroU16) {
        self.unreleased.remove(&id.get());
        self.unacknowledged.remove(&id.get());
    }

    /// A message for the client.
    pub(super) fn publish(&mut self, qos: QoS, payload: Bytes) -> Packet {
        if qos == QoS::AtMostOnce {
            return publish(qos, None, false, payload);
        }
        loop {
            self.next_id = self.next_id.wrapping_add(1).max(1);
            if self.outbound.values().all(|(id, _)| *id != self.next_id) {
                break;
            }
        }
        let exchange = Outbound::Publish(qos, payload.clone());
        self.outbound
            .insert(self.next_order, (self.next_id, exchange));
        self.next_order += 1;
        publish(qos, NonZeroU16::new(self.next_id), false, payload)
    }

    fn order_of(&self, id: NonZeroU16) -> Option<u64> {
        self.outbound
            .iter()
            .find(|(_, (used, _))| *used == id.get())
            .map(|(order, _)| *order)
    }

    /// PUBACK or PUBREC of the client.
    pub(super) fn acknowledged(&mut self, id: NonZeroU16, qos: QoS) -> Option<Packet> {
        let order = self.order_of(id)?;
        if qos == QoS::AtLeastOnce {
            self.outbound.remove(&order);
            return None;
        }
        self.outbound.insert(order, (id.get(), Outbound::Release));
        Some(Packet::PubRel(Ack::new(id, ReasonCode::Success)))
    }

    /// PUBCOMP of the client.
    pub(super) fn completed(&mut self, id: NonZeroU16) {
        if let Some(order) = self.order_of(id) {
            self.outbound.remove(&order);
        }
    }

    /// What a resumed session repeats [MQTT-4.4.0-1].
    pub(super) fn unfinished(&self) -> Vec<Packet> {
        self.outbound
            .values()
            .filter_map(|(id, exchange)| {
                let id = NonZeroU16::new(*id)?;
                Some(match exchange {
                    Outbound::Publish(qos, payload) => {
                        publish(*qos, Some(id), true, payload.clone())
                    }
                    Outbound::Release => Packet::PubRel(Ack::new(id, ReasonCode::Success)),
                })
            })
            .collect()
    }
}
