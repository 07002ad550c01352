//! The fake broker over TLS and WebSocket, and SCRAM-SHA-256, with the client that users have.

use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use mqttka::testing::{Error, FakeBroker, SeenKind, Transport};
use mqttka::{Builder, Client, ConnectError, DisconnectCause, EventKind, Events, QoS, ReasonCode};

/// A net against hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs this to its end.
fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(futures::executor::block_on(future));
    });
    receiver
        .recv_timeout(PATIENCE)
        .expect("it ends in time, and without a panic")
}

fn builder(broker: &FakeBroker) -> Builder {
    let builder = Client::builder(broker.uri()).reconnect(false);
    match broker.authority() {
        Some(authority) => builder.tls_ca(authority.to_owned()),
        None => builder,
    }
}

/// How the connection ends.
async fn ended(events: &mut Events) -> DisconnectCause {
    loop {
        if let EventKind::Disconnected(end) = events.recv().await.unwrap().kind {
            return end.cause;
        }
    }
}

#[test]
fn messages_go_both_ways_over_each_transport() {
    for transport in Transport::ALL.iter().copied() {
        run(async move {
            let broker = FakeBroker::start_with(0, transport).unwrap();
            let client = builder(&broker).connect().await.unwrap();
            let mut messages = client.subscribe("t/#").qos(QoS::ExactlyOnce).await.unwrap();
            // Of one frame or record, and of many.
            for size in [0, 5, 300_000] {
                let payload = vec![b'x'; size];
                client
                    .publish("t/1", payload.clone())
                    .qos(QoS::ExactlyOnce)
                    .await
                    .unwrap();
                let seen = broker.expect_publish("t/+", PATIENCE).unwrap();
                assert_eq!(seen.payload, payload);
                let got = messages.recv().await.unwrap().unwrap();
                assert_eq!(got.payload[..], payload[..]);
            }
            client.disconnect().await.unwrap();
            broker
                .expect(SeenKind::Disconnected, None, PATIENCE)
                .unwrap();
        });
    }
}

#[test]
fn each_end_is_told_over_each_transport() {
    for transport in Transport::ALL.iter().copied() {
        run(async move {
            let broker = FakeBroker::start_with(0, transport).unwrap();
            let client = Client::new(builder(&broker).options().unwrap()).unwrap();
            let mut events = client.events().unwrap();
            client.start().await.unwrap();
            let code = ReasonCode::ServerShuttingDown;
            broker.disconnect(None, code, None).unwrap();
            assert_eq!(ended(&mut events).await.name(), "server_disconnect");
            client.start().await.unwrap();
            broker.close(None).unwrap();
            // A Close frame is not without a word.
            let expected = match transport {
                Transport::WebSocket | Transport::SecureWebSocket => "transport",
                _ => "closed_by_server",
            };
            assert_eq!(ended(&mut events).await.name(), expected);
            client.start().await.unwrap();
            broker.reset(None).unwrap();
            assert_eq!(ended(&mut events).await.name(), "transport");
            client.start().await.unwrap();
            broker.send_bytes(None, &[0, 0]).unwrap();
            assert_eq!(ended(&mut events).await.name(), "protocol");
        });
    }
}

#[test]
fn a_client_that_does_not_know_the_authority_is_seen_to_refuse() {
    run(async {
        let broker = FakeBroker::start_with(0, Transport::Tls).unwrap();
        let other = FakeBroker::start_with(0, Transport::Tls).unwrap();
        let stranger = other.authority().unwrap().to_owned();
        let attempt = builder(&broker).tls_ca(stranger).connect().await;
        assert!(attempt.is_err());
        let fault = broker.expect(SeenKind::Faulty, None, PATIENCE).unwrap();
        assert!(fault.detail.starts_with("TLS: "), "{fault}");
    });
}

/// A connection that says this, and what it hears until the headers of the answer, or all of it, were there.
fn said(broker: &FakeBroker, request: &str) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(("127.0.0.1", broker.port())).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap() > 0 {
        answer.extend(byte);
    }
    (socket, String::from_utf8(answer).unwrap())
}

#[test]
fn what_is_no_web_socket_is_named() {
    let broker = FakeBroker::start_with(0, Transport::WebSocket).unwrap();
    let fault = || {
        let seen = broker.expect(SeenKind::Faulty, None, PATIENCE).unwrap();
        assert!(seen.detail.starts_with("WebSocket: "), "{seen}");
        seen.detail
    };
    said(&broker, "GET /mqtt HTTP/1.0\r\n\r\n");
    fault();
    let (_, answer) = said(&broker, &upgrade("other"));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    fault();
    let (mut socket, answer) = said(&broker, &upgrade("other, mqtt"));
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("sec-websocket-protocol: mqtt"), "{answer}");
    // A text frame, "x".
    socket.write_all(b"\x81\x81\0\0\0\0x").unwrap();
    assert!(fault().contains("text frame"));
}

fn upgrade(protocol: &str) -> String {
    format!(
        "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
    )
}

#[test]
fn both_prove_by_scram_that_they_know_the_password() {
    run(async {
        let broker = FakeBroker::start().unwrap();
        // With what has to be escaped.
        broker.authenticate_scram("pump,1=a", "pencil").unwrap();
        let knows = builder(&broker).scram_sha256("pump,1=a", "pencil");
        let client = knows.connect().await.unwrap();
        client.reauthenticate().await.unwrap();
        client.reauthenticate().await.unwrap();
        // Each time what it began with, and its proof.
        for _ in 0..6 {
            broker
                .expect(SeenKind::Authenticating, None, PATIENCE)
                .unwrap();
        }
        for (user, password, why) in [
            ("pump,1=a", "pen", "password"),
            ("pump", "pencil", "another user"),
        ] {
            let attempt = builder(&broker)
                .scram_sha256(user, password)
                .connect()
                .await;
            let Err(mqttka::Error::ConnectFailed(ConnectError::Refused { reason_code, .. })) =
                attempt
            else {
                panic!("{attempt:?}");
            };
            assert_eq!(reason_code, ReasonCode::NotAuthorized);
            let refused = broker.expect(SeenKind::Refused, None, PATIENCE).unwrap();
            assert!(refused.detail.contains(why), "{refused}");
        }
    });
}

#[test]
fn transports_have_their_numbers_and_addresses() {
    for (number, transport) in (0..).zip(Transport::ALL.iter().copied()) {
        assert_eq!(Transport::from_u8(number), Some(transport));
        let broker = FakeBroker::start_with(0, transport).unwrap();
        let secure = matches!(transport, Transport::Tls | Transport::SecureWebSocket);
        assert_eq!(broker.authority().is_some(), secure);
        let taken = FakeBroker::start_with(broker.port(), transport);
        assert!(matches!(taken, Err(Error::Startup(_))));
    }
    assert_eq!(Transport::from_u8(4), None);
}
