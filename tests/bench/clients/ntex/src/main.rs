//! ntex-mqtt 8.2, 3.1.1, on one thread. Its defaults are kept but for the windows, which are 16 by default.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use bench_report::{Arguments, ECHO, Idle, Latencies, Mode, Quiet, Stopwatch, TOPIC};
use ntex::time::{Millis, Seconds, sleep};
use ntex::util::{ByteString, Bytes};
use ntex::{ServiceFactory, SharedCfg};
use ntex_mqtt::MqttServiceConfig;
use ntex_mqtt::v3::MqttSink;
use ntex_mqtt::v3::client::{Client, Connect, MqttConnector, ProtocolMessage};
use ntex_mqtt::v3::codec::QoS;

const NAME: &str = "ntex-mqtt";

#[ntex::main]
async fn main() {
    let arguments = Arguments::from_command_line();
    match arguments.mode {
        Mode::Publish(0) => publish_at_most_once(&arguments).await,
        Mode::Publish(1) => publish_at_least_once(&arguments).await,
        Mode::Publish(_) => panic!("ntex-mqtt's client has no way to keep a window of QoS 2 full"),
        Mode::Receive(level) => receive(&arguments, level).await,
        Mode::RoundTrip => round_trips(&arguments).await,
        Mode::Echo => echoes(&arguments).await,
        Mode::Idle => idle(&arguments).await,
        Mode::Handshakes { .. } => panic!("this client does not do that"),
    }
}

async fn publish_at_most_once(arguments: &Arguments) {
    let client = connected(arguments, 0).await;
    let sink = run(client, |_| {});
    let watch = Stopwatch::start();
    let (topic, payload) = message(arguments, TOPIC);
    for _ in 0..arguments.count {
        assert!(sink.ready().await);
        sink.publish(topic.clone())
            .send_at_most_once(payload.clone())
            .expect("publish");
    }
    sink.publish(topic)
        .send_at_least_once(payload)
        .await
        .expect("publish");
    watch.report(NAME, arguments, arguments.count);
}

async fn publish_at_least_once(arguments: &Arguments) {
    let client = connected(arguments, 0).await;
    let sink = run(client, |_| {});
    let (done, acknowledged) = ntex::channel::oneshot::channel();
    let (done, left) = (Cell::new(Some(done)), Cell::new(arguments.count));
    sink.publish_ack_cb(move |_, _| {
        left.set(left.get() - 1);
        if left.get() == 0
            && let Some(done) = done.take()
        {
            let _ = done.send(());
        }
    });
    let watch = Stopwatch::start();
    let (topic, payload) = message(arguments, TOPIC);
    for _ in 0..arguments.count {
        assert!(sink.ready().await);
        sink.publish(topic.clone())
            .send_at_least_once_no_block(payload.clone())
            .expect("publish");
    }
    acknowledged.await.expect("the last PUBACK");
    watch.report(NAME, arguments, arguments.count);
}

async fn receive(arguments: &Arguments, level: u8) {
    let client = connected(arguments, 0).await;
    let (done, received) = ntex::channel::oneshot::channel();
    let (done, left, size) = (
        Cell::new(Some(done)),
        Cell::new(arguments.count),
        arguments.size,
    );
    let sink = run(client, move |length| {
        assert_eq!(length, size);
        left.set(left.get() - 1);
        if left.get() == 0
            && let Some(done) = done.take()
        {
            let _ = done.send(());
        }
    });
    let watch = Stopwatch::start();
    subscribe(&sink, &arguments.flood(level), level).await;
    received.await.expect("the last message");
    watch.report(NAME, arguments, arguments.count);
}

async fn round_trips(arguments: &Arguments) {
    let client = connected(arguments, 0).await;
    let sink = run(client, |_| {});
    let (topic, payload) = message(arguments, TOPIC);
    let watch = Stopwatch::start();
    let mut latencies = Latencies::default();
    for _ in 0..arguments.count {
        let start = Instant::now();
        sink.publish(topic.clone())
            .send_at_least_once(payload.clone())
            .await
            .expect("publish");
        latencies.record(start);
    }
    watch.report_latencies(NAME, arguments, latencies);
}

async fn echoes(arguments: &Arguments) {
    let client = connected(arguments, 0).await;
    let arrived = Rc::new(ntex::channel::condition::Condition::<()>::default());
    let waiter = arrived.wait();
    let sink = run(client, move |_| arrived.notify());
    subscribe(&sink, ECHO, 1).await;
    sink.publish_ack_cb(|_, _| {});
    let (topic, payload) = message(arguments, ECHO);
    let watch = Stopwatch::start();
    let mut latencies = Latencies::default();
    for _ in 0..arguments.count {
        let start = Instant::now();
        sink.publish(topic.clone())
            .send_at_least_once_no_block(payload.clone())
            .expect("publish");
        waiter.ready().await;
        latencies.record(start);
    }
    watch.report_latencies(NAME, arguments, latencies);
}

async fn idle(arguments: &Arguments) {
    let before = Idle::start();
    for index in 0..arguments.count {
        let client = connected(arguments, index).await;
        ntex::rt::spawn(client.start_default());
    }
    sleep(Millis(200)).await;
    let quiet = Quiet::start();
    sleep(Millis(Quiet::DURATION.as_millis() as u32)).await;
    before.report(NAME, arguments, &quiet);
}

async fn connected(arguments: &Arguments, index: usize) -> Client {
    let windows = MqttServiceConfig::new()
        .set_max_send(arguments.window)
        .set_max_receive(arguments.window);
    MqttConnector::new()
        .pipeline(SharedCfg::new("bench").add(windows).into())
        .await
        .expect("connector")
        .call(
            Connect::new(format!("{}:{}", arguments.host, arguments.port))
                .client_id(format!("bench-{index}"))
                .clean_session()
                .keep_alive(Seconds(60)),
        )
        .await
        .expect("connection")
}

/// Runs the client in its own task, handing over the size of each message that comes in.
fn run(client: Client, received: impl Fn(usize) + 'static) -> MqttSink {
    let sink = client.sink();
    let received = Rc::new(received);
    ntex::rt::spawn(client.start(ntex::service::fn_service(
        move |message: ProtocolMessage| {
            if let ProtocolMessage::Publish(publish) = &message {
                received(publish.payload_size());
            }
            std::future::ready(Ok::<_, ()>(message.ack()))
        },
    )));
    sink
}

async fn subscribe(sink: &MqttSink, filter: &str, level: u8) {
    let qos = if level == 0 {
        QoS::AtMostOnce
    } else {
        QoS::AtLeastOnce
    };
    sink.subscribe()
        .topic_filter(ByteString::from(filter), qos)
        .send()
        .await
        .expect("subscribe");
}

fn message(arguments: &Arguments, topic: &'static str) -> (ByteString, Bytes) {
    (
        ByteString::from_static(topic),
        Bytes::from(vec![b'x'; arguments.size]),
    )
}
