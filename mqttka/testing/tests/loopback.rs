//! The fake broker on a port, with the client that users have.

use std::future::{Future, IntoFuture};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use mqttka::testing::{Acknowledging, Error, FakeBroker, SeenKind};
use mqttka::{Client, ConnectError, DisconnectCause, EventKind, Events, QoS, ReasonCode, Version};

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

/// How the connection ends.
async fn ended(events: &mut Events) -> DisconnectCause {
    loop {
        if let EventKind::Disconnected(end) = events.recv().await.unwrap().kind {
            return end.cause;
        }
    }
}

#[test]
fn messages_go_both_ways() {
    for version in [Version::V311, Version::V5] {
        run(async move {
            let broker = FakeBroker::start().unwrap();
            let builder = Client::builder(broker.uri())
                .protocol_version(version)
                .client_id("a");
            let client = builder.connect().await.unwrap();
            assert_eq!(broker.clients(), ["a"]);
            let mut messages = client.subscribe("t/#").qos(QoS::ExactlyOnce).await.unwrap();
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                client.publish("t/1", "hello").qos(qos).await.unwrap();
                let seen = broker.expect_publish("t/+", PATIENCE).unwrap();
                assert_eq!((seen.qos, &seen.payload[..]), (qos, &b"hello"[..]));
                let got = messages.recv().await.unwrap().unwrap();
                assert_eq!(got.qos, qos);
            }
            client.disconnect().await.unwrap();
            broker
                .expect(SeenKind::Disconnected, None, PATIENCE)
                .unwrap();
        });
    }
}

#[test]
fn the_client_hears_of_each_way_a_connection_ends() {
    run(async {
        let broker = FakeBroker::start().unwrap();
        let builder = Client::builder(broker.uri()).reconnect(false);
        let client = Client::new(builder.options().unwrap()).unwrap();
        let mut events = client.events().unwrap();
        client.start().await.unwrap();
        let code = ReasonCode::ServerShuttingDown;
        broker.disconnect(None, code, None).unwrap();
        let cause = ended(&mut events).await;
        assert!(
            matches!(&cause, DisconnectCause::ServerDisconnect { reason_code, .. } if *reason_code == code),
            "{cause}"
        );
        client.start().await.unwrap();
        broker.close(None).unwrap();
        assert_eq!(ended(&mut events).await.name(), "closed_by_server");
        client.start().await.unwrap();
        broker.half_close(None).unwrap();
        assert_eq!(ended(&mut events).await.name(), "closed_by_server");
        client.start().await.unwrap();
        broker.reset(None).unwrap();
        assert_eq!(ended(&mut events).await.name(), "transport");
        client.start().await.unwrap();
        broker.send_bytes(None, &[0, 0]).unwrap();
        assert_eq!(ended(&mut events).await.name(), "protocol");
    });
}

#[test]
fn the_internet_goes_and_comes_back() {
    run(async {
        let broker = FakeBroker::start().unwrap();
        let keep_alive = Duration::from_secs(1);
        let builder = Client::builder(broker.uri()).keep_alive(keep_alive);
        let client = Client::new(builder.options().unwrap()).unwrap();
        let mut events = client.events().unwrap();
        client.start().await.unwrap();
        broker.go_silent().unwrap();
        broker.forget_seen();
        let cause = ended(&mut events).await;
        // Where the system's side took the PINGREQ that nobody answers, it is known to be the broker.
        assert!(
            matches!(
                cause,
                DisconnectCause::ServerUnresponsive | DisconnectCause::KeepAliveTimeout
            ),
            "{cause}"
        );
        broker.expect(SeenKind::Lost, None, PATIENCE).unwrap();
        broker.come_back().unwrap();
        broker.expect(SeenKind::Connected, None, PATIENCE).unwrap();
    });
}

#[test]
fn a_refusal_is_an_error_of_the_attempt() {
    run(async {
        let broker = FakeBroker::start().unwrap();
        broker
            .refuse_connections(ReasonCode::BadUserNameOrPassword, Some(1))
            .unwrap();
        let builder = Client::builder(broker.uri()).reconnect(false);
        match builder.connect().await.unwrap_err() {
            mqttka::Error::ConnectFailed(error) => {
                assert!(matches!(error, ConnectError::Refused { .. }), "{error}");
            }
            other => panic!("{other}"),
        }
        broker.expect(SeenKind::Refused, None, PATIENCE).unwrap();
        Client::connect(broker.uri()).await.unwrap();
    });
}

#[test]
fn a_held_acknowledgement_holds_the_outcome() {
    run(async {
        let broker = FakeBroker::start().unwrap();
        let client = Client::connect(broker.uri()).await.unwrap();
        broker.acknowledge(Acknowledging::Held).unwrap();
        let answer = client.publish("t", "x").qos(QoS::AtLeastOnce).into_future();
        broker.expect_publish("t", PATIENCE).unwrap();
        let waits = client
            .publish("u", "x")
            .qos(QoS::AtLeastOnce)
            .timeout(Duration::from_millis(5));
        waits.await.unwrap_err();
        broker.acknowledge(Acknowledging::AtOnce).unwrap();
        answer.await.unwrap();
    });
}

#[test]
fn what_does_not_come_is_told_and_a_stopped_broker_says_so() {
    let broker = FakeBroker::start().unwrap();
    let missing = broker
        .expect_publish("t", Duration::from_millis(1))
        .unwrap_err();
    assert!(
        missing.to_string().contains("nothing else came"),
        "{missing}"
    );
    let mut socket = TcpStream::connect(("127.0.0.1", broker.port())).unwrap();
    broker.stop();
    assert_eq!(broker.go_silent(), Err(Error::Stopped));
    // Accepted or not: it is closed or reset.
    let _ = socket.read(&mut [0]);
    broker.expect(SeenKind::Lost, None, PATIENCE).unwrap_err();
    FakeBroker::start_on(broker.port()).unwrap();
    assert!(
        matches!(FakeBroker::start_on(1), Err(Error::Startup(_))) || cfg!(not(unix)) || is_root()
    );
}

/// What one client sent and closed before it connected again is not newer than what it sends then.
#[test]
fn what_came_over_an_older_connection_came_before() {
    let broker = FakeBroker::start().unwrap();
    // All of it is there when the broker looks.
    broker.go_silent().unwrap();
    let mut sockets = Vec::new();
    for keep_alive in 1..=12_u8 {
        let mut socket = TcpStream::connect(("127.0.0.1", broker.port())).unwrap();
        let connect = *b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01a";
        let connect = connect.map(|byte| if byte == 0x3c { keep_alive } else { byte });
        socket.write_all(&connect).unwrap();
        // Some ended since.
        sockets.extend((keep_alive % 3 == 0).then_some(socket));
    }
    broker.come_back().unwrap();
    for keep_alive in 1..=12 {
        let seen = broker.expect(SeenKind::Connected, None, PATIENCE).unwrap();
        let last = format!("keep-alive {keep_alive} s");
        assert!(seen.detail.ends_with(&last), "{}, not {last}", seen.detail);
    }
    for connection in 1..12_u64 {
        let seen = broker.expect(SeenKind::Lost, None, PATIENCE).unwrap();
        let taken_over = seen.detail == "taken over";
        assert_eq!(
            (seen.connection, taken_over),
            (connection, connection % 3 == 0)
        );
    }
}

/// It may listen anywhere.
fn is_root() -> bool {
    std::net::TcpListener::bind("127.0.0.1:1").is_ok()
}

/// A task that waits, and how often it was woken.
#[derive(Default)]
struct Woken(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

#[test]
fn a_task_is_told_what_is_seen() {
    run(async {
        let broker = std::sync::Arc::new(FakeBroker::start().unwrap());
        let seen = |kind, filter: Option<&'static str>| {
            let broker = std::sync::Arc::clone(&broker);
            std::future::poll_fn(move |cx| broker.poll_expect(cx, kind, filter))
        };
        let builder = Client::builder(broker.uri());
        let (connected, client) =
            futures::join!(seen(SeenKind::Connected, None), builder.connect());
        assert_eq!(connected.unwrap().kind, SeenKind::Connected);
        // What another one was told of does not count as told to this one.
        let waiting = futures::future::join(
            seen(SeenKind::Published, Some("a")),
            seen(SeenKind::Published, Some("b")),
        );
        let client = client.unwrap();
        let publishing = async {
            client.publish("b", "2").await.unwrap();
            client.publish("a", "1").await.unwrap();
        };
        let ((first, second), ()) = futures::join!(waiting, publishing);
        assert_eq!(&first.unwrap().message.unwrap().payload[..], b"1");
        assert_eq!(&second.unwrap().message.unwrap().payload[..], b"2");
        // And of the end.
        let stopping = async { broker.stop() };
        let (missing, ()) = futures::join!(seen(SeenKind::Pinged, None), stopping);
        missing.unwrap_err();
    });
}

#[test]
fn tasks_that_wait_are_bounded() {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::task::{Context, Waker};

    let broker = FakeBroker::start().unwrap();
    let tasks = Vec::from_iter((0..1025).map(|_| Arc::new(Woken::default())));
    let ask = |task: &Arc<Woken>| {
        let waker = Waker::from(Arc::clone(task));
        let asked = broker.poll_expect(&mut Context::from_waker(&waker), SeenKind::Pinged, None);
        assert!(asked.is_pending());
    };
    let woken = || Vec::from_iter(tasks.iter().map(|task| task.0.load(Ordering::SeqCst)));
    tasks[..1024].iter().for_each(ask);
    // The same task asks again.
    ask(&tasks[0]);
    assert_eq!(woken(), [0; 1025]);
    ask(&tasks[1024]);
    assert_eq!(woken(), [&[1; 1024][..], &[0]].concat());
    broker.stop();
    assert_eq!(woken(), [1; 1025]);
}
