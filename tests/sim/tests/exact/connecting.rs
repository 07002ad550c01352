//! CONNECT, and what may answer it.

use bytes::Bytes;
use mqttka_core::error::ConnectError;
use mqttka_core::proto::Config;
use mqttka_core::types::{QoS, Version, Will};

use super::{BOTH, Flow, connack, message, persistent, plain};

/// Flags, Keep Alive and payload of a CONNECT; the properties of 5.0 are left out.
fn parts(connect: &[u8], version: Version) -> (u8, u16, Vec<u8>) {
    assert_eq!(connect[0], 0x10);
    // One byte of length is enough for these.
    assert_eq!(usize::from(connect[1]), connect.len() - 2);
    let level = if version == Version::V5 { 5 } else { 4 };
    assert_eq!(connect[2..9], [0, 4, b'M', b'Q', b'T', b'T', level]);
    let keep_alive = u16::from_be_bytes([connect[10], connect[11]]);
    let payload = match version {
        Version::V311 => &connect[12..],
        Version::V5 => &connect[13 + usize::from(connect[12])..],
    };
    (connect[9], keep_alive, payload.to_vec())
}

/// A string or binary data with its length.
fn field(bytes: &[u8]) -> Vec<u8> {
    [&[0, bytes.len() as u8], bytes].concat()
}

#[test]
fn flags_and_fields_of_connect_agree_and_have_their_order() {
    for version in BOTH {
        for bits in 0..64_u8 {
            let [clean, has_will, retain, user, password] = [1, 2, 4, 8, 16].map(|b| bits & b > 0);
            if version == Version::V311 && password && !user {
                continue; // the options refuse it
            }
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let message = message("w", "gone", qos).with_retain(retain);
                let will = Will { message };
                let config = Config {
                    clean_start: clean,
                    will: has_will.then_some(will),
                    user_name: user.then(|| "u".try_into().unwrap_or_default()),
                    password: password.then(|| Bytes::from_static(b"\x00\xff")),
                    keep_alive: 0x1234,
                    ..persistent(version)
                };
                let mut script = mqttka_sim::script::Script::new(config);
                script.connect();
                let (flags, keep_alive, payload) = parts(&script.wire, version);

                let mut expected = vec![field(b"c")];
                let mut wanted = u8::from(clean) << 1;
                if has_will {
                    wanted |= 0x04 | (qos as u8) << 3 | u8::from(retain) << 5;
                    if version == Version::V5 {
                        expected.push(vec![0]); // no Will properties
                    }
                    expected.extend([field(b"w"), field(b"gone")]);
                }
                if user {
                    wanted |= 0x80;
                    expected.push(field(b"u"));
                }
                if password {
                    wanted |= 0x40;
                    expected.push(field(b"\x00\xff"));
                }
                assert_eq!(flags, wanted, "{flags:#010b}, not {wanted:#010b}");
                assert_eq!(payload, expected.concat());
                assert_eq!(keep_alive, 0x1234);
            }
        }
    }
}

#[test]
fn connect_of_311_byte_by_byte() {
    let mut flow = Flow::connecting(plain(Version::V311));
    flow.says([]);
    flow.accept(false);
    flow.says([]);
    assert_eq!(flow.script.events.len(), 1);
    flow.script.lose();
    let connect = flow.connect();
    assert_eq!(connect, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c");
}

/// What a broker cannot have read it cannot accept: an acceptance that came first would let the
/// rest of what a client says overtake its CONNECT [MQTT-3.1.0-1].
#[test]
fn nothing_is_accepted_before_connect_has_been_written() {
    for version in BOTH {
        let mut script = mqttka_sim::script::Script::new(persistent(version));
        script.connect();
        let whole = script.wire.len();
        for room in 0..whole {
            let blocked = || {
                let mut script = mqttka_sim::script::Script::new(persistent(version));
                script.room = Some(room);
                script.connect();
                assert_eq!(script.wire.len(), room);
                Flow { script, version }
            };
            let mut flow = blocked();
            flow.accept(false);
            flow.script.room = None;
            flow.script.wait(mqttka_sim::secs(200));
            assert!(
                matches!(flow.failure(), ConnectError::Protocol(_)),
                "{room} of {whole} bytes: {:?}",
                flow.script.events
            );
            assert_eq!(flow.script.wire.len(), room, "nothing follows");

            // That it takes none is an answer at any time, as to a CONNECT that is too large.
            let mut flow = blocked();
            let refusal = flow
                .either(&[0x20, 2, 0, 3], &[0x20, 3, 0, 0x89, 0])
                .to_vec();
            flow.hears(&refusal);
            assert!(matches!(flow.failure(), ConnectError::Refused { .. }));
        }
    }
}

#[test]
fn nothing_but_connect_is_said_before_connack() {
    for version in BOTH {
        let mut flow = Flow::connecting(persistent(version));
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            flow.publish(qos as u64, qos);
        }
        flow.ask(mqttka_sim::script::subscribe(3));
        flow.script.wait(mqttka_sim::secs(20));
        flow.says([]);
        flow.accept(false);
        let said = flow.take();
        let first = [0x30, 0x32, 0x34, 0x82];
        let mut rest = &said[..];
        for byte in first {
            assert_eq!(rest[0], byte, "{said:02x?}");
            rest = &rest[2 + usize::from(rest[1])..];
        }
        assert_eq!(rest, []);
    }
}

/// The return codes of 3.1.1, and the reason codes of 5.0 that CONNACK may have.
const RETURN_CODES: &[u8] = &[1, 2, 3, 4, 5];
const REASON_CODES: &[u8] = &[
    0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
    0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
];

#[test]
fn each_refusal_is_one_event_and_nothing_is_said_to_it() {
    for version in BOTH {
        for number in 1..=255 {
            let bytes = match version {
                Version::V311 => vec![0x20, 2, 0, number],
                Version::V5 => vec![0x20, 3, 0, number, 0],
            };
            // Brokers refuse in the words of the other version, too: that is a refusal.
            let known = RETURN_CODES.contains(&number) || REASON_CODES.contains(&number);
            let mut flow = Flow::connecting(plain(version));
            flow.hears(&bytes);
            // What comes behind it is not looked at.
            flow.hears(&[0x30, 4, 0, 1, b't', b'x']);
            flow.says([]);
            assert_eq!(flow.script.closes.len(), 1, "{number:#x}");
            assert_eq!(flow.messages(), [""; 0]);
            let failure = flow.failure();
            if known {
                assert!(
                    matches!(failure, ConnectError::Refused { .. }),
                    "{number:#x}: {failure:?}"
                );
            } else {
                assert!(
                    matches!(failure, ConnectError::Protocol(_)),
                    "{number:#x}: {failure:?}"
                );
            }
        }
    }
}

#[test]
fn a_connack_that_is_no_good_fails_the_attempt() {
    for version in BOTH {
        let rest = |bytes: &[u8]| match version {
            Version::V311 => bytes.to_vec(),
            Version::V5 => [bytes, &[0]].concat(),
        };
        let length = rest(&[0, 0]).len() as u8;
        for flags in 0..=255_u8 {
            // Of a client that asked for its session: bit 0 may be set, the others not.
            let mut flow = Flow::connecting(persistent(version));
            flow.hears(&[&[0x20, length][..], &rest(&[flags, 0])].concat());
            flow.says([]);
            let accepted = flow.script.failures().is_empty();
            assert_eq!(accepted, flags < 2, "{flags:#010b}");
        }
        // A refusal has no session.
        let refusal = if version == Version::V5 { 0x87 } else { 5 };
        // And the header's flags are all reserved.
        for bytes in [
            [&[0x20, length][..], &rest(&[1, refusal])].concat(),
            [&[0x21, length][..], &rest(&[0, 0])].concat(),
            [&[0x20, length + 1][..], &rest(&[0, 0]), &[0]].concat(),
            vec![0x20, 1, 0],
            vec![0x20, 0],
        ] {
            let mut flow = Flow::connecting(persistent(version));
            flow.answers(&bytes, []);
            let failure = flow.failure();
            assert!(
                matches!(failure, ConnectError::Protocol(_)),
                "{bytes:02x?}: {failure:?}"
            );
        }
    }
}

#[test]
fn a_session_is_present_only_where_one_was_asked_for() {
    for version in BOTH {
        let mut flow = Flow::connecting(plain(version));
        flow.answers(&connack(version, true), []);
        assert!(matches!(flow.failure(), ConnectError::Protocol(_)));
        // The client asked for its session, and has none: the broker's may be of an earlier
        // process of the same name.
        let mut flow = Flow::connecting(persistent(version));
        flow.answers(&connack(version, true), []);
        flow.goes_on();
        assert!(flow.script.failures().is_empty());
    }
}

#[test]
fn the_client_identifier_is_the_sessions() {
    for version in BOTH {
        let mut flow = Flow::connected(persistent(version));
        flow.script.lose();
        let (flags, _, payload) = parts(&flow.connect(), version);
        assert_eq!((flags, &payload[..]), (0, &field(b"c")[..]));
        // None of its own, and no session to go on with.
        let config = Config {
            client_id: Default::default(),
            clean_start: true,
            session_expiry_interval: 0,
            ..plain(version)
        };
        let mut flow = Flow::connected(config);
        flow.script.lose();
        let (flags, _, payload) = parts(&flow.connect(), version);
        assert_eq!((flags, &payload[..]), (2, &field(b"")[..]));
    }
}
