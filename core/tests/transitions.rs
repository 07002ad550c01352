//! Waiting for a connection to come about or to end, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::time::Duration;

use mqttka_core::client::{
    Client, ConnectError, Error, Event, Handler, Message, ReasonCode, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311};
use support::{PATIENCE, options, until};

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

/// Counts how often it is polled.
struct Counted<F>(F, std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl<F: Future + Unpin> Future for Counted<F> {
    type Output = F::Output;
    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<F::Output> {
        self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

#[test]
fn seventeen_who_wait_are_polled_twice_each() {
    let broker = Broker::listen();
    let client = client(broker.port());
    let connecting = client.connecting().unwrap();
    let polls = std::sync::Arc::default();
    let waiting: Vec<_> = (0..17)
        .map(|_| {
            let counted = Counted(connecting.clone(), std::sync::Arc::clone(&polls));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime.block_on(counted)
            })
        })
        .collect();
    // Another one gives up.
    {
        let mut given_up = std::pin::pin!(connecting.clone());
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(given_up.as_mut().poll(context).is_pending());
    }
    until(|| polls.load(std::sync::atomic::Ordering::Relaxed) >= 17);
    let _peer = broker.accept_mqtt(CONNACK_311);
    for thread in waiting {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(polls.load(std::sync::atomic::Ordering::Relaxed), 2 * 17);
}
