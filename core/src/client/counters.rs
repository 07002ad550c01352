//! What a client counts, in one snapshot.

mod metrics;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use self::metrics::{Metric, MetricKind, MetricValue};
use super::{Client, fork};
use crate::proto::{Event, EventKind, FaultCount, PacketCounts, RoundTrips};

/// What a client has counted since it was made, over all its connections, and what waits at this
/// moment. [`Client::counters`] gives it: so cheaply that it may be asked every second.
///
/// [`metrics`](Self::metrics) names all of it as OpenTelemetry's conventions would have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Bytes of MQTT received.
    pub bytes_received: u64,
    /// Bytes of MQTT handed to sockets.
    pub bytes_sent: u64,
    /// Packets received, those included that could not be decoded.
    pub packets_received: PacketCounts,
    /// Packets handed to sockets, in part at least.
    pub packets_sent: PacketCounts,
    /// Messages received, with those dropped.
    pub messages_received: u64,
    /// QoS 0 messages dropped because the application took its messages too slowly.
    pub messages_dropped: u64,
    /// Messages that no consumer came for in time.
    pub messages_unclaimed: u64,
    /// Operations in the outbound queue, unacknowledged ones included.
    pub outbound_queue_messages: u64,
    /// What they cost in bytes.
    pub outbound_queue_bytes: u64,
    /// What the messages cost, in bytes, that the application has not taken yet.
    pub inbound_queue_bytes: u64,
    /// Connections that came about.
    pub connections: u64,
    /// Those after the first one.
    pub reconnects: u64,
    /// Connections that ended, for whatever cause.
    pub disconnects: u64,
    /// Attempts that came to nothing.
    pub connect_failures: u64,
    /// Connections that went over to another path without a gap.
    pub moves: u64,
    /// How long PINGRESPs took.
    pub ping_round_trips: RoundTrips,
    /// What the broker did that it must not do, and that was tolerated: each fault that there was.
    pub faults_tolerated: Vec<FaultCount>,
    /// Packets that the packet tap did not get, as it was too slow
    /// ([`Options::packet_tap`](super::Options::packet_tap)).
    pub packets_not_tapped: u64,
    /// Since the last inbound byte; `None` while not connected.
    pub last_inbound_age: Option<Duration>,
    /// Since the last evidence of life: an inbound byte or an acknowledged one of ours; `None` while
    /// not connected.
    pub last_evidence_age: Option<Duration>,
}

impl Client {
    /// What is counted, at this moment. In a forked child: nothing.
    pub fn counters(&self) -> Counters {
        if fork::check().is_err() {
            return Counters::default();
        }
        self.0.shared.counters()
    }
}

/// Counted by the engine alone, read by anyone.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    received: AtomicU64,
    sent: AtomicU64,
    connections: AtomicU64,
    disconnects: AtomicU64,
    connect_failures: AtomicU64,
    moves: AtomicU64,
}

impl Traffic {
    pub(crate) fn received(&self, bytes: usize) {
        add(&self.received, bytes);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        add(&self.sent, bytes);
    }

    pub(super) fn event(&self, event: &Event) {
        let counter = match event.kind {
            EventKind::Connected(_) => &self.connections,
            EventKind::Disconnected(_) => &self.disconnects,
            EventKind::ConnectFailed(_) => &self.connect_failures,
            EventKind::Moved(_) => &self.moves,
            _ => return,
        };
        add(counter, 1);
    }

    pub(super) fn bytes(&self) -> (u64, u64) {
        (get(&self.received), get(&self.sent))
    }

    pub(super) fn fill(&self, counters: &mut Counters) {
        (counters.bytes_received, counters.bytes_sent) = self.bytes();
        counters.connections = get(&self.connections);
        counters.reconnects = counters.connections.saturating_sub(1);
        counters.disconnects = get(&self.disconnects);
        counters.connect_failures = get(&self.connect_failures);
        counters.moves = get(&self.moves);
    }
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn add(counter: &AtomicU64, count: usize) {
    // One writer, so no read-modify-write is needed.
    counter.store(get(counter) + count as u64, Ordering::Relaxed);
}
