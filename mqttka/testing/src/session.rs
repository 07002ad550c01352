//! What outlives a client's connection.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU16;

use mqttka_core::codec::Publish;
use mqttka_core::types::{Instant, QoS, Subscription};

/// The session never expires (section 3.1.2.11.2).
pub(crate) const FOR_EVER: u32 = u32::MAX;

/// How many messages wait for a client; beyond them the oldest is lost.
pub(crate) const MOST_QUEUED: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) subscription: Subscription,
    pub(crate) identifier: Option<u32>,
}

/// A message to the client, on its way or waiting for that.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    pub(crate) publish: Publish,
    /// When the message came to the broker, from which on its expiry counts.
    pub(crate) since: Instant,
}

/// What the client has not answered for good.
#[derive(Clone, Debug)]
pub(crate) enum Unanswered {
    Publish(Outbound),
    /// Sent in answer to PUBREC.
    PubRel,
}

#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) id: NonZeroU16,
    pub(crate) what: Unanswered,
    /// It left on this connection.
    sent: bool,
    /// A PUBLISH of this connection, which takes one of the client's Receive Maximum (section 4.9).
    counts: bool,
}

/// What may leave now.
#[derive(Debug)]
pub(crate) enum Next {
    Message(Outbound),
    /// What left on an earlier connection already.
    Again(NonZeroU16, Unanswered),
}

#[derive(Debug, Default)]
pub(crate) struct Session {
    /// That of the client, where it is connected.
    pub(crate) connection: Option<u64>,
    /// By their text, which is what makes one subscription replace another [MQTT-3.8.4-3].
    pub(crate) subscriptions: BTreeMap<String, Held>,
    pub(crate) queue: VecDeque<Outbound>,
    /// In the order in which they were sent first [MQTT-4.6.0-1].
    pub(crate) in_flight: Vec<InFlight>,
    /// Of QoS 2 messages whose PUBREL has not come.
    pub(crate) incoming: BTreeSet<NonZeroU16>,
    /// Seconds from the end of the connection.
    pub(crate) expiry: u32,
    /// When the connection ended.
    pub(crate) since: Option<Instant>,
    last_id: u16,
}

impl Session {
    /// When it is over; `None`: never, or the client is connected.
    pub(crate) fn ends(&self) -> Option<Instant> {
        let since = self.since.filter(|_| self.expiry != FOR_EVER)?;
        Some(since + std::time::Duration::from_secs(u64::from(self.expiry)))
    }

    pub(crate) fn push(&mut self, outbound: Outbound) {
        if self.queue.len() == MOST_QUEUED {
            self.queue.pop_front();
        }
        self.queue.push_back(outbound);
    }

    /// The client is connected anew: what is unanswered is sent again, in its order [MQTT-4.4.0-1].
    pub(crate) fn begin(&mut self, connection: u64) {
        self.connection = Some(connection);
        self.since = None;
        for it in &mut self.in_flight {
            (it.sent, it.counts) = (false, false);
        }
    }

    /// What may leave now, where the client takes `most` unacknowledged messages.
    pub(crate) fn next(&mut self, most: usize) -> Option<Next> {
        let counts = self.in_flight.iter().filter(|it| it.counts).count();
        if let Some(again) = self.in_flight.iter_mut().find(|it| !it.sent) {
            let is_message = matches!(again.what, Unanswered::Publish(_));
            if is_message && counts >= most {
                return None;
            }
            (again.sent, again.counts) = (true, is_message);
            return Some(Next::Again(again.id, again.what.clone()));
        }
        let waits = self.queue.front()?;
        if waits.publish.qos == QoS::AtMostOnce {
            return self.queue.pop_front().map(Next::Message);
        }
        if counts >= most {
            return None;
        }
        let id = self.free_id()?;
        let mut outbound = self.queue.pop_front()?;
        outbound.publish.packet_id = Some(id);
        self.in_flight.push(InFlight {
            id,
            what: Unanswered::Publish(outbound.clone()),
            sent: true,
            counts: true,
        });
        Some(Next::Message(outbound))
    }

    fn free_id(&mut self) -> Option<NonZeroU16> {
        for _ in 0..=u16::MAX {
            self.last_id = self.last_id.wrapping_add(1);
            let free = |id: &NonZeroU16| self.in_flight.iter().all(|used| used.id != *id);
            if let Some(id) = NonZeroU16::new(self.last_id).filter(free) {
                return Some(id);
            }
        }
        None
    }

    /// The place of this identifier among what is unanswered.
    pub(crate) fn place(&self, id: NonZeroU16) -> Option<usize> {
        self.in_flight.iter().position(|used| used.id == id)
    }
}
