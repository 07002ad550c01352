//! Topic aliases in both directions (section 3.3.2.3.4): they are a connection's, and never outlive
//! it.

use bytes::BytesMut;
use mqttka_core::codec::{Ack, Packet, Publish};
use mqttka_core::proto::{Command, Config, EventKind, NetworkChange};
use mqttka_core::types::{Message, Property, PropertyId, QoS, ReasonCode, TopicName, Version};
use mqttka_sim::script::{Script, from_broker, message};

fn persistent(maximum: u16) -> Config {
    Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 100,
        outbound_topic_alias_maximum: maximum,
        make_before_break: true,
        ..Config::default()
    }
}

fn named(topic: &str) -> TopicName {
    TopicName::try_from(topic).unwrap_or_else(|error| panic!("{topic}: {error}"))
}

fn to(topic: &str, qos: QoS) -> Message {
    Message {
        topic: named(topic),
        ..message(1, qos)
    }
}

/// The topic, empty where there is none, and the alias, 0 where there is none.
fn seen(packets: &[Packet]) -> Vec<(String, u32)> {
    let publishes = packets.iter().filter_map(|packet| match packet {
        Packet::Publish(publish) => Some(publish),
        _ => None,
    });
    publishes
        .map(|publish| {
            let topic = publish.topic.as_ref();
            let alias = publish.properties.get_number(PropertyId::TopicAlias);
            let topic = topic.map_or(String::new(), |it| it.as_str().to_owned());
            (topic, alias.unwrap_or(0))
        })
        .collect()
}

/// What is sent for messages to these topics.
fn published(script: &mut Script, qos: QoS, topics: &[&str]) -> Vec<(String, u32)> {
    for topic in topics {
        script.publish_message(1, to(topic, qos));
    }
    seen(&script.sent())
}

fn expected(list: &[(&str, u32)]) -> Vec<(String, u32)> {
    let owned = list
        .iter()
        .map(|(topic, alias)| ((*topic).to_owned(), *alias));
    owned.collect()
}

fn aliased(topic: &str, alias: u16) -> Packet {
    let Packet::Publish(publish) = from_broker(QoS::AtMostOnce, 1, false) else {
        unreachable!();
    };
    Packet::Publish(Publish {
        topic: (!topic.is_empty()).then(|| named(topic)),
        properties: [Property::TopicAlias(alias)].into_iter().collect(),
        ..publish
    })
}

#[test]
fn the_topic_that_was_not_used_for_longest_gives_its_alias_up() {
    let mut script = Script::connected(persistent(64), [Property::TopicAliasMaximum(2)]);
    let qos = QoS::AtMostOnce;
    assert_eq!(
        published(
            &mut script,
            qos,
            &["first", "first", "second", "first", "second"]
        ),
        expected(&[("first", 1), ("", 1), ("second", 2), ("", 1), ("", 2)])
    );
    // "first" is the older one.
    assert_eq!(
        published(
            &mut script,
            qos,
            &["third", "second", "first", "third", "third"]
        ),
        expected(&[("third", 1), ("", 2), ("first", 1), ("third", 2), ("", 2)])
    );
}

/// The model: a list that is searched from its front.
#[test]
fn it_is_the_least_recently_used_whatever_the_order() {
    for maximum in [1, 2, 3, 7] {
        let mut script = Script::connected(persistent(64), [Property::TopicAliasMaximum(maximum)]);
        let mut used: Vec<(u64, u32)> = Vec::new();
        let mut random = 1_u64;
        for _ in 0..2000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let n = random >> 60;
            let topic = format!("topic/{n}");
            let sent = published(&mut script, QoS::AtMostOnce, &[&topic]);
            let known = used.iter().position(|(topic, _)| *topic == n);
            let (alias, said) = match known {
                Some(index) => (used.remove(index).1, ""),
                None if used.len() < usize::from(maximum) => (used.len() as u32 + 1, &*topic),
                None => (used.remove(0).1, &*topic),
            };
            used.push((n, alias));
            assert_eq!(sent, expected(&[(said, alias)]), "{maximum}");
        }
    }
}

#[test]
fn without_a_maximum_on_both_sides_there_are_none() {
    let topics = ["sensor", "sensor"];
    let whole = expected(&[("sensor", 0), ("sensor", 0)]);
    let mut script = Script::connected(persistent(64), []);
    assert_eq!(published(&mut script, QoS::AtMostOnce, &topics), whole);
    let mut script = Script::connected(persistent(0), [Property::TopicAliasMaximum(5)]);
    assert_eq!(published(&mut script, QoS::AtMostOnce, &topics), whole);
    let mut script = Script::connected(
        Config {
            protocol_version: Version::V311,
            ..persistent(64)
        },
        [],
    );
    assert_eq!(published(&mut script, QoS::AtMostOnce, &topics), whole);
    // An alias would be no shorter.
    let mut script = Script::connected(persistent(64), [Property::TopicAliasMaximum(5)]);
    let short = expected(&[("four", 0), ("four", 0)]);
    assert_eq!(
        published(&mut script, QoS::AtMostOnce, &["four", "four"]),
        short
    );
}

#[test]
fn what_is_sent_again_has_the_aliases_of_its_own_connection() {
    let mut script = Script::connected(persistent(64), [Property::TopicAliasMaximum(5)]);
    let topics = ["one/topic", "one/topic", "other/topic"];
    assert_eq!(
        published(&mut script, QoS::AtLeastOnce, &topics),
        expected(&[("one/topic", 1), ("", 1), ("other/topic", 2)])
    );
    script.lose();
    script.connect();
    let sent = script.accept(true, [Property::TopicAliasMaximum(1)]);
    assert_eq!(
        seen(&sent),
        expected(&[("one/topic", 1), ("", 1), ("other/topic", 1)])
    );
    script.lose();
    script.connect();
    let sent = script.accept(true, []);
    assert_eq!(seen(&sent), expected(&topics.map(|it| (it, 0))));
    // Each is what the application published.
    assert_eq!(script.completed.len(), 0);
    script.receive([1, 2, 3].map(|n| Packet::PubAck(Ack::new(id(n), ReasonCode::Success))));
    assert_eq!(script.completed.len(), 3);
}

fn id(n: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(n).unwrap_or(std::num::NonZeroU16::MIN)
}

/// An alias sent with its topic makes a packet longer; it is left out where the broker would not
/// take that, and what is too large with its topic is refused.
#[test]
fn the_largest_packet_is_kept() {
    let whole = Publish::message_len(&to("some/topic", QoS::AtMostOnce), Version::V5);
    for more in 0..8 {
        let most = whole as u32 + more;
        let mut script = Script::connected(
            persistent(64),
            [
                Property::TopicAliasMaximum(5),
                Property::MaximumPacketSize(most),
            ],
        );
        script.publish_message(1, to("some/topic", QoS::AtMostOnce));
        script.publish_message(2, to("some/topic", QoS::AtMostOnce));
        script.publish_message(3, to(&"topic".repeat(20), QoS::AtMostOnce));
        let sent = script.sent();
        let alias = u32::from(more >= 5);
        let second = if more >= 5 { "" } else { "some/topic" };
        assert_eq!(
            seen(&sent),
            expected(&[("some/topic", alias), (second, alias)])
        );
        for packet in &sent {
            let mut bytes = BytesMut::new();
            assert_eq!(packet.encode(Version::V5, &mut bytes), Ok(()));
            assert!(bytes.len() <= most as usize, "{more}");
        }
        let refused = &script.completed.iter().find(|(token, _)| *token == 3);
        assert!(refused.is_some_and(|(_, outcome)| outcome.result.is_err()));
    }
}

/// The new connection of a client that moves knows nothing of the old one's aliases, either way.
#[test]
fn make_before_break_begins_anew() {
    let mut script = Script::coming_back(persistent(64));
    script.connect();
    script.accept(false, [Property::TopicAliasMaximum(5)]);
    let qos = QoS::AtLeastOnce;
    assert_eq!(
        published(&mut script, qos, &["some/topic", "some/topic"]),
        expected(&[("some/topic", 1), ("", 1)])
    );
    script.receive([aliased("from/broker", 3), aliased("", 3)]);
    assert_eq!(script.messages.len(), 2);
    script.ask(Command::NetworkChanged(NetworkChange::Changed.into()));
    assert!(script.machine.opens_standby());
    let now = script.now;
    script.machine.handle_standby_open(now, false);
    let written = script.machine.standby_transmit().len();
    script.machine.handle_standby_written(now, written);
    let mut connack = BytesMut::from(&b"\x20\x06\x01\x00\x03\x22\x00\x01"[..]);
    assert!(script.machine.handle_standby_input(now, &mut connack));
    assert!(script.machine.switch(now));
    script.acknowledge();
    let Some(EventKind::Moved(moved)) = script.events.last() else {
        panic!("{:?}", script.events);
    };
    assert_eq!(moved.topic_alias_maximum, 1);
    let sent = script.sent();
    assert_eq!(seen(&sent), expected(&[("some/topic", 1), ("", 1)]));
    script.receive([aliased("", 3)]);
    assert_eq!(script.messages.len(), 2);
    let end = script.causes().pop().map(|it| it.to_string());
    assert!(end.is_some_and(|it| it.contains("topic alias")));
}

#[test]
fn the_brokers_aliases_stand_for_its_topics() {
    let mut script = Script::new(Config {
        topic_alias_maximum: 2,
        ..Config::default()
    });
    let connect = script.connect();
    let [Packet::Connect(connect)] = &connect[..] else {
        panic!("{connect:?}");
    };
    let announced = connect.properties.get_number(PropertyId::TopicAliasMaximum);
    assert_eq!(announced, Some(2));
    script.accept(false, []);
    script.receive([
        aliased("one", 1),
        aliased("two", 2),
        aliased("", 1),
        aliased("", 2),
        // It may be given to another topic.
        aliased("three", 1),
        aliased("", 1),
    ]);
    let topics = script.messages.iter().map(|it| it.topic.as_str());
    let topics: Vec<_> = topics.collect();
    assert_eq!(topics, ["one", "two", "one", "two", "three", "three"]);
    for message in &script.messages {
        assert!(message.properties.is_empty(), "the application sees none");
    }
}

/// [MQTT-3.1.2-26] [MQTT-3.1.2-27]
#[test]
fn an_alias_that_was_not_allowed_or_stands_for_nothing_ends_the_connection() {
    for (maximum, packet) in [
        (2, aliased("topic", 3)),
        (2, aliased("", 1)),
        (0, aliased("topic", 1)),
    ] {
        let mut script = Script::new(Config {
            topic_alias_maximum: maximum,
            ..Config::default()
        });
        let connect = script.connect();
        let [Packet::Connect(connect)] = &connect[..] else {
            panic!("{connect:?}");
        };
        let announced = connect.properties.get_number(PropertyId::TopicAliasMaximum);
        assert_eq!(announced, Some(maximum.into()).filter(|it| *it > 0));
        script.accept(false, []);
        let sent = script.receive([packet]);
        let Some(Packet::Disconnect(told)) = sent.first() else {
            panic!("{sent:?}");
        };
        assert_eq!(told.reason_code, ReasonCode::TopicAliasInvalid);
        assert_eq!(script.messages.len(), 0);
    }
}

/// A message that is dropped all the same tells what its alias stands for.
#[test]
fn aliases_of_messages_that_are_dropped_count() {
    let mut script = Script::connected(
        Config {
            inbound_queue_max_bytes: 1,
            ..Config::default()
        },
        [],
    );
    script.receive([aliased("first", 1), aliased("second", 2)]);
    assert_eq!(script.messages.len(), 1);
    let bytes = script.messages[0].cost();
    script.release(0, bytes);
    script.receive([aliased("", 2)]);
    assert_eq!(script.messages[1].topic.as_str(), "second");
}
