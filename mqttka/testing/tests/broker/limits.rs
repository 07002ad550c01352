//! What each side takes of the other.

use mqttka_core::codec::{Packet, Publish};
use mqttka_core::types::{Message, Property, PropertyId, QoS, ReasonCode, Version};
use mqttka_testing::{Acknowledging, Error, SeenKind};

use crate::support::*;

/// CONNECT of MQTT 5.0 with this property.
fn with(property: Property, client_id: &str) -> mqttka_core::codec::Connect {
    let mut connect = staying(Version::V5, client_id);
    connect.properties.push(property);
    connect
}

fn publish_from_elsewhere(world: &mut World, payload: &'static str, qos: QoS) {
    let now = world.now;
    world
        .broker
        .publish(now, message("t", payload, qos))
        .unwrap();
}

#[test]
fn a_client_that_sends_more_than_the_broker_takes_is_faulty() {
    for (qos, limit) in [(QoS::AtLeastOnce, 2), (QoS::ExactlyOnce, 2)] {
        let mut world = World::new();
        let announced = Property::ReceiveMaximum(limit);
        world.broker.announce(announced).unwrap();
        world.broker.acknowledge(Acknowledging::Held);
        let (a, _) = world.connect(connect(Version::V5, "a"));
        // In 3.1.1 nothing says so.
        let (old, _) = world.connect(connect(Version::V311, "old"));
        for id in 1..=limit {
            world.say(&a, &publish(message("t", "x", qos), Some(id)));
            world.say(&old, &publish(message("t", "x", qos), Some(id)));
        }
        // What was acknowledged for good makes room.
        world.broker.acknowledge(Acknowledging::AtOnce);
        if qos == QoS::ExactlyOnce {
            world.say(&a, &Packet::PubRel(ack(1)));
            world.say(&a, &Packet::PubRel(ack(2)));
        }
        world.broker.acknowledge(Acknowledging::Never);
        for id in 11..=10 + limit {
            world.say(&a, &publish(message("t", "x", qos), Some(id)));
        }
        // QoS 0 does not count, and one that comes twice counts once.
        world.say(&a, &publish(message("t", "x", QoS::AtMostOnce), None));
        world.say(&a, &publish(message("t", "x", qos), Some(11)));
        world.hear(&a);
        assert_eq!(world.broker.clients(), ["a", "old"]);
        world.say(&a, &publish(message("t", "x", qos), Some(20)));
        world.say(&old, &publish(message("t", "x", qos), Some(20)));
        let heard = world.hear(&a);
        let [Packet::Disconnect(end)] = &heard[..] else {
            panic!("{heard:?}");
        };
        assert_eq!(end.reason_code, ReasonCode::ReceiveMaximumExceeded);
        let fault = world.saw(SeenKind::Faulty);
        assert!(fault.detail.contains("Receive Maximum"), "{fault}");
        assert_eq!(world.broker.clients(), ["old"]);
    }
}

#[test]
fn a_refused_message_of_qos_2_makes_room() {
    let mut world = World::new();
    world.broker.announce(Property::ReceiveMaximum(1)).unwrap();
    world
        .broker
        .refuse_publishes(Some(ReasonCode::QuotaExceeded))
        .unwrap();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    for id in 1..4 {
        world.say(&a, &publish(message("t", "x", QoS::ExactlyOnce), Some(id)));
    }
    assert_eq!(world.hear(&a).len(), 3);
    assert_eq!(world.broker.clients(), ["a"]);
}

#[test]
fn the_clients_receive_maximum_is_kept_also_when_it_comes_back() {
    let mut world = World::new();
    let (a, _) = world.connect(with(Property::ReceiveMaximum(3), "a"));
    world.subscribe(&a, "t", QoS::ExactlyOnce);
    for payload in ["1", "2", "3", "4"] {
        publish_from_elsewhere(&mut world, payload, QoS::ExactlyOnce);
    }
    assert_eq!(world.payloads(&a), ["1", "2", "3"]);
    // The first is the client's already, its end alone is outstanding.
    world.say(&a, &Packet::PubRec(ack(1)));
    assert_eq!(world.hear(&a), [Packet::PubRel(ack(1))]);
    world.lose(&a);

    let (a, present) = world.connect(with(Property::ReceiveMaximum(1), "a"));
    assert!(present);
    let heard = world.hear(&a);
    let [Packet::PubRel(_), Packet::Publish(second)] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert!(second.dup && second.payload == "2");
    world.say(&a, &Packet::PubComp(ack(1)));
    assert_eq!(world.payloads(&a), [] as [&str; 0]);
    for (number, next) in [(2, "3"), (3, "4")] {
        world.say(&a, &Packet::PubRec(ack(number)));
        world.say(&a, &Packet::PubComp(ack(number)));
        assert_eq!(world.payloads(&a), [next]);
    }
}

#[test]
fn what_is_too_large_for_the_client_counts_as_delivered() {
    let mut world = World::new();
    let mut connect = with(Property::MaximumPacketSize(60), "a");
    connect.properties.push(Property::ReceiveMaximum(1));
    let (a, _) = world.connect(connect);
    world.subscribe(&a, "t", QoS::AtLeastOnce);
    let large = "0123456789012345678901234567890123456789012345678901234567890";
    publish_from_elsewhere(&mut world, large, QoS::AtLeastOnce);
    publish_from_elsewhere(&mut world, "small", QoS::AtLeastOnce);
    assert_eq!(world.payloads(&a), ["small"]);
}

#[test]
fn the_largest_packet_counts_from_connack_on() {
    let mut world = World::new();
    let size = Property::MaximumPacketSize(20);
    world.broker.announce(size).unwrap();
    // Longer than that, and the client cannot know.
    let (a, _) = world.connect(connect(Version::V5, "a-client-with-a-long-identifier"));
    world.say(&a, &publish(message("t", "short", QoS::AtMostOnce), None));
    world.saw(SeenKind::Published);
    let long = message("t", "much longer than twenty", QoS::AtMostOnce);
    world.say(&a, &publish(long, None));
    let heard = world.hear(&a);
    let [Packet::Disconnect(end)] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(end.reason_code, ReasonCode::PacketTooLarge);
}

/// The topic and the alias of what was heard.
fn addressed(heard: &[Packet]) -> Vec<(Option<&str>, Option<u32>)> {
    let address = |packet| match packet {
        &Packet::Publish(Publish {
            ref topic,
            ref properties,
            ..
        }) => (
            topic.as_ref().map(|it| it.as_str()),
            properties.get_number(PropertyId::TopicAlias),
        ),
        other => panic!("{other:?}"),
    };
    heard.iter().map(address).collect()
}

#[test]
fn topics_have_aliases_where_that_is_said_and_the_client_takes_them() {
    let mut world = World::new();
    let (a, _) = world.connect(with(Property::TopicAliasMaximum(1), "a"));
    let (b, _) = world.connect(connect(Version::V5, "b"));
    let (c, _) = world.connect(connect(Version::V311, "c"));
    for peer in [&a, &b, &c] {
        world.subscribe(peer, "#", QoS::AtLeastOnce);
    }
    publish_from_elsewhere(&mut world, "1", QoS::AtLeastOnce);
    assert_eq!(addressed(&world.hear(&a)), [(Some("t"), None)]);
    world.broker.use_topic_aliases(true);
    for _ in 0..2 {
        publish_from_elsewhere(&mut world, "2", QoS::AtLeastOnce);
    }
    let now = world.now;
    let other = message("other", "3", QoS::AtMostOnce);
    world.broker.publish(now, other).unwrap();
    assert_eq!(
        addressed(&world.hear(&a)),
        [(Some("t"), Some(1)), (None, Some(1)), (Some("other"), None)]
    );
    for peer in [&b, &c] {
        let heard = world.hear(peer);
        assert!(
            addressed(&heard)
                .iter()
                .all(|it| it.0.is_some() && it.1.is_none())
        );
    }
    // They do not outlive the connection.
    world.lose(&a);
    let (a, _) = world.connect(with(Property::TopicAliasMaximum(1), "a"));
    let heard = world.hear(&a);
    assert_eq!(heard.len(), 3, "unanswered: {heard:?}");
    assert_eq!(
        addressed(&heard),
        [(Some("t"), Some(1)), (None, Some(1)), (None, Some(1))]
    );
}

#[test]
fn what_is_the_brokers_to_give_is_refused_in_a_message() {
    let mut world = World::new();
    for property in [Property::TopicAlias(1), Property::SubscriptionIdentifier(1)] {
        let mut message: Message = message("t", "x", QoS::AtMostOnce);
        message.properties.push(property);
        let error = world.broker.publish(world.now, message).unwrap_err();
        let Error::InvalidArgument { field, reason } = error else {
            panic!("{error}");
        };
        assert!(field == "message" && reason.contains("the broker gives it"));
    }
}
