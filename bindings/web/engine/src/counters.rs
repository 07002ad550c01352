//! What is counted, as JSON.

use mqttka_core::client::{Counters, Metric, MetricValue, PacketCounts, RoundTrips};

use crate::json::{self, Object};

/// What the TypeScript's `Counters` is.
pub(crate) fn counters(it: &Counters) -> String {
    let mut out = String::new();
    let mut object = Object::new(&mut out);
    for (name, count) in [
        ("bytesReceived", it.bytes_received),
        ("bytesSent", it.bytes_sent),
        ("messagesReceived", it.messages_received),
        ("messagesDropped", it.messages_dropped),
        ("messagesUnclaimed", it.messages_unclaimed),
        ("outboundQueueMessages", it.outbound_queue_messages),
        ("outboundQueueBytes", it.outbound_queue_bytes),
        ("inboundQueueBytes", it.inbound_queue_bytes),
        ("connections", it.connections),
        ("reconnects", it.reconnects),
        ("disconnects", it.disconnects),
        ("connectFailures", it.connect_failures),
        ("moves", it.moves),
        ("packetsNotTapped", it.packets_not_tapped),
    ] {
        object.number(name, count);
    }
    for (name, counts) in [
        ("packetsReceived", &it.packets_received),
        ("packetsSent", &it.packets_sent),
    ] {
        object.object(name, |object| packets(object, counts));
    }
    object.object("faultsTolerated", |object| {
        for fault in &it.faults_tolerated {
            object.number(&json::camel_case(fault.name), fault.count);
        }
    });
    object.object("pingRoundTrips", |object| {
        round_trips(object, &it.ping_round_trips);
    });
    object.some_time("lastInboundAge", it.last_inbound_age);
    object.some_time("lastEvidenceAge", it.last_evidence_age);
    object.end();
    out
}

/// What the TypeScript's `Metric` is, of each.
pub(crate) fn metrics(all: &[Metric]) -> String {
    let mut out = String::from("[");
    for (index, it) in all.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let mut object = Object::new(&mut out);
        object.text("name", it.name);
        object.text("unit", it.unit);
        object.text("description", it.description);
        object.name("kind", it.kind.name());
        object.object("attributes", |object| {
            for (name, value) in &it.attributes {
                object.text(name, value);
            }
        });
        match &it.value {
            MetricValue::Integer(value) => object.number("value", *value),
            MetricValue::Time(value) => object.time("value", *value),
            MetricValue::Times(times) => {
                object.object("value", |object| round_trips(object, times))
            }
            _ => {}
        }
        object.end();
    }
    out.push(']');
    out
}

fn round_trips(object: &mut Object<'_>, trips: &RoundTrips) {
    object.number("count", trips.count());
    object.time("sum", trips.sum());
    let bounds = RoundTrips::BOUNDS.map(Some).into_iter().chain([None]);
    let buckets = trips.counts().iter().zip(bounds);
    object.list("buckets", buckets, |out, (count, bound)| {
        let mut object = Object::new(out);
        object.some_time("to", bound);
        object.number("count", *count);
        object.end();
    });
}

fn packets(object: &mut Object<'_>, counts: &PacketCounts) {
    for (kind, count) in counts.iter() {
        object.number(kind.name(), count);
    }
}
