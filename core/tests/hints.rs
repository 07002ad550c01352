//! Hints (rule L17) over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::time::Duration;

use mqttka_core::client::{DisconnectCause, EventKind, NetworkChange, QoS, State, Version};
use mqttka_scripted_broker::{Broker, CONNACK_311, PINGREQ, PINGRESP, Peer};
use support::{App, options, until};

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
    // It reads nothing, and its system has no room any more: no byte of ours is acknowledged, as
    // on a path that is dead. (A process that is only silent is not enough: its system answers.)
    let (app, _peer) = scene();
    app.publish("t", &[0; 16 * 1024 * 1024], QoS::AtMostOnce)
        .unwrap();
    let quiet = |client: &mqttka_core::client::Client| {
        let liveness = client.status().liveness.expect("a connection");
        liveness.last_evidence_age > Duration::from_secs(1)
    };
    until(|| quiet(&app.client));
    app.client.probe_now(Duration::from_secs(1)).unwrap();
    match app.event().kind {
        EventKind::Disconnected(disconnected) => {
            assert_eq!(disconnected.cause, DisconnectCause::KeepAliveTimeout);
            assert!(disconnected.liveness.last_evidence_age >= Duration::from_secs(2));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        app.outcome().result,
        Err(mqttka_core::client::OperationError::Disconnected)
    );
    assert!(app.close().is_empty());
}
