//! What is withdrawn while it is queued leaves nothing behind, over real sockets.

#![cfg(feature = "engine")]

mod support;

use mqttka_core::client::{
    Client, Completion, Error, Event, Handler, Message, Messages, OperationError, QoS,
    RequestOptions, Requesting, Subscription, SubscriptionOptions, TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, Peer};
use support::{PATIENCE, reconnecting, until};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

/// A client that was never connected, so that all is queued.
fn offline(max_requests: usize) -> (Broker, Client) {
    let broker = Broker::listen();
    let mut options = reconnecting(broker.port(), Version::V5);
    options.config.keep_alive = 600;
    // A test says when it comes back.
    let reconnect = options.config.reconnect.as_mut().unwrap();
    reconnect.first_delay = PATIENCE;
    reconnect.max_delay = PATIENCE;
    options.config.outbound_queue_max_messages = max_requests;
    let client = Client::with_streams(options, Silent).unwrap();
    (broker, client)
}

fn connect(client: &Client, broker: &Broker) -> Peer {
    let connecting = client.connecting().unwrap();
    let peer = broker.accept_mqtt(CONNACK_5);
    connecting.wait_timeout(PATIENCE).unwrap().unwrap();
    peer
}

fn message(topic: &str) -> Message {
    Message::new(TopicName::try_from(topic).unwrap(), "?").with_qos(QoS::AtLeastOnce)
}

fn ask(client: &Client) -> Result<Requesting, Error> {
    client.request(message("ask"), &RequestOptions::default())
}

fn subscribe(client: &Client, completion: Completion) -> Messages {
    let wish = vec![Subscription::new("a".parse().unwrap(), QoS::AtLeastOnce)];
    let options = SubscriptionOptions::default().outliving_connections();
    client
        .subscription(wish, Default::default(), options, completion)
        .unwrap()
}

fn queued(client: &Client) -> u64 {
    client.counters().outbound_queue_messages
}

#[test]
fn a_request_is_withdrawn_where_it_is_queued() {
    let (_broker, client) = offline(100);
    let request = ask(&client).unwrap();
    request.cancel();
    let answer = request.wait_timeout(PATIENCE).unwrap();
    assert_eq!(answer, Err(OperationError::Cancelled.into()));
    // The subscription to the response topic is the client's, and stays.
    until(|| queued(&client) == 1);
}

#[test]
fn requests_that_nobody_waits_for_take_no_room() {
    let (broker, client) = offline(3);
    let mut peer = connect(&client, &broker);
    for _ in 0..9 {
        // Its room in the outbound queue it has until the broker has it.
        let request = ask(&client).unwrap();
        let mut packet = peer.packet();
        if packet[0] == 0x82 {
            peer.send(&[0x90, 4, packet[2], packet[3], 0, 1]);
            packet = peer.packet();
        }
        assert_eq!(packet[0], 0x32);
        peer.send(&[0x40, 2, packet[7], packet[8]]);
        until(|| queued(&client) == 0);
        drop(request);
    }
}

#[test]
fn a_stream_that_is_closed_before_its_subscribe_left_sends_nothing() {
    let (broker, client) = offline(100);
    let (completion, delivery) = Completion::delivery();
    drop(subscribe(&client, completion));
    let outcome = delivery.wait_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.result, Err(OperationError::Cancelled));
    until(|| queued(&client) == 0);
    let mut peer = connect(&client, &broker);
    client
        .publish(message("first"), Completion::none())
        .unwrap();
    assert_eq!(peer.packet()[0], 0x32);
}

#[test]
fn a_stream_that_is_closed_before_its_suback_sends_unsubscribe() {
    let (broker, client) = offline(100);
    let mut peer = connect(&client, &broker);
    let (completion, delivery) = Completion::delivery();
    let stream = subscribe(&client, completion);
    let packet = peer.packet();
    assert_eq!(packet[0], 0x82);
    drop(stream);
    assert_eq!(peer.packet()[0], 0xA2);
    peer.send(&[0x90, 4, packet[2], packet[3], 0, 1]);
    let outcome = delivery.wait_timeout(PATIENCE).unwrap();
    assert!(outcome.result.is_ok(), "{outcome:?}");
}

#[test]
fn a_stream_that_is_closed_when_its_unsubscribe_was_withdrawn_is_unsubscribed_all_the_same() {
    let (broker, client) = offline(100);
    let mut peer = connect(&client, &broker);
    let stream = subscribe(&client, Completion::none());
    let packet = peer.packet();
    peer.send(&[0x90, 4, packet[2], packet[3], 0, 1]);
    until(|| queued(&client) == 0);
    drop(peer);
    until(|| client.negotiated().is_none());
    for _ in 0..100 {
        let (completion, delivery) = Completion::delivery();
        stream.unsubscribe(completion).unwrap();
        delivery.cancel();
    }
    drop(stream);
    until(|| queued(&client) == 1);
    client.reconnect_now().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    assert_eq!(peer.packet()[0], 0xA2);
}

#[test]
fn a_stream_whose_unsubscribe_was_withdrawn_goes_on() {
    let (broker, client) = offline(100);
    let mut peer = connect(&client, &broker);
    let stream = subscribe(&client, Completion::none());
    let packet = peer.packet();
    peer.send(&[0x90, 4, packet[2], packet[3], 0, 1]);
    until(|| queued(&client) == 0);
    drop(peer);
    until(|| client.negotiated().is_none());
    let (completion, delivery) = Completion::delivery();
    stream.unsubscribe(completion).unwrap();
    delivery.cancel();
    let outcome = delivery.wait_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.result, Err(OperationError::Cancelled));
    assert!(
        !stream.wait_timeout(std::time::Duration::ZERO),
        "the stream has ended"
    );
    client.reconnect_now().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    // The session is lost, so it is subscribed again; and its end ends that.
    assert_eq!(peer.packet()[0], 0x82);
    drop(stream);
    assert_eq!(peer.packet()[0], 0xA2);
}
