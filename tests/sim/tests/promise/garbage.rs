//! Bytes that no broker should send: one event, no panic, whatever they are.

use bytes::BytesMut;
use mqttka_core::codec::{Ack, ConnAck, Packet, Publish, SubAck};
use mqttka_core::error::{ConnectError, DisconnectCause};
use mqttka_core::proto::{Command, Config};
use mqttka_core::types::{
    Properties, Property, QoS, ReasonCode, Subscription, TopicFilter, TopicName, Version,
};
use mqttka_sim::broker::numbered;
use mqttka_sim::rng::Rng;
use mqttka_sim::script::Script;
use mqttka_sim::secs;

const VERSIONS: [Version; 2] = [Version::V5, Version::V311];

fn config(version: Version) -> Config {
    Config {
        protocol_version: version,
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 100,
        inbound_queue_max_bytes: 100_000,
        maximum_packet_size: Some(100_000),
        ..Config::default()
    }
}

#[test]
fn malformed_bytes_are_one_event_in_every_phase() {
    let malformed: [&[u8]; 7] = [
        &[0x00, 0x00],                         // packet type 0
        &[0x36, 0x05, 0, 1, b'a', 0, 1],       // QoS 3
        &[0x30, 0xff, 0xff, 0xff, 0xff, 0x01], // remaining length of five bytes
        &[0x41, 0x02, 0, 1],                   // PUBACK with flags
        &[0xd0, 0x01, 0],                      // PINGRESP with a body
        &[0x10, 0x00],                         // CONNECT, to a client
        &[0x30, 0x03, 0, 1, 0xff],             // a topic that is not UTF-8
    ];
    for version in VERSIONS {
        for bytes in malformed {
            let mut script = Script::new(config(version));
            script.connect();
            script.receive_bytes(bytes);
            assert!(
                matches!(script.failures()[..], [ConnectError::Protocol(_)]),
                "{bytes:?}: {:?}",
                script.events
            );
            assert_eq!(script.events.len(), 1);

            let mut script = Script::connected(config(version), []);
            let sent = script.receive_bytes(bytes);
            assert!(
                matches!(script.causes()[..], [DisconnectCause::Protocol(_)]),
                "{bytes:?}: {:?}",
                script.events
            );
            // 5.0 says why [MQTT-4.13.1-1]; 3.1.1 has no words for it.
            let told = sent.iter().any(|p| matches!(p, Packet::Disconnect(_)));
            assert_eq!(told, version == Version::V5, "{bytes:?}: {sent:?}");

            let mut script = Script::connected(config(version), []);
            script.room = Some(0);
            script.ask(Command::Disconnect {
                reason_code: ReasonCode::Success,
                drain_timeout: None,
            });
            script.receive_bytes(bytes);
            script.wait(secs(10));
            assert_eq!(script.causes().len(), 1);

            // Idle and closed: nobody listens.
            let mut script = Script::connected(config(version), []);
            script.lose();
            script.receive_bytes(bytes);
            script.ask(Command::Close);
            script.receive_bytes(bytes);
            assert_eq!(script.events.len(), 2);
        }
    }
}

#[test]
fn packets_out_of_place_are_one_event() {
    let connack = Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::Success,
        properties: Properties::new(),
    });
    for version in VERSIONS {
        let mut script = Script::connected(config(version), []);
        script.receive([connack.clone(), connack.clone()]);
        assert_eq!(script.causes().len(), 1);
        let mut script = Script::new(config(version));
        script.connect();
        script.receive([Packet::PingResp, connack.clone()]);
        assert_eq!(script.failures().len(), 1);
        assert_eq!(script.events.len(), 1);
    }
}

#[test]
fn a_pingresp_that_nobody_asked_for_is_harmless() {
    let mut script = Script::connected(config(Version::V5), []);
    for _ in 0..1000 {
        script.receive([Packet::PingResp]);
    }
    assert_eq!(script.causes(), []);
    assert_eq!(script.wait(secs(58)), []);
    assert_eq!(script.wait(secs(1)), [Packet::PingReq]);
}

/// A client in the midst of everything.
fn busy(version: Version) -> Script {
    let mut script = Script::connected(config(version), []);
    for n in 0..6 {
        script.publish(n, [QoS::AtLeastOnce, QoS::ExactlyOnce][n as usize % 2]);
    }
    let filter = TopicFilter::try_from("a/+");
    script.ask(Command::Subscribe {
        subscriptions: filter
            .into_iter()
            .map(|f| Subscription::new(f, QoS::AtLeastOnce))
            .collect(),
        properties: Properties::new(),
        token: Some(6),
    });
    script.sent();
    script
}

/// A valid conversation of the broker with that client.
fn conversation(version: Version, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    for _ in 0..rng.range(1, 12) {
        let Some(id) = std::num::NonZeroU16::new(rng.range(1, 8) as u16) else {
            continue;
        };
        let ack = Ack::new(id, ReasonCode::Success);
        let qos = rng.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
        let packet = match rng.below(9) {
            0 => Packet::PubAck(ack),
            1 => Packet::PubRec(ack),
            2 => Packet::PubRel(ack),
            3 => Packet::PubComp(ack),
            4 => Packet::PingResp,
            5 => Packet::SubAck(SubAck {
                packet_id: id,
                reason_codes: vec![ReasonCode::GrantedQoS1],
                properties: Properties::new(),
            }),
            _ => Packet::Publish(Publish {
                dup: qos > QoS::AtMostOnce && rng.chance(0.3),
                qos,
                retain: rng.chance(0.2),
                topic: TopicName::try_from("some/topic").ok(),
                packet_id: (qos > QoS::AtMostOnce).then_some(id),
                payload: numbered(1, rng.below(300) as usize),
                properties: match version {
                    Version::V5 => [Property::MessageExpiryInterval(7)].into_iter().collect(),
                    Version::V311 => Properties::new(),
                },
            }),
        };
        let encoded = packet.encode(version, &mut bytes);
        assert!(encoded.is_ok(), "{packet:?}: {encoded:?}");
    }
    bytes.to_vec()
}

/// Feeds it in random pieces, with other things between them, and checks what must always hold.
fn feed(mut script: Script, bytes: &[u8], rng: &mut Rng) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let count = (rng.range(1, 40) as usize).min(rest.len());
        script.receive_bytes(&rest[..count]);
        rest = &rest[count..];
        if rng.chance(0.1) {
            script.release(rng.below(4) as u32, 100);
        }
        if rng.chance(0.05) {
            script.wait(secs(rng.below(100)));
        }
    }
    script.lose();
    script.ask(Command::Close);
    assert_eq!(script.causes().len() + script.failures().len(), 1);
    let mut tokens: Vec<u64> = script.completed.iter().map(|(token, _)| *token).collect();
    tokens.sort_unstable();
    assert_eq!(tokens, (0..7).collect::<Vec<_>>());
}

#[test]
fn a_mutated_conversation_never_panics() {
    for seed in 0..6_000 {
        let mut rng = Rng::new(seed);
        let version = rng.pick(&VERSIONS);
        let mut bytes = conversation(version, &mut rng);
        for _ in 0..rng.below(4) {
            let at = rng.below(bytes.len() as u64) as usize;
            match rng.below(4) {
                0 => bytes[at] = rng.next_u64() as u8,
                1 => bytes[at] ^= 1 << rng.below(8),
                2 => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at, rng.next_u64() as u8),
            }
            if bytes.is_empty() {
                break;
            }
        }
        feed(busy(version), &bytes, &mut rng);
    }
}

#[test]
fn random_bytes_never_panic() {
    for seed in 0..3_000 {
        let mut rng = Rng::new(seed);
        let version = rng.pick(&VERSIONS);
        let bytes: Vec<u8> = (0..rng.range(1, 200))
            .map(|_| rng.next_u64() as u8)
            .collect();
        feed(busy(version), &bytes, &mut rng);
        let mut script = Script::new(config(version));
        script.connect();
        script.receive_bytes(&bytes);
        script.lose();
        script.wait(secs(100));
        let ends = script.causes().len() + script.failures().len();
        assert_eq!(ends, 1, "seed {seed}: {:?}", script.events);
    }
}
