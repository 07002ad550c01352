//! A session whose expiry is changed by DISCONNECT (section 3.14.2.2.2): what it means for what is
//! unfinished, and for the next connection.

use mqttka_core::codec::Packet;
use mqttka_core::error::OperationError;
use mqttka_core::proto::{Command, Config, EventKind, Farewell};
use mqttka_core::types::{Properties, Property, PropertyId, QoS, ReasonCode};
use mqttka_sim::script::Script;
use mqttka_sim::secs;

fn config(expiry: u32) -> Config {
    Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: expiry,
        ..Config::default()
    }
}

fn ending(expiry: u32) -> Command<u64> {
    Command::DisconnectWith(Box::new(Farewell {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
        properties: Properties::from(vec![Property::SessionExpiryInterval(expiry)]),
    }))
}

fn said(sent: &[Packet]) -> Option<u32> {
    let [Packet::Disconnect(disconnect)] = sent else {
        panic!("{sent:?}");
    };
    let properties = &disconnect.properties;
    properties.get_number(PropertyId::SessionExpiryInterval)
}

#[test]
fn a_session_that_is_given_up_ends_with_the_connection() {
    let mut script = Script::connected(config(60), []);
    script.publish(1, QoS::AtLeastOnce);
    assert_eq!(script.sent().len(), 1);
    assert!(script.machine.session_persists());
    script.ask(ending(0));
    assert_eq!(said(&script.sent()), Some(0));
    script.lose();
    let [(1, outcome)] = &script.completed[..] else {
        panic!("{:?}", script.completed);
    };
    assert_eq!(outcome.result, Err(OperationError::Disconnected));
    // The next one is a new session with what the options say, and its start is no loss.
    script.connect();
    script.accept(false, []);
    let told = script.events.iter().rev().find_map(|event| match event {
        EventKind::Connected(connected) => Some(connected),
        _ => None,
    });
    let told = told.expect("it is connected");
    assert!(!told.session_lost);
    assert_eq!(told.session_expiry_interval, 60);
}

#[test]
fn a_session_that_is_to_last_longer_is_resumed() {
    let mut script = Script::connected(config(60), []);
    script.publish(1, QoS::AtLeastOnce);
    assert_eq!(script.sent().len(), 1);
    script.ask(ending(3600));
    assert_eq!(said(&script.sent()), Some(3600));
    script.lose();
    assert_eq!(script.completed.len(), 0, "{:?}", script.completed);
    script.connect();
    let sent = script.accept(true, []);
    assert!(
        matches!(&sent[..], [Packet::Publish(again)] if again.dup),
        "{sent:?}"
    );
}

/// The client refuses the call; were it to come so far, the broker would still not see it.
#[test]
fn after_0_nothing_else_follows() {
    let mut script = Script::connected(config(0), []);
    script.ask(ending(5));
    assert_eq!(said(&script.sent()), None);
}

/// Who asks for the end a second time only cuts the wait short.
#[test]
fn the_first_farewell_is_the_one() {
    let mut script = Script::connected(config(60), []);
    script.publish(1, QoS::AtLeastOnce);
    assert_eq!(script.sent().len(), 1);
    let Command::DisconnectWith(mut farewell) = ending(7) else {
        unreachable!();
    };
    farewell.drain_timeout = Some(secs(10));
    script.ask(Command::DisconnectWith(farewell));
    assert_eq!(script.sent().len(), 0);
    script.ask(ending(8));
    assert_eq!(said(&script.sent()), Some(7));
    // And what one connection was to say is none of the next one's.
    script.lose();
    script.connect();
    script.accept(true, []);
    script.sent();
    script.ask(Command::Close);
    assert_eq!(said(&script.sent()), None);
}
