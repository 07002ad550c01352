//! Brokers that send the client elsewhere (section 4.11), over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::time::Duration;

use mqttka_core::client::{EventKind, Options, Reconnect, StopReason, Version};
use mqttka_scripted_broker::{Broker, CONNACK_5, Peer};
use support::{App, reconnecting};

const USE_ANOTHER_SERVER: u8 = 0x9c;
const SERVER_MOVED: u8 = 0x9d;

/// A reason code, and the properties with a Server Reference.
fn reference(code: u8, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short reference");
    [&[code, length + 3, 0x1c, 0, length], text.as_bytes()].concat()
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("a short packet");
    [&[first, length], body].concat()
}

fn connack(code: u8, text: &str) -> Vec<u8> {
    packet(0x20, &[&[0], &reference(code, text)[..]].concat())
}

fn disconnect(code: u8, text: &str) -> Vec<u8> {
    packet(0xe0, &reference(code, text))
}

fn place(broker: &Broker) -> String {
    format!("127.0.0.1:{}", broker.port())
}

fn following(broker: &Broker, max_redirects: u32) -> Options {
    let mut options = reconnecting(broker.port(), Version::V5);
    options.config.max_redirects = max_redirects;
    let mut reconnect = Reconnect::default();
    reconnect.max_delay = Duration::from_millis(10);
    options.config.reconnect = Some(reconnect);
    options
}

/// The client was refused or disconnected, and goes on without a delay.
fn follows(app: &App) {
    assert!(app.event().will_reconnect);
    match app.event().kind {
        EventKind::Reconnecting(next) => assert_eq!(next.delay, Duration::ZERO),
        other => panic!("{other:?}"),
    }
}

/// The broker ends the connection; the client comes back.
fn goes_on(app: &App, peer: Peer) {
    peer.close();
    assert!(app.event().will_reconnect);
    assert!(matches!(app.event().kind, EventKind::Reconnecting(_)));
}

fn stops(app: &App) {
    assert!(!app.event().will_reconnect);
    match app.event().kind {
        EventKind::ReconnectStopped(stopped) => assert_eq!(stopped.reason, StopReason::Moved),
        other => panic!("{other:?}"),
    }
}

#[test]
fn use_another_server_holds_for_the_next_connection() {
    let (first, second) = (Broker::listen(), Broker::listen());
    let app = App::new(following(&first, 1));
    app.client.connect().unwrap();
    first.accept_mqtt(&connack(USE_ANOTHER_SERVER, &place(&second)));
    follows(&app);
    let peer = second.accept_mqtt(CONNACK_5);
    let attempted = app.connected().attempted.expect("what was tried");
    assert_eq!((attempted.port, attempted.server_index), (second.port(), 1));
    goes_on(&app, peer);
    let _peer = first.accept_mqtt(CONNACK_5);
    assert_eq!(app.connected().attempted.unwrap().server_index, 0);
    app.close();
}

#[test]
fn a_server_that_has_moved_is_elsewhere_from_then_on() {
    let (first, second) = (Broker::listen(), Broker::listen());
    let app = App::new(following(&first, 1));
    app.client.connect().unwrap();
    let mut peer = first.accept_mqtt(CONNACK_5);
    app.connected();
    let uri = format!("mqtt://{}", place(&second));
    peer.send(&disconnect(SERVER_MOVED, &uri));
    follows(&app);
    for _ in 0..2 {
        let peer = second.accept_mqtt(CONNACK_5);
        let attempted = app.connected().attempted.expect("what was tried");
        assert_eq!((attempted.port, attempted.server_index), (second.port(), 0));
        goes_on(&app, peer);
    }
    app.close();
}

#[test]
fn only_so_many_in_a_row_are_followed() {
    let (first, second) = (Broker::listen(), Broker::listen());
    let app = App::new(following(&first, 2));
    app.client.connect().unwrap();
    first.accept_mqtt(&connack(USE_ANOTHER_SERVER, &place(&second)));
    follows(&app);
    // CONNACK alone ends no row.
    let mut peer = second.accept_mqtt(CONNACK_5);
    app.connected();
    peer.send(&disconnect(USE_ANOTHER_SERVER, &place(&first)));
    follows(&app);
    first.accept_mqtt(&connack(USE_ANOTHER_SERVER, &place(&second)));
    stops(&app);
    app.close();
}

/// Not where the application does not want it, not to plain from TLS, and not to itself.
#[test]
fn what_may_not_be_followed_stops_the_client() {
    let broker = Broker::listen();
    let itself = place(&broker);
    for (max_redirects, reference) in [
        (0, "127.0.0.1:1"),
        (9, "mqtts://127.0.0.1:1"),
        (9, "not:a:server"),
        (9, &itself),
    ] {
        let app = App::new(following(&broker, max_redirects));
        app.client.connect().unwrap();
        broker.accept_mqtt(&connack(USE_ANOTHER_SERVER, reference));
        stops(&app);
        app.close();
    }
}
