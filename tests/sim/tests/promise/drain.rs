//! A disconnect that waits until what was queued is acknowledged, and no longer than it may.

use mqttka_core::codec::{Packet, SubAck};
use mqttka_core::error::{DisconnectCause, OperationError};
use mqttka_core::proto::State;
use mqttka_core::types::{Properties, Property, QoS, ReasonCode};
use mqttka_sim::script::{Script, subscribe};
use mqttka_sim::{ms, secs};

use super::goodbye::{
    ack, disconnect, from_broker, id, is_farewell, outcome, persistent, transient,
};

#[test]
fn a_drain_waits_for_what_was_queued_before_it() {
    let mut script = Script::connected(transient(), [Property::ReceiveMaximum(1)]);
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::ExactlyOnce);
    script.ask(subscribe(3));
    script.ask(disconnect(Some(60)));
    assert_eq!(script.machine.state(), State::Disconnecting);
    // Not what comes afterwards.
    script.publish(4, QoS::AtLeastOnce);
    assert_eq!(outcome(&script, 4), Some(Err(OperationError::Disconnected)));
    let mut sent = script.sent();
    sent.extend(script.receive([Packet::PubAck(ack(1))]));
    sent.extend(script.receive([Packet::PubRec(ack(2))]));
    // It stays alive meanwhile, however long it takes.
    for _ in 0..5 {
        let pings = script.wait(secs(4));
        assert_eq!(pings, [Packet::PingReq]);
        script.receive([Packet::PingResp]);
    }
    sent.extend(script.receive([Packet::PubComp(ack(2))]));
    assert!(!sent.iter().any(is_farewell), "{sent:?}");
    let sent = script.receive([Packet::SubAck(SubAck {
        packet_id: id(3),
        reason_codes: vec![ReasonCode::Success],
        properties: Properties::new(),
    })]);
    assert!(sent.len() == 1 && is_farewell(&sent[0]), "{sent:?}");
    script.lose();
    assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
}

#[test]
fn a_drain_waits_for_what_the_socket_has_not_taken() {
    let mut script = Script::connected(transient(), []);
    script.publish(1, QoS::AtMostOnce);
    script.room = Some(5);
    script.sent();
    script.ask(disconnect(Some(60)));
    // Longer than a goodbye may take.
    for _ in 0..5 {
        script.wait(secs(1));
        script.receive([from_broker(QoS::AtMostOnce, 0)]);
    }
    assert_eq!(script.causes(), []);
    script.room = None;
    let mut sent = script.sent();
    sent.extend(script.wait(ms(0)));
    assert!(sent.last().is_some_and(is_farewell), "{sent:?}");
    assert_eq!(outcome(&script, 1), Some(Ok(())));
}

#[test]
fn a_drain_with_nothing_to_wait_for_is_a_goodbye() {
    let mut script = Script::connected(transient(), []);
    script.publish(1, QoS::AtMostOnce);
    script.ask(disconnect(Some(60)));
    let sent = script.sent();
    assert!(sent.len() == 2 && is_farewell(&sent[1]), "{sent:?}");
}

#[test]
fn a_drain_has_its_bound_and_then_its_goodbye() {
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    script.ask(disconnect(Some(3)));
    script.publish(2, QoS::AtLeastOnce);
    assert_eq!(script.wait(ms(2999)), [Packet::PingReq]);
    let sent = script.wait(ms(1));
    assert!(sent.len() == 1 && is_farewell(&sent[0]), "{sent:?}");
    script.wait(secs(2));
    assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
    // What the session keeps has no outcome yet, and its turn on the next connection.
    assert_eq!(script.completed, []);
    script.connect();
    assert_eq!(script.accept(true, []).len(), 2);
}

#[test]
fn a_connection_that_is_lost_in_a_drain_says_so() {
    type End = fn(&mut Script);
    let ends: [(End, DisconnectCause); 2] = [
        (|s| s.lose(), DisconnectCause::ClosedByServer),
        (
            |s| {
                s.acknowledges = false;
                s.wait(secs(20));
            },
            DisconnectCause::KeepAliveTimeout,
        ),
    ];
    for (end, cause) in ends {
        let mut script = Script::connected(transient(), []);
        script.publish(1, QoS::AtLeastOnce);
        script.sent();
        script.ask(disconnect(Some(60)));
        end(&mut script);
        assert_eq!(script.causes(), [cause]);
        assert_eq!(outcome(&script, 1), Some(Err(OperationError::Disconnected)));
        assert_eq!(script.machine.state(), State::Idle);
    }
}

#[test]
fn a_publish_that_the_session_keeps_waits_for_the_next_connection() {
    // Asked for in each part of a goodbye.
    for part in 0..3 {
        let mut script = Script::connected(persistent(), []);
        script.publish(1, QoS::AtLeastOnce);
        script.sent();
        script.ask(disconnect((part == 0).then_some(1)));
        if part == 2 {
            script.sent();
        }
        script.publish(2, QoS::AtLeastOnce);
        script.publish(3, QoS::AtMostOnce);
        script.ask(subscribe(4));
        let refused = Some(Err(OperationError::Disconnected));
        assert_eq!(outcome(&script, 3), refused);
        assert_eq!(outcome(&script, 4), refused);
        script.sent();
        script.wait(secs(5));
        assert_eq!(script.causes(), [DisconnectCause::DisconnectRequested]);
        assert_eq!(outcome(&script, 2), None, "part {part}");
        script.connect();
        let sent = script.accept(true, []);
        let numbers: Vec<_> = sent
            .iter()
            .filter_map(|packet| match packet {
                Packet::Publish(p) => Some((mqttka_sim::broker::number_of(&p.payload), p.dup)),
                _ => None,
            })
            .collect();
        assert_eq!(numbers, [(1, true), (2, false)], "part {part}");
    }
}
