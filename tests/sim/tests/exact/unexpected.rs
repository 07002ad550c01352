//! Packets that a client does not expect, or that are none.

use mqttka_core::error::ConnectError;
use mqttka_core::proto::Config;
use mqttka_core::types::{QoS, Version};

use super::{BOTH, Flow, connack, persistent, plain};

/// A packet of each type, as a client may see it in that version, with the right flags. Those of
/// clients are among them.
fn each_type(version: Version) -> Vec<(u8, Vec<u8>)> {
    let v5 = version == Version::V5;
    let connect = if v5 {
        b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c".to_vec()
    } else {
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c".to_vec()
    };
    let with_properties = |head: &[u8], rest: &[u8]| {
        let properties: &[u8] = if v5 { &[0] } else { &[] };
        let body = [&head[1..], properties, rest].concat();
        [&[head[0], body.len() as u8][..], &body].concat()
    };
    vec![
        (1, connect),
        (2, connack(version, false)),
        (3, with_properties(b"\x30\x00\x01t", b"x")),
        (4, vec![0x40, 2, 0, 1]),
        (5, vec![0x50, 2, 0, 1]),
        (6, vec![0x62, 2, 0, 1]),
        (7, vec![0x70, 2, 0, 1]),
        (8, with_properties(&[0x82, 0, 1], &[0, 1, b'f', 0])),
        (9, with_properties(&[0x90, 0, 1], &[0])),
        (10, with_properties(&[0xa2, 0, 1], &[0, 1, b'f'])),
        (
            11,
            with_properties(&[0xb0, 0, 1], if v5 { &[0] } else { &[] }),
        ),
        (12, vec![0xc0, 0]),
        (13, vec![0xd0, 0]),
        (14, vec![0xe0, 0]),
    ]
}

#[test]
fn what_only_a_client_sends_ends_the_connection() {
    for version in BOTH {
        for (kind, bytes) in each_type(version) {
            // CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, and CONNACK a second time; in 3.1.1
            // DISCONNECT, and in 5.0 one without a server's reason.
            let unexpected = matches!(kind, 1 | 2 | 8 | 10 | 12 | 14);
            let mut flow = Flow::connected(persistent(version));
            flow.hears(&bytes);
            if unexpected {
                flow.ended_saying(0x82);
            } else {
                flow.goes_on();
            }
        }
    }
}

#[test]
fn anything_before_connack_fails_the_attempt() {
    for version in BOTH {
        for (kind, bytes) in each_type(version) {
            if kind == 2 {
                continue;
            }
            let mut flow = Flow::connecting(persistent(version));
            flow.answers(&[bytes, connack(version, false)].concat(), []);
            let failure = flow.failure();
            assert!(matches!(failure, ConnectError::Protocol(_)), "{failure:?}");
            assert_eq!(flow.script.closes.len(), 1);
        }
    }
}

#[test]
fn auth_that_nobody_asked_for_is_a_protocol_error() {
    let auth = b"\xf0\x06\x18\x04\x15\x00\x01m";
    let mut flow = Flow::connected(plain(Version::V5));
    flow.hears(auth);
    flow.ended_saying(0x82);
    let mut flow = Flow::connecting(plain(Version::V5));
    flow.answers(auth, []);
    assert!(matches!(flow.failure(), ConnectError::Protocol(_)));
    // 3.1.1 has no such packet.
    let mut flow = Flow::connected(plain(Version::V311));
    flow.hears(auth);
    flow.ended_saying(0);
}

#[test]
fn each_type_has_the_one_value_of_its_flags() {
    for version in BOTH {
        for (kind, bytes) in each_type(version) {
            if kind == 3 {
                continue; // its flags mean something
            }
            for flags in 0..16 {
                if flags == bytes[0] & 0x0f {
                    continue;
                }
                let mut flow = Flow::connected(persistent(version));
                flow.hears(&[&[bytes[0] & 0xf0 | flags][..], &bytes[1..]].concat());
                flow.ended_saying(0x81);
            }
        }
        // Type 0, which there is not, and AUTH, which is one of 5.0.
        for first in (0x00..=0x0f).chain(0xf1..=0xff) {
            let mut flow = Flow::connected(persistent(version));
            flow.hears(&[first, 0]);
            flow.ended_saying(0x81);
        }
    }
}

/// A PUBLISH with these flags and this body; 5.0's has properties in it.
fn publish(flags: u8, body: &[u8]) -> Vec<u8> {
    [&[0x30 | flags, body.len() as u8][..], body].concat()
}

#[test]
fn a_publish_that_is_no_good_says_why() {
    // (flags, body in 3.1.1, body in 5.0, reason)
    let cases: &[(u8, &[u8], &[u8], u8)] = &[
        // QoS 3, DUP at QoS 0
        (
            0b0110,
            b"\x00\x01t\x00\x01x",
            b"\x00\x01t\x00\x01\x00x",
            0x81,
        ),
        (0b1000, b"\x00\x01tx", b"\x00\x01t\x00x", 0x81),
        // no identifier, or 0
        (0b0010, b"\x00\x01t", b"\x00\x01t", 0x81),
        (
            0b0010,
            b"\x00\x01t\x00\x00x",
            b"\x00\x01t\x00\x00\x00x",
            0x82,
        ),
        // topics: ill-formed UTF-8, a surrogate, U+0000, wildcards, none
        (0, b"\x00\x01\xffx", b"\x00\x01\xff\x00x", 0x81),
        (
            0,
            b"\x00\x03\xed\xa0\x80x",
            b"\x00\x03\xed\xa0\x80\x00x",
            0x81,
        ),
        (0, b"\x00\x01\x00x", b"\x00\x01\x00\x00x", 0x81),
        (0, b"\x00\x01#x", b"\x00\x01#\x00x", 0x90),
        (0, b"\x00\x03a/+x", b"\x00\x03a/+\x00x", 0x90),
        (0, b"\x00\x00x", b"\x00\x00\x00x", 0x82),
        // a topic that is cut off
        (0, b"\x00\x05t", b"\x00\x05t", 0x81),
    ];
    for version in BOTH {
        for (flags, v311, v5, reason) in cases {
            let mut flow = Flow::connected(plain(version));
            let body = flow.either(v311, v5);
            flow.hears(&publish(*flags, body));
            flow.ended_saying(*reason);
            assert_eq!(flow.messages(), [""; 0]);
        }
    }
    // Of 5.0: a property length that is cut off, or not minimal; properties that PUBLISH has not,
    // twice, or with values that they cannot have; a wildcard in a Response Topic; text that is
    // none in a User Property; the alias 0.
    let cases: &[(&[u8], u8)] = &[
        (b"\x00\x01t\x05", 0x81),
        (b"\x00\x01t\x80\x00x", 0x81),
        (b"\x00\x01t\x02\x24\x01x", 0x81),
        (b"\x00\x01t\x02\x7f\x01x", 0x81),
        (b"\x00\x01t\x04\x01\x01\x01\x01x", 0x82),
        (b"\x00\x01t\x02\x01\x02x", 0x82),
        (b"\x00\x01t\x02\x0b\x00x", 0x82),
        (b"\x00\x01t\x04\x08\x00\x01#x", 0x90),
        (b"\x00\x01t\x04\x03\x00\x01\xffx", 0x81),
        (b"\x00\x01t\x07\x26\x00\x01\x00\x00\x01vx", 0x81),
        (b"\x00\x01t\x07\x26\x00\x01k\x00\x01\xffx", 0x81),
        (b"\x00\x01t\x03\x23\x00\x00x", 0x94),
    ];
    for (body, reason) in cases {
        let mut flow = Flow::connected(plain(Version::V5));
        flow.hears(&publish(0, body));
        flow.ended_saying(*reason);
    }
}

#[test]
fn an_alias_that_was_not_offered_is_refused() {
    for (topic_alias_maximum, body) in [
        (0, &b"\x00\x01t\x03\x23\x00\x01x"[..]),
        (0, b"\x00\x00\x03\x23\x00\x01x"),
        (0, b"\x00\x01t\x03\x23\xff\xffx"),
        // Of 64 that were offered: one that stands for nothing yet, and those above.
        (64, b"\x00\x00\x03\x23\x00\x01x"),
        (64, b"\x00\x01t\x03\x23\x00\x41x"),
        (64, b"\x00\x01t\x03\x23\xff\xffx"),
    ] {
        let mut flow = Flow::connected(Config {
            topic_alias_maximum,
            ..plain(Version::V5)
        });
        flow.hears(&publish(0, body));
        flow.ended_saying(0x94);
        assert_eq!(flow.messages(), [""; 0]);
    }
}

#[test]
fn lengths_have_at_most_four_bytes_and_in_5_the_fewest() {
    for version in BOTH {
        let mut flow = Flow::connected(plain(version));
        flow.hears(&[0xd0, 0x80, 0x80, 0x80, 0x80, 0x00]);
        flow.ended_saying(0x81);
        // Three bytes for nothing: legal in 3.1.1.
        let mut flow = Flow::connected(plain(version));
        flow.hears(&[0xd0, 0x80, 0x80, 0x00]);
        match version {
            Version::V311 => flow.goes_on(),
            Version::V5 => flow.ended_saying(0x81),
        }
    }
}

#[test]
fn an_end_for_the_brokers_fault_leaves_the_session_and_its_exchanges() {
    for version in BOTH {
        let mut flow = Flow::connected(persistent(version));
        flow.publish(1, QoS::AtLeastOnce);
        let first = flow.take();
        flow.hears(&[0xc0, 0]);
        flow.ended_saying(0x82);
        flow.connect();
        flow.accept(true);
        let again = [&[0x3a][..], &first[1..]].concat();
        flow.says(again);
    }
}
