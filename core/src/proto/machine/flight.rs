//! What goes with the event of an end.

use std::sync::Arc;

use super::{Machine, Phase};
use crate::proto::{EventKind, FlightRecord, QueueDepths, Tally};
use crate::types::{Instant, Version};

impl<T> Machine<T> {
    /// The version that the connection speaks, or is to speak.
    pub fn protocol_version(&self) -> Version {
        self.version()
    }

    /// What is counted since the client was made.
    pub fn tally(&self) -> &Tally {
        &self.flight.tally
    }

    /// What led to this end, before anything of the connection is gone.
    pub(super) fn flight_record(&self, now: Instant, kind: &EventKind) -> Arc<FlightRecord> {
        let (cause_code, cause) = match kind {
            EventKind::Disconnected(it) => (it.cause.code(), it.cause.name()),
            EventKind::ConnectFailed(error) => (error.code(), error.name()),
            _ => (0, ""),
        };
        let number = |count: usize| count as u64;
        let mut record = self.flight.record(now);
        let never_connected = record.connected_for.is_none();
        // Before there is a stream, what is known of one is the last one's.
        if !matches!(self.phase, Phase::Opening { .. }) {
            record.unsent_of_last =
                u32::try_from(self.outgoing.left_of_packet()).unwrap_or(u32::MAX);
            record.queues.unwritten_bytes = number(self.outgoing.len() + self.control.len());
            record.bytes_written = self.outgoing.written();
            record.bytes_acknowledged = self.acked;
        }
        Arc::new(FlightRecord {
            connection_number: self.connection_number,
            cause_code,
            cause,
            keep_alive: match never_connected {
                true => self.config.keep_alive,
                false => self.keep_alive,
            },
            liveness: self.liveness(now),
            queues: QueueDepths {
                outbound_messages: number(self.usage.messages),
                outbound_bytes: number(self.usage.bytes),
                unacknowledged: self.session.inflight.publishes(),
                inbound_bytes: number(self.session.inbound.bytes),
                ..record.queues
            },
            ..record
        })
    }
}
