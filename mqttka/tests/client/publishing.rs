use std::future::IntoFuture;
use std::time::Duration;

use mqttka::{Bytes, Client, Error, IntoPayload, Property, QoS, ReasonCode};
use mqttka_scripted_broker::Broker;

use crate::support::{builder, connected, publish, run};

#[test]
fn every_payload_goes_as_its_bytes() {
    let vector = vec![104, 105];
    let bytes = Bytes::from_static(b"hi");
    for payload in [
        "hi".into_payload(),
        (&"hi".to_owned()).into_payload(),
        "hi".to_owned().into_payload(),
        b"hi".into_payload(),
        [104, 105].into_payload(),
        (&vector).into_payload(),
        vector[..].into_payload(),
        vector.clone().into_payload(),
        vector.clone().into_boxed_slice().into_payload(),
        std::borrow::Cow::Borrowed("hi").into_payload(),
        std::borrow::Cow::Borrowed(&vector[..]).into_payload(),
        (&bytes).into_payload(),
        bytes.clone().into_payload(),
    ] {
        assert_eq!(payload, "hi");
    }
}

#[test]
fn a_publish_has_all_that_was_said() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let sent = client
        .publish("a/b", "21.5")
        .qos(QoS::AtLeastOnce)
        .retain(true)
        .payload_is_text()
        .message_expiry_interval(Duration::from_secs(7))
        .content_type("t")
        .response_topic("r")
        .correlation_data("c")
        .user_property("n", "v")
        .property(Property::ContentType("u".try_into().unwrap()))
        .into_future();
    let packet = peer.packet();
    assert_eq!(packet[0], 0x33);
    let text = String::from_utf8_lossy(&packet).into_owned();
    assert!(text.ends_with("21.5"), "{packet:?}");
    for part in [
        &b"\x00\x03a/b"[..],
        b"\x01\x01",
        b"\x02\x00\x00\x00\x07",
        b"\x03\x00\x01u",
        b"\x08\x00\x01r",
        b"\x09\x00\x01c",
        b"\x26\x00\x01n\x00\x01v",
    ] {
        assert!(packet.windows(part.len()).any(|it| it == part), "{part:?}");
    }
    // PUBACK: no matching subscribers.
    peer.send(&[0x40, 0x03, 0x00, 0x01, 0x10]);
    let outcome = run(sent).unwrap();
    assert_eq!(outcome.reason_code, ReasonCode::NoMatchingSubscribers);
    assert_eq!(outcome.packet_id.map(u16::from), Some(1));
}

#[test]
fn a_refusal_says_why() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let sent = client.publish("a", "").qos(QoS::AtLeastOnce).into_future();
    peer.packet();
    // PUBACK: not authorized, "no".
    peer.send(&[
        0x40, 0x09, 0x00, 0x01, 0x87, 0x05, 0x1f, 0x00, 0x02, b'n', b'o',
    ]);
    let error = run(sent).unwrap_err();
    assert_eq!(
        (error.name(), error.reason_code()),
        ("refused", Some(ReasonCode::NotAuthorized))
    );
    assert_eq!(
        error.to_string(),
        "refused by the broker: Not authorized (0x87), \"no\""
    );
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_sent() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let long = "x".repeat(65_536);
    for (publish, said) in [
        (
            client.publish("a/#", ""),
            "topic \"a/#\" is invalid: topic name contains a wildcard",
        ),
        (
            client.publish("", ""),
            "topic \"\" is invalid: topic is empty",
        ),
        (
            client.publish("a", "").content_type(&long),
            "content_type is invalid: string is longer than 65,535 bytes",
        ),
        (
            client.publish("a", "").response_topic("r/+"),
            "topic \"r/+\" is invalid: topic name contains a wildcard",
        ),
        (
            client.publish("a", "").user_property("n\0", ""),
            "the name of a user property is invalid: string contains the character U+0000",
        ),
        (
            client.publish("a", "").timeout(Duration::ZERO),
            "publish_timeout is 0ns; it must be 1ms to 31536000s",
        ),
        (
            client
                .publish("a", "")
                .message_expiry_interval(Duration::from_millis(1500)),
            "message_expiry_interval is 1.5s; it must be whole seconds, 0s to 4294967295s",
        ),
    ] {
        let error = publish.clone().nowait().unwrap_err();
        assert_eq!(error.to_string(), said);
        assert_eq!(run(publish.into_future()).unwrap_err(), error);
    }
    let error = client.publish(long, "").nowait().unwrap_err();
    assert!(error.to_string().len() < 300, "{error}");
    client.publish_nowait("good", "x").unwrap();
    peer.expect(&publish(0x30, "good", None, "x"));
}

#[test]
fn without_a_connection_it_waits_and_its_bounds_hold() {
    // Nobody answers CONNECT.
    let broker = Broker::listen();
    let client = builder(&broker)
        .outbound_queue_max_messages(2)
        .connect_nowait()
        .unwrap();
    let bounded = client.publish("a", "1").timeout(Duration::from_millis(1));
    let error = run(bounded.into_future()).unwrap_err();
    assert_eq!((&error, error.name()), (&Error::TimedOut, "timed_out"));
    client.publish_nowait("a", "2").unwrap();
    client.publish_nowait("a", "3").unwrap();
    assert_eq!(client.publish_nowait("a", "4"), Err(Error::QueueFull));
}

#[test]
fn without_reconnection_it_needs_a_connection() {
    let client = Client::builder("mqtt://127.0.0.1").reconnect(false);
    let client = client.build().unwrap();
    assert_eq!(client.publish_nowait("a", ""), Err(Error::NotConnected));
    client.close();
    let closed = run(client.publish("a", "").into_future());
    assert_eq!(closed, Err(Error::Closed));
}
