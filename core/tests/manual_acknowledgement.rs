//! Messages that the application acknowledges itself, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};

use mqttka_core::client::{
    Acknowledgement, Client, Completion, Error, Event, Handler, Message, Messages, OnReceived,
    Options, QoS, ReasonCode, Received, Refusal, Subscription, SubscriptionOptions, Text,
    TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311, Peer};
use support::{PATIENCE, options, until};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        panic!("pushed although pulled: {message:?}");
    }
}

fn scene(version: Version) -> (Broker, Client, Peer) {
    let broker = Broker::listen();
    let mut options = options(broker.port(), version);
    options.config.keep_alive = 600;
    let client = Client::with_streams(options, Silent).unwrap();
    let peer = connect(&client, &broker, version);
    (broker, client, peer)
}

fn connect(client: &Client, broker: &Broker, version: Version) -> Peer {
    let connecting = client.connecting().unwrap();
    let peer = broker.accept_mqtt(match version {
        Version::V311 => CONNACK_311,
        Version::V5 => CONNACK_5,
    });
    connecting.wait_timeout(PATIENCE).unwrap().unwrap();
    peer
}

fn wish(filter: &str) -> Vec<Subscription> {
    vec![Subscription::new(filter.parse().unwrap(), QoS::ExactlyOnce)]
}

fn manual() -> SubscriptionOptions {
    SubscriptionOptions::default().acknowledging_manually()
}

/// A manual stream, subscribed.
fn stream(client: &Client, peer: &mut Peer, filter: &str) -> Messages {
    let messages = client.subscription(
        wish(filter),
        Default::default(),
        manual().outliving_connections(),
        Completion::none(),
    );
    grant(peer);
    messages.unwrap()
}

/// The broker grants the subscription that comes next.
fn grant(peer: &mut Peer) {
    let subscribe = peer.packet();
    assert_eq!(subscribe[0], 0x82);
    let (high, low) = (subscribe[2], subscribe[3]);
    match subscribe[4] {
        // 3.1.1 has the filter's length here, whose first byte is 0, too: the options tell.
        _ if subscribe.len() == 2 + 2 + 3 + 1 => peer.send(&[0x90, 3, high, low, 2]),
        _ => peer.send(&[0x90, 4, high, low, 0, 2]),
    }
}

/// QoS 1 in 5.0.
fn publish(topic: u8, id: u8) -> [u8; 9] {
    [0x32, 7, 0, 1, topic, 0, id, 0, b'!']
}

/// QoS 2 in 5.0.
fn publish_2(topic: u8, id: u8) -> [u8; 9] {
    [0x34, 7, 0, 1, topic, 0, id, 0, b'!']
}

fn puback(id: u8) -> [u8; 4] {
    [0x40, 2, 0, id]
}

fn next(messages: &Messages) -> Received {
    assert!(messages.wait_timeout(PATIENCE), "nothing comes");
    let mut batch = messages.take(1).unwrap();
    messages.done(1);
    batch.remove(0)
}

fn token(received: &Received) -> &Acknowledgement {
    received.acknowledgement.as_ref().expect("a token")
}

fn refusal(code: ReasonCode) -> Refusal {
    Refusal::new(code).unwrap()
}

/// Nothing else is on its way from the client.
fn expect_silence(client: &Client, peer: &mut Peer) {
    let marker = Message::new(TopicName::try_from("m").unwrap(), "");
    client.publish(marker, Completion::none()).unwrap();
    let packet = peer.packet();
    assert_eq!(packet[0], 0x30, "{packet:?}");
}

#[test]
fn acknowledgements_leave_in_the_order_of_arrival_whoever_gives_them_when() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let messages = stream(&client, &mut peer, "#");
    peer.send(&[publish(b'a', 1), publish_2(b'b', 2), publish(b'c', 3)].concat());
    let received: Vec<Received> = (0..3).map(|_| next(&messages)).collect();
    token(&received[2]).acknowledge();
    token(&received[1]).acknowledge();
    expect_silence(&client, &mut peer);
    // Another thread, a clone, and twice.
    let first = token(&received[0]).clone();
    std::thread::spawn(move || {
        first.acknowledge();
        first.acknowledge();
    })
    .join()
    .unwrap();
    peer.expect(&puback(1));
    peer.expect(&[0x50, 2, 0, 2]);
    peer.expect(&puback(3));
    assert!(token(&received[0]).is_decided());
    // QoS 0 has nothing to acknowledge.
    peer.send(&[0x30, 5, 0, 1, b'a', 0, b'!']);
    assert_eq!(next(&messages).acknowledgement, None);
}

#[test]
fn a_refusal_takes_its_turn_and_has_its_words() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let messages = stream(&client, &mut peer, "#");
    for _ in 0..2 {
        peer.send(&[publish(b'a', 1), publish_2(b'b', 2), publish(b'c', 3)].concat());
        let received: Vec<Received> = (0..3).map(|_| next(&messages)).collect();
        let words = refusal(ReasonCode::QuotaExceeded)
            .with_reason_string(Text::try_from("no").unwrap())
            .with_user_property(Text::try_from("a").unwrap(), Text::try_from("b").unwrap())
            .unwrap();
        token(&received[2]).refuse(words).unwrap();
        token(&received[1])
            .refuse(refusal(ReasonCode::NotAuthorized))
            .unwrap();
        // The first word counts.
        token(&received[1]).acknowledge();
        expect_silence(&client, &mut peer);
        token(&received[0]).acknowledge();
        peer.expect(&puback(1));
        // The exchange ends with this PUBREC: the identifier means a new message the next time.
        peer.expect(&[0x50, 3, 0, 2, 0x87]);
        peer.expect(&[
            0x40, 16, 0, 3, 0x97, 12, 0x1f, 0, 2, b'n', b'o', 0x26, 0, 1, b'a', 0, 1, b'b',
        ]);
    }
}

#[test]
fn a_refusal_needs_5_0() {
    let (_broker, client, mut peer) = scene(Version::V311);
    let messages = stream(&client, &mut peer, "a");
    peer.send(&[0x32, 6, 0, 1, b'a', 0, 1, b'!']);
    let received = next(&messages);
    let refused = token(&received).refuse(refusal(ReasonCode::UnspecifiedError));
    assert!(
        matches!(refused, Err(Error::NotSupported { .. })),
        "{refused:?}"
    );
    assert!(!token(&received).is_decided());
    token(&received).acknowledge();
    peer.expect(&puback(1));
}

#[test]
fn what_a_consumer_drops_comes_again_before_the_others() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let messages = stream(&client, &mut peer, "#");
    peer.send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    let first = next(&messages);
    assert!(!first.message.dup);
    let kept = first.clone();
    drop(first);
    until(|| messages.wait_timeout(PATIENCE));
    // A clone is enough to keep it.
    assert_eq!(next(&messages).message.topic.as_str(), "b");
    drop(kept);
    // The second was dropped before the first.
    for topic in ["a", "b"] {
        let again = next(&messages);
        assert_eq!(again.message.topic.as_str(), topic);
        assert!(again.message.dup);
        token(&again).acknowledge();
    }
    peer.expect(&puback(1));
    peer.expect(&puback(2));
}

#[test]
fn whatever_is_given_back_first_comes_again_in_the_order_in_which_it_came() {
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let (_broker, client, mut peer) = scene(Version::V5);
        let messages = stream(&client, &mut peer, "#");
        let sent: Vec<u8> = (0..5).flat_map(|n| publish(b'a' + n, n + 1)).collect();
        peer.send(&sent);
        let mut lent: Vec<_> = (0..3).map(|_| Some(next(&messages))).collect();
        for index in order {
            lent[index] = None;
        }
        for topic in ["a", "b", "c", "d", "e"] {
            let again = next(&messages);
            assert_eq!(again.message.topic.as_str(), topic, "{order:?}");
            token(&again).acknowledge();
        }
    }
}

#[test]
fn what_was_lent_and_never_heard_of_goes_to_others_with_its_stream() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let messages = stream(&client, &mut peer, "a");
    peer.send(&[publish(b'a', 1), publish(b'a', 2)].concat());
    assert!(messages.wait_timeout(PATIENCE));
    // A caller that was cancelled between `take` and `done`, and one that still has it.
    let batch = messages.take(1).unwrap();
    drop(batch);
    expect_silence(&client, &mut peer);
    until(|| messages.wait_timeout(PATIENCE));
    let held = messages.take(1).unwrap();
    messages.unsubscribe(Completion::none()).unwrap();
    assert_eq!(peer.packet()[0], 0xa2);
    drop(messages);
    // Nobody matches: it waits as unclaimed until somebody comes.
    let others = client.messages(None).unwrap();
    let first = next(&others);
    assert_eq!(first.acknowledgement, None);
    peer.expect(&puback(1));
    token(&held[0]).acknowledge();
    peer.expect(&puback(2));
}

#[test]
fn several_takers_decide_together() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let first = stream(&client, &mut peer, "a");
    let second = stream(&client, &mut peer, "a");
    let taking = client.messages(None).unwrap();
    for (refuses, code) in [(false, None), (true, Some(0x83))] {
        peer.send(&publish(b'a', 1));
        let (mine, theirs) = (next(&first), next(&second));
        assert_eq!(next(&taking).acknowledgement, None);
        if refuses {
            token(&mine)
                .refuse(refusal(ReasonCode::ImplementationSpecificError))
                .unwrap();
        } else {
            token(&mine).acknowledge();
        }
        expect_silence(&client, &mut peer);
        token(&theirs).acknowledge();
        match code {
            None => peer.expect(&puback(1)),
            Some(code) => peer.expect(&[0x40, 3, 0, 1, code]),
        }
    }
}

#[test]
fn after_the_connection_it_does_no_harm() {
    let (broker, client, mut peer) = scene(Version::V5);
    let messages = stream(&client, &mut peer, "#");
    peer.send(&[publish(b'a', 1), publish(b'b', 2), publish(b'c', 3)].concat());
    let old: Vec<Received> = (0..3).map(|_| next(&messages)).collect();
    peer.close();
    until(|| client.status().liveness.is_none());
    let mut peer = connect(&client, &broker, Version::V5);
    peer.send(&publish(b'd', 1));
    let new = next(&messages);
    token(&old[0]).acknowledge();
    token(&old[1])
        .refuse(refusal(ReasonCode::UnspecifiedError))
        .unwrap();
    expect_silence(&client, &mut peer);
    // Nothing is lost, whatever the broker has kept.
    drop(old);
    let again = next(&messages);
    assert_eq!(again.message.topic.as_str(), "c");
    token(&again).acknowledge();
    expect_silence(&client, &mut peer);
    token(&new).acknowledge();
    peer.expect(&puback(1));
    client.close();
    drop(again);
}

#[test]
fn the_receive_maximum_bounds_what_is_out_and_the_status_names_who_has_it() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let messages = stream(&client, &mut peer, "held/+");
    peer.send(&[
        0x32, 12, 0, 6, b'h', b'e', b'l', b'd', b'/', b'x', 0, 1, 0, b'!',
    ]);
    let received = next(&messages);
    let held = client.status().held_back.expect("it holds back");
    assert_eq!((held.filter.as_str(), held.messages), ("held/+", 1));
    assert!(client.status().inbound_queue_bytes > 0);
    token(&received).acknowledge();
    peer.expect(&puback(1));
    until(|| client.status().inbound_queue_bytes == 0);
    assert_eq!(client.status().held_back, None);
}

/// A handler that passes on what it is given.
fn handler(version: Version) -> (Broker, Client, Peer, Receiver<Received>) {
    let (broker, client, mut peer) = scene(version);
    let (given, gets) = channel();
    client
        .subscribe_with_options(
            wish("#"),
            Default::default(),
            manual(),
            OnReceived(move |received| given.send(received).unwrap()),
            Completion::none(),
        )
        .unwrap();
    grant(&mut peer);
    (broker, client, peer, gets)
}

#[test]
fn handlers_decide_later_and_get_again_what_they_drop() {
    let (_broker, client, mut peer, gets) = handler(Version::V5);
    peer.send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    let first = gets.recv_timeout(PATIENCE).unwrap();
    let second = gets.recv_timeout(PATIENCE).unwrap();
    token(&second)
        .refuse(refusal(ReasonCode::PayloadFormatInvalid))
        .unwrap();
    drop(first);
    let again = gets.recv_timeout(PATIENCE).unwrap();
    assert!(again.message.dup);
    expect_silence(&client, &mut peer);
    token(&again).acknowledge();
    peer.expect(&puback(1));
    peer.expect(&[0x40, 3, 0, 2, 0x99]);
    peer.send(&[0x30, 5, 0, 1, b'a', 0, b'!']);
    assert_eq!(gets.recv_timeout(PATIENCE).unwrap().acknowledgement, None);
}

#[test]
fn what_a_handler_dropped_is_the_others_when_it_is_gone() {
    let (_broker, client, mut peer, gets) = handler(Version::V5);
    peer.send(&publish(b'a', 1));
    let held = gets.recv_timeout(PATIENCE).unwrap();
    let others = client.messages(None).unwrap();
    let id = mqttka_core::client::SubscriptionId::from(1);
    client.unsubscribe_from(id, Completion::none()).unwrap();
    let unsubscribe = peer.packet();
    assert_eq!(unsubscribe[0], 0xa2);
    peer.send(&[0xb0, 4, unsubscribe[2], unsubscribe[3], 0, 0]);
    // It is dropped when the broker has answered.
    assert!(gets.recv_timeout(PATIENCE).is_err());
    drop(held);
    assert!(next(&others).message.dup);
    peer.expect(&puback(1));
}

/// The client's own handler.
struct Own(Sender<Received>);

impl Handler for Own {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {
        panic!("not manual");
    }
    fn on_received(&self, received: Received) {
        let _ = self.0.send(received);
    }
}

/// One that knows nothing of it.
struct Plain(Sender<String>);

impl Handler for Plain {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        self.0.send(message.topic.to_string()).unwrap();
        if message.topic.as_str() == "b" && !message.dup {
            // In the middle of the work.
            std::panic::resume_unwind(Box::new("fails"));
        }
    }
}

fn own(handler: impl Handler, change: impl FnOnce(&mut Options)) -> (Client, Peer) {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V5);
    options.config.keep_alive = 600;
    options.manual_acknowledgement = true;
    change(&mut options);
    let client = Client::new(options, handler).unwrap();
    let peer = connect(&client, &broker, Version::V5);
    (client, peer)
}

#[test]
fn the_clients_handler_decides_too() {
    let (given, gets) = channel();
    let (client, mut peer) = own(Own(given), |_| {});
    peer.send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    let first = gets.recv_timeout(PATIENCE).unwrap();
    let second = gets.recv_timeout(PATIENCE).unwrap();
    token(&second).acknowledge();
    expect_silence(&client, &mut peer);
    let held = client.status().held_back.expect("it holds back");
    assert_eq!((held.filter.as_str(), held.messages), ("#", 1));
    assert!(held.since < PATIENCE, "{held:?}");
    drop(first);
    let again = gets.recv_timeout(PATIENCE).unwrap();
    token(&again)
        .refuse(refusal(ReasonCode::TopicNameInvalid))
        .unwrap();
    peer.expect(&[0x40, 3, 0, 1, 0x90]);
    peer.expect(&puback(2));
    assert_eq!(client.status().held_back, None);
}

#[test]
fn a_handler_that_fails_gets_its_message_again() {
    let (told, hears) = channel();
    let (_client, mut peer) = own(Plain(told), |_| {});
    peer.send(&[publish(b'a', 1), publish(b'b', 2), publish(b'c', 3)].concat());
    for topic in ["a", "b", "c", "b"] {
        assert_eq!(hears.recv_timeout(PATIENCE).as_deref(), Ok(topic));
    }
    for id in 1..=3 {
        peer.expect(&puback(id));
    }
}

#[test]
fn a_stream_without_a_subscription_can_acknowledge_manually() {
    let (_broker, client, mut peer) = scene(Version::V5);
    let messages = client.messages_with(None, manual()).unwrap();
    peer.send(&publish(b'a', 1));
    let received = next(&messages);
    expect_silence(&client, &mut peer);
    token(&received).acknowledge();
    assert_eq!(peer.packet(), puback(1));
}
