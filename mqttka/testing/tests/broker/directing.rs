//! What a test tells the broker to do.

use mqttka_core::codec::{Packet, PacketType, Unsubscribe};
use mqttka_core::types::{
    Properties, Property, PropertyId, QoS, ReasonCode, Text, TopicFilter, Version,
};
use mqttka_testing::{Acknowledging, Error, Output, SeenKind};

use crate::support::*;

#[test]
fn connections_are_refused_as_often_as_said() {
    for version in BOTH {
        let mut world = World::new();
        world
            .broker
            .refuse_connections(ReasonCode::NotAuthorized, Some(2))
            .unwrap();
        for _ in 0..2 {
            let a = world.open(connect(version, "a"));
            assert!(
                matches!(&world.hear(&a)[..], [Packet::ConnAck(it)] if it.reason_code == ReasonCode::NotAuthorized)
            );
            assert_eq!(world.saw(SeenKind::Refused).client_id, "a");
        }
        assert_eq!(world.ends.len(), 2);
        world.connect(connect(version, "a"));
        // A code that 3.1.1 does not have.
        world
            .broker
            .refuse_connections(ReasonCode::Banned, None)
            .unwrap();
        let a = world.open(connect(version, "a"));
        let expected = match version {
            Version::V311 => ReasonCode::ServerUnavailable,
            Version::V5 => ReasonCode::Banned,
        };
        assert!(matches!(&world.hear(&a)[..], [Packet::ConnAck(it)] if it.reason_code == expected));
        world.broker.accept_connections();
        world.connect(connect(version, "a"));
    }
}

#[test]
fn acknowledgements_are_held_and_omitted() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.broker.acknowledge(Acknowledging::Held);
        world.say(&a, &publish(message("t", "1", QoS::AtLeastOnce), Some(1)));
        world.say(&a, &publish(message("t", "2", QoS::ExactlyOnce), Some(2)));
        assert_eq!(world.subscribe(&a, "t", QoS::AtMostOnce), []);
        world.say(&a, &Packet::PingReq);
        assert_eq!(
            world.hear(&a),
            [Packet::PingResp],
            "this is no acknowledgement"
        );
        world.broker.acknowledge(Acknowledging::AtOnce);
        let answers = world.hear(&a);
        let [Packet::PubAck(_), Packet::PubRec(_), Packet::SubAck(_)] = &answers[..] else {
            panic!("{answers:?}");
        };
        world.broker.acknowledge(Acknowledging::Never);
        world.say(&a, &publish(message("t", "3", QoS::AtLeastOnce), Some(3)));
        world.broker.acknowledge(Acknowledging::AtOnce);
        assert_eq!(
            world.payloads(&a),
            ["3"],
            "it was routed, and is never acknowledged"
        );
        world.broker.answer_pings(false);
        world.say(&a, &Packet::PingReq);
        assert_eq!(world.hear(&a), []);
    }
}

#[test]
fn messages_and_subscriptions_are_refused() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.subscribe(&a, "#", QoS::AtMostOnce);
        world
            .broker
            .refuse_publishes(Some(ReasonCode::QuotaExceeded))
            .unwrap();
        world.say(&a, &publish(message("t", "1", QoS::AtLeastOnce), Some(1)));
        world.say(&a, &publish(message("t", "2", QoS::ExactlyOnce), Some(2)));
        let expected = match version {
            Version::V311 => ReasonCode::Success,
            Version::V5 => ReasonCode::QuotaExceeded,
        };
        let answers = world.hear(&a);
        let [Packet::PubAck(first), Packet::PubRec(second)] = &answers[..] else {
            panic!("{answers:?}");
        };
        assert_eq!([first.reason_code, second.reason_code], [expected; 2]);
        world.broker.refuse_publishes(None).unwrap();
        world.say(&a, &publish(message("t", "3", QoS::AtLeastOnce), Some(1)));
        assert_eq!(world.payloads(&a), ["3"]);

        world
            .broker
            .refuse_subscriptions(Some(ReasonCode::NotAuthorized))
            .unwrap();
        let answers = world.subscribe(&a, "u", QoS::AtMostOnce);
        let expected = match version {
            Version::V311 => ReasonCode::UnspecifiedError,
            Version::V5 => ReasonCode::NotAuthorized,
        };
        assert!(matches!(&answers[..], [Packet::SubAck(it)] if it.reason_codes == [expected]));
    }
}

#[test]
fn what_is_refused_to_end_goes_on() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.subscribe(&a, "t", QoS::AtMostOnce);
        let refuse = |world: &mut World, code| world.broker.refuse_unsubscriptions(code).unwrap();
        refuse(&mut world, Some(ReasonCode::NotAuthorized));
        let mut says = Properties::new();
        says.push(Property::ReasonString(Text::try_from("not yet").unwrap()));
        let broker = &mut world.broker;
        broker
            .set_properties(PacketType::UnsubAck, says.clone())
            .unwrap();
        let unsubscribe = Packet::Unsubscribe(Unsubscribe {
            packet_id: id(1),
            filters: vec![TopicFilter::try_from("t").unwrap()],
            properties: Properties::new(),
        });
        let comes = |world: &mut World| {
            let message = message("t", "x", QoS::AtMostOnce);
            world.broker.publish(world.now, message).unwrap();
            world.payloads(&a).len()
        };
        world.say(&a, &unsubscribe);
        let answers = world.hear(&a);
        let [Packet::UnsubAck(refused)] = &answers[..] else {
            panic!("{answers:?}");
        };
        match version {
            Version::V5 => {
                assert_eq!(refused.reason_codes, [ReasonCode::NotAuthorized]);
                assert_eq!(refused.properties, says);
                assert_eq!(comes(&mut world), 1);
                refuse(&mut world, None);
                world.say(&a, &unsubscribe);
                let answers = world.hear(&a);
                assert!(
                    matches!(&answers[..], [Packet::UnsubAck(it)] if it.reason_codes == [ReasonCode::Success]),
                    "{answers:?}"
                );
            }
            Version::V311 => assert_eq!(refused.reason_codes, []),
        }
        assert_eq!(comes(&mut world), 0);
    }
}

#[test]
fn what_was_announced_is_held_to() {
    let mut world = World::new();
    for property in [
        Property::MaximumQoS(1),
        Property::RetainAvailable(0),
        Property::ServerKeepAlive(10),
        Property::WildcardSubscriptionAvailable(0),
        Property::SharedSubscriptionAvailable(0),
        Property::SubscriptionIdentifierAvailable(0),
        Property::MaximumPacketSize(64),
    ] {
        world.broker.announce(property).unwrap();
    }
    let a = world.open(connect(Version::V5, "a"));
    let answers = world.hear(&a);
    let [Packet::ConnAck(connack)] = &answers[..] else {
        panic!("{answers:?}");
    };
    assert_eq!(connack.properties.len(), 7);
    let granted = |answers: Vec<Packet>| match &answers[..] {
        [Packet::SubAck(suback)] => suback.reason_codes[0],
        other => panic!("{other:?}"),
    };
    assert_eq!(
        granted(world.subscribe(&a, "t", QoS::ExactlyOnce)),
        ReasonCode::GrantedQoS1
    );
    let wild = granted(world.subscribe(&a, "#", QoS::AtMostOnce));
    assert_eq!(wild, ReasonCode::WildcardSubscriptionsNotSupported);
    let shared = granted(world.subscribe(&a, "$share/g/t", QoS::AtMostOnce));
    assert_eq!(shared, ReasonCode::SharedSubscriptionsNotSupported);
    let named = world.subscribe_with(&a, subscription("t", QoS::AtMostOnce), Some(1));
    assert_eq!(
        granted(named),
        ReasonCode::SubscriptionIdentifiersNotSupported
    );
    world.pass(15);
    world.saw(SeenKind::Lost);
    let large = "a payload that makes the packet larger than what was announced above";
    for (packet, code) in [
        (
            message("t", "x", QoS::ExactlyOnce),
            ReasonCode::QoSNotSupported,
        ),
        (
            message("t", "x", QoS::AtMostOnce).with_retain(true),
            ReasonCode::RetainNotSupported,
        ),
        (
            message("t", large, QoS::AtMostOnce),
            ReasonCode::PacketTooLarge,
        ),
    ] {
        let (a, _) = world.connect(connect(Version::V5, "a"));
        let id = (packet.qos > QoS::AtMostOnce).then_some(1);
        world.say(&a, &publish(packet, id));
        assert_eq!(world.saw(SeenKind::Faulty).reason_code, Some(code));
    }
}

#[test]
fn nothing_gets_through_while_the_internet_is_gone() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.subscribe(&a, "t", QoS::AtMostOnce);
        world.broker.go_silent();
        world.say(&a, &Packet::PingReq);
        world
            .broker
            .publish(world.now, message("t", "late", QoS::AtMostOnce))
            .unwrap();
        assert_eq!(world.hear(&a), []);
        assert_eq!(world.broker.take(SeenKind::Pinged, None), None);
        world.pass(30);
        world.broker.come_back(world.now);
        let answers = world.hear(&a);
        assert!(
            matches!(&answers[..], [Packet::Publish(_), Packet::PingResp]),
            "{answers:?}"
        );
        // The broker's clock runs meanwhile.
        world.broker.go_silent();
        world.pass(90);
        assert_eq!(world.broker.clients(), [""; 0]);
        world.broker.come_back(world.now);
        world.hear(&a);
        assert_eq!(world.ends.len(), 1);
    }
}

#[test]
fn connections_end_as_they_are_told_to() {
    let mut world = World::new();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    let (b, _) = world.connect(connect(Version::V311, "b"));
    world.broker.send_bytes(Some("a"), &[0xd0, 0]).unwrap();
    assert_eq!(world.hear(&a), [Packet::PingResp]);
    let code = ReasonCode::ServerShuttingDown;
    world
        .broker
        .disconnect(world.now, None, code, Some("for a test"))
        .unwrap();
    let said = world.hear(&a);
    let [Packet::Disconnect(disconnect)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(disconnect.reason_code, code);
    let text = disconnect.properties.get_text(PropertyId::ReasonString);
    assert_eq!(text.unwrap().as_str(), "for a test");
    assert_eq!(world.hear(&b), [], "3.1.1 has no such packet");
    assert_eq!(world.ends.len(), 2);

    let (a, _) = world.connect(connect(Version::V5, "a"));
    world.ends.clear();
    world.broker.half_close(Some("a")).unwrap();
    world.hear(&a);
    let connection = a.connection;
    assert_eq!(world.ends, [Output::Finish { connection }]);
    world.say(
        &a,
        &publish(message("t", "still read", QoS::AtMostOnce), None),
    );
    world.saw(SeenKind::Published);
    world.broker.reset(world.now, Some("a")).unwrap();
    world.hear(&a);
    assert_eq!(world.ends[1..], [Output::Reset { connection }]);
    world.broker.answer_connects(false);
    let a = world.open(connect(Version::V5, "a"));
    assert_eq!(world.hear(&a), []);
    world.broker.close(world.now, None).unwrap();
    world.hear(&a);
    assert_eq!(world.ends.len(), 3);
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let mut world = World::new();
    let nobody = Error::NotConnected {
        client_id: Some("a".to_owned()),
    };
    assert_eq!(world.broker.half_close(Some("a")), Err(nobody));
    assert_eq!(
        world.broker.reset(world.now, None),
        Err(Error::NotConnected { client_id: None })
    );
    let broker = &mut world.broker;
    for error in [
        broker
            .refuse_connections(ReasonCode::Success, None)
            .unwrap_err(),
        broker
            .refuse_connections(ReasonCode::NoMatchingSubscribers, None)
            .unwrap_err(),
        broker
            .refuse_publishes(Some(ReasonCode::ServerMoved))
            .unwrap_err(),
        broker
            .refuse_subscriptions(Some(ReasonCode::GrantedQoS1))
            .unwrap_err(),
        broker
            .refuse_unsubscriptions(Some(ReasonCode::NoSubscriptionExisted))
            .unwrap_err(),
        broker
            .refuse_unsubscriptions(Some(ReasonCode::QuotaExceeded))
            .unwrap_err(),
        broker
            .disconnect(world.now, None, ReasonCode::GrantedQoS1, None)
            .unwrap_err(),
        broker.announce(Property::TopicAlias(1)).unwrap_err(),
        broker
            .announce_number(PropertyId::MaximumQoS, 2)
            .unwrap_err(),
        broker
            .announce_number(PropertyId::ServerKeepAlive, 65_536)
            .unwrap_err(),
        broker
            .announce_number(PropertyId::ReasonString, 1)
            .unwrap_err(),
        broker
            .announce_number(PropertyId::TopicAlias, 1)
            .unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidArgument { .. }), "{error}");
    }
    let mut odd = message("t", "x", QoS::AtMostOnce);
    odd.properties.push(Property::ServerKeepAlive(1));
    assert!(broker.publish(world.now, odd).is_err());
}

#[test]
fn what_is_missing_is_told_with_what_came_instead() {
    let mut world = World::new();
    world.connect(connect(Version::V5, "a"));
    let missing = world
        .broker
        .missing(SeenKind::Published, Some("t/#"))
        .to_string();
    assert!(missing.contains("expected 'published' of t/#"), "{missing}");
    assert!(
        missing.contains("connected: connection 1, client 'a', MQTT 5.0"),
        "{missing}"
    );
}

#[test]
fn packets_bear_what_a_test_has_put_into_their_kind() {
    let text = |text: &str| Text::try_from(text.to_owned()).unwrap();
    let mut properties = Properties::new();
    properties.push(Property::ReasonString(text("for a test")));
    properties.push(Property::UserProperty(text("a"), text("1")));
    properties.push(Property::UserProperty(text("a"), text("2")));
    let mut world = World::new();
    let kinds = PacketType::ALL.iter().copied();
    let (mut can, mut cannot) = (0, 0);
    for kind in kinds {
        match world.broker.set_properties(kind, properties.clone()) {
            Ok(()) => can += 1,
            Err(Error::InvalidArgument {
                field: "packet_type",
                ..
            }) => cannot += 1,
            Err(other) => panic!("{kind:?}: {other}"),
        }
    }
    assert_eq!((can, cannot), (9, 6));
    let (old, _) = world.connect(connect(Version::V311, "old"));
    world.subscribe(&old, "t", QoS::AtMostOnce);
    let a = world.open(connect(Version::V5, "a"));
    world.say(&a, &publish(message("t", "1", QoS::AtLeastOnce), Some(1)));
    world.say(&a, &publish(message("t", "2", QoS::ExactlyOnce), Some(2)));
    world.say(&a, &Packet::PubRel(ack(2)));
    let mut heard = world.hear(&a);
    heard.extend(world.subscribe(&a, "u", QoS::ExactlyOnce));
    let filters = vec!["u".try_into().unwrap()];
    let unsubscribe = Unsubscribe {
        packet_id: id(7),
        filters,
        properties: Properties::new(),
    };
    world.say(&a, &Packet::Unsubscribe(unsubscribe));
    let now = world.now;
    world
        .broker
        .disconnect(now, Some("a"), ReasonCode::NotAuthorized, Some("replaced"))
        .unwrap();
    heard.extend(world.hear(&a));
    assert_eq!(heard.len(), 7, "{heard:?}");
    for packet in &heard {
        let theirs = match packet {
            Packet::ConnAck(it) => &it.properties,
            Packet::PubAck(it) | Packet::PubRec(it) | Packet::PubComp(it) => &it.properties,
            Packet::SubAck(it) => &it.properties,
            Packet::UnsubAck(it) => &it.properties,
            Packet::Disconnect(it) => &it.properties,
            other => panic!("{other:?}"),
        };
        assert_eq!(theirs, &properties, "{packet:?}");
    }
    // 3.1.1 has none, and goes on.
    assert_eq!(world.payloads(&old), ["1", "2"]);
    // They end, and what a packet cannot have is refused.
    world
        .broker
        .set_properties(PacketType::ConnAck, Properties::new())
        .unwrap();
    let b = world.open(connect(Version::V5, "b"));
    let heard = world.hear(&b);
    assert!(matches!(&heard[..], [Packet::ConnAck(it)] if it.properties.is_empty()));
    let mut wrong = Properties::new();
    wrong.push(Property::ReceiveMaximum(1));
    let refused = world.broker.set_properties(PacketType::SubAck, wrong);
    assert!(matches!(refused, Err(Error::InvalidArgument { field, .. }) if field == "properties"));
}
