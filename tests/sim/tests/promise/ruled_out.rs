//! What the broker has ruled out is told at once, and nothing of it is sent.

use mqttka_core::codec::{Packet, PacketType, SubAck, UnsubAck};
use mqttka_core::error::{DisconnectCause, OperationError, ProtocolError};
use mqttka_core::proto::{Command, Config};
use mqttka_core::types::{
    Message, Properties, Property, QoS, ReasonCode, Subscription, TopicFilter, Version,
};
use mqttka_sim::broker::numbered;
use mqttka_sim::script::{Script, message, publish};

use super::limits::{id, numbers};

#[test]
fn suback_and_unsuback_need_one_code_per_filter() {
    let filter = TopicFilter::try_from("a/#");
    let filter = filter.unwrap_or_else(|_| unreachable!("a valid filter"));
    let subscribe = |script: &mut Script| {
        script.ask(Command::Subscribe {
            subscriptions: vec![Subscription::new(filter.clone(), QoS::AtLeastOnce)],
            properties: Properties::new(),
            token: Some(1),
        });
        script.sent()
    };
    for (codes, good) in [(1, true), (2, false)] {
        let mut script = Script::connected(Config::default(), []);
        assert_eq!(subscribe(&mut script).len(), 1);
        script.receive([Packet::SubAck(SubAck {
            packet_id: id(1),
            reason_codes: vec![ReasonCode::GrantedQoS1; codes],
            properties: Properties::new(),
        })]);
        assert_eq!(script.causes().is_empty(), good);
        assert_eq!(script.completed.len(), 1);
        assert_eq!(script.completed[0].1.result.is_ok(), good);
    }
}

pub(super) fn subscribe(token: u64, filter: &str) -> Command<u64> {
    let filter = TopicFilter::try_from(filter);
    let filter = filter.unwrap_or_else(|_| unreachable!("a valid filter"));
    Command::Subscribe {
        subscriptions: vec![Subscription::new(filter, QoS::AtMostOnce)],
        properties: Properties::new(),
        token: Some(token),
    }
}

pub(super) fn unsubscribe(token: u64, filter: &str) -> Command<u64> {
    let filter = TopicFilter::try_from(filter);
    Command::Unsubscribe {
        filters: filter.into_iter().collect(),
        properties: Properties::new(),
        token: Some(token),
    }
}

/// Each limit, and an operation that it forbids.
fn forbidden() -> Vec<(Property, ReasonCode, Command<u64>)> {
    let changed = |change: fn(&mut Message)| {
        let mut message = message(9, QoS::AtMostOnce);
        change(&mut message);
        publish(9, message, Version::V5)
    };
    let long = "a/rather/long/filter/indeed/is/this";
    vec![
        (
            Property::MaximumQoS(0),
            ReasonCode::QoSNotSupported,
            changed(|m| m.qos = QoS::AtLeastOnce),
        ),
        (
            Property::MaximumQoS(1),
            ReasonCode::QoSNotSupported,
            changed(|m| m.qos = QoS::ExactlyOnce),
        ),
        (
            Property::RetainAvailable(0),
            ReasonCode::RetainNotSupported,
            changed(|m| m.retain = true),
        ),
        (
            Property::MaximumPacketSize(20),
            ReasonCode::PacketTooLarge,
            changed(|m| m.payload = numbered(9, 100)),
        ),
        (
            Property::MaximumPacketSize(20),
            ReasonCode::PacketTooLarge,
            subscribe(9, long),
        ),
        (
            Property::MaximumPacketSize(20),
            ReasonCode::PacketTooLarge,
            unsubscribe(9, long),
        ),
        (
            Property::WildcardSubscriptionAvailable(0),
            ReasonCode::WildcardSubscriptionsNotSupported,
            subscribe(9, "a/+"),
        ),
        (
            Property::SharedSubscriptionAvailable(0),
            ReasonCode::SharedSubscriptionsNotSupported,
            subscribe(9, "$share/g/a"),
        ),
    ]
}

#[test]
fn what_the_brokers_limits_forbid_is_told_at_once() {
    // Nothing else wakes the engine; nothing is written; a full window stands before it.
    for full in [false, true] {
        for (limit, code, command) in forbidden() {
            let config = Config {
                keep_alive: 0,
                ..Config::default()
            };
            let case = format!("{limit:?}, {command:?}, window full: {full}");
            let mut script = Script::connected(config, [limit, Property::ReceiveMaximum(1)]);
            if full {
                script.publish(1, QoS::AtLeastOnce);
                script.publish(2, QoS::AtLeastOnce);
            }
            let before = script.completed.len();
            script.ask(command);
            let error = OperationError::NotSupportedByServer(code);
            let last = script.completed.last().map(|(_, o)| o.result.clone());
            assert_eq!(script.completed.len(), before + 1, "{case}");
            assert_eq!(last, Some(Err(error)), "{case}");
        }
    }
}

#[test]
fn what_was_queued_before_the_limits_were_known_is_told_with_them() {
    for (limit, code, command) in forbidden() {
        let case = format!("{limit:?}, {command:?}");
        let mut script = Script::new(Config::default());
        script.connect();
        // Behind one that has to wait for the window.
        script.publish(1, QoS::AtMostOnce);
        script.ask(command);
        script.publish(2, QoS::AtMostOnce);
        script.room = Some(0);
        script.accept(false, [limit]);
        let error = OperationError::NotSupportedByServer(code);
        let ended: Vec<_> = script.completed.iter().collect();
        assert_eq!(ended.len(), 1, "{case}");
        assert_eq!(ended[0].1.result, Err(error), "{case}");
        script.room = None;
        assert_eq!(numbers(&script.sent()), [1, 2], "{case}");
    }
}

#[test]
fn limits_that_shrank_on_resumption_are_told_at_once() {
    let config = Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 100,
        ..Config::default()
    };
    for (limit, code) in [
        (Property::MaximumQoS(0), ReasonCode::QoSNotSupported),
        (Property::MaximumPacketSize(10), ReasonCode::PacketTooLarge),
    ] {
        let mut script = Script::connected(config.clone(), [Property::ReceiveMaximum(1)]);
        // One in flight, one queued.
        script.publish(1, QoS::AtLeastOnce);
        script.publish(2, QoS::AtLeastOnce);
        script.sent();
        script.lose();
        script.connect();
        script.room = Some(0);
        script.accept(true, [limit]);
        let error = Err(OperationError::NotSupportedByServer(code));
        let ended = script.completed.iter().map(|(t, o)| (*t, o.result.clone()));
        let ended: Vec<_> = ended.collect();
        assert_eq!(ended, [(1, error.clone()), (2, error)]);
    }
}

#[test]
fn a_suback_with_a_wrong_number_of_codes_says_why() {
    for version in [Version::V5, Version::V311] {
        let config = Config {
            protocol_version: version,
            ..Config::default()
        };
        let mut script = Script::connected(config, []);
        script.ask(subscribe(1, "a"));
        script.ask(subscribe(2, "b"));
        script.sent();
        script.receive([Packet::SubAck(SubAck {
            packet_id: id(1),
            reason_codes: vec![ReasonCode::Success; 2],
            properties: Properties::new(),
        })]);
        let why = ProtocolError::WrongReasonCodeCount(PacketType::SubAck);
        let ends = script.completed.iter().map(|(t, o)| (*t, o.result.clone()));
        let ends: Vec<_> = ends.collect();
        assert_eq!(
            ends,
            [
                (
                    1,
                    Err(OperationError::WrongReasonCodeCount {
                        expected: 1,
                        received: 2
                    })
                ),
                (2, Err(OperationError::Disconnected))
            ]
        );
        assert_eq!(script.causes(), [DisconnectCause::Protocol(why)]);
    }
    // UNSUBACK.
    let mut script = Script::connected(Config::default(), []);
    script.ask(unsubscribe(1, "a"));
    script.sent();
    script.receive([Packet::UnsubAck(UnsubAck {
        packet_id: id(1),
        reason_codes: vec![ReasonCode::Success; 2],
        properties: Properties::new(),
    })]);
    assert_eq!(
        script.completed[0].1.result,
        Err(OperationError::WrongReasonCodeCount {
            expected: 1,
            received: 2
        })
    );
}
