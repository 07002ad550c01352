//! A broker's PUBLISH.

use super::Phase::Connected;
use super::Should::{GoOn, Refuse, Tolerate};
use super::{BOTH, Fault, V5, V311, fault};
use crate::packets::{framed, publish};

/// A QoS 0 message with these properties.
fn with(properties: &[u8]) -> Option<Vec<u8>> {
    Some(publish(true, 0, b"a", None, properties, b"broken"))
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        Connected,
        BOTH,
        "MQTT-3.3.1-4",
        "QoS 3",
        Refuse("QoS 3"),
        |b| Some(publish(b.v5, 6, b"a", Some(9), &[], b"broken")),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-3.3.1-2",
        "DUP at QoS 0",
        Refuse("DUP"),
        |b| Some(publish(b.v5, 8, b"a", None, &[], b"broken")),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-2.2.1-4",
        "QoS 1 with identifier 0",
        Refuse("identifier is 0"),
        |b| Some(publish(b.v5, 2, b"a", Some(0), &[], b"broken")),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-3.3.2-2",
        "a wildcard in a topic",
        Refuse("topic"),
        |b| Some(publish(b.v5, 0, b"a/#", None, &[], b"broken")),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-1.5.4-1",
        "a topic that is not UTF-8",
        Refuse("UTF-8"),
        |b| Some(publish(b.v5, 0, b"a/\xff\xfe", None, &[], b"broken")),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-1.5.4-1",
        "a surrogate in a topic",
        Refuse("UTF-8"),
        |b| Some(publish(b.v5, 0, b"a/\xed\xa0\x80", None, &[], b"broken")),
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-1.5.4-2",
        "U+0000 in a topic",
        Refuse("U+0000"),
        |b| Some(publish(b.v5, 0, b"a/\0", None, &[], b"broken")),
    ),
    fault(
        Connected,
        V311,
        "MQTT-4.7.3-1",
        "an empty topic",
        Refuse("topic"),
        |_| Some(publish(false, 0, b"", None, &[], b"broken")),
    ),
    fault(
        Connected,
        V5,
        "3.3.2.1",
        "neither topic nor alias",
        Refuse("neither"),
        |_| Some(publish(true, 0, b"", None, &[], b"broken")),
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.3.2-8",
        "topic alias 0",
        Refuse("Topic Alias"),
        |_| with(&[0x23, 0, 0]),
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.3.2-9",
        "a topic alias above the maximum",
        Refuse("alias"),
        |b| {
            let above = b.aliases.checked_add(1)?.to_be_bytes();
            with(&[0x23, above[0], above[1]])
        },
    ),
    fault(
        Connected,
        V5,
        "3.3.2.3.4",
        "a topic alias that means nothing",
        Refuse("alias"),
        |b| {
            let alias = b.aliases.max(1).to_be_bytes();
            Some(publish(
                true,
                0,
                b"",
                None,
                &[0x23, alias[0], alias[1]],
                b"",
            ))
        },
    ),
    fault(
        Connected,
        V5,
        "3.3.2.3.8",
        "subscription identifier 0",
        Refuse("Subscription Identifier"),
        |_| with(&[0x0b, 0]),
    ),
    fault(
        Connected,
        V5,
        "3.3.2.3.2",
        "payload format 2",
        Refuse("Payload Format Indicator"),
        |_| with(&[0x01, 2]),
    ),
    fault(
        Connected,
        V5,
        "3.3.2.3.3",
        "message expiry twice",
        Refuse("repeated"),
        |_| with(&[0x02, 0, 0, 0, 1, 0x02, 0, 0, 0, 1]),
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.3.2-14",
        "a wildcard in a response topic",
        Refuse("wildcard"),
        |_| with(&[0x08, 0, 3, b'r', b'/', b'#']),
    ),
    fault(
        Connected,
        V5,
        "2.2.2.2",
        "a property of CONNACK",
        Refuse("cannot carry"),
        |_| with(&[0x13, 0, 1]),
    ),
    fault(
        Connected,
        V5,
        "MQTT-1.5.4-1",
        "a user property that is not UTF-8",
        Refuse("UTF-8"),
        |_| with(&[0x26, 0, 1, 0xff, 0, 1, b'v']),
    ),
    fault(
        Connected,
        BOTH,
        "1.5.4",
        "a topic longer than its packet",
        Refuse("inside a field"),
        |_| Some(framed(0x30, &[0, 200, b'a'])),
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.3.4-9",
        "more than the Receive Maximum",
        Tolerate("Receive Maximum"),
        |b| {
            let mut many = Vec::new();
            for _ in b.sent.len()..=usize::from(b.receive_maximum) {
                many.extend(b.message(2));
            }
            Some(many)
        },
    ),
    fault(
        Connected,
        V5,
        "MQTT-3.1.2-24",
        "more than the Maximum Packet Size",
        Refuse("larger than the limit"),
        |b| {
            let size = b.largest.filter(|size| *size < 1 << 20)? as usize;
            Some(publish(true, 0, b"a", None, &[], &vec![b'.'; size]))
        },
    ),
    fault(
        Connected,
        BOTH,
        "MQTT-4.3.3-10",
        "an identifier that is in use, for another message",
        GoOn,
        |b| {
            let id = *b.sent.iter().find(|(_, qos)| **qos == 2)?.0;
            Some(publish(b.v5, 4, b"a/b", Some(id), &[], b"another"))
        },
    ),
];
