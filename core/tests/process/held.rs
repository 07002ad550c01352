//! What a program was given, and has not done with: by its broker, its authenticator's exchange, its provider.

use std::sync::Arc;

use mqttka_core::client::{
    Acknowledgement, AuthenticationRequest, Authenticator, Client, Completion, ConnectionRequest,
    QoS, ReceivedRequest, Requests, Subscription, TopicFilter, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311, Peer};

use super::child::{self, PATIENCE, Silent};

pub(crate) fn wishes() -> Vec<Subscription> {
    let filter = TopicFilter::try_from("t").expect("a filter");
    vec![Subscription::new(filter, QoS::AtMostOnce)]
}

/// A client that asks its authenticator, and what it is asked.
pub(crate) fn proving(port: u16) -> (Client, AuthenticationRequest) {
    struct HandsOn(std::sync::mpsc::Sender<AuthenticationRequest>);
    impl Authenticator for HandsOn {
        fn method(&self) -> &str {
            "TEST"
        }
        fn authenticate(&self, request: AuthenticationRequest) {
            let _ = self.0.send(request);
        }
    }
    let (told, steps) = std::sync::mpsc::channel();
    let mut options = child::options(port);
    options.config.protocol_version = Version::V5;
    options.authenticator = Some(Arc::new(HandsOn(told)));
    let client = Client::new(options, Silent).expect("a client");
    client.connect().expect("to connect");
    let step = steps.recv_timeout(PATIENCE).expect("a step in time");
    (client, step)
}

/// A client that has been given a message to acknowledge, and that.
pub(crate) fn given(broker: &Broker) -> (Client, Acknowledgement) {
    let mut options = child::options(broker.port());
    options.manual_acknowledgement = true;
    let client = Client::with_streams(options, Silent).expect("a client");
    let messages = client.messages(None).expect("a stream");
    client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.send(b"\x32\x06\0\x01t\0\x01x");
    let batch = messages.next_batch_timeout(1, PATIENCE);
    let message = batch.expect("in time").expect("a message").remove(0);
    (client, message.acknowledgement.expect("it is manual"))
}

/// A client that has asked its provider, and the request.
pub(crate) fn asked(port: u16) -> (Client, ConnectionRequest) {
    let (told, requests) = std::sync::mpsc::channel();
    let mut options = child::options(port);
    options.provider = Some(Arc::new(move |request| {
        let _ = told.send(request);
    }));
    let client = Client::new(options, Silent).expect("a client");
    client.connect().expect("to connect");
    let request = requests.recv_timeout(PATIENCE).expect("a request in time");
    (client, request)
}

/// A client that three requests have come to, and their stream.
pub(crate) fn answering(broker: &Broker) -> (Client, Peer, Requests) {
    let mut options = child::options(broker.port());
    options.config.protocol_version = Version::V5;
    let client = Client::with_streams(options, Silent).expect("a client");
    client.connect().expect("to connect");
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let none = Completion::none();
    let requests = client.responding(wishes(), Default::default(), none);
    let requests = requests.expect("a stream of requests");
    let packet = peer.packet();
    peer.send(&[0x90, 4, packet[2], packet[3], 0, 1]);
    for id in 1..=3 {
        // To "t", with the Response Topic "r".
        peer.send(&[0x32, 11, 0, 1, b't', 0, id, 4, 0x08, 0, 1, b'r', b'?']);
    }
    (client, peer, requests)
}

pub(crate) fn received(requests: &Requests) -> Vec<ReceivedRequest> {
    let mut received = Vec::new();
    while received.len() < 3 {
        assert!(requests.wait_timeout(PATIENCE), "a request in time");
        received.extend(requests.take(3).expect("a request"));
    }
    received
}
