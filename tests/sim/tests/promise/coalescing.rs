//! Rule L5, coalesced: a PINGREQ goes along where something is written or the engine is awake, so
//! that it wakes nobody; and an idle connection pings no more often for it.

use std::time::Duration;

use mqttka_core::codec::Packet;
use mqttka_core::proto::Config;
use mqttka_core::types::QoS;
use mqttka_sim::app::Publishing;
use mqttka_sim::oracle::Times;
use mqttka_sim::script::{Script, from_broker};
use mqttka_sim::world::{World, WorldConfig};
use mqttka_sim::{ms, secs};

fn connected(keep_alive: u16) -> Script {
    let config = Config {
        keep_alive,
        ..Config::default()
    };
    Script::connected(config, [])
}

fn pings(packets: &[Packet]) -> usize {
    let is_ping = |packet: &&Packet| matches!(packet, Packet::PingReq);
    packets.iter().filter(is_ping).count()
}

#[test]
fn an_idle_connection_pings_no_more_often() {
    let mut world = World::connected(WorldConfig::new(60));
    world.run_for(secs(3600));
    let pings = world.broker.pings_answered;
    assert!((60..=61).contains(&pings), "{pings}");
    assert_eq!(world.finish(), Vec::<String>::new());
}

/// Whoever writes more often than P is woken by no ping, and pings once in P all the same.
#[test]
fn a_ping_goes_with_what_is_written() {
    for k in [5, 60, 600] {
        let times = Times::new(secs(k));
        for part in [0.02, 0.1, 0.34, 0.49, 0.51, 0.76, 0.99] {
            let every = times.p.mul_f64(part);
            let mut script = connected(k as u16);
            let mut asked = script.now;
            for number in 0..(20.0 / part) as u64 {
                assert_eq!(script.wait(every), [], "K = {k}, every {every:?}");
                script.publish(number, QoS::AtMostOnce);
                let sent = script.sent();
                let ping = matches!(sent[..], [Packet::PingReq, Packet::Publish(_)]);
                assert!(ping || matches!(sent[..], [Packet::Publish(_)]), "{sent:?}");
                if ping {
                    assert!(script.now >= asked + times.p / 2, "too often");
                    asked = script.now;
                    script.wait(ms(1));
                    assert_eq!(script.receive([Packet::PingResp]), []);
                }
                assert!(script.now < asked + times.p, "K = {k}, every {every:?}");
            }
        }
    }
}

/// In one write, so that it rides in the same segment.
#[test]
fn it_is_the_same_write() {
    let mut script = connected(60);
    script.wait(secs(40));
    script.publish(1, QoS::AtMostOnce);
    script.machine.prepare_transmit(script.now);
    let (head, tail) = script.machine.transmit();
    assert_eq!(head[..2], [0xc0, 0]);
    assert!(head.len() > 10 && tail.is_empty(), "{head:x?}");
    // An acknowledgement counts as well as a message.
    let mut script = connected(60);
    script.wait(secs(20));
    script.receive([from_broker(QoS::AtLeastOnce, 1, false)]);
    script.wait(secs(35));
    script.release(1, 0);
    let sent = script.sent();
    assert!(
        matches!(sent[..], [Packet::PingReq, Packet::PubAck(_)]),
        "{sent:?}"
    );
}

#[test]
fn no_second_ping_while_one_is_unanswered() {
    let mut script = connected(60);
    script.wait(secs(40));
    script.publish(1, QoS::AtMostOnce);
    assert_eq!(pings(&script.sent()), 1);
    for number in 2..8 {
        assert_eq!(pings(&script.wait(secs(5))), 0);
        script.publish(number, QoS::AtMostOnce);
        assert_eq!(pings(&script.sent()), 0);
    }
}

/// The engine is awake anyway: from P/5 before it is due.
#[test]
fn a_ping_that_is_due_soon_goes_at_once() {
    for k in [5, 60, 3600] {
        let p = Times::new(secs(k)).p;
        let mut script = connected(k as u16);
        let early = script.machine.poll_earliest().expect("a ping to come");
        assert_eq!(early.saturating_since(script.now), p - p / 5);
        script.wait(p - p / 5 - ms(1));
        script.acknowledge();
        assert_eq!(script.sent(), [], "K = {k}");
        script.wait(ms(1));
        script.acknowledge();
        assert_eq!(script.sent(), [Packet::PingReq], "K = {k}");
        assert_eq!(script.machine.poll_earliest(), None);
        script.acknowledge();
        assert_eq!(script.sent(), [], "K = {k}");
    }
}

/// What comes is no reason for a ping, until the broker has not heard of us for long.
#[test]
fn the_broker_hears_of_us_when_it_has_just_woken_us() {
    let mut script = connected(60);
    let wire = secs(59);
    let start = script.now;
    let found = (0..).find(|_| {
        assert_eq!(script.wait(secs(1)), []);
        pings(&script.receive([from_broker(QoS::AtMostOnce, 1, false)])) > 0
    });
    assert!(found.is_some());
    let after = script.now.saturating_since(start);
    assert!(after >= wire * 4 / 5 && after <= wire, "{after:?}");
}

/// Hours of an application that publishes now and then, over a model of TCP: no wake-up is for a
/// ping alone.
#[test]
fn nobody_wakes_for_a_ping_alone() {
    let hours = 4;
    let wakes = |publishing: Option<Duration>, k| {
        let mut config = WorldConfig::new(k);
        config.publishing = publishing.map(|every| Publishing {
            qos: QoS::AtMostOnce,
            size: 64,
            every: Some(every),
            count: u64::MAX,
        });
        let mut world = World::connected(config);
        world.run_for(secs(hours * 3600));
        let (wakes, pings) = (world.wakes, world.broker.pings_answered);
        assert_eq!(world.finish(), Vec::<String>::new());
        (wakes, pings)
    };
    for every in [7, 20, 45] {
        // Without Keep Alive there are no pings, and nobody looks at what is acknowledged.
        let (least, none) = wakes(Some(secs(every)), 0);
        assert_eq!(none, 0);
        let (found, pings) = wakes(Some(secs(every)), 60);
        assert!(pings >= hours * 3600 / 60, "{pings}");
        // One for each answer, and one for each look at what is acknowledged.
        let messages = hours * 3600 / every;
        assert!(
            found <= least + pings + messages + 10,
            "every {every} s: {found} of {least}, {pings} pings"
        );
    }
}
