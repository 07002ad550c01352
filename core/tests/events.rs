//! Lifecycle events pulled, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mqttka_core::client::{
    Client, DisconnectCause, Error, Event, EventKind, Handler, Message, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311};
use support::{PATIENCE, options};

/// A handler whose lifecycle lane is stuck until the test ends.
struct Stuck(std::sync::Mutex<Receiver<()>>);

impl Handler for Stuck {
    fn on_event(&self, _: &Event) {
        let _ = self.0.lock().unwrap().recv();
    }
    fn on_message(&self, _: Message, _: u64) {}
}

#[test]
fn events_are_pulled_although_the_lane_is_stuck() {
    let (release, stuck) = channel();
    let broker = Broker::listen();
    let handler = Stuck(stuck.into());
    let client = Client::new(options(broker.port(), Version::V311), handler).unwrap();
    let events = client.events().unwrap();
    assert!(events.next_batch_timeout(1, Duration::ZERO).is_none());
    client.connect().unwrap();
    drop(broker.accept_mqtt(CONNACK_311));
    let mut got = Vec::new();
    while got.len() < 2 {
        got.extend(events.next_batch_timeout(1, PATIENCE).unwrap());
    }
    assert!(matches!(got[0].kind, EventKind::Connected(_)));
    match &got[1].kind {
        EventKind::Disconnected(end) => assert_eq!(end.cause, DisconnectCause::ClosedByServer),
        other => panic!("{other:?}"),
    }
    // Who comes later hears only what follows, and everybody hears the end.
    let late = client.events().unwrap();
    client.close();
    for reader in [&events, &late] {
        assert_eq!(reader.next_batch_timeout(9, PATIENCE), Some(Vec::new()));
    }
    drop(release);
}

struct Deaf;

impl Handler for Deaf {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

#[test]
fn where_nobody_takes_the_events_no_further_attempt_is_begun() {
    // Nobody listens there.
    let port = Broker::listen().port();
    let client = Client::new(options(port, Version::V311), Deaf).unwrap();
    let events = client.events().unwrap();
    let mut attempts = 0;
    let refused = loop {
        match client.connecting() {
            Ok(connecting) => connecting.wait_timeout(PATIENCE).unwrap().unwrap_err(),
            Err(error) => break error,
        };
        attempts += 1;
    };
    assert_eq!((refused, attempts), (Error::EventsNotTaken, 1025));
    assert_eq!(client.connect(), Err(Error::EventsNotTaken));
    // None of them is lost, and taking some is enough.
    assert_eq!(events.next_batch_timeout(25, PATIENCE).unwrap().len(), 25);
    let _ = client.connecting().unwrap().wait_timeout(PATIENCE).unwrap();
    let mut left = 0;
    while left < 1001 {
        left += events.next_batch_timeout(9999, PATIENCE).unwrap().len();
    }
    assert_eq!(left, 1001);
}
