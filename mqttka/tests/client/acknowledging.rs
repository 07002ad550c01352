use std::future::IntoFuture;

use mqttka::{Error, QoS, ReasonCode};
use mqttka_scripted_broker::Broker;

use crate::subscribing::answer;
use crate::support::{builder, connected, connected_by, run};

/// QoS 1 in 5.0, to the topic "a".
fn publish(id: u8) -> [u8; 9] {
    [0x32, 7, 0, 1, b'a', 0, id, 0, b'!']
}

#[test]
fn a_stream_acknowledges_manually() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let subscribing = client
        .subscribe("a")
        .qos(QoS::AtLeastOnce)
        .manual_acknowledgement()
        .into_future();
    let packet = peer.packet();
    answer(&mut peer, &packet, &[1]);
    let mut messages = run(subscribing).unwrap();
    peer.send(&[publish(1), publish(2), publish(3)].concat());
    run(async move {
        let first = messages.recv().await.unwrap().unwrap();
        let second = messages.recv().await.unwrap().unwrap();
        second.acknowledge();
        // A task that fails before it has done its work.
        drop(first);
        let again = messages.recv().await.unwrap().unwrap();
        assert!(again.dup);
        let wrong = again.refuse(ReasonCode::ServerBusy);
        assert!(
            matches!(wrong, Err(Error::InvalidOption { .. })),
            "{wrong:?}"
        );
        again.refuse(ReasonCode::QuotaExceeded).unwrap();
        let third = messages.recv().await.unwrap().unwrap();
        assert!(!third.dup);
        third.acknowledge();
    });
    peer.expect(&[0x40, 3, 0, 1, 0x97]);
    peer.expect(&[0x40, 2, 0, 2]);
    peer.expect(&[0x40, 2, 0, 3]);
}

#[test]
fn a_function_takes_what_a_filter_brings() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let (sender, receiver) = std::sync::mpsc::channel();
    let subscribing = client
        .subscribe("a")
        .qos(QoS::AtLeastOnce)
        .manual_acknowledgement()
        .handler(move |message| sender.send(message).unwrap());
    let packet = peer.packet();
    answer(&mut peer, &packet, &[1]);
    assert_eq!(run(subscribing).unwrap().granted().len(), 1);
    peer.send(&[publish(1), publish(2)].concat());
    let first = receiver.recv().unwrap();
    receiver.recv().unwrap().acknowledge();
    first.acknowledge();
    peer.expect(&[0x40, 2, 0, 1]);
    peer.expect(&[0x40, 2, 0, 2]);
}

#[test]
fn a_stream_without_a_subscription_acknowledges_manually_where_the_client_says_so() {
    let broker = Broker::listen();
    let options = builder(&broker).manual_acknowledgement(true);
    let (client, mut peer) = connected_by(&broker, options);
    let mut messages = client.messages().unwrap();
    peer.send(&[publish(1), publish(2)].concat());
    run(async move {
        let first = messages.recv().await.unwrap().unwrap();
        messages.recv().await.unwrap().unwrap().acknowledge();
        drop(first);
        let again = messages.recv().await.unwrap().unwrap();
        assert!(again.dup);
        again.acknowledge();
    });
    peer.expect(&[0x40, 2, 0, 1]);
    peer.expect(&[0x40, 2, 0, 2]);
}
