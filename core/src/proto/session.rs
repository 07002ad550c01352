//! What outlives a connection (section 4.1): what is queued, what is in flight, what the broker
//! sent by halves, and who we are to the broker. A [`Machine`](super::Machine) is a connection,
//! and holds one of these.

use std::collections::VecDeque;
use std::num::NonZeroU16;

use super::Config;
use super::inbound::Inbound;
use super::inflight::{Exchange, Inflight, Slot};
use crate::types::{Message, QoS, Text, Version};

/// A client's half of a session, and what the application queued for it.
#[derive(Debug)]
pub(super) struct Session<T> {
    version: Version,
    clean_start: bool,
    /// The Client Identifier.
    client_id: Text,
    /// Session Expiry Interval in seconds; 5.0 only.
    expiry: u32,
    /// Publishes not sent yet.
    pub(super) queue: VecDeque<(Message, Option<T>)>,
    pub(super) inflight: Inflight<T>,
    pub(super) inbound: Inbound,
}

/// An operation that ended without the broker's word.
#[derive(Debug)]
pub(super) struct Ended<T> {
    pub(super) token: Option<T>,
    /// What it cost in the outbound queue.
    pub(super) cost: usize,
    /// `None`: it was never sent.
    pub(super) packet_id: Option<NonZeroU16>,
}

impl<T> Session<T> {
    pub(super) fn new(config: &Config) -> Self {
        Session {
            version: config.protocol_version,
            clean_start: config.clean_start,
            client_id: config.client_id.clone(),
            expiry: config.session_expiry_interval,
            queue: VecDeque::new(),
            inflight: Inflight::default(),
            inbound: Inbound::default(),
        }
    }

    /// The Client Identifier for CONNECT.
    pub(super) fn client_id(&self) -> &Text {
        &self.client_id
    }

    /// Clean Start for CONNECT.
    pub(super) fn clean_start(&self) -> bool {
        self.clean_start
    }

    /// Whether it outlives the connection.
    fn persists(&self) -> bool {
        match self.version {
            Version::V311 => !self.clean_start,
            Version::V5 => self.expiry > 0,
        }
    }

    /// Whether the message waits for the next connection.
    pub(super) fn keeps(&self, message: &Message) -> bool {
        message.qos > QoS::AtMostOnce && self.persists()
    }

    /// The connection is gone: what the session does not keep.
    pub(super) fn connection_lost(&mut self) -> Vec<Ended<T>> {
        self.inbound.connection_lost();
        let persists = self.persists();
        let mut ended = self.take_inflight(|exchange| {
            !persists || !matches!(exchange, Exchange::Publish(_) | Exchange::Release)
        });
        for (message, token) in std::mem::take(&mut self.queue) {
            if self.keeps(&message) {
                self.queue.push_back((message, token));
            } else {
                ended.push(unsent(&message, token));
            }
        }
        ended
    }

    /// The broker has no session: what was sent and not finished has an unknown outcome.
    pub(super) fn broker_lost_it(&mut self) -> Vec<Ended<T>> {
        self.inbound.session_lost();
        self.take_inflight(|_| true)
    }

    /// Nothing is sent any more: everything.
    pub(super) fn close(&mut self) -> Vec<Ended<T>> {
        let mut ended = self.take_inflight(|_| true);
        let queue = std::mem::take(&mut self.queue);
        ended.extend(
            queue
                .into_iter()
                .map(|(message, token)| unsent(&message, token)),
        );
        ended
    }

    fn take_inflight(&mut self, which: impl Fn(&Exchange) -> bool) -> Vec<Ended<T>> {
        let mut ended = Vec::new();
        for id in self.inflight.in_order() {
            let taken = self
                .inflight
                .get_mut(id)
                .is_some_and(|slot| which(&slot.exchange));
            if taken && let Some(slot) = self.inflight.finish(id) {
                ended.push(Ended::sent(id, slot));
            }
        }
        ended
    }
}

impl<T> Ended<T> {
    pub(super) fn sent(id: NonZeroU16, slot: Slot<T>) -> Self {
        Ended {
            token: slot.token,
            cost: slot.cost,
            packet_id: Some(id),
        }
    }
}

fn unsent<T>(message: &Message, token: Option<T>) -> Ended<T> {
    Ended {
        token,
        cost: message.cost(),
        packet_id: None,
    }
}
