use std::future::{Future, IntoFuture};
use std::sync::mpsc::channel;
use std::task::{Context, Waker};
use std::time::Duration;

use futures::StreamExt;
use mqttka::{Client, ConnectError, Error, EventKind, NetworkChange, ReasonCode, State};
use mqttka_scripted_broker::{Broker, CONNACK_5, PINGREQ};

use crate::support::{PATIENCE, builder, connected, run, until};

const DISCONNECT: &[u8] = &[0xe0, 0x00];

#[test]
fn connecting_waits_for_the_broker_and_dropping_says_goodbye() {
    let broker = Broker::listen();
    let uri = format!("mqtt://127.0.0.1:{}", broker.port());
    let connecting = std::thread::spawn(move || run(Client::connect(uri)));
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let client = connecting.join().unwrap().unwrap();
    assert_eq!(client.state(), State::Connected);
    let other = client.clone();
    drop(client);
    other.publish_nowait("still", "here").unwrap();
    assert_eq!(peer.packet()[0], 0x30);
    drop(other);
    peer.expect(DISCONNECT);
    assert!(peer.drain().is_empty());
}

/// tokio, beside the executor that the other tests use.
#[test]
fn tokio_runs_it_too() {
    let broker = Broker::listen();
    let connect = builder(&broker).connect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let connecting = runtime.spawn(connect);
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let client = runtime.block_on(connecting).unwrap().unwrap();
    let (publisher, sent) = (client.clone(), channel());
    runtime.spawn(async move { sent.0.send(publisher.publish("a", "b").await).unwrap() });
    assert_eq!(peer.packet()[0], 0x30);
    assert!(sent.1.recv_timeout(PATIENCE).unwrap().is_ok());
}

#[test]
fn a_refused_attempt_leaves_no_client() {
    let broker = Broker::listen();
    let connect = builder(&broker).connect();
    let connecting = std::thread::spawn(move || run(connect));
    // CONNACK: not authorized.
    let mut peer = broker.accept_mqtt(&[0x20, 0x03, 0x00, 0x87, 0x00]);
    let error = connecting.join().unwrap().unwrap_err();
    assert_eq!(error.name(), "refused");
    assert_eq!(error.reason_code(), Some(ReasonCode::NotAuthorized));
    assert_eq!(
        error.to_string(),
        "could not connect: refused by the broker: Not authorized (0x87) (refused)"
    );
    peer.drain();
}

#[test]
fn nobody_there_is_an_error_that_names_the_place() {
    let broker = Broker::listen();
    let port = broker.port();
    let connect = builder(&broker).connect();
    drop(broker);
    let error = run(connect).unwrap_err();
    let Error::ConnectFailed(ConnectError::Transport { .. }) = &error else {
        panic!("{error:?}");
    };
    let place = format!("127.0.0.1:{port}");
    assert!(error.to_string().contains(&place), "{error}");
}

#[test]
fn a_client_that_was_started_goes_on_after_a_failed_attempt() {
    let broker = Broker::listen();
    let client = builder(&broker)
        .reconnect_first_delay(Duration::from_millis(10))
        .build()
        .unwrap();
    let mut events = client.events().unwrap();
    assert_eq!(client.state(), State::Idle);
    let starting = client.clone();
    let starting = std::thread::spawn(move || run(async move { starting.start().await }));
    // CONNACK: the server is unavailable.
    let mut peer = broker.accept_mqtt(&[0x20, 0x03, 0x00, 0x88, 0x00]);
    let error = starting.join().unwrap().unwrap_err();
    assert_eq!(error.reason_code(), Some(ReasonCode::ServerUnavailable));
    peer.drain();
    client.reconnect_now().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let heard = run(async move {
        let mut heard = Vec::new();
        while let Some(event) = events.recv().await {
            heard.push(event.to_string());
            if let EventKind::Connected(_) = event.kind {
                break;
            }
        }
        heard
    });
    let starts = [
        "connection 1: connect_failed: refused by the broker: Server unavailable (0x88) (refused)",
        "connection 1: reconnecting: attempt 2 in ",
        "connection 2: connected to 127.0.0.1:",
    ];
    assert_eq!(heard.len(), 3, "{heard:?}");
    for (heard, start) in heard.iter().zip(starts) {
        assert!(heard.starts_with(start), "{heard}");
    }
    let again = client.clone();
    let again = run(async move { again.start().await });
    assert_eq!(again.unwrap_err(), Error::AlreadyConnected);
    assert_eq!(client.connect_nowait(), Err(Error::AlreadyConnected));
    client.close();
    peer.expect(DISCONNECT);
}

#[test]
fn a_client_can_be_disconnected_and_started_again() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    let ending = client
        .disconnect()
        .reason_code(ReasonCode::DisconnectWithWillMessage)
        .drain_timeout(Duration::from_secs(1))
        .into_future();
    // It waits for the end that is under way.
    let starting = client.clone();
    let mut starting = Box::pin(async move { starting.start().await });
    let mut cx = Context::from_waker(Waker::noop());
    assert!(starting.as_mut().poll(&mut cx).is_pending());
    let starting = std::thread::spawn(move || run(starting));
    peer.expect(&[0xe0, 0x01, 0x04]);
    peer.close();
    run(ending).unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let connected = starting.join().unwrap().unwrap();
    assert_eq!(connected.keep_alive, 60);

    let wrong = client.disconnect().reason_code(ReasonCode::ServerBusy);
    let error = run(wrong.into_future()).unwrap_err();
    assert!(error.to_string().contains("reason_code"), "{error}");
    let wrong = client.disconnect().drain_timeout(Duration::MAX);
    let error = run(wrong.into_future()).unwrap_err();
    assert!(error.to_string().contains("drain_timeout"), "{error}");

    let ending = client.disconnect().into_future();
    peer.expect(DISCONNECT);
    peer.close();
    run(ending).unwrap();
    let nothing = run(client.disconnect().into_future());
    assert_eq!(nothing, Err(Error::NotConnected));
}

#[test]
fn events_come_by_stream_and_by_function() {
    let broker = Broker::listen();
    let (told, hears) = channel();
    let client = builder(&broker)
        .on_event(move |event| told.send(event.clone()).unwrap())
        .build()
        .unwrap();
    let events = client.events().unwrap();
    client.connect_nowait().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let first = hears.recv_timeout(PATIENCE).unwrap();
    client.close();
    drop(client);
    peer.expect(DISCONNECT);
    peer.close();
    let all = run(async move { events.collect::<Vec<_>>().await });
    assert_eq!(all[0], first);
    assert_eq!(all[1].kind.name(), "disconnected");
    assert_eq!(all[1], hears.recv_timeout(PATIENCE).unwrap());
    assert_eq!(all.len(), 2, "{all:?}");
}

#[test]
fn aborting_says_nothing() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    client.abort();
    assert!(peer.drain().is_empty());
}

#[test]
fn hints_are_taken_and_a_closed_client_refuses_everything() {
    let broker = Broker::listen();
    let (client, mut peer) = connected(&broker);
    client.entered_background().unwrap();
    client.reconnect_now().unwrap();
    client.probe_now(Duration::from_secs(60)).unwrap();
    peer.expect(PINGREQ);
    peer.send(mqttka_scripted_broker::PINGRESP);
    client.entered_foreground().unwrap();
    peer.expect(PINGREQ);
    peer.send(mqttka_scripted_broker::PINGRESP);
    client.network_changed(NetworkChange::Changed).unwrap();
    peer.expect(PINGREQ);
    let update = client.status().network.unwrap();
    assert_eq!(update.change, NetworkChange::Changed);
    let error = client.probe_now(Duration::ZERO).unwrap_err();
    assert_eq!(
        error.to_string(),
        "probe_timeout is 0ns; it must be 1ms to 86400s"
    );

    client.close();
    peer.drain();
    let state = client.clone();
    until(move || state.state() == State::Closed);
    for result in [
        client.reconnect_now(),
        client.network_changed(NetworkChange::Lost),
        client.probe_now(Duration::from_secs(1)),
        client.entered_background(),
        client.entered_foreground(),
        client.connect_nowait(),
        client.publish_nowait("a", ""),
        client.unsubscribe("a").nowait(),
        client.subscribe("a").nowait().map(drop),
        run(client.disconnect().into_future()),
    ] {
        assert_eq!(result, Err(Error::Closed));
    }
    let mut messages = client.messages().unwrap();
    assert_eq!(run(async move { messages.recv().await }), Ok(None));
}

#[test]
fn a_disconnect_says_all_that_it_can() {
    let broker = Broker::listen();
    let client = builder(&broker)
        .session_expiry_interval(Duration::from_secs(60))
        .connect_nowait()
        .unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let state = client.clone();
    until(move || state.state() == mqttka::State::Connected);
    let negotiated = client.negotiated().unwrap();
    assert_eq!(negotiated.session_expiry_interval, 60);
    for (wrong, said) in [
        (
            client
                .disconnect()
                .session_expiry_interval(Duration::from_millis(1)),
            "session_expiry_interval is 1ms",
        ),
        (client.disconnect().reason_string("\0"), "reason_string"),
        (
            client.disconnect().user_property("k", "\0"),
            "user property",
        ),
    ] {
        let error = run(wrong.into_future()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let ending = client
        .disconnect()
        .session_expiry_interval(Duration::MAX)
        .reason_string("bye")
        .user_property("k", "v")
        .into_future();
    peer.expect(b"\xe0\x14\x00\x12\x11\xff\xff\xff\xff\x1f\x00\x03bye\x26\x00\x01k\x00\x01v");
    peer.close();
    run(ending).unwrap();
    assert_eq!(client.negotiated(), None);
}
