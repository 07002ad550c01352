//! Who gets a message, how, and what answers it.

use mqttka_core::codec::{Packet, Publish};
use mqttka_core::types::{Message, Properties, Property, QoS, ReasonCode, RetainHandling, Version};
use mqttka_testing::SeenKind;

use crate::support::*;

fn one(packets: Vec<Packet>) -> Publish {
    match <[Packet; 1]>::try_from(packets) {
        Ok([Packet::Publish(publish)]) => publish,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_goes_to_who_subscribed_at_the_lower_qos() {
    for version in BOTH {
        for published in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for granted in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let mut world = World::new();
                let (a, _) = world.connect(connect(version, "a"));
                let (b, _) = world.connect(connect(version, "b"));
                world.subscribe(&b, "t/+", granted);
                let id = (published > QoS::AtMostOnce).then_some(7);
                world.say(&a, &publish(message("t/x", "hello", published), id));
                world.say(
                    &a,
                    &publish(message("other", "hello", published), id.map(|it| it + 1)),
                );
                let got = one(world.hear(&b));
                assert_eq!(
                    (got.qos, &got.payload[..]),
                    (published.min(granted), &b"hello"[..])
                );
                let answers = world.hear(&a);
                match published {
                    QoS::AtMostOnce => assert_eq!(answers, []),
                    QoS::AtLeastOnce => {
                        assert_eq!(answers, [Packet::PubAck(ack(7)), Packet::PubAck(ack(8))]);
                    }
                    QoS::ExactlyOnce => {
                        assert_eq!(answers, [Packet::PubRec(ack(7)), Packet::PubRec(ack(8))]);
                    }
                }
            }
        }
    }
}

#[test]
fn qos_2_is_given_on_once_however_often_it_comes() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        let (b, _) = world.connect(connect(version, "b"));
        world.subscribe(&b, "t", QoS::ExactlyOnce);
        let mut again = message("t", "once", QoS::ExactlyOnce);
        world.say(&a, &publish(again.clone(), Some(1)));
        again.dup = true;
        world.say(&a, &publish(again, Some(1)));
        assert_eq!(
            world.hear(&a),
            [Packet::PubRec(ack(1)), Packet::PubRec(ack(1))]
        );
        world.say(&a, &Packet::PubRel(ack(1)));
        assert_eq!(world.hear(&a), [Packet::PubComp(ack(1))]);
        let got = one(world.hear(&b));
        let number = got.packet_id.unwrap().get();
        world.say(&b, &Packet::PubRec(ack(number)));
        assert_eq!(world.hear(&b), [Packet::PubRel(ack(number))]);
        world.say(&b, &Packet::PubComp(ack(number)));
        world.saw(SeenKind::Published);
        assert_eq!(
            world.broker.take(SeenKind::Published, None),
            None,
            "it was seen once"
        );
        assert_eq!(world.saw(SeenKind::Acknowledged).client_id, "b");
    }
}

#[test]
fn retained_messages_are_kept_replaced_and_removed() {
    for version in BOTH {
        let mut world = World::new();
        let (a, _) = world.connect(connect(version, "a"));
        for payload in ["old", "new"] {
            let kept = message("t/1", payload, QoS::AtLeastOnce).with_retain(true);
            world.say(&a, &publish(kept, Some(1)));
        }
        let (b, _) = world.connect(connect(version, "b"));
        let answers = world.subscribe(&b, "t/#", QoS::AtLeastOnce);
        let [Packet::SubAck(_), Packet::Publish(got)] = &answers[..] else {
            panic!("{answers:?}");
        };
        assert!(got.retain && got.payload == "new");
        assert_eq!(world.broker.retained("t/1").unwrap().payload, "new");
        world.say(
            &a,
            &publish(message("t/1", "", QoS::AtMostOnce).with_retain(true), None),
        );
        assert!(
            !one(world.hear(&b)).retain,
            "to a subscription that was there it is no retained one"
        );
        assert_eq!(world.broker.retained("t/1"), None);
    }
}

#[test]
fn version_5_options_of_a_subscription_hold() {
    let mut world = World::new();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    let kept = message("t", "kept", QoS::AtMostOnce).with_retain(true);
    world.broker.publish(world.now, kept.clone()).unwrap();
    let mut wanted = subscription("t", QoS::AtMostOnce);
    wanted.no_local = true;
    wanted.retain_as_published = true;
    wanted.retain_handling = RetainHandling::SendIfNew;
    assert_eq!(world.subscribe_with(&a, wanted.clone(), Some(5)).len(), 2);
    assert_eq!(
        world.subscribe_with(&a, wanted.clone(), Some(6)).len(),
        1,
        "it was there"
    );
    wanted.retain_handling = RetainHandling::DoNotSend;
    assert_eq!(world.subscribe_with(&a, wanted, Some(7)).len(), 1);
    // Its own it does not get.
    world.say(&a, &publish(message("t", "mine", QoS::AtMostOnce), None));
    assert_eq!(world.hear(&a), []);
    world.subscribe_with(&a, subscription("#", QoS::AtMostOnce), Some(8));
    world.hear(&a);
    world.broker.publish(world.now, kept).unwrap();
    let got = one(world.hear(&a));
    assert!(got.retain, "as published");
    let identifiers: Vec<&Property> = got.properties.iter().collect();
    let numbers = [8, 7].map(Property::SubscriptionIdentifier);
    assert_eq!(identifiers, numbers.iter().collect::<Vec<_>>());
}

#[test]
fn a_message_goes_once_for_each_subscription_where_that_is_said() {
    let mut world = World::new();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    world.subscribe_with(&a, subscription("t", QoS::AtMostOnce), Some(7));
    world.subscribe_with(&a, subscription("#", QoS::AtLeastOnce), Some(8));
    world.broker.send_copies(true);
    let live = message("t", "x", QoS::AtLeastOnce);
    world.broker.publish(world.now, live.clone()).unwrap();
    let got: Vec<(QoS, Properties)> = world
        .hear(&a)
        .into_iter()
        .map(|packet| match packet {
            Packet::Publish(publish) => (publish.qos, publish.properties),
            other => panic!("{other:?}"),
        })
        .collect();
    let named = |number| Properties::from(vec![Property::SubscriptionIdentifier(number)]);
    let each = [(QoS::AtLeastOnce, named(8)), (QoS::AtMostOnce, named(7))];
    assert_eq!(got, each);
    world.broker.send_copies(false);
    world.broker.publish(world.now, live).unwrap();
    assert_eq!(one(world.hear(&a)).properties.len(), 2);
}

#[test]
fn a_shared_subscription_gives_each_message_to_one() {
    let mut world = World::new();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    let (b, _) = world.connect(connect(Version::V5, "b"));
    world.subscribe(&a, "$share/g/t", QoS::AtMostOnce);
    world.subscribe(&b, "$share/g/t", QoS::AtMostOnce);
    for _ in 0..4 {
        world
            .broker
            .publish(world.now, message("t", "x", QoS::AtMostOnce))
            .unwrap();
    }
    assert_eq!((world.payloads(&a).len(), world.payloads(&b).len()), (2, 2));
}

#[test]
fn a_client_gets_no_more_than_it_takes() {
    let mut world = World::new();
    let mut small = connect(Version::V5, "a");
    small.properties.push(Property::ReceiveMaximum(1));
    small.properties.push(Property::MaximumPacketSize(40));
    let (a, _) = world.connect(small);
    world.subscribe(&a, "t", QoS::AtLeastOnce);
    let long = "a payload that makes the packet too large for this client";
    world
        .broker
        .publish(world.now, message("t", long, QoS::AtMostOnce))
        .unwrap();
    for payload in ["1", "2"] {
        world
            .broker
            .publish(world.now, message("t", payload, QoS::AtLeastOnce))
            .unwrap();
    }
    let first = one(world.hear(&a));
    assert_eq!(first.payload, "1");
    world.say(&a, &Packet::PubAck(ack(first.packet_id.unwrap().get())));
    assert_eq!(one(world.hear(&a)).payload, "2");
}

#[test]
fn a_message_expires_and_is_counted_down() {
    let mut world = World::new();
    let (a, _) = world.connect(staying(Version::V5, "a"));
    world.subscribe(&a, "t", QoS::AtLeastOnce);
    world.lose(&a);
    for seconds in [5, 20] {
        let mut expiring = message("t", "x", QoS::AtLeastOnce);
        expiring
            .properties
            .push(Property::MessageExpiryInterval(seconds));
        world.broker.publish(world.now, expiring).unwrap();
    }
    world.pass(6);
    let (a, present) = world.connect(staying(Version::V5, "a"));
    assert!(present);
    let got = one(world.hear(&a));
    let left: Vec<&Property> = got.properties.iter().collect();
    assert_eq!(left, [&Property::MessageExpiryInterval(14)]);
}

#[test]
fn aliases_stand_for_topics_where_they_were_announced() {
    let mut world = World::new();
    world
        .broker
        .announce(Property::TopicAliasMaximum(1))
        .unwrap();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    let mut aliased = message("t", "1", QoS::AtMostOnce);
    aliased.properties.push(Property::TopicAlias(1));
    let Packet::Publish(mut packet) = publish(aliased.clone(), None) else {
        unreachable!()
    };
    world.say(&a, &Packet::Publish(packet.clone()));
    packet.topic = None;
    world.say(&a, &Packet::Publish(packet.clone()));
    for _ in 0..2 {
        let seen: Message = world.saw(SeenKind::Published).message.unwrap();
        assert_eq!((seen.topic.as_str(), seen.properties.len()), ("t", 0));
    }
    packet.properties.set(Property::TopicAlias(2));
    world.say(&a, &Packet::Publish(packet));
    assert_eq!(
        world.saw(SeenKind::Faulty).reason_code,
        Some(ReasonCode::TopicAliasInvalid)
    );
    assert!(
        matches!(&world.hear(&a)[..], [Packet::Disconnect(it)] if it.reason_code == ReasonCode::TopicAliasInvalid)
    );
}
