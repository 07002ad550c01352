//! Coming back by itself, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    Client, Ended, Event, EventKind, Message, NetworkChange, OperationError, Options, Properties,
    QoS, ReasonCode, RequestOptions, State, StopReason, StreamEnd, Subscription,
    SubscriptionOptions, TopicFilter, TopicName, Version,
};
use mqttka_core::error::DisconnectCause;
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311};
use support::{App, Heard, PATIENCE, reconnecting, until};

/// Comes back within 10 ms, as tests have no time.
fn quick(port: u16, version: Version) -> Options {
    let mut options = reconnecting(port, version);
    options.config.client_id = "me".try_into().unwrap();
    options.config.keep_alive = 600;
    if let Some(reconnect) = &mut options.config.reconnect {
        reconnect.first_delay = Duration::from_millis(10);
        reconnect.max_delay = Duration::from_millis(10);
    }
    options
}

/// Comes back by itself in a day at most, which no test waits for.
fn patient(port: u16) -> Options {
    let mut options = quick(port, Version::V311);
    if let Some(reconnect) = &mut options.config.reconnect {
        reconnect.first_delay = Duration::from_secs(86_400);
        reconnect.max_delay = Duration::from_secs(86_400);
    }
    options
}

fn connected(app: &App, broker: &Broker) -> mqttka_scripted_broker::Peer {
    app.client.connect().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    peer
}

/// The `Reconnecting` that follows an end that has just been told.
fn comes_back(app: &App, ended: &Event) -> Ended {
    assert!(ended.will_reconnect && !ended.is_final(), "{ended:?}");
    let event = app.event();
    match event.kind {
        EventKind::Reconnecting(next) => next.cause.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_not_acknowledged_and_what_came_between_are_sent_again() {
    let broker = Broker::listen();
    let app = App::new(quick(broker.port(), Version::V311));
    // Before the first connection, too.
    app.publish("a", b"0", QoS::AtMostOnce).unwrap();
    app.subscribe("s", QoS::AtLeastOnce).unwrap();
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    peer.expect(&[0x30, 4, 0, 1, b'a', b'0']);
    peer.expect(&[0x82, 6, 0, 1, 0, 1, b's', 1]);
    peer.send(&[0x90, 3, 0, 1, 1]);
    for _ in 0..2 {
        app.outcome().result.unwrap();
    }
    app.publish("a", b"1", QoS::AtLeastOnce).unwrap();
    peer.expect(&[0x32, 6, 0, 1, b'a', 0, 2, b'1']);
    peer.close();
    let ended = app.event();
    assert!(matches!(ended.kind, EventKind::Disconnected(_)));
    let cause = comes_back(&app, &ended);
    assert_eq!(cause, Ended::Disconnected(DisconnectCause::ClosedByServer));
    app.publish("a", b"2", QoS::AtMostOnce).unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    match app.connected().kind {
        EventKind::Connected(connected) => {
            assert_eq!((connected.resubscribed, connected.sent_again), (1, 1));
            assert!(connected.offline.is_some() && !connected.session_lost);
        }
        other => panic!("{other:?}"),
    }
    peer.expect(&[0x82, 6, 0, 3, 0, 1, b's', 1]);
    peer.expect(&[0x32, 6, 0, 1, b'a', 0, 4, b'1']);
    peer.expect(&[0x30, 4, 0, 1, b'a', b'2']);
    peer.send(&[0x90, 3, 0, 3, 1, 0x40, 2, 0, 4]);
    for _ in 0..2 {
        app.outcome().result.unwrap();
    }
    app.close();
}

#[test]
fn refused_credentials_stop_it_and_connect_begins_anew() {
    let broker = Broker::listen();
    let app = App::new(quick(broker.port(), Version::V5));
    app.publish("a", b"0", QoS::AtMostOnce).unwrap();
    app.client.connect().unwrap();
    let _peer = broker.accept_mqtt(&[0x20, 0x03, 0x00, 0x86, 0x00]);
    let failed = app.event();
    assert!(failed.is_final(), "{failed:?}");
    let stopped = app.event();
    match stopped.kind {
        EventKind::ReconnectStopped(stopped) => {
            assert_eq!(stopped.reason, StopReason::Credentials);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(app.client.status().state, State::Idle);
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    // What was queued is still there.
    peer.expect(&[0x30, 5, 0, 1, b'a', 0, b'0']);
    app.outcome().result.unwrap();
    app.close();
}

#[test]
fn while_it_waits_it_can_be_told_to_stop_or_to_go_on() {
    let broker = Broker::listen();
    let app = App::new(patient(broker.port()));
    connected(&app, &broker).close();
    let ended = app.event();
    comes_back(&app, &ended);
    assert_eq!(app.client.status().state, State::Reconnecting);
    assert!(app.client.status().next_attempt_in.is_some());
    app.client.reconnect_now().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    peer.close();
    let ended = app.event();
    comes_back(&app, &ended);
    // `connect` tries now, too, and tells how that attempt ends.
    let connecting = app.client.connecting().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    connecting.wait_timeout(PATIENCE).unwrap().unwrap();
    app.connected();
    peer.close();
    let ended = app.event();
    comes_back(&app, &ended);
    let disconnecting = app.client.disconnecting(ReasonCode::Success).unwrap();
    disconnecting.wait_timeout(PATIENCE).unwrap();
    match app.event().kind {
        EventKind::ReconnectStopped(stopped) => {
            assert_eq!(stopped.reason, StopReason::DisconnectRequested);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(app.client.status().state, State::Idle);
    assert!(app.close().is_empty());
}

fn stream(client: &Client, filter: &str) -> mqttka_core::client::Messages {
    let filter = TopicFilter::try_from(filter).unwrap();
    let list = vec![Subscription::new(filter, QoS::AtLeastOnce)];
    let options = SubscriptionOptions::default();
    let completion = mqttka_core::client::Completion::none();
    client
        .subscription(list, Default::default(), options, completion)
        .unwrap()
}

#[test]
fn streams_go_on_and_end_where_their_subscription_is_refused() {
    let broker = Broker::listen();
    let app = App::new(quick(broker.port(), Version::V311));
    let mut peer = connected(&app, &broker);
    let goes_on = stream(&app.client, "a");
    peer.expect(&[0x82, 6, 0, 1, 0, 1, b'a', 1]);
    peer.send(&[0x90, 3, 0, 1, 1]);
    let ends = stream(&app.client, "b");
    peer.expect(&[0x82, 6, 0, 2, 0, 1, b'b', 1]);
    peer.send(&[0x90, 3, 0, 2, 1]);
    until(|| app.client.status().outbound_queue_messages == 0);
    peer.close();
    let ended = app.event();
    comes_back(&app, &ended);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    // Both in one SUBSCRIBE, under an identifier of its own.
    peer.expect(&[0x82, 10, 0, 3, 0, 1, b'a', 1, 0, 1, b'b', 1]);
    peer.send(&[0x90, 4, 0, 3, 1, 0x80]);
    match app.event().kind {
        EventKind::SubscriptionsLost(lost) => {
            let (filter, error) = &lost.filters[0];
            assert_eq!((filter.as_str(), lost.filters.len()), ("b", 1));
            assert!(matches!(error, OperationError::Refused(_)));
        }
        other => panic!("{other:?}"),
    }
    peer.send(&[0x30, 4, 0, 1, b'a', b'x']);
    let batch = goes_on.next_batch_timeout(1, PATIENCE).unwrap().unwrap();
    assert_eq!(&batch[0].message.payload[..], b"x");
    let end = ends.next_batch_timeout(1, PATIENCE).unwrap().unwrap_err();
    assert!(matches!(end, StreamEnd::SubscribeFailed(_)), "{end:?}");
    // The final end of the connection is that of the stream.
    app.client.disconnect(ReasonCode::Success).unwrap();
    let end = goes_on
        .next_batch_timeout(1, PATIENCE)
        .unwrap()
        .unwrap_err();
    assert!(matches!(end, StreamEnd::Disconnected(_)), "{end:?}");
    app.close();
}

/// What the broker says when it does not grant again what it has lost, whoever hears of it.
#[test]
fn a_subscription_that_is_refused_again_has_the_words_and_user_properties_of_the_broker() {
    const SAYS: &[u8] = b"\x1f\x00\x02no\x26\x00\x01k\x00\x01v\x26\x00\x01k\x00\x01w";
    let pairs = |properties: &Properties| -> Vec<String> {
        let user = properties.user_properties();
        user.map(|(name, value)| format!("{name}={value}"))
            .collect()
    };
    let broker = Broker::listen();
    let app = App::new(quick(broker.port(), Version::V5));
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    let ends = [stream(&app.client, "b"), stream(&app.client, "b")];
    for _ in &ends {
        let packet = peer.packet();
        peer.send(&[0x90, 4, packet[2], packet[3], 0, 1]);
    }
    let topic = TopicName::try_from("ask").unwrap();
    let request = app
        .client
        .request(Message::new(topic, "1"), &RequestOptions::default());
    let request = request.unwrap();
    let packet = peer.packet();
    assert_eq!(packet[0], 0x82);
    peer.send(&[0x90, 4, packet[2], packet[3], 0, 2]);
    assert_eq!(peer.packet()[0], 0x30);
    until(|| app.client.status().outbound_queue_messages == 0);
    peer.close();
    let ended = app.event();
    comes_back(&app, &ended);
    let mut peer = broker.accept_mqtt(CONNACK_5);
    app.connected();
    // "b" and the response topic in one SUBSCRIBE: two codes, and the same words for both.
    let packet = peer.packet();
    assert_eq!(packet[0], 0x82);
    let len = u8::try_from(SAYS.len()).unwrap();
    let head = [0x90, 5 + len, packet[2], packet[3], len];
    peer.send(&[&head, SAYS, &[0x87, 0x97]].concat());
    let event = app.event();
    let told = ["k=v", "k=w"];
    assert_eq!(pairs(&event.properties), told);
    let text = event.to_string();
    assert!(text.ends_with(r#", "no", and 1 more"#), "{text}");
    let EventKind::SubscriptionsLost(lost) = event.kind else {
        panic!("{event:?}");
    };
    let errors: Vec<_> = lost.filters.iter().map(|(_, error)| error).collect();
    let refused = [
        OperationError::Refused(ReasonCode::NotAuthorized),
        OperationError::Refused(ReasonCode::QuotaExceeded),
    ];
    assert_eq!(errors, [&refused[0], &refused[1]]);
    assert_eq!(lost.reason_string.as_deref(), Some("no"));
    let mut shared = Vec::new();
    for end in ends {
        let end = end.next_batch_timeout(1, PATIENCE).unwrap().unwrap_err();
        let text = end.to_string();
        assert!(text.ends_with(r#", "no""#), "{text}");
        let StreamEnd::SubscribeFailed(failed) = end else {
            panic!("{end:?}");
        };
        assert_eq!(failed.error, refused[0]);
        assert_eq!(failed.reason_string.as_deref(), Some("no"));
        assert_eq!(pairs(&failed.properties), told);
        shared.push(failed.properties);
    }
    // However many end by it, what it says is there once.
    assert!(Arc::ptr_eq(&shared[0], &shared[1]));
    let failed = request.wait_timeout(PATIENCE).unwrap().unwrap_err();
    assert_eq!(failed.error, refused[1]);
    assert_eq!(failed.reason_string.as_deref(), Some("no"));
    assert_eq!(pairs(&failed.properties), told);
    assert!(Arc::ptr_eq(&shared[0], &failed.properties));
    app.close();
}

#[test]
fn a_stream_that_is_asked_for_during_or_after_a_goodbye_is_one_of_the_next_connection() {
    let broker = Broker::listen();
    let app = App::new(quick(broker.port(), Version::V311));
    let mut peer = connected(&app, &broker);
    app.publish("a", b"1", QoS::AtLeastOnce).unwrap();
    peer.expect(&[0x32, 6, 0, 1, b'a', 0, 1, b'1']);
    let drain = Duration::from_secs(60);
    app.client
        .disconnect_after(ReasonCode::Success, drain)
        .unwrap();
    let during = stream(&app.client, "d");
    peer.send(&[0x40, 2, 0, 1]);
    peer.expect(&[0xe0, 0]);
    peer.close();
    assert!(app.event().is_final());
    let after = stream(&app.client, "e");
    app.outcome().result.unwrap();
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    app.connected();
    for (id, name, messages) in [(2, b'd', during), (3, b'e', after)] {
        peer.expect(&[0x82, 6, 0, id, 0, 1, name, 1]);
        peer.send(&[0x90, 3, 0, id, 1]);
        peer.send(&[0x30, 4, 0, 1, name, b'x']);
        let batch = messages.next_batch_timeout(1, PATIENCE).unwrap().unwrap();
        assert_eq!(&batch[0].message.payload[..], b"x");
    }
    app.close();
}

#[test]
fn closing_while_it_waits_ends_everything_once() {
    let broker = Broker::listen();
    let app = App::new(patient(broker.port()));
    connected(&app, &broker).close();
    let ended = app.event();
    comes_back(&app, &ended);
    app.publish("a", b"0", QoS::AtLeastOnce).unwrap();
    let heard = app.close();
    let stopped = heard.iter().filter(|heard| {
        matches!(heard, Heard::Event(Event { kind: EventKind::ReconnectStopped(stopped), .. })
            if stopped.reason == StopReason::ClientClosed)
    });
    assert_eq!(stopped.count(), 1, "{heard:?}");
    let outcomes = heard.iter().filter(|heard| {
        matches!(heard, Heard::Outcome(outcome) if outcome.result == Err(OperationError::Closed))
    });
    assert_eq!(outcomes.count(), 1, "{heard:?}");
}

/// A client in a session that outlives connections, and that goes over to another network while
/// the old connection lives.
fn moving(broker: &Broker) -> (App, mqttka_scripted_broker::Peer) {
    let mut options = quick(broker.port(), Version::V311);
    options.config.clean_start = false;
    options.config.make_before_break = true;
    let app = App::new(options);
    let peer = connected(&app, broker);
    (app, peer)
}

/// CONNACK of MQTT 3.1.1: accepted, with the session.
const RESUMED_311: &[u8] = &[0x20, 0x02, 0x01, 0x00];

#[test]
fn the_new_connection_is_made_before_the_old_one_breaks() {
    let broker = Broker::listen();
    let (app, mut old) = moving(&broker);
    app.publish("a", b"1", QoS::AtLeastOnce).unwrap();
    old.expect(&[0x32, 6, 0, 1, b'a', 0, 1, b'1']);
    app.client.network_changed(NetworkChange::Changed).unwrap();
    let mut new = broker.accept();
    assert_eq!(new.packet()[0], 0x10);
    // The old one lives as long as the broker has not answered; nothing new is sent over it.
    app.publish("a", b"2", QoS::AtMostOnce).unwrap();
    old.send(&[0x30, 4, 0, 1, b's', b'x']);
    assert_eq!(&app.message().payload[..], b"x");
    // The broker takes the old one back, and only then accepts.
    old.close();
    new.send(RESUMED_311);
    match app.event().kind {
        EventKind::Moved(moved) => {
            assert!(moved.session_present && moved.offline.is_none());
            assert_eq!(moved.sent_again, 1);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(app.client.status().state, State::Connected);
    new.expect(&[0x3a, 6, 0, 1, b'a', 0, 1, b'1']);
    new.expect(&[0x30, 4, 0, 1, b'a', b'2']);
    new.send(&[0x40, 2, 0, 1]);
    for _ in 0..2 {
        app.outcome().result.unwrap();
    }
    // It is the one connection now: its end is the end.
    new.close();
    let ended = app.event();
    assert!(matches!(ended.kind, EventKind::Disconnected(_)));
    assert_eq!(ended.connection_number, 2);
    app.close();
}

#[test]
fn where_the_new_one_fails_the_old_one_goes_on_or_its_end_is_told() {
    let broker = Broker::listen();
    let (app, mut old) = moving(&broker);
    app.client.network_changed(NetworkChange::Changed).unwrap();
    let mut new = broker.accept();
    assert_eq!(new.packet()[0], 0x10);
    new.send(&[0x20, 0x02, 0x00, 0x03]);
    // Nothing is told; the old one goes on.
    app.publish("a", b"1", QoS::AtMostOnce).unwrap();
    loop {
        // PINGREQ of the probe.
        if old.packet() != [0xc0, 0] {
            break;
        }
    }
    app.outcome().result.unwrap();
    app.client.network_changed(NetworkChange::Changed).unwrap();
    let mut new = broker.accept();
    assert_eq!(new.packet()[0], 0x10);
    old.close();
    new.close();
    let ended = app.event();
    assert!(
        matches!(ended.kind, EventKind::Disconnected(_)),
        "{ended:?}"
    );
    comes_back(&app, &ended);
    app.close();
}
