//! A client whose engine a host drives: the host is this test, and so is the broker, packet by
//! packet. Time is the clock's, moved ahead where something has to wait.
#![cfg(feature = "client")]

mod world;

use std::sync::atomic::Ordering;
use std::time::Duration;

use mqttka_core::client::hosted::{Action, Carrier};
use mqttka_core::client::{
    Completion, ConnectError, DisconnectCause, Error, EventKind, Message, Options, QoS, ReasonCode,
    Reconnect, Stage, State, StreamEnd, Subscription, SubscriptionOptions, TopicFilter, TopicName,
    TransportError,
};
use mqttka_core::codec::Packet;

use world::{try_world, world};

fn message(topic: &str, payload: &'static str, qos: QoS) -> Message {
    let mut message = Message::new(TopicName::try_from(topic).unwrap(), payload);
    message.qos = qos;
    message
}

fn coming_back(options: &mut Options) {
    options.config.reconnect = Some(Reconnect::default());
}

const BROWSER: &str = "wss://broker.example/mqtt";

#[test]
fn a_publish_has_its_outcome_and_a_message_is_acknowledged_when_it_was_taken() {
    let mut world = world(BROWSER, Carrier::WebSocket, |_| {});
    world.connect();
    assert_eq!(world.heard(), ["connected"]);
    let before = world.wakes.load(Ordering::Relaxed);
    let (completion, delivery) = Completion::delivery();
    let publish = message("t", "x", QoS::AtLeastOnce);
    world.client.publish(publish, completion).unwrap();
    assert!(
        world.wakes.load(Ordering::Relaxed) > before,
        "nobody asked for a turn"
    );
    world.run();
    assert!(matches!(world.packets()[..], [Packet::Publish(_)]));
    assert!(delivery.wait_timeout(Duration::ZERO).is_none());
    world.say(&[0x40, 2, 0, 1]);
    let outcome = delivery.wait_timeout(Duration::ZERO).expect("an outcome");
    assert!(outcome.result.is_ok());

    let subscription = Subscription::new(TopicFilter::try_from("a/#").unwrap(), QoS::AtLeastOnce);
    let messages = world
        .client
        .subscription(
            vec![subscription],
            Default::default(),
            SubscriptionOptions::default(),
            Completion::none(),
        )
        .unwrap();
    world.run();
    let packets = world.packets();
    let [Packet::Subscribe(subscribe)] = &packets[..] else {
        panic!("{packets:?}");
    };
    let [high, low] = subscribe.packet_id.get().to_be_bytes();
    world.say(&[0x90, 4, high, low, 0, 1]);
    world.say(&[0x32, 9, 0, 3, b'a', b'/', b'b', 0, 9, 0, b'!']);
    let taken = messages.take(10).unwrap();
    assert_eq!(&taken[0].message.payload[..], b"!");
    world.run();
    assert_eq!(world.packets(), [], "acknowledged before it was taken");
    messages.done(1);
    world.run();
    assert!(matches!(world.packets()[..], [Packet::PubAck(_)]));

    world.client.close();
    world.run();
    let packets = world.packets();
    assert!(
        matches!(
            packets[..],
            [Packet::Unsubscribe(_), Packet::Disconnect(_)] | [Packet::Disconnect(_)]
        ),
        "{packets:?}"
    );
    let stream = world.stream;
    assert_eq!(world.actions.pop(), Some(Action::Finish { stream }));
    world.hosted.handle_end(stream);
    world.run();
    assert_eq!(world.actions.pop(), Some(Action::Close { stream }));
    assert!(world.hosted.is_closed());
    assert_eq!(
        messages.take(1),
        Err(StreamEnd::Disconnected(DisconnectCause::ClientClosed))
    );
    assert_eq!(world.heard(), ["disconnected: client_closed", "terminated"]);
}

#[test]
fn a_client_that_rests_wants_no_turn() {
    let mut world = world(BROWSER, Carrier::WebSocket, |_| {});
    world.connect();
    let messages = world.client.messages(None).unwrap();
    world.say(&[0x32, 6, 0, 1, b'a', 0, 9, 0]);
    assert_eq!(messages.take(10).unwrap().len(), 1);
    messages.done(1);
    world.run();
    assert!(matches!(world.packets()[..], [Packet::PubAck(_)]));
    world.client.disconnect(ReasonCode::Success).unwrap();
    world.run();
    world.hosted.handle_end(world.stream);
    world.run();
    assert_eq!(world.client.status().state, State::Idle);
    assert_eq!(world.deadline, None, "a process would not end");
}

#[test]
fn a_path_that_is_dead_is_told_once_and_its_stream_is_aborted_behind_the_event() {
    let mut world = world(BROWSER, Carrier::WebSocket, coming_back);
    world.connect();
    world.heard();
    let silent_since = world.now;
    world.pass(Duration::from_millis(7_000));
    assert_eq!(world.heard(), ["suspect"]);
    let packets = world.packets();
    assert!(!packets.is_empty() && packets.iter().all(|it| *it == Packet::PingReq));
    let old = world.stream;
    world.pass(Duration::from_millis(260));
    let told = ["disconnected: keep_alive_timeout", "reconnecting"];
    assert_eq!(world.heard(), told);
    assert!(world.now - Duration::from_millis(7_500) < silent_since);
    assert!(world.actions.contains(&Action::Abort { stream: old }));
    // What the dead stream says later is nobody's.
    world.hosted.handle_failed(old, TransportError::new("late"));
    world.hosted.handle_received(old, vec![0xFF]);
    world.pass(Duration::from_secs(5));
    assert_eq!(world.heard(), [""; 0]);
    assert_ne!(world.stream, old);
    world.accept();
    assert_eq!(world.heard(), ["connected"]);
}

/// As a TLS record of 16 KiB is on a slow link.
#[test]
fn what_grows_under_the_hosts_own_layer_is_evidence_until_it_is_whole() {
    let mut world = world("mqtts://broker.example", Carrier::TlsSocket, |_| {});
    world.connect();
    world.heard();
    let mut looked = world.now;
    for _ in 0..8 {
        world.pass(Duration::from_secs(3));
        world.hosted.handle_unfinished(world.stream, looked);
        looked = world.now;
    }
    let told = world.heard();
    assert!(
        !told.iter().any(|it| it.starts_with("disconnected")),
        "{told:?}"
    );
    // It grows no more: judged from when it did last, as far as that is known.
    world.pass(Duration::from_millis(7_400));
    let told = world.heard();
    let verdict = "disconnected: keep_alive_timeout";
    assert_eq!(
        told.iter().filter(|it| *it == verdict).count(),
        1,
        "{told:?}"
    );
    // A stream that is over has no life.
    world.hosted.handle_unfinished(world.stream, world.now);
    world.run();
}

#[test]
fn bytes_that_stand_still_with_the_host_are_suspicious_and_no_verdict() {
    let mut world = world(BROWSER, Carrier::WebSocket, |_| {});
    world.connect();
    world.heard();
    let publish = message("t", "x", QoS::AtMostOnce);
    world.client.publish(publish, Completion::none()).unwrap();
    world.run();
    let stream = world.stream;
    world.hosted.handle_buffered(world.now, stream, 100);
    world.pass(Duration::from_millis(900));
    assert_eq!(world.heard(), [""; 0]);
    world.pass(Duration::from_millis(200));
    assert_eq!(world.heard(), ["suspect"]);
    world.hosted.handle_buffered(world.now, stream, 0);
    world.pass(Duration::from_millis(100));
    assert_eq!(world.heard(), [""; 0], "that bytes went is no evidence");
    world.say(&[0x30, 4, 0, 1, b'a', 0]);
    assert_eq!(world.heard(), ["alive"]);
}

#[test]
fn a_page_that_is_put_away_says_goodbye_tells_one_event_and_comes_back_at_once() {
    let mut world = world(BROWSER, Carrier::WebSocket, coming_back);
    world.connect();
    world.heard();
    let first = world.stream;
    world.opened();
    world.hosted.park(world.now);
    world.hosted.park(world.now);
    world.run();
    assert!(matches!(world.packets()[..], [Packet::Disconnect(_)]));
    let told = ["disconnected: reclaimed_by_system", "reconnecting"];
    assert_eq!(world.heard(), told);
    assert_eq!(
        std::mem::take(&mut world.actions),
        [
            Action::Finish { stream: first },
            Action::Close { stream: first }
        ]
    );
    // However long it takes: nothing happens, and what is asked waits.
    let (completion, delivery) = Completion::delivery();
    let publish = message("t", "x", QoS::AtLeastOnce);
    world.client.publish(publish, completion).unwrap();
    world.now += Duration::from_secs(3600);
    world.run();
    assert_eq!((world.heard(), world.opened()), (vec![], vec![]));
    world.hosted.unpark();
    world.run();
    assert_eq!(world.opened(), ["broker.example"]);
    world.accept();
    assert_eq!(world.heard(), ["connected"]);
    assert!(matches!(world.packets()[..], [Packet::Publish(_)]));
    world.say(&[0x40, 2, 0, 1]);
    assert!(delivery.wait_timeout(Duration::ZERO).is_some());
}

#[test]
fn an_attempt_that_is_put_away_fails_and_begins_anew() {
    for answered in [false, true] {
        let mut world = world(BROWSER, Carrier::WebSocket, coming_back);
        world.client.connect().unwrap();
        world.run();
        if answered {
            world.open();
        }
        world.opened();
        world.hosted.park(world.now);
        world.run();
        let told = ["failed: transport", "reconnecting"];
        assert_eq!(world.heard(), told, "{answered}");
        world.hosted.unpark();
        // Attempts that are asked for have at least a quarter of a second between them.
        world.pass(Duration::from_millis(250));
        assert_eq!(world.opened(), ["broker.example"], "{answered}");
        world.accept();
        assert_eq!(world.heard(), ["connected"]);
    }
}

#[test]
fn servers_are_tried_in_order_each_in_its_share_of_the_time() {
    let mut world = world("wss://a.example", Carrier::WebSocket, |options| {
        options.add_server("wss://b.example").unwrap();
        options.config.connect_timeout = Some(Duration::from_secs(10));
    });
    world.client.connect().unwrap();
    world.run();
    let first = world.stream;
    world.pass(Duration::from_millis(5_001));
    assert!(world.actions.contains(&Action::Abort { stream: first }));
    assert_eq!(world.opened(), ["a.example", "b.example"]);
    // It opens too late for anyone.
    world.hosted.handle_opened(world.now, first, None);
    world.run();
    let error = TransportError::new("refused");
    world
        .hosted
        .handle_open_failed(world.now, world.stream, Stage::WebSocket, error.clone());
    world.run();
    assert_eq!(world.heard(), ["failed: transport"]);
    // The one that failed last comes last.
    world.client.connect().unwrap();
    world.run();
    assert_eq!(world.opened(), ["a.example"]);
    world.accept();
    let server = world.client.status();
    assert_eq!(server.connection_number, 2);
}

#[test]
fn a_host_that_opens_nothing_has_its_failure_in_time() {
    let mut world = world(BROWSER, Carrier::WebSocket, |_| {});
    let events = world.client.events().unwrap();
    world.client.connect().unwrap();
    world.pass(Duration::from_millis(7_600));
    let event = events
        .next_batch_timeout(1, Duration::ZERO)
        .unwrap()
        .remove(0);
    let EventKind::ConnectFailed(error) = event.kind else {
        panic!("{event:?}");
    };
    assert!(
        matches!(
            *error,
            ConnectError::Timeout {
                stage: Stage::WebSocket,
                ..
            }
        ),
        "{error}"
    );
    assert!(world.actions.contains(&Action::Abort {
        stream: world.stream
    }));
}

#[test]
fn what_the_hosts_streams_cannot_carry_is_refused_by_name() {
    let refused =
        |uri: &str, carrier, change: fn(&mut Options)| match try_world(uri, carrier, change) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
    assert_eq!(
        refused("mqtt://a.example", Carrier::WebSocket, |_| {}),
        "transport is tcp; it must be ws or wss, as here only WebSocket is to be had"
    );
    assert_eq!(refused("ws://a.example", Carrier::WebSocket, |_| {}), "");
    assert_eq!(refused("mqtts://a.example", Carrier::TlsSocket, |_| {}), "");
    let proxied = refused("ws://a.example", Carrier::WebSocket, |options| {
        options.proxy = mqttka_core::client::Proxy::System;
    });
    assert!(
        proxied.starts_with("proxy is given; it must be none"),
        "{proxied}"
    );
}

#[test]
fn a_host_that_stops_driving_leaves_nobody_waiting() {
    let mut world = world(BROWSER, Carrier::WebSocket, coming_back);
    world.connect();
    let (completion, delivery) = Completion::delivery();
    let publish = message("t", "x", QoS::AtLeastOnce);
    world.client.publish(publish, completion).unwrap();
    let events = world.client.events().unwrap();
    drop(world.hosted);
    assert!(
        delivery
            .wait_timeout(Duration::ZERO)
            .is_some_and(|it| it.result.is_err())
    );
    let told = events.next_batch_timeout(8, Duration::ZERO).unwrap();
    let ends = told
        .iter()
        .filter(|it| matches!(it.kind, EventKind::Disconnected(_)));
    assert_eq!(ends.count(), 1);
    assert_eq!(world.client.connect(), Err(Error::Closed));
}

#[cfg(feature = "websocket")]
#[test]
fn layers_that_the_hosts_streams_lack_are_the_librarys() {
    let mut world = world("ws://broker.example/mqtt", Carrier::TlsSocket, |_| {});
    world.client.connect().unwrap();
    world.run();
    world.open();
    let request = String::from_utf8(world.written.to_vec()).unwrap();
    assert!(request.starts_with("GET /mqtt HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("Sec-WebSocket-Protocol: mqtt"),
        "{request}"
    );
}
