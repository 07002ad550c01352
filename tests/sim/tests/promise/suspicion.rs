//! Rule L22: an answer that is overdue is told, and its end; no packet more, no verdict, and no
//! alarm that comes and goes where the link is only slow or lossy.

use std::time::Duration;

use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::EventKind;
use mqttka_core::types::{Instant, QoS};
use mqttka_sim::app::Publishing;
use mqttka_sim::broker::{Process, Push};
use mqttka_sim::link::LinkConfig;
use mqttka_sim::load::Load;
use mqttka_sim::oracle::Times;
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{ms, secs};

fn publishing(every: Duration) -> Option<Publishing> {
    Some(Publishing {
        qos: QoS::AtMostOnce,
        size: 64,
        every: Some(every),
        count: u64::MAX,
    })
}

/// Runs until something is told of suspicion; when, and whether it is one.
fn until_told(world: &mut World, limit: Duration) -> Option<(Instant, bool)> {
    let before = world.oracle.suspicions.len();
    world.run_until(limit, |w| w.oracle.suspicions.len() > before);
    world.oracle.suspicions.get(before).copied()
}

fn finish(world: World) {
    let found = world.finish();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_ping_without_an_answer_is_suspect_after_a_second() {
    for (fault, cause) in [
        (Fault::BlackHole, DisconnectCause::KeepAliveTimeout),
        (
            Fault::Broker(Process::Stopped),
            DisconnectCause::ServerUnresponsive,
        ),
    ] {
        let mut world = World::connected(WorldConfig::new(60));
        let start = world.now;
        world.inject(fault);
        let (told, suspect) = until_told(&mut world, secs(200)).expect("a suspicion");
        assert!(suspect);
        let after = told.saturating_since(start);
        assert!(
            after > ms(59_900) && after < ms(60_100),
            "{fault:?}: {after:?}"
        );
        let snapshot = world.machine().liveness(world.now).expect("a connection");
        assert!(snapshot.suspect);
        let (end, found) = world.until_disconnected(secs(100)).expect("a verdict");
        assert_eq!(found, cause);
        assert!(end.saturating_since(start) > secs(89));
        // The disconnect is the end of it.
        assert_eq!(world.oracle.suspicions.len(), 1);
        let Some((_, event)) = world.oracle.events.last() else {
            panic!("no event");
        };
        let EventKind::Disconnected(end) = &event.kind else {
            panic!("{event:?}");
        };
        assert!(end.liveness.suspect);
        finish(world);
    }
}

#[test]
fn data_without_an_acknowledgement_is_suspect_long_before_a_ping_is_due() {
    let mut config = WorldConfig::new(60);
    config.publishing = publishing(secs(7));
    let mut world = World::connected(config);
    world.run_for(secs(15));
    world.inject(Fault::BlackHole);
    let from = world.now;
    let (told, _) = until_told(&mut world, secs(60)).expect("a suspicion");
    // The third message is of 21 s.
    let after = told.saturating_since(from);
    assert!(after > secs(6) && after < ms(7_500), "{after:?}");
    assert!(world.until_disconnected(secs(100)).is_some());
    assert_eq!(world.oracle.suspicions.len(), 1);
    finish(world);
}

#[test]
fn evidence_ends_it_and_the_link_is_trusted_for_longer() {
    let mut config = WorldConfig::new(60);
    config.publishing = publishing(ms(500));
    config.benign = true;
    let mut world = World::connected(config);
    let mut told = Vec::new();
    // Two outages within a minute, and one much later.
    for pause in [20, 40, 2400] {
        world.run_for(secs(pause));
        world.inject(Fault::Outage(secs(3)));
        world.run_for(secs(20));
        told.push(std::mem::take(&mut world.oracle.suspicions));
    }
    let kinds: Vec<Vec<bool>> = told
        .iter()
        .map(|told| told.iter().map(|(_, suspect)| *suspect).collect())
        .collect();
    assert_eq!(kinds, [vec![true, false], vec![], vec![true, false]]);
    let [(suspect, _), (alive, _)] = told[0][..] else {
        panic!("{told:?}");
    };
    let lasted = alive.saturating_since(suspect);
    assert!(lasted > secs(1) && lasted < secs(6), "{lasted:?}");
    let snapshot = world.machine().liveness(world.now).expect("a connection");
    let round_trip = snapshot.round_trip.expect("one that was measured");
    assert!(round_trip > ms(39) && round_trip < ms(60), "{round_trip:?}");
    finish(world);
}

/// Bytes come all the while, and none of ours is acknowledged: the kernel knows.
#[test]
fn bytes_that_are_repeated_in_vain_are_suspect() {
    let mut config = WorldConfig::new(60);
    config.broker.push = Some(Push {
        qos: QoS::AtMostOnce,
        size: 64,
        every: Some(ms(500)),
        count: u64::MAX,
    });
    config.publishing = publishing(secs(2));
    let mut world = World::connected(config);
    world.run_for(secs(11));
    world.inject(Fault::BlackHoleOut);
    let (_, suspect) = until_told(&mut world, secs(20)).expect("a suspicion");
    assert!(suspect);
    let snapshot = world.machine().liveness(world.now).expect("a connection");
    assert!(snapshot.last_inbound_age < ms(510), "{snapshot:?}");
    world.run_for(secs(5));
    // What comes from the broker is no answer to that.
    assert_eq!(world.oracle.suspicions.len(), 1);
    world.inject(Fault::Heal);
    world.run_for(secs(20));
    assert_eq!(world.oracle.suspicions.len(), 2);
    finish(world);
}

/// By data and by pings, whether or not the kernel has a number of its own.
#[test]
fn the_round_trip_is_measured() {
    for (publishes, knows_acked, knows_age) in [
        (true, true, true),
        (true, true, false),
        (false, false, false),
    ] {
        let mut config = WorldConfig::new(60);
        config.knows_acked = knows_acked;
        config.knows_ack_age = knows_age;
        config.publishing = publishing(secs(1)).filter(|_| publishes);
        let mut world = World::connected(config);
        let slower = LinkConfig {
            delay: ms(60),
            ..LinkConfig::default()
        };
        world.set_path(slower, slower);
        world.run_for(secs(if publishes { 50 } else { 3600 }));
        let snapshot = world.machine().liveness(world.now).expect("a connection");
        let found = snapshot.round_trip.expect("one that was measured");
        assert!(
            found > ms(110) && found < ms(260),
            "{knows_acked} {knows_age} {snapshot:?}"
        );
        finish(world);
    }
}

fn path(bandwidth: u64, delay: u64, buffer: u64, loss: f64) -> LinkConfig {
    LinkConfig {
        bandwidth,
        delay: ms(delay),
        buffer,
        loss,
        ..LinkConfig::default()
    }
}

/// How often a link that is only bad is suspected in this time.
fn alarms(mut config: WorldConfig, seconds: u64) -> usize {
    config.benign = true;
    let mut world = World::connected(config);
    world.run_for(secs(seconds));
    let alarms = world.oracle.suspicions.iter().filter(|(_, it)| *it).count();
    finish(world);
    alarms
}

#[test]
fn a_bad_link_is_not_suspected_again_and_again() {
    let mut found = Vec::new();
    let slow = [
        ("3 s round trip", path(200_000, 1500, 1 << 20, 0.0), 1460),
        ("0.4 kB/s", path(400, 100, 4 << 20, 0.0), 200),
        ("4 MB of bloat", path(20_000, 50, 4 << 20, 0.0), 1460),
        ("10 % loss", path(200_000, 20, 16 << 10, 0.0513), 1460),
    ];
    for (name, link, mss) in slow {
        for load in Load::ALL {
            if load == Load::BothWays {
                continue;
            }
            let mut config = WorldConfig::new(5);
            config.up = link;
            config.down = link;
            config.client_tcp.mss = mss;
            config.broker_tcp.mss = mss;
            config.client.connect_timeout = Some(secs(600));
            load.apply(&mut config, if mss == 200 { 150 } else { 2000 });
            found.push((format!("{name}, {load:?}"), alarms(config, 300)));
        }
    }
    for k in [5, 60] {
        let times = Times::new(secs(u64::from(k)));
        let crawl = LinkConfig {
            per_packet: times.d.mul_f64(0.9),
            ..LinkConfig::default()
        };
        for (load, knows_acked) in [
            (Load::Flood, true),
            (Load::Upload, true),
            (Load::Download, true),
            (Load::Download, false),
        ] {
            let mut config = WorldConfig::new(k);
            config.knows_acked = knows_acked;
            load.apply(&mut config, 1000);
            config.client.connect_timeout = Some(times.k * 10);
            match load {
                Load::Download => config.down = crawl,
                _ => config.up = crawl,
            }
            let alarms = alarms(config, 60 * u64::from(k));
            found.push((format!("a crawl, K = {k}, {load:?}"), alarms));
        }
    }
    // Once or twice, until it is known that this is how the link is.
    let more = |(_, alarms): &&(String, usize)| *alarms > 2;
    let flaps: Vec<_> = found.iter().filter(more).collect();
    assert!(flaps.is_empty(), "{flaps:?}");
    let in_all: usize = found.iter().map(|(_, alarms)| alarms).sum();
    assert!(in_all <= 6, "{found:?}");
}

/// Three wake-ups at most for each ping: it is due, its answer comes, and a look at what is
/// acknowledged. One more where the answer is overdue, and none after that.
#[test]
fn it_costs_one_wake_up_for_what_is_overdue() {
    for knows_acked in [true, false] {
        let mut config = WorldConfig::new(60);
        config.knows_acked = knows_acked;
        let mut world = World::connected(config);
        world.run_for(secs(3600));
        let (wakes, pings) = (world.wakes, world.broker.pings_answered);
        assert!(pings <= 61, "{pings}");
        assert!(wakes <= 2 * pings + 8, "{wakes} for {pings}");
        world.inject(Fault::Broker(Process::Stopped));
        world.run_until(secs(100), |w| w.oracle.suspicions.len() == 1);
        assert_eq!(world.oracle.suspicions.len(), 1);
        let before = world.wakes;
        world.run_for(secs(20));
        assert_eq!(world.wakes, before, "A known: {knows_acked}");
        finish(world);
    }
}

/// The answer waits in the system, or had no time to come: no reason to suspect anybody (L10).
#[test]
fn a_gap_is_no_reason() {
    for gap in [Fault::Suspend(ms(2900)), Fault::ProcessStop(secs(40))] {
        // The ping is on its way, the answer is.
        for late in [0, 15, 25] {
            let mut world = World::connected(WorldConfig::new(60));
            world.run_until(secs(100), |w| {
                let liveness = w.machine().liveness(w.now);
                liveness.is_some_and(|it| it.unanswered_pings > 0)
            });
            world.run_for(ms(late));
            world.inject(gap);
            world.run_for(secs(300));
            assert_eq!(world.oracle.suspicions, [], "{gap:?}, {late} ms");
            finish(world);
        }
    }
}

#[test]
fn where_liveness_is_off_nothing_is_suspected() {
    let mut config = WorldConfig::new(0);
    config.publishing = publishing(secs(7));
    let mut world = World::connected(config);
    world.inject(Fault::BlackHole);
    world.run_for(secs(600));
    assert_eq!(world.oracle.suspicions, []);
}
