//! Maximum Packet Size of the broker: nothing that is sent is larger, whatever the kind and the limit.

use std::num::NonZeroU16;

use bytes::Bytes;
use mqttka_core::codec::{Ack, Auth, ConnAck, Packet, SubAck};
use mqttka_core::error::{ConnectError, OperationError, ProtocolError};
use mqttka_core::proto::{
    Authenticated, AuthenticationReply, Command, Config, Farewell, Reconnect, Refusal,
};
use mqttka_core::types::{Properties, Property, QoS, ReasonCode, Text, Version};
use mqttka_sim::script::{Script, from_broker, message};
use mqttka_sim::secs;

use super::ruled_out::{subscribe, unsubscribe};

/// Below this no session is possible.
const LEAST: u32 = 5;

fn id(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

fn ack(n: u16, code: ReasonCode) -> Ack {
    Ack::new(id(n), code)
}

fn text(words: &str) -> Text {
    Text::try_from(words).unwrap_or_default()
}

fn config(version: Version) -> Config {
    Config {
        protocol_version: version,
        client_id: text("c"),
        clean_start: false,
        session_expiry_interval: if version == Version::V5 { 1000 } else { 0 },
        reconnect: Some(Reconnect::default()),
        ..Config::default()
    }
}

/// All that makes a client send something once it is connected.
type Kind = (&'static str, fn(&mut Script));

const KINDS: [Kind; 17] = [
    ("PINGREQ of the keep-alive", |script| {
        script.wait(secs(70));
    }),
    ("PINGREQ of a flush", |script| {
        script.ask(Command::Flush {
            timeout: None,
            token: Some(1),
        });
        script.sent();
    }),
    ("PUBLISH", |script| {
        for (n, qos) in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
            .into_iter()
            .enumerate()
        {
            for size in [0, 8, 30] {
                let mut message = message(1, qos);
                message.payload = vec![0; size].into();
                message
                    .properties
                    .push(Property::MessageExpiryInterval(100));
                script.publish_message(1 + n as u64, message);
            }
            script.publish(10, qos);
        }
        script.sent();
    }),
    ("PUBREL", |script| {
        script.publish(1, QoS::ExactlyOnce);
        script.sent();
        script.receive([Packet::PubRec(ack(1, ReasonCode::Success))]);
    }),
    ("PUBREL of nothing", |script| {
        script.receive([Packet::PubRec(ack(1, ReasonCode::Success))]);
    }),
    ("PUBCOMP of nothing", |script| {
        script.receive([Packet::PubRel(ack(1, ReasonCode::Success))]);
    }),
    ("acknowledgements", |script| {
        script.receive([QoS::AtLeastOnce, QoS::ExactlyOnce].map(|qos| from_broker(qos, 1, false)));
        script.release(2, 0);
        script.sent();
        script.receive([Packet::PubRel(ack(1, ReasonCode::Success))]);
    }),
    ("refusals", |script| {
        script.receive([QoS::AtLeastOnce, QoS::ExactlyOnce].map(|qos| from_broker(qos, 1, false)));
        for ordinal in 0..2 {
            let refusal = Refusal::new(ReasonCode::QuotaExceeded).map(|refusal| {
                let refusal = refusal.with_reason_string(text("words"));
                refusal.with_user_property(text("name"), text("value"))
            });
            let Ok(Ok(refusal)) = refusal else {
                panic!("a refusal");
            };
            script.ask(Command::Refuse {
                connection_number: script.machine.connection_number(),
                ordinal,
                refusal: Box::new(refusal),
            });
        }
        script.release(2, 0);
        script.sent();
    }),
    ("SUBSCRIBE", |script| {
        for filter in ["a", "a/b", "a/rather/long/filter/indeed"] {
            script.ask(subscribe(1, filter));
        }
        script.sent();
    }),
    ("UNSUBSCRIBE", |script| {
        for filter in ["a", "a/b", "a/rather/long/filter/indeed"] {
            script.ask(unsubscribe(1, filter));
        }
        script.sent();
    }),
    ("DISCONNECT", |script| {
        script.ask(Command::Disconnect {
            reason_code: ReasonCode::DisconnectWithWillMessage,
            drain_timeout: None,
        });
        script.sent();
    }),
    ("DISCONNECT in words", |script| {
        let properties = [
            Property::SessionExpiryInterval(10),
            Property::ReasonString(text("words")),
            Property::UserProperty(text("name"), text("value")),
        ];
        script.ask(Command::DisconnectWith(Box::new(Farewell {
            reason_code: ReasonCode::DisconnectWithWillMessage,
            drain_timeout: None,
            properties: properties.into_iter().collect(),
        })));
        script.sent();
    }),
    ("DISCONNECT for a protocol error", |script| {
        script.receive_bytes(b"\x00\x00");
    }),
    ("DISCONNECT for a dead broker", |script| {
        script.wait(secs(1000));
    }),
    ("close", |script| {
        script.ask(Command::Close);
        script.sent();
    }),
    ("what is sent again", |script| {
        script.publish(1, QoS::AtLeastOnce);
        script.publish(2, QoS::ExactlyOnce);
        script.publish(3, QoS::ExactlyOnce);
        script.sent();
        script.receive([Packet::PubRec(ack(3, ReasonCode::Success))]);
        script.lose();
    }),
    ("what is subscribed to again", |script| {
        for (n, filter) in ["a", "a/rather/long/filter/indeed"].into_iter().enumerate() {
            script.ask(subscribe(1, filter));
            script.sent();
            script.receive([Packet::SubAck(SubAck {
                packet_id: id(n as u16 + 1),
                reason_codes: vec![ReasonCode::Success],
                properties: Properties::new(),
            })]);
        }
        script.lose();
    }),
];

/// The lengths of the packets in these bytes.
fn lengths(mut bytes: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while !bytes.is_empty() {
        let (mut len, mut shift, mut at) = (0, 0, 1);
        loop {
            let byte = usize::from(bytes[at]);
            len |= (byte & 0x7f) << shift;
            (shift, at) = (shift + 7, at + 1);
            if byte & 0x80 == 0 {
                break;
            }
        }
        lengths.push(at + len);
        bytes = &bytes[at + len..];
    }
    lengths
}

fn limit(size: u32) -> [Property; 1] {
    [Property::MaximumPacketSize(size)]
}

/// That nothing is larger, and that whoever asked has an outcome or waits for the broker.
fn fits(name: &str, size: u32, script: &mut Script) {
    let lengths = lengths(&script.wire);
    let most = lengths.iter().copied().max().unwrap_or_default();
    assert!(most <= size as usize, "{name}, {size}: {lengths:?}");
    script.wire.clear();
}

#[test]
fn nothing_that_is_sent_is_larger_than_the_broker_takes() {
    for size in LEAST..=40 {
        for (name, asks) in KINDS {
            // A limit that is there from the first connection on, and one that a later one brings.
            for later in [false, true] {
                let mut script = Script::coming_back(config(Version::V5));
                script.connect();
                script.wire.clear();
                match later {
                    false => {
                        script.accept(false, limit(size));
                        asks(&mut script);
                        fits(name, size, &mut script);
                    }
                    true => {
                        script.accept(false, []);
                        asks(&mut script);
                        script.lose();
                    }
                }
                for present in [true, false] {
                    if script.machine.next_attempt_at().is_none() {
                        continue;
                    }
                    script.attempt();
                    script.wire.clear();
                    script.accept(present, limit(size));
                    fits(name, size, &mut script);
                    script.lose();
                }
            }
        }
    }
}

/// The broker's AUTH is answered by one that it does not take: the connection ends for it, or the
/// re-authentication does before anything is sent.
#[test]
fn authentication_data_that_does_not_fit_is_not_sent() {
    for size in LEAST..=40 {
        for (first, second, user) in [
            (2, 2, false),
            (2, 20, false),
            (20, 2, false),
            (2, 20, true),
            (20, 2, true),
        ] {
            let mut script = Script::coming_back(Config {
                authentication_method: Some(text("m")),
                ..config(Version::V5)
            });
            let answer = |script: &mut Script, exchange, number, data: usize| {
                script.ask(Command::Authenticated(Box::new(Authenticated {
                    exchange,
                    number,
                    result: Ok(match user && exchange == 2 {
                        true => AuthenticationReply {
                            data: None,
                            user_properties: vec![(Text::default(), text(&"v".repeat(data)))],
                        },
                        false => Some(Bytes::from(vec![7; data])).into(),
                    }),
                })));
                script.sent();
            };
            let method = || Property::AuthenticationMethod(text("m"));
            script.connect();
            // What CONNECT and AUTH may have before CONNACK, nobody has said.
            answer(&mut script, 1, 1, 100);
            script.wire.clear();
            script.accept(false, limit(size).into_iter().chain([method()]));
            answer(&mut script, 1, 2, 0);
            script.ask(Command::Reauthenticate { token: Some(1) });
            answer(&mut script, 2, 1, first);
            let begun = lengths(&script.wire).len() == 1;
            fits("AUTH", size, &mut script);
            // Header and reason, the properties' length, the method with its own, the data with its own
            // or the user property with two.
            let needs = |data: usize| 4 + 4 + if user { 5 } else { 3 } + data;
            assert_eq!(begun, needs(first) <= size as usize, "{size}");
            assert_eq!(script.completed.len(), usize::from(!begun));
            if begun {
                script.receive([Packet::Auth(Auth {
                    reason_code: ReasonCode::ContinueAuthentication,
                    properties: [method()].into_iter().collect(),
                })]);
                answer(&mut script, 2, 2, second);
                let fits_too = needs(second) <= size as usize;
                assert_eq!(script.causes().is_empty(), fits_too, "{size}");
                fits("AUTH", size, &mut script);
            } else {
                assert_eq!(script.causes(), []);
            }
        }
    }
}

#[test]
fn a_limit_below_an_acknowledgement_is_refused_and_nothing_is_sent() {
    for size in 1..LEAST {
        let mut script = Script::coming_back(config(Version::V5));
        script.publish(1, QoS::AtMostOnce);
        script.connect();
        script.wire.clear();
        assert_eq!(script.accept(false, limit(size)), []);
        assert_eq!(script.wire, []);
        let error = ProtocolError::MaximumPacketSizeTooSmall(size);
        let text = error.to_string();
        assert!(text.contains(&size.to_string()), "{text}");
        assert_eq!(script.failures(), [ConnectError::Protocol(error)]);
        // The next broker may be another.
        script.come_back(false, []);
        assert_eq!(script.completed.len(), 1);
    }
    // 3.1.1 has no such limit, and 0 is none at all.
    let mut script = Script::coming_back(config(Version::V5));
    script.connect();
    let mut connack = ConnAck::new(false, ReasonCode::Success);
    connack.properties.push(Property::MaximumPacketSize(LEAST));
    script.receive([Packet::ConnAck(connack)]);
    script.publish(1, QoS::AtMostOnce);
    let error = OperationError::NotSupportedByServer(ReasonCode::PacketTooLarge);
    assert_eq!(script.completed[0].1.result, Err(error));
}
