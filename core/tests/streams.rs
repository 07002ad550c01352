//! Messages pulled in batches, over real sockets.

#![cfg(feature = "client")]

mod support;

use std::time::Duration;

use mqttka_core::client::{Client, Error, Event, Handler, Message, TopicFilter, Version};
use mqttka_scripted_broker::{Broker, CONNACK_311, Peer};
use support::{App, PATIENCE, options};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        panic!("pushed although pulled: {message:?}");
    }
}

fn scene() -> (Client, Peer) {
    let broker = Broker::listen();
    let client = Client::with_streams(options(broker.port(), Version::V311), Silent).unwrap();
    client.connect().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    (client, peer)
}

fn filter(text: &str) -> Option<TopicFilter> {
    Some(TopicFilter::try_from(text).unwrap())
}

/// A QoS 1 message to a topic of one letter.
fn publish(topic: u8, id: u8) -> [u8; 8] {
    [0x32, 6, 0, 1, topic, 0, id, b'!']
}

fn topics(batch: &[(Message, u64)]) -> String {
    batch.iter().map(|(m, _)| m.topic.as_str()).collect()
}

#[test]
fn a_batch_is_acknowledged_when_the_next_is_asked_for() {
    let (client, mut peer) = scene();
    let messages = client.messages(None).unwrap();
    peer.send(&[publish(b'a', 1), publish(b'b', 2), publish(b'c', 3)].concat());
    let mut got = String::new();
    while got.len() < 2 {
        let batch = messages.next_batch_timeout(2, PATIENCE).unwrap();
        assert!(batch.iter().all(|(_, number)| *number == 1));
        got += &topics(&batch);
    }
    assert!("abc".starts_with(&got));
    while got.len() < 3 {
        got += &topics(&messages.next_batch_timeout(2, PATIENCE).unwrap());
    }
    assert_eq!(got, "abc");
    assert!(messages.next_batch_timeout(1, Duration::ZERO).is_none());
    for id in 1..=3 {
        peer.expect(&[0x40, 2, 0, id]);
    }
}

#[test]
fn streams_share_by_filter_and_acknowledgements_stay_in_order() {
    let (client, mut peer) = scene();
    let a = client.messages(filter("a")).unwrap();
    let all = client.messages(filter("+")).unwrap();
    peer.send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    assert_eq!(topics(&a.next_batch_timeout(9, PATIENCE).unwrap()), "a");
    let mut got = String::new();
    while got.len() < 2 {
        got += &topics(&all.next_batch_timeout(9, PATIENCE).unwrap());
    }
    assert_eq!(got, "ab");
    // `all` is through, `a` still holds the first: nothing may be acknowledged yet.
    assert!(all.next_batch_timeout(9, Duration::ZERO).is_none());
    assert!(client.status().inbound_queue_bytes > 0);
    // Dropping a stream takes what it has.
    drop(a);
    peer.expect(&[0x40, 2, 0, 1]);
    peer.expect(&[0x40, 2, 0, 2]);
    // What nobody wants is taken at once.
    drop(all);
    peer.send(&publish(b'z', 3));
    peer.expect(&[0x40, 2, 0, 3]);
}

#[test]
fn a_waiting_stream_ends_with_the_client() {
    let (client, _peer) = scene();
    let messages = client.messages(None).unwrap();
    let waiting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let batch = runtime.block_on(messages.next_batch(1));
        (batch.len(), messages.next_batch_timeout(1, PATIENCE))
    });
    client.close();
    let (len, after) = waiting.join().unwrap();
    assert_eq!(len, 0);
    assert_eq!(after.map(|batch| batch.len()), Some(0));
}

#[test]
fn a_pushing_client_has_no_streams() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V311));
    assert!(matches!(
        app.client.messages(None),
        Err(Error::InvalidArgument(_))
    ));
    assert!(app.close().is_empty());
}
