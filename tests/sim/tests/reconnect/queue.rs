//! What is published while there is no connection.

use mqttka_core::proto::{PublishTerms, QueuePolicy};
use mqttka_core::types::{Property, PropertyId};
use mqttka_sim::script::{message, publish};
use mqttka_sim::secs;

use super::*;

/// A publish with these.
fn timed(number: u64, qos: QoS, timeout: Option<Duration>, expiry: Option<u32>) -> Command<u64> {
    let mut message = message(number, qos);
    if let Some(seconds) = expiry {
        let property = Property::MessageExpiryInterval(seconds);
        message.properties.push(property);
    }
    match publish(number, message, Version::V5) {
        Command::Publish {
            message,
            len,
            token,
            ..
        } => Command::Publish {
            message,
            len,
            terms: PublishTerms {
                timeout,
                receipt: false,
            }
            .boxed(),
            token,
        },
        other => other,
    }
}

/// The Message Expiry Interval of each PUBLISH.
fn expiries(packets: &[Packet]) -> Vec<u32> {
    let publishes = packets.iter().filter_map(|packet| match packet {
        Packet::Publish(publish) => publish
            .properties
            .get_number(PropertyId::MessageExpiryInterval),
        _ => None,
    });
    publishes.collect()
}

#[test]
fn before_the_first_connection_and_between_two() {
    for version in versions() {
        for config in [Config::default(), persistent()] {
            let mut script = Script::coming_back(Config {
                protocol_version: version,
                ..config
            });
            let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
            for (n, qos) in qos.into_iter().enumerate() {
                script.publish(n as u64, qos);
            }
            assert_eq!(outcomes(&script), []);
            script.connect();
            // The first attempt comes to nothing.
            script.lose();
            for (n, qos) in qos.into_iter().enumerate() {
                script.publish(3 + n as u64, qos);
            }
            script.attempt();
            script.publish(6, QoS::AtLeastOnce);
            let sent = script.accept(false, []);
            let expected: Vec<_> = (0..7).map(|n| (n, false)).collect();
            assert_eq!(publishes(&sent), expected);
        }
    }
}

#[test]
fn a_full_queue_gives_the_place_of_the_oldest_of_qos_0() {
    let mut script = Script::coming_back(Config {
        queue_policy: QueuePolicy::DropOldestQos0,
        outbound_queue_max_messages: 3,
        ..Config::default()
    });
    script.publish(1, QoS::AtLeastOnce);
    script.publish(2, QoS::AtMostOnce);
    script.publish(3, QoS::AtMostOnce);
    script.publish(4, QoS::AtLeastOnce);
    script.publish(5, QoS::AtLeastOnce);
    let dropped = || Err(OperationError::Dropped);
    assert_eq!(outcomes(&script), [(2, dropped()), (3, dropped())]);
    // No QoS 0 waits any more: the newest.
    script.publish(6, QoS::AtLeastOnce);
    script.publish(7, QoS::AtMostOnce);
    assert_eq!(outcomes(&script)[2..], [(6, dropped()), (7, dropped())]);
    script.connect();
    let sent = script.accept(false, []);
    assert_eq!(publishes(&sent), [(1, false), (4, false), (5, false)]);
}

#[test]
fn a_full_queue_gives_the_place_of_the_oldest() {
    let mut script = Script::coming_back(Config {
        queue_policy: QueuePolicy::DropOldest,
        outbound_queue_max_messages: 3,
        ..Config::default()
    });
    for n in 1..=5 {
        script.publish(n, QoS::AtLeastOnce);
    }
    let dropped = || Err(OperationError::Dropped);
    assert_eq!(outcomes(&script), [(1, dropped()), (2, dropped())]);
    // What was sent is not dropped, nor is a subscribe.
    script.connect();
    let sent = script.accept(false, [Property::ReceiveMaximum(2)]);
    assert_eq!(publishes(&sent), [(3, false), (4, false)]);
    script.publish(6, QoS::AtLeastOnce);
    assert_eq!(outcomes(&script)[2..], [(5, dropped())]);
}

/// A client that holds a subscription to this filter.
fn subscribed(config: Config, name: &str) -> Script {
    let mut script = connected(config);
    script.ask(subscribe_to(1, &[name]));
    let sent = script.sent();
    grant(&mut script, &sent, granted);
    script
}

fn unsubscribe_from(token: u64, names: &[&str]) -> Command<u64> {
    Command::Unsubscribe {
        filters: names.iter().map(|name| filter(name)).collect(),
        properties: Properties::new(),
        token: Some(token),
    }
}

#[test]
fn a_full_queue_drops_no_requests() {
    for queue_policy in [QueuePolicy::DropOldestQos0, QueuePolicy::DropOldest] {
        let config = Config {
            queue_policy,
            outbound_queue_max_messages: 3,
            ..Config::default()
        };
        let mut script = subscribed(config, "a");
        script.lose();
        for n in 2..=4 {
            script.ask(subscribe_to(n, &["b"]));
        }
        script.ask(unsubscribe_from(5, &["a"]));
        script.publish(6, QoS::AtLeastOnce);
        assert_eq!(outcomes(&script)[1..], [(6, Err(OperationError::Dropped))]);
        let sent = script.come_back(false, []);
        assert_eq!(subscribes(&sent), [["b"]; 3]);
        assert!(
            matches!(sent.last(), Some(Packet::Unsubscribe(_))),
            "{sent:?}"
        );
    }
}

#[test]
fn an_unsubscribe_that_is_refused_ends_no_subscription() {
    let mut script = subscribed(Config::default(), "a");
    script.lose();
    script.come_back(false, [Property::MaximumPacketSize(100)]);
    script.ask(unsubscribe_from(2, &["a", &"x".repeat(100)]));
    let too_large = OperationError::NotSupportedByServer(ReasonCode::PacketTooLarge);
    assert_eq!(outcomes(&script)[1..], [(2, Err(too_large))]);
    script.lose();
    assert_eq!(subscribes(&script.come_back(false, [])), [["a"]]);
}

#[test]
fn the_queue_has_its_limit_during_a_goodbye_too() {
    for queue_policy in [QueuePolicy::DropOldestQos0, QueuePolicy::DropOldest] {
        let mut script = connected(Config {
            queue_policy,
            outbound_queue_max_messages: 3,
            ..persistent()
        });
        script.publish(1, QoS::AtLeastOnce);
        script.sent();
        script.ask(Command::Disconnect {
            reason_code: ReasonCode::Success,
            drain_timeout: Some(mins(10)),
        });
        for n in 2..=6 {
            script.publish(n, QoS::AtMostOnce);
        }
        let dropped = |n| (n, Err(OperationError::Dropped));
        assert_eq!(outcomes(&script), [dropped(2), dropped(3), dropped(4)]);
        script.receive([Packet::PubAck(ack(1))]);
        script.lose();
        script.connect();
        let sent = script.accept(true, []);
        assert_eq!(publishes(&sent), [(5, false), (6, false)]);
    }
}

#[test]
fn the_policy_holds_over_connections_of_a_client_that_does_not_come_back_by_itself() {
    let mut script = Script::new(Config {
        queue_policy: QueuePolicy::DropOldestQos0,
        outbound_queue_max_messages: 2,
        ..persistent()
    });
    for present in [false, true] {
        script.connect();
        script.accept(present, []);
        script.lose();
    }
    script.connect();
    for n in 1..=3 {
        script.publish(n, QoS::AtMostOnce);
    }
    assert_eq!(outcomes(&script), [(1, Err(OperationError::Dropped))]);
}

#[test]
fn the_bytes_of_the_queue_have_their_limit_too() {
    let cost = message(0, QoS::AtLeastOnce).cost();
    let mut script = Script::coming_back(Config {
        queue_policy: QueuePolicy::DropOldest,
        outbound_queue_max_bytes: 2 * cost + 1,
        ..Config::default()
    });
    for n in 1..=3 {
        script.publish(n, QoS::AtLeastOnce);
    }
    assert_eq!(outcomes(&script), [(1, Err(OperationError::Dropped))]);
}

#[test]
fn nobody_waits_longer_than_the_timeout() {
    let mut script = Script::coming_back(persistent());
    script.ask(timed(1, QoS::AtLeastOnce, Some(secs(5)), None));
    script.ask(timed(2, QoS::AtLeastOnce, Some(secs(20)), None));
    script.wait(secs(4));
    assert_eq!(outcomes(&script), []);
    script.wait(secs(2));
    let timed_out = || Err(OperationError::TimedOut);
    assert_eq!(outcomes(&script), [(1, timed_out())]);
    script.connect();
    let sent = script.accept(false, []);
    assert_eq!(publishes(&sent), [(2, false)]);
    // Sent, and no answer.
    script.wait(secs(15));
    assert_eq!(outcomes(&script)[1..], [(2, timed_out())]);
    script.lose();
    // Not sent again.
    let sent = script.come_back(true, []);
    assert_eq!(publishes(&sent), []);
    // A late answer is no second outcome.
    script.receive([Packet::PubAck(ack(1))]);
    assert_eq!(script.completed.len(), 2);
}

#[test]
fn nobody_waits_longer_for_a_socket_that_takes_nothing() {
    let mut script = connected(Config::default());
    script.room = Some(0);
    script.ask(timed(1, QoS::AtMostOnce, Some(secs(5)), None));
    script.ask(timed(2, QoS::AtMostOnce, None, None));
    script.ask(timed(3, QoS::AtMostOnce, Some(secs(10)), None));
    assert_eq!(script.sent(), []);
    script.wait(secs(6));
    assert_eq!(outcomes(&script), [(1, Err(OperationError::TimedOut))]);
    script.room = None;
    assert_eq!(script.sent().len(), 3);
    assert_eq!(outcomes(&script)[1..], [(2, Ok(())), (3, Ok(()))]);
    script.wait(secs(6));
    assert_eq!(script.completed.len(), 3);
}

#[test]
fn nobody_waits_longer_for_pubcomp_either() {
    let mut script = connected(persistent());
    script.ask(timed(1, QoS::ExactlyOnce, Some(secs(5)), None));
    script.sent();
    script.receive([Packet::PubRec(ack(1))]);
    script.wait(secs(6));
    assert_eq!(outcomes(&script), [(1, Err(OperationError::TimedOut))]);
    // The exchange itself goes on.
    script.receive([Packet::PubComp(ack(1))]);
    assert_eq!(script.completed.len(), 1);
}

#[test]
fn what_nobody_waits_for_any_more_is_not_told_as_lost() {
    let mut script = connected(persistent());
    script.ask(timed(1, QoS::ExactlyOnce, Some(secs(5)), None));
    script.publish(2, QoS::ExactlyOnce);
    script.sent();
    script.wait(secs(6));
    script.lose();
    script.come_back(false, []);
    assert_eq!(
        outcomes(&script),
        [
            (1, Err(OperationError::TimedOut)),
            (2, Err(OperationError::SessionLost))
        ]
    );
    assert_eq!(told(&script).lost, 1);
}

#[test]
fn what_has_expired_is_not_sent_and_what_is_sent_says_what_is_left() {
    let mut script = Script::coming_back(Config::default());
    script.ask(timed(1, QoS::AtMostOnce, None, Some(10)));
    script.ask(timed(2, QoS::AtLeastOnce, None, Some(10)));
    script.ask(timed(3, QoS::AtLeastOnce, None, Some(100)));
    script.ask(timed(4, QoS::ExactlyOnce, None, Some(u32::MAX)));
    script.wait(secs(9));
    assert_eq!(outcomes(&script), []);
    // With nobody there: at its time, not at the next connection.
    script.wait(secs(2));
    let expired = || Err(OperationError::Expired);
    assert_eq!(outcomes(&script), [(1, expired()), (2, expired())]);
    script.wait(secs(30));
    script.connect();
    let sent = script.accept(false, []);
    assert_eq!(publishes(&sent), [(3, false), (4, false)]);
    assert_eq!(expiries(&sent), [59, u32::MAX - 41]);
}

#[test]
fn what_is_sent_again_says_what_is_left_and_is_not_sent_where_nothing_is() {
    let mut script = connected(persistent());
    script.ask(timed(1, QoS::AtLeastOnce, None, Some(100)));
    script.ask(timed(2, QoS::AtLeastOnce, None, Some(20)));
    assert_eq!(expiries(&script.sent()), [100, 20]);
    script.lose();
    script.wait(Duration::ZERO);
    script.attempt();
    script.lose();
    // No attempt for half a minute.
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
    });
    script.wait(secs(30));
    script.connect();
    let sent = script.accept(true, []);
    assert_eq!(publishes(&sent), [(1, true)]);
    let left = expiries(&sent)[0];
    assert!((60..=70).contains(&left), "{left}");
    assert_eq!(outcomes(&script), [(2, Err(OperationError::Expired))]);
}

#[test]
fn what_is_published_again_expires_at_its_time_too() {
    // No session: at the end of the connection it goes back into the queue.
    let mut script = connected(Config::default());
    script.ask(timed(1, QoS::AtLeastOnce, None, Some(100)));
    // A look at the deadlines while that one is in flight.
    script.ask(timed(2, QoS::AtLeastOnce, Some(secs(5)), None));
    script.sent();
    script.receive([Packet::PubAck(ack(2))]);
    script.wait(secs(10));
    script.lose();
    script.ask(Command::Disconnect {
        reason_code: ReasonCode::Success,
        drain_timeout: None,
    });
    script.wait(secs(100));
    assert_eq!(outcomes(&script)[1..], [(1, Err(OperationError::Expired))]);
}

#[test]
fn a_smaller_broker_after_a_restart_refuses_what_is_too_large() {
    let mut script = connected(persistent());
    script.lose();
    script.publish(1, QoS::AtLeastOnce);
    let mut large = message(2, QoS::AtLeastOnce);
    large.payload = vec![0; 1000].into();
    script.publish_message(2, large);
    let sent = script.come_back(false, [Property::MaximumPacketSize(100)]);
    assert_eq!(publishes(&sent), [(1, false)]);
    let too_large = OperationError::NotSupportedByServer(ReasonCode::PacketTooLarge);
    assert_eq!(outcomes(&script), [(2, Err(too_large))]);
}

#[test]
fn nothing_is_left_of_the_queue_when_the_client_is_closed() {
    let mut script = Script::coming_back(Config::default());
    for n in 0..3 {
        script.publish(n, QoS::AtLeastOnce);
    }
    script.ask(subscribe_to(3, &["f"]));
    script.ask(Command::Close);
    let closed: Vec<_> = (0..4).map(|n| (n, Err(OperationError::Closed))).collect();
    assert_eq!(outcomes(&script), closed);
    script.publish(9, QoS::AtLeastOnce);
    assert_eq!(outcomes(&script)[4..], [(9, Err(OperationError::Closed))]);
}
