//! Identifiers: the client's, which a broker may assign, and those of packets that it may know.

use mqttka_core::codec::{ConnAck, Connect, Packet};
use mqttka_core::error::OperationError;
use mqttka_core::proto::{Command, Config, PublishTerms};
use mqttka_core::types::{Property, QoS, ReasonCode, Text, Version};
use mqttka_sim::script::{Script, message, publish};
use mqttka_sim::secs;

use super::session::{ack, persistent, publishes};

/// The CONNECT of the next attempt.
pub(super) fn next_connect(script: &mut Script) -> Connect {
    match &script.connect()[..] {
        [Packet::Connect(connect)] => (**connect).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn clean_start_is_for_the_first_connection() {
    let config = Config {
        clean_start: true,
        ..persistent()
    };
    let mut script = Script::new(config);
    // An attempt that came to nothing does not count.
    assert!(next_connect(&mut script).clean_start);
    script.lose();
    assert!(next_connect(&mut script).clean_start);
    script.accept(false, []);
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    for _ in 0..3 {
        script.lose();
        assert!(!next_connect(&mut script).clean_start);
        assert_eq!(publishes(&script.accept(true, [])), [(1, 1, true)]);
    }
    assert_eq!(script.failures().len(), 1);
    // A session that does not persist begins anew each time, in both versions.
    for version in [Version::V5, Version::V311] {
        let mut script = Script::new(Config {
            protocol_version: version,
            ..Config::default()
        });
        for _ in 0..3 {
            assert!(next_connect(&mut script).clean_start);
            script.accept(false, []);
            script.lose();
        }
    }
    // A session present that was not asked for is an error as long as it is.
    let mut script = Script::new(Config {
        clean_start: true,
        ..persistent()
    });
    script.connect();
    script.accept(true, []);
    assert_eq!(script.failures().len(), 1);
}

#[test]
fn an_assigned_client_identifier_is_used_again() {
    let assigned = || Property::AssignedClientIdentifier("chosen".try_into().unwrap_or_default());
    let config = Config {
        client_id: Text::new(),
        clean_start: true,
        ..persistent()
    };
    let mut script = Script::new(config);
    assert_eq!(next_connect(&mut script).client_id.as_str(), "");
    script.accept(false, [assigned()]);
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    for _ in 0..2 {
        script.lose();
        let connect = next_connect(&mut script);
        assert_eq!(connect.client_id.as_str(), "chosen");
        assert!(!connect.clean_start);
        assert_eq!(publishes(&script.accept(true, [])), [(1, 1, true)]);
    }
    // A broker that does not know its own identifier any more: ask for another one.
    script.lose();
    script.connect();
    script.receive([Packet::ConnAck(ConnAck::new(
        false,
        ReasonCode::ClientIdentifierNotValid,
    ))]);
    assert_eq!(next_connect(&mut script).client_id.as_str(), "");
    // The application's own is never replaced.
    let mut script = Script::connected(persistent(), [assigned()]);
    script.lose();
    assert_eq!(next_connect(&mut script).client_id.as_str(), "c");
}

#[test]
fn an_identifier_that_the_broker_may_know_is_not_used_for_another_message() {
    // QoS 2, sent and unanswered; on the next connection it may not be repeated.
    let mut script = Script::connected(persistent(), []);
    script.publish(1, QoS::ExactlyOnce);
    script.publish(2, QoS::AtLeastOnce);
    script.sent();
    script.lose();
    script.connect();
    // The broker is to end it, too.
    let release = [Packet::PubRel(ack(1))];
    let sent = script.accept(true, [Property::MaximumPacketSize(10)]);
    assert_eq!(sent, release);
    let too_large = OperationError::NotSupportedByServer(ReasonCode::PacketTooLarge);
    let ends = script.completed.iter().map(|(t, o)| (*t, o.result.clone()));
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends, [(1, Err(too_large.clone())), (2, Err(too_large))]);
    script.lose();
    script.connect();
    assert_eq!(script.accept(true, []), release);
    // All identifiers, once around: the first is left out.
    let used = once_around(&mut script);
    assert_eq!(used.len(), 65_534);
    assert!(!used.contains(&1));
    // A late answer ends the matter.
    let sent = script.receive([Packet::PubRec(ack(1))]);
    assert_eq!(sent, [Packet::PubRel(ack(1))]);
    script.receive([Packet::PubComp(ack(1))]);
    assert!(once_around(&mut script).contains(&1));
}

/// What nobody waits for any more takes no identifiers for good: with those of 20 connections there
/// would be none left.
#[test]
fn what_is_given_up_again_and_again_leaves_no_identifier_in_use() {
    let mut script = Script::coming_back(persistent());
    script.connect();
    script.accept(false, []);
    for _ in 0..20 {
        for n in 0..4096 {
            let Command::Publish {
                message,
                len,
                token,
                ..
            } = publish(n, message(n, QoS::ExactlyOnce), Version::V5)
            else {
                unreachable!("a publish");
            };
            let terms = PublishTerms {
                timeout: Some(secs(1)),
                receipt: false,
            };
            script.ask(Command::Publish {
                message,
                len,
                terms: terms.boxed(),
                token,
            });
        }
        assert_eq!(script.sent().len(), 4096);
        script.lose();
        script.wait(secs(2));
        assert_eq!(std::mem::take(&mut script.completed).len(), 4096);
        script.attempt();
        let sent = script.accept(true, []);
        assert_eq!(sent.len(), 4096);
        // Half of them it does not know.
        let answers = sent.into_iter().map(|packet| match packet {
            Packet::PubRel(mut release) => {
                if release.packet_id.get() % 2 == 0 {
                    release.reason_code = ReasonCode::PacketIdentifierNotFound;
                }
                Packet::PubComp(release)
            }
            other => panic!("{other:?}"),
        });
        script.receive(answers);
    }
    assert_eq!(script.causes().len(), 20);
}

/// The identifiers that 65,534 messages get.
fn once_around(script: &mut Script) -> std::collections::BTreeSet<u16> {
    let mut used = std::collections::BTreeSet::new();
    for n in 0..65_534_u64 {
        script.publish(n, QoS::ExactlyOnce);
        for (_, n, _) in publishes(&script.sent()) {
            used.insert(n);
            script.receive([Packet::PubRec(ack(n)), Packet::PubComp(ack(n))]);
        }
    }
    used
}
