//! What delivered messages keep alive of the buffers that they were read into.

use std::num::NonZeroU16;
use std::ops::Range;

use bytes::BytesMut;
use mqttka_core::codec::{Ack, Packet, Publish};
use mqttka_core::proto::{Config, Delivered, Output};
use mqttka_core::types::{Properties, Property, QoS, ReasonCode, TopicName, Version};
use mqttka_sim::broker::numbered;
use mqttka_sim::script::Script;

fn publish(size: usize) -> Packet {
    let text = || "a value".try_into().unwrap_or_default();
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: TopicName::try_from("a/topic").ok(),
        packet_id: None,
        payload: numbered(1, size),
        properties: [
            Property::ContentType(text()),
            Property::UserProperty(text(), text()),
        ]
        .into_iter()
        .collect::<Properties>(),
    })
}

fn other() -> Packet {
    Packet::PubAck(Ack::new(NonZeroU16::MAX, ReasonCode::Success))
}

/// How many of the messages in these packets, read at once, are still pieces of the read buffer,
/// wholly or in part.
fn pinning(script: &mut Script, packets: impl IntoIterator<Item = Packet>) -> usize {
    let mut input = BytesMut::new();
    for packet in packets {
        assert_eq!(packet.encode(Version::V5, &mut input), Ok(()));
    }
    let buffer: Range<*const u8> = input.as_ptr_range();
    let mut budget = usize::MAX;
    script
        .machine
        .handle_input(script.now, &mut input, &mut budget);
    let mut count = 0;
    while let Some(output) = script.machine.poll_output() {
        let Output::Delivered(items) = output else {
            continue;
        };
        for item in items {
            let Delivered::Message(message) = item else {
                continue;
            };
            let mut values = vec![message.payload.as_ptr(), message.topic.as_bytes().as_ptr()];
            for property in &message.properties {
                match property {
                    Property::ContentType(text) => values.push(text.as_bytes().as_ptr()),
                    Property::UserProperty(name, value) => {
                        values.push(name.as_bytes().as_ptr());
                        values.push(value.as_bytes().as_ptr());
                    }
                    other => panic!("{other:?}"),
                }
            }
            count += usize::from(values.iter().any(|value| buffer.contains(value)));
        }
    }
    count
}

fn many(packet: fn() -> Packet, count: usize) -> Vec<Packet> {
    std::iter::repeat_with(packet).take(count).collect()
}

#[test]
fn a_message_that_is_a_small_part_of_what_was_read_keeps_nothing_alive() {
    let connected = || Script::connected(Config::default(), []);
    let small = || publish(8);
    let among_others = [vec![small()], many(other, 10_000), vec![small()]].concat();
    assert_eq!(pinning(&mut connected(), among_others), 0);
    // Where messages are most of it, they are not copied: neither small ones nor large ones.
    assert_eq!(pinning(&mut connected(), many(small, 100)), 100);
    assert_eq!(pinning(&mut connected(), [small(), publish(60_000)]), 2);
}

#[test]
fn in_a_backlog_small_messages_keep_nothing_alive() {
    let config = Config {
        inbound_queue_max_bytes: 200_000,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    assert_eq!(pinning(&mut script, many(|| publish(1000), 30)), 30);
    assert!(script.machine.inbound_bytes() < 50_000);
    assert_eq!(pinning(&mut script, many(|| publish(1000), 60)), 0);
}
