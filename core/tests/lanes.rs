//! Two lanes (rule L19) and bounded memory (rule L12), over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, DisconnectCause, Event, EventKind, Handler, Message, QoS, ReasonCode,
    TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311};
use support::{App, PATIENCE, options, until};

/// A handler whose message lane is stuck until the gate opens.
struct Stuck {
    entered: Sender<()>,
    gate: Mutex<Receiver<()>>,
    events: Sender<Event>,
    taken: Sender<Vec<u8>>,
}

impl Handler for Stuck {
    fn on_event(&self, event: &Event) {
        let _ = self.events.send(event.clone());
    }
    fn on_message(&self, message: Message, _: u64) {
        let _ = self.entered.send(());
        // Passes at once when the gate was dropped.
        let _ = self.gate.lock().unwrap().recv();
        let _ = self.taken.send(message.payload.to_vec());
    }
}

struct Scene {
    client: Client,
    entered: Receiver<()>,
    gate: Option<Sender<()>>,
    events: Receiver<Event>,
    taken: Receiver<Vec<u8>>,
}

fn scene(options: mqttka_core::client::Options) -> Scene {
    let (entered_sender, entered) = channel();
    let (gate, gate_receiver) = channel();
    let (event_sender, events) = channel();
    let (taken_sender, taken) = channel();
    let handler = Stuck {
        entered: entered_sender,
        gate: Mutex::new(gate_receiver),
        events: event_sender,
        taken: taken_sender,
    };
    Scene {
        client: Client::new(options, handler).unwrap(),
        entered,
        gate: Some(gate),
        events,
        taken,
    }
}

impl Scene {
    fn event(&self) -> EventKind {
        self.events.recv_timeout(PATIENCE).unwrap().kind
    }
}

#[test]
fn a_stuck_message_handler_delays_no_event() {
    let broker = Broker::listen();
    let mut scene = scene(options(broker.port(), Version::V311));
    scene.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    assert!(matches!(scene.event(), EventKind::Connected(_)));
    peer.send(&[0x30, 4, 0, 1, b't', b'0']);
    scene.entered.recv_timeout(PATIENCE).unwrap();
    peer.close();
    // The handler is still inside `on_message`.
    assert!(matches!(scene.event(), EventKind::Disconnected(_)));
    // And the client can connect again meanwhile.
    scene.client.connect().unwrap();
    let _peer = broker.accept_mqtt(CONNACK_311);
    assert!(matches!(scene.event(), EventKind::Connected(_)));
    drop(scene.gate.take());
    assert_eq!(scene.taken.recv_timeout(PATIENCE).unwrap(), b"0");
}

#[test]
fn acknowledgements_wait_for_the_handler_and_qos_0_is_dropped_above_the_limit() {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V5);
    options.config.inbound_queue_max_bytes = 64 * 1024;
    let mut scene = scene(options);
    scene.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    assert!(matches!(scene.event(), EventKind::Connected(_)));
    // QoS 1 first: it is acknowledged only when the handler has returned.
    peer.send(&[0x32, 7, 0, 1, b't', 0, 9, 0, b'1']);
    scene.entered.recv_timeout(PATIENCE).unwrap();
    let big = [
        &[0x30, 0x84, 0x80, 0x02, 0, 1, b't', 0][..],
        &[0; 32 * 1024],
    ]
    .concat();
    for _ in 0..8 {
        peer.send(&big);
    }
    // A marker that is never dropped: everything before it has been handled.
    peer.send(&[0x32, 7, 0, 1, b't', 0, 10, 0, b'2']);
    until(|| scene.client.status().messages_received == 10);
    let status = scene.client.status();
    // 1 + 2 x 32 KiB are above 64 KiB; the other six are dropped, and counted.
    assert_eq!(status.messages_dropped, 6, "{status:?}");
    assert!(
        status.inbound_queue_bytes <= 64 * 1024 + 33 * 1024,
        "{status:?}"
    );
    drop(scene.gate.take());
    peer.expect(&[0x40, 2, 0, 9]);
    peer.expect(&[0x40, 2, 0, 10]);
    let sizes: Vec<usize> = (0..4)
        .map(|_| scene.taken.recv_timeout(PATIENCE).unwrap().len())
        .collect();
    assert_eq!(sizes, [1, 32 * 1024, 32 * 1024, 1]);
    until(|| scene.client.status().inbound_queue_bytes == 0);
}

#[test]
fn past_the_hard_limit_the_connection_ends_with_a_reason_of_its_own() {
    let broker = Broker::listen();
    // 3.1.1 cannot tell the broker to stop, so only the limit is left.
    let mut options = options(broker.port(), Version::V311);
    options.config.inbound_queue_max_bytes = 16 * 1024;
    options.config.maximum_packet_size = Some(16 * 1024);
    let scene = scene(options);
    scene.client.connect().unwrap();
    let peer = broker.accept_mqtt(CONNACK_311);
    assert!(matches!(scene.event(), EventKind::Connected(_)));
    let packet = |id: u8| [&[0x32, 0x85, 0x40, 0, 1, b't', 0, id][..], &[0; 8 * 1024]].concat();
    let mut stream = peer.into_stream();
    for id in 1..=8 {
        // The client may have gone at one of the last.
        let _ = std::io::Write::write_all(&mut stream, &packet(id));
    }
    match scene.event() {
        EventKind::Disconnected(disconnected) => {
            assert_eq!(disconnected.cause, DisconnectCause::InboundOverflow);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_may_be_called_from_every_callback() {
    struct Caller {
        client: Arc<Mutex<Option<Client>>>,
        done: Sender<&'static str>,
    }
    impl Caller {
        fn client(&self) -> Client {
            self.client.lock().unwrap().clone().unwrap()
        }
    }
    impl Handler for Caller {
        fn on_event(&self, event: &Event) {
            let client = self.client();
            match event.kind {
                EventKind::Connected(_) => {
                    let inner = client.clone();
                    let done = self.done.clone();
                    let completion = Completion::call(move |outcome| {
                        assert_eq!(outcome.result, Ok(ReasonCode::Success));
                        inner.disconnect(ReasonCode::Success).unwrap();
                        let _ = done.send("completion");
                    });
                    let message = Message::new(TopicName::try_from("t").unwrap(), "x");
                    client.publish(message, completion).unwrap();
                }
                _ => {
                    client.close();
                    let _ = client.status();
                    // The last handle goes inside a callback.
                    self.client.lock().unwrap().take();
                    let _ = self.done.send("disconnected");
                }
            }
        }
        fn on_message(&self, _: Message, _: u64) {}
        fn on_terminated(&self) {
            let _ = self.done.send("terminated");
        }
    }
    let broker = Broker::listen();
    let cell = Arc::new(Mutex::new(None));
    let (done, heard) = channel();
    let caller = Caller {
        client: Arc::clone(&cell),
        done,
    };
    let client = Client::new(options(broker.port(), Version::V311), caller).unwrap();
    *cell.lock().unwrap() = Some(client.clone());
    client.connect().unwrap();
    drop(client);
    let _peer = broker.accept_mqtt(CONNACK_311);
    for expected in ["completion", "disconnected", "terminated"] {
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(expected));
    }
    assert!(
        heard.recv_timeout(PATIENCE).is_err(),
        "the handler is dropped"
    );
}

#[test]
fn a_delivery_does_not_need_the_message_lane() {
    let broker = Broker::listen();
    let mut scene = scene(options(broker.port(), Version::V311));
    scene.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.send(&[0x30, 4, 0, 1, b't', b'0']);
    scene.entered.recv_timeout(PATIENCE).unwrap();
    let (completion, delivery) = Completion::delivery();
    let message = Message::new(TopicName::try_from("t").unwrap(), "x").with_qos(QoS::AtLeastOnce);
    scene.client.publish(message, completion).unwrap();
    assert_eq!(delivery.wait_timeout(Duration::ZERO), None);
    peer.packet();
    peer.send(&[0x40, 2, 0, 1]);
    let outcome = delivery.wait_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.result, Ok(ReasonCode::Success));
    drop(scene.gate.take());
}

#[test]
fn a_panicking_handler_loses_neither_messages_nor_events() {
    struct Panicking(Sender<String>);
    impl Handler for Panicking {
        fn on_event(&self, event: &Event) {
            let _ = self.0.send(match event.kind {
                EventKind::Connected(_) => "connected".into(),
                _ => "disconnected".into(),
            });
            panic!("on purpose");
        }
        fn on_message(&self, message: Message, _: u64) {
            let _ = self.0.send(format!("message {}", message.payload.len()));
            panic!("on purpose");
        }
    }
    let broker = Broker::listen();
    let (sender, heard) = channel();
    let client = Client::new(options(broker.port(), Version::V311), Panicking(sender)).unwrap();
    client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "connected");
    peer.send(&[0x32, 5, 0, 1, b't', 0, 1, 0x32, 6, 0, 1, b't', 0, 2, b'x']);
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "message 0");
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "message 1");
    // Taken is taken: the broker need not repeat what makes the handler panic.
    peer.expect(&[0x40, 2, 0, 1]);
    peer.expect(&[0x40, 2, 0, 2]);
    peer.close();
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "disconnected");
}

#[cfg(target_os = "linux")]
#[test]
fn hundreds_of_clients_share_one_engine_thread() {
    let broker = Broker::listen();
    // Each end of each connection is a descriptor of this process.
    let apps: Vec<App> = (0..400)
        .map(|_| {
            let app = App::new(options(broker.port(), Version::V311));
            app.client.connect().unwrap();
            app
        })
        .collect();
    let peers: Vec<_> = apps
        .iter()
        .map(|_| broker.accept_mqtt(CONNACK_311))
        .collect();
    for app in &apps {
        app.connected();
    }
    let names: Vec<String> = std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .collect();
    let engines = names.iter().filter(|name| name.trim() == "mqttka").count();
    assert_eq!(engines, 1, "{names:?}");
    drop(peers);
    for app in &apps {
        assert!(matches!(app.event().kind, EventKind::Disconnected(_)));
    }
}

#[test]
fn completions_of_a_stuck_lane_are_bounded() {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    options.config.outbound_queue_max_messages = 10;
    let mut scene = scene(options);
    scene.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    assert!(matches!(scene.event(), EventKind::Connected(_)));
    peer.send(&[0x30, 4, 0, 1, b't', b'0']);
    scene.entered.recv_timeout(PATIENCE).unwrap();
    let (called, calls) = channel();
    let mut accepted = 0;
    let refused = loop {
        let called = called.clone();
        let completion = Completion::call(move |_| called.send(()).unwrap());
        let message = Message::new(TopicName::try_from("t").unwrap(), "x");
        match scene.client.publish(message, completion) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
        // Until it has left the queue, so that only the lane can be what is full.
        until(|| scene.client.status().outbound_queue_messages == 0);
    };
    assert_eq!(refused, mqttka_core::client::Error::QueueFull);
    assert!((10..=11).contains(&accepted), "{accepted}");
    // Who waits for a delivery needs no lane.
    let (completion, delivery) = Completion::delivery();
    let message = Message::new(TopicName::try_from("t").unwrap(), "x");
    scene.client.publish(message, completion).unwrap();
    assert!(delivery.wait_timeout(PATIENCE).unwrap().result.is_ok());
    assert!(calls.try_recv().is_err());
    drop(scene.gate.take());
    for _ in 0..accepted {
        calls.recv_timeout(PATIENCE).unwrap();
    }
}
