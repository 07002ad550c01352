//! What a client counts.

use std::time::Duration;

use mqttka_core::client::{
    Counters as CoreCounters, Metric as CoreMetric, MetricKind, MetricValue as CoreValue,
    PacketCounts, PacketType, RoundTrips as CoreRoundTrips,
};

/// What a client has counted since it was made, over all its connections, and what waits at this
/// moment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Counters {
    /// Bytes of MQTT received.
    pub bytes_received: u64,
    /// Bytes of MQTT handed to sockets.
    pub bytes_sent: u64,
    /// Packets received, each type, those included that could not be decoded.
    pub packets_received: Vec<PacketCount>,
    /// Packets handed to sockets, each type.
    pub packets_sent: Vec<PacketCount>,
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
    /// Packets that the packet tap did not get, as it was too slow.
    pub packets_not_tapped: u64,
    /// Since the last inbound byte; none while not connected.
    pub last_inbound_age: Option<Duration>,
    /// Since the last evidence of life; none while not connected.
    pub last_evidence_age: Option<Duration>,
}

/// How many packets of a type there were.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PacketCount {
    /// The type.
    pub packet_type: PacketType,
    /// How many.
    pub count: u64,
}

/// How often a fault of the broker's was tolerated.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FaultCount {
    /// The fault's name, as every language has it.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// A histogram of round trips.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RoundTrips {
    /// The upper bounds of the buckets, each included; the last bucket has none.
    pub bounds: Vec<Duration>,
    /// How many fell into each bucket: one more than there are bounds.
    pub counts: Vec<u64>,
    /// How long all of them took.
    pub sum: Duration,
}

/// One point of a metric.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Metric {
    /// The instrument's name, such as `mqttka.client.packets`.
    pub name: String,
    /// The unit as UCUM has it, such as `By` or `{packet}`.
    pub unit: String,
    /// What is counted or measured, in one sentence.
    pub description: String,
    /// What kind of instrument it is.
    pub kind: MetricKind,
    /// Names and values.
    pub attributes: Vec<MetricAttribute>,
    /// Its value.
    pub value: MetricValue,
}

/// What tells a point of a metric from others.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MetricAttribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The value of a metric.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum MetricValue {
    /// A number.
    Integer {
        /// The number.
        value: u64,
    },
    /// A time, to be given as seconds.
    Time {
        /// The time.
        value: Duration,
    },
    /// A histogram of times; its bounds and its sum are to be given as seconds.
    Times {
        /// The histogram.
        value: RoundTrips,
    },
}

impl From<CoreCounters> for Counters {
    fn from(core: CoreCounters) -> Self {
        Counters {
            bytes_received: core.bytes_received,
            bytes_sent: core.bytes_sent,
            packets_received: packets(&core.packets_received),
            packets_sent: packets(&core.packets_sent),
            messages_received: core.messages_received,
            messages_dropped: core.messages_dropped,
            messages_unclaimed: core.messages_unclaimed,
            outbound_queue_messages: core.outbound_queue_messages,
            outbound_queue_bytes: core.outbound_queue_bytes,
            inbound_queue_bytes: core.inbound_queue_bytes,
            connections: core.connections,
            reconnects: core.reconnects,
            disconnects: core.disconnects,
            connect_failures: core.connect_failures,
            moves: core.moves,
            ping_round_trips: core.ping_round_trips.into(),
            faults_tolerated: core
                .faults_tolerated
                .iter()
                .map(|fault| FaultCount {
                    name: fault.name.to_owned(),
                    count: fault.count,
                })
                .collect(),
            packets_not_tapped: core.packets_not_tapped,
            last_inbound_age: core.last_inbound_age,
            last_evidence_age: core.last_evidence_age,
        }
    }
}

fn packets(counts: &PacketCounts) -> Vec<PacketCount> {
    counts
        .iter()
        .map(|(packet_type, count)| PacketCount { packet_type, count })
        .collect()
}

impl From<CoreRoundTrips> for RoundTrips {
    fn from(core: CoreRoundTrips) -> Self {
        RoundTrips {
            bounds: CoreRoundTrips::BOUNDS.to_vec(),
            counts: core.counts().to_vec(),
            sum: core.sum(),
        }
    }
}

impl Metric {
    /// `None`: a value of a kind that this binding does not know yet.
    pub(crate) fn of(core: CoreMetric) -> Option<Self> {
        let attributes = core.attributes.iter();
        Some(Metric {
            name: core.name.to_owned(),
            unit: core.unit.to_owned(),
            description: core.description.to_owned(),
            kind: core.kind,
            attributes: attributes
                .map(|(name, value)| MetricAttribute {
                    name: (*name).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
            value: match core.value {
                CoreValue::Integer(value) => MetricValue::Integer { value },
                CoreValue::Time(value) => MetricValue::Time { value },
                CoreValue::Times(times) => MetricValue::Times {
                    value: times.into(),
                },
                _ => return None,
            },
        })
    }
}
