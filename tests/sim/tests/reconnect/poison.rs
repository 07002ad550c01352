//! What ends connection after connection.

use mqttka_core::codec::{Disconnect, Publish};
use mqttka_core::types::TopicName;
use mqttka_sim::script::subscribe;

use super::*;

/// Comes back and is ended at what it sends, as long as it sends `poisonous`; how often that was.
fn ended_at(
    script: &mut Script,
    poisonous: impl Fn(&[Packet]) -> bool,
    end: impl Fn(&mut Script),
) -> u32 {
    let mut ends = 0;
    loop {
        let sent = script.come_back(script.machine.session_persists(), []);
        if !poisonous(&sent) {
            return ends;
        }
        ends += 1;
        assert!(ends < 1000);
        end(script);
    }
}

fn has(number: u64) -> impl Fn(&[Packet]) -> bool {
    move |sent| publishes(sent).iter().any(|(n, _)| *n == number)
}

#[test]
fn a_publish_at_which_the_broker_ends_connections_is_given_up() {
    let ends: [fn(&mut Script); 3] = [
        Script::lose,
        |script| script.fail_with(std::io::Error::from_raw_os_error(104).into()),
        |script| {
            let code = ReasonCode::PayloadFormatInvalid;
            script.receive([Packet::Disconnect(Disconnect::new(code))]);
        },
    ];
    for (qos, after) in [
        (QoS::AtLeastOnce, 5),
        (QoS::ExactlyOnce, 5),
        (QoS::AtLeastOnce, 1),
        (QoS::AtLeastOnce, 2),
        (QoS::ExactlyOnce, 3),
    ] {
        for end in ends {
            let mut script = connected(Config {
                poison_after: after,
                ..persistent()
            });
            script.publish(1, qos);
            script.publish(2, QoS::AtLeastOnce);
            script.sent();
            end(&mut script);
            let ends = 1 + ended_at(&mut script, has(1), end);
            assert_eq!(ends, after, "{qos:?}");
            let poison = OperationError::Poison { connections: after };
            assert_eq!(outcomes(&script), [(1, Err(poison))]);
            // The other one is on its way.
            script.receive([Packet::PubAck(ack(2))]);
            assert_eq!(outcomes(&script)[1..], [(2, Ok(()))]);
        }
    }
}

/// What killed connections is not spoken of again, neither in the connection after nor in others.
#[test]
fn a_publish_that_was_given_up_is_not_spoken_of_again() {
    for released in [false, true] {
        let mut script = connected(Config {
            poison_after: 1,
            ..persistent()
        });
        script.publish(1, QoS::ExactlyOnce);
        script.sent();
        if released {
            script.receive([Packet::PubRec(ack(1))]);
        }
        script.lose();
        let poison = OperationError::Poison { connections: 1 };
        assert_eq!(outcomes(&script), [(1, Err(poison))]);
        for _ in 0..3 {
            assert_eq!(script.come_back(true, []), []);
            script.lose();
        }
        // Its identifier is no other message's.
        script.publish(2, QoS::ExactlyOnce);
        let sent = script.come_back(true, []);
        assert!(
            matches!(&sent[..], [Packet::Publish(it)] if it.packet_id == Some(id(2))),
            "{sent:?}"
        );
    }
}

/// Nobody waits for what timed out; the broker is asked to end it, and may end connections at that.
#[test]
fn a_release_at_which_the_broker_ends_connections_is_not_sent_for_ever() {
    let mut script = connected(Config {
        poison_after: 3,
        max_inflight: Some(1),
        ..persistent()
    });
    script.publish(1, QoS::ExactlyOnce);
    script.sent();
    script.lose();
    let limit = [mqttka_core::types::Property::MaximumPacketSize(8)];
    script.attempt();
    let mut sent = script.accept(true, limit);
    let mut ends = 0;
    while sent.iter().any(|it| matches!(it, Packet::PubRel(_))) {
        ends += 1;
        assert!(ends < 100);
        script.lose();
        sent = script.come_back(true, []);
    }
    // The first connection ended at the message itself.
    assert_eq!(ends, 2);
    script.publish(2, QoS::AtLeastOnce);
    assert_eq!(publishes(&script.sent()), [(2, false)]);
}

#[test]
fn zero_switches_it_off() {
    let mut script = connected(Config {
        poison_after: 0,
        ..persistent()
    });
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    for _ in 0..100 {
        script.lose();
        assert_eq!(publishes(&script.come_back(true, [])), [(1, true)]);
    }
    assert_eq!(outcomes(&script), []);
}

#[test]
fn a_path_that_fails_says_nothing_of_what_was_sent_over_it() {
    let mut script = connected(persistent());
    script.publish(1, QoS::AtLeastOnce);
    script.sent();
    for n in 0..50 {
        if n % 2 == 0 {
            script.fail_with(mqttka_core::error::TransportError::new("unreachable"));
        } else {
            script.receive([Packet::Disconnect(Disconnect::new(
                ReasonCode::ServerShuttingDown,
            ))]);
        }
        assert_eq!(publishes(&script.come_back(true, [])), [(1, true)]);
    }
    assert_eq!(outcomes(&script), []);
}

#[test]
fn one_that_goes_on_is_not_suspected_for_others() {
    // Each connection finishes one and is ended at the next.
    let mut script = connected(Config {
        poison_after: 2,
        ..persistent()
    });
    for n in 1..=20 {
        script.publish(n, QoS::AtLeastOnce);
    }
    let mut sent = script.sent();
    for _ in 0..20 {
        let Some(Packet::Publish(first)) = sent.iter().find(|it| matches!(it, Packet::Publish(_)))
        else {
            panic!("{sent:?}");
        };
        let id = first.packet_id.map_or(0, NonZeroU16::get);
        script.receive([Packet::PubAck(ack(id))]);
        script.lose();
        sent = script.come_back(true, []);
    }
    let all: Vec<_> = (1..=20).map(|n| (n, Ok(()))).collect();
    assert_eq!(outcomes(&script), all);
}

#[test]
fn a_subscribe_at_which_the_broker_ends_connections_is_given_up() {
    let mut script = connected(Config::default());
    script.ask(subscribe(1));
    script.publish(2, QoS::AtLeastOnce);
    script.sent();
    script.lose();
    let ends = 1 + ended_at(
        &mut script,
        |sent| !subscribes(sent).is_empty(),
        Script::lose,
    );
    assert_eq!(ends, 5);
    let poison = OperationError::Poison { connections: 5 };
    assert_eq!(outcomes(&script), [(1, Err(poison))]);
}

#[test]
fn of_what_is_subscribed_again_only_the_poison_is_given_up() {
    let mut script = connected(Config::default());
    let names: Vec<String> = (0..20).map(|n| format!("f{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    script.ask(subscribe_to(1, &names));
    let sent = script.sent();
    grant(&mut script, &sent, granted);
    script.lose();
    // The broker now ends connections at one of them.
    let mut connections = 0;
    let mut sent = script.come_back(false, []);
    loop {
        let poison = |list: &Vec<String>| list.iter().any(|name| name == "f11");
        let batches = subscribes(&sent);
        let good: Vec<Packet> = sent
            .iter()
            .filter(|packet| matches!(packet, Packet::Subscribe(_)))
            .zip(&batches)
            .take_while(|(_, list)| !poison(list))
            .map(|(packet, _)| packet.clone())
            .collect();
        let done = good.len() == batches.len();
        let more = grant(&mut script, &good, granted);
        if !done {
            connections += 1;
            assert!(connections < 200);
            script.lose();
            sent = script.come_back(false, []);
        } else if subscribes(&more).is_empty() {
            break;
        } else {
            sent = more;
        }
    }
    let lost: Vec<_> = script
        .events
        .iter()
        .filter_map(|event| match event {
            EventKind::SubscriptionsLost(lost) => Some(lost.filters.clone()),
            _ => None,
        })
        .flatten()
        .map(|(filter, error)| (filter.as_str().to_owned(), error))
        .collect();
    let poison = OperationError::Poison { connections: 5 };
    assert_eq!(lost, [("f11".to_owned(), poison)]);
    assert!(connections <= 15, "{connections}");
}

/// A kept message that is larger than the client takes: 3.1.1 has no way to say so.
fn too_large() -> Packet {
    Packet::Publish(Publish {
        dup: true,
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: TopicName::try_from("t").ok(),
        packet_id: NonZeroU16::new(1),
        payload: vec![0; 2000].into(),
        properties: Properties::new(),
    })
}

fn small_client() -> Config {
    Config {
        protocol_version: Version::V311,
        maximum_packet_size: Some(1000),
        ..persistent()
    }
}

#[test]
fn a_session_whose_messages_it_cannot_take_stops_it() {
    let mut script = connected(small_client());
    script.receive([too_large()]);
    for _ in 0..4 {
        waiting(&script);
        script.come_back(true, []);
        script.receive([too_large()]);
    }
    assert_eq!(stopped(&script), StopReason::Protocol);
    // Or it goes on without it, where it may.
    let mut script = connected(Config {
        clean_start_on_backlog: true,
        ..small_client()
    });
    script.receive([too_large()]);
    for _ in 0..4 {
        assert!(!connect(&script.attempt().1).clean_start);
        script.accept(true, []);
        script.receive([too_large()]);
    }
    let (_, sent) = script.attempt();
    assert!(connect(&sent).clean_start);
    script.accept(false, []);
    assert!(told(&script).session_lost);
    // One new session is enough.
    script.lose();
    assert!(!connect(&script.attempt().1).clean_start);
}

#[test]
fn faults_that_are_far_apart_are_no_row() {
    let mut script = connected(small_client());
    for _ in 0..10 {
        // It lasted for an hour.
        for _ in 0..mins(60).as_secs() / 10 {
            let sent = script.wait(Duration::from_secs(10));
            if sent.contains(&Packet::PingReq) {
                script.receive([Packet::PingResp]);
            }
        }
        script.receive([too_large()]);
        waiting(&script);
        script.come_back(true, []);
    }
    assert_eq!(script.machine.state(), State::Connected);
}
