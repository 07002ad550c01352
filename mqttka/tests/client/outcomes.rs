//! How far a publish came, what is flushed, and what is cancelled.

use std::future::IntoFuture;
use std::time::Duration;

use mqttka::{Error, QoS, RateLimit, Receipt, State};
use mqttka_scripted_broker::{Broker, CONNACK_5};

use crate::support::{builder, connected, publish, run, until};

const PINGREQ: [u8; 2] = [0xc0, 0];
const PINGRESP: [u8; 2] = [0xd0, 0];

#[test]
fn a_receipt_comes_with_the_answer_to_the_ping_behind_the_message() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let written = client.publish("a", "x").into_future();
    peer.expect(&publish(0x30, "a", None, "x"));
    assert_eq!(run(written).unwrap().receipt, Some(Receipt::Written));
    let read = client.publish("a", "x").receipt(true).into_future();
    let flushed = client.flush().into_future();
    peer.expect(&publish(0x30, "a", None, "x"));
    peer.expect(&PINGREQ);
    peer.send(&PINGRESP);
    assert_eq!(run(read).unwrap().receipt, Some(Receipt::Read));
    // It may have had a write, and a PINGREQ, of its own.
    peer.send(&PINGRESP);
    assert_eq!(run(flushed).unwrap().receipt, None);
    let acknowledged = client.publish("a", "x").qos(QoS::AtLeastOnce).into_future();
    loop {
        let packet = peer.packet();
        if packet != PINGREQ {
            assert_eq!(packet, publish(0x32, "a", Some(1), "x"));
            break;
        }
    }
    peer.send(&[0x40, 2, 0, 1]);
    let outcome = run(acknowledged).unwrap();
    assert_eq!(outcome.receipt, Some(Receipt::Acknowledged));
}

#[test]
fn what_the_broker_answers_has_its_user_properties() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    // Success, and not authorized; each with one user property.
    for code in [0, 0x87] {
        let asked = client.publish("a", "x").qos(QoS::AtLeastOnce).into_future();
        let packet = peer.packet();
        let id = [packet[5], packet[6]];
        peer.send(
            &[
                &[0x40, 11][..],
                &id,
                &[code, 7, 0x26, 0, 1, b'k', 0, 1, b'v'],
            ]
            .concat(),
        );
        let properties = match run(asked) {
            Ok(outcome) => outcome.properties,
            Err(Error::Refused { properties, .. }) => properties,
            Err(error) => panic!("{error}"),
        };
        let pairs: Vec<_> = properties
            .user_properties()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(pairs, ["k=v"]);
    }
    // Also where it refuses the subscription for the response to a request.
    let asked = client.request("a", "x").into_future();
    let packet = peer.packet();
    let id = &packet[2..4];
    peer.send(
        &[
            &[0x90, 11][..],
            id,
            &[7, 0x26, 0, 1, b'k', 0, 1, b'v', 0x87],
        ]
        .concat(),
    );
    let Err(Error::Refused { properties, .. }) = run(asked) else {
        panic!("it is refused");
    };
    assert_eq!(properties.user_properties().len(), 1);
}

#[test]
fn a_flush_has_its_bounds_and_its_time() {
    let broker = Broker::listen();
    let client = builder(&broker).build().unwrap();
    let error = run(client.flush().timeout(Duration::ZERO).into_future()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "flush_timeout is 0ns; it must be 1ms to 31536000s"
    );
    let late = client.flush().timeout(Duration::from_millis(1));
    assert_eq!(run(late.into_future()), Err(Error::TimedOut));
}

#[test]
fn what_waits_can_be_cancelled_and_what_was_sent_cannot() {
    let broker = Broker::listen();
    let client = builder(&broker).build().unwrap();
    let kept = client.publish("a", "1").qos(QoS::AtLeastOnce).into_future();
    let cancelled = client.publish("a", "2").qos(QoS::AtLeastOnce).into_future();
    cancelled.cancel();
    cancelled.cancel();
    assert_eq!(run(cancelled), Err(Error::Cancelled));
    assert_eq!(Error::Cancelled.name(), "cancelled");
    client.connect_nowait().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    peer.expect(&publish(0x32, "a", Some(1), "1"));
    kept.cancel();
    peer.send(&[0x40, 2, 0, 1]);
    assert_eq!(run(kept).unwrap().receipt, Some(Receipt::Acknowledged));
    until(move || client.state() == State::Connected);
}

#[test]
fn a_limit_is_checked_and_keeps_the_order() {
    let broker = Broker::listen();
    let error = builder(&broker).rate_limit(RateLimit::default()).build();
    assert!(matches!(
        error,
        Err(Error::InvalidOption {
            option: "rate_limit",
            ..
        })
    ));
    let client = builder(&broker)
        .rate_limit(RateLimit::messages(200))
        .connect_nowait()
        .unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    for n in 0..50 {
        client.publish("a", n.to_string()).nowait().unwrap();
    }
    for n in 0..50 {
        peer.expect(&publish(0x30, "a", None, &n.to_string()));
    }
}
