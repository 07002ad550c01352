//! What a topic alias costs per message, and what it saves. `cargo bench -p mqttka-core --bench
//! alias`.
//!
//! Each sample publishes [`BATCH`] messages of QoS 0 and hands them to a socket that takes everything.

use bytes::{Bytes, BytesMut};
use divan::Bencher;
use divan::counter::ItemsCount;
use mqttka_core::codec::{ConnAck, Packet, Publish};
use mqttka_core::proto::{Command, Config, Machine, Output};
use mqttka_core::types::{Instant, Message, Property, ReasonCode, TopicName, Version};

const BATCH: usize = 200;
const NOW: Instant = Instant::from_nanos(1_000_000_000);

fn main() {
    divan::main();
}

fn connected(maximum: u16) -> Machine<u64> {
    let mut machine = Machine::new(Config::default(), 0);
    machine.handle_command(NOW, Command::Connect);
    machine.handle_open(NOW, true);
    write(&mut machine);
    let mut connack = ConnAck::new(false, ReasonCode::Success);
    if maximum > 0 {
        let property = Property::TopicAliasMaximum(maximum);
        connack.properties.push(property);
    }
    let mut bytes = BytesMut::new();
    let encoded = Packet::ConnAck(connack).encode(Version::V5, &mut bytes);
    assert_eq!(encoded, Ok(()));
    machine.handle_input(NOW, &mut bytes, &mut usize::MAX.clone());
    write(&mut machine);
    machine
}

/// Gives the number of bytes.
fn write(machine: &mut Machine<u64>) -> usize {
    let mut all = 0;
    loop {
        machine.prepare_transmit(NOW);
        let (head, tail) = machine.transmit();
        let count = head.len() + tail.len();
        if count == 0 {
            break;
        }
        all += count;
        machine.handle_written(NOW, count);
    }
    while let Some(output) = machine.poll_output() {
        if let Output::Delivered(list) = output {
            machine.reuse(list);
        }
    }
    all
}

/// The server's Topic Alias Maximum, and to how many topics is published in turn.
#[divan::bench(args = [(0, 1), (10, 1), (10, 10), (64, 64), (0, 64), (10, 64)])]
fn publish(bencher: Bencher<'_, '_>, (maximum, topics): (u16, usize)) {
    let mut machine = connected(maximum);
    let messages: Vec<(Message, _)> = (0..topics)
        .map(|n| {
            let topic = format!("buildings/17/floors/3/sensors/{n}/temperature");
            let topic = TopicName::try_from(topic.as_str()).expect("a topic");
            let message = Message::new(topic, Bytes::from(vec![b'x'; 64]));
            let len = Publish::measure(&message, Version::V5).expect("it fits");
            (message, len)
        })
        .collect();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for n in 0..BATCH {
            let (message, len) = &messages[n % topics];
            let command = Command::Publish {
                message: message.clone(),
                len: *len,
                terms: None,
                token: None,
            };
            machine.handle_command(NOW, command);
        }
        write(&mut machine)
    });
}
