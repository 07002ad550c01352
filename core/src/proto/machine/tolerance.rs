//! What the broker does although it may not, and the application puts up with.

use std::collections::VecDeque;

use bytes::BytesMut;

use super::{Machine, Phase};
use crate::codec::{Packet, Publish};
use crate::error::ProtocolError;
use crate::types::{Fault, FaultCounts, Instant, Tolerate, Version};

/// How many messages before CONNACK are kept.
const MAX_EARLY: usize = 1024;

/// Messages that came before CONNACK.
#[derive(Debug, Default)]
pub(super) struct Early {
    publishes: VecDeque<Publish>,
    bytes: usize,
    /// CONNACK has come: they are next.
    pub(super) due: bool,
}

impl Early {
    /// Keeps one more, where there is room.
    pub(super) fn push(&mut self, publish: Publish, most: usize) -> Result<(), ProtocolError> {
        let topic = publish.topic.as_ref().map_or(0, |it| it.as_bytes().len());
        self.bytes += publish.payload.len() + topic + publish.properties.cost();
        // One is kept however large it is.
        if self.publishes.len() >= MAX_EARLY || self.bytes > most && !self.publishes.is_empty() {
            return Err(ProtocolError::PublishBeforeConnack);
        }
        self.publishes.push_back(publish);
        Ok(())
    }
}

impl<T> Machine<T> {
    /// How often each fault of the broker was tolerated so far.
    pub fn fault_counts(&self) -> FaultCounts {
        self.tolerated.counts
    }

    /// The faults that were tolerated in the present connection, or were in the last one.
    pub fn faults_seen(&self) -> Tolerate {
        self.tolerated.seen
    }

    /// Whether this fault, which the broker has, is tolerated; it is counted then.
    #[cold]
    pub(super) fn tolerates(&mut self, fault: Fault) -> bool {
        let tolerated = self.config.tolerate.contains(fault);
        if tolerated {
            self.tolerated.count(fault);
            self.flight.tally.tolerated(fault.name());
        }
        tolerated
    }

    /// A message came before CONNACK.
    pub(super) fn keep_early(&mut self, publish: Publish) -> Result<(), ProtocolError> {
        if !self.config.tolerate.contains(Fault::PublishBeforeConnack) {
            return Err(ProtocolError::PublishBeforeConnack);
        }
        self.early
            .push(publish, self.config.inbound_queue_max_bytes)
    }

    /// CONNACK has come: what came before it is handled as what comes after it, and before that.
    pub(super) fn take_early(&mut self, now: Instant) {
        if self.phase == Phase::Connected && !self.early.publishes.is_empty() {
            self.early.due = true;
            self.handle_packets(now, &mut BytesMut::new(), &mut { MAX_EARLY });
        }
        self.early = Early::default();
    }

    /// The next message that came before CONNACK.
    #[cold]
    pub(super) fn next_early(&mut self) -> Option<Packet> {
        let publish = self.early.publishes.pop_front()?;
        self.tolerates(Fault::PublishBeforeConnack);
        Some(Packet::Publish(publish))
    }

    /// One more QoS 1 or 2 message is unacknowledged [MQTT-3.3.4-9]. The broker counts later than we
    /// do: an acknowledgement that is on its way to it is one message less only here.
    #[inline]
    pub(super) fn check_receive_maximum(&mut self) -> Result<(), ProtocolError> {
        let most = self.config.receive_maximum;
        if self.session.inbound.unfinished() <= usize::from(most) || self.version() == Version::V311
        {
            return Ok(());
        }
        match self.tolerates(Fault::ReceiveMaximumExceeded) {
            true => Ok(()),
            false => Err(ProtocolError::ReceiveMaximumExceeded(most)),
        }
    }
}
