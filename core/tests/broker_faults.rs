//! What a broker does wrong, as the events of a client tell it.

#![cfg(feature = "engine")]

mod support;

use mqttka_core::client::{
    ConnectError, DisconnectCause, Error, EventKind, InvalidTopic, QoS, ReasonCode, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311};
use support::{App, options};

/// How the attempt ends that the broker answers with these bytes.
fn failure(version: Version, answer: &[u8]) -> ConnectError {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), version));
    app.client.connect().expect("to connect");
    let _peer = broker.accept_mqtt(answer);
    let event = app.event();
    app.close();
    match event.kind {
        EventKind::ConnectFailed(error) => *error,
        other => panic!("a failure expected, not {other:?}"),
    }
}

/// Why the connection ends in which the broker sends these bytes.
fn cause(version: Version, sent: &[u8]) -> DisconnectCause {
    let broker = Broker::listen();
    let mut options = options(broker.port(), version);
    options.config.maximum_packet_size = Some(32 * 1024 * 1024);
    let app = App::new(options);
    app.client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(match version {
        Version::V311 => CONNACK_311,
        Version::V5 => CONNACK_5,
    });
    app.connected();
    peer.send(sent);
    let event = app.event();
    app.close();
    match event.kind {
        EventKind::Disconnected(disconnected) => disconnected.cause,
        other => panic!("an end expected, not {other:?}"),
    }
}

fn protocol_error(version: Version, sent: &[u8]) -> (ReasonCode, String) {
    match cause(version, sent) {
        DisconnectCause::Protocol(error) => (error.reason_code(), error.to_string()),
        other => panic!("a protocol error expected, not {other:?}"),
    }
}

#[test]
fn a_refusal_in_the_other_versions_form_is_a_refusal() {
    use ReasonCode as R;
    for (version, answer, expected) in [
        (
            Version::V5,
            b"\x20\x02\x00\x84",
            R::UnsupportedProtocolVersion,
        ),
        (Version::V5, b"\x20\x02\x00\x05", R::NotAuthorized),
        (Version::V5, b"\x20\x02\x00\x87", R::NotAuthorized),
        (
            Version::V5,
            b"\x20\x02\x00\x01",
            R::UnsupportedProtocolVersion,
        ),
        (
            Version::V311,
            b"\x20\x02\x00\x84",
            R::UnsupportedProtocolVersion,
        ),
    ] {
        match failure(version, answer) {
            ConnectError::Refused { reason_code, .. } => assert_eq!(reason_code, expected),
            other => panic!("{answer:02x?} was told as {other:?}"),
        }
    }
}

#[test]
fn a_servers_disconnect_with_what_only_clients_send() {
    for sent in [
        &b"\xe0\x01\x04"[..],
        b"\xe0\x01\x8c",
        b"\xe0\x07\x8b\x05\x11\x00\x00\x00\x00",
    ] {
        let (reason_code, words) = protocol_error(Version::V5, sent);
        assert_eq!(reason_code, ReasonCode::ProtocolError, "{sent:02x?}");
        assert!(words.contains("DISCONNECT"), "{words}");
    }
}

#[test]
fn a_topic_that_is_not_utf_8_is_named() {
    for version in [Version::V311, Version::V5] {
        let (reason_code, words) = protocol_error(version, b"\x30\x09\x00\x06line/\xff\x00");
        assert_eq!(reason_code, ReasonCode::MalformedPacket);
        assert!(words.contains(r"line/\xff"), "{words}");
        assert!(words.contains("11 bytes"), "{words}");
    }
}

#[test]
fn a_publish_that_is_too_large_is_named() {
    // 256 MiB.
    let sent = b"\x30\xfb\xff\xff\x7f\x00\x08camera/7";
    let (reason_code, words) = protocol_error(Version::V5, sent);
    assert_eq!(reason_code, ReasonCode::PacketTooLarge);
    assert!(words.contains("camera/7"), "{words}");
    assert!(words.contains("268435456"), "{words}");
    assert!(words.contains("33554432"), "{words}");
}

#[test]
fn sixteen_mebibytes_of_properties_are_not_an_overflow() {
    let list = b"\x26\x00\x00\x00\x00".repeat(16 * 1024 * 1024 / 5);
    let mut sent = vec![0x30];
    put_var_int(&mut sent, 3 + 4 + list.len());
    sent.extend(b"\x00\x01t");
    put_var_int(&mut sent, list.len());
    sent.extend(list);
    let (reason_code, words) = protocol_error(Version::V5, &sent);
    assert_eq!(reason_code, ReasonCode::QuotaExceeded);
    assert!(words.contains("more than 10000 properties"), "{words}");
    assert!(words.contains("\"t\""), "{words}");
}

fn put_var_int(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[test]
fn shared_subscriptions_are_of_5_alone() {
    for filter in ["$share/g", "$share//a", "$share/g/", "$share/+/a"] {
        let app = App::new(options(1, Version::V5));
        assert_eq!(
            app.subscribe(filter, QoS::AtMostOnce),
            Err(Error::InvalidTopic(InvalidTopic::BadSharedSubscription)),
        );
        app.close();
        // Refused for another reason: there is no connection.
        let app = App::new(options(1, Version::V311));
        assert_eq!(
            app.subscribe(filter, QoS::AtMostOnce),
            Err(Error::NotConnected)
        );
        app.close();
    }
}
