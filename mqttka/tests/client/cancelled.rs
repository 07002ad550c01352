//! Whoever stops waiting, at every await that there is.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Waker};

use mqttka::{QoS, State};
use mqttka_scripted_broker::{Broker, CONNACK_5};

use crate::subscribing::{answer, subscribed};
use crate::support::{builder, connected, publish, run, until};

/// Begins it, sees that it waits, and drops it.
fn begun_and_dropped<F: Future>(future: F) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_pending());
}

/// Begins it, waits until the broker hears of it, and drops it: the connection ends.
fn given_up_while_connecting<F: Future>(broker: &Broker, future: F) {
    let mut future = Box::pin(future);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_pending());
    let mut peer = broker.accept();
    assert_eq!(peer.packet()[0], 0x10);
    drop(future);
    assert!(peer.drain().is_empty());
}

#[test]
fn a_connect_leaves_nothing() {
    let broker = Broker::listen();
    given_up_while_connecting(&broker, builder(&broker).connect());
}

#[test]
fn a_start_ends_its_attempt_and_can_be_repeated() {
    let broker = Broker::listen();
    let client = builder(&broker).build().unwrap();
    given_up_while_connecting(&broker, client.start());
    let state = client.clone();
    until(move || state.state() == State::Idle);
    let starting = std::thread::spawn(move || run(async move { client.start().await }));
    let peer = broker.accept_mqtt(CONNACK_5);
    assert!(starting.join().unwrap().is_ok());
    drop(peer);
}

#[test]
fn a_publish_goes_its_way() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    begun_and_dropped(client.publish("a", "x").qos(QoS::AtLeastOnce).into_future());
    peer.expect(&publish(0x32, "a", Some(1), "x"));
}

#[test]
fn a_subscribe_is_taken_back() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    begun_and_dropped(client.subscribe("a/#").into_future());
    begun_and_dropped(
        client
            .publish("next", "x")
            .qos(QoS::AtLeastOnce)
            .into_future(),
    );
    let first = peer.packet();
    if first[0] == 0x32 {
        // It was still queued, and is withdrawn.
        return;
    }
    assert_eq!(first[0], 0x82);
    answer(&mut peer, &first, &[0]);
    // It is taken back, before or after what was asked for next.
    let mut kinds = [peer.packet()[0], peer.packet()[0]];
    kinds.sort_unstable();
    assert_eq!(kinds, [0x32, 0xa2]);
}

#[test]
fn a_receive_loses_no_message() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let mut stream = subscribed(&client, &mut peer);
    let mut all = client.messages().unwrap();
    let mut events = client.events().unwrap();
    begun_and_dropped(stream.recv());
    begun_and_dropped(all.recv());
    begun_and_dropped(events.recv());
    peer.send(&publish(0x30, "a/b", None, "x"));
    run(async move {
        assert_eq!(stream.recv().await.unwrap().unwrap().text(), "x");
        assert_eq!(all.recv().await.unwrap().unwrap().text(), "x");
    });
    peer.close();
    let event = run(async move { events.recv().await.unwrap() });
    assert_eq!(event.kind.name(), "disconnected");
}

#[test]
fn an_unsubscribe_and_a_disconnect_go_on() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let stream = subscribed(&client, &mut peer);
    begun_and_dropped(stream.unsubscribe());
    assert_eq!(peer.packet()[0], 0xa2);
    begun_and_dropped(client.unsubscribe("b").into_future());
    assert_eq!(peer.packet()[0], 0xa2);
    begun_and_dropped(client.disconnect().into_future());
    peer.expect(&[0xe0, 0x00]);
}
