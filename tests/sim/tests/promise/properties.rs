//! What the properties of one packet cost is no reason to call the application slow.

use mqttka_core::codec::{Packet, Publish};
use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::Config;
use mqttka_core::types::{Properties, Property, QoS, ReasonCode, Text, TopicName};
use mqttka_sim::script::Script;

fn publish(properties: usize) -> Packet {
    let empty = || Property::UserProperty(Text::new(), Text::new());
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: TopicName::try_from("t").ok(),
        packet_id: None,
        payload: Default::default(),
        properties: (0..properties).map(|_| empty()).collect(),
    })
}

fn connected() -> Script {
    let config = Config {
        inbound_queue_max_bytes: 1,
        maximum_packet_size: Some(60_000),
        ..Config::default()
    };
    Script::connected(config, [])
}

#[test]
fn one_packet_alone_never_overflows() {
    let mut script = connected();
    script.receive([publish(Properties::MAX_COUNT)]);
    assert_eq!(script.causes(), []);
    assert_eq!(script.messages.len(), 1);
    // It costs far more than it is large, and all of it is counted.
    assert!(script.machine.inbound_bytes() > 10 * 60_000);
}

#[test]
fn more_properties_than_are_allowed_are_told_as_that() {
    let mut script = connected();
    // Not encoded by us, who know the limit.
    let count = Properties::MAX_COUNT + 1;
    let length = |n: usize| [n as u8 | 0x80, (n >> 7) as u8 | 0x80, (n >> 14) as u8];
    let list = b"\x26\x00\x00\x00\x00".repeat(count);
    let mut wire = vec![0x30];
    wire.extend(length(3 + 3 + list.len()));
    wire.extend(b"\x00\x01t");
    wire.extend(length(list.len()));
    wire.extend(list);
    let sent = script.receive_bytes(&wire);
    let Some(Packet::Disconnect(farewell)) = sent.first() else {
        panic!("{sent:?}");
    };
    assert_eq!(farewell.reason_code, ReasonCode::QuotaExceeded);
    let [DisconnectCause::Protocol(error)] = &script.causes()[..] else {
        panic!("{:?}", script.causes());
    };
    assert!(
        error.to_string().contains("more than 10000 properties"),
        "{error}"
    );
}
