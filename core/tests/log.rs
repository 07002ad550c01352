//! The log callback hears a whole session, and holds up nobody.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use mqttka_core::client::log::{Level, Record, set_callback};
use mqttka_core::client::{EventKind, QoS, ReasonCode, Version};
use mqttka_scripted_broker::{Broker, CONNACK_311, PINGREQ, PINGRESP};
use support::{App, PATIENCE, options};

/// The records are the process's: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_whole_session_is_told_without_secrets() {
    let _alone = ALONE.lock();
    let (told, hears) = channel();
    let callback = move |record: &Record| {
        let _ = told.send(record.clone());
    };
    set_callback(Level::Trace, Some(Arc::new(callback))).unwrap();
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    options.config.user_name = Some("the user".try_into().unwrap());
    options.config.password = Some("the password".into());
    let app = App::new(options);
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    app.subscribe("a/secret", QoS::AtLeastOnce).unwrap();
    peer.packet();
    peer.send(&[0x90, 3, 0, 1, 1]);
    app.outcome();
    app.publish("a/secret", b"the payload", QoS::AtLeastOnce)
        .unwrap();
    peer.packet();
    peer.send(&[0x40, 2, 0, 2]);
    app.outcome();
    app.client.probe_now(PATIENCE).unwrap();
    peer.expect(PINGREQ);
    peer.send(PINGRESP);
    app.client.disconnect(ReasonCode::Success).unwrap();
    peer.expect(&[0xe0, 0]);
    assert_eq!(peer.drain(), b"");
    drop(peer);
    assert!(matches!(app.event().kind, EventKind::Disconnected(_)));
    let mut expected = vec![
        (Level::Debug, "resolving 127.0.0.1"),
        (Level::Debug, "connecting to 127.0.0.1:"),
        (Level::Debug, "TCP connected to 127.0.0.1:"),
        (Level::Debug, "sent CONNECT, "),
        (Level::Debug, "received CONNACK, 4 bytes"),
        (Level::Debug, "connection 1 is up, keep-alive 60 s"),
        (Level::Debug, "sent SUBSCRIBE 1, 15 bytes"),
        (Level::Debug, "received SUBACK 1, 5 bytes"),
        (Level::Trace, "sent PUBLISH 2, 25 bytes"),
        (Level::Trace, "received PUBACK 2, 4 bytes"),
        (Level::Debug, "sent PINGREQ, 2 bytes"),
        (Level::Debug, "sent DISCONNECT, 2 bytes"),
        (
            Level::Debug,
            "connection 1 is down: disconnect was called (disconnect_requested)",
        ),
    ];
    let mut all = Vec::new();
    while let Some((level, text)) = expected.first() {
        let record: Record = hears
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("{text} is not among {all:#?}"));
        for secret in ["the user", "the password", "a/secret", "the payload"] {
            assert!(!record.text.contains(secret), "{record:?}");
        }
        if record.level == *level && record.text.contains(text) {
            expected.remove(0);
        }
        all.push(record);
    }
    set_callback(Level::Trace, None).unwrap();
    app.close();
}

#[test]
fn a_stuck_callback_holds_up_no_client_and_is_told_what_it_missed() {
    let _alone = ALONE.lock();
    let (told, hears) = channel();
    let (open, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let callback = move |record: &Record| {
        // Passes when the gate was dropped.
        let _ = gate.lock().unwrap().recv();
        let _ = told.send(record.text.clone());
    };
    set_callback(Level::Trace, Some(Arc::new(callback))).unwrap();
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V311));
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    for _ in 0..2000 {
        peer.send(&[0x30, 4, 0, 1, b't', b'0']);
        app.message();
    }
    drop(open);
    while !hears
        .recv_timeout(PATIENCE)
        .expect("a word of what was dropped")
        .contains("records were dropped")
    {}
    set_callback(Level::Error, None).unwrap();
    app.close();
}
