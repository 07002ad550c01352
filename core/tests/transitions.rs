//! Waiting for a connection to come about or to end, over real sockets.

#![cfg(feature = "client")]

mod support;

use std::time::Duration;

use mqttka_core::client::{
    Client, ConnectError, Error, Event, Handler, Message, ReasonCode, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311};
use support::{PATIENCE, options};

/// Its lanes are stuck for ever.
struct Stuck;

impl Handler for Stuck {
    fn on_event(&self, _: &Event) {
        std::thread::sleep(PATIENCE);
    }
    fn on_message(&self, _: Message, _: u64) {}
}

fn client(port: u16) -> Client {
    Client::new(options(port, Version::V311), Stuck).unwrap()
}

#[test]
fn each_attempt_and_each_end_is_told_although_the_lanes_are_stuck() {
    let broker = Broker::listen();
    let client = client(broker.port());
    for _ in 0..3 {
        let connecting = client.connecting().unwrap();
        assert_eq!(client.connecting().unwrap_err(), Error::AlreadyConnected);
        assert_eq!(connecting.wait_timeout(Duration::ZERO), None);
        let mut peer = broker.accept_mqtt(CONNACK_311);
        let connected = connecting.wait_timeout(PATIENCE).unwrap().unwrap();
        assert!(!connected.session_present);
        // As often as one likes.
        assert!(connecting.wait_timeout(Duration::ZERO).unwrap().is_ok());
        let disconnecting = client.disconnecting(ReasonCode::Success).unwrap();
        peer.expect(&[0xe0, 0]);
        drop(peer);
        disconnecting.wait_timeout(PATIENCE).unwrap();
    }
    assert_eq!(
        client.disconnecting(ReasonCode::Success).unwrap_err(),
        Error::NotConnected
    );
}

#[test]
fn an_attempt_that_fails_or_is_given_up_is_told() {
    let broker = Broker::listen();
    let client = client(broker.port());
    let connecting = client.connecting().unwrap();
    let mut peer = broker.accept();
    peer.packet();
    peer.close();
    assert_eq!(
        connecting.wait_timeout(PATIENCE).unwrap(),
        Err(ConnectError::ClosedByServer)
    );
    let connecting = client.connecting().unwrap();
    let disconnecting = client.disconnecting(ReasonCode::Success).unwrap();
    disconnecting.wait_timeout(PATIENCE).unwrap();
    assert_eq!(
        connecting.wait_timeout(PATIENCE).unwrap(),
        Err(ConnectError::DisconnectRequested)
    );
    let connecting = client.connecting().unwrap();
    client.close();
    assert_eq!(
        connecting.wait_timeout(PATIENCE).unwrap(),
        Err(ConnectError::ClientClosed)
    );
    assert_eq!(client.connecting().unwrap_err(), Error::Closed);
}
