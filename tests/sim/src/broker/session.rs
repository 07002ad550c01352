//! The broker's half of a session (section 4.1), which may outlive the connection.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::Bytes;
use mqttka_core::codec::{Ack, Packet, Publish};
use mqttka_core::types::{Instant, PropertyId, QoS, ReasonCode};

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
    /// In which session, counted from 1.
    pub session: u64,
    /// When it came.
    pub at: Instant,
    /// Its Message Expiry Interval, in seconds.
    pub expiry: Option<u32>,
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
    number: u64,
    /// How long it outlives a connection; `None`: for ever.
    expiry: Option<Duration>,
    /// Since when it has had no connection.
    left_at: Option<Instant>,
    received: Vec<Received>,
    /// QoS 1 and 2 publishes of the client that this connection has brought and that are not
    /// finished: what counts against our Receive Maximum.
    unacknowledged: BTreeSet<u16>,
    unreleased: BTreeSet<u16>,
    subscriptions: BTreeSet<String>,
    outbound: BTreeMap<u64, (u16, Outbound)>,
    /// What waits for a connection, or for room in it.
    waiting: VecDeque<(QoS, Bytes)>,
    next_order: u64,
    next_id: u16,
    /// The messages that were taken in hand for the client and that it has not acknowledged.
    owed: BTreeSet<u64>,
    /// Those that it has.
    acknowledged: BTreeSet<u64>,
}

impl Session {
    /// A connection begins. Returns whether the session goes on.
    pub(super) fn start(&mut self, now: Instant, keep: bool, expiry: Option<Duration>) -> bool {
        let resumed = keep && self.is_alive(now);
        if !resumed {
            self.forget();
            self.number += 1;
        }
        self.unacknowledged.clear();
        self.exists = true;
        self.expiry = expiry;
        self.left_at = None;
        resumed
    }

    /// The connection is gone.
    pub(super) fn leave(&mut self, now: Instant) {
        self.left_at.get_or_insert(now);
        if self.expiry == Some(Duration::ZERO) {
            self.forget();
        }
    }

    /// The broker has lost it, or never kept it.
    pub(super) fn forget(&mut self) {
        self.exists = false;
        self.unreleased.clear();
        self.outbound.clear();
        self.waiting.clear();
        self.subscriptions.clear();
        self.owed.clear();
    }

    fn is_alive(&self, now: Instant) -> bool {
        let over = |left: Instant| self.expiry.is_some_and(|expiry| now >= left + expiry);
        self.exists && !self.left_at.is_some_and(over)
    }

    /// In what state it is: how often one began, and what it holds.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The topic filters.
    pub fn subscriptions(&self) -> &BTreeSet<String> {
        &self.subscriptions
    }

    pub(super) fn subscribe(&mut self, filter: &str) -> bool {
        self.subscriptions.insert(filter.to_owned())
    }

    pub(super) fn unsubscribe(&mut self, filter: &str) {
        self.subscriptions.remove(filter);
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

    /// Messages for the client that it has not acknowledged.
    pub fn owed(&self) -> &BTreeSet<u64> {
        &self.owed
    }

    /// Messages that it has acknowledged, in all sessions.
    pub fn acknowledged(&self) -> &BTreeSet<u64> {
        &self.acknowledged
    }

    /// A message for the client, of a topic to which it may be subscribed.
    pub(super) fn offer(&mut self, now: Instant, filter: &str, qos: QoS, payload: Bytes) {
        let wanted = self.is_alive(now) && self.subscriptions.contains(filter);
        if !wanted || (qos == QoS::AtMostOnce && self.left_at.is_some()) {
            return;
        }
        if qos > QoS::AtMostOnce {
            self.owed.insert(number_of(&payload));
        }
        self.waiting.push_back((qos, payload));
    }

    /// The next message that waits. `most`: what the client takes.
    pub(super) fn next_waiting(&mut self, most: Option<u32>) -> Option<Packet> {
        while let Some((qos, payload)) = self.waiting.pop_front() {
            if most.is_none_or(|most| payload.len() + 32 <= most as usize) {
                return Some(self.publish(qos, payload));
            }
            // [MQTT-3.1.2-25]: dropped as if it had been sent.
            self.owed.remove(&number_of(&payload));
        }
        None
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A publish of the client.
    pub(super) fn take(&mut self, now: Instant, publish: &Publish) -> Option<Packet> {
        let received = Received {
            qos: publish.qos,
            number: number_of(&publish.payload),
            dup: publish.dup,
            session: self.number,
            at: now,
            expiry: publish
                .properties
                .get_number(PropertyId::MessageExpiryInterval),
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
    pub(super) fn acknowledged_by(&mut self, id: NonZeroU16, qos: QoS) -> Option<Packet> {
        let order = self.order_of(id)?;
        if let Some((_, Outbound::Publish(_, payload))) = self.outbound.get(&order) {
            let number = number_of(payload);
            if self.owed.remove(&number) {
                self.acknowledged.insert(number);
            }
        }
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
