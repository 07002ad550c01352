use std::time::Duration;

use mqttka_core::client::{
    Completion, MetricKind, MetricValue, PacketType, QoS, Reconnect, Stage, TransportError,
};

use crate::world::{message, ms, world};

#[test]
fn everything_is_counted_over_all_connections() {
    let mut world = world(|options| {
        options.config.reconnect = Some(Reconnect::default());
    });
    assert_eq!(world.client.counters(), Default::default());
    world.connect();
    for _ in 0..3 {
        let publish = message("t", "x", QoS::AtLeastOnce);
        world.client.publish(publish, Completion::none()).unwrap();
    }
    world.run();
    world.say(&[0x40, 2, 0, 1]);
    world.say(&[0x30, 5, 0, 1, b'a', 0, b'!']);
    let counters = world.client.counters();
    assert_eq!(counters.packets_sent.get(PacketType::Publish), 3);
    assert_eq!(counters.packets_received.get(PacketType::PubAck), 1);
    assert_eq!(counters.outbound_queue_messages, 2);
    assert_eq!(counters.bytes_sent, world.written.len() as u64);
    assert_eq!(counters.bytes_received, 5 + 4 + 7);
    assert_eq!((counters.messages_received, counters.connections), (1, 1));
    assert!(counters.last_evidence_age.is_some() && counters.reconnects == 0);

    world.pass(ms(2_500));
    assert_eq!(
        world
            .client
            .counters()
            .packets_sent
            .get(PacketType::PingReq),
        1
    );
    world.pass(ms(30));
    world.say(&[0xd0, 0]);
    let trips = world.client.counters().ping_round_trips;
    assert_eq!((trips.count(), trips.sum()), (1, ms(30)));
    assert_eq!(trips.counts()[5], 1, "{trips:?}");

    world.hosted.handle_end(world.stream);
    world.run();
    let ended = world.client.counters();
    assert_eq!((ended.disconnects, ended.last_evidence_age), (1, None));
    world.pass(Duration::from_secs(2));
    let error = TransportError::new("no route");
    world
        .hosted
        .handle_open_failed(world.now, world.stream, Stage::Tcp, error);
    world.run();
    assert_eq!(world.client.counters().connect_failures, 1);
    world.pass(Duration::from_secs(5));
    world.accept_stream();
    world.say(&[0x20, 3, 0, 0, 0]);
    let counters = world.client.counters();
    assert_eq!((counters.connections, counters.reconnects), (2, 1));
    assert_eq!(counters.packets_sent.get(PacketType::Connect), 2);
}

#[test]
fn metrics_have_the_counters_values() {
    let mut world = world(|_| {});
    world.connect();
    let publish = message("t", "x", QoS::AtMostOnce);
    world.client.publish(publish, Completion::none()).unwrap();
    world.pass(ms(2_500));
    world.say(&[0xd0, 0]);
    let counters = world.client.counters();
    let metrics = counters.metrics();
    let value = |name: &str, attributes: &[(&str, &str)]| {
        let found = metrics
            .iter()
            .find(|it| it.name == name && it.attributes == attributes);
        let found = found.unwrap_or_else(|| panic!("no {name} {attributes:?}"));
        (found.kind, found.unit, found.value.clone())
    };
    let transmit = ("network.io.direction", "transmit");
    assert_eq!(
        value(
            "mqttka.client.packets",
            &[transmit, ("mqttka.packet.type", "PUBLISH")]
        ),
        (MetricKind::Counter, "{packet}", MetricValue::Integer(1))
    );
    assert_eq!(
        value("mqttka.client.io", &[transmit]),
        (
            MetricKind::Counter,
            "By",
            MetricValue::Integer(counters.bytes_sent)
        )
    );
    assert_eq!(
        value("mqttka.client.ping.duration", &[]),
        (
            MetricKind::Histogram,
            "s",
            MetricValue::Times(counters.ping_round_trips)
        )
    );
    let (kind, unit, age) = value("mqttka.client.evidence.age", &[]);
    assert_eq!((kind, unit), (MetricKind::Gauge, "s"));
    assert!(matches!(age, MetricValue::Time(_)));
}
