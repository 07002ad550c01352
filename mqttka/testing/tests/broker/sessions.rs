//! Sessions, Wills, keep-alives: what outlives a packet.

use mqttka_core::codec::{Packet, Unsubscribe};
use mqttka_core::types::{
    Properties, Property, PropertyId, QoS, ReasonCode, Text, TopicFilter, Version,
};
use mqttka_testing::{Output, SeenKind};

use crate::support::*;

#[test]
fn a_session_keeps_subscriptions_and_messages() {
    for version in BOTH {
        let mut world = World::new();
        let (a, present) = world.connect(staying(version, "a"));
        assert!(!present);
        world.subscribe(&a, "t", QoS::ExactlyOnce);
        world
            .broker
            .publish(world.now, message("t", "unanswered", QoS::AtLeastOnce))
            .unwrap();
        assert_eq!(world.payloads(&a), ["unanswered"]);
        world.lose(&a);
        world
            .broker
            .publish(world.now, message("t", "queued", QoS::AtLeastOnce))
            .unwrap();
        world
            .broker
            .publish(world.now, message("t", "lost", QoS::AtMostOnce))
            .unwrap();
        let (a, present) = world.connect(staying(version, "a"));
        assert!(present);
        let packets = world.hear(&a);
        let [Packet::Publish(again), Packet::Publish(queued)] = &packets[..] else {
            panic!("{packets:?}");
        };
        assert!(again.dup && again.payload == "unanswered");
        assert!(!queued.dup && queued.payload == "queued");
        // A clean start forgets.
        let (a, present) = world.connect(connect(version, "a"));
        assert!(!present);
        world
            .broker
            .publish(world.now, message("t", "nobody's", QoS::AtLeastOnce))
            .unwrap();
        assert_eq!(world.hear(&a), []);
        // And such a session ends with its connection.
        world.lose(&a);
        let (_, present) = world.connect(staying(version, "a"));
        assert!(!present);
    }
}

#[test]
fn a_released_qos_2_message_goes_on_with_pubrel() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(staying(version, "a"));
        world.subscribe(&a, "t", QoS::ExactlyOnce);
        world
            .broker
            .publish(world.now, message("t", "x", QoS::ExactlyOnce))
            .unwrap();
        world.hear(&a);
        world.say(&a, &Packet::PubRec(ack(1)));
        world.lose(&a);
        let (a, _) = world.connect(staying(version, "a"));
        assert_eq!(world.hear(&a), [Packet::PubRel(ack(1))]);
        world.say(&a, &Packet::PubComp(ack(1)));
        world.lose(&a);
        let (a, _) = world.connect(staying(version, "a"));
        assert_eq!(world.hear(&a), []);
    }
}

#[test]
fn a_session_expires_and_can_be_forgotten() {
    let mut world = World::new();
    let (a, _) = world.connect(staying(Version::V5, "a"));
    world.lose(&a);
    assert_eq!(
        world.broker.poll_deadline(),
        Some(world.now + std::time::Duration::from_secs(60))
    );
    world.pass(59);
    let (a, present) = world.connect(staying(Version::V5, "a"));
    assert!(present);
    world.lose(&a);
    world.pass(60);
    let (a, present) = world.connect(staying(Version::V5, "a"));
    assert!(!present);
    world.lose(&a);
    world.broker.forget_sessions();
    let (_, present) = world.connect(staying(Version::V5, "a"));
    assert!(!present);
}

#[test]
fn a_will_is_published_where_the_goodbye_is_missing() {
    for version in BOTH {
        let mut world = World::new();
        let (b, _) = world.connect(connect(version, "b"));
        world.subscribe(&b, "will", QoS::AtMostOnce);
        let mut dying = connect(version, "a");
        dying.will = will("will", None);
        let (a, _) = world.connect(dying.clone());
        world.say_goodbye(&a, ReasonCode::Success);
        assert_eq!(world.payloads(&b), [""; 0]);
        assert_eq!(world.saw(SeenKind::Disconnected).client_id, "a");
        let (a, _) = world.connect(dying);
        world.lose(&a);
        assert_eq!(world.payloads(&b), ["gone"]);
        assert_eq!(world.saw(SeenKind::Lost).client_id, "a");
    }
}

#[test]
fn a_will_waits_and_is_not_published_where_the_client_comes_back() {
    let mut world = World::new();
    let (b, _) = world.connect(connect(Version::V5, "b"));
    world.subscribe(&b, "will", QoS::AtMostOnce);
    let mut dying = staying(Version::V5, "a");
    dying.will = will("will", Some(10));
    let (a, _) = world.connect(dying.clone());
    world.lose(&a);
    world.pass(9);
    let (a, _) = world.connect(dying.clone());
    world.pass(5);
    assert_eq!(world.payloads(&b), [""; 0]);
    world.lose(&a);
    world.pass(10);
    assert_eq!(world.payloads(&b), ["gone"]);
    // It comes with the end of the session at the latest.
    let (a, _) = world.connect(dying.clone());
    world.lose(&a);
    world.connect(connect(Version::V5, "a"));
    assert_eq!(world.payloads(&b), ["gone"]);
    // And is asked for by a reason code.
    dying.will = will("will", None);
    let (a, _) = world.connect(dying);
    world.say_goodbye(&a, ReasonCode::DisconnectWithWillMessage);
    assert_eq!(world.payloads(&b), ["gone"]);
}

#[test]
fn a_client_is_taken_over_by_its_name() {
    for version in BOTH {
        let mut world = World::new();
        let (old, _) = world.connect(connect(version, "a"));
        let (_, present) = world.connect(connect(version, "a"));
        assert!(!present);
        let said = world.hear(&old);
        match version {
            Version::V311 => assert_eq!(said, []),
            Version::V5 => assert!(
                matches!(&said[..], [Packet::Disconnect(it)] if it.reason_code == ReasonCode::SessionTakenOver)
            ),
        }
        let connection = old.connection;
        assert_eq!(world.ends, [Output::Close { connection }]);
        assert_eq!(world.broker.clients(), ["a"]);
    }
}

#[test]
fn who_says_nothing_for_one_and_a_half_keep_alives_is_lost() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.pass(89);
        world.say(&a, &Packet::PingReq);
        assert_eq!(world.hear(&a), [Packet::PingResp]);
        world.pass(89);
        assert_eq!(world.broker.clients(), ["a"]);
        world.pass(1);
        assert_eq!(world.broker.clients(), [""; 0]);
        assert!(world.saw(SeenKind::Lost).detail.contains("keep-alives"));
        world.hear(&a);
        assert_eq!(world.ends.len(), 1);
    }
}

#[test]
fn a_client_without_a_name_is_given_one() {
    let mut world = World::new();
    let a = world.open(connect(Version::V5, ""));
    let answers = world.hear(&a);
    let [Packet::ConnAck(connack)] = &answers[..] else {
        panic!("{answers:?}");
    };
    let name = connack
        .properties
        .get_text(PropertyId::AssignedClientIdentifier);
    assert_eq!(name.map(Text::as_str), Some("fake-1"));
    // 3.1.1 has no way to tell it.
    let a = world.open(connect(Version::V311, ""));
    assert_eq!(world.hear(&a).len(), 1);
    assert_eq!(world.broker.clients(), ["fake-1", "fake-2"]);
    // An enhanced authentication it does not know.
    let mut unknown = connect(Version::V5, "b");
    let method = Text::try_from("SCRAM".to_owned()).unwrap();
    unknown
        .properties
        .push(Property::AuthenticationMethod(method));
    let b = world.open(unknown);
    assert_eq!(world.hear(&b).len(), 1);
    let code = ReasonCode::BadAuthenticationMethod;
    assert_eq!(world.saw(SeenKind::Refused).reason_code, Some(code));
}

#[test]
fn who_unsubscribed_gets_nothing() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.subscribe(&a, "t", QoS::AtMostOnce);
        let unsubscribe = Unsubscribe {
            packet_id: id(9),
            filters: ["t", "never"]
                .map(|it| TopicFilter::try_from(it).unwrap())
                .into(),
            properties: Properties::new(),
        };
        world.say(&a, &Packet::Unsubscribe(unsubscribe));
        let answers = world.hear(&a);
        let [Packet::UnsubAck(unsuback)] = &answers[..] else {
            panic!("{answers:?}");
        };
        if version == Version::V5 {
            let codes = [ReasonCode::Success, ReasonCode::NoSubscriptionExisted];
            assert_eq!(unsuback.reason_codes, codes);
        }
        world
            .broker
            .publish(world.now, message("t", "x", QoS::AtMostOnce))
            .unwrap();
        assert_eq!(world.hear(&a), []);
        let filter = Some("never");
        assert!(world.broker.take(SeenKind::Unsubscribed, filter).is_some());
    }
}

#[test]
fn what_mqtt_does_not_allow_is_named_and_ends_the_connection() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        world.say(&a, &Packet::Connect(Box::new(connect(version, "a"))));
        let seen = world.saw(SeenKind::Faulty);
        assert!(seen.detail.contains("CONNECT"), "{seen}");
        world.hear(&a);
        assert_eq!(world.ends.len(), 1);
        let (a, _) = world.connect(connect(version, "a"));
        world
            .broker
            .handle_received(world.now, a.connection, &[0xff, 0xff]);
        world.saw(SeenKind::Faulty);
        // Before CONNECT nothing else is understood.
        let connection = world.broker.handle_opened(world.now);
        world
            .broker
            .handle_received(world.now, connection, &[0xc0, 0]);
        assert_eq!(world.saw(SeenKind::Faulty).connection, connection);
        assert_eq!(world.broker.clients(), [""; 0]);
    }
    // An expiry that a session did not have (section 3.14.2.2.2).
    let mut world = World::new();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    let mut goodbye = mqttka_core::codec::Disconnect::new(ReasonCode::Success);
    goodbye.properties.push(Property::SessionExpiryInterval(5));
    world.say(&a, &Packet::Disconnect(goodbye));
    assert_eq!(
        world.saw(SeenKind::Faulty).reason_code,
        Some(ReasonCode::ProtocolError)
    );
}
