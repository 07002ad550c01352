//! What one packet costs in the codec. `cargo bench -p mqttka-core --bench codec`.
//!
//! Each sample handles [`BATCH`] packets in one buffer, as the engine does after one read; divan's
//! figures are per batch, its throughput (`item/s`) per packet.

use std::num::NonZeroU16;

use bytes::{Bytes, BytesMut};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use mqttka_core::codec::{Ack, Connect, Decoder, Packet, Publish, packet_len};
use mqttka_core::types::{
    Message, Properties, Property, QoS, ReasonCode, Text, TopicName, Version,
};

const BATCH: usize = 200;
const VERSION: Version = Version::V5;
const QOS: [QoS; 2] = [QoS::AtMostOnce, QoS::AtLeastOnce];

fn main() {
    divan::main();
}

fn text(value: &str) -> Text {
    Text::try_from(value).expect("text")
}

fn message(qos: QoS) -> Message {
    let topic = TopicName::try_from("sensors/kitchen/temperature").expect("a topic");
    Message::new(topic, vec![b'x'; 256]).with_qos(qos)
}

fn packet_id(qos: QoS) -> Option<NonZeroU16> {
    (qos != QoS::AtMostOnce).then_some(NonZeroU16::MAX)
}

fn publish(qos: QoS) -> Packet {
    let message = message(qos);
    Packet::Publish(Publish {
        dup: false,
        qos,
        retain: false,
        topic: Some(message.topic),
        packet_id: packet_id(qos),
        payload: message.payload,
        properties: Properties::new(),
    })
}

fn puback() -> Packet {
    Packet::PubAck(Ack::new(NonZeroU16::MAX, ReasonCode::Success))
}

fn connect() -> Packet {
    Packet::Connect(Box::new(Connect {
        version: VERSION,
        clean_start: true,
        keep_alive: 60,
        client_id: text("device-0123456789"),
        will: None,
        user_name: Some(text("user")),
        password: Some(Bytes::from_static(b"password")),
        properties: [
            Property::SessionExpiryInterval(3600),
            Property::ReceiveMaximum(100),
        ]
        .into_iter()
        .collect(),
    }))
}

fn bench_encode(bencher: Bencher<'_, '_>, packet: &Packet) {
    let mut out = BytesMut::with_capacity(1 << 20);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        out.clear();
        for _ in 0..BATCH {
            let result = black_box(packet).encode(VERSION, &mut out);
            assert!(result.is_ok());
        }
        black_box(&out);
    });
}

/// A buffer as the engine has it after a read: shared before, so that its first split, which
/// allocates, is not part of the figure.
fn filled_buffer(packet: &Packet) -> BytesMut {
    let mut input = BytesMut::with_capacity(BATCH * 512);
    input.extend_from_slice(&[0]);
    let _ = input.split();
    for _ in 0..BATCH {
        packet.encode(VERSION, &mut input).expect("a legal packet");
    }
    input
}

/// Decoding alone: the packets are kept, and dropped outside of the measurement.
fn bench_decode(bencher: Bencher<'_, '_>, packet: &Packet) {
    let mut decoder = Decoder::new(VERSION, 1 << 20);
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| (filled_buffer(packet), vec![Packet::PingReq; BATCH]))
        .bench_local_refs(|(input, packets)| {
            for slot in packets.iter_mut() {
                if let Ok(Some(packet)) = decoder.decode(input) {
                    *slot = packet;
                }
            }
            assert!(input.is_empty());
        });
}

/// Head and payload, from a packet.
#[divan::bench(args = QOS)]
fn encode_publish(bencher: Bencher<'_, '_>, qos: &QoS) {
    bench_encode(bencher, &publish(*qos));
}

/// What the send path does: the head from a message, then a copy of the payload.
#[divan::bench(args = QOS)]
fn encode_message(bencher: Bencher<'_, '_>, qos: &QoS) {
    let message = message(*qos);
    let id = packet_id(*qos);
    let mut out = BytesMut::with_capacity(1 << 20);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        out.clear();
        for _ in 0..BATCH {
            let message = black_box(&message);
            let result = Publish::encode_message_head(message, false, id, VERSION, &mut out);
            assert!(result.is_ok());
            out.extend_from_slice(&message.payload);
        }
        black_box(&out);
    });
}

#[divan::bench]
fn encode_puback(bencher: Bencher<'_, '_>) {
    bench_encode(bencher, &puback());
}

#[divan::bench]
fn encode_connect(bencher: Bencher<'_, '_>) {
    bench_encode(bencher, &connect());
}

#[divan::bench(args = QOS)]
fn decode_publish(bencher: Bencher<'_, '_>, qos: &QoS) {
    bench_decode(bencher, &publish(*qos));
}

/// With the packets' end: two references fewer each.
#[divan::bench(args = QOS)]
fn decode_publish_and_drop(bencher: Bencher<'_, '_>, qos: &QoS) {
    let mut decoder = Decoder::new(VERSION, 1 << 20);
    let packet = publish(*qos);
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| filled_buffer(&packet))
        .bench_local_refs(|input| {
            while let Ok(Some(packet)) = decoder.decode(input) {
                black_box(&packet);
            }
            assert!(input.is_empty());
        });
}

#[divan::bench]
fn decode_puback(bencher: Bencher<'_, '_>) {
    bench_decode(bencher, &puback());
}

#[divan::bench]
fn decode_connect(bencher: Bencher<'_, '_>) {
    bench_decode(bencher, &connect());
}

/// Walking packet boundaries, as the write buffer does.
#[divan::bench]
fn walk_packet_len(bencher: Bencher<'_, '_>) {
    let mut wire = BytesMut::new();
    for _ in 0..BATCH {
        let packet = publish(QoS::AtMostOnce);
        packet.encode(VERSION, &mut wire).expect("a legal packet");
    }
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let mut rest = black_box(&wire[..]);
        while let Some(len) = packet_len(rest) {
            rest = &rest[len..];
        }
        rest.len()
    });
}
