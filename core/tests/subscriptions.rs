//! Subscriptions with a consumer of their own, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, DisconnectCause, Error, Event, Handler, Message, Messages, OperationError,
    QoS, ReasonCode, StreamEnd, Subscription, SubscriptionOptions, TopicFilter, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311, Peer};
use support::{PATIENCE, options};

/// Tells what it was pushed.
struct Pushed(std::sync::mpsc::Sender<String>);

impl Handler for Pushed {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        let _ = self.0.send(message.topic.as_str().to_owned());
    }
}

struct Scene {
    broker: Broker,
    client: Client,
    peer: Peer,
    pushed: Receiver<String>,
}

fn scene() -> Scene {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    options.config.keep_alive = 600;
    let (told, pushed) = channel();
    let client = Client::new(options, Pushed(told)).unwrap();
    let peer = connect(&client, &broker);
    Scene {
        broker,
        client,
        peer,
        pushed,
    }
}

fn connect(client: &Client, broker: &Broker) -> Peer {
    let connecting = client.connecting().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    connecting.wait_timeout(PATIENCE).unwrap().unwrap();
    peer
}

fn wish(filter: &str) -> Vec<Subscription> {
    let filter = TopicFilter::try_from(filter).unwrap();
    vec![Subscription::new(filter, QoS::AtLeastOnce)]
}

fn subscribe(client: &Client, filter: &str, options: SubscriptionOptions) -> Messages {
    client
        .subscription(
            wish(filter),
            Default::default(),
            options,
            Completion::none(),
        )
        .unwrap()
}

/// SUBSCRIBE or UNSUBSCRIBE for a filter of one letter.
fn request(packet: u8, id: u8, filter: u8) -> Vec<u8> {
    let mut bytes = vec![packet, 5, 0, id, 0, 1, filter];
    if packet == 0x82 {
        bytes[1] += 1;
        bytes.push(1);
    }
    bytes
}

fn publish(topic: u8, id: u8) -> [u8; 8] {
    [0x32, 6, 0, 1, topic, 0, id, b'!']
}

fn next(messages: &Messages) -> String {
    let batch = messages.next_batch_timeout(1, PATIENCE).unwrap().unwrap();
    batch[0].message.topic.as_str().to_owned()
}

fn end(messages: &Messages) -> StreamEnd {
    loop {
        assert!(messages.wait_timeout(PATIENCE), "it does not end");
        match messages.take(9) {
            Ok(batch) => messages.done(batch.len()),
            Err(end) => return end,
        }
    }
}

#[test]
fn a_retained_message_that_overtakes_suback_is_the_streams() {
    let mut scene = scene();
    let messages = subscribe(&scene.client, "a", SubscriptionOptions::default());
    scene.peer.expect(&request(0x82, 1, b'a'));
    scene.peer.send(&[0x31, 4, 0, 1, b'a', b'r']);
    assert_eq!(next(&messages), "a");
    scene.peer.send(&[0x90, 3, 0, 1, 1]);
    scene.peer.send(&publish(b'a', 1));
    assert_eq!(next(&messages), "a");
    // The handler has the rest.
    scene.peer.send(&publish(b'b', 2));
    assert_eq!(scene.pushed.recv_timeout(PATIENCE).unwrap(), "b");
    assert_eq!(messages.take(1), Ok(Vec::new()));
}

#[test]
fn a_stream_ends_with_the_connection_unless_it_outlives_it() {
    let mut scene = scene();
    let ending = subscribe(&scene.client, "a", SubscriptionOptions::default());
    let staying = subscribe(
        &scene.client,
        "b",
        SubscriptionOptions::default().outliving_connections(),
    );
    scene.peer.packet();
    scene.peer.packet();
    // The last messages come before the end.
    let last = [publish(b'a', 1), publish(b'a', 2), publish(b'b', 3)].concat();
    scene.peer.send(&last);
    scene.peer.close();
    assert_eq!(next(&ending), "a");
    assert_eq!(next(&ending), "a");
    let closed = StreamEnd::Disconnected(DisconnectCause::ClosedByServer);
    assert_eq!(end(&ending), closed);
    assert_eq!(end(&ending), closed);
    assert_eq!(next(&staying), "b");
    let mut peer = connect(&scene.client, &scene.broker);
    peer.send(&publish(b'b', 1));
    assert_eq!(next(&staying), "b");
    staying.done(1);
    peer.expect(&[0x40, 2, 0, 1]);
    assert_eq!(end(&ending), closed);
    // What has ended with its connection has nothing to unsubscribe.
    drop(ending);
    drop(staying);
    // The message was consumed: its acknowledgement may come before.
    let mut packet = peer.packet();
    if packet[0] == 0x40 {
        packet = peer.packet();
    }
    assert_eq!((packet[0], &packet[4..]), (0xa2, &[0, 1, b'b'][..]));
}

#[test]
fn a_stream_of_an_attempt_that_fails_ends_with_its_error() {
    let broker = Broker::listen();
    let (told, _pushed) = channel();
    let client = Client::new(options(broker.port(), Version::V311), Pushed(told)).unwrap();
    let refused = client.subscription(
        wish("a"),
        Default::default(),
        SubscriptionOptions::default(),
        Completion::call(|_| panic!("refused, and called")),
    );
    assert_eq!(refused.err(), Some(Error::NotConnected));
    client.connect().unwrap();
    let messages = subscribe(&client, "a", SubscriptionOptions::default());
    broker.accept().close();
    assert!(matches!(end(&messages), StreamEnd::ConnectFailed(_)));
}

#[test]
fn a_refused_subscription_ends_its_stream() {
    let mut scene = scene();
    let messages = subscribe(&scene.client, "a", SubscriptionOptions::default());
    scene.peer.packet();
    scene.peer.send(&[0x90, 3, 0, 1, 0x80]);
    let refused = OperationError::Refused(ReasonCode::UnspecifiedError);
    assert_eq!(end(&messages), StreamEnd::SubscribeFailed(refused.into()));
}

#[test]
fn unsubscribing_ends_the_stream_when_the_broker_has_answered() {
    let mut scene = scene();
    let messages = subscribe(&scene.client, "a", SubscriptionOptions::default());
    let other = subscribe(&scene.client, "a", SubscriptionOptions::default());
    scene.peer.packet();
    scene.peer.packet();
    // Another subscription still needs the filter: nothing is sent.
    let (completion, delivery) = Completion::delivery();
    other.unsubscribe(completion).unwrap();
    let outcome = delivery.wait_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.result, Ok(ReasonCode::Success));
    assert_eq!(end(&other), StreamEnd::Unsubscribed);
    drop(other);
    let (completion, delivery) = Completion::delivery();
    messages.unsubscribe(completion).unwrap();
    scene.peer.expect(&request(0xa2, 3, b'a'));
    // Until it is answered, messages come.
    scene.peer.send(&publish(b'a', 1));
    assert_eq!(next(&messages), "a");
    assert_eq!(delivery.wait_timeout(Duration::ZERO), None);
    scene.peer.send(&[0xb0, 2, 0, 3]);
    assert!(delivery.wait_timeout(PATIENCE).unwrap().result.is_ok());
    assert_eq!(end(&messages), StreamEnd::Unsubscribed);
    // No second UNSUBSCRIBE.
    drop(messages);
    scene.client.disconnect(ReasonCode::Success).unwrap();
    scene.peer.expect(&[0x40, 2, 0, 1]);
    scene.peer.expect(&[0xe0, 0]);
    let without = scene.client.messages(None).unwrap();
    assert!(matches!(
        without.unsubscribe(Completion::none()),
        Err(Error::InvalidArgument(_))
    ));
}

/// Also where another stream needs its filter, so that nothing would have been sent.
#[test]
fn an_unsubscribe_that_is_refused_leaves_the_stream_as_it_is() {
    let mut scene = scene();
    let first = subscribe(&scene.client, "a", SubscriptionOptions::default());
    assert_eq!(scene.peer.packet(), request(0x82, 1, b'a'));
    let second = subscribe(&scene.client, "a", SubscriptionOptions::default());
    scene.client.close();
    // Its handler goes last.
    while scene.pushed.recv_timeout(PATIENCE).is_ok() {}
    for stream in [&first, &second, &first] {
        for completion in [
            Completion::none(),
            Completion::call(|_| panic!("an outcome")),
        ] {
            assert_eq!(stream.unsubscribe(completion), Err(Error::Closed));
        }
    }
}

#[test]
fn a_subscription_with_a_handler_is_served_on_the_lane_until_it_ends() {
    let mut scene = scene();
    let (told, handled) = channel();
    let dropped = told.clone();
    struct Note(std::sync::mpsc::Sender<String>);
    impl Drop for Note {
        fn drop(&mut self) {
            let name = std::thread::current().name().unwrap_or("?").to_owned();
            let _ = self.0.send(format!("dropped on {name}"));
        }
    }
    let note = Note(dropped);
    let id = scene
        .client
        .subscribe_with(
            wish("a"),
            Default::default(),
            move |message: Message, number: u64| {
                let _note = &note;
                let _ = told.send(format!("{} of {number}", message.topic));
            },
            Completion::none(),
        )
        .unwrap();
    scene.peer.expect(&request(0x82, 1, b'a'));
    scene
        .peer
        .send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    assert_eq!(handled.recv_timeout(PATIENCE).unwrap(), "a of 1");
    assert_eq!(scene.pushed.recv_timeout(PATIENCE).unwrap(), "b");
    scene.peer.expect(&[0x40, 2, 0, 1]);
    scene.peer.expect(&[0x40, 2, 0, 2]);
    let (completion, delivery) = Completion::delivery();
    scene.client.unsubscribe_from(id, completion).unwrap();
    scene.peer.expect(&request(0xa2, 2, b'a'));
    scene.peer.send(&publish(b'a', 3));
    assert_eq!(handled.recv_timeout(PATIENCE).unwrap(), "a of 1");
    scene.peer.send(&[0xb0, 2, 0, 2]);
    assert!(delivery.wait_timeout(PATIENCE).unwrap().result.is_ok());
    assert_eq!(
        handled.recv_timeout(PATIENCE).unwrap(),
        "dropped on mqttka-message"
    );
    // From now on the client's handler has it.
    scene.peer.send(&publish(b'a', 4));
    assert_eq!(scene.pushed.recv_timeout(PATIENCE).unwrap(), "a");
    assert!(matches!(
        scene.client.unsubscribe_from(id, Completion::none()),
        Err(Error::InvalidArgument(_))
    ));
}
