//! Limits both ways: Receive Maximum, Maximum Packet Size, the bytes that wait for a slow
//! application, and the socket that takes nothing.

use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Packet, Publish, SubAck};
use mqttka_core::error::{DisconnectCause, OperationError};
use mqttka_core::proto::{Command, Config};
use mqttka_core::types::{
    Properties, Property, QoS, ReasonCode, Subscription, TopicFilter, TopicName, Version,
};
use mqttka_sim::broker::{number_of, numbered};
use mqttka_sim::script::{Script, message};
use mqttka_sim::secs;

use super::ruled_out::{subscribe, unsubscribe};

pub(super) fn id(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

fn ack(n: u16) -> Ack {
    Ack::new(id(n), ReasonCode::Success)
}

fn from_broker(qos: QoS, n: u16, size: usize) -> Packet {
    Packet::Publish(Publish {
        dup: false,
        qos,
        retain: false,
        topic: TopicName::try_from("d").ok(),
        packet_id: (qos > QoS::AtMostOnce).then(|| id(n)),
        payload: numbered(u64::from(n), size),
        properties: Properties::new(),
    })
}

pub(super) fn numbers(packets: &[Packet]) -> Vec<u64> {
    packets
        .iter()
        .filter_map(|packet| match packet {
            Packet::Publish(p) => Some(number_of(&p.payload)),
            _ => None,
        })
        .collect()
}

#[test]
fn the_brokers_receive_maximum_holds_and_order_is_kept() {
    let mut script = Script::connected(Config::default(), [Property::ReceiveMaximum(3)]);
    for n in 0..20 {
        let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce, QoS::AtMostOnce][n as usize % 3];
        script.publish(n, qos);
    }
    let mut open: Vec<(u16, QoS)> = Vec::new();
    let mut order = Vec::new();
    let mut sent = script.sent();
    while !sent.is_empty() {
        let mut answers = Vec::new();
        for packet in sent {
            match packet {
                Packet::Publish(p) => {
                    order.push(number_of(&p.payload));
                    open.extend(p.packet_id.map(|i| (i.get(), p.qos)));
                }
                Packet::PubRel(a) => answers.push(Packet::PubComp(a)),
                other => panic!("{other:?}"),
            }
        }
        assert!(open.len() <= 3, "{open:?}");
        for (n, qos) in std::mem::take(&mut open) {
            answers.push(match qos {
                QoS::ExactlyOnce => Packet::PubRec(ack(n)),
                _ => Packet::PubAck(ack(n)),
            });
        }
        sent = script.receive(answers);
    }
    assert_eq!(order, (0..20).collect::<Vec<_>>());
    assert_eq!(script.completed.len(), 20);
}

#[test]
fn qos_2_counts_until_pubcomp() {
    let mut script = Script::connected(Config::default(), [Property::ReceiveMaximum(1)]);
    script.publish(1, QoS::ExactlyOnce);
    script.publish(2, QoS::AtLeastOnce);
    assert_eq!(numbers(&script.sent()), [1]);
    assert_eq!(
        script.receive([Packet::PubRec(ack(1))]),
        [Packet::PubRel(ack(1))]
    );
    assert_eq!(numbers(&script.receive([Packet::PubComp(ack(1))])), [2]);
}

#[test]
fn a_broker_that_breaks_our_receive_maximum_is_served_all_the_same() {
    // mosquitto 2.0.11 does so after the first acknowledgement of a backlog.
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let config = Config {
            receive_maximum: 2,
            ..Config::default()
        };
        let mut script = Script::connected(config, []);
        script.receive([1, 2, 3].map(|n| from_broker(qos, n, 8)));
        assert_eq!(script.causes(), []);
        assert_eq!(script.messages.len(), 3);
    }
}

#[test]
fn acknowledgements_wait_for_the_application_and_keep_their_order() {
    let mut script = Script::connected(Config::default(), []);
    let sent = script.receive([
        from_broker(QoS::AtLeastOnce, 7, 8),
        from_broker(QoS::ExactlyOnce, 3, 8),
        from_broker(QoS::AtMostOnce, 0, 8),
        from_broker(QoS::AtLeastOnce, 5, 8),
    ]);
    assert_eq!(sent, []);
    assert_eq!(script.messages.len(), 4);
    // PUBREL cannot come before PUBREC; one that does changes nothing.
    assert_eq!(script.receive([Packet::PubRel(ack(3))]), []);
    script.release(2, 0);
    assert_eq!(
        script.sent(),
        [Packet::PubAck(ack(7)), Packet::PubRec(ack(3))]
    );
    // More than there are.
    script.release(9, 0);
    assert_eq!(script.sent(), [Packet::PubAck(ack(5))]);
}

#[test]
fn withheld_acknowledgements_do_not_silence_the_keep_alive() {
    // The application is stuck; the client answers for itself all the same.
    let config = Config {
        keep_alive: 5,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.receive([from_broker(QoS::AtLeastOnce, 1, 8)]);
    for _ in 0..20 {
        assert_eq!(script.wait(secs(4)), [Packet::PingReq]);
        script.receive([Packet::PingResp]);
    }
    assert_eq!(script.causes(), []);
}

#[test]
fn what_is_larger_than_the_broker_takes_is_not_sent() {
    for size in 90..110 {
        let limit = 100;
        let mut script = Script::connected(Config::default(), [Property::MaximumPacketSize(limit)]);
        let mut large = message(1, QoS::AtLeastOnce);
        large.payload = numbered(1, size);
        script.publish_message(1, large);
        script.publish(2, QoS::AtLeastOnce);
        let sent = script.sent();
        // Header 2, topic 3, identifier 2, no properties 1.
        if size + 8 <= limit as usize {
            assert_eq!(numbers(&sent), [1, 2], "{size}");
        } else {
            assert_eq!(numbers(&sent), [2], "{size}");
            let error = OperationError::NotSupportedByServer(ReasonCode::PacketTooLarge);
            assert_eq!(script.completed[0].1.result, Err(error));
        }
    }
    let mut script = Script::connected(Config::default(), [Property::MaximumPacketSize(20)]);
    let filter = TopicFilter::try_from("a/rather/long/filter/indeed");
    let filter = filter.unwrap_or_else(|_| unreachable!("a valid filter"));
    script.ask(Command::Subscribe {
        subscriptions: vec![Subscription::new(filter, QoS::AtMostOnce)],
        properties: Properties::new(),
        token: Some(1),
    });
    assert_eq!(script.sent(), []);
    assert_eq!(script.completed.len(), 1);
    assert_eq!(script.causes(), []);
}

#[test]
fn a_packet_larger_than_we_take_ends_the_connection_at_its_header() {
    let config = Config {
        maximum_packet_size: Some(1000),
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.receive([from_broker(QoS::AtMostOnce, 0, 900)]);
    assert_eq!(script.messages.len(), 1);
    // PUBLISH with a remaining length of 1,000,000: nothing of it is waited for.
    let sent = script.receive_bytes(&[0x30, 0xc0, 0x84, 0x3d]);
    let Some(Packet::Disconnect(farewell)) = sent.first() else {
        panic!("{sent:?}");
    };
    assert_eq!(farewell.reason_code, ReasonCode::PacketTooLarge);
    assert_eq!(script.causes().len(), 1);
}

#[test]
fn qos_0_is_dropped_and_counted_where_the_application_is_slow() {
    let config = Config {
        inbound_queue_max_bytes: 10_000,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    for _ in 0..100 {
        script.receive([from_broker(QoS::AtMostOnce, 1, 1000)]);
    }
    let (received, dropped) = script.machine.messages();
    assert_eq!(received, 100);
    assert!((85..=95).contains(&dropped), "{dropped}");
    assert_eq!(script.messages.len() as u64, received - dropped);
    // QoS 1 is never dropped.
    script.receive([from_broker(QoS::AtLeastOnce, 1, 1000)]);
    assert_eq!(script.machine.messages().1, dropped);
    // When the application has taken them there is room again.
    let bytes = script.messages.iter().map(|m| m.cost()).sum();
    script.release(1, bytes);
    assert_eq!(script.machine.inbound_bytes(), 0);
    script.receive([from_broker(QoS::AtMostOnce, 1, 1000)]);
    assert_eq!(script.machine.messages().1, dropped);
    assert_eq!(script.causes(), []);
}

#[test]
fn past_the_hard_limit_the_connection_ends_with_a_reason_of_its_own() {
    for version in [Version::V5, Version::V311] {
        let config = Config {
            protocol_version: version,
            inbound_queue_max_bytes: 10_000,
            maximum_packet_size: Some(5_000),
            ..Config::default()
        };
        let mut script = Script::connected(config, []);
        let mut sent = Vec::new();
        for n in 1..100 {
            sent.extend(script.receive([from_broker(QoS::AtLeastOnce, n, 1000)]));
            assert!(script.machine.inbound_bytes() < 2 * 10_000 + 5_000 + 2_000);
            if !script.causes().is_empty() {
                break;
            }
        }
        assert_eq!(script.causes(), [DisconnectCause::InboundOverflow]);
        if version == Version::V5 {
            let Some(Packet::Disconnect(farewell)) = sent.first() else {
                panic!("{sent:?}");
            };
            assert_eq!(farewell.reason_code, ReasonCode::QuotaExceeded);
        }
    }
}

/// Each connection ends for it, and none brings one message more: also the broker's repetitions are
/// not taken in.
#[test]
fn the_hard_limit_is_that_of_all_connections_together() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let config = Config {
            inbound_queue_max_bytes: 10_000,
            session_expiry_interval: 1000,
            ..Config::default()
        };
        let mut script = Script::coming_back(config);
        script.connect();
        script.accept(false, []);
        for connection in 1..20 {
            script.receive((1..100).map(|n| from_broker(qos, n, 1000)));
            let causes = script.causes();
            assert_eq!(causes, vec![DisconnectCause::InboundOverflow; connection]);
            let bytes = script.machine.inbound_bytes();
            assert!(bytes < 2 * 10_000 + 2_000, "{bytes} bytes, {connection}");
            script.come_back(true, []);
        }
        // What was not taken in comes again when there is room.
        let (taken, bytes) = (script.messages.len(), script.machine.inbound_bytes());
        script.release(0, bytes);
        script.receive((1..100).map(|n| from_broker(qos, n, 1000)));
        assert!(script.messages.len() > taken);
    }
}

#[test]
fn a_flood_into_a_full_socket_is_found_out_in_time() {
    let config = Config {
        keep_alive: 5,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    // The socket takes 16 KiB and no more: in the middle of some packet.
    script.room = Some(16 * 1024);
    script.acknowledges = false;
    for n in 0..1000 {
        let mut large = message(n, QoS::AtMostOnce);
        large.payload = numbered(n, 500);
        script.publish_message(n, large);
    }
    let done = script.completed.len();
    let start = script.now;
    script.sent();
    script.wait(secs(60));
    assert_eq!(script.causes(), [DisconnectCause::KeepAliveTimeout]);
    let Some(mqttka_core::proto::EventKind::Disconnected(end)) = script.events.last() else {
        panic!("{:?}", script.events);
    };
    assert!(
        end.liveness.last_evidence_age <= secs(5) * 3 / 2,
        "{start:?}: {end:?}"
    );
    // Each has its outcome, once.
    let mut tokens: Vec<u64> = script.completed.iter().map(|(token, _)| *token).collect();
    tokens.sort_unstable();
    assert_eq!(tokens, (0..1000).collect::<Vec<_>>());
    assert!(done < 1000);
}

#[test]
fn a_pingreq_never_lands_within_a_packet() {
    // Whatever the socket takes at a time, and however large the packet (from 16 KiB on its
    // payload is written from its own memory).
    for size in [10, 300, 5_000, 16_384, 70_000] {
        for step in [1, 7, 100, 4_096, 16_000] {
            let config = Config {
                keep_alive: 5,
                ..Config::default()
            };
            let mut script = Script::connected(config, []);
            for n in 0..3 {
                let mut large = message(n, QoS::AtMostOnce);
                large.payload = numbered(n, size);
                script.publish_message(n, large);
            }
            let total = 3 * (size + 10);
            let mut packets = Vec::new();
            // At most 40 steps, one per 0.3 s: a PINGREQ becomes due in many places.
            let step = step.max(total / 40);
            for _ in 0..60 {
                script.room = Some(step);
                packets.extend(script.sent());
                packets.extend(script.wait(secs(3) / 10));
                packets.extend(script.receive([from_broker(QoS::AtMostOnce, 0, 8)]));
            }
            script.room = None;
            packets.extend(script.sent());
            let pings = packets.iter().filter(|p| **p == Packet::PingReq).count();
            assert!(pings > 0, "{size}, {step}");
            assert_eq!(numbers(&packets), [0, 1, 2], "{size}, {step}");
            assert_eq!(script.completed.len(), 3);
        }
    }
}

#[test]
fn a_broker_that_takes_no_acknowledgements_does_not_fill_our_memory() {
    let config = Config {
        protocol_version: Version::V311,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.room = Some(0);
    // Repeated PUBRELs of unknown identifiers each ask for a PUBCOMP.
    for _ in 0..1000 {
        script.receive((1..1000).map(|n| Packet::PubRel(ack(n))));
        if !script.causes().is_empty() {
            break;
        }
    }
    assert_eq!(script.causes(), [DisconnectCause::InboundOverflow]);
}

#[test]
fn a_pingreq_overtakes_what_is_queued() {
    let config = Config {
        keep_alive: 5,
        ..Config::default()
    };
    let mut script = Script::connected(config, []);
    script.room = Some(50);
    for n in 0..100 {
        script.publish(n, QoS::AtMostOnce);
    }
    let before = script.sent().len();
    // Some packet is half written; the others are encoded already.
    script.wait(secs(5) / 2);
    script.room = None;
    let sent = script.sent();
    let position = sent.iter().position(|packet| *packet == Packet::PingReq);
    assert_eq!(position, Some(1), "{before}: {sent:?}");
    assert_eq!(sent.len(), 100 - before + 1);
}

#[test]
fn a_subscribe_keeps_its_place_behind_earlier_publishes() {
    let names = |packets: &[Packet]| -> Vec<&'static str> {
        packets.iter().map(|p| p.packet_type().name()).collect()
    };
    let mut script = Script::new(Config::default());
    // Some asked for before CONNACK, some afterwards.
    script.connect();
    script.publish(1, QoS::AtMostOnce);
    script.ask(subscribe(2, "a"));
    script.publish(3, QoS::AtLeastOnce);
    let sent = script.accept(false, [Property::ReceiveMaximum(1)]);
    assert_eq!(names(&sent), ["PUBLISH", "SUBSCRIBE", "PUBLISH"]);
    script.publish(4, QoS::AtLeastOnce);
    script.ask(unsubscribe(5, "a"));
    script.publish(6, QoS::AtMostOnce);
    script.ask(subscribe(7, "b"));
    // The fourth has to wait, so all that follow it wait, too.
    assert_eq!(script.sent(), []);
    let sent = script.receive([Packet::PubAck(ack(2))]);
    assert_eq!(
        names(&sent),
        ["PUBLISH", "UNSUBSCRIBE", "PUBLISH", "SUBSCRIBE"]
    );
    assert_eq!(numbers(&sent), [4, 6]);
    // Those that came to no answer are told once.
    script.lose();
    let mut tokens: Vec<_> = script.completed.iter().map(|(t, _)| *t).collect();
    tokens.sort_unstable();
    assert_eq!(tokens, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn as_many_are_in_flight_as_the_options_and_the_broker_allow() {
    for (version, option, broker, expected) in [
        (Version::V311, None, None, 20),
        (Version::V311, Some(100), None, 100),
        (Version::V311, Some(0), None, 1),
        (Version::V5, None, None, 4096),
        (Version::V5, None, Some(33), 33),
        (Version::V5, Some(20), Some(33), 20),
        (Version::V5, Some(40), Some(33), 33),
        (Version::V5, Some(5000), None, 5000),
    ] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let config = Config {
                protocol_version: version,
                max_inflight: option,
                ..Config::default()
            };
            let mut script = Script::connected(config, broker.map(Property::ReceiveMaximum));
            for n in 0..6000 {
                script.publish(n, qos);
            }
            let case = format!("{version:?}, {option:?}, {broker:?}");
            assert_eq!(script.sent().len(), expected, "{case}");
        }
    }
}

#[test]
fn where_all_identifiers_are_in_use_operations_wait_for_one() {
    let mut script = Script::connected(Config::default(), []);
    for n in 0..65_540 {
        script.ask(subscribe(n, "a"));
    }
    script.publish(70_000, QoS::AtLeastOnce);
    script.publish(70_001, QoS::AtMostOnce);
    assert_eq!(script.sent().len(), 65_535);
    assert_eq!(script.completed.len(), 0);
    let suback = |n| {
        Packet::SubAck(SubAck {
            packet_id: id(n),
            reason_codes: vec![ReasonCode::Success],
            properties: Properties::new(),
        })
    };
    assert_eq!(script.receive([suback(9)]).len(), 1);
    assert_eq!(script.receive((1..=4).map(suback)).len(), 4);
    let sent = script.receive([suback(5)]);
    assert_eq!(numbers(&sent), [70_000, 70_001]);
}
