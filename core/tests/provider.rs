//! A connection provider: what each attempt connects with, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mqttka_core::client::{
    ConnectError, ConnectionProvider, ConnectionRequest, EventKind, Options, ProvidedConnection,
    Stage, StopReason, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311};
use support::{App, Heard, PATIENCE};

/// Options that lead nowhere, and attempts that follow one another soon.
fn asking(provider: impl ConnectionProvider) -> Options {
    let mut options = Options::from_uri("mqtt://127.0.0.1:1").unwrap();
    options.config.protocol_version = Version::V311;
    if let Some(reconnect) = &mut options.config.reconnect {
        reconnect.max_delay = Duration::from_millis(10);
    }
    options.provider = Some(Arc::new(provider));
    options
}

/// A client, and the requests that its provider gets.
fn handed_on(change: impl FnOnce(&mut Options)) -> (App, Receiver<ConnectionRequest>) {
    let (told, requests) = channel();
    let mut options = asking(move |request| {
        let _ = told.send(request);
    });
    change(&mut options);
    (App::new(options), requests)
}

fn next(requests: &Receiver<ConnectionRequest>) -> ConnectionRequest {
    requests.recv_timeout(PATIENCE).expect("a request in time")
}

fn to(broker: &Broker, password: &str) -> ProvidedConnection {
    let mut given = ProvidedConnection::default();
    given.uri = Some(format!("mqtt://ann@127.0.0.1:{}", broker.port()));
    given.password = Some(password.to_owned().into());
    given
}

fn failed(app: &App) -> ConnectError {
    match app.event().kind {
        EventKind::ConnectFailed(error) => *error,
        other => panic!("{other:?}"),
    }
}

fn reconnecting(app: &App) {
    let event = app.event();
    assert!(
        matches!(event.kind, EventKind::Reconnecting(_)),
        "{event:?}"
    );
}

#[test]
fn each_attempt_connects_with_what_is_provided_for_it() {
    let broker = Broker::listen();
    let (app, requests) = handed_on(|_| {});
    app.client.connect().unwrap();
    for password in ["first", "second"] {
        let request = next(&requests);
        assert_eq!(request.attempt_number, 1);
        assert!(request.time_left > Duration::ZERO);
        request.provide(to(&broker, password));
        let mut peer = broker.accept();
        let connect = peer.packet();
        let end = [
            &[0, 3],
            &b"ann"[..],
            &[0, password.len() as u8],
            password.as_bytes(),
        ]
        .concat();
        assert!(connect.ends_with(&end), "{connect:?}");
        peer.send(CONNACK_311);
        app.connected();
        peer.close();
        assert!(app.event().will_reconnect);
        reconnecting(&app);
    }
    // What is not provided is as the options say, and nobody is there.
    next(&requests).provide(ProvidedConnection::default());
    assert_eq!(failed(&app).stage(), Some(Stage::Tcp));
    app.close();
}

#[test]
fn a_provider_that_has_nothing_fails_the_attempt_and_may_stop_the_client() {
    let (app, requests) = handed_on(|_| {});
    app.client.connect().unwrap();
    next(&requests).fail("no token yet", false);
    let error = failed(&app);
    assert_eq!(error, ConnectError::Provider("no token yet".into()));
    reconnecting(&app);
    drop(next(&requests));
    assert!(matches!(failed(&app), ConnectError::Provider(_)));
    reconnecting(&app);
    next(&requests).fail("logged out", true);
    assert!(matches!(failed(&app), ConnectError::Provider(_)));
    match app.event().kind {
        EventKind::ReconnectStopped(stopped) => assert_eq!(stopped.reason, StopReason::Provider),
        other => panic!("{other:?}"),
    }
    assert!(requests.try_recv().is_err());
    app.close();
}

#[test]
fn a_provider_that_panics_fails_the_attempt() {
    let app = App::new(asking(|_| std::panic::resume_unwind(Box::new("a bug"))));
    app.client.connect().unwrap();
    let error = failed(&app);
    assert_eq!(error, ConnectError::Provider("it panicked".into()));
    app.close();
}

/// Each attempt has its time, and the engine goes on whatever the provider does.
#[test]
fn a_provider_that_blocks_makes_attempts_time_out_until_it_returns() {
    let broker = Broker::listen();
    let (go, goes) = channel::<()>();
    let goes = std::sync::Mutex::new(goes);
    let given = to(&broker, "pw");
    let mut options = asking(move |request: ConnectionRequest| {
        // Once; later there is nobody to wait for.
        let _ = goes.lock().unwrap().recv();
        request.provide(given.clone());
    });
    options.config.connect_timeout = Some(Duration::from_millis(100));
    let app = App::new(options);
    app.client.connect().unwrap();
    for _ in 0..3 {
        match failed(&app) {
            ConnectError::Timeout { stage, .. } => assert_eq!(stage, Stage::Provider),
            other => panic!("{other:?}"),
        }
        reconnecting(&app);
    }
    drop(go);
    // The attempt that has time enough on a busy machine.
    std::thread::spawn(move || {
        loop {
            let _peer = broker.accept_mqtt(CONNACK_311);
        }
    });
    while !matches!(app.event().kind, EventKind::Connected(_)) {}
    app.close();
}

#[test]
fn a_client_that_is_closed_waits_for_no_answer() {
    let (app, requests) = handed_on(|_| {});
    app.client.connect().unwrap();
    let request = next(&requests);
    let heard = app.close();
    let events: Vec<_> = heard
        .into_iter()
        .filter_map(|it| match it {
            Heard::Event(event) => Some(event.kind),
            _ => None,
        })
        .collect();
    match &events[..] {
        [EventKind::ConnectFailed(error)] => assert_eq!(**error, ConnectError::ClientClosed),
        other => panic!("{other:?}"),
    }
    // The provider is gone with the client, and the answer leads nowhere.
    assert!(requests.recv_timeout(PATIENCE).is_err());
    request.provide(ProvidedConnection::default());
}
