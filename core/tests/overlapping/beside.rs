//! What is no copy of another: what was retained, what is shared, and what comes early.

use mqttka_core::client::{Property, QoS, SubscriptionOptions, TopicFilter};
use mqttka_core::codec::{Packet, Publish};
use mqttka_core::proto::OWN_IDENTIFIERS;

use super::takers::PAYLOADS;
use super::world::{Habit, World, read, wish};

#[test]
fn what_comes_before_suback_is_there() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let options = SubscriptionOptions::default();
        let first = world.stream(wish("a/#"), options.clone());
        world.slow = true;
        let second = world.stream(wish("a/+"), options);
        world.publish("a/b", "early", QoS::AtLeastOnce);
        assert!(read(&first).contains(&"early".to_owned()), "{habit:?}");
        assert!(read(&second).contains(&"early".to_owned()), "{habit:?}");
        // SUBACK, and what follows it in the same read.
        let mut packets = std::mem::take(&mut world.late);
        packets.extend(world.copies("a/b", "early", QoS::AtLeastOnce));
        world.say(packets);
        assert_eq!(
            (read(&first), read(&second)),
            (vec!["early".into()], vec!["early".into()]),
            "{habit:?}"
        );
    }
}

#[test]
fn a_retained_message_is_no_copy() {
    for habit in [Habit::Once, Habit::Each] {
        let mut world = World::new(habit, true);
        let options = SubscriptionOptions::default();
        let [first, second] =
            ["a/#", "a/+"].map(|filter| world.stream(wish(filter), options.clone()));
        for place in [0, 1] {
            // As the newest subscription has it, with its own name or, as Artemis does, another's.
            let named = world.held[place].identifier;
            let properties = named
                .map(Property::SubscriptionIdentifier)
                .into_iter()
                .collect();
            world.say([Packet::Publish(Publish {
                dup: false,
                qos: QoS::AtMostOnce,
                retain: true,
                topic: Some("a/b".try_into().unwrap()),
                packet_id: None,
                payload: "x".into(),
                properties,
            })]);
            assert_eq!(
                (read(&first), read(&second)),
                (vec!["x".into()], vec!["x".into()])
            );
        }
        // And does not stand for a live one that is alike.
        world.publish("a/b", "x", QoS::AtMostOnce);
        assert_eq!(
            (read(&first), read(&second)),
            (vec!["x".into()], vec!["x".into()]),
            "{habit:?}"
        );
    }
}

#[test]
fn a_shared_subscription_has_what_comes_for_it() {
    let mut world = World::new(Habit::Each, true);
    let options = SubscriptionOptions::default();
    let own = world.stream(wish("a/#"), options.clone());
    let shared = world.stream(wish("$share/g/a/b"), options.clone());
    let other = world.stream(wish("a/+"), options);
    // What the group gave to somebody else makes no pair.
    world.publish("a/c", "1", QoS::AtLeastOnce);
    assert_eq!(
        (read(&own), read(&other)),
        (vec!["1".into()], vec!["1".into()])
    );
    for payload in PAYLOADS {
        world.publish("a/b", payload, QoS::AtLeastOnce);
    }
    for (name, stream) in [("own", &own), ("shared", &shared), ("other", &other)] {
        assert_eq!(read(stream), PAYLOADS, "{name}");
    }
    let shared_filter = TopicFilter::try_from("$share/g/a/b").unwrap();
    let all = std::mem::take(&mut world.held);
    world.held = all
        .into_iter()
        .filter(|held| held.subscription.filter != shared_filter)
        .collect();
    world.publish("a/b", "elsewhere", QoS::AtLeastOnce);
    assert_eq!(read(&shared), [""; 0]);
    assert_eq!(read(&own), ["elsewhere"]);
    assert_eq!(read(&other), ["elsewhere"]);
    world.settle();
    assert_eq!(world.acknowledged, world.sent);
}

#[test]
fn what_begins_with_a_dollar_overlaps_with_no_wildcard_before_it() {
    let mut world = World::new(Habit::Each, true);
    for filter in ["#", "$SYS/x", "+/x", "$SYS/#"] {
        world.plain(filter);
    }
    let first = *OWN_IDENTIFIERS.start();
    assert_eq!(world.given, [None, None, Some(first), Some(first + 1)]);
}
