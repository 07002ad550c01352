//! Hints (rule L17) over real sockets.

#![cfg(feature = "client")]

mod support;

use std::time::Duration;

use mqttka_core::client::{DisconnectCause, EventKind, NetworkChange, State, Version};
use mqttka_scripted_broker::{Broker, CONNACK_311, PINGREQ, PINGRESP, Peer};
use support::{App, options};

fn scene() -> (App, Peer) {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    // Without a hint nothing would happen for a minute.
    options.config.keep_alive = 600;
    let app = App::new(options);
    // Without a connection a hint does nothing.
    app.client.probe_now(Duration::from_secs(1)).unwrap();
    app.client.network_changed(NetworkChange::Lost).unwrap();
    app.client.connect().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    (app, peer)
}

#[test]
fn a_probe_that_is_answered_changes_nothing() {
    let (app, mut peer) = scene();
    app.client.probe_now(Duration::from_secs(50)).unwrap();
    peer.expect(PINGREQ);
    peer.send(PINGRESP);
    // The next one is asked for by the network.
    app.client.network_changed(NetworkChange::Changed).unwrap();
    peer.expect(PINGREQ);
    peer.send(PINGRESP);
    assert_eq!(app.client.status().state, State::Connected);
    assert_eq!(app.close().len(), 1);
}

#[test]
fn a_probe_that_is_not_answered_ends_the_connection_once() {
    // Stopped from reading: its system still acknowledges, so the path alone shows life, and the
    // probe is answered by that.
    let (app, mut peer) = scene();
    app.client.probe_now(Duration::from_secs(50)).unwrap();
    peer.expect(PINGREQ);
    peer.reset();
    match app.event().kind {
        EventKind::Disconnected(disconnected) => {
            assert!(matches!(disconnected.cause, DisconnectCause::Transport(_)));
        }
        other => panic!("{other:?}"),
    }
    assert!(app.close().is_empty());
}
