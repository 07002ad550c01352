//! Topic aliases on the wire, byte by byte, and what applications may not say of them.

#![cfg(feature = "engine")]

mod support;

use mqttka_core::client::{Error, Message, Property, QoS, TopicName, Version};
use mqttka_scripted_broker::Broker;
use support::{App, options};

/// CONNACK with Topic Alias Maximum 1.
const CONNACK: &[u8] = b"\x20\x06\x00\x00\x03\x22\x00\x01";

#[test]
fn aliases_go_both_ways() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().expect("to connect");
    let mut peer = broker.accept();
    let connect = peer.packet();
    let announced = connect.windows(3).any(|it| it == b"\x22\x00\x40");
    assert!(announced, "{connect:02x?}");
    peer.send(CONNACK);
    app.connected();
    for _ in 0..2 {
        app.publish("a/topic", b"x", QoS::AtMostOnce)
            .expect("accepted");
    }
    peer.expect(b"\x30\x0e\x00\x07a/topic\x03\x23\x00\x01x");
    peer.expect(b"\x30\x07\x00\x00\x03\x23\x00\x01x");
    for _ in 0..2 {
        assert!(app.outcome().result.is_ok());
    }
    app.publish("b/topic", b"y", QoS::AtLeastOnce)
        .expect("accepted");
    peer.expect(b"\x32\x10\x00\x07b/topic\x00\x01\x03\x23\x00\x01y");
    peer.send(b"\x30\x0d\x00\x06answer\x03\x23\x00\x40x");
    peer.send(b"\x30\x07\x00\x00\x03\x23\x00\x40y");
    for payload in [&b"x"[..], b"y"] {
        let message = app.message();
        assert_eq!(message.topic.as_str(), "answer");
        assert_eq!(message.payload, payload);
        assert!(message.properties.is_empty());
    }
    app.close();
}

#[test]
fn an_application_gives_no_aliases() {
    let app = App::new(options(1, Version::V5));
    let topic = TopicName::try_from("topic").expect("a topic");
    let mut message = Message::new(topic, "x");
    message.properties.push(Property::TopicAlias(1));
    let refused = app.client.publish(message, app.completion());
    assert!(
        matches!(&refused, Err(Error::InvalidArgument(text)) if text.contains("Topic Alias")),
        "{refused:?}"
    );
    app.close();
}
