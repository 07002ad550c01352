//! Who has an identifier, which, and who sees it.

use mqttka_core::client::{
    Completion, Error, Messages, Properties, Property, QoS, SubscriptionOptions, TopicFilter,
};
use mqttka_core::codec::{Packet, Publish};
use mqttka_core::proto::OWN_IDENTIFIERS;

use super::takers::{Kind, PAYLOADS, QOS, takers};
use super::world::{Habit, World, read, text, wish, wish_at};

#[test]
fn an_identifier_is_given_where_filters_overlap_and_always_from_the_same_number_on() {
    let mut world = World::new(Habit::Each, true);
    let wishes = [
        "x/1",
        "x/2",
        "y/#",
        "x/+",
        "y/+/z",
        "x/3",
        "x/+",
        "$share/g/y/q",
        "z",
    ];
    let all: Vec<Messages> = wishes
        .iter()
        .map(|filter| world.stream(wish(filter), SubscriptionOptions::default()))
        .collect();
    let own = |n: u32| Some(OWN_IDENTIFIERS.start() + n);
    let expected = [
        None,
        None,
        None,
        own(0),
        own(1),
        own(2),
        own(0),
        own(3),
        None,
    ];
    assert_eq!(world.given, expected);
    drop(all);
}

#[test]
fn the_applications_identifiers_are_its_own_and_serve_all_the_same() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let mut streams = Vec::new();
        for (filter, number) in [("a/#", 7), ("a/+", 268_435_455)] {
            let properties = Properties::from(vec![Property::SubscriptionIdentifier(number)]);
            let options = SubscriptionOptions::default().outliving_connections();
            let none = Completion::none();
            let messages = world
                .client
                .subscription(wish(filter), properties, options, none);
            streams.push((messages.unwrap(), number));
            world.settle();
        }
        assert_eq!(world.given, [Some(7), Some(268_435_455)]);
        for payload in ["1", "2", "2"] {
            world.publish("a/b", payload, QoS::AtLeastOnce);
        }
        for (messages, number) in &streams {
            let batch = messages.take(9).unwrap();
            assert_eq!(batch.len(), 3, "{habit:?}");
            let last = &batch[2].message.properties;
            let wanted = Property::SubscriptionIdentifier(*number);
            let has = last.iter().any(|property| *property == wanted);
            assert_eq!(
                has,
                !matches!(habit, Habit::NamesFirst | Habit::NamesLast) || has,
                "{habit:?}"
            );
            assert!(!last.is_empty(), "{habit:?}");
        }
    }
}

#[test]
fn the_librarys_identifiers_are_refused_to_the_application() {
    let world = World::new(Habit::Once, true);
    let first = *OWN_IDENTIFIERS.start();
    let properties = Properties::from(vec![Property::SubscriptionIdentifier(first)]);
    let refused = world
        .client
        .subscribe(wish("a"), properties, Completion::none());
    let Err(Error::InvalidArgument(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("2031616 to 2097151"), "{text}");
}

#[test]
fn a_lost_session_is_asked_for_with_the_same_identifiers() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let takers = takers(&mut world, Kind::Streams, &["a/#", "a/+"]);
        let before = world.given.clone();
        world.given.clear();
        world.hosted.handle_end(world.stream);
        world.run();
        for _ in 0..100 {
            let stream = world.stream;
            world.now += std::time::Duration::from_secs(1);
            world.run();
            if world.stream != stream {
                break;
            }
        }
        world.accept();
        world.given.sort_unstable();
        assert_eq!(world.given, before, "{habit:?}");
        for payload in PAYLOADS {
            world.publish("a/b", payload, QoS::AtLeastOnce);
        }
        for taker in &takers {
            let got = taker();
            let once = got == PAYLOADS;
            assert!(once, "{habit:?} {got:?}");
        }
    }
}

#[test]
fn an_identifier_of_an_earlier_process_is_not_shown() {
    for handler in [false, true] {
        let mut world = World::new(Habit::Once, !handler);
        let stream = (!handler).then(|| world.client.messages(None).unwrap());
        let old = Property::SubscriptionIdentifier(*OWN_IDENTIFIERS.end());
        world.say([Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: Some("a".try_into().unwrap()),
            packet_id: None,
            payload: "old".into(),
            properties: Properties::from(vec![old]),
        })]);
        let got = match &stream {
            Some(stream) => read(stream),
            None => world.heard.take(),
        };
        assert_eq!(got, ["old"]);
        world.settle();
        assert_eq!(world.client.status().inbound_queue_bytes, 0);
    }
}

#[test]
fn a_filter_without_others_has_no_identifier() {
    let filter = TopicFilter::try_from("a/#").unwrap();
    let mut world = World::new(Habit::Once, true);
    let stream = world.stream(wish("a/#"), SubscriptionOptions::default());
    let again = world.stream(wish("a/#"), SubscriptionOptions::default());
    assert_eq!(world.given, [None, None]);
    assert_eq!(world.held[0].subscription.filter, filter);
    world.publish("a/b", "1", QoS::AtMostOnce);
    assert_eq!(
        (read(&stream), read(&again)),
        (vec!["1".into()], vec!["1".into()])
    );
}

#[test]
fn each_qos_is_its_own_subscriptions() {
    for habit in Habit::TOLD {
        for wishes in [
            [("a/#", QoS::AtMostOnce), ("a/+", QoS::AtLeastOnce)],
            [("a/+", QoS::ExactlyOnce), ("#", QoS::AtMostOnce)],
        ] {
            let mut world = World::new(habit, true);
            let streams = wishes.map(|(filter, qos)| {
                world.stream(wish_at(filter, qos), SubscriptionOptions::default())
            });
            for qos in QOS {
                for payload in PAYLOADS {
                    world.publish("a/b", payload, qos);
                }
                for (stream, (_, granted)) in streams.iter().zip(&wishes) {
                    let batch = stream.take(1000).unwrap();
                    let got = batch.iter().map(|it| text(&it.message));
                    assert_eq!(got.collect::<Vec<_>>(), PAYLOADS, "{habit:?} {qos:?}");
                    stream.done(1000);
                    // Once it is known that there are copies, each has its own.
                    let last = batch.last().unwrap().message.qos;
                    let one = matches!(habit, Habit::Once | Habit::NamesFirst | Habit::NamesLast);
                    assert!(one || last == qos.min(*granted) || *granted != streams_last(&wishes));
                }
                world.settle();
            }
            assert_eq!(world.acknowledged, world.sent, "{habit:?}");
        }
    }
}

/// The QoS of the subscription that came last, which alone has an identifier.
fn streams_last(wishes: &[(&str, QoS); 2]) -> QoS {
    wishes[1].1
}
