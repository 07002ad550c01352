//! L10 and the local axis: the engine that did not run, the system that slept, the CPU that is
//! busy. No verdict before the peer had its chance, and none that is put off for ever.

use std::time::Duration;

use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::{Command, EventKind};
use mqttka_core::types::Instant;
use mqttka_sim::broker::Process;
use mqttka_sim::link::LinkConfig;
use mqttka_sim::load::Load;
use mqttka_sim::oracle::Times;
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{ms, secs};

fn world(k: u16, load: Load) -> World {
    let mut config = WorldConfig::new(k);
    load.apply(&mut config, 1000);
    World::connected(config)
}

fn unanswered(world: &World) -> u32 {
    world
        .machine()
        .liveness(world.now)
        .map_or(0, |l| l.unanswered_pings)
}

/// Runs until a PINGREQ is on its way.
fn ping_in_flight(world: &mut World) {
    assert!(world.run_until(secs(600), |w| unanswered(w) > 0));
}

fn assert_clean(world: World, case: &str) {
    let violations = world.finish();
    assert!(violations.is_empty(), "{case}: {violations:#?}");
}

#[test]
fn a_stopped_process_finds_its_pingresp_and_lives_on() {
    for k in [1u16, 5, 60] {
        for (stopped, load) in [0.5, 1.6, 2.0, 10.0]
            .into_iter()
            .flat_map(|s| [Load::Idle, Load::Qos0].map(|l| (s, l)))
        {
            let case = format!("K = {k}, stopped for {stopped} K, {load:?}");
            let k = secs(u64::from(k));
            let mut world = world(k.as_secs() as u16, load);
            if load == Load::Idle {
                ping_in_flight(&mut world);
            } else {
                world.run_for(k);
            }
            world.inject(Fault::ProcessStop(k.mul_f64(stopped)));
            let cause = world.until_disconnected(k.mul_f64(stopped) + k * 3);
            // Where it was silent for 1.5 K the broker has closed the connection, and the EOF
            // that waits is told at once; any other end is a false alarm.
            if let Some((at, cause)) = cause {
                assert!(stopped > 1.4, "{case}: {cause:?}");
                assert_eq!(cause, DisconnectCause::ClosedByServer, "{case}");
                assert!(world.broker.kicked.is_some_and(|kick| kick < at), "{case}");
            }
            assert_clean(world, &case);
        }
    }
}

#[test]
fn an_eof_or_reset_found_after_a_gap_fires_at_once() {
    for fault in [Fault::Fin, Fault::Reset] {
        let mut world = world(5, Load::Idle);
        ping_in_flight(&mut world);
        world.inject(Fault::ProcessStop(secs(50)));
        let resume = world.now + secs(50);
        world.schedule(world.now + secs(2), fault);
        let end = world.until_disconnected(secs(60));
        assert_eq!(end.map(|(at, _)| at), Some(resume), "{fault:?}");
        assert_clean(world, &format!("{fault:?}"));
    }
}

/// The path dies while the process is stopped, or the system asleep, for so many K.
fn dies_in_gap(k: u16, gap: f64, fault: fn(Duration) -> Fault) -> (Instant, Instant, World) {
    let mut world = world(k, Load::Idle);
    ping_in_flight(&mut world);
    world.run_for(ms(100));
    let k = secs(u64::from(k));
    let length = k.mul_f64(gap);
    world.inject(fault(length));
    world.inject(Fault::BlackHole);
    let resume = world.now + length;
    let end = world.until_disconnected(length + k * 4);
    let Some((at, DisconnectCause::KeepAliveTimeout)) = end else {
        panic!("K = {k:?}, gap {gap}: {end:?}");
    };
    (resume, at, world)
}

#[test]
fn after_a_gap_the_verdict_comes_at_resume_plus_k() {
    for k in [1u16, 5, 60] {
        for gap in [2.0, 10.0] {
            for fault in [Fault::ProcessStop, Fault::Suspend] {
                let case = format!("K = {k}, gap {gap} K");
                let (resume, at, world) = dies_in_gap(k, gap, fault);
                let after = at.saturating_since(resume);
                assert_eq!(after, secs(u64::from(k)), "{case}");
                assert_clean(world, &case);
            }
        }
    }
}

#[test]
fn a_ping_leaves_right_after_a_gap() {
    // Also after a short sleep, when none would be due.
    for asleep in [1, 4] {
        let mut config = WorldConfig::new(5);
        config.benign = true;
        let mut world = World::connected(config);
        ping_in_flight(&mut world);
        world.run_for(ms(100));
        assert_eq!(unanswered(&world), 0);
        let answered = world.broker.pings_answered;
        world.inject(Fault::Suspend(secs(asleep)));
        // The application says something that means nothing; so the engine wakes at the resume.
        world.app.ask(Command::Release {
            connection_number: 0,
            acknowledgements: 0,
            bytes: 0,
        });
        world.run_for(secs(asleep) + ms(50));
        assert_eq!(world.broker.pings_answered, answered + 1, "{asleep} s");
        assert_clean(world, "suspend");
    }
}

#[test]
fn a_sleep_that_ends_near_the_bound_gives_the_peer_its_chance() {
    // The answer came while the system slept, and the broker's TCP repeats it soon afterwards.
    for knows_acked in [true, false] {
        let mut config = WorldConfig::new(5);
        config.knows_acked = knows_acked;
        config.benign = true;
        let mut world = World::connected(config);
        let connected = world.now;
        ping_in_flight(&mut world);
        world.run_for(ms(20));
        let wake = connected + ms(7300);
        world.inject(Fault::Suspend(wake.saturating_since(world.now)));
        world.run_for(secs(20));
        assert_eq!(world.oracle.events.len(), 1, "A known: {knows_acked}");
        assert_clean(world, "near the bound");
    }
}

#[test]
fn a_short_nap_puts_nothing_off_for_ever() {
    // A phone in standby: it sleeps most of the time, and wakes now and then for a moment. The
    // broker is gone; sooner or later the application has to know.
    for (sleep, awake) in [(2.0, 1.0), (0.3, 0.3), (10.0, 0.2), (0.05, 0.5)] {
        let k = secs(5);
        let mut world = world(5, Load::Idle);
        ping_in_flight(&mut world);
        world.run_for(ms(100));
        world.inject(Fault::BlackHole);
        let mut next = world.now;
        for _ in 0..100 {
            world.schedule(next, Fault::Suspend(k.mul_f64(sleep)));
            next += k.mul_f64(sleep + awake);
        }
        let from = world.now;
        let end = world.until_disconnected(k.mul_f64((sleep + awake) * 101.0));
        let Some((at, _)) = end else {
            panic!("asleep {sleep} K, awake {awake} K: never");
        };
        // K awake, and never more than ten times around.
        let rounds = at.saturating_since(from).as_secs_f64() / (k.as_secs_f64() * (sleep + awake));
        assert!(
            rounds <= (1.0 / awake).ceil() + 2.0,
            "asleep {sleep} K, awake {awake} K: {rounds} rounds"
        );
        assert_clean(world, "naps");
    }
}

#[test]
fn a_late_look_at_a_probe_does_not_put_the_bound_off() {
    let mut world = world(60, Load::Idle);
    world.run_for(secs(45));
    world.inject(Fault::BlackHole);
    world.app.ask(Command::Probe { timeout: secs(1) });
    world.run_for(ms(1));
    world.inject(Fault::ProcessStop(ms(1400)));
    let from = world.now;
    let end = world.until_disconnected(secs(200));
    let after = end.map(|(at, _)| at.saturating_since(from));
    assert_eq!(after, Some(ms(1400)));
}

#[test]
fn a_busy_machine_does_not_put_the_verdict_off() {
    // Each wake-up is up to K/2 late. The bound slips by the lateness itself, and no more.
    for k in [1u16, 5, 60] {
        let times = Times::new(secs(u64::from(k)));
        for share in [0.06, 0.2, 0.45] {
            for load in [Load::Idle, Load::Qos0, Load::Inbound, Load::Qos1Window] {
                for seed in 0..10 {
                    let case = format!("K = {k}, {share} K late, {load:?}, seed {seed}");
                    let mut config = WorldConfig::new(k);
                    load.apply(&mut config, 1000);
                    config.jitter = times.k.mul_f64(share);
                    config.seed = seed;
                    if load == Load::Qos1Window && k == 60 {
                        continue;
                    }
                    let mut world = World::connected(config);
                    world.run_for(times.k.mul_f64(1.0 + 0.1 * seed as f64));
                    if !world.oracle.is_connected() {
                        panic!("{case}: {:?}", world.oracle.events);
                    }
                    world.inject(Fault::BlackHole);
                    let evidence = world.truth().map(|t| t.evidence);
                    let Some((at, _)) = world.until_disconnected(times.k * 5) else {
                        panic!("{case}: never");
                    };
                    let after = evidence.map(|e| at.saturating_since(e));
                    let bound = times.d + times.k.mul_f64(2.0 * share) + ms(40);
                    assert!(after <= Some(bound), "{case}: {after:?}");
                    assert_clean(world, &case);
                }
            }
        }
    }
}

#[test]
fn a_busy_machine_raises_no_false_alarm() {
    // Late by up to K/2 at every wake-up, on a path with a round trip of a third of K.
    for k in [5u16, 20, 60] {
        for load in [Load::Idle, Load::Qos0, Load::Inbound] {
            for seed in 0..20 {
                let mut config = WorldConfig::new(k);
                load.apply(&mut config, 1000);
                let keep_alive = secs(u64::from(k));
                config.jitter = keep_alive / 2;
                config.client.connect_timeout = Some(keep_alive * 10);
                config.seed = seed;
                let link = LinkConfig {
                    delay: (keep_alive / 6).min(secs(3)),
                    ..LinkConfig::default()
                };
                config.up = link;
                config.down = link;
                let mut world = World::connected(config);
                let cause = world.until_disconnected(keep_alive * 30);
                // The broker may have to close it: PINGREQ leaves up to K/2 late, too.
                assert!(
                    !matches!(
                        cause,
                        Some((
                            _,
                            DisconnectCause::KeepAliveTimeout | DisconnectCause::ServerUnresponsive
                        ))
                    ),
                    "K = {k}, {load:?}, seed {seed}: {cause:?}"
                );
                assert_clean(world, &format!("K = {k}, {load:?}, seed {seed}"));
            }
        }
    }
}

/// Pings that are due soon go early (L5); the verdict stays as far from the last evidence.
#[test]
fn waking_for_no_reason_moves_no_verdict() {
    for load in [Load::Idle, Load::Qos0, Load::Inbound] {
        for fault in [Fault::BlackHole, Fault::Broker(Process::Stopped)] {
            let mut times = Vec::new();
            for extra in [None, Some(ms(1)), Some(ms(77)), Some(ms(900))] {
                let mut config = WorldConfig::new(5);
                load.apply(&mut config, 1000);
                config.extra_wakes = extra;
                let mut world = World::connected(config);
                world.run_for(secs(11));
                world.inject(fault);
                world.until_disconnected(secs(30));
                let end = world.oracle.events.last().and_then(|(_, event)| {
                    let EventKind::Disconnected(end) = &event.kind else {
                        return None;
                    };
                    Some(match fault {
                        Fault::BlackHole => end.liveness.last_evidence_age,
                        _ => end.liveness.last_inbound_age,
                    })
                });
                times.push(end.map(|age| age.as_millis() as u64));
                assert_clean(world, &format!("{load:?}, {fault:?}, {extra:?}"));
            }
            // The age of the last acknowledgement comes in whole milliseconds.
            let same = |t: &Option<u64>| t.zip(times[0]).is_some_and(|(a, b)| a.abs_diff(b) <= 1);
            assert!(times.iter().all(same), "{load:?}, {fault:?}: {times:?}");
        }
    }
}

#[test]
fn a_ping_that_left_late_has_its_chance() {
    // The engine is late by just less than K/2 when the PINGREQ is due, and in time afterwards.
    for k in [5u16, 20, 30, 60, 1200] {
        let times = Times::new(secs(u64::from(k)));
        let late = times.k.mul_f64(0.49);
        let mut config = WorldConfig::new(k);
        config.benign = true;
        let mut world = World::connected(config);
        // The answer takes as long as it may: K/2 less δ and a moment, and not so long that the
        // broker's own clock runs out.
        let link = LinkConfig {
            delay: ((times.k / 2 - times.delta - ms(60)) / 2)
                .min(times.k * 3 / 2 - times.p - late - ms(100)),
            ..LinkConfig::default()
        };
        world.set_path(link, link);
        let connected = world.now;
        world.run_for(times.p - ms(1));
        world.inject(Fault::ProcessStop(late + ms(1)));
        world.run_for(late + times.k.mul_f64(0.6));
        assert!(world.now > connected + times.d, "K = {k}");
        assert_clean(world, &format!("K = {k}"));
    }
}
