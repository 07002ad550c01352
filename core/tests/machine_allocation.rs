//! What the state machine allocates per message once it is warm: nothing, in either direction.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroU16;

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::{Ack, ConnAck, Decoder, Packet, Publish};
use mqttka_core::proto::{Command, Config, Delivered, Machine, Output};
use mqttka_core::types::{
    Instant, Message, Properties, Property, QoS, ReasonCode, TopicName, Version,
};

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes in use.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is handed on to the system's allocator unchanged; the counters are
// constant-initialised cells of plain numbers, which allocate nothing themselves.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        LIVE.set(LIVE.get() + layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: the caller keeps `dealloc`'s contract, and `alloc` came from there.
        unsafe { System.dealloc(pointer, layout) }
    }
}

const NOW: Instant = Instant::from_nanos(1_000_000_000);
const VERSION: Version = Version::V5;
const BATCH: u64 = 10;

/// A machine with what a driver has around it: nothing of that allocates.
struct Scene {
    machine: Machine<u64>,
    input: BytesMut,
    completed: u64,
    messages: Vec<Message>,
}

impl Scene {
    fn connected() -> Self {
        Scene::with(ConnAck::new(false, ReasonCode::Success))
    }

    fn with(connack: ConnAck) -> Self {
        let mut scene = Scene {
            machine: Machine::new(Config::default(), 0),
            input: BytesMut::new(),
            completed: 0,
            messages: Vec::with_capacity(64),
        };
        scene.machine.handle_command(NOW, Command::Connect);
        scene.machine.handle_open(NOW, true);
        scene.write();
        let connack = Packet::ConnAck(connack);
        let mut bytes = BytesMut::new();
        assert_eq!(connack.encode(VERSION, &mut bytes), Ok(()));
        scene.read(&bytes);
        scene
    }

    fn publish(&mut self, message: &Message, token: u64) {
        let Ok(len) = Publish::measure(message, VERSION) else {
            panic!("not a legal message");
        };
        let command = Command::Publish {
            message: message.clone(),
            len,
            terms: None,
            token: Some(token),
        };
        self.machine.handle_command(NOW, command);
    }

    fn read(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        let mut budget = usize::MAX;
        self.machine.handle_evidence(NOW);
        self.machine.handle_input(NOW, &mut self.input, &mut budget);
        self.tell();
    }

    fn write(&mut self) {
        loop {
            self.machine.prepare_transmit(NOW);
            let (head, tail) = self.machine.transmit();
            let count = head.len() + tail.len();
            if count == 0 {
                break;
            }
            self.machine.handle_written(NOW, count);
        }
        self.tell();
    }

    fn tell(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            if let Output::Delivered(mut items) = output {
                for item in items.drain(..) {
                    match item {
                        Delivered::Completed { .. } => self.completed += 1,
                        Delivered::Message(message) => self.messages.push(message),
                        Delivered::Connection(_)
                        | Delivered::SubscriptionsLost { .. }
                        | Delivered::SubscribedAgain(_) => {}
                    }
                }
                self.machine.reuse(items);
            }
        }
    }
}

fn message(qos: QoS) -> Message {
    let topic = TopicName::try_from("sensors/kitchen/temperature").expect("a topic");
    Message::new(topic, Bytes::from(vec![7; 256])).with_qos(qos)
}

/// Allocations of `rounds` calls, after as many to warm up.
fn allocations(rounds: u64, mut round: impl FnMut(u64)) -> usize {
    for n in 0..rounds {
        round(n);
    }
    let before = COUNT.get();
    for n in rounds..2 * rounds {
        round(n);
    }
    COUNT.get() - before
}

#[test]
fn a_publish_allocates_nothing() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut scene = Scene::connected();
        let message = message(qos);
        // More than there are identifiers. The broker's answers are ready before.
        let rounds = 10_000;
        let answers: Vec<Bytes> = (0..2 * rounds).map(|n| answers(qos, n)).collect();
        let count = allocations(rounds, |n| {
            for k in 0..BATCH {
                scene.publish(&message, n * BATCH + k);
            }
            scene.write();
            scene.read(&answers[n as usize]);
            scene.write();
        });
        assert_eq!(scene.completed, 2 * rounds * BATCH, "{qos:?}");
        // The table of what is in flight may be arranged anew now and then.
        assert!(count <= 10, "{qos:?}: {count} for {}", rounds * BATCH);
    }
}

/// More topics than aliases, so that each message gives one away.
#[test]
fn an_alias_allocates_nothing() {
    let mut connack = ConnAck::new(false, ReasonCode::Success);
    connack.properties.push(Property::TopicAliasMaximum(10));
    let mut scene = Scene::with(connack);
    let messages: Vec<Message> = (0..100)
        .map(|n| {
            let topic = format!("sensors/{n}/temperature");
            let topic = TopicName::try_from(topic.as_str()).expect("a topic");
            let message = message(QoS::AtMostOnce);
            Message { topic, ..message }
        })
        .collect();
    let count = allocations(10_000, |n| {
        for k in 0..BATCH {
            let message = &messages[(n * BATCH + k) as usize % messages.len()];
            scene.publish(message, n);
        }
        scene.write();
    });
    assert!(count <= 10, "{count} for {}", 10_000 * BATCH);
}

fn answers(qos: QoS, round: u64) -> Bytes {
    let mut bytes = BytesMut::new();
    for k in 0..BATCH {
        let id = ((round * BATCH + k) % 65_535 + 1) as u16;
        let ack = || Ack::new(NonZeroU16::new(id).expect("not 0"), ReasonCode::Success);
        let packets = match qos {
            QoS::AtMostOnce => vec![],
            QoS::AtLeastOnce => vec![Packet::PubAck(ack())],
            QoS::ExactlyOnce => vec![Packet::PubRec(ack()), Packet::PubComp(ack())],
        };
        for packet in packets {
            assert_eq!(packet.encode(VERSION, &mut bytes), Ok(()));
        }
    }
    bytes.freeze()
}

#[test]
fn a_message_that_comes_allocates_nothing() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let mut scene = Scene::connected();
        let packets: Vec<Bytes> = (0..4000).map(|n| pushed(qos, n)).collect();
        // What the decoder shares of a buffer costs something once per buffer, so all is one.
        scene.input.reserve(packets.iter().map(Bytes::len).sum());
        let count = allocations(2000, |n| {
            scene.read(&packets[n as usize]);
            let bytes = scene.messages.iter().map(Message::cost).sum();
            let acknowledgements = match qos {
                QoS::AtMostOnce => 0,
                _ => scene.messages.len() as u32,
            };
            scene.messages.clear();
            let release = Command::Release {
                connection_number: scene.machine.connection_number(),
                acknowledgements,
                bytes,
            };
            scene.machine.handle_command(NOW, release);
            scene.write();
        });
        assert!(count <= 10, "{qos:?}: {count} for {}", 2000 * BATCH);
        // They were acknowledged: nothing is left.
        assert_eq!(scene.machine.inbound_bytes(), 0);
    }
}

fn pushed(qos: QoS, round: u64) -> Bytes {
    let mut bytes = BytesMut::new();
    for k in 0..BATCH {
        let id = NonZeroU16::new((round * BATCH + k) as u16 + 1);
        let packet = Packet::Publish(Publish {
            dup: false,
            qos,
            retain: false,
            topic: TopicName::try_from("sensors/kitchen/temperature").ok(),
            packet_id: id.filter(|_| qos > QoS::AtMostOnce),
            payload: Bytes::from(vec![7; 256]),
            properties: Properties::new(),
        });
        assert_eq!(packet.encode(VERSION, &mut bytes), Ok(()));
    }
    assert!(
        Decoder::new(VERSION, u32::MAX)
            .decode(&mut bytes.clone())
            .is_ok()
    );
    bytes.freeze()
}

#[test]
fn an_idle_machine_keeps_nothing_of_a_busy_time() {
    let mut scene = Scene::connected();
    let before = LIVE.get();
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let message = message(qos);
        for n in 0..20_000 {
            scene.publish(&message, n);
        }
        scene.write();
        for round in 0..20_000 / BATCH {
            scene.read(&answers(qos, round));
            scene.write();
        }
    }
    scene.input = BytesMut::new();
    assert_eq!(scene.completed, 40_000);
    let later = NOW + std::time::Duration::from_secs(59);
    scene.machine.handle_timeout(later, false);
    scene.write();
    let kept = LIVE.get() - before;
    assert!(kept < 1000, "{kept} bytes");
}
