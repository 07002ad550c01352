//! Counters under the names that OpenTelemetry's conventions would have them, so that an exporter is
//! one loop in every language.

use std::time::Duration;

use super::Counters;
use crate::codec::{Direction, PacketType};
use crate::proto::{FaultCount, PacketCounts, RoundTrips};
use crate::types::named;

/// One point of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// The instrument's name, such as `mqttka.client.packets`. Several points may have it, which
    /// differ in their attributes.
    pub name: &'static str,
    /// The unit as UCUM has it, such as `By` or `{packet}`.
    pub unit: &'static str,
    /// What is counted or measured, in one sentence.
    pub description: &'static str,
    /// What kind of instrument it is.
    pub kind: MetricKind,
    /// Names and values.
    pub attributes: Vec<(&'static str, &'static str)>,
    /// Its value.
    pub value: MetricValue,
}

/// What kind of instrument a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MetricKind {
    /// A sum that only grows.
    Counter = 1,
    /// A sum that grows and shrinks.
    UpDownCounter = 2,
    /// A value of this moment that makes no sense as a sum.
    Gauge = 3,
    /// How values are distributed; it only grows.
    Histogram = 4,
}

named! {
    MetricKind:
    Counter "counter",
    UpDownCounter "up_down_counter",
    Gauge "gauge",
    Histogram "histogram",
}

/// The value of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricValue {
    /// A number.
    Integer(u64),
    /// A time, to be given as seconds.
    Time(Duration),
    /// A histogram of times; its bounds and its sum are to be given as seconds.
    Times(RoundTrips),
}

/// Which way something went; the name is that of the conventions for systems.
const DIRECTION: &str = "network.io.direction";
const PACKET_TYPE: &str = "mqttka.packet.type";
const FAULT: &str = "mqttka.fault";

impl Counters {
    /// All of it, in an order that does not change:
    ///
    /// | name | kind | unit | attributes |
    /// |---|---|---|---|
    /// | `mqttka.client.io` | counter | `By` | `network.io.direction`: `receive`, `transmit` |
    /// | `mqttka.client.packets` | counter | `{packet}` | the same, and `mqttka.packet.type`: `PUBLISH`, ... |
    /// | `mqttka.client.messages.received` | counter | `{message}` | |
    /// | `mqttka.client.messages.dropped` | counter | `{message}` | |
    /// | `mqttka.client.messages.unclaimed` | counter | `{message}` | |
    /// | `mqttka.client.queue.messages` | up-down counter | `{message}` | `network.io.direction`: `transmit` |
    /// | `mqttka.client.queue.size` | up-down counter | `By` | `network.io.direction`: `receive`, `transmit` |
    /// | `mqttka.client.connections` | counter | `{connection}` | |
    /// | `mqttka.client.reconnects` | counter | `{connection}` | |
    /// | `mqttka.client.disconnects` | counter | `{connection}` | |
    /// | `mqttka.client.connect.failures` | counter | `{attempt}` | |
    /// | `mqttka.client.moves` | counter | `{connection}` | |
    /// | `mqttka.client.faults` | counter | `{fault}` | `mqttka.fault`: the fault's name; none where there was none |
    /// | `mqttka.client.packets.not_tapped` | counter | `{packet}` | |
    /// | `mqttka.client.ping.duration` | histogram | `s` | |
    /// | `mqttka.client.inbound.age` | gauge | `s` | while connected |
    /// | `mqttka.client.evidence.age` | gauge | `s` | while connected |
    ///
    /// Names, units, kinds and attributes do not change between versions; new ones may be added.
    pub fn metrics(&self) -> Vec<Metric> {
        use MetricKind::{Counter, Gauge, Histogram, UpDownCounter};
        let mut list = List(Vec::with_capacity(48));
        let (receive, transmit) = ((DIRECTION, "receive"), (DIRECTION, "transmit"));
        let io = ("mqttka.client.io", "By", "Bytes of MQTT sent and received.");
        list.integer(io, Counter, &[receive], self.bytes_received);
        list.integer(io, Counter, &[transmit], self.bytes_sent);
        list.packets(receive, Direction::Received, &self.packets_received);
        list.packets(transmit, Direction::Sent, &self.packets_sent);
        for (name, description, value) in [
            (
                "mqttka.client.messages.received",
                "Messages received, with those dropped.",
                self.messages_received,
            ),
            (
                "mqttka.client.messages.dropped",
                "QoS 0 messages dropped because the application was too slow.",
                self.messages_dropped,
            ),
            (
                "mqttka.client.messages.unclaimed",
                "Messages that no consumer came for in time.",
                self.messages_unclaimed,
            ),
        ] {
            list.integer((name, "{message}", description), Counter, &[], value);
        }
        let depth = (
            "mqttka.client.queue.messages",
            "{message}",
            "Operations that wait or are not acknowledged.",
        );
        let messages = self.outbound_queue_messages;
        list.integer(depth, UpDownCounter, &[transmit], messages);
        let size = (
            "mqttka.client.queue.size",
            "By",
            "What the messages cost that wait.",
        );
        list.integer(size, UpDownCounter, &[receive], self.inbound_queue_bytes);
        list.integer(size, UpDownCounter, &[transmit], self.outbound_queue_bytes);
        for (name, unit, description, value) in [
            (
                "mqttka.client.connections",
                "{connection}",
                "Connections that came about.",
                self.connections,
            ),
            (
                "mqttka.client.reconnects",
                "{connection}",
                "Connections that came about after the first one.",
                self.reconnects,
            ),
            (
                "mqttka.client.disconnects",
                "{connection}",
                "Connections that ended.",
                self.disconnects,
            ),
            (
                "mqttka.client.connect.failures",
                "{attempt}",
                "Attempts to connect that came to nothing.",
                self.connect_failures,
            ),
            (
                "mqttka.client.moves",
                "{connection}",
                "Connections that went over to another path without a gap.",
                self.moves,
            ),
        ] {
            list.integer((name, unit, description), Counter, &[], value);
        }
        let faults = (
            "mqttka.client.faults",
            "{fault}",
            "Faults of the broker that were tolerated.",
        );
        for fault in &self.faults_tolerated {
            list.integer(faults, Counter, &[(FAULT, fault.name)], fault.count);
        }
        let not_tapped = (
            "mqttka.client.packets.not_tapped",
            "{packet}",
            "Packets that the packet tap was too slow for.",
        );
        list.integer(not_tapped, Counter, &[], self.packets_not_tapped);
        let pings = (
            "mqttka.client.ping.duration",
            "s",
            "How long PINGRESPs took.",
        );
        let round_trips = MetricValue::Times(self.ping_round_trips);
        list.push(pings, Histogram, &[], round_trips);
        for (name, description, age) in [
            (
                "mqttka.client.inbound.age",
                "Since the last inbound byte.",
                self.last_inbound_age,
            ),
            (
                "mqttka.client.evidence.age",
                "Since the last evidence of the broker's life.",
                self.last_evidence_age,
            ),
        ] {
            if let Some(age) = age {
                list.push((name, "s", description), Gauge, &[], MetricValue::Time(age));
            }
        }
        list.0
    }
}

impl Counters {
    /// One metric of each name, for exporters that declare their instruments first: what
    /// [`metrics`](Self::metrics) can give, with the value 0 and no attributes.
    pub fn instruments() -> Vec<Metric> {
        let mut all = Counters {
            last_inbound_age: Some(Duration::ZERO),
            last_evidence_age: Some(Duration::ZERO),
            faults_tolerated: vec![FaultCount { name: "", count: 0 }],
            ..Counters::default()
        }
        .metrics();
        // Points of one instrument stand together.
        all.dedup_by_key(|metric| metric.name);
        for metric in &mut all {
            metric.attributes.clear();
        }
        all
    }
}

/// Name, unit, description.
type Instrument = (&'static str, &'static str, &'static str);

struct List(Vec<Metric>);

impl List {
    fn push(
        &mut self,
        (name, unit, description): Instrument,
        kind: MetricKind,
        attributes: &[(&'static str, &'static str)],
        value: MetricValue,
    ) {
        self.0.push(Metric {
            name,
            unit,
            description,
            kind,
            attributes: attributes.to_vec(),
            value,
        });
    }

    fn integer(
        &mut self,
        instrument: Instrument,
        kind: MetricKind,
        attributes: &[(&'static str, &'static str)],
        value: u64,
    ) {
        self.push(instrument, kind, attributes, MetricValue::Integer(value));
    }

    /// Those that can go this way, and others that went all the same.
    fn packets(
        &mut self,
        which: (&'static str, &'static str),
        direction: Direction,
        counts: &PacketCounts,
    ) {
        use PacketType as P;
        let packets = (
            "mqttka.client.packets",
            "{packet}",
            "Packets sent and received.",
        );
        for (packet_type, count) in counts.iter() {
            let other_way = match direction {
                Direction::Received => matches!(
                    packet_type,
                    P::Connect | P::Subscribe | P::Unsubscribe | P::PingReq
                ),
                Direction::Sent => matches!(
                    packet_type,
                    P::ConnAck | P::SubAck | P::UnsubAck | P::PingResp
                ),
            };
            if !other_way || count > 0 {
                let attributes = [which, (PACKET_TYPE, packet_type.name())];
                self.integer(packets, MetricKind::Counter, &attributes, count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn no_point_is_there_twice_and_an_instrument_is_the_same_everywhere() {
        let counters = Counters {
            last_evidence_age: Some(Duration::from_secs(1)),
            ..Counters::default()
        };
        let metrics = counters.metrics();
        let (mut points, mut instruments) = (HashSet::new(), HashMap::new());
        for metric in &metrics {
            assert!(metric.name.starts_with("mqttka.client."), "{metric:?}");
            let named = metric
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'_');
            assert!(named, "{metric:?}");
            let point = (metric.name, metric.attributes.clone());
            assert!(points.insert(point), "{metric:?}");
            let instrument = (metric.unit, metric.description, metric.kind);
            let known = *instruments.entry(metric.name).or_insert(instrument);
            assert_eq!(known, instrument);
        }
        assert_eq!(metrics.len(), 38);
        let names: HashSet<_> = Counters::instruments().iter().map(|it| it.name).collect();
        assert_eq!((Counters::instruments().len(), names.len()), (17, 17));
    }
}
