//! What outlives a connection: QoS 1 and 2 across reconnects, in order, exactly once.

use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, ConnAck, Packet};
use mqttka_core::error::{ConnectError, OperationError};
use mqttka_core::proto::{Command, Config};
use mqttka_core::types::{Property, PropertyId, QoS, ReasonCode, Version};
use mqttka_sim::broker::number_of;
use mqttka_sim::script::{Script, from_broker, message, publish, subscribe};
use mqttka_sim::secs;

use super::identifiers::next_connect;

fn id(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

pub(super) fn ack(n: u16) -> Ack {
    Ack::new(id(n), ReasonCode::Success)
}

pub(super) fn persistent() -> Config {
    Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 100,
        ..Config::default()
    }
}

/// Number, identifier and DUP of each PUBLISH.
pub(super) fn publishes(packets: &[Packet]) -> Vec<(u64, u16, bool)> {
    packets
        .iter()
        .filter_map(|packet| match packet {
            Packet::Publish(p) => Some((
                number_of(&p.payload),
                p.packet_id.map_or(0, NonZeroU16::get),
                p.dup,
            )),
            _ => None,
        })
        .collect()
}

fn outcomes(script: &Script) -> Vec<(u64, bool)> {
    script
        .completed
        .iter()
        .map(|(token, outcome)| (*token, outcome.result.is_ok()))
        .collect()
}

#[test]
fn unacknowledged_publishes_are_repeated_with_dup_in_order() {
    for version in [Version::V5, Version::V311] {
        let mut script = Script::connected(
            Config {
                protocol_version: version,
                ..persistent()
            },
            [],
        );
        for n in 1..=6 {
            let qos = if n % 2 == 0 {
                QoS::AtLeastOnce
            } else {
                QoS::ExactlyOnce
            };
            script.publish(n, qos);
        }
        assert_eq!(publishes(&script.sent()).len(), 6);
        // 2 is done; 3 is recorded; the rest is open.
        script.receive([Packet::PubAck(ack(2)), Packet::PubRec(ack(3))]);
        script.lose();
        // What is asked for while there is no connection follows in its turn.
        script.publish(7, QoS::AtLeastOnce);
        script.connect();
        let sent = script.accept(true, []);
        assert_eq!(
            publishes(&sent),
            [
                (1, 1, true),
                (4, 4, true),
                (5, 5, true),
                (6, 6, true),
                (7, 7, false)
            ]
        );
        assert!(sent.contains(&Packet::PubRel(ack(3))), "{sent:?}");
        assert_eq!(outcomes(&script), [(2, true)]);
        script.receive([
            Packet::PubRec(ack(1)),
            Packet::PubComp(ack(3)),
            Packet::PubAck(ack(4)),
            Packet::PubRec(ack(5)),
            Packet::PubAck(ack(6)),
            Packet::PubComp(ack(1)),
            Packet::PubComp(ack(5)),
            Packet::PubAck(ack(7)),
        ]);
        let mut done = outcomes(&script);
        done.sort_unstable();
        assert_eq!(done, (1..=7).map(|n| (n, true)).collect::<Vec<_>>());
    }
}

#[test]
fn pubrel_alone_is_repeated_at_once() {
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    script.receive([Packet::PubRec(ack(1))]);
    script.lose();
    script.connect();
    // In the same wake-up, not at the next one.
    assert_eq!(script.accept(true, []), [Packet::PubRel(ack(1))]);
}

#[test]
fn repeating_respects_a_smaller_receive_maximum() {
    let mut script = Script::connected(persistent(), []);
    for n in 1..=5 {
        script.publish(n, QoS::AtLeastOnce);
    }
    assert_eq!(publishes(&script.sent()).len(), 5);
    script.lose();
    script.connect();
    let sent = script.accept(true, [Property::ReceiveMaximum(2)]);
    assert_eq!(publishes(&sent), [(1, 1, true), (2, 2, true)]);
    script.publish(6, QoS::AtLeastOnce);
    assert_eq!(script.sent(), []);
    let sent = script.receive([Packet::PubAck(ack(1))]);
    assert_eq!(publishes(&sent), [(3, 3, true)]);
    let sent = script.receive([2, 3].map(|n| Packet::PubAck(ack(n))));
    assert_eq!(publishes(&sent), [(4, 4, true), (5, 5, true)]);
    let sent = script.receive([4, 5].map(|n| Packet::PubAck(ack(n))));
    assert_eq!(publishes(&sent), [(6, 6, false)]);
}

#[test]
fn a_lost_session_is_told_and_nothing_is_repeated() {
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.sent();
    script.lose();
    script.publish(3, QoS::AtLeastOnce);
    script.connect();
    let sent = script.accept(false, []);
    assert_eq!(publishes(&sent), [(3, 3, false)]);
    let lost: Vec<_> = script
        .completed
        .iter()
        .map(|(token, outcome)| (*token, outcome.result.clone()))
        .collect();
    assert_eq!(
        lost,
        [
            (1, Err(OperationError::SessionLost)),
            (2, Err(OperationError::SessionLost))
        ]
    );
}

#[test]
fn without_a_session_a_lost_connection_ends_everything() {
    let mut script = Script::connected(Config::default(), [Property::ReceiveMaximum(1)]);
    for n in 1..=3 {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.sent();
    script.lose();
    assert_eq!(outcomes(&script), [(1, false), (2, false), (3, false)]);
    script.connect();
    assert_eq!(script.accept(false, []), []);
}

#[test]
fn qos_2_from_the_broker_is_delivered_once_across_a_resumption() {
    let mut script = Script::connected(persistent(), []);
    script.receive([
        from_broker(QoS::ExactlyOnce, 1, false),
        from_broker(QoS::ExactlyOnce, 2, false),
    ]);
    assert_eq!(script.messages.len(), 2);
    script.release(1, 0);
    assert_eq!(script.sent(), [Packet::PubRec(ack(1))]);
    script.lose();
    script.connect();
    script.accept(true, []);
    // The broker has neither PUBREC: it repeats both, and they are not delivered again.
    let sent = script.receive([
        from_broker(QoS::ExactlyOnce, 1, true),
        from_broker(QoS::ExactlyOnce, 2, true),
    ]);
    assert_eq!(sent, [Packet::PubRec(ack(1)), Packet::PubRec(ack(2))]);
    assert_eq!(script.messages.len(), 2);
    let sent = script.receive([Packet::PubRel(ack(1)), Packet::PubRel(ack(2))]);
    assert_eq!(sent, [Packet::PubComp(ack(1)), Packet::PubComp(ack(2))]);
    // Now the identifier means another message.
    script.receive([from_broker(QoS::ExactlyOnce, 1, false)]);
    assert_eq!(script.messages.len(), 3);
}

#[test]
fn a_late_release_acknowledges_nothing_on_the_next_connection() {
    let mut script = Script::connected(persistent(), []);
    script.receive([from_broker(QoS::AtLeastOnce, 1, false)]);
    let first = script.machine.connection_number();
    script.lose();
    script.connect();
    script.accept(true, []);
    script.receive([from_broker(QoS::AtLeastOnce, 1, true)]);
    script.ask(Command::Release {
        connection_number: first,
        acknowledgements: 1,
        bytes: 0,
    });
    assert_eq!(script.sent(), []);
    script.release(1, 0);
    assert_eq!(script.sent(), [Packet::PubAck(ack(1))]);
}

#[test]
fn open_exchanges_of_the_last_connection_leave_the_receive_maximum_alone() {
    let mut script = Script::connected(
        Config {
            receive_maximum: 2,
            ..persistent()
        },
        [],
    );
    script.receive([1, 2].map(|n| from_broker(QoS::ExactlyOnce, n, false)));
    script.release(2, 0);
    script.sent();
    script.lose();
    script.connect();
    script.accept(true, []);
    // The quota begins anew with each connection (section 4.9): the broker may send two more
    // before it goes on with the old ones.
    script.receive([3, 4].map(|n| from_broker(QoS::ExactlyOnce, n, false)));
    assert_eq!(script.causes().len(), 1, "{:?}", script.causes());
    assert_eq!(script.messages.len(), 4);
}

#[test]
fn exactly_once_holds_at_every_point_where_the_connection_can_break() {
    // One QoS 2 exchange each way, cut after every number of packets, resumed each time.
    for cut in 0..6 {
        let mut script = Script::connected(persistent(), []);
        script.publish(9, QoS::ExactlyOnce);
        let mut broker_has = 0;
        let mut unreleased = false;
        let mut to_client: Vec<Packet> = vec![];
        let mut from_client = script.sent();
        for round in 0..20 {
            if round == cut {
                script.lose();
                script.connect();
                to_client.clear();
                from_client = script.accept(true, []);
            }
            for packet in from_client.drain(..) {
                match packet {
                    Packet::Publish(p) => {
                        if !std::mem::replace(&mut unreleased, true) {
                            broker_has += 1;
                        }
                        to_client.extend(p.packet_id.map(|i| Packet::PubRec(ack(i.get()))));
                    }
                    Packet::PubRel(a) => {
                        unreleased = false;
                        to_client.push(Packet::PubComp(ack(a.packet_id.get())));
                    }
                    other => panic!("{other:?}"),
                }
            }
            from_client = script.receive(to_client.drain(..));
        }
        assert_eq!(broker_has, 1, "cut after {cut}");
        assert_eq!(outcomes(&script), [(9, true)], "cut after {cut}");
    }
}

#[test]
fn reconnecting_many_times_loses_nothing() {
    let mut script = Script::connected(persistent(), []);
    for n in 0..100 {
        script.publish(n, QoS::AtLeastOnce);
        script.sent();
        script.lose();
        script.wait(secs(1));
        script.connect();
        script.accept(true, []);
    }
    script.receive((1..=100).map(|n| Packet::PubAck(ack(n))));
    let mut done = outcomes(&script);
    done.sort_unstable();
    assert_eq!(done, (0..100).map(|n| (n, true)).collect::<Vec<_>>());
}

#[test]
fn abandoning_gives_back_every_token_once() {
    // Something in every place where a token can be.
    let mut script = Script::connected(persistent(), [Property::ReceiveMaximum(2)]);
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.sent();
    script.receive([Packet::PubRec(ack(2))]);
    script.publish(3, QoS::AtLeastOnce);
    script.lose();
    script.connect();
    script.publish(4, QoS::AtMostOnce);
    script.ask(subscribe(5));
    script.room = Some(0);
    script.accept(true, []);
    script.publish(6, QoS::AtMostOnce);
    script.sent();
    // One that ended, and whose outcome nobody has fetched.
    script.machine.handle_command(
        script.now,
        publish(7, message(7, QoS::AtMostOnce), Version::V5),
    );
    script.machine.handle_eof(script.now);
    assert_eq!(script.completed, []);
    let mut tokens = script.machine.abandon();
    tokens.sort_unstable();
    assert_eq!(tokens, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(script.machine.abandon(), [0; 0]);
    script.wait(secs(100));
    assert_eq!(script.completed, []);
}

#[test]
fn pubcomp_not_found_for_a_repeated_release_is_no_refusal() {
    let not_found = Ack::new(id(1), ReasonCode::PacketIdentifierNotFound);
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    script.receive([Packet::PubRec(ack(1))]);
    script.lose();
    script.connect();
    assert_eq!(script.accept(true, []), [Packet::PubRel(ack(1))]);
    script.receive([Packet::PubComp(not_found.clone())]);
    assert_eq!(script.completed.len(), 1);
    assert_eq!(script.completed[0].1.result, Ok(ReasonCode::Success));
    // Where nothing was repeated the broker has lost the message (section 3.7.2.1).
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    script.receive([Packet::PubRec(ack(1)), Packet::PubComp(not_found)]);
    let lost = OperationError::Refused(ReasonCode::PacketIdentifierNotFound);
    assert_eq!(script.completed[0].1.result, Err(lost));
}

#[test]
fn the_brokers_session_expiry_counts() {
    // Shorter than asked for: no session, so nothing is kept.
    let mut script = Script::connected(persistent(), [Property::SessionExpiryInterval(0)]);
    assert!(!script.machine.session_persists());
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    script.publish(2, QoS::ExactlyOnce);
    script.lose();
    assert_eq!(outcomes(&script), [(1, false), (2, false)]);
    // The next one is another session, and may persist.
    script.publish(3, QoS::AtLeastOnce);
    script.connect();
    assert_eq!(publishes(&script.accept(false, [])), [(3, 2, false)]);
    // Longer.
    let config = Config {
        session_expiry_interval: 0,
        ..persistent()
    };
    let mut script = Script::connected(config, [Property::SessionExpiryInterval(60)]);
    assert!(script.machine.session_persists());
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    script.lose();
    assert_eq!(outcomes(&script), []);
    let connect = next_connect(&mut script);
    assert!(!connect.clean_start);
    // What the application wants is what is asked for.
    let expiry = connect
        .properties
        .get_number(PropertyId::SessionExpiryInterval);
    assert_eq!(expiry, None);
    let sent = script.accept(true, [Property::SessionExpiryInterval(60)]);
    assert_eq!(publishes(&sent), [(1, 1, true)]);
    // The next CONNACK says nothing: then the value of CONNECT holds.
    script.lose();
    script.connect();
    script.accept(true, []);
    assert!(!script.machine.session_persists());
    script.lose();
    assert_eq!(outcomes(&script), [(1, false)]);
    assert!(!next_connect(&mut script).clean_start, "as the options say");
}

#[test]
fn a_refusal_names_the_other_server() {
    let mut script = Script::new(persistent());
    script.connect();
    script.receive([Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::UseAnotherServer,
        properties: [
            Property::ServerReference("b.example".try_into().unwrap_or_default()),
            Property::ReasonString("full".try_into().unwrap_or_default()),
        ]
        .into_iter()
        .collect(),
    })]);
    assert_eq!(
        script.failures(),
        [ConnectError::Refused {
            reason_code: ReasonCode::UseAnotherServer,
            reason_string: Some("full".to_owned()),
            server_reference: Some("b.example".to_owned()),
        }]
    );
}
