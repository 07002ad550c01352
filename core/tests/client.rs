//! The client over real sockets, against a broker that the test controls byte by byte.

#![cfg(feature = "engine")]

mod support;

use mqttka_core::client::{
    ConnectError, DisconnectCause, Error, EventKind, OperationError, QoS, ReasonCode, Stage, State,
    Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311, PINGREQ, PINGRESP};
use std::time::Duration;
use support::{App, Heard, options};

fn cause(event: mqttka_core::client::Event) -> DisconnectCause {
    match event.kind {
        EventKind::Disconnected(disconnected) => disconnected.cause,
        other => panic!("disconnected expected, not {other:?}"),
    }
}

fn failure(event: mqttka_core::client::Event) -> ConnectError {
    match event.kind {
        EventKind::ConnectFailed(error) => *error,
        other => panic!("a failure expected, not {other:?}"),
    }
}

#[test]
fn connects_and_disconnects_byte_by_byte() {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    options.config.client_id = "me".try_into().unwrap();
    options.config.keep_alive = 60;
    let app = App::new(options);
    app.client.connect().unwrap();
    let mut peer = broker.accept();
    peer.expect(&[
        0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 2, b'm', b'e',
    ]);
    peer.send(CONNACK_311);
    let event = app.connected();
    assert_eq!((event.connection_number, event.attempt_number), (1, 1));
    assert_eq!(app.client.status().state, State::Connected);
    app.client.disconnect(ReasonCode::Success).unwrap();
    peer.expect(&[0xe0, 0]);
    assert_eq!(cause(app.event()), DisconnectCause::DisconnectRequested);
    assert_eq!(peer.drain(), b"");
    assert!(app.close().is_empty());
}

#[test]
fn a_second_connection_of_the_same_client_has_the_next_number() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    for number in 1..=3 {
        app.client.connect().unwrap();
        assert_eq!(app.client.connect(), Err(Error::AlreadyConnected));
        let peer = broker.accept_mqtt(CONNACK_5);
        assert_eq!(app.connected().connection_number, number);
        peer.close();
        let event = app.event();
        assert_eq!(event.connection_number, number);
        assert_eq!(cause(event), DisconnectCause::ClosedByServer);
    }
    assert!(app.close().is_empty());
}

#[test]
fn publish_at_each_qos_has_one_outcome() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V311));
    assert_eq!(
        app.publish("t", b"x", QoS::AtMostOnce),
        Err(Error::NotConnected)
    );
    app.client.connect().unwrap();
    // Accepted while connecting.
    app.publish("t", b"0", QoS::AtMostOnce).unwrap();
    app.publish("t", b"1", QoS::AtLeastOnce).unwrap();
    app.publish("t", b"2", QoS::ExactlyOnce).unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    peer.expect(&[0x30, 4, 0, 1, b't', b'0']);
    peer.expect(&[0x32, 6, 0, 1, b't', 0, 1, b'1']);
    peer.expect(&[0x34, 6, 0, 1, b't', 0, 2, b'2']);
    assert_eq!(app.outcome().result, Ok(ReasonCode::Success));
    peer.send(&[0x50, 2, 0, 2]);
    peer.expect(&[0x62, 2, 0, 2]);
    peer.send(&[0x70, 2, 0, 2, 0x40, 2, 0, 1]);
    let second = app.outcome();
    assert_eq!(second.packet_id.map(u16::from), Some(2));
    assert_eq!(app.outcome().packet_id.map(u16::from), Some(1));
    assert_eq!(app.client.status().outbound_queue_messages, 0);
    assert!(matches!(app.close()[..], [Heard::Event(_)]));
}

#[test]
fn refused_publish_names_the_reason() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    app.publish("t", b"1", QoS::AtLeastOnce).unwrap();
    peer.packet();
    peer.send(&[0x40, 3, 0, 1, 0x87]);
    assert_eq!(
        app.outcome().result,
        Err(OperationError::Refused(ReasonCode::NotAuthorized))
    );
    assert_eq!(app.close().len(), 1);
}

#[test]
fn messages_are_acknowledged_in_order_after_the_handler() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V311));
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    // QoS 1, QoS 2 and QoS 0 in one write, cut inside the last.
    peer.send(&[
        0x32, 6, 0, 1, b't', 0, 7, b'1', 0x34, 6, 0, 1, b't', 0, 8, b'2', 0x30, 4,
    ]);
    assert_eq!(app.message().payload, &b"1"[..]);
    assert_eq!(app.message().payload, &b"2"[..]);
    peer.expect(&[0x40, 2, 0, 7]);
    peer.expect(&[0x50, 2, 0, 8]);
    peer.send(&[0, 1, b't', b'0', 0x62, 2, 0, 8]);
    assert_eq!(app.message().payload, &b"0"[..]);
    peer.expect(&[0x70, 2, 0, 8]);
    peer.reset();
    assert!(matches!(cause(app.event()), DisconnectCause::Transport(_)));
    assert!(app.close().is_empty());
}

#[test]
fn a_silent_broker_is_noticed_once_and_the_ping_is_seen() {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    options.config.keep_alive = 1;
    let app = App::new(options);
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    peer.expect(PINGREQ);
    peer.send(PINGRESP);
    peer.expect(PINGREQ);
    // Its system acknowledges, its process is silent: a dead peer, not a dead path (L8).
    match app.event().kind {
        EventKind::Disconnected(disconnected) => {
            assert_eq!(disconnected.cause, DisconnectCause::ServerUnresponsive);
            assert!(disconnected.liveness.unanswered_pings >= 1);
            // Upwards noise may be anything; never too early.
            assert!(disconnected.liveness.last_inbound_age >= Duration::from_millis(1450));
        }
        other => panic!("{other:?}"),
    }
    assert!(app.close().is_empty());
}

#[test]
fn each_failed_attempt_has_one_event_that_names_the_stage() {
    // Nobody listens: bound once and closed.
    let port = Broker::listen().port();
    let app = App::new(options(port, Version::V5));
    app.client.connect().unwrap();
    let error = failure(app.event());
    assert_eq!(error.stage(), Some(Stage::Tcp), "{error:?}");

    // A name that does not exist.
    let mut unknown = options(port, Version::V5);
    unknown.servers[0].host = "no-such-host.invalid".into();
    unknown.config.connect_timeout = Some(Duration::from_secs(20));
    let app2 = App::new(unknown);
    app2.client.connect().unwrap();
    assert_eq!(failure(app2.event()).stage(), Some(Stage::Dns));

    // CONNACK is missing.
    let broker = Broker::listen();
    let mut silent = options(broker.port(), Version::V5);
    silent.config.connect_timeout = Some(Duration::from_millis(300));
    let app3 = App::new(silent);
    app3.client.connect().unwrap();
    let mut peer = broker.accept();
    peer.packet();
    assert!(matches!(
        failure(app3.event()),
        ConnectError::Timeout {
            stage: Stage::Mqtt,
            ..
        }
    ));
    assert!(app.close().is_empty());
    assert!(app2.close().is_empty());
    assert!(app3.close().is_empty());
}

#[test]
fn refused_connection_names_the_reason() {
    for (version, connack) in [
        (Version::V311, &[0x20, 2, 0, 5][..]),
        (Version::V5, &[0x20, 3, 0, 0x87, 0][..]),
    ] {
        let broker = Broker::listen();
        let app = App::new(options(broker.port(), version));
        app.client.connect().unwrap();
        let _peer = broker.accept_mqtt(connack);
        match failure(app.event()) {
            ConnectError::Refused { reason_code, .. } => {
                assert_eq!(reason_code, ReasonCode::NotAuthorized);
            }
            other => panic!("{other:?}"),
        }
        assert!(app.close().is_empty());
    }
}

#[test]
fn whoever_waits_for_a_connection_has_the_properties_of_its_refusal() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    let waiting = app.client.connecting().unwrap();
    assert!(waiting.refusal_properties().is_empty());
    let _peer = broker.accept_mqtt(&[0x20, 10, 0, 0x87, 7, 0x26, 0, 1, b'k', 0, 1, b'v']);
    let refused = waiting.wait_timeout(Duration::MAX).expect("an end");
    assert!(matches!(refused, Err(ConnectError::Refused { .. })));
    let told = waiting.refusal_properties();
    let told: Vec<_> = told
        .user_properties()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    assert_eq!(told, [("k".to_owned(), "v".to_owned())]);
    app.close();
}

#[test]
fn a_protocol_error_ends_with_its_reason_code_for_the_broker() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    // A PUBLISH with QoS 3.
    peer.send(&[0x36, 4, 0, 1, b't', 0]);
    peer.expect(&[0xe0, 1, 0x81]);
    assert!(matches!(cause(app.event()), DisconnectCause::Protocol(_)));
    assert!(app.close().is_empty());
}

#[test]
fn close_while_connecting_and_connected_ends_everything_once() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().unwrap();
    app.publish("t", b"x", QoS::AtLeastOnce).unwrap();
    let heard = app.close();
    let failed = |heard: &Heard| matches!(heard, Heard::Event(e) if matches!(&e.kind, EventKind::ConnectFailed(_)));
    assert_eq!(heard.iter().filter(|h| failed(h)).count(), 1, "{heard:?}");
    let outcomes = heard.iter().filter(|h| matches!(h, Heard::Outcome(_)));
    assert_eq!(outcomes.count(), 1);
    assert_eq!(heard.len(), 2);

    // The first attempt may or may not have reached the first broker.
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V5));
    app.client.connect().unwrap();
    let _peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    let client = app.client.clone();
    let heard = app.close();
    assert!(matches!(&heard[..], [Heard::Event(e)] if matches!(&e.kind,
        EventKind::Disconnected(d) if d.cause == DisconnectCause::ClientClosed)));
    assert_eq!(client.connect(), Err(Error::Closed));
    assert_eq!(client.status().state, State::Closed);
}
