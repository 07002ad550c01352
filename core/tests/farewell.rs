//! All that DISCONNECT can say, byte by byte, and what is refused before anything is sent.

#![cfg(feature = "engine")]

mod support;

use mqttka_core::client::{
    DisconnectOptions, Error, EventKind, Options, Properties, ReasonCode, Text, TopicFilter,
    Version,
};
use mqttka_core::types::Property;
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311};
use support::{App, options};

fn text(value: &str) -> Text {
    Text::try_from(value).expect("a string")
}

fn keeping(port: u16, version: Version, expiry: u32) -> Options {
    let mut options = options(port, version);
    options.config.session_expiry_interval = expiry;
    options
}

/// What the broker hears of this end.
fn heard(version: Version, expiry: u32, connack: &[u8], end: &DisconnectOptions) -> Vec<u8> {
    let broker = Broker::listen();
    let app = App::new(keeping(broker.port(), version, expiry));
    app.client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(connack);
    app.connected();
    app.client.disconnect_with(end).expect("a goodbye");
    let heard = peer.packet();
    peer.close();
    assert!(matches!(app.event().kind, EventKind::Disconnected(_)));
    app.close();
    heard
}

fn all() -> DisconnectOptions {
    let mut end = DisconnectOptions::default();
    end.reason_code = ReasonCode::DisconnectWithWillMessage;
    end.session_expiry_interval = Some(7);
    end.reason_string = Some(text("bye"));
    end.user_properties = vec![(text("k"), text("v")), (text("k"), text("w"))];
    end
}

#[test]
fn disconnect_carries_all_that_it_can() {
    let expected = [
        &b"\xe0\x1b\x04\x19"[..],
        b"\x11\x00\x00\x00\x07",
        b"\x1f\x00\x03bye",
        b"\x26\x00\x01k\x00\x01v",
        b"\x26\x00\x01k\x00\x01w",
    ]
    .concat();
    let sent = heard(Version::V5, 60, CONNACK_5, &all());
    assert_eq!(sent, expected, "{sent:02x?}");
    // 3.1.1 has nothing of it.
    let mut end = all();
    end.session_expiry_interval = None;
    assert_eq!(heard(Version::V311, 0, CONNACK_311, &end), b"\xe0\x00");
}

/// [MQTT-3.14.2-3] [MQTT-3.14.2-4]
#[test]
fn what_makes_it_larger_than_the_broker_takes_is_left_out() {
    for (most, expected) in [
        (29, &b"\xe0\x1b"[..]),
        (28, b"\xe0\x0d\x04\x0b\x11\x00\x00\x00\x07\x1f\x00\x03bye"),
        (14, b"\xe0\x07\x04\x05\x11\x00\x00\x00\x07"),
        (8, b"\xe0\x01\x04"),
    ] {
        let connack = [b"\x20\x08\x00\x00\x05\x27\x00\x00\x00", &[most][..]].concat();
        let sent = heard(Version::V5, 60, &connack, &all());
        assert!(sent.starts_with(expected), "{most}: {sent:02x?}");
        assert!(sent.len() <= usize::from(most), "{most}: {sent:02x?}");
    }
}

#[test]
fn what_no_client_may_say_is_refused_and_the_connection_goes_on() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    let said = |change: fn(&mut DisconnectOptions)| {
        let mut end = DisconnectOptions::default();
        change(&mut end);
        let error = app.client.disconnect_with(&end).expect_err("refused");
        error.to_string()
    };
    // Section 3.14.2.2.2: CONNECT said 0.
    assert_eq!(
        said(|end| end.session_expiry_interval = Some(1)),
        "session_expiry_interval is 1; it must be 0 where the client's option \
         session_expiry_interval is 0"
    );
    assert!(said(|end| end.reason_code = ReasonCode::ServerBusy).starts_with("reason_code is"));
    assert!(
        said(|end| end.drain_timeout = Some(std::time::Duration::MAX))
            .starts_with("drain_timeout is")
    );
    let many = said(|end| end.user_properties = vec![(Text::new(), Text::new()); 10_001]);
    assert!(many.contains("10000 properties"), "{many}");
    // 0 after 0 is no change, and allowed. Nothing was sent before.
    let mut end = DisconnectOptions::default();
    end.session_expiry_interval = Some(0);
    app.client.disconnect_with(&end).expect("a goodbye");
    peer.expect(b"\xe0\x00");
    app.close();
}

#[test]
fn a_session_expiry_needs_5() {
    let app = App::new(options(1, Version::V311));
    let mut end = DisconnectOptions::default();
    end.session_expiry_interval = Some(0);
    let refused = app.client.disconnect_with(&end);
    let (what, needs) = ("session_expiry_interval", "MQTT 5.0");
    assert_eq!(refused, Err(Error::NotSupported { what, needs }));
    app.close();
}

/// Several filters and user properties, in their order.
#[test]
fn an_unsubscribe_has_filters_and_user_properties() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    let filters = ["a/+", "b/#"].map(|it| TopicFilter::try_from(it).expect("a filter"));
    let properties = Properties::from(vec![Property::UserProperty(text("k"), text("v"))]);
    let asked = app
        .client
        .unsubscribe(filters.to_vec(), properties, app.completion());
    asked.expect("accepted");
    peer.expect(b"\xa2\x14\x00\x01\x07\x26\x00\x01k\x00\x01v\x00\x03a/+\x00\x03b/#");
    peer.send(b"\xb0\x05\x00\x01\x00\x00\x11");
    let outcome = app.outcome();
    assert_eq!(outcome.result, Ok(ReasonCode::Success));
    assert_eq!(
        outcome.reason_codes,
        [ReasonCode::Success, ReasonCode::NoSubscriptionExisted]
    );
    app.close();
}
