//! What comes in place of CONNACK.

use super::Phase::Handshake;
use super::Should::Refuse;
use super::{BOTH, Fault, V5, V311, fault};
use crate::packets::{answer, connack, framed, publish};

fn accepting(properties: &[u8]) -> Option<Vec<u8>> {
    Some(connack(true, 0, 0, properties))
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        Handshake,
        BOTH,
        "MQTT-3.2.0-1",
        "PUBLISH before CONNACK",
        Refuse("PUBLISH"),
        |b| Some(publish(b.v5, 0, b"a", None, &[], b"early")),
    ),
    fault(
        Handshake,
        BOTH,
        "MQTT-3.2.0-1",
        "SUBACK before CONNACK",
        Refuse("SUBACK"),
        |b| Some(answer(b.v5, 0x90, 1, &[0])),
    ),
    fault(
        Handshake,
        BOTH,
        "MQTT-3.2.0-1",
        "PINGRESP before CONNACK",
        Refuse("PINGRESP"),
        |_| Some(vec![0xd0, 0]),
    ),
    fault(
        Handshake,
        V5,
        "MQTT-3.14.0-1",
        "DISCONNECT before CONNACK",
        Refuse("DISCONNECT"),
        |_| Some(framed(0xe0, &[0x81])),
    ),
    fault(
        Handshake,
        V5,
        "MQTT-4.12.0-6",
        "AUTH that nobody asked for",
        Refuse("AUTH"),
        |_| Some(framed(0xf0, &[0x18, 4, 0x15, 0, 1, b'm'])),
    ),
    fault(Handshake, BOTH, "3.1", "CONNECT", Refuse("CONNECT"), |b| {
        let level = if b.v5 { 5 } else { 4 };
        let tail: &[u8] = if b.v5 {
            &[2, 0, 60, 0, 0, 0]
        } else {
            &[2, 0, 60, 0, 0]
        };
        Some(framed(
            0x10,
            &[&[0, 4, b'M', b'Q', b'T', b'T', level], tail].concat(),
        ))
    }),
    fault(
        Handshake,
        BOTH,
        "MQTT-2.1.3-1",
        "CONNACK with flags in its first byte",
        Refuse("flags"),
        |b| {
            let mut packet = connack(b.v5, 0, 0, &[]);
            packet[0] = 0x21;
            Some(packet)
        },
    ),
    fault(
        Handshake,
        BOTH,
        "MQTT-3.2.2-1",
        "CONNACK with reserved flags",
        Refuse("CONNACK has the invalid flags"),
        |b| Some(connack(b.v5, 0x80, 0, &[])),
    ),
    fault(
        Handshake,
        BOTH,
        "MQTT-3.2.2-2",
        "session present on a clean start",
        Refuse("session present"),
        |b| Some(connack(b.v5, 1, 0, &[])),
    ),
    fault(
        Handshake,
        BOTH,
        "MQTT-3.2.2-6",
        "a refusal with a session",
        Refuse("session is present"),
        |b| Some(connack(b.v5, 1, if b.v5 { 0x87 } else { 5 }, &[])),
    ),
    fault(
        Handshake,
        V5,
        "MQTT-3.2.2-8",
        "CONNACK with an unknown code",
        Refuse("reason code"),
        |_| Some(connack(true, 0, 0x7f, &[])),
    ),
    fault(
        Handshake,
        V311,
        "3.2.2.3",
        "CONNACK with a reserved code",
        Refuse("reason code"),
        |_| Some(connack(false, 0, 0x7f, &[])),
    ),
    fault(
        Handshake,
        V5,
        "3.2.2.3.3",
        "Receive Maximum 0",
        Refuse("not allowed"),
        |_| accepting(&[0x21, 0, 0]),
    ),
    fault(
        Handshake,
        V5,
        "3.2.2.3.6",
        "Maximum Packet Size 0",
        Refuse("not allowed"),
        |_| accepting(&[0x27, 0, 0, 0, 0]),
    ),
    fault(
        Handshake,
        V5,
        "3.2.2.3.4",
        "Maximum QoS 2",
        Refuse("not allowed"),
        |_| accepting(&[0x24, 2]),
    ),
    fault(
        Handshake,
        V5,
        "3.2.2.3.5",
        "Retain Available 2",
        Refuse("not allowed"),
        |_| accepting(&[0x25, 2]),
    ),
    fault(
        Handshake,
        V5,
        "3.2.2.3.3",
        "a property twice",
        Refuse("repeated"),
        |_| accepting(&[0x21, 0, 9, 0x21, 0, 9]),
    ),
    fault(
        Handshake,
        V5,
        "3.2.2.3",
        "a property of PUBLISH",
        Refuse("cannot carry"),
        |_| accepting(&[0x23, 0, 1]),
    ),
    fault(
        Handshake,
        V5,
        "2.2.2.2",
        "a property that there is not",
        Refuse("unknown property"),
        |_| accepting(&[0x7e, 0]),
    ),
    fault(
        Handshake,
        V5,
        "2.2.2.1",
        "properties longer than the packet",
        Refuse("inside a field"),
        |_| Some(framed(0x20, &[0, 0, 9, 0x21, 0])),
    ),
    fault(
        Handshake,
        V5,
        "MQTT-3.1.2-28",
        "Response Information that nobody asked for",
        Refuse("nobody asked"),
        |_| accepting(&[0x1a, 0, 1, b'r']),
    ),
    fault(
        Handshake,
        BOTH,
        "MQTT-1.5.5-1",
        "a length of five bytes",
        Refuse("variable byte integer"),
        |_| Some(vec![0x20, 0xff, 0xff, 0xff, 0xff, 0x01]),
    ),
    fault(
        Handshake,
        V311,
        "3.2",
        "CONNACK that is too long",
        Refuse("another protocol version"),
        |_| Some(framed(0x20, &[0, 0, 0])),
    ),
    fault(
        Handshake,
        BOTH,
        "3.2",
        "CONNACK that is too short",
        Refuse("inside a field"),
        |_| Some(framed(0x20, &[0])),
    ),
    fault(
        Handshake,
        BOTH,
        "2.1.2",
        "a packet of type 0",
        Refuse("packet type 0"),
        |_| Some(vec![0, 0]),
    ),
    fault(Handshake, BOTH, "1.5", "an HTTP answer", Refuse(""), |_| {
        Some(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec())
    }),
    fault(Handshake, BOTH, "1.5", "a TLS alert", Refuse(""), |_| {
        Some(vec![0x15, 3, 3, 0, 2, 2, 70])
    }),
];
