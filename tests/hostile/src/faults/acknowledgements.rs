//! A broker's answers, and what only clients send or nobody does.

use mqttka_core::types::QoS;

use super::Phase::Connected;
use super::Should::{GoOn, Refuse};
use super::{BOTH, Fault, V5, V311, fault};
use crate::broker::Broker;
use crate::packets::{ack, answer, connack, framed};

fn subscribing(broker: &Broker) -> Option<(u16, usize)> {
    let (id, subscribes, count) = *broker.requests.first()?;
    subscribes.then_some((id, count))
}

fn publishing(broker: &Broker, qos: QoS) -> Option<u16> {
    let found = broker.publishes.iter().find(|(_, of)| **of == qos);
    found.map(|(id, _)| *id)
}

/// An identifier that no exchange of the client's has.
const NOBODYS: u16 = 60_001;

pub(super) const FAULTS: &[Fault] = &[
    // Acknowledgements.
    fault(
        Connected,
        BOTH,
        "4.3.3",
        "PUBREC for a QoS 1 publish",
        Refuse("PUBREC"),
        |b| publishing(b, QoS::AtLeastOnce).map(|id| ack(0x50, id)),
    ),
    fault(
        Connected,
        BOTH,
        "4.3.3",
        "PUBACK for a QoS 2 publish",
        Refuse("PUBACK"),
        |b| publishing(b, QoS::ExactlyOnce).map(|id| ack(0x40, id)),
    ),
    fault(
        Connected,
        BOTH,
        "4.3.3",
        "PUBCOMP before PUBREC",
        Refuse("PUBCOMP"),
        |b| publishing(b, QoS::ExactlyOnce).map(|id| ack(0x70, id)),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-2.2.1-5",
        "PUBACK for nothing",
        GoOn,
        |_| Some(ack(0x40, NOBODYS)),
    ),
    fault(Connected, BOTH, "4.3.3", "PUBREC for nothing", GoOn, |_| {
        Some(ack(0x50, NOBODYS))
    }),
    fault(
        Connected,
        BOTH,
        "3.6.2.1",
        "PUBREL for nothing",
        GoOn,
        |_| Some(ack(0x62, NOBODYS)),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-2.2.1-2",
        "PUBACK with identifier 0",
        Refuse("identifier is 0"),
        |_| Some(ack(0x40, 0)),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-3.6.1-1",
        "PUBREL with wrong flags",
        Refuse("PUBREL has the invalid flags"),
        |b| Some(ack(0x60, b.received.first().copied().unwrap_or(1))),
    ),
    fault(
        Connected,
        BOTH,
        "3.4.2",
        "PUBACK of one byte",
        Refuse("inside a field"),
        |_| Some(framed(0x40, &[0])),
    ),
    fault(
        Connected,
        V311,
        "3.4.2",
        "PUBACK that is too long",
        Refuse("follow"),
        |b| {
            let [high, low] = publishing(b, QoS::AtLeastOnce)?.to_be_bytes();
            Some(framed(0x40, &[high, low, 0]))
        },
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.4.2-1",
        "PUBACK with a code that it cannot have",
        Refuse("reason code"),
        |b| {
            let [high, low] = publishing(b, QoS::AtLeastOnce)?.to_be_bytes();
            Some(framed(0x40, &[high, low, 0x01]))
        },
    ),
    // Answers.
    fault(
        Connected,
        BOTH,
        "MQTT-3.8.4-6",
        "SUBACK with a code too many",
        Refuse("wrong number"),
        |b| {
            let (id, count) = subscribing(b)?;
            Some(answer(b.v5, 0x90, id, &vec![0; count + 1]))
        },
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-3.8.4-6",
        "SUBACK without a code",
        Refuse("empty payload"),
        |b| {
            let (id, _) = subscribing(b)?;
            Some(answer(b.v5, 0x90, id, &[]))
        },
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-3.9.3-2",
        "SUBACK with a reserved code",
        Refuse("reason code"),
        |b| {
            let (id, count) = subscribing(b)?;
            Some(answer(b.v5, 0x90, id, &vec![3; count]))
        },
    ),
    fault(
        Connected,
        BOTH,
        "3.9",
        "UNSUBACK for a SUBSCRIBE",
        Refuse("UNSUBACK"),
        |b| {
            let (id, _) = subscribing(b)?;
            Some(if b.v5 {
                answer(true, 0xb0, id, &[0])
            } else {
                ack(0xb0, id)
            })
        },
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-3.8.4-2",
        "SUBACK for nothing",
        GoOn,
        |b| Some(answer(b.v5, 0x90, NOBODYS, &[0])),
    ),
    // What only clients send, and what there is not.
    fault(
        Connected,
        BOTH,
        "3.2",
        "a second CONNACK",
        Refuse("CONNACK"),
        |b| Some(connack(b.v5, 0, 0, &[])),
    ),
    fault(
        Connected,
        BOTH,
        "3.8",
        "SUBSCRIBE",
        Refuse("SUBSCRIBE"),
        |b| {
            let tail: &[u8] = if b.v5 {
                &[0, 9, 0, 0, 1, b'a', 0]
            } else {
                &[0, 9, 0, 1, b'a', 0]
            };
            Some(framed(0x82, tail))
        },
    ),
    fault(
        Connected,
        BOTH,
        "3.10",
        "UNSUBSCRIBE",
        Refuse("UNSUBSCRIBE"),
        |b| {
            let tail: &[u8] = if b.v5 {
                &[0, 9, 0, 0, 1, b'a']
            } else {
                &[0, 9, 0, 1, b'a']
            };
            Some(framed(0xa2, tail))
        },
    ),
    fault(
        Connected,
        BOTH,
        "3.12",
        "PINGREQ",
        Refuse("PINGREQ"),
        |_| Some(vec![0xc0, 0]),
    ),
    fault(
        Connected,
        V311,
        "3.14",
        "DISCONNECT",
        Refuse("DISCONNECT"),
        |_| Some(vec![0xe0, 0]),
    ),
    fault(
        Connected,
        V5,
        "3.14.2.1",
        "DISCONNECT with a client's code",
        Refuse("reason code"),
        |_| Some(framed(0xe0, &[0x04])),
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.14.2-2",
        "DISCONNECT with a session expiry",
        Refuse("Session Expiry Interval"),
        |_| Some(framed(0xe0, &[0x8b, 5, 0x11, 0, 0, 0, 9])),
    ),
    fault(
        Connected,
        V5,
        "MQTT-4.12.0-6",
        "AUTH",
        Refuse("AUTH"),
        |_| Some(framed(0xf0, &[0x18, 4, 0x15, 0, 1, b'm'])),
    ),
    fault(
        Connected,
        V311,
        "2.2.1",
        "AUTH, which 3.1.1 lacks",
        Refuse("packet type 15"),
        |_| Some(vec![0xf0, 0]),
    ),
    fault(
        Connected,
        BOTH,
        "2.1.2",
        "a packet of type 0",
        Refuse("packet type 0"),
        |_| Some(vec![0, 0]),
    ),
    fault(
        Connected,
        BOTH,
        "3.13",
        "PINGRESP with a body",
        Refuse("follow the packet"),
        |_| Some(framed(0xd0, &[0])),
    ),
    fault(
        Connected,
        BOTH,
        "3.13",
        "PINGRESP that nobody asked for",
        GoOn,
        |_| Some(vec![0xd0, 0]),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-1.5.5-1",
        "a length of five bytes",
        Refuse("variable byte integer"),
        |_| Some(vec![0x30, 0xff, 0xff, 0xff, 0xff, 0x01]),
    ),
    fault(
        Connected,
        V5,
        "MQTT-1.5.5-1",
        "a length that is not minimal",
        Refuse("variable byte integer"),
        |_| Some(vec![0xd0, 0x80, 0x00]),
    ),
    fault(
        Connected,
        BOTH,
        "2.1.3",
        "PINGRESP with flags",
        Refuse("PINGRESP has the invalid flags"),
        |_| Some(vec![0xd1, 0]),
    ),
];
