//! What is known of a client at one moment.

use std::time::Duration;

use mqttka_core::client::{
    HeldBack as CoreHeldBack, LivenessSnapshot, State, Status as CoreStatus,
};

use crate::NetworkUpdate;

/// What is known of a client at one moment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// The number of the newest connection attempt; 0 before the first.
    pub connection_number: u64,
    /// The effective Keep Alive in seconds.
    pub keep_alive: u16,
    /// What is known of the peer's life; none while not connected.
    pub liveness: Option<Liveness>,
    /// Until the next attempt begins by itself; none where none is to come.
    pub next_attempt_in: Option<Duration>,
    /// How long there has been no connection since the last one ended; none while connected and
    /// before the first.
    pub offline: Option<Duration>,
    /// What was last said of the system's network, by `network_changed` or by the network monitor.
    pub network: Option<NetworkUpdate>,
    /// Bytes received over all connections.
    pub bytes_received: u64,
    /// Bytes handed to sockets over all connections.
    pub bytes_sent: u64,
    /// Messages received over all connections, with those dropped.
    pub messages_received: u64,
    /// QoS 0 messages dropped because the application took its messages too slowly.
    pub messages_dropped: u64,
    /// Operations in the outbound queue, unacknowledged ones included.
    pub outbound_queue_messages: u64,
    /// What they cost in bytes.
    pub outbound_queue_bytes: u64,
    /// What the messages cost, in bytes, that the application has not taken yet.
    pub inbound_queue_bytes: u64,
    /// Messages that no consumer came for in time; they were acknowledged.
    pub messages_unclaimed: u64,
    /// Who withholds acknowledgements longest: a stream, or a handler that acknowledges itself.
    pub held_back: Option<HeldBack>,
}

/// What a stream that is not read withholds, or a handler that acknowledges itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HeldBack {
    /// Its filters; `#` for a stream of all messages, and for the client's own handler.
    pub filter: String,
    /// Messages that it has not taken, or not acknowledged.
    pub messages: u64,
    /// What they cost in bytes.
    pub bytes: u64,
    /// How long it has had the oldest of them.
    pub since: Duration,
}

/// What is known of the peer's life at one moment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Liveness {
    /// Since the last inbound byte.
    pub last_inbound_age: Duration,
    /// Since the last evidence of life: an inbound byte or an acknowledged one of ours.
    pub last_evidence_age: Duration,
    /// PINGREQs sent and not answered.
    pub unanswered_pings: u32,
    /// Since the oldest of them was queued.
    pub oldest_ping_age: Option<Duration>,
    /// Until the connection is declared dead if nothing comes; none where that is switched off.
    pub verdict_in: Option<Duration>,
    /// The smoothed round trip of what was sent to its answer; none before the first.
    pub round_trip: Option<Duration>,
    /// Something that was sent is unanswered for several round trips.
    pub suspect: bool,
}

impl From<CoreStatus> for Status {
    fn from(status: CoreStatus) -> Self {
        Status {
            state: status.state,
            connection_number: status.connection_number,
            keep_alive: status.keep_alive,
            liveness: status.liveness.map(Liveness::from),
            next_attempt_in: status.next_attempt_in,
            offline: status.offline,
            network: status.network.map(NetworkUpdate::from),
            bytes_received: status.bytes_received,
            bytes_sent: status.bytes_sent,
            messages_received: status.messages_received,
            messages_dropped: status.messages_dropped,
            outbound_queue_messages: status.outbound_queue_messages,
            outbound_queue_bytes: status.outbound_queue_bytes,
            inbound_queue_bytes: status.inbound_queue_bytes,
            messages_unclaimed: status.messages_unclaimed,
            held_back: status.held_back.map(HeldBack::from),
        }
    }
}

impl From<CoreHeldBack> for HeldBack {
    fn from(held: CoreHeldBack) -> Self {
        HeldBack {
            filter: held.filter,
            messages: held.messages,
            bytes: held.bytes,
            since: held.since,
        }
    }
}

impl From<LivenessSnapshot> for Liveness {
    fn from(liveness: LivenessSnapshot) -> Self {
        Liveness {
            last_inbound_age: liveness.last_inbound_age,
            last_evidence_age: liveness.last_evidence_age,
            unanswered_pings: liveness.unanswered_pings,
            oldest_ping_age: liveness.oldest_ping_age,
            verdict_in: liveness.verdict_in,
            round_trip: liveness.round_trip,
            suspect: liveness.suspect,
        }
    }
}
