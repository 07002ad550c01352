//! PUBLISH from the broker, and its exchange.

use mqttka_core::types::Version;

use super::{BOTH, Flow, persistent, plain};

/// A PUBLISH of the broker to the topic `d`; `flags` are those of the first byte.
fn publish(version: Version, flags: u8, id: u8, payload: &str) -> Vec<u8> {
    let mut body = vec![0, 1, b'd'];
    if flags & 0b0110 != 0 {
        body.extend([0, id]);
    }
    if version == Version::V5 {
        body.push(0);
    }
    body.extend(payload.as_bytes());
    [&[0x30 | flags, body.len() as u8][..], &body].concat()
}

const QOS_0: u8 = 0b0000;
const QOS_1: u8 = 0b0010;
const QOS_2: u8 = 0b0100;
const DUP: u8 = 0b1000;

#[test]
fn each_qos_has_its_answer_when_the_message_was_taken() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.answers(&publish(version, QOS_0, 0, "a"), []);
        flow.takes(0);
        flow.says([]);
        flow.answers(&publish(version, QOS_1, 7, "b"), []);
        flow.takes(1);
        flow.says([0x40, 2, 0, 7]);
        flow.answers(&publish(version, QOS_2, 7, "c"), []);
        flow.takes(1);
        flow.says([0x50, 2, 0, 7]);
        flow.answers(&[0x62, 2, 0, 7], [0x70, 2, 0, 7]);
        assert_eq!(flow.messages(), ["a", "b", "c"]);
        flow.goes_on();
    }
}

#[test]
fn acknowledgements_of_both_kinds_have_the_order_of_arrival() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        for (flags, id) in [(QOS_2, 4), (QOS_1, 3), (QOS_2, 2), (QOS_1, 1)] {
            flow.hears(&publish(version, flags, id, "m"));
        }
        flow.says([]);
        flow.takes(1);
        flow.says([0x50, 2, 0, 4]);
        flow.takes(3);
        flow.says([0x40, 2, 0, 3, 0x50, 2, 0, 2, 0x40, 2, 0, 1]);
    }
}

#[test]
fn after_puback_the_same_identifier_is_a_new_message_whatever_dup_says() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        for flags in [QOS_1, QOS_1 | DUP, QOS_1] {
            flow.hears(&publish(version, flags, 7, "m"));
            flow.takes(1);
            flow.says([0x40, 2, 0, 7]);
        }
        assert_eq!(flow.messages(), ["m"; 3]);
        let dups = flow.script.messages.iter().filter(|m| m.dup).count();
        assert_eq!(dups, 0, "they were taken");
    }
}

#[test]
fn until_pubrel_a_repetition_has_its_pubrec_and_no_taker() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.hears(&publish(version, QOS_2, 7, "once"));
        // Not recorded yet: its PUBREC follows when it was taken.
        flow.answers(&publish(version, QOS_2 | DUP, 7, "once"), []);
        flow.takes(1);
        flow.says([0x50, 2, 0, 7]);
        for flags in [QOS_2 | DUP, QOS_2] {
            flow.answers(&publish(version, flags, 7, "again"), [0x50, 2, 0, 7]);
        }
        assert_eq!(flow.messages(), ["once"]);
        flow.answers(&[0x62, 2, 0, 7], [0x70, 2, 0, 7]);
        // From PUBCOMP on it is another message.
        flow.hears(&publish(version, QOS_2 | DUP, 7, "new"));
        flow.takes(1);
        flow.says([0x50, 2, 0, 7]);
        assert_eq!(flow.messages(), ["new"]);
    }
}

#[test]
fn a_release_of_nothing_has_its_pubcomp() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        let complete = flow.either(&[0x70, 2, 0, 9], &[0x70, 3, 0, 9, 0x92]);
        flow.answers(&[0x62, 2, 0, 9], complete);
        if version == Version::V5 {
            flow.answers(&[0x62, 3, 0, 9, 0x92], complete);
        }
        flow.goes_on();
    }
}

#[test]
fn what_was_not_acknowledged_comes_again_and_is_acknowledged_then() {
    for version in BOTH {
        let mut flow = Flow::connected(persistent(version));
        flow.hears(&publish(version, QOS_1, 1, "one"));
        flow.hears(&publish(version, QOS_2, 2, "two"));
        flow.hears(&publish(version, QOS_2, 3, "three"));
        flow.takes(1);
        flow.says([0x40, 2, 0, 1]);
        flow.come_back(true);
        // What the application takes of the earlier connection has no answer on this one.
        flow.says([]);
        flow.messages();
        flow.hears(&publish(version, QOS_2 | DUP, 2, "two"));
        flow.hears(&publish(version, QOS_2 | DUP, 3, "three"));
        // They were delivered; the application is not given them again.
        flow.says([0x50, 2, 0, 2, 0x50, 2, 0, 3]);
        assert_eq!(flow.messages(), [""; 0]);
        flow.answers(&[0x62, 2, 0, 2], [0x70, 2, 0, 2]);
        // A PUBREL that comes again, because its PUBCOMP was lost.
        flow.come_back_again();
        flow.answers(&[0x62, 2, 0, 3], [0x70, 2, 0, 3]);
    }
}

#[test]
fn a_session_that_is_gone_knows_no_exchange() {
    for version in BOTH {
        let mut flow = Flow::connected(persistent(version));
        flow.hears(&publish(version, QOS_2, 2, "before"));
        flow.takes(1);
        flow.says([0x50, 2, 0, 2]);
        flow.come_back(false);
        flow.says([]);
        flow.messages();
        flow.hears(&publish(version, QOS_2, 2, "after"));
        flow.takes(1);
        flow.says([0x50, 2, 0, 2]);
        assert_eq!(flow.messages(), ["after"]);
    }
}

#[test]
fn every_byte_of_a_message_arrives() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        // U+FEFF at the front of a topic is a character like another.
        let topic = b"\x00\x04\xef\xbb\xbfd";
        let payload = [0, 0xff, 0x10, 0xc0];
        let properties: &[u8] = match version {
            Version::V311 => &[],
            Version::V5 => &[12, 1, 1, 0x26, 0, 1, b'k', 0, 1, b'v', 0x0b, 0x80, 0x01],
        };
        let properties: Vec<u8> = match version {
            Version::V311 => Vec::new(),
            Version::V5 => [&[properties.len() as u8 - 1][..], &properties[1..]].concat(),
        };
        let body = [&topic[..], &properties, &payload].concat();
        flow.answers(&[&[0x31, body.len() as u8][..], &body].concat(), []);
        let message = &flow.script.messages[0];
        assert_eq!(message.topic.as_str(), "\u{feff}d");
        assert_eq!(message.payload[..], payload);
        assert!(message.retain && !message.dup);
        let count = if version == Version::V5 { 3 } else { 0 };
        assert_eq!(message.properties.iter().count(), count);
    }
}

impl Flow {
    fn come_back_again(&mut self) {
        self.come_back(true);
        self.says([]);
    }
}
